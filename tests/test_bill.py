"""The bill: to the cent against recorded costs, and where the money went, phase by phase.

Seconds from the creation of an undisturbed job with one channel in File mode, in `world()`:

    documented  Starting 0, Downloading 30, Training 60 (image until 100), Uploading 400, end 450
    live        Starting 0, Downloading 30 (image from 60), Training 100, Uploading 400, end 450
"""

import re
from collections.abc import Generator
from typing import Any

import pytest
from helpers import EDITIONS, Json, channel, latencies, request, resources, spot, world
from hypothesis import given
from hypothesis import strategies as st

from simjob import Container, Simulation, Workload, WorldError
from simjob.views.bill import Bill
from simjob.views.spending import Phases
from simjob.views.words import wasted
from simjob.world import (
    Constant,
    FieldError,
    InternalError,
    SpotMarket,
    World,
    dump_world,
    world_from_toml,
)

CHECKPOINTS = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}}
MONTH = 30 * 86_400

# data/processed/experiment_results.csv of aws-samples/amazon-sagemaker-huggingface-benchmark
# (MIT-0, 2021): instance type, num_nodes, billable_seconds, job_cost.
BENCHMARK = [
    ("ml.p3.16xlarge", 4, 3080, 96.3424),
    ("ml.p3.16xlarge", 4, 3106, 97.15568),
    ("ml.p3.16xlarge", 4, 3179, 99.43912),
    ("ml.p3.16xlarge", 2, 5379, 84.12756),
    ("ml.p3.2xlarge", 1, 65379, 69.4651875),
    ("ml.p3.16xlarge", 4, 3126, 97.78128),
    ("ml.p3.2xlarge", 1, 66355, 70.5021875),
    ("ml.p3.2xlarge", 1, 65485, 69.5778125),
    ("ml.p3.16xlarge", 4, 3220, 100.7216),
    ("ml.p3.2xlarge", 1, 65896, 70.0145),
    ("ml.p3.16xlarge", 2, 4890, 76.4796),
    ("ml.p3.16xlarge", 4, 3279, 102.56712),
    ("ml.p3.2xlarge", 1, 65929, 70.0495625),
    ("ml.p3.16xlarge", 2, 4871, 76.18244),
    ("ml.p3.16xlarge", 2, 4919, 76.93316),
    ("ml.p3.8xlarge", 1, 19214, 78.39312),
    ("ml.p3.16xlarge", 1, 16264, 127.18448),
    ("ml.p3.16xlarge", 1, 11809, 92.34638),
    ("ml.p3.16xlarge", 1, 11789, 92.18998),
    ("ml.p3.8xlarge", 1, 18961, 77.36088),
    ("ml.p3.8xlarge", 1, 19447, 79.34376),
    ("ml.p3.16xlarge", 4, 3143, 98.31304),
    ("ml.p3.16xlarge", 4, 3122, 97.65616),
    ("ml.p3.16xlarge", 1, 12560, 98.2192),
    ("ml.p3.16xlarge", 1, 11076, 86.61432),
]


def billed(
    wanted: Json | None = None,
    edition: str = "live",
    stop: float | None = None,
    until: float | None = None,
    **changes: object,
) -> Bill:
    """The bill of a job with data, stopped after so long if at all, at its end or at `until`."""
    sim = Simulation(world(**changes), edition=edition)
    sim.create_training_job(**request(InputDataConfig=[channel()], **(wanted or {})))
    if stop is not None:
        sim.advance(seconds=stop)
        sim.stop_training_job(TrainingJobName="a")
    if until is None:
        sim.run()
    else:
        sim.advance(seconds=until)
    return sim.jobs["a"].bill


def phases(bill: Bill) -> dict[str, float]:
    """The phases that took time, in seconds."""
    return {name: seconds for name, seconds in bill.seconds._asdict().items() if seconds}


# The sum.


