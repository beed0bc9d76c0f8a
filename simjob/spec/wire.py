"""JSON to shapes and back, for either column.

`structure` reads and validates, `unstructure` writes, `violations_of` checks what is about to be
written. What a member takes is said by the shapes; what members mean together by `rules`.

The good path is one walk: cattrs puts together one function for each shape and column, in which
each member is read by the reader of its constraint. Only when that function refuses is the value
walked again, to find everything that is wrong with it. Writers are put together in the same way,
here, so that members come out in their own order. Nothing is put together before it is needed.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

import attrs
import cattrs
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from simjob.spec.constraints import NOT_NULL, Choice, Constraint, Reader, RefusedError
from simjob.spec.containers import ListOf, MapOf, Nested, Recursive
from simjob.spec.editions import Column
from simjob.spec.errors import Kind, Violation
from simjob.spec.member import Member, Presence, members

T = TypeVar("T")
Writer = Callable[[object], dict[str, object]]


class InvalidRequest(ValueError):  # noqa: N818  the name says whose fault it is
    """A value is not of its shape; `violations` says everything that is wrong with it."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(each.text for each in violations))
        self.violations = violations

    def __reduce__(self) -> tuple[type["InvalidRequest"], tuple[tuple[Violation, ...]]]:
        return type(self), (self.violations,)


def structure(shape: type[T], raw: object, column: Column) -> T:
    """Read a JSON value into a shape; nothing of `raw` that can change is kept.

    A null stands for an absent member.

    Raises:
        InvalidRequest: with every violation of every member, in the order of the members; members
            that the shape does not have come last. (The service itself ignores those; here they
            are refused, for a misspelt member is a mistake.)

    >>> from simjob.spec.shapes import StoppingCondition
    >>> structure(StoppingCondition, {"MaxRuntimeInSeconds": 60}, Column.PAGE).MaxRuntimeInSeconds
    60
    """
    kind: type = shape
    read = _reader(kind, column)
    try:
        return cast("T", read(raw, shape))
    except (RefusedError, ForbiddenExtraKeysError, KeyError, TypeError, AttributeError):
        found = tuple(_walk(column)(kind, "", raw))
        if found:
            raise InvalidRequest(found) from None
    return cast("T", read(_without_nulls(raw), shape))


def structure_unchecked(shape: type[T], raw: object) -> T:
    """Read a JSON value into a shape by its types alone, whatever the constraints say.

    Raises:
        Exception: the types do not fit; which one is cattrs' affair.

    >>> from simjob.spec.shapes import StoppingCondition
    >>> structure_unchecked(StoppingCondition, {"MaxRuntimeInSeconds": -1}).MaxRuntimeInSeconds
    -1
    """
    return _unchecked().structure(raw, shape)


def unstructure(obj: object, column: Column, *, reply: bool = True) -> dict[str, object]:
    """Write a shape as JSON: new dicts and lists, without the members that are absent.

    Members that the column does not know are left out at every depth; in a `reply`, those too
    that it takes in requests only.

    >>> from simjob.spec.shapes import StoppingCondition
    >>> limits = StoppingCondition(MaxRuntimeInSeconds=60, MaxWaitTimeInSeconds=90)
    >>> unstructure(limits, Column.PAGE)
    {'MaxRuntimeInSeconds': 60}
    """
    kind: type = type(obj)
    return _writer(kind, column, reply)(obj)


def violations_of(obj: object, column: Column, *, reply: bool = True) -> tuple[Violation, ...]:
    """What a reader of the written form would find wrong with it.

    >>> from simjob.spec.shapes import ShuffleConfig
    >>> violations_of(ShuffleConfig(Seed=1), Column.TODAY)
    ()
    """
    try:
        structure(type(obj), unstructure(obj, column, reply=reply), column)
    except InvalidRequest as invalid:
        return invalid.violations
    return ()


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value


@functools.cache
def _converter(column: Column) -> cattrs.Converter:
    del column
    return cattrs.Converter(detailed_validation=False, forbid_extra_keys=True)


@functools.cache
def _unchecked() -> cattrs.Converter:
    return cattrs.Converter(detailed_validation=False)


@functools.cache
def member_reader(shape: type, name: str, column: Column) -> Reader:
    """The function that reads one member of a shape by itself; it raises `RefusedError`.

    >>> from simjob.spec.shapes import StoppingCondition
    >>> member_reader(StoppingCondition, "MaxRuntimeInSeconds", Column.PAGE)(60, None)
    60
    """
    (constraint,) = [each.constraint for each in members(shape, column) if each.name == name]
    return constraint.reader(functools.partial(_reader, column=column))


