"""What several tests need: a plain request, a plain world, and short looks at a simulation."""

from typing import Any

import simjob
from simjob import World
from simjob.testing.state import whole_state  # noqa: F401 - where tests look for it
from simjob.world import Constant, Latencies, Storage

Json = dict[str, Any]
EDITIONS = ("documented", "live", "retired")
ROLE = "arn:aws:iam::123456789012:role/training"
START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, where a world starts by default."""


def request(name: str = "a", **changes: object) -> Json:
    """A small request that every edition takes; a change to None takes a member out."""
    whole = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "Pipe"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def channel(uri: str = "s3://plain/data", name: str = "train", **changes: object) -> Json:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    data = {"S3DataSource": source}
    return {"ChannelName": name, "InputMode": "File", "DataSource": data, **changes}


def resources(kind: str = "ml.m5.large", count: int = 1) -> Json:
    return {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 10}


def spot(run: int = 3600, wait: int = 7200) -> Json:
    limits = {"MaxRuntimeInSeconds": run, "MaxWaitTimeInSeconds": wait}
    return {"EnableManagedSpotTraining": True, "StoppingCondition": limits}


def latencies(
    launching: float = 10,
    preparing: float = 20,
    downloading: float = 30,
    image_pull: float = 40,
    uploading: float = 50,
) -> Latencies:
    """Constant latencies, each phase with a length of its own."""
    return Latencies(
        launching={"*": Constant(launching)},
        preparing={"*": Constant(preparing)},
        downloading={"*": Constant(downloading)},
        image_pull={"*": Constant(image_pull)},
        uploading={"*": Constant(uploading)},
    )


def world(**changes: Any) -> World:  # noqa: ANN401 - whatever a World takes
    """A world of constant latencies: 10 + 20 s to start, 30 download, 40 pull, 50 upload."""
    plain = {"latencies": latencies(), "storage": Storage(seconds_per_object=0)}
    return World(**{**plain, **changes})


def course(sim: simjob.Simulation, name: str = "a") -> str:
    return " > ".join(phase.status for phase in sim.jobs[name].history)


def names(reply: Json) -> list[str]:
    return [row["TrainingJobName"] for row in reply["TrainingJobSummaries"]]
