"""A reply that is lost: the job is there, and whoever creates another one pays twice."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

import simjob.aws
from simjob.world import ApiFaults

REQUEST = {
    "AlgorithmSpecification": {"TrainingImage": "churn:1", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://my-models/"},
    "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
}
RUN = "churn-run-17"


def broken(sagemaker: Any) -> None:  # noqa: ANN401 - boto3 has no types
    """A name that is in use is taken for somebody else's."""
    try:
        sagemaker.create_training_job(TrainingJobName=RUN, **REQUEST)
    except ClientError as error:
        print(f"  {error.response['Error']['Code']}: under another name, then")
        sagemaker.create_training_job(TrainingJobName=f"{RUN}-again", **REQUEST)


def fixed(sagemaker: Any) -> None:  # noqa: ANN401 - boto3 has no types
    """The name is that of the run, so a job that has it is the one that was wanted."""
    try:
        sagemaker.create_training_job(TrainingJobName=RUN, **REQUEST)
    except sagemaker.exceptions.ResourceInUse:
        print("  ResourceInUse: created before, and the reply was lost")


world = simjob.World(
    default_workload=simjob.Workload(duration="10h"),
    api=ApiFaults(lost_replies={"CreateTrainingJob": 0.5}),
)
for create in (broken, fixed):
    # On the wire boto3 retries by itself, here when no reply has come for a minute.
    with simjob.aws.mock(world, seed=5, wire=True) as sim:
        print(f"{create.__name__}:")
        create(boto3.client("sagemaker"))
        sim.run()
        for job in sim.jobs.values():
            print(f"  {job.name}: {job.status}, ${job.bill.dollars:.0f}")