@pytest.mark.parametrize(("kind", "count", "seconds", "cost"), BENCHMARK)
def test_a_recorded_cost_is_met_to_the_cent(
    kind: str, count: int, seconds: int, cost: float
) -> None:
    sim = Simulation(
        world(
            latencies=latencies(1, 2, 0, 0, 0),
            default_workload=Workload(duration=seconds),
        ),
        edition="live",
    )
    limit = {"MaxRuntimeInSeconds": 86_400}
    sim.create_training_job(
        **request(ResourceConfig=resources(kind, count), StoppingCondition=limit)
    )
    sim.run()
    job = sim.jobs["a"]
    assert job.record["BillableTimeInSeconds"] == seconds
    assert job.bill.instance_dollars == pytest.approx(cost, abs=1e-6)
    assert (job.bill.rate_date, job.bill.estimated) == ("2021", False)


def test_storage_is_paid_by_the_month_for_the_time_on_instances() -> None:
    bill = billed({"ResourceConfig": resources(count=2)})
    assert bill.storage_dollars == pytest.approx(2 * 10 * 0.14 * 420 / MONTH)
    assert bill.storage_estimated
    assert bill.dollars == pytest.approx(2 * 0.115 * 420 / 3600 + bill.storage_dollars)
    own = billed(volume_dollars_per_gb_month=2592)
    assert (own.storage_dollars, own.storage_estimated) == (pytest.approx(4.2), False)


def test_types_with_local_disks_have_no_volume() -> None:
    assert billed({"ResourceConfig": resources("ml.g5.2xlarge")}).storage_dollars == 0


def test_spot_pays_storage_for_its_whole_time() -> None:
    bill = billed(spot(), spot=SpotMarket(discount=0.5))
    assert (bill.spot, bill.discount, bill.estimated) == (True, 0.5, False)
    assert bill.billable_seconds == 210
    assert bill.paid_dollars_per_hour == pytest.approx(0.0575)
    assert bill.storage_dollars == pytest.approx(10 * 0.14 * 420 / MONTH)


# What spot saves.


def test_a_spot_price_of_the_world_is_the_discount_of_its_type() -> None:
    market = SpotMarket(discount=0.5, prices={"ml.m5.large": 0.023})
    bill = billed(spot(), spot=market)
    assert bill.discount == pytest.approx(0.8)
    assert bill.billable_seconds == 84
    assert bill.paid_dollars_per_hour == pytest.approx(0.023)
    other = billed({**spot(), "ResourceConfig": resources("ml.m5.xlarge")}, spot=market)
    assert other.billable_seconds == 210


def test_a_spot_price_is_against_the_price_that_the_world_sets() -> None:
    market = SpotMarket(prices={"ml.m5.large": 3})
    bill = billed(spot(), spot=market, prices={"ml.m5.large": 4})
    assert (bill.discount, bill.billable_seconds) == (0.25, 315)
    free = billed(spot(), spot=SpotMarket(prices={"ml.m5.large": 0}), prices={"ml.m5.large": 0})
    assert (free.discount, free.instance_dollars) == (0, 0)


def test_without_any_the_catalogue_says_or_else_an_estimate() -> None:
    known = billed({**spot(), "ResourceConfig": resources("ml.p5.48xlarge")})
    assert known.paid_dollars_per_hour == pytest.approx(24.05)
    assert not known.estimated
    usual = billed(spot())
    assert (usual.discount, usual.estimated) == (0.68, True)
    assert not billed().estimated


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (
            'spot.prices."ml.m5.large" = 0.2',
            'spot.prices."ml.m5.large": must be at most the price on demand (0.115), is 0.2',
        ),
        (
            'spot.prices."ml.p5e.48xlarge" = 9',
            'spot.prices."ml.p5e.48xlarge": needs a price on demand, in `prices`: none is known',
        ),
        (
            'spot.prices."ml.x" = 1',
            "spot.prices.\"ml.x\": unknown instance type 'ml.x'",
        ),
        (
            'spot.prices."ml.m5.large" = -1',
            'spot.prices."ml.m5.large": must be a number, 0 or more, is -1',
        ),
        (
            "volume_dollars_per_gb_month = -1",
            "volume_dollars_per_gb_month: must be a number, 0 or more, is -1",
        ),
    ],
)
def test_a_price_that_cannot_be_is_refused_with_its_path(given: str, mistake: str) -> None:
    with pytest.raises(WorldError) as caught:
        world_from_toml(given)
    assert caught.value.mistakes == (mistake,)


