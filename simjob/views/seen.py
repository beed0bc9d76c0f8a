"""What of a job's history is there at an instant; the ground on which all views stand.

A view at an instant sees the entries made by then. To see the job as it was between two entries
of the same instant (an event for each of them), `count` names how many are seen.
"""

from typing import TYPE_CHECKING

from simjob.engine.job import TrainingJob
from simjob.spec.statuses import TERMINAL, WAITING, PrimaryStatus, SecondaryStatus
from simjob.world.prices import spot_discount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simjob.engine.history import Entry
    from simjob.spec.requests import CreateTrainingJobRequest

WITHOUT_INSTANCES = WAITING | TERMINAL | {SecondaryStatus.Interrupted}
"""The statuses in which a job has no instances to pay for."""

_NO_START = WITHOUT_INSTANCES | {SecondaryStatus.Stopping}


class Seen:
    """A job at an instant: the entries that are there, and the times that follow from them.

    Attributes:
        job: whose history it is.
        at_ms: the instant, in milliseconds since the epoch.
        entries: at least the one of the job's birth.
        secondary_status: the status of the last entry.
        ended: whether the job never leaves that status.
        training_start_ms: when the instances were there, at the end of the first wait.
        training_end_ms: when a job that had instances ended; failed, stopped or completed.
    """

    __slots__ = (
        "_count",
        "at_ms",
        "ended",
        "entries",
        "job",
        "secondary_status",
        "training_end_ms",
        "training_start_ms",
    )

    def __init__(self, job: TrainingJob, at_ms: int, count: int | None = None) -> None:
        history = job.history
        entries = history.until(at_ms)
        if count is not None:
            entries = entries[:count]
        if entries[-1].start_ms > at_ms:
            entries = [each for each in entries if each.start_ms <= at_ms] or entries[:1]
        # Without a count all is seen, also a stop that no entry has followed yet.
        self._count = len(history.entries) + 1 if count is None else count
        self.job = job
        self.at_ms = at_ms
        self.entries: list[Entry] = entries
        self.secondary_status = entries[-1].status
        self.ended = self.secondary_status in TERMINAL
        self.training_start_ms: int | None = None
        for entry in entries:
            if entry.status not in _NO_START:
                self.training_start_ms = entry.start_ms
                break
        started = self.training_start_ms is not None
        self.training_end_ms = entries[-1].start_ms if self.ended and started else None

    @property
    def primary_status(self) -> PrimaryStatus:
        """TrainingJobStatus."""
        stop = self.job.history.stop
        requested = stop is not None and stop.at_ms <= self.at_ms and stop.after < self._count
        return self.job.edition.primary_status(self.secondary_status, stop_requested=requested)

    @property
    def request(self) -> "CreateTrainingJobRequest":
        """The request as it was created, or as UpdateTrainingJob has left it."""
        request = self.job.request
        for update in self.job.updates:
            if update.at_ms <= self.at_ms and update.after < self._count:
                request = update.request
        return request

    @property
    def last_modified_ms(self) -> int:
        """When the status, its message or the request changed last, or a stop was asked for."""
        entry = self.entries[-1]
        last_ms = entry.start_ms
        for after_ms, _ in entry.updates:
            if last_ms < entry.start_ms + after_ms <= self.at_ms:
                last_ms = entry.start_ms + after_ms
        stop = self.job.history.stop
        if stop is not None and last_ms < stop.at_ms <= self.at_ms:
            last_ms = stop.at_ms
        for update in self.job.updates:
            if last_ms < update.at_ms <= self.at_ms:
                last_ms = update.at_ms
        return last_ms

    def spans(self) -> "Iterator[tuple[Entry, int]]":
        """Each entry with the instant until which it lasts; an open one lasts until now.

        The terminal one is left out, for it takes no time.
        """
        ends_ms = [start_ms for _, start_ms, _, _ in self.entries[1:]]
        if not self.ended:
            ends_ms.append(self.at_ms)
        return zip(self.entries, ends_ms, strict=False)

    def end_of(self, place: int) -> int | None:
        """When the entry at that place ended, None while it is open; a terminal one at once."""
        if place + 1 < len(self.entries):
            return self.entries[place + 1].start_ms
        return self.entries[place].start_ms if self.ended else None

    def message_of(self, place: int) -> str:
        """The message that the entry shows now, or showed last."""
        entry = self.entries[place]
        if not entry.updates:
            return entry.message
        following = self.entries[place + 1 : place + 2]
        return entry.message_at(following[0].start_ms if following else self.at_ms)

    @property
    def training_seconds(self) -> int | None:
        """TrainingTimeInSeconds: whole seconds from start to end, or to now; at least 1.

        floor(end) - floor(start) fits 23 of 23 recorded replies.
        """
        if self.training_start_ms is None:
            return None
        end_ms = self.at_ms if self.training_end_ms is None else self.training_end_ms
        return max(1, end_ms // 1000 - self.training_start_ms // 1000)

    @property
    def billable_seconds(self) -> int | None:
        """BillableTimeInSeconds so far: of spot training, the time on instances less the discount.

        That the discount shows as fewer seconds is recorded; that an interruption is not paid for
        is inferred.
        """
        if not self.job.asked.spot or self.training_start_ms is None:
            return self.training_seconds
        used_ms = 0
        for entry, end_ms in self.spans():
            if entry.start_ms >= self.training_start_ms and entry.status not in WITHOUT_INSTANCES:
                used_ms += end_ms - entry.start_ms
        discount = spot_discount(self.job.world, self.job.asked.instance_type)
        return max(1, round(used_ms * (1 - discount.share)) // 1000)
