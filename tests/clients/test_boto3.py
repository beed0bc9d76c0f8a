"""boto3: the waiter, the paginators, the modelled exceptions, and the three modes of retries."""

import random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, WaiterError
from cases import JOB, REQUEST, Case, course, living, seconds, training, world
from conftest import Check

from simjob.world import ApiFaults, RateLimit

CLIENT = "boto3"
VERSIONS = ("boto3",)

seams = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])
modes = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
NEVER = RateLimit(rate=1e-9)


def client(**config: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    return boto3.client("sagemaker", config=Config(**config))


def retrying(mode: str, **more: int) -> Any:  # noqa: ANN401 - the same
    return client(retries={"mode": mode, **more})


def create_and_wait() -> None:
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(**REQUEST)
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=JOB)


def faulty(**faults: Any) -> Case:  # noqa: ANN401 - whatever ApiFaults takes
    return Case(world(api=ApiFaults(**faults)))


# The waiter.


@seams
def test_create_and_wait(case: str, check: Check, wire: bool) -> None:  # noqa: FBT001 - a case
    with living(case, wire=wire):
        check("the waiter", case, create_and_wait)


def test_the_waiter_looks_at_once_and_then_every_two_minutes() -> None:
    with living("Completed") as sim:
        create_and_wait()
        polls = 13  # the first at once; the job ends after 23 min 30 s
        assert seconds(sim) == pytest.approx(0.05 + polls * 0.05 + (polls - 1) * 120)


def test_the_waiter_gives_up_after_six_hours_and_the_job_goes_on() -> None:
    patient = {**REQUEST, "StoppingCondition": {"MaxRuntimeInSeconds": 36_000}}
    with living(Case(world(default_workload=training(duration="9h")))) as sim:
        sagemaker = boto3.client("sagemaker")
        sagemaker.create_training_job(**patient)
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=JOB)
        assert seconds(sim) == pytest.approx(179 * 120, abs=60)
        assert sim.jobs[JOB].status.value == "InProgress"


def test_the_waiter_takes_a_throttled_poll_for_the_end() -> None:
    with living("throttled") as sim:
        with pytest.raises(WaiterError, match="ThrottlingException") as caught:
            create_and_wait()
        assert caught.value.last_response["Error"]["Code"] == "ThrottlingException"
        assert sim.jobs[JOB].status.value == "InProgress"


def test_only_the_secondary_status_tells_a_stop_from_the_limit() -> None:
    told = {}
    for case in ("Stopped by a call", "MaxRuntimeExceeded"):
        with living(case):
            create_and_wait()
            reply = boto3.client("sagemaker").describe_training_job(TrainingJobName=JOB)
            told[reply["SecondaryStatus"]] = reply["TrainingJobStatus"]
    assert told == {"Stopped": "Stopped", "MaxRuntimeExceeded": "Stopped"}


# The paginators.


@seams
def test_pages_that_are_filtered_to_nothing_are_not_the_end(wire: bool) -> None:  # noqa: FBT001 - a case
    with living("Completed", wire=wire) as sim:
        sagemaker = boto3.client("sagemaker")
        for number in range(25):
            sagemaker.create_training_job(**{**REQUEST, "TrainingJobName": f"job-{number}"})
        sagemaker.stop_training_job(TrainingJobName="job-0")
        sim.run()
        pages = sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="Stopped")
        sizes = [len(page["TrainingJobSummaries"]) for page in pages]
        assert sizes == [0, 0, 1]  # who reads one page alone finds nothing
        assert (
            len(sagemaker.list_training_jobs(StatusEquals="Stopped")["TrainingJobSummaries"]) == 0
        )


@seams
def test_the_paginator_of_search_finds_every_job_once(wire: bool) -> None:  # noqa: FBT001 - a case
    with living("Completed", wire=wire):
        sagemaker = boto3.client("sagemaker")
        names = {f"job-{number}" for number in range(25)}
        for name in names:
            sagemaker.create_training_job(**{**REQUEST, "TrainingJobName": name})
        pages = sagemaker.get_paginator("search").paginate(
            Resource="TrainingJob", PaginationConfig={"PageSize": 10}
        )
        found = [
            each["TrainingJob"]["TrainingJobName"] for page in pages for each in page["Results"]
        ]
        assert sorted(found) == sorted(names)


# The modelled exceptions.


@seams
def test_exceptions_that_are_modelled_can_be_caught_by_name(wire: bool) -> None:  # noqa: FBT001 - a case
    with living("Completed", wire=wire):
        sagemaker = boto3.client("sagemaker")
        sagemaker.create_training_job(**REQUEST)
        with pytest.raises(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_training_job(**REQUEST)
    with living("quota refused", wire=wire):
        sagemaker = boto3.client("sagemaker")
        with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded):
            sagemaker.create_training_job(**REQUEST)


