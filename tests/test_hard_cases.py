"""Hard cases that once went wrong: killed containers, huge counts, events read late and more."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from jobs_for_tests import BUCKET, channel, course, instances, read, record, request, spot, world

from simjob import ApiError, Container, LogSeries, Simulation, Transition, Workload, World
from simjob.engine.kernel import Steps
from simjob.world import Capacity, Constant, InternalError, Outage, S3Prefix, SpotMarket, Storage


class Bad(BaseException):
    """What `pytest.fail` raises is no Exception either."""


def test_a_killed_container_neither_saves_nor_writes() -> None:
    def work(container: Container) -> Steps[None]:
        container.log(f"attempt {container.attempt} {container.checkpoint!r}")
        try:
            yield container.wait(hours=1)
        finally:
            container.save_checkpoint("too late")
            container.log("too late")

    market = SpotMarket(uptime=600)
    sim = Simulation(world(default_workload=Workload(run=work), spot=market))
    sim.create_training_job(**spot(checkpoints=True))
    sim.advance(seconds=2000)
    assert [line.message for line in sim.jobs["job"].logs][:2] == [
        "attempt 1 None",
        "attempt 2 None",
    ]


def test_hosts_do_not_share_a_checkpoint() -> None:
    seen: list[list[int]] = []

    def work(container: Container) -> Steps[None]:
        state = container.checkpoint
        if isinstance(state, list):
            state.append(container.host)
            seen.append(state)
        container.save_checkpoint([0])
        yield container.wait(hours=1)

    market = SpotMarket(outages=[Outage(240, 250)])
    sim = Simulation(world(default_workload=Workload(run=work), spot=market))
    sim.create_training_job(**spot(checkpoints=True, ResourceConfig=instances(2)))
    sim.advance(seconds=1000)
    assert seen == [[0, 1], [0, 2]]


def test_an_outage_counts_beside_an_uptime() -> None:
    market = SpotMarket(uptime=10_000, outages=[Outage(240, 250)])
    sim = Simulation(world(spot=market))
    sim.create_training_job(**spot())
    sim.run()
    assert ("Interrupted", 240.0) in course(sim)


def test_a_tie_of_patience_and_the_maximum_wait() -> None:
    """The wait of the caller's own request comes first."""
    full = Capacity(spot={"ml.m5.large": 0}, give_up_after=7200)
    sim = Simulation(world(capacity=full))
    sim.create_training_job(**spot(wait=7200))
    sim.run()
    assert course(sim) == read("S0 X7200 MaxWait7200")


def test_a_workload_may_raise_what_is_no_exception() -> None:
    def work(container: Container) -> Steps[None]:
        yield container.wait(seconds=10)
        raise Bad("stop the test")

    sim = Simulation(world(default_workload=Workload(run=work)))
    sim.create_training_job(**request())
    with pytest.raises(Bad):
        sim.run()
    assert sim.jobs["job"].status == "Failed"
    assert "Bad: stop the test, exit code: 1" in record(sim)["FailureReason"]
    sim.run()


@pytest.mark.parametrize("wrong", [object(), lambda: None])
def test_a_failure_reason_shows_no_address(wrong: object) -> None:
    def work(container: Container) -> Steps[object]:
        yield container.wait(seconds=1)
        return wrong

    sim = Simulation(world(default_workload=Workload(run=work)))
    sim.create_training_job(**request())
    with pytest.raises(Exception, match=r"exited with an object of type \w+"):
        sim.run()
    reason = record(sim)["FailureReason"]
    assert reason.startswith("AlgorithmError: job 'job', host 1: workload exited with an object of")
    assert " at 0x" not in reason


def test_a_host_that_fails_at_once_takes_the_others_with_it() -> None:
    def work(container: Container) -> Steps[int]:
        if container.host == 1:
            return 3
        yield container.wait(hours=1)
        return 0

    sim = Simulation(world(default_workload=Workload(run=work)))
    sim.create_training_job(**request(ResourceConfig=instances(3)))
    sim.run()
    assert record(sim)["FailureReason"] == "AlgorithmError: , exit code: 3"
    assert course(sim) == read("S0 D60 T90 Failed140")


@pytest.mark.parametrize("count", [1001, 10**9, 10**30])
def test_an_absurd_number_of_instances_is_refused(count: int) -> None:
    sim = Simulation()
    with pytest.raises(ApiError, match="simjob does not simulate more than 1000 instances of one"):
        sim.create_training_job(**request(ResourceConfig=instances(count)))
    assert not sim.jobs


def test_a_thousand_instances_are_not() -> None:
    sim = Simulation()
    sim.create_training_job(**request(ResourceConfig=instances(1000)))
    sim.run()
    assert len(sim.jobs["job"].timeline.instances) == 1000


def test_a_time_filter_without_an_offset_is_utc() -> None:
    sim = Simulation()
    sim.create_training_job(**request())
    for after, found in ((datetime(2025, 12, 31, 23), 1), (datetime(2026, 1, 1, 1), 0)):  # noqa: DTZ001 - that is the case
        for given in (after, after.replace(tzinfo=UTC)):
            rows = sim.list_training_jobs(CreationTimeAfter=given)["TrainingJobSummaries"]
            assert len(rows) == found  # type: ignore[arg-type]


