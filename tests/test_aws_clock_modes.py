"""The three words for time: autojump, manual, rate; and what a call costs in each."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest

from simjob import Simulation
from simjob.aws.clock import StuckError, VirtualClock
from simjob.aws.clock.timefunctions import SLEEP


def elapsed(sim: Simulation) -> float:
    """Virtual seconds since the start."""
    return (sim.now - sim.world.start).total_seconds()


def asleep(clock: VirtualClock, count: int) -> None:
    """Wait, really, until so many threads wait on the clock."""
    while len(clock._pace._waiting) < count:
        SLEEP.real(0.001)


def test_a_call_costs_its_time() -> None:
    sim = Simulation()
    with VirtualClock(sim) as clock:
        clock.spend(0.02)
        clock.spend(0)
        clock.spend(0.0001)
    assert elapsed(sim) == 0.021


def test_a_poll_loop_without_a_sleep_ends() -> None:
    sim = Simulation()
    with VirtualClock(sim) as clock:
        deadline = time.monotonic() + 10
        calls = 0
        while time.monotonic() < deadline:
            clock.spend(0.1)
            calls += 1
    assert calls == 100


def test_calls_of_two_threads_at_once_cost_no_more_than_one() -> None:
    sim = Simulation()
    with VirtualClock(sim) as clock, ThreadPoolExecutor(2) as pool:
        list(pool.map(clock.spend, [5, 5]))
    assert elapsed(sim) == 5


# manual


def test_only_the_test_moves_a_manual_clock() -> None:
    sim = Simulation()
    with VirtualClock(sim, "manual") as clock, ThreadPoolExecutor(1) as pool:
        sleeper: Future[None] = pool.submit(sleep, 60)
        asleep(clock, 1)
        clock.spend(5)
        sim.advance(seconds=59)
        SLEEP.real(0.02)
        assert not sleeper.done()
        assert time.time() == sim.now.timestamp()
        sim.advance(seconds=1)
        sleeper.result()
    assert elapsed(sim) == 60


def test_sleepers_of_a_manual_clock_go_on_in_the_order_of_their_deadlines() -> None:
    sim = Simulation()
    woken = []

    def sleeper(seconds: float) -> None:
        sleep(seconds)
        woken.append(seconds)

    with VirtualClock(sim, "manual") as clock, ThreadPoolExecutor(5) as pool:
        futures = [pool.submit(sleeper, seconds) for seconds in (30, 10, 50, 20, 40)]
        asleep(clock, 5)
        sim.advance(minutes=5)
        for each in futures:
            each.result()
    assert woken == [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    "pause", [lambda: sleep(1), lambda: asyncio.run(asyncio.sleep(1))], ids=["sleep", "asyncio"]
)
def test_the_guard_of_a_manual_clock_says_that_nobody_moved_it(pause: Callable[[], None]) -> None:
    sim = Simulation()
    with (
        VirtualClock(sim, "manual", guard_seconds=0.05),
        pytest.raises(StuckError, match="because nobody moved it:\n  MainThread waits until"),
    ):
        pause()
    assert elapsed(sim) == 0


def test_a_coroutine_may_move_a_manual_clock() -> None:
    sim = Simulation()

    async def main() -> None:
        sleeper = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        sim.advance(seconds=60)
        await sleeper

    with VirtualClock(sim, "manual"):
        asyncio.run(main())
    assert elapsed(sim) == 60


def test_an_event_with_a_time_out_follows_a_manual_clock() -> None:
    sim = Simulation()
    with VirtualClock(sim, "manual") as clock, ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(threading.Event().wait, 60)
        asleep(clock, 1)
        sim.advance(seconds=60)
        assert waiter.result() is False


# rate


def test_time_flows_at_its_rate() -> None:
    sim = Simulation()
    seen = []
    sim.at(timedelta(hours=1), lambda: seen.append(elapsed(sim)))
    with VirtualClock(sim, "rate", rate=1e6):
        before = time.monotonic()
        sleep(7200)
        threading.Event().wait(7200)
        asyncio.run(asyncio.sleep(7200))
        assert time.monotonic() - before >= 21_600
        assert time.time() <= sim.now.timestamp()
    assert seen == [3600]


def test_a_slow_flow_is_slower_than_real_time() -> None:
    sim = Simulation()
    with VirtualClock(sim, "rate", rate=1e-9):
        SLEEP.real(0.005)
        assert time.time() == sim.now.timestamp()
    assert elapsed(sim) == 0


def test_a_flow_may_be_moved_by_hand_too() -> None:
    sim = Simulation()
    with VirtualClock(sim, "rate", rate=1e-9):
        sim.advance(hours=1)
        assert time.time() - sim.world.start.timestamp() == 3600


def test_time_does_not_flow_on_after_the_clock_is_left() -> None:
    sim = Simulation()
    clock = VirtualClock(sim, "rate", rate=1e6)
    with clock:
        pass
    left = sim.now
    SLEEP.real(0.002)
    assert clock.now == sim.now == left
