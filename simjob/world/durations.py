"""Durations: the one way from what people write to seconds, and from seconds to milliseconds.

Instants, time zones and random lengths of time do not live here.
"""

import re
from datetime import timedelta
from typing import Final

LONGEST: Final = 366 * 86_400.0
"""The longest duration that is taken seriously, in seconds (366 days; a job lasts 30 at most)."""

_UNITS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_TEXT: Final = re.compile(
    r"\s*".join(rf"(?:(?P<{unit}>[0-9]+(?:\.[0-9]+)?){unit})?" for unit in _UNITS)
)
_RIGHT: Final = 'must be a duration: seconds such as 90, or text such as "90s" or "1h30m"'


def seconds(value: object, longest: float = LONGEST) -> float:
    """A duration as a number of seconds.

    Args:
        value: a number of seconds, a timedelta, or text of numbers with units (d, h, m, s, ms),
            the larger unit first, such as "90s", "1h30m", "1d" or "250ms".
        longest: the most seconds that are taken; a whole number of days.

    Returns:
        Seconds, from 0 to `longest`, 366 days.

    Raises:
        ValueError: for what is no duration, and for one that is negative, not a number, infinite
            or longer than that.

    >>> seconds("1h30m")
    5400.0
    """
    number = _number(value)
    if number is None:
        raise ValueError(f"{_RIGHT}; is {value!r}")
    # Written so that NaN, for which every comparison is false, falls through to the refusal.
    if 0 <= number <= longest:
        return float(number) + 0.0
    if number < 0:
        raise ValueError(f"must not be negative, is {value!r}")
    if number > longest:
        most = f"{longest / 86_400:.0f} days ({longest:.0f} seconds)"
        raise ValueError(f"must be at most {most}, is {_short(value)}")
    raise ValueError(f"{_RIGHT}; is {value!r}")


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds, half a millisecond to the even side: the one rounding rule.

    Args:
        seconds: any finite number of seconds, also negative.

    Raises:
        ValueError: for NaN.
        OverflowError: for infinity.

    >>> milliseconds(1.2345), milliseconds(0.0005), milliseconds(0.0015)
    (1234, 0, 2)
    """
    return round(seconds * 1000)


def _number(value: object) -> float | None:
    """The number of seconds that is meant, not yet judged; None where none is meant."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str) and (found := _TEXT.fullmatch(value.strip())):
        parts = [float(text) * _UNITS[unit] for unit, text in found.groupdict().items() if text]
        return sum(parts) if parts else None
    return None


def _short(value: object) -> str:
    """A value as text, also a number of so many digits that Python refuses to print it."""
    return repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "far more"
