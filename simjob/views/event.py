"""The EventBridge event of a change of status.

The envelope and the detail type are recorded: the detail is the Describe reply with its times as
epoch *milliseconds* and the tags as a map.
"""

from collections.abc import Mapping
from typing import cast

from simjob.engine.clock import instant_of
from simjob.engine.job import TrainingJob
from simjob.spec.constraints import Constraint, Timestamp
from simjob.spec.containers import ListOf, Nested
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.views.record import describe

DETAIL_TYPE = "SageMaker Training Job State Change"


def state_change(job: TrainingJob, place: int, tags: Mapping[str, str]) -> dict[str, object]:
    """The event of the entry at that place of the job's history, with the tags of that time.

    Its id is made from the job's ARN, its creation and the place, so that the same run gives the
    same ids.
    """
    from hashlib import blake2b  # noqa: PLC0415 - who reads no events need not load it
    from uuid import UUID  # noqa: PLC0415 - as above

    entry = job.history.entries[place]
    column = job.edition.column
    reply = describe(job, entry.start_ms, place + 1)
    detail = _in_milliseconds(reply, Nested(DescribeTrainingJobResponse), column)
    key = f"{job.arn}/{job.created_ms}/{place}"
    return {
        "version": "0",
        "id": str(UUID(bytes=blake2b(key.encode(), digest_size=16).digest())),
        "detail-type": DETAIL_TYPE,
        "source": "aws.sagemaker",
        "account": job.world.account,
        "time": instant_of(entry.start_ms).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": job.world.region,
        "resources": [job.arn],
        "detail": {**cast("dict[str, object]", detail), "Tags": dict(tags)},
    }


def _in_milliseconds(value: object, constraint: Constraint, column: Column) -> object:
    """The same value with every member that is a time stamp in milliseconds."""
    if isinstance(constraint, Timestamp) and isinstance(value, int | float):
        return round(value * 1000)
    if isinstance(constraint, ListOf) and isinstance(value, list):
        return [_in_milliseconds(each, constraint.item, column) for each in value]
    if isinstance(constraint, Nested) and isinstance(value, dict):
        known = {each.name: each.constraint for each in members(constraint.shape, column)}
        return {name: _in_milliseconds(each, known[name], column) for name, each in value.items()}
    return value
