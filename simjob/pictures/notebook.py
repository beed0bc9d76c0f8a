"""How a simulation, a job, a bill and a timeline look in a notebook: small pieces of HTML.

Self-contained, without a script, everything from outside escaped. Text has the colour of what
stands around it, so that it is seen on light and on dark; the phases have those of the palette.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from itertools import islice

import attrs

from simjob.jobs import Job
from simjob.pictures.palette import look, rank
from simjob.simulation import Simulation
from simjob.spec.statuses import TERMINAL
from simjob.views.bill import Bill
from simjob.views.timeline import InstanceSpan, Timeline
from simjob.views.words import (
    JOBS_SHOWN,
    bill_in_words,
    clock,
    dollars,
    headline,
    many,
    span,
)

WIDTH = 1000
"""The width of a picture in its own units; it is drawn as wide as the notebook is."""

_MARK = 3
_PHASES_SHOWN = 24
_HOSTS_SHOWN = 8
_CELL = "text-align:left;padding:1px 12px 1px 0;white-space:nowrap;border:0;background:none"
_SMALL = "font-size:85%;opacity:.75"
_TALL, _LOW = 14, 8


def html_of(shown: object) -> str:
    """The HTML of something that shows itself.

    Raises:
        TypeError: it is no simulation, job, bill or timeline.
    """
    if isinstance(shown, Simulation):
        with shown.lock:
            return _framed(_simulation(shown))
    if isinstance(shown, Job):
        return _framed(_job(shown))
    if isinstance(shown, Bill):
        return _framed(_bill(shown))
    if isinstance(shown, Timeline):
        return _framed(_timeline(shown))
    raise TypeError(f"nothing is known of how a {type(shown).__name__} looks")


def _framed(parts: Iterable[str]) -> str:
    style = "font:13px/1.5 system-ui,sans-serif;color:inherit;max-width:60em"
    return f'<div class="simjob" style="{style}">{"".join(parts)}</div>'


# The four.


def _simulation(sim: Simulation) -> Iterable[str]:
    yield f"<div>{escape(headline(sim))}</div>"
    jobs = [(job, job.timeline) for job in islice(sim.jobs.values(), JOBS_SHOWN)]
    if not jobs:
        return
    born = min(seen.phases[0].start for _, seen in jobs)
    total = max(seen.phases[0].start + seen.duration for _, seen in jobs) - born
    rows = []
    for job, seen in jobs:
        status = _status(job.secondary_status.value)
        picture = _picture(seen, _Scale(seen.phases[0].start - born, total), _TALL)
        took = "+" + clock(seen.duration)
        rows.append([f"<b>{escape(job.name)}</b>", status, took, dollars(job.bill), picture])
    yield _table(["job", "status", "time", "bill", f"{span(total)} to scale"], rows, wide=True)
    if left_out := len(sim.jobs) - len(jobs):
        yield f"<div>and {many(left_out, 'more job')}</div>"


def _job(job: Job) -> Iterable[str]:
    seen = job.timeline
    status = _status(job.secondary_status.value)
    primary = "" if job.status.value == job.secondary_status.value else f" ({job.status})"
    yield f"<div><b>{escape(job.name)}</b> {status}{primary} after {span(seen.duration)}</div>"
    reason = job.record.get("FailureReason")
    message = seen.phases[-1].message if reason is None else str(reason)
    yield f"<div>{escape(message)}</div>"
    yield from _scaled(seen)
    yield f"<div>{_lines(bill_in_words(job.bill))}</div>"


def _timeline(timeline: Timeline) -> Iterable[str]:
    yield f"<div><b>{escape(timeline.job_name)}</b></div>"
    yield from _scaled(timeline)
    yield from _instances(timeline)
    born = timeline.phases[0].start
    rows = [
        [
            "+" + clock(phase.start - born),
            _status(phase.status.value),
            "" if phase.status in TERMINAL else span(lasted) + ("" if phase.end else " so far"),
            escape(phase.message),
        ]
        for phase, (_, lasted) in zip(timeline.phases, timeline.durations, strict=True)
    ]
    yield _table(["from", "status", "for", "message"], rows[:_PHASES_SHOWN])
    if left_out := len(rows) - _PHASES_SHOWN if len(rows) > _PHASES_SHOWN else 0:
        yield f"<div>and {many(left_out, 'more phase')}, which the picture shows</div>"


def _bill(bill: Bill) -> Iterable[str]:
    yield f"<div>{_lines(bill_in_words(bill))}</div>"
    costs = bill.dollars_by_phase
    rows = []
    for name, seconds in bill.seconds._asdict().items():
        cost = None if costs is None else getattr(costs, name)
        if seconds or cost:
            rows.append(
                [
                    name.replace("_", " "),
                    f"{seconds:,.0f} s",
                    "" if cost is None else f"${cost:,.4f}",
                ]
            )
    if rows:
        yield _table(["phase", "of one instance", "of all"], rows)


# Their parts.


@attrs.frozen
class _Scale:
    """When something begins on a picture, and how long the whole picture is."""

    before: timedelta
    total: timedelta

    def at(self, time: timedelta) -> float:
        """The place of a time since that beginning."""
        return WIDTH * ((self.before + time) / self.total) if self.total else 0.0


def _scaled(timeline: Timeline) -> Iterable[str]:
    """All phases to scale, when they began and ended, and how long each status lasted."""
    yield _picture(timeline, _Scale(timedelta(), timeline.duration), _TALL)
    first = timeline.phases[0].start
    ends = [f"{each:%Y-%m-%d %H:%M:%S} UTC" for each in (first, first + timeline.duration)]
    style = f"display:flex;justify-content:space-between;{_SMALL}"
    yield f'<div style="{style}"><span>{ends[0]}</span><span>{ends[1]}</span></div>'
    items = [f"{_status(status)} {words}" for status, words in _totals(timeline)]
    yield f"<div>{' &emsp;'.join(items)}</div>"


def _totals(timeline: Timeline) -> list[tuple[str, str]]:
    """Each status with the words for how long and how often, in the palette's order."""
    total: Counter[str] = Counter()
    often: Counter[str] = Counter()
    for status, lasted in timeline.durations:
        total[status.value] += round(lasted.total_seconds() * 1000)
        often[status.value] += 1
    words = []
    for each in sorted(often, key=rank):
        times = f" ({often[each]} times)" if often[each] > 1 else ""
        in_all = "" if each in TERMINAL else span(timedelta(milliseconds=total[each]))
        words.append((each, in_all + times))
    return words


