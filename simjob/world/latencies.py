"""How long the service itself takes, by phase and instance type, with measured defaults.

The workload's own time and the time that bytes take on the network do not live here.

The defaults are computed from public run logs of 2018-2026, collected 2026-11. A family with eight
or more measurements since 2023-12 (when the service began to pull the image in Downloading) uses
those, another family with eight or more uses all its years, and the rest use their group: all
types with or without accelerators, since 2023-12 if there are eight, else of all years. A family
whose median is 0 is left to its group too. Percentiles are of whole seconds, interpolated.
"""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Final, TypeVar

from attrs import field, fields, frozen

from simjob.spec.instances import InstanceType, instance_type_names
from simjob.world.checks import (
    FieldError,
    check_table,
    convert_all,
    key,
    named,
    nearest,
    table,
    within,
)
from simjob.world.distributions import Distribution, Lognormal, as_distribution

_T = TypeVar("_T")
_ALL: Final = "2018-10 to 2026-03"
_RECENT: Final = "2023-12 to 2026-03"
_GROUPS: Final = ("cpu", "accelerated")
_EVERYTHING: Final = "*"

MEASURED: Final[tuple[tuple[str, str, str, str, int, float, float], ...]] = (
    # The columns: phase, group, key, period, measurements, median seconds, 90th percentile seconds.
    ("launching", "cpu", "c4", _ALL, 69, 70, 94.4),
    ("launching", "cpu", "c5", _ALL, 49, 84, 92),
    ("launching", "cpu", "m4", _ALL, 69, 68, 92.2),
    ("launching", "cpu", "m5", _RECENT, 40, 15, 25.1),
    ("launching", "cpu", "cpu", _RECENT, 46, 15, 25.5),
    ("launching", "accelerated", "g4dn", _ALL, 13, 16, 29.2),
    ("launching", "accelerated", "g5", _ALL, 13, 25, 64.6),
    ("launching", "accelerated", "p2", _ALL, 29, 75, 107.8),
    ("launching", "accelerated", "p3", _ALL, 91, 84, 114),
    ("launching", "accelerated", "p4d", _ALL, 23, 45, 57.4),
    ("launching", "accelerated", "accelerated", _RECENT, 9, 50, 103),
    ("preparing", "cpu", "c4", _ALL, 69, 76, 96.6),
    ("preparing", "cpu", "c5", _ALL, 49, 56, 96.8),
    ("preparing", "cpu", "m4", _ALL, 69, 67, 94),
    ("preparing", "cpu", "m5", _RECENT, 40, 26, 31),
    ("preparing", "cpu", "cpu", _RECENT, 46, 27, 34),
    ("preparing", "accelerated", "g4dn", _ALL, 13, 64, 76.8),
    ("preparing", "accelerated", "g5", _ALL, 13, 65, 98.6),
    ("preparing", "accelerated", "p2", _ALL, 29, 87, 117.2),
    ("preparing", "accelerated", "p3", _ALL, 91, 90, 234),
    ("preparing", "accelerated", "p4d", _ALL, 23, 266, 502.4),
    ("preparing", "accelerated", "accelerated", _RECENT, 9, 67, 287),
    ("downloading", "cpu", "c4", _ALL, 38, 9.5, 41),
    ("downloading", "cpu", "c5", _ALL, 39, 9, 38),
    ("downloading", "cpu", "m4", _ALL, 54, 25.5, 39),
    ("downloading", "cpu", "m5", _RECENT, 37, 30, 45.4),
    ("downloading", "cpu", "cpu", _RECENT, 43, 26, 44.2),
    ("downloading", "accelerated", "g4dn", _ALL, 13, 51, 156),
    ("downloading", "accelerated", "g5", _ALL, 13, 20, 82),
    ("downloading", "accelerated", "p2", _ALL, 27, 28, 84),
    ("downloading", "accelerated", "p3", _ALL, 87, 25, 80.6),
    ("downloading", "accelerated", "p4d", _ALL, 21, 10, 35),
    ("downloading", "accelerated", "accelerated", _RECENT, 9, 30, 48.2),
    ("image_pull", "cpu", "c4", _ALL, 27, 30, 60.4),
    ("image_pull", "cpu", "c5", _ALL, 27, 33, 100),
    ("image_pull", "cpu", "m4", _ALL, 26, 40.5, 62),
    ("image_pull", "cpu", "m5", _RECENT, 37, 51, 114.6),
    ("image_pull", "cpu", "cpu", _RECENT, 43, 51, 126.8),
    ("image_pull", "accelerated", "g4dn", _ALL, 12, 145.5, 254.5),
    ("image_pull", "accelerated", "g5", _ALL, 11, 186, 276),
    ("image_pull", "accelerated", "p2", _ALL, 26, 71.5, 302),
    ("image_pull", "accelerated", "p3", _ALL, 78, 99, 241),
    ("image_pull", "accelerated", "p4d", _ALL, 18, 199, 259.5),
    ("image_pull", "accelerated", "accelerated", _ALL, 147, 126, 264.6),
    ("uploading", "cpu", "c5", _ALL, 41, 5, 107),
    ("uploading", "cpu", "m5", _RECENT, 40, 13, 15.3),
    ("uploading", "cpu", "cpu", _RECENT, 45, 13, 15),
    ("uploading", "accelerated", "g4dn", _ALL, 10, 36, 582),
    ("uploading", "accelerated", "g5", _ALL, 9, 11, 86),
    ("uploading", "accelerated", "p2", _ALL, 20, 7.5, 54.4),
    ("uploading", "accelerated", "p3", _ALL, 65, 6, 64.6),
    ("uploading", "accelerated", "p4d", _ALL, 11, 31, 36),
    ("uploading", "accelerated", "accelerated", _ALL, 116, 7, 67),
)


