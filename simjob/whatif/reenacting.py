"""How a recorded job is lived again: the edition, the world, the request and the calls that it had.

Every duration is a constant taken from the record; what a phase that is still open will take lies
beyond the instant of the record. What came out of it is compared in `replaying`.
"""

import re
from collections.abc import Callable, Generator, Sequence
from typing import Final

import attrs
import simpy

from simjob.engine.clock import instant_of
from simjob.engine.scripted import Container
from simjob.simulation import Simulation
from simjob.spec import reasons
from simjob.spec.editions import DOCUMENTED, LIVE, RETIRED, Column, Edition
from simjob.spec.errors import ApiError
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.statuses import TERMINAL, SecondaryStatus
from simjob.spec.wire import InvalidRequest, structure, structure_unchecked, unstructure
from simjob.whatif.metric_lines import Line, lines_of
from simjob.whatif.records import Phase, Record, RecordError
from simjob.world import (
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
_ONCE_ONLY: Final = frozenset({_S.Interrupted, _S.Restarting, _S.Updating, _S.Pending})
_RETIRED: Final = frozenset(
    {_S.LaunchingMLInstances, _S.PreparingTrainingStack, _S.DownloadingTrainingImage}
)
_ALGORITHM: Final = re.compile(r"AlgorithmError: (.*), exit code: ([0-9]+)", re.DOTALL)
_OLD_LAUNCHING: Final = DOCUMENTED.messages.launching
_STAND_IN: Final = "role/not-in-the-record"

Script = Callable[[Container], Generator[simpy.Event, object, None]]


@attrs.frozen(eq=False)
class Reenactment:
    """What it takes to live a recorded job again.

    Attributes:
        edition: as asked for, or as the record tells.
        world: of constants.
        request: of CreateTrainingJob, as far as the edition knows its members.
        launched_by: the tuning or labeling job behind it.
        stop_ms: when StopTrainingJob is called; None for never.
        seen_ms: when the record was taken, as far as it can be told.
        invented: members of the request that the record does not have.
        metrics: the places in FinalMetricDataList whose values the container writes.
    """

    edition: Edition
    world: World
    request: dict[str, object]
    launched_by: str | None
    stop_ms: int | None
    seen_ms: int
    invented: tuple[str, ...]
    metrics: frozenset[int]

    def run(self) -> dict[str, object]:
        """Live it, and return the reply at the instant of the record.

        Raises:
            ValueError: the simulated service refuses the request, with its words.
        """
        sim = Simulation(self.world, edition=self.edition)
        name = str(self.request["TrainingJobName"])
        try:
            sim.create_training_job(launched_by=self.launched_by, **self.request)
        except ApiError as error:
            raise ValueError(f"{error.code}: {error.message}") from None
        if self.stop_ms is not None:
            sim.at(instant_of(self.stop_ms), lambda: sim.stop_training_job(TrainingJobName=name))
        sim.advance_to_ms(self.seen_ms)
        return sim.describe_training_job(TrainingJobName=name)


def reenactment(record: Record, edition: Edition | None) -> Reenactment:
    """How a record is lived again, in the edition that is given or that it tells itself.

    Raises:
        RecordError: it cannot be, with the reason.
    """
    phases = {each.status: each for each in record.phases}
    met = [each.status for each in record.phases]
    if repeated := [each for each in met if each in _ONCE_ONLY or met.count(each) > 1]:
        problem = (
            f"was {repeated[0]}"
            if repeated[0] in _ONCE_ONLY
            else f"was {repeated[0]} more than once"
        )
        raise _not_replayed(record, f"{problem}; only a job of one undisturbed attempt can be")
    if record.phases[0].status is not _S.Starting:
        raise _not_replayed(record, f"begins with {record.phases[0].status}, not with Starting")
    if edition is None:
        edition = told_edition(record)
    request, invented = _request(record, edition)
    typed = record.typed
    lines = lines_of(record, phases[_S.Training]) if _S.Completed in phases else {}
    return Reenactment(
        edition=edition,
        world=_world(record, phases, edition, lines),
        request=request,
        launched_by=typed.TuningJobArn or typed.LabelingJobArn,
        stop_ms=_stop_ms(record, phases),
        seen_ms=_seen_ms(record),
        invented=invented,
        metrics=frozenset(lines),
    )


def _not_replayed(record: Record, problem: str) -> RecordError:
    return RecordError([f"{record.source}: cannot be replayed: {problem}"])


# The edition.


def told_edition(record: Record) -> Edition:
    """The edition that a record tells: by its statuses, its members and its messages.

    The retired statuses are those of `retired`; a record with nothing but the page's members is
    `documented`; any other is `live`, and before 2023-12, as its messages tell, the image was
    pulled in Training (and "Launching requested ML instances" shown, until 2022-03).
    """
    if _RETIRED & {each.status for each in record.phases}:
        return RETIRED
    if _all_known(record, Column.PAGE):
        return DOCUMENTED
    messages = LIVE.messages
    by_status = {each.status: each for each in record.phases}
    launching = None
    if by_status[_S.Starting].message == _OLD_LAUNCHING:
        launching = _OLD_LAUNCHING
    downloading, training = by_status.get(_S.Downloading), by_status.get(_S.Training)
    old = launching is not None or (training is not None and training.message == messages.image)
    if training is not None and downloading is not None:
        old = old or downloading.message == messages.downloading
    return attrs.evolve(
        LIVE,
        image_pull=_S.Training if old else LIVE.image_pull,
        messages=attrs.evolve(messages, launching=launching),
    )


def _all_known(record: Record, column: Column) -> bool:
    known = {each.name for each in members(DescribeTrainingJobResponse, column)}
    return record.reply.keys() <= known


# The request.


def _request(record: Record, edition: Edition) -> tuple[dict[str, object], tuple[str, ...]]:
    """The request, and the members that it must have and the record has not."""
    names = {each.name for each in members(CreateTrainingJobRequest, Column.TODAY)}
    given = {name: value for name, value in record.reply.items() if name in names}
    if not given.get("InputDataConfig"):
        given.pop("InputDataConfig", None)
    invented: tuple[str, ...] = ()
    if "InputDataConfig" not in record.reply:
        invented += ("InputDataConfig",)
    if "RoleArn" not in given:
        account = record.typed.TrainingJobArn.split(":")[4]
        given["RoleArn"] = f"arn:aws:iam::{account}:{_STAND_IN}"
        invented += ("RoleArn",)
    wanted = (
        unstructure(
            structure_unchecked(CreateTrainingJobRequest, given), edition.column, reply=False
        )
        if "OutputDataConfig" in given
        else given
    )
    try:
        structure(CreateTrainingJobRequest, wanted, edition.column)
    except InvalidRequest as invalid:
        raise RecordError(
            [f"{record.source}: cannot be replayed: {each.text}" for each in invalid.violations]
        ) from None
    return wanted, invented


# The world.


def _world(
    record: Record,
    phases: dict[SecondaryStatus, Phase],
    edition: Edition,
    lines: dict[int, Line],
) -> World:
    created_ms = milliseconds(record.typed.CreationTime)
    _, _, _, region, account, *_ = record.typed.TrainingJobArn.split(":")
    latencies = _latencies(record, phases, edition)
    limit = record.typed.StoppingCondition.MaxRuntimeInSeconds
    training = _lasted(phases, _S.Training)
    lag = max(0.0, training - limit) if limit is not None and training < _BEYOND else 0.0
    if _S.Completed in phases:
        lag += 1  # it ended before the limit was enforced
    return World(
        start=instant_of(created_ms),
        region=region,
        account=account,
        latencies=Latencies(**{k: {"*": Constant(v)} for k, v in latencies.items()}),
        storage=Storage(
            seconds_per_object=0,
            prefixes=_denied(record, phases),  # type: ignore[arg-type]  # a converter of any row
        ),
        spot=SpotMarket(discount=_discount(record)),
        internal_errors=_internal_errors(record, training),  # type: ignore[arg-type]  # the same
        runtime_limit_lag=Constant(lag),
        default_workload=_workload(record, phases, training, list(lines.values())),
    )


def _lasted(phases: dict[SecondaryStatus, Phase], *statuses: SecondaryStatus) -> float:
    """How long the statuses lasted, in seconds: beyond the record if one is open or to come."""
    there = [phases[each] for each in statuses if each in phases]
    if not there or any(each.end_ms is None for each in there):
        return _BEYOND
    return sum(each.seconds for each in there)


def _latencies(
    record: Record, phases: dict[SecondaryStatus, Phase], edition: Edition
) -> dict[str, float]:
    messages = edition.messages
    modified_ms = _modified_ms(record)
    launching = _lasted(phases, _S.Starting, _S.LaunchingMLInstances)
    preparing = _lasted(phases, _S.PreparingTrainingStack)
    first = phases[_S.Starting]
    if _S.PreparingTrainingStack not in phases and first.end_ms is not None:
        preparing = 0.0
    if first.end_ms is None and first.message == messages.preparing:
        launching = (modified_ms - first.start_ms) / 1000
    downloading = _lasted(phases, _S.Downloading)
    image_pull = 0.0
    if _S.DownloadingTrainingImage in phases:
        image_pull = _lasted(phases, _S.DownloadingTrainingImage)
    last = record.phases[-1]
    if last.end_ms is None and last.message == messages.image:
        image_pull = _BEYOND
        if last.status is _S.Downloading:
            downloading = (modified_ms - last.start_ms) / 1000
    uploading = _lasted(phases, _S.Uploading)
    if _S.Uploading not in phases and _S.Stopping in phases:
        uploading = max(0.0, _lasted(phases, _S.Stopping) - _WINDOW)
    return {
        "launching": launching,
        "preparing": preparing,
        "downloading": downloading,
        "image_pull": image_pull,
        "uploading": uploading,
    }


def _workload(
    record: Record,
    phases: dict[SecondaryStatus, Phase],
    training: float,
    lines: Sequence[Line],
) -> Workload:
    if _S.Failed in phases and _S.Training in phases:
        found = _ALGORITHM.fullmatch(record.typed.FailureReason or "")
        if found and 0 < int(found[2]) <= 255:
            return Workload(duration=training, failure=found[1], exit_code=int(found[2]))
        if record.typed.FailureReason == reasons.INTERNAL:
            return Workload(duration=_BEYOND)
        return Workload(duration=training, failure=record.typed.FailureReason or "", exit_code=1)
    if _S.Failed in phases and not _denied(record, phases):
        reason = record.typed.FailureReason or "without a FailureReason"
        raise _not_replayed(record, f"failed before Training: {reason}")
    if _S.Completed in phases:
        return Workload(run=_script(lines, training)) if lines else Workload(duration=training)
    stopping = _lasted(phases, _S.Stopping) if _S.Stopping in phases else 0.0
    return Workload(duration=_BEYOND, on_sigterm="save", save_time=min(stopping, _WINDOW))


def _script(lines: Sequence[Line], training: float) -> Script:
    """A container that writes its lines so many seconds after its start, and trains on."""

    def train(container: Container) -> Generator[simpy.Event, object, None]:
        passed = 0.0
        for after, line in lines:
            yield container.wait(seconds=after - passed)
            passed = after
            if container.host == 1:
                container.log(line)
        yield container.wait(seconds=training - passed)

    return train


def _internal_errors(record: Record, training: float) -> tuple[InternalError, ...]:
    if record.typed.FailureReason == reasons.INTERNAL and training < _BEYOND:
        return (InternalError(attempts=1 << 30, after=training),)
    return ()


def _denied(record: Record, phases: dict[SecondaryStatus, Phase]) -> tuple[S3Prefix, ...]:
    """What the job could not read, if it failed of that."""
    if record.typed.FailureReason != reasons.DATA_DENIED or _S.Training in phases:
        return ()
    sources = [each.DataSource.S3DataSource for each in record.typed.InputDataConfig or ()]
    return tuple(S3Prefix(uri, access="denied") for uri in {s.S3Uri for s in sources if s})


def _discount(record: Record) -> float:
    """The share that spot saved, in the middle of those that give the recorded whole seconds."""
    billed, trained = record.typed.BillableTimeInSeconds, record.typed.TrainingTimeInSeconds
    start, end = record.typed.TrainingStartTime, record.typed.TrainingEndTime
    if not record.typed.EnableManagedSpotTraining or not (billed and trained and start and end):
        return 0.0
    return max(0.0, 1 - (billed + 0.5) / (end - start))


# When what was called, and seen.


def _modified_ms(record: Record) -> int:
    modified = record.typed.LastModifiedTime
    return record.phases[-1].start_ms if modified is None else milliseconds(modified)


def _seen_ms(record: Record) -> int:
    """The instant of the record: its last change, or what its running clock shows."""
    last = record.phases[-1]
    seen_ms = max(_modified_ms(record), last.start_ms)
    start, trained = record.typed.TrainingStartTime, record.typed.TrainingTimeInSeconds
    if last.status not in TERMINAL and start is not None and trained is not None:
        seen_ms = max(seen_ms, (milliseconds(start) // 1000 + trained) * 1000)
    return seen_ms


def _stop_ms(record: Record, phases: dict[SecondaryStatus, Phase]) -> int | None:
    """When the job was asked to stop; where nothing tells, as early as it may have been."""
    typed = record.typed
    asked = typed.TrainingJobStatus == "Stopping" or typed.SecondaryStatus == _S.Stopped
    if not asked or _S.MaxRuntimeExceeded in phases or _S.MaxWaitTimeExceeded in phases:
        return None
    stopping = phases.get(_S.Stopping)
    if stopping is None:
        return _modified_ms(record)
    before = record.phases[record.phases.index(stopping) - 1]
    waited = before.status is _S.Uploading or before.start_ms == before.end_ms
    if not (waited and stopping.start_ms == stopping.end_ms):
        return stopping.start_ms
    held = before if before.status is _S.Uploading else phases[_S.Starting]
    return held.start_ms + 1
