"""The constraints that a member can carry: what it takes, and how the service words a refusal.

Each class knows its clauses in the service's wording, reads a JSON value into its form in memory
(`reader`, the good path: one call, no bookkeeping) and finds all that is wrong with one
(`violations`). Which member has which constraint is said in the shapes; members together are the
matter of `rules`; the walk over a structure is that of `wire`. Lists, maps and structures are
`containers`.

Wrong JSON types are refused with wording of our own: the service answers those with a
SerializationException before it validates anything, and stops at the first.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar

import attrs

from simjob.spec.errors import Kind, Violation
from simjob.spec.java import compiled, java_order

Reader = Callable[[object, object], object]
"""From a JSON value (and a type that is not used, for cattrs) to the value in memory."""

ShapeReader = Callable[[type], Reader]
ShapeViolations = Callable[[type, str, object], Iterator[Violation]]

NOT_NULL = "Member must not be null"


class RefusedError(Exception):
    """A reader met a value that violates its constraint; `violations` says what is wrong."""


class Constraint(ABC):
    """What a value must satisfy. `json_type` is the name of its JSON type in messages."""

    json_type: ClassVar[str]

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause in the service's wording, whether a given value violates it or not."""
        return ()

    @abstractmethod
    def accepts_type(self, value: object) -> bool:
        """Whether the value has the right JSON type."""

    def violated(self, value: object) -> tuple[str, ...]:
        """The clauses that a value of the right type violates, itself and not its parts."""
        del value
        return ()

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """All that is wrong with a value, its parts included, in a fixed order."""
        del nested
        if value is None:
            yield Violation(path, NOT_NULL, value, Kind.MISSING)
        elif not self.accepts_type(value):
            yield Violation(path, f"Member must be of type {self.json_type}", value, Kind.TYPE)
        else:
            for clause in self.violated(value):
                yield Violation(path, clause, value)

    @abstractmethod
    def reader(self, shapes: ShapeReader) -> Reader:
        """A function from the JSON value to the value in memory; raises RefusedError."""


def _at_most(count: int) -> str:
    return f"Member must have length less than or equal to {count}"


def _at_least(count: int) -> str:
    return f"Member must have length greater than or equal to {count}"


def length_violated(count: int, least: int, most: int | None) -> tuple[str, ...]:
    """The clause on a length, or a count of items, that is violated, if one is."""
    if most is not None and count > most:
        return (_at_most(most),)
    return (_at_least(least),) if count < least else ()


def length_clauses(least: int, most: int | None) -> tuple[str, ...]:
    """Both clauses on a length, or a count of items."""
    return (*(() if most is None else (_at_most(most),)), _at_least(least))


@attrs.frozen
class Text(Constraint):
    """A string: its length in code points, and the pattern that the whole of it matches.

    >>> Text(max=3, pattern="[a-z]+").violated("ABCD")[0]
    'Member must have length less than or equal to 3'
    """

    min: int = 0
    max: int | None = None
    pattern: str | None = None

    json_type = "string"

    @property
    def clauses(self) -> tuple[str, ...]:
        """Length, then pattern."""
        return (*length_clauses(self.min, self.max), *self._pattern_clause())

    def _pattern_clause(self) -> tuple[str, ...]:
        if self.pattern is None:
            return ()
        return (f"Member must satisfy regular expression pattern: {self.pattern}",)

    def accepts_type(self, value: object) -> bool:
        """Strings only."""
        return isinstance(value, str)

    def violated(self, value: object) -> tuple[str, ...]:
        """Length and pattern are violated each on its own."""
        text = str(value)
        matches = self.pattern is None or compiled(self.pattern).fullmatch(text)
        return (
            *length_violated(len(text), self.min, self.max),
            *(() if matches else self._pattern_clause()),
        )

    def reader(self, shapes: ShapeReader) -> Reader:
        """The string itself."""
        del shapes
        least = self.min
        most = math.inf if self.max is None else self.max
        if self.pattern is None:

            def read_any(value: object, _: object) -> object:
                if isinstance(value, str) and least <= len(value) <= most:
                    return value
                raise RefusedError

            return read_any
        matches = compiled(self.pattern).fullmatch

        def read(value: object, _: object) -> object:
            if isinstance(value, str) and least <= len(value) <= most and matches(value):
                return value
            raise RefusedError

        return read


