"""Numbers in text, and columns of them: what `simjob sweep` and `simjob compare` print alike.

Which measures there are stands in `measures`. Lines come with a style, which whoever prints them
may use: "bold", "dim", `WARNING` or none.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10
from textwrap import wrap
from typing import Final, NamedTuple

from simjob.whatif.estimates import Estimate

Line = tuple[str, str]
"""A line of text, and its style."""
Column = tuple[str, ...]
"""A title, which may have several lines, and a cell for each row."""
WARNING: Final = "yellow"
"""The style of what a reader of numbers must not miss."""

TITLES: Final = {
    "dollars": "dollars",
    "completion_mean_seconds": "completion",
    "makespan_seconds": "makespan",
    "deadline_met": "in time",
    "budget_met": "in budget",
    "completion_p99_seconds": "p99",
    "wait_mean_seconds": "wait",
    "restarts": "restarts",
    "failed": "failed",
    "utilisation": "utilised",
}
"""What measures are called above a column, in the order in which columns stand."""

WORDS: Final = {
    "completion_mean_seconds": "completion time, mean",
    "completion_p50_seconds": "completion time, p50",
    "completion_p99_seconds": "completion time, p99",
    "makespan_seconds": "makespan",
    "wait_mean_seconds": "wait for instances, mean",
    "wasted_dollars": "wasted dollars",
    "deadline_met": "deadline met",
    "budget_met": "budget met",
}
"""What measures are called in sentences and in front of rows, where it is not their name."""

_SHARES: Final = {"utilisation", "deadline_met", "budget_met"}
_UNITS: Final = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))
_CENTS: Final = 2
_CENT: Final = 0.01
_MOST_DIGITS: Final = 4
_ROUNDING: Final = 1e-9
_GAP: Final = 2


class Scale(NamedTuple):
    """What to multiply a measure with, and the unit that it then has; "" for none."""

    factor: float
    unit: str

    @classmethod
    def of(cls, measure: str, largest: float) -> "Scale":
        """The scale in which numbers up to that one are read best.

        >>> Scale.of("makespan_seconds", 7200.0).unit, Scale.of("deadline_met", 1.0).factor
        ('h', 100.0)
        """
        if measure in _SHARES:
            return cls(100.0, "%")
        if not measure.endswith("_seconds"):
            return cls(1.0, "")
        unit, size = next((each for each in _UNITS if largest >= 2 * each[1]), _UNITS[-1])
        return cls(1 / size, unit)

    def behind(self, words: str) -> str:
        """Words with the unit behind them."""
        return f"{words}, {self.unit}" if self.unit else words


# Numbers.


def number(measure: str, mean: float | None, half: float | None, factor: float, sign: str) -> str:
    """A number times a factor, with its half-width, of which two digits are told.

    Dollars have cents, and more digits only where the half-width is less than a cent; a half-width
    that is none, or rounding alone, is left out.

    >>> number("makespan_seconds", 5400.0, 90.0, 1 / 60, "±"), number("dollars", 2.5, 0.0, 1, "±")
    ('90.0 ± 1.5', '2.50')
    """
    if mean is None:
        return "-"
    mean, spread = mean * factor, (half or 0.0) * factor
    money = measure.endswith("dollars")
    if spread <= abs(mean) * _ROUNDING:
        cents = f"{mean:,.2f}"
        return cents if money else cents.rstrip("0").rstrip(".")
    digits = min(_MOST_DIGITS, max(0, 1 - floor(log10(spread))))
    if money and spread >= _CENT:
        digits = _CENTS
    return f"{mean:,.{digits}f} {sign} {spread:,.{digits}f}"


def percents(share: float) -> str:
    """Whole per cent; more digits where it would wrongly look like all or nothing.

    >>> [percents(share) for share in (0, 0.0021, 0.5, 0.9987, 1)]
    ['0', '0.2', '50', '99.9', '100']
    """
    near = 0 < share < 0.005 or 0.995 < share < 1
    if not near:
        return f"{100 * share:.0f}"
    return f"{min(99.9, max(0.1, 100 * share)):.1f}"


# Columns.


def means(measure: str, estimates: Sequence[Estimate], sign: str) -> Column:
    """The column of a measure: its title with the unit, and means with their half-widths."""
    scale = Scale.of(measure, max(abs(each.mean or 0.0) for each in estimates))
    return (
        _title(measure, scale.unit),
        *(number(measure, each.mean, each.half_width, scale.factor, sign) for each in estimates),
    )


def chances(measure: str, found: Iterable[tuple[float, float, float] | None]) -> Column:
    r"""The column of a chance: its title, and each share with the ends of its interval.

    >>> chances("deadline_met", [(0.97, 0.915, 0.994), None])
    ('in time\n%', '97 (92-99)', '-')
    """
    cells = []
    for each in found:
        share, low, high = map(percents, each) if each else ("", "", "")
        cells.append(f"{share} ({low}-{high})" if each else "-")
    return (_title(measure, "%"), *cells)


def columns(table: Sequence[Column], width: int) -> Iterator[Line]:
    """Columns, the first at the left, the others at the right, in lines of that width at most.

    A label that is too long has lines of its own. Columns that have no room stand below, in their
    order, each row with its label again. A column wider than all the room sticks out.

    >>> for line, _ in columns([("x", "a", "long"), ("y", "1", "2"), ("z", "3", "4")], 7):
    ...     print(line)
    x  y  z
    a  1  3
    long
       2  4
    """
    labels = table[0]
    room = max(width - len(labels[0]), 0)
    rest = list(table[1:])
    while rest:
        block = [rest.pop(0)]
        while rest and _wide([*block, rest[0]]) <= room:
            block.append(rest.pop(0))
        yield from _block(labels, block, width)
        if rest:
            yield "", ""


def _block(labels: Column, table: Sequence[Column], width: int) -> Iterator[Line]:
    heads = [column[0].split("\n") for column in table]
    height = max(map(len, heads))
    heads = [[""] * (height - len(head)) + head for head in heads]
    head = [""] * (height - 1) + [labels[0]]
    first = min(_width(labels), max(len(labels[0]), width - _wide(table)))
    widths = [_width(column) for column in table]

    def beside(label: str, cells: Sequence[str]) -> str:
        padded = zip(cells, widths, strict=True)
        return f"{label:<{first}}{''.join(f'{cell:>{_GAP + wide}}' for cell, wide in padded)}"

    for label, *cells in zip(head, *heads, strict=True):
        yield beside(label, cells).rstrip(), "dim"
    for label, *cells in zip(labels[1:], *(column[1:] for column in table), strict=True):
        if len(label) > first:
            yield from ((part, "") for part in wrap(label, width, subsequent_indent="    "))
        yield beside("" if len(label) > first else label, cells).rstrip(), ""


def _title(measure: str, unit: str) -> str:
    return f"{TITLES[measure]}\n{unit}" if unit else TITLES[measure]


def _width(column: Column) -> int:
    return max(len(line) for cell in column for line in cell.split("\n"))


def _wide(table: Sequence[Column]) -> int:
    """How many characters columns take, with the gaps in front of them."""
    return sum(_GAP + _width(column) for column in table)
