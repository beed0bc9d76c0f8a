"""The table that `simjob sweep` prints: a row for each variation, a column for each measure.

Columns stand in the order of `text_tables.TITLES`, those that do not fit below the others. Before
them stands how much of the work is done (`work_done`), if that is not all of it everywhere. A
measure that says nothing in any variation has no column, nor has a time that is the same as one
before it (of plans of one job, makespan and p99): then a line says so. How measures are estimated
stands in `estimates`.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from rich.text import Text

from simjob.terminal import PipedConsole
from simjob.whatif.estimates import Estimate
from simjob.whatif.results import Results
from simjob.whatif.text_tables import TITLES, WARNING, Column, Line, chances, columns, means
from simjob.whatif.work_done import DONE, WANTED, WorkDone

_CHANCES: Final = {"deadline_met", "budget_met"}
_IF_ANY: Final = {"wait_mean_seconds", "restarts", "failed"}
_TIME: Final = "_seconds"


def show(plan: str, results: Results) -> None:
    """Print the results of a sweep over a plan of that name, as wide as the terminal."""
    console = PipedConsole(highlight=False)
    sign = "+-" if console.options.ascii_only else "±"
    for line, style in report(plan, results, console.width, sign):
        console.print(Text(line, style=style), soft_wrap=True)


def report(plan: str, results: Results, width: int, sign: str = "±") -> Iterator[Line]:
    """The same, line by line."""
    facts = results.facts
    what = _counted(facts.replications, "replication")
    where = _counted(len(facts.variations), "variation")
    head = f"simjob {facts.simjob}, plan {plan}, {what} of {where}, seed {facts.seed}"
    yield from ((line, "dim") for line in wrap(head, width))
    yield "", ""
    found = {measure: results.estimated(measure) for measure in TITLES}
    labels = [each.label for each in facts.variations]
    work = WorkDone(labels, results.estimated(DONE), results.estimated(WANTED))
    table: list[Column] = [("variation", *labels)]
    if work.differs:
        table.append(work.column)
    told: dict[str, list[str]] = {}
    for measure in TITLES:
        estimates = found[measure]
        if not _tells(measure, estimates):
            continue
        before = [each for each in told if measure.endswith(_TIME) and found[each] == estimates]
        if before:
            told[before[0]].append(TITLES[measure])
            continue
        told[measure] = []
        table.append(_column(measure, estimates, sign))
    yield from columns(table, width)
    yield "", ""
    yield from work.warning(width)
    for words in facts.all_rates.warnings:
        yield from ((line, WARNING) for line in wrap(words, width))
    for measure, same in told.items():
        if same:
            words = f"The same as {TITLES[measure]}: {', '.join(same)}."
            yield from ((line, "dim") for line in wrap(words, width))
    yield f"Means {sign} half-widths, chances (ends) of 95 % intervals.", "dim"


def _column(measure: str, estimates: list[Estimate], sign: str) -> Column:
    if measure not in _CHANCES:
        return means(measure, estimates, sign)
    return chances(measure, [_ends(each) for each in estimates])


def _ends(each: Estimate) -> tuple[float, float, float] | None:
    if each.mean is None or each.low is None or each.high is None:
        return None
    return each.mean, each.low, each.high


def _tells(measure: str, estimates: list[Estimate]) -> bool:
    if measure in _IF_ANY:
        return any(each.mean for each in estimates)
    return any(each.n for each in estimates)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
