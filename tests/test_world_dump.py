"""What is written of a world is read back as an equal one, and what cannot be written says why."""

import tomllib
from collections.abc import Generator
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simjob import Container, Workload, WorkloadRule, World, WorldError, dump_world
from simjob.testing.surroundings import api_faults, worlds
from simjob.world import (
    ApiFaults,
    Constant,
    Empirical,
    EventDelivery,
    Latencies,
    Launches,
    Lognormal,
    LogSeries,
    RateLimit,
    S3Prefix,
    Storage,
    Triangular,
    Uniform,
    world_from_toml,
)
from simjob.world.latencies import MEASURED

KEYS = tuple(sorted({"*", "ml.m5.large", "m5", "p3", "cpu", "accelerated"}))


def again(world: World) -> World:
    return world_from_toml(dump_world(world))


@given(world=worlds(api=api_faults()))
def test_a_world_is_read_back_equal(world: World) -> None:
    assert again(world) == world


@given(
    tables=st.dictionaries(
        st.sampled_from([each.name for each in attrs.fields(Latencies)]),
        st.dictionaries(st.sampled_from(KEYS), st.sampled_from((5, Lognormal(15, 25.1)))),
    )
)
def test_latencies_over_the_defaults_are_read_back_equal(
    tables: dict[str, dict[str, object]],
) -> None:
    world = World(latencies=Latencies.over_defaults(tables))
    assert again(world) == world


@example(text='\x7f\t"\\\n\r\x00\u2028\U0001f600', numbers=[0.1], names="a b")
@given(text=st.text(), numbers=st.lists(st.floats(0, 1e7), min_size=1), names=st.text(min_size=1))
def test_any_text_and_any_duration_are_read_back_equal(
    text: str, numbers: list[float], names: str
) -> None:
    workload = Workload(exit_code=1, failure=text, duration=Empirical(numbers))
    world = World(workloads=[WorkloadRule(workload, hyperparameters={names: text})])
    assert again(world) == world


def test_only_what_differs_from_the_default_is_written() -> None:
    assert dump_world(World()) == ""
    assert dump_world(World(api=ApiFaults(latency=0.05))) == ""
    assert tomllib.loads(dump_world(World(launches=Launches(unhealthy_probability=0.5)))) == {
        "launches": {"unhealthy_probability": 0.5}
    }


def test_a_file_is_spelled_as_people_spell_it() -> None:
    world = World(
        start=datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=1))),
        prices={"ml.m5.large": 0.2},
        storage=Storage(prefixes=[S3Prefix("s3://b/x", access="denied")]),
        events=EventDelivery(late=Triangular(1, 2, 3)),
        workloads=[
            WorkloadRule(Workload(duration="2h"), name="bert-*"),
            WorkloadRule(Workload(logs=[LogSeries("step {step}", last=1e-05)])),
        ],
        default_workload=Workload(duration=Uniform(1, 2.5), exit_code=1, failing_hosts=()),
        api=ApiFaults(
            throttles={"ListTrainingJobs": 2, "Search": RateLimit(rate=0.5, burst=3)},
            lost_replies={"CreateTrainingJob": 1},
        ),
    )
    text = dump_world(world)
    assert (
        text
        == """\
start = 2026-03-01T07:00:00Z

[storage]
prefixes = [{ uri = "s3://b/x", access = "denied" }]

[events]
late = { triangular = { low = 1, mode = 2, high = 3 } }

[prices]
"ml.m5.large" = 0.2

[[workloads]]
duration = 7200
name = "bert-*"

[[workloads]]
logs = [{ text = "step {step}", last = 1e-05 }]

[default_workload]
duration = { uniform = { low = 1, high = 2.5 } }
exit_code = 1
failing_hosts = []

[api]
throttles = { ListTrainingJobs = 2, Search = { rate = 0.5, burst = 3 } }
lost_replies = { CreateTrainingJob = 1 }
"""
    )
    assert world_from_toml(text) == world


def script(container: Container) -> Generator[Any, Any, None]:
    yield container.wait(seconds=1)


@pytest.mark.parametrize(
    ("world", "mistake"),
    [
        (
            World(default_workload=Workload(run=script)),
            "default_workload.run: is a generator function, which no file can hold",
        ),
        (
            World(workloads=[WorkloadRule(Workload()), WorkloadRule(Workload(run=script))]),
            "workloads[1].run: is a generator function, which no file can hold",
        ),
        (
            World(latencies=Latencies(launching={"cpu": 1})),
            "latencies.launching: leaves out the defaults "
            + ", ".join(
                sorted(row[2] for row in MEASURED if row[:2] == ("launching", "accelerated"))
            )
            + ", which a file cannot; give '*'",
        ),
        (
            World(denied_roles=["\ud800"]),
            r"denied_roles[0]: is no Unicode text, which no file can hold: '\ud800'",
        ),
    ],
)
def test_what_no_file_can_hold_is_named(world: World, mistake: str) -> None:
    with pytest.raises(WorldError) as caught:
        dump_world(world)
    assert caught.value.mistakes == (mistake,)


def test_what_is_hidden_by_a_wider_key_is_written_again() -> None:
    """ "cpu" hides the family "m5", so its default must stand beside it."""
    usual = Latencies().launching
    given_ = {name: span for name, span in usual.items() if name in {"accelerated", "m5"}}
    world = World(
        latencies=Latencies(launching={**given_, "cpu": Constant(1), "accelerated": Constant(2)})
    )
    assert again(world) == world
