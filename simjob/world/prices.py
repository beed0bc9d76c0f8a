"""Prices: what an hour of an instance and a month of storage cost, on demand and spot.

A price that the world sets comes first, then the catalogue's, each with its source and date. What a
job owes is told by the bill.
"""

from typing import TYPE_CHECKING, Final

from attrs import frozen

from simjob.spec.instances import instance_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simjob.world.world import World

OWN: Final = "the world"
"""The source of a price that the world sets."""

USUAL_DISCOUNT: Final = 0.68
"""What spot takes off where nothing is known: the middle of 16 savings seen in public logs of 2020
to 2026, which go from 0.35 to 0.79. An estimate."""

MONTH_SECONDS: Final = 30 * 86_400
"""A month of storage, as 30 days (inferred)."""

_STORAGE_DOLLARS: Final = 0.14
"""A GB of general-purpose EBS for a month, us-east-1: from memory, not confirmed by a list."""


@frozen
class Price:
    """What something costs.

    Attributes:
        dollars: for an hour of an instance, or for a GB of storage and a month.
        source: where it is from.
        date: of the price, a year or a day; "" where the world sets it.
        estimated: whether it was worked out or remembered, not found.
    """

    dollars: float
    source: str
    date: str = ""
    estimated: bool = False


@frozen
class Discount:
    """The share of the on-demand price that spot saves; `estimated` as of a price."""

    share: float
    estimated: bool = False


def on_demand(world: "World", name: str) -> Price | None:
    """An hour of one instance of that type; None where no price is known.

    >>> from simjob.world import World
    >>> on_demand(World(prices={"ml.m5.large": 0.2}), "ml.m5.large")
    Price(dollars=0.2, source='the world', date='', estimated=False)
    """
    own = world.prices.get(name)
    if own is not None:
        return Price(own, OWN)
    facts = instance_type(name)
    rate = facts.training_dollars_per_hour
    if rate is None:
        return None
    return Price(rate, facts.rate_source, facts.rate_date, facts.rate_is_estimated)


def spot_discount(world: "World", name: str) -> Discount:
    """What spot takes off the price of that type.

    The world's spot price says so, else its discount, else the spot rate of the catalogue, else
    `USUAL_DISCOUNT`.

    >>> from simjob.world import SpotMarket, World
    >>> market = SpotMarket(prices={"ml.p3.2xlarge": 1.53})
    >>> round(spot_discount(World(spot=market), "ml.p3.2xlarge").share, 9)
    0.6
    >>> round(spot_discount(World(), "ml.p5.48xlarge").share, 2)
    0.62
    """
    market = world.spot
    own, price = market.prices.get(name), on_demand(world, name)
    if own is not None and price is not None:
        return Discount(1 - own / price.dollars if price.dollars else 0.0)
    if market.discount is not None:
        return Discount(market.discount)
    facts = instance_type(name)
    spot, rate = facts.spot_dollars_per_hour, facts.training_dollars_per_hour
    if spot is not None and rate is not None:
        return Discount(1 - spot / rate)
    return Discount(USUAL_DISCOUNT, estimated=True)


def storage(world: "World") -> Price:
    """A GB of an instance's volume for a month.

    >>> from simjob.world import World
    >>> storage(World()).estimated, storage(World(volume_dollars_per_gb_month=0.1)).dollars
    (True, 0.1)
    """
    own = world.volume_dollars_per_gb_month
    if own is not None:
        return Price(own, OWN)
    return Price(_STORAGE_DOLLARS, "estimated: EBS gp2, us-east-1", estimated=True)


def impossible_spot_prices(world: "World") -> "Iterator[tuple[str, str]]":
    """The types whose spot price is no saving, and why; the service never charges more for spot."""
    for name, spot in world.spot.prices.items():
        price = on_demand(world, name)
        if price is None:
            yield name, "needs a price on demand, in `prices`: none is known"
        elif spot > price.dollars:
            yield name, f"must be at most the price on demand ({price.dollars:g}), is {spot!r}"
