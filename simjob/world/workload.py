"""Workloads: what a training container does, and which job runs which workload.

How the container lives with it (signals, limits, uploads) is the engine's affair.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from attrs import field, fields, frozen
from attrs.converters import optional

from simjob.spec.instances import InstanceType
from simjob.world.checks import (
    PYTHON_ONLY,
    FieldError,
    check,
    check_items,
    check_table,
    count,
    instance_of,
    named,
    one_of,
    positive,
    positive_count,
    probability,
    row,
    table,
    text,
)
from simjob.world.distributions import Constant, Distribution, as_distribution
from simjob.world.durations import LONGEST, seconds
from simjob.world.latencies import lookup
from simjob.world.log_series import LogSeries, interval
from simjob.world.speed import (
    NO_SPEED_UPS,
    NO_SPEEDS,
    by_count,
    by_type,
    check_by_count,
    check_by_type,
    speed_up,
)

_DEFAULT_DURATION: Final = Constant(300)
_BESIDE_RUN: Final = {"run", "memory_bytes", "artifact_bytes"}


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


def _amount(value: object) -> str:
    return "" if value is None else positive(value)


@frozen(field_transformer=named)
class Workload:
    """What a training container does: declared by numbers, or a Python generator function.

    All durations are seconds, or text such as "2h"; distributions may also be durations. The
    instances of a job train in step: what is drawn is drawn once for the job, not for each.

    Args:
        duration: of the training on one instance.
        steps: how many steps; with `step_time`, steps x step_time replaces the duration.
        step_time: of one step on one instance.
        items: how many samples, tokens or bytes an epoch has; with `throughput`,
            epochs x items / throughput replaces the duration.
        epochs: how often the items are gone through.
        throughput: items per second of one instance: a number, or a table by instance type
            ("ml.m5.large"), family ("m5"), "cpu" or "accelerated", and "*", tried in this order.
            A job on any other type is refused.
        speed: how fast instance types are against the one whose duration or step time is given: a
            table as that of `throughput`; 1 for any other type.
        parallel_fraction: the share of the work that more instances divide among them (Amdahl); 1
            is ideal scaling.
        scaling: instead of it, measured speed-ups by number of instances: `{2: 1.9, 4: 3.4}`.
            One instance has 1; between two numbers the speed-up is a straight line; beyond the last
            one it stays, for nobody has measured that more instances help.
        encryption_factor: by what the time is multiplied on more than one instance where the
            request has EnableInterContainerTrafficEncryption.
        checkpoint_every: seconds of work between checkpoints; None for no checkpoints. There is
            none at the end of the work.
        checkpoint_time: seconds for which the work pauses for a checkpoint, which counts when they
            are over.
        resume_time: seconds that a run which resumes from a checkpoint takes before it works on.
        exit_code: of the container, 0 to 255.
        failure: the text of /opt/ml/output/failure; needs an exit code other than 0.
        fails_after: seconds of training until a failure; None for at its end.
        failing_hosts: the hosts (1, 2, ...) that end with the exit code; None for all. One of them
            among a job's fails it.
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
    items: float | None = field(default=None, validator=check(_amount))
    epochs: float = field(default=1, validator=check(positive))
    throughput: Mapping[str, float] = field(
        default=NO_SPEEDS, converter=by_type, validator=check_by_type, hash=False
    )
    speed: Mapping[str, float] = field(
        default=NO_SPEEDS, converter=by_type, validator=check_by_type, hash=False
    )
    parallel_fraction: float = field(default=0.0, validator=check(probability))
    scaling: Mapping[int, float] = field(
        default=NO_SPEED_UPS, converter=by_count, validator=check_by_count, hash=False
    )
    encryption_factor: float = field(default=1.0, validator=check(positive))
    checkpoint_every: float | None = field(default=None, converter=optional(interval))
    checkpoint_time: float = field(default=0.0, converter=seconds)
    resume_time: float = field(default=0.0, converter=seconds)
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
        if not isinstance(self.duration, Constant):
            return False
        return all(
            each is None or isinstance(each, Constant)
            for each in (self.step_time, self.fails_after)
        )

    def time_factor(self, instances: int) -> float:
        """The time on so many instances (1 or more) as a share of that on one."""
        if self.scaling:
            return 1 / speed_up(self.scaling, instances)
        return (1 - self.parallel_fraction) + self.parallel_fraction / instances

    def runs_on(self, instance: InstanceType) -> bool:
        """Whether it is known how long it takes on that type."""
        return self.items is None or lookup(self.throughput, instance) is not None

    def time_on(
        self, instance: InstanceType, instances: int, *, encrypted: bool
    ) -> tuple[Distribution, float]:
        """How long a job works: one draw from the distribution (seconds), times the factor.

        Args:
            instance: on which type.
            instances: on how many, 1 or more.
            encrypted: whether the traffic between them is.

        Raises:
            ValueError: there is no throughput for that type.

        >>> from simjob.spec.instances import instance_type
        >>> work = Workload(items=1e6, epochs=3, throughput={"p3": 100}, scaling={2: 1.5})
        >>> work.time_on(instance_type("ml.p3.2xlarge"), 2, encrypted=False)
        (Constant(value=30000.0), 0.6666666666666666)
        """
        each, factor = self.duration, 1.0
        if self.items is not None:
            throughput = lookup(self.throughput, instance)
            if throughput is None:
                raise ValueError(f"no throughput is known for {instance.name}")
            each = Constant(min(LONGEST, self.epochs * self.items / throughput))
        elif self.steps is not None and self.step_time is not None:
            each, factor = self.step_time, float(self.steps)
        if self.speed:
            factor /= lookup(self.speed, instance) or 1.0
        if instances > 1:
            factor *= self.time_factor(instances)
            if encrypted:
                factor *= self.encryption_factor
        return each, factor


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
    yield from _conflicts_of_speed(workload)
    if workload.save_time and workload.on_sigterm != "save":
        yield "save_time", "needs on_sigterm = 'save'"
    if not workload.exit_code:
        if workload.failure:
            yield "failure", "needs an exit_code other than 0"
        if workload.failing_hosts is not None:
            yield "failing_hosts", "needs an exit_code other than 0"
        if workload.fails_after is not None and not workload.memory_bytes:
            yield "fails_after", "needs an exit_code other than 0, or memory_bytes"


def _conflicts_of_speed(workload: Workload) -> Iterator[tuple[str, str]]:
    """The same of the fields that say how fast the work goes on."""

    def given(*names: str) -> Iterator[str]:
        return (n for n in names if getattr(workload, n) != getattr(fields(Workload), n).default)

    if workload.items is None:
        for name in given("throughput", "epochs"):
            yield "items", f"must be given where {name} is"
    else:
        if not workload.throughput:
            yield "throughput", "must be given where items is"
        for name in given("duration", "steps", "speed"):
            yield name, "must be left out where items and throughput are given"
    if workload.scaling:
        for name in given("parallel_fraction"):
            yield name, "must be left out where scaling is given"
    if workload.checkpoint_every is None:
        for name in given("checkpoint_time", "resume_time"):
            yield name, "needs checkpoint_every"


@frozen(field_transformer=named)
class WorkloadRule:
    """Which jobs run a workload: those that match every pattern.

    In a world file the patterns and the workload's own keys stand side by side::

        [[workloads]]
        name = "bert-*"
        duration = "2h"

    Args:
        workload: what they run.
        name: a glob (`*`, `?`, `[abc]`; upper and lower case differ) on the job's name.
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
