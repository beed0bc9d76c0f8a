"""SageMaker: the operations on training jobs, as a client calls them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from simjob.simulation import Simulation
from simjob.spec.errors import ApiError, Kind, Violation

Reply = dict[str, object]
Params = Mapping[str, object]


def _typed(method: Callable[..., Reply], sim: Simulation, params: Params, **also: object) -> Reply:
    """A call of the simulation; a member of a wrong type is refused before all others.

    The service reads a request whole before it looks at what the members mean (wording recorded
    for other services of this protocol).
    """
    try:
        return method(sim, **also, **params)
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


def _now(method: Callable[..., Reply]) -> Callable[[Simulation, Params], Reply]:
    """The operation that a method of the simulation answers."""
    return lambda sim, params: _typed(method, sim, params)


def _as_of(method: Callable[..., Reply]) -> Callable[[Simulation, Params, datetime | None], Reply]:
    """The same for a method that can answer as of an earlier instant."""
    return lambda sim, params, as_of: _typed(method, sim, params, as_of=as_of)


OPERATIONS: Final[Mapping[str, Callable[[Simulation, Params], Reply]]] = {
    "CreateTrainingJob": _now(Simulation.create_training_job),
    "StopTrainingJob": _now(Simulation.stop_training_job),
    "UpdateTrainingJob": _now(Simulation.update_training_job),
    "DeleteTrainingJob": _now(Simulation.delete_training_job),
    "Search": _now(Simulation.search),
    "AddTags": _now(Simulation.add_tags),
    "ListTags": _now(Simulation.list_tags),
    "DeleteTags": _now(Simulation.delete_tags),
}
"""The operations that are answered as things are."""

READS: Final[Mapping[str, Callable[[Simulation, Params, datetime | None], Reply]]] = {
    "DescribeTrainingJob": _as_of(Simulation.describe_training_job),
    "ListTrainingJobs": _as_of(Simulation.list_training_jobs),
}
"""The operations whose replies may be out of date."""
