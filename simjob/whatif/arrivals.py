"""When the jobs of a plan arrive: at fixed times, at intervals, at random, or as a trace tells.

How a trace is read from a file is told in `traces`.
"""

from collections.abc import Iterator, Sequence
from math import ceil, log
from typing import Final, NamedTuple

from attrs import field, frozen
from attrs.converters import optional

from simjob.world.checks import (
    FieldError,
    Rule,
    check,
    convert_all,
    instance_of,
    named,
    positive,
    positive_count,
    row,
)
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import LONGEST, seconds

_HOUR: Final = 3600.0
_LEAST_PER_HOUR: Final = _HOUR / LONGEST
# Members of an Enum are looked up by Python code (3.11), this is not.
_ARRIVAL: Final = Purpose.ARRIVAL
_WAYS: Final = ("at", "every", "poisson_per_hour", "trace")

MOST: Final = 1_000_000
"""So many works a job of a plan comes to at most, and so often each of them is tried again."""


class Arrival(NamedTuple):
    """One arrival: seconds after the start of the world, and what a trace says of its job."""

    at_seconds: float
    duration_seconds: float | None = None
    instances: int | None = None


class Trace(NamedTuple):
    """The arrivals of a trace, in order of time, and the file that they are from."""

    file: str
    arrivals: tuple[Arrival, ...]


def _times(values: Sequence[object]) -> tuple[float, ...]:
    given = row(values)
    if not given:
        raise ValueError("must hold at least one time")
    return tuple(sorted(convert_all([f"[{at}]" for at in range(len(given))], given, seconds)))


def _rate(value: object) -> str:
    """A rate of which the times apart are durations, as those of `every` are."""
    problem = positive(value)
    if problem or not isinstance(value, int | float) or value >= _LEAST_PER_HOUR:
        return problem
    return f"must be {_LEAST_PER_HOUR:.6f} (one in 366 days) or more, is {value!r}"


def if_given(rule: Rule) -> Rule:
    """The rule, for what may also be left out."""
    return lambda value: "" if value is None else rule(value)


def up_to_most(rule: Rule) -> Rule:
    """The rule for a whole number, which is no more than `MOST` either."""

    def problem(value: object) -> str:
        wrong = rule(value)
        if not wrong and isinstance(value, int) and value > MOST:
            return f"must be at most {MOST:,}, is {value:,}"
        return wrong

    return problem


@frozen(field_transformer=named)
class Arrivals:
    """When a job arrives; with nothing given, once, at the start.

    Args:
        at: times after the start of the world.
        every: an interval; the first arrival is at the start.
        poisson_per_hour: the rate of random arrivals, exponential times apart; at least one in 366
            days.
        count: how many arrivals; beside `every` or `poisson_per_hour`.
        until: no arrival at or after this time; likewise.
        trace: what a file tells; in a plan file `csv = "FILE"` or `swf = "FILE"`.

    Raises:
        ValueError: values out of range, or more than one way to tell the times.

    >>> [each.at_seconds for each in Arrivals(every="1d", count=3).times(Draws(0), "a")]
    [0.0, 86400.0, 172800.0]
    """

    at: tuple[float, ...] | None = field(default=None, converter=optional(_times))
    every: float | None = field(default=None, converter=optional(seconds))
    poisson_per_hour: float | None = field(default=None, validator=check(if_given(_rate)))
    count: int | None = field(default=None, validator=check(if_given(up_to_most(positive_count))))
    until: float | None = field(default=None, converter=optional(seconds))
    trace: Trace | None = field(default=None, validator=check(if_given(instance_of(Trace))))

    def __attrs_post_init__(self) -> None:
        ways = [name for name in _WAYS if getattr(self, name) is not None]
        if len(ways) > 1:
            raise FieldError(ways[1], f"must be left out where {ways[0]} is given")
        if self.every == 0:
            raise FieldError("every", "must be longer than 0 seconds")
        repeated = self.every is not None or self.poisson_per_hour is not None
        if repeated and self.count is None and self.until is None:
            raise FieldError("count", f"must be given beside {ways[0]}, or until")
        if repeated and self.number > MOST:
            most = f"{self.number:,.0f} arrivals, which are {MOST:,} at most"
            raise FieldError("until", f"must be earlier; by then there are {most}")
        for name in ("count", "until"):
            if getattr(self, name) is not None and not repeated:
                raise FieldError(name, "needs every or poisson_per_hour")

    @property
    def single(self) -> bool:
        """Whether there is one arrival, whatever the draws."""
        if self.trace is not None:
            return len(self.trace.arrivals) == 1
        if self.every is not None or self.poisson_per_hour is not None:
            return self.count == 1 and self.until is None
        return self.at is None or len(self.at) == 1

    @property
    def number(self) -> float:
        """How many arrivals there are, where the draws decide in the mean.

        >>> Arrivals(poisson_per_hour=4, until="24h").number
        96.0
        """
        if self.trace is not None:
            return len(self.trace.arrivals)
        if self.every is None and self.poisson_per_hour is None:
            return len(self.at or (0.0,))
        numbers = [] if self.count is None else [float(self.count)]
        if self.until is not None and self.every is not None:
            numbers.append(ceil(self.until / self.every))
        elif self.until is not None and self.poisson_per_hour is not None:
            numbers.append(self.poisson_per_hour * self.until / _HOUR)
        return min(numbers)

    @property
    def first_seconds(self) -> float | None:
        """When the first one comes, whatever the draws; None where they decide.

        >>> Arrivals(at=("2h", "1h")).first_seconds
        3600.0
        """
        if self.trace is not None:
            return self.trace.arrivals[0].at_seconds if self.trace.arrivals else None
        if self.poisson_per_hour is not None:
            return None
        return 0.0 if self.at is None else self.at[0]

    def times(self, draws: Draws, job: str) -> Iterator[Arrival]:
        """The arrivals of the plan's job of that name, in order of time."""
        if self.trace is not None:
            yield from self.trace.arrivals
        elif self.every is None and self.poisson_per_hour is None:
            yield from map(Arrival, self.at or (0.0,))
        else:
            at_seconds, number = 0.0, 0
            luck: tuple[float, ...] = ()
            while self.count is None or number < self.count:
                if self.every is not None:
                    at_seconds = number * self.every
                elif self.poisson_per_hour is not None:
                    if number % 8 == 0:
                        luck = draws.eight(job, _ARRIVAL, number // 8)
                    apart = -log(1 - luck[number % 8])
                    at_seconds += apart * _HOUR / self.poisson_per_hour
                if self.until is not None and at_seconds >= self.until:
                    return
                yield Arrival(at_seconds)
                number += 1
