"""The CreateTrainingJob requests that a planned job makes: what it says, over what is usual.

A plan need not spell out what no simulation depends on. What is left out is filled in: a training
image, a role and an output path of the world's account, 30 GB of volume, one instance, and one day
of MaxRuntimeInSeconds, the service's own default. Work that saves checkpoints gets a
CheckpointConfig, without which they would not outlive the instances.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from simjob.spec.rules import DEFAULT_RUNTIME
from simjob.whatif.plan import Choice, PlannedJob
from simjob.world import FieldError, World

Request = dict[str, Any]


def requests(name: str, job: PlannedJob, world: World) -> Iterator[Request]:
    """The request of a job's first try, then one for each fallback.

    Raises:
        FieldError: a member that must be a table is none.
    """
    first = _with(_filled(name, job, world), job, job.max_wait)
    yield first
    for choice in job.retry.fallback:
        yield _with(first, choice, job.max_wait)


def with_instances(request: Request, instances: int) -> Request:
    """The request for another number of instances."""
    return _with(request, Choice(instances=instances), None)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one; where both have a table it is merged, else the upper one counts.

    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    both = dict(below)
    for name, value in above.items():
        mine = both.get(name)
        tables = isinstance(mine, Mapping) and isinstance(value, Mapping)
        both[name] = merged(mine, value) if tables and mine is not None else value
    return both


def _filled(name: str, job: PlannedJob, world: World) -> Request:
    """What the job says, and what it leaves out."""
    usual: Request = {
        "AlgorithmSpecification": {
            "TrainingImage": f"{world.account}.dkr.ecr.{world.region}.amazonaws.com/training:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": f"arn:aws:iam::{world.account}:role/training",
        "OutputDataConfig": {"S3OutputPath": f"s3://training-{world.account}/output"},
    }
    if job.work is not None and job.work.checkpoint_every is not None:
        usual["CheckpointConfig"] = {"S3Uri": f"s3://training-{world.account}/checkpoints"}
    limits = {"MaxRuntimeInSeconds": DEFAULT_RUNTIME}
    # These are whole or not there, the others are filled in member by member.
    request = {**usual, **job.request, "TrainingJobName": name}
    request["ResourceConfig"] = {
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        **_table(job.request, "ResourceConfig"),
    }
    request["StoppingCondition"] = {**limits, **_table(job.request, "StoppingCondition")}
    if job.max_runtime is not None:
        request["StoppingCondition"]["MaxRuntimeInSeconds"] = ceil(job.max_runtime)
    return request


def _table(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = request.get(name, {})
    if not isinstance(value, Mapping):
        raise FieldError(f"request.{name}", f"must be a table, is {value!r}")
    return value


def _with(request: Request, choice: Choice | PlannedJob, max_wait: float | None) -> Request:
    """The request with other instances; MaxWaitTimeInSeconds is for spot training only."""
    resources = dict(request["ResourceConfig"])
    limits = dict(request["StoppingCondition"])
    request = {**request, "ResourceConfig": resources, "StoppingCondition": limits}
    if choice.instance_type is not None:
        resources["InstanceType"] = choice.instance_type
    if choice.instances is not None:
        resources["InstanceCount"] = choice.instances
    if choice.spot is not None:
        request["EnableManagedSpotTraining"] = choice.spot
    if not request.get("EnableManagedSpotTraining"):
        limits.pop("MaxWaitTimeInSeconds", None)
    elif max_wait is not None:
        limits["MaxWaitTimeInSeconds"] = ceil(max_wait)
    return request
