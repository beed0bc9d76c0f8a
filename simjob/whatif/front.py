"""The Pareto front: the variations that no other is told to be better than, world by world.

Three things count: dollars, completion time, and how many works are Completed; without the third, a
plan that does less would be better by that alone.

What is compared besides stands in `comparison`, how a front is drawn in `simjob.pictures.pareto`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from simjob.whatif.arms import Arm
from simjob.whatif.estimates import half_width
from simjob.whatif.work_done import DONE

TIME: Final = "completion_mean_seconds"
"""The completion time that stands against the dollars."""

SAME: Final = 1e-12
"""Numbers that differ by less than this share of them differ by the rounding of sums alone."""

_Rows = np.ndarray[tuple[int, int], np.dtype[np.float64]]
_Row = np.ndarray[tuple[int], np.dtype[np.float64]]


def pareto_front(arms: Sequence[Arm], confidence: float = 0.95) -> frozenset[str]:
    """The labels of the variations that no other is told to be better than.

    Another is told to be better where, of its differences world by world in dollars, in completion
    time and in works that are not Completed, the confidence interval of none reaches above zero and
    that of one at least lies below. So what cannot be told apart is on the front together, and so
    is everything where no two have two worlds in common. A variation whose dollars or completion
    time are known in no world is not. Works count only where any variation tells them.

    >>> def arm(label, dollars, seconds, works=(2, 2)):
    ...     values = {"dollars": dict(enumerate(dollars)), TIME: dict(enumerate(seconds))}
    ...     return Arm(label, {0: 7, 1: 8}, {**values, "completed": dict(enumerate(works))})
    >>> cheap, fast = arm("cheap", [3.0, 4.0], [9.0, 9.0]), arm("fast", [7.0, 8.0], [5.0, 5.0])
    >>> dear, unsure = arm("dear", [8.0, 9.0], [5.0, 5.0]), arm("unsure", [5.0, 9.0], [8.0, 9.5])
    >>> sorted(pareto_front([cheap, fast, dear, unsure]))
    ['cheap', 'fast', 'unsure']
    >>> less = arm("less", [1.0, 1.0], [1.0, 1.0], works=(1, 1))
    >>> sorted(pareto_front([cheap, fast, dear, unsure, less]))
    ['cheap', 'fast', 'less', 'unsure']
    """
    places = {
        world: place
        for place, world in enumerate({world for arm in arms for world in arm.seeds.items()})
    }
    told = [_rows(arms, measure, places) for measure in ("dollars", TIME)]
    known = [place for place in range(len(arms)) if not any(_empty(rows[place]) for rows in told)]
    if any(arm.values.get(DONE) for arm in arms):
        told.append(-_rows(arms, DONE, places))
    return frozenset(
        arms[own].label
        for own in known
        if not any(
            _better([(rows[other], rows[own]) for rows in told], confidence)
            for other in known
            if other != own
        )
    )


def _rows(arms: Sequence[Arm], measure: str, places: dict[tuple[int, int], int]) -> _Rows:
    """A row for each variation, a column for each world; NaN where it is not known."""
    rows = np.full((len(arms), len(places)), np.nan)
    for row, arm in zip(rows, arms, strict=True):
        for replication, value in arm.values.get(measure, {}).items():
            row[places[replication, arm.seeds[replication]]] = value
    return rows


def _empty(row: _Row) -> bool:
    return bool(np.isnan(row).all())


def _better(pairs: Iterable[tuple[_Row, _Row]], confidence: float) -> bool:
    """Whether the first of each pair is told to be no more, and of one pair to be less."""
    less = False
    for its, own in pairs:
        end = _upper_end(its, own, confidence)
        if end > 0:
            return False
        less = less or end < 0
    return less


def _upper_end(its: _Row, own: _Row, confidence: float) -> float:
    """The upper end of the interval of the mean of `its - own`; infinite for fewer than two."""
    apart = its - own
    apart[np.abs(apart) <= SAME * np.maximum(np.abs(its), np.abs(own))] = 0.0
    apart = apart[~np.isnan(apart)]
    if len(apart) < 2:
        return float("inf")
    return float(apart.mean()) + half_width(len(apart), float(apart.var(ddof=1)), confidence)