@seams
def test_an_unknown_name_is_not_the_modelled_resource_not_found(wire: bool) -> None:  # noqa: FBT001 - a case
    with living("Completed", wire=wire):
        sagemaker = boto3.client("sagemaker")
        with pytest.raises(ClientError) as caught:
            sagemaker.describe_training_job(TrainingJobName=JOB)
        assert not isinstance(caught.value, sagemaker.exceptions.ResourceNotFound)
        assert caught.value.response["Error"] == {
            "Code": "ValidationException",
            "Message": "Requested resource not found.",
        }


def test_a_stop_that_comes_too_late_is_refused() -> None:
    with living("Completed"):
        create_and_wait()
        with pytest.raises(ClientError, match="the training job is in status Completed"):
            boto3.client("sagemaker").stop_training_job(TrainingJobName=JOB)


# Retries, which run on the wire only.


def attempts(sagemaker: Any, operation: str) -> list[str]:  # noqa: ANN401 - boto3 has no types
    """A list that grows by one with each attempt from now on."""
    made: list[str] = []
    sagemaker.meta.events.register(
        f"request-created.sagemaker.{operation}",
        lambda operation_name, **_: made.append(operation_name),
    )
    return made


def test_without_a_mode_two_retries_are_all() -> None:
    with living("throttled") as sim:
        sagemaker = boto3.client("sagemaker")
        assert sagemaker.meta.config.retries["mode"] == "standard"  # legacy before botocore 1.44
        sagemaker.create_training_job(**REQUEST)
        sagemaker.describe_training_job(TrainingJobName=JOB)
        with pytest.raises(ClientError, match=r"reached max retries: 2"):
            sagemaker.describe_training_job(TrainingJobName=JOB)
        assert seconds(sim) < 5


@modes
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"throttles": {"DescribeTrainingJob": NEVER}}, "ThrottlingException"),
        ({"internal_failures": {"DescribeTrainingJob": 1}}, "InternalFailure"),
        ({"resets": {"DescribeTrainingJob": 1}}, "Connection was closed"),
    ],
    ids=["throttled", "failing", "reset"],
)
def test_retries_come_to_an_end(mode: str, fault: dict[str, Any], error: str) -> None:
    with living(faulty(**fault)):
        sagemaker = retrying(mode)
        sagemaker.create_training_job(**REQUEST)
        if "throttles" in fault:
            sagemaker.describe_training_job(TrainingJobName=JOB)  # takes the token that there is
        made = attempts(sagemaker, "DescribeTrainingJob")
        with pytest.raises((ClientError, ConnectionClosedError), match=error):
            sagemaker.describe_training_job(TrainingJobName=JOB)
    assert len(made) == {"legacy": 5, "standard": 3, "adaptive": 3}[mode]


@modes
def test_retries_wait_on_virtual_time_and_outlast_a_short_throttle(mode: str) -> None:
    def run() -> tuple[int, float]:
        random.seed(7)  # the jitter of botocore is drawn from there
        with living(faulty(throttles={"DescribeTrainingJob": 0.1})) as sim:
            sagemaker = retrying(mode, total_max_attempts=20)
            sagemaker.create_training_job(**REQUEST)
            sagemaker.describe_training_job(TrainingJobName=JOB)
            reply = sagemaker.describe_training_job(TrainingJobName=JOB)
            return reply["ResponseMetadata"]["RetryAttempts"], seconds(sim)

    retries, passed = run()
    assert retries > 0
    assert passed > 10
    assert run() == (retries, passed)


@modes
def test_a_retried_create_is_refused_by_the_job_that_it_has_made(mode: str) -> None:
    with living(faulty(lost_replies={"CreateTrainingJob": 1})) as sim:
        sagemaker = retrying(mode)
        made = attempts(sagemaker, "CreateTrainingJob")
        with pytest.raises(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_training_job(**REQUEST)
        assert len(made) == 2
        assert seconds(sim) > 60  # the read time-out
        assert course(sim) == "Starting"


def test_a_reset_before_the_call_is_retried_unseen() -> None:
    with living(faulty(resets={"CreateTrainingJob": 0.5}), seed=1) as sim:
        sagemaker = retrying("standard", total_max_attempts=10)
        made = attempts(sagemaker, "CreateTrainingJob")
        sagemaker.create_training_job(**REQUEST)
        assert len(made) > 1
        assert list(sim.jobs) == [JOB]
