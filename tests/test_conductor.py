"""A plan is carried out: arrivals, what waits for what, retries, turns, stops."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.whatif import Replication, plan_from_dict, replicate

CALM = {
    phase: {"*": 0}
    for phase in ("launching", "preparing", "downloading", "image_pull", "uploading")
}
HOUR = 3600.0
Job = dict[str, Any]


def one(**keys: object) -> Job:
    return {"instance_type": "ml.m5.xlarge", "work": {"duration": "1h"}, **keys}


def kept(seconds: int = 3600, **keys: object) -> Job:
    """A job whose instances stay."""
    return one(request={"ResourceConfig": {"KeepAlivePeriodInSeconds": seconds}}, **keys)


DOLLAR_AN_HOUR = {
    "prices": {"ml.m5.xlarge": 1.0, "ml.p3.2xlarge": 4.0},
    "volume_dollars_per_gb_month": 0,
}


def run(
    jobs: Mapping[str, Job],
    world: Mapping[str, object] | None = None,
    seed: int = 0,
    **keys: object,
) -> Replication:
    table = {"world": {"latencies": CALM, **(world or {})}, "jobs": jobs, **keys}
    return replicate(plan_from_dict(table), seed)


def rows(done: Replication, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*[done.jobs[name] for name in names], strict=True))


def starts(done: Replication) -> dict[object, object]:
    return dict(rows(done, "training_job_name", "created_seconds"))


# Arrivals, and what waits for what.


def test_copies_at_every_arrival_are_numbered() -> None:
    done = run({"a": one(copies=2, arrivals={"at": ["3h", 0]})})
    assert rows(done, "training_job_name", "number", "arrived_seconds", "ended_seconds") == [
        ("a-0", 0, 0.0, HOUR),
        ("a-1", 1, 0.0, HOUR),
        ("a-2", 2, 3 * HOUR, 4 * HOUR),
        ("a-3", 3, 3 * HOUR, 4 * HOUR),
    ]
    assert done.end_seconds == 4 * HOUR


def test_a_job_starts_when_all_copies_of_the_one_before_have_ended() -> None:
    world = {"workloads": [{"name": "a-1", "duration": "5h"}]}
    done = run({"b": one(after=["a"]), "a": {"instance_type": "ml.m5.xlarge", "copies": 2}}, world)
    assert starts(done)["b-0"] == 5 * HOUR


def test_numbers_wait_for_their_own_numbers() -> None:
    done = run(
        {
            "a": one(arrivals={"every": "1d", "count": 3}),
            "b": one(after=["a"]),
            "c": one(after=["b"], arrivals={"at": ["26h", "26h", "26h"]}),
        }
    )
    at = starts(done)
    assert [at[f"b-{number}"] for number in range(3)] == [HOUR, 25 * HOUR, 49 * HOUR]
    assert [at[f"c-{number}"] for number in range(3)] == [26 * HOUR, 26 * HOUR, 50 * HOUR]


def test_every_arrival_waits_for_the_only_one_of_another() -> None:
    done = run(
        {
            "a": one(work={"duration": "20h"}),
            "b": one(after=["a"], arrivals={"at": [0, "2d"]}),
        }
    )
    assert starts(done) == {"a-0": 0.0, "b-0": 20 * HOUR, "b-1": 48 * HOUR}


FAILING = {"duration": "1h", "exit_code": 1}


def test_after_success_is_skipped_where_there_is_none_and_after_is_not() -> None:
    done = run(
        {
            "a": one(work=FAILING),
            "b": one(after_success=["a"]),
            "c": one(after=["b"]),
            "d": one(after_success=["b"]),
        }
    )
    assert rows(done, "job", "status", "failure") == [
        ("a", "Failed", "AlgorithmError: , exit code: 1"),
        ("b", "Skipped", "a is not Completed"),
        ("d", "Skipped", "b is not Completed"),
        ("c", "Completed", ""),
    ]


def test_after_a_failure_of_the_only_one_every_arrival_is_skipped() -> None:
    done = run(
        {
            "a": one(work=FAILING, arrivals={"at": ["90m"]}),
            "b": one(after_success=["a"], arrivals={"every": "1h", "count": 5}),
        }
    )
    failed_at = 2.5 * HOUR
    assert rows(done, "job", "number", "arrived_seconds", "failure")[1:] == [
        *[("b", number, failed_at, "a is not Completed") for number in (0, 1, 2)],
        *[("b", number, number * HOUR, "a is not Completed") for number in (3, 4)],
    ]


def test_what_waits_for_an_arrival_that_never_comes_is_told() -> None:
    done = run(
        {
            "a": one(arrivals={"at": [0, 1]}),
            "b": one(after=["a"], arrivals={"at": [0, 1, 2]}),
        }
    )
    assert rows(done, "training_job_name", "status", "failure")[-1] == (
        "b-2",
        "Skipped",
        "what it waits for never came",
    )


def test_poisson_arrivals_are_those_of_the_seed() -> None:
    jobs = {"a": one(arrivals={"poisson_per_hour": 2.0, "until": "100h"})}
    first, again, other = (run(jobs, seed=seed).jobs["arrived_seconds"] for seed in (1, 1, 2))
    assert first == again != other
    assert 150 < len(first) < 250
    assert sorted(first) == first


def test_another_job_does_not_change_when_jobs_arrive() -> None:
    jobs = {"a": one(arrivals={"poisson_per_hour": 2.0, "count": 5})}
    more = {"b": one(arrivals={"poisson_per_hour": 9.0, "count": 5}), **jobs}
    alone, beside = run(jobs), run(more)
    arrived = [at for job, at in rows(beside, "job", "arrived_seconds") if job == "a"]
    assert arrived == alone.jobs["arrived_seconds"]


# Turns.


def test_at_once_lets_others_wait_their_turn() -> None:
    done = run({"a": one(copies=5)}, at_once=2)
    assert rows(done, "created_seconds") == [(0.0,), (0.0,), (HOUR,), (HOUR,), (2 * HOUR,)]
    assert set(done.jobs["arrived_seconds"]) == {0.0}


def test_a_turn_is_kept_while_a_retry_waits() -> None:
    retry = {"on_failure": 1, "wait": "30m"}
    done = run({"a": one(work=FAILING, retry=retry), "b": one()}, at_once=1)
    assert rows(done, "training_job_name", "created_seconds") == [
        ("a-0", 0.0),
        ("a-0-r1", 1.5 * HOUR),
        ("b-0", 2.5 * HOUR),
    ]


# Retries.


def test_a_failure_is_tried_again_as_often_as_the_plan_says() -> None:
    retry = {"on_failure": 2, "wait": "10m"}
    done = run({"a": one(work=FAILING, retry=retry), "b": one(after=["a"])})
    assert rows(done, "training_job_name", "attempt", "created_seconds", "status", "last") == [
        ("a-0", 1, 0.0, "Failed", False),
        ("a-0-r1", 2, HOUR + 600, "Failed", False),
        ("a-0-r2", 3, 2 * HOUR + 1200, "Failed", True),
        ("b-0", 1, 3 * HOUR + 1200, "Completed", True),
    ]


def test_no_capacity_falls_back_step_by_step() -> None:
    world = {"capacity": {"on_demand": {"ml.p3.2xlarge": 0}, "give_up_after": "30m"}}
    fallback = [
        {"instance_type": "ml.p3.2xlarge", "instances": 2},
        {"instance_type": "ml.m5.large"},
    ]
    job = one(instance_type="ml.p3.2xlarge", retry={"on_capacity": 5, "fallback": fallback})
    done = run({"a": job}, world)
    assert rows(done, "instance_type", "instances", "status", "created_seconds") == [
        ("ml.p3.2xlarge", 1, "Failed", 0.0),
        ("ml.p3.2xlarge", 2, "Failed", 1800.0),
        ("ml.m5.large", 1, "Completed", 3600.0),
    ]
    assert done.jobs["waiting_seconds"] == [1800.0, 1800.0, 0.0]


def test_spot_falls_back_to_on_demand_when_it_waits_too_long() -> None:
    world = {"capacity": {"spot": {"ml.m5.xlarge": 0}}}
    job = one(
        spot=True,
        max_runtime="2h",
        max_wait="3h",
        retry={"on_max_wait": 1, "fallback": [{"spot": False}]},
    )
    done = run({"a": job}, world)
    assert rows(done, "spot", "secondary_status", "ended_seconds") == [
        (True, "MaxWaitTimeExceeded", 3 * HOUR),
        (False, "Completed", 4 * HOUR),
    ]


def test_what_was_done_before_a_retry_is_lost_with_its_checkpoints() -> None:
    world = {**DOLLAR_AN_HOUR, "spot": {"discount": 0.5, "outages": [{"start": "2h", "end": "9h"}]}}
    job = one(
        spot=True,
        max_runtime="3h",
        max_wait="3h",
        work={"duration": "150m", "checkpoint_every": "10m", "checkpoint_time": "1m"},
    )
    names = ("secondary_status", "dollars", "wasted_dollars", "lost_dollars", "lost_seconds")
    again = {"retry": {"on_max_wait": 1, "fallback": [{"spot": False}]}}
    first, second = rows(run({"a": {**job, **again}}, world), *names)
    assert first == ("MaxWaitTimeExceeded", 1.0, pytest.approx(1.0), pytest.approx(1.0), 2 * HOUR)
    assert second == ("Completed", pytest.approx(2.5 + 14 / 60), 0.0, 0.0, 0.0)
    # Without a retry the checkpoints are there for whoever goes on from them.
    ((_, dollars, wasted, *_),) = rows(run({"a": job}, world), *names)
    assert dollars == 1.0
    assert 0 < wasted < 0.1


def test_what_an_instance_has_done_that_fails_is_lost_with_its_checkpoints() -> None:
    world = {**DOLLAR_AN_HOUR, "internal_errors": [{"name": "a-0", "after": "50m"}]}
    job = one(work={"duration": "1h", "checkpoint_every": "10m"}, retry={"on_failure": 1})
    done = run({"a": job}, world)
    assert rows(done, "status", "dollars", "wasted_dollars", "lost_seconds") == [
        ("Failed", pytest.approx(5 / 6), pytest.approx(5 / 6), 3000.0),
        ("Completed", 1.0, 0.0, 0.0),
    ]


def test_a_quota_refuses_and_is_asked_again() -> None:
    world = {"quotas": {"on_demand": {"ml.m5.xlarge": 1}}}
    done = run({"a": one(copies=2, retry={"on_capacity": 3, "wait": "25m"})}, world)
    refused = [row for row in rows(done, "training_job_name", "failure") if row[1]]
    assert refused == [
        ("a-1", "ResourceLimitExceeded"),
        ("a-1-r1", "ResourceLimitExceeded"),
        ("a-1-r2", "ResourceLimitExceeded"),
    ]
    assert rows(done, "training_job_name", "status", "created_seconds")[-1] == (
        "a-1-r3",
        "Completed",
        75 * 60.0,
    )


def test_a_quota_that_nobody_asks_again_refuses_for_ever() -> None:
    world = {"quotas": {"on_demand": {"ml.m5.xlarge": 1}}}
    done = run({"a": one(copies=2), "b": one(after_success=["a"])}, world)
    assert rows(done, "job", "status", "last") == [
        ("a", "Refused", True),
        ("a", "Completed", True),
        ("b", "Skipped", True),
    ]


# Warm pools.


@given(
    st.sampled_from([{}, {"spot": True, "max_wait": "20d", "max_runtime": "5d"}]),
    st.sampled_from([{}, {"after": "90m"}, {"at_dollars": 0.3}]),
    st.integers(0, 20),
)
def test_what_was_wasted_is_the_sum_of_four_and_as_the_bill_says(
    buys: Job, stop: Job, seed: int
) -> None:
    latencies = {**CALM, "downloading": {"*": 300}}
    spot = {"uptime": {"exponential": {"mean": "1h"}}}
    job = one(work={"duration": "3h", "checkpoint_every": "25m"}, stop=stop, **buys)
    done = run({"a": job}, {"latencies": latencies, "spot": spot}, seed)
    names = ("downloads_dollars", "lost_dollars", "stops_dollars", "restarts_dollars")
    ((wasted, dollars, *parts),) = rows(done, "wasted_dollars", "dollars", *names)
    assert wasted == pytest.approx(sum(parts))
    assert 0 < parts[0] <= wasted <= dollars
    assert all(part >= 0 for part in parts)
    (lost_seconds,) = done.jobs["lost_seconds"]
    assert (parts[1] > 0) == (lost_seconds > 0)


def test_what_a_warm_pool_costs_after_its_job_is_on_the_jobs_bill() -> None:
    keep = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 3600}}
    world = {"latencies": {**CALM, "launching": {"*": 600}}, "prices": {"ml.m5.xlarge": 1.0}}
    world["volume_dollars_per_gb_month"] = 0
    done = run({"a": one(request=keep, arrivals={"at": [0, "90m"]})}, world)
    seconds = rows(done, "training_job_name", "starting_seconds", "ended_seconds")
    assert seconds == [("a-0", 600.0, 4200.0), ("a-1", 0.0, 9000.0)]
    # One hour each, and the pool: 20 minutes until it is taken, an hour until it is over.
    assert done.jobs["dollars"] == pytest.approx([1 + 20 / 60, 1 + 1.0])


@pytest.mark.parametrize(("until", "dollars"), [("70m", 70 / 60), ("3h", 1.5)])
def test_a_warm_pool_is_paid_for_no_longer_than_the_plan_is_looked_at(
    until: str, dollars: float
) -> None:
    done = run({"a": kept(1800), "b": one(arrivals={"at": ["1d"]})}, DOLLAR_AN_HOUR, until=until)
    assert rows(done, "job", "status", "dollars") == [
        ("b", "Skipped", 0.0),
        ("a", "Completed", pytest.approx(dollars)),
    ]
    assert done.end_seconds == HOUR


# Stops.


def test_a_job_is_stopped_at_a_time_since_its_creation() -> None:
    done = run({"a": one(arrivals={"at": ["2h"]}, stop={"after": "30m"})})
    ((status, ended),) = rows(done, "secondary_status", "ended_seconds")
    assert (status, ended) == ("Stopped", 2.5 * HOUR)


@pytest.mark.parametrize("spot", [False, True])
def test_a_job_is_stopped_at_a_spend_within_a_second(spot: bool) -> None:  # noqa: FBT001 - a case
    rate = 0.23
    world = {"spot": {"discount": 0.5}, "prices": {"ml.m5.xlarge": rate}}
    job = one(work={"duration": "20h"}, stop={"at_dollars": 1.0}, spot=spot)
    job |= {"max_wait": "2d"} if spot else {}
    done = run({"a": job}, world)
    ((status, dollars),) = rows(done, "secondary_status", "dollars")
    assert status == "Stopped"
    assert 1.0 <= dollars <= 1.0 + 2 * rate / 3600


def test_a_plan_is_stopped_at_a_time_and_nothing_new_starts() -> None:
    done = run(
        {
            "a": one(copies=3, arrivals={"at": [0, "2h"]}),
            "b": one(after=["a"]),
        },
        at_once=2,
        stop={"after": "90m"},
    )
    assert rows(done, "training_job_name", "secondary_status", "failure") == [
        ("a-0", "Completed", ""),
        ("a-1", "Completed", ""),
        ("a-2", "Stopped", ""),
        ("b-0", "", "the plan was stopped"),
        *[(name, "", "the plan was stopped") for name in ("a-3", "a-4", "a-5", "b-1")],
    ]
    assert done.jobs["arrived_seconds"][-4:] == [2 * HOUR] * 4
    assert done.end_seconds == 1.5 * HOUR


def test_a_plan_is_stopped_at_a_spend() -> None:
    world = {"prices": {"ml.m5.xlarge": 1.0}}
    jobs = {"a": one(work={"duration": "10h"}, arrivals={"every": "1h", "count": 9})}
    done = run(jobs, world, stop={"at_dollars": 10.0})
    dollars = [float(each) for each in done.jobs["dollars"]]
    assert 10.0 <= sum(dollars) <= 10.0 + len(dollars) * 2 / 3600 + 0.1
    assert rows(done, "status", "last") == [("Stopped", True)] * 4 + [("Skipped", True)] * 5


def test_what_a_warm_pool_costs_counts_in_the_spend_of_a_plan() -> None:
    jobs = {
        "j": kept(instance_type="ml.p3.2xlarge"),
        "k": one(work={"duration": "30m"}, arrivals={"every": "10m", "count": 12}),
    }
    done = run(jobs, DOLLAR_AN_HOUR, stop={"at_dollars": 7.5})
    assert 7.5 <= sum(done.jobs["dollars"]) <= 7.5 + 5 * 8 / 3600
    # By the hour 4 dollars of j and 2.5 of the k; the dollar that is left goes at 4 + 3 an hour.
    assert done.end_seconds == pytest.approx(3600 + 3600 / 7, abs=2)


def test_a_warm_pool_alone_reaches_the_spend_of_a_plan_and_is_ended() -> None:
    done = run({"a": kept(7200)}, DOLLAR_AN_HOUR, stop={"at_dollars": 1.5})
    assert rows(done, "status", "ended_seconds") == [("Completed", HOUR)]
    assert done.jobs["dollars"] == [1.5]


def test_what_a_warm_pool_has_cost_counts_when_it_is_over_or_taken() -> None:
    jobs = {"a": kept(600, arrivals={"at": [0, "65m", "3h"]}), "b": one(arrivals={"at": ["10h"]})}
    done = run(jobs, DOLLAR_AN_HOUR, stop={"at_dollars": 3.5})
    # Three hours, five minutes until the pool is taken, and twice ten minutes until it is over.
    first, second, third, last = sorted(rows(done, "created_seconds", "dollars"))
    assert [first[1], second[1], third[1]] == pytest.approx([65 / 60, 70 / 60, 70 / 60])
    assert last == (36_000.0, pytest.approx(3.5 - 205 / 60, abs=2 / 3600))


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 200), st.integers(0, 180)),
        min_size=1,
        max_size=5,
    ),
    st.floats(0.1, 12.0),
)
def test_a_plan_never_spends_more_than_until_its_stop(
    spans: list[tuple[int, int, int]], limit: float
) -> None:
    jobs = {
        f"a{n}": kept(60 * keeps, work={"duration": f"{runs}m"}, arrivals={"at": [f"{comes}m"]})
        for n, (comes, runs, keeps) in enumerate(spans)
    }
    whole = sum(run(jobs, DOLLAR_AN_HOUR).jobs["dollars"])
    stopped = sum(run(jobs, DOLLAR_AN_HOUR, stop={"at_dollars": limit}).jobs["dollars"])
    if whole < limit:
        assert stopped == whole
    else:
        # A second until it is noticed, and one for each that stops.
        assert limit <= stopped <= limit + len(jobs) * 3 / 3600


def test_a_plan_that_is_stopped_leaves_no_warm_pool() -> None:
    jobs = {"a": kept(21_600), "b": kept(instances=2, work={"duration": "5h"})}
    done = run(jobs, DOLLAR_AN_HOUR, stop={"after": "2h"})
    assert rows(done, "job", "status", "dollars") == [
        ("b", "Stopped", 4.0),
        ("a", "Completed", 2.0),
    ]


def test_who_waits_for_what_a_warm_pool_holds_is_stopped_with_the_plan() -> None:
    world = {"capacity": {"on_demand": {"ml.m5.xlarge": 1}}}
    other = one(request={"ResourceConfig": {"VolumeSizeInGB": 50}}, arrivals={"at": ["30m"]})
    done = run({"a": kept(21_600), "b": other}, world, stop={"after": "2h"})
    assert sorted(rows(done, "job", "status", "ended_seconds", "started_seconds")) == [
        ("a", "Completed", HOUR, 0.0),
        ("b", "Stopped", 2 * HOUR, None),
    ]


def test_a_job_that_is_stopped_at_a_spend_leaves_no_warm_pool() -> None:
    jobs = {
        "runs": kept(work={"duration": "5h"}, stop={"at_dollars": 1.5}),
        "keeps": kept(instances=2, stop={"at_dollars": 3.0}),
    }
    done = run(jobs, DOLLAR_AN_HOUR)
    assert rows(done, "job", "status", "dollars") == [
        ("runs", "Stopped", pytest.approx(1.5, abs=1 / 3600)),
        ("keeps", "Completed", pytest.approx(3.0, abs=2 / 3600)),
    ]


def test_a_job_that_is_stopped_at_a_time_leaves_the_pool_that_it_asks_for() -> None:
    done = run({"a": kept(stop={"after": "30m"})}, DOLLAR_AN_HOUR)
    assert rows(done, "status", "dollars") == [("Stopped", pytest.approx(1.5))]


@pytest.mark.parametrize("of", ["plan", "job"])
def test_a_spend_that_is_never_reached_keeps_nothing_going(of: str) -> None:
    world = {"capacity": {"on_demand": {"ml.m5.xlarge": 1, "ml.p3.2xlarge": 0}}}
    stop = {"at_dollars": 9999.0}
    own = {"stop": stop} if of == "job" else {}
    jobs = {"a": one(**own), "b": one(instance_type="ml.p3.2xlarge", **own)}
    done = run(jobs, world, **({"stop": stop} if of == "plan" else {}))
    assert rows(done, "job", "status", "waiting_seconds") == [
        ("a", "Completed", 0.0),
        ("b", "InProgress", HOUR),
    ]


def test_what_waits_for_a_retry_when_the_plan_is_stopped_ends_there() -> None:
    retry = {"on_failure": 5, "wait": "1h"}
    done = run({"a": one(work=FAILING, retry=retry)}, stop={"after": "90m"})
    assert rows(done, "training_job_name", "attempt", "status", "created_seconds", "last") == [
        ("a-0", 1, "Failed", 0.0, False),
        ("a-0-r1", 2, "Skipped", 1.5 * HOUR, True),
    ]


def test_what_still_runs_at_the_end_of_a_plan_has_no_end() -> None:
    done = run({"a": one(), "b": one(work={"duration": "9h"})}, until="2h")
    assert rows(done, "job", "status", "ended_seconds") == [
        ("a", "Completed", HOUR),
        ("b", "InProgress", None),
    ]


def test_what_never_came_to_be_when_a_plan_ends_is_told() -> None:
    done = run(
        {
            "a": one(),
            "b": one(work=FAILING, retry={"on_failure": 1, "wait": "5h"}),
            "c": one(copies=2, work={"duration": "9h"}),
            "d": one(after=["c"], arrivals={"at": [0, "1h", "7h"]}),
            "e": one(after_success=["c"]),
            "f": one(after=["e"], arrivals={"at": ["1h", "2h", "3h"]}),
            "g": one(after=["d"], arrivals={"every": "1h", "count": 4}),
        },
        at_once=3,
        until="2h",
    )
    ended, never = "the plan ended before", "what it waits for never came"
    names = ("training_job_name", "attempt", "arrived_seconds", "failure")
    assert sorted(row for row in rows(done, *names) if row[0][0] not in "ac") == [
        ("b-0", 1, 0.0, "AlgorithmError: , exit code: 1"),
        ("b-0-r1", 2, 0.0, ended),
        *[("d-0", 1, 2 * HOUR, ended), ("d-1", 1, 2 * HOUR, ended), ("d-2", 1, 7 * HOUR, ended)],
        ("e-0", 1, 2 * HOUR, ended),
        *[("f-0", 1, 2 * HOUR, ended), ("f-1", 1, 2 * HOUR, ended), ("f-2", 1, 3 * HOUR, ended)],
        *[("g-0", 1, 2 * HOUR, ended), ("g-1", 1, 2 * HOUR, ended), ("g-2", 1, 2 * HOUR, ended)],
        ("g-3", 1, 3 * HOUR, never),
    ]
    others = [row for row in rows(done, "job", "status", "last") if row[0] in "ac"]
    runs = ("c", "InProgress", True)
    assert others == [("a", "Completed", True), runs, runs]


def test_what_waits_for_its_turn_when_a_plan_ends_is_told() -> None:
    done = run({"a": one(copies=5)}, at_once=1, until="90m")
    assert rows(done, "number", "status", "created_seconds", "failure") == [
        (0, "Completed", 0.0, ""),
        *[(number, "Skipped", 1.5 * HOUR, "the plan ended before") for number in (2, 3, 4)],
        (1, "InProgress", HOUR, ""),
    ]


def test_what_comes_after_the_end_of_a_plan_is_told() -> None:
    done = run({"a": one(arrivals={"at": ["2h"]})}, until="1h")
    assert rows(done, "arrived_seconds", "created_seconds", "status", "failure", "last") == [
        (2 * HOUR, 2 * HOUR, "Skipped", "the plan ended before", True)
    ]


def test_who_waits_behind_a_job_that_waits_for_ever_is_told() -> None:
    world = {"capacity": {"on_demand": {"ml.m5.xlarge": 0}}}
    done = run({"a": one(copies=2), "b": one(after=["a"])}, world, at_once=1)
    never = "what it waits for never came"
    assert rows(done, "training_job_name", "status", "failure") == [
        ("a-1", "Skipped", never),
        ("a-0", "InProgress", ""),
        ("b-0", "Skipped", never),
    ]


def test_what_waits_for_what_never_comes_is_told_once() -> None:
    done = run(
        {
            "d": one(after=["c", "b"]),
            "c": one(after=["b"], arrivals={"at": [0, 1, 2]}),
            "b": one(after=["a"], arrivals={"at": [0, 1, 2]}),
            "a": one(arrivals={"at": [0, 1]}),
        }
    )
    skipped = [row for row in rows(done, "training_job_name", "status") if row[1] == "Skipped"]
    assert skipped == [("b-2", "Skipped"), ("c-2", "Skipped"), ("d-2", "Skipped")]


def test_who_arrives_less_often_than_what_it_waits_for_is_not_made_up() -> None:
    jobs = {"a": one(arrivals={"at": [0, 1, 2]}), "b": one(after=["a"], arrivals={"at": [0]})}
    assert sorted(run(jobs).jobs["training_job_name"]) == ["a-0", "a-1", "a-2", "b-0"]


# Long chains.


def test_thousands_of_turns_may_end_at_once() -> None:
    world = {"quotas": {"on_demand": {"ml.m5.xlarge": 0}}}
    jobs = {"b": one(instance_type="ml.m5.large"), "a": one(copies=3000)}
    done = run(jobs, world, at_once=1)
    assert done.jobs["number"] == [0, *range(3000)]
    assert done.jobs["status"] == ["Completed"] + ["Refused"] * 3000


def test_a_long_chain_of_jobs_may_come_to_nothing() -> None:
    chain = {f"a{n}": one(after_success=[f"a{n - 1}"]) for n in range(1, 1500)}
    done = run({"a0": one(work=FAILING), **chain})
    assert done.jobs["status"] == ["Failed"] + ["Skipped"] * 1499
    assert done.jobs["failure"][-1] == "a1498 is not Completed"


def test_the_transitions_of_a_job_that_still_runs_are_those_that_were() -> None:
    done = replicate(plan_from_dict({"jobs": {"a": one()}, "until": "30m"}), transitions=True)
    assert done.jobs["status"] == ["InProgress"]
    assert done.transitions["secondary_status"] == ["Starting", "Downloading", "Training"]


# Laws.

NAMES = ["a", "b", "c", "d"]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Small plans in which everything may go wrong."""
    jobs: dict[str, Job] = {}
    for place, name in enumerate(NAMES[: draw(st.integers(1, 4))]):
        before = st.lists(st.sampled_from(NAMES[:place]), max_size=2) if place else st.just([])
        job: Job = {
            "instance_type": draw(st.sampled_from(["ml.m5.xlarge", "ml.p3.2xlarge"])),
            "instances": draw(st.integers(1, 2)),
            "copies": draw(st.integers(1, 3)),
            "work": draw(st.sampled_from([{"duration": "1h"}, FAILING, {"duration": "3h"}])),
            "after": draw(before),
            "after_success": draw(before),
            "retry": {
                "on_capacity": draw(st.integers(0, 2)),
                "on_failure": draw(st.integers(0, 2)),
                "wait": draw(st.sampled_from([0, "10m"])),
            },
            "stop": draw(st.sampled_from([{}, {"after": "2h"}, {"at_dollars": 0.3}])),
        }
        if not (job["after"] or job["after_success"]) or draw(st.booleans()):
            job["arrivals"] = draw(
                st.sampled_from(
                    [{"at": [0]}, {"every": "1h", "count": 3}, {"poisson_per_hour": 1, "count": 2}]
                )
            )
        jobs[name] = job
    return {
        "jobs": jobs,
        "world": {
            "latencies": {"launching": {"*": draw(st.sampled_from([0, 60]))}},
            "capacity": {
                "on_demand": {"ml.p3.2xlarge": draw(st.integers(0, 3)), "ml.m5.xlarge": 4},
                "give_up_after": "2h",
            },
            "quotas": {"on_demand": {"ml.m5.xlarge": draw(st.integers(2, 6))}},
        },
        **draw(st.sampled_from([{}, {"at_once": 1}, {"at_once": 2}])),
        **draw(st.sampled_from([{}, {"stop": {"after": "5h"}}, {"stop": {"at_dollars": 1.0}}])),
        **draw(st.sampled_from([{}, {"until": "30m"}, {"until": "6h"}])),
    }


