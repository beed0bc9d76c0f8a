"""Spending: when jobs have cost so many dollars.

Nothing tells when a bill reaches a sum, but no job can spend faster than its rate. So the bills are
looked at when the sum can be reached at the earliest, and again until it is: never late by more
than the second that bills are counted in. A job spends until it has ended, and its warm pool is
over.
"""

from collections.abc import Callable
from math import ceil

from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.views.bill import bill, most_dollars_per_hour
from simjob.views.warm import has_warm_pool, warm_until_ms

_HOUR_MS = 3_600_000
_SECOND_MS = 1000


class Meter:
    """Calls `reached` once, when the jobs that were added have cost `limit` dollars together.

    Without a limit it does nothing.
    """

    def __init__(self, engine: Engine, limit: float | None, reached: Callable[[], object]) -> None:
        self._engine = engine
        self._limit = limit
        self._reached = reached
        self._spent = 0.0
        self._jobs: dict[str, TrainingJob] = {}
        self._due_ms: int | None = None

    def add(self, job: TrainingJob) -> None:
        """One more job spends from now on."""
        if self._limit is not None:
            self._jobs[job.name] = job
            self._look()

    def ended(self, job: TrainingJob) -> None:
        """A job that was added has ended: it spends no more, or its warm pool does."""
        if has_warm_pool(job):
            self._look()
        elif self._jobs.pop(job.name, None) is not None:
            self._spent += bill(job, self._engine.now_ms).dollars or 0.0

    def _look(self) -> None:
        """Look at the bills, and say when to look again."""
        if self._limit is None:
            return
        now_ms = self._engine.now_ms
        dollars_per_hour, pools_until_ms = 0.0, 0
        left = self._limit - self._spent
        for job in tuple(self._jobs.values()):
            dollars = bill(job, now_ms).dollars or 0.0
            left -= dollars
            if has_warm_pool(job):
                pools_until_ms = max(pools_until_ms, warm_until_ms(job))
            elif job.history.ended:
                del self._jobs[job.name]
                self._spent += dollars
                continue
            dollars_per_hour += most_dollars_per_hour(job)
        if left <= 0:
            self._limit = None
            self._jobs.clear()
            self._reached()
        elif dollars_per_hour:
            wait_ms = max(_SECOND_MS, ceil(left / dollars_per_hour * _HOUR_MS))
            self._due_ms = now_ms + wait_ms
            if pools_until_ms:
                # All jobs may have ended, and the clock would not go on by itself.
                self._due_ms = min(self._due_ms, pools_until_ms)
                self._engine.clock.call_at(self._due_ms, self._due)
            else:
                self._engine.clock.remind_at(self._due_ms, self._due)

    def _due(self) -> None:
        if self._engine.now_ms == self._due_ms:
            self._look()
