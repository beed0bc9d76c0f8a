"""Replies as botocore's parser would hand them to its caller.

The simulation writes times as epoch seconds; a client finds aware instants in their place, or what
its session makes of them. Which members those are is read off the operation's output shape, once.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape

_Convert = Callable[[Any], Any]


def time_parser_of(frame: FrameType | None) -> Callable[[float], object] | None:
    """What the session of the client that is calling makes of times; None for instants.

    The AWS CLI has its session leave them as they are. No event that a client emits tells of its
    session, and so the client is looked for among the callers of `frame`.
    """
    while frame is not None and frame.f_code.co_name != "_make_api_call":
        frame = frame.f_back
    client = None if frame is None else frame.f_locals.get("self")
    factory = getattr(getattr(client, "_endpoint", None), "_response_parser_factory", None)
    found: Callable[[float], object] | None
    found = getattr(factory, "_defaults", {}).get("timestamp_parser")
    return found


class Parser:
    """Puts instants, or what `time_parser` makes of epoch seconds, into replies, in place.

    One parser is for the replies of one service.
    """

    def __init__(self, time_parser: Callable[[float], object] | None = None) -> None:
        self._time_parser = time_parser or _instant
        self._known: dict[str, _Convert | None] = {}

    def parse(self, shape: "Shape | None", reply: dict[str, object]) -> dict[str, object]:
        """The reply, its times as instants (UTC)."""
        if shape is None:
            return reply
        try:
            convert = self._known[shape.name]
        except KeyError:
            convert = self._converter(shape)
        if convert is not None:
            convert(reply)
        return reply

    def _converter(self, shape: "Shape") -> _Convert | None:
        """What to do with a value of that shape; None when it holds no time."""
        if shape.type_name == "timestamp":
            return self._time_parser
        name = shape.name
        if name not in self._known:
            # A shape that holds itself finds this, and by the time of a reply what was made of it.
            self._known[name] = lambda value: (self._known[name] or _nothing)(value)  # noqa: PLW0108 - it changes
            self._known[name] = self._made(shape)
        return self._known[name]

    def _made(self, shape: Any) -> _Convert | None:  # noqa: ANN401 - a botocore shape of any kind
        if shape.type_name == "structure":
            inner = {name: self._converter(member) for name, member in shape.members.items()}
            timed = {name: convert for name, convert in inner.items() if convert is not None}
            return _in_structure(timed) if timed else None
        if shape.type_name == "list":
            item = self._converter(shape.member)
            return None if item is None else _in_list(item)
        if shape.type_name == "map":
            value = self._converter(shape.value)
            return None if value is None else _in_map(value)
        return None


def _nothing(value: object) -> object:
    return value


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _in_structure(timed: dict[str, _Convert]) -> _Convert:
    def convert(value: dict[str, Any]) -> dict[str, Any]:
        for name, each in timed.items():
            if name in value:
                value[name] = each(value[name])
        return value

    return convert


def _in_list(item: _Convert) -> _Convert:
    def convert(values: list[Any]) -> list[Any]:
        values[:] = [item(each) for each in values]
        return values

    return convert


def _in_map(value: _Convert) -> _Convert:
    def convert(values: dict[str, Any]) -> dict[str, Any]:
        for name, each in values.items():
            values[name] = value(each)
        return values

    return convert
