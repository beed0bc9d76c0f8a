"""SageMaker: the operations on training jobs, as a client calls them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from simjob.simulation import Simulation
from simjob.spec.errors import ApiError, Kind, Violation

Reply = dict[str, object]
Params = Mapping[str, object]


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


def _update(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.update_training_job, params)


def _delete(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.delete_training_job, params)


def _search(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.search, params)


def _add_tags(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.add_tags, params)


def _list_tags(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.list_tags, params)


def _delete_tags(sim: Simulation, params: Params) -> Reply:
    return _typed(sim.delete_tags, params)


OPERATIONS: Final[Mapping[str, Callable[[Simulation, Params], Reply]]] = {
    "CreateTrainingJob": _create,
    "DescribeTrainingJob": _describe,
    "StopTrainingJob": _stop,
    "ListTrainingJobs": _list,
    "UpdateTrainingJob": _update,
    "DeleteTrainingJob": _delete,
    "Search": _search,
    "AddTags": _add_tags,
    "ListTags": _list_tags,
    "DeleteTags": _delete_tags,
}

READS: Final[Mapping[str, Callable[[Simulation, Params, datetime | None], Reply]]] = {
    "DescribeTrainingJob": _describe,
    "ListTrainingJobs": _list,
}
"""The operations whose replies may be out of date."""
