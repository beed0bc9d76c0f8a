"""How a watch looks: lines of text for a screen of some size, and nothing that is done with them.

From above: the time, the jobs, the chosen job with its phases to scale, its bill and its last log
lines, the last transitions, the keys. What there is no room for is left out with a count.
"""

from collections.abc import Sequence

from rich.text import Text

from simjob.engine.clock import instant_of
from simjob.jobs import Job, Transition
from simjob.pictures.palette import LOOKS
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.terminal import Lasting, bar, legend
from simjob.views.words import clock, dollars, many, printable
from simjob.watching.watch import USES, Watch

LEAST_WIDTH, LEAST_HEIGHT = 40, 8
_MOST_ROWS, _LEAST_ROWS = 12, 3
_MOST_LOGS = 6
_LEAST_TRANSITIONS = 5
_NAME = 24
_STATUS = 11
_LEAST_BAR = 12
_GAP = "  "
_STOPPING = SecondaryStatus.Stopping


def screen(watch: Watch, width: int, height: int, *, ascii_only: bool = False) -> Text:
    """The screen: exactly `height` lines of at most `width` cells, or of the least there can be."""
    return _Screen(watch, max(width, LEAST_WIDTH), max(height, LEAST_HEIGHT), ascii_only).drawn()


class _Screen:
    def __init__(self, watch: Watch, width: int, height: int, ascii_only: bool) -> None:  # noqa: FBT001 - of this file alone
        self._watch = watch
        self._width = width
        self._height = height
        self._ascii = ascii_only
        self._more = "~" if ascii_only else "…"

    def drawn(self) -> Text:
        """All lines: what is sure to be there, then logs and transitions in what is left."""
        head, foot = self._head(), self._foot()
        room = self._height - len(head) - len(foot)
        if room > _LEAST_ROWS:
            head.append(Text())
            room -= 1
        body = self._jobs(max(_LEAST_ROWS, room // 4)) if len(self._watch.names) > 1 else []
        body += self._chosen()
        body += self._logs(min(_MOST_LOGS, room - len(body) - _LEAST_TRANSITIONS))
        body.append(Text())
        body += self._transitions(room - len(body))
        body = body[:room]
        body += [Text()] * (room - len(body))
        return Text("\n").join([self._fitted(line) for line in [*head, *body, *foot]])

    # From above.

    def _head(self) -> list[Text]:
        watch = self._watch
        parts = [
            Text("simjob watch", style="bold"),
            Text(f"{watch.sim.now:%Y-%m-%d %H:%M:%S} UTC"),
            Text(f"+{clock(watch.elapsed)}"),
            Text(f"{watch.rate:g} x real time", style="dim"),
        ]
        if watch.paused:
            parts.append(Text(" PAUSED ", style="reverse"))
        counts = Text(f" {many(len(watch.names), 'job')}: ")
        seen = [(status, watch.statuses[status]) for status in LOOKS if watch.statuses[status]]
        for place, (status, number) in enumerate(seen):
            counts.append(", " if place else "").append(f"{number:,} ")
            counts.append(status, style=LOOKS[status].colour)
        return [*self._flowed(parts, _GAP), counts]

    def _jobs(self, most: int) -> list[Text]:
        names = self._watch.names
        rows = min(len(names), _MOST_ROWS, most)
        first = min(max(0, self._watch.chosen - rows // 2), len(names) - rows)
        jobs = [self._watch.sim.jobs[name] for name in names[first : first + rows]]
        lines = _table([self._row(job) for job in jobs])
        used = max(map(len, lines))
        for line, job in zip(lines, jobs, strict=True):
            if (width := self._width - used - 3) >= _LEAST_BAR:
                line.append(" " * (used - len(line)) + _GAP).append_text(self._lane(job, width))
        hidden = {"above": first, "below": len(names) - rows - first}
        if told := [f"{number:,} more {where}" for where, number in hidden.items() if number]:
            lines.append(Text(f"    {', '.join(told)}", style="dim"))
        return [*lines, Text()]

    def _row(self, job: Job) -> list[Text]:
        chosen = job.name == self._watch.job.name
        return [
            Text(" >" if chosen else "  ", style="bold"),
            Text(self._short(job.name, _NAME), style="bold" if chosen else ""),
            Text(f"{job.secondary_status:{_STATUS}}", style=LOOKS[job.secondary_status].colour),
            Text(f"{'+' + clock(job.timeline.duration):>9}"),
            Text(f"{dollars(job.bill):>8}"),
        ]

    def _lane(self, job: Job, width: int) -> Text:
        """The phases of a job so far, on the scale of the whole watch."""
        seen = job.timeline
        share = seen.duration / self._watch.elapsed if self._watch.elapsed else 0.0
        lasting = sum(1 for _, time in seen.durations if time)
        return bar(seen.durations, max(lasting, round(width * share)), ascii_only=self._ascii)

    def _chosen(self) -> list[Text]:
        job = self._watch.job
        bill, seen = job.bill, job.timeline
        count = f"{bill.instance_count} x " if bill.instance_count > 1 else ""
        more = Text(_GAP)
        if job.status is PrimaryStatus.Stopping and job.secondary_status is not _STOPPING:
            more.append(f"{job.status} / ")
        more.append(job.secondary_status, style=LOOKS[job.secondary_status].colour)
        more.append(f"{_GAP}+{clock(seen.duration)}{_GAP}").append(dollars(bill), style="bold")
        more.append(f" for {bill.billable_seconds} s of {count}{bill.instance_type}", style="dim")
        name = self._short(job.name, max(_NAME, self._width - len(more) - 1))
        lines = [Text(f" {name}", style="bold"), *self._scaled(seen.durations)]
        lines[0] = Text.assemble(lines[0], more)
        reason = job.record.get("FailureReason")
        message = seen.phases[-1].message if reason is None else str(reason)
        return [*lines, Text(f" {_plain(message)}", style="" if reason is None else "red")]

    def _scaled(self, phases: Sequence[Lasting]) -> list[Text]:
        """The phases to scale, and how long they lasted."""
        inner = self._width - 2
        lines = [
            bar(phases, inner, ascii_only=self._ascii),
            *legend(phases, inner, ascii_only=self._ascii),
        ]
        return [Text(" ") + line for line in lines if line]

    def _logs(self, room: int) -> list[Text]:
        """The last log lines of the chosen job."""
        lines = []
        for each in self._watch.job.last_logs(room):
            host = each.stream.rpartition("/")[2].rpartition("-")[0]
            line = Text(f" {instant_of(each.timestamp_ms):%H:%M:%S} {host} ", style="dim")
            lines.append(line.append(_plain(each.message), style="not dim"))
        return lines

    def _transitions(self, room: int) -> list[Text]:
        """The last transitions of all jobs."""
        if room <= 0:
            return []
        return _table([self._transition(each) for each in self._watch.transitions[-room:]])

    def _transition(self, transition: Transition) -> list[Text]:
        at, status = transition.at, transition.status
        cells = [
            Text(f"{'+' + clock(at - self._watch.start):>10}"),
            Text(f"{at:%H:%M:%S}", style="dim"),
            Text(f"{status:{_STATUS}}", style=LOOKS[status].colour),
            Text(_plain(transition.message)),
        ]
        if len(self._watch.names) > 1:
            cells.insert(2, Text(self._short(transition.job.name, _NAME)))
        return cells

    def _foot(self) -> list[Text]:
        keys = [
            Text.assemble((f" {use.keys[0]} ", "reverse"), f" {use.words}")
            for use in USES
            if len(self._watch.names) > 1 or not use.among_many
        ]
        notice = Text(f" {_plain(self._watch.notice)}", style="italic")
        return [notice, *self._flowed(keys, " ")]

    # What fits.

    def _flowed(self, parts: Sequence[Text], gap: str) -> list[Text]:
        """The parts one after another, on as many lines as they need."""
        rows: list[list[Text]] = [[]]
        for part in parts:
            if 1 + len(Text(gap).join([*rows[-1], part])) > self._width:
                rows.append([])
            rows[-1].append(part)
        return [Text(" ").append_text(Text(gap).join(row)) for row in rows]

    def _fitted(self, line: Text) -> Text:
        """A line that is cut at the width, with a sign that it was."""
        if line.cell_len > self._width:
            line = line.copy()
            line.truncate(self._width - 1)
            line.append(self._more)
        return line

    def _short(self, name: str, room: int) -> str:
        """A name, its middle left out where it is longer than there is room."""
        name = _plain(name)
        if len(name) <= room:
            return name
        head = room // 2
        return f"{name[:head]}{self._more}{name[head + 1 - room :]}"


def _table(rows: Sequence[Sequence[Text]]) -> list[Text]:
    """The rows as lines, their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        line = Text()
        for cell, width in zip(row, widths, strict=True):
            line.append_text(cell).append(" " * (width - len(cell)) + _GAP)
        line.rstrip()
        lines.append(line)
    return lines


def _plain(text: str) -> str:
    """One line without anything that a terminal would obey."""
    return printable(text).replace("\n", "?")
