"""Requests, replies, their structures and constraints, from the shapes of the spec."""

import inspect
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Final

import attrs

from generating.markdown import code, codes, table
from simjob.spec import replies as reply_shapes
from simjob.spec import requests as request_shapes
from simjob.spec import scalars
from simjob.spec.constraints import Choice, Constraint, Text, Whole
from simjob.spec.containers import ListOf, MapOf, Nested, Recursive
from simjob.spec.editions import Column
from simjob.spec.member import Member, Presence, Two, members

_MANY: Final = 20
_PAGES: Final = ((request_shapes, "requests.md"), (reply_shapes, "replies.md"))


def shapes_of(module: ModuleType) -> list[type]:
    """The structures that a module of the spec defines, in their order."""
    return [
        each
        for each in vars(module).values()
        if inspect.isclass(each) and attrs.has(each) and each.__module__ == module.__name__
    ]


def shapes_within() -> list[type]:
    """The structures that requests and replies hold, and what those hold, by name."""
    top = [shape for module, _ in _PAGES for shape in shapes_of(module)]
    found: set[type] = set()
    ahead = list(top)
    while ahead:
        for column in Column:
            for each in members(ahead[-1], column):
                new = set(_shapes_in(each.constraint)) - found
                found |= new
                ahead[:0] = sorted(new, key=lambda shape: shape.__name__)
        ahead.pop()
    return sorted(found - set(top), key=lambda shape: shape.__name__)


def _shapes_in(constraint: Constraint) -> Iterator[type]:
    match constraint:
        case Nested(shape):
            yield shape
        case Recursive(find):
            yield find()
        case ListOf(item):
            yield from _shapes_in(item)
        case MapOf(key, value):
            yield from _shapes_in(key)
            yield from _shapes_in(value)


def _range(least: int | None, most: int | None, unit: str) -> str:
    match least or None, most:
        case None, None:
            words = ""
        case None, _:
            words = f"at most {most:,}"
        case _, None:
            words = f"at least {least:,}"
        case _:
            words = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{words} {unit}".strip() if words else ""


def told(constraint: Constraint) -> str:
    """A constraint in words.

    >>> print(told(Text(min=1, max=63, pattern="[a-z]+")))
    text, 1 to 63 characters, `[a-z]+`
    """
    parts: list[str]
    match constraint:
        case Text(least, most, pattern):
            parts = ["text", _range(least, most, "characters"), code(pattern) if pattern else ""]
        case Choice():
            values = constraint.values
            short = len(values) <= _MANY
            parts = [codes(values) if short else f"one of {len(values)} [types](instances.md)"]
        case Whole(least, most):
            lower = f"at least {least:,}" if least is not None and most is None else ""
            parts = ["integer", lower or _range(least, most, "")]
        case ListOf(item, least, most):
            parts = ["list", _range(least, most, "items"), f"each {told(item)}"]
        case MapOf(key, value, least, most):
            parts = ["map", _range(least, most, "entries")]
            parts += [f"keys: {told(key)}", f"values: {told(value)}"]
        case Nested() | Recursive():
            (shape,) = _shapes_in(constraint)
            parts = [_reference(shape)]
        case _:
            parts = [constraint.json_type]
    separator = "; " if isinstance(constraint, MapOf) else ", "
    return separator.join(part for part in parts if part)


def _reference(shape: type) -> str:
    """A link to where a structure is told."""
    name = shape.__name__
    for module, page in _PAGES:
        if shape.__module__ == module.__name__:
            return f"[{code(name)}]({page}#{name.lower()})"
    return f"[{code(name)}](structures.md#{name.lower()})"


def _cell(member: Member | None) -> str:
    if member is None:
        return "not there"
    needed = "**required**, " if member.required else ""
    unseen = "" if member.presence is Presence.BOTH else " *(taken, never shown)*"
    return f"{needed}{told(member.constraint)}{unseen}"


def _structure(shape: type) -> str:
    columns = [{each.name: each for each in members(shape, column)} for column in Column]
    names = [field.name for field in attrs.fields(shape)]
    rows = []
    for name in names:
        page, today = (_cell(column.get(name)) for column in columns)
        rows.append([code(name), page, "the same" if page == today else today])
    said = inspect.cleandoc(shape.__doc__ or "")
    shown = (
        table(["member", "`documented`, `retired`", "`live`"], rows)
        if rows
        else "It has no members."
    )
    return f"## {shape.__name__}\n\n{said}\n\n{shown}"


def _structures(shapes: Iterable[type]) -> str:
    return "\n\n".join(_structure(shape) for shape in shapes)


def requests() -> str:
    """What each operation takes."""
    return _structures(shapes_of(request_shapes))


def replies() -> str:
    """What each operation gives back."""
    return _structures(shapes_of(reply_shapes))


def structures() -> str:
    """What stands within them."""
    return _structures(shapes_within())


def named_constraints() -> dict[str, Two]:
    """The constraints that have a name in the spec, in both columns."""
    return {
        name: each if isinstance(each, Two) else Two(each, each)
        for name, each in vars(scalars).items()
        if isinstance(each, Two | Constraint)
    }


def constraints() -> str:
    """The simple shapes that members share, by name."""
    rows = []
    for name, two in named_constraints().items():
        page, today = told(two.page), told(two.today)
        rows.append([code(name), page, "the same" if page == today else today])
    return table(["name", "`documented`, `retired`", "`live`"], rows)