def test_prices_are_written_and_read_back() -> None:
    market = SpotMarket(prices={"ml.m5.large": 0.03})
    priced = World(spot=market, volume_dollars_per_gb_month=0.1)
    assert world_from_toml(dump_world(priced)) == priced
    with pytest.raises(FieldError, match="must be at most the price on demand"):
        World(spot=market, prices={"ml.m5.large": 0.02})


# Where the money went.

COMPLETED = {"downloading": 30, "image_pull": 40, "training": 300, "uploading": 50}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_phases_of_a_completed_job(edition: str) -> None:
    bill = billed(edition=edition)
    assert phases(bill) == COMPLETED
    assert bill.seconds.wasted == 70
    parts = bill.dollars_by_phase
    assert parts is not None
    assert parts.total == pytest.approx(bill.dollars)
    assert parts.training == pytest.approx((bill.dollars or 0) * 300 / 420)
    assert bill.wasted_dollars == pytest.approx((bill.dollars or 0) * 70 / 420)
    assert bill.lost_seconds == 0


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (20, {}),
        (45, {"downloading": 15}),
        (75, {"downloading": 30, "image_pull": 15}),
        (250, {"downloading": 30, "image_pull": 40, "training": 150}),
        (410, {**COMPLETED, "uploading": 10}),
    ],
)
def test_the_phases_of_a_job_that_still_runs(
    edition: str, until: float, expected: dict[str, float]
) -> None:
    assert phases(billed(edition=edition, until=until)) == expected


FETCHED = {"downloading": 30, "image_pull": 40}


@pytest.mark.parametrize(
    ("edition", "workload", "expected"),
    [
        ("live", Workload(), {"lost": 100}),
        ("documented", Workload(), {"lost": 100}),
        (
            "live",
            Workload(on_sigterm="save", save_time=40),
            {"training": 100, "stop_window": 40, "uploading": 50},
        ),
        # The page shows no upload beside Stopping.
        (
            "documented",
            Workload(on_sigterm="save", save_time=40),
            {"training": 100, "stop_window": 90},
        ),
        ("live", Workload(on_sigterm="save", save_time=121), {"lost": 100, "stop_window": 120}),
        # After 100 s of run: two checkpoints of 30 + 5 s, and 30 s since then.
        (
            "live",
            Workload(checkpoint_every=30, checkpoint_time=5),
            {"training": 60, "checkpoints": 10, "lost": 30},
        ),
    ],
)
def test_what_a_stop_loses(edition: str, workload: Workload, expected: dict[str, float]) -> None:
    bill = billed(CHECKPOINTS, edition, stop=200, default_workload=workload)
    assert phases(bill) == {**FETCHED, **expected}


def test_checkpoints_without_a_config_are_lost_with_the_instances() -> None:
    work = Workload(checkpoint_every=30, checkpoint_time=5)
    assert phases(billed(stop=200, default_workload=work)) == {**FETCHED, "lost": 100}


def test_a_failure_loses_the_work() -> None:
    failing = Workload(exit_code=1, fails_after=200, checkpoint_every=150)
    lost = {**FETCHED, "lost": 200, "uploading": 50}
    assert phases(billed(default_workload=failing)) == lost
    kept = {**lost, "training": 150, "lost": 50}
    assert phases(billed(CHECKPOINTS, default_workload=failing)) == kept


