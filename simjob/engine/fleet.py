"""The instances: a pool for every type whose number is finite, spot and on-demand apart.

Claims are granted in the order of their arrival, each as a whole: a job gets all its instances at
one instant, and a small claim never overtakes a large one. A claim that can be met at once costs
no event.
"""

from collections import deque
from typing import TYPE_CHECKING

import simpy

from simjob.world import Capacity

if TYPE_CHECKING:
    from simjob.engine.job import TrainingJob


class Claim:
    """What one launch of a job asks of a pool; `granted` is there only while it has to wait."""

    __slots__ = ("count", "granted", "held", "job", "pool")

    def __init__(self, pool: "Pool", job: "TrainingJob") -> None:
        self.pool = pool
        self.job = job
        self.count = job.asked.instance_count
        self.held = False
        self.granted: simpy.Event | None = None


class Pool:
    """The instances of one type: how many there are and are in use, and who waits."""

    __slots__ = ("in_use", "size", "waiting")

    def __init__(self, size: int) -> None:
        self.size = size
        self.in_use = 0
        self.waiting: deque[Claim] = deque()

    def fits(self, count: int) -> bool:
        """Whether so many more instances are free."""
        return self.in_use + count <= self.size


class Fleet:
    """All finite pools of one account and region, made when they are first asked for."""

    def __init__(self, env: simpy.Environment, capacity: Capacity) -> None:
        self._env = env
        self._capacity = capacity
        self.pools: dict[tuple[str, bool], Pool] = {}

    def pool(self, instance_type: str, *, spot: bool) -> Pool:
        """The pool of a type of which there are only so many."""
        key = (instance_type, spot)
        pool = self.pools.get(key)
        if pool is None:
            sizes = self._capacity.spot if spot else self._capacity.on_demand
            pool = self.pools[key] = Pool(sizes[instance_type])
        return pool

    def claim(self, job: "TrainingJob") -> Claim | None:
        """Ask for a job's instances: the claim is `held` at once, or `granted` is to be awaited.

        None where there are instances without end: then there is nothing to hold and to give back.
        """
        sizes = self._capacity.spot if job.asked.spot else self._capacity.on_demand
        if job.asked.instance_type not in sizes:
            return None
        pool = self.pool(job.asked.instance_type, spot=job.asked.spot)
        claim = Claim(pool, job)
        if not pool.waiting and pool.fits(claim.count):
            claim.held = True
            pool.in_use += claim.count
        else:
            claim.granted = self._env.event()
            pool.waiting.append(claim)
        return claim

    @staticmethod
    def hand_over(claim: Claim, to: Claim) -> None:
        """Let a claim that waits have what another one of the same size holds."""
        claim.held = False
        to.held = True
        to.pool.waiting.remove(to)
        if to.granted is not None:
            to.granted.succeed()

    def give_back(self, claim: Claim) -> None:
        """Return what the claim holds, or withdraw it; those next in line are granted theirs."""
        pool = claim.pool
        if claim.held:
            claim.held = False
            pool.in_use -= claim.count
        elif claim in pool.waiting:
            pool.waiting.remove(claim)
        while pool.waiting and pool.fits(pool.waiting[0].count):
            following = pool.waiting.popleft()
            following.held = True
            pool.in_use += following.count
            if following.granted is not None:
                following.granted.succeed()
