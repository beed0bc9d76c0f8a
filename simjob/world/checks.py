"""Checks that the fields of the world share, and the error that names the field.

A rule is a function from a value to what is wrong with it ("" for nothing). What a single class
asks of two of its fields together stands in that class.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeGuard, TypeVar, cast

from simjob.spec.instances import instance_type

if TYPE_CHECKING:
    from attrs import Attribute

Rule = Callable[[object], str]
_Convert = Callable[[object], object]
Validator = Callable[[object, "Attribute[Any]", object], None]
_In = TypeVar("_In")
_Out = TypeVar("_Out")
PYTHON_ONLY: Final = "python only"
"""In the metadata of a field: no file can hold it."""
_HUGE: Final = 1e300
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


class FieldError(ValueError):
    """Refused values of the world: each of `mistakes` says where, and what would be right.

    >>> str(FieldError("prefixes[2].bytes", "must be a whole number, 0 or more, is -1"))
    'prefixes[2].bytes: must be a whole number, 0 or more, is -1'
    """

    def __init__(self, path: str, problem: str, *more: tuple[str, str]) -> None:
        super().__init__(path, problem, *more)
        self.mistakes = ((path, problem), *more)

    def __str__(self) -> str:
        return "; ".join(f"{path}: {problem}" for path, problem in self.mistakes)

    def below(self, step: str) -> "FieldError":
        """The same mistakes, one step deeper in the path."""
        first, *more = [(join(step, path), problem) for path, problem in self.mistakes]
        return FieldError(*first, *more)


def key(name: str) -> str:
    """One key of a path, quoted where TOML would want quotes.

    >>> key("m5"), key("ml.m5.large")
    ('m5', '"ml.m5.large"')
    """
    if _BARE.fullmatch(name):
        return name
    from json import dumps  # noqa: PLC0415 - needed for few keys

    return dumps(name, ensure_ascii=not name.isprintable())


def join(path: str, step: str) -> str:
    """A path and one more step: a key, or an index in brackets.

    >>> join("storage", "prefixes"), join("prefixes", "[2]"), join("", "start")
    ('storage.prefixes', 'prefixes[2]', 'start')
    """
    return f"{path}.{step}" if path and step and not step.startswith("[") else path + step


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at the known name that is most like this one, or "" when none is.

    >>> nearest("byts", ["bytes", "objects"])
    "; did you mean 'bytes'?"
    """
    from difflib import get_close_matches  # noqa: PLC0415 - needed for an error only

    found = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def named(_cls: type, fields: list["Attribute[Any]"]) -> list["Attribute[Any]"]:
    """A field transformer for attrs: what a converter refuses, it refuses by the field's name."""
    return [
        field.evolve(converter=within(field.name, cast("_Convert", field.converter)))
        if field.converter
        else field
        for field in fields
    ]


def within(step: str, convert: Callable[[_In], _Out]) -> Callable[[_In], _Out]:
    """The same conversion, its errors one step deeper in the path.

    >>> try:
    ...     within("count", int)("many")
    ... except FieldError as error:
    ...     error.mistakes[0][0]
    'count'
    """

    def converted(value: _In) -> _Out:
        try:
            return convert(value)
        except FieldError as error:
            raise error.below(step) from None
        except (ValueError, TypeError) as error:
            raise FieldError(step, str(error)) from None

    return converted


def check(rule: Rule) -> Validator:
    """A validator for attrs that refuses, by its name, a field that breaks the rule."""

    def validate(_instance: object, attribute: "Attribute[Any]", value: object) -> None:
        if problem := rule(value):
            raise FieldError(attribute.name, problem)

    return validate


def check_items(rule: Rule) -> Validator:
    """The same for every item of a tuple."""

    def validate(_instance: object, attribute: "Attribute[Any]", value: object) -> None:
        if isinstance(value, tuple):
            _refuse(attribute.name, [(f"[{at}]", rule(item)) for at, item in enumerate(value)])

    return validate


def check_table(keys: Rule, values: Rule = lambda _: "") -> Validator:
    """The same for every key and every value of a mapping."""

    def validate(_instance: object, attribute: "Attribute[Any]", value: object) -> None:
        if isinstance(value, Mapping):
            found = [(key(str(name)), keys(name) or values(item)) for name, item in value.items()]
            _refuse(attribute.name, found)

    return validate