def test_filters_on_what_no_job_has_find_none() -> None:
    sim = Simulation(edition="live")
    sim.create_training_job(**request())
    plan = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/plan"
    assert sim.list_training_jobs(WarmPoolStatusEquals="Available")["TrainingJobSummaries"] == []
    assert sim.list_training_jobs(TrainingPlanArnEquals=plan)["TrainingJobSummaries"] == []
    assert len(sim.list_training_jobs()["TrainingJobSummaries"]) == 1  # type: ignore[arg-type]


def test_an_event_is_as_of_its_transition_whenever_it_is_read() -> None:
    told: list[Transition] = []
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request(Tags=[{"Key": "team", "Value": "a"}]))
    sim.subscribe(told.append)
    sim.run(until=lambda now: now.jobs["job"].secondary_status == "Uploading")
    sim.stop_training_job(TrainingJobName="job")
    sim.add_tags(ResourceArn=sim.jobs["job"].arn, Tags=[{"Key": "later", "Value": "b"}])
    detail = told[-1].event["detail"]
    assert isinstance(detail, dict)
    assert (detail["SecondaryStatus"], detail["TrainingJobStatus"]) == ("Uploading", "InProgress")
    assert detail["Tags"] == {"team": "a"}
    assert sim.jobs["job"].status == "Stopping"


def test_a_channel_reads_all_that_lies_below_it() -> None:
    """170 bytes at 1 byte a second below the channel, and none beside it."""
    named = [
        S3Prefix(f"{BUCKET}/train/1", bytes=100),
        S3Prefix(f"{BUCKET}/train/2", bytes=70),
        S3Prefix(f"{BUCKET}/other", bytes=1000),
    ]
    storage = Storage(download_bytes_per_second=1, seconds_per_object=0, prefixes=named)
    sim = Simulation(world(storage=storage))
    sim.create_training_job(**request(InputDataConfig=[channel()]))
    sim.run()
    assert course(sim)[1:3] == read("D60 T260")
    for first, second, whole in (
        ("missing", "ok", "ok"),
        ("missing", "missing", "missing"),
        ("denied", "ok", "denied"),
    ):
        both = [S3Prefix(f"{BUCKET}/1", access=first), S3Prefix(f"{BUCKET}/2", access=second)]  # type: ignore[arg-type]
        assert Storage(prefixes=both).held_by(BUCKET).access == whole


def test_a_world_is_frozen_inside() -> None:
    made = World(capacity=Capacity(on_demand={"ml.m5.large": 1}))
    sizes = made.capacity.on_demand
    with pytest.raises(TypeError, match="a world is frozen"):
        sizes["ml.m5.large"] = 2  # type: ignore[index]
    with pytest.raises(TypeError, match="a world is frozen"):
        sizes.clear()  # type: ignore[attr-defined]
    wider = attrs.evolve(made, capacity=Capacity(on_demand={**sizes, "ml.m5.large": 2}))
    assert (sizes["ml.m5.large"], wider.capacity.on_demand["ml.m5.large"]) == (1, 2)


def test_the_metrics_of_an_ended_job_are_looked_for_once() -> None:
    logs = [LogSeries("loss={value:.3f}", every=1)]
    sim = Simulation(world(default_workload=Workload(duration=Constant(300), logs=logs)))
    definitions = [{"Name": "loss", "Regex": r"loss=([0-9.]+)"}]
    algorithm = {
        "TrainingImage": "image",
        "TrainingInputMode": "File",
        "MetricDefinitions": definitions,
    }
    sim.create_training_job(**request(AlgorithmSpecification=algorithm))
    sim.run()
    first, second = record(sim), record(sim)
    assert first == second
    assert first["FinalMetricDataList"] is not second["FinalMetricDataList"]
    assert sim.jobs["job"]._job.final_metrics is sim.jobs["job"]._job.final_metrics


def test_what_is_no_world_no_step_and_no_subscriber_is_refused() -> None:
    with pytest.raises(TypeError, match=r"world must be a simjob\.World, is dict"):
        Simulation({"a": 1})  # type: ignore[arg-type]
    sim = Simulation()
    with pytest.raises(TypeError, match="give a timedelta, or units such as minutes=5, not 5"):
        sim.advance(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a subscriber must be callable, is 5"):
        sim.subscribe(5)  # type: ignore[arg-type]


def test_retries_and_interruptions_share_the_runtime_limit() -> None:
    """300 s of work, an internal error after 200 s of Training, a limit of 400 s in all."""
    errors = [InternalError(after=200)]
    sim = Simulation(world(internal_errors=errors), edition="live")
    wanted = request(
        RetryStrategy={"MaximumRetryAttempts": 1}, StoppingCondition={"MaxRuntimeInSeconds": 400}
    )
    sim.create_training_job(**wanted)
    sim.run()
    assert course(sim)[-1][0] == "MaxRuntimeExceeded"
    trained = [after for status, after in course(sim) if status in {"Training", "Starting"}]
    assert trained == [0, 140, 340, 480]
    assert sim.now - sim.world.start == timedelta(seconds=480 + 200)
