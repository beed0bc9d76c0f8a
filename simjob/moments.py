"""Instants and steps as callers give them: what they mean to a clock, and which are refused."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from simjob.engine.clock import Clock, epoch_ms


class SimulationError(Exception):
    """The simulation was asked for something that cannot be; nothing was changed by asking."""


def step_of(by: timedelta | None, units: Mapping[str, float]) -> timedelta:
    """The step that is meant by a timedelta or by units, of which there is to be one.

    Raises:
        ValueError: a negative or impossible step, both or none.
        TypeError: something else, or unknown units.

    >>> step_of(None, {"minutes": 5})
    datetime.timedelta(seconds=300)
    """
    if (by is None) == (not units):
        raise ValueError("give either a timedelta or units such as minutes=5")
    for name, value in units.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, is {value!r}")
    if by is not None and not isinstance(by, timedelta):
        raise TypeError(f"give a timedelta, or units such as minutes=5, not {by!r}")
    try:
        step = timedelta(**units) if by is None else by
    except OverflowError:
        raise ValueError(f"the step is too long: {dict(units)}") from None
    return _forward(step)


def later(now: datetime, step: timedelta) -> datetime:
    """The instant after a step.

    Raises:
        ValueError: a negative step, or one beyond the calendar.
    """
    try:
        return now + _forward(step)
    except OverflowError:
        raise ValueError(f"{step} from {now.isoformat()} is beyond the calendar") from None


def _forward(step: timedelta) -> timedelta:
    if step < timedelta(0):
        raise ValueError(f"the clock moves forward only, not by {step}")
    return step


def reachable_ms(clock: Clock, instant: datetime) -> int:
    """An instant to which the clock can move, in milliseconds since the epoch.

    Raises:
        ValueError: an instant that is past, or one without an offset.
    """
    at_ms = _dated_ms(instant)
    if at_ms < clock.now_ms:
        raise ValueError(f"the clock stands at {clock.now.isoformat()}, {instant} is past")
    return at_ms


def past_ms(clock: Clock, instant: datetime) -> int:
    """An instant that has been, in milliseconds since the epoch.

    Raises:
        ValueError: an instant that is to come, or one without an offset.
    """
    at_ms = _dated_ms(instant)
    if at_ms > clock.now_ms:
        raise ValueError(f"the clock stands at {clock.now.isoformat()}, {instant} is to come")
    return at_ms


def _dated_ms(instant: datetime) -> int:
    if not isinstance(instant, datetime):
        raise TypeError(f"an instant must be a datetime, is {instant!r}")
    if instant.tzinfo is None:
        raise ValueError(f"an instant must have an offset from UTC, {instant} has none")
    return epoch_ms(instant)


def epoch_seconds(value: object) -> object:
    """A time filter as epoch seconds; without an offset it is UTC, as botocore takes it.

    >>> epoch_seconds(datetime(1970, 1, 1, 0, 1)), epoch_seconds(7)
    (60.0, 7)
    """
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
