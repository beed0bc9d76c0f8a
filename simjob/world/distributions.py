"""Distributions of durations: how long something takes, where that is not always the same.

Every one is frozen data over seconds, 0 or more, and is sampled by its inverse cumulative
distribution function from one uniform number, so that one draw decides one duration and a larger
draw never gives a shorter one. Where the uniform numbers come from is told in `draws`.
"""

from collections.abc import Callable, Iterable
from functools import cache
from math import exp, fsum, log, log1p, sqrt
from typing import Final, TypeAlias, get_args

from attrs import field, frozen

from simjob.world.checks import FieldError, convert_all, named, row
from simjob.world.durations import LONGEST, seconds

_Z90: Final = 1.2815515655446004
"""The standard normal distribution's 90th percentile."""
_SHORTEST_MEDIAN: Final = 0.001


@frozen(field_transformer=named)
class Constant:
    """Always the same: `value` seconds. Raises ValueError unless it is a duration.

    >>> Constant("2m").sample(0.7)
    120.0
    """

    value: float = field(converter=seconds)

    def sample(self, u: float) -> float:  # noqa: ARG002 - every distribution takes a draw
        """The value, in seconds, whatever the draw."""
        return self.value

    @property
    def mean(self) -> float:
        """The expected value, in seconds."""
        return self.value


@frozen(field_transformer=named)
class Uniform:
    """Anything from `low` to `high` seconds, all equally likely. Raises ValueError if high < low.

    >>> Uniform(10, 20).sample(0.25)
    12.5
    """

    low: float = field(converter=seconds)
    high: float = field(converter=seconds)

    def __attrs_post_init__(self) -> None:
        _ascending("low", self.low, "high", self.high)

    def sample(self, u: float) -> float:
        """The duration in seconds at the draw u, 0 <= u < 1."""
        return min(self.low + u * (self.high - self.low), self.high)

    @property
    def mean(self) -> float:
        """The expected value, in seconds."""
        return (self.low + self.high) / 2


@frozen(field_transformer=named)
class Exponential:
    """The wait for what happens at a constant rate, once in `mean` seconds.

    Raises ValueError unless the mean is a duration.

    >>> Exponential("1h").sample(0.0)
    0.0
    """

    mean: float = field(converter=seconds)

    def sample(self, u: float) -> float:
        """The duration in seconds at the draw u, 0 <= u < 1."""
        return -self.mean * log1p(-u)


@frozen(field_transformer=named)
class Lognormal:
    """The usual shape of measured waiting times, given by two percentiles, in seconds.

    No sample is longer than the longest duration there is (366 days).

    Args:
        median: half of all durations are shorter; at least a millisecond.
        p90: nine tenths of all durations are shorter; at least the median.

    Raises:
        ValueError: for other percentiles.

    >>> waits = Lognormal(median=43, p90=52)
    >>> waits.sample(0.5), round(waits.sample(0.9), 9)
    (43.0, 52.0)
    """

    median: float = field(converter=seconds)
    p90: float = field(converter=seconds)
    _sigma: float = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.median < _SHORTEST_MEDIAN:
            raise FieldError("median", f"must be at least 0.001 seconds, is {self.median!r}")
        _ascending("median", self.median, "p90", self.p90)
        object.__setattr__(self, "_sigma", log(self.p90 / self.median) / _Z90)

    def sample(self, u: float) -> float:
        """The duration in seconds at the draw u, 0 <= u < 1."""
        if u <= 0:
            return 0.0 if self._sigma else self.median
        return min(LONGEST, self.median * exp(self._sigma * _normal_quantile()(u)))

    @property
    def mean(self) -> float:
        """The expected value, in seconds."""
        return self.median * exp(self._sigma**2 / 2)


@frozen(field_transformer=named)
class Triangular:
    """A guess by the shortest, the likeliest and the longest duration, in seconds.

    Raises ValueError unless low <= mode <= high.

    >>> Triangular(0, 10, 20).sample(0.5)
    10.0
    """

    low: float = field(converter=seconds)
    mode: float = field(converter=seconds)
    high: float = field(converter=seconds)

    def __attrs_post_init__(self) -> None:
        _ascending("low", self.low, "mode", self.mode)
        _ascending("mode", self.mode, "high", self.high)

    def sample(self, u: float) -> float:
        """The duration in seconds at the draw u, 0 <= u < 1."""
        width = self.high - self.low
        rising = self.mode - self.low
        if u * width < rising:
            return min(self.low + sqrt(u * width * rising), self.mode)
        return max(self.high - sqrt((1 - u) * width * (self.high - self.mode)), self.mode)

    @property
    def mean(self) -> float:
        """The expected value, in seconds."""
        return (self.low + self.mode + self.high) / 3


def _sorted_durations(values: Iterable[object]) -> tuple[float, ...]:
    given = row(values)
    if not given:
        raise ValueError("must hold at least one duration")
    return tuple(sorted(convert_all([f"[{at}]" for at in range(len(given))], given, seconds)))


@frozen(field_transformer=named)
class Empirical:
    """One of the given durations, all equally likely, with nothing in between (no interpolation).

    The values are kept in ascending order. Raises ValueError for none, or for what is no duration.

    >>> Empirical([30, "10s", 20]).sample(0.5)
    20.0
    """

    values: tuple[float, ...] = field(converter=_sorted_durations)

    def sample(self, u: float) -> float:
        """The duration in seconds at the draw u, 0 <= u < 1."""
        return self.values[int(u * len(self.values))]

    @property
    def mean(self) -> float:
        """The expected value, in seconds."""
        return fsum(self.values) / len(self.values)


Distribution: TypeAlias = Constant | Uniform | Exponential | Lognormal | Triangular | Empirical
"""Any of the distributions."""

DISTRIBUTIONS: Final[tuple[type[Distribution], ...]] = get_args(Distribution)
"""The classes of Distribution, for `isinstance` and for their names."""


def as_distribution(value: object) -> Distribution:
    """A distribution as it is, or a duration (see `seconds`) as a Constant.

    Raises:
        ValueError: for anything else.

    >>> as_distribution("90s")
    Constant(value=90.0)
    """
    return value if isinstance(value, Distribution) else Constant(seconds(value))


def _ascending(lower: str, low: float, upper: str, high: float) -> None:
    if high < low:
        raise FieldError(upper, f"must be at least the {lower} ({low:g}), is {high:g}")


@cache
def _normal_quantile() -> Callable[[float], float]:
    """The inverse of the standard normal distribution, found once, on the first need."""
    from statistics import NormalDist  # noqa: PLC0415 - ten times the import time of this package

    return NormalDist().inv_cdf
