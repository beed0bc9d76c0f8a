"""UpdateTrainingJob and DeleteTrainingJob: what they change, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from botocore_model import wrong
from helpers import EDITIONS, START_MS, Json, names, request, resources, spot, whole_state, world

from simjob import ApiError, Simulation, Workload
from simjob.testing.invariants import Watch, check
from simjob.world import LogSeries

PROFILER = {"DisableProfiler": True}
RULES = [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "image"}]
DEBUG = {"EnableRemoteDebug": True}
KEPT = {**resources(), "KeepAlivePeriodInSeconds": 600}


def refusal(call: Any, **given: object) -> tuple[str, str]:  # noqa: ANN401 - any of the calls
    with pytest.raises(ApiError) as found:
        call(**given)
    assert found.value.status == 400
    return found.value.code, found.value.message


def live(*wanted: Json, seconds: float = 0, **changes: Any) -> Simulation:  # noqa: ANN401 - of a world
    """Jobs of the live edition, after that time."""
    sim = Simulation(world(**changes), edition="live")
    for each in wanted:
        sim.create_training_job(**each)
    sim.advance(seconds=seconds)
    return sim


def record(sim: Simulation, name: str = "a") -> Json:
    return sim.describe_training_job(TrainingJobName=name)


# Updating.


def test_what_is_given_takes_the_place_of_what_was() -> None:
    given = {"ProfilerConfig": {"S3OutputPath": "s3://b/p"}, "ResourceConfig": KEPT}
    sim = live(request("a", **given), seconds=10)
    before = record(sim)
    assert before.pop("WarmPoolStatus") == {"Status": "InUse"}
    reply = sim.update_training_job(
        TrainingJobName="a",
        ProfilerConfig=PROFILER,
        ProfilerRuleConfigurations=RULES,
        ResourceConfig={"KeepAlivePeriodInSeconds": 0},
    )
    assert reply == {"TrainingJobArn": sim.jobs["a"].arn}
    assert wrong("sagemaker", "UpdateTrainingJob", reply) == []
    assert record(sim) == {
        **before,
        "ProfilerConfig": PROFILER,
        "ProfilerRuleConfigurations": RULES,
        "ResourceConfig": {**KEPT, "KeepAlivePeriodInSeconds": 0},
        "LastModifiedTime": START_MS / 1000 + 10,
    }
    sim.update_training_job(TrainingJobName="a", ProfilerRuleConfigurations=[])
    assert record(sim)["ProfilerRuleConfigurations"] == []
    assert record(sim)["ProfilerConfig"] == PROFILER
    check(sim)


def test_the_update_outlives_the_job_and_lets_go_of_the_callers_dicts() -> None:
    sim = live(request("a"))
    given = {"S3OutputPath": "s3://b/p"}
    sim.update_training_job(TrainingJobName="a", ProfilerConfig=given)
    given["S3OutputPath"] = "changed"
    sim.run()
    assert record(sim)["ProfilerConfig"] == {"S3OutputPath": "s3://b/p"}


def test_an_event_tells_the_request_of_its_time() -> None:
    sim = live(request("a"))
    events = []
    sim.subscribe(events.append)
    sim.at(
        timedelta(seconds=30),
        lambda: sim.update_training_job(TrainingJobName="a", ProfilerConfig=PROFILER),
    )
    sim.run()
    told: list[Any] = [(each.at - sim.world.start, each.event["detail"]) for each in events]
    for after, detail in told:
        assert ("ProfilerConfig" in detail) == (after > timedelta(seconds=30)), after
    assert len({"ProfilerConfig" in detail for _, detail in told}) == 2


def test_an_event_of_the_same_instant_tells_nothing_of_a_later_update() -> None:
    sim = live()
    events: list[Any] = []
    sim.subscribe(events.append)
    sim.create_training_job(**request("a"))
    sim.update_training_job(TrainingJobName="a", ProfilerConfig=PROFILER)
    assert "ProfilerConfig" not in events[0].event["detail"]


@pytest.mark.parametrize("how", ["complete", "fail", "stop", "stopping"])
@pytest.mark.parametrize("change", [{"ProfilerConfig": PROFILER}, {"ResourceConfig": {}}])
def test_only_a_job_in_progress_is_updated(how: str, change: Json) -> None:
    """But for the period of a warm pool, which is over by then."""
    workload = Workload(duration="1h", exit_code=int(how == "fail"))
    sim = live(request("a", ResourceConfig=KEPT), seconds=300, default_workload=workload)
    if how in {"stop", "stopping"}:
        sim.stop_training_job(TrainingJobName="a")
    if how != "stopping":
        sim.run()
        sim.advance(seconds=600)
    if "ResourceConfig" in change:
        change = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}
    status = record(sim)["TrainingJobStatus"]
    before = whole_state(sim)
    assert refusal(sim.update_training_job, TrainingJobName="a", **change) == (
        "ValidationException",
        f"The request was rejected because the training job is in status {status}.",
    )
    assert whole_state(sim) == before


def test_a_debugger_needs_a_container() -> None:
    sim = live(request("a"))
    code, message = refusal(sim.update_training_job, TrainingJobName="a", RemoteDebugConfig=DEBUG)
    assert code == "ValidationException"
    assert message.endswith("it is Starting.")
    sim.run(until=lambda sim: sim.jobs["a"].secondary_status == "Training")
    sim.update_training_job(TrainingJobName="a", RemoteDebugConfig=DEBUG)
    assert record(sim)["RemoteDebugConfig"] == DEBUG


@pytest.mark.parametrize("wanted", [request("a"), request("a", **spot())])
def test_no_pool_is_made_by_an_update(wanted: Json) -> None:
    sim = live(wanted)
    keep = {"KeepAlivePeriodInSeconds": 60}
    code, _ = refusal(sim.update_training_job, TrainingJobName="a", ResourceConfig=keep)
    assert code == "ValidationException"
    assert "KeepAlivePeriodInSeconds" not in record(sim)["ResourceConfig"]


def test_an_update_changes_something_of_a_job_that_there_is() -> None:
    sim = live(request("a"))
    assert refusal(sim.update_training_job, TrainingJobName="a") == (
        "ValidationException",
        "Invalid UpdateTrainingJobRequest, the request cannot be empty",
    )
    assert refusal(sim.update_training_job, TrainingJobName="b", ProfilerConfig=PROFILER) == (
        "ValidationException",
        "Requested resource not found.",
    )
    code, message = refusal(
        sim.update_training_job,
        TrainingJobName="a",
        ResourceConfig={"KeepAlivePeriodInSeconds": 21601},
        Colour="red",
    )
    assert code == "ValidationException"
    assert message.startswith("2 validation errors detected: Value '21601' at 'resourceConfig.keep")


@pytest.mark.parametrize("edition", [each for each in EDITIONS if each != "live"])
def test_the_editions_of_the_page_know_neither_operation(edition: str) -> None:
    sim = Simulation(world(), edition=edition)
    sim.create_training_job(**request("a"))
    sim.run()
    for operation in ("update", "delete"):
        code, message = refusal(getattr(sim, f"{operation}_training_job"), TrainingJobName="a")
        assert code == "UnknownOperationException"
        assert message == (
            f"The edition '{edition}' does not know {operation.title()}TrainingJob; "
            "the edition 'live' does."
        )


# Deleting.


@pytest.mark.parametrize("seconds", [0, 200])
@pytest.mark.parametrize("stopped", [False, True])
def test_what_has_not_ended_is_not_deleted(seconds: float, stopped: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sim = live(request("a"), seconds=seconds, default_workload=Workload(duration="1h"))
    if stopped:
        sim.stop_training_job(TrainingJobName="a")
    before = whole_state(sim)
    status = "Stopping" if stopped else "InProgress"
    assert refusal(sim.delete_training_job, TrainingJobName="a") == (
        "ResourceInUse",
        f"The request was rejected because the training job is in status {status}.",
    )
    assert whole_state(sim) == before


def test_what_was_deleted_is_unknown() -> None:
    tags = [{"Key": "k", "Value": "v"}]
    sim = live(request("a", Tags=tags), request("b"))
    arn = sim.jobs["a"].arn
    sim.run()
    watch = Watch(sim)
    watch.check()
    reply = sim.delete_training_job(TrainingJobName="a")
    assert reply == {}
    assert wrong("sagemaker", "DeleteTrainingJob", reply) == []
    watch.check()
    answer = ("ValidationException", "Requested resource not found.")
    for operation in ("describe", "stop", "delete"):
        assert refusal(getattr(sim, f"{operation}_training_job"), TrainingJobName="a") == answer
    assert refusal(sim.list_tags, ResourceArn=arn) == answer
    assert names(sim.list_training_jobs()) == ["b"]
    assert list(sim.jobs) == ["b"]
    found: Any = sim.search(Resource="TrainingJob")
    assert [each["TrainingJob"]["TrainingJobName"] for each in found["Results"]] == ["b"]


def test_a_name_may_be_given_again_in_any_letters() -> None:
    sim = live(request("Job", Tags=[{"Key": "k", "Value": "v"}]))
    sim.run()
    old = sim.jobs["Job"]
    watch = Watch(sim)
    watch.check()
    sim.delete_training_job(TrainingJobName="Job")
    sim.create_training_job(**request("job"))
    watch.check()
    sim.run()
    sim.delete_training_job(TrainingJobName="job")
    sim.create_training_job(**request("Job"))
    watch.check()
    assert record(sim, "Job")["TrainingJobStatus"] == "InProgress"
    assert sim.jobs["Job"].tags == {}
    assert [job.name for job in sim.deleted] == ["Job", "job"]
    assert old.status == "Completed"
    assert sim.deleted[0].record == old.record


def test_logs_and_bill_outlive_the_job() -> None:
    sim = live(request("a"), default_workload=Workload(logs=[LogSeries("step {step}", every=60)]))
    sim.run()
    logs, bill = sim.jobs["a"].logs, sim.jobs["a"].bill
    assert logs
    sim.delete_training_job(TrainingJobName="a")
    assert (sim.deleted[0].logs, sim.deleted[0].bill) == (logs, bill)


@pytest.mark.parametrize("by", ["CreationTime", "Name", "Status"])
@pytest.mark.parametrize("direction", ["Ascending", "Descending"])
@pytest.mark.parametrize("gone", ["j1", "j2", "j4"])
def test_pages_go_on_where_a_job_was_deleted(by: str, direction: str, gone: str) -> None:
    jobs = [f"j{at}" for at in range(6)]
    sim = live(*(request(name) for name in jobs))
    sim.run()
    order: Json = {"SortBy": by, "SortOrder": direction, "MaxResults": 2}
    first = sim.list_training_jobs(**order)
    sim.delete_training_job(TrainingJobName=gone)
    sim.create_training_job(**request("j9"))
    seen, page = names(first), first
    while "NextToken" in page:
        page = sim.list_training_jobs(**order, NextToken=page["NextToken"])
        seen += names(page)
    assert len(seen) == len(set(seen))
    assert set(jobs) - {gone} <= set(seen)
    check(sim)
