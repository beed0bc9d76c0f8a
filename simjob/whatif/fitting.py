"""One distribution for a sample of durations.

The rules, from few durations to many: all alike are a constant; fewer than eight, or more than one
in twenty of no length at all, stand for themselves (empirical); others are a lognormal through
their median and 90th percentile, which no straggler can pull away, unless its shares differ from
theirs by more than 1.25 / sqrt(n) anywhere (so do those of one sample in twenty that is lognormal,
by simulation with 12 to 300 durations): then they stand for themselves, too, in 99 steps at most,
which does no harm to those either.
"""

from collections.abc import Sequence
from math import log, sqrt
from statistics import NormalDist
from typing import Final

from simjob.world import Constant, Distribution, Empirical, Lognormal

_FEW: Final = 8
_ZEROS: Final = 0.05
_SHORTEST: Final = 0.001
_FARTHEST: Final = 1.25
_STEPS: Final = 99


def fitted(ordered: Sequence[float]) -> Distribution:
    """A distribution for durations in seconds, in ascending order, of which there is one at least.

    >>> fitted([7.0, 7.0]), fitted([0.0, 5.0])
    (Constant(value=7.0), Empirical(values=(0.0, 5.0)))
    >>> fitted([10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 30.0])
    Lognormal(median=17.0, p90=25.8)
    """
    if ordered[0] == ordered[-1]:
        return Constant(ordered[0])
    zeros = sum(1 for each in ordered if each < _SHORTEST)
    if len(ordered) < _FEW or zeros > _ZEROS * len(ordered):
        return _empirical(ordered)
    median, p90 = (round(percentile(ordered, share), 3) for share in (0.5, 0.9))
    if p90 > median and distance(ordered, median, p90) <= _FARTHEST / sqrt(len(ordered)):
        return Lognormal(median, p90)
    return _empirical(ordered)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which so large a share of the ordered values lies, interpolated.

    >>> percentile([1.0, 2.0, 4.0], 0.5), percentile([1.0, 2.0, 4.0], 0.75)
    (2.0, 3.0)
    """
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def distance(ordered: Sequence[float], median: float, p90: float) -> float:
    """The largest difference between the shares of a sample and those of a lognormal.

    >>> round(distance([10.0, 20.0], 20.0, 40.0), 3)
    0.5
    """
    sigma = log(p90 / median) / NormalDist().inv_cdf(0.9)
    normal = NormalDist(log(median), sigma)
    count = len(ordered)
    farthest, below = 0.0, 0
    for place, value in enumerate(ordered, 1):
        if place < count and ordered[place] == value:
            continue
        share = normal.cdf(log(value)) if value > 0 else 0.0
        farthest = max(farthest, abs(share - place / count), abs(share - below / count))
        below = place
    return farthest


def _empirical(ordered: Sequence[float]) -> Empirical:
    if len(ordered) <= _STEPS:
        return Empirical(ordered)
    return Empirical([percentile(ordered, (n + 0.5) / _STEPS) for n in range(_STEPS)])
