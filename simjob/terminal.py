"""What `simjob run` draws: transitions as they happen, bars of phases, bills, replies.

Colour and width are rich's affair; without colour the phases differ by their patterns, and where
the output takes ASCII only, by letters. This file needs the extra `cli`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.json import JSON
from rich.text import Text

from simjob.jobs import Job, Transition
from simjob.pictures.palette import LOOKS
from simjob.simulation import Simulation
from simjob.spec.statuses import SecondaryStatus as S
from simjob.views.words import charge_in_words, clock, parts_in_words, printable, span

Lasting = tuple[S, timedelta]
"""A status, and how long it lasted."""
_INDENT = "  "
_GAP = 3
_SCARCE = 24


class PipedConsole(Console):
    """A console that lets its caller hear of a closed pipe."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise BrokenPipeError."""
        raise BrokenPipeError


def print_trimmed(console: Console, drawn: RenderableType) -> None:
    """Print what rich can draw, as wide as the terminal, without blanks at the ends of lines."""
    for line in console.render_lines(drawn, pad=False):
        text = Text.assemble(*[(each.text, each.style or "") for each in line])
        text.rstrip()
        console.print(text, soft_wrap=True)


class Terminal:
    """Draws one simulation on standard output, from its beginning to its end."""

    def __init__(self) -> None:
        self._console = PipedConsole(highlight=False)
        self._start: datetime
        self._day: date
        self._name_width = 0

    def begin(self, sim: Simulation) -> None:
        """Say what is run, and how each job was born."""
        self._start = sim.now
        self._day = sim.now.date()
        if len(sim.jobs) > 1:
            self._name_width = max(map(len, sim.jobs))
        what = f"simjob {version('simjob')}, edition {sim.edition.name}, seed {sim.seed}"
        head = f"{what}, from {sim.now:%Y-%m-%d %H:%M:%S} UTC"
        self._hanging(Text(), Text(head, style="dim"))
        self._console.print()
        for job in sim.jobs.values():
            self.transition(Transition(job, 0))

    def transition(self, transition: Transition) -> None:
        """Draw one line: virtual time, relative and absolute, job, status, message.

        A new day has a line of its own.
        """
        if transition.at.date() != self._day:
            self._day = transition.at.date()
            self._print(Text(f"{_INDENT}{self._day}", style="dim"))
        line = Text(f"{'+' + clock(transition.at - self._start):>9}  ")
        line.append(f"{transition.at:%H:%M:%S}  ", style="dim")
        if self._name_width:
            line.append(f"{transition.job.name:{self._name_width}}  ")
        line.append(f"{transition.status:11}  ", style=LOOKS[transition.status].colour)
        self._hanging(line, Text(printable(transition.message)))

    def end(self, job: Job) -> None:
        """Draw what became of a job: its phases to scale, its bill, its reply."""
        console = self._console
        seen = job.timeline
        head = Text("\n")
        head.append(job.name, style="bold")
        head.append(f"  {job.status}", style=LOOKS[job.secondary_status].colour)
        head.append(f" after {span(seen.duration)}")
        console.print(head)
        reason = job.record.get("FailureReason")
        if reason is not None:
            self._indented(Text(printable(str(reason)), style="red"))
        self._phases(seen.durations)
        charge = Text(charge_in_words(job.bill))
        charge.highlight_regex(r"^\$[0-9.]+", "bold")
        self._indented(charge)
        self._indented(Text(parts_in_words(job.bill)))
        console.print()
        console.print(JSON.from_data(job.record, ensure_ascii=True), soft_wrap=True)

    def _phases(self, phases: Sequence[Lasting]) -> None:
        """A bar with a cell or more for each phase that lasted, and its legend."""
        ascii_only = self._console.options.ascii_only
        if drawn := bar(phases, self._width, ascii_only=ascii_only):
            self._indented(drawn)
        for line in legend(phases, self._width, ascii_only=ascii_only):
            self._indented(line)

    @property
    def _width(self) -> int:
        return self._console.width - 2 * len(_INDENT)

    def _indented(self, text: Text) -> None:
        self._hanging(Text(_INDENT), text)

    def _hanging(self, lead: Text, text: Text) -> None:
        """A text behind its lead, in as many lines as it takes; below it where room is scarce."""
        room = self._console.width - len(lead)
        lines = text.wrap(self._console, room if room >= _SCARCE else self._width)
        if room < _SCARCE:
            self._print(lead)
            lead = Text(_INDENT)
        for line in lines:
            self._print(lead + line)
            lead = Text(" " * len(lead))

    def _print(self, line: Text) -> None:
        line.rstrip()
        self._console.print(line, soft_wrap=True)


def bar(phases: Sequence[Lasting], width: int, *, ascii_only: bool) -> Text:
    """The phases that lasted, to scale, so that they fill the width; empty if none did.

    >>> bar([(S.Starting, timedelta(minutes=1)), (S.Training, timedelta(minutes=4))], 10,
    ...     ascii_only=True).plain
    'ssTTTTTTTT'
    """
    lasting = [(status, time) for status, time in phases if time]
    drawn = Text()
    if lasting:
        cells_of = to_scale([time for _, time in lasting], width)
        for (status, _), cells in zip(lasting, cells_of, strict=True):
            drawn.append(sign(status, ascii_only=ascii_only) * cells, LOOKS[status].colour)
    return drawn


def legend(phases: Sequence[Lasting], width: int, *, ascii_only: bool) -> list[Text]:
    """How long each status lasted in all, as many to a line as there is room for."""
    times: dict[S, list[timedelta]] = {}
    for status, time in phases:
        if time:
            times.setdefault(status, []).append(time)
    lines = [Text()]
    for status, each in times.items():
        often = f" ({len(each)} times)" if len(each) > 1 else ""
        item = Text().append(sign(status, ascii_only=ascii_only), LOOKS[status].colour)
        item.append(f" {status} {span(sum(each, timedelta()))}{often}")
        if lines[-1] and len(lines[-1]) + len(item) + _GAP > width:
            lines.append(Text())
        lines[-1].append(" " * _GAP if lines[-1] else "").append_text(item)
    return [line for line in lines if line]


def sign(status: S, *, ascii_only: bool) -> str:
    """The character that stands for a status: its pattern, or its letter."""
    return LOOKS[status].letter if ascii_only else LOOKS[status].pattern


def to_scale(times: list[timedelta], width: int) -> list[int]:
    """So many cells for each time that they fill the width; one at least, while there is room.

    >>> to_scale([timedelta(seconds=1), timedelta(hours=1), timedelta(hours=2)], 30)
    [1, 10, 19]
    """
    total = sum(times, timedelta())
    cells = [max(1, round(width * time / total)) for time in times]
    while (wrong := sum(cells) - width) != 0:
        cells[cells.index(max(cells))] -= 1 if wrong > 0 else -1
    return cells
