"""The columns of what a replication tells: a row for each training job, and each transition.

Each column stands once, here, with its type, whether it may be empty, and what it means. Who fills
the rows is the replication; who keeps, measures and writes them stands elsewhere.
"""

from typing import Final, NamedTuple


class Column(NamedTuple):
    """One column.

    Attributes:
        name: its name; the unit is part of it.
        kind: the type of its values: str, int (64 bits), float or bool.
        meaning: what a value tells.
        optional: whether a value may be None.
    """

    name: str
    kind: type[str | int | float | bool]
    meaning: str
    optional: bool = False


JOB_COLUMNS: Final = (
    Column("job", str, "the plan's name for the job"),
    Column("number", int, "which arrival and copy, from 0"),
    Column("attempt", int, "1, then one more for each retry"),
    Column("training_job_name", str, "TrainingJobName"),
    Column("instance_type", str, "InstanceType"),
    Column("instances", int, "InstanceCount"),
    Column("spot", bool, "EnableManagedSpotTraining"),
    Column("arrived_seconds", float, "when the plan wanted the job, since the world began"),
    Column("created_seconds", float, "when CreateTrainingJob was accepted, or given up"),
    Column("started_seconds", float, "TrainingStartTime, if there is one", optional=True),
    Column("ended_seconds", float, "when the job ended; None while it still runs", optional=True),
    Column("status", str, "TrainingJobStatus, Refused, or Skipped"),
    Column("secondary_status", str, "SecondaryStatus; empty for a refused or skipped job"),
    Column("failure", str, "FailureReason, or why it was refused or skipped; empty if none"),
    Column("waiting_seconds", float, "waited for capacity"),
    Column("starting_seconds", float, "in Starting without the wait for capacity"),
    Column("downloading_seconds", float, "in Downloading"),
    Column("training_seconds", float, "in Training"),
    Column("uploading_seconds", float, "in Uploading"),
    Column("stopping_seconds", float, "in Stopping"),
    Column("interrupted_seconds", float, "in Interrupted"),
    Column("restarts", int, "starts beyond the first inside the service"),
    Column("billable_seconds", int, "BillableTimeInSeconds, of one instance"),
    Column(
        "dollars", float, "the bill of all instances; None where no rate is known", optional=True
    ),
    Column(
        "wasted_dollars", float, "the part of it for what did not last, in four:", optional=True
    ),
    Column("downloads_dollars", float, "for downloads of data and images", optional=True),
    Column("lost_dollars", float, "for work of which nothing is left", optional=True),
    Column("stops_dollars", float, "for stop windows", optional=True),
    Column("restarts_dollars", float, "for the time between two attempts", optional=True),
    Column("lost_seconds", float, "work done and lost to interruptions, failures, stops, retries"),
    Column("estimated", bool, "whether the rate is an estimate"),
    Column("last", bool, "whether the plan does not retry this job"),
)
"""One row for each training job; each retry is a job of its own. No two rows have the same job,
number and attempt, and every work that the plan wants has one row that is the last.

A retry begins from nothing. So of a job that is not the last of its work all that it trained, saved
and uploaded is lost, also what its own bill (`simjob.Bill`) takes for lasting.
"""

TRANSITION_COLUMNS: Final = (
    Column("job", str, "the plan's name for the job"),
    Column("number", int, "which arrival and copy, from 0"),
    Column("attempt", int, "1, then one more for each retry"),
    Column("training_job_name", str, "TrainingJobName"),
    Column("at_seconds", float, "since the world began"),
    Column("status", str, "TrainingJobStatus from then on"),
    Column("secondary_status", str, "SecondaryStatus from then on"),
    Column("message", str, "StatusMessage"),
)
"""One row for each transition of each job."""

RUN_COLUMNS: Final = (
    Column("variation", str, "the label of the variation"),
    Column("replication", int, "which replication of it, from 0"),
    Column("seed", int, "the seed of the replication"),
)
"""What a sweep puts before the columns of a row, after a column for each varied path."""


Row = tuple[object, ...]
"""A value for each column."""
Columns = dict[str, list[object]]
"""By the name of the column its values, one for each row."""


def empty(of: tuple[Column, ...]) -> Columns:
    """No rows yet: an empty list for each column.

    >>> list(empty(RUN_COLUMNS))
    ['variation', 'replication', 'seed']
    """
    return {column.name: [] for column in of}


def extend(columns: Columns, rows: list[Row]) -> None:
    """Put rows, one value for each column, behind those that are there.

    >>> columns = empty(RUN_COLUMNS)
    >>> extend(columns, [("spot", 0, 7), ("spot", 1, 8)])
    >>> columns["seed"]
    [7, 8]
    """
    if rows:
        for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
            column.extend(values)
