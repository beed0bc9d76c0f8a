"""One job at one instant, as the invariants look at it.

The record is the reply of DescribeTrainingJob; the times are read back from it.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from simjob.engine.clock import epoch_ms
from simjob.engine.job import TrainingJob
from simjob.jobs import Job
from simjob.simulation import Simulation
from simjob.spec.editions import Column
from simjob.spec.statuses import TERMINAL, WAITING, SecondaryStatus

_S = SecondaryStatus
_OFF_INSTANCES: Final = WAITING | TERMINAL | {_S.Stopping, _S.Interrupted}


@attrs.frozen(eq=False)
class Sight:
    """One job at one instant: its record, and its history in whole milliseconds.

    `entries` holds status, start and end (None while open) of every transition.
    """

    sim: Simulation
    job: Job
    record: Mapping[str, Any]
    entries: tuple[tuple[SecondaryStatus, int, int | None], ...]

    @property
    def inside(self) -> TrainingJob:
        """The job as the engine has it."""
        return self.job._job  # noqa: SLF001 - an invariant looks inside

    @property
    def today(self) -> bool:
        """Whether the edition has today's members."""
        return self.sim.edition.column is Column.TODAY

    @property
    def now_ms(self) -> int:
        """The present instant."""
        return epoch_ms(self.sim.now)

    @property
    def ended(self) -> bool:
        """Whether the last status is terminal."""
        return self.entries[-1][0] in TERMINAL

    @property
    def message(self) -> str:
        """The last StatusMessage."""
        rows = self.record["SecondaryStatusTransitions"]
        return str(rows[-1]["StatusMessage"])

    @property
    def start_ms(self) -> int | None:
        """When instances were there for the first time."""
        return next(
            (start for status, start, _ in self.entries if status not in _OFF_INSTANCES), None
        )

    @property
    def course(self) -> str:
        """The statuses in their order."""
        return " > ".join(status for status, _, _ in self.entries)

    def ms(self, member: str) -> int | None:
        """A time of the record in milliseconds, None where it is absent."""
        return _ms(self.record.get(member))


def look(sim: Simulation, name: str) -> Sight:
    """The job of that name as it is now."""
    record = sim.describe_training_job(TrainingJobName=name)
    rows: Any = record["SecondaryStatusTransitions"]
    return Sight(
        sim,
        sim.jobs[name],
        record,
        tuple(
            (_S(row["Status"]), round(row["StartTime"] * 1000), _ms(row.get("EndTime")))
            for row in rows
        ),
    )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
