"""The measures of replications, against values found by hand and by numpy and scipy."""

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simjob.whatif.estimates import estimate, estimate_chance, share
from simjob.whatif.measures import MEASURES, Terms, measure
from simjob.whatif.rows import JOB_COLUMNS, RUN_COLUMNS

_FILL = {str: "", int: 0, float: 0.0, bool: False}
Row = dict[str, object]


def row(replication: int = 0, **values: object) -> Row:
    columns = {each.name: _FILL[each.kind] for each in (*RUN_COLUMNS, *JOB_COLUMNS)}
    usual: Row = {
        "instance_type": "ml.m5.xlarge",
        "instances": 1,
        "status": "Completed",
        "arrived_seconds": 0.0,
        "ended_seconds": 100.0,
        "training_seconds": 100.0,
        "dollars": 1.0,
        "wasted_dollars": 0.25,
        "last": True,
    }
    return {**columns, **usual, "replication": replication, **values}


def at(seconds: float) -> Row:
    """Arrived and created at once."""
    return {"arrived_seconds": seconds, "created_seconds": seconds}


def measured(rows: list[Row], count: int = 1, terms: Terms | None = None) -> list[Row]:
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(each.name, kinds[each.kind]) for each in (*RUN_COLUMNS, *JOB_COLUMNS)])
    batch = pa.RecordBatch.from_pylist(rows, schema)
    columns = measure(batch, range(count), terms or Terms())
    assert list(columns) == [each.name for each in MEASURES]
    return pa.table(columns).to_pylist()


# One replication.


def test_measures_of_jobs_that_completed() -> None:
    rows = [
        row(number=0, ended_seconds=110.0, waiting_seconds=5.0, restarts=1, **at(10.0)),
        row(number=1, ended_seconds=220.0, waiting_seconds=7.0, restarts=2, **at(20.0)),
        row(number=2, ended_seconds=630.0, waiting_seconds=0.0, dollars=2.5, **at(30.0)),
    ]
    (found,) = measured(rows)
    assert found == {
        "completion_mean_seconds": 300.0,
        "completion_p50_seconds": 200.0,
        "completion_p99_seconds": pytest.approx(592.0),
        "makespan_seconds": 620.0,
        "wait_mean_seconds": 4.0,
        "restarts": 3,
        "jobs": 3,
        "completed": 3,
        "failed": 0,
        "utilisation": None,
        "dollars": 4.5,
        "wasted_dollars": 0.75,
        "deadline_met": None,
        "budget_met": None,
    }


def test_a_retried_job_counts_once_from_its_arrival_to_its_last_end_and_is_paid_twice() -> None:
    rows = [
        row(ended_seconds=50.0, status="Failed", last=False, waiting_seconds=2.0),
        row(ended_seconds=400.0, attempt=2, created_seconds=60.0, waiting_seconds=4.0),
    ]
    (found,) = measured(rows)
    assert found["completion_mean_seconds"] == 400.0
    assert (found["jobs"], found["completed"], found["failed"]) == (1, 1, 0)
    assert found["dollars"] == 2.0


@pytest.mark.parametrize("status", ["Refused", "Skipped"])
def test_a_job_that_never_ran_failed_and_has_no_times(status: str) -> None:
    never = row(status=status, ended_seconds=5000.0, dollars=0.0)
    (found,) = measured([row(), never], terms=Terms(deadline_seconds=9999.0))
    assert (found["jobs"], found["completed"], found["failed"]) == (2, 1, 1)
    assert (found["completion_mean_seconds"], found["makespan_seconds"]) == (100.0, 100.0)
    assert found["deadline_met"] is False


def test_while_a_job_runs_there_is_no_makespan_and_the_deadline_is_not_met() -> None:
    runs = row(ended_seconds=None, status="InProgress")
    (found,) = measured([row(), runs], terms=Terms(1000.0, None, {"ml.m5.xlarge": 2}))
    assert found["completion_mean_seconds"] == 100.0
    assert (found["makespan_seconds"], found["utilisation"]) == (None, None)
    assert (found["completed"], found["failed"], found["deadline_met"]) == (1, 0, False)


def test_a_bill_with_an_unknown_rate_is_unknown() -> None:
    (found,) = measured([row(), row(dollars=None)], terms=Terms(budget_dollars=5.0))
    assert (found["dollars"], found["budget_met"]) == (None, None)


