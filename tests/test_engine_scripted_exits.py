"""How a generator workload ends its job: exit codes, errors, several hosts, what is no workload.

Whatever a workload does wrong fails its own job and nothing else. What it may do while it runs is
in `test_engine_scripted`.
"""

import gc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from jobs_for_tests import course, instances, read, record, request, simulate, world

from simjob import Container, Sigterm, Simulation, Workload, WorkloadError, WorkloadRule
from simjob.world import Constant, Launches

Script = Callable[[Container], Iterator[Any]]


def running(script: Script, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of a workload
    """The fields of a world in which "job" runs the script."""
    workload = Workload(run=script, **changes)  # type: ignore[arg-type]
    return {"workloads": [WorkloadRule(workload, name="job")]}


def finished(script: Script, wanted: dict[str, Any] | None = None, **changes: Any) -> Simulation:  # noqa: ANN401
    """A documented run of a job with that script, to the end."""
    return simulate("documented", wanted or request(), **running(script), **changes)


def idle(container: Container) -> Iterator[Any]:
    """Wait for an hour."""
    yield container.wait(hours=1)


# Exits.


def exiting(how: Callable[[], object]) -> Script:
    """A script that ends so, after ten seconds."""

    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        return how()

    return train


def leave(code: object) -> Callable[[], object]:
    """What `sys.exit` does."""

    def call() -> object:
        raise SystemExit(code)

    return call


def be_terminated() -> object:
    """What a process does that sends itself a SIGTERM and does not catch it: 128 + 15."""
    raise Sigterm


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (lambda: None, 0),
        (lambda: 0, 0),
        (lambda: 1, 1),
        (lambda: 255, 255),
        (leave(None), 0),
        (leave(0), 0),
        (leave(3), 3),
        (be_terminated, 143),
    ],
)
def test_exit_codes(how: Callable[[], object], code: int) -> None:
    sim = finished(exiting(how))
    if code:
        assert course(sim) == read("S0 D60 T90 Failed150")
        assert record(sim)["FailureReason"] == f"AlgorithmError: , exit code: {code}"
    else:
        assert course(sim) == read("S0 D60 T90 U150 Completed160")


def test_the_failure_file() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        container.write_failure("no such column: price")
        return container.job_name == "job" and 2

    reason = record(finished(train))["FailureReason"]
    assert reason == "AlgorithmError: no such column: price, exit code: 2"
    workload = Workload(run=train)
    sim = simulate("documented", request("good"), workloads=[WorkloadRule(workload, name="job")])
    assert "FailureReason" not in record(sim, "good")


def test_the_traceback_of_a_workload_that_raises() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        raise RuntimeError("first words " + "x" * 3000 + " last words")

    sim = simulate("documented", request(), request("other"), **running(train))
    reason = record(sim)["FailureReason"]
    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: ")
    assert reason.endswith("x last words, exit code: 1")
    assert course(sim) == read("S0 D60 T90 Failed150")
    assert course(sim, "other") == read("S0 D60 T90 U440 Completed450")


def test_the_traceback_begins_in_the_workload() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        container.log(str({}["missing"]))

    reason = record(finished(train))["FailureReason"]
    assert reason.startswith('AlgorithmError: Traceback (most recent call last):\n  File "')
    assert reason.endswith("KeyError: 'missing', exit code: 1")
    assert 'container.log(str({}["missing"]))' in reason
    assert "simjob/engine" not in reason


@pytest.mark.parametrize("wait", [{"seconds": -1}, {"seconds": float("nan")}, {"hours": 1e300}])
def test_an_impossible_wait_fails_the_job(wait: dict[str, float]) -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(**wait)

    reason = record(finished(train))["FailureReason"]
    assert "\nValueError: a wait must be 0 or more seconds, is " in reason


# What is no workload.


def not_a_generator(container: Container) -> Any:  # noqa: ANN401 - the point
    """A function that waits for nothing."""
    return container.host


def yielding(value: object) -> Script:
    """A script that yields something that is no event."""

    def train(_: Container) -> Iterator[Any]:
        yield value

    return train


@pytest.mark.parametrize(
    ("script", "value", "instant"),
    [
        (not_a_generator, "workload returned 1; it is to be a generator", 140),
        (yielding(5), "yielded 5", 140),
        (yielding(None), "yielded None", 140),
        (exiting(lambda: "good"), "exited with 'good'", 150),
        (exiting(lambda: True), "exited with True", 150),
        (
            exiting(lambda: 256),
            "workload exited with 256; an exit code is None or a number from 0 to 255",
            150,
        ),
        (exiting(lambda: -1), "exited with -1", 150),
        (exiting(leave("no")), "exited with 'no'", 150),
    ],
)
@pytest.mark.parametrize("edition", ["documented", "live"])
def test_what_is_no_workload_is_heard(
    script: Script, value: str, instant: float, edition: str
) -> None:
    sim = Simulation(world(**running(script)), edition=edition)
    sim.create_training_job(**request())
    sim.create_training_job(**request("other"))
    with pytest.raises(WorkloadError, match="'job', host 1") as error:
        sim.advance(seconds=200)
    assert value in str(error.value)
    assert sim.now == sim.world.start + timedelta(seconds=instant)
    sim.run()
    assert record(sim)["SecondaryStatus"] == "Failed"
    assert course(sim)[-1][1] == instant + 10 * (edition == "live")
    assert value in record(sim)["FailureReason"]
    assert course(sim, "other")[-1] == ("Completed", 450)


