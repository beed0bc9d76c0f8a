"""Airflow: the hook, the training operator in its three ways, and the sensor; S3 is moto's."""

import asyncio
import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import moto
import pytest
from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator
from airflow.providers.amazon.aws.sensors.sagemaker import SageMakerTrainingSensor
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger
from airflow.providers.common.compat.sdk import AirflowException, TaskDeferred
from airflow.triggers.base import TriggerEvent
from botocore.exceptions import ClientError
from cases import BUCKET, JOB, REQUEST, Case, living, seconds, world
from conftest import Check

from simjob import Simulation
from simjob.world import ApiFaults, RateLimit

CLIENT = "Airflow"
VERSIONS = ("apache-airflow-core", "apache-airflow-providers-amazon", "botocore")


@contextmanager
def beside_moto(case: str | Case) -> Iterator[Simulation]:
    with moto.mock_aws(), living(case) as sim:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="train", Body=b"rows")
        yield sim


def operator(**settings: Any) -> SageMakerTrainingOperator:  # noqa: ANN401 - whatever it takes
    config = copy.deepcopy(REQUEST)
    return SageMakerTrainingOperator(
        task_id="train", config=config, **{"aws_conn_id": None} | settings
    )


def run(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    done: dict[str, Any] = operator(**settings).execute({})
    return done


def fired(trigger: SageMakerTrigger) -> TriggerEvent:
    """The event of a trigger, which goes to its process as text and is made anew there."""
    name, arguments = trigger.serialize()
    assert name == f"{SageMakerTrigger.__module__}.{SageMakerTrigger.__qualname__}"

    async def first() -> TriggerEvent:
        return await anext(SageMakerTrigger(**arguments).run())

    return asyncio.run(first())


def run_deferred(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    task = operator(deferrable=True, **settings)
    try:
        done: dict[str, Any] = task.execute({})
    except TaskDeferred as deferral:
        done = getattr(task, deferral.method_name)({}, fired(deferral.trigger).payload)
    return done


def sense(**settings: Any) -> None:  # noqa: ANN401 - the same
    hook = SageMakerHook(aws_conn_id=None)
    hook.create_training_job(copy.deepcopy(REQUEST), wait_for_completion=False, print_log=False)
    SageMakerTrainingSensor(task_id="look", job_name=JOB, aws_conn_id=None, **settings).execute({})


@pytest.mark.parametrize(
    ("way", "act"),
    [
        ("operator", run),
        ("operator, print_log=False", lambda: run(print_log=False)),
        ("operator, deferrable=True", run_deferred),
        ("sensor", sense),
    ],
)
def test_operator_and_sensor(case: str, way: str, act: Any, check: Check) -> None:  # noqa: ANN401 - a function
    with beside_moto(case):
        check(way, case, act)


# What the operator takes for the end.


def test_without_logs_a_stopped_job_is_a_task_that_succeeded() -> None:
    with beside_moto("MaxRuntimeExceeded"):
        done = run(print_log=False)["Training"]
        assert (done["TrainingJobStatus"], done["SecondaryStatus"]) == (
            "Stopped",
            "MaxRuntimeExceeded",
        )


def test_the_reason_of_a_failure_is_told() -> None:
    for way in (run, run_deferred):
        with (
            beside_moto("Failed"),
            pytest.raises(AirflowException, match="AlgorithmError: ValueError: NaN, exit code: 1"),
        ):
            way()


@pytest.mark.parametrize("logs", [False, True])
def test_the_sensor_looks_for_a_reason_that_a_stopped_job_has_not(logs: bool) -> None:  # noqa: FBT001 - a case
    with beside_moto("Stopped by a call"), pytest.raises(KeyError, match="FailureReason"):
        sense(print_log=logs)


def test_logs_are_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    with beside_moto("Completed") as sim:
        run()
        printed = capsys.readouterr().out
        lines = [line.message for line in sim.jobs[JOB].logs]
        assert [printed.count(line) for line in lines] == [1] * 20
        assert "Billable seconds: 1291" in printed  # one more than the service counts


# How long it waits, and what becomes of the job.


def test_deferred_it_gives_up_after_half_an_hour_and_the_job_goes_on() -> None:
    with beside_moto("MaxRuntimeExceeded") as sim:
        with pytest.raises(AirflowException, match="'status': 'timeout'"):
            run_deferred()
        assert seconds(sim) == pytest.approx(60 * 30, abs=60)
        assert sim.jobs[JOB].status.value == "InProgress"


def test_deferred_with_attempts_enough_it_sees_the_end() -> None:
    stopped = pytest.raises(AirflowException, match="'status': 'stopped'")
    with beside_moto("MaxRuntimeExceeded"), stopped:
        run_deferred(max_attempts=480)


@pytest.mark.parametrize("logs", [False, True])
def test_after_max_ingestion_time_the_task_fails_and_the_job_goes_on(logs: bool) -> None:  # noqa: FBT001 - a case
    with beside_moto("Completed") as sim:
        with pytest.raises(AirflowException, match="took more than 300 seconds"):
            run(print_log=logs, max_ingestion_time=300)
        sim.run()
        assert sim.jobs[JOB].status.value == "Completed"


def test_a_trigger_outlasts_throttling_that_the_operator_does_not() -> None:
    throttled = Case(world(api=ApiFaults(throttles={"DescribeTrainingJob": 1 / 600})))
    with beside_moto(throttled) as sim:
        hook = SageMakerHook(aws_conn_id=None)
        hook.create_training_job(copy.deepcopy(REQUEST), wait_for_completion=False, print_log=False)
        trigger = SageMakerTrigger(job_name=JOB, job_type="training", aws_conn_id=None)
        assert fired(trigger).payload["status"] == "success"
        assert sim.jobs[JOB].status.value == "Completed"


# A task that is tried again.


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"lost_replies": {"CreateTrainingJob": 1}}, "ResourceInUse"),
        ({"throttles": {"DescribeTrainingJob": RateLimit(1 / 600, burst=2)}}, "Throttling"),
    ],
    ids=["lost reply", "throttled"],
)
def test_a_second_try_makes_a_second_job_beside_the_first(
    faults: dict[str, Any], error: str
) -> None:
    with beside_moto(Case(world(api=ApiFaults(**faults)))) as sim:
        for _ in range(2):
            with pytest.raises(ClientError, match=error):
                run()
            time.sleep(1200)
        first, second = sim.jobs.values()
        assert (first.name, second.name[: len(JOB) + 1]) == (JOB, f"{JOB}-")
        assert second.history[0].start < first.history[-1].start


