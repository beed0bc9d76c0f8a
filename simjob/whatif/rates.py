"""The rates that a plan's jobs are charged by: which are estimates, and which are not known.

What an hour costs stands in `world.prices`, what a job owes in the bill.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from simjob.whatif.plan import Plan, PlannedJob
from simjob.whatif.requests import requests
from simjob.world import World
from simjob.world.checks import key
from simjob.world.prices import on_demand, spot_discount

Bought = tuple[str, bool]
"""An instance type, and whether it is spot."""
_NO_SPEND: Final = "a spend cannot be told; world.prices may say a rate"


@frozen
class Rates:
    """What is to be known of rates: instance types, in alphabetical order.

    Attributes:
        unknown: those of which no rate is known, and so no bill.
        estimated: those whose rate on demand is an estimate.
        discounts: those whose rate is known, and the discount of spot training an estimate.
    """

    unknown: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    discounts: tuple[str, ...] = ()

    @classmethod
    def of(cls, world: World, bought: Iterable[Bought]) -> "Rates":
        """The rates of what is bought in a world.

        >>> Rates.of(World(), [("ml.g6.xlarge", False), ("ml.p3.2xlarge", True)])
        Rates(unknown=(), estimated=('ml.g6.xlarge',), discounts=('ml.p3.2xlarge',))
        """
        unknown, estimated, discounts = set(), set(), set()
        for name, spot in bought:
            rate = on_demand(world, name)
            if rate is None:
                unknown.add(name)
                continue
            if rate.estimated:
                estimated.add(name)
            if spot and spot_discount(world, name).estimated:
                discounts.add(name)
        return cls(*(tuple(sorted(names)) for names in (unknown, estimated, discounts)))

    @classmethod
    def of_plan(cls, plan: Plan) -> "Rates":
        """The rates of everything that a plan may buy."""
        return cls.of(plan.world, _bought(plan.jobs.items(), plan.world))

    @classmethod
    def joined(cls, several: Iterable["Rates"]) -> "Rates":
        """What is to be known of any of several."""
        rows = list(several)
        return cls(
            *(
                tuple(sorted({name for each in rows for name in getattr(each, what)}))
                for what in ("unknown", "estimated", "discounts")
            )
        )

    @property
    def warnings(self) -> Iterator[str]:
        """A sentence for each kind there is.

        >>> for words in Rates(("ml.trn2.48xlarge",), ("ml.g6.xlarge", "ml.g6.2xlarge")).warnings:
        ...     print(words)
        No rate is known for ml.trn2.48xlarge, and so no bill.
        The rates of ml.g6.xlarge, ml.g6.2xlarge are estimated.
        """
        if self.unknown:
            yield f"No rate is known for {', '.join(self.unknown)}, and so no bill."
        for what, names in (("rate", self.estimated), ("spot discount", self.discounts)):
            if names:
                several = len(names) > 1
                yield (
                    f"The {what}{'s' if several else ''} of {', '.join(names)}"
                    f" {'are' if several else 'is'} estimated."
                )


def unmetered(plan: Plan) -> Iterator[str]:
    """Stops at a spend that no bill tells, for a type has no known rate: each with its path."""
    unknown: set[str] = set()
    for name, job in plan.jobs.items():
        own = Rates.of(plan.world, _bought([(name, job)], plan.world)).unknown
        unknown.update(own)
        if own and job.stop.at_dollars is not None:
            path = f"jobs.{key(name)}.stop.at_dollars"
            yield f"{path}: no rate is known for {', '.join(own)}: {_NO_SPEND}"
    if unknown and plan.stop.at_dollars is not None:
        names = ", ".join(sorted(unknown))
        yield f"stop.at_dollars: no rate is known for {names}: {_NO_SPEND}"


def _bought(jobs: Iterable[tuple[str, PlannedJob]], world: World) -> Iterator[Bought]:
    """What the jobs ask for, in their first tries and in their fallbacks."""
    for name, job in jobs:
        for request in requests(name, job, world):
            kind = request["ResourceConfig"].get("InstanceType")
            if kind is not None:
                yield kind, bool(request.get("EnableManagedSpotTraining"))
