"""Event loops on the clock: timers jump, real events come when they come."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine

import pytest

from simjob import Simulation
from simjob.aws.clock import StuckError, VirtualClock


def elapsed(sim: Simulation) -> float:
    """Virtual seconds since the start."""
    return (sim.now - sim.world.start).total_seconds()


def run(main: Callable[[], Coroutine[object, object, object]]) -> float:
    """The virtual seconds that it takes."""
    sim = Simulation()
    with VirtualClock(sim):
        asyncio.run(main())
    return elapsed(sim)


def test_sleeps_at_once_take_as_long_as_the_longest() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        start = loop.time(), time.monotonic()
        await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (10, 30, 20)))
        assert (loop.time() - start[0], time.monotonic() - start[1]) == (30, 30)

    assert run(main) == 30


def test_many_short_sleeps_do_not_drift() -> None:
    async def main() -> None:
        for _ in range(1000):
            await asyncio.sleep(0.1)

    assert run(main) == 100


def test_timeouts_are_virtual() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 60)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(10)
        assert await asyncio.wait_for(asyncio.sleep(3, "done"), 10) == "done"

    assert run(main) == 68


def test_a_blocking_sleep_in_a_coroutine_is_virtual_too() -> None:
    async def main() -> None:
        time.sleep(10)  # noqa: ASYNC251 - what careless code does
        await asyncio.sleep(10)

    assert run(main) == 20


def test_threads_of_an_executor_take_part() -> None:
    seen = []

    def poll() -> None:
        for _ in range(3):
            time.sleep(30)
            seen.append(time.time())

    async def main() -> None:
        await asyncio.to_thread(poll)
        await asyncio.gather(asyncio.sleep(100), asyncio.to_thread(poll), asyncio.to_thread(poll))

    assert run(main) == 190
    start = Simulation().now.timestamp()
    assert [round(each - start) for each in seen] == [30, 60, 90, 120, 120, 150, 150, 180, 180]


def test_a_thread_that_computes_stops_the_loops_time() -> None:
    def compute() -> int:
        return sum(range(300_000))

    async def main() -> None:
        assert await asyncio.wait_for(asyncio.to_thread(compute), 0.001)

    assert run(main) == 0


def test_sockets_work() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        await asyncio.sleep(10)
        writer.write(line)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"ping\n")
            assert await asyncio.wait_for(reader.readline(), 60) == b"ping\n"
            writer.close()
            await writer.wait_closed()

    assert run(main) == 10


def test_a_loop_made_before_is_taken_over_with_its_timers() -> None:
    sim = Simulation()
    fired = []
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        selector = loop._selector
        resolution = loop._clock_resolution
        loop.call_later(3600, lambda: fired.append(elapsed(sim)))
        left = loop.call_later(7200, lambda: None)
        real_when = left.when()
        with VirtualClock(sim):
            runner.run(asyncio.sleep(4000))
        assert (loop._selector, loop._clock_resolution) == (selector, resolution)
        assert left.when() == pytest.approx(real_when - 4000, abs=60)
        left.cancel()
    assert fired == [pytest.approx(3600, abs=1)]
    assert elapsed(sim) == 4000


def test_a_clock_may_be_installed_inside_a_coroutine() -> None:
    sim = Simulation()

    async def main() -> None:
        selector = asyncio.get_running_loop()._selector
        with VirtualClock(sim):
            await asyncio.sleep(100)
        assert asyncio.get_running_loop()._selector is selector
        await asyncio.sleep(0.001)

    asyncio.run(main())
    assert elapsed(sim) == 100


def test_nested_clocks_hand_a_loop_over_and_back() -> None:
    outer, inner = Simulation(), Simulation()

    async def main() -> None:
        with VirtualClock(outer):
            await asyncio.sleep(10)
            with VirtualClock(inner):
                await asyncio.sleep(1000)
            await asyncio.sleep(5)

    asyncio.run(main())
    assert (elapsed(outer), elapsed(inner)) == (15, 1000)


def test_two_loops_in_two_threads_share_the_time() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        other = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(70)))
        other.start()
        asyncio.run(asyncio.sleep(50))
        assert elapsed(sim) == 50
        other.join()
    assert elapsed(sim) == 70


def test_the_guard_frees_a_loop() -> None:
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            pass

    async def main() -> None:
        await asyncio.sleep(60)

    with VirtualClock(Simulation(), guard_seconds=0.1):
        spinner = threading.Thread(target=spin, name="spinner")
        spinner.start()
        try:
            with pytest.raises(StuckError, match=r"spinner runs at .* in spin"):
                asyncio.run(main())
        finally:
            stop.set()
            spinner.join()
