"""Zones of the spot market: they fail as a whole, by a list, by a trace, or in waves by chance.

An outage takes back every instance that was granted in its zone before; nothing launches in a zone
that is down. Waves belong to the seed and the zone, never to the jobs that they meet.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import course, read, spot, world

from simjob import Simulation
from simjob.engine.market import Market
from simjob.testing.invariants import check
from simjob.world import (
    Constant,
    Draws,
    Exponential,
    Outage,
    SpotMarket,
    TraceError,
    Uniform,
    Waves,
    WorldError,
    Zone,
    dump_world,
    load_world,
    read_trace,
    world_from_dict,
    world_from_toml,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
READY = 60
"""Seconds from the grant of instances until they are ready, in the world of these tests."""


def lived(market: SpotMarket, *names: str, seed: int = 0, **changes: Any) -> Simulation:  # noqa: ANN401 - of the request
    """A simulation in which spot jobs of these names were created and lived to the end."""
    sim = Simulation(world(spot=market), seed=seed)
    for name in names:
        sim.create_training_job(**spot(name, **changes))
    sim.run()
    check(sim)
    return sim


def spans(sim: Simulation, name: str) -> list[tuple[str | None, float, float]]:
    """Zone, grant and return of the instances of every attempt, in seconds from the start."""
    return [
        (each.zone, (each.granted - START).total_seconds(), (each.released - START).total_seconds())
        for each in sim.jobs[name].timeline.instances
        if each.released is not None
    ]


NAMES = [f"job-{number}" for number in range(12)]


# What an outage of a zone does.


def test_a_zone_fails_as_a_whole_and_spares_the_others() -> None:
    zones = [Zone("a", outages=[Outage(200, 900)]), Zone("b"), Zone("c")]
    sim = lived(SpotMarket(zones=zones), *NAMES)
    first = {name: spans(sim, name)[0] for name in NAMES}
    assert {zone for zone, _, _ in first.values()} == {"a", "b", "c"}
    for zone, granted, released in first.values():
        assert granted == 0
        assert released == (200 if zone == "a" else 450)
    for name in NAMES:
        if first[name][0] == "a":
            [again] = spans(sim, name)[1:]
            assert again[0] in {"b", "c"}
            assert again[1] == 260


@given(
    downs=st.lists(st.lists(st.integers(1, 400), max_size=6), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_every_wave_takes_all_and_nothing_launches_in_it(downs: list[list[int]], seed: int) -> None:
    """Each set of instances is given back at the first outage of its zone, once it is ready."""
    outages: dict[str | None, list[Outage]] = {}
    zones = []
    for number, steps in enumerate(downs):
        at = [sum(steps[: each + 1]) for each in range(len(steps))]
        outages[f"z{number}"] = [Outage(at[i], at[i + 1]) for i in range(0, len(at) - 1, 2)]
        zones.append(Zone(f"z{number}", outages=outages[f"z{number}"]))
    sim = lived(SpotMarket(zones=zones), *NAMES[:4], seed=seed)
    for name in NAMES[:4]:
        assert sim.jobs[name].secondary_status == "Completed"
        for zone, granted, released in spans(sim, name):
            assert not any(each.start <= granted < each.end for each in outages[zone])
            taken = min(
                (
                    max(each.start, granted + READY)
                    for each in outages[zone]
                    if each.start > granted
                ),
                default=granted + 450,
            )
            assert released == min(taken, released)
            assert released in {taken, granted + 390, granted + 450}


def test_where_no_zone_is_up_the_job_waits_for_the_first_that_is() -> None:
    zones = [Zone("a", outages=[Outage(0, 500)]), Zone("b", outages=[Outage(0, 300)])]
    sim = lived(SpotMarket(zones=zones), *NAMES)
    assert {spans(sim, name)[0][:2] for name in NAMES} == {("b", 300)}
    assert course(sim, NAMES[0]) == read("S0 D360 T390 U740 Completed750")


def test_an_outage_that_comes_and_goes_while_instances_launch_takes_them_too() -> None:
    [zone] = [Zone("a", outages=[Outage(10, 20)])]
    assert course(lived(SpotMarket(zones=[zone]), "job")) == read(
        "S0 D60 I60 S120 D180 T210 U560 Completed570"
    )
    assert course(lived(SpotMarket(outages=[Outage(10, 20)]), "job")) == read(
        "S0 D60 T90 U440 Completed450"
    )


def test_outages_of_the_market_hold_in_every_zone() -> None:
    market = SpotMarket(zones=[Zone("a"), Zone("b")], outages=[Outage(200, 1000)])
    sim = lived(market, *NAMES)
    for name in NAMES:
        assert [span[1:] for span in spans(sim, name)] == [(0, 200), (1000, 1450)]


@given(outages=st.sampled_from(((), (Outage(200, 900),))))
def test_a_zone_that_never_fails_changes_nothing(outages: tuple[Outage, ...]) -> None:
    plain = lived(SpotMarket(outages=outages, uptime=Exponential(400)), *NAMES, seed=3)
    zoned = lived(
        SpotMarket(outages=outages, uptime=Exponential(400), zones=[Zone("a")]), *NAMES, seed=3
    )
    assert [plain.jobs[name].record for name in NAMES] == [
        zoned.jobs[name].record for name in NAMES
    ]


def test_a_job_that_runs_on_demand_knows_no_zone() -> None:
    sim = Simulation(world(spot=SpotMarket(zones=[Zone("a", outages=[Outage(0, 10**6)])])))
    sim.create_training_job(
        **{
            **spot(),
            "EnableManagedSpotTraining": False,
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }
    )
    sim.run()
    assert spans(sim, "job") == [(None, 0, 450)]


# Waves.

WAVES = Waves(every=Exponential("2h"), lasts=Uniform("5m", "40m"))


def test_waves_belong_to_the_seed_and_the_zone_and_not_to_the_jobs() -> None:
    market = SpotMarket(zones=[Zone("a", waves=WAVES), Zone("b", waves=WAVES)])

    def waves(seed: int, zone: str) -> list[int]:
        drawn = Market(market, Draws(seed), 0)
        found, at = [], 0
        while len(found) < 20:
            at = drawn.down_from_ms(zone, at, at)
            found.append(at)
            at += 3_000_000
        return found

    assert waves(1, "a") == waves(1, "a")
    for number in range(20):
        assert len({waves(seed, zone)[number] for seed in (1, 2) for zone in "ab"}) == 4

    alone = lived(market, "job-1", seed=1)
    among = lived(market, *NAMES, seed=1)
    assert alone.jobs["job-1"].record == among.jobs["job-1"].record


def test_waves_need_no_horizon_and_take_all_jobs_of_the_zone_at_one_instant() -> None:
    """For a month, day after day; every interruption is at the beginning of a wave."""
    market = SpotMarket(zones=[Zone("a", waves=WAVES)])
    sim = Simulation(world(spot=market), seed=5)
    interrupted: dict[datetime, set[str]] = {}
    alive: dict[str, set[str]] = {}
    for day in range(30):
        names = [f"job-{day}-{number}" for number in range(3)]
        for name in names:
            sim.create_training_job(**spot(name))
        alive |= {name: set(names) for name in names}
        sim.advance(days=1)
    for name in sim.jobs:
        for phase in sim.jobs[name].history:
            if phase.status == "Interrupted":
                interrupted.setdefault(phase.start, set()).add(name)
    assert interrupted
    assert all(names == alive[min(names)] for names in interrupted.values())


@pytest.mark.parametrize("every", [Constant(0), Constant(3600)])
def test_waves_without_length_still_let_time_pass(every: Constant) -> None:
    market = SpotMarket(zones=[Zone("a", waves=Waves(every=every, lasts=0))])
    sim = Simulation(world(spot=market))
    sim.create_training_job(**spot(wait=100))
    sim.run()
    assert sim.jobs["job"].ended


# Traces.


def written(folder: Path, text: str, name: str = "a.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def test_a_trace_of_seconds_or_of_instants_or_of_looks(tmp_path: Path) -> None:
    outages = (Outage(100, 200.5), Outage(300, 400))
    changes = "time,state\n100,down\n200.5,up\n300,down\n400,up\n"
    looks = "time,state\r\n0,up\r\n100,down\r\n150,down\r\n200.5,up\r\n\r\n300, down\r\n400 ,up"
    instants = (
        "\ufefftime,state\n2025-12-31T23:59:00Z,up\n2026-01-01T00:01:40Z,down\n"
        "2026-01-01T01:03:20.500+01:00,up\n2026-01-01T00:05:00+00:00,down\n2026-01-01T00:06:40Z,up"
    )
    for text in (changes, looks, instants):
        assert read_trace(written(tmp_path, text), START) == outages


def test_what_lies_before_the_start_of_the_world_is_cut_off(tmp_path: Path) -> None:
    rows = [
        "2025-12-31T00:00:00Z,down",
        "2025-12-31T01:00:00Z,up",
        "2025-12-31T12:00:00Z,down",
        "2026-01-01T00:00:00Z,down",
        "2026-01-01T00:01:00Z,up",
    ]
    file = written(tmp_path, "\n".join(["time,state", *rows]))
    assert read_trace(file, START) == (Outage(0, 60),)
    assert read_trace(file, START + timedelta(hours=1)) == ()
    assert read_trace(written(tmp_path, "time,state\n"), START) == ()


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("", (1, 1), "the header must be 'time,state', is ''"),
        ("time;state\n", (1, 1), "the header must be 'time,state', is 'time;state'"),
        ("time,state\n0,up\n5,dwn", (3, 3), "a state is 'up' or 'down', not 'dwn'"),
        ("time,state\n0,  \n", (2, 5), "a state is 'up' or 'down', not ''"),
        ("time,state\n0\n", (2, 1), "a row has 2 fields, this one 1: '0'"),
        ("time,state\n\n0,up,1\n", (3, 1), "a row has 2 fields, this one 3: '0,up,1'"),
        (
            "time,state\n  x,up",
            (2, 3),
            "a time is a number of seconds or an ISO 8601 instant, not 'x'",
        ),
        ("time,state\n-1,up", (2, 1), "seconds are from 0 to 31622400 (366 days), not -1"),
        ("time,state\nnan,up", (2, 1), "seconds are from 0 to 31622400 (366 days), not nan"),
        ("time,state\n1e9,up", (2, 1), "seconds are from 0 to 31622400 (366 days), not 1e9"),
        ("time,state\n5,up\n5,down", (3, 1), "times must ascend, 5 comes after a row as late"),
        (
            "time,state\n2026-01-01T00:00:00,up",
            (2, 1),
            "an instant must have an offset, such as Z; 2026-01-01T00:00:00 has none",
        ),
        (
            "time,state\n2028-01-01T00:00:00Z,up",
            (2, 1),
            "2028-01-01T00:00:00Z is more than 366 days after the start of the world",
        ),
        ("time,state\n0,up\n9,down\n", (3, 1), "the last row must be up, or its outage has no end"),
    ],
)
def test_a_bad_row_is_answered_with_file_line_and_column(
    tmp_path: Path, text: str, where: tuple[int, int], problem: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(TraceError) as error:
        read_trace(file, START)
    assert str(error.value) == f"{file}: line {where[0]}, column {where[1]}: {problem}"


def test_a_trace_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"gone\.csv: cannot be read: No such file or directory"):
        read_trace(tmp_path / "gone.csv")
    file = tmp_path / "latin.csv"
    file.write_bytes(b"time,state\n0,\xfcp\n")
    with pytest.raises(TraceError, match=r"latin\.csv: must be UTF-8 text, is not at byte 13"):
        read_trace(file)
    with pytest.raises(TraceError, match="column 1: an instant needs to know the start of the"):
        read_trace(written(tmp_path, "time,state\n2026-01-01T00:00:00Z,up"))


# World files.

FILE = """
start = 2026-01-01T00:00:00Z
[[spot.zones]]
name = "us-east-1a"
trace = "traces/a.csv"
[[spot.zones]]
name = "us-east-1b"
outages = [{ start = "1h", end = "2h" }]
waves = { every = { exponential = { mean = "12h" } }, lasts = "30m" }
"""


def test_a_world_file_names_traces_by_paths_relative_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "traces").mkdir()
    written(tmp_path / "traces", "time,state\n2026-01-01T00:10:00Z,down\n2026-01-01T01:00:00Z,up")
    (tmp_path / "world.toml").write_text(FILE)
    found = load_world(tmp_path / "world.toml")
    assert found.spot.zones == (
        Zone("us-east-1a", outages=[Outage(600, 3600)]),
        Zone(
            "us-east-1b",
            outages=[Outage(3600, 7200)],
            waves=Waves(every=Exponential("12h"), lasts="30m"),
        ),
    )
    assert world_from_toml(FILE, tmp_path) == found
    monkeypatch.chdir(tmp_path)
    assert world_from_toml(FILE) == found
    assert world_from_toml(dump_world(found), "/nowhere") == found
    assert "trace" not in dump_world(found)


def test_the_mistakes_of_a_zone_all_have_their_paths(tmp_path: Path) -> None:
    written(tmp_path, "time,state\n0,down\n1,on\n")
    zones: list[Any] = [
        {"name": "a", "trace": "a.csv", "wavs": 3},
        {"name": "b", "trace": 7},
        {"name": "c", "trace": "a.csv", "outages": []},
        {"trace": "b.csv", "waves": {"every": -1}},
        {"name": "two words", "outages": [{"start": 1, "end": 3}, {"start": 2, "end": 4}]},
        7,
    ]
    with pytest.raises(WorldError) as error:
        world_from_dict({"spot": {"zones": zones}}, tmp_path)
    not_a_state = "a state is 'up' or 'down', not 'on'"
    assert error.value.mistakes == (
        f"spot.zones[0].trace: {tmp_path}/a.csv: line 3, column 3: {not_a_state}",
        "spot.zones[0].wavs: unknown key; did you mean 'waves'?",
        "spot.zones[1].trace: must be the path of a CSV file, is 7",
        "spot.zones[2].trace: stands in place of outages; give one of them",
        f"spot.zones[3].trace: {tmp_path}/b.csv: cannot be read: No such file or directory",
        "spot.zones[3].name: must be given",
        "spot.zones[3].waves.every: must not be negative, is -1",
        "spot.zones[3].waves.lasts: must be given",
        "spot.zones[4].name: must be 1 to 63 visible characters, is 'two words'",
        "spot.zones[4].outages: must not overlap, do at 2 seconds",
        "spot.zones[5]: must be a table of keys and values, is 7",
    )


def test_zones_that_cannot_be() -> None:
    with pytest.raises(
        ValueError, match=r"^zones\[2\].name: is the name of another zone, too: 'a'"
    ):
        SpotMarket(zones=[Zone("a"), Zone("b"), Zone("a")])
    with pytest.raises(ValueError, match=r"^zones\[0\]: must be a Zone, is 7"):
        SpotMarket(zones=[7])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"^waves: must be a Waves or NoneType, is 7"):
        Zone("a", waves=7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^outages\[0\]: must be an Outage, is 7"):
        Zone("a", outages=[7])  # type: ignore[list-item]
