"""The world in which a recorded job lives again as it did: constants, all taken from the record.

A phase that ran its course takes as long as it was recorded. One that is still open, or that a
stop or a limit has cut short, would have taken longer than the record knows: it takes longer than
any job lasts.
"""

import re
from collections.abc import Callable, Generator, Sequence
from typing import Final

import simpy

from simjob.engine.clock import instant_of
from simjob.engine.scripted import Container, Sigterm
from simjob.spec import reasons
from simjob.spec.editions import Edition
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.whatif.metric_lines import Line
from simjob.whatif.records import Phase, Record
from simjob.world import (
    Capacity,
    Constant,
    InternalError,
    Latencies,
    S3Prefix,
    SpotMarket,
    Storage,
    Workload,
    World,
)
from simjob.world.durations import milliseconds

_S = SecondaryStatus
_BEYOND: Final = 40 * 86_400.0
"""Longer than any job lasts, in seconds."""
_WINDOW: Final = 120.0
_ALGORITHM: Final = re.compile(r"AlgorithmError: (.*), exit code: ([0-9]+)", re.DOTALL)
_MORE_THAN_THERE_IS: Final = 1 << 62

Script = Callable[[Container], Generator[simpy.Event, object, None]]


def world_of(record: Record, edition: Edition, lines: Sequence[Line]) -> World:
    """The world of a record of one undisturbed attempt, whose container writes these lines.

    Raises:
        RecordError: the job failed in a way that the simulator does not know.
    """
    return _Recorded(record, edition).world(lines)


