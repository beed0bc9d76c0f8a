import math
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from simjob.spec.instances import instance_type
from simjob.world import (
    Capacity,
    Constant,
    EventDelivery,
    FieldError,
    InternalError,
    Latencies,
    Launches,
    Lognormal,
    Outage,
    Quotas,
    S3Prefix,
    SpotMarket,
    Storage,
    Uniform,
    Workload,
    WorkloadRule,
    World,
    lookup,
)
from simjob.world.latencies import MEASURED
from simjob.world.storage import ELSEWHERE

PHASES = ("launching", "preparing", "downloading", "image_pull", "uploading")


def test_the_defaults_of_the_world() -> None:
    world = World()
    assert world.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert (world.account, world.region) == ("123456789012", "us-east-1")
    assert world.quotas == Quotas(on_demand={}, spot={})
    assert world.capacity == Capacity(on_demand={}, spot={}, give_up_after=None)
    assert world.launches == Launches(unhealthy_probability=0.0, instance_failure=None)
    assert world.storage == Storage(170e6, 100e6, 0.005, ())
    assert world.spot == SpotMarket(
        uptime=None, outages=(), interrupted=Constant(60), discount=None
    )
    assert world.events == EventDelivery(Constant(0.5), 0.0, 0.0, Uniform(1, 60))
    assert (world.internal_errors, world.denied_roles, world.workloads) == ((), (), ())
    assert world.runtime_limit_lag == Constant(0)
    assert world.prices == {}
    assert world.default_workload == Workload()
    assert InternalError() == InternalError("*", 1, 0.0)
    assert S3Prefix("s3://b") == S3Prefix("s3://b", 0, 1, "ok")
    assert pickle.loads(pickle.dumps(world)) == world  # noqa: S301 - our own bytes


