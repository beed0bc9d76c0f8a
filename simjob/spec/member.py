"""How an attrs field says what it is on the wire: its constraint, in each of the two columns.

`member` makes the field, `members` reads a shape's fields back. The constraints themselves stand
in `constraints`, the shapes in `shapes`, `shapes_today`, `requests` and `replies`.
"""

import functools
from enum import Enum
from typing import Any

import attrs

from simjob.spec.constraints import Constraint
from simjob.spec.editions import Column


class Presence(Enum):
    """Where the page's column (`Column.PAGE`) sees a member; today's sees all of them."""

    BOTH = "in requests and replies"
    REQUEST_ONLY = "taken in requests, never shown in replies"
    ABSENT = "not there"


@attrs.frozen
class Two:
    """A constraint that differs between the columns."""

    page: Constraint
    today: Constraint


@attrs.frozen
class Member:
    """A member of a shape as one column sees it."""

    name: str
    constraint: Constraint
    required: bool
    presence: Presence

    @property
    def shown(self) -> bool:
        """Whether replies carry it."""
        return self.presence is Presence.BOTH


_KEY = "simjob"


def member(
    constraint: Constraint | Two,
    *,
    required: bool = False,
    today: Constraint | None = None,
    required_today: bool | None = None,
    page: Presence = Presence.BOTH,
) -> Any:  # noqa: ANN401  an attrs field stands for a value of the annotated type, as attrs.field does
    """An attrs field that carries its constraint.

    Args:
        constraint: that of the page's column, or both; for a member that the page does not have,
            today's.
        required: whether the page's column requires it.
        today: today's constraint, where it differs.
        required_today: whether today's column requires it, where that differs.
        page: where the page's column sees it.

    >>> from simjob.spec.constraints import Text
    >>> @attrs.frozen(kw_only=True)
    ... class Named:
    ...     Name: str = member(Text(max=63), today=Text(max=80), required=True)
    >>> [each.constraint.max for column in Column for each in members(Named, column)]
    [63, 80]
    """
    pair = constraint if isinstance(constraint, Two) else Two(constraint, today or constraint)
    needed = {
        Column.PAGE: required,
        Column.TODAY: required if required_today is None else required_today,
    }
    always = all(needed.values())
    metadata = {_KEY: (pair, needed, page)}
    return (
        attrs.field(metadata=metadata) if always else attrs.field(default=None, metadata=metadata)
    )


@functools.cache
def members(shape: type, column: Column) -> tuple[Member, ...]:
    """The members of a shape that a column knows, in their order.

    >>> from simjob.spec.shapes import StoppingCondition
    >>> [each.name for each in members(StoppingCondition, Column.PAGE) if each.shown]
    ['MaxRuntimeInSeconds']
    """
    found = []
    for field in attrs.fields(shape):
        pair, needed, page = field.metadata[_KEY]
        presence = page if column is Column.PAGE else Presence.BOTH
        if presence is not Presence.ABSENT:
            constraint = pair.page if column is Column.PAGE else pair.today
            found.append(Member(field.name, constraint, needed[column], presence))
    return tuple(found)
