"""The catalogue of instance types: their names, what is in them, and what an hour costs.

The facts stand in `instances.csv` beside this file. What an account may use, and how fast its
instances start, is the world's affair.

Sources and dates:

- Names: the 225 training types of the API in 2026.
- Hardware, and the hourly on-demand rate of EC2 in us-east-1: a public table (Apache-2.0) that was
  generated from the EC2 API on 2026-07-20. `p6e-gb200.36xlarge` is not in it: its hardware is one
  eighteenth of the published totals of an UltraServer, and its rate is unknown.
- Network: the sustained rate. Where EC2 gives words only ("High", "Up to 10 Gigabit"), 10 Gbit/s.
- Spot rates: only one was found in public with its date (p5.48xlarge, us-west-2).
- Training rates: no price list of the service was at hand. A price that was found in public is
  taken as it was, with its year (`rate_date`). Every other is the EC2 rate times 1.15 for types
  with eight or more accelerators, 1.25 for other accelerated types and 1.20 for the rest, the
  ratios seen where both prices are known; its `rate_source` begins with "estimated". The rate of
  p4d.24xlarge is older than a cut of its EC2 price in 2025 and may be too high.

A world can override every rate.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from attrs import frozen

_GIB: Final = 2**30
_GB: Final = 10**9
_BYTES_PER_MBIT: Final = 125_000.0
_UNKNOWN_NETWORK_MBIT: Final = "10000"
_ESTIMATED: Final = "estimated"


@frozen
class InstanceType:
    """One instance type: what is in one machine, and its price.

    Attributes:
        name: as in a request, such as "ml.m5.large".
        family: such as "m5".
        vcpus: virtual processors.
        memory_bytes: main memory.
        accelerators: how many; 0 for none.
        accelerator_name: such as "v100"; "" for none.
        network_bytes_per_second: sustained, in one direction.
        local_nvme_bytes: local disks; 0 for none.
        training_dollars_per_hour: on demand, us-east-1, one instance; None where unknown.
        rate_source: where the rate is from; "" where it is unknown.
        rate_date: the year or the day of the rate.
        spot_dollars_per_hour: the same for spot training; None where unknown.
        spot_source: where that is from; "" where it is unknown.
        spot_date: the year or the day of it.

    >>> instance_type("ml.m5.xlarge").training_dollars_per_hour
    0.23
    """

    name: str
    family: str
    vcpus: int
    memory_bytes: int
    accelerators: int
    accelerator_name: str
    network_bytes_per_second: float
    local_nvme_bytes: int
    training_dollars_per_hour: float | None
    rate_source: str
    rate_date: str
    spot_dollars_per_hour: float | None
    spot_source: str
    spot_date: str

    @property
    def accelerated(self) -> bool:
        """Whether it has accelerators."""
        return self.accelerators > 0

    @property
    def rate_is_estimated(self) -> bool:
        """Whether the rate was worked out from the EC2 rate, not found."""
        return self.rate_source.startswith(_ESTIMATED)


def instance_type_names() -> tuple[str, ...]:
    """The names of all instance types, in alphabetical order.

    >>> instance_type_names()[0]
    'ml.c4.2xlarge'
    """
    return tuple(_catalogue())


def instance_type(name: str) -> InstanceType:
    """The instance type of that name.

    Raises:
        ValueError: for a name that is not in the catalogue, with the nearest that is.

    >>> instance_type("ml.p3.2xlarge").accelerator_name
    'v100'
    """
    found = _catalogue().get(name)
    if found is None:
        raise ValueError(f"unknown instance type {name!r}{_nearest(name)}")
    return found


@cache
def _catalogue() -> Mapping[str, InstanceType]:
    from csv import DictReader  # noqa: PLC0415 - read on first use, not on import
    from importlib.resources import files  # noqa: PLC0415 - the same

    text = (files("simjob.spec") / "instances.csv").read_text(encoding="utf-8")
    types = map(_from_row, DictReader(text.splitlines()))
    return MappingProxyType({each.name: each for each in types})


def _from_row(row: Mapping[str, str]) -> InstanceType:
    rate, spot = row["training_dollars_per_hour"], row["spot_dollars_per_hour"]
    mbit = row["network_mbit_per_second"] or _UNKNOWN_NETWORK_MBIT
    return InstanceType(
        name=row["name"],
        family=row["name"].split(".")[1],
        vcpus=int(row["vcpus"]),
        memory_bytes=int(float(row["memory_gib"]) * _GIB),
        accelerators=int(row["accelerators"]),
        accelerator_name=row["accelerator_name"],
        network_bytes_per_second=float(mbit) * _BYTES_PER_MBIT,
        local_nvme_bytes=int(row["local_nvme_gb"]) * _GB,
        training_dollars_per_hour=float(rate) if rate else None,
        rate_source=row["rate_source"],
        rate_date=row["rate_date"],
        spot_dollars_per_hour=float(spot) if spot else None,
        spot_source=row["spot_source"],
        spot_date=row["spot_date"],
    )


def _nearest(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - needed for an error only

    found = get_close_matches(name, instance_type_names(), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
