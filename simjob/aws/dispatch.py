"""Which call is answered by whom: the table of services, and the course of one call.

A call finds its account and region, takes its time, meets its faults, and is answered by the
operation of its service. How calls are caught, and in which form they come, is told in `seam`.
"""

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Final

import attrs
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from simjob.aws import logs, metrics, sagemaker, sts
from simjob.aws.faults import Faults, Lot
from simjob.aws.identity import Caller, caller
from simjob.aws.others import concerns_others

if TYPE_CHECKING:
    from simjob.simulation import Simulation

Reply = dict[str, object]
Params = Mapping[str, object]
Course = Generator[float, None, Reply]
"""A call under way: yields the virtual seconds that it is to wait, and returns the reply."""


@attrs.define
class Call:
    """One call of a client, but for its parameters.

    `service` is named as boto3 names it; `timeout_seconds` is how long the client waits for a
    reply.
    """

    service: str
    operation: str
    region: str
    access_key: str | None
    token: str | None
    endpoint_url: str
    timeout_seconds: float


Operation = Callable[["Simulation", Caller, Params, Lot], Reply]


def _of_place(operation: Callable[["Simulation", Params], Reply]) -> Operation:
    return lambda sim, _, params, __: operation(sim, params)


def _of_caller(name: str) -> Operation:
    operation = sts.OPERATIONS[name]
    return lambda sim, who, params, _: operation(who, params, sim.now)


def _read(name: str) -> Operation:
    operation = sagemaker.READS[name]

    def answer(sim: "Simulation", _: Caller, params: Params, lot: Lot) -> Reply:
        if not lot.out_of_date:
            return operation(sim, params, None)
        return operation(sim, params, max(sim.world.start, sim.now - lot.out_of_date))

    return answer


def _all(
    operations: Mapping[str, Callable[["Simulation", Params], Reply]],
) -> dict[str, Operation]:
    return {name: _of_place(each) for name, each in operations.items()}


SERVICES: Final[Mapping[str, Mapping[str, Operation]]] = {
    "sagemaker": _all(sagemaker.OPERATIONS) | {name: _read(name) for name in sagemaker.READS},
    "logs": _all(logs.OPERATIONS),
    "cloudwatch": _all(metrics.OPERATIONS),
    "sts": {name: _of_caller(name) for name in sts.OPERATIONS},
}
"""The simulated operations, by service."""


def simulated(service: str, operation: str) -> bool:
    """Whether calls of an operation are answered here, unless they name what is not simulated.

    >>> simulated("sagemaker", "CreateTrainingJob"), simulated("s3", "PutObject")
    (True, False)
    """
    return operation in SERVICES.get(service, ())


class Dispatcher:
    """Answers the calls that clients make to all accounts and regions on one clock.

    Args:
        home: the account and region of the world; the others come into being as they are called.
            Its lock is held while any of them is touched.
    """

    def __init__(self, home: "Simulation") -> None:
        self._home = home
        self._lock = home.lock
        self._places: dict[tuple[str, str], tuple[Simulation, Faults]] = {}

    def course(self, call: Call, params: Params) -> Course | None:
        """The course of one call; None for one that is about something that is not simulated.

        Raises, while it runs:
            ApiError: the service refuses it, or fails.
            ReadTimeoutError: no reply comes within the time that the client waits for one.
            ConnectionClosedError: the connection is reset.
        """
        return None if concerns_others(call.operation, params) else self._course(call, params)

    def _course(self, call: Call, params: Params) -> Course:
        home = self._home.world
        who = caller(call.access_key, call.token, home.account)
        # The Security Token Service is the same one in all regions.
        region = home.region if call.service == "sts" else call.region
        with self._lock:
            sim, faults = self._place(region, who.account)
            lot = faults.lot(call.operation, params)
        waited = min(lot.latency_seconds, call.timeout_seconds)
        yield waited
        if lot.reset:
            raise ConnectionClosedError(endpoint_url=call.endpoint_url)
        with self._lock:
            faults.admit(call.operation, lot)
            reply = SERVICES[call.service][call.operation](sim, who, params, lot)
        if lot.reply_lost or lot.latency_seconds > call.timeout_seconds:
            yield call.timeout_seconds - waited
            raise ReadTimeoutError(endpoint_url=call.endpoint_url)
        return reply

    def _place(self, region: str, account: str) -> tuple["Simulation", Faults]:
        place = self._places.get((region, account))
        if place is None:
            sim = self._home.elsewhere(region=region, account=account)
            place = self._places[region, account] = sim, Faults(sim)
        return place
