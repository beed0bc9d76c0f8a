"""What `simjob plan` draws of one replication: its training jobs, its bill, and what was asked.

A plan of many training jobs is told by the jobs of the plan. This file needs the extra `whatif`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from importlib.metadata import version
from statistics import fmean
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from simjob.terminal import PipedConsole, print_trimmed
from simjob.views.words import clock, span, wasted
from simjob.whatif.measures import Terms, measure
from simjob.whatif.plan import Plan
from simjob.whatif.rates import Rates
from simjob.whatif.replication import Replication
from simjob.whatif.rows import JOB_COLUMNS
from simjob.whatif.tables import Schemas, batch
from simjob.whatif.variation import Variation

_MANY = 24
_COMPLETED = "Completed"
_NEVER_RAN = {"Refused", "Skipped"}
_ENDS = {_COMPLETED, "Failed", "Stopped"}
_LOOKS = {
    _COMPLETED: "green",
    "Failed": "bold red",
    "Refused": "bold red",
    "Skipped": "bright_black",
    "InProgress": "blue",
}

Row = NamedTuple("Row", [(column.name, Any) for column in JOB_COLUMNS])  # type: ignore[misc]


def draw(plan: Plan, done: Replication) -> bool:
    """Draw a replication on standard output; whether all went as the plan wants it."""
    console = PipedConsole(highlight=False)
    start = plan.world.start
    head = f"simjob {version('simjob')}, plan {plan.name}, edition {plan.edition}, "
    head = f"{head}seed {done.seed}, from {start:%Y-%m-%d %H:%M:%S} UTC"
    print_trimmed(console, Text(head, style="dim"))
    rows = [Row(*values) for values in zip(*done.jobs.values(), strict=True)]
    print_trimmed(console, _jobs(rows) if len(rows) <= _MANY else _summary(rows))
    for (status, failure), count in Counter(map(_failure, rows)).items():
        if failure:
            often = f" ({count} times)" if count > 1 else ""
            console.print(Text(f"{status}{often}: {failure}", style=_LOOKS.get(status, "yellow")))
    measured = _measured(plan, done)
    verdicts = [_end(plan, rows, done.end_seconds, measured), _bill(plan, rows, measured)]
    for text, _ in verdicts:
        print_trimmed(console, text)
    return all(met for _, met in verdicts)


def _jobs(rows: list[Any]) -> Table:
    """A line for each training job."""
    names = ["training job", "instances", "created", "waited", "took", "status", "dollars"]
    waited = any(row.waiting_seconds for row in rows)
    table = _table(*[name for name in names if waited or name != "waited"])
    for row in sorted(rows, key=lambda row: (row.created_seconds, row.training_job_name)):
        ran = row.status not in _NEVER_RAN
        took = "" if row.ended_seconds is None else _clock(row.ended_seconds - row.created_seconds)
        status = row.secondary_status or row.status
        table.add_row(
            row.training_job_name,
            _instances(row),
            f"+{_clock(row.created_seconds)}",
            *([_clock(row.waiting_seconds)] if waited else []),
            took if ran else "",
            Text(status, style=_LOOKS.get(row.status, "yellow")),
            _dollars(row.dollars) if ran else "",
        )
    return table


def _summary(rows: list[Any]) -> Table:
    """A line for each job of the plan."""
    table = _table("job", "training jobs", "ends", "waited", "took", "dollars")
    for job in dict.fromkeys(row.job for row in rows):
        own = [row for row in rows if row.job == job]
        ended = [row for row in own if row.ended_seconds is not None and row.secondary_status]
        counts = Counter(row.secondary_status or row.status for row in own)
        table.add_row(
            job,
            str(len(own)),
            ", ".join(f"{count} {status}" for status, count in counts.most_common()),
            _mean(row.waiting_seconds for row in own),
            _mean(row.ended_seconds - row.created_seconds for row in ended),
            _dollars(_sum(own)),
        )
    table.caption = "waited and took: the mean"
    table.caption_justify = "left"
    return table


def _table(*names: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        right = name in {"created", "waited", "took", "dollars", "training jobs"}
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table


def _measured(plan: Plan, done: Replication) -> dict[str, Any]:
    """The measures of the replication, as a sweep has them."""
    only = Variation("", {})
    rows = batch(Schemas.of([only]).jobs, only, ([0], [0], [len(done.jobs["job"])]), done.jobs)
    return {name: each[0].as_py() for name, each in measure(rows, [0], Terms.of(plan)).items()}


def _end(
    plan: Plan, rows: list[Any], end_seconds: float, measured: dict[str, Any]
) -> tuple[Text, bool]:
    """How many works are Completed, when the last one ended, and whether that is in time."""
    completed, wanted = measured["completed"], measured["jobs"]
    if not wanted:
        return Text("No job arrived"), True
    ends = [row for row in rows if row.last]
    others = Counter(row.status for row in ends if row.status != _COMPLETED)
    told = [f"{count} {status}" for status, count in others.most_common()]
    text, then = Text(", ".join([f"{completed} of {wanted} Completed", *told])), "; "
    if all(row.status in _ENDS for row in ends):
        text.append("; the last job ended after ")
        text.append(span(timedelta(seconds=end_seconds)), style="bold")
        then = ", "
    if plan.deadline_seconds is None:
        return text, completed == wanted
    met = measured["deadline_met"]
    by = span(timedelta(seconds=abs(end_seconds - plan.deadline_seconds)))
    missed = f"{by} after the deadline" if completed == wanted else "the deadline is not met"
    return text.append(then).append(_verdict(met, f"{by} before the deadline", missed)), met


def _bill(plan: Plan, rows: list[Any], measured: dict[str, Any]) -> tuple[Text, bool]:
    """What all cost, and what of it was for nothing."""
    dollars = measured["dollars"]
    bought = {(row.instance_type, row.spot) for row in rows if row.status not in _NEVER_RAN}
    rates = Rates.of(plan.world, bought)
    estimates = Text("".join(f"\n{each}" for each in rates.warnings), style="yellow")
    if dollars is None:
        text = Text("Bill unknown")
        if plan.budget_dollars is not None:
            text.append(", and whether it is within the budget", style="bold red")
        return text.append(estimates), plan.budget_dollars is None
    text = Text().append(f"${dollars:,.2f}", style="bold").append(" in all")
    if nothing := wasted(
        downloads=sum(row.downloads_dollars for row in rows),
        lost=sum(row.lost_dollars for row in rows),
        restarts=sum(row.restarts_dollars for row in rows),
        stops=sum(row.stops_dollars for row in rows),
    ):
        text.append(f", of it {nothing}")
    met = True
    if plan.budget_dollars is not None:
        met = measured["budget_met"]
        by = f"${abs(dollars - plan.budget_dollars):,.2f}"
        text.append(", ").append(_verdict(met, f"{by} below the budget", f"{by} over the budget"))
    return text.append(estimates), met


def _verdict(met: bool, *sides: str) -> Text:  # noqa: FBT001 - what it says, if so and if not
    return Text(sides[not met], style="green" if met else "bold red")


def _failure(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a Row, whose fields are the columns
    return row.status, row.failure


def _instances(row: Any) -> str:  # noqa: ANN401 - the same
    return f"{row.instances} {row.instance_type}{' spot' if row.spot else ''}"


def _clock(seconds: float) -> str:
    return clock(timedelta(seconds=seconds))


def _mean(values: Iterable[float]) -> str:
    given = list(values)
    return _clock(fmean(given)) if given else ""


def _sum(rows: list[Any]) -> float | None:
    dollars = [row.dollars for row in rows]
    return None if None in dollars else sum(dollars)


def _dollars(dollars: float | None) -> str:
    return "unknown" if dollars is None else f"{dollars:,.2f}"
