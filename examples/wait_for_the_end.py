"""boto3's waiter: it returns for stopped jobs too, and gives up after six hours."""

import contextlib
from typing import Any

import boto3
from botocore.exceptions import WaiterError

import simjob.aws

ONE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
WAITER = "training_job_completed_or_stopped"


def broken(sagemaker: Any, name: str) -> str:  # noqa: ANN401 - boto3 has no types
    """When the waiter returns, the model is deployed."""
    sagemaker.get_waiter(WAITER).wait(TrainingJobName=name)
    return "deploys"


def fixed(sagemaker: Any, name: str) -> str:  # noqa: ANN401 - boto3 has no types
    """The job itself is asked what it is, and waited for again while it is no end."""
    while True:
        with contextlib.suppress(WaiterError):
            sagemaker.get_waiter(WAITER).wait(TrainingJobName=name)
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] not in {"InProgress", "Stopping"}:
            return "deploys" if job["TrainingJobStatus"] == "Completed" else job["SecondaryStatus"]


for orchestrate in (broken, fixed):
    for hours, limit in ((2, 4), (5, 4), (9, 24)):
        world = simjob.World(default_workload=simjob.Workload(duration=f"{hours}h"))
        with simjob.aws.mock(world) as sim:
            client = boto3.client("sagemaker")
            client.create_training_job(
                TrainingJobName="churn",
                AlgorithmSpecification={"TrainingImage": "churn:1", "TrainingInputMode": "File"},
                RoleArn="arn:aws:iam::123456789012:role/training",
                OutputDataConfig={"S3OutputPath": "s3://my-models/"},
                ResourceConfig=ONE,
                StoppingCondition={"MaxRuntimeInSeconds": limit * 3600},
            )
            try:
                done = orchestrate(client, "churn")
            except WaiterError:
                done = f"gives up on a job that is {sim.jobs['churn'].status}"
            print(f"{orchestrate.__name__}, {hours} h with a limit of {limit} h: {done}")
