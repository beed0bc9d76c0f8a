"""SageMaker: the operations on training jobs; those on anything else are for others to answer."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from simjob.aws.errors import PassOnError
from simjob.simulation import Simulation
from simjob.spec.errors import ApiError, Kind, Violation

Reply = dict[str, object]
Params = Mapping[str, object]

_RESOURCE: Final = re.compile(r"arn:aws[a-z-]*:sagemaker:[^:]*:[^:]*:(?!training-job/)[^/]+/.*")


def _typed(call: Callable[..., Reply], params: Params, **also: object) -> Reply:
    """A call of the simulation; a member of a wrong type is refused before all others.

    The service reads a request whole before it looks at what the members mean (wording recorded
    for other services of this protocol).
    """
    try:
        return call(**also, **params)
    except ApiError as error:
        for each in error.violations:
            if each.kind is Kind.TYPE:
                raise ApiError("SerializationException", _wrong_type(each)) from None
        raise


def _wrong_type(violation: Violation) -> str:
    value = violation.value
    if isinstance(value, Mapping | list):
        return "Start of structure or map found where not expected."
    kind = {str: "STRING", bool: "BOOLEAN"}.get(type(value), "NUMBER")
    wanted = violation.clause.rpartition(" ")[2].strip(".").capitalize()
    return f"{kind}_VALUE can not be converted to {wanted}"


def _create(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.create_training_job, params)


def _stop(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.stop_training_job, params)


def _describe(sim: Simulation, params: Params, as_of: datetime | None = None) -> Reply:
    return _typed(sim.describe_training_job, params, as_of=as_of)


def _list(sim: Simulation, params: Params, as_of: datetime | None = None) -> Reply:
    return _typed(sim.list_training_jobs, params, as_of=as_of)


def _on_tags(call: Callable[[Simulation], Callable[..., Reply]]) -> Callable[..., Reply]:
    """An operation on the tags of a training job; other resources are passed on."""

    def operation(sim: Simulation, params: Params) -> Reply:
        arn = params.get("ResourceArn")
        if isinstance(arn, str) and _RESOURCE.fullmatch(arn):
            raise PassOnError
        return _typed(call(sim), params)

    return operation


OPERATIONS: Final[Mapping[str, Callable[[Simulation, Params], Reply]]] = {
    "CreateTrainingJob": _create,
    "DescribeTrainingJob": _describe,
    "StopTrainingJob": _stop,
    "ListTrainingJobs": _list,
    "AddTags": _on_tags(lambda sim: sim.add_tags),
    "ListTags": _on_tags(lambda sim: sim.list_tags),
    "DeleteTags": _on_tags(lambda sim: sim.delete_tags),
}

READS: Final[Mapping[str, Callable[[Simulation, Params, datetime | None], Reply]]] = {
    "DescribeTrainingJob": _describe,
    "ListTrainingJobs": _list,
}
"""The operations whose replies may be out of date."""
