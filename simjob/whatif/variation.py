"""Variations of a plan: which paths of it get which values, and how a variation is called.

A grid takes every combination of values; a list says each variation itself. What a path means is
the plan's own affair (`Plan.varied`).
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import combinations, product
from typing import Final

from attrs import frozen

from simjob.whatif.paths import PlanError, overlap
from simjob.whatif.plan import Plan
from simjob.world.checks import line
from simjob.world.load import TableError

Vary = Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]]
AS_PLANNED: Final = "as planned"
"""The label of the plan without any change."""
_NAME: Final = "name"
_TOKEN: Final = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|.""", re.DOTALL)
"""Text in quotes as TOML has them, else a character."""


class SweepError(TableError):
    """A sweep that cannot be run: `mistakes` has a line for each. Nothing was run.

    >>> print(SweepError(["replications: must be 1 or more, is 0"]))
    replications: must be 1 or more, is 0
    """


@frozen
class Variation:
    """What one variation changes, by dotted paths of the plan's table, and its label."""

    label: str
    changes: Mapping[str, object]


def parse(texts: Iterable[str]) -> dict[str, list[object]]:
    """The grid that `PATH=VALUE,VALUE...` spell; a value is one of TOML, else text.

    Commas in brackets, braces and quotes are part of a value.

    Raises:
        SweepError: for text without path or values, and for a path that comes twice.

    >>> parse(["jobs.train.instances=1,2,4", "jobs.train.instance_type=ml.p3.2xlarge"])
    {'jobs.train.instances': [1, 2, 4], 'jobs.train.instance_type': ['ml.p3.2xlarge']}
    """
    mistakes = []
    vary: dict[str, list[object]] = {}
    for text in texts:
        path, equals, values = (part.strip() for part in text.partition("="))
        if not path or not equals:
            mistakes.append(f"--vary: must be PATH=VALUE,VALUE..., is {text!r}")
        elif path in vary:
            mistakes.append(f"--vary: {path} comes twice")
        else:
            vary[path] = _values(values)
            if not all(_pieces(values)):
                mistakes.append(f"--vary: {path} must have values between commas, has {values!r}")
    if mistakes:
        raise SweepError(mistakes)
    return vary


def parse_list(rows: Iterable[Sequence[str]]) -> list[dict[str, object]]:
    """The list of variations that rows of `PATH=VALUE` spell, each as `variations` takes it.

    A value is one of TOML, else text; `name=TEXT` is the label; a row of nothing is the plan as it
    is.

    Raises:
        SweepError: for text without path or value, and for a path that comes twice in a row.

    >>> parse_list([[], ["jobs.train.spot=true", "jobs.train.instances=4", "name=cheap"]])
    [{}, {'jobs.train.spot': True, 'jobs.train.instances': 4, 'name': 'cheap'}]
    """
    mistakes = []
    found: list[dict[str, object]] = []
    for texts in rows:
        row: dict[str, object] = {}
        for text in texts:
            path, _, value = (part.strip() for part in text.partition("="))
            if not path or not value:
                mistakes.append(f"--variation: must be PATH=VALUE, is {text!r}")
            elif path in row:
                mistakes.append(f"--variation: {path} comes twice in {' '.join(texts)!r}")
            else:
                row[path] = value if path == _NAME else _value(value)
        found.append(row)
    if mistakes:
        raise SweepError(mistakes)
    return found


def _values(text: str) -> list[object]:
    parsed = _toml(text)
    return [_value(piece) for piece in _pieces(text)] if parsed is None else parsed


def _pieces(text: str) -> list[str]:
    """What stands between commas, but for those in brackets, braces and quotes that are closed."""
    pieces, depth = [""], 0
    for sign in _TOKEN.findall(text.removesuffix(",")):
        if sign == "," and depth == 0:
            pieces.append("")
        else:
            depth += (sign in {"[", "{"}) - (sign in {"]", "}"})
            pieces[-1] += sign
    whole = pieces if depth == 0 else text.removesuffix(",").split(",")
    return [piece.strip() for piece in whole]


def _value(text: str) -> object:
    parsed = _toml(text)
    return text if parsed is None or len(parsed) != 1 else parsed[0]


def _toml(text: str) -> list[object] | None:
    try:
        table = tomllib.loads(f"v = [{text}]")
    except tomllib.TOMLDecodeError:
        return None
    return table["v"] if len(table) == 1 else None


