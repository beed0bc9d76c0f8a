"""Times and timelines in words: plain text, for a report that nobody draws."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.jobs import Job


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


def wasted(downloads: float, lost: float, restarts: float, stops: float) -> str:
    """How many dollars were for nothing, and for what, where it is a cent; "" for less.

    >>> wasted(downloads=0.25, lost=1.5, restarts=0.0, stops=0.001)
    '$1.75 wasted (downloads $0.25, lost work $1.50)'
    """
    parts = {
        "downloads": downloads,
        "lost work": lost,
        "restarts": restarts,
        "stop windows": stops,
    }
    total = sum(parts.values())
    if total < CENT:
        return ""
    each = ", ".join(f"{name} ${cost:,.2f}" for name, cost in parts.items() if cost >= CENT)
    return f"${total:,.2f} wasted" + (f" ({each})" if each else "")


def story(job: "Job") -> str:
    """The timeline of a job as lines of text: what became of it, and when it was in which status.

    The first number of a line is the time since the job was created; a phase that is still open
    says so.
    """
    seen = job.timeline
    born = seen.phases[0].start
    lines = [f"{job.name}: {job.status}, created at {born:%Y-%m-%d %H:%M:%S} UTC"]
    reason = job.record.get("FailureReason")
    if reason:
        lines.append(f"  {reason}")
    for phase in seen.phases:
        lasted = (
            ""
            if job.ended and phase is seen.phases[-1]
            else span((phase.end or seen.at) - phase.start)
        )
        so_far = " so far" if phase.end is None else ""
        lines.append(
            f"  +{clock(phase.start - born)}  {phase.status:<11}  {lasted}{so_far}".rstrip()
        )
    return "\n".join(lines)
