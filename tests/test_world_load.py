import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from simjob.world import (
    Capacity,
    Constant,
    Empirical,
    EventDelivery,
    Exponential,
    InternalError,
    Latencies,
    Launches,
    Lognormal,
    LogSeries,
    Outage,
    Quotas,
    S3Prefix,
    SpotMarket,
    Storage,
    Triangular,
    Uniform,
    Workload,
    WorkloadRule,
    World,
    WorldError,
    load_world,
    world_from_dict,
    world_from_toml,
)

EVERYTHING = """
start = 2026-03-01T08:00:00+01:00
account = "999999999999"
region = "eu-west-1"
denied_roles = ["*/Denied"]
runtime_limit_lag = { uniform = { low = 0, high = "5m" } }
prices = { "ml.m5.large" = 0.2 }

[quotas]
on_demand = { "ml.m5.large" = 3 }
spot = { "ml.m5.large" = 4 }

[capacity]
on_demand = { "ml.p3.2xlarge" = 1 }
spot = { "ml.p3.2xlarge" = 0 }
give_up_after = { triangular = { low = 1, mode = 2, high = 3 } }

[latencies.launching]
m5 = { lognormal = { median = 43, p90 = "52s" } }
"ml.c5.xlarge" = "1m"

[launches]
unhealthy_probability = 0.01
instance_failure = { exponential = { mean = "1d" } }

[[internal_errors]]
name = "flaky-*"
attempts = 2
after = "5m"

[storage]
download_bytes_per_second = 1e8
upload_bytes_per_second = 200
seconds_per_object = 0.1
prefixes = [{ uri = "s3://b/x", bytes = 5, objects = 2, access = "denied" }]

[spot]
uptime = { empirical = { values = [1, "2s"] } }
interrupted = 30
discount = 0.5
prices = { "ml.p3.2xlarge" = 1.2 }
[[spot.outages]]
start = 0
end = "1h"

[events]
delay = "2s"
duplicates = 0.1
reorder = 0.2
late = { uniform = { low = 0, high = 9 } }

[[workloads]]
name = "bert-*"
image = "*bert*"
algorithm = "a"
hyperparameters = { lr = "1*" }
steps = 100
step_time = { constant = { value = 2 } }
speed = { "ml.p3.2xlarge" = 8, cpu = 0.5 }
parallel_fraction = 0.9
encryption_factor = 1.2
checkpoint_every = "10m"
checkpoint_time = "20s"
resume_time = 30
exit_code = 1
failure = "boom"
fails_after = 30
failing_hosts = [2]
on_sigterm = "save"
save_time = 5
logs = [{ text = "{step}", every = "30s", first = 2.0, last = 1 }]

[default_workload]
items = 3_600_000
epochs = 2
throughput = 1_000
scaling = { 2 = 1.9, 4 = 3.4 }
memory_bytes = 7
artifact_bytes = 8
"""


def test_everything_can_be_said_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(EVERYTHING, encoding="utf-8")
    assert (
        load_world(file)
        == load_world(str(file))
        == World(
            start=datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=1))),
            account="999999999999",
            region="eu-west-1",
            denied_roles=("*/Denied",),
            runtime_limit_lag=Uniform(0, 300),
            prices={"ml.m5.large": 0.2},
            quotas=Quotas({"ml.m5.large": 3}, {"ml.m5.large": 4}),
            capacity=Capacity({"ml.p3.2xlarge": 1}, {"ml.p3.2xlarge": 0}, Triangular(1, 2, 3)),
            latencies=Latencies.over_defaults(
                {"launching": {"m5": Lognormal(43, 52), "ml.c5.xlarge": Constant(60)}}
            ),
            launches=Launches(0.01, Exponential(86_400)),
            internal_errors=(InternalError("flaky-*", 2, 300),),
            storage=Storage(1e8, 200, 0.1, (S3Prefix("s3://b/x", 5, 2, "denied"),)),
            events=EventDelivery(Constant(2), 0.1, 0.2, Uniform(0, 9)),
            spot=SpotMarket(
                Empirical([1, 2]), (Outage(0, 3600),), Constant(30), 0.5, {"ml.p3.2xlarge": 1.2}
            ),
            workloads=(
                WorkloadRule(
                    Workload(
                        steps=100,
                        step_time=Constant(2),
                        speed={"ml.p3.2xlarge": 8, "cpu": 0.5},
                        parallel_fraction=0.9,
                        encryption_factor=1.2,
                        checkpoint_every=600,
                        checkpoint_time=20,
                        resume_time=30,
                        exit_code=1,
                        failure="boom",
                        fails_after=Constant(30),
                        failing_hosts=(2,),
                        on_sigterm="save",
                        save_time=5,
                        logs=(LogSeries("{step}", 30, 2.0, 1),),
                    ),
                    "bert-*",
                    "*bert*",
                    "a",
                    {"lr": "1*"},
                ),
            ),
            default_workload=Workload(
                items=3_600_000,
                epochs=2,
                throughput={"*": 1000},
                scaling={2: 1.9, 4: 3.4},
                memory_bytes=7,
                artifact_bytes=8,
            ),
        )
    )


