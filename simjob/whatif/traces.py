"""Traces of arrivals: files of rows, read and checked whole.

- CSV with a header: `at` (seconds, or text such as "1h30m", after the start of the world), and
  where wanted `duration` (of the work on one instance) and `instances`.
- SWF, the Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, `;` begins
  a comment. Of these the submit time (2), the run time (4) and the processors (5) count; a job
  without a run time or processors (-1, or 0) is passed over, for it never ran.

Jobs may arrive for as long as logs last, 30 years; what each lasts has the limit of all durations.
"""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from math import ceil, isfinite
from pathlib import Path
from typing import Final, TypeVar

from simjob.spec.rules import MOST_INSTANCES
from simjob.text_files import UnreadableError, read_text
from simjob.whatif.arrivals import Arrival, Trace
from simjob.world.checks import nearest
from simjob.world.durations import LONGEST, seconds
from simjob.world.load import TableError

_T = TypeVar("_T")
_AT, _DURATION, _INSTANCES = "at", "duration", "instances"
_COLUMNS: Final = (_AT, _DURATION, _INSTANCES)
_SWF_FIELDS: Final = 18
_SUBMIT, _RUN, _PROCESSORS = 1, 3, 4
_LONGEST_LOG: Final = 30 * 366 * 86_400.0
_Numbered = list[tuple[int, list[str]]]
"""Rows, each with the number of the line on which it begins."""


def csv_trace(file: Path) -> Trace:
    """The arrivals of a CSV file.

    Raises:
        TableError: the file cannot be read, or holds mistakes; each with its line and column.
    """
    rows = _csv_rows(file)
    header = [name.strip() for name in rows[0][1]] if rows else []
    mistakes = list(_wrong_header(header))
    if mistakes:
        raise TableError(mistakes, str(file))
    numbered = [(number, cells) for number, cells in rows[1:] if any(cells)]
    return _trace(file, numbered, lambda cells: _csv_arrival(header, cells))


def swf_trace(file: Path, processors_per_instance: int) -> Trace:
    """The arrivals of a log in the Standard Workload Format.

    Raises:
        TableError: the file cannot be read, or holds mistakes; each with its line and field.
    """
    numbered = [
        (number, fields)
        for number, line in enumerate(_text(file).split("\n"), 1)
        if (fields := line.partition(";")[0].split())
    ]
    return _trace(file, numbered, lambda fields: _swf_arrival(fields, processors_per_instance))


class _CellError(ValueError):
    """What is wrong with a row, and in which column (from 1; 0 for the row as a whole)."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(f"column {column}: {problem}" if column else problem)
        self.column = column


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except UnreadableError as error:
        raise TableError([str(error)], str(file)) from None


def _csv_rows(file: Path) -> _Numbered:
    """A cell in quotes may have several lines."""
    reader = csv.reader(StringIO(_text(file)))
    rows: _Numbered = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError([f"line {line}: is no CSV: {error}"], str(file)) from None
    return rows


def _wrong_header(header: list[str]) -> Iterator[str]:
    for at, name in enumerate(header, 1):
        if name not in _COLUMNS:
            yield f"line 1, column {at}: unknown column {name!r}{nearest(name, _COLUMNS)}"
        elif name in header[: at - 1]:
            yield f"line 1, column {at}: column {name!r} comes twice"
    if _AT not in header:
        yield f"line 1: must name the columns, of which {_AT!r} must be one"


def _trace(
    file: Path,
    numbered: _Numbered,
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
    return Arrival(_cell(*given[_AT], _arrives), duration, instances)


def _swf_arrival(fields: list[str], processors_per_instance: int) -> Arrival | None:
    if len(fields) != _SWF_FIELDS:
        raise _CellError(0, f"must have {_SWF_FIELDS} fields, has {len(fields)}")
    submit, run, processors = (
        _cell(place + 1, fields[place], _number) for place in (_SUBMIT, _RUN, _PROCESSORS)
    )
    if run <= 0 or processors <= 0:
        return None
    instances = _cell(_PROCESSORS + 1, str(ceil(processors / processors_per_instance)), _whole)
    at_seconds = _cell(_SUBMIT + 1, str(submit), _arrives)
    return Arrival(at_seconds, _cell(_RUN + 1, str(run), _seconds), instances)


def _cell(column: int, text: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(text.strip())
    except ValueError as error:
        raise _CellError(column, str(error)) from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise ValueError(f"must be a number, is {text!r}")
    return number


def _arrives(text: str) -> float:
    return _seconds(text, _LONGEST_LOG)


def _seconds(text: str, longest: float = LONGEST) -> float:
    try:
        number: object = float(text)
    except ValueError:
        number = text
    return seconds(number, longest)


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_INSTANCES:
        raise ValueError(f"must be a number of instances, 1 to {MOST_INSTANCES}, is {text!r}")
    return int(text)
