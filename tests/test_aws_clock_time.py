"""What code under test reads off the clock, and that leaving gives everything back."""

import asyncio
import datetime as dt
import functools
import importlib
import queue
import sys
import threading
import time
import types
from collections.abc import Callable
from concurrent.futures.thread import _WorkItem
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, monotonic_ns, perf_counter, sleep
from time import time as wall
from typing import Any

import pytest
import time_machine
from jobs_for_tests import request, world

import simjob
from simjob import Simulation
from simjob.aws.clock import VirtualClock
from simjob.simulation import SimulationError

START = simjob.World().start
FUNCTIONS = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter")


def elapsed(sim: Simulation) -> float:
    """Virtual seconds since the start."""
    return (sim.now - sim.world.start).total_seconds()


Pause = Callable[[float], None]


class Poller:
    def __init__(self, pause: Pause = time.sleep) -> None:
        self._pause = pause

    def poll(self) -> None:
        self._pause(10)


def by_default(seconds: float, pause: Pause = sleep) -> None:
    pause(seconds)


MADE_BEFORE = Poller()
PARTIAL = functools.partial(time.sleep, 10)


@pytest.mark.parametrize(
    "pause",
    [
        lambda: time.sleep(10),
        lambda: sleep(10),
        lambda: by_default(10),
        MADE_BEFORE.poll,
        PARTIAL,
        lambda: importlib.import_module("time").sleep(10),
        lambda: Poller().poll(),
        lambda: next(iter(map(time.sleep, [10]))),
    ],
    ids=["attribute", "name", "default", "instance", "partial", "import", "made within", "map"],
)
def test_a_sleep_is_virtual_under_every_name(pause: Callable[[], object]) -> None:
    sim = Simulation()
    with VirtualClock(sim):
        pause()
        pause()
    assert elapsed(sim) == 20


def test_a_module_that_is_imported_within_gets_the_same_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_within.py").write_text("from time import sleep, time, monotonic\n")
    monkeypatch.syspath_prepend(tmp_path)
    sim = Simulation()
    with VirtualClock(sim):
        module = importlib.import_module("imported_within")
        module.sleep(5)
        assert module.time() == START.timestamp() + 5
    try:
        assert module.sleep is time.sleep
        assert module.monotonic() != START.timestamp() + 5
    finally:
        del sys.modules["imported_within"]


def test_every_reading_shows_the_virtual_instant() -> None:
    sim = Simulation()
    with VirtualClock(sim) as clock:
        before = monotonic(), perf_counter(), monotonic_ns(), time.perf_counter_ns()
        sleep(90.5)
        after = monotonic(), perf_counter(), monotonic_ns(), time.perf_counter_ns()
        now = START + timedelta(seconds=90.5)
        assert wall() == now.timestamp()
        assert time.time_ns() == round(now.timestamp() * 1000) * 1_000_000
        assert datetime.now(UTC) == dt.datetime.now(UTC) == clock.now == sim.now == now
        assert datetime.now() == now.astimezone().replace(tzinfo=None)  # noqa: DTZ005 - what code does
        assert date.today() == now.astimezone().date()  # noqa: DTZ011 - the same
        assert time.gmtime()[:6] == now.timetuple()[:6]
    spans = [late - early for early, late in zip(before, after, strict=True)]
    assert spans == [90.5, 90.5, 90_500_000_000, 90_500_000_000]


def test_utcnow_shows_it_too() -> None:
    with VirtualClock(Simulation()), pytest.warns() if sys.version_info >= (3, 12) else NOTHING:
        assert datetime.utcnow() == START.replace(tzinfo=None)  # noqa: DTZ003 - what code does


class _Nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


NOTHING = _Nothing()


def test_machinery_keeps_the_real_time() -> None:
    machinery = types.ModuleType("hypothesis.engine")
    exec("import time\ndef read(): return time.monotonic(), time.perf_counter()", vars(machinery))  # noqa: S102 - a module of that name
    with VirtualClock(Simulation()):
        before = machinery.read()
        sleep(1e6)
        after = machinery.read()
        assert all(late - early < 1e5 for early, late in zip(before, after, strict=True))


def snapshot() -> list[object]:
    methods = [
        threading.Condition.wait,
        threading.Thread.join,
        asyncio.BaseEventLoop.time,
        asyncio.BaseEventLoop._run_once,
        _WorkItem.__init__,
        _WorkItem.run,
        queue.SimpleQueue,
    ]
    functions = [getattr(time, name) for name in FUNCTIONS]
    receivers = [function.__self__ for function in functions]
    return [*methods, *functions, *receivers, list(time_machine.traveller_stack)]