def wanted(table: dict[str, Any]) -> set[tuple[str, int]]:
    """Every work that the plan wants: all arrivals, in all their copies."""
    arrivals: dict[str, int] = {}
    for name, job in table["jobs"].items():
        if "arrivals" in job:
            arrivals[name] = job["arrivals"].get("count", 1)
        else:
            before = {*job["after"], *job["after_success"]}
            arrivals[name] = max((arrivals[each] for each in before), default=1)
    return {
        (name, number)
        for name, job in table["jobs"].items()
        for number in range(arrivals[name] * job["copies"])
    }


@given(plans(), st.integers(0, 9))
def test_whatever_the_plan_every_work_ends_once_and_a_second_run_is_the_same(
    table: dict[str, Any], seed: int
) -> None:
    plan = plan_from_dict(table)
    done = replicate(plan, seed, transitions=True)
    assert done == replicate(plan, seed, transitions=True)
    works = rows(done, "job", "number", "attempt", "last")
    assert len({work[:3] for work in works}) == len(works)
    lasts = [(job, number) for job, number, _, last in works if last]
    assert sorted(lasts) == sorted(wanted(table))
    for job, number, attempt, _ in works:
        before = [a for j, n, a, _ in works if (j, n) == (job, number) and a < attempt]
        assert sorted(before) == list(range(1, attempt))


TIMES = [
    f"{phase}_seconds"
    for phase in (
        "waiting",
        "starting",
        "downloading",
        "training",
        "uploading",
        "stopping",
        "interrupted",
    )
]


@given(plans(), st.integers(0, 9))
def test_the_times_of_a_job_add_up_to_its_life(table: dict[str, Any], seed: int) -> None:
    done = replicate(plan_from_dict(table), seed)
    for created, ended, failure, *times in rows(
        done, "created_seconds", "ended_seconds", "status", *TIMES
    ):
        if failure not in {"Refused", "Skipped"} and ended is not None:
            assert sum(times) == pytest.approx(ended - created, abs=1e-6)
            assert min(times) >= 0
