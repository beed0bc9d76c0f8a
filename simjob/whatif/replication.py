"""One replication of a plan: carried out once, with one seed, it gives rows.

A replication is a function of the plan and the seed alone. What the columns mean stands in `rows`,
how the plan is carried out in `conductor`.
"""

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.views.bill import Tariff, dollars_of
from simjob.views.seen import Seen
from simjob.views.spending import Phases, went
from simjob.views.warm import left_warm, warm_until_ms
from simjob.whatif.conductor import Conductor, Done
from simjob.whatif.plan import Plan
from simjob.whatif.prepared import Prepared
from simjob.whatif.rows import JOB_COLUMNS, TRANSITION_COLUMNS, Columns, Row, empty, extend

_SPELT = {each: each.value for each in (*PrimaryStatus, *SecondaryStatus)}
"""The statuses as plain text; to ask an Enum for its value costs a frame."""
_MANY = 64
"""So many rows are made at a time, which takes two thirds of the time that each alone would."""
_NOTHING = (0.0,) * 7 + (0, 0) + (0.0,) * 7 + (False,)


@attrs.frozen
class Replication:
    """What became of a plan, once.

    Attributes:
        seed: of all its luck.
        jobs: a row for each training job, in the order of their ends, those that left a warm pool
            last; by column.
        transitions: a row for each transition, job by job; empty where they were not asked for.
        end_seconds: when the last job ended, in seconds after the start of the world.
    """

    seed: int
    jobs: Columns
    transitions: Columns
    end_seconds: float


def replicate(plan: Plan | Prepared, seed: int = 0, *, transitions: bool = False) -> Replication:
    """Carry a plan out once.

    Args:
        plan: what is to be done; where it is done many times, a `Prepared` of it spares time.
        seed: any whole number; the same plan and seed give the same rows.
        transitions: whether to keep the transitions, too.

    >>> from simjob.whatif import plan_from_dict
    >>> plan = plan_from_dict({"jobs": {"train": {"instance_type": "ml.m5.xlarge"}}})
    >>> replicate(plan, 7).jobs["secondary_status"]
    ['Completed']
    """
    prepared = plan if isinstance(plan, Prepared) else Prepared(plan)
    return _Rows(prepared, seed, transitions=transitions).replication()


class _Rows:
    """Makes rows of what the conductor hands over."""

    def __init__(self, prepared: Prepared, seed: int, *, transitions: bool) -> None:
        self._seed = seed
        self._start_ms = prepared.start_ms
        self._until_ms = prepared.until_ms
        self._over: list[Done] = []
        self._warm: list[Done] = []
        self._jobs = empty(JOB_COLUMNS)
        self._transitions = empty(TRANSITION_COLUMNS)
        self._wanted = transitions
        self._end_ms = self._start_ms
        self._tariffs = prepared.tariffs
        self._conductor = Conductor(prepared, seed, self._done)

    def replication(self) -> Replication:
        self._conductor.run()
        self._write()
        self._over = self._warm
        self._write()
        end_seconds = self._seconds(self._end_ms)
        return Replication(self._seed, self._jobs, self._transitions, end_seconds)

    def _seconds(self, at_ms: int) -> float:
        return (at_ms - self._start_ms) / 1000

    def _done(self, done: Done) -> None:
        if done.job is not None and left_warm(done.job):
            # What its instances cost after its end is known when all is over.
            self._warm.append(done)
            return
        self._over.append(done)
        if len(self._over) == _MANY:
            self._write()

    def _write(self) -> None:
        """Make rows of what is over."""
        extend(self._jobs, [self._row(done) for done in self._over])
        if self._wanted:
            for done in self._over:
                if done.job is not None:
                    extend(self._transitions, self._log(done, done.job))
        self._over.clear()

    def _row(self, done: Done) -> Row:
        work, attempt, name, job, request, status, failure, at_ms, last = done
        resources = request.ResourceConfig
        head = (
            work.job,
            work.number,
            attempt,
            name,
            resources.InstanceType if resources else None,
            resources.InstanceCount if resources else None,
            bool(request.EnableManagedSpotTraining),
            self._seconds(work.arrived_ms),
        )
        if job is None:
            at_seconds = self._seconds(at_ms)
            return (*head, at_seconds, None, at_seconds, status, "", failure, *_NOTHING, last)
        self._end_ms = max(self._end_ms, at_ms)
        # All is known at the end of its warm pool, if it is in the plan's time.
        seen = Seen(job, min(warm_until_ms(job), self._until_ms) if left_warm(job) else at_ms)
        times, seconds = went(seen)
        if not last:
            seconds = seconds.begun_again()
        restarts = max(0, len(job.history.attempts) - 1)
        costs = _costs(seen, seconds, self._tariffs.of(job))
        start_ms, started_ms = self._start_ms, seen.training_start_ms
        return (
            *head,
            (job.created_ms - start_ms) / 1000,
            None if started_ms is None else (started_ms - start_ms) / 1000,
            (seen.entries[-1].start_ms - start_ms) / 1000 if seen.ended else None,
            _SPELT[seen.primary_status],
            _SPELT[seen.secondary_status],
            job.history.failure or "",
            *times,
            restarts,
            *costs,
            last,
        )

    def _log(self, done: Done, job: TrainingJob) -> list[Row]:
        """Every transition of a job."""
        work = done.work
        rows: list[Row] = []
        entries = Seen(job, done.at_ms).entries
        for place, entry in enumerate(entries):
            seen = Seen(job, entry.start_ms, place + 1)
            row = (
                work.job,
                work.number,
                done.attempt,
                done.name,
                self._seconds(entry.start_ms),
                seen.primary_status.value,
                entry.status.value,
                seen.message_of(place),
            )
            rows.append(row)
        return rows


def _costs(seen: Seen, seconds: Phases, tariff: Tariff) -> Row:
    """What a job was billed, and what of it was wasted by what (as `Bill.dollars_by_phase`)."""
    billable_seconds = seen.billable_seconds or 0
    dollars = dollars_of(seen, billable_seconds, seconds, tariff)
    wasted: Row = (None,) * 5
    if dollars is not None:
        total = seconds.total
        rate = dollars / total if total else 0.0
        downloads = (seconds.downloading + seconds.image_pull) * rate
        lost = (seconds.lost and seconds.lost * rate) if total else dollars
        stops = seconds.stop_window and seconds.stop_window * rate
        restarts = seconds.restarting and seconds.restarting * rate
        wasted = (downloads + lost + stops + restarts, downloads, lost, stops, restarts)
    return (billable_seconds, dollars, *wasted, seconds.lost, tariff.estimated)
