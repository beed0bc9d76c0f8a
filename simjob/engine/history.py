"""What happened to one job: dated facts, only ever appended.

Everything that can be seen of a job is computed from these facts and its request (views). Times
are whole milliseconds since the epoch; they become seconds or `datetime` at the borders only.
A message may be dated ahead, when the instant at which it will show is already known; one dated
after the end of its entry was never shown.
"""

from typing import NamedTuple

import attrs

from simjob.spec.statuses import TERMINAL, Cause, Rows, SecondaryStatus, fire

Updates = tuple[tuple[int, str], ...]
"""Messages, each with how long after the start of its entry it shows: like jobs share them."""
_new = tuple.__new__


class Entry(NamedTuple):
    """One entry of `SecondaryStatusTransitions`: it ends where the next one starts."""

    status: SecondaryStatus
    start_ms: int
    message: str
    updates: Updates = ()

    def message_at(self, instant_ms: int) -> str:
        """The message shown at that instant: the slot is overwritten in place (recorded)."""
        shown = self.message
        for after_ms, text in self.updates:
            if self.start_ms + after_ms <= instant_ms:
                shown = text
        return shown


@attrs.frozen(slots=True, eq=False)
class Stop:
    """That the job is to stop: since when, why, and after how many entries."""

    at_ms: int
    cause: Cause
    after: int


@attrs.define(slots=True, eq=False)
class Launch:
    """One set of instances: when it was granted, after how long each was ready, when it was left.

    `ready_after_ms` are spans from the grant, one for each instance.
    """

    attempt: int
    granted_ms: int
    ready_after_ms: tuple[int, ...]
    released_ms: int | None = None


@attrs.define(slots=True, eq=False)
class Run:
    """One run of the training container: from its start to its exit, or to what ends its work.

    `resumed_ms` is the work that an earlier run had saved; `work_ms` the whole work, where it is
    known beforehand (declared workloads).
    """

    attempt: int
    start_ms: int
    resumed_ms: int
    work_ms: int | None
    end_ms: int | None = None


@attrs.frozen(slots=True, eq=False)
class Line:
    """One line that a container wrote to its log; hosts count from 1."""

    at_ms: int
    host: int
    text: str


class History:
    """The facts of one job.

    >>> from simjob.spec.editions import DOCUMENTED
    >>> history = History()
    >>> history.enter(DOCUMENTED.transitions, SecondaryStatus.Starting, 0, "Starting")
    >>> history.status.value, history.ended
    ('Starting', False)
    """

    __slots__ = ("artifact", "entries", "failure", "launches", "lines", "runs", "stop")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.stop: Stop | None = None
        self.failure: str | None = None
        self.artifact = False
        self.launches: tuple[Launch, ...] = ()
        self.runs: tuple[Run, ...] = ()
        self.lines: list[Line] | None = None

    @property
    def status(self) -> SecondaryStatus:
        """The secondary status that the last entry names."""
        return self.entries[-1].status

    @property
    def ended(self) -> bool:
        """Whether the job has reached a status that it never leaves."""
        return self.entries[-1].status in TERMINAL

    def enter(
        self,
        known: Rows,
        status: SecondaryStatus,
        at_ms: int,
        message: str,
        updates: Updates = (),
    ) -> None:
        """Append the entry of a status that is entered now.

        Raises:
            IllegalTransitionError: `known` has no such edge; nothing was appended.
        """
        entries = self.entries
        fired = fire(known, entries[-1].status if entries else None, status)
        # Entry(...) would cost a frame more, in the busiest line of the engine.
        entries.append(_new(Entry, (fired, at_ms, message, updates)))

    def ask_to_stop(self, at_ms: int, cause: Cause) -> None:
        """Note that the job is to stop, unless that was noted before."""
        if self.stop is None:
            self.stop = Stop(at_ms, cause, len(self.entries))

    def update(self, at_ms: int, updates: Updates) -> None:
        """Overwrite the message of the last entry, at spans after `at_ms`."""
        status, start_ms, message, before = self.entries[-1]
        if at_ms != start_ms:
            updates = tuple([(at_ms - start_ms + span_ms, text) for span_ms, text in updates])
        after = before + updates if before else updates
        self.entries[-1] = _new(Entry, (status, start_ms, message, after))

    def write(self, line: Line) -> None:
        """Append a log line."""
        if self.lines is None:
            self.lines = []
        self.lines.append(line)
