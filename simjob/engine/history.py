"""What happened to one job: dated facts, only ever appended.

Everything that can be seen of a job is computed from these facts and its request (views). Times
are whole milliseconds since the epoch; they become seconds or `datetime` at the borders only.

What is known to come may stand here before it comes: the messages of an entry, and the course of
legs that a job is on. Like jobs share them, so they are spans, not instants. A leg is seen from
the instant at which it begins; what a stop cuts off has never been.
"""

from itertools import pairwise
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


class Leg(NamedTuple):
    """An entry to come: when it begins and is over, in milliseconds from the course's start."""

    status: SecondaryStatus
    after_ms: int
    until_ms: int
    message: str
    updates: Updates = ()


Legs = tuple[Leg, ...]


@attrs.frozen(slots=True, eq=False)
class Stop:
    """That the job is to stop: since when, why, and after how many entries."""

    at_ms: int
    cause: Cause
    after: int


class Run(NamedTuple):
    """One run of the training container; its members are those of its attempt."""

    start_ms: int
    resumed_ms: int
    work_ms: int | None
    end_ms: int | None
    saved_ms: int | None


@attrs.define(slots=True, eq=False, weakref_slot=False)
class Attempt:
    """One set of instances, and the run of the training container on it, if it came to one.

    Attributes:
        number: counts from 1.
        granted_ms: when the instances were granted.
        ready_after_ms: after how long each of them was ready.
        released_ms: when they were left.
        start_ms: when the container started, or is known to start.
        resumed_ms: the work that an earlier run had saved.
        work_ms: the whole work, where it is known beforehand (declared workloads).
        end_ms: when the container exited or its work was ended. Of a declared workload it is
            known beforehand; whatever ends the run earlier puts it back.
        saved_ms: when a generator workload saved a checkpoint last.
        zone: where spot instances were launched, if the market has zones.
    """

    number: int
    granted_ms: int
    ready_after_ms: tuple[int, ...]
    released_ms: int | None = None
    start_ms: int | None = None
    resumed_ms: int = 0
    work_ms: int | None = None
    end_ms: int | None = None
    saved_ms: int | None = None
    zone: str | None = None


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

    __slots__ = (
        "artifact",
        "attempts",
        "course_ms",
        "entries",
        "failure",
        "legs",
        "lines",
        "stop",
    )

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.course_ms = 0
        self.legs: Legs = ()
        self.stop: Stop | None = None
        self.failure: str | None = None
        self.artifact = False
        self.attempts: tuple[Attempt, ...] = ()
        self.lines: list[Line] | None = None

    def until(self, at_ms: int) -> list[Entry]:
        """The entries there are at that instant, as far as it is not past."""
        entries = self.entries
        if not self.legs:
            return entries
        last = entries[-1]
        if last.status not in TERMINAL:
            return entries + self._begun(at_ms)
        # The course was gone to its end, which is the last entry.
        entries[-1:-1] = self._begun(last.start_ms)
        self.legs = ()
        return entries

    def _begun(self, at_ms: int) -> list[Entry]:
        """The entries of the legs that have begun at that instant."""
        start_ms = self.course_ms
        return [
            _new(Entry, (status, start_ms + after_ms, message, updates))
            for status, after_ms, _, message, updates in self.legs
            if start_ms + after_ms <= at_ms
        ]

    @property
    def runs(self) -> list[Run]:
        """The runs of the training container."""
        return [
            Run(each.start_ms, each.resumed_ms, each.work_ms, each.end_ms, each.saved_ms)
            for each in self.attempts
            if each.start_ms is not None
        ]

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
        before: Entry | Leg | None = None
        if entries:
            before = self.legs[-1] if self.legs else entries[-1]
        fired = fire(known, before.status if before else None, status)
        # Entry(...) would cost a frame more, in the busiest line of the engine.
        entries.append(_new(Entry, (fired, at_ms, message, updates)))

    def follow(self, known: Rows, start_ms: int, legs: Legs) -> None:
        """Set out on a course: each leg is an entry from the instant at which it begins.

        What is entered next ends the course. `check_legs` has seen its legs.

        Raises:
            IllegalTransitionError: `known` has no edge to the first leg; nothing was changed.
        """
        fire(known, self.entries[-1].status, legs[0].status)
        self.course_ms = start_ms
        self.legs = legs

    def reach(self, at_ms: int) -> None:
        """Append the entries of the legs that have begun at that instant."""
        if self.ended:
            self.until(at_ms)
            return
        begun = self._begun(at_ms)
        self.entries += begun
        self.legs = self.legs[len(begun) :]

    def leave_course(self, at_ms: int) -> None:
        """Keep what has begun of the course at that instant; the rest will not be."""
        self.reach(at_ms)
        self.legs = ()

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


def check_legs(known: Rows, legs: Legs) -> None:
    """Have every leg of a course be one that may follow the one before.

    Raises:
        IllegalTransitionError: `known` has no such edge.
    """
    for leg, following in pairwise(legs):
        fire(known, leg.status, following.status)
