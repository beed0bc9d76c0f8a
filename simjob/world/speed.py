"""Tables of speed: by instance type, and by number of instances.

What they are the speed of is told by the workload that holds them.
"""

from bisect import bisect
from collections.abc import Mapping
from typing import Any, Final, cast

from simjob.world.checks import Table, check_table, positive, table
from simjob.world.latencies import latency_key

NO_SPEEDS: Final[Mapping[str, float]] = Table()
NO_SPEED_UPS: Final = cast("Mapping[int, float]", Table[Any]())
_FEWEST: Final = 2


def by_type(value: object) -> Mapping[str, float]:
    """A table by instance type; a number stands for all types.

    Raises:
        ValueError: for anything else.

    >>> by_type(90)
    {'*': 90}
    """
    if isinstance(value, int | float):
        return Table({"*": value})
    return table(value)  # type: ignore[arg-type]  # it refuses what is none


def by_count(value: object) -> Mapping[int, float]:
    """A table by number of instances, in their order; in a file the numbers are text.

    Raises:
        ValueError: for what is no table.

    >>> by_count({"4": 3.4, "2": 1.9})
    {2: 1.9, 4: 3.4}
    """
    given: Mapping[Any, float] = table(value)  # type: ignore[arg-type]  # as above
    items = {_number(name): item for name, item in given.items()}
    if all(isinstance(count, int) for count in items):
        items = dict(sorted(items.items()))
    return cast("Mapping[int, float]", Table[Any](items))


def _number(name: Any) -> Any:  # noqa: ANN401 - of any kind, to be judged by _count
    return int(name) if isinstance(name, str) and name.isdecimal() else name


def _count(value: object) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= _FEWEST
    return "" if right else f"must be a number of instances, {_FEWEST} or more"


check_by_type: Final = check_table(latency_key, positive)
check_by_count: Final = check_table(_count, positive)


def speed_up(measured: Mapping[int, float], instances: int) -> float:
    """How much faster so many instances are than one.

    Between two measured numbers, one instance among them, it lies on the straight line; beyond the
    last it stays as it is there.

    Args:
        measured: speed-ups by number of instances, 2 or more, in their order.
        instances: 1 or more.

    >>> [speed_up({2: 1.9, 4: 3.4}, count) for count in (1, 2, 3, 4, 8)]
    [1.0, 1.9, 2.65, 3.4, 3.4]
    """
    counts = [1, *measured]
    speeds = [1.0, *measured.values()]
    after = bisect(counts, instances)
    if after == len(counts):
        return speeds[-1]
    share = (instances - counts[after - 1]) / (counts[after] - counts[after - 1])
    return speeds[after - 1] + share * (speeds[after] - speeds[after - 1])
