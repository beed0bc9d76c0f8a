"""What the operations of CloudWatch Logs take, with the constraints of the API model of 2026-11."""

import attrs

from simjob.spec.constraints import Choice, Flag, Text, Whole
from simjob.spec.containers import ListOf
from simjob.spec.member import member

_GROUP_NAME = Text(min=1, max=512, pattern=r"[\.\-_/#A-Za-z0-9]+")
_GROUP_IDENTIFIER = Text(min=1, max=2048, pattern=r"[\w#+=/:,.@-]*")
_STREAM_NAME = Text(min=1, max=512, pattern="[^:*]*")
_TOKEN = Text(min=1)
_TIME = Whole(min=0)
_FIFTY = Whole(min=1, max=50)
_TEN_THOUSAND = Whole(min=1, max=10_000)
_FLAG = Flag()


@attrs.frozen(slots=True, kw_only=True)
class DescribeLogGroupsRequest:
    """What DescribeLogGroups takes."""

    accountIdentifiers: tuple[str, ...] | None = member(
        ListOf(Text(min=12, max=12, pattern=r"^\d{12}$"), max=20)
    )
    logGroupNamePrefix: str | None = member(_GROUP_NAME)
    logGroupNamePattern: str | None = member(Text(max=512, pattern=r"[\.\-_/#A-Za-z0-9]*"))
    nextToken: str | None = member(_TOKEN)
    limit: int | None = member(_FIFTY)
    includeLinkedAccounts: bool | None = member(_FLAG)
    logGroupClass: str | None = member(
        Choice(("STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"))
    )
    logGroupIdentifiers: tuple[str, ...] | None = member(ListOf(_GROUP_IDENTIFIER, min=1, max=50))


@attrs.frozen(slots=True, kw_only=True)
class OfGroup:
    """What names the group, in every operation on one."""

    logGroupName: str | None = member(_GROUP_NAME)
    logGroupIdentifier: str | None = member(_GROUP_IDENTIFIER)


@attrs.frozen(slots=True, kw_only=True)
class DescribeLogStreamsRequest(OfGroup):
    """What DescribeLogStreams takes."""

    logStreamNamePrefix: str | None = member(_STREAM_NAME)
    orderBy: str | None = member(Choice(("LogStreamName", "LastEventTime")))
    descending: bool | None = member(_FLAG)
    nextToken: str | None = member(_TOKEN)
    limit: int | None = member(_FIFTY)


@attrs.frozen(slots=True, kw_only=True)
class GetLogEventsRequest(OfGroup):
    """What GetLogEvents takes."""

    logStreamName: str = member(_STREAM_NAME, required=True)
    startTime: int | None = member(_TIME)
    endTime: int | None = member(_TIME)
    nextToken: str | None = member(_TOKEN)
    limit: int | None = member(_TEN_THOUSAND)
    startFromHead: bool | None = member(_FLAG)
    unmask: bool | None = member(_FLAG)


@attrs.frozen(slots=True, kw_only=True)
class FilterLogEventsRequest(OfGroup):
    """What FilterLogEvents takes."""

    logStreamNames: tuple[str, ...] | None = member(ListOf(_STREAM_NAME, min=1, max=100))
    logStreamNamePrefix: str | None = member(_STREAM_NAME)
    startTime: int | None = member(_TIME)
    endTime: int | None = member(_TIME)
    filterPattern: str | None = member(Text(max=1024))
    nextToken: str | None = member(_TOKEN)
    limit: int | None = member(_TEN_THOUSAND)
    startFromHead: bool | None = member(_FLAG)
    interleaved: bool | None = member(_FLAG)
    unmask: bool | None = member(_FLAG)
