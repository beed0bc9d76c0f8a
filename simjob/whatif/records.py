"""Recorded jobs: DescribeTrainingJob replies read from files, checked, with times as numbers.

A record is read by the shapes of the live edition, which know every member that the others know.
Times are taken as the AWS CLI and boto3 write them: epoch seconds (version 1 of the CLI), ISO 8601
with an offset (version 2, and Python's `str`), or `datetime` objects. What is learned from records
is the matter of `calibration` and `replaying`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike, fspath
from typing import Final

from attrs import frozen

from simjob.engine.clock import epoch_ms
from simjob.json_files import kind_of, read_json
from simjob.spec.constraints import Constraint, Timestamp
from simjob.spec.containers import ListOf, Nested
from simjob.spec.editions import Column
from simjob.spec.errors import Kind, Violation
from simjob.spec.instances import InstanceType, instance_type
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.statuses import SecondaryStatus
from simjob.spec.wire import InvalidRequest, structure, structure_unchecked
from simjob.text_files import UnreadableError
from simjob.world.checks import type_name
from simjob.world.durations import milliseconds
from simjob.world.load import TableError

OUTSIDE: Final = frozenset(
    {
        "AutoMLJobArn",
        "BillableTokenCount",
        "DebugRuleEvaluationStatuses",
        "MlflowDetails",
        "OutputModelPackageArn",
        "ProfilerRuleEvaluationStatuses",
        "ProfilingStatus",
        "ProgressInfo",
        "WarmPoolStatus",
    }
)
"""Members that tell of what lies outside a simulated job: rules, profiler, warm pools, others.

What they hold is not checked: the service breaks its own patterns there (recorded: a StatusDetails
that ends with a line feed).
"""

_COLUMN: Final = Column.TODAY
_SHAPE: Final = DescribeTrainingJobResponse
_OFFSET: Final = "epoch seconds, or ISO 8601 with an offset such as 2026-01-01T00:00:00Z"
_LAST_MS: Final = 32_503_680_000_000  # the year 3000, where no world begins


class RecordError(TableError):
    """Records that cannot be read: `mistakes` has a line for each, with file, path and reason.

    >>> read_records([{}])
    Traceback (most recent call last):
    ...
    simjob.whatif.records.RecordError: record 1: is no DescribeTrainingJob reply: is empty
    """


@frozen
class Phase:
    """One of the SecondaryStatusTransitions, in milliseconds since the epoch; open without end."""

    status: SecondaryStatus
    start_ms: int
    end_ms: int | None
    message: str

    @property
    def seconds(self) -> float:
        """How long it lasted.

        Raises:
            ValueError: it is still open.
        """
        if self.end_ms is None:
            raise ValueError(f"{self.status} has no end yet")
        return (self.end_ms - self.start_ms) / 1000


@frozen(eq=False)
class Record:
    """One recorded reply of DescribeTrainingJob.

    Attributes:
        source: where it comes from: the name of the file, or its number.
        reply: the members that it has, on the wire form: without nulls, times as epoch seconds.
        typed: the same as a shape.
        unknown: the paths of members that the project does not know.
        phases: its SecondaryStatusTransitions.
    """

    source: str
    reply: Mapping[str, object]
    typed: DescribeTrainingJobResponse
    unknown: tuple[str, ...]
    phases: tuple[Phase, ...]

    @property
    def name(self) -> str:
        """TrainingJobName."""
        return self.typed.TrainingJobName

    @property
    def instance(self) -> InstanceType | None:
        """The facts of its instance type; None for a job that names none (instance groups)."""
        resources = self.typed.ResourceConfig
        if resources is None or resources.InstanceType is None:
            return None
        return instance_type(resources.InstanceType)

    @property
    def instance_count(self) -> int:
        """How many instances it ran on."""
        resources = self.typed.ResourceConfig
        return 1 if resources is None else resources.InstanceCount or 1

    @property
    def modified_ms(self) -> int:
        """LastModifiedTime, in milliseconds since the epoch; without one, the last transition."""
        modified = self.typed.LastModifiedTime
        return self.phases[-1].start_ms if modified is None else milliseconds(modified)

    def not_replayed(self, problem: str) -> RecordError:
        """The error that says why this record cannot be replayed."""
        return RecordError([f"{self.source}: cannot be replayed: {problem}"])


RecordLike = Record | Mapping[str, object] | str | PathLike[str]
"""A record, a reply as boto3 gives it, or the path of a file that holds one."""


def read_records(given: Iterable[RecordLike]) -> tuple[Record, ...]:
    """Records from files and replies; everything that is wrong with any of them is found.

    Raises:
        RecordError: with a line for each mistake.
    """
    records: list[Record] = []
    mistakes: list[str] = []
    for number, each in enumerate(given, 1):
        try:
            records.append(_read(each, number))
        except RecordError as error:
            mistakes += error.mistakes
    if mistakes:
        raise RecordError(mistakes)
    return tuple(records)


def read_record(given: RecordLike) -> Record:
    """One record.

    Raises:
        RecordError: with a line for each mistake.
    """
    return _read(given, 1)


def _read(given: RecordLike, number: int) -> Record:
    if isinstance(given, Record):
        return given
    if isinstance(given, Mapping):
        return _checked(f"record {number}", given)
    source = fspath(given)
    try:
        value = read_json(source)
    except UnreadableError as error:
        raise RecordError([f"{source}: {error}"]) from None
    return _checked(source, value)


def _checked(source: str, value: object) -> Record:
    other = _what_else(value)
    if other or not isinstance(value, Mapping):
        raise RecordError([f"{source}: is no DescribeTrainingJob reply: {other}"])
    reply = _members(_SHAPE, {k: v for k, v in value.items() if k != "ResponseMetadata"})
    unknown: list[str] = []
    mistakes: list[str] = []
    try:
        structure(_SHAPE, reply, _COLUMN)
    except InvalidRequest as invalid:
        for each in invalid.violations:
            if each.kind is Kind.UNKNOWN:
                unknown.append(each.path)
            elif not (each.kind is Kind.CONSTRAINT and _is_outside(each.path)):
                mistakes.append(_worded(each))
    if mistakes:
        raise RecordError([f"{source}: {each}" for each in mistakes])
    typed = structure_unchecked(_SHAPE, reply)
    phases = _phases(typed)
    mistakes = list(_impossible(phases))
    if mistakes:
        raise RecordError([f"{source}: {each}" for each in mistakes])
    return Record(source, reply, typed, tuple(unknown), phases)


def _members(shape: type, value: Mapping[str, object]) -> dict[str, object]:
    """The members that are there, with times as epoch seconds; what is none stays as it is."""
    known = {each.name: each.constraint for each in members(shape, _COLUMN)}
    return {
        name: _plain(known[name], each) if name in known else each
        for name, each in value.items()
        if each is not None
    }


def _plain(constraint: Constraint, value: object) -> object:
    match constraint:
        case Timestamp():
            return _epoch_seconds(value)
        case Nested(shape=shape) if isinstance(value, Mapping):
            return _members(shape, value)
        case ListOf(item=item) if isinstance(value, list | tuple):
            return [_plain(item, each) for each in value]
    return value


def _epoch_seconds(value: object) -> object:
    """A time in whole milliseconds; what is no time with an offset stays as it is."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return epoch_ms(value) / 1000 if value.tzinfo else value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = abs(value) * 1000 < _LAST_MS  # False for NaN and infinity
        return milliseconds(value) / 1000 if exact else str(value)
    return value