@functools.cache
def _reader(shape: type, column: Column) -> Reader:
    known = {each.name: each for each in members(shape, column)}
    overrides = {name: override(omit=True) for name in _names(shape) if name not in known}
    for name in known:
        overrides[name] = override(struct_hook=member_reader(shape, name, column))
    read = cast("Reader", make_dict_structure_fn(shape, _converter(column), **overrides))  # type: ignore[arg-type]
    optional = {field.name for field in attrs.fields(shape) if field.default is None}
    late = tuple(name for name, each in known.items() if each.required and name in optional)
    if not late:
        return read

    def read_whole(raw: object, _: object) -> object:
        for name in late:
            if name not in raw:  # type: ignore[operator]
                raise RefusedError
        return read(raw, shape)

    return read_whole


def _names(shape: type) -> tuple[str, ...]:
    return tuple(each.name for each in members(shape, Column.TODAY))


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


@functools.cache
def _walk(column: Column) -> Callable[[type, str, object], Iterator[Violation]]:
    def walk(shape: type, path: str, raw: object) -> Iterator[Violation]:
        if not isinstance(raw, Mapping):
            clause = NOT_NULL if raw is None else "Member must be of type structure"
            yield Violation(path, clause, raw, Kind.MISSING if raw is None else Kind.TYPE)
            return
        dot = f"{path}." if path else ""
        known = members(shape, column)
        for each in known:
            value = raw.get(each.name)
            if value is not None or each.required:
                yield from each.constraint.violations(dot + _camel(each.name), value, walk)
        names = [each.name for each in known]
        for name in raw:
            if name not in names:
                yield Violation(
                    dot + _camel(str(name)),
                    _unknown(str(name), shape, names),
                    raw[name],
                    Kind.UNKNOWN,
                )

    return walk


def _unknown(name: str, shape: type, names: list[str]) -> str:
    if name in _names(shape):
        return "Member is not known in this edition; it came later, and the live edition has it"
    import difflib  # noqa: PLC0415 - needed only when something is wrong

    lowered = {each.lower(): each for each in names}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0)
    return (
        f"Member is not known; the nearest one is {lowered[near[0]]}"
        if near
        else ("Member is not known; the structure has none")
    )


@functools.cache
def echo(request: type, reply: type, column: Column) -> Callable[[object, dict[str, object]], None]:
    """A function that writes into a reply what it repeats of a request, new at every call.

    That is every member which both shapes have and which the column shows in replies.
    """
    names = {each.name for each in members(reply, column) if each.presence is Presence.BOTH}
    shared = [each for each in members(request, column) if each.name in names]
    scope, lines = _assignments(shared, column, reply=True)
    exec("\n".join(["def echo(o, r):", *lines]), scope)  # noqa: S102  as attrs and cattrs do
    return cast("Callable[[object, dict[str, object]], None]", scope["echo"])


@functools.cache
def _writer(shape: type, column: Column, reply: bool) -> Writer:  # noqa: FBT001  a cache key
    written = [
        each
        for each in members(shape, column)
        if not (reply and each.presence is Presence.REQUEST_ONLY)
    ]
    scope, lines = _assignments(written, column, reply=reply)
    exec("\n".join(["def write(o):", " r = {}", *lines, " return r"]), scope)  # noqa: S102  as above
    return cast("Writer", scope["write"])


def _assignments(
    written: list[Member], column: Column, *, reply: bool
) -> tuple[dict[str, object], list[str]]:
    """The lines that write the members of `o` into the dict `r`, and the names that they use."""
    scope: dict[str, object] = {"plain": str.__str__}
    lines = []
    for each in written:
        scope[f"w_{each.name}"] = _nested_writer(each.constraint, column, reply)
        value = _written(each.constraint, f"w_{each.name}")
        lines += [f" v = o.{each.name}", f" if v is not None: r[{each.name!r}] = {value}"]
    return scope, lines


def _nested_writer(constraint: Constraint, column: Column, reply: bool) -> Writer | None:  # noqa: FBT001
    if isinstance(constraint, ListOf):
        constraint = constraint.item
    if isinstance(constraint, Recursive):
        find = constraint.find
        return lambda obj: _writer(find(), column, reply)(obj)  # noqa: PLW0108  the shape is within
    return _writer(constraint.shape, column, reply) if isinstance(constraint, Nested) else None


def _written(constraint: Constraint, writer: str) -> str:
    match constraint:
        case Nested():
            return f"{writer}(v)"
        case ListOf(item=Nested() | Recursive()):
            return f"[{writer}(i) for i in v]"
        case ListOf():
            return "[*v]"
        case MapOf():
            return "{**v}"
        case Choice(is_status=True):
            return "plain(v)"
    return "v"
