"""The properties of a training job by the names that Search gives them, such as `Tags.team`.

Which there are, and of which kind each is, follows from the shapes; what filters make of them is
told in `search`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import attrs

from simjob.spec import errors
from simjob.spec.constraints import Constraint, Flag, Number, Timestamp, Whole
from simjob.spec.containers import ListOf, MapOf, Nested
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.spec.replies import NOT_FOUND_BY_SEARCH, TrainingJob

Values = Callable[[object], Iterator[Any]]


class Kind(Enum):
    """What a property's values are."""

    TEXT = "text"
    NUMBER = "numeric"
    TIME = "timestamp"
    FLAG = "Boolean"
    TEXT_OR_NUMBER = "text or numeric"
    STRUCTURE = "structured"

    def read(self, text: str, name: str) -> float | bool:
        """The value that a filter's text stands for.

        Raises:
            ApiError: it stands for none of this kind (wording inferred).

        >>> Kind.TIME.read("1970-01-01T00:01:00", "CreationTime")
        60.0
        """
        try:
            if self is Kind.NUMBER:
                return float(text)
            if self is Kind.TIME:
                instant = datetime.fromisoformat(text)
                return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
            return {"true": True, "false": False}[text.lower()]
        except (ValueError, KeyError, OverflowError):
            raise errors.rule_violated(
                f"The value '{text}' is not valid for the {self.value} property '{name}'."
            ) from None


@attrs.frozen
class Property:
    """A property: of which kind, and its values in a record; several where a list is on the way.

    `shape` is that of its structure, if it has one.
    """

    kind: Kind
    values: Values
    shape: type = object


def resolve(name: str, column: Column, shape: type = TrainingJob) -> Property:
    """The property of that name, in a record or in a structure within one.

    Raises:
        ApiError: there is none (wording inferred).

    >>> from simjob.spec.editions import Column
    >>> record = {"ResourceConfig": {"InstanceCount": 2}}
    >>> list(resolve("ResourceConfig.InstanceCount", Column.PAGE).values(record))
    [2]
    """
    first, _, rest = name.partition(".")
    if shape is TrainingJob and rest and first in _LISTED:
        kind, member, key = _LISTED[first]
        return Property(kind, _listed(member, key, rest))
    known = {each.name: each.constraint for each in members(shape, column) if each.shown}
    if first not in known or (shape is TrainingJob and first in NOT_FOUND_BY_SEARCH):
        raise _unknown(name)
    constraint = known[first]
    if isinstance(constraint, ListOf):
        constraint = constraint.item
    if not rest:
        return Property(
            _kind(constraint),
            lambda record: _items(record, first),
            constraint.shape if isinstance(constraint, Nested) else object,
        )
    if isinstance(constraint, MapOf):
        kind = Kind.TEXT_OR_NUMBER if first == "HyperParameters" else Kind.TEXT
        return Property(kind, lambda record: _within(record, first, lambda m: _items(m, rest)))
    if not isinstance(constraint, Nested):
        raise _unknown(name)
    try:
        inner = resolve(rest, column, constraint.shape)
    except errors.ApiError:
        raise _unknown(name) from None
    return attrs.evolve(inner, values=lambda record: _within(record, first, inner.values))


def lists(name: str, column: Column) -> Property:
    """The property of that name, whose values are structures.

    Raises:
        ApiError: there is none, or its values are something else (wording inferred).
    """
    found = resolve(name, column)
    if found.shape is object:
        raise errors.rule_violated(f"The property '{name}' has no nested properties.")
    return found


def _unknown(name: str) -> errors.ApiError:
    return errors.rule_violated(f"Unknown property name: {name}")


def _kind(constraint: Constraint) -> Kind:
    if isinstance(constraint, Nested | MapOf):
        return Kind.STRUCTURE
    if isinstance(constraint, Timestamp):
        return Kind.TIME
    if isinstance(constraint, Whole | Number):
        return Kind.NUMBER
    return Kind.FLAG if isinstance(constraint, Flag) else Kind.TEXT


def _items(structure: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """The value of a member, or its items."""
    value = structure.get(name)
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _within(structure: object, name: str, values: Values) -> Iterator[Any]:
    for each in _items(structure, name):
        yield from values(each)


def _listed(member: str, key: str, wanted: str) -> Values:
    """The value of the items of a list that have that key."""
    return lambda record: (each["Value"] for each in _items(record, member) if each[key] == wanted)


_LISTED = {
    "Tags": (Kind.TEXT, "Tags", "Key"),
    "Metrics": (Kind.NUMBER, "FinalMetricDataList", "MetricName"),
}
"""What is looked for by the keys of a list's items: kind, list, member that is the key."""