def _is_outside(path: str) -> bool:
    top = path.partition(".")[0]
    return top[:1].upper() + top[1:] in OUTSIDE


def _worded(violation: Violation) -> str:
    """The violation as the service words it, but for an instance type, where it lists them all."""
    path, value = violation.path, violation.value
    if path.endswith("instanceType") and isinstance(value, str) and (problem := type_name(value)):
        return f"{path}: {problem}"
    is_time = violation.clause.endswith(Timestamp.json_type)
    return f"{violation.text} ({_OFFSET})" if is_time else violation.text


def _phases(typed: DescribeTrainingJobResponse) -> tuple[Phase, ...]:
    entries = typed.SecondaryStatusTransitions or ()
    return tuple(
        Phase(
            SecondaryStatus(each.Status),
            milliseconds(each.StartTime),
            None if each.EndTime is None else milliseconds(each.EndTime),
            each.StatusMessage or "",
        )
        for each in entries
    )


def _impossible(phases: tuple[Phase, ...]) -> Iterable[str]:
    """What no job can have lived through."""
    if not phases:
        yield "SecondaryStatusTransitions: must be there, and hold at least one"
    for number, each in enumerate(phases, 1):
        where = f"secondaryStatusTransitions.{number}.member"
        if each.end_ms is not None and each.end_ms < each.start_ms:
            yield f"{where}: ends {(each.start_ms - each.end_ms) / 1000:g} s before it starts"
        if each.end_ms is None and number < len(phases):
            yield f"{where}: has no end, and yet {phases[number].status} follows"
        elif number < len(phases) and phases[number].start_ms != each.end_ms:
            yield f"{where}: must end when {phases[number].status} starts"


def _what_else(value: object) -> str:
    """What a value is that cannot be a reply of DescribeTrainingJob; "" where it can."""
    if not isinstance(value, Mapping):
        return f"holds {kind_of(value)}, not an object"
    if not value:
        return "is empty"
    if {"TrainingJobStatus", "SecondaryStatus", "SecondaryStatusTransitions"} & value.keys():
        return ""
    for member, what in _OTHERS.items():
        if member in value:
            return f"seems to be {what}"
    return f"has none of its members; has {', '.join(map(str, list(value)[:3]))}"


_OTHERS: Final = {
    "TrainingJobSummaries": "a reply of ListTrainingJobs",
    "Results": "a reply of Search",
    "detail-type": "an event of EventBridge",
    "TransformJobName": "of a transform job",
    "ProcessingJobName": "of a processing job",
    "HyperParameterTuningJobName": "of a tuning job",
    "TrainingJobName": "a CreateTrainingJob request",
    "TrainingJobArn": "a reply of CreateTrainingJob",
    "Error": "an error of the service",
}
