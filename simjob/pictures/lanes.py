"""The lives of jobs as spans of statuses: from jobs of a simulation, or from a transition log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from simjob.jobs import Job
from simjob.pictures.picture import PictureError
from simjob.spec.statuses import TERMINAL, SecondaryStatus


@attrs.frozen
class Span:
    """So long in one status, in seconds from the beginning of the picture."""

    status: str
    start_seconds: float
    end_seconds: float


@attrs.frozen
class Lane:
    """The life of one job: its spans in order, and how it ended (None: it still runs)."""

    name: str
    spans: tuple[Span, ...]
    end: str | None

    @property
    def start_seconds(self) -> float:
        """When the job was created."""
        return self.spans[0].start_seconds

    @property
    def end_seconds(self) -> float:
        """When it ended, or how far it is known."""
        return self.spans[-1].end_seconds

    @property
    def restarts_seconds(self) -> tuple[float, ...]:
        """When it was launched again: after an interruption, or by RetryStrategy."""
        return tuple(
            span.start_seconds for span in self.spans[1:] if span.status == SecondaryStatus.Starting
        )


def lanes_of_jobs(jobs: Iterable[Job], start: datetime | None = None) -> tuple[Lane, ...]:
    """The lanes of a simulation's jobs, in the order of their creation.

    Args:
        jobs: such as `sim.jobs.values()`.
        start: what counts as second 0; by default the creation of the first job.
    """
    timelines = [(job, job.timeline) for job in jobs]
    if not timelines:
        return ()
    born = min(seen.phases[0].start for _, seen in timelines) if start is None else start
    lanes = []
    for job, seen in timelines:
        spans = tuple(
            Span(
                phase.status.value,
                (phase.start - born).total_seconds(),
                ((phase.end or seen.at) - born).total_seconds(),
            )
            for phase in seen.phases
            if phase.status not in TERMINAL
        )
        lanes.append(Lane(job.name, spans, job.secondary_status.value if job.ended else None))
    return _by_arrival(lanes)


def lanes_of_log(
    transitions: Mapping[str, Sequence[object]], until_seconds: float | None = None
) -> tuple[Lane, ...]:
    """The lanes of a transition log, in the order of their creation.

    Args:
        transitions: the columns training_job_name, at_seconds and secondary_status, a row for each
            transition, those of one job in order of time.
        until_seconds: how far a job that has not ended is known; by default to the last row.
    """
    changes: dict[str, list[tuple[float, str]]] = {}
    for name, at_seconds, status in zip(
        transitions["training_job_name"],
        transitions["at_seconds"],
        transitions["secondary_status"],
        strict=True,
    ):
        changes.setdefault(str(name), []).append((seconds(at_seconds), str(status)))
    if not changes:
        return ()
    last = max(rows[-1][0] for rows in changes.values())
    until = last if until_seconds is None else max(last, until_seconds)
    lanes = []
    for name, rows in changes.items():
        ended = rows[-1][1] in TERMINAL
        ends = [at for at, _ in rows[1:]] + [rows[-1][0] if ended else until]
        spans = tuple(
            Span(status, at, end)
            for (at, status), end in zip(rows, ends, strict=True)
            if status not in TERMINAL
        )
        lanes.append(Lane(name, spans, rows[-1][1] if ended else None))
    return _by_arrival(lanes)


def seconds(value: object) -> float:
    """A cell of a column of seconds.

    Raises:
        PictureError: it is no number.
    """
    if not isinstance(value, int | float):
        raise PictureError(f"a time must be a number of seconds, is {value!r}")
    return value


def _by_arrival(lanes: list[Lane]) -> tuple[Lane, ...]:
    return tuple(sorted(lanes, key=lambda lane: lane.start_seconds))
