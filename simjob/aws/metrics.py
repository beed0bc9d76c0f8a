"""CloudWatch over the metrics of training jobs: the operations that clients call.

What the request's MetricDefinitions find has the dimension `TrainingJobName` (so asks the SDK);
how busy hosts are has the dimension `Host={job}/algo-{n}` (documented), and is made up. Values
outlive jobs that were deleted, and can be read at once. *Recorded* are the wordings about the
number of data points and the order of start and end; other wordings are inferred. Metric math,
Metrics Insights and trimmed statistics are refused by name (*ours*).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from simjob.aws import metric_shapes as shapes
from simjob.aws.statistics import (
    Statistic,
    by_period,
    is_period,
    rounded_start,
    statistic,
)
from simjob.jobs import Job
from simjob.simulation import Simulation
from simjob.spec.editions import Column
from simjob.spec.errors import ApiError, Kind, validation_exception
from simjob.spec.wire import InvalidRequest, structure

Params = Mapping[str, object]
Reply = dict[str, object]
T = TypeVar("T")

NAMESPACE = "/aws/sagemaker/TrainingJobs"
MOST_POINTS = 1440
"""How many data points GetMetricStatistics gives (documented)."""
MOST_QUERIES = 500
MOST_DATA = 100_800
"""How many data points a page of GetMetricData holds (documented)."""

_TIMES = {"StartTime", "EndTime"}
_HOST = re.compile(r"(.+)/algo-([0-9]+)")
_QUERY_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")


def get_metric_statistics(sim: Simulation, params: Params) -> Reply:
    """GetMetricStatistics: the statistics of one metric, the oldest period first."""
    wanted = _read(shapes.GetMetricStatisticsInput, params)
    names = wanted.Statistics or wanted.ExtendedStatistics
    if names is None or (wanted.Statistics and wanted.ExtendedStatistics):
        raise _combination("Must specify either Statistics or ExtendedStatistics.")
    if not is_period(wanted.Period):
        raise _invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if wanted.StartTime >= wanted.EndTime:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    count = int((wanted.EndTime - wanted.StartTime) / wanted.Period)
    if count > MOST_POINTS:
        raise _combination(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of "
            f"{MOST_POINTS:,}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )
    functions = {name: _statistic(name, _invalid) for name in names}
    metric = shapes.Metric(
        Namespace=wanted.Namespace, MetricName=wanted.MetricName, Dimensions=wanted.Dimensions
    )
    span_s = wanted.StartTime, wanted.EndTime
    unit, periods = _periods(sim, metric, wanted.Unit, span_s, wanted.Period)
    points = []
    for first_s, values in periods:
        found = {name: function(values) for name, function in functions.items()}
        stats: Reply = {**found} if wanted.Statistics else {"ExtendedStatistics": found}
        points.append({"Timestamp": float(first_s), **stats, "Unit": unit})
    return {"Label": wanted.MetricName, "Datapoints": points}


def get_metric_data(sim: Simulation, params: Params) -> Reply:
    """GetMetricData: several series at once, in pages of `MaxDatapoints` over all of them."""
    wanted = _read(shapes.GetMetricDataInput, params)
    if wanted.StartTime >= wanted.EndTime:
        raise _refused("The parameter StartTime must be less than the parameter EndTime.")
    most = MOST_DATA if wanted.MaxDatapoints is None else wanted.MaxDatapoints
    if not 1 <= most <= MOST_DATA:
        raise _refused(f"The parameter MaxDatapoints must be from 1 to {MOST_DATA}.")
    _check_queries(wanted.MetricDataQueries, sim.world.account)
    series = [_series(sim, each, wanted) for each in wanted.MetricDataQueries]
    total = sum(len(points) for _, points in series)
    first = 0
    if wanted.NextToken is not None:
        if wanted.NextToken not in map(str, range(1, total)):
            raise ApiError("InvalidNextToken", "The specified NextToken is invalid.")
        first = int(wanted.NextToken)
    last = first + most
    results: list[Reply] = []
    passed = 0
    for query, points in series:
        page = points[max(0, first - passed) : max(0, last - passed)]
        passed += len(points)
        if query.ReturnData is False:
            continue
        results.append(
            {
                "Id": query.Id,
                "Label": query.Label or _metric_name(query),
                "Timestamps": [at for at, _ in page],
                "Values": [value for _, value in page],
                "StatusCode": "PartialData" if passed > last else "Complete",
            }
        )
    reply: Reply = {"MetricDataResults": results, "Messages": []}
    if last < total:
        reply["NextToken"] = str(last)
    return reply


OPERATIONS: Mapping[str, Callable[[Simulation, Params], Reply]] = {
    "GetMetricStatistics": get_metric_statistics,
    "GetMetricData": get_metric_data,
}
"""The operations that are simulated, by their names."""


def _check_queries(queries: tuple[shapes.MetricDataQuery, ...], account: str) -> None:
    if not 1 <= len(queries) <= MOST_QUERIES:
        raise _refused(f"MetricDataQueries must have 1 to {MOST_QUERIES} items.")
    ids = [each.Id for each in queries]
    if len(set(ids)) < len(ids):
        raise _refused("The values for parameter id in MetricDataQueries are not unique.")
    for each in queries:
        if not _QUERY_ID.fullmatch(each.Id):
            raise _refused(
                f"The value {each.Id} for parameter Id does not match the pattern "
                "^[a-z][a-zA-Z0-9_]*$."
            )
        if (each.MetricStat is None) == (each.Expression is None):
            raise _refused(
                f"The query '{each.Id}' must have exactly one of MetricStat and Expression."
            )
        if each.Expression is not None:
            raise _refused(
                f"simjob does not simulate metric math and Metrics Insights (query '{each.Id}')."
            )
        if each.AccountId not in {None, account}:
            raise _refused(f"simjob does not simulate metrics of other accounts ('{each.Id}').")
        if each.MetricStat and not is_period(each.MetricStat.Period):
            raise _refused(
                f"The Period of the query '{each.Id}' must be 1, 5, 10, 20, 30 or a multiple of 60."
            )


def _series(
    sim: Simulation, query: shapes.MetricDataQuery, wanted: shapes.GetMetricDataInput
) -> tuple[shapes.MetricDataQuery, list[tuple[float, float]]]:
    """A query and its data points, newest first unless the other order is wanted."""
    asked = query.MetricStat
    if asked is None:
        return query, []
    function = _statistic(asked.Stat, _refused)
    span_s = wanted.StartTime, wanted.EndTime
    _, periods = _periods(sim, asked.Metric, asked.Unit, span_s, asked.Period)
    points = [(float(first_s), function(values)) for first_s, values in periods]
    return query, points if wanted.ScanBy == "TimestampAscending" else points[::-1]


def _metric_name(query: shapes.MetricDataQuery) -> str:
    return (query.MetricStat and query.MetricStat.Metric.MetricName) or query.Id


def _periods(
    sim: Simulation,
    metric: shapes.Metric,
    unit: str | None,
    span_s: tuple[float, float],
    period_s: int,
) -> tuple[str, list[tuple[int, list[float]]]]:
    """The unit of a metric, and its values by periods; none where another unit is wanted."""
    known = "None"
    points: list[tuple[int, float]] = []
    dimensions = metric.Dimensions or ()
    if metric.Namespace == NAMESPACE and len(dimensions) == 1:
        (dimension,) = dimensions
        if dimension.Name == "TrainingJobName":
            points = list(_of_job(sim, dimension.Value, metric.MetricName))
        elif dimension.Name == "Host":
            known = "Percent"
            points = list(_of_host(sim, dimension.Value, metric.MetricName))
    if unit not in {None, known}:
        points = []
    start_s, end_s = span_s
    first_s = rounded_start(start_s, period_s, sim.now.timestamp())
    return known, by_period(points, first_s, end_s, period_s)


def _of_job(sim: Simulation, name: str, metric: str | None) -> Iterator[tuple[int, float]]:
    for job in _named(sim, name):
        for point in job.metrics:
            if point.name == metric:
                yield point.timestamp_ms, point.value


def _of_host(sim: Simulation, host: str, metric: str | None) -> Iterator[tuple[int, float]]:
    found = _HOST.fullmatch(host)
    if found is None:
        return
    for job in _named(sim, found[1]):
        for point in job.host_metrics:
            if point.name == metric and str(point.host) == found[2]:
                yield point.timestamp_ms, point.value


def _named(sim: Simulation, name: str) -> Iterator[Job]:
    """The jobs that have or had that name."""
    for job in (*sim.deleted, *sim.jobs.values()):
        if job.name == name:
            yield job


def _statistic(name: str, refused: Callable[[str], ApiError]) -> Statistic:
    found = statistic(name)
    if found is None:
        raise refused(f"simjob does not simulate the statistic '{name}'.")
    return found


def _read(shape: type[T], params: Params) -> T:
    given = {name: _epoch(value) if name in _TIMES else value for name, value in params.items()}
    try:
        return structure(shape, given, Column.TODAY)
    except InvalidRequest as invalid:
        first = invalid.violations[0]
        if first.kind is Kind.MISSING:
            name = first.path[:1].upper() + first.path[1:]
            raise ApiError("MissingParameter", f"The parameter {name} is required.") from None
        raise ApiError(
            "ValidationError",
            validation_exception(invalid.violations).message,
            violations=invalid.violations,
        ) from None


def _epoch(value: object) -> object:
    """A time, also as ISO text, as epoch seconds; without an offset it is UTC, as for botocore."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)


def _combination(message: str) -> ApiError:
    return ApiError("InvalidParameterCombination", message)


def _refused(message: str) -> ApiError:
    return ApiError("ValidationError", message)
