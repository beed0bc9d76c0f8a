"""A refused call changes nothing: the whole state is the same before and after."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from helpers import EDITIONS, Json, channel, request, resources, spot, whole_state, world

from simjob import ApiError, Simulation, SimulationError, Workload, WorkloadRule
from simjob.testing.invariants import check
from simjob.world import Capacity, Quotas, S3Prefix, Storage

NOBODY = "arn:aws:sagemaker:us-east-1:123456789012:training-job/nobody"
ACCELERATED = "ml.p3.2xlarge"
REGEX = [{"Name": "loss", "Regex": "("}]

WRONG_REQUESTS: dict[str, Json] = {
    "name of a running job": {"TrainingJobName": "runs"},
    "name of a queued job": {"TrainingJobName": "waits"},
    "name of a stopping job": {"TrainingJobName": "stops"},
    "name of an ended job": {"TrainingJobName": "ended"},
    "name in other letters": {"TrainingJobName": "RUNS"},
    "pattern": {"TrainingJobName": "a_b"},
    "length": {"TrainingJobName": "a" * 64},
    "no name": {"TrainingJobName": None},
    "no role": {"RoleArn": None},
    "no output": {"OutputDataConfig": None},
    "type": {"HyperParameters": {"lr": 0.1}},
    "no dict": {"OutputDataConfig": "s3://bucket"},
    "unknown member": {"Colour": "red"},
    "unknown inner member": {"OutputDataConfig": {"S3OutputPath": "s3://b", "Colour": "red"}},
    "enum": {"ResourceConfig": resources("ml.m5.huge")},
    "range": {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
    "28 days": {"StoppingCondition": {"MaxRuntimeInSeconds": 2_419_201}},
    "wait without spot": {
        "StoppingCondition": {"MaxRuntimeInSeconds": 5, "MaxWaitTimeInSeconds": 5}
    },
    "short wait": spot(run=6, wait=5),
    "channels of one name": {"InputDataConfig": [channel(), channel()]},
    "no algorithm": {"AlgorithmSpecification": {"TrainingInputMode": "File"}},
    "regex": {
        "AlgorithmSpecification": {
            "TrainingImage": "i",
            "TrainingInputMode": "File",
            "MetricDefinitions": REGEX,
        }
    },
    "tags of one key": {"Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]},
    "quota": {"ResourceConfig": resources(count=4)},
    "spot quota": {**spot(), "ResourceConfig": resources(count=2)},
    "launcher": {"launched_by": "me"},
    "launcher's name": {"launched_by": NOBODY},
}
WRONG_CALLS: dict[str, tuple[str, Json]] = {
    "describe unknown": ("describe_training_job", {"TrainingJobName": "nobody"}),
    "describe nothing": ("describe_training_job", {}),
    "describe wrongly": ("describe_training_job", {"TrainingJobName": 1}),
    "describe more": ("describe_training_job", {"TrainingJobName": "runs", "Colour": "red"}),
    "stop unknown": ("stop_training_job", {"TrainingJobName": "nobody"}),
    "stop ended": ("stop_training_job", {"TrainingJobName": "ended"}),
    "stop failed": ("stop_training_job", {"TrainingJobName": "fails"}),
    "stop stopped": ("stop_training_job", {"TrainingJobName": "stopped"}),
    "stop nothing": ("stop_training_job", {}),
    "stop in other letters": ("stop_training_job", {"TrainingJobName": "RUNS"}),
    "update unknown": (
        "update_training_job",
        {"TrainingJobName": "nobody", "ProfilerConfig": {"DisableProfiler": True}},
    ),
    "update ended": (
        "update_training_job",
        {"TrainingJobName": "ended", "ProfilerConfig": {"DisableProfiler": True}},
    ),
    "update nothing": ("update_training_job", {"TrainingJobName": "runs"}),
    "update more": ("update_training_job", {"TrainingJobName": "runs", "RoleArn": "a"}),
    "delete a job unknown": ("delete_training_job", {"TrainingJobName": "nobody"}),
    "delete a job that runs": ("delete_training_job", {"TrainingJobName": "runs"}),
    "delete a job that waits": ("delete_training_job", {"TrainingJobName": "waits"}),
    "delete a job that stops": ("delete_training_job", {"TrainingJobName": "stops"}),
    "delete no job": ("delete_training_job", {}),
    "search nothing": ("search", {}),
    "search colours": ("search", {"Resource": "TrainingJob", "SortBy": "Colour"}),
    "list 0": ("list_training_jobs", {"MaxResults": 0}),
    "list 101": ("list_training_jobs", {"MaxResults": 101}),
    "list by colour": ("list_training_jobs", {"SortBy": "Colour"}),
    "list a status": ("list_training_jobs", {"StatusEquals": "Asleep"}),
    "list a name": ("list_training_jobs", {"NameContains": "a_b"}),
    "list a time": ("list_training_jobs", {"CreationTimeAfter": "now"}),
    "list garbage": ("list_training_jobs", {"NextToken": "garbage"}),
    "add to unknown": ("add_tags", {"ResourceArn": NOBODY, "Tags": []}),
    "add twice": ("add_tags", {"Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]}),
    "add valueless": ("add_tags", {"Tags": [{"Key": "k"}]}),
    "add nothing": ("add_tags", {}),
    "add too many": (
        "add_tags",
        {"Tags": [{"Key": f"k{at}", "Value": ""} for at in range(50)]},
    ),
    "add one that is wrong": (
        "add_tags",
        {"Tags": [{"Key": "new", "Value": "1"}, {"Key": "#", "Value": "2"}]},
    ),
    "list tags of unknown": ("list_tags", {"ResourceArn": NOBODY}),
    "list tags wrongly": ("list_tags", {"NextToken": "garbage"}),
    "list 49 tags": ("list_tags", {"MaxResults": 49}),
    "delete of unknown": ("delete_tags", {"ResourceArn": NOBODY, "TagKeys": ["a"]}),
    "delete nothing": ("delete_tags", {"TagKeys": []}),
}
WRONG_STEPS: dict[str, tuple[type[Exception], Callable[[Simulation], object]]] = {
    "back": (ValueError, lambda sim: sim.advance(seconds=-1)),
    "back by a timedelta": (ValueError, lambda sim: sim.advance(timedelta(days=-1))),
    "nan": (ValueError, lambda sim: sim.advance(minutes=float("nan"))),
    "infinite": (ValueError, lambda sim: sim.advance(minutes=float("inf"))),
    "huge": (ValueError, lambda sim: sim.advance(days=10**12)),
    "beyond the calendar": (ValueError, lambda sim: sim.advance(days=365 * 9000)),
    "no step": (ValueError, lambda sim: sim.advance()),
    "two steps": (ValueError, lambda sim: sim.advance(timedelta(1), minutes=1)),
    "run to the past": (ValueError, lambda sim: sim.run(until=sim.now - timedelta(seconds=1))),
    "run back": (ValueError, lambda sim: sim.run(until=timedelta(seconds=-1))),
    "run without an offset": (ValueError, lambda sim: sim.run(until=datetime(2030, 1, 1))),  # noqa: DTZ001 - that is the mistake
    "run until nobody": (SimulationError, lambda sim: sim.run(until="nobody")),
    "run until 5": (TypeError, lambda sim: sim.run(until=5)),  # type: ignore[arg-type]
    "call in the past": (
        ValueError,
        lambda sim: sim.at(datetime(2020, 1, 1, tzinfo=UTC), lambda: None),
    ),
    "call back": (ValueError, lambda sim: sim.at(timedelta(seconds=-1), lambda: None)),
}


def busy(edition: str) -> Simulation:
    """A simulation in the midst of everything: jobs in all sorts of states, calls to come."""
    rules = [
        WorkloadRule(Workload(duration=1), name="ended"),
        WorkloadRule(Workload(duration=1, exit_code=7), name="fails"),
        WorkloadRule(Workload(duration="2h", on_sigterm="ignore"), name="stops"),
    ]
    sim = Simulation(
        world(
            workloads=rules,
            default_workload=Workload(duration="3h"),
            capacity=Capacity(on_demand={ACCELERATED: 0}),
            quotas=Quotas(on_demand={"ml.m5.large": 5}, spot={"ml.m5.large": 2}),
            storage=Storage(prefixes=[S3Prefix("s3://gone", access="missing")]),
        ),
        edition=edition,
    )
    sim.subscribe(lambda _: None)
    sim.at(timedelta(hours=1), lambda: sim.stop_training_job(TrainingJobName="spots"))
    for name in ("ended", "fails", "stopped"):
        sim.create_training_job(**request(name))
    sim.stop_training_job(TrainingJobName="stopped")
    sim.advance(minutes=10)
    tags = [{"Key": "team", "Value": "x"}]
    sim.create_training_job(**request("runs", Tags=tags, InputDataConfig=[channel()]))
    sim.create_training_job(**request("stops"))
    sim.create_training_job(**request("spots", **spot()))
    sim.create_training_job(**request("waits", ResourceConfig=resources(ACCELERATED)))
    sim.advance(minutes=5)
    sim.stop_training_job(TrainingJobName="stops")
    sim.advance(milliseconds=60_001)
    statuses = [job.secondary_status.value for job in sim.jobs.values()]
    waiting = "Pending" if edition == "live" else "Starting"
    assert statuses == [
        "Completed",
        "Failed",
        "Stopped",
        "Training",
        "Stopping",
        "Training",
        waiting,
    ]
    return sim


def later_state(sim: Simulation) -> Json:
    """What becomes of a simulation: a refused call has not changed the future either."""
    sim.run()
    check(sim)
    return {name: job.record for name, job in sim.jobs.items()}


@pytest.fixture(scope="module", params=EDITIONS)
def sim(request: pytest.FixtureRequest) -> Simulation:
    """One simulation for all calls: none of them changes it."""
    return busy(request.param)


@pytest.mark.parametrize("what", WRONG_REQUESTS)
def test_a_refused_create_changes_nothing(sim: Simulation, what: str) -> None:
    given = {**request("new"), **WRONG_REQUESTS[what]}
    before = whole_state(sim)
    with pytest.raises(ApiError):
        sim.create_training_job(**{k: v for k, v in given.items() if v is not None})
    assert whole_state(sim) == before


def test_a_create_without_objects_changes_nothing() -> None:
    sim = busy("live")
    before = whole_state(sim)
    with pytest.raises(ApiError, match="No S3 objects found"):
        sim.create_training_job(**request("new", InputDataConfig=[channel("s3://gone/x")]))
    assert whole_state(sim) == before


@pytest.mark.parametrize("what", WRONG_CALLS)
def test_a_refused_call_changes_nothing(sim: Simulation, what: str) -> None:
    operation, given = WRONG_CALLS[what]
    if "tags" in operation:
        given = {"ResourceArn": sim.jobs["runs"].arn, **given}
    before = whole_state(sim)
    with pytest.raises(ApiError):
        getattr(sim, operation)(**given)
    assert whole_state(sim) == before


@pytest.mark.parametrize("what", WRONG_STEPS)
def test_a_refused_step_of_the_clock_changes_nothing(sim: Simulation, what: str) -> None:
    error, call = WRONG_STEPS[what]
    before = whole_state(sim)
    with pytest.raises(error):
        call(sim)
    assert whole_state(sim) == before


def test_reading_changes_nothing(sim: Simulation) -> None:
    assert whole_state(sim) == whole_state(sim)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_future_is_that_of_a_simulation_that_was_never_asked(edition: str) -> None:
    asked, never = busy(edition), busy(edition)
    for given in WRONG_REQUESTS.values():
        whole = {**request("new"), **given}
        with pytest.raises(ApiError):
            asked.create_training_job(**{k: v for k, v in whole.items() if v is not None})
    for operation, given in WRONG_CALLS.values():
        arn = {"ResourceArn": asked.jobs["runs"].arn} if "tags" in operation else {}
        with pytest.raises(ApiError):
            getattr(asked, operation)(**{**arn, **given})
    assert later_state(asked) == later_state(never)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_call_refused_inside_a_callback_changes_nothing(edition: str) -> None:
    sim = busy(edition)
    states: list[bool] = []

    def call() -> None:
        before = whole_state(sim)
        with pytest.raises(ApiError):
            sim.create_training_job(**request("runs"))
        with pytest.raises(ApiError):
            sim.stop_training_job(TrainingJobName="ended")
        with pytest.raises(SimulationError):
            sim.advance(minutes=1)
        with pytest.raises(SimulationError):
            sim.run()
        states.append(whole_state(sim) == before)

    sim.at(timedelta(minutes=1), call)
    sim.subscribe(lambda _: call())
    sim.run()
    assert states
    assert all(states)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_second_stop_changes_nothing(edition: str) -> None:
    sim = busy(edition)
    before = whole_state(sim)
    assert sim.stop_training_job(TrainingJobName="stops") == {}
    assert whole_state(sim) == before


def test_the_whole_state_sees_every_kind_of_change() -> None:
    changes: dict[str, Callable[[Simulation], object]] = {
        "clock": lambda sim: sim.advance(milliseconds=1),
        "jobs": lambda sim: sim.create_training_job(**request("new")),
        "stop": lambda sim: sim.stop_training_job(TrainingJobName="runs"),
        "call": lambda sim: sim.at(timedelta(hours=1), lambda: None),
        "subscriber": lambda sim: sim.subscribe(lambda _: None),
        "tag": lambda sim: sim.add_tags(
            ResourceArn=sim.jobs["ended"].arn, Tags=[{"Key": "k", "Value": "v"}]
        ),
        "untag": lambda sim: sim.delete_tags(ResourceArn=sim.jobs["runs"].arn, TagKeys=["team"]),
    }
    for what, change in changes.items():
        sim = busy("documented")
        before = whole_state(sim)
        change(sim)
        assert whole_state(sim) != before, what
