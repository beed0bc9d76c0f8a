"""Workloads: what a training container does, and which job runs which workload.

How the container lives with it (signals, limits, uploads) is the engine's affair.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from fnmatch import fnmatchcase
from math import exp
from string import Formatter
from typing import Any, Final, Literal

from attrs import field, fields, frozen
from attrs.converters import optional

from simjob.world.checks import (
    PYTHON_ONLY,
    FieldError,
    check,
    check_items,
    check_table,
    count,
    finite,
    instance_of,
    named,
    one_of,
    positive_count,
    probability,
    row,
    table,
    text,
)
from simjob.world.distributions import Constant, Distribution, as_distribution
from simjob.world.durations import seconds

_STEEPNESS: Final = 5.0
_LINE_FIELDS: Final = ("elapsed", "step", "value")
_SHORTEST_INTERVAL: Final = 0.001
_DEFAULT_DURATION: Final = Constant(300)
_BESIDE_RUN: Final = {"run", "memory_bytes", "artifact_bytes"}


def _template(value: object) -> str:
    """What is wrong with a template of log lines."""
    if not isinstance(value, str) or not value or "\n" in value:
        return f"must be one line of text, is {value!r}"
    try:
        for _, name, spec, _ in Formatter().parse(value):
            if name is not None and (name not in _LINE_FIELDS or "{" in (spec or "")):
                return f"must use only {{step}}, {{value}} and {{elapsed}}, is {value!r}"
        value.format(step=1, value=1.0, elapsed=1.0)
    except ValueError as error:
        return f"must be a template such as 'loss={{value:.3f}}', is {value!r} ({error})"
    return ""


def _interval(value: object) -> float:
    interval = seconds(value)
    if interval < _SHORTEST_INTERVAL:
        raise ValueError(f"must be at least 0.001 seconds, is {value!r}")
    return interval


@frozen(field_transformer=named)
class LogSeries:
    """A log line that comes again and again while the workload trains.

    Args:
        text: a `str.format` template of one line over {step} (1, 2, ...), {value} and {elapsed}
            (seconds of training).
        every: seconds of training between two lines.
        first: the value at the start of training.
        last: the value at its end, which it nears exponentially.

    Raises:
        ValueError: for a template that cannot be filled, and for values that are no such numbers.

    >>> LogSeries("step {step}: loss={value:.2f}", first=2.0).line(1, progress=0.0, elapsed=0.0)
    'step 1: loss=2.00'
    """

    text: str = field(validator=check(_template))
    every: float = field(default=60.0, converter=_interval)
    first: float = field(default=1.0, validator=check(finite))
    last: float = field(default=0.0, validator=check(finite))

    def value_at(self, progress: float) -> float:
        """The value when that share of the training is done (0 to 1)."""
        left = (exp(-_STEEPNESS * progress) - exp(-_STEEPNESS)) / (1 - exp(-_STEEPNESS))
        return self.last + (self.first - self.last) * left

    def line(self, step: int, progress: float, elapsed: float) -> str:
        """The line of that step (1, 2, ...), share done (0 to 1) and seconds of training."""
        return self.text.format(step=step, value=self.value_at(progress), elapsed=elapsed)


def _hosts(value: object) -> str:
    right = isinstance(value, tuple) and not any(positive_count(host) for host in value)
    return "" if right or value is None else f"must be host numbers, 1 or more, are {value!r}"


def _callable(value: object) -> str:
    right = value is None or callable(value)
    return "" if right else f"must be a generator function, is {value!r}"


def _exit_code(value: object) -> str:
    right = not count(value) and isinstance(value, int) and value <= 255
    return "" if right else f"must be a whole number from 0 to 255, is {value!r}"


def _steps(value: object) -> str:
    return "" if value is None else positive_count(value)


@frozen(field_transformer=named)
class Workload:
    """What a training container does: declared by numbers, or a Python generator function.

    All durations are seconds, or text such as "2h"; distributions may also be durations.

    Args:
        duration: of the training on one instance.
        steps: how many steps; with `step_time`, steps x step_time replaces the duration.
        step_time: of one step on one instance.
        parallel_fraction: the share of the work that more instances divide among them (Amdahl).
        checkpoint_every: seconds of work between checkpoints; None for no checkpoints.
        exit_code: of the container, 0 to 255.
        failure: the text of /opt/ml/output/failure; needs an exit code other than 0.
        fails_after: seconds of training until a failure; None for at its end.
        failing_hosts: the hosts (1, 2, ...) that end with the exit code; None for all.
        memory_bytes: needed on each instance; with more than there is, it runs out of memory.
        artifact_bytes: of the model that is uploaded.
        on_sigterm: "exit" at once, "save" and then exit, or "ignore".
        save_time: seconds that a save takes; needs `on_sigterm="save"`.
        logs: the log lines that it writes.
        run: a generator function that is run instead; it replaces all declared fields but
            `memory_bytes` and `artifact_bytes`, which may stand beside it.

    Raises:
        ValueError: for values out of range, and for fields that contradict each other; the message
            begins with the name of the field.

    >>> Workload(duration="2h", parallel_fraction=0.5).time_factor(instances=2)
    0.75
    """

    duration: Distribution = field(default=_DEFAULT_DURATION, converter=as_distribution)
    steps: int | None = field(default=None, validator=check(_steps))
    step_time: Distribution | None = field(default=None, converter=optional(as_distribution))
    parallel_fraction: float = field(default=0.0, validator=check(probability))
    checkpoint_every: float | None = field(default=None, converter=optional(_interval))
    exit_code: int = field(default=0, validator=check(_exit_code))
    failure: str = field(default="", validator=check(text))
    fails_after: Distribution | None = field(default=None, converter=optional(as_distribution))
    failing_hosts: tuple[int, ...] | None = field(
        default=None, converter=optional(row), validator=check(_hosts)
    )
    memory_bytes: int = field(default=0, validator=check(count))
    artifact_bytes: int = field(default=0, validator=check(count))
    on_sigterm: Literal["exit", "save", "ignore"] = field(
        default="exit", validator=check(one_of("exit", "save", "ignore"))
    )
    save_time: float = field(default=0.0, converter=seconds)
    logs: tuple[LogSeries, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(LogSeries))
    )
    run: Callable[..., Generator[Any, Any, Any]] | None = field(
        default=None, validator=check(_callable), metadata={PYTHON_ONLY: True}
    )

    def __attrs_post_init__(self) -> None:
        if conflicts := [*_beside_run(self), *_conflicts(self)]:
            raise FieldError(*conflicts[0], *conflicts[1:])

    @property
    def constant(self) -> bool:
        """Whether every run of it takes the same time: nothing in it is drawn."""
        drawn = (self.duration, self.step_time, self.fails_after)
        return all(each is None or isinstance(each, Constant) for each in drawn)

    def time_factor(self, instances: int) -> float:
        """The time on so many instances (1 or more) as a share of that on one (Amdahl)."""
        return (1 - self.parallel_fraction) + self.parallel_fraction / instances


def _beside_run(workload: Workload) -> Iterator[tuple[str, str]]:
    """The declared fields that stand where a generator function replaces them."""
    for attribute in fields(Workload) if workload.run is not None else ():
        name = attribute.name
        if name not in _BESIDE_RUN and getattr(workload, name) != attribute.default:
            yield name, "must be left out where run is given"


def _conflicts(workload: Workload) -> Iterator[tuple[str, str]]:
    """The declared fields that contradict each other."""
    if workload.steps is None and workload.step_time is not None:
        yield "steps", "must be given where step_time is"
    if workload.steps is not None and workload.step_time is None:
        yield "step_time", "must be given where steps is"
    if workload.steps is not None and workload.duration != _DEFAULT_DURATION:
        yield "duration", "must be left out where steps and step_time are given"
    if workload.save_time and workload.on_sigterm != "save":
        yield "save_time", "needs on_sigterm = 'save'"
    if not workload.exit_code:
        if workload.failure:
            yield "failure", "needs an exit_code other than 0"
        if workload.failing_hosts is not None:
            yield "failing_hosts", "needs an exit_code other than 0"
        if workload.fails_after is not None and not workload.memory_bytes:
            yield "fails_after", "needs an exit_code other than 0, or memory_bytes"


@frozen(field_transformer=named)
class WorkloadRule:
    """Which jobs run a workload: those that match every pattern.

    In a world file the patterns and the workload's own keys stand side by side::

        [[workloads]]
        name = "bert-*"
        duration = "2h"

    Args:
        workload: what they run.
        name: a glob (*, ?, [abc]; upper and lower case differ) on the job's name.
        image: a glob on the training image; "" is matched for a job that has none.
        algorithm: a glob on the algorithm's name; likewise.
        hyperparameters: a glob for each hyperparameter that must be there.

    Raises:
        ValueError: for patterns that are no text.

    >>> rule = WorkloadRule(Workload(), name="bert-*", hyperparameters={"lr": "1e-*"})
    >>> rule.matches("bert-1", "", "", {"lr": "1e-3"}), rule.matches("bert-1", "", "", {})
    (True, False)
    """

    workload: Workload = field(validator=check(instance_of(Workload)))
    name: str = field(default="*", validator=check(text))
    image: str = field(default="*", validator=check(text))
    algorithm: str = field(default="*", validator=check(text))
    hyperparameters: Mapping[str, str] = field(
        factory=dict, converter=table, validator=check_table(text, text)
    )

    def matches(
        self, name: str, image: str, algorithm: str, hyperparameters: Mapping[str, str]
    ) -> bool:
        """Whether a job of that name, image ("" for none), algorithm and so on is meant."""
        return (
            fnmatchcase(name, self.name)
            and fnmatchcase(image, self.image)
            and fnmatchcase(algorithm, self.algorithm)
            and all(
                key in hyperparameters and fnmatchcase(hyperparameters[key], pattern)
                for key, pattern in self.hyperparameters.items()
            )
        )