@pytest.mark.parametrize(
    ("ended", "status", "met"),
    [(100.0, "Completed", True), (100.001, "Completed", False), (50.0, "Stopped", False)],
)
def test_the_deadline_is_met_when_all_is_completed_by_then(
    ended: float, status: str, *, met: bool
) -> None:
    rows = [row(ended_seconds=10.0), row(ended_seconds=ended, status=status)]
    (found,) = measured(rows, terms=Terms(deadline_seconds=100.0))
    assert found["deadline_met"] is met


@pytest.mark.parametrize(("budget", "met"), [(2.0, True), (1.99, False)])
def test_the_budget_is_met_when_all_costs_no_more(budget: float, *, met: bool) -> None:
    (found,) = measured([row(), row()], terms=Terms(budget_dollars=budget))
    assert found["budget_met"] is met


# The wait.


def wait(*rows: Row) -> object:
    (found,) = measured(list(rows))
    return found["wait_mean_seconds"]


def test_a_work_waits_for_its_turn_for_capacity_and_between_its_tries() -> None:
    tries = [
        row(created_seconds=30.0, waiting_seconds=2.0, ended_seconds=50.0, last=False),
        row(attempt=2, status="Refused", created_seconds=60.0, ended_seconds=60.0, last=False),
        row(attempt=3, created_seconds=75.0, waiting_seconds=4.0, ended_seconds=99.0),
    ]
    assert wait(*tries) == 30 + 2 + 10 + 15 + 4
    other = row(number=1, created_seconds=1.0)
    assert wait(tries[2], other, tries[0], tries[1]) == (61 + 1) / 2


def test_a_work_waits_while_it_is_interrupted() -> None:
    assert wait(row(created_seconds=1.0, waiting_seconds=2.0, interrupted_seconds=4.0)) == 7.0


def test_a_work_that_is_given_up_has_waited_until_then() -> None:
    first = row(created_seconds=3.0, ended_seconds=50.0, last=False)
    assert wait(first, row(attempt=2, status="Skipped", created_seconds=80.0)) == 3 + 30


def test_a_work_that_still_waits_has_waited_so_long() -> None:
    assert wait(row(status="InProgress", ended_seconds=None, waiting_seconds=7.0)) == 7.0


def test_works_without_a_training_job_have_no_wait() -> None:
    never = [
        row(job="b", status="Skipped", created_seconds=500.0),
        row(number=1, status="Refused", created_seconds=100.0, ended_seconds=100.0, last=False),
        row(number=1, attempt=2, status="Refused", created_seconds=200.0),
    ]
    assert wait(*never) is None
    assert wait(*never, row(created_seconds=8.0)) == 8.0
    again = row(1, number=1, created_seconds=4.0)
    first, second = measured([*never, row(created_seconds=8.0), again], count=2)
    assert (first["wait_mean_seconds"], second["wait_mean_seconds"]) == (8.0, 4.0)


spans = st.floats(0.0, 1e4)
tries = st.lists(st.tuples(spans, spans, spans, st.booleans()), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(0, 2), spans, tries), max_size=8), st.randoms())
def test_the_wait_is_the_time_in_which_no_try_has_instances(
    works: list[tuple[int, float, list[tuple[float, float, float, bool]]]], shuffled: Random
) -> None:
    rows, waits = [], dict[int, list[float]]()
    for number, (replication, arrived, parts) in enumerate(works):
        now, waited = arrived, 0.0
        for attempt, (before, for_capacity, held, refused) in enumerate(parts, 1):
            created = now + before
            now = created if refused else created + for_capacity + held
            waited += before if refused else before + for_capacity
            rows.append(
                row(
                    replication,
                    number=number,
                    attempt=attempt,
                    arrived_seconds=arrived,
                    created_seconds=created,
                    waiting_seconds=0.0 if refused else for_capacity,
                    ended_seconds=now,
                    status="Refused" if refused else "Failed",
                    last=attempt == len(parts),
                )
            )
        if not all(refused for *_, refused in parts):
            waits.setdefault(replication, []).append(waited)
    shuffled.shuffle(rows)
    rows.sort(key=lambda each: int(str(each["replication"])))
    found = [each["wait_mean_seconds"] for each in measured(rows, count=3)]
    means = [np.mean(waits[each]) if each in waits else None for each in range(3)]
    assert found == [mean if mean is None else pytest.approx(mean, abs=1e-6) for mean in means]