def convert_all(
    steps: Iterable[str], values: Iterable[_In], convert: Callable[[_In], _Out]
) -> list[_Out]:
    """The conversion of all values, or one FieldError with what is wrong with any of them."""
    converted: list[_Out] = []
    mistakes: list[tuple[str, str]] = []
    for step, value in zip(steps, values, strict=True):
        try:
            converted.append(within(step, convert)(value))
        except FieldError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise FieldError(*mistakes[0], *mistakes[1:])
    return converted


class Table(dict[str, _Out]):
    """A dict that is not to be changed, since a world is frozen; unlike a proxy it pickles."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a world is frozen; make another one, for example with attrs.evolve")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[str, _Out]]]:
        return type(self), (dict(self),)


def table(value: Mapping[str, _Out]) -> Table[_Out]:
    """A copy of a mapping, not to be changed.

    Raises:
        ValueError: for anything else.
    """
    if _is(value, Mapping):
        return Table(value)
    raise ValueError(f"must be a table of keys and values, is {value!r}")


def row(value: Iterable[_Out]) -> tuple[_Out, ...]:
    """A tuple of what a list or another collection holds.

    Raises:
        ValueError: for text and mappings, which are no lists, and for what is no collection.
    """
    if _is(value, Iterable) and not _is(value, str | bytes | Mapping):
        return tuple(value)
    raise ValueError(f"must be a list, is {value!r}")


def count(value: object) -> str:
    """A whole number, 0 or more."""
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if right else f"must be a whole number, 0 or more, is {value!r}"


def positive_count(value: object) -> str:
    """A whole number, 1 or more."""
    return "" if not count(value) and value else f"must be a whole number, 1 or more, is {value!r}"


def probability(value: object) -> str:
    """A number from 0 to 1."""
    right = _is_number(value) and 0 <= value <= 1
    return "" if right else f"must be a number from 0 to 1, is {value!r}"


def below_one(value: object) -> str:
    """A number from 0 to just below 1."""
    right = _is_number(value) and 0 <= value < 1
    return "" if right else f"must be a number from 0 to below 1, is {value!r}"


def positive(value: object) -> str:
    """A finite number above 0."""
    right = _is_number(value) and value > 0
    return "" if right else f"must be a number above 0{_bound(value)}, is {value!r}"


def not_negative(value: object) -> str:
    """A finite number, 0 or more."""
    right = _is_number(value) and value >= 0
    return "" if right else f"must be a number, 0 or more{_bound(value)}, is {value!r}"


def finite(value: object) -> str:
    """A finite number."""
    return "" if _is_number(value) else f"must be a finite number, is {value!r}"


def text(value: object) -> str:
    """Text."""
    return "" if isinstance(value, str) else f"must be text, is {value!r}"


def line(value: object) -> str:
    """One line of text, with nothing in it that a terminal would obey."""
    right = isinstance(value, str) and value.isprintable()
    return "" if right else f"must be one line of printable text, is {value!r}"


def type_name(value: object) -> str:
    """The name of an instance type."""
    try:
        instance_type(str(value))
    except ValueError as error:
        return str(error)
    return ""


def pattern(expression: str, right: str) -> Rule:
    """Text that matches the whole of a regular expression; `right` says so in plain words."""
    compiled = re.compile(expression)

    def rule(value: object) -> str:
        found = isinstance(value, str) and compiled.fullmatch(value)
        return "" if found else f"must be {right}, is {value!r}"

    return rule


def one_of(*allowed: str) -> Rule:
    """One of the given words."""

    def rule(value: object) -> str:
        words = ", ".join(repr(word) for word in allowed)
        return "" if value in allowed else f"must be one of {words}, is {value!r}"

    return rule


def instance_of(*classes: type) -> Rule:
    """An object of one of the given classes."""
    names = " or ".join(cls.__name__ for cls in classes)
    article = "an" if names.startswith(("A", "E", "I", "O", "S3")) else "a"
    right = f"must be {article} {names}"
    return lambda value: "" if isinstance(value, classes) else f"{right}, is {value!r}"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE


def _bound(value: object) -> str:
    """What else is asked of a number that is too large."""
    large = isinstance(value, int | float) and value >= _HUGE
    return f" and below {_HUGE:g}" if large else ""


def _is(value: object, classes: Any) -> bool:  # noqa: ANN401 - a class or a union of classes
    """`isinstance` for values whose annotation promises what only the caller can keep."""
    return isinstance(value, classes)


def _refuse(name: str, found: Iterable[tuple[str, str]]) -> None:
    """Raise what was found at each step below a field, if it is anything."""
    mistakes = [(join(name, step), problem) for step, problem in found if problem]
    if mistakes:
        raise FieldError(*mistakes[0], *mistakes[1:])
