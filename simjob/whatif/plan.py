"""A plan of training jobs: checked, frozen data.

What is to run and when, what to do where it fails, and what the whole may take. How a file becomes
a plan is told in `plan_files`, the requests that it makes in `requests`, how it is carried out in
`conductor`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from simjob.spec.editions import edition
from simjob.whatif.arrivals import Arrivals, if_given, up_to_most
from simjob.whatif.paths import Variation, varied
from simjob.world import FieldError, Workload, World
from simjob.world.checks import (
    PYTHON_ONLY,
    check,
    check_items,
    check_table,
    count,
    instance_of,
    line,
    named,
    pattern,
    positive,
    positive_count,
    row,
    table,
    text,
    type_name,
)
from simjob.world.durations import seconds

_job_name = pattern("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,39}", "1 to 40 letters, digits and hyphens")


def _time(value: object) -> float | datetime:
    if not isinstance(value, datetime):
        return seconds(value)
    if value.utcoffset() is None:
        raise ValueError(f"must have an offset, such as 2026-01-01T00:00:00Z, is {value}")
    return value


def _yes_or_no(value: object) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, is {value!r}"


def request_member(name: object) -> str:
    """A member of CreateTrainingJob that a plan may give."""
    if name != "TrainingJobName":
        return ""
    return "must be left out: training jobs have the name of their job in the plan, and a number"


def _edition_name(value: object) -> str:
    try:
        edition(str(value))
    except ValueError as error:
        return str(error)
    return ""


@frozen(field_transformer=named)
class Choice:
    """Other instances: what is given is taken in place of the job's own.

    Args:
        instance_type: such as "ml.g5.2xlarge".
        instances: InstanceCount.
        spot: EnableManagedSpotTraining.

    Raises:
        ValueError: for values out of range, and where nothing is given.

    >>> Choice(spot=False).instance_type is None
    True
    """

    instance_type: str | None = field(default=None, validator=check(if_given(type_name)))
    instances: int | None = field(default=None, validator=check(if_given(positive_count)))
    spot: bool | None = field(default=None, validator=check(if_given(_yes_or_no)))

    def __attrs_post_init__(self) -> None:
        if self.instance_type is None and self.instances is None and self.spot is None:
            raise FieldError("spot", "must be given, or instances, or instance_type")


@frozen(field_transformer=named)
class Retry:
    """What to do with a training job that did not complete.

    Args:
        on_capacity: how often to try again after a CapacityError, or when a quota refuses the job.
        on_failure: how often after any other failure.
        on_max_wait: how often after MaxWaitTimeExceeded.
        wait: seconds before another try.
        fallback: the instances of the tries after the first, one by one; the last one stays.

    Raises:
        ValueError: for values out of range, and a fallback that no retry could ever take.

    >>> Retry(on_capacity=2, wait="5m", fallback=[Choice(spot=False)]).wait
    300.0
    """

    on_capacity: int = field(default=0, validator=check(up_to_most(count)))
    on_failure: int = field(default=0, validator=check(up_to_most(count)))
    on_max_wait: int = field(default=0, validator=check(up_to_most(count)))
    wait: float = field(default=0.0, converter=seconds)
    fallback: tuple[Choice, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(Choice))
    )

    def __attrs_post_init__(self) -> None:
        if self.fallback and not (self.on_capacity or self.on_failure or self.on_max_wait):
            raise FieldError("fallback", "needs on_capacity, on_failure or on_max_wait")


@frozen(field_transformer=named)
class StopRule:
    """When to stop: at a time, at a spend, or at what comes first of both.

    Args:
        after: seconds; of a job since its creation, of a plan since the start of the world.
        at_dollars: the spend of the job, or of the whole plan.

    Raises:
        ValueError: for values out of range.

    >>> StopRule(after="3h").at_dollars is None
    True
    """

    after: float | None = field(default=None, converter=optional(seconds))
    at_dollars: float | None = field(default=None, validator=check(if_given(positive)))


@frozen(field_transformer=named)
class PlannedJob:
    """One job of a plan, which arrives once or often.

    Args:
        request: members of CreateTrainingJob, but for the name; what is left out is filled in
            (`requests`).
        instance_type: laid over the request, as are the next four.
        instances: InstanceCount.
        spot: EnableManagedSpotTraining.
        max_runtime: MaxRuntimeInSeconds, as a duration.
        max_wait: MaxWaitTimeInSeconds, as a duration; only where it is spot training.
        work: what the containers do; left out, what the world says.
        copies: how many training jobs at each arrival.
        arrivals: when; a job that waits for others and has none arrives when they have ended.
        after: jobs of the plan that have ended before, in whatever way.
        after_success: jobs of the plan that are Completed before; if one is not, this never runs.
        retry: what to do where it does not complete.
        stop: when each of its training jobs is stopped.

    Raises:
        ValueError: for values out of range.

    >>> PlannedJob(instance_type="ml.m5.xlarge", after=["prepare"]).waits_for
    ('prepare',)
    """

    request: Mapping[str, Any] = field(
        factory=dict, converter=table, validator=check_table(request_member)
    )
    instance_type: str | None = field(default=None, validator=check(if_given(type_name)))
    instances: int | None = field(default=None, validator=check(if_given(positive_count)))
    spot: bool | None = field(default=None, validator=check(if_given(_yes_or_no)))
    max_runtime: float | None = field(default=None, converter=optional(seconds))
    max_wait: float | None = field(default=None, converter=optional(seconds))
    work: Workload | None = field(default=None, validator=check(if_given(instance_of(Workload))))
    copies: int = field(default=1, validator=check(up_to_most(positive_count)))
    arrivals: Arrivals | None = field(
        default=None, validator=check(if_given(instance_of(Arrivals)))
    )
    after: tuple[str, ...] = field(default=(), converter=row, validator=check_items(text))
    after_success: tuple[str, ...] = field(default=(), converter=row, validator=check_items(text))
    retry: Retry = field(factory=Retry, validator=check(instance_of(Retry)))
    stop: StopRule = field(factory=StopRule, validator=check(instance_of(StopRule)))

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The jobs that have ended before."""
        return (*self.after, *self.after_success)