# Several hosts, and hands on the simulation.


def test_the_slowest_host_decides_and_a_failing_one_ends_the_run() -> None:
    ended: list[tuple[int, float]] = []

    def train(container: Container) -> Iterator[Any]:
        try:
            yield container.wait(seconds=100 * container.host)
        finally:
            spent = (container.now - sim.world.start).total_seconds() - 140
            ended.append((container.host, spent))
        return (container.hyperparameters.get("fails") == str(container.host) and 7) or 0

    wanted = request(ResourceConfig=instances(3))
    sim = Simulation(world(**running(train)))
    sim.create_training_job(**wanted)
    sim.run()
    assert course(sim) == read("S0 D60 T90 U440 Completed450")
    assert ended == [(1, 100), (2, 200), (3, 300)]
    ended.clear()
    sim = Simulation(world(**running(train)))
    sim.create_training_job(**wanted | {"HyperParameters": {"fails": "2"}})
    sim.run()
    assert course(sim) == read("S0 D60 T90 Failed340")
    assert record(sim)["FailureReason"] == "AlgorithmError: , exit code: 7"
    assert ended == [(1, 100), (2, 200), (3, 200)]


def test_every_host_has_its_own_window_after_sigterm() -> None:
    def train(container: Container) -> Iterator[Any]:
        try:
            yield container.wait(hours=1)
        except Sigterm:
            if container.host == 1:
                return 143
            yield container.wait(seconds=60)
            container.write_model(bytes=1)
        return 0

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request(ResourceConfig=instances(2)))
    sim.at(timedelta(seconds=200), lambda: sim.stop_training_job(TrainingJobName="job"))
    sim.run()
    assert course(sim) == read("S0 D60 T90 X200 Stopped270")
    assert "ModelArtifacts" in record(sim)


@pytest.mark.parametrize("target", ["job", "other"])
def test_a_workload_that_stops_a_job(target: str) -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        if container.job_name == "job":
            sim.stop_training_job(TrainingJobName=target)
            assert record(sim, target)["TrainingJobStatus"] == "Stopping"
        yield container.wait(seconds=90)

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request())
    sim.create_training_job(**request("other"))
    sim.run()
    assert course(sim, target) == read("S0 D60 T90 X150 Stopped150")
    if target == "other":
        assert course(sim) == read("S0 D60 T90 U240 Completed250")


@pytest.mark.parametrize("waits", [(400,), (300, 100)])
def test_a_workload_that_stops_a_job_at_the_instant_of_its_end(waits: tuple[int, ...]) -> None:
    """The end of the work comes first, whichever timer was set first."""

    def train(container: Container) -> Iterator[Any]:
        for seconds in waits:
            yield container.wait(seconds=seconds)
        sim.stop_training_job(TrainingJobName="other")

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request())
    sim.advance(seconds=100)
    # The work of the other ends at 540, when the first one has waited 400 s since 140.
    sim.create_training_job(**request("other"))
    sim.run()
    assert course(sim, "other") == read("S0 D60 T90 U440 X440 Stopped450")


def test_a_failing_instance_at_the_limit_is_what_it_is_for_a_declared_workload() -> None:
    """At one instant what ends the work comes before the runtime limit, however it is written."""
    limit = request(StoppingCondition={"MaxRuntimeInSeconds": 100})
    broken = Launches(instance_failure=Constant(100))
    for workload in (Workload(duration=300), Workload(run=idle)):
        sim = simulate("documented", limit, launches=broken, default_workload=workload)
        assert course(sim) == read("S0 D60 T90 Failed190")


def test_every_host_is_told_apart_in_an_error() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        if container.host == 2:
            yield 5

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request(ResourceConfig=instances(2)))
    with pytest.raises(WorkloadError) as error:
        sim.run()
    assert str(error.value) == (
        "job 'job', host 2: workload yielded 5; "
        "yield container.wait(...) or another event of this simulation"
    )


def test_the_collector_rests_while_the_clock_runs_and_is_as_it_was_afterwards() -> None:
    seen: list[bool] = []

    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        seen.append(gc.isenabled())

    before = gc.isenabled()
    try:
        for switch in (gc.enable, gc.disable):
            switch()
            active = gc.isenabled()
            finished(train)
            assert gc.isenabled() is active
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False, False]
