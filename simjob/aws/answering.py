"""From what botocore says of a call to its answer, in the form in which its client takes it.

The course of a call is told in `dispatch`; here it is driven, in a thread or in a task, and its
reply, refusal or failure becomes what the client would have got: before the call is sent a parsed
reply, or else an HTTP response.
"""

import asyncio
import functools
import itertools
import math
import sys
import weakref
from collections.abc import Generator, Mapping
from email.utils import formatdate
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
from botocore.awsrequest import AWSResponse, HeadersDict

from simjob.aws import wire
from simjob.aws.dispatch import Call, Course, Dispatcher, Reply, simulated
from simjob.aws.parsed import Parser, time_parser_of
from simjob.spec.errors import ApiError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel, ServiceModel

    from simjob.aws.clock import VirtualClock
    from simjob.aws.seam import Answer
    from simjob.simulation import Simulation

T = TypeVar("T")
_PARSERS: Final[dict[str, Parser]] = {}
_NOBODY: Final = ApiError(
    "MissingAuthenticationTokenException", "Missing Authentication Token", 403
)


@attrs.frozen
class _Client:
    """What requests are read by that a client sends."""

    service: "ServiceModel"
    region: str
    timeout_seconds: float


class _Unsent(AWSResponse):  # type: ignore[misc]  # botocore has no types
    """The response to a request that was answered before it was sent: it has no body."""

    def __init__(self, url: str, status: int, headers: dict[str, str]) -> None:
        self.url = url
        self.status_code = status
        self.raw = BytesIO()
        self._given = headers
        self._content = b""

    @functools.cached_property
    def headers(self) -> HeadersDict:
        """The headers, whose names have no case; few ask for them."""
        return HeadersDict(self._given)