def test_a_world_copies_what_it_is_given() -> None:
    prices = {"ml.m5.large": 1.0}
    world = World(prices=prices)
    prices["ml.m5.large"] = 2.0
    assert world.prices == {"ml.m5.large": 1.0}
    with pytest.raises(AttributeError):
        world.region = "eu-west-1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: World(start=datetime(2026, 1, 1)),  # noqa: DTZ001 - refused for this
            (
                "start: must be a date and time with an offset, such as 2026-01-01T00:00:00Z; "
                "2026-01-01T00:00:00 has none"
            ),
        ),
        (
            lambda: World(start="now"),
            "start: must be a date and time with an offset, such as 2026-01",
        ),
        (lambda: World(account="123"), "account: must be 12 digits as text, is '123'"),
        (lambda: World(region="Mars"), "region: must be a region such as 'us-east-1', is 'Mars'"),
        (lambda: World(quotas={}), "quotas: must be a Quotas, is {}"),
        (lambda: World(capacity=1), "capacity: must be a Capacity, is 1"),
        (lambda: World(latencies=1), "latencies: must be a Latencies, is 1"),
        (lambda: World(launches=1), "launches: must be a Launches, is 1"),
        (lambda: World(internal_errors=[1]), "internal_errors[0]: must be an InternalError, is 1"),
        (lambda: World(storage=1), "storage: must be a Storage, is 1"),
        (lambda: World(spot=1), "spot: must be a SpotMarket, is 1"),
        (lambda: World(events=1), "events: must be an EventDelivery, is 1"),
        (lambda: EventDelivery(delay=-1), "delay: must not be negative, is -1"),
        (lambda: EventDelivery(duplicates=2), "duplicates: must be a number from 0 to 1, is 2"),
        (lambda: EventDelivery(reorder=-1), "reorder: must be a number from 0 to 1, is -1"),
        (lambda: EventDelivery(late="x"), "late: must be a duration"),
        (lambda: World(denied_roles="x"), "denied_roles: must be a list, is 'x'"),
        (lambda: World(denied_roles=["x", 1]), "denied_roles[1]: must be text, is 1"),
        (lambda: World(runtime_limit_lag=-1), "runtime_limit_lag: must not be negative, is -1"),
        (
            lambda: World(prices={"ml.m5.large": math.nan, "ml.m5.larg": 1}),
            (
                'prices."ml.m5.large": must be a number, 0 or more, is nan; prices."ml.m5.larg": '
                "unknown instance type 'ml.m5.larg'; did you mean 'ml.m5.large'?"
            ),
        ),
        (
            lambda: World(workloads=[Workload()]),
            "workloads[0]: must be a WorkloadRule, is Workload(",
        ),
        (lambda: World(default_workload=None), "default_workload: must be a Workload, is None"),
        (
            lambda: Quotas(on_demand={"ml.m5.large": -1}),
            'on_demand."ml.m5.large": must be a whole number, 0 or more, is -1',
        ),
        (
            lambda: Quotas(spot={"ml.m5.large": 1.0}),
            'spot."ml.m5.large": must be a whole number, 0 or more, is 1.0',
        ),
        (lambda: Quotas(spot=[]), "spot: must be a table of keys and values, is []"),
        (
            lambda: Capacity(on_demand={"ml.m5.large": True}),
            'on_demand."ml.m5.large": must be a whole number, 0 or more, is True',
        ),
        (lambda: Capacity(spot={"m5": 1}), "spot.m5: unknown instance type 'm5'"),
        (lambda: Capacity(give_up_after="x"), "give_up_after: must be a duration"),
        (
            lambda: Launches(unhealthy_probability=1.5),
            "unhealthy_probability: must be a number from 0 to 1, is 1.5",
        ),
        (lambda: Launches(instance_failure=-1), "instance_failure: must not be negative, is -1"),
        (lambda: InternalError(name=1), "name: must be text, is 1"),
        (lambda: InternalError(attempts=0), "attempts: must be a whole number, 1 or more, is 0"),
        (lambda: InternalError(after="x"), "after: must be a duration"),
        (lambda: S3Prefix("b"), "uri: must be an S3 URI such as 's3://bucket/prefix', is 'b'"),
        (lambda: S3Prefix("s3:///x"), "uri: must be an S3 URI"),
        (lambda: S3Prefix("s3://b", bytes=-1), "bytes: must be a whole number, 0 or more, is -1"),
        (lambda: S3Prefix("s3://b", objects=1.5), "objects: must be a whole number, 0 or more"),
        (
            lambda: S3Prefix("s3://b", access="no"),
            "access: must be one of 'ok', 'denied', 'missing', is 'no'",
        ),
        (lambda: Storage(download_bytes_per_second=0), "download_bytes_per_second: must be a numb"),
        (
            lambda: Storage(upload_bytes_per_second=math.inf),
            "upload_bytes_per_second: must be a number above 0 and below 1e+300, is inf",
        ),
        (lambda: Storage(seconds_per_object=-1), "seconds_per_object: must not be negative, is -1"),
        (lambda: Storage(prefixes=[1]), "prefixes[0]: must be an S3Prefix, is 1"),
        (
            lambda: Storage(prefixes=[S3Prefix("s3://b/x"), S3Prefix("s3://b/x/")]),
            "prefixes[1].uri: is given twice: 's3://b/x/'",
        ),
        (lambda: Outage(2, 2), "end: must be after the start (2), is 2"),
        (lambda: SpotMarket(discount=1), "discount: must be a number from 0 to below 1, is 1"),
        (lambda: SpotMarket(discount=-0.1), "discount: must be a number from 0 to below 1"),
        (lambda: SpotMarket(outages=[1]), "outages[0]: must be an Outage, is 1"),
        (lambda: SpotMarket(uptime="x"), "uptime: must be a duration"),
        (lambda: SpotMarket(interrupted="x"), "interrupted: must be a duration"),
        (
            lambda: SpotMarket(outages=[Outage(5, 9), Outage(1, 6)]),
            "outages: must not overlap, do at 5 seconds",
        ),
        (
            lambda: Latencies(launching={"m5": "x", "c5": -1}),
            "launching.m5: must be a duration: seconds such as 90",
        ),
        (
            lambda: Latencies(uploading={"ml.m5.larg": 1}),
            'uploading."ml.m5.larg": unknown instance type or family; did you mean \'ml.m5.la',
        ),
    ],
)
def test_a_refused_field_is_named(build: Callable[[], Any], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_edges_of_ranges_are_allowed() -> None:
    assert Launches(unhealthy_probability=1).unhealthy_probability == 1
    assert Quotas(on_demand={"ml.m5.large": 0}).on_demand == {"ml.m5.large": 0}
    assert World(prices={"ml.m5.large": 0}).prices == {"ml.m5.large": 0}
    assert SpotMarket(discount=0).discount == 0
    assert S3Prefix("s3://b", objects=0, access="missing").objects == 0


def test_the_first_rule_that_fits_decides() -> None:
    first, second, other = Workload(duration=1), Workload(duration=2), Workload(duration=3)
    rules = [WorkloadRule(first, name="a*"), WorkloadRule(second, name="*b", image="i")]
    world = World(workloads=rules, default_workload=other)
    assert world.workload_for("ab", "i", "", {}) is first
    assert world.workload_for("b", "i", "", {}) is second
    assert world.workload_for("b", "j", "", {}) is other


@pytest.mark.parametrize(
    ("uri", "size"),
    [
        ("s3://b/data/train", 3),
        ("s3://b/data/train/", 3),
        ("s3://b/data/train/part-1", 3),
        ("s3://b/data/training", 2),
        ("s3://b/data", 2),
        ("s3://b/other", 1),
        ("s3://b", 1),
        ("s3://bb", 0),
    ],
)
def test_the_longest_prefix_counts(uri: str, size: int) -> None:
    uris = ["s3://b/data/", "s3://b/data/train", "s3://b"]
    storage = Storage(prefixes=[S3Prefix(u, n) for u, n in zip(uris, (2, 3, 1), strict=True)])
    found = storage.prefix_for(uri)
    assert found.bytes == size
    if not size:
        assert found == ELSEWHERE


def test_outages_are_kept_in_the_order_of_time() -> None:
    early, touching, late = Outage(10, 20), Outage(20, 25), Outage("1m", "2m")
    market = SpotMarket(outages=[late, early, touching])
    assert market.outages == (early, touching, late)


def test_lookup_tries_the_type_then_the_family_then_the_group() -> None:
    m5, p3 = instance_type("ml.m5.large"), instance_type("ml.p3.2xlarge")
    table = {"*": 0, "cpu": 1, "m5": 2, "ml.m5.large": 3}
    for expected in (3, 2, 1, 0):
        assert lookup(table, m5) == expected
        assert lookup({**table, "accelerated": 9}, p3) == 9
        table.popitem()
    assert lookup(table, m5) is None
    assert lookup({"accelerated": 1, "c5": 1, "ml.m5.xlarge": 1}, m5) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.m5.large", (15, 26, 30, 51, 13)),
        ("ml.c5.xlarge", (84, 56, 9, 33, 5)),
        ("ml.c4.xlarge", (70, 76, 9.5, 30, 13)),
        ("ml.m7i.large", (15, 27, 26, 51, 13)),
        ("ml.p3.2xlarge", (84, 90, 25, 99, 6)),
        ("ml.p4d.24xlarge", (45, 266, 10, 199, 31)),
        ("ml.p5.48xlarge", (50, 67, 30, 126, 7)),
    ],
)
def test_default_latencies_have_the_measured_medians(name: str, expected: tuple[float]) -> None:
    defaults = Latencies()
    found = [lookup(getattr(defaults, phase), instance_type(name)) for phase in PHASES]
    assert [each.median for each in found if isinstance(each, Lognormal)] == list(expected)