def test_leaving_restores_exactly() -> None:
    before = snapshot()
    with VirtualClock(Simulation()):
        assert snapshot() != before
    assert snapshot() == before
    assert datetime.now(UTC) != START


def test_leaving_by_an_exception_restores_exactly() -> None:
    before = snapshot()
    with pytest.raises(KeyError), VirtualClock(Simulation()):
        {}["nothing"]
    assert snapshot() == before


def test_the_inner_of_two_clocks_rules_then_the_outer_one_again() -> None:
    before = snapshot()
    outer = Simulation()
    inner = Simulation(world(start=datetime(2030, 1, 1, tzinfo=UTC)))
    with VirtualClock(outer):
        sleep(10)
        outside = snapshot()
        with VirtualClock(inner):
            assert datetime.now(UTC).year == 2030
            sleep(100)
        assert snapshot() == outside
        assert datetime.now(UTC) == START + timedelta(seconds=10)
        sleep(1)
    assert (elapsed(outer), elapsed(inner)) == (11, 100)
    assert snapshot() == before


def test_a_clock_may_be_installed_again() -> None:
    sim = Simulation()
    clock = VirtualClock(sim)
    for _ in range(2):
        with clock:
            sleep(1)
    assert elapsed(sim) == 2


def test_what_happens_in_the_simulation_happens_during_the_sleep() -> None:
    sim = Simulation(world())
    seen = []
    sim.subscribe(lambda change: seen.append((change.status, wall() - START.timestamp())))
    with VirtualClock(sim):
        sim.create_training_job(**request())
        sleep(3600)
    assert seen[-1] == ("Completed", 450)
    assert elapsed(sim) == 3600


def test_a_reading_in_a_callback_shows_the_instant_of_the_callback() -> None:
    sim = Simulation()
    seen = []
    sim.at(timedelta(seconds=7), lambda: seen.append(wall() - START.timestamp()))
    with VirtualClock(sim):
        sleep(60)
    assert seen == [7]


# Misuse.


@pytest.mark.parametrize(
    "pause",
    [lambda: sleep(1), lambda: threading.Event().wait(1), lambda: asyncio.run(asyncio.sleep(1))],
    ids=["sleep", "event", "asyncio"],
)
def test_a_wait_inside_a_callback_is_refused_and_no_job_is_lost(
    pause: Callable[[], object],
) -> None:
    sim = Simulation(world())
    with VirtualClock(sim):
        sim.create_training_job(**request())
        sim.at(timedelta(seconds=100), pause)
        with pytest.raises(SimulationError, match="callback of the simulation may not wait"):
            sleep(200)
        assert sim.jobs["job"].status == "InProgress"
        sleep(1000)
        assert sim.jobs["job"].status == "Completed"


def test_a_call_from_a_callback_costs_no_time() -> None:
    sim = Simulation()
    clock = VirtualClock(sim)
    sim.at(timedelta(seconds=1), lambda: clock.spend(5))
    with clock:
        sleep(2)
    assert elapsed(sim) == 2


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), ("1", TypeError), (None, TypeError), (float("nan"), ValueError)],
)
def test_a_sleep_refuses_what_the_real_one_refuses(seconds: float, error: type[Exception]) -> None:
    sim = Simulation()
    with VirtualClock(sim), pytest.raises(error):
        sleep(seconds)
    assert elapsed(sim) == 0


def test_a_sleep_for_ever_is_refused() -> None:
    with VirtualClock(Simulation()), pytest.raises(OverflowError, match="too long"):
        sleep(float("inf"))


def test_sleeps_are_whole_milliseconds_and_never_none() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        sleep(0)
        assert elapsed(sim) == 0.001
        sleep(0.0012)
        assert elapsed(sim) == 0.003
        for _ in range(1000):
            sleep(0.1)
    assert elapsed(sim) == 100.003


def test_installing_twice_and_leaving_out_of_order_are_refused() -> None:
    outer, inner = VirtualClock(Simulation()), VirtualClock(Simulation())
    with outer:
        with pytest.raises(SimulationError, match="installed already"):
            outer.install()
        with inner, pytest.raises(SimulationError, match="installed last"):
            outer.uninstall()
        sleep(1)
    with pytest.raises(SimulationError, match="installed last"):
        outer.uninstall()
    with pytest.raises(SimulationError, match="not installed"):
        outer.sleep(1)


def test_the_clock_moves_forward_only() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        sleep(10)
        with pytest.raises(ValueError, match="is past"):
            sim.advance_to_ms(sim.now_ms - 1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "fast"},
        {"mode": "rate", "rate": 0},
        {"mode": "rate", "rate": float("inf")},
        {"guard_seconds": -1},
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        VirtualClock(Simulation(), **arguments)
