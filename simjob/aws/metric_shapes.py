"""What the operations of CloudWatch take, with the constraints of the API model of 2026-11."""

import attrs

from simjob.spec.constraints import Choice, Flag, Text, Timestamp, Whole
from simjob.spec.containers import ListOf, Nested
from simjob.spec.member import member

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNIT = Choice(
    (
        *("Seconds", "Microseconds", "Milliseconds"),
        *_SIZES,
        *_BITS,
        *("Percent", "Count"),
        *(f"{each}/Second" for each in (*_SIZES, *_BITS, "Count")),
        "None",
    )
)
_NAMESPACE = Text(min=1, max=255, pattern="[^:].*")
_NAME = Text(min=1, max=255)
_PERIOD = Whole(min=1)


@attrs.frozen(slots=True, kw_only=True)
class Dimension:
    """A name and a value that tell one metric from its like."""

    Name: str = member(_NAME, required=True)
    Value: str = member(Text(min=1, max=1024), required=True)


_DIMENSIONS = ListOf(Nested(Dimension), max=30)


@attrs.frozen(slots=True, kw_only=True)
class GetMetricStatisticsInput:
    """What GetMetricStatistics takes."""

    Namespace: str = member(_NAMESPACE, required=True)
    MetricName: str = member(_NAME, required=True)
    Dimensions: tuple[Dimension, ...] | None = member(_DIMENSIONS)
    StartTime: float = member(Timestamp(), required=True)
    EndTime: float = member(Timestamp(), required=True)
    Period: int = member(_PERIOD, required=True)
    Statistics: tuple[str, ...] | None = member(ListOf(Choice(STATISTICS), min=1, max=5))
    ExtendedStatistics: tuple[str, ...] | None = member(ListOf(Text(), min=1, max=10))
    Unit: str | None = member(UNIT)


@attrs.frozen(slots=True, kw_only=True)
class Metric:
    """What names a metric."""

    Namespace: str | None = member(_NAMESPACE)
    MetricName: str | None = member(_NAME)
    Dimensions: tuple[Dimension, ...] | None = member(_DIMENSIONS)


@attrs.frozen(slots=True, kw_only=True)
class MetricStat:
    """A statistic of a metric, period by period."""

    Metric: "Metric" = member(Nested(Metric), required=True)
    Period: int = member(_PERIOD, required=True)
    Stat: str = member(Text(), required=True)
    Unit: str | None = member(UNIT)


@attrs.frozen(slots=True, kw_only=True)
class MetricDataQuery:
    """One series that is asked for."""

    Id: str = member(_NAME, required=True)
    MetricStat: "MetricStat | None" = member(Nested(MetricStat))
    Expression: str | None = member(Text(min=1, max=2048))
    Label: str | None = member(Text())
    ReturnData: bool | None = member(Flag())
    Period: int | None = member(_PERIOD)
    AccountId: str | None = member(_NAME)


@attrs.frozen(slots=True, kw_only=True)
class LabelOptions:
    """The time zone of labels."""

    Timezone: str | None = member(Text())


@attrs.frozen(slots=True, kw_only=True)
class GetMetricDataInput:
    """What GetMetricData takes."""

    MetricDataQueries: tuple[MetricDataQuery, ...] = member(
        ListOf(Nested(MetricDataQuery)), required=True
    )
    StartTime: float = member(Timestamp(), required=True)
    EndTime: float = member(Timestamp(), required=True)
    NextToken: str | None = member(Text())
    ScanBy: str | None = member(Choice(("TimestampDescending", "TimestampAscending")))
    MaxDatapoints: int | None = member(Whole())
    LabelOptions: "LabelOptions | None" = member(Nested(LabelOptions))
