"""The table that `simjob sweep` prints: a row for each variation, means with their half-widths.

Which measures there are, and how they are estimated, stands in `measures`.
"""

from math import floor, log10
from typing import Final

from rich.table import Table
from rich.text import Text

from simjob.terminal import PipedConsole
from simjob.whatif.measures import Estimate
from simjob.whatif.results import Results

_UNITS: Final = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))
_TIMES: Final = {
    "completion_mean_seconds": "completion",
    "completion_p99_seconds": "p99",
    "makespan_seconds": "makespan",
    "wait_mean_seconds": "wait",
}
_SHARES: Final = {
    "utilisation": "utilised",
    "deadline_met": "in time",
    "budget_met": "in budget",
}
_NUMBERS: Final = {"restarts": "restarts", "failed": "failed", "dollars": "dollars"}
_ORDER: Final = (
    *_TIMES,
    "restarts",
    "failed",
    "utilisation",
    "dollars",
    "deadline_met",
    "budget_met",
)
_IF_ANY: Final = {"wait_mean_seconds", "restarts", "failed"}
_ANY_WIDTH: Final = 1000
_LABEL_WIDTH: Final = 16

_Found = dict[tuple[str, str], Estimate]


class SweepTerminal:
    """Draws the results of a sweep on standard output."""

    def __init__(self) -> None:
        self._console = PipedConsole(highlight=False)

    def show(self, plan: str, results: Results) -> None:
        """Draw the table; a measure that says nothing in any variation has no column."""
        facts = results.facts
        found: _Found = {}
        for row in results.estimates().to_pylist():
            label, measure = row.pop("variation"), row.pop("measure")
            found[label, measure] = Estimate(**row)
        labels = [each.label for each in facts.variations]
        what = _counted(facts.replications, "replication")
        where = _counted(len(labels), "variation")
        head = f"simjob {facts.simjob}, plan {plan}, {what} of {where}, seed {facts.seed}"
        self._console.print(Text(head, style="dim"))
        self._console.print()
        table = self._table(labels, found, " ")
        wide = self._console.options.update(width=_ANY_WIDTH)
        if self._console.measure(table, options=wide).maximum > self._console.width:
            table = self._table(labels, found, "\n")
        self._console.print(table)
        self._console.print()
        line = f"Means {self._sign} half-widths of 95 % intervals."
        self._console.print(Text(line, style="dim"))

    def _table(self, labels: list[str], found: _Found, between: str) -> Table:
        """The table, with something between a mean and its half-width: a new line is narrower."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        longest = max(map(len, labels))
        table.add_column(Text("variation"), overflow="fold", min_width=min(longest, _LABEL_WIDTH))
        columns = []
        for measure in _ORDER:
            estimates = [found[label, measure] for label in labels]
            if not _tells(measure, estimates):
                continue
            title, scale = _title(measure, estimates)
            table.add_column(Text(title), justify="right", overflow="fold")
            columns.append([Text(self._cell(each, scale, between)) for each in estimates])
        for label, *cells in zip(labels, *columns, strict=True):
            table.add_row(Text(label), *cells)
        return table

    @property
    def _sign(self) -> str:
        return "+-" if self._console.options.ascii_only else "±"

    def _cell(self, estimate: Estimate, scale: float, between: str) -> str:
        """A mean and its half-width, of which two digits are shown."""
        if estimate.mean is None:
            return "-"
        mean = estimate.mean * scale
        if estimate.half_width is None:
            return f"{mean:,.4g}"
        half = estimate.half_width * scale
        if half < abs(mean) * 1e-9:
            return f"{mean:,.2f}".rstrip("0").rstrip(".")
        digits = max(0, 1 - floor(log10(half))) if half else 0
        return f"{mean:,.{digits}f}{between}{self._sign}{half:,.{digits}f}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _title(measure: str, estimates: list[Estimate]) -> tuple[str, float]:
    """The title of a column, with its unit, and the number of those in one of the measure's."""
    if measure in _TIMES:
        most = max(each.mean or 0 for each in estimates)
        unit, size = next((each for each in _UNITS if most >= 2 * each[1]), _UNITS[-1])
        return f"{_TIMES[measure]}\n{unit}", 1 / size
    if measure in _SHARES:
        return f"{_SHARES[measure]}\n%", 100.0
    return _NUMBERS[measure], 1.0


def _tells(measure: str, estimates: list[Estimate]) -> bool:
    if measure in _IF_ANY:
        return any(each.mean for each in estimates)
    return any(each.n for each in estimates)
