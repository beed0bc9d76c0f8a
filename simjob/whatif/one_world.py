"""Two simulations of one world, such as two branches of one, job by job: differences only.

One world has no intervals, and needs no extra. Many worlds are compared in `comparison`.
"""

from datetime import datetime, timedelta

from attrs import frozen

from simjob.simulation import Simulation
from simjob.views.words import span


class ComparisonError(ValueError):
    """What cannot be compared, and why."""


@frozen
class Outcome:
    """What became of one job.

    Attributes:
        status: its SecondaryStatus.
        ended: when it ended; None if it still runs.
        dollars: its bill so far; None where no rate is known.
    """

    status: str
    ended: datetime | None
    dollars: float | None


@frozen
class JobDifference:
    """One job in both simulations; None where it does not exist."""

    job_name: str
    a: Outcome | None
    b: Outcome | None

    @property
    def dollars(self) -> float | None:
        """How much more it costs in B; a job that does not exist costs nothing."""
        ours = self.a.dollars if self.a else 0.0
        its = self.b.dollars if self.b else 0.0
        return None if ours is None or its is None else its - ours

    @property
    def later(self) -> timedelta | None:
        """How much later it ends in B; None unless it ends in both."""
        if self.a is None or self.b is None or self.a.ended is None or self.b.ended is None:
            return None
        return self.b.ended - self.a.ended

    @property
    def same(self) -> bool:
        """Whether it makes no difference."""
        return self.a == self.b


@frozen
class WorldComparison:
    """Two simulations of one world, job by job; `str` of it is a table of what differs.

    Attributes:
        names: what the two are called.
        jobs: every job of either, in order of its creation in A, then those of B alone.
    """

    names: tuple[str, str]
    jobs: tuple[JobDifference, ...]

    def __getitem__(self, job_name: str) -> JobDifference:
        """The difference of one job.

        Raises:
            KeyError: neither has such a job.
        """
        for each in self.jobs:
            if each.job_name == job_name:
                return each
        raise KeyError(job_name)

    @property
    def dollars(self) -> float | None:
        """How much more B costs in all; None where a rate is not known."""
        known = [each.dollars for each in self.jobs]
        return None if None in known else sum(each or 0.0 for each in known)

    @property
    def later(self) -> timedelta | None:
        """How much later the last job ends in B; None unless all end in both."""
        last = [
            max((each.ended for each in side if each.ended), default=None)
            for side in self._sides
            if all(each.ended for each in side)
        ]
        if len(last) < 2 or last[0] is None or last[1] is None:
            return None
        return last[1] - last[0]

    @property
    def _sides(self) -> tuple[list[Outcome], list[Outcome]]:
        return [each.a for each in self.jobs if each.a], [each.b for each in self.jobs if each.b]

    def __str__(self) -> str:
        a, b = self.names
        lines = [f"{b} against {a}, one world: {_money(self.dollars)}, ends {_time(self.later)}"]
        different = [each for each in self.jobs if not each.same]
        for each in different:
            ours = each.a.status if each.a else "no such job"
            its = each.b.status if each.b else "no such job"
            what = its if ours == its else f"{ours} > {its}"
            time = "" if each.later is None else f", ends {_time(each.later)}"
            lines.append(f"  {each.job_name}: {what}, {_money(each.dollars)}{time}")
        same = len(self.jobs) - len(different)
        if same:
            lines.append(f"  {same:,} {'job is' if same == 1 else 'jobs are'} the same in both")
        return "\n".join(lines)


def compare_simulations(
    a: Simulation, b: Simulation, *, names: tuple[str, str] = ("A", "B")
) -> WorldComparison:
    """Compare two simulations of one world at their present instants, job by job.

    Args:
        a: a simulation, usually run to its end.
        b: the other, such as a branch of it in which another decision was taken.
        names: what to call them.

    Raises:
        ComparisonError: they differ in seed or start, and so are not of one world.
    """
    if a.seed != b.seed:
        raise ComparisonError(f"not of one world: the seeds are {a.seed} and {b.seed}")
    if a.world.start != b.world.start:
        raise ComparisonError(
            f"not of one world: one starts at {a.world.start}, the other at {b.world.start}"
        )
    ours, theirs = _outcomes(a), _outcomes(b)
    names_of_jobs = [*ours, *(name for name in theirs if name not in ours)]
    return WorldComparison(
        names,
        tuple(JobDifference(name, ours.get(name), theirs.get(name)) for name in names_of_jobs),
    )


def _outcomes(sim: Simulation) -> dict[str, Outcome]:
    """What became of each job; of several of one name, of the last, with the bills of all."""
    found: dict[str, Outcome] = {}
    for job in (*sim.deleted, *sim.jobs.values()):
        earlier = found.get(job.name)
        dollars = job.bill.dollars
        if earlier is not None:
            known = dollars is not None and earlier.dollars is not None
            dollars = (dollars or 0.0) + (earlier.dollars or 0.0) if known else None
        ended = job.history[-1].start if job.ended else None
        found[job.name] = Outcome(job.secondary_status.value, ended, dollars)
    return found


def _money(dollars: float | None) -> str:
    if dollars is None:
        return "dollars unknown"
    if round(dollars, 2) == 0:
        return "costs the same"
    return f"costs ${abs(dollars):,.2f} {'more' if dollars > 0 else 'less'}"


def _time(later: timedelta | None) -> str:
    if later is None:
        return "not in both"
    if not later:
        return "at the same time"
    return f"{span(abs(later))} {'later' if later > timedelta(0) else 'earlier'}"
