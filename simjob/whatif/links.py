"""What waits for what in a plan, arrival by arrival.

A job that waits for others waits number by number: its third arrival for their third. Where one of
them arrives only once, all arrivals wait for that. A job without arrivals of its own arrives when
those have ended that it waits for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

from simjob.whatif.plan import Plan

Batch = tuple[str, int]
"""One arrival of a job of the plan, in all its copies."""


class Links:
    """Who waits for whom, as the plan says it: the same in every replication.

    Attributes:
        needs: of each job, after those that it waits for, how many things each arrival waits for:
            its own coming, and the same number of others.
        once: the jobs that all arrivals of a job wait for, for they arrive only once.
        followers: the jobs that wait for a job.
        copies: of each job.
        fatal: the jobs after whose success a job starts.
    """

    def __init__(self, plan: Plan) -> None:
        self._jobs = plan.jobs
        self._single: dict[str, bool] = {}
        self.needs: dict[str, int] = {}
        self.once: dict[str, frozenset[str]] = {}
        self.followers: dict[str, list[str]] = defaultdict(list)
        self.copies = {name: job.copies for name, job in plan.jobs.items()}
        self.fatal = {name: job.after_success for name, job in plan.jobs.items()}
        order = TopologicalSorter({name: job.waits_for for name, job in plan.jobs.items()})
        for name in order.static_order():
            self._link(name)

    def arrives(self, name: str) -> bool:
        """Whether a job has arrivals of its own."""
        job = self._jobs[name]
        return job.arrivals is not None or not job.waits_for

    def _link(self, name: str) -> None:
        job = self._jobs[name]
        before = dict.fromkeys(job.waits_for)
        if job.arrivals is not None or not before:
            self._single[name] = job.arrivals is None or job.arrivals.single
        else:
            self._single[name] = all(self._single[other] for other in before)
        once = {} if self._single[name] else {each for each in before if self._single[each]}
        self.once[name] = frozenset(once)
        self.needs[name] = self.arrives(name) + len(before) - len(once)
        for other in before:
            self.followers[other].append(name)


class Waits:
    """Which arrivals may start, as others end, in one replication.

    >>> from simjob.whatif import plan_from_dict
    >>> jobs = {"a": {"instance_type": "ml.m5.large"}}
    >>> jobs["b"] = {"instance_type": "ml.m5.large", "after": ["a"]}
    >>> waits = Waits(Links(plan_from_dict({"jobs": jobs})))
    >>> waits.arrived("a", 0), list(waits.ended("a", 0, completed=True))
    (True, [('b', 0)])
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._once = {name: set(others) for name, others in links.once.items() if others}
        self._came: dict[str, int] = {}
        self._missing: dict[str, dict[int, int]] = defaultdict(dict)
        self._held: dict[str, list[Batch]] = defaultdict(list)
        self._left: dict[Batch, int] = {}
        self._failed: dict[Batch, str] = {}
        self._doomed: dict[str, str] = {}

    def arrived(self, name: str, number: int) -> bool:
        """A job has arrived by itself, in the order of its numbers; whether it may start now."""
        self._came[name] = number + 1
        return self._met((name, number))

    def ended(self, name: str, number: int, *, completed: bool) -> Iterable[Batch]:
        """What may start now that one more copy of a batch has ended."""
        followers = self._links.followers.get(name)
        return self._freed(name, number, followers, completed=completed) if followers else ()

    def _freed(
        self, name: str, number: int, followers: list[str], *, completed: bool
    ) -> Iterator[Batch]:
        """The same where others wait for it."""
        batch = name, number
        if not completed:
            self._failed[batch] = name
        left = self._left.pop(batch, self._links.copies[name]) - 1
        if left:
            self._left[batch] = left
            return
        failed = self._failed.pop(batch, None) is not None
        for follower in followers:
            fatal = failed and name in self._links.fatal[follower]
            once = self._once.get(follower)
            if once and name in once:
                if fatal:
                    self._doomed[follower] = name
                once.remove(name)
                if not once:
                    yield from self._held.pop(follower, ())
            else:
                if fatal:
                    self._failed[follower, number] = name
                if self._met((follower, number)):
                    yield follower, number

    def obstacle(self, batch: Batch) -> str:
        """The job that should have completed before a batch that may start now, and has not."""
        if not (self._failed or self._doomed):
            return ""
        return self._failed.pop(batch, "") or self._doomed.get(batch[0], "")

    def left(self) -> Iterator[Batch]:
        """Give up: the batches that are wanted, but for which not all is there that they wait for.

        Each comes after those that it waits for. Before the next one is taken, all of its copies
        may be told to have ended.
        """
        for name in self._links.needs:
            missing = self._missing.pop(name, {})
            if self._links.arrives(name):
                came = self._came.get(name, 0)
                missing = {number: left for number, left in missing.items() if number < came}
            yield from [(name, number) for number in missing]
            yield from self._held.pop(name, ())

    def _met(self, batch: Batch) -> bool:
        """One thing more is there that a batch waits for; whether it may start now."""
        name, number = batch
        needs, once = self._links.needs[name], self._once.get(name)
        if needs == 1 and not once:
            return True
        missing = self._missing[name]
        left = missing.pop(number, needs) - 1
        if left:
            missing[number] = left
            return False
        if once:
            self._held[name].append(batch)
            return False
        return True