# Utilisation.


def test_utilisation_is_the_busy_share_of_the_pools_that_are_used() -> None:
    rows = [
        row(ended_seconds=100.0, training_seconds=80.0, starting_seconds=20.0, instances=2),
        row(ended_seconds=200.0, training_seconds=50.0, waiting_seconds=150.0),
        row(ended_seconds=200.0, training_seconds=100.0, spot=True),
    ]
    terms = Terms(on_demand={"ml.m5.xlarge": 3, "ml.c5.xlarge": 99}, spot={"ml.m5.xlarge": 2})
    (found,) = measured(rows, terms=terms)
    assert found["utilisation"] == pytest.approx((200 + 50 + 100) / (200 * (3 + 2)))


def test_there_is_no_utilisation_of_what_has_no_end() -> None:
    rows = [row(), row(instance_type="ml.c5.xlarge")]
    (found,) = measured(rows, terms=Terms(on_demand={"ml.m5.xlarge": 3}))
    assert found["utilisation"] is None


# Many replications at once.


def test_a_replication_without_jobs_is_measured_too() -> None:
    found = measured([row(1)], count=3, terms=Terms(10.0, 10.0))
    assert [each["jobs"] for each in found] == [0, 1, 0]
    assert [each["dollars"] for each in found] == [0.0, 1.0, 0.0]
    assert [each["completion_mean_seconds"] for each in found] == [None, 100.0, None]
    assert [each["makespan_seconds"] for each in found] == [None, 100.0, None]
    assert [each["deadline_met"] for each in found] == [True, False, True]


times = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=12)


@given(st.lists(times, min_size=1, max_size=6))
def test_each_replication_is_measured_as_if_it_were_alone(groups: list[list[float]]) -> None:
    rows = [[row(place, ended_seconds=end) for end in ends] for place, ends in enumerate(groups)]
    together = measured([each for group in rows for each in group], count=len(groups))
    alone = [measured([{**each, "replication": 0} for each in group])[0] for group in rows]
    assert together == alone


@given(times)
def test_percentiles_are_those_of_numpy(ends: list[float]) -> None:
    (found,) = measured([row(ended_seconds=end) for end in ends])
    p50, p99 = np.percentile(ends, (50, 99))
    assert found["completion_p50_seconds"] == pytest.approx(p50)
    assert found["completion_p99_seconds"] == pytest.approx(p99)


# Estimates.


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_interval_is_students(values: list[float], confidence: float) -> None:
    found = estimate(values, confidence)
    spread = stats.sem(values)
    assert found.n == len(values)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-6)
    expected = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * spread
    assert found.half_width == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found.low == found.mean - found.half_width
    assert found.high == found.mean + found.half_width
    assert found.p90 == pytest.approx(np.percentile(values, 90))


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_chances_have_the_interval_of_clopper_and_pearson(pair: tuple[int, int]) -> None:
    count, n = pair
    found = share(count, n, 0.9)
    exact = stats.binomtest(count, n).proportion_ci(0.9, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert found.share == count / n
    told = estimate_chance([1.0] * count + [0.0] * (n - count), 0.9)
    assert (told.n, told.mean, told.low, told.high) == (n, count / n, found.low, found.high)
    assert told.half_width == (found.high - found.low) / 2


def test_values_that_are_not_there_do_not_count() -> None:
    nan = float("nan")
    assert estimate([nan, 2.0, nan, 4.0])[:2] == (2, 3.0)
    assert estimate([5.0, nan]) == (1, 5.0, None, 5.0, 5.0, 5.0, None, None)
    for estimated in (estimate, estimate_chance):
        assert estimated([nan]) == estimated([]) == (0, *[None] * 7)
    assert estimate_chance([nan, 1.0, 0.0])[:2] == (2, 0.5)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95])
def test_a_confidence_is_between_0_and_1(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate([1.0, 2.0], confidence)
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate_chance([1.0, 0.0], confidence)


def test_the_intervals_of_a_level_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(3)
    samples = random.normal(10.0, 2.0, (2000, 8))
    held = 0
    for sample in samples:
        mean, half = estimate(sample, 0.9)[1:3]
        assert mean is not None
        assert half is not None
        held += abs(mean - 10.0) <= half
    assert 0.88 < held / 2000 < 0.92
