"""Units, ticks and numbers of axes: the same for files and for the terminal."""

import math

import attrs


@attrs.frozen
class Unit:
    """What an axis counts in: `size` of the data's own unit is one of it."""

    label: str
    size: float

    @property
    def words(self) -> str:
        """The unit in full."""
        return _WORDS[self.label]

    def of(self, value: float) -> float:
        """The value in this unit."""
        return value / self.size


DOLLARS = Unit("$", 1)
_WORDS = {"$": "dollars", "s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_TIMES = (("s", 1, 180), ("min", 60, 3 * 3600), ("h", 3600, 4 * 86_400), ("d", 86_400, math.inf))


def time_unit(longest_seconds: float) -> Unit:
    """The unit in which times up to that one are read best.

    >>> [time_unit(seconds).label for seconds in (90, 3600, 86_400, 31 * 86_400)]
    ['s', 'min', 'h', 'd']
    """
    return next(Unit(label, size) for label, size, end in _TIMES if longest_seconds < end)


def unit_of(quantity: str, largest: float) -> Unit:
    """The unit of "seconds" or "dollars"."""
    return DOLLARS if quantity == "dollars" else time_unit(largest)


def number(value: float) -> str:
    """A number with as many digits as an eye can use.

    >>> number(0.25), number(12), number(1234567.0), number(96.3421)
    ('0.25', '12', '1,234,567', '96.34')
    """
    if value == int(value) or abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def amount(value: float, quantity: str) -> str:
    """A quantity with its unit.

    >>> amount(5400, "seconds"), amount(96.342, "dollars")
    ('90 min', '$96.34')
    """
    if quantity == "dollars":
        return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"
    unit = time_unit(abs(value))
    return f"{unit.of(value):.3g} {unit.label}"


def round_dollars(value: float) -> str:
    """A round number of dollars, as a tick has it.

    >>> round_dollars(1200), round_dollars(2.5)
    ('$1,200', '$2.50')
    """
    return amount(value, "dollars").removesuffix(".00")


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, at most so many.

    >>> ticks(0, 7.3, 5), ticks(3, 3, 5)
    ([0.0, 2.0, 4.0, 6.0], [3])
    """
    if high <= low:
        return [low]
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10, 20) if each * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def in_sight(limit: float | None, low: float, high: float) -> bool:
    """Whether a limit is near enough to the data to be drawn without pressing them flat."""
    return limit is not None and limit <= high + 1.5 * max(high - low, high / 2)
