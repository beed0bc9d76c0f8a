"""Tables of measures, read as numbers by variation, measure and replication.

What is compared of them stands in `comparison`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from attrs import frozen

from simjob.whatif.measures import MEASURES
from simjob.whatif.one_world import ComparisonError
from simjob.whatif.results import Results

_KEYS: Final = ("variation", "replication", "seed")
Naming = Callable[[str, bool], str]
"""What a variation is called, given its label and whether it is the only one."""


class Columnar(Protocol):
    """What gives its columns as lists: tables of pyarrow do."""

    def to_pydict(self) -> dict[str, list[object]]:
        """The columns by name."""


Source = Results | Columnar | Mapping[str, Sequence[object]]
"""Results, or a table of measures: the columns variation, replication, seed, and the measures."""


@frozen
class Arm:
    """The measures of one variation by replication."""

    label: str
    seeds: Mapping[int, int]
    values: Mapping[str, Mapping[int, float]]


def naming_of(name: str) -> Naming:
    """Call the only variation `name`, and put that before the labels of several."""
    return lambda label, alone: name if alone else f"{name}: {label}"


def arms(source: Source, naming: Naming) -> list[Arm]:
    """The variations of a source, in the order of their first rows."""
    columns = _columns(source)
    missing = [each for each in _KEYS if each not in columns]
    if missing:
        raise ComparisonError(f"a table of measures needs the column {missing[0]!r}")
    measured = [name for name, *_ in MEASURES if name in columns]
    seeds: dict[str, dict[int, int]] = {}
    values: dict[str, dict[str, dict[int, float]]] = {}
    keys = zip(*(columns[each] for each in _KEYS), strict=True)
    for row, (variation, number, seed) in enumerate(keys):
        label, replication = str(variation), _whole(number)
        if replication in seeds.setdefault(label, {}):
            raise ComparisonError(f"replication {replication} of {label!r} is there twice")
        seeds[label][replication] = _whole(seed)
        own = values.setdefault(label, {name: {} for name in measured})
        for name in measured:
            cell = columns[name][row]
            if isinstance(cell, int | float) and not math.isnan(cell):
                own[name][replication] = float(cell)
    if not seeds:
        raise ComparisonError("a table of measures has no rows: no replication was carried out")
    alone = len(seeds) == 1
    return [Arm(naming(label, alone), seeds[label], values[label]) for label in seeds]


def _columns(source: Source) -> Mapping[str, Sequence[object]]:
    if isinstance(source, Mapping):
        return source
    if not isinstance(source, Results) and not hasattr(source, "to_pydict"):
        raise ComparisonError(
            f"must be results of a sweep, or their table of measures, is {source!r}"
        )
    table: Columnar = source.measures if isinstance(source, Results) else source
    return table.to_pydict()


def _whole(cell: object) -> int:
    if not isinstance(cell, int):
        raise ComparisonError(f"replications and seeds must be whole numbers, one is {cell!r}")
    return cell