def variations(vary: Vary, where: str = "vary") -> tuple[Variation, ...]:
    """The variations of a grid (a mapping) or of a list of mappings; labels tell them apart.

    The first path of a grid changes slowest. In a list the key "name" is the label; without it a
    label is made of what is changed. `where` is what mistakes are found in.

    Raises:
        SweepError: for an empty grid or list, for values that are no list, for what is no mapping,
            for paths of a grid that overlap, for two variations that are the same, and for a label
            that is not one line of printable text.

    >>> [each.label for each in variations({"jobs.a.spot": [False, True], "jobs.a.copies": [2]})]
    ['spot=false, copies=2', 'spot=true, copies=2']
    >>> variations([{"name": "cheap", "jobs.a.spot": True}])
    (Variation(label='cheap', changes={'jobs.a.spot': True}),)
    """
    rows = _grid(vary, where) if isinstance(vary, Mapping) else _list(vary, where)
    names = _short([path for row in rows for path in row if path != _NAME])
    found = []
    for row in rows:
        changes = {path: value for path, value in row.items() if path != _NAME}
        made = ", ".join(f"{names[path]}={spelled(value)}" for path, value in changes.items())
        found.append(Variation(str(row.get(_NAME, made or AS_PLANNED)), changes))
    labels = [each.label for each in found]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    mistakes = [f"{where}: two variations are called {label!r}" for label in twice]
    for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
        if problem := line(label):
            mistakes.append(
                f"{where}[{place}].name: {problem}"
                if _NAME in row
                else f"{where}: the label {problem}"
            )
    if mistakes:
        raise SweepError(mistakes)
    return tuple(found)


def planned(plan: Plan) -> list[tuple[Variation, Plan]]:
    """The variations that a plan's own file asks for, `[[variations]]`, `[vary]` or none.

    Raises:
        SweepError: as `variations`, and for what cannot be in one of them.
    """
    if "variations" in plan.table:
        rows = variations(plan.variations, "variations")
        return _each(plan, rows, [f"variations[{place}]: " for place in range(len(rows))])
    if "vary" in plan.table:
        rows = variations(plan.vary)
        return _each(plan, rows, [f"vary: {each.label!r}: " for each in rows], "vary: ")
    return [(Variation(AS_PLANNED, {}), plan)]


def given(plan: Plan, vary: Vary) -> list[tuple[Variation, Plan]]:
    """The same for variations that do not stand in the plan.

    Raises:
        SweepError: likewise.
    """
    rows = variations(vary)
    return _each(plan, rows, [f"variation {each.label!r}: " for each in rows], "")


def _each(
    plan: Plan, rows: Sequence[Variation], leads: Sequence[str], everywhere: str | None = None
) -> list[tuple[Variation, Plan]]:
    """The plan in each variation.

    Args:
        plan: what is varied.
        rows: the variations.
        leads: what a mistake begins with, for each of them.
        everywhere: the same for a mistake that is in all of them; then one that is not is told of
            the first only. None to tell it of each.
    """
    found = []
    wrong: dict[str, list[str]] = {}
    for row, lead in zip(rows, leads, strict=True):
        try:
            found.append((row, plan.varied(row.changes) if row.changes else plan))
        except PlanError as error:
            for mistake in error.mistakes:
                wrong.setdefault(mistake, []).append(lead)
    mistakes = []
    for mistake, places in wrong.items():
        told = places
        if everywhere is not None:
            told = [everywhere] if len(places) == len(rows) else places[:1]
        mistakes += [lead + mistake for lead in told]
    if mistakes:
        raise SweepError(mistakes)
    return found


def _grid(vary: Mapping[str, Sequence[object]], where: str) -> list[dict[str, object]]:
    mistakes = []
    for path, values in vary.items():
        if isinstance(values, str) or not isinstance(values, Sequence):
            mistakes.append(f"{where}: {path} must have a list of values, has {values!r}")
        elif not values:
            mistakes.append(f"{where}: {path} has no values: the grid is empty")
    mistakes += [
        f"{where}: {one} and {other} overlap: the value of one would replace that of the other"
        for one, other in combinations(vary, 2)
        if overlap(one, other)
    ]
    if not vary:
        mistakes.append(f"{where}: the grid is empty: it has no paths")
    if mistakes:
        raise SweepError(mistakes)
    return [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]


def _list(vary: Sequence[Mapping[str, object]], where: str) -> list[Mapping[str, object]]:
    mistakes = [
        f"{where}[{place}]: must be a mapping of paths to values, is {row!r}"
        for place, row in enumerate(vary)
        if not isinstance(row, Mapping)
    ]
    if not vary:
        mistakes.append(f"{where}: the list of variations is empty")
    if mistakes:
        raise SweepError(mistakes)
    return list(vary)


def _short(paths: Iterable[str]) -> dict[str, str]:
    """For each path the shortest end that no other path has."""
    steps = {path: path.split(".") for path in paths}
    names = {}
    for path, own in steps.items():
        others = [other for other in steps.values() if other is not own]
        length = 1
        while length < len(own) and any(own[-length:] == each[-length:] for each in others):
            length += 1
        names[path] = ".".join(own[-length:])
    return names


def spelled(value: object) -> str:
    r"""A value as text: printable text as it is, everything else as TOML or JSON would have it.

    >>> spelled(True), spelled("2h"), spelled([1, 2]), spelled("two\nlines")
    ('true', '2h', '[1, 2]', '"two\\nlines"')
    """
    if isinstance(value, str) and value.isprintable():
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return json.dumps(value, default=str)