def test_every_measured_default_has_its_numbers() -> None:
    defaults = Latencies()
    for phase, group, key, period, count, median, p90 in MEASURED:
        assert group in {"cpu", "accelerated"}
        assert count >= 8
        assert period in {"2018-10 to 2026-03", "2023-12 to 2026-03"}
        assert getattr(defaults, phase)[key] == Lognormal(median, p90)
    assert {row[0] for row in MEASURED} == set(PHASES)
    assert len(MEASURED) == len({row[:3] for row in MEASURED}) == 53


def test_a_table_of_latencies_replaces_the_default_table() -> None:
    found = Latencies(launching={"*": "10s"})
    assert found.launching == {"*": Constant(10)}
    assert found.preparing == Latencies().preparing


@pytest.mark.parametrize(
    ("key", "hidden"),
    [
        ("ml.m5.large", set()),
        ("m5", {"m5"}),
        ("cpu", {"cpu", "c4", "c5", "m4", "m5"}),
        ("accelerated", {"accelerated", "g4dn", "g5", "p2", "p3", "p4d"}),
        ("*", {"cpu", "c4", "c5", "m4", "m5", "accelerated", "g4dn", "g5", "p2", "p3", "p4d"}),
    ],
)
def test_a_key_over_the_defaults_hides_what_it_covers(key: str, hidden: set[str]) -> None:
    found = Latencies.over_defaults({"launching": {key: 1}})
    defaults = Latencies().launching
    assert found.launching.pop(key) == Constant(1)
    assert found.launching == {k: v for k, v in defaults.items() if k not in hidden}
    assert found.preparing == Latencies().preparing


def test_latencies_of_an_unknown_phase_are_refused() -> None:
    with pytest.raises(FieldError) as caught:
        Latencies.over_defaults({"lunching": {}})
    assert str(caught.value) == "lunching: unknown key; did you mean 'launching'?"
