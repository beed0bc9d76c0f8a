"""Warm pools: instances that stay when their job has ended, for the next job that is like it.

A pool is `Available` for the keep-alive period of the job that left it; the first job that matches
takes the one that was left first, and needs neither launch nor preparation. Meanwhile it holds on
to its part of a finite capacity. *Documented* are the members that must match, the states, and
that a deleted job has no pool that is available; *recorded* that a job on a warm pool was in
Training 16 s after its creation (2022-12), for which data and image are fetched here as ever;
*inferred* that a job which already waits for capacity may take a pool, too.
"""

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

import attrs

from simjob.engine.kernel import Deadline

if TYPE_CHECKING:
    from simjob.engine.clock import Clock
    from simjob.engine.fleet import Claim, Fleet
    from simjob.engine.job import TrainingJob


@attrs.define(slots=True, eq=False)
class Warmth:
    """What there is to tell of one job and warm pools: dated facts, in milliseconds.

    Attributes:
        took: the name of the job whose instances it took over last.
        fresh: whether it took them over and has not begun an attempt on them yet.
        since_ms: when it left its own instances as a pool.
        until_ms: when that pool is over by itself.
        over_ms: when it was over, or taken by another job.
        taken_by: the name of that job.
    """

    took: str | None = None
    fresh: bool = False
    since_ms: int | None = None
    until_ms: int = 0
    over_ms: int | None = None
    taken_by: str | None = None

    @property
    def available(self) -> bool:
        """Whether there is a pool that another job may take."""
        return self.since_ms is not None and self.over_ms is None


@attrs.frozen(slots=True, eq=False)
class WarmPool:
    """The instances that a job has left; `claim` is its part of a finite capacity."""

    job: "TrainingJob"
    warmth: Warmth
    claim: "Claim | None"


class WarmPools:
    """All pools of one account and region that are available."""

    def __init__(self, clock: "Clock", fleet: "Fleet") -> None:
        self._clock = clock
        self._fleet = fleet
        self.available: list[WarmPool] = []
        clock.reliefs.append(self._awaited)

    def keep(self, job: "TrainingJob", claim: "Claim | None", period_ms: int) -> WarmPool:
        """Keep the instances of a job that ends now."""
        warmth = job.warmth = job.warmth or Warmth()
        warmth.since_ms = self._clock.now_ms
        pool = WarmPool(job, warmth, claim)
        self.available.append(pool)
        self.set_period(job, period_ms)
        return pool

    def offer(self, pool: WarmPool) -> None:
        """Give a new pool to the first job that matches, of those that wait for its capacity."""
        if pool.claim is None:
            return
        key = _key(pool.job)
        for waiting in pool.claim.pool.waiting:
            life = waiting.job.life
            if life is not None and _key(waiting.job) == key:
                self._leave(pool, waiting.job)
                self._fleet.hand_over(pool.claim, waiting)
                return

    def take(self, job: "TrainingJob") -> WarmPool | None:
        """The pool that a job takes over now, if one matches."""
        key = _key(job)
        for pool in self.available:
            if _key(pool.job) == key:
                self._leave(pool, job)
                return pool
        return None

    def set_period(self, job: "TrainingJob", period_ms: int) -> None:
        """Let the pool of a job be over so long after the job's end; now, if that is past."""
        for pool in self.available:
            warmth = pool.warmth
            if pool.job is job and warmth.since_ms is not None:
                warmth.until_ms = max(self._clock.now_ms, warmth.since_ms + period_ms)
                if warmth.until_ms == self._clock.now_ms:
                    self._expire(pool)
                else:
                    Deadline(self._clock.env, warmth.until_ms, partial(self._expire, pool))
                return

    def _expire(self, pool: WarmPool, _: object = None) -> None:
        """Terminate a pool whose time is over, unless it was taken, or got more time, meanwhile."""
        now_ms = self._clock.now_ms
        if pool.warmth.over_ms is None and pool.warmth.until_ms <= now_ms:
            pool.warmth.over_ms = now_ms
            self.available.remove(pool)
            if pool.claim is not None:
                self._fleet.give_back(pool.claim)

    def _leave(self, pool: WarmPool, job: "TrainingJob") -> None:
        """A job takes over a pool now."""
        job.warmth = job.warmth or Warmth()
        job.warmth.took, job.warmth.fresh = pool.job.name, True
        now_ms = self._clock.now_ms
        pool.warmth.over_ms = now_ms
        pool.warmth.taken_by = job.name
        self.available.remove(pool)
        reused = pool.job.edition.messages.reused
        pool.job.history.update(now_ms, ((0, f"{reused}{job.name}"),))

    def _awaited(self) -> bool:
        """Whether somebody waits for capacity that a pool will give back."""
        return any(pool.claim is not None and pool.claim.pool.waiting for pool in self.available)


def _key(job: "TrainingJob") -> Hashable:
    """What must be the same for a job to take over the instances of another."""
    request = job.request
    resources = request.ResourceConfig
    return (
        request.RoleArn,
        job.asked.instance_type,
        job.asked.instance_count,
        resources and resources.VolumeSizeInGB,
        resources and resources.VolumeKmsKeyId,
        request.VpcConfig,
        request.EnableInterContainerTrafficEncryption,
        request.EnableNetworkIsolation,
        job.asked.spot,
    )
