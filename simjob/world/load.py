"""World files: TOML to a World, and every mistake in one error, each with its exact path.

What a right value is, is told by the fields of the world themselves; here is only how a file spells
them. Durations are numbers of seconds or text ("90s"). A distribution is a duration, or a table
with one key that names its kind: `{ lognormal = { median = 43, p90 = "52s" } }`. Tables of
latencies are laid over the defaults (`Latencies.over_defaults`). A rule of `[[workloads]]` has its
patterns and the keys of its workload side by side. A zone of `[[spot.zones]]` may name the CSV file
of a `trace` (`traces`) in place of its outages, by a path that is relative to the world file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from os import PathLike
from os.path import dirname
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin

import attrs

from simjob.text_files import UnreadableError, read_text
from simjob.world.checks import PYTHON_ONLY, FieldError, join, key, nearest, row, table
from simjob.world.distributions import DISTRIBUTIONS, Distribution, as_distribution
from simjob.world.latencies import Latencies, latency_key
from simjob.world.market import Zone
from simjob.world.traces import TraceError, with_outages
from simjob.world.workload import Workload, WorkloadRule
from simjob.world.world import World

if TYPE_CHECKING:
    from cattrs import Converter

_T = TypeVar("_T")
_Hook = Callable[[Any, Any], Any]
_ONLY_IN_FILES: Final[Mapping[type, frozenset[str]]] = {Zone: frozenset({"trace"})}
_START: Final = attrs.fields(World).start.default
_KINDS: Final = {cls.__name__.lower(): cls for cls in DISTRIBUTIONS}


class TableError(ValueError):
    """A table that cannot be: `mistakes` has a line for each, `file` the place ("" for none)."""

    def __init__(self, mistakes: Sequence[str], file: str = "") -> None:
        super().__init__(tuple(mistakes), file)
        self.mistakes = tuple(mistakes)
        self.file = file

    def __str__(self) -> str:
        lead = f"{self.file}: " if self.file else ""
        return "\n".join(lead + mistake for mistake in self.mistakes)


class WorldError(TableError):
    """A world that cannot be.

    >>> print(WorldError(["account: must be 12 digits as text, is 'me'"], "world.toml"))
    world.toml: account: must be 12 digits as text, is 'me'
    """


def load_world(path: str | PathLike[str]) -> World:
    """The world that a TOML file describes; what it does not name has its default.

    Raises:
        WorldError: for a file that cannot be read, is no TOML, or holds any mistake.

    >>> load_world("missing.toml")
    Traceback (most recent call last):
    ...
    simjob.world.load.WorldError: missing.toml: cannot be read: No such file or directory
    """
    try:
        return world_from_dict(read_table(path), dirname(path))  # noqa: PTH120 - pathlib is slow
    except TableError as error:
        raise WorldError(error.mistakes, str(path)) from error.__cause__


def world_from_toml(text: str, base: str | PathLike[str] = "") -> World:
    """The world that TOML text describes; paths in it are relative to the folder `base`.

    Raises:
        WorldError: for text that is no TOML (with line and column), or holds any mistake.

    >>> world_from_toml("capacity.give_up_after = '1h'").capacity.give_up_after
    Constant(value=3600.0)
    """
    try:
        return world_from_dict(table_from_toml(text), base)
    except TableError as error:
        raise WorldError(error.mistakes) from None


def world_from_dict(data: Mapping[str, object], base: str | PathLike[str] = "") -> World:
    """The world that a table describes, spelled as in a file whose folder is `base`.

    Raises:
        WorldError: for any mistake.

    >>> world_from_dict({"storage": {"prefixes": [{"uri": "s3://b", "byts": 5}]}})
    Traceback (most recent call last):
    ...
    simjob.world.load.WorldError: storage.prefixes[0].byts: unknown key; did you mean 'bytes'?
    """
    try:
        return built(with_outages(data, base, _START), World)
    except TableError as error:
        raise WorldError(error.mistakes) from None


def read_table(path: str | PathLike[str]) -> dict[str, object]:
    """The plain table that a TOML file holds.

    Raises:
        TableError: for a file that cannot be read or is no TOML; without the name of the file.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise TableError([str(error)]) from error.__cause__
    return table_from_toml(text)


def table_from_toml(text: str) -> dict[str, object]:
    """The plain table that TOML text describes.

    Raises:
        TableError: it is no TOML; with line and column.
    """
    import tomllib  # noqa: PLC0415 - most worlds come from no file

    try:
        return tomllib.loads(text)
    except ValueError as error:  # also for a number of thousands of digits
        lines = text.split("\n")
        end = f"at the end: line {len(lines)}, column {len(lines[-1]) + 1}"
        problem = str(error).replace("at end of document", end)
        raise TableError([f"is no TOML: {problem}"]) from None


