"""Paths into the table of a plan, and other values at them.

A path is keys with dots between them; a key that has dots in it stands in quotes, as in TOML. `*`
in the place of a job's name stands for every job.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simjob.world.checks import nearest
from simjob.world.load import TableError

Variation = Mapping[str, object]
"""Values by path."""
Table = Mapping[str, Any]

_STEP: Final = re.compile(r'(?:"([^"]+)"|([A-Za-z0-9_*-]+))(?:\.|$)')


class PlanError(TableError):
    """A plan that cannot be: `mistakes` has a line for each, `file` the place ("" for none).

    >>> print(PlanError(["jobs.train.copies: must be a whole number, 1 or more, is 0"], "p.toml"))
    p.toml: jobs.train.copies: must be a whole number, 1 or more, is 0
    """


def varied(table: Table, variation: Variation) -> dict[str, Any]:
    """A copy of the table with the values of the variation in it.

    Raises:
        PlanError: paths that are none, that name no job of the table, or lead into a value.

    >>> varied({"jobs": {"a": {}, "b": {}}}, {"jobs.*.spot": True})
    {'jobs': {'a': {'spot': True}, 'b': {'spot': True}}}
    """
    changed: dict[str, Any] = copied(table)
    mistakes: list[str] = []
    for path, value in variation.items():
        try:
            for steps in _ways(path, changed.get("jobs", {})):
                _put(changed, steps, value)
        except ValueError as error:
            mistakes.append(f"{path}: {error}")
    if mistakes:
        raise PlanError(mistakes)
    return changed


def overlap(path: str, other: str) -> bool:
    """Whether two paths lead to one place, or one of them into what the other leads to.

    >>> overlap("jobs.*.instances", "jobs.train.instances"), overlap("jobs.a.spot", "jobs.b.spot")
    (True, False)
    >>> overlap("world.spot", "world.spot.discount")
    True
    """
    try:
        ways = [_steps(path), _steps(other)]
    except ValueError:
        return False  # What is no path leads nowhere.
    return all(
        one == two or (place == 1 and ways[0][0] == "jobs" and "*" in {one, two})
        for place, (one, two) in enumerate(zip(*ways, strict=False))
    )


def copied(value: Any) -> Any:  # noqa: ANN401 - of any kind
    """A copy of a plain value: of tables and lists all the way down."""
    if isinstance(value, Mapping):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def _ways(path: str, jobs: Mapping[str, object]) -> Iterator[list[str]]:
    """The steps of a path, once for every job that it is for."""
    steps = _steps(path)
    if steps[0] != "jobs":
        yield steps
    elif len(steps) == 1 or (len(steps) == 2 and steps[1] in {"*", *jobs}):
        raise ValueError("must name a job and one of its keys, such as jobs.train.instances")
    elif steps[1] == "*":
        yield from (["jobs", name, *steps[2:]] for name in jobs)
    elif steps[1] in jobs:
        yield steps
    else:
        raise ValueError(f"there is no job {steps[1]!r}{nearest(steps[1], jobs)}")


def _steps(path: str) -> list[str]:
    steps: list[str] = []
    at = 0
    while found := _STEP.match(path, at):
        steps.append(found[1] or found[2])
        at = found.end()
    if at < len(path) or not path or path.endswith("."):
        raise ValueError("must be keys with dots between them, such as jobs.train.instances")
    return steps


def _put(table: dict[str, Any], steps: list[str], value: object) -> None:
    place: Any = table
    for step in steps[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise ValueError(f"leads into {step}, which is no table, but {place!r}")  # noqa: TRY004 - a mistake of the plan's
    place[steps[-1]] = copied(value)
