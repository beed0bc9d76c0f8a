"""The structures of Search: what may be looked for, and what is said of that which was found.

Search is as old as the page, but not on it. Its request and its reply stand in `requests` and
`replies`; what a filter means in `simjob.search`. Sources: the API models of 2019-08 and 2026-11.
"""

import attrs

from simjob.spec import scalars as s
from simjob.spec.constraints import Choice, Text
from simjob.spec.containers import ListOf, Nested, Recursive
from simjob.spec.member import Two, member

_OPERATORS_2019 = (
    "Equals",
    "NotEquals",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "LessThan",
    "LessThanOrEqualTo",
    "Contains",
)
OPERATOR = Two(
    page=Choice(_OPERATORS_2019), today=Choice((*_OPERATORS_2019, "Exists", "NotExists", "In"))
)
PROPERTY_NAME = Text(min=1, max=255, pattern=".+")


@attrs.frozen(slots=True, kw_only=True)
class Filter:
    """A condition on one property."""

    Name: str = member(PROPERTY_NAME, required=True)
    Operator: str | None = member(OPERATOR)
    Value: str | None = member(Text(min=1, max=1024, pattern=".+"))


@attrs.frozen(slots=True, kw_only=True)
class NestedFilters:
    """Conditions that one and the same item of a list must satisfy."""

    NestedPropertyName: str = member(PROPERTY_NAME, required=True)
    Filters: tuple[Filter, ...] = member(ListOf(Nested(Filter), min=1, max=20), required=True)


@attrs.frozen(slots=True, kw_only=True)
class SearchExpression:
    """Conditions of all kinds, of which all must hold, or one."""

    Filters: tuple[Filter, ...] | None = member(ListOf(Nested(Filter), min=1, max=20))
    NestedFilters: "tuple[NestedFilters, ...] | None" = member(
        ListOf(Nested(NestedFilters), min=1, max=20)
    )
    SubExpressions: "tuple[SearchExpression, ...] | None" = member(
        ListOf(Recursive(lambda: SearchExpression), min=1, max=20)
    )
    Operator: str | None = member(Choice(("And", "Or")))


@attrs.frozen(slots=True, kw_only=True)
class VisibilityCondition:
    """A condition on what the caller may see."""

    Key: str | None = member(s.TAG_KEY)
    Value: str | None = member(s.TAG_VALUE)


@attrs.frozen(slots=True, kw_only=True)
class TotalHits:
    """How many were found in all."""

    Value: int | None = member(s.ANY_WHOLE)
    Relation: str | None = member(Choice(("EqualTo", "GreaterThanOrEqualTo")))
