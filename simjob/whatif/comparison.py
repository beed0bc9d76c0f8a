"""Comparing variations world by world: paired differences, and chances.

Two variations are paired by replication: the same number and the same seed are one world, so that
a difference is not luck. Which variations are on the Pareto front stands in `front`, how a
comparison is told in `comparison_report`, how two simulations of one world are compared in
`one_world`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from simjob.whatif.arms import Arm, Source, arms, naming_of
from simjob.whatif.estimates import Estimate, Share, estimate, share
from simjob.whatif.front import SAME, TIME, pareto_front
from simjob.whatif.measures import MEASURES
from simjob.whatif.one_world import ComparisonError
from simjob.whatif.rates import Rates
from simjob.whatif.results import Results
from simjob.whatif.work_done import DONE, WANTED, unfinished

END: Final = "makespan_seconds"
"""By what a world ends earlier than another."""


@frozen
class Difference:
    """One measure of a variation minus that of the base, world by world.

    Attributes:
        measure: its name.
        base: the mean of the base, over the worlds in which both are known.
        other: the same of the variation.
        mean: of the differences; None where no world has both.
        half_width: of its confidence interval (Student t); None for fewer than two worlds.
        n: in how many worlds both are known.
        left_out: in how many worlds one is not.
    """

    measure: str
    base: float | None
    other: float | None
    mean: float | None
    half_width: float | None
    n: int
    left_out: int

    @property
    def distinguishable(self) -> bool:
        """Whether the interval leaves out zero."""
        return (
            self.mean is not None
            and self.half_width is not None
            and abs(self.mean) > self.half_width
        )


@frozen
class Standing:
    """What is known of one variation by itself.

    Attributes:
        variation: its label.
        dollars: the bill.
        completion_seconds: from the arrival of a job to its end, in the mean over a world's jobs.
        makespan_seconds: from the first arrival to the last end.
        completed: how many works are Completed.
        wanted: how many the plan wants.
        deadline: in how many worlds it is met; None without one.
        budget: the same of the budget.
        front: whether no other variation is told to be better in dollars, completion time and
            completed works (see `pareto_front`).
    """

    variation: str
    dollars: Estimate
    completion_seconds: Estimate
    makespan_seconds: Estimate
    completed: Estimate
    wanted: Estimate
    deadline: Share | None
    budget: Share | None
    front: bool

    @property
    def unfinished(self) -> bool:
        """Whether some works are not Completed, in any world."""
        return unfinished(self.completed, self.wanted)


@frozen
class Pairing:
    """One variation against the base.

    Attributes:
        variation: its label.
        worlds: how many pairs there are.
        unpaired: how many replications of either have no partner.
        differences: of each measure that both have, by name.
        cheaper: in how many worlds it costs less, and completes no fewer works; None where no world
            has both bills.
        earlier: in how many worlds it ends earlier, and completes no fewer works; a plan that does
            not end ends later than one that does. None where neither ends in any.
    """

    variation: str
    worlds: int
    unpaired: int
    differences: Mapping[str, Difference]
    cheaper: Share | None
    earlier: Share | None


@frozen
class Comparison:
    """Variations against the first of them.

    `str` of it is the report, in lines of 80 characters where labels are short.

    Attributes:
        base: the label of the first.
        confidence: of all intervals.
        standings: each variation by itself, the base first.
        pairings: each of the others against the base.
        rates: what is to be known of the rates of any of them; of tables it is not told.
    """

    base: str
    confidence: float
    standings: tuple[Standing, ...]
    pairings: tuple[Pairing, ...]
    rates: Rates

    @property
    def front(self) -> tuple[str, ...]:
        """The labels on the Pareto front (`pareto_front`), the fastest first."""
        found = [each for each in self.standings if each.front]
        found.sort(key=lambda each: each.completion_seconds.mean or 0.0)
        return tuple(each.variation for each in found)

    def __str__(self) -> str:
        from simjob.whatif.comparison_report import as_text  # noqa: PLC0415 - it knows this file

        return as_text(self)


def compare(
    a: Source,
    b: Source | None = None,
    *,
    names: tuple[str, str] = ("A", "B"),
    confidence: float = 0.95,
) -> Comparison:
    """Compare all variations of `a`, and of `b`, with the first variation of `a`.

    Args:
        a: results of a sweep, or their table of measures.
        b: more of the same, of another plan.
        names: what to call the variations of either where there is only one, and what to put before
            their labels where there are more; without `b` the labels stand alone.
        confidence: of the intervals.

    Raises:
        ComparisonError: fewer than two variations, a table without the columns, a replication
            twice, seeds that differ, or no replication in common.
        ValueError: for a confidence that is not between 0 and 1.

    >>> worlds = {"variation": ["x"] * 3, "replication": [0, 1, 2], "seed": [7, 8, 9]}
    >>> found = compare({**worlds, "dollars": [5, 6, 7]}, {**worlds, "dollars": [4, 6, 5]})
    >>> found.pairings[0].differences["dollars"].mean, found.pairings[0].cheaper.count
    (-1.0, 2)
    """
    if b is None:
        found = arms(a, lambda label, _: label)
    else:
        first, second = names
        found = arms(a, naming_of(first)) + arms(b, naming_of(second))
    if len(found) < 2:
        raise ComparisonError("there is nothing to compare with: it has one variation only")
    labels = [arm.label for arm in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ComparisonError(f"two variations are called {label!r}: give them other names")
    pairings = tuple(_pairing(found[0], arm, confidence) for arm in found[1:])
    front = pareto_front(found, confidence)
    return Comparison(
        base=found[0].label,
        confidence=confidence,
        standings=tuple(_standing(arm, confidence, on_front=arm.label in front) for arm in found),
        pairings=pairings,
        rates=Rates.joined(each.facts.all_rates for each in (a, b) if isinstance(each, Results)),
    )


# Measures.


def _standing(arm: Arm, confidence: float, *, on_front: bool) -> Standing:
    def estimated(measure: str) -> Estimate:
        return estimate(list(arm.values.get(measure, {}).values()), confidence)

    def chance(measure: str) -> Share | None:
        met = arm.values.get(measure, {})
        return share(int(sum(met.values())), len(met), confidence) if met else None

    return Standing(
        arm.label,
        dollars=estimated("dollars"),
        completion_seconds=estimated(TIME),
        makespan_seconds=estimated(END),
        completed=estimated(DONE),
        wanted=estimated(WANTED),
        deadline=chance("deadline_met"),
        budget=chance("budget_met"),
        front=on_front,
    )


def _pairing(base: Arm, other: Arm, confidence: float) -> Pairing:
    worlds = sorted(base.seeds.keys() & other.seeds.keys())
    for world in worlds:
        if base.seeds[world] != other.seeds[world]:
            raise ComparisonError(
                f"{base.label!r} and {other.label!r} cannot be paired: replication {world} has the"
                f" seed {base.seeds[world]} in one and {other.seeds[world]} in the other; give both"
                " the same --seed"
            )
    if not worlds:
        raise ComparisonError(
            f"{base.label!r} and {other.label!r} have no replication in common, nothing is paired"
        )
    differences = {
        name: _difference(name, base, other, worlds, confidence)
        for name, *_ in MEASURES
        if base.values.get(name) and other.values.get(name)
    }
    return Pairing(
        other.label,
        worlds=len(worlds),
        unpaired=len(base.seeds.keys() ^ other.seeds.keys()),
        differences=differences,
        cheaper=_less("dollars", base, other, worlds, confidence, unknown=None),
        earlier=_less(END, base, other, worlds, confidence, unknown=float("inf")),
    )


def _difference(
    name: str, base: Arm, other: Arm, worlds: Sequence[int], confidence: float
) -> Difference:
    ours, theirs = base.values[name], other.values[name]
    both = [world for world in worlds if world in ours and world in theirs]
    found = estimate([_apart(theirs[each], ours[each]) for each in both], confidence)
    return Difference(
        name,
        base=estimate([ours[each] for each in both], confidence).mean,
        other=estimate([theirs[each] for each in both], confidence).mean,
        mean=found.mean,
        half_width=found.half_width,
        n=len(both),
        left_out=len(worlds) - len(both),
    )


def _less(  # noqa: PLR0913 - the two, the worlds, and how to take what is unknown
    name: str,
    base: Arm,
    other: Arm,
    worlds: Sequence[int],
    confidence: float,
    *,
    unknown: float | None,
) -> Share | None:
    """In how many worlds the other has less, and does not do less for it.

    Where neither is known, a world does not count.
    """
    ours, theirs = base.values.get(name, {}), other.values.get(name, {})
    our_works, its_works = base.values.get(DONE, {}), other.values.get(DONE, {})
    wins = []
    for world in worlds:
        mine, its = ours.get(world, unknown), theirs.get(world, unknown)
        if mine is None or its is None or (world not in ours and world not in theirs):
            continue
        does_less = its_works.get(world, math.inf) < our_works.get(world, 0.0)
        wins.append(_apart(its, mine) < 0 and not does_less)
    return share(sum(wins), len(wins), confidence) if wins else None


def _apart(a: float, b: float) -> float:
    """How far apart; not at all where only the rounding of sums differs."""
    return 0.0 if math.isclose(a, b, rel_tol=SAME) else a - b
