"""Times, timelines, bills and simulations in words: plain text, for what nobody draws."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from math import floor
from typing import TYPE_CHECKING

from simjob.spec.statuses import TERMINAL, SecondaryStatus

if TYPE_CHECKING:
    from simjob.jobs import Job
    from simjob.simulation import Simulation
    from simjob.views.bill import Bill
    from simjob.views.timeline import Timeline

JOBS_SHOWN = 20
"""So many jobs are shown where a whole simulation shows itself."""

CENT = 0.005
"""From so many dollars on there is a cent to tell of."""


def clock(time: timedelta) -> str:
    """A time as hours, minutes and seconds, as a clock shows them.

    >>> clock(timedelta(days=1, minutes=2, seconds=3.9))
    '24:02:03'
    """
    minutes, whole = divmod(int(time.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{whole:02}"


def span(time: timedelta) -> str:
    """How long something took, in two units at most.

    >>> span(timedelta(seconds=0.4)), span(timedelta(seconds=75)), span(timedelta(hours=49))
    ('0.4 s', '1 min 15 s', '2 d 1 h')
    """
    exact = time.total_seconds()
    if exact < 10:
        return f"{exact:.1f} s"
    left = int(exact)
    parts: list[tuple[int, str]] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number or parts:
            parts.append((number, unit))
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number)


def printable(text: str) -> str:
    """Text from outside without what a terminal would obey: escapes, reversals and the like.

    >>> printable(chr(27) + "[31mred")
    '?[31mred'
    """
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in text)


def wasted(downloads: float, lost: float, restarts: float, stops: float) -> str:
    """How many dollars were for nothing, and for what, in cents that add up; "" for no cent.

    >>> wasted(downloads=0.25, lost=1.5, restarts=0.0, stops=0.001)
    '$1.75 wasted (downloads $0.25, lost work $1.50)'
    >>> wasted(downloads=0.186, lost=0.298, restarts=0.0, stops=0.0)
    '$0.48 wasted (downloads $0.18, lost work $0.30)'
    """
    names = ("downloads", "lost work", "restarts", "stop windows")
    cents = _whole((100 * downloads, 100 * lost, 100 * restarts, 100 * stops))
    if not any(cents):
        return ""
    each = (f"{name} {_money(part)}" for name, part in zip(names, cents, strict=True) if part)
    return f"{_money(sum(cents))} wasted ({', '.join(each)})"


def _whole(amounts: Sequence[float]) -> list[int]:
    """Amounts as whole numbers that add up to the rounded sum: those that lack least go up."""
    whole = [floor(each) for each in amounts]
    lacking = sorted(range(len(whole)), key=lambda place: whole[place] - amounts[place])
    for place in lacking[: round(sum(amounts)) - sum(whole)]:
        whole[place] += 1
    return whole


def _money(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def story(job: "Job") -> str:
    """The timeline of a job as lines of text: what became of it, and when it was in which status.

    The first number of a line is the time since the job was created; a phase that is still open
    says so.
    """
    seen = job.timeline
    lines = [f"{job.name}: {job.status}, created at {_instant(seen.phases[0].start)}"]
    reason = job.record.get("FailureReason")
    if reason:
        lines.append(f"  {reason}")
    return "\n".join(lines + _phases(seen))


def timeline_in_words(timeline: "Timeline") -> str:
    """The phases of a timeline as lines of text, as in a `story`."""
    head = f"{timeline.job_name}: created at {_instant(timeline.phases[0].start)}"
    return "\n".join([head, *_phases(timeline)])


def bill_in_words(bill: "Bill") -> str:
    """What was charged, for what and by which rate, and what of it was for nothing.

    >>> from simjob.views.bill import Bill
    >>> print(bill_in_words(Bill("ml.p3.16xlarge", 4, 3080, 28.152, "a table", "2021", False)))
    $96.34 for 3080 billable seconds of 4 x ml.p3.16xlarge at $28.152 an hour (a table, 2021)
    of it $96.34 wasted (lost work $96.34)
    """
    return "\n".join(each for each in (charge_in_words(bill), parts_in_words(bill)) if each)


def charge_in_words(bill: "Bill") -> str:
    """What was charged, for what, and by which rate."""
    count = f"{bill.instance_count} x " if bill.instance_count > 1 else ""
    spot = f" spot ({bill.discount:.0%} saved)" if bill.spot else ""
    what = f"{bill.billable_seconds} billable seconds of {count}{bill.instance_type}{spot}"
    if bill.dollars is None:
        return f"Bill unknown: {what}, for which no rate is known"
    kind = "an estimated " if bill.estimated else ""
    source = bill.rate_source.removeprefix("estimated: ")
    dated = f", {bill.rate_date}" if bill.rate_date else ""
    rate = f"{kind}${bill.dollars_per_hour:g} an hour ({source}{dated})"
    return f"${bill.dollars:.2f} for {what} at {rate}"


def parts_in_words(bill: "Bill") -> str:
    """What in a bill is not for instances, and what was for nothing, where it is a cent."""
    parts = []
    if bill.dollars is not None and bill.storage_dollars >= CENT:
        kind = "an estimated " if bill.storage_estimated else ""
        parts.append(f"{kind}${bill.storage_dollars:.2f} for storage")
    phases = bill.dollars_by_phase
    if phases is not None:
        fetching = phases.downloading + phases.image_pull
        parts.append(wasted(fetching, phases.lost, phases.restarting, phases.stop_window))
    parts = [part for part in parts if part]
    return f"of it {'; '.join(parts)}" if parts else ""


def overview(sim: "Simulation") -> str:
    """A simulation and its first jobs, a line for each; what is left out is counted."""
    lines = [headline(sim)]
    shown = list(islice(sim.jobs.values(), JOBS_SHOWN))
    width = max((len(job.name) for job in shown), default=0)
    for job in shown:
        lasted = f"+{clock(job.timeline.duration)}"
        cost = dollars(job.bill)
        lines.append(f"  {job.name:{width}}  {job.secondary_status:<11}  {lasted:>9}  {cost:>9}")
    if left_out := len(sim.jobs) - len(shown):
        lines.append(f"  and {many(left_out, 'more job')}")
    return "\n".join(lines)


def headline(sim: "Simulation") -> str:
    """A simulation in one line: its instant, its edition and seed, how many jobs are where."""
    what = f"Simulation at {_instant(sim.now)}, edition {sim.edition.name}, seed {sim.seed}"
    statuses = Counter(job.secondary_status for job in sim.jobs.values())
    counts = ", ".join(f"{statuses[each]:,} {each}" for each in SecondaryStatus if statuses[each])
    return f"{what}: {many(len(sim.jobs), 'job')}{f' ({counts})' if counts else ''}"


def many(number: int, what: str) -> str:
    """A number of things.

    >>> many(1, "job"), many(4980, "job")
    ('1 job', '4,980 jobs')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def dollars(bill: "Bill") -> str:
    """What a bill comes to so far, below a dollar with so many digits that it is seen growing."""
    if bill.dollars is None:
        return "no rate"
    return f"${bill.dollars:,.{4 if bill.dollars < 1 else 2}f}"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _phases(timeline: "Timeline") -> list[str]:
    born = timeline.phases[0].start
    lines = []
    for phase, (_, lasted) in zip(timeline.phases, timeline.durations, strict=True):
        told = "" if phase.status in TERMINAL else span(lasted)
        so_far = " so far" if phase.end is None else ""
        line = f"  +{clock(phase.start - born)}  {phase.status:<11}  {told}{so_far}"
        lines.append(line.rstrip())
    return lines
