"""Finite capacity against queueing theory: Erlang C, Erlang B and Little's law.

Jobs arrive at random (Poisson) and run for exponential times on c instances that they share: an
M/M/c queue, whose waiting time has a closed form. The seeds are fixed, and the means stand inside
their own 99 % intervals.
"""

from math import factorial, sqrt
from statistics import NormalDist, fmean, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.whatif import Replication, plan_from_dict, replicate

CALM = {
    phase: {"*": 0}
    for phase in ("launching", "preparing", "downloading", "image_pull", "uploading")
}
TYPE = "ml.m5.xlarge"
HOUR = 3600.0
Z99 = NormalDist().inv_cdf(0.995)


def queue(servers: int, per_hour: float, mean_hours: float, **keys: object) -> dict[str, Any]:
    """An M/M/c queue as a plan."""
    work = {"duration": {"exponential": {"mean": mean_hours * HOUR}}}
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86_400}}
    job = {"instance_type": TYPE, "work": work, "request": limit}
    world = {"latencies": CALM, "capacity": {"on_demand": {TYPE: servers}}}
    return {
        "world": world,
        "jobs": {"a": {**job, "arrivals": {"poisson_per_hour": per_hour, **keys}}},
    }


def erlang_c(servers: int, load: float) -> float:
    """The chance that an arrival has to wait, at an offered load in Erlang."""
    below = sum(load**k / factorial(k) for k in range(servers))
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (below + last)


def erlang_b(servers: int, load: float) -> float:
    """The chance that all servers are taken, where nobody waits."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def means(table: dict[str, Any], what: str, replications: int, warm_up: int) -> list[float]:
    """The mean of a column in each of some replications, after the first arrivals."""
    plan = plan_from_dict(table)
    found = []
    for seed in range(replications):
        done = replicate(plan, seed)
        numbered = zip(done.jobs["number"], done.jobs[what], strict=True)
        found.append(fmean([float(value) for number, value in numbered if number >= warm_up]))
    return found


def inside_own_interval(values: list[float], expected: float) -> bool:
    half_width = Z99 * stdev(values) / sqrt(len(values))
    return abs(fmean(values) - expected) <= half_width


@pytest.mark.parametrize(("servers", "per_hour"), [(1, 0.7), (3, 2.4), (8, 6.4)])
def test_the_wait_for_capacity_is_that_of_erlang_c(servers: int, per_hour: float) -> None:
    waits = means(queue(servers, per_hour, 1.0, count=1200), "waiting_seconds", 20, 200)
    expected = erlang_c(servers, per_hour) / (servers - per_hour) * HOUR
    assert inside_own_interval(waits, expected)


def test_the_share_of_refused_jobs_is_that_of_erlang_b() -> None:
    table = queue(4, 3.0, 1.0, count=1200)
    table["world"] |= {"capacity": {}, "quotas": {"on_demand": {TYPE: 4}}}
    plan = plan_from_dict(table)
    shares = []
    for seed in range(20):
        done = replicate(plan, seed)
        later = [
            status == "Refused"
            for status, number in zip(done.jobs["status"], done.jobs["number"], strict=True)
            if isinstance(number, int) and number >= 100
        ]
        shares.append(fmean(later))
    assert inside_own_interval(shares, erlang_b(4, 3.0))


TIMES = ("waiting", "starting", "downloading", "training", "uploading", "stopping", "interrupted")
TERMINAL = {"Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"}


def area_under_the_number_of_jobs(done: Replication) -> float:
    """Of the jobs in the system over time, by the transition log."""
    first: set[object] = set()
    changes = []
    log = done.transitions
    for name, at, status in zip(
        log["training_job_name"], log["at_seconds"], log["secondary_status"], strict=True
    ):
        if name not in first:
            first.add(name)
            changes.append((at, 1))
        elif status in TERMINAL:
            changes.append((at, -1))
    area, number, before = 0.0, 0, 0.0
    for at, change in sorted(changes):
        area += number * (at - before)
        number, before = number + change, at
    return area


@given(
    servers=st.integers(1, 5),
    per_hour=st.floats(0.5, 6),
    count=st.integers(1, 60),
    seed=st.integers(0, 100),
)
def test_littles_law_holds_in_every_run(
    servers: int, per_hour: float, count: int, seed: int
) -> None:
    plan = plan_from_dict(queue(servers, per_hour, 1.0, count=count))
    done = replicate(plan, seed, transitions=True)
    waits = [sum(column) for column in (done.jobs[f"{name}_seconds"] for name in TIMES)]
    assert area_under_the_number_of_jobs(done) == pytest.approx(sum(waits))
