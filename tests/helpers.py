"""What several tests need: a plain request, a plain world, and the whole state of a simulation."""

import itertools
from typing import Any

import simjob
from simjob import World
from simjob.views.event import state_change
from simjob.world import Constant, Latencies, Storage

Json = dict[str, Any]
EDITIONS = ("documented", "live", "retired")
ROLE = "arn:aws:iam::123456789012:role/training"
ORDERS = tuple(itertools.product(("Name", "CreationTime", "Status"), ("Ascending", "Descending")))
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


def whole_state(sim: simjob.Simulation) -> Json:
    """Everything that a call could have changed, seen from outside and from inside."""
    engine = sim._engine
    clock = engine.clock
    return {
        "clock": (sim.now, engine.env.now, clock._stepping, clock._delivering),
        "jobs": {name: _state_of(sim, name) for name in sim.jobs},
        "deleted": [id(job) for job in sim._plane.deleted],
        "lists": {order: _pages(sim, *order) for order in ORDERS},
        "pools": {
            key: (pool.size, pool.in_use, [(c.count, c.held, id(c)) for c in pool.waiting])
            for key, pool in engine.fleet.pools.items()
        },
        "events": sorted((at, priority, number) for at, priority, number, _ in engine.env._queue),
        "counted": (clock.live, clock.stuck, clock.scripted, len(clock._outbox)),
        "in use": {key: count for key, count in engine._in_use.items() if count},
        "observers": list(engine.observers),
        "lives": {job.name: id(job.life) for job in sim._plane.jobs.values()},
    }


def _state_of(sim: simjob.Simulation, name: str) -> Json:
    job = sim.jobs[name]
    inside = job._job
    history = inside.history
    return {
        "record": sim.describe_training_job(TrainingJobName=name),
        "events": [
            state_change(inside, place, inside.tags) for place in range(len(history.entries))
        ],
        "bill": job.bill,
        "timeline": job.timeline,
        "logs": job.logs,
        "metrics": job.metrics,
        "tags": sim.list_tags(ResourceArn=job.arn),
        "request": inside.request,
        "facts": repr(
            (
                history.entries,
                history.stop,
                history.failure,
                history.artifact,
                history.attempts,
                history.legs,
                history.lines,
            )
        ),
    }


def _pages(sim: simjob.Simulation, by: str, direction: str) -> list[Json]:
    pages = [sim.list_training_jobs(SortBy=by, SortOrder=direction, MaxResults=3)]
    while "NextToken" in pages[-1]:
        assert len(pages) <= len(sim.jobs), "pages without end"
        pages.append(
            sim.list_training_jobs(
                SortBy=by, SortOrder=direction, MaxResults=3, NextToken=pages[-1]["NextToken"]
            )
        )
    return pages
