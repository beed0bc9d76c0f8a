"""The spot market: when it takes instances back, where, and what it takes off the price.

How many spot instances there are at all is a matter of capacity. When what is drawn by chance comes
to pass is told in `engine.market`; how a trace is read, in `traces`.
"""

from collections.abc import Iterable, Mapping
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
    pattern,
    row,
    table,
    type_name,
)
from simjob.world.distributions import Constant, Distribution, as_distribution
from simjob.world.durations import seconds


@frozen(field_transformer=named)
class Outage:
    """A time without spot capacity: from `start` to just before `end`.

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


def _apart(outages: Iterable[Outage]) -> tuple[Outage, ...]:
    """Outages in order of time. Raises ValueError where one begins before another has ended."""
    given = row(outages)
    if not all(isinstance(each, Outage) for each in given):
        return given  # which the field's own check refuses, item by item
    ordered = tuple(sorted(given, key=lambda outage: outage.start))
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise ValueError(f"must not overlap, do at {after.start:g} seconds")
    return ordered


@frozen(field_transformer=named)
class Waves:
    """Outages that come and go by chance: after `every` seconds up, one `lasts` so many seconds.

    Each of them is drawn anew for every wave, by the seed and the name of the zone: a wave takes
    all jobs of its zone alike. Neither is ever shorter than a millisecond.

    >>> Waves(every="12h", lasts="30m").lasts
    Constant(value=1800.0)
    """

    every: Distribution = field(converter=as_distribution)
    lasts: Distribution = field(converter=as_distribution)


@frozen(field_transformer=named)
class Zone:
    """A part of the spot market that fails as a whole, such as an availability zone.

    Args:
        name: such as "us-east-1a"; waves are drawn by it.
        outages: when there is no spot capacity in it; kept in order of time. In a world file
            `trace` may name a CSV file instead (`read_trace`).
        waves: outages by chance, besides; None for none.

    Raises:
        ValueError: for values out of range, and for outages that overlap.

    >>> Zone("us-east-1a", outages=[Outage(100, 200), Outage(10, 20)]).outages[0]
    Outage(start=10.0, end=20.0)
    """

    name: str = field(validator=check(pattern("[!-~]{1,63}", "1 to 63 visible characters")))
    outages: tuple[Outage, ...] = field(
        default=(), converter=_apart, validator=check_items(instance_of(Outage))
    )
    waves: Waves | None = field(default=None, validator=check(instance_of(Waves, type(None))))


@frozen(field_transformer=named)
class SpotMarket:
    """How the spot market treats its instances.

    Args:
        uptime: seconds from ready instances to their interruption, drawn at each launch; None for
            never.
        outages: when there is no spot capacity in any zone; kept in order of time.
        zones: the parts that have outages of their own. A launch draws the zone that it tries
            first, and goes on from there in the order of this list, around its end, to the first
            one that is up; where none is up, the job waits. An outage takes back all instances
            that were granted in its zone before, also those that are still being launched. Without
            zones the market is one, and spares instances that are launched while an outage comes
            and goes.
        interrupted: how long the status Interrupted lasts. The default of 60 s is inferred: no
            record of an interruption was found in public.
        discount: the share of the on-demand price that spot saves; None for what the catalogue
            knows of a type, or else 0.68 (`prices`).
        prices: spot dollars per hour and instance, from which the discount of a type follows.

    Raises:
        ValueError: for values out of range, for outages that overlap, and for zones of one name.

    >>> market = SpotMarket(outages=[Outage(100, 200), Outage(10, 20)])
    >>> [outage.start for outage in market.outages]
    [10.0, 100.0]
    """

    uptime: Distribution | None = field(default=None, converter=optional(as_distribution))
    outages: tuple[Outage, ...] = field(
        default=(), converter=_apart, validator=check_items(instance_of(Outage))
    )
    interrupted: Distribution = field(default=Constant(60), converter=as_distribution)
    discount: float | None = field(default=None, validator=check(_discount))
    prices: Mapping[str, float] = field(
        factory=dict, converter=table, validator=check_table(type_name, not_negative)
    )
    zones: tuple[Zone, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(Zone))
    )

    def __attrs_post_init__(self) -> None:
        names = [zone.name for zone in self.zones]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise FieldError(f"zones[{at}].name", f"is the name of another zone, too: {name!r}")
