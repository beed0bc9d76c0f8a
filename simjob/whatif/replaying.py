"""Replay: a recorded job lived again from its own durations, and compared member by member.

What is compared is all that the record has: each leaf of the reply by its path. Times differ by
seconds, numbers by numbers; text is the same or not. How the job is lived again is told in
`reenacting`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from simjob.engine.clock import instant_of
from simjob.spec.constraints import Constraint, Timestamp
from simjob.spec.containers import ListOf, Nested
from simjob.spec.editions import Column, Edition
from simjob.spec.editions import edition as edition_of
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.statuses import TERMINAL
from simjob.whatif.records import OUTSIDE, Record, RecordError, RecordLike, read_record
from simjob.whatif.reenacting import Reenactment, reenactment
from simjob.world.durations import milliseconds

Value = str | int | float | bool | datetime | None
"""A leaf of a reply; times as instants (UTC), None where there is nothing."""

_SHAPE: Final = DescribeTrainingJobResponse
_WATCHERS: Final = {
    "DebugRuleEvaluationStatuses",
    "ProfilerRuleEvaluationStatuses",
    "ProfilingStatus",
    "RuleMonitoringStatuses",  # of 2019, before there were the others
}
"""What is told of rules and the profiler, which change a reply while the job goes on."""
_Leaf = tuple[Value, bool]


@frozen
class Row:
    """One member of the reply, simulated and recorded.

    Attributes:
        path: such as "ResourceConfig.InstanceCount" or "SecondaryStatusTransitions[0].StartTime".
        simulated: None where the simulated reply has no such member.
        recorded: None where the record has none.
        outside: why it is not simulated; "" where it is.
    """

    path: str
    simulated: Value
    recorded: Value
    outside: str = ""

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return self.simulated == self.recorded and type(self.simulated) is type(self.recorded)

    @property
    def error(self) -> float | None:
        """Simulated less recorded: seconds for times, numbers for numbers, 0 for what is equal.

        None for text that differs, for what one of them lacks, and for what is not simulated.

        >>> Row("BillableTimeInSeconds", 86, 84).error
        2.0
        """
        if self.outside:
            return None
        match self.simulated, self.recorded:
            case datetime() as simulated, datetime() as recorded:
                return (simulated - recorded).total_seconds()
            case (bool(), _) | (_, bool()):
                return 0.0 if self.equal else None
            case (int() | float()) as simulated, (int() | float()) as recorded:
                return float(simulated - recorded)
        return 0.0 if self.equal else None


@frozen(eq=False)
class Replay:
    """A recorded job beside its replay.

    Attributes:
        record: what was recorded.
        edition: in which it was replayed.
        seen: the instant of both replies, as far as the record tells it.
        rows: the members, in the order of the reply.
        notes: what to know of this replay.
    """

    record: Record
    edition: Edition
    seen: datetime
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def compared(self) -> tuple[Row, ...]:
        """The rows that are simulated."""
        return tuple(row for row in self.rows if not row.outside)

    @property
    def different(self) -> tuple[Row, ...]:
        """The rows that are simulated, and not as recorded."""
        return tuple(row for row in self.compared if not row.equal)


def replay(record: RecordLike, *, edition: str | Edition | None = None) -> Replay:
    """Live a recorded job again, in a world of constants taken from the record, and compare.

    Args:
        record: the path of a file, or a reply of DescribeTrainingJob as boto3 gives it.
        edition: by default the one that the record tells by its statuses, members and messages,
            live where it does not tell.

    Raises:
        RecordError: it is no such reply, or cannot be replayed; says why.
        ValueError: there is no such edition.
    """
    read = read_record(record)
    wanted = None if edition is None else edition_of(edition)
    again = reenactment(read, wanted)
    try:
        reply = again.run()
    except ValueError as error:
        raise RecordError([f"{read.source}: cannot be replayed: {error}"]) from None
    rows = tuple(_rows(read, reply, again))
    return Replay(read, again.edition, instant_of(again.seen_ms), rows, _notes(read, again))


def _rows(record: Record, reply: Mapping[str, object], again: Reenactment) -> Iterator[Row]:
    simulated, recorded = dict(_leaves(reply)), dict(_leaves(record.reply))
    for path, (value, known) in recorded.items():
        own, _ = simulated.pop(path, (None, True))
        yield Row(path, own, value, _outside(record, again, path, own, value, known=known))
    for path, (own, _) in simulated.items():
        if path not in again.invented:
            yield Row(path, own, None)


def _outside(  # noqa: PLR0913 - what a row is made of
    record: Record, again: Reenactment, path: str, simulated: Value, value: Value, *, known: bool
) -> str:
    """Why a member is not simulated; "" where it is."""
    top = path.partition(".")[0].partition("[")[0]
    if not known:
        return "simjob does not know this member"
    if top in OUTSIDE:
        return "tells of what is outside the job"
    shown = {each.name for each in members(_SHAPE, again.edition.column)}
    hidden = path == "InputDataConfig" and not again.edition.empty_channels_shown
    if top not in shown or hidden:
        return f"is not in the edition {again.edition.name}"
    if top == "FinalMetricDataList" and _place(path) not in again.metrics:
        return "no log line of Training is known in which it would be found"
    if path == "LastModifiedTime" and simulated != value and _changed_from_outside(record):
        return "was changed later by what is outside the job"
    return ""


def _place(path: str) -> int:
    """The first number in brackets of a path."""
    return int(path.partition("[")[2].partition("]")[0])


def _changed_from_outside(record: Record) -> bool:
    """Whether rules, the profiler or the settlement of a job's end changed the reply last."""
    modified, last = record.typed.LastModifiedTime, record.phases[-1]
    late = modified is not None and milliseconds(modified) > last.start_ms
    watched = bool(_WATCHERS & record.reply.keys())
    return late and (last.status in TERMINAL or watched)


