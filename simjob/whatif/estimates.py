"""What is known after so many replications: of a mean, and of a chance, with their intervals.

What is measured of each replication stands in `measures`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from attrs import frozen

_Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


class Estimate(NamedTuple):
    """What is known of a measure after so many replications.

    Attributes:
        n: how many replications have a value.
        mean: of them; None for none. Of a chance the share of those in which it is so.
        half_width: half the width of the confidence interval; None where there is none.
        p10: a tenth of the replications are below; None for none.
        p50: half of them are.
        p90: nine tenths of them are.
        low: the lower end of the confidence interval: of a mean by Student's t, None for fewer than
            two values; of a chance as in `share`, None for none.
        high: its upper end.
    """

    n: int
    mean: float | None
    half_width: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    low: float | None
    high: float | None


_UNKNOWN = Estimate(0, None, None, None, None, None, None, None)


def estimate(values: Sequence[float] | _Floats, confidence: float = 0.95) -> Estimate:
    """The estimate of a mean from one value for each replication; NaN is no value.

    Raises:
        ValueError: for a confidence that is not between 0 and 1.

    >>> estimate([1.0, 2.0, 3.0, 4.0]).half_width.__round__(3)
    2.054
    """
    known = _known(values, confidence)
    n = len(known)
    if n == 0:
        return _UNKNOWN
    mean = float(known.mean())
    if n == 1:
        return Estimate(n, mean, None, *_percentiles(known), None, None)
    half = half_width(n, float(known.var(ddof=1)), confidence)
    return Estimate(n, mean, half, *_percentiles(known), mean - half, mean + half)


def estimate_chance(values: Sequence[float] | _Floats, confidence: float = 0.95) -> Estimate:
    """The estimate of a chance: 1 for each replication in which it is so, 0 else, NaN is no value.

    Raises:
        ValueError: for a confidence that is not between 0 and 1.

    >>> estimate_chance([1.0] * 10).low.__round__(4)
    0.6915
    """
    known = _known(values, confidence)
    n = len(known)
    if n == 0:
        return _UNKNOWN
    found = share(int(known.sum()), n, confidence)
    half = (found.high - found.low) / 2
    return Estimate(n, found.share, half, *_percentiles(known), found.low, found.high)


def half_width(n: int, variance: float, confidence: float = 0.95) -> float:
    """Half the width of the confidence interval of a mean, by Student's t with n - 1 degrees."""
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to load, and not for workers

    return float(stdtrit(n - 1, (1 + confidence) / 2)) * float(np.sqrt(variance / n))


@frozen
class Share:
    """In how many of the worlds something is so.

    Attributes:
        count: in so many.
        n: of so many.
        low: the lower end of the interval of Clopper and Pearson (1934), as a share.
        high: its upper end.
    """

    count: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of the worlds, from 0 to 1."""
        return self.count / self.n


def share(count: int, n: int, confidence: float = 0.95) -> Share:
    """A share of worlds with the interval of Clopper and Pearson.

    >>> share(0, 10).high.__round__(4)
    0.3085
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - slow to load

    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1 - tail))
    return Share(count, n, low, high)


def _known(values: Sequence[float] | _Floats, confidence: float) -> _Floats:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: must be between 0 and 1, is {confidence}")
    given = np.asarray(values, dtype=np.float64)
    known: _Floats = given[~np.isnan(given)]
    return known


def _percentiles(known: _Floats) -> tuple[float, float, float]:
    p10, p50, p90 = np.percentile(known, (10, 50, 90))
    return float(p10), float(p50), float(p90)
