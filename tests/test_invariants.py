"""The invariants see what is wrong: each is broken by hand, and named in the error."""

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from helpers import EDITIONS, channel, request, resources, world

from simjob import Simulation, World
from simjob.engine.history import Entry, Stop
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import Cause, SecondaryStatus
from simjob.testing.invariants import INVARIANTS, InvariantError, Watch, check
from simjob.world import Capacity, Quotas

S = SecondaryStatus
Break = Callable[[Simulation, TrainingJob], object]


def lived(seconds: float | None, edition: str = "live") -> Simulation:
    """A job that has lived so long, or to its end, in a world that counts instances."""
    limits = {"ml.m5.large": 5}
    surroundings: World = world(
        capacity=Capacity(on_demand=limits), quotas=Quotas(on_demand=limits)
    )
    sim = Simulation(surroundings, edition=edition)
    wanted = request(InputDataConfig=[channel()], ResourceConfig=resources(count=2))
    sim.create_training_job(**wanted)
    if seconds is None:
        sim.run()
    else:
        sim.advance(seconds=seconds)
    # What is known to come is an entry only when it is needed; here it is to be damaged.
    history = sim.jobs["a"]._job.history
    history.until(sim._engine.now_ms)
    history.reach(sim._engine.now_ms)
    return sim


def replace(job: TrainingJob, place: int, **changes: object) -> None:
    entry = job.history.entries[place]
    job.history.entries[place] = entry._replace(**changes)


def append(job: TrainingJob, status: SecondaryStatus) -> None:
    job.history.entries.append(Entry(status, job.history.entries[-1].start_ms, ""))


def pool(sim: Simulation, in_use: int) -> None:
    sim._engine.fleet.pools["ml.m5.large", False].in_use = in_use


def without(sim: Simulation, name: str) -> None:
    request = sim.jobs["a"]._job.request
    sim.jobs["a"]._job.request = attrs.evolve(request, **{name: None})


BROKEN: dict[str, tuple[str, float | None, Break]] = {
    "starts late": (
        "born_starting",
        5,
        lambda _, job: replace(job, 0, start_ms=job.created_ms + 1),
    ),
    "is not born": ("born_starting", 5, lambda _, job: replace(job, 0, status=S.Training)),
    "goes back": ("contiguous", 150, lambda _, job: replace(job, 1, start_ms=job.created_ms - 1)),
    "skips": ("edges", 150, lambda _, job: job.history.entries.pop(1)),
    "lives on": ("terminal_is_last", None, lambda _, job: append(job, S.Training)),
    "ends twice": ("terminal_is_last", None, lambda _, job: append(job, S.Completed)),
    "no artifact": (
        "members_present",
        None,
        lambda _, job: setattr(job.history, "artifact", False),
    ),
    "no bool": ("members_present", 5, lambda sim, _: without(sim, "EnableNetworkIsolation")),
    "no limits": ("members_present", 5, lambda sim, _: without(sim, "StoppingCondition")),
    "invalid": ("valid_reply", 5, lambda _, job: setattr(job, "name", "no name")),
    "kept": (
        "given_back",
        None,
        lambda _, job: setattr(job.history.attempts[0], "released_ms", None),
    ),
    "dear": (
        "bill_adds_up",
        None,
        lambda _, job: setattr(job, "world", World(prices={"ml.m5.large": 9})),
    ),
    "negative": ("pools_hold", None, lambda sim, _: pool(sim, -1)),
    "lost": ("pools_hold", 5, lambda sim, _: pool(sim, 0)),
    "too many": ("pools_hold", 5, lambda sim, _: pool(sim, 6)),
    "not counted": ("living_counted", 5, lambda sim, _: setattr(sim._engine.clock, "live", 0)),
    "not released": (
        "living_counted",
        None,
        lambda sim, _: sim._engine._in_use.update({("ml.m5.large", False): 2}),
    ),
    "deleted alive": (
        "deleted_have_ended",
        5,
        lambda sim, job: sim._plane.deleted.append(job),
    ),
    "not listed": ("list_agrees", 5, lambda sim, _: sim._plane._listing._numbers.clear()),
}


def test_all_is_well_at_first() -> None:
    for edition in EDITIONS:
        for seconds in (0, 5, 40, 150, 420, None):
            check(lived(seconds, edition))


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_broken_is_named(how: str) -> None:
    invariant, seconds, damage = BROKEN[how]
    sim = lived(seconds)
    damage(sim, sim.jobs["a"]._job)
    with pytest.raises(InvariantError, match=rf"^(a|the simulation): {invariant} does not hold: "):
        check(sim)


def test_a_window_that_is_too_long_is_named() -> None:
    sim = lived(150)
    sim.stop_training_job(TrainingJobName="a")
    job = sim.jobs["a"]._job
    sim._engine.env._now += 120_001
    replace(job, -1, start_ms=job.history.entries[-1].start_ms)
    with pytest.raises(InvariantError, match=r"a: stop_window does not hold: .* 120001 ms"):
        check(sim)


def test_a_primary_status_that_does_not_pair_is_named() -> None:
    sim = lived(150)
    job = sim.jobs["a"]._job
    job.history.stop = Stop(job.created_ms, Cause.STOP_CALL, 0)
    check(sim)
    sim = lived(40, "live")
    sim.edition = attrs.evolve(sim.edition, stop_lingers=False)
    job = sim.jobs["a"]._job
    job.history.stop = Stop(job.created_ms, Cause.STOP_CALL, 0)
    with pytest.raises(InvariantError, match=r"a: pairing does not hold: Stopping .*Downloading"):
        check(sim)


REWRITTEN: dict[str, tuple[str, float | None, Break]] = {
    "history": ("history_grows", 150, lambda _, job: job.history.entries.pop()),
    "the end": ("ended_for_ever", None, lambda _, job: setattr(job, "launched_by", (TUNING, None))),
    "the clock": ("clock", 150, lambda sim, _: setattr(sim._engine.env, "_now", 0)),
    "the jobs": ("jobs_stay", 150, lambda sim, _: sim._plane.jobs.clear()),
    "the last change": (
        "modified_forward",
        15,
        lambda _, job: replace(job, 0, updates=()),
    ),
}
TUNING = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/t"


@pytest.mark.parametrize("what", REWRITTEN)
def test_what_is_rewritten_is_named(what: str) -> None:
    invariant, seconds, damage = REWRITTEN[what]
    sim = lived(seconds)
    watch = Watch(sim)
    watch.check()
    damage(sim, sim.jobs["a"]._job)
    with pytest.raises(InvariantError, match=f": {invariant} does not hold: "):
        watch.check()


def test_a_watch_goes_along() -> None:
    sim = lived(0)
    watch = Watch(sim)
    for _ in range(20):
        watch.check()
        sim.advance(timedelta(seconds=30))
    assert sim.jobs["a"].ended


def test_every_invariant_says_what_it_means() -> None:
    names = [each.name for each in INVARIANTS]
    assert len(set(names)) == len(names)
    for each in INVARIANTS:
        assert each.meaning.endswith(".")
        assert "\n" not in each.meaning
