"""Hypothesis strategies for what is asked of a simulation, and when: small requests and schedules.

A schedule is a row of calls with the time before each; `play` makes them. The requests meet each
other: few names, two instance types, short limits. Needs the extra `simjob[testing]`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from simjob.simulation import Simulation
from simjob.spec import requests as shapes
from simjob.spec.editions import Column
from simjob.spec.errors import ApiError
from simjob.testing.strategies import from_shape
from simjob.testing.surroundings import BUCKETS, DENIED_ROLE, INSTANCE_TYPES
from simjob.views.record import Reply

NAMES: Final = ("a1", "a2", "A1", "b1", "b2", "c1", "c2")
"""Names of jobs, two of which are one but for upper and lower case."""

MOMENTS: Final = st.one_of(
    st.sampled_from((0, 1, 999, 1000, 30_000, 120_000, 600_000, 3_600_000)),
    st.integers(0, 900_000),
).map(lambda ms: timedelta(milliseconds=ms))
"""Spans of time in which something happens, or just not yet."""

_ARN: Final = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
_LOSS: Final = ({"Name": "loss", "Regex": "loss=([0-9.]+)"},)
_BY_NAME: Final[Mapping[str, type]] = {
    "DescribeTrainingJob": shapes.DescribeTrainingJobRequest,
    "StopTrainingJob": shapes.StopTrainingJobRequest,
    "UpdateTrainingJob": shapes.UpdateTrainingJobRequest,
    "DeleteTrainingJob": shapes.DeleteTrainingJobRequest,
}
_BY_ARN: Final[Mapping[str, type]] = {
    "AddTags": shapes.AddTagsRequest,
    "ListTags": shapes.ListTagsRequest,
    "DeleteTags": shapes.DeleteTagsRequest,
}


@st.composite
def small_requests(draw: st.DrawFn, names: st.SearchStrategy[str] | None = None) -> dict[str, Any]:
    """CreateTrainingJob requests that meet each other, of all that a world can do to a job.

    Args:
        draw: given by Hypothesis.
        names: of the jobs; by default those of `NAMES`.

    >>> from hypothesis import find
    >>> find(small_requests(), lambda _: True)["TrainingJobName"]
    'a1'
    """
    name = draw(st.sampled_from(NAMES) if names is None else names)
    mode = draw(st.sampled_from(("File", "Pipe")))
    kind, count = draw(st.sampled_from(INSTANCE_TYPES)), draw(st.integers(1, 4))
    run = draw(st.sampled_from((1, 60, 400, 3600)))
    wanted: dict[str, Any] = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": mode,
            "MetricDefinitions": [dict(each) for each in _LOSS],
        },
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": run},
    }
    uris = draw(st.lists(st.sampled_from((*BUCKETS, BUCKETS[0])), max_size=2))
    if uris:
        wanted["InputDataConfig"] = [_channel(f"c{at}", uri) for at, uri in enumerate(uris)]
    if draw(st.integers(0, 4)) == 0:
        wanted["RoleArn"] = DENIED_ROLE
    if draw(st.integers(0, 6)) == 0:
        wanted["OutputDataConfig"] = {"S3OutputPath": BUCKETS[1]}
    if draw(st.booleans()):
        wait = run + draw(st.sampled_from((0, 30, 1000, 7200)))
        wanted["EnableManagedSpotTraining"] = True
        wanted["StoppingCondition"]["MaxWaitTimeInSeconds"] = wait
    if draw(st.booleans()):
        wanted["CheckpointConfig"] = {"S3Uri": "s3://plain/checkpoints"}
    return wanted


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {"ChannelName": name, "InputMode": "File", "DataSource": source}


@attrs.frozen
class Step:
    """One call of a schedule: the time before it, the API's operation, and its parameters."""

    after: timedelta
    operation: str
    params: Mapping[str, object]


@st.composite
def steps(
    draw: st.DrawFn,
    names: st.SearchStrategy[str] | None = None,
    column: Column = Column.TODAY,
) -> Step:
    """One call, valid in itself; whether it is refused depends on what came before.

    >>> from hypothesis import find
    >>> find(steps(), lambda step: step.operation == "StopTrainingJob").params
    {'TrainingJobName': 'a1'}
    """
    after = draw(MOMENTS)
    few = st.sampled_from(NAMES) if names is None else names
    operation = draw(
        st.sampled_from(("CreateTrainingJob", *_BY_NAME, "ListTrainingJobs", *_BY_ARN))
    )
    if operation == "CreateTrainingJob":
        return Step(after, operation, draw(small_requests(few)))
    if operation == "ListTrainingJobs":
        given: dict[str, st.SearchStrategy[object]] = {}
    elif operation in _BY_NAME:
        given = {"TrainingJobName": few}
    else:
        given = {"ResourceArn": few.map(lambda name: _ARN + name.lower())}
    shape = {**_BY_NAME, **_BY_ARN}.get(operation, shapes.ListTrainingJobsRequest)
    return Step(
        after, operation, draw(from_shape(shape, column, without={"NextToken"}, given=given))
    )


def schedules(
    *,
    names: st.SearchStrategy[str] | None = None,
    column: Column = Column.TODAY,
    max_size: int = 12,
) -> st.SearchStrategy[list[Step]]:
    """Rows of calls, with time between them.

    Args:
        names: of the jobs; by default those of `NAMES`.
        column: whose members and limits the parameters keep.
        max_size: the most calls of a schedule.

    >>> from hypothesis import find
    >>> find(schedules(), lambda _: True)
    []
    """
    return st.lists(steps(names, column), max_size=max_size)


def play(sim: Simulation, schedule: Iterable[Step]) -> list[Reply | ApiError]:
    """Make the calls of a schedule, each at its time; a refusal is an answer like any other.

    >>> step = Step(timedelta(hours=1), "StopTrainingJob", {"TrainingJobName": "a1"})
    >>> [answer.code for answer in play(Simulation(), [step])]
    ['ResourceNotFound']
    """
    answers: list[Reply | ApiError] = []
    for step in schedule:
        sim.advance(step.after)
        call = getattr(sim, re.sub(r"(?<!^)(?=[A-Z])", "_", step.operation).lower())
        try:
            answers.append(call(**step.params))
        except ApiError as error:
            answers.append(error)
    return answers
