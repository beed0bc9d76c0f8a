"""Traces of the spot market: CSV files of when a zone was up and when it was down.

The form is this project's own, and plain enough for a line of any script to write: a header
`time,state`, then a row for each change, or for each look. How other traces are turned into it is
shown in docs/what-if.md.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from os import PathLike, fspath
from os.path import join
from typing import NamedTuple, NoReturn

import attrs

from simjob.text_files import UnreadableError, read_text
from simjob.world.durations import LONGEST
from simjob.world.market import Outage

_HEADER = "time,state"
_STATES = ("up", "down")


class TraceError(ValueError):
    """A file that is no trace; the message begins with the file, the line and the column."""


class _Row(NamedTuple):
    line: int
    at: float
    state: str


def read_trace(path: str | PathLike[str], start: datetime | None = None) -> tuple[Outage, ...]:
    """The outages that a CSV file tells of.

    The header is `time,state`. The times are ascending: numbers of seconds since the start of the
    world, or ISO 8601 instants with an offset. A state is `up` or `down` and holds until the next
    row; it may be the same again. Before the first row the zone is up, and the last row must say
    `up`, so that every outage has an end. What lies before the start of the world is cut off.

    Args:
        path: of the file, in UTF-8.
        start: of the world, from which instants are counted; without it, times must be numbers.

    Raises:
        TraceError: for a file that cannot be read, and for the first row that is wrong.
    """
    name = fspath(path)
    try:
        lines = read_text(path).split("\n")
    except UnreadableError as error:
        raise TraceError(f"{name}: {error}") from error
    return tuple(_outages(name, _rows(name, lines, start)))


def with_outages(
    data: Mapping[str, object], base: str | PathLike[str], default_start: object
) -> Mapping[str, object]:
    """The plain table of a world, where the traces of zones have become the outages they tell of.

    Paths are relative to the folder `base`. What is wrong with a trace stands in its place then,
    for whoever builds the world to say.
    """
    match data:
        case {"spot": {"zones": [*zones], **market}}:
            start = data.get("start", default_start)
            if not isinstance(start, datetime) or start.utcoffset() is None:
                start = None
            found = [_with_its_outages(each, base, start) for each in zones]
            return {**data, "spot": {**market, "zones": found}}
    return data


def _with_its_outages(zone: object, base: str | PathLike[str], start: datetime | None) -> object:
    match zone:
        case {"trace": str(trace), **rest} if "outages" not in rest:
            try:
                outages = read_trace(join(base, trace), start)  # noqa: PTH118 - as below
            except TraceError as error:
                return {**rest, "trace": error}
            return {**rest, "outages": [attrs.asdict(each) for each in outages]}
    return zone


def _outages(name: str, rows: list[_Row]) -> Iterator[Outage]:
    down: float | None = None
    for row in rows:
        if row.state == "down" and down is None:
            down = max(0.0, row.at)
        elif row.state == "up" and down is not None:
            if row.at > down:
                yield Outage(down, row.at)
            down = None
    if down is not None:
        _refuse(name, rows[-1].line, 1, "the last row must be up, or its outage has no end")


def _rows(name: str, lines: list[str], start: datetime | None) -> list[_Row]:
    if lines[0].strip() != _HEADER:
        _refuse(name, 1, 1, f"the header must be {_HEADER!r}, is {lines[0]!r}")
    rows: list[_Row] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        time, comma, state = line.partition(",")
        if not comma or "," in state:
            fields = line.count(",") + 1
            _refuse(name, number, 1, f"a row has 2 fields, this one {fields}: {line!r}")
        at, problem = _seconds(time.strip(), start)
        if not problem and rows and at <= rows[-1].at:
            problem = f"times must ascend, {time.strip()} comes after a row as late"
        if problem:
            _refuse(name, number, _column(time), problem)
        if state.strip() not in _STATES:
            column = len(time) + 1 + _column(state)
            _refuse(name, number, column, f"a state is 'up' or 'down', not {state.strip()!r}")
        rows.append(_Row(number, at, state.strip()))
    return rows


def _seconds(text: str, start: datetime | None) -> tuple[float, str]:
    """The seconds since the start of the world that a time says, and what is wrong with it."""
    try:
        at = float(text)
    except ValueError:
        return _since(text, start)
    if not math.isfinite(at) or not 0 <= at <= LONGEST:
        return at, f"seconds are from 0 to {LONGEST:.0f} (366 days), not {text}"
    return at, ""


def _since(text: str, start: datetime | None) -> tuple[float, str]:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return 0.0, f"a time is a number of seconds or an ISO 8601 instant, not {text!r}"
    if instant.utcoffset() is None:
        return 0.0, f"an instant must have an offset, such as Z; {text} has none"
    if start is None:
        return 0.0, f"an instant needs to know the start of the world: {text}"
    at = (instant - start).total_seconds()
    if at > LONGEST:
        return at, f"{text} is more than 366 days after the start of the world"
    return at, ""


def _column(field: str) -> int:
    """Where the text of a field begins, counted from 1."""
    return len(field) - len(field.lstrip()) + 1


def _refuse(name: str, line: int, column: int, problem: str) -> NoReturn:
    raise TraceError(f"{name}: line {line}, column {column}: {problem}")
