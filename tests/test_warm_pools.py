"""Warm pools: instances stay after their job, for the next one that is like it.

In the world of these tests a job of the live edition starts in 60 s, fetches until 140, trains
until 440 and ends at 450; on a warm pool it does so 60 s sooner.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import course, instances, read, request, world

from simjob import ApiError, Simulation, Workload
from simjob.testing.invariants import Watch, check
from simjob.world import Capacity, InternalError

CPU, GPU = "ml.m5.large", "ml.p3.2xlarge"
COLD = "S0 D60 T140 U440 Completed450"


def kept(
    name: str, seconds: int | None = 600, *, count: int = 1, kind: str = CPU, **changes: object
) -> Any:  # noqa: ANN401 - JSON
    """A request that keeps its instances alive so long."""
    resources = instances(count, kind)
    if seconds is not None:
        resources["KeepAlivePeriodInSeconds"] = seconds
    return request(name, ResourceConfig=resources, **changes)


def live(**changes: Any) -> Simulation:  # noqa: ANN401 - of the world
    return Simulation(world(**changes), edition="live")


def warm(sim: Simulation, name: str) -> Any:  # noqa: ANN401 - JSON
    return sim.jobs[name].record.get("WarmPoolStatus")


def message(sim: Simulation, name: str) -> str:
    return sim.jobs[name].history[-1].message


def test_the_life_of_a_pool_that_nobody_takes() -> None:
    sim = live()
    watch = Watch(sim)
    sim.create_training_job(**kept("a"))
    assert warm(sim, "a") is None
    sim.advance(seconds=100)
    assert warm(sim, "a") == {"Status": "InUse"}
    sim.run()
    assert course(sim, "a") == read(COLD)
    assert sim.now_ms - int(sim.world.start.timestamp() * 1000) == 450_000
    assert message(sim, "a") == "Resource retained for reuse"
    assert warm(sim, "a") == {"Status": "Available", "ResourceRetainedBillableTimeInSeconds": 0}
    watch.check()
    sim.advance(seconds=599.5)
    assert warm(sim, "a") == {"Status": "Available", "ResourceRetainedBillableTimeInSeconds": 599}
    watch.check()
    sim.advance(seconds=0.5)
    over = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 600}
    assert warm(sim, "a") == over
    sim.advance(hours=6)
    assert warm(sim, "a") == over
    assert message(sim, "a") == "Resource retained for reuse"
    watch.check()


def test_a_job_that_matches_takes_the_pool_and_needs_no_launch() -> None:
    sim = live()
    watch = Watch(sim)
    sim.create_training_job(**kept("a"))
    sim.run()
    sim.advance(seconds=50)
    sim.create_training_job(**kept("b", None))
    watch.check()
    sim.advance(seconds=0)
    assert warm(sim, "a") == {
        "Status": "Reused",
        "ResourceRetainedBillableTimeInSeconds": 50,
        "ReusedByJob": "b",
    }
    assert message(sim, "a") == "Resource reused by training job: b"
    assert warm(sim, "b") == {"Status": "InUse"}
    watch.check()
    sim.run()
    assert course(sim, "b") == read("S0 D0 T80 U380 Completed390")
    assert warm(sim, "b") is None
    assert message(sim, "b") == "Training job completed"
    watch.check()


def test_a_chain_of_jobs_goes_from_pool_to_pool() -> None:
    sim = live(capacity=Capacity(on_demand={CPU: 1}))
    for number in range(4):
        sim.create_training_job(**kept(f"job-{number}"))
        sim.run()
        check(sim)
    assert [sim.jobs[f"job-{number}"].timeline.phases[-1].message for number in range(4)] == [
        *[f"Resource reused by training job: job-{number}" for number in (1, 2, 3)],
        "Resource retained for reuse",
    ]


def test_the_pool_that_was_left_first_is_taken_first() -> None:
    sim = live()
    for name in ("a", "b"):
        sim.create_training_job(**kept(name))
        sim.advance(seconds=1)
    sim.run()
    sim.create_training_job(**kept("c"))
    sim.run()
    assert [warm(sim, name)["Status"] for name in ("a", "b")] == ["Reused", "Available"]


VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}


@pytest.mark.parametrize(
    "change",
    [
        {"RoleArn": "arn:aws:iam::123456789012:role/another"},
        {"ResourceConfig": instances(2)},
        {"ResourceConfig": instances(1, "ml.m5.xlarge")},
        {"ResourceConfig": {**instances(), "VolumeSizeInGB": 11}},
        {"ResourceConfig": {**instances(), "VolumeKmsKeyId": "key"}},
        {"VpcConfig": VPC},
        {"EnableInterContainerTrafficEncryption": True},
        {"EnableNetworkIsolation": True},
    ],
)
def test_a_job_that_does_not_match_launches_its_own(change: Any) -> None:  # noqa: ANN401 - JSON
    sim = live()
    sim.create_training_job(**kept("a"))
    sim.run()
    sim.create_training_job(**request("b", **change))
    sim.advance(seconds=1)
    assert warm(sim, "a")["Status"] == "Available"
    same = {
        **request("c", **change),
        "ResourceConfig": dict(request("c", **change)["ResourceConfig"]),
    }
    same["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 600
    sim.create_training_job(**same)
    sim.run()
    sim.create_training_job(**request("d", **change))
    sim.advance(seconds=1)
    assert warm(sim, "c")["ReusedByJob"] == "d"


@pytest.mark.parametrize(
    ("how", "stays"),
    [
        ("completed", True),
        ("stopped", True),
        ("stopped early", True),
        ("stopped before", False),
        ("limit", True),
        ("algorithm", True),
        ("data", True),
        ("service", False),
        ("role", False),
        ("updated to 0", False),
        ("0", False),
    ],
)
def test_which_ends_leave_a_pool(how: str, stays: bool) -> None:  # noqa: FBT001 - a case
    failing = Workload(duration=100, exit_code=int(how == "algorithm"))
    work = {"default_workload": failing} if how == "algorithm" else {}
    if how == "service":
        work["internal_errors"] = [InternalError(after=10)]  # type: ignore[assignment]
    if how == "role":
        work["denied_roles"] = ["*"]  # type: ignore[assignment]
    if how == "data":
        from simjob.world import S3Prefix, Storage  # noqa: PLC0415 - one case

        work["storage"] = Storage(prefixes=[S3Prefix("s3://bucket/train", access="denied")])  # type: ignore[assignment]
    capacity = Capacity(on_demand={CPU: int(how != "stopped before")})
    sim = live(capacity=capacity, **work)
    wanted = kept("a", 0 if how == "0" else 600)
    if how == "limit":
        wanted["StoppingCondition"] = {"MaxRuntimeInSeconds": 100}
    sim.create_training_job(**wanted)
    if "stopped" in how:
        sim.advance(seconds=200 if how == "stopped" else 10)
        sim.stop_training_job(TrainingJobName="a")
    if how == "updated to 0":
        sim.update_training_job(TrainingJobName="a", ResourceConfig={"KeepAlivePeriodInSeconds": 0})
    sim.run()
    assert sim.jobs["a"].ended
    assert (warm(sim, "a") is not None) == stays
    assert (message(sim, "a") == "Resource retained for reuse") == stays
    pool = sim._engine.fleet.pools.get((CPU, False))
    assert (pool.in_use if pool else 0) == int(stays)
    check(sim)
    sim.advance(seconds=600)
    check(sim)
    assert pool is None or pool.in_use == 0


@pytest.mark.parametrize("kind", [CPU, GPU])
def test_a_pool_holds_capacity_until_it_is_over_and_run_waits_for_that(kind: str) -> None:
    sim = live(capacity=Capacity(on_demand={kind: 2}))
    sim.create_training_job(**kept("a", kind=kind))
    sim.run()
    sim.create_training_job(**kept("b", None, count=2, kind=kind))
    sim.run()
    assert sim.jobs["b"].ended
    [span, _] = sim.jobs["b"].timeline.instances
    assert (span.granted - sim.world.start).total_seconds() == 450 + 600
    check(sim)


def test_run_does_not_wait_for_a_pool_that_helps_nobody() -> None:
    sim = live(capacity=Capacity(on_demand={CPU: 0, GPU: 1}))
    sim.create_training_job(**kept("a", kind=GPU))
    sim.create_training_job(**request("waits"))
    sim.run()
    assert (sim.now - sim.world.start).total_seconds() == 450
    assert not sim.jobs["waits"].ended


@pytest.mark.parametrize("kind", [CPU, GPU])
def test_a_job_that_waits_takes_the_pool_and_overtakes_those_that_cannot(kind: str) -> None:
    sim = live(capacity=Capacity(on_demand={kind: 1}))
    watch = Watch(sim)
    other = {"RoleArn": "arn:aws:iam::123456789012:role/another"}
    sim.create_training_job(**kept("a", kind=kind))
    sim.create_training_job(**kept("other", None, kind=kind, **other))
    sim.create_training_job(**kept("b", 60, kind=kind))
    sim.advance(seconds=450)
    watch.check()
    assert warm(sim, "a")["ReusedByJob"] == "b"
    sim.run()
    watch.check()
    ended = {
        name: (job.history[-1].start - sim.world.start).total_seconds()
        for name, job in sim.jobs.items()
    }
    assert ended == {"a": 450, "b": 450 + 390, "other": 450 + 390 + 60 + 450}


def test_the_time_of_a_pool_is_paid_for() -> None:
    sim = live()
    sim.create_training_job(**kept("a", 3600, count=2))
    sim.run()
    before = sim.jobs["a"].bill
    sim.advance(hours=2)
    bill = sim.jobs["a"].bill
    assert (before.retained_seconds, bill.retained_seconds) == (0, 3600)
    assert bill.retained_dollars == 2 * (bill.dollars_per_hour or 0) > 0
    assert bill.billable_seconds == before.billable_seconds
    assert bill.dollars is not None
    assert before.dollars is not None
    storage = bill.storage_dollars - before.storage_dollars
    assert bill.dollars == pytest.approx(before.dollars + bill.retained_dollars + storage)


def test_the_period_of_a_pool_can_be_changed() -> None:
    sim = live()
    sim.create_training_job(**kept("a", 100))
    sim.run()

    def keep(seconds: int) -> None:
        change = {"KeepAlivePeriodInSeconds": seconds}
        sim.update_training_job(TrainingJobName="a", ResourceConfig=change)

    sim.advance(seconds=90)
    keep(200)
    sim.advance(seconds=100)
    assert warm(sim, "a")["Status"] == "Available"
    keep(195)
    sim.advance(seconds=5)
    over = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 195}
    assert warm(sim, "a") == over
    with pytest.raises(ApiError, match="is in status Completed"):
        keep(3600)
    sim.advance(seconds=5)
    assert warm(sim, "a") == over


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_period_that_is_past_ends_the_pool_at_once(seconds: int) -> None:
    sim = live(capacity=Capacity(on_demand={CPU: 1}))
    sim.create_training_job(**kept("a"))
    sim.run()
    sim.advance(seconds=30)
    change = {"KeepAlivePeriodInSeconds": seconds}
    with pytest.raises(ApiError, match="is in status Completed"):
        sim.update_training_job(
            TrainingJobName="a", ResourceConfig=change, ProfilerConfig={"DisableProfiler": True}
        )
    sim.update_training_job(TrainingJobName="a", ResourceConfig=change)
    assert warm(sim, "a")["Status"] == "Terminated"
    check(sim)
    sim.create_training_job(**kept("b", None))
    sim.run()
    assert course(sim, "b") == read(COLD)


def test_a_job_whose_pool_is_available_cannot_be_deleted() -> None:
    sim = live()
    sim.create_training_job(**kept("a"))
    sim.run()
    with pytest.raises(ApiError, match="retains an Available warm pool") as error:
        sim.delete_training_job(TrainingJobName="a")
    assert error.value.code == "ResourceInUse"
    sim.advance(seconds=600)
    sim.delete_training_job(TrainingJobName="a")


def test_list_and_search_know_the_status_of_pools() -> None:
    sim = live()
    for name in ("a", "b"):
        sim.create_training_job(**kept(name))
        sim.run()
    sim.create_training_job(**request("c", RoleArn="arn:aws:iam::123456789012:role/another"))
    sim.run()
    for status, names in (("Available", ["b"]), ("Reused", ["a"]), ("Terminated", [])):
        rows: Any = sim.list_training_jobs(WarmPoolStatusEquals=status)["TrainingJobSummaries"]
        assert [row["TrainingJobName"] for row in rows] == names
        assert [row["WarmPoolStatus"] for row in rows] == [warm(sim, name) for name in names]
        found: Any = sim.search(
            Resource="TrainingJob",
            SearchExpression={"Filters": [{"Name": "WarmPoolStatus.Status", "Value": status}]},
        )
        assert [each["TrainingJob"]["TrainingJobName"] for each in found["Results"]] == names


@pytest.mark.parametrize("edition", ["documented", "retired"])
def test_the_editions_of_the_page_know_no_pools(edition: str) -> None:
    sim = Simulation(world(), edition=edition)
    with pytest.raises(ApiError, match=r"keepAlivePeriodInSeconds.*not known in this edition"):
        sim.create_training_job(**kept("a"))


@given(
    after=st.lists(st.integers(0, 1300), min_size=1, max_size=5),
    seconds=st.sampled_from((60, 600)),
    count=st.integers(1, 2),
)
def test_a_warm_start_saves_the_launch_and_changes_nothing_else(
    after: list[int], seconds: int, count: int
) -> None:
    """Whatever comes when: each job is cold or warm, and takes over one pool at most."""
    sim = live(capacity=Capacity(on_demand={CPU: 2}))
    watch = Watch(sim)
    for number, pause in enumerate(after):
        sim.create_training_job(**kept(f"job-{number}", seconds, count=count))
        sim.advance(seconds=pause)
        watch.check()
    sim.run()
    sim.advance(seconds=600)
    watch.check()
    taken = [warm(sim, name).get("ReusedByJob") for name in sim.jobs]
    assert len(set(taken) - {None}) == len([each for each in taken if each])
    for name, job in sim.jobs.items():
        [first, *_] = job.timeline.instances
        wait = (first.granted - job.history[0].start).total_seconds()
        lasts = (job.history[-1].start - job.history[0].start).total_seconds() - wait
        assert lasts == (390 if name in taken else 450)
        assert warm(sim, name)["Status"] in {"Reused", "Terminated"}
    assert sim._engine.fleet.pools[CPU, False].in_use == 0