def test_an_interruption_loses_what_no_checkpoint_holds() -> None:
    market = SpotMarket(uptime=Constant(300), discount=0.5)
    work = Workload(checkpoint_every=100, checkpoint_time=10, resume_time=20)
    # The first run is cut off after 230 s (two checkpoints in 220), the second works 100 s.
    bill = billed({**spot(), **CHECKPOINTS}, default_workload=work, spot=market)
    assert phases(bill) == {
        "downloading": 60,
        "image_pull": 80,
        "training": 300,
        "checkpoints": 40,
        "lost": 10,
        "uploading": 50,
    }
    assert bill.billable_seconds == 270


def test_a_generator_keeps_what_it_saved_last() -> None:
    def train(container: Container) -> Generator[Any, Any, None]:
        if container.checkpoint is None:
            yield container.wait(seconds=150)
            container.save_checkpoint("half")
        yield container.wait(seconds=150)

    market = SpotMarket(uptime=Constant(300), discount=0.5)
    again = {**COMPLETED, "downloading": 60, "image_pull": 80}
    bill = billed({**spot(), **CHECKPOINTS}, default_workload=Workload(run=train), spot=market)
    assert phases(bill) == {**again, "lost": 80}
    assert bill.lost_seconds == 80


def test_on_demand_a_retry_pays_for_the_time_between() -> None:
    errors = [InternalError(attempts=1, after=50)]
    bill = billed({"RetryStrategy": {"MaximumRetryAttempts": 1}}, internal_errors=errors)
    again = {**COMPLETED, "downloading": 60, "image_pull": 80}
    assert phases(bill) == {**again, "lost": 50, "restarting": 30}
    assert bill.billable_seconds == bill.seconds.total == 570
    assert bill.storage_dollars == pytest.approx(10 * 0.14 * 540 / MONTH)


def test_a_second_that_nothing_took_is_lost() -> None:
    at_once = latencies(10, 20, 0, 0, 0)
    failing = Workload(duration=0, exit_code=1)
    bill = billed(latencies=at_once, default_workload=failing)
    assert (bill.billable_seconds, bill.seconds.total, bill.storage_dollars) == (1, 0, 0)
    assert bill.wasted_dollars == bill.dollars == 0.115 / 3600


def test_an_unknown_rate_has_no_parts_but_seconds() -> None:
    bill = billed({"ResourceConfig": resources("ml.p6e-gb200.36xlarge")})
    assert (bill.dollars, bill.dollars_by_phase, bill.wasted_dollars) == (None, None, None)
    assert bill.paid_dollars_per_hour is None
    assert phases(bill) == COMPLETED


def test_phases_of_several_jobs_add_up() -> None:
    parts = [Phases(lost=1, training=2), Phases(), Phases(lost=3)]
    assert Phases.sum(parts) == Phases(lost=4, training=2)
    assert Phases.sum([]) == Phases()


# In words.

_DOLLARS = st.floats(0, 1e6) | st.floats(0, 0.02)


@given(_DOLLARS, _DOLLARS, _DOLLARS, _DOLLARS)
def test_the_cents_of_what_was_wasted_add_up(
    downloads: float, lost: float, restarts: float, stops: float
) -> None:
    exact = {"downloads": downloads, "lost work": lost, "restarts": restarts, "stop windows": stops}
    told = wasted(downloads, lost, restarts, stops).replace(",", "")
    cents = [round(100 * float(each)) for each in re.findall(r"\$([0-9.]+)", told)] or [0]
    names = re.findall("|".join(exact), told)
    assert cents[0] == sum(cents[1:]) == pytest.approx(100 * sum(exact.values()), abs=0.5001)
    parts = dict(zip(names, cents[1:], strict=True))
    for name, dollars in exact.items():
        assert parts.get(name, 0) == pytest.approx(100 * dollars, abs=1.0001)
