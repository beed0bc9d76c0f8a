"""The constraints that a member can carry: what it takes, and how the service words a refusal.

Each class knows its clauses in the service's wording, reads a JSON value into its form in memory
(`reader`, the good path: one call, no bookkeeping) and finds all that is wrong with one
(`violations`). Which member has which constraint is said in the shapes; members together are the
matter of `rules`; the walk over a structure is that of `wire`.

Wrong JSON types are refused with wording of our own: the service answers those with a
SerializationException before it validates anything, and stops at the first.
"""

import functools
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import attrs

from simjob.spec.errors import Kind, Violation

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


def _length_violated(count: int, least: int, most: int | None) -> tuple[str, ...]:
    if most is not None and count > most:
        return (_at_most(most),)
    return (_at_least(least),) if count < least else ()


def _length_clauses(least: int, most: int | None) -> tuple[str, ...]:
    return (*(() if most is None else (_at_most(most),)), _at_least(least))


_SEPARATORS = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_JAVA = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": _SEPARATORS, r"\p{Alnum}": "a-zA-Z0-9"}
_ANY = r"[^\n\r\u0085\u2028\u2029]"
_PART = re.compile(r"\\p\{\w+\}|\\.|\[(?:\\p\{\w+\}|\\.|[^\]\\])*\]|.", re.DOTALL)


def _class_part(found: re.Match[str]) -> str:
    return _JAVA[found.group()]


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""A Java pattern of the model as one of Python, to be used with `fullmatch`.

    Java's dot stops at five line terminators and its `\d`, `\w`, `\s` are ASCII. `\p{L}` and
    `\p{N}` become `\w`, which takes letters, numbers and the underscore: the patterns that use
    them allow the underscore anyway.

    >>> bool(compiled(".*").fullmatch("a\n"))
    False
    """
    unicode = r"\p{L}" in pattern

    def translated(found: re.Match[str]) -> str:
        part = found.group()
        if part == ".":
            return _ANY
        return re.sub(r"\\p\{\w+\}", _class_part, part)

    return re.compile(_PART.sub(translated, pattern), 0 if unicode else re.ASCII)


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
        return (*_length_clauses(self.min, self.max), *self._pattern_clause())

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
            *_length_violated(len(text), self.min, self.max),
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


BUCKETS = 32


def java_order(values: tuple[str, ...]) -> tuple[str, ...]:
    """The order in which the service lists an enumeration: by the buckets of a Java hash set.

    Inferred, and exact for both public records that list one (33 instance types of 2020; the
    three input modes): by `String.hashCode` modulo 32, the model's order reversed in a bucket.

    >>> java_order(("Pipe", "File", "FastFile"))
    ('Pipe', 'FastFile', 'File')
    """

    def bucket(text: str) -> int:
        return functools.reduce(lambda code, char: 31 * code + ord(char), text, 0) % BUCKETS

    backwards = values[::-1]
    return tuple(sorted(backwards, key=bucket))


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


@attrs.frozen
class ListOf(Constraint):
    """A list; in memory a tuple.

    Items that are structures are named one by one (*recorded*); for the others the service names
    the list and repeats the clauses of an item (general knowledge of its grammar).

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
        return _length_clauses(self.min, self.max)

    def accepts_type(self, value: object) -> bool:
        """Lists and tuples."""
        return isinstance(value, list | tuple)

    def violated(self, value: object) -> tuple[str, ...]:
        """The count of items."""
        count = len(value) if isinstance(value, list | tuple) else 0
        return _length_violated(count, self.min, self.max)

    def violations(self, path: str, value: object, nested: ShapeViolations) -> Iterator[Violation]:
        """The list's own, then those of its items."""
        yield from super().violations(path, value, nested)
        if not isinstance(value, list | tuple):
            return
        unfit = False
        for number, item in enumerate(value, 1):
            for found in self.item.violations(f"{path}.{number}.member", item, nested):
                if found.kind is not Kind.CONSTRAINT or isinstance(self.item, Nested):
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
        return _length_clauses(self.min, self.max)

    def accepts_type(self, value: object) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)

    def violated(self, value: object) -> tuple[str, ...]:
        """The count of entries."""
        count = len(value) if isinstance(value, Mapping) else 0
        return _length_violated(count, self.min, self.max)

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
