"""CloudWatch Logs over what the jobs' containers have written: the operations that clients call.

The group is there once any job has a stream; streams outlive jobs that were deleted. Nothing is
late: a line can be read at the instant at which it was written (*inferred*; the service takes
seconds). *Documented* are the pages, their order and what a time range holds; *recorded* the
wordings about what does not exist, tokens and the order by time; other wordings are inferred.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import TypeVar

import attrs

from simjob.aws import log_shapes as shapes
from simjob.aws.log_pattern import matcher
from simjob.jobs import Job
from simjob.listing import Order, cut, read_token, write_token
from simjob.simulation import Simulation
from simjob.spec.editions import Column
from simjob.spec.errors import ApiError, validation_exception
from simjob.spec.wire import InvalidRequest, structure
from simjob.views.logs import LOG_GROUP

Params = Mapping[str, object]
Reply = dict[str, object]
T = TypeVar("T")

PAGE_BYTES = 2**20
"""How many bytes of events a page holds at most."""
EVENT_BYTES = 26
"""What every event counts for beside its text (documented for what is put)."""
MOST_EVENTS = 10_000
NEW_YEAR_2024_MS = 1_704_067_200_000
"""Before it, FilterLogEvents reads from the head only."""

_TOKEN = re.compile(r"([fb])/([0-9]{56})/s")


@attrs.define
class Stream:
    """One stream, and its lines in the order of time: instant and text."""

    name: str
    created_ms: int
    lines: list[tuple[int, str]] = attrs.field(factory=list)

    @property
    def last_ms(self) -> int:
        """When its last line was written; 0 before the first."""
        return self.lines[-1][0] if self.lines else 0


def describe_log_groups(sim: Simulation, params: Params) -> Reply:
    """DescribeLogGroups: the one group that there is, once there is one."""
    wanted = _read(shapes.DescribeLogGroupsRequest, params)
    if wanted.nextToken is not None:
        raise _bad_token()
    if wanted.logGroupNamePrefix is not None and wanted.logGroupNamePattern is not None:
        raise _invalid("logGroupNamePrefix and logGroupNamePattern are mutually exclusive.")
    identifiers = wanted.logGroupIdentifiers
    shown = (
        LOG_GROUP.startswith(wanted.logGroupNamePrefix or "")
        and (wanted.logGroupNamePattern or "") in LOG_GROUP
        and wanted.logGroupClass in {None, "STANDARD"}
        and (identifiers is None or LOG_GROUP in map(_group_of, identifiers))
    )
    streams = list(_streams(_jobs(sim)).values()) if shown else []
    if not streams:
        return {"logGroups": []}
    arn = _group_arn(sim)
    group = {
        "logGroupName": LOG_GROUP,
        "creationTime": min(each.created_ms for each in streams),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": sum(_size(text) for each in streams for _, text in each.lines),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }
    return {"logGroups": [group]}


def describe_log_streams(sim: Simulation, params: Params) -> Reply:
    """DescribeLogStreams: by name, or by the time of the last event, at most 50 a page."""
    wanted = _read(shapes.DescribeLogStreamsRequest, params)
    by, prefix = wanted.orderBy or "LogStreamName", wanted.logStreamNamePrefix
    if by == "LastEventTime" and prefix is not None:
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    _check_group(sim, wanted)
    streams = _streams(_jobs(sim, prefix or ""))
    order = Order(by, "Descending" if wanted.descending else "Ascending")
    keys = sorted(
        (each.last_ms if by == "LastEventTime" else 0, name)
        for name, each in streams.items()
        if name.startswith(prefix or "")
    )
    page, more = cut(keys, order, wanted.limit or 50, _after(wanted.nextToken, order, (0, "")))
    reply: Reply = {"logStreams": [_described(sim, streams[name]) for _, name in page]}
    if more:
        reply["nextToken"] = write_token(order, page[-1])
    return reply


def get_log_events(sim: Simulation, params: Params) -> Reply:
    """GetLogEvents: a page of one stream, with the tokens of the pages on both sides of it.

    The direction is that of the token, without one that of `startFromHead`; events are in the
    order of time either way. The token that was passed comes back where nothing follows.
    """
    wanted = _read(shapes.GetLogEventsRequest, params)
    token = None if wanted.nextToken is None else _TOKEN.fullmatch(wanted.nextToken)
    if wanted.nextToken is not None and token is None:
        raise _bad_token()
    _check_group(sim, wanted)
    stream = _streams(_jobs(sim, wanted.logStreamName)).get(wanted.logStreamName)
    if stream is None:
        raise _not_found("stream")
    lines = stream.lines
    low = _place(lines, wanted.startTime or 0)
    high = len(lines) if wanted.endTime is None else max(low, _place(lines, wanted.endTime))
    at = None if token is None else int(token[2])
    forward = wanted.startFromHead if token is None else token[1] == "f"
    if forward:
        first = low if at is None else max(at, low)
        last = first + _fitting(lines[first:high], wanted.limit)
    else:
        last = high if at is None else max(low, min(at, high))
        first = last - _fitting(lines[low:last][::-1], wanted.limit)
    ahead, behind = last, first
    if at is not None and first == last:
        ahead = behind = at
    return {
        "events": [_event(*line) for line in lines[first:last]],
        "nextForwardToken": f"f/{ahead:056d}/s",
        "nextBackwardToken": f"b/{behind:056d}/s",
    }


def filter_log_events(sim: Simulation, params: Params) -> Reply:
    """FilterLogEvents: what satisfies the pattern, of all streams together in the order of time."""
    wanted = _read(shapes.FilterLogEventsRequest, params)
    names, prefix = wanted.logStreamNames, wanted.logStreamNamePrefix
    if names is not None and prefix is not None:
        raise _invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    backward = wanted.startFromHead is False
    if backward and (wanted.startTime or 0) < NEW_YEAR_2024_MS:
        raise _invalid("startFromHead may be false only for a startTime in 2024 or later.")
    matches = matcher(wanted.filterPattern or "")
    _check_group(sim, wanted)
    streams = _streams(_jobs(sim, prefix or ""))
    if names is not None:
        if not streams.keys() >= set(names):
            raise _not_found("stream")
        streams = {name: streams[name] for name in names}
    start_ms, end_ms = wanted.startTime or 0, wanted.endTime
    found = {
        (at_ms, name, number): text
        for name, stream in streams.items()
        if name.startswith(prefix or "")
        for number, (at_ms, text) in enumerate(stream.lines)
        if start_ms <= at_ms and (end_ms is None or at_ms <= end_ms) and matches(text)
    }
    order = Order("Time", "Descending" if backward else "Ascending")
    after = _after(wanted.nextToken, order, (0, "", 0))
    page, more = cut(sorted(found), order, wanted.limit or MOST_EVENTS, after)
    fit = _fitting([(key[0], found[key]) for key in page], None)
    reply: Reply = {
        "events": [
            {"logStreamName": key[1], **_event(key[0], found[key]), "eventId": _event_id(*key)}
            for key in page[:fit]
        ],
        "searchedLogStreams": [],
    }
    if more or fit < len(page):
        reply["nextToken"] = write_token(order, page[fit - 1])
    return reply


OPERATIONS: Mapping[str, Callable[[Simulation, Params], Reply]] = {
    "DescribeLogGroups": describe_log_groups,
    "DescribeLogStreams": describe_log_streams,
    "GetLogEvents": get_log_events,
    "FilterLogEvents": filter_log_events,
}
"""The operations that are simulated, by their names."""


def _read(shape: type[T], params: Params) -> T:
    try:
        return structure(shape, params, Column.TODAY)
    except InvalidRequest as invalid:
        message = validation_exception(invalid.violations).message
        raise ApiError(
            "InvalidParameterException", message, violations=invalid.violations
        ) from None


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)


def _bad_token() -> ApiError:
    return _invalid("The specified nextToken is invalid.")


def _not_found(what: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"The specified log {what} does not exist.")


def _group_arn(sim: Simulation) -> str:
    return f"arn:aws:logs:{sim.world.region}:{sim.world.account}:log-group:{LOG_GROUP}"


def _group_of(identifier: str) -> str:
    """The name of a group that is given by its name or by its ARN."""
    return identifier.partition(":log-group:")[2] or identifier


def _check_group(sim: Simulation, wanted: shapes.OfGroup) -> None:
    name, identifier = wanted.logGroupName, wanted.logGroupIdentifier
    if (name is None) == (identifier is None):
        raise _invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")
    known = (name or _group_of(identifier or "")) == LOG_GROUP
    if not known or not any(job.log_streams for job in _jobs(sim)):
        raise _not_found("group")


def _jobs(sim: Simulation, prefix: str = "") -> Iterator[Job]:
    """The jobs, deleted ones first, that may have a stream whose name begins so."""
    name, slash, _ = prefix.partition("/")
    for job in (*sim.deleted, *sim.jobs.values()):
        if job.name == name if slash else job.name.startswith(name):
            yield job


def _streams(jobs: Iterable[Job]) -> dict[str, Stream]:
    """The streams of the jobs; a line without text makes no event (documented)."""
    found: dict[str, Stream] = {}
    for job in jobs:
        for each in job.log_streams:
            found.setdefault(each.name, Stream(each.name, each.created_ms))
        for line in job.logs:
            if line.message:
                found[line.stream].lines.append((line.timestamp_ms, line.message))
    return found


def _place(lines: list[tuple[int, str]], at_ms: int) -> int:
    """Where the first line stands that was not written before that instant."""
    return bisect_left(lines, at_ms, key=itemgetter(0))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) + EVENT_BYTES


def _fitting(lines: list[tuple[int, str]], limit: int | None) -> int:
    """How many of the lines fit on a page; one always does."""
    size = count = 0
    for _, text in lines[: limit or MOST_EVENTS]:
        size += _size(text)
        if size > PAGE_BYTES and count:
            break
        count += 1
    return count


def _after(token: str | None, order: Order, like: T) -> T | None:
    """The key that a page goes on after, whose parts are of the types of `like`."""
    if token is None:
        return None
    try:
        key = tuple(read_token(token, order))
    except ValueError:
        raise _bad_token() from None
    if [*map(type, key)] != [*map(type, like)]:  # type: ignore[call-overload]  # a tuple
        raise _bad_token()
    return key  # type: ignore[return-value]  # as has just been seen


def _event(at_ms: int, text: str) -> Reply:
    return {"timestamp": at_ms, "message": text, "ingestionTime": at_ms}


def _event_id(at_ms: int, stream: str, number: int) -> str:
    """56 digits, in the order of time, and the same in every run."""
    from hashlib import blake2b  # noqa: PLC0415 - who filters no events need not load it

    digest = blake2b(f"{stream}/{number}".encode(), digest_size=8).digest()
    return f"{at_ms:036d}{int.from_bytes(digest):020d}"


def _described(sim: Simulation, stream: Stream) -> Reply:
    times: Reply = {}
    if stream.lines:
        times = {
            "firstEventTimestamp": stream.lines[0][0],
            "lastEventTimestamp": stream.last_ms,
            "lastIngestionTime": stream.last_ms,
        }
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        **times,
        "arn": f"{_group_arn(sim)}:log-stream:{stream.name}",
        "storedBytes": 0,
    }
