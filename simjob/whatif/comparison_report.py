"""A comparison in words and in columns.

What is compared stands in `comparison`, how numbers and columns are written in `text_tables`.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from simjob.whatif.comparison import END, Comparison, Difference, Pairing
from simjob.whatif.estimates import Share
from simjob.whatif.front import TIME
from simjob.whatif.text_tables import (
    WARNING,
    WORDS,
    Line,
    Scale,
    chances,
    columns,
    means,
    number,
    percents,
)
from simjob.whatif.work_done import DONE, WorkDone

_DETAILED: Final = 3
"""Of so many pairings every measure is told; of more, a row each."""
_WIDTH: Final = 80


def as_text(found: Comparison, *, ascii_only: bool = False) -> str:
    """The report as plain text."""
    return "\n".join(line for line, _ in report(found, ascii_only=ascii_only))


def report(found: Comparison, *, width: int = _WIDTH, ascii_only: bool = False) -> Iterator[Line]:
    """The report, line by line; columns keep to the width, sentences take up to 80 characters."""
    told = _Report(found, width, "+-" if ascii_only else "±")
    yield from told.standings()
    yield "", ""
    if len(found.pairings) <= _DETAILED:
        for each in found.pairings:
            yield from told.pairing(each)
    else:
        yield from told.overview()
    yield from told.only_with_as_much()
    kinds = f"Means {told.sign} half-widths, chances (ends)"
    yield f"{kinds} of {told.level} intervals; a world is a seed.", "dim"


class _Report:
    def __init__(self, found: Comparison, width: int, sign: str) -> None:
        self._found = found
        self._width = width
        self.sign = sign
        self.level = f"{100 * found.confidence:g} %"
        all_of = found.standings
        self._work = WorkDone(
            [each.variation for each in all_of],
            [each.completed for each in all_of],
            [each.wanted for each in all_of],
        )

    def standings(self) -> Iterator[Line]:
        """Every variation by itself."""
        all_of = self._found.standings
        table = [
            ("  variation", *(f"{'*' if each.front else ' '} {each.variation}" for each in all_of)),
            *([self._work.column] if self._work.differs else []),
            means("dollars", [each.dollars for each in all_of], self.sign),
            means(TIME, [each.completion_seconds for each in all_of], self.sign),
            means(END, [each.makespan_seconds for each in all_of], self.sign),
        ]
        for name, met in (
            ("deadline_met", [each.deadline for each in all_of]),
            ("budget_met", [each.budget for each in all_of]),
        ):
            if any(each is not None for each in met):
                table.append(chances(name, [_ends(each) for each in met]))
        yield from columns(table, self._width)
        yield from self._work.warning(self._width)
        for words in self._found.rates.warnings:
            yield from ((line, WARNING) for line in wrap(words, self._width))
        three = self._work.differs
        of = "dollars, completion time and works" if three else "dollars and completion time"
        good = f"good in {'all' if three else 'both'} and better in one"
        words = f"* on the Pareto front of {of}: no other is told to be as {good}"
        yield from ((line, "dim") for line in wrap(words, _WIDTH))

    def pairing(self, pairing: Pairing) -> Iterator[Line]:
        """One variation against the base, in sentences and measure by measure."""
        yield f"{pairing.variation} against {self._found.base}, {_worlds(pairing)}", "bold"
        if self._work.differs:
            ways = ("works fewer", "works more")
            yield f"  {self._sentence(pairing, DONE, 'completes', ways)}", ""
        yield f"  {self._sentence(pairing, 'dollars', 'costs', ('less', 'more'))}", ""
        yield f"  {self._chance('cheaper', pairing.cheaper)}", ""
        yield f"  {self._sentence(pairing, 'makespan_seconds', 'ends', ('earlier', 'later'))}", ""
        yield f"  {self._chance('ends earlier', pairing.earlier)}", ""
        yield "", ""
        rows = [self._row(each) for each in pairing.differences.values() if each.n]
        titles = ("  measure", "base", "this", "difference", "")
        yield from columns(list(zip(titles, *rows, strict=True)), self._width)
        yield "", ""

    def overview(self) -> Iterator[Line]:
        """All others against the base, a row each."""
        yield f"against {self._found.base}", "bold"
        rows: list[tuple[str, ...]] = []
        for each in self._found.pairings:
            row = (
                f"  {each.variation}",
                self._apart(each.differences.get("dollars")),
                _percent(each.cheaper),
                self._apart(each.differences.get("makespan_seconds")),
                _percent(each.earlier),
            )
            rows.append(row)
        titles = ("  variation", "dollars", "cheaper", "makespan", "earlier")
        yield from columns(list(zip(titles, *rows, strict=True)), self._width)
        yield "~ no difference that can be told from zero; cheaper and earlier: in how many", "dim"
        few = min(each.worlds for each in self._found.pairings)
        most = max(each.worlds for each in self._found.pairings)
        yield (
            f"of {few:,}{'' if few == most else f' to {most:,}'} world{'' if most == 1 else 's'}",
            "dim",
        )

    def only_with_as_much(self) -> Iterator[Line]:
        """What keeps a plan from being cheaper or earlier by doing less."""
        words = "Cheaper and earlier are only worlds in which no fewer works are completed."
        if self._work.differs:
            yield words, "dim"

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
        low, high = percents(chance.low), percents(chance.high)
        return (
            f"{words} in {_percent(chance)} of worlds ({chance.count:,} of {chance.n:,};"
            f" {self.level} interval {low} to {high} %)"
        )

    # In columns.

    def _row(self, each: Difference) -> tuple[str, ...]:
        measure = each.measure
        scale = Scale.of(measure, max(abs(each.base or 0.0), abs(each.other or 0.0)))
        left_out = f"{each.left_out:,} left out" if each.left_out else ""
        verdict = "the same" if _same(each) else "" if each.distinguishable else "not told from 0"
        return (
            f"  {scale.behind(_words(measure))}",
            number(measure, each.base, None, scale.factor, self.sign),
            number(measure, each.other, None, scale.factor, self.sign),
            number(measure, each.mean, each.half_width, scale.factor, self.sign),
            ", ".join(filter(None, (verdict, left_out))),
        )

    def _apart(self, each: Difference | None) -> str:
        if each is None or each.mean is None:
            return "-"
        mark = "~ " if each.half_width is not None and not each.distinguishable else ""
        return mark + self._amount(each.measure, each.mean, each.half_width)

    def _amount(self, measure: str, mean: float, half: float | None) -> str:
        """A number with the unit that suits it."""
        factor, unit = Scale.of(measure, max(abs(mean), half or 0.0))
        money = measure == "dollars"
        told = number(measure, abs(mean) if money else mean, half, factor, self.sign)
        if money:
            return f"{'-' if mean < 0 else ''}${told}"
        return f"{told} {unit}" if unit else told


def _same(each: Difference) -> bool:
    return each.mean == 0 and not each.half_width


def _worlds(pairing: Pairing) -> str:
    worlds = f"{pairing.worlds:,} world{'' if pairing.worlds == 1 else 's'} in pairs"
    return f"{worlds} ({pairing.unpaired:,} unpaired)" if pairing.unpaired else worlds


def _ends(chance: Share | None) -> tuple[float, float, float] | None:
    return None if chance is None else (chance.share, chance.low, chance.high)


def _percent(chance: Share | None) -> str:
    return "-" if chance is None else f"{percents(chance.share)} %"


def _words(measure: str) -> str:
    return WORDS.get(measure, measure)