class Answers:
    """The answers of one simulation to all clients.

    Args:
        sim: at home.
        clock: on which calls take their time.
        on_wire: whether calls are answered when they are sent, and not before.
    """

    def __init__(self, sim: "Simulation", clock: "VirtualClock", *, on_wire: bool) -> None:
        self._sim = sim
        self._clock = clock
        self._on_wire = on_wire
        self._dispatcher = Dispatcher(sim)
        self._numbers = itertools.count(1)
        self._parsers: weakref.WeakKeyDictionary[object, Parser] = weakref.WeakKeyDictionary()
        self._clients: weakref.WeakKeyDictionary[object, _Client] = weakref.WeakKeyDictionary()

    # Before the call: a parsed reply.

    def call(self, emitter: object, event: Mapping[str, Any]) -> "Answer | None":
        """The answer to a call, unless it is not simulated or is answered when it is sent."""
        if not self._answers_now(emitter, event):
            return None
        keys = event["request_signer"]._credentials  # noqa: SLF001 - botocore's signer tells nobody else
        try:
            course = self._course(event, keys and keys.get_frozen_credentials())
            if course is None:
                return None
            return self._parsed(emitter, event, self._drive(course))
        except ApiError as error:
            return self._refused(event, error)

    async def acall(self, emitter: object, event: Mapping[str, Any]) -> "Answer | None":
        """The same for a client of aiobotocore."""
        if not self._answers_now(emitter, event):
            return None
        keys = event["request_signer"]._credentials  # noqa: SLF001 - as above
        try:
            course = self._course(event, keys and await keys.get_frozen_credentials())
            if course is None:
                return None
            return self._parsed(emitter, event, await self._drive_async(course))
        except ApiError as error:
            return self._refused(event, error)

    def _answers_now(self, emitter: object, event: Mapping[str, Any]) -> bool:
        model: OperationModel = event["model"]
        service = model.service_model
        if not simulated(service.service_name, model.name):
            return False
        if not self._on_wire:
            return True
        if emitter not in self._clients:
            context = event["context"]
            self._clients[emitter] = _Client(
                service, context["client_region"], _timeout_seconds(context)
            )
        return False

    def _course(self, event: Mapping[str, Any], keys: Any) -> Course | None:  # noqa: ANN401 - botocore's credentials
        model: OperationModel = event["model"]
        request, context = event["params"], event["context"]
        call = Call(
            service=model.service_model.service_name,
            operation=model.name,
            region=context["client_region"],
            access_key=keys and keys.access_key,
            token=keys and keys.token,
            endpoint_url=request["url"],
            timeout_seconds=_timeout_seconds(context),
        )
        return self._dispatcher.course(call, wire.params_of(model, request["body"]))

    def _parsed(self, emitter: object, event: Mapping[str, Any], reply: Reply) -> "Answer":
        model: OperationModel = event["model"]
        parser = self._parsers.get(emitter) or self._parser(emitter, model)
        return self._with_metadata(event, 200, parser.parse(model.output_shape, reply))

    def _parser(self, emitter: object, model: "OperationModel") -> Parser:
        """The parser of a client, which is that of its service unless its session has its own."""
        own, service = time_parser_of(sys._getframe()), model.service_model.service_name  # noqa: SLF001 - for who calls
        parser = Parser(own) if own else _PARSERS.setdefault(service, Parser())
        self._parsers[emitter] = parser
        return parser

    def _refused(self, event: Mapping[str, Any], error: ApiError) -> "Answer":
        service = event["model"].service_model
        reply: Reply = {"Error": {"Message": error.message, "Code": error.code}}
        shape, member = wire.message_member(service, error.code)
        if shape is not None and member in shape.members:
            reply[member] = error.message
        return self._with_metadata(event, error.status, reply)

    def _with_metadata(self, event: Mapping[str, Any], status: int, reply: Reply) -> "Answer":
        request_id = self._request_id()
        headers = {"x-amzn-requestid": request_id, "date": self._date()}
        reply["ResponseMetadata"] = {
            "RequestId": request_id,
            "HTTPStatusCode": status,
            "HTTPHeaders": headers,
            "RetryAttempts": 0,
        }
        return _Unsent(event["params"]["url"], status, headers), reply

    # When it is sent: a response of HTTP.

    def send(
        self, emitter: object, operation: str, request: "AWSPreparedRequest"
    ) -> AWSResponse | None:
        """The answer to a request, unless it is not simulated or was answered before."""
        return self._drive(self._exchange(AWSResponse, emitter, operation, request))

    async def asend(
        self, emitter: object, operation: str, request: "AWSPreparedRequest"
    ) -> AWSResponse | None:
        """The same for a client of aiobotocore."""
        from aiobotocore.awsrequest import AioAWSResponse  # noqa: PLC0415 - here it is there

        exchange = self._exchange(AioAWSResponse, emitter, operation, request)
        return await self._drive_async(exchange)

    def _exchange(
        self,
        kind: type[AWSResponse],
        emitter: object,
        operation: str,
        request: "AWSPreparedRequest",
    ) -> Generator[float, None, AWSResponse | None]:
        """A request and its answer: yields, as a course does, the seconds that it is to wait."""
        client = self._clients.get(emitter)
        if client is None:
            return None
        # A request may have been made to name another operation than its client calls.
        named = wire.operation_of(request.headers, request.body)
        if named and named != operation and named in client.service.operation_names:
            operation = named
        if not simulated(client.service.service_name, operation):
            return None
        model = client.service.operation_model(operation)
        try:
            course = self._sent(client, model, request)
            if course is None:
                return None
            answer: Reply | ApiError = yield from course
        except ApiError as error:
            answer = error
        return self._response(kind, model, request, answer)

    def _sent(
        self, client: _Client, model: "OperationModel", request: "AWSPreparedRequest"
    ) -> Course | None:
        headers = request.headers
        signed = str(_text(headers.get("Authorization", ""))).partition("Credential=")[2]
        if not signed:
            raise _NOBODY
        token = headers.get("X-Amz-Security-Token")
        call = Call(
            service=model.service_model.service_name,
            operation=model.name,
            region=client.region,
            access_key=signed.partition("/")[0],
            token=None if token is None else _text(token),
            endpoint_url=request.url,
            timeout_seconds=client.timeout_seconds,
        )
        params = wire.read(model, request.method, headers, request.body)
        return self._dispatcher.course(call, params)

    def _response(
        self,
        kind: type[AWSResponse],
        model: "OperationModel",
        request: "AWSPreparedRequest",
        answer: Reply | ApiError,
    ) -> AWSResponse:
        request_id = self._request_id()
        if isinstance(answer, ApiError):
            status, (headers, body) = answer.status, wire.write_error(model, answer, request_id)
        else:
            status, (headers, body) = 200, wire.write(model, answer, request_id)
        headers["Date"] = self._date()
        response = kind(request.url, status, headers, BytesIO(body))
        response._content = body  # noqa: SLF001 - as if it had been read
        return response

    # What both have in common.

    def _drive(self, course: Generator[float, None, T]) -> T:
        while True:
            try:
                seconds = next(course)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what it returns
            self._clock.spend(seconds)

    async def _drive_async(self, course: Generator[float, None, T]) -> T:
        while True:
            try:
                seconds = next(course)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what it returns
            if self._clock.spends:
                await asyncio.sleep(seconds)

    def _request_id(self) -> str:
        """Like those of the service, but the same in every run."""
        return f"{self._sim.seed & 0xFFFFFFFF:08x}-0000-4000-8000-{next(self._numbers):012x}"

    def _date(self) -> str:
        return _date(self._sim.now_ms // 1000)


@functools.lru_cache(maxsize=64)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _timeout_seconds(context: Mapping[str, Any]) -> float:
    given = context["client_config"].read_timeout
    return math.inf if given is None else float(given)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
