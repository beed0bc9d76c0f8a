"""The kinds of trouble that a world can make for who runs training jobs, and how they are drawn.

Swarm style: first a coin says for each kind whether it is on at all, then those that are on are
drawn. So some worlds have many kinds at once and some a single one, and a failure shrinks to the
fewest. All trouble can be survived: jobs always end, and whoever keeps calling gets through.
Needs the extra `simjob[testing]`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from simjob.simulation import Simulation
from simjob.world import (
    Constant,
    Exponential,
    InternalError,
    RateLimit,
    Uniform,
    Workload,
    World,
)

_CALLS: Final = (
    "CreateTrainingJob",
    "DescribeTrainingJob",
    "StopTrainingJob",
    "ListTrainingJobs",
    "*",
)
_MOST_SEED: Final = 9999


@attrs.frozen
class Asked:
    """What is asked of a calm world, so that trouble can be made where it hurts.

    `on_demand` and `spot` hold for each instance type the most instances of one job,
    `longest_seconds` is the longest MaxRuntimeInSeconds.
    """

    on_demand: Mapping[str, int] = attrs.field(factory=dict)
    spot: Mapping[str, int] = attrs.field(factory=dict)
    longest_seconds: int = 0

    @classmethod
    def of(cls, sim: Simulation) -> "Asked":
        """What the jobs of a simulation have asked for.

        >>> Asked.of(Simulation())
        Asked(on_demand={}, spot={}, longest_seconds=0)
        """
        kinds: tuple[dict[str, int], dict[str, int]] = ({}, {})
        longest = 0
        for job in (*sim.deleted, *sim.jobs.values()):
            record: Any = job.record
            inside = job._job  # noqa: SLF001 - the same house
            counts, name = kinds[inside.asked.spot], inside.asked.instance_type
            counts[name] = max(counts.get(name, 0), inside.asked.instance_count)
            longest = max(longest, record["StoppingCondition"]["MaxRuntimeInSeconds"])
        return cls(*kinds, longest)


@attrs.frozen(repr=False)
class Scenario:
    """A world, a seed, and the kinds of trouble that are on."""

    world: World
    seed: int = 0
    trouble: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<seed {self.seed}, trouble: {', '.join(self.trouble) or 'none'}>"

    def _repr_pretty_(self, printer: Any, _: object) -> None:  # noqa: ANN401 - that of Hypothesis
        """As short where Hypothesis prints it, which would print the whole world."""
        printer.text(repr(self))


Maker = Callable[[st.DrawFn, World, Asked], World]


def _failures(draw: st.DrawFn, world: World, _: Asked) -> World:
    after = draw(st.sampled_from((None, 0, 60)))
    return _every_workload(world, exit_code=1, fails_after=after)


def _hardware(draw: st.DrawFn, world: World, _: Asked) -> World:
    mean = draw(st.sampled_from((3600, 600, 60)))
    return _within(world, "launches", instance_failure=Exponential(mean))


def _service_failures(draw: st.DrawFn, world: World, _: Asked) -> World:
    error = InternalError(attempts=draw(st.integers(1, 3)), after=draw(st.sampled_from((0, 60))))
    errors: Any = (error, *world.internal_errors)
    return attrs.evolve(world, internal_errors=errors)


def _slow_launches(draw: st.DrawFn, world: World, _: Asked) -> World:
    longest = draw(st.sampled_from((600, 3600, 21_600)))
    return _within(world, "latencies", launching={"*": Uniform(0, longest)})


def _no_capacity(draw: st.DrawFn, world: World, asked: Asked) -> World:
    none: dict[str, Any] = {}
    if asked.on_demand:
        none["on_demand"] = {**world.capacity.on_demand, **dict.fromkeys(asked.on_demand, 0)}
    if asked.spot:
        none["spot"] = {**world.capacity.spot, **dict.fromkeys(asked.spot, 0)}
    give_up = draw(st.sampled_from((600, 3600, 21_600)))
    return _within(world, "capacity", **none, give_up_after=Constant(give_up))


def _quotas(draw: st.DrawFn, world: World, asked: Asked) -> World:
    """Enough for one job at a time, or for none."""
    one = draw(st.sampled_from((1, 0)))
    tight: dict[str, Any] = {}
    for name in ("on_demand", "spot"):
        wanted: Mapping[str, int] = getattr(asked, name)
        if wanted:
            limits = {kind: count * one for kind, count in wanted.items()}
            tight[name] = {**getattr(world.quotas, name), **limits}
    return _within(world, "quotas", **tight)


def _interruptions(draw: st.DrawFn, world: World, _: Asked) -> World:
    mean = draw(st.sampled_from((3600, 600, 120)))
    return _within(world, "spot", uptime=Exponential(mean))


def _runtime_limits(_: st.DrawFn, world: World, asked: Asked) -> World:
    """Every workload takes twice the longest limit."""
    span = Constant(2 * asked.longest_seconds)
    return _every_workload(world, duration=span, steps=None, step_time=None)


def _throttling(draw: st.DrawFn, world: World, _: Asked) -> World:
    call = draw(st.sampled_from(_CALLS))
    rate = draw(st.sampled_from((1, 0.2, 0.05)))
    return _within(world, "api", throttles={**world.api.throttles, call: RateLimit(rate, burst=1)})


def _chance(fault: str) -> Maker:
    def make(draw: st.DrawFn, world: World, _: Asked) -> World:
        call = draw(st.sampled_from(_CALLS))
        chance = draw(st.sampled_from((0.1, 0.25, 0.5)))
        return _within(world, "api", **{fault: {**getattr(world.api, fault), call: chance}})

    return make


def _stale_reads(draw: st.DrawFn, world: World, _: Asked) -> World:
    return _within(world, "api", staleness=Uniform(0, draw(st.sampled_from((5, 60, 300)))))


def _slow_calls(draw: st.DrawFn, world: World, _: Asked) -> World:
    return _within(world, "api", latency=Uniform(0, draw(st.sampled_from((1, 10, 30)))))


def _duplicate_events(_: st.DrawFn, world: World, __: Asked) -> World:
    return _within(world, "events", duplicates=0.5)


def _late_events(_: st.DrawFn, world: World, __: Asked) -> World:
    return _within(world, "events", reorder=0.5)


TROUBLES: Final[Mapping[str, Maker]] = {
    "failures": _failures,
    "hardware failures": _hardware,
    "service failures": _service_failures,
    "slow launches": _slow_launches,
    "no capacity": _no_capacity,
    "quotas": _quotas,
    "spot interruptions": _interruptions,
    "runtime limits": _runtime_limits,
    "throttling": _throttling,
    "server errors": _chance("internal_failures"),
    "lost replies": _chance("lost_replies"),
    "connection resets": _chance("resets"),
    "stale reads": _stale_reads,
    "slow calls": _slow_calls,
    "duplicate events": _duplicate_events,
    "late events": _late_events,
}
"""Every kind of trouble by its name, with what it makes of a world."""


def scenarios(
    world: World | None = None,
    asked: Asked | None = None,
    kinds: Sequence[str] = tuple(TROUBLES),
) -> st.SearchStrategy[Scenario]:
    """Scenarios that make trouble in a world; the simplest one makes none.

    Args:
        world: before the trouble; by default the default world.
        asked: where it is to hurt; kinds that need to know and do not are left out.
        kinds: names of `TROUBLES`.

    >>> from hypothesis import find
    >>> find(scenarios(), lambda each: "lost replies" in each.trouble)
    <seed 0, trouble: lost replies>
    """
    wanted = asked or Asked()
    return _scenarios(world or World(), wanted, [each for each in kinds if _hurts(each, wanted)])


def _hurts(kind: str, asked: Asked) -> bool:
    if kind == "spot interruptions":
        return bool(asked.spot)
    if kind in {"no capacity", "quotas"}:
        return bool(asked.spot or asked.on_demand)
    return kind != "runtime limits" or asked.longest_seconds > 0


@st.composite
def _scenarios(draw: st.DrawFn, world: World, asked: Asked, kinds: Collection[str]) -> Scenario:
    on = []
    for kind in kinds:
        if draw(st.booleans()):
            world = TROUBLES[kind](draw, world, asked)
            on.append(kind)
    return Scenario(world, draw(st.integers(0, _MOST_SEED)), tuple(on))


def _within(world: World, part: str, **changes: object) -> World:
    """The world with some fields of one of its parts changed."""
    changed: Any = {part: attrs.evolve(getattr(world, part), **changes)}
    return attrs.evolve(world, **changed)


def _every_workload(world: World, **changes: Any) -> World:  # noqa: ANN401 - fields of a Workload
    """The world with some fields of every declared workload changed."""

    def changed(workload: Workload) -> Workload:
        return workload if workload.run else attrs.evolve(workload, **changes)

    rules: Any = tuple(
        attrs.evolve(each, workload=changed(each.workload)) for each in world.workloads
    )
    return attrs.evolve(world, workloads=rules, default_workload=changed(world.default_workload))