class _Recorded:
    """A record and its phases by status, asked for the parts of its world."""

    def __init__(self, record: Record, edition: Edition) -> None:
        self._record = record
        self._typed = record.typed
        self._edition = edition
        self._phases = {each.status: each for each in record.phases}
        followers = [each.status for each in record.phases[1:]]
        self._followers = dict(zip(self._phases, followers, strict=False))

    def world(self, lines: Sequence[Line]) -> World:
        _, _, _, region, account, *_ = self._typed.TrainingJobArn.split(":")
        latencies = self._latencies()
        failed_early = self._failed_early()
        return World(
            start=instant_of(milliseconds(self._typed.CreationTime)),
            region=region,
            account=account,
            latencies=Latencies(**{k: {"*": Constant(v)} for k, v in latencies.items()}),
            storage=self._storage(),
            spot=SpotMarket(discount=self._discount()),
            capacity=self._capacity(),
            denied_roles=self._denied_roles(),  # type: ignore[arg-type]  # a converter of any row
            internal_errors=self._internal_errors(),  # type: ignore[arg-type]  # the same
            runtime_limit_lag=Constant(self._limit_lag()),
            default_workload=Workload() if failed_early else self._workload(lines),
        )

    def _lasts(self, *statuses: SecondaryStatus) -> float:
        """How long the statuses take, in seconds, if nothing cuts them short."""
        there = [self._phases[each] for each in statuses if each in self._phases]
        if not there or any(map(self._cut_short, there)):
            return _BEYOND
        return sum(each.seconds for each in there)

    def _cut_short(self, phase: Phase) -> bool:
        """Whether a phase has not run its course."""
        return phase.end_ms is None or self._followers.get(phase.status) is _S.Stopping

    def _lasted(self, status: SecondaryStatus) -> float:
        """How long a status lasted, in seconds; 0 where it was not, beyond all if it is open."""
        phase = self._phases.get(status)
        if phase is None:
            return 0.0
        return _BEYOND if phase.end_ms is None else phase.seconds

    # Latencies.

    def _latencies(self) -> dict[str, float]:
        launching, preparing = self._starting()
        downloading, image_pull = self._fetching()
        return {
            "launching": launching,
            "preparing": preparing,
            "downloading": downloading,
            "image_pull": image_pull,
            "uploading": self._uploading(),
        }

    def _starting(self) -> tuple[float, float]:
        first = self._phases[_S.Starting]
        if self._cut_short(first) and first.message == self._edition.messages.preparing:
            return self._until_modified(first), _BEYOND
        launching = self._lasts(_S.Starting, _S.LaunchingMLInstances)
        if _S.PreparingTrainingStack in self._phases:
            return launching, self._lasts(_S.PreparingTrainingStack)
        return launching, 0.0

    def _fetching(self) -> tuple[float, float]:
        """The data, and the image where it can be told: else the phase of both is the data's."""
        downloading = self._lasts(_S.Downloading)
        if _S.DownloadingTrainingImage in self._phases:
            return downloading, self._lasts(_S.DownloadingTrainingImage)
        pull = self._phases.get(self._edition.image_pull)
        if pull is None or not self._cut_short(pull):
            return downloading, 0.0
        pulling = pull.message == self._edition.messages.image
        if pull.status is _S.Downloading:
            return (self._until_modified(pull), _BEYOND) if pulling else (downloading, 0.0)
        return downloading, _BEYOND if pulling else self._until_modified(pull)

    def _uploading(self) -> float:
        if self._followers.get(_S.Uploading) is _S.Stopping:
            return self._lasted(_S.Uploading) + self._lasted(_S.Stopping)
        if _S.Uploading not in self._phases and _S.Stopping in self._phases:
            return max(0.0, self._lasted(_S.Stopping) - _WINDOW)
        return self._lasts(_S.Uploading)

    def _until_modified(self, phase: Phase) -> float:
        """When an open phase changed its message, from its start; nothing tells of a closed one."""
        if phase.end_ms is not None or self._typed.TrainingJobStatus == PrimaryStatus.Stopping:
            return 0.0
        return (self._record.modified_ms - phase.start_ms) / 1000

    def _limit_lag(self) -> float:
        """By how much the runtime limit was enforced late, or not at all."""
        limit = self._typed.StoppingCondition.MaxRuntimeInSeconds
        if limit is None:
            return 0.0
        late = max(0.0, self._lasted(_S.Training) - limit)
        return late if _S.MaxRuntimeExceeded in self._phases else late + 1

    def _discount(self) -> float:
        """The share that spot saved, amid those that give the recorded whole seconds."""
        billed, start, end = (
            self._typed.BillableTimeInSeconds,
            self._typed.TrainingStartTime,
            self._typed.TrainingEndTime,
        )
        if not (self._typed.EnableManagedSpotTraining and billed and start and end):
            return 0.0
        return max(0.0, 1 - (billed + 0.5) / (end - start)) if end > start else 0.0

    # Failures.

    def _failed_early(self) -> bool:
        """Whether the job failed before Training, in a way that the simulator knows."""
        if _S.Failed not in self._phases or _S.Training in self._phases:
            return False
        if not (self._denied_roles() or self._denied_prefixes() or self._gave_up()):
            reason = self._typed.FailureReason or "without a FailureReason"
            raise self._record.not_replayed(f"failed before Training: {reason}")
        return True

    def _denied_roles(self) -> list[str]:
        role = self._typed.RoleArn or ""
        known = {reasons.role_denied(role, vpc=vpc) for vpc in (True, False)}
        return [role] if self._typed.FailureReason in known else []

    def _storage(self) -> Storage:
        prefixes = self._denied_prefixes()
        return Storage(seconds_per_object=0, prefixes=prefixes)  # type: ignore[arg-type]  # the same

    def _denied_prefixes(self) -> list[S3Prefix]:
        if self._typed.FailureReason != reasons.DATA_DENIED or _S.Training in self._phases:
            return []
        sources = [each.DataSource.S3DataSource for each in self._typed.InputDataConfig or ()]
        return [S3Prefix(uri, access="denied") for uri in sorted({s.S3Uri for s in sources if s})]

    def _gave_up(self) -> bool:
        return self._typed.FailureReason == reasons.CAPACITY

    def _capacity(self) -> Capacity:
        instance = self._record.instance
        if not self._gave_up() or instance is None:
            return Capacity()
        none = {instance.name: 0}
        return Capacity(none, none, self._lasted(_S.Starting))  # type: ignore[arg-type]  # the same

    def _internal_errors(self) -> list[InternalError]:
        if self._typed.FailureReason == reasons.INTERNAL and _S.Training in self._phases:
            attempts = 1 << 30
            return [InternalError(attempts=attempts, after=self._lasted(_S.Training))]
        return []

    # The container.

    def _workload(self, lines: Sequence[Line]) -> Workload:
        training = self._lasts(_S.Training)
        if _S.Failed in self._phases:
            return self._failing(training)
        if lines:
            return Workload(run=_writing(lines, training))
        if _S.Stopping not in self._phases:
            return Workload(duration=training)
        stopping = min(self._lasted(_S.Stopping), _WINDOW)
        if self._typed.ModelArtifacts is None and self._phases[_S.Stopping].end_ms is not None:
            return Workload(run=_saving_nothing(training, stopping))
        return Workload(duration=training, on_sigterm="save", save_time=stopping)

    def _failing(self, training: float) -> Workload:
        reason = self._typed.FailureReason or ""
        found = _ALGORITHM.fullmatch(reason)
        if found and 0 < int(found[2]) <= 255:
            return Workload(duration=training, failure=found[1], exit_code=int(found[2]))
        if reason == reasons.INTERNAL:
            return Workload(duration=_BEYOND)
        if reason == reasons.OUT_OF_MEMORY:
            return Workload(duration=training, memory_bytes=_MORE_THAN_THERE_IS)
        return Workload(duration=training, failure=reason, exit_code=1)


def _writing(lines: Sequence[Line], training: float) -> Script:
    """A container that writes its lines when they are due, and trains on."""

    def train(container: Container) -> Generator[simpy.Event, object, None]:
        passed = 0.0
        for after, line in lines:
            yield container.wait(seconds=after - passed)
            passed = after
            if container.host == 1:
                container.log(line)
        yield container.wait(seconds=training - passed)

    return train


def _saving_nothing(training: float, stopping: float) -> Script:
    """A container that takes its time to stop, and leaves no model."""

    def train(container: Container) -> Generator[simpy.Event, object, None]:
        try:
            yield container.wait(seconds=training)
        except Sigterm:
            yield container.wait(seconds=stopping)

    return train
