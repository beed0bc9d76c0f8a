"""When a sweep may end before the most of its replications: as soon as it is precise enough."""

from collections.abc import Iterable
from math import isnan
from typing import Final

import pyarrow as pa

from simjob.whatif.estimates import half_width

WATCHED: Final = ("completion_mean_seconds", "dollars")
"""The measures whose intervals must be small enough, in every variation."""


class Enough:
    """Running moments of the watched measures: they take the same memory however many there are.

    Args:
        labels: of the variations.
        share: the half-width of the 95 % interval is to be at most this share of the mean.
    """

    def __init__(self, labels: Iterable[str], share: float) -> None:
        self._share = share
        self._unmeasured = set(labels)
        self._moments = {
            (label, name): _Moments() for label in self._unmeasured for name in WATCHED
        }

    def add(self, measures: pa.RecordBatch) -> None:
        """Take in more measures, in their order."""
        labels = measures["variation"].to_pylist()
        self._unmeasured -= set(labels)
        for name in WATCHED:
            for label, value in zip(labels, measures[name].to_pylist(), strict=True):
                if value is not None and not isnan(value):
                    self._moments[label, name].add(value)

    @property
    def reached(self) -> bool:
        """Whether every interval is small enough; a measure without any value does not matter.

        A variation all of whose replications failed is never enough.
        """
        return not self._unmeasured and all(
            each.precise(self._share) for each in self._moments.values() if each.n
        )


class _Moments:
    """How many values, their mean, and the sum of the squares of what they are off it."""

    def __init__(self) -> None:
        self.n = 0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        self.n += 1
        off = value - self._mean
        self._mean += off / self.n
        self._squares += off * (value - self._mean)

    def precise(self, share: float) -> bool:
        if self.n < 2:
            return False
        return half_width(self.n, self._squares / (self.n - 1)) <= share * abs(self._mean)
