"""Random worlds: one job, how long each of its phases takes, and what a learner is told of it.

All times are whole seconds without any luck in them, so that an answer can be worked out by hand.
"""

from datetime import UTC, datetime, timedelta

import attrs

from simjob.quiz.dice import Dice
from simjob.quiz.scenes import Call, Scene
from simjob.views.record import Reply
from simjob.views.timeline import Phase
from simjob.views.words import span
from simjob.world import (
    Capacity,
    Constant,
    Latencies,
    Outage,
    Quotas,
    S3Prefix,
    SpotMarket,
    Storage,
    Workload,
    World,
)

EDITIONS = ("documented", "live")
CPU = "ml.m5.xlarge"
GPU = "ml.g5.xlarge"
_NAMES = ("churn", "vision", "ranking", "speech", "forecast", "reviews")
_MARGIN = 10


@attrs.frozen
class Times:
    """How long the phases of a job take when nothing disturbs it."""

    ready: timedelta
    download: timedelta
    pull: timedelta
    work: timedelta
    upload: timedelta


def times(dice: Dice, work: timedelta | None = None) -> Times:
    """Any times, or any with that work."""
    return Times(
        dice.seconds(60, 180),
        dice.seconds(40, 150),
        dice.seconds(40, 120),
        work or dice.seconds(900, 2400, 60),
        dice.seconds(40, 100),
    )


def scene(  # noqa: PLR0913 - one word for each thing that a question varies
    dice: Dice,
    takes: Times,
    *,
    edition: str,
    kind: str = CPU,
    count: int = 1,
    streamed: bool = False,
    limit: timedelta = timedelta(days=1),
) -> Scene:
    """A job on any morning that takes those times; `streamed` leaves it no channel in File mode."""
    morning = datetime(2026, 3, 2, 9, tzinfo=UTC)
    start = morning + timedelta(days=dice.below(5)) + dice.seconds(0, 6 * 3600, 60)
    world = World(
        start=start,
        latencies=Latencies(
            launching={"*": Constant(takes.ready.total_seconds())},
            preparing={"*": Constant(0)},
            downloading={"*": Constant(takes.download.total_seconds())},
            image_pull={"*": Constant(takes.pull.total_seconds())},
            uploading={"*": Constant(takes.upload.total_seconds())},
        ),
        storage=Storage(seconds_per_object=0),
        default_workload=Workload(duration=takes.work.total_seconds()),
    )
    name = f"{dice.pick(_NAMES)}-{1 + dice.below(9)}"
    create = Call(start, "create_training_job", _request(name, kind, count, limit, streamed))
    return Scene(world, edition, (create,))


def _request(name: str, kind: str, count: int, limit: timedelta, streamed: bool) -> Reply:  # noqa: FBT001 - for this file alone
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/{name}"}}
    mode = "Pipe" if streamed else "File"
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": mode},
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "InputDataConfig": [{"ChannelName": "train", "DataSource": data}],
        "OutputDataConfig": {"S3OutputPath": "s3://models/"},
        "ResourceConfig": {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": int(limit.total_seconds())},
    }


def having(kind: str, number: int, **more: str) -> Capacity:
    """So many instances of a type, and any number of the others."""
    return Capacity(on_demand={kind: number}, **more)  # type: ignore[dict-item,arg-type]  # converted


def allowing(kind: str, number: int) -> Quotas:
    """An account that may use so many instances of a type."""
    return Quotas(on_demand={kind: number})  # type: ignore[dict-item]  # converted


def denying(uri: str) -> Storage:
    """S3 with a prefix to which the role has no access."""
    prefix = S3Prefix(uri, access="denied")
    return Storage(seconds_per_object=0, prefixes=[prefix])  # type: ignore[list-item]  # converted


def interrupting(begin: timedelta, end: timedelta, interrupted: timedelta) -> SpotMarket:
    """A market without instances from one span after the start to another."""
    outage = Outage(begin.total_seconds(), end.total_seconds())
    lasts = Constant(interrupted.total_seconds())
    return SpotMarket(outages=[outage], interrupted=lasts)


def inside(dice: Dice, phase: Phase) -> datetime:
    """An instant in a phase, well away from its ends; the phase lasts half a minute at least."""
    lasts = int((phase.duration or timedelta()).total_seconds())
    return phase.start + dice.seconds(_MARGIN, lasts - _MARGIN)


def lasts(phase: Phase) -> bool:
    """Whether a phase is long enough for `inside`."""
    return (phase.duration or timedelta()).total_seconds() >= 3 * _MARGIN


def at_work(dice: Dice, scene: Scene, takes: Times) -> datetime:
    """An instant at which the container of an undisturbed job works, well away from its ends."""
    done = scene.play().job.history[-1].start - takes.upload
    work = int(takes.work.total_seconds())
    return done - takes.work + dice.seconds(_MARGIN, work - _MARGIN)


# What a learner is told.


def told(scene: Scene, takes: Times) -> str:
    """When the job was created, and how long its phases take."""
    count, kind = scene.resources["InstanceCount"], scene.resources["InstanceType"]
    data = f"its data takes {span(takes.download)} to download"
    if scene.created.request["AlgorithmSpecification"]["TrainingInputMode"] == "Pipe":
        data = "its data is streamed (Pipe mode)"
    instances = f"{count} x {kind}" if count > 1 else kind
    return (
        f"{scene.name} is created at {at(scene.created.at)} on {instances}. Instances are ready "
        f"after {span(takes.ready)}, {data}, the image {span(takes.pull)} to pull, the work "
        f"{span(takes.work)}, the upload {span(takes.upload)}."
    )


def at(instant: datetime) -> str:
    """An instant as a clock shows it.

    >>> at(datetime(2026, 3, 2, 14, 5, tzinfo=UTC))
    '14:05:00'
    """
    return f"{instant:%H:%M:%S}"
