"""The constraints of members that hold others: lists, maps and structures.

The constraints of plain values stand in `constraints`.
"""

import math
from collections.abc import Callable, Iterator, Mapping

import attrs

from simjob.spec.constraints import (
    Constraint,
    Reader,
    RefusedError,
    ShapeReader,
    ShapeViolations,
    length_clauses,
    length_violated,
)
from simjob.spec.errors import Kind, Violation


@attrs.frozen
class ListOf(Constraint):
    """A list; in memory a tuple.

    Items that are structures are named one by one (*recorded*); for the others the service names
    the list and repeats the clauses of an item (general knowledge of its grammar).

    >>> from simjob.spec.constraints import Text
    >>> ListOf(Text(max=2), max=1).violated(["a", "b"])
    ('Member must have length less than or equal to 1',)
    """

    item: Constraint
    min: int = 0
    max: int | None = None

    json_type = "list"

    @property
    def clauses(self) -> tuple[str, ...]:
        """The count of items."""
        return length_clauses(self.min, self.max)

    def accepts_type(self, value: object) -> bool:
        """Lists and tuples."""
        return isinstance(value, list | tuple)

    def violated(self, value: object) -> tuple[str, ...]:
        """The count of items."""
        count = len(value) if isinstance(value, list | tuple) else 0
        return length_violated(count, self.min, self.max)

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """The list's own, then those of its items."""
        yield from super().violations(path, value, nested)
        if not isinstance(value, list | tuple):
            return
        unfit = False
        for number, item in enumerate(value, 1):
            for found in self.item.violations(f"{path}.{number}.member", item, nested):
                if found.kind is not Kind.CONSTRAINT or isinstance(self.item, Nested | Recursive):
                    yield found
                else:
                    unfit = True
        if unfit:
            yield Violation(path, _within("Member", self.item), value)

    def reader(self, shapes: ShapeReader) -> Reader:
        """A tuple."""
        read_item = self.item.reader(shapes)
        least = self.min
        most = math.inf if self.max is None else self.max

        def read(value: object, _: object) -> object:
            if isinstance(value, list | tuple) and least <= len(value) <= most:
                return tuple([read_item(item, None) for item in value])
            raise RefusedError

        return read


def _within(what: str, constraint: Constraint) -> str:
    return f"{what} must satisfy constraint: [{', '.join(constraint.clauses)}]"


@attrs.frozen
class MapOf(Constraint):
    """A map from strings to strings; in memory a dict of its own.

    The wording for values is *recorded* (`Map value must satisfy constraint: [...]`, with all
    clauses of a value, violated or not); that for keys is general knowledge.

    >>> from simjob.spec.constraints import Text
    >>> MapOf(Text(), Text(), max=1).violated({"a": "b", "c": "d"})
    ('Member must have length less than or equal to 1',)
    """

    key: Constraint
    value: Constraint
    min: int = 0
    max: int | None = None

    json_type = "map"

    @property
    def clauses(self) -> tuple[str, ...]:
        """The count of entries."""
        return length_clauses(self.min, self.max)

    def accepts_type(self, value: object) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)

    def violated(self, value: object) -> tuple[str, ...]:
        """The count of entries."""
        count = len(value) if isinstance(value, Mapping) else 0
        return length_violated(count, self.min, self.max)

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """The map's own, then those of its keys, then those of its values."""
        yield from super().violations(path, value, nested)
        if not isinstance(value, Mapping):
            return
        for what, part, constraint in (
            ("Map keys", [(key, key) for key in value], self.key),
            ("Map value", list(value.items()), self.value),
        ):
            unfit = False
            for key, each in part:
                for found in constraint.violations(f"{path}.{key}.member", each, nested):
                    if found.kind is Kind.CONSTRAINT:
                        unfit = True
                    else:
                        yield found
            if unfit:
                yield Violation(path, _within(what, constraint), value)

    def reader(self, shapes: ShapeReader) -> Reader:
        """A dict."""
        read_key = self.key.reader(shapes)
        read_value = self.value.reader(shapes)
        least = self.min
        most = math.inf if self.max is None else self.max

        def read(value: object, _: object) -> object:
            if isinstance(value, dict | Mapping) and least <= len(value) <= most:
                return {read_key(k, None): read_value(v, None) for k, v in value.items()}
            raise RefusedError

        return read


@attrs.frozen
class Nested(Constraint):
    """A structure of the given shape.

    >>> from simjob.spec.constraints import Text
    >>> Nested(Text).accepts_type([])
    False
    """

    shape: type

    json_type = "structure"

    def accepts_type(self, value: object) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """Its type, or those of its members."""
        if self.accepts_type(value):
            yield from nested(self.shape, path, value)
        else:
            yield from super().violations(path, value, nested)

    def reader(self, shapes: ShapeReader) -> Reader:
        """An instance of the shape."""
        return shapes(self.shape)


@attrs.frozen
class Recursive(Constraint):
    """A structure of a shape that holds its like; `find` gives the shape once it is there.

    >>> Recursive(lambda: int).accepts_type({})
    True
    """

    find: Callable[[], type]

    json_type = "structure"

    def accepts_type(self, value: object) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """Its type, or those of its members."""
        return Nested(self.find()).violations(path, value, nested)

    def reader(self, shapes: ShapeReader) -> Reader:
        """An instance of the shape, whose own reader is put together when the first one comes."""
        return lambda value, _: shapes(self.find())(value, None)
