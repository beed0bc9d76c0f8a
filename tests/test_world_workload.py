import math
import pickle
from collections.abc import Callable, Generator
from typing import Any

import pytest

from simjob.world import Constant, Exponential, FieldError, LogSeries, Workload, WorkloadRule


def _run(*_: object) -> Generator[Any, Any, Any]:
    yield


def test_the_defaults_of_a_workload() -> None:
    found = Workload()
    assert found.duration == Constant(300)
    assert (found.exit_code, found.failure, found.on_sigterm, found.save_time) == (0, "", "exit", 0)
    assert (found.steps, found.step_time, found.checkpoint_every, found.fails_after) == (None,) * 4
    assert (found.memory_bytes, found.artifact_bytes, found.parallel_fraction) == (0, 0, 0)
    assert (found.failing_hosts, found.logs, found.run) == (None, (), None)


def test_fields_are_converted() -> None:
    found = Workload(
        steps=10,
        step_time="2s",
        checkpoint_every="5m",
        exit_code=255,
        failure="boom",
        fails_after=9,
        failing_hosts=[2, 1],
        on_sigterm="save",
        save_time="10s",
        logs=[LogSeries("x")],
    )
    assert found.step_time == Constant(2)
    assert (found.checkpoint_every, found.save_time) == (300.0, 10.0)
    assert found.fails_after == Constant(9)
    assert found.failing_hosts == (2, 1)
    assert found.logs == (LogSeries("x"),)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Workload(duration="x"), "duration: must be a duration"),
        (lambda: Workload(steps=0, step_time=1), "steps: must be a whole number, 1 or more, is 0"),
        (lambda: Workload(steps=1.5, step_time=1), "steps: must be a whole number, 1 or more"),
        (lambda: Workload(steps=1), "step_time: must be given where steps is"),
        (lambda: Workload(step_time=1), "steps: must be given where step_time is"),
        (
            lambda: Workload(steps=1, step_time=1, duration=9),
            "duration: must be left out where steps and step_time are given",
        ),
        (lambda: Workload(parallel_fraction=1.1), "parallel_fraction: must be a number from 0 to"),
        (lambda: Workload(parallel_fraction=-0.1), "parallel_fraction: must be a number from 0"),
        (lambda: Workload(parallel_fraction=math.nan), "parallel_fraction: must be a number"),
        (lambda: Workload(checkpoint_every=0), "checkpoint_every: must be at least 0.001 seconds"),
        (
            lambda: Workload(exit_code=256),
            "exit_code: must be a whole number from 0 to 255, is 256",
        ),
        (lambda: Workload(exit_code=-1), "exit_code: must be a whole number from 0 to 255, is -1"),
        (lambda: Workload(exit_code=True), "exit_code: must be a whole number from 0 to 255"),
        (lambda: Workload(failure=3, exit_code=1), "failure: must be text, is 3"),
        (lambda: Workload(failure="x"), "failure: needs an exit_code other than 0"),
        (lambda: Workload(failing_hosts=[1]), "failing_hosts: needs an exit_code other than 0"),
        (
            lambda: Workload(failing_hosts=[0], exit_code=1),
            "failing_hosts: must be host numbers, 1 or more, are (0,)",
        ),
        (lambda: Workload(failing_hosts=1, exit_code=1), "failing_hosts: must be a list, is 1"),
        (
            lambda: Workload(fails_after=1),
            "fails_after: needs an exit_code other than 0, or memory",
        ),
        (lambda: Workload(memory_bytes=-1), "memory_bytes: must be a whole number, 0 or more"),
        (lambda: Workload(artifact_bytes=0.5), "artifact_bytes: must be a whole number, 0 or more"),
        (lambda: Workload(on_sigterm="die"), "on_sigterm: must be one of 'exit', 'save', 'ignore'"),
        (lambda: Workload(save_time=1), "save_time: needs on_sigterm = 'save'"),
        (lambda: Workload(save_time=-1), "save_time: must not be negative, is -1"),
        (lambda: Workload(logs=["x"]), "logs[0]: must be a LogSeries, is 'x'"),
        (lambda: Workload(run=3), "run: must be a generator function, is 3"),
        (lambda: Workload(run=_run, duration=3), "duration: must be left out where run is given"),
        (lambda: Workload(run=_run, exit_code=3), "exit_code: must be left out where run is given"),
        (
            lambda: Workload(steps=1, failure="x"),
            "step_time: must be given where steps is; failure: needs an exit_code other than 0",
        ),
    ],
)
def test_a_refused_field_is_named(build: Callable[[], Workload], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_what_may_stand_together() -> None:
    assert Workload(fails_after=1, memory_bytes=5).fails_after == Constant(1)
    assert Workload(fails_after=Exponential(5), exit_code=1).exit_code == 1
    found = Workload(run=_run, memory_bytes=5, artifact_bytes=6)
    assert (found.run, found.memory_bytes, found.artifact_bytes) == (_run, 5, 6)


@pytest.mark.parametrize(
    ("fraction", "instances", "factor"),
    [(0, 8, 1.0), (1, 8, 0.125), (0.5, 1, 1.0), (0.5, 4, 0.625), (0.9, 2, 0.55)],
)
def test_amdahl(fraction: float, instances: int, factor: float) -> None:
    workload = Workload(parallel_fraction=fraction)
    assert workload.time_factor(instances) == pytest.approx(factor)


@pytest.mark.parametrize(
    "template",
    [
        "{x}",
        "{}",
        "{0}",
        "{value",
        "value}",
        "{value.real}",
        "{value[0]}",
        "{value:{step}}",
        "{value:d}",
        "{step!x}",
        "",
        "a\nb",
        None,
        5,
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(template: str) -> None:
    with pytest.raises(FieldError, match="text: must "):
        LogSeries(template)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("plain {{braces}}", "plain {braces}"),
        ("{step:03d} {value:.1f} {elapsed:.0f}s", "007 5.0 90s"),
        ("{step!r}", "7"),
    ],
)
def test_a_line_is_the_filled_template(template: str, line: str) -> None:
    series = LogSeries(template, first=5, last=1)
    assert series.line(7, progress=0, elapsed=90) == line


def test_the_value_goes_exponentially_from_first_to_last() -> None:
    series = LogSeries("x", first=10, last=2)
    assert series.value_at(0) == pytest.approx(10)
    assert series.value_at(1) == pytest.approx(2)
    half = (math.exp(-2.5) - math.exp(-5)) / (1 - math.exp(-5))
    assert series.value_at(0.5) == pytest.approx(2 + 8 * half)
    assert LogSeries("x").value_at(0) == pytest.approx(1)
    assert LogSeries("x").value_at(1) == pytest.approx(0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LogSeries("x", every=0), "every: must be at least 0.001 seconds, is 0"),
        (lambda: LogSeries("x", first=math.inf), "first: must be a finite number, is inf"),
        (lambda: LogSeries("x", last="1"), "last: must be a finite number, is '1'"),
    ],
)
def test_a_refused_series_names_the_field(build: Callable[[], LogSeries], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        build()
    assert str(caught.value) == message
    assert LogSeries("x").every == 60
    assert LogSeries("x", every="1ms").every == 0.001


@pytest.mark.parametrize(
    ("patterns", "matched"),
    [
        ({}, True),
        ({"name": "job-*"}, True),
        ({"name": "Job-*"}, False),
        ({"name": "job-?"}, True),
        ({"name": "job"}, False),
        ({"image": "*/train:*"}, True),
        ({"image": "*/train"}, False),
        ({"algorithm": "xg*"}, True),
        ({"algorithm": ""}, False),
        ({"hyperparameters": {"lr": "0.*"}}, True),
        ({"hyperparameters": {"lr": "1*"}}, False),
        ({"hyperparameters": {"momentum": "*"}}, False),
        ({"hyperparameters": {"lr": "0.1", "depth": "9"}}, False),
        ({"name": "job-*", "image": "x"}, False),
    ],
)
def test_a_rule_matches_by_all_its_patterns(patterns: dict[str, Any], *, matched: bool) -> None:
    rule = WorkloadRule(Workload(), **patterns)
    hyperparameters = {"lr": "0.1", "depth": "3"}
    assert rule.matches("job-1", "a/train:2", "xgb", hyperparameters) is matched


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: WorkloadRule("x"), "workload: must be a Workload, is 'x'"),
        (lambda: WorkloadRule(Workload(), name=3), "name: must be text, is 3"),
        (lambda: WorkloadRule(Workload(), image=3), "image: must be text, is 3"),
        (lambda: WorkloadRule(Workload(), algorithm=3), "algorithm: must be text, is 3"),
        (
            lambda: WorkloadRule(Workload(), hyperparameters={"a": 1, "b.c": 2}),
            'hyperparameters.a: must be text, is 1; hyperparameters."b.c": must be text, is 2',
        ),
    ],
)
def test_a_refused_pattern_is_named(build: Callable[[], WorkloadRule], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        build()
    assert str(caught.value) == message
