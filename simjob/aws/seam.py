"""How the calls of botocore and aiobotocore are caught, in every client of the process.

Every client tells an emitter of events what it is about to do, and lets whoever listens do it in
its place. Here the emitters' classes are told to ask us too, and so all clients do, those of
before and those to come, in all sessions and threads. What a client listens to itself comes first
(but for `before-send`, where another mock of AWS listens), so that a Stubber is still obeyed.

At `before-call` the request has been checked and written; a reply ends the call without signing,
retries or parsing. At `before-send` it has been signed; a reply goes through the client's
own parser, and a failure through its own retries. There too stands the gate: what nobody has
answered by then goes no further.
"""

import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.hooks import HierarchicalEmitter, first_non_none_response
from botocore.httpsession import URLLib3Session

from simjob.aws.errors import NotSimulatedError
from simjob.aws.outliving import OUTLIVING
from simjob.aws.wire import operation_of

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

Answer = tuple["AWSResponse", dict[str, object]]
Found = tuple[object, Any]
_BEFORE_CALL: Final = "before-call."
_BEFORE_SEND: Final = "before-send."


class Answering(Protocol):
    """Who answers calls; the last one that was taken in is asked, and no other."""

    def call(self, emitter: object, event: Mapping[str, Any]) -> Answer | None:
        """The answer to a call that is about to be made, if it is given before it is sent."""

    async def acall(self, emitter: object, event: Mapping[str, Any]) -> Answer | None:
        """The same for a client of aiobotocore."""

    def send(
        self, emitter: object, operation: str, request: "AWSPreparedRequest"
    ) -> "AWSResponse | None":
        """The answer to a request that is about to be sent, if there is one."""

    async def asend(
        self, emitter: object, operation: str, request: "AWSPreparedRequest"
    ) -> "AWSResponse | None":
        """The same for a client of aiobotocore."""


class Seam:
    """The one takeover of the process: there while anybody answers."""

    def __init__(self) -> None:
        self._answering: list[Answering] = []
        self._undo: list[tuple[type, str, object]] = []
        self._lock = threading.Lock()

    def enter(self, answering: Answering) -> None:
        """Have calls answered by this one until it leaves."""
        with self._lock:
            self._answering.append(answering)
            if len(self._answering) == 1:
                self._take_over()

    def leave(self, answering: Answering) -> None:
        """Have calls answered as they were before it entered."""
        with self._lock:
            self._answering.remove(answering)
            if not self._answering:
                for owner, name, original in reversed(self._undo):
                    if original is None:
                        delattr(owner, name)
                    else:
                        setattr(owner, name, original)
                self._undo.clear()
                OUTLIVING.leave()

    def _take_over(self) -> None:
        OUTLIVING.enter()
        self._replace(HierarchicalEmitter, "emit", self._emit)
        self._replace(HierarchicalEmitter, "emit_until_response", self._until_response)
        self._replace(URLLib3Session, "send", self._closed)
        for each in HierarchicalEmitter.__subclasses__():
            self._take_over_async(each)
        # aiobotocore may be imported later than this.
        self._undo.append((HierarchicalEmitter, "__init_subclass__", None))
        setattr(HierarchicalEmitter, "__init_subclass__", classmethod(self._take_over_async))  # noqa: B010 - it has none that could be typed

    def _take_over_async(self, emitter: type) -> None:
        own = vars(emitter).get("emit_until_response")
        if inspect.iscoroutinefunction(own):
            self._replace(emitter, "emit_until_response", self._until_response_async)

    def _replace(self, owner: type, name: str, make: Callable[[Any], object]) -> None:
        original = vars(owner)[name]
        self._undo.append((owner, name, original))
        setattr(owner, name, make(original))

    # What stands in for the methods of an emitter.

    def _until_response(self, original: Callable[..., Found]) -> Callable[..., Found]:
        answering = self._answering

        def emit_until_response(emitter: object, event_name: str, **event: Any) -> Found:  # noqa: ANN401 - of any event
            found = original(emitter, event_name, **event)
            if event_name.startswith(_BEFORE_CALL) and found[1] is None and answering:
                answer = answering[-1].call(emitter, event)
                if answer is not None:
                    return answering[-1], answer
            return found

        return emit_until_response

    def _until_response_async(
        self, original: Callable[..., Awaitable[Found]]
    ) -> Callable[..., Awaitable[Found]]:
        answering = self._answering

        async def emit_until_response(emitter: object, event_name: str, **event: Any) -> Found:  # noqa: ANN401 - of any event
            found = await original(emitter, event_name, **event)
            if event_name.startswith(_BEFORE_CALL) and found[1] is None and answering:
                answer = await answering[-1].acall(emitter, event)
                if answer is not None:
                    return answering[-1], answer
            return found

        return emit_until_response

    def _emit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        answering = self._answering

        def emit(emitter: object, event_name: str, **event: Any) -> object:  # noqa: ANN401 - of any event
            if not event_name.startswith(_BEFORE_SEND) or not answering:
                return original(emitter, event_name, **event)
            kind: type = type(emitter)
            if _is_async(kind):
                return send_async(emitter, event_name, **event)
            _, operation = _named(event_name)
            answer = answering[-1].send(emitter, operation, event["request"])
            if answer is not None:
                return [(answering[-1], answer)]
            found = original(emitter, event_name, **event)
            if first_non_none_response(found) is None:
                raise _not_simulated(event_name, event["request"])
            return found

        async def send_async(emitter: object, event_name: str, **event: Any) -> object:  # noqa: ANN401 - of any event
            _, operation = _named(event_name)
            answer = await answering[-1].asend(emitter, operation, event["request"])
            if answer is not None:
                return [(answering[-1], answer)]
            found = await original(emitter, event_name, **event)
            if first_non_none_response(found) is None:
                raise _not_simulated(event_name, event["request"])
            return found

        return emit

    def _closed(self, original: Callable[..., object]) -> Callable[..., object]:
        """What botocore sends by itself: to the metadata of an instance or of a container."""
        del original

        def send(_: object, request: "AWSPreparedRequest") -> object:
            raise NotSimulatedError("botocore", f"{request.method} {request.url}")

        return send


@functools.cache
def _is_async(emitter: type) -> bool:
    """Whether the emitters of a class are those of aiobotocore."""
    return inspect.iscoroutinefunction(emitter.emit_until_response)  # type: ignore[attr-defined]


def _named(event_name: str) -> tuple[str, str]:
    """Service and operation of an event."""
    _, service, operation = event_name.split(".", 2)
    return service, operation


def _not_simulated(event_name: str, request: "AWSPreparedRequest") -> NotSimulatedError:
    service, operation = _named(event_name)
    return NotSimulatedError(service, operation_of(request.headers, request.body) or operation)


SEAM: Final = Seam()
