"""The keys of world files, from the fields of `World` and of the classes in it."""

import inspect
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args, get_origin

import attrs

from generating.docstrings import arguments, prose
from generating.markdown import code, codes, table
from simjob.world import Constant, Uniform, World
from simjob.world.checks import PYTHON_ONLY
from simjob.world.distributions import DISTRIBUTIONS, Distribution
from simjob.world.workload import WorkloadRule

_LARGE: Final = 1e6
_WORDS: Final[Mapping[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "date and time with an offset",
}


def _classes(annotation: Any) -> list[type]:  # noqa: ANN401 - an annotation
    """The classes of the world that an annotation names."""
    if annotation is Distribution:
        return []
    if inspect.isclass(annotation) and attrs.has(annotation):
        return [annotation]
    return [cls for each in get_args(annotation) for cls in _classes(each)]


def places() -> dict[type, list[str]]:
    """Every class of the world, with the tables of a world file that it is."""
    found: dict[type, list[str]] = {World: [""]}
    ahead: list[type] = [World]
    for cls in ahead:
        for field in attrs.fields(cls):
            for inner in _classes(field.type):
                if inner in DISTRIBUTIONS:
                    continue
                for place in found[cls]:
                    beside = cls is WorkloadRule
                    path = place if beside else _path(place, field.name, field.type)
                    found.setdefault(inner, []).append(path)
                if inner not in ahead:
                    ahead.append(inner)
    return found


def _path(place: str, name: str, annotation: object) -> str:
    inside = f"{place.strip('[]')}.{name}".lstrip(".")
    if get_origin(annotation) is Mapping:
        return f"[{inside}.NAME]"
    return f"[[{inside}]]" if get_origin(annotation) is tuple else f"[{inside}]"


def _takes(annotation: Any) -> str:  # noqa: ANN401 - an annotation
    """What a key takes, in words."""
    inner = [each for each in get_args(annotation) if each is not type(None)]
    found = _classes(annotation)
    if set(inner) >= set(DISTRIBUTIONS):
        words = "duration or distribution"
    elif get_origin(annotation) is Mapping:
        by = "name" if inner[0] is str else _takes(inner[0])
        words = f"table: {_takes(inner[1])} by {by}"
    elif found:
        words = f"[{found[0].__name__}](#{found[0].__name__.lower()})"
    elif get_origin(annotation) is tuple:
        words = f"list: {_takes(inner[0])}"
    elif inner and all(isinstance(each, str) for each in inner):
        words = codes(f'"{each}"' for each in inner)
    elif inner:
        words = " or ".join(dict.fromkeys(map(_takes, inner)))
    else:
        words = _WORDS[annotation]
    return words


def _default(field: "attrs.Attribute[Any]") -> str:
    """What a key is that is not there, in words."""
    match field.default:
        case attrs.NOTHING:
            words = "must be there"
        case None | () | "":
            words = "none"
        case Mapping():
            words = "none"
        case bool() as value:
            words = code(str(value).lower())
        case datetime() as value:
            words = code(value.isoformat())
        case Constant(seconds):
            words = code(f"{seconds:g}")
        case float() as value:
            words = code(f"{value:g}" if value < _LARGE else f"{value:_.0f}")
        case str() | int() | Uniform() as value:
            words = code(str(value))
        case _:
            words = ""
    return words


def keys() -> str:
    """Every key, by the table that it stands in."""
    parts = []
    for cls, where in places().items():
        said = inspect.cleandoc(cls.__doc__ or "")
        meanings = arguments(said)
        lead = prose(said)
        intro = "\n\n".join(
            each for each in lead if not each.endswith(":") and "\n    " not in each
        )
        rows = [
            [code(field.name), _takes(field.type), _default(field), meanings.get(field.name, "")]
            for field in attrs.fields(cls)
            if PYTHON_ONLY not in field.metadata
            and not (cls is WorkloadRule and field.name == "workload")
        ]
        stands = codes(dict.fromkeys(place for place in where if place)) or "the file itself"
        keys = table(["key", "takes", "default", "meaning"], rows)
        parts.append(f"## {cls.__name__}\n\n{stands}\n\n{intro}\n\n{keys}")
    return "\n\n".join(parts)
