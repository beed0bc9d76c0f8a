"""A World as the text of a world file: only what differs from the defaults.

The other half of `load`, which says how a file spells things: what is written here is read there,
and gives an equal world. `world_table` is the same as plain values, before it is text.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from simjob.world.api_faults import RateLimit
from simjob.world.checks import join, key
from simjob.world.distributions import DISTRIBUTIONS, Constant
from simjob.world.latencies import Latencies
from simjob.world.load import WorldError
from simjob.world.workload import WorkloadRule
from simjob.world.world import World

_DELETE: Final = "\x7f"  # JSON takes it as it is, TOML does not


class _Unwritable(ValueError):  # noqa: N818 - never leaves this file
    """Something that a world file cannot hold: where, and why."""


def dump_world(world: World) -> str:
    """A world as TOML, from which `load_world` makes an equal one; "" for the default world.

    Raises:
        WorldError: for what no file can hold: workloads that are generator functions, tables of
            latencies that leave out defaults without a "*", and text that is no Unicode.

    >>> from simjob.world import ApiFaults, Capacity
    >>> print(dump_world(World(capacity=Capacity(give_up_after="1h"), api=ApiFaults(resets=0.5))))
    [capacity]
    give_up_after = 3600
    <BLANKLINE>
    [api]
    resets = { "*" = 0.5 }
    <BLANKLINE>
    """
    data = world_table(world)
    plain = [f"{_key(k)} = {_inline(v)}" for k, v in data.items() if not _has_header(v)]
    blocks = ["\n".join(plain)] if plain else []
    for name, value in data.items():
        if isinstance(value, dict) and _has_header(value):
            blocks.append("\n".join([f"[{name}]", *_lines(value)]))
        elif _has_header(value):
            blocks += ["\n".join([f"[[{name}]]", *_lines(item)]) for item in value]
    return "".join(f"{block}\n\n" for block in blocks)[:-1]


def world_table(world: World) -> dict[str, Any]:
    """The same as plain values, which `world_from_dict` takes.

    Raises:
        WorldError: as `dump_world` does.

    >>> world_table(World(region="eu-west-1"))
    {'region': 'eu-west-1'}
    """
    table: dict[str, Any] = plain_value(world, "")
    return table


def plain_value(value: object, path: str) -> Any:  # noqa: ANN401 - any value of a file
    """A part of a world, as a file spells it; `path` says where it stands, for errors.

    Raises:
        WorldError: as `dump_world` does.

    >>> plain_value(Constant(90), "runtime_limit_lag")
    90
    """
    try:
        return _plain(value, path)
    except _Unwritable as error:
        raise WorldError([str(error)]) from None


def _fields(value: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 - any attrs class of the world
    """The fields of a value that differ from their defaults."""
    if isinstance(value, Latencies):
        return _latencies(value, path)
    found: dict[str, Any] = {}
    for each in attrs.fields(type(value)):
        given = getattr(value, each.name)
        if not each.init or given == _default(each, value):
            continue
        where = join(path, each.name)
        if each.name == "run":
            raise _Unwritable(f"{where}: is a generator function, which no file can hold")
        if isinstance(value, WorkloadRule) and each.name == "workload":
            found |= _fields(given, path)
        else:
            found[each.name] = _plain(given, where)
    return found


def _default(field: "attrs.Attribute[Any]", owner: object) -> object:
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, typed as a function
        made = default.factory(owner) if default.takes_self else default.factory()
        return field.converter(made) if field.converter else made  # type: ignore[operator]
    return default


def _plain(value: Any, path: str) -> Any:  # noqa: ANN401, PLR0911 - one for each kind of value
    if isinstance(value, Constant):
        return _short(value.value)
    if isinstance(value, DISTRIBUTIONS):
        return {type(value).__name__.lower(): _parameters(value)}
    if isinstance(value, RateLimit) and value == RateLimit(value.rate):
        return value.rate
    if attrs.has(type(value)):
        return _fields(value, path)
    if isinstance(value, Mapping):
        named = {str(name): item for name, item in value.items()}
        return {
            _text(name, path): _plain(item, join(path, key(name))) for name, item in named.items()
        }
    if isinstance(value, tuple):
        return [_plain(item, join(path, f"[{at}]")) for at, item in enumerate(value)]
    return _text(value, path) if isinstance(value, str) else value


def _parameters(distribution: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the distributions
    given = {each.name: getattr(distribution, each.name) for each in _public(type(distribution))}
    return {
        name: [_short(each) for each in value] if isinstance(value, tuple) else _short(value)
        for name, value in given.items()
    }


def _public(cls: type) -> Iterator["attrs.Attribute[Any]"]:
    return (each for each in attrs.fields(cls) if each.init)


def _latencies(value: Latencies, path: str) -> dict[str, Any]:
    """What is to be laid over the defaults to give these tables."""
    found: dict[str, Any] = {}
    usual = Latencies()
    for phase in (each.name for each in attrs.fields(Latencies)):
        wanted, default = getattr(value, phase), getattr(usual, phase)
        own = {name: span for name, span in wanted.items() if default.get(name) != span}
        while True:
            laid = getattr(Latencies.over_defaults({phase: own}), phase)
            hidden = {name: span for name, span in wanted.items() if name not in laid}
            if not hidden:
                break
            own |= hidden
        where = join(path, phase)
        if laid != wanted:
            missing = ", ".join(sorted(laid.keys() - wanted.keys()))
            raise _Unwritable(
                f"{where}: leaves out the defaults {missing}, which a file cannot; give '*'"
            )
        if own:
            found[phase] = _plain(own, where)
    return found


def _text(text: str, path: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Unwritable(f"{path}: is no Unicode text, which no file can hold: {text!r}") from None
    return text


def _short(seconds: float) -> float:
    """A duration without a needless fraction; loading makes it a float again."""
    return int(seconds) if seconds.is_integer() else seconds


def _has_header(value: object) -> bool:
    """Whether a value of the world has a section of its own in the file."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, dict) for each in value)
    return isinstance(value, dict)


def _lines(table: Mapping[str, object]) -> list[str]:
    return [f"{_key(name)} = {_inline(value)}" for name, value in table.items()]


def _inline(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case str():
            import json  # noqa: PLC0415 - few worlds are written

            return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
        case dict():
            return f"{{ {', '.join(_lines(value))} }}" if value else "{}"
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case _:
            return repr(value)


def _key(name: str) -> str:
    """A key as TOML has it, quoted where it must be."""
    return name if key(name) == name else _inline(name)
