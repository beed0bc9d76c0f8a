"""Requests, worlds and a short notation that the tests of the engine share.

In `world()` every latency is constant, so that each boundary of a job is known by arithmetic.
Seconds from the creation of an undisturbed job with one channel in File mode:

    documented  Starting 0, Downloading 60, Training 90 (image until 140), Uploading 440, end 450
    live        Starting 0, Downloading 60 (image from 90), Training 140, Uploading 440, end 450
    retired     Starting 0, launching 0, preparing 40, Downloading 60, image 90, Training 140, ...
"""

from typing import Any

from simjob import Simulation
from simjob.world import Constant, Latencies, Storage, Workload, World

LAUNCHING, PREPARING, DOWNLOADING, IMAGE_PULL, TRAINING, UPLOADING = 40, 20, 30, 50, 300, 10

BUCKET = "s3://bucket"
ROLE = "arn:aws:iam::123456789012:role/training"

_LETTERS = {
    "S": "Starting",
    "P": "Pending",
    "L": "LaunchingMLInstances",
    "R": "PreparingTrainingStack",
    "D": "Downloading",
    "G": "DownloadingTrainingImage",
    "T": "Training",
    "U": "Uploading",
    "X": "Stopping",
    "I": "Interrupted",
    "MaxRuntime": "MaxRuntimeExceeded",
    "MaxWait": "MaxWaitTimeExceeded",
}

Course = list[tuple[str, float]]


def channel(mode: str = "File", prefix: str = "train") -> dict[str, Any]:
    """A channel of S3 data, named like its prefix."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/{prefix}"}
    return {
        "ChannelName": prefix,
        "DataSource": {"S3DataSource": source},
        "InputMode": mode,
    }


def request(name: str = "job", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A valid CreateTrainingJob request; `changes` replace whole members."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [channel()],
        "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/out"},
        "ResourceConfig": instances(),
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    } | changes


def instances(count: int = 1, kind: str = "ml.m5.large") -> dict[str, Any]:
    """A ResourceConfig."""
    return {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 10}


def spot(
    name: str = "job",
    *,
    wait: int = 36_000,
    run: int | None = None,
    checkpoints: bool = False,
    **changes: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    """A request for managed spot training; the runtime limit is the wait unless given."""
    condition = {"MaxRuntimeInSeconds": run or min(wait, 3600), "MaxWaitTimeInSeconds": wait}
    kept = {"CheckpointConfig": {"S3Uri": f"{BUCKET}/checkpoints"}} if checkpoints else {}
    return request(
        name, EnableManagedSpotTraining=True, StoppingCondition=condition, **kept, **changes
    )


def latencies(**changes: float) -> Latencies:
    """The constant latencies, some of them changed."""
    seconds: dict[str, float] = {
        "launching": LAUNCHING,
        "preparing": PREPARING,
        "downloading": DOWNLOADING,
        "image_pull": IMAGE_PULL,
        "uploading": UPLOADING,
    } | changes
    return Latencies(**{phase: {"*": Constant(value)} for phase, value in seconds.items()})


def world(**changes: Any) -> World:  # noqa: ANN401 - any field of a world
    """A world without luck; `changes` replace whole fields."""
    fields: dict[str, Any] = {
        "latencies": latencies(),
        "storage": Storage(seconds_per_object=0),
        "default_workload": Workload(duration=TRAINING),
    }
    return World(**fields | changes)


def simulate(edition: str, *requests: dict[str, Any], seed: int = 0, **changes: Any) -> Simulation:  # noqa: ANN401
    """A simulation in `world(**changes)` in which these jobs were created and lived to the end."""
    sim = Simulation(world(**changes), edition=edition, seed=seed)
    for each in requests:
        sim.create_training_job(**each)
    sim.run()
    return sim


def record(sim: Simulation, name: str = "job") -> dict[str, Any]:
    """The reply of DescribeTrainingJob."""
    return sim.describe_training_job(TrainingJobName=name)


def course(sim: Simulation, name: str = "job") -> Course:
    """Each status with the seconds from the job's creation to its start."""
    reply = record(sim, name)
    return [
        (each["Status"], round(each["StartTime"] - reply["CreationTime"], 3))
        for each in reply["SecondaryStatusTransitions"]
    ]


def messages(sim: Simulation, name: str = "job") -> list[str]:
    """The StatusMessage of each status."""
    return [each["StatusMessage"] for each in record(sim, name)["SecondaryStatusTransitions"]]


def read(text: str) -> Course:
    """A course in short notation, letter and seconds: "S0 D60 T90 U440 Completed450".

    >>> read("S0 X12.5 Stopped12.5")
    [('Starting', 0.0), ('Stopping', 12.5), ('Stopped', 12.5)]
    """
    found = []
    for step in text.split():
        status = step.rstrip("0123456789.")
        found.append((_LETTERS.get(status, status), float(step[len(status) :])))
    return found