def _notes(record: Record, again: Reenactment) -> tuple[str, ...]:
    notes = []
    if "RoleArn" in again.invented:
        notes.append("The record has no RoleArn; a stand-in is used.")
    last = record.phases[-1]
    if last.status not in TERMINAL:
        notes.append(f"The record is of a job that was still {last.status}, and ends there.")
    if again.stop_ms is not None:
        notes.append(f"StopTrainingJob is called at {instant_of(again.stop_ms):%H:%M:%S} UTC.")
    return tuple(notes)


# Leaves.


def _leaves(reply: Mapping[str, object]) -> Iterator[tuple[str, _Leaf]]:
    """Every leaf with its path; whether it is of a known member."""
    yield from _of_shape(_SHAPE, "", reply, known=True)


def _of_shape(
    shape: type, path: str, value: Mapping[str, object], *, known: bool
) -> Iterator[tuple[str, _Leaf]]:
    constraints = {each.name: each.constraint for each in members(shape, Column.TODAY)}
    for name in sorted(value, key=[*constraints, *value].index):
        constraint = constraints.get(name)
        where = f"{path}.{name}" if path else name
        yield from _of(constraint, where, value[name], known=known and constraint is not None)


def _of(
    constraint: Constraint | None, path: str, value: object, *, known: bool
) -> Iterator[tuple[str, _Leaf]]:
    match value:
        case Mapping() if isinstance(constraint, Nested):
            yield from _of_shape(constraint.shape, path, value, known=known)
        case Mapping():
            for name, each in value.items():
                yield from _of(None, f"{path}.{name}", each, known=known)
        case list() | tuple() if value:
            item = constraint.item if isinstance(constraint, ListOf) else None
            for number, each in enumerate(value):
                yield from _of(item, f"{path}[{number}]", each, known=known)
        case int() | float() if isinstance(constraint, Timestamp):
            yield path, (instant_of(milliseconds(value)), known)
        case bool() | int() | float() | str():
            yield path, (value, known)
        case _:
            yield path, (str(value), known)
