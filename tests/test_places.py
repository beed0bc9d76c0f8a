"""Several accounts and regions on one clock: what they share, and what each has for itself."""

from datetime import timedelta
from typing import Any

import pytest
from jobs_for_tests import course, instances, read, request, world

from simjob import ApiError, Simulation
from simjob.testing.invariants import check
from simjob.world import Capacity, Outage, Quotas, SpotMarket, Uniform, Workload

GPU = "ml.p3.2xlarge"
IRELAND = "eu-west-1"
OTHER = "210987654321"


def test_a_place_is_the_same_at_every_call_from_anywhere() -> None:
    sim = Simulation(world())
    there = sim.elsewhere(region=IRELAND, account=OTHER)
    assert there is not sim
    assert there is sim.elsewhere(account=OTHER).elsewhere(region=IRELAND)
    assert there.elsewhere(region=sim.world.region, account=sim.world.account) is sim
    assert sim.elsewhere() is sim
    assert (there.world.region, there.world.account) == (IRELAND, OTHER)
    assert (there.seed, there.edition, there.world.latencies) == (
        sim.seed,
        sim.edition,
        sim.world.latencies,
    )


@pytest.mark.parametrize("place", [{"region": "nowhere!"}, {"account": "12"}, {"region": ""}])
def test_a_place_that_cannot_be_is_refused(place: dict[str, str]) -> None:
    sim = Simulation(world())
    with pytest.raises(ValueError, match=next(iter(place))):
        sim.elsewhere(**place)
    assert len(sim._places) == 1


def test_whoever_moves_the_clock_all_live() -> None:
    sim = Simulation(world())
    there = sim.elsewhere(region=IRELAND)
    sim.create_training_job(**request())
    there.create_training_job(**request())
    there.advance(seconds=60)
    assert sim.now == there.now
    assert sim.describe_training_job(TrainingJobName="job")["SecondaryStatus"] == "Downloading"
    sim.run()
    assert course(sim) == course(there) == read("S0 D60 T90 U440 Completed450")
    assert f":{IRELAND}:" in there.jobs["job"].arn
    check(sim)
    check(there)


def test_jobs_capacity_and_quotas_are_each_place_s_own() -> None:
    one = {GPU: 1}
    sim = Simulation(world(capacity=Capacity(on_demand=one), quotas=Quotas(on_demand=one)))
    there = sim.elsewhere(account=OTHER)
    for place in sim, there:
        place.create_training_job(**request(ResourceConfig=instances(1, GPU)))
    with pytest.raises(ApiError, match="ResourceLimitExceeded"):
        there.create_training_job(**request("more", ResourceConfig=instances(1, GPU)))
    sim.run()
    assert course(sim) == course(there)
    assert list(there.jobs) == list(sim.jobs) == ["job"]


def test_subscribers_hear_of_their_own_place_in_the_order_of_all() -> None:
    sim = Simulation(world())
    there = sim.elsewhere(region=IRELAND)
    told: list[str] = []
    sim.subscribe(lambda each: told.append(f"here {each.status}"))
    there.subscribe(lambda each: told.append(f"there {each.status}"))
    there.create_training_job(**request())
    sim.create_training_job(**request())
    sim.run()
    statuses = ("Starting", "Downloading", "Training", "Uploading", "Completed")
    assert told == [f"{place} {status}" for status in statuses for place in ("there", "here")]


LUCKY = world(default_workload=Workload(duration=Uniform(0, 3000)))


def lengths(sim: Simulation, name: str = "job") -> float:
    sim.create_training_job(**request(name))
    sim.run(until=name)
    record: Any = sim.describe_training_job(TrainingJobName=name)
    return round(record["TrainingEndTime"] - record["CreationTime"], 3)


def test_the_same_name_has_luck_of_its_own_in_every_place() -> None:
    sim = Simulation(LUCKY)
    places = [sim, sim.elsewhere(region=IRELAND), sim.elsewhere(account=OTHER)]
    lucks = [lengths(place) for place in places]
    assert len(set(lucks)) == 3
    again = Simulation(LUCKY)
    assert lengths(again.elsewhere(account=OTHER)) == lucks[2]
    assert lengths(again) == lucks[0]


def test_a_name_that_is_given_again_has_luck_of_its_own() -> None:
    sim = Simulation(LUCKY, edition="live")
    lucks = []
    for _ in range(3):
        lucks.append(lengths(sim))
        sim.delete_training_job(TrainingJobName="job")
    assert len(set(lucks)) == 3
    again = Simulation(LUCKY, edition="live")
    lengths(again, "other")
    again.delete_training_job(TrainingJobName="other")
    assert lengths(again) == lucks[0]


def test_a_predicate_may_look_at_every_place() -> None:
    sim = Simulation(world())
    there = sim.elsewhere(region=IRELAND)
    there.create_training_job(**request())
    sim.advance(seconds=70)
    sim.run(until=lambda _: there.jobs["job"].secondary_status == "Uploading")
    assert sim.now - sim.world.start == timedelta(seconds=440)


def test_a_place_that_is_first_looked_at_late_has_the_world_s_calendar() -> None:
    """Outages are dated from the start of the world, not from the first look."""
    sim = Simulation(world(spot=SpotMarket(outages=[Outage(0, 100)])))
    sim.advance(seconds=50)
    there = sim.elsewhere(region=IRELAND)
    limits = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    there.create_training_job(**request(EnableManagedSpotTraining=True, StoppingCondition=limits))
    there.run()
    started = there.describe_training_job(TrainingJobName="job")["TrainingStartTime"]
    assert started == sim.world.start.timestamp() + 160