def _picture(timeline: Timeline, scale: _Scale, height: int) -> str:
    """The phases as boxes to scale, one path for each status; what took no time as a mark."""
    boxes: dict[str, list[str]] = {}
    marks: dict[str, list[str]] = {}
    born = timeline.phases[0].start
    for phase, (_, lasted) in zip(timeline.phases, timeline.durations, strict=True):
        left = scale.at(phase.start - born)
        if lasted:
            width = scale.at(phase.start - born + lasted) - left
            boxes.setdefault(phase.status.value, []).append(_box(left, width))
        else:
            left = min(left, WIDTH - _MARK)
            marks.setdefault(phase.status.value, []).append(_box(left, _MARK))
    words = dict(_totals(timeline))
    paths = [
        f'<path fill="{look(status).colour}" d="{"".join(drawn)}">'
        f"<title>{escape(f'{status} {words[status]}'.strip())}</title></path>"
        for group in (boxes, marks)
        for status, drawn in group.items()
    ]
    said = ", ".join(f"{status} {lasted}".strip() for status, lasted in words.items())
    return _svg(f"{timeline.job_name}: {said}", paths, height)


def _instances(timeline: Timeline) -> Iterable[str]:
    """When each instance was granted (pale) and ready (strong), one line for a host."""
    hosts: dict[int, list[InstanceSpan]] = {}
    for each in timeline.instances:
        hosts.setdefault(each.host, []).append(each)
    if hosts:
        yield f'<div style="{_SMALL}">instances: pale while they are launched, then strong</div>'
    scale = _Scale(timedelta(), timeline.duration)
    born = timeline.phases[0].start
    for host, spans in islice(sorted(hosts.items()), _HOSTS_SHOWN):
        pale, strong = [], []
        for each in spans:
            granted, gone = scale.at(each.granted - born), each.released or timeline.at
            end = min(scale.at(gone - born), WIDTH)
            ready = end if each.ready is None else scale.at(each.ready - born)
            pale.append(_box(granted, ready - granted))
            strong.append(_box(ready, end - ready))
        paths = [
            f'<path fill="currentColor" fill-opacity="{opacity}" d="{"".join(drawn)}"/>'
            for opacity, drawn in ((0.3, pale), (0.7, strong))
        ]
        yield _svg(f"instance {host}", paths, _LOW)
    if len(hosts) > _HOSTS_SHOWN:
        yield f"<div>and {many(len(hosts) - _HOSTS_SHOWN, 'more instance')}</div>"


def _svg(label: str, paths: Sequence[str], height: int) -> str:
    style = f"display:block;width:100%;min-width:12em;height:{height}px;margin:2px 0"
    back = f'<path fill="currentColor" fill-opacity=".08" d="{_box(0, WIDTH)}"/>'
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH} 1" '
        f'preserveAspectRatio="none" style="{style}">{back}{"".join(paths)}</svg>'
    )


def _box(left: float, width: float) -> str:
    return f"M{left:.3f} 0h{width:.3f}v1h-{width:.3f}z"


def _status(status: str) -> str:
    """A status beside its colour."""
    style = "display:inline-block;width:.75em;height:.75em;margin-right:.35em;border-radius:2px"
    square = f'<span style="{style};background:{look(status).colour}"></span>'
    return f'<span style="white-space:nowrap">{square}{escape(status)}</span>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, wide: bool = False) -> str:
    """Rows of HTML below their heads; a wide table gives the last column what room is left."""
    style = f"{_CELL};opacity:.75;font-weight:normal"
    head = "".join(f'<th style="{style}">{each}</th>' for each in heads)
    last = f"{_CELL};white-space:normal" + (";width:100%" if wide else "")
    body = []
    for row in rows:
        cells = [f'<td style="{_CELL}">{cell}</td>' for cell in row[:-1]]
        body.append(f'<tr>{"".join(cells)}<td style="{last}">{row[-1]}</td></tr>')
    style = "border-collapse:collapse;margin:4px 0;font:inherit;color:inherit"
    style += ";width:100%" if wide else ""
    return f'<table style="{style}"><tr>{head}</tr>{"".join(body)}</table>'


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())