@cache
def _defaults(phase: str) -> Mapping[str, Distribution]:
    return {name: Lognormal(m, p90) for of, _, name, _, _, m, p90 in MEASURED if of == phase}


def _copied_defaults(phase: str) -> dict[str, Distribution]:
    return dict(_defaults(phase))


def _distributions(value: Mapping[str, object]) -> dict[str, Distribution]:
    given = table(value)
    steps = [key(str(name)) for name in given]
    return dict(zip(given, convert_all(steps, given.values(), as_distribution), strict=True))


def latency_key(value: object) -> str:
    """What is wrong with a key of a table of latencies; "" for nothing."""
    if value == _EVERYTHING or value in _GROUPS or value in _known_families():
        return ""
    types = instance_type_names()
    names = {*types, *(name.split(".")[1] for name in types), *_GROUPS, _EVERYTHING}
    return "" if value in names else f"unknown instance type or family{nearest(str(value), names)}"


@cache
def _known_families() -> frozenset[str]:
    return frozenset(row[2] for row in MEASURED)


@frozen(field_transformer=named)
class Latencies:
    """The time of each phase of the service, one table for each phase.

    A table's keys are instance types ("ml.m5.large"), families ("m5"), "cpu" or "accelerated", and
    "*"; `lookup` tries them in this order. A table that is given here replaces the default table;
    `over_defaults` keeps the defaults that it does not cover.

    Args:
        launching: from the creation of the job, or the grant of capacity, to a launched instance.
        preparing: from there to an instance that can download.
        downloading: the fixed time of Downloading, without the time of the bytes.
        image_pull: of the training image.
        uploading: the fixed time of Uploading, without the time of the bytes.

    Raises:
        ValueError: for unknown keys, and for what is no distribution and no duration.

    >>> from simjob.spec.instances import instance_type
    >>> lookup(Latencies().launching, instance_type("ml.m5.large"))
    Lognormal(median=15.0, p90=25.1)
    """

    launching: Mapping[str, Distribution] = field(
        factory=partial(_copied_defaults, "launching"),
        converter=_distributions,
        validator=check_table(latency_key),
    )
    preparing: Mapping[str, Distribution] = field(
        factory=partial(_copied_defaults, "preparing"),
        converter=_distributions,
        validator=check_table(latency_key),
    )
    downloading: Mapping[str, Distribution] = field(
        factory=partial(_copied_defaults, "downloading"),
        converter=_distributions,
        validator=check_table(latency_key),
    )
    image_pull: Mapping[str, Distribution] = field(
        factory=partial(_copied_defaults, "image_pull"),
        converter=_distributions,
        validator=check_table(latency_key),
    )
    uploading: Mapping[str, Distribution] = field(
        factory=partial(_copied_defaults, "uploading"),
        converter=_distributions,
        validator=check_table(latency_key),
    )

    @classmethod
    def over_defaults(cls, tables: Mapping[str, Mapping[str, object]]) -> "Latencies":
        """The defaults with some keys set otherwise, as a world file does it.

        A key hides the default of the same key and the more special ones: "*" hides all, "cpu"
        and "accelerated" hide their families.

        Args:
            tables: for some phases, some keys and their distributions or durations.

        Raises:
            ValueError: for unknown phases and keys, and for what is no distribution.

        >>> changed = Latencies.over_defaults({"launching": {"m5": 10}})
        >>> changed.launching["m5"], changed.launching["c5"]
        (Constant(value=10.0), Lognormal(median=84.0, p90=92.0))
        """
        phases = {attribute.name for attribute in fields(cls)}
        for phase in tables:
            if phase not in phases:
                raise FieldError(phase, f"unknown key{nearest(phase, phases)}")
        given = {phase: within(phase, _distributions)(each) for phase, each in tables.items()}
        return cls(**{phase: _kept(phase, own) | own for phase, own in given.items()})


def _kept(phase: str, hiding: Iterable[str]) -> dict[str, Distribution]:
    """The defaults of a phase that the given keys do not hide."""
    hidden = set(hiding)
    kept = {row[2] for row in MEASURED if row[0] == phase and not hidden & {_EVERYTHING, *row[1:3]}}
    return {name: each for name, each in _defaults(phase).items() if name in kept}


def lookup(table: Mapping[str, _T], type: InstanceType) -> _T | None:  # noqa: A002 - reads best
    """What a table says of an instance type: by its name, its family, its group, or "*".

    Args:
        table: values by key, as in `Latencies`.
        type: the instance type.

    Returns:
        The value of the first key that is there; None without one.

    >>> from simjob.spec.instances import instance_type
    >>> lookup({"cpu": 1, "m5": 2}, instance_type("ml.m5.large"))
    2
    """
    for name in (type.name, type.family, _GROUPS[type.accelerated], _EVERYTHING):
        if name in table:
            return table[name]
    return None
