"""Workloads that are Python generators: what they may do, and what becomes of their jobs.

A generator waits, logs, saves, catches SIGTERM and exits with a code. Whatever it does wrong fails
its own job and nothing else.
"""

import json
import struct
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from helpers import START_MS
from jobs_for_tests import course, instances, read, record, request, simulate, spot, world

from simjob import Container, Sigterm, Simulation, Workload, WorkloadRule
from simjob.world import InternalError, Outage, SpotMarket

Script = Callable[[Container], Iterator[Any]]


def running(script: Script, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of a workload
    """The fields of a world in which "job" runs the script."""
    workload = Workload(run=script, **changes)  # type: ignore[arg-type]
    return {"workloads": [WorkloadRule(workload, name="job")]}


def finished(script: Script, wanted: dict[str, Any] | None = None, **changes: Any) -> Simulation:  # noqa: ANN401
    """A documented run of a job with that script, to the end."""
    return simulate("documented", wanted or request(), **running(script), **changes)


def stopped(script: Script, seconds: float, edition: str = "documented") -> Simulation:
    """A run in which the job is stopped after so many seconds."""
    sim = Simulation(world(**running(script)), edition=edition)
    sim.create_training_job(**request())
    sim.at(timedelta(seconds=seconds), lambda: sim.stop_training_job(TrainingJobName="job"))
    sim.run()
    return sim


def idle(container: Container) -> Iterator[Any]:
    """Wait for an hour."""
    yield container.wait(hours=1)


# Waiting, logging, measuring.


@pytest.mark.parametrize(
    ("edition", "expected"),
    [
        ("documented", "S0 D60 T90 U215.25 Completed225.25"),
        ("live", "S0 D60 T140 U215.25 Completed225.25"),
    ],
)
def test_a_workload_takes_the_time_that_it_waits(edition: str, expected: str) -> None:
    nows: list[float] = []

    def train(container: Container) -> Iterator[Any]:
        start = container.now
        yield container.wait(minutes=1, seconds=15)
        nows.append((container.now - start).total_seconds())
        yield container.wait(seconds=0.25)
        yield container.wait()

    sim = simulate(edition, request(), **running(train))
    assert course(sim) == read(expected)
    assert nows == [75]
    assert "ModelArtifacts" in record(sim)


def test_what_a_container_knows() -> None:
    seen: list[tuple[object, ...]] = []

    def train(container: Container) -> Iterator[Any]:
        container.hyperparameters["lr"] += "!"
        known = container.hyperparameters, container.checkpoint
        seen.append((container.job_name, container.host, container.host_count, *known))
        seen.append((container.attempt,))
        yield container.wait(seconds=1)

    wanted = request(HyperParameters={"lr": "1"}, ResourceConfig=instances(2))
    sim = finished(train, wanted)
    assert seen == [
        ("job", 1, 2, {"lr": "1!"}, None),
        (1,),
        ("job", 2, 2, {"lr": "1!"}, None),
        (1,),
    ]
    assert record(sim)["HyperParameters"] == {"lr": "1"}


def test_log_lines_and_their_streams() -> None:
    def train(container: Container) -> Iterator[Any]:
        container.log(f"host {container.host}")
        yield container.wait(seconds=1.5)
        container.log("two\nlines")
        container.log("")

    sim = finished(train, request(ResourceConfig=instances(2)))
    created = 1_767_225_600_000
    streams = [f"job/algo-{n}-{created // 1000 + 140}" for n in (1, 2)]
    written = [
        (each.stream, each.timestamp_ms - created, each.message) for each in sim.jobs["job"].logs
    ]
    assert written == [
        (streams[0], 140_000, "host 1"),
        (streams[1], 140_000, "host 2"),
        *[(stream, 141_500, text) for stream in streams for text in ("two", "lines", "")],
    ]


def single(value: float) -> float:
    """The number of single precision that is nearest."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def measured(*definitions: tuple[str, str]) -> dict[str, Any]:
    """A request with these metrics."""
    metrics = [{"Name": name, "Regex": regex} for name, regex in definitions]
    algorithm = {
        "TrainingImage": "image",
        "TrainingInputMode": "File",
        "MetricDefinitions": metrics,
    }
    return request(AlgorithmSpecification=algorithm)


def test_the_last_value_of_each_metric() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=1.7)
        container.log("loss=0.9 acc=0.25")
        yield container.wait(seconds=1)
        container.log("loss=0.1; loss=7")
        container.log("loss=nothing")
        container.log("bad=good small=-1.5E-3")
        yield container.wait(seconds=1)

    wanted = measured(
        ("small", r"small=(\S+)"),
        ("loss", r"loss=([0-9.]+)"),
        ("bad", r"bad=(\S+)"),
        ("no group", r"loss="),
        ("acc", r"acc=([0-9.]+)"),
        ("never", r"never=([0-9.]+)"),
    )
    start = 1_767_225_600 + 140
    sim = finished(train, wanted)
    final = [
        {"MetricName": "small", "Value": single(-0.0015), "Timestamp": start + 2},
        {"MetricName": "loss", "Value": single(0.1), "Timestamp": start + 2},
        {"MetricName": "acc", "Value": 0.25, "Timestamp": start + 1},
    ]
    assert record(sim)["FinalMetricDataList"] == final
    assert single(0.1) != 0.1
    points = [(each.name, each.value) for each in sim.jobs["job"].metrics if each.name == "loss"]
    assert points == [("loss", single(0.9)), ("loss", single(0.1))]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "1e39"])
def test_a_reply_is_json_whatever_the_metrics_say(value: str) -> None:
    def train(container: Container) -> Iterator[Any]:
        container.log(f"loss=0.5 loss={value}")
        yield container.wait(seconds=1)

    sim = finished(train, measured(("loss", r".*loss=(\S+)")))
    assert json.dumps(record(sim), allow_nan=False)


def test_metrics_are_final_only_at_the_end() -> None:
    def train(container: Container) -> Iterator[Any]:
        container.log("loss=1")
        yield container.wait(seconds=10)

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**measured(("loss", "loss=([0-9.]+)")))
    sim.advance(seconds=145)
    assert "FinalMetricDataList" not in record(sim)
    assert [each.value for each in sim.jobs["job"].metrics] == [1.0]
    sim.run()
    assert len(record(sim)["FinalMetricDataList"]) == 1


@pytest.mark.parametrize(("edition", "most"), [("documented", 20), ("live", 40)])
def test_the_most_metrics(edition: str, most: int) -> None:
    def train(container: Container) -> Iterator[Any]:
        container.log(" ".join(f"m{n}={n};" for n in range(40)))
        yield container.wait(seconds=10)

    wanted = measured(*((f"m{n}", f"m{n}=([0-9]+);") for n in range(40)))
    final = record(simulate(edition, wanted, **running(train)))["FinalMetricDataList"]
    assert [each["MetricName"] for each in final] == [f"m{n}" for n in range(most)]


# Checkpoints.


@pytest.mark.parametrize(
    ("checkpoints", "expected", "found"),
    [
        # Taken back at 240, two steps of 40 s into the run. Of 300 s, six steps are left, or eight.
        (True, "S0 D60 T90 I240 S300 D360 T390 U680 Completed690", [0, 80]),
        (False, "S0 D60 T90 I240 S300 D360 T390 U760 Completed770", [0, 0]),
    ],
)
def test_checkpoints_over_an_interruption(
    checkpoints: bool,  # noqa: FBT001 - a column
    expected: str,
    found: list[object],
) -> None:
    seen: list[object] = []

    def train(container: Container) -> Iterator[Any]:
        state: Any = container.checkpoint or {"done": 0}
        seen.append(state["done"])
        assert container.attempt == len(seen)
        while state["done"] < 300:
            yield container.wait(seconds=40)
            state["done"] += 40
            container.save_checkpoint(state)

    market = SpotMarket(outages=[Outage(240, 250)])
    sim = finished(train, spot(checkpoints=checkpoints), spot=market)
    assert seen == found
    assert course(sim) == read(expected)


def test_what_was_saved_is_a_copy() -> None:
    seen: list[object] = []

    def train(container: Container) -> Iterator[Any]:
        seen.append(container.checkpoint)
        state = {"done": 1}
        container.save_checkpoint(state)
        state["done"] = 2
        yield container.wait(seconds=150)

    finished(train, spot(checkpoints=True), spot=SpotMarket(outages=[Outage(240, 250)]))
    assert seen == [None, {"done": 1}]


def test_checkpoints_over_a_retry() -> None:
    seen: list[object] = []

    def train(container: Container) -> Iterator[Any]:
        seen.append(container.checkpoint)
        container.save_checkpoint("saved")
        yield container.wait(seconds=200)

    kept = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}}
    wanted = request(RetryStrategy={"MaximumRetryAttempts": 1}, **kept)
    sim = simulate("live", wanted, internal_errors=[InternalError(after=100)], **running(train))
    assert seen == [None, "saved"]
    assert course(sim) == read("S0 D60 T140 S240 D300 T380 U580 Completed590")


# Signals.


def test_sigterm_that_nobody_catches() -> None:
    sim = stopped(idle, 200)
    assert course(sim) == read("S0 D60 T90 X200 Stopped200")
    assert "ModelArtifacts" not in record(sim)


def saving(seconds: float, code: object = None) -> Script:
    """A script that catches SIGTERM, saves for so long and exits."""

    def train(container: Container) -> Iterator[Any]:
        try:
            yield container.wait(hours=1)
        except Sigterm:
            yield container.wait(seconds=seconds)
            container.write_model(bytes=10)
        return code

    return train


@pytest.mark.parametrize(
    ("seconds", "code", "gone", "kept"),
    [
        (0, None, 200, True),
        (30, None, 230, True),
        (30, 1, 230, True),
        (119.999, None, 319.999, True),
        (120, None, 320, True),
        (120.001, None, 320, False),
        (500, None, 320, False),
    ],
)
def test_sigterm_caught(seconds: float, code: object, gone: float, kept: bool) -> None:  # noqa: FBT001
    end = gone + 10 * kept
    sim = stopped(saving(seconds, code), 200)
    assert course(sim) == read(f"S0 D60 T90 X200 Stopped{end}")
    assert ("ModelArtifacts" in record(sim)) is kept
    sim = stopped(saving(seconds, code), 200, "live")
    assert course(sim) == read(f"S0 D60 T140 X200 U{gone} Stopped{end}")


def test_sigterm_ignored() -> None:
    closed: list[float] = []

    def train(container: Container) -> Iterator[Any]:
        container.ignore_sigterm()
        container.write_model(bytes=10)
        try:
            yield container.wait(hours=1)
        finally:
            closed.append((container.now - sim.world.start).total_seconds())

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request())
    sim.at(timedelta(seconds=200), lambda: sim.stop_training_job(TrainingJobName="job"))
    sim.run()
    # Killed at 320; what lay in /opt/ml/model by then is uploaded.
    assert course(sim) == read("S0 D60 T90 X200 Stopped330")
    assert "ModelArtifacts" in record(sim)
    assert closed == [320]


def test_a_model_has_its_bytes() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=10)
        container.write_model(bytes=500_000_000)

    # 100 MB/s by default, on both of the hosts' shares.
    sim = finished(train, request(ResourceConfig=instances(2, "ml.p3.16xlarge")))
    assert course(sim) == read("S0 D60 T90 U150 Completed170")
    with pytest.raises(ValueError, match="0 or more bytes"):
        Container.write_model(object.__new__(Container), bytes=-1)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (99, "S0 D60 T90 X189 MaxRuntime189"),
        (100, "S0 D60 T90 U190 Completed200"),
        (49, "S0 D60 T90 X139 MaxRuntime139"),
    ],
)
def test_the_runtime_limit_and_a_container_that_exits_at_it(limit: int, expected: str) -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(seconds=50)

    sim = finished(train, request(StoppingCondition={"MaxRuntimeInSeconds": limit}))
    assert course(sim) == read(expected)


def test_a_wait_adds_up_its_units() -> None:
    def train(container: Container) -> Iterator[Any]:
        yield container.wait(hours=2, minutes=3, seconds=4)

    sim = finished(train, request(StoppingCondition={"MaxRuntimeInSeconds": 86_400}))
    assert course(sim) == read("S0 D60 T90 U7524 Completed7534")


def test_an_empty_model_is_a_model() -> None:
    def train(container: Container) -> Iterator[Any]:
        container.write_model(bytes=0)
        yield container.wait(seconds=10)

    sim = finished(train)
    assert course(sim) == read("S0 D60 T90 U150 Completed160")
    assert "ModelArtifacts" in record(sim)
    with pytest.raises(ValueError, match=r"^a model has 0 or more bytes, not -1$"):
        Container.write_model(object.__new__(Container), bytes=-1)


def test_a_container_that_was_killed_does_nothing_more() -> None:
    def train(container: Container) -> Iterator[Any]:
        container.ignore_sigterm()
        while True:
            yield container.wait(seconds=50)
            container.log("alive")

    sim = stopped(train, 200)
    sim.advance(hours=1)
    # Started at 140 and killed at 320.
    seen = [line.timestamp_ms - START_MS for line in sim.jobs["job"].logs]
    assert seen == [190_000, 240_000, 290_000]


def test_a_container_whose_time_is_over_before_its_image_is_there_never_starts() -> None:
    started: list[str] = []

    def train(container: Container) -> Iterator[Any]:
        started.append(container.job_name)
        yield container.wait(seconds=50)

    sim = finished(train, request(StoppingCondition={"MaxRuntimeInSeconds": 30}))
    assert course(sim) == read("S0 D60 T90 X120 MaxRuntime120")
    assert started == []


def test_an_event_that_fails_is_the_workloads_to_handle() -> None:
    heard: list[str] = []

    def train(container: Container) -> Iterator[Any]:
        broken = sim._engine.env.event()
        broken.fail(LookupError("mine"))
        try:
            yield broken
        except LookupError as error:
            heard.append(str(error))
        yield container.wait(seconds=10)

    sim = Simulation(world(**running(train)))
    sim.create_training_job(**request())
    sim.run()
    assert heard == ["mine"]
    assert course(sim) == read("S0 D60 T90 U150 Completed160")


def test_a_generator_resumes_no_declared_work() -> None:
    market = SpotMarket(outages=[Outage(240, 250)])
    sim = finished(idle, spot(checkpoints=True, wait=7200), spot=market)
    assert [run.resumed_ms for run in sim.jobs["job"]._job.history.runs] == [0, 0]


def test_a_sigkill_cannot_be_caught() -> None:
    def train(container: Container) -> Iterator[Any]:
        while True:
            try:
                yield container.wait(seconds=50)
            except Sigterm:
                container.log("caught")
            container.log("alive")

    sim = stopped(train, 200)
    sim.advance(hours=1)
    # Started at 140, told at 200, killed at 320.
    seen = [(line.timestamp_ms - START_MS, line.message) for line in sim.jobs["job"].logs]
    assert seen == [
        (190_000, "alive"),
        (200_000, "caught"),
        (200_000, "alive"),
        (250_000, "alive"),
        (300_000, "alive"),
    ]
