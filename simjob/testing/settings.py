"""What one test of a test suite has asked for: its world, seed, edition and clock, in layers.

The defaults lie lowest, then the ini options, then the marks from the widest (a module's) to the
closest, then the command line. What is wrong is told with the place where it stands. How pytest is
asked for all of this stands in `simjob.pytest_plugin`.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import attrs

from simjob.spec.editions import edition as edition_of
from simjob.world import FieldError, World, WorldError, load_world, world_from_dict
from simjob.world.checks import nearest
from simjob.world.dump import plain_value

_FIELDS: Final = tuple(each.name for each in attrs.fields(World))
_CLOCK: Final = ("clock", "rate", "guard_seconds")
ARGUMENTS: Final = ("world", "seed", "edition", *_CLOCK, "wire")
"""The arguments of the mark that are no fields of a World."""


class SettingsError(ValueError):
    """A test asks for what cannot be: `mistakes` has a line for each."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


@attrs.frozen
class Mark:
    """One mark, and the folder of the file where its test stands."""

    given: Mapping[str, object]
    folder: Path
    args: tuple[object, ...] = ()


@attrs.frozen
class Settings:
    """What a test has asked for.

    `edition` is None where nobody said: then each fixture has its own. `mock` are the other
    arguments of `simjob.aws.mock` that were given.
    """

    world: World
    seed: int = 0
    edition: str | None = None
    mock: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def of_simulation(self) -> dict[str, Any]:
        """The keyword arguments of a `Simulation`."""
        given = {"world": self.world, "seed": self.seed}
        return given if self.edition is None else {**given, "edition": self.edition}

    @property
    def of_clock(self) -> dict[str, Any]:
        """The keyword arguments of a `VirtualClock`."""
        names = {"clock": "mode"}
        return {names.get(n, n): value for n, value in self.mock.items() if n in _CLOCK}


class Layers:
    """Puts the layers of a test suite on top of each other; reads every world file once.

    Args:
        root: of the test suite, where relative paths of world files end up.
        ini: the ini options that are set, by argument: world, seed, edition.
        seed: of the command line, if it was given.
    """

    def __init__(self, root: Path, ini: Mapping[str, str], seed: int | None = None) -> None:
        self._root = root
        self._ini = ini
        self._seed = seed
        self._files: dict[Path, World] = {}

    def settings(self, marks: Iterable[Mark]) -> Settings:
        """What a test with these marks, the widest first, has asked for.

        Raises:
            SettingsError: for anything wrong in the ini options or in a mark.
        """
        mistakes: list[str] = []
        settings = self._of_ini(mistakes)
        for mark in marks:
            told = [f"@pytest.mark.simjob: {each}" for each in _unknown(mark)]
            if not told:
                settings = self._laid(settings, mark, "@pytest.mark.simjob", told)
            mistakes += told
        if mistakes:
            raise SettingsError(mistakes)
        return settings if self._seed is None else attrs.evolve(settings, seed=self._seed)

    def _of_ini(self, mistakes: list[str]) -> Settings:
        given: dict[str, object] = dict(self._ini)
        seed = given.get("seed")
        if isinstance(seed, str) and seed.strip().lstrip("-").isdecimal():
            given["seed"] = int(seed)
        ini = Mark(given, self._root)
        return self._laid(Settings(World()), ini, "ini option simjob_{}", mistakes)

    def _laid(self, below: Settings, mark: Mark, source: str, mistakes: list[str]) -> Settings:
        """A mark on top of what lies below it; what is wrong with it goes to the mistakes."""
        found: dict[str, Any] = {"world": below.world, "mock": dict(below.mock)}
        for name in ("world", *(each for each in mark.given if each != "world")):
            if name not in mark.given:
                continue
            value = mark.given[name]
            lead = source.format(name) if "{}" in source else f"{source}: {name}"
            try:
                if name == "world":
                    found["world"] = self._world(value, mark.folder)
                elif name in _FIELDS:
                    lead = source
                    found["world"] = _with_field(found["world"], name, value)
                elif name in {"seed", "edition"}:
                    _CHECKS[name](value)
                    found[name] = value
                else:
                    _CHECKS[name](value)
                    found["mock"][name] = value
            except WorldError as error:
                place = f"{lead}: {error.file}" if error.file else lead
                mistakes += [f"{place}: {each}" for each in error.mistakes]
            except FieldError as error:
                mistakes += [f"{lead}: {path}: {problem}" for path, problem in error.mistakes]
            except (ValueError, TypeError, ImportError) as error:
                mistakes.append(f"{lead}: {str(error).removeprefix(f'{name} ')}")
        return attrs.evolve(below, **found)

    def _world(self, value: object, folder: Path) -> World:
        if isinstance(value, World):
            return value
        if not isinstance(value, str | os.PathLike):
            raise TypeError(f"must be a simjob.World or the path of a world file, is {value!r}")
        there = [place for place in (folder / value, self._root / value) if place.exists()]
        if not there:
            places = f"beside the test ({folder}) nor in the root directory ({self._root})"
            raise ValueError(f"there is no file {os.fspath(value)!r} {places}")
        path = there[0]
        if path not in self._files:
            self._files[path] = load_world(path)
        return self._files[path]


def _unknown(mark: Mark) -> list[str]:
    known = (*ARGUMENTS, *_FIELDS)
    told = [f"{n}: unknown argument{nearest(n, known)}" for n in mark.given if n not in known]
    if mark.args:
        told.append(f"takes keyword arguments only, has {', '.join(map(repr, mark.args))}")
    return told


def _with_field(world: World, name: str, value: object) -> World:
    """The world with another field; plain tables and lists are read as a world file has them.

    A table is laid over the one that is there, key by key.
    """
    if isinstance(value, Mapping):
        own = plain_value(getattr(world, name), name)
        value = getattr(world_from_dict({name: {**own, **value}}), name)
    elif isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value):
        value = getattr(world_from_dict({name: value}), name)
    changed: World = attrs.evolve(world, **cast("Any", {name: value}))
    return changed


def _check_seed(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"must be a whole number, is {value!r}")


def _check_edition(value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"must be the name of an edition, is {value!r}")
    edition_of(value)


def _check_wire(value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, is {value!r}")


def _check_clock(name: str) -> Callable[[object], None]:
    def check(value: object) -> None:
        import simjob.aws  # noqa: PLC0415 - an extra, and heavy

        given: Any = {name: value}
        simjob.aws.mock(**given)

    return check


_CHECKS: Final[Mapping[str, Callable[[object], None]]] = {
    "seed": _check_seed,
    "edition": _check_edition,
    "wire": _check_wire,
    **{name: _check_clock(name) for name in _CLOCK},
}
