"""Traces of arrivals: files of rows, read and checked whole.

- CSV with a header: `at` (seconds, or text such as "1h30m", after the start of the world), and
  where wanted `duration` (of the work on one instance) and `instances`.
- SWF, the Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, `;` begins
  a comment. Of these the submit time (2), the run time (4) and the processors (5) count; a job
  without a run time or processors (-1, or 0) is passed over, for it never ran.
"""

import csv
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Final, TypeVar

from simjob.spec.rules import MOST_INSTANCES
from simjob.whatif.arrivals import Arrival, Trace
from simjob.world.checks import nearest
from simjob.world.durations import seconds
from simjob.world.load import TableError

_T = TypeVar("_T")
_AT, _DURATION, _INSTANCES = "at", "duration", "instances"
_COLUMNS: Final = (_AT, _DURATION, _INSTANCES)
_SWF_FIELDS: Final = 18
_SUBMIT, _RUN, _PROCESSORS = 1, 3, 4


def csv_trace(file: Path) -> Trace:
    """The arrivals of a CSV file.

    Raises:
        TableError: the file cannot be read, or holds mistakes; each with its line and column.
    """
    rows = list(csv.reader(_lines(file)))
    header = [name.strip() for name in rows[0]] if rows else []
    mistakes = [
        f"line 1, column {at}: unknown column {name!r}{nearest(name, _COLUMNS)}"
        for at, name in enumerate(header, 1)
        if name not in _COLUMNS
    ]
    if _AT not in header:
        mistakes.append(f"line 1: must name the columns, of which {_AT!r} must be one")
    if mistakes:
        raise TableError(mistakes, str(file))
    numbered = [(number, cells) for number, cells in enumerate(rows[1:], 2) if any(cells)]
    return _trace(file, numbered, lambda cells: _csv_arrival(header, cells))


def swf_trace(file: Path, processors_per_instance: int) -> Trace:
    """The arrivals of a log in the Standard Workload Format.

    Raises:
        TableError: the file cannot be read, or holds mistakes; each with its line and field.
    """
    numbered = [
        (number, fields)
        for number, line in enumerate(_lines(file), 1)
        if (fields := line.partition(";")[0].split())
    ]
    return _trace(file, numbered, lambda fields: _swf_arrival(fields, processors_per_instance))


class _CellError(ValueError):
    """What is wrong with a row, and in which column (from 1; 0 for the row as a whole)."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(f"column {column}: {problem}" if column else problem)
        self.column = column


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TableError([f"cannot be read: {error.strerror}"], str(file)) from None
    except UnicodeDecodeError as error:
        raise TableError([f"must be UTF-8 text, is not at byte {error.start}"], str(file)) from None


def _trace(
    file: Path,
    numbered: list[tuple[int, list[str]]],
    read: Callable[[list[str]], Arrival | None],
) -> Trace:
    arrivals: list[Arrival] = []
    mistakes: list[str] = []
    for number, cells in numbered:
        try:
            arrival = read(cells)
        except _CellError as error:
            where = f"line {number}, " if error.column else f"line {number}: "
            mistakes.append(f"{where}{error}")
        else:
            arrivals += [arrival] if arrival else []
    if not (arrivals or mistakes):
        mistakes.append("must hold at least one arrival")
    if mistakes:
        raise TableError(mistakes, str(file))
    return Trace(str(file), tuple(sorted(arrivals, key=lambda arrival: arrival.at_seconds)))


def _csv_arrival(header: list[str], cells: list[str]) -> Arrival:
    if len(cells) != len(header):
        raise _CellError(0, f"must have {len(header)} cells, as the header has, has {len(cells)}")
    given = {name: (at, cell) for at, (name, cell) in enumerate(zip(header, cells, strict=True), 1)}
    duration = instances = None
    if given.get(_DURATION, (0, ""))[1].strip():
        duration = _cell(*given[_DURATION], _seconds)
    if given.get(_INSTANCES, (0, ""))[1].strip():
        instances = _cell(*given[_INSTANCES], _whole)
    return Arrival(_cell(*given[_AT], _seconds), duration, instances)


def _swf_arrival(fields: list[str], processors_per_instance: int) -> Arrival | None:
    if len(fields) != _SWF_FIELDS:
        raise _CellError(0, f"must have {_SWF_FIELDS} fields, has {len(fields)}")
    submit, run, processors = (
        _cell(place + 1, fields[place], float) for place in (_SUBMIT, _RUN, _PROCESSORS)
    )
    if run <= 0 or processors <= 0:
        return None
    instances = _cell(_PROCESSORS + 1, str(ceil(processors / processors_per_instance)), _whole)
    at_seconds = _cell(_SUBMIT + 1, str(submit), _seconds)
    return Arrival(at_seconds, _cell(_RUN + 1, str(run), _seconds), instances)


def _cell(column: int, text: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(text.strip())
    except ValueError as error:
        raise _CellError(column, str(error)) from None


def _seconds(text: str) -> float:
    try:
        number: object = float(text)
    except ValueError:
        number = text
    return seconds(number)


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_INSTANCES:
        raise ValueError(f"must be a number of instances, 1 to {MOST_INSTANCES}, is {text!r}")
    return int(text)
