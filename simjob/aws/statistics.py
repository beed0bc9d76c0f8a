"""What CloudWatch makes of single values: statistics over periods.

*Documented* are the rounding of the start and which periods there are; how a percentile lies
between two values is inferred.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

Points = Iterable[tuple[int, float]]
Statistic = Callable[[list[float]], float]

_DAY_S: Final = 86_400
_PLAIN: Final[Mapping[str, Statistic]] = {
    "SampleCount": lambda values: float(len(values)),
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
}
_PERCENTILE: Final = re.compile(r"p(100|[0-9]{1,2}(?:\.[0-9]{1,10})?)")


def statistic(name: str) -> Statistic | None:
    """The function of a statistic or a percentile, None for a name of neither.

    >>> statistic("Sum")([1.0, 2.0]), statistic("p50")([1.0, 2.0]), statistic("tm99")
    (3.0, 1.5, None)
    """
    if name in _PLAIN:
        return _PLAIN[name]
    found = _PERCENTILE.fullmatch(name)
    if found is None:
        return None
    share = float(found[1]) / 100

    def percentile(values: list[float]) -> float:
        ordered = sorted(values)
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return percentile


def is_period(seconds: int) -> bool:
    """Whether values can be taken together over so many seconds.

    >>> [is_period(each) for each in (10, 60, 90)]
    [True, True, False]
    """
    return seconds in {1, 5, 10, 20, 30} or seconds % 60 == 0


def rounded_start(start_s: float, period_s: int, now_s: float) -> int:
    """Where the first period begins: the older the start, the coarser.

    >>> rounded_start(90, 60, now_s=100), rounded_start(90, 10, now_s=100)
    (60, 90)
    """
    age_s = now_s - start_s
    grain = min(period_s, 60)
    if age_s >= 63 * _DAY_S:
        grain = 3600
    elif age_s >= 15 * _DAY_S:
        grain = 300
    return int(start_s // grain) * grain


def by_period(
    points: Points, start_s: int, end_s: float, period_s: int
) -> list[tuple[int, list[float]]]:
    """The values of each period from the start to just before the end, which has any.

    Points are in milliseconds, periods are named by their first second.

    >>> by_period([(1000, 7.0), (59_999, 8.0), (60_000, 9.0)], 0, 60, 60)
    [(0, [7.0, 8.0])]
    """
    found: dict[int, list[float]] = {}
    for at_ms, value in points:
        if 1000 * start_s <= at_ms < 1000 * end_s:
            first = start_s + (at_ms // 1000 - start_s) // period_s * period_s
            found.setdefault(first, []).append(value)
    return sorted(found.items())
