"""The spot market: when it takes instances back, and what it takes off the price.

How many spot instances there are at all is a matter of capacity.
"""

from collections.abc import Mapping
from itertools import pairwise

from attrs import field, frozen
from attrs.converters import optional

from simjob.world.checks import (
    FieldError,
    below_one,
    check,
    check_items,
    check_table,
    instance_of,
    named,
    not_negative,
    row,
    table,
    type_name,
)
from simjob.world.distributions import Constant, Distribution, as_distribution
from simjob.world.durations import seconds


@frozen(field_transformer=named)
class Outage:
    """A time without any spot capacity: from `start` to just before `end`.

    Both are seconds since the start of the world. Raises ValueError unless start < end.

    >>> Outage("1h", "2h").end
    7200.0
    """

    start: float = field(converter=seconds)
    end: float = field(converter=seconds)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise FieldError("end", f"must be after the start ({self.start:g}), is {self.end:g}")


def _discount(value: object) -> str:
    return "" if value is None else below_one(value)


@frozen(field_transformer=named)
class SpotMarket:
    """How the spot market treats its instances.

    Args:
        uptime: seconds from ready instances to their interruption, drawn at each launch; None for
            never.
        outages: when there is no spot capacity; kept in order of time.
        interrupted: how long the status Interrupted lasts. The default of 60 s is inferred: no
            record of an interruption was found in public.
        discount: the share of the on-demand price that spot saves; None for what the catalogue
            knows of a type, or else 0.68 (`prices`).
        prices: spot dollars per hour and instance, from which the discount of a type follows.

    Raises:
        ValueError: for values out of range, and for outages that overlap.

    >>> market = SpotMarket(outages=[Outage(100, 200), Outage(10, 20)])
    >>> [outage.start for outage in market.outages]
    [10.0, 100.0]
    """

    uptime: Distribution | None = field(default=None, converter=optional(as_distribution))
    outages: tuple[Outage, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(Outage))
    )
    interrupted: Distribution = field(default=Constant(60), converter=as_distribution)
    discount: float | None = field(default=None, validator=check(_discount))
    prices: Mapping[str, float] = field(
        factory=dict, converter=table, validator=check_table(type_name, not_negative)
    )

    def __attrs_post_init__(self) -> None:
        ordered = tuple(sorted(self.outages, key=lambda outage: outage.start))
        for before, after in pairwise(ordered):
            if after.start < before.end:
                raise FieldError("outages", f"must not overlap, do at {after.start:g} seconds")
        object.__setattr__(self, "outages", ordered)
