"""The world: one frozen value that holds all that a simulation assumes of its surroundings.

Workloads, latencies, storage, events and the spot market have files of their own; how a file
becomes a world is told in `load`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from attrs import field, frozen
from attrs.converters import optional

from simjob.world.api_faults import ApiFaults
from simjob.world.checks import (
    FieldError,
    check,
    check_items,
    check_table,
    count,
    instance_of,
    key,
    named,
    not_negative,
    pattern,
    positive_count,
    probability,
    row,
    table,
    text,
    type_name,
)
from simjob.world.distributions import Constant, Distribution, as_distribution
from simjob.world.durations import seconds
from simjob.world.events import EventDelivery
from simjob.world.latencies import Latencies
from simjob.world.market import SpotMarket
from simjob.world.prices import impossible_spot_prices
from simjob.world.storage import Storage
from simjob.world.workload import Workload, WorkloadRule

_ACCOUNT: Final = pattern("[0-9]{12}", "12 digits as text")
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2999
_REGION: Final = pattern("[a-z]{2}(-[a-z]+)+-[0-9]", "a region such as 'us-east-1'")


def _aware(value: object) -> str:
    """What is wrong with an instant."""
    right = "must be a date and time with an offset, such as 2026-01-01T00:00:00Z"
    if not isinstance(value, datetime):
        return f"{right}, is {value!s}"
    if value.utcoffset() is None:
        return f"{right}; {value.isoformat()} has none"
    known = _FIRST_YEAR <= value.year <= _LAST_YEAR
    return "" if known else f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}, is {value!s}"


def _price(value: object) -> str:
    return "" if value is None else not_negative(value)


@frozen(field_transformer=named)
class Quotas:
    """How many instances of each type the account may use at once; a type not named, any number.

    Raises ValueError for unknown types and for what is no count.

    >>> Quotas(on_demand={"ml.p3.2xlarge": 0}).spot
    {}
    """

    on_demand: Mapping[str, int] = field(
        factory=dict, converter=table, validator=check_table(type_name, count)
    )
    spot: Mapping[str, int] = field(
        factory=dict, converter=table, validator=check_table(type_name, count)
    )


@frozen(field_transformer=named)
class Capacity:
    """How many instances of each type there are; of a type not named, any number.

    Args:
        on_demand: by instance type.
        spot: by instance type.
        give_up_after: a job that waits that long for capacity fails; None for never.

    Raises:
        ValueError: for unknown types, for what is no count, and for what is no distribution.

    >>> Capacity(on_demand={"ml.p4d.24xlarge": 2}, give_up_after="1h").give_up_after
    Constant(value=3600.0)
    """

    on_demand: Mapping[str, int] = field(
        factory=dict, converter=table, validator=check_table(type_name, count)
    )
    spot: Mapping[str, int] = field(
        factory=dict, converter=table, validator=check_table(type_name, count)
    )
    give_up_after: Distribution | None = field(default=None, converter=optional(as_distribution))


@frozen(field_transformer=named)
class Launches:
    """What can be wrong with instances.

    Args:
        unhealthy_probability: of each launched instance, which is then replaced.
        instance_failure: seconds from the start of Training to a failure of the hardware, drawn
            for each instance and attempt; None for never.

    Raises:
        ValueError: for values out of range.

    >>> Launches(unhealthy_probability=0.01).instance_failure is None
    True
    """

    unhealthy_probability: float = field(default=0.0, validator=check(probability))
    instance_failure: Distribution | None = field(default=None, converter=optional(as_distribution))


@frozen(field_transformer=named)
class InternalError:
    """A failure inside the service, which a retry may survive.

    Args:
        name: a glob on the names of the jobs that it hits.
        attempts: how many attempts of a job fail, from the first on.
        after: seconds of Training until it comes.

    Raises:
        ValueError: for values out of range.

    >>> InternalError(name="flaky-*", after="5m").attempts
    1
    """

    name: str = field(default="*", validator=check(text))
    attempts: int = field(default=1, validator=check(positive_count))
    after: float = field(default=0.0, converter=seconds)


@frozen(field_transformer=named)
class World:
    """All that a simulation assumes of its surroundings.

    Args:
        start: the first instant, with an offset.
        account: 12 digits.
        region: such as "us-east-1".
        quotas: what the account may use.
        capacity: what there is.
        latencies: how long the service takes.
        launches: what can be wrong with instances.
        internal_errors: failures inside the service; the first that fits a job counts.
        storage: what lies in S3, and how fast it moves.
        spot: the spot market.
        events: how events reach their handlers.
        denied_roles: globs on the ARNs of roles that may not read the data.
        runtime_limit_lag: seconds by which the runtime limit is enforced late; 0 to 300 were seen.
        prices: dollars per hour and instance, in place of the catalogue's.
        volume_dollars_per_gb_month: what a GB of an instance's volume costs for 30 days; None for
            0.14, which is an estimate. Types with local disks have no volume to pay for.
        workloads: which jobs run what; the first rule that fits counts.
        default_workload: what all other jobs run.
        api: how the calls of real clients fare.

    Raises:
        ValueError: for values out of range; the message begins with the name of the field.

    >>> World().workload_for("a", "", "", {}).duration
    Constant(value=300.0)
    """

    start: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC), validator=check(_aware))
    account: str = field(default="123456789012", validator=check(_ACCOUNT))
    region: str = field(default="us-east-1", validator=check(_REGION))
    quotas: Quotas = field(factory=Quotas, validator=check(instance_of(Quotas)))
    capacity: Capacity = field(factory=Capacity, validator=check(instance_of(Capacity)))
    latencies: Latencies = field(factory=Latencies, validator=check(instance_of(Latencies)))
    launches: Launches = field(factory=Launches, validator=check(instance_of(Launches)))
    internal_errors: tuple[InternalError, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(InternalError))
    )
    storage: Storage = field(factory=Storage, validator=check(instance_of(Storage)))
    spot: SpotMarket = field(factory=SpotMarket, validator=check(instance_of(SpotMarket)))
    events: EventDelivery = field(
        factory=EventDelivery, validator=check(instance_of(EventDelivery))
    )
    denied_roles: tuple[str, ...] = field(default=(), converter=row, validator=check_items(text))
    runtime_limit_lag: Distribution = field(default=Constant(0), converter=as_distribution)
    prices: Mapping[str, float] = field(
        factory=dict, converter=table, validator=check_table(type_name, not_negative)
    )
    volume_dollars_per_gb_month: float | None = field(default=None, validator=check(_price))
    workloads: tuple[WorkloadRule, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(WorkloadRule))
    )
    default_workload: Workload = field(factory=Workload, validator=check(instance_of(Workload)))
    api: ApiFaults = field(factory=ApiFaults, validator=check(instance_of(ApiFaults)))

    def __attrs_post_init__(self) -> None:
        wrong = [(f"spot.prices.{key(n)}", why) for n, why in impossible_spot_prices(self)]
        if wrong:
            raise FieldError(*wrong[0], *wrong[1:])

    def workload_for(
        self, name: str, image: str, algorithm: str, hyperparameters: Mapping[str, str]
    ) -> Workload:
        """What a job runs: the workload of the first rule that fits, else the default."""
        for rule in self.workloads:
            if rule.matches(name, image, algorithm, hyperparameters):
                return rule.workload
        return self.default_workload