def _planned(value: object) -> str:
    right = isinstance(value, PlannedJob)
    return "" if right else f"must be a table of keys and values, is {value!r}"


@frozen(field_transformer=named, kw_only=True)
class Plan:
    """A whole plan, checked. Made by `load_plan` or `plan_from_dict`.

    Args:
        name: of the plan.
        edition: "live" (the default), "documented" or "retired".
        world: what the plan's surroundings are like.
        jobs: the planned jobs by name.
        deadline: until when all should have ended: after the start of the world, or an instant.
        budget_dollars: what all should cost at most.
        until: seconds after the start of the world; what still runs then is left as it is, and what
            has not begun is skipped.
        at_once: how many works of the plan there may be at once, each with its retries and the
            waits before them; others wait their turn.
        stop: when everything is stopped, and what has not begun is skipped.
        variations: a list of variations, for a sweep; each may have a `name`.
        vary: values by path, of which a sweep takes every combination.
        table: the plan as a plain table, with everything in it that other files held.

    Raises:
        ValueError: for values out of range.
    """

    name: str = field(default="plan", validator=check(line))
    edition: str = field(default="live", validator=check(_edition_name))
    world: World = field(factory=World, validator=check(instance_of(World)))
    jobs: Mapping[str, PlannedJob] = field(
        converter=table, validator=check_table(_job_name, _planned)
    )
    deadline: float | datetime | None = field(default=None, converter=optional(_time))
    budget_dollars: float | None = field(default=None, validator=check(if_given(positive)))
    until: float | None = field(default=None, converter=optional(seconds))
    at_once: int | None = field(default=None, validator=check(if_given(positive_count)))
    stop: StopRule = field(factory=StopRule, validator=check(instance_of(StopRule)))
    variations: tuple[Variation, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(Mapping))
    )
    vary: Mapping[str, Any] = field(
        factory=dict, converter=table, validator=check_table(text, instance_of(list))
    )
    table: Mapping[str, Any] = field(
        factory=dict, eq=False, repr=False, metadata={PYTHON_ONLY: True}
    )

    def __attrs_post_init__(self) -> None:
        if not self.jobs:
            raise FieldError("jobs", "must hold at least one job")
        if self.variations and self.vary:
            raise FieldError("vary", "must be left out where variations are given")

    @property
    def deadline_seconds(self) -> float | None:
        """The deadline, in seconds after the start of the world."""
        if isinstance(self.deadline, datetime):
            return (self.deadline - self.world.start).total_seconds()
        return self.deadline

    def varied(self, variation: Variation) -> "Plan":
        """The plan with other values at some paths of its table.

        A path is keys with dots between them: `jobs.train.instances`, `world.spot.discount`; `*`
        in the place of a job's name stands for every job.

        Raises:
            PlanError: a path that leads nowhere, or a value that cannot be there.

        >>> from simjob.whatif import plan_from_dict
        >>> plan = plan_from_dict({"jobs": {"train": {"instance_type": "ml.m5.xlarge"}}})
        >>> plan.varied({"jobs.train.instances": 4}).jobs["train"].instances
        4
        """
        from simjob.whatif.plan_files import plan_of  # noqa: PLC0415 - which makes plans

        return plan_of(varied(self.table, variation))
