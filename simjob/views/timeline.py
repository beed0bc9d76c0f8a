"""The timeline: the phases of a job and the time of its instances, as `datetime`."""

from datetime import datetime, timedelta

import attrs

from simjob.engine.clock import instant_of
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.views.seen import Seen
from simjob.views.shown import Shown
from simjob.views.words import timeline_in_words


@attrs.frozen
class Phase:
    """One entry of the history: `end` is None while it is open, `start` for a terminal one."""

    status: SecondaryStatus
    primary: PrimaryStatus
    start: datetime
    end: datetime | None
    message: str

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted, None while it is open."""
        return None if self.end is None else self.end - self.start


@attrs.frozen
class InstanceSpan:
    """The time of one instance: granted, ready, given back (None: not yet).

    `zone` is where a spot instance was launched, if the market has zones.
    """

    host: int
    attempt: int
    granted: datetime
    ready: datetime | None
    released: datetime | None
    zone: str | None = None


@attrs.frozen
class Timeline(Shown):
    """The phases of a job and the spans of its instances, at one instant."""

    job_name: str
    at: datetime
    phases: tuple[Phase, ...]
    instances: tuple[InstanceSpan, ...]

    @property
    def durations(self) -> tuple[tuple[SecondaryStatus, timedelta], ...]:
        """How long each phase lasted, or has lasted so far."""
        return tuple((phase.status, (phase.end or self.at) - phase.start) for phase in self.phases)

    @property
    def duration(self) -> timedelta:
        """From the job's creation to its end, or until now."""
        return (self.phases[-1].end or self.at) - self.phases[0].start

    def __str__(self) -> str:
        return timeline_in_words(self)


def phases(job: TrainingJob, at_ms: int) -> tuple[Phase, ...]:
    """The phases until that instant."""
    seen = Seen(job, at_ms)
    found = []
    for place, entry in enumerate(seen.entries):
        then = Seen(job, entry.start_ms, place + 1)
        end_ms = seen.end_of(place)
        found.append(
            Phase(
                entry.status,
                seen.primary_status if end_ms is None else then.primary_status,
                instant_of(entry.start_ms),
                None if end_ms is None else instant_of(end_ms),
                seen.message_of(place),
            )
        )
    return tuple(found)


def timeline(job: TrainingJob, at_ms: int) -> Timeline:
    """The timeline at that instant."""
    spans = []
    for attempt in job.history.attempts:
        if attempt.granted_ms > at_ms:
            continue
        released = attempt.released_ms
        if released is not None and released > at_ms:
            released = None
        for host, after_ms in enumerate(attempt.ready_after_ms, 1):
            ready_ms = attempt.granted_ms + after_ms
            gone_ms = at_ms if released is None else released
            spans.append(
                InstanceSpan(
                    host,
                    attempt.number,
                    instant_of(attempt.granted_ms),
                    instant_of(ready_ms) if ready_ms <= gone_ms else None,
                    None if released is None else instant_of(released),
                    attempt.zone,
                )
            )
    return Timeline(job.name, instant_of(at_ms), phases(job, at_ms), tuple(spans))