def test_nothing_said_is_the_default() -> None:
    assert world_from_toml("") == world_from_dict({}) == World()
    assert world_from_toml("start = 2026-01-01T00:00:00Z").start == datetime(2026, 1, 1, tzinfo=UTC)


ONE_KIND = (
    "runtime_limit_lag: must have exactly one key, one of constant, uniform, exponential, "
    "lognormal, triangular, empirical"
)
LOGNORMAL = "m5 = { lognormal = { median = 43, p90 = 10 } }"


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("foo = 1", ["foo: unknown key"]),
        ("acount = 1", ["acount: unknown key; did you mean 'account'?"]),
        ("account = 12", ["account: must be 12 digits as text, is 12"]),
        ("region = 5", ["region: must be a region such as 'us-east-1', is 5"]),
        (
            "start = 2026-01-01T00:00:00",
            [
                (
                    "start: must be a date and time with an offset, such as 2026-01-01T00:00:00Z; "
                    "2026-01-01T00:00:00 has none"
                )
            ],
        ),
        (
            "start = 2026-01-01",
            [
                (
                    "start: must be a date and time with an offset, such as 2026-01-01T00:00:00Z, "
                    "is 2026-01-01"
                )
            ],
        ),
        ("spot = 3", ["spot: must be a table of keys and values, is 3"]),
        ("spot.discount = nan", ["spot.discount: must be a number from 0 to below 1, is nan"]),
        ("spot.discount = '0.5'", ["spot.discount: must be a number from 0 to below 1, is '0.5'"]),
        ("spot.interrupted = -5", ["spot.interrupted: must not be negative, is -5"]),
        (
            "[default_workload]\nitems = 3\nscaling = { two = 3, 1 = 1, 3 = 0 }\nspeed.p99 = 2",
            [
                "default_workload.speed.p99: unknown instance type or family",
                "default_workload.scaling.two: must be a number of instances, 2 or more",
                "default_workload.scaling.1: must be a number of instances, 2 or more",
                "default_workload.scaling.3: must be a number above 0, is 0",
            ],
        ),
        (
            "[[workloads]]\nitems = 3\nresume_time = 3\nthroughput = 'fast'",
            ["workloads[0].throughput: must be a table of keys and values, is 'fast'"],
        ),
        (
            "[[workloads]]\nitems = 3\nresume_time = 3",
            [
                "workloads[0].throughput: must be given where items is",
                "workloads[0].resume_time: needs checkpoint_every",
            ],
        ),
        (
            "[[spot.outages]]\nstart = 3\nend = 2\n[[spot.outages]]\nstart = 3\nends = 2",
            [
                "spot.outages[0].end: must be after the start (3), is 2",
                "spot.outages[1].end: must be given",
                "spot.outages[1].ends: unknown key; did you mean 'end'?",
            ],
        ),
        ("spot.outages = 3", ["spot.outages: must be a list, is 3"]),
        ("spot.outages = [3]", ["spot.outages[0]: must be a table of keys and values, is 3"]),
        (
            "[storage]\nprefixes = [{uri='s3://a'}, {uri='s3://b', byts=1, bytes=-1, objects='x'}]",
            [
                "storage.prefixes[1].bytes: must be a whole number, 0 or more, is -1",
                "storage.prefixes[1].objects: must be a whole number, 0 or more, is 'x'",
                "storage.prefixes[1].byts: unknown key; did you mean 'bytes'?",
            ],
        ),
        (
            "storage.prefixes = [{uri='s3://a'}, {uri='s3://a/'}]",
            ["storage.prefixes[1].uri: is given twice: 's3://a/'"],
        ),
        (
            "[quotas.on_demand]\n'ml.m5.larg' = 1\n'ml.m5.large' = true\n'ml.m5.xlarge' = 1",
            [
                (
                    "quotas.on_demand.\"ml.m5.larg\": unknown instance type 'ml.m5.larg'; "
                    "did you mean 'ml.m5.large'?"
                ),
                'quotas.on_demand."ml.m5.large": must be a whole number, 0 or more, is True',
            ],
        ),
        (
            f"[latencies.launching]\n{LOGNORMAL}",
            ["latencies.launching.m5.lognormal.p90: must be at least the median (43), is 10"],
        ),
        (
            f"[latencies.launching]\nm55 = 3\n{LOGNORMAL}",
            [
                "latencies.launching.m55: unknown instance type or family; did you mean 'm5'?",
                "latencies.launching.m5.lognormal.p90: must be at least the median (43), is 10",
            ],
        ),
        (
            "latencies.lunching.m5 = 1",
            ["latencies.lunching: unknown key; did you mean 'launching'?"],
        ),
        (
            "latencies.launching = 1",
            ["latencies.launching: must be a table of keys and values, is 1"],
        ),
        ("latencies = 1", ["latencies: must be a table of keys and values, is 1"]),
        (
            "runtime_limit_lag = { normal = { mean = 1 } }",
            ["runtime_limit_lag.normal: unknown key; did you mean 'lognormal'?"],
        ),
        (
            "runtime_limit_lag = { constant = { value = 1 }, exponential = { mean = 1 } }",
            [ONE_KIND],
        ),
        (
            "runtime_limit_lag = {}",
            [ONE_KIND],
        ),
        (
            "runtime_limit_lag.uniform = { low = 'x', hi = 1 }",
            [
                (
                    "runtime_limit_lag.uniform.low: must be a duration: "
                    "seconds such as 90, or text such as "
                    '"90s" or "1h30m"; is \'x\''
                ),
                "runtime_limit_lag.uniform.high: must be given",
                "runtime_limit_lag.uniform.hi: unknown key; did you mean 'high'?",
            ],
        ),
        (
            "runtime_limit_lag.empirical = { values = [1, -1, inf] }",
            [
                "runtime_limit_lag.empirical.values[1]: must not be negative, is -1",
                (
                    "runtime_limit_lag.empirical.values[2]: "
                    "must be at most 366 days (31622400 seconds), "
                    "is inf"
                ),
            ],
        ),
        (
            "runtime_limit_lag.uniform = 3",
            ["runtime_limit_lag.uniform: must be a table of keys and values, is 3"],
        ),
        (
            "runtime_limit_lag.lognormal = { median = 1, p90 = 2, _sigma = 3 }",
            ["runtime_limit_lag.lognormal._sigma: unknown key"],
        ),
        (
            "denied_roles = [1, 'a', 2]",
            ["denied_roles[0]: must be text, is 1", "denied_roles[2]: must be text, is 2"],
        ),
        (
            "[[workloads]]\nduratoin = 1\nexit_code = '1'\nname = 5\n[[workloads]]\nimag = 'x'",
            [
                "workloads[0].duratoin: unknown key; did you mean 'duration'?",
                "workloads[0].exit_code: must be a whole number from 0 to 255, is '1'",
                "workloads[0].name: must be text, is 5",
                "workloads[1].imag: unknown key; did you mean 'image'?",
            ],
        ),
        ("[[workloads]]\nrun = 'x'", ["workloads[0].run: unknown key"]),
        ("[[workloads]]\n[workloads.workload]", ["workloads[0].workload: unknown key"]),
        ("workloads = [3]", ["workloads[0]: must be a table of keys and values, is 3"]),
        (
            "[[workloads]]\nfailure = 'x'\nsteps = 4",
            [
                "workloads[0].step_time: must be given where steps is",
                "workloads[0].failure: needs an exit_code other than 0",
            ],
        ),
        (
            "[default_workload]\nrun = 'x'\nlogs = [{text = '{x}'}, {every = 1}]",
            [
                (
                    "default_workload.logs[0].text: must use only {step}, {value} and {elapsed}, "
                    "is '{x}'"
                ),
                "default_workload.logs[1].text: must be given",
                "default_workload.run: unknown key",
            ],
        ),
        ("a = ", ["is no TOML: Invalid value (at the end: line 1, column 5)"]),
        ("a = 1\nb = = 2", ["is no TOML: Invalid value (at line 2, column 5)"]),
        ("a = 1\na = 2", ["is no TOML: Cannot overwrite a value (at the end: line 2, column 6)"]),
    ],
)
def test_every_mistake_is_told_with_its_path(text: str, mistakes: list[str]) -> None:
    with pytest.raises(WorldError) as caught:
        world_from_toml(text)
    assert list(caught.value.mistakes) == mistakes
    assert str(caught.value) == "\n".join(mistakes)
    assert caught.value.file == ""


def test_a_number_too_long_for_python_is_no_crash() -> None:
    with pytest.raises(WorldError, match="is no TOML: Exceeds the limit"):
        world_from_toml("a = " + "9" * 5000)


def test_the_file_is_named_on_every_line(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text("foo = 1\nbar = 2\n", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        load_world(file)
    assert str(caught.value) == f"{file}: bar: unknown key\n{file}: foo: unknown key"
    assert caught.value.file == str(file)


def test_a_file_that_cannot_be_read_is_a_world_error(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        load_world(tmp_path / "none.toml")
    assert (
        str(caught.value) == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"
    )
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# caf\xe9")
    with pytest.raises(WorldError, match="must be UTF-8 text, is not at byte 5"):
        load_world(file)


def test_importing_the_world_is_light() -> None:
    heavy = "hashlib statistics csv tomllib difflib json cattrs simpy"
    code = f"import sys, simjob.world; print([m for m in {heavy.split()} if m in sys.modules])"
    found = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert found.stdout == "[]\n"