@attrs.frozen
class Choice(Constraint):
    """One string out of an enumeration, given as a tuple, or as a function where it is long.

    `is_status` says that in memory the value may be a member of a `StrEnum`; replies carry the
    plain string.

    >>> Choice(("Pipe", "File")).violated("file")
    ('Member must satisfy enum value set: [Pipe, File]',)
    """

    given: tuple[str, ...] | Callable[[], tuple[str, ...]]
    is_status: bool = False

    json_type = "string"

    @property
    def values(self) -> tuple[str, ...]:
        """The enumeration, in the model's order."""
        return self.given() if callable(self.given) else self.given

    @property
    def clauses(self) -> tuple[str, ...]:
        """The enumeration as the service lists it."""
        return (f"Member must satisfy enum value set: [{', '.join(java_order(self.values))}]",)

    def accepts_type(self, value: object) -> bool:
        """Strings only."""
        return isinstance(value, str)

    def violated(self, value: object) -> tuple[str, ...]:
        """Case counts."""
        return () if value in self.values else self.clauses

    def reader(self, shapes: ShapeReader) -> Reader:
        """The string itself."""
        del shapes
        values = frozenset(self.values)

        def read(value: object, _: object) -> object:
            if isinstance(value, str) and value in values:
                return value
            raise RefusedError

        return read


@attrs.frozen
class Whole(Constraint):
    """An integer; neither a boolean nor a float is one.

    The wording of its range is general knowledge of the service's grammar.

    >>> Whole(min=1).violated(0)
    ('Member must have value greater than or equal to 1',)
    """

    min: int | None = None
    max: int | None = None

    json_type = "integer"

    @property
    def clauses(self) -> tuple[str, ...]:
        """The upper bound, then the lower one."""
        most, least = self.max, self.min
        return (
            *(() if most is None else (f"Member must have value less than or equal to {most}",)),
            *(
                ()
                if least is None
                else (f"Member must have value greater than or equal to {least}",)
            ),
        )

    def accepts_type(self, value: object) -> bool:
        """Integers only."""
        return isinstance(value, int) and not isinstance(value, bool)

    def violated(self, value: object) -> tuple[str, ...]:
        """At most one of the two bounds."""
        number = value if isinstance(value, int) else 0
        if self.max is not None and number > self.max:
            return self.clauses[:1]
        return self.clauses[-1:] if self.min is not None and number < self.min else ()

    def reader(self, shapes: ShapeReader) -> Reader:
        """The integer itself."""
        del shapes
        least = -math.inf if self.min is None else self.min
        most = math.inf if self.max is None else self.max

        def read(value: object, _: object) -> object:
            if isinstance(value, int) and value is not True and value is not False:  # noqa: SIM102
                if least <= value <= most:
                    return value
            raise RefusedError

        return read


@attrs.frozen
class Flag(Constraint):
    """A boolean.

    >>> Flag().accepts_type(1)
    False
    """

    json_type = "boolean"

    def accepts_type(self, value: object) -> bool:
        """`true` and `false` only."""
        return isinstance(value, bool)

    def reader(self, shapes: ShapeReader) -> Reader:
        """The boolean itself."""
        del shapes

        def read(value: object, _: object) -> object:
            if value is True or value is False:
                return value
            raise RefusedError

        return read


@attrs.frozen
class Number(Constraint):
    """A finite number; in memory a float.

    >>> Number().accepts_type(float("nan"))
    False
    """

    json_type = "number"

    def accepts_type(self, value: object) -> bool:
        """Integers and finite floats."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        try:
            return math.isfinite(value)
        except OverflowError:
            return False

    def reader(self, shapes: ShapeReader) -> Reader:
        """The number as a float."""
        del shapes

        def read(value: object, _: object) -> object:
            if self.accepts_type(value):
                return float(value)  # type: ignore[arg-type]  # accepts_type has looked
            raise RefusedError

        return read


@attrs.frozen
class Timestamp(Number):
    """An instant, as epoch seconds.

    >>> Timestamp().accepts_type("2020-01-01")
    False
    """

    json_type = "timestamp"
