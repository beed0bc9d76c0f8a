"""Threads that wait on one clock: the order in which they go on, and what stands in the way."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs_for_tests import request, world

from simjob import Simulation
from simjob.aws.clock import Mode, StuckError, VirtualClock
from simjob.aws.clock.sight import Sight
from simjob.aws.clock.timefunctions import MONOTONIC, SLEEP
from simjob.simulation import SimulationError


def elapsed(sim: Simulation) -> float:
    """Virtual seconds since the start."""
    return (sim.now - sim.world.start).total_seconds()


@contextmanager
def threads(*targets: Callable[[], object]) -> Iterator[None]:
    """Threads that are started now and joined at the end."""
    started = [threading.Thread(target=each, name=f"thread-{n}") for n, each in enumerate(targets)]
    for each in started:
        each.start()
    try:
        yield
    finally:
        for each in started:
            each.join()


def test_two_sleeps_of_a_minute_take_a_minute() -> None:
    sim = Simulation()
    with VirtualClock(sim), threads(lambda: sleep(60), lambda: sleep(60)):
        pass
    assert elapsed(sim) == 60


def test_sleepers_go_on_at_their_own_instants() -> None:
    sim = Simulation()
    seen = []

    def sleeper(seconds: float) -> Callable[[], None]:
        def run() -> None:
            sleep(seconds)
            seen.append((seconds, elapsed(sim)))

        return run

    with VirtualClock(sim), threads(*map(sleeper, (30, 10, 20))):
        sleep(15)
        assert elapsed(sim) == 15
    assert seen == [(10, 10), (20, 20), (30, 30)]


def test_equals_go_on_in_the_order_in_which_they_went_to_sleep() -> None:
    sim = Simulation()
    seen = []

    def sleeper(*seconds: float) -> Callable[[], None]:
        def run() -> None:
            for each in seconds:
                sleep(each)
            seen.append(seconds)

        return run

    with VirtualClock(sim), threads(sleeper(3, 7), sleeper(1, 9), sleeper(2, 8), sleeper(10)):
        pass
    assert seen == [(10,), (1, 9), (2, 8), (3, 7)]


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(1, 5000), max_size=5), min_size=1, max_size=6))
def test_the_end_is_the_longest_of_all_sums(schedules: list[list[int]]) -> None:
    sim = Simulation()
    ends = {}

    def sleeper(number: int) -> Callable[[], None]:
        def run() -> None:
            for each in schedules[number]:
                sleep(each / 1000)
            ends[number] = elapsed(sim)

        return run

    with VirtualClock(sim), threads(*map(sleeper, range(len(schedules)))):
        pass
    assert ends == {n: sum(each) / 1000 for n, each in enumerate(schedules)}
    assert elapsed(sim) == max(map(sum, schedules)) / 1000


def poll_many(workers: int, jobs: int) -> list[tuple[str, str, float]]:
    """What so many threads see of so many jobs, each call costing 20 ms."""
    sim = Simulation(world(), seed=3)
    clock = VirtualClock(sim)
    seen = []

    def call(operation: Callable[..., dict], **parameters: object) -> dict:
        clock.spend(0.02)
        with clock.lock:
            return operation(**parameters)

    def watch(number: int) -> None:
        name = f"job-{number}"
        call(sim.create_training_job, **request(name))
        status = "InProgress"
        while status == "InProgress":
            sleep(30 + number % 7)
            status = call(sim.describe_training_job, TrainingJobName=name)["TrainingJobStatus"]
            seen.append((name, status, elapsed(sim)))

    with clock, ThreadPoolExecutor(workers) as pool:
        list(pool.map(watch, range(jobs)))
    return seen


def test_many_polling_threads_see_the_same_every_time() -> None:
    first = poll_many(8, 40)
    assert len(first) > 400
    assert all(poll_many(8, 40) == first for _ in range(4))


def test_the_work_of_a_pool_is_ranked_as_it_was_submitted() -> None:
    sight = Sight()
    with VirtualClock(Simulation()), ThreadPoolExecutor(4) as pool:
        ranks = list(pool.map(lambda _: sight.rank(), range(20)))
    assert ranks == sorted(set(ranks))
    assert (0, 0) <= sight.rank() < ranks[0]


# Who is blocked for real does not stop time, who runs does.


def test_the_main_thread_may_wait_for_results() -> None:
    sim = Simulation()

    def work(seconds: float) -> float:
        sleep(seconds)
        return elapsed(sim)

    with VirtualClock(sim), ThreadPoolExecutor(3) as pool:
        assert pool.submit(work, 60).result() == 60
        done = [each.result() for each in as_completed([pool.submit(work, s) for s in (30, 10)])]
        assert done == [70, 90]
        assert list(pool.map(work, [5, 5, 5])) == [95, 95, 95]


def test_a_consumer_waits_for_its_producer() -> None:
    sim = Simulation()
    items: queue.Queue[float | None] = queue.Queue()
    seen = []

    def produce() -> None:
        for _ in range(3):
            sleep(10)
            items.put(elapsed(sim))
        items.put(None)

    with VirtualClock(sim), threads(produce):
        while (item := items.get()) is not None:
            seen.append(item)
            sleep(1)
    assert seen == [10, 20, 30]
    assert elapsed(sim) == 31


def test_a_simple_queue_is_a_queue_too() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        items: queue.SimpleQueue[float] = queue.SimpleQueue()

        def produce() -> None:
            sleep(10)
            items.put(elapsed(sim))

        with threads(produce):
            assert items.get() == 10
            with pytest.raises(queue.Empty):
                items.get(timeout=5)
    assert elapsed(sim) == 15


def test_a_pool_from_before_takes_part() -> None:
    sim = Simulation()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: SLEEP.real(0.001), range(6)))
        with VirtualClock(sim):
            assert list(pool.map(sleep, [10, 10, 10])) == [None] * 3
            pool.submit(sleep, 5).result()
    assert elapsed(sim) == 15


def test_a_lock_that_a_sleeper_holds_makes_others_wait_for_it() -> None:
    sim = Simulation()
    lock = threading.Lock()

    def work() -> None:
        with lock:
            sleep(10)

    with VirtualClock(sim), threads(work, work, work):
        pass
    assert elapsed(sim) == 30


def test_a_running_thread_stops_time() -> None:
    sim = Simulation()
    seen = []

    def compute() -> None:
        for _ in range(200_000):
            pass
        seen.append(elapsed(sim))

    with VirtualClock(sim), threads(compute, compute):
        sleep(10)
    assert seen == [0, 0]


def test_a_thread_from_before_takes_part_from_its_first_sleep() -> None:
    sim = Simulation()
    go, done = threading.Event(), threading.Event()
    seen = []

    def old() -> None:
        go.wait()
        for _ in range(3):
            sleep(10)
            seen.append(elapsed(sim))
        done.set()

    with threads(old), VirtualClock(sim):
        sleep(5)
        go.set()
        done.wait()
        sleep(1)
    assert seen == [15, 25, 35]
    assert elapsed(sim) == 36


# Waits with a time-out.


def test_an_event_that_is_never_set_times_out_virtually() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        assert threading.Event().wait(3600) is False
    assert elapsed(sim) == 3600


def test_an_event_that_is_set_in_time_ends_the_wait() -> None:
    sim = Simulation()
    stop = threading.Event()

    def stopper() -> None:
        sleep(100)
        stop.set()

    polls = 0
    with VirtualClock(sim), threads(stopper):
        while not stop.wait(30):
            polls += 1
    assert polls == 3
    assert elapsed(sim) == 100


@pytest.mark.parametrize("notified_after", [0.5, 1, 2, 3])
def test_a_condition_is_left_as_its_own_wait_leaves_it(notified_after: float) -> None:
    sim = Simulation()
    condition = threading.Condition()
    ready = []

    def notifier() -> None:
        sleep(notified_after)
        with condition:
            ready.append(True)
            condition.notify_all()

    with VirtualClock(sim), threads(notifier):
        with condition:
            assert condition.wait_for(lambda: ready, timeout=2.5) == ready
            assert condition._is_owned()
            assert not condition._waiters
        assert elapsed(sim) == min(notified_after, 2.5)


def test_who_was_notified_has_its_turn_before_time_moves_on() -> None:
    sim = Simulation()
    rounds = 100
    events = [threading.Event() for _ in range(rounds)]
    seen = []

    def setter() -> None:
        for each in events:
            sleep(10)
            each.set()

    with VirtualClock(sim), threads(setter):
        for each in events:
            assert each.wait(1000)
            seen.append(elapsed(sim))
    assert seen == [10 * n for n in range(1, rounds + 1)]


def test_a_condition_that_is_not_owned_is_refused() -> None:
    with VirtualClock(Simulation()), pytest.raises(RuntimeError, match="un-acquired"):
        threading.Condition().wait(1)


def test_queues_futures_semaphores_and_joins_time_out_virtually() -> None:
    sim = Simulation()
    with VirtualClock(sim), ThreadPoolExecutor(1) as pool:
        with pytest.raises(queue.Empty):
            queue.Queue().get(timeout=10)
        future = pool.submit(sleep, 100)
        with pytest.raises(FutureTimeoutError):
            future.result(timeout=10)
        assert threading.Semaphore(0).acquire(timeout=10) is False
        thread = threading.Thread(target=sleep, args=(100,))
        thread.start()
        thread.join(timeout=10)
        assert thread.is_alive()
        assert elapsed(sim) == 40
        thread.join(timeout=1000)
        assert not thread.is_alive()
    assert elapsed(sim) == 130


def test_a_timer_fires_virtually() -> None:
    sim = Simulation()
    seen = []
    with VirtualClock(sim):
        timer = threading.Timer(60, lambda: seen.append(elapsed(sim)))
        timer.start()
        sleep(100)
        timer.join()
    assert seen == [60]


# What does not come does not hang.


def spin(until: threading.Event) -> None:
    while not until.is_set():
        pass


@contextmanager
def stopping(event: threading.Event) -> Iterator[None]:
    """Sets the event at the end, come what may."""
    try:
        yield
    finally:
        event.set()


def test_the_guard_says_which_thread_is_where() -> None:
    sim = Simulation()
    stop = threading.Event()
    with (
        VirtualClock(sim, guard_seconds=0.2),
        threads(lambda: spin(stop)),
        stopping(stop),
        pytest.raises(StuckError) as caught,
    ):
        sleep(60)
    message = str(caught.value)
    assert "stood at 2026-01-01T00:00:00+00:00 for 0.2 real seconds" in message
    assert "MainThread waits until 2026-01-01T00:01:00+00:00 at " in message
    assert f"{__file__}:" in message
    assert "test_the_guard_says_which_thread_is_where" in message
    assert "thread-0 runs at " in message
    assert " in spin" in message
    assert "simjob/aws/clock" not in message


def test_the_guard_frees_every_thread_that_waits() -> None:
    stop = threading.Event()
    with VirtualClock(Simulation(), guard_seconds=0.2), ThreadPoolExecutor(4) as pool:
        waits = [lambda: sleep(60), lambda: threading.Event().wait(60), lambda: sleep(61)]
        futures = [pool.submit(each) for each in waits]
        spinner = pool.submit(spin, stop)
        errors = {type(each.exception()) for each in futures}
        stop.set()
        spinner.result()
    assert errors == {StuckError}


def test_time_goes_on_after_the_guard() -> None:
    sim = Simulation()
    stop = threading.Event()
    with VirtualClock(sim, guard_seconds=0.1):
        with threads(lambda: spin(stop)), stopping(stop), pytest.raises(StuckError):
            sleep(60)
        sleep(60)
    assert elapsed(sim) == 60


# What never comes, and would be waited for for ever.


def get_nothing() -> None:
    queue.Queue[int]().get()


def in_a_pool() -> None:
    never = threading.Event()
    pool = ThreadPoolExecutor(2)
    future = pool.submit(never.wait)
    try:
        future.result()
    finally:
        never.set()
        pool.shutdown()


def by_joining() -> None:
    never = threading.Event()
    thread = threading.Thread(target=never.wait)
    thread.start()
    try:
        thread.join()
    finally:
        never.set()


async def in_a_loop() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "wait",
    [
        lambda: threading.Event().wait(),
        get_nothing,
        lambda: threading.Semaphore(0).acquire(),
        lambda: Future[int]().result(),
        in_a_pool,
        by_joining,
        lambda: asyncio.run(in_a_loop()),
    ],
    ids=["event", "queue", "semaphore", "future", "pool", "join", "loop"],
)
@pytest.mark.parametrize("mode", ["autojump", "manual"])
def test_a_wait_without_end_is_told(wait: Callable[[], object], mode: Mode) -> None:
    sim = Simulation()
    with VirtualClock(sim, mode, guard_seconds=0.2):
        with pytest.raises(StuckError, match="because every thread waits for another") as caught:
            wait()
        assert "MainThread waits for an event at " in str(caught.value)
        assert "asyncio" in str(caught.value) or __file__ in str(caught.value)
        assert elapsed(sim) == 0


def test_a_wait_without_a_time_out_lasts_while_another_thread_works() -> None:
    """Longer than the guard: computing, waiting for the system, and in a lock that nobody sees."""
    done = threading.Event()
    read, write = os.pipe()

    def work() -> None:
        until = MONOTONIC.real() + 0.3
        while MONOTONIC.real() < until:
            pass
        os.read(read, 1)
        done.set()

    release = threading.Thread(target=lambda: (SLEEP.real(0.8), os.write(write, b"x")))
    with VirtualClock(Simulation(), guard_seconds=0.1), threads(work):
        release.start()
        done.wait()
    release.join()
    os.close(read)
    os.close(write)


def test_a_wait_without_a_time_out_lasts_while_another_thread_sleeps() -> None:
    sim = Simulation()
    done = threading.Event()

    def work() -> None:
        for _ in range(1000):
            sleep(60)
        done.set()

    with VirtualClock(sim, guard_seconds=0.05), threads(work):
        done.wait()
    assert elapsed(sim) == 60_000


def test_a_wait_that_comes_is_not_late() -> None:
    """The watch looks twice in the time of the guard, and is not looked for."""
    items: queue.Queue[int] = queue.Queue()

    def produce() -> None:
        for number in range(200):
            items.put(number)

    with VirtualClock(Simulation(), guard_seconds=3600), threads(produce):
        assert [items.get() for _ in range(200)] == list(range(200))


def test_who_sleeps_when_the_clock_is_left_is_told() -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        with VirtualClock(Simulation(), guard_seconds=60):
            spinner = pool.submit(spin, stop)
            sleeper = pool.submit(sleep, 60)
            waiter = pool.submit(lambda: None)
            while not sleeper.running():
                SLEEP.real(0.001)
        stop.set()
        spinner.result()
        waiter.result()
        with pytest.raises(SimulationError, match="uninstalled while"):
            sleeper.result()


def test_an_outer_clock_stands_while_an_inner_one_rules() -> None:
    outer, inner = Simulation(), Simulation()
    seen = []

    def sleeper() -> None:
        sleep(10)
        seen.append(elapsed(outer))

    with VirtualClock(outer, guard_seconds=0.1), threads(sleeper):
        with VirtualClock(inner):
            SLEEP.real(0.2)
            sleep(1000)
            assert elapsed(outer) == 0
        sleep(3)
        assert time.time() == outer.now.timestamp()
    assert seen == [10]
    assert (elapsed(outer), elapsed(inner)) == (10, 1000)
