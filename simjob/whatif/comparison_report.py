"""A comparison in words and in columns, in lines of 80 characters where labels are short.

What is compared stands in `comparison`. Lines come with a style, which whoever prints them may
use: "bold", "dim" or none.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10
from typing import Final

from simjob.whatif.comparison import Comparison, Difference, Pairing, Share
from simjob.whatif.measures import Estimate

Line = tuple[str, str]
"""A line of text, and its style."""

_WORDS: Final = {
    "completion_mean_seconds": "completion time, mean",
    "completion_p50_seconds": "completion time, p50",
    "completion_p99_seconds": "completion time, p99",
    "makespan_seconds": "makespan",
    "wait_mean_seconds": "wait for capacity, mean",
    "wasted_dollars": "wasted dollars",
    "deadline_met": "deadline met",
    "budget_met": "budget met",
}
_SHARES: Final = {"utilisation", "deadline_met", "budget_met"}
_UNITS: Final = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))
_DETAILED: Final = 3
"""Of so many pairings every measure is told; of more, a row each."""
_WIDTH: Final = 80


def as_text(found: Comparison, *, ascii_only: bool = False) -> str:
    """The report as plain text."""
    return "\n".join(line for line, _ in report(found, ascii_only=ascii_only))


def report(found: Comparison, *, ascii_only: bool = False) -> Iterator[Line]:
    """The report, line by line."""
    told = _Report(found, "+-" if ascii_only else "±")
    yield from told.standings()
    yield "", ""
    if len(found.pairings) <= _DETAILED:
        for each in found.pairings:
            yield from told.pairing(each)
    else:
        yield from told.overview()
    yield f"Means {told.sign} half-widths of {told.level} intervals; a world is a seed.", "dim"


class _Report:
    def __init__(self, found: Comparison, sign: str) -> None:
        self._found = found
        self.sign = sign
        self.level = f"{100 * found.confidence:g} %"

    def standings(self) -> Iterator[Line]:
        """Every variation by itself."""
        all_of = self._found.standings
        dollars = self._column("dollars", [each.dollars for each in all_of])
        completion = self._column(
            "completion_seconds", [each.completion_seconds for each in all_of]
        )
        makespan = self._column("makespan_seconds", [each.makespan_seconds for each in all_of])
        marks = [f"{'*' if each.front else ' '} {each.variation}" for each in all_of]
        chances = [(_percent(each.deadline), _percent(each.budget)) for each in all_of]
        titles = ["  variation", dollars[0], completion[0], makespan[0], "in time", "in budget"]
        rows = [
            [*cells, *shares]
            for *cells, shares in zip(
                marks, dollars[1:], completion[1:], makespan[1:], chances, strict=True
            )
        ]
        yield from _columns(titles, rows)
        yield "* on the Pareto front of dollars and completion time", "dim"

    def pairing(self, pairing: Pairing) -> Iterator[Line]:
        """One variation against the base, in sentences and measure by measure."""
        yield f"{pairing.variation} against {self._found.base}, {_worlds(pairing)}", "bold"
        yield f"  {self._sentence(pairing, 'dollars', 'costs', ('less', 'more'))}", ""
        yield f"  {self._chance('cheaper', pairing.cheaper)}", ""
        yield f"  {self._sentence(pairing, 'makespan_seconds', 'ends', ('earlier', 'later'))}", ""
        yield f"  {self._chance('ends earlier', pairing.earlier)}", ""
        yield "", ""
        rows = [self._row(each) for each in pairing.differences.values() if each.n]
        yield from _columns(["  measure", "base", "this", "difference", ""], rows)
        yield "", ""

    def overview(self) -> Iterator[Line]:
        """All others against the base, a row each."""
        yield f"against {self._found.base}", "bold"
        rows = []
        for each in self._found.pairings:
            cells = [
                self._apart(each.differences.get("dollars")),
                _percent(each.cheaper),
                self._apart(each.differences.get("makespan_seconds")),
                _percent(each.earlier),
            ]
            rows.append([f"  {each.variation}", *cells])
        yield from _columns(["  variation", "dollars", "cheaper", "makespan", "earlier"], rows)
        yield "~ no difference that can be told from zero; cheaper and earlier: in how many", "dim"
        few = min(each.worlds for each in self._found.pairings)
        most = max(each.worlds for each in self._found.pairings)
        yield f"of {few:,}{'' if few == most else f' to {most:,}'} worlds", "dim"

    # In words.

    def _sentence(self, pairing: Pairing, measure: str, verb: str, ways: tuple[str, str]) -> str:
        """How much less or more, or that it cannot be told."""
        words = _words(measure)
        apart = pairing.differences.get(measure)
        if apart is None or apart.mean is None:
            return f"{words}: unknown"
        if _same(apart):
            return f"{words}: no difference"
        amount = self._amount(measure, apart.mean, apart.half_width)
        if apart.half_width is None:
            return f"{words}: {amount} in the one world there is, which says little"
        if not apart.distinguishable:
            return f"{words}: no difference that can be told from zero ({amount})"
        size = self._amount(measure, abs(apart.mean), apart.half_width)
        share = f" ({100 * abs(apart.mean / apart.base):.0f} %)" if apart.base else ""
        return f"{verb} {size} {ways[apart.mean > 0]}{share}"

    def _chance(self, words: str, chance: Share | None) -> str:
        if chance is None:
            return f"{words}: unknown"
        low, high = _percents(chance.low), _percents(chance.high)
        return (
            f"{words} in {_percent(chance)} of worlds ({chance.count:,} of {chance.n:,};"
            f" {self.level} interval {low} to {high} %)"
        )

    # In columns.

    def _column(self, measure: str, estimates: Sequence[Estimate]) -> list[str]:
        """A title with its unit, and a cell for each estimate."""
        scale, unit = _scale(measure, max(abs(each.mean or 0.0) for each in estimates))
        title = measure.removesuffix("_seconds") + (f",{unit}" if unit else "")
        return [
            title,
            *(self._number(measure, each.mean, each.half_width, scale) for each in estimates),
        ]

    def _row(self, each: Difference) -> list[str]:
        scale, unit = _scale(each.measure, max(abs(each.base or 0.0), abs(each.other or 0.0)))
        words = f"  {_words(each.measure)}{f',{unit}' if unit else ''}"
        left_out = f"{each.left_out:,} left out" if each.left_out else ""
        verdict = "the same" if _same(each) else "" if each.distinguishable else "not told from 0"
        return [
            words,
            self._number(each.measure, each.base, None, scale),
            self._number(each.measure, each.other, None, scale),
            self._number(each.measure, each.mean, each.half_width, scale),
            ", ".join(filter(None, (verdict, left_out))),
        ]

    def _apart(self, each: Difference | None) -> str:
        if each is None or each.mean is None:
            return "-"
        mark = "~ " if each.half_width is not None and not each.distinguishable else ""
        return mark + self._amount(each.measure, each.mean, each.half_width)

    def _amount(self, measure: str, mean: float, half: float | None) -> str:
        """A number with the unit that suits it."""
        scale, unit = _scale(measure, max(abs(mean), half or 0.0))
        money = measure == "dollars"
        number = self._number(measure, abs(mean) if money else mean, half, scale)
        return f"{'-' if money and mean < 0 else ''}{'$' if money else ''}{number}{unit}"

    def _number(self, measure: str, mean: float | None, half: float | None, scale: float) -> str:
        """A number with its half-width, of which two digits are told; dollars have cents."""
        if mean is None:
            return "-"
        mean, spread = mean * scale, (half or 0.0) * scale
        if measure.endswith("dollars"):
            return f"{mean:,.2f}" + (f" {self.sign} {spread:,.2f}" if spread else "")
        if not spread:
            return f"{mean:,.2f}".rstrip("0").rstrip(".")
        digits = min(4, max(0, 1 - floor(log10(spread))))
        return f"{mean:,.{digits}f} {self.sign} {spread:,.{digits}f}"


def _columns(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Line]:
    """Columns, the first at the left, the others at the right; a long label has its own line."""
    rows = list(rows)
    widths = [max(len(row[place]) for row in [titles, *rows]) for place in range(len(titles))]
    room = max(len(titles[0]), _WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1))
    first = min(widths[0], room)
    for row, style in [(titles, "dim"), *((row, "") for row in rows)]:
        label, *cells = row
        if len(label) > first:
            yield label, style
            label = ""
        line = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield f"{label:<{first}}  {line}".rstrip(), style


def _scale(measure: str, largest: float) -> tuple[float, str]:
    """What to multiply a measure with, and the unit that it then has."""
    if measure in _SHARES:
        return 100.0, " %"
    if not measure.endswith("_seconds"):
        return 1.0, ""
    unit, size = next((each for each in _UNITS if largest >= 2 * each[1]), _UNITS[-1])
    return 1 / size, f" {unit}"


def _same(each: Difference) -> bool:
    return each.mean == 0 and not each.half_width


def _worlds(pairing: Pairing) -> str:
    worlds = f"{pairing.worlds:,} world{'' if pairing.worlds == 1 else 's'} in pairs"
    return f"{worlds} ({pairing.unpaired:,} unpaired)" if pairing.unpaired else worlds


def _percent(chance: Share | None) -> str:
    return "-" if chance is None else f"{_percents(chance.share)} %"


def _percents(share: float) -> str:
    """Whole per cent; more digits where it would wrongly look like all or nothing.

    >>> [_percents(share) for share in (0, 0.0021, 0.5, 0.9987, 1)]
    ['0', '0.2', '50', '99.9', '100']
    """
    near = 0 < share < 0.005 or 0.995 < share < 1
    if not near:
        return f"{100 * share:.0f}"
    return f"{min(99.9, max(0.1, 100 * share)):.1f}"


def _words(measure: str) -> str:
    return _WORDS.get(measure, measure)
