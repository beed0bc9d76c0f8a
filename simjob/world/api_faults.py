"""What the API does to calls before, after and instead of answering them.

Frozen data only: how a call meets its faults is told by the edge that stands between a client and
the service. Calls made straight to a `Simulation` meet none of this.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final

from attrs import field, frozen
from attrs.converters import optional

from simjob.world.checks import (
    FieldError,
    check,
    check_table,
    convert_all,
    instance_of,
    key,
    named,
    nearest,
    positive,
    positive_count,
    probability,
    table,
)
from simjob.world.distributions import Constant, Distribution, as_distribution

EVERY: Final = "*"
"""The key of the operations that a table does not name."""

OPERATIONS: Final = frozenset(
    (
        "CreateTrainingJob",
        "DescribeTrainingJob",
        "StopTrainingJob",
        "ListTrainingJobs",
        "UpdateTrainingJob",
        "DeleteTrainingJob",
        "Search",
        "AddTags",
        "ListTags",
        "DeleteTags",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "GetLogEvents",
        "FilterLogEvents",
        "GetMetricStatistics",
        "GetMetricData",
        "GetCallerIdentity",
        "AssumeRole",
    )
)
"""The operations that can have faults: those that are simulated for real clients."""


@frozen(field_transformer=named)
class RateLimit:
    """A token bucket: `rate` calls a second for ever, `burst` of them at once.

    Args:
        rate: tokens that come back in a second, above 0.
        burst: how many the bucket holds; by default those of one second, and at least 1.

    Raises:
        ValueError: for values out of range.

    >>> RateLimit(rate=2).burst, RateLimit(rate=0.5).burst
    (2, 1)
    """

    rate: float = field(validator=check(positive))
    burst: int = field(validator=check(positive_count))

    @burst.default
    def _one_second(self) -> int:
        return max(1, ceil(self.rate))


REPORTED: Final[Mapping[str, RateLimit]] = table({"ListTrainingJobs": RateLimit(rate=2)})
"""The limits that are known, under the name "reported".

ListTrainingJobs: 2 a second for the account, not adjustable, as the service's quota page was cited
in aws-solutions/deepracer-on-aws#87 (2026); the burst is inferred. That CreateTrainingJob,
DescribeTrainingJob and Search are throttled too is recorded, at which rate is not.
"""

_PRESETS: Final = {"reported": REPORTED}


def _limit(value: object) -> RateLimit:
    if isinstance(value, RateLimit):
        return value
    if not isinstance(value, Mapping):
        return RateLimit(rate=value)  # type: ignore[arg-type]  # the field's own check refuses it
    known = ("rate", "burst")
    for name in value:
        if name not in known:
            raise FieldError(key(str(name)), f"unknown key{nearest(str(name), known)}")
    if "rate" not in value:
        raise FieldError("rate", "must be given")
    return RateLimit(**value)


def _limits(value: object) -> Mapping[str, RateLimit]:
    """A table of limits, or the name of one that is known."""
    if isinstance(value, str):
        if value in _PRESETS:
            return _PRESETS[value]
        names = ", ".join(repr(name) for name in _PRESETS)
        raise ValueError(f"must be a table of rates, or one of {names}, is {value!r}")
    given: Mapping[str, object] = table(value)  # type: ignore[arg-type]  # refuses what is none
    steps = [key(name) for name in given]
    return table(dict(zip(given, convert_all(steps, given.values(), _limit), strict=True)))


def _chances(value: object) -> Mapping[str, float]:
    """A probability for every operation, or a table of one for each."""
    if isinstance(value, Mapping):
        return table(value)
    if problem := probability(value):
        raise ValueError(f"{problem}; or a table of operations")
    return table({EVERY: value}) if value else table({})  # type: ignore[dict-item]


def _operation(value: object) -> str:
    """What is wrong with the name of an operation."""
    if value == EVERY or value in OPERATIONS:
        return ""
    return f"is no operation that is simulated{nearest(str(value), OPERATIONS)}"


_CHANCE: Final = check_table(_operation, probability)


@frozen(field_transformer=named)
class ApiFaults:
    """How calls of real clients fare; by default they take 50 ms each, and nothing goes wrong.

    Tables are by operation, such as "DescribeTrainingJob", or "*" for all that are not named. A
    probability alone stands for all operations.

    Args:
        latency: seconds, virtual, from a call to its reply. Without any, a loop that polls
            without sleeping would never end.
        throttles: calls a second that are let through, for each account, region and operation;
            the others are answered ThrottlingException. "reported" stands for what is known of
            the service (`REPORTED`).
        internal_failures: probability of HTTP 500, InternalFailure; the call has no effect.
        resets: probability that the connection is reset before the call takes effect.
        lost_replies: probability that the call takes effect and no reply ever comes.
        staleness: seconds by which what DescribeTrainingJob and ListTrainingJobs answer may be
            out of date, drawn for each call.

    Raises:
        ValueError: for values out of range and for unknown operations; the message begins with the
            name of the field.

    >>> ApiFaults(lost_replies={"CreateTrainingJob": 0.5}).chance("lost_replies", "AddTags")
    0.0
    >>> ApiFaults(throttles="reported").throttles["ListTrainingJobs"]
    RateLimit(rate=2, burst=2)
    """

    latency: Distribution = field(default=Constant(0.05), converter=as_distribution)
    throttles: Mapping[str, RateLimit] = field(
        factory=dict,
        converter=_limits,
        validator=check_table(_operation, instance_of(RateLimit)),
    )
    internal_failures: Mapping[str, float] = field(
        factory=dict, converter=_chances, validator=_CHANCE
    )
    resets: Mapping[str, float] = field(factory=dict, converter=_chances, validator=_CHANCE)
    lost_replies: Mapping[str, float] = field(factory=dict, converter=_chances, validator=_CHANCE)
    staleness: Distribution | None = field(default=None, converter=optional(as_distribution))

    def chance(self, fault: str, operation: str) -> float:
        """The probability of one of the faults that have one, for an operation."""
        of: Mapping[str, float] = getattr(self, fault)
        return of.get(operation, of.get(EVERY, 0.0))

    def limit(self, operation: str) -> RateLimit | None:
        """The limit of an operation, if it has one."""
        return self.throttles.get(operation, self.throttles.get(EVERY))