def test_a_second_try_that_must_not_is_refused() -> None:
    with beside_moto("Completed") as sim:
        run()
        with pytest.raises(AirflowException, match=f"job with name {JOB} already exists"):
            run(action_if_job_exists="fail")
        assert list(sim.jobs) == [JOB]


# What moto answers.


def test_data_that_is_not_in_s3_is_seen_before_the_job_is_made() -> None:
    with beside_moto("Completed") as sim:
        boto3.client("s3").delete_object(Bucket=BUCKET, Key="train")
        with pytest.raises(AirflowException, match=f"s3://{BUCKET}/train does not exist"):
            run()
        assert not sim.jobs


def test_the_name_of_a_role_is_looked_up() -> None:
    with beside_moto("Completed") as sim:
        trust = '{"Version": "2012-10-17", "Statement": []}'
        boto3.client("iam").create_role(RoleName="trainer", AssumeRolePolicyDocument=trust)
        task = operator(print_log=False)
        task.config["RoleArn"] = "trainer"
        task.execute({})
        assert sim.jobs[JOB].record["RoleArn"] == "arn:aws:iam::123456789012:role/trainer"


def test_the_hook_lists_jobs() -> None:
    with beside_moto("Completed"):
        run(print_log=False)
        found = SageMakerHook(aws_conn_id=None).list_training_jobs(name_contains="chu")
        assert [each["TrainingJobName"] for each in found] == [JOB]
