"""One replication of a plan: carried out once, with one seed, it gives rows.

A replication is a function of the plan and the seed alone. What the columns mean stands in `rows`,
how the plan is carried out in `conductor`.
"""

from typing import TYPE_CHECKING

import attrs

from simjob.engine.clock import epoch_ms
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import SecondaryStatus
from simjob.views.bill import bill
from simjob.views.seen import Seen
from simjob.whatif.conductor import Conductor, Done
from simjob.whatif.plan import Plan
from simjob.whatif.rows import JOB_COLUMNS, TRANSITION_COLUMNS, empty

if TYPE_CHECKING:
    from simjob.engine.history import Attempt

_S = SecondaryStatus
_STARTING = frozenset({_S.Starting, _S.Pending, _S.LaunchingMLInstances, _S.PreparingTrainingStack})
_DOWNLOADING = frozenset({_S.Downloading, _S.DownloadingTrainingImage})
_OTHERS = (_S.Training, _S.Uploading, _S.Stopping, _S.Interrupted)
_NOTHING = (0.0,) * 7 + (0, 0, 0.0, 0.0, 0.0, False)

Columns = dict[str, list[object]]


@attrs.frozen
class Replication:
    """What became of a plan, once.

    Attributes:
        seed: of all its luck.
        jobs: a row for each training job, in the order of their ends; by column.
        transitions: a row for each transition, job by job; empty where they were not asked for.
        end_seconds: when the last job ended, in seconds after the start of the world.
    """

    seed: int
    jobs: Columns
    transitions: Columns
    end_seconds: float


def replicate(plan: Plan, seed: int = 0, *, transitions: bool = False) -> Replication:
    """Carry a plan out once.

    Args:
        plan: what is to be done.
        seed: any whole number; the same plan and seed give the same rows.
        transitions: whether to keep the transitions, too.

    >>> from simjob.whatif import plan_from_dict
    >>> plan = plan_from_dict({"jobs": {"train": {"instance_type": "ml.m5.xlarge"}}})
    >>> replicate(plan, 7).jobs["secondary_status"]
    ['Completed']
    """
    return _Rows(plan, seed, transitions=transitions).replication()


class _Rows:
    """Makes rows of what the conductor hands over."""

    def __init__(self, plan: Plan, seed: int, *, transitions: bool) -> None:
        self._seed = seed
        self._start_ms = epoch_ms(plan.world.start)
        self._jobs = empty(JOB_COLUMNS)
        self._add = [column.append for column in self._jobs.values()]
        self._transitions = empty(TRANSITION_COLUMNS)
        self._wanted = transitions
        self._end_ms = self._start_ms
        self._conductor = Conductor(plan, seed, self._done)

    def replication(self) -> Replication:
        self._conductor.run()
        end_seconds = self._seconds(self._end_ms)
        return Replication(self._seed, self._jobs, self._transitions, end_seconds)

    def _seconds(self, at_ms: int) -> float:
        return (at_ms - self._start_ms) / 1000

    def _done(self, done: Done) -> None:
        work = done.work
        resources = done.request.ResourceConfig
        head = (
            work.job,
            work.number,
            max(work.tries, 1),
            done.name,
            resources.InstanceType if resources else None,
            resources.InstanceCount if resources else None,
            bool(done.request.EnableManagedSpotTraining),
            self._seconds(work.arrived_ms),
        )
        if done.job is None:
            at_seconds = self._seconds(done.at_ms)
            fate: tuple[object, ...] = (at_seconds, None, at_seconds, done.status, "", done.failure)
            rest: tuple[object, ...] = _NOTHING
        else:
            self._end_ms = max(self._end_ms, done.at_ms)
            fate = self._fate(done.job, done.at_ms)
            rest = (*_times(done.job, done.at_ms), *_costs(done.job, done.at_ms))
            if self._wanted:
                self._log(done, done.job)
        for add, value in zip(self._add, (*head, *fate, *rest, done.last), strict=True):
            add(value)

    def _fate(self, job: TrainingJob, at_ms: int) -> tuple[object, ...]:
        """How far a job came: created, started, ended, and in which status, and why."""
        seen = Seen(job, at_ms)
        started_ms = seen.training_start_ms
        return (
            self._seconds(job.created_ms),
            None if started_ms is None else self._seconds(started_ms),
            self._seconds(at_ms) if seen.ended else None,
            seen.primary_status.value,
            seen.secondary_status.value,
            job.history.failure or "",
        )

    def _log(self, done: Done, job: TrainingJob) -> None:
        """Every transition of a job."""
        work = done.work
        entries = Seen(job, done.at_ms).entries
        for place, entry in enumerate(entries):
            seen = Seen(job, entry.start_ms, place + 1)
            row = (
                work.job,
                work.number,
                max(work.tries, 1),
                done.name,
                self._seconds(entry.start_ms),
                seen.primary_status.value,
                entry.status.value,
                seen.message_of(place),
            )
            for column, value in zip(self._transitions.values(), row, strict=True):
                column.append(value)


def _times(job: TrainingJob, at_ms: int) -> tuple[object, ...]:
    """The time in each status, in seconds, and how often the job was started again."""
    seen = Seen(job, at_ms)
    spans_ms: dict[SecondaryStatus, int] = {}
    attempts = iter(job.history.attempts)
    waiting_ms, before = 0, None
    for place, entry in enumerate(seen.entries):
        end_ms = seen.end_of(place)
        span_ms = (at_ms if end_ms is None else end_ms) - entry.start_ms
        spans_ms[entry.status] = spans_ms.get(entry.status, 0) + span_ms
        if entry.status in _STARTING:
            if before not in _STARTING:
                attempt: Attempt | None = next(attempts, None)
            # Until the grant of the instances, or as long as there is none.
            granted_ms = at_ms if attempt is None else attempt.granted_ms
            waiting_ms += max(0, min(granted_ms - entry.start_ms, span_ms))
        before = entry.status
    starting_ms = sum([spans_ms.get(status, 0) for status in _STARTING])
    downloading_ms = sum([spans_ms.get(status, 0) for status in _DOWNLOADING])
    others_ms = [spans_ms.get(status, 0) for status in _OTHERS]
    times_ms = (waiting_ms, starting_ms - waiting_ms, downloading_ms, *others_ms)
    restarts = max(0, len(job.history.attempts) - 1)
    return (*[span_ms / 1000 for span_ms in times_ms], restarts)


def _costs(job: TrainingJob, at_ms: int) -> tuple[object, ...]:
    """What a job was billed, and what of it was wasted."""
    costs = bill(job, at_ms)
    return (
        costs.billable_seconds,
        costs.dollars,
        costs.wasted_dollars,
        costs.lost_seconds,
        costs.estimated,
    )
