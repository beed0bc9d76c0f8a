"""CloudWatch: what the logs say as series, how busy hosts are, statistics, periods and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import asking
from botocore_model import model
from helpers import START_MS, Json, request, resources, world
from hypothesis import given
from hypothesis import strategies as st

from simjob import ApiError, Simulation, Workload
from simjob.aws import metric_shapes
from simjob.aws.metrics import NAMESPACE, OPERATIONS
from simjob.aws.statistics import by_period, is_period, rounded_start, statistic
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.world import LogSeries

START = datetime.fromtimestamp(START_MS / 1000, UTC)
HOUR: Json = {"StartTime": START, "EndTime": START + timedelta(hours=1)}
LOSS = [{"Name": "loss", "Regex": r"loss=([0-9.]+)"}]
JOB = [{"Name": "TrainingJobName", "Value": "a"}]
HOST = [{"Name": "Host", "Value": "a/algo-1"}]


ask, refusal = asking("cloudwatch", OPERATIONS)


def simulate(kind: str = "ml.m5.xlarge", count: int = 1, every: float = 20) -> Simulation:
    """A job that writes a loss every 20 seconds of ten minutes."""
    series = LogSeries("loss={value}", every=every, first=30, last=0)
    sim = Simulation(world(default_workload=Workload(duration="10m", logs=[series])))
    algorithm = {**request()["AlgorithmSpecification"], "MetricDefinitions": LOSS}
    wanted = request("a", AlgorithmSpecification=algorithm, ResourceConfig=resources(kind, count))
    sim.create_training_job(**wanted)
    return sim


def ended(**given: Any) -> Simulation:  # noqa: ANN401 - of simulate
    sim = simulate(**given)
    sim.run()
    return sim


ENDED = ended()


def statistics(sim: Simulation = ENDED, **changes: object) -> Any:  # noqa: ANN401 - a reply
    given: Json = {
        "Namespace": NAMESPACE,
        "MetricName": "loss",
        "Dimensions": JOB,
        "Period": 60,
        "Statistics": ["Average"],
        **HOUR,
        **changes,
    }
    return ask(sim, "GetMetricStatistics", **{k: v for k, v in given.items() if v is not None})


def query(name: str = "loss", dimensions: object = JOB, **changes: object) -> Json:
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    given: Json = {"Id": "q", "MetricStat": stat, **changes}
    return {k: v for k, v in given.items() if v is not None}


def data(sim: Simulation = ENDED, *queries: Json, **changes: object) -> Any:  # noqa: ANN401 - a reply
    given: Json = {"MetricDataQueries": [*queries] or [query()], **HOUR, **changes}
    return ask(sim, "GetMetricData", **given)


# What the logs say.


def test_a_metric_is_what_the_job_has_found_by_periods() -> None:
    found = ENDED.jobs["a"].metrics
    assert len(found) == 30
    reply = statistics(Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"])
    assert reply["Label"] == "loss"
    points = reply["Datapoints"]
    assert sum(each["SampleCount"] for each in points) == 30
    for each in points:
        values = [
            point.value
            for point in found
            if 0 <= point.timestamp_ms / 1000 - each["Timestamp"] < 60
        ]
        assert (each["SampleCount"], each["Sum"]) == (len(values), sum(values))
        assert (each["Minimum"], each["Maximum"]) == (min(values), max(values))
        assert each["Average"] == pytest.approx(sum(values) / len(values))
        assert each["Timestamp"] % 60 == 0
        assert each["Unit"] == "None"


def test_a_metric_grows_while_the_job_runs() -> None:
    sim = simulate()
    assert statistics(sim)["Datapoints"] == []
    while len(sim.jobs["a"].metrics) < 4:
        sim.advance(seconds=10)
    counted = statistics(sim, Statistics=["SampleCount"])["Datapoints"]
    assert sum(each["SampleCount"] for each in counted) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"MetricName": "accuracy"},
        {"Namespace": "AWS/EC2"},
        {"Dimensions": None},
        {"Dimensions": [{"Name": "TrainingJobName", "Value": "b"}]},
        {"Dimensions": [{"Name": "Job", "Value": "a"}]},
        {"Dimensions": JOB + HOST},
        {"Unit": "Percent"},
        {"EndTime": START + timedelta(minutes=1)},
        {"StartTime": START + timedelta(minutes=30)},
    ],
)
def test_what_was_not_published_has_no_data_points(changes: Json) -> None:
    assert statistics(**changes)["Datapoints"] == []


def test_the_range_holds_its_start_and_not_its_end() -> None:
    at = [datetime.fromtimestamp(p["Timestamp"], UTC) for p in statistics()["Datapoints"]]
    inner = statistics(StartTime=at[1], EndTime=at[3])["Datapoints"]
    assert [each["Timestamp"] for each in inner] == [each.timestamp() for each in at[1:3]]
    later = statistics(StartTime=at[1] + timedelta(seconds=59), EndTime=at[3])["Datapoints"]
    assert later == inner


def test_times_are_taken_in_every_form_that_botocore_takes() -> None:
    wanted = statistics()
    end = START + timedelta(hours=1)
    assert wanted == statistics(StartTime=START.timestamp(), EndTime=end.timestamp())
    assert wanted == statistics(StartTime="2026-01-01T00:00:00Z", EndTime="2026-01-01T01:00:00Z")
    naive = START.replace(tzinfo=None)
    assert wanted == statistics(StartTime=naive, EndTime=naive + timedelta(hours=1))


def test_percentiles() -> None:
    (point,) = statistics(Statistics=None, ExtendedStatistics=["p0", "p50", "p100"], Period=3600)[
        "Datapoints"
    ]
    values = sorted(each.value for each in ENDED.jobs["a"].metrics)
    expected = {"p0": values[0], "p50": (values[14] + values[15]) / 2, "p100": values[-1]}
    assert point["ExtendedStatistics"] == pytest.approx(expected)
    assert "Average" not in point


def test_metrics_outlive_a_job_that_was_deleted() -> None:
    sim = Simulation(ENDED.world, edition="live")
    algorithm = {**request()["AlgorithmSpecification"], "MetricDefinitions": LOSS}
    sim.create_training_job(**request("a", AlgorithmSpecification=algorithm))
    sim.run()
    before = statistics(sim)
    assert before["Datapoints"]
    sim.delete_training_job(TrainingJobName="a")
    assert statistics(sim) == before


# How busy hosts are.


def busy(sim: Simulation, name: str, host: int = 1) -> dict[float, float]:
    dimensions = [{"Name": "Host", "Value": f"a/algo-{host}"}]
    reply = statistics(sim, MetricName=name, Dimensions=dimensions, Unit="Percent")
    assert all(each["Unit"] == "Percent" for each in reply["Datapoints"])
    return {each["Timestamp"]: each["Average"] for each in reply["Datapoints"]}


def test_a_host_is_as_busy_as_its_phase_says_for_every_core() -> None:
    cpu, memory = busy(ENDED, "CPUUtilization"), busy(ENDED, "MemoryUtilization")
    assert set(cpu) == set(memory)
    phases = ENDED.jobs["a"].history
    for at, value in cpu.items():
        (phase,) = [p for p in phases if p.end and p.start.timestamp() <= at < p.end.timestamp()]
        assert value == {"Downloading": 20.0, "Training": 80.0, "Uploading": 10.0}[phase.status] * 4
    started, gone = phases[1].start.timestamp(), phases[-1].start.timestamp()
    assert started <= min(cpu) < started + 60
    assert gone - 60 <= max(cpu) < gone
    assert busy(ENDED, "GPUUtilization") == {}


def test_accelerators_count_each_and_every_host_has_its_own_series() -> None:
    sim = ended(kind="ml.p3.8xlarge", count=2)
    assert max(busy(sim, "GPUUtilization").values()) == 4 * 90
    assert max(busy(sim, "GPUMemoryUtilization", host=2).values()) == 4 * 60
    assert busy(sim, "GPUUtilization", host=3) == {}
    assert (
        statistics(sim, MetricName="CPUUtilization", Dimensions=[{"Name": "Host", "Value": "a"}])[
            "Datapoints"
        ]
        == []
    )


def test_a_waiting_job_has_no_hosts() -> None:
    sim = simulate()
    sim.advance(seconds=1)
    assert sim.jobs["a"].host_metrics == []


def test_the_minutes_of_a_running_job_are_never_told_twice_or_otherwise() -> None:
    sim = simulate()
    before: list[Any] = []
    while not sim.jobs["a"].ended:
        now = sim.jobs["a"].host_metrics
        assert now[: len(before)] == before
        assert len({(each.name, each.timestamp_ms) for each in now}) == len(now)
        before = now
        sim.advance(seconds=45)


# Statistics refused.

REFUSED: dict[str, tuple[Json, str, str]] = {
    "backwards": (
        {"EndTime": START},
        "InvalidParameterValue",
        "The parameter StartTime must be less than the parameter EndTime.",
    ),
    "too many": (
        {"EndTime": START + timedelta(minutes=1608)},
        "InvalidParameterCombination",
        (
            "You have requested up to 1,608 datapoints, which exceeds the limit of 1,440. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        ),
    ),
    "period": (
        {"Period": 90},
        "InvalidParameterValue",
        "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
    ),
    "no statistics": (
        {"Statistics": None},
        "InvalidParameterCombination",
        "Must specify either Statistics or ExtendedStatistics.",
    ),
    "both statistics": (
        {"ExtendedStatistics": ["p50"]},
        "InvalidParameterCombination",
        "Must specify either Statistics or ExtendedStatistics.",
    ),
    "trimmed": (
        {"Statistics": None, "ExtendedStatistics": ["tm90"]},
        "InvalidParameterValue",
        "simjob does not simulate the statistic 'tm90'.",
    ),
    "missing": ({"StartTime": None}, "MissingParameter", "The parameter StartTime is required."),
    "unit": (
        {"Period": 0},
        "ValidationError",
        (
            "1 validation error detected: Value '0' at 'period' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_statistics_that_cannot_be_are_refused(what: str) -> None:
    changes, code, message = REFUSED[what]
    with pytest.raises(ApiError) as found:
        statistics(**changes)
    assert (found.value.code, found.value.message) == (code, message)


def test_1440_data_points_are_not_too_many() -> None:
    assert statistics(EndTime=START + timedelta(minutes=1440))["Datapoints"]


# Several series.


def test_several_series_come_newest_first() -> None:
    reply = data(
        ENDED,
        query(),
        query("CPUUtilization", HOST, Id="cpu", Label="busy"),
        query("nothing", Id="none"),
        query(Id="hidden", ReturnData=False),
    )
    loss, cpu, nothing = reply["MetricDataResults"]
    points = statistics()["Datapoints"]
    assert loss["Timestamps"] == [each["Timestamp"] for each in points][::-1]
    assert loss["Values"] == [each["Average"] for each in points][::-1]
    assert [(each["Id"], each["Label"]) for each in (loss, cpu, nothing)] == [
        ("q", "loss"),
        ("cpu", "busy"),
        ("none", "nothing"),
    ]
    assert (nothing["Values"], nothing["StatusCode"]) == ([], "Complete")
    upward = data(ENDED, ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert upward["Values"] == loss["Values"][::-1]


@given(most=st.integers(1, 30))
def test_pages_of_several_series_hold_everything_once(most: int) -> None:
    queries = [query(Id="a"), query("CPUUtilization", HOST, Id="b"), query(Id="c")]
    whole = {each["Id"]: each for each in data(ENDED, *queries)["MetricDataResults"]}
    found: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    token: Json = {}
    while True:
        page = data(ENDED, *queries, MaxDatapoints=most, **token)
        assert 0 < sum(len(each["Values"]) for each in page["MetricDataResults"]) <= most
        for each in page["MetricDataResults"]:
            found[each["Id"]] += each["Values"]
            done = len(found[each["Id"]]) == len(whole[each["Id"]]["Values"])
            assert each["StatusCode"] == ("Complete" if done else "PartialData")
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == {name: each["Values"] for name, each in whole.items()}


BAD_QUERIES: dict[str, tuple[Json, str]] = {
    "none": ({"MetricDataQueries": []}, "MetricDataQueries must have 1 to 500 items."),
    "twice": ({"MetricDataQueries": [query(), query()]}, "are not unique"),
    "id": ({"MetricDataQueries": [query(Id="Q")]}, "does not match the pattern"),
    "nothing asked": (
        {"MetricDataQueries": [{"Id": "q"}]},
        "The query 'q' must have exactly one of MetricStat and Expression.",
    ),
    "math": (
        {"MetricDataQueries": [{"Id": "q", "Expression": "1+1"}]},
        "simjob does not simulate metric math and Metrics Insights (query 'q').",
    ),
    "account": (
        {"MetricDataQueries": [query(AccountId="999999999999")]},
        "simjob does not simulate metrics of other accounts ('q').",
    ),
    "period": (
        {"MetricDataQueries": [query(MetricStat={**query()["MetricStat"], "Period": 61})]},
        "The Period of the query 'q' must be",
    ),
    "stat": (
        {"MetricDataQueries": [query(MetricStat={**query()["MetricStat"], "Stat": "IQM"})]},
        "simjob does not simulate the statistic 'IQM'.",
    ),
    "backwards": ({"EndTime": START}, "StartTime must be less than"),
    "page of nothing": ({"MaxDatapoints": 0}, "MaxDatapoints must be from 1 to 100800."),
}


@pytest.mark.parametrize("what", BAD_QUERIES)
def test_queries_that_cannot_be_are_refused(what: str) -> None:
    changes, message = BAD_QUERIES[what]
    with pytest.raises(ApiError) as found:
        data(ENDED, **changes)
    assert found.value.code == "ValidationError"
    assert message in found.value.message


@pytest.mark.parametrize("token", ["x", "0", "10000", "-1"])
def test_garbage_is_no_token(token: str) -> None:
    answer = ("InvalidNextToken", "The specified NextToken is invalid.")
    given: Json = {"MetricDataQueries": [query()], **HOUR, "NextToken": token}
    assert refusal(ENDED, "GetMetricData", **given) == answer


# The pieces.


def test_the_older_the_start_the_coarser() -> None:
    day = 86_400
    now = 100 * day + 7
    assert rounded_start(now - 61.5, 60, now) == now - 67
    assert rounded_start(now - 61.5, 10, now) == now - 67
    assert rounded_start(now - 61.5, 1, now) == now - 62
    assert rounded_start(now - 15 * day - 100, 60, now) % 300 == 0
    assert rounded_start(now - 63 * day - 100, 60, now) % 3600 == 0


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), share=st.integers(0, 100))
def test_a_percentile_lies_between_and_grows(values: list[float], share: int) -> None:
    at: Any = statistic(f"p{share}")
    assert min(values) <= at(values) <= max(values)
    if share:
        below: Any = statistic(f"p{share - 1}")
        assert below(values) <= at(values) + 1e-9


@given(
    times=st.lists(st.integers(0, 10**6), max_size=20),
    start=st.integers(0, 500),
    period=st.sampled_from((1, 5, 60, 300)),
)
def test_every_value_in_the_range_is_in_one_period(
    times: list[int], start: int, period: int
) -> None:
    points = [(at_ms, float(at_ms)) for at_ms in times]
    found = by_period(points, start, 900, period)
    inside = sorted(value for at_ms, value in points if start * 1000 <= at_ms < 900_000)
    assert sorted(value for _, values in found for value in values) == inside
    for first, values in found:
        assert (first - start) % period == 0
        assert all(first * 1000 <= value < (first + period) * 1000 for value in values)


def test_a_range_ends_just_before_its_end() -> None:
    points = [(59_999, 1.0), (60_000, 2.0), (119_999, 3.0), (120_000, 4.0)]
    assert by_period(points, 60, 120, 60) == [(60, [2.0, 3.0])]


def test_periods() -> None:
    assert [each for each in range(1, 121) if is_period(each)] == [1, 5, 10, 20, 30, 60, 120]
    assert statistic("p101") is None
    assert statistic("p99.9") is not None


SHAPES = [
    (metric_shapes.GetMetricStatisticsInput, "GetMetricStatisticsInput"),
    (metric_shapes.GetMetricDataInput, "GetMetricDataInput"),
    (metric_shapes.MetricDataQuery, "MetricDataQuery"),
    (metric_shapes.MetricStat, "MetricStat"),
    (metric_shapes.Metric, "Metric"),
    (metric_shapes.Dimension, "Dimension"),
    (metric_shapes.LabelOptions, "LabelOptions"),
]


@pytest.mark.parametrize(("shape", "name"), SHAPES)
def test_requests_have_the_members_and_limits_of_the_model(shape: type, name: str) -> None:
    modelled: Any = model("cloudwatch").shape_for(name)
    known = {each.name: each for each in members(shape, Column.TODAY)}
    assert set(known) == set(modelled.members)
    assert {n for n, each in known.items() if each.required} == set(modelled.required_members)
    for member, each in known.items():
        limits = modelled.members[member].metadata
        constraint: Any = each.constraint
        assert getattr(constraint, "max", None) == limits.get("max"), member
        assert (getattr(constraint, "min", None) or 0) == limits.get("min", 0), member
        assert getattr(constraint, "pattern", None) == limits.get("pattern"), member
        assert sorted(getattr(constraint, "values", ())) == sorted(limits.get("enum", [])), member