def built(data: Mapping[str, object], cls: type[_T]) -> _T:
    """The object of a frozen class that a plain table describes, spelled as in a file.

    Raises:
        TableError: with every mistake and its path.
    """
    try:
        return _converter().structure(data, cls)
    except (ValueError, ExceptionGroup) as error:
        raise TableError(list(_mistakes(error, ""))) from None


@cache
def _converter() -> "Converter":
    from cattrs import Converter  # noqa: PLC0415 - most worlds come from no file

    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    # Lowest first: what no later hook knows goes as it is to the field's own converter and checks.
    converter.register_structure_hook_func(_is_no_collection, _as_it_is)
    for scalar in (str, int, float, bool):  # or else cattrs would take "1" for 1
        converter.register_structure_hook(scalar, _as_it_is)
    converter.register_structure_hook_func(_is_list, _list_hook(converter))
    converter.register_structure_hook_func(_is_table, _table_hook(converter))
    converter.register_structure_hook_func(_is_distribution, _distribution_hook(converter))
    converter.register_structure_hook_func(_is_optional, _optional_hook(converter))
    converter.register_structure_hook_func(_is_table_of_classes, _table_of_classes_hook(converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _class_hook(converter, cls))
    converter.register_structure_hook(Latencies, _latencies_hook(converter))
    converter.register_structure_hook(WorkloadRule, _rule_hook(converter))
    converter.register_structure_hook(Zone, _zone_hook(converter))
    return converter


def _as_it_is(value: object, _: object) -> object:
    return value


def _is_no_collection(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    origin: object = get_origin(type_)
    return origin is not list and origin is not dict


def _is_list(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    return get_origin(type_) is tuple and attrs.has(get_args(type_)[0])


def _is_table(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    return get_origin(type_) is Mapping and get_args(type_)[1] == Distribution


def _is_distribution(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    members: set[object] = set(get_args(type_))
    return members.issuperset(DISTRIBUTIONS)


def _is_optional(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    members = get_args(type_)
    return len(members) == 2 and members[1] is type(None) and attrs.has(members[0])


def _optional_hook(converter: "Converter") -> _Hook:
    def structure(value: Any, type_: Any) -> object:  # noqa: ANN401 - of any kind
        return None if value is None else converter.structure(value, get_args(type_)[0])

    return structure


def _is_table_of_classes(type_: Any) -> bool:  # noqa: ANN401 - an annotation
    return get_origin(type_) is Mapping and attrs.has(get_args(type_)[1])


def _table_of_classes_hook(converter: "Converter") -> _Hook:
    def structure(value: Any, type_: Any) -> object:  # noqa: ANN401 - of any kind
        # What is no table may be a short form, which is the field's own affair.
        if not isinstance(value, Mapping):
            return value
        items: Any = dict[str, get_args(type_)[1]]  # type: ignore[misc]
        tables = {name: each for name, each in value.items() if isinstance(each, Mapping)}
        return {**value, **converter.structure(tables, items)}

    return structure


def _list_hook(converter: "Converter") -> _Hook:
    def structure(value: Any, type_: Any) -> object:  # noqa: ANN401 - of any kind
        items: Any = list[get_args(type_)[0]]  # type: ignore[misc]
        return tuple(converter.structure(row(value), items))

    return structure


def _table_hook(converter: "Converter") -> _Hook:
    from cattrs.errors import ClassValidationError  # noqa: PLC0415 - as in _converter

    def structure(value: Any, type_: Any) -> object:  # noqa: ANN401 - of any kind
        given = table(value)
        problems = {name: latency_key(name) for name in given}
        errors: list[Exception] = [FieldError(key(k), p) for k, p in problems.items() if p]
        try:
            built = converter.structure(given, dict[str, Distribution])
        except ExceptionGroup as error:
            errors.append(error)
        if errors:
            raise ClassValidationError("", errors, type_)
        return built

    return structure


def _distribution_hook(converter: "Converter") -> _Hook:
    members = {name: attrs.field(default=None, type=cls) for name, cls in _KINDS.items()}
    kinds = attrs.make_class("Kinds", members)

    def structure(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            return as_distribution(value)
        given = attrs.astuple(converter.structure(value, kinds), recurse=False)
        found = [each for each in given if each is not None]
        if len(found) != 1:
            raise ValueError(f"must have exactly one key, one of {', '.join(_KINDS)}")
        return found[0]

    return structure


def _class_hook(converter: "Converter", cls: type) -> _Hook:
    from cattrs.gen import make_dict_structure_fn, override  # noqa: PLC0415 - as in _converter

    overrides = {
        each.name: override(struct_hook=_field_hook(converter, each))
        if each.name in _keys(cls)
        else override(omit=True)
        for each in attrs.fields(cls)
    }
    base: _Hook = make_dict_structure_fn(cls, converter, **overrides)  # type: ignore[arg-type]
    # What is built already, in Python, may stand where a file has a table.
    return lambda value, _: value if isinstance(value, cls) else base(table(value), cls)


def _field_hook(converter: "Converter", field: "attrs.Attribute[Any]") -> _Hook:
    """A field's own converter and checks run alone, so that no mistake hides another."""

    def structure(value: object, _: object) -> object:
        built = converter.structure(value, field.type)  # type: ignore[arg-type]
        if field.converter:
            built = field.converter(built)  # type: ignore[operator]
        if field.validator:
            field.validator(None, field, built)
        return built

    return structure


def _latencies_hook(converter: "Converter") -> _Hook:
    base = _class_hook(converter, Latencies)

    def structure(value: Any, _: object) -> Latencies:  # noqa: ANN401 - of any kind
        built = base(value, Latencies)
        return Latencies.over_defaults({phase: getattr(built, phase) for phase in table(value)})

    return structure


def _rule_hook(converter: "Converter") -> _Hook:
    from cattrs.errors import ClassValidationError  # noqa: PLC0415 - as in _converter

    base = _class_hook(converter, WorkloadRule)
    own, known = _keys(WorkloadRule) - {"workload"}, _keys(Workload)

    def structure(value: Any, _: object) -> WorkloadRule:  # noqa: ANN401 - of any kind
        data = table(value)
        errors: list[Exception] = [
            FieldError(key(name), f"unknown key{nearest(name, own | known)}")
            for name in data
            if name not in own | known
        ]
        halves: list[Any] = []
        for hook, cls, half, also in (
            (converter.structure, Workload, known, {}),
            (base, WorkloadRule, own, {"workload": {}}),
        ):
            try:
                halves.append(hook({k: v for k, v in data.items() if k in half} | also, cls))
            except (ValueError, ExceptionGroup) as error:
                errors.append(error)
        if errors:
            raise ClassValidationError("", errors, WorkloadRule)
        rule: WorkloadRule = attrs.evolve(halves[1], workload=halves[0])
        return rule

    return structure


def _zone_hook(converter: "Converter") -> _Hook:
    from cattrs.errors import ClassValidationError  # noqa: PLC0415 - as in _converter

    base = _class_hook(converter, Zone)

    def structure(value: Any, _: object) -> Zone:  # noqa: ANN401 - of any kind
        data = dict(table(value))
        errors: list[Exception] = []
        if "trace" in data:
            trace = data.pop("trace")
            problem = f"must be the path of a CSV file, is {trace!r}"
            if "outages" in data:
                problem = "stands in place of outages; give one of them"
            elif isinstance(trace, TraceError):
                problem = str(trace)
            errors.append(FieldError("trace", problem))
        try:
            zone: Zone = base(data, Zone)
        except (ValueError, ExceptionGroup) as error:
            errors.append(error)
        if errors:
            raise ClassValidationError("", errors, Zone)
        return zone

    return structure


def _keys(cls: type) -> set[str]:
    """The keys that a class has in a file."""
    fields = attrs.fields(cls)
    keys = {each.name for each in fields if each.init and PYTHON_ONLY not in each.metadata}
    return keys | _ONLY_IN_FILES.get(cls, frozenset())


def _mistakes(error: Exception, path: str) -> Iterator[str]:
    """A line for each mistake in an error of the converter, found at a path."""
    from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError  # noqa: PLC0415 - same

    if isinstance(error, BaseValidationError):
        for each in error.exceptions:
            yield from _mistakes(each, join(path, _step(each)))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = _keys(error.cl)
        for name in sorted(error.extra_fields):
            yield f"{join(path, key(name))}: unknown key{nearest(name, known)}"
    elif isinstance(error, FieldError):
        for step, problem in error.mistakes:
            yield f"{join(path, step)}: {problem}"
    elif isinstance(error, KeyError):
        yield f"{path}: must be given"
    else:
        yield f"{path}: {error}" if path else str(error)


def _step(error: Exception) -> str:
    """Where below its surroundings an error was found, as the converter noted it."""
    from cattrs import AttributeValidationNote, IterableValidationNote  # noqa: PLC0415 - same

    for note in getattr(error, "__notes__", ()):
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]" if isinstance(note.index, int) else key(note.index)
        # A FieldError begins with the name of its field already.
        if isinstance(note, AttributeValidationNote) and not isinstance(error, FieldError):
            return note.name
    return ""
