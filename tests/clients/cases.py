"""What every client is driven through: the request that makes a job, and the worlds it meets.

What a client makes of it stands in docs/clients.md, and is read from there by `documented`.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

import simjob.aws
from simjob import Simulation, Workload, World
from simjob.world import (
    ApiFaults,
    Capacity,
    Constant,
    Latencies,
    LogSeries,
    Quotas,
    RateLimit,
    S3Prefix,
    Storage,
)

JOB = "churn"
KIND = "ml.g5.xlarge"
BUCKET = "churn-data"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"
ROLE = "arn:aws:iam::123456789012:role/training"
REQUEST: dict[str, Any] = {
    "TrainingJobName": JOB,
    "AlgorithmSpecification": {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
    },
    "RoleArn": ROLE,
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train"}
            },
        }
    ],
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
    "ResourceConfig": {"InstanceType": KIND, "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
"""What boto3's client takes. The instances are of a type that can be Pending."""

TABLES = Path(__file__).parents[2] / "docs" / "clients.md"


def world(**changes: Any) -> World:  # noqa: ANN401 - whatever a World takes
    """Constant latencies: Starting for 2 min, Downloading for 1 min, Uploading for 30 s."""
    return World(
        **{
            "latencies": Latencies(
                launching={"*": Constant(100)},
                preparing={"*": Constant(20)},
                downloading={"*": Constant(20)},
                image_pull={"*": Constant(40)},
                uploading={"*": Constant(30)},
            ),
            "storage": Storage(
                prefixes=[S3Prefix(uri=f"s3://{BUCKET}/train", bytes=1_000_000, objects=1)],
                seconds_per_object=0,
            ),
            "default_workload": training(),
        }
        | changes
    )


def training(**changes: Any) -> Workload:  # noqa: ANN401 - whatever a Workload takes
    """Twenty minutes with a line each minute, and no ear for SIGTERM: a stop takes two minutes."""
    line = LogSeries("loss={value:.3f}", every="1m")
    return Workload(**{"duration": "20m", "on_sigterm": "ignore", "logs": [line]} | changes)


@attrs.frozen
class Case:
    """A world, and when somebody else calls StopTrainingJob, in seconds from its beginning."""

    world: World
    stopped_after: int | None = None


CASES = {
    "Completed": Case(world()),
    "Failed": Case(world(default_workload=training(exit_code=1, failure="ValueError: NaN"))),
    "Stopped by a call": Case(world(), stopped_after=600),
    "MaxRuntimeExceeded": Case(world(default_workload=training(duration="3h"))),
    "stopped in Starting": Case(world(), stopped_after=60),
    "stopped in Pending": Case(world(capacity=Capacity(on_demand={KIND: 0})), stopped_after=600),
    "quota refused": Case(world(quotas=Quotas(on_demand={KIND: 0}))),
    "throttled": Case(
        world(api=ApiFaults(throttles={"DescribeTrainingJob": RateLimit(rate=1 / 3600)}))
    ),
}
"""By name. "throttled": DescribeTrainingJob once an hour, which no retries outlast."""


@contextmanager
def living(
    case: str | Case,
    job: str = JOB,
    **mock: Any,  # noqa: ANN401 - whatever mock takes
) -> Iterator[Simulation]:
    """Stand in for AWS in that case, on the wire; `job` is the one that somebody stops."""
    met = CASES[case] if isinstance(case, str) else case
    with simjob.aws.mock(met.world, **{"wire": True} | mock) as sim:
        if met.stopped_after is not None:
            sim.at(
                timedelta(seconds=met.stopped_after),
                lambda: sim.stop_training_job(TrainingJobName=job),
            )
        yield sim


def seconds(sim: Simulation) -> float:
    """The virtual seconds since the beginning."""
    return (sim.now - sim.world.start).total_seconds()


def course(sim: Simulation, job: str = JOB) -> str:
    """The secondary statuses of a job, such as "Starting > Downloading"."""
    return " > ".join(phase.status for phase in sim.jobs[job].history)


@functools.cache
def documented(client: str) -> dict[str, dict[str, str]]:
    """The table of a client in docs/clients.md: the cells, by column and row, as plain text."""
    section = TABLES.read_text(encoding="utf-8").split(f"\n## {client}\n", 1)[1]
    lines = section.partition("\n## ")[0].splitlines()
    head, _, *rows = [
        [cell.strip() for cell in line.replace("`", "").strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    return {way: {row[0]: row[column] for row in rows} for column, way in enumerate(head) if column}
