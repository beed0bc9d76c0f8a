"""How a recorded job is lived again: the edition, the world, the request and the calls that it had.

Every duration is a constant taken from the record; what a phase that is still open will take lies
beyond the instant of the record. What came out of it is compared in `replaying`.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from simjob.engine.clock import instant_of
from simjob.simulation import Simulation
from simjob.spec.editions import DOCUMENTED, LIVE, RETIRED, Column, Edition
from simjob.spec.errors import ApiError
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.shapes import StoppingCondition
from simjob.spec.statuses import TERMINAL, SecondaryStatus
from simjob.spec.wire import InvalidRequest, structure, structure_unchecked, unstructure
from simjob.whatif.metric_lines import lines_of
from simjob.whatif.recorded_world import world_of
from simjob.whatif.records import Phase, Record, RecordError
from simjob.world import World
from simjob.world.durations import milliseconds

_S = SecondaryStatus
_DISTURBED: Final = frozenset({_S.Interrupted, _S.Restarting, _S.Updating, _S.Pending})
_RETIRED: Final = frozenset(
    {_S.LaunchingMLInstances, _S.PreparingTrainingStack, _S.DownloadingTrainingImage}
)
_OLD_LAUNCHING: Final = DOCUMENTED.messages.launching
_STAND_IN: Final = "role/not-in-the-record"


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
    _check_course(record, [each.status for each in record.phases])
    if record.phases[0].status is not _S.Starting:
        raise record.not_replayed(f"begins with {record.phases[0].status}, not with Starting")
    if edition is None:
        edition = told_edition(record)
    request, invented = _request(record, phases, edition)
    typed = record.typed
    lines = lines_of(record, phases[_S.Training]) if _S.Completed in phases else {}
    return Reenactment(
        edition=edition,
        world=world_of(record, edition, list(lines.values())),
        request=request,
        launched_by=typed.TuningJobArn or typed.LabelingJobArn,
        stop_ms=_stop_ms(record, phases, edition),
        seen_ms=_seen_ms(record),
        invented=invented,
        metrics=frozenset(lines),
    )


def _check_course(record: Record, met: list[SecondaryStatus]) -> None:
    only = "only a job of one undisturbed attempt can be"
    for status in met:
        if status in _DISTURBED:
            raise record.not_replayed(f"was {status}; {only}")
    for status in met:
        if met.count(status) > 1:
            raise record.not_replayed(f"was {status} more than once; {only}")


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


def _request(
    record: Record, phases: Mapping[SecondaryStatus, Phase], edition: Edition
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The request, and the members of it that the record has not."""
    reply = record.reply
    if "OutputDataConfig" not in reply:
        raise record.not_replayed("it has no OutputDataConfig, which every request must have")
    names = {each.name for each in members(CreateTrainingJobRequest, Column.TODAY)}
    given = {name: value for name, value in reply.items() if name in names}
    if not given.get("InputDataConfig"):
        given.pop("InputDataConfig", None)
    account = record.typed.TrainingJobArn.split(":")[4]
    invented = tuple(each for each in ("InputDataConfig", "RoleArn") if each not in reply)
    given.setdefault("RoleArn", f"arn:aws:iam::{account}:{_STAND_IN}")
    wanted = structure_unchecked(CreateTrainingJobRequest, given)
    if _S.MaxWaitTimeExceeded in phases and not wanted.EnableManagedSpotTraining:
        wanted = _spot(wanted, phases)
    raw = unstructure(wanted, edition.column, reply=False)
    try:
        structure(CreateTrainingJobRequest, raw, edition.column)
    except InvalidRequest as invalid:
        raise RecordError(
            [f"{record.source}: cannot be replayed: {each.text}" for each in invalid.violations]
        ) from None
    return raw, invented


def _spot(
    wanted: CreateTrainingJobRequest, phases: Mapping[SecondaryStatus, Phase]
) -> CreateTrainingJobRequest:
    """The request with the members of managed spot training, which the page's replies lack."""
    waited_ms = phases[_S.Stopping].start_ms - phases[_S.Starting].start_ms
    limits = attrs.evolve(
        wanted.StoppingCondition or StoppingCondition(),
        MaxWaitTimeInSeconds=round(waited_ms / 1000),
    )
    return attrs.evolve(wanted, EnableManagedSpotTraining=True, StoppingCondition=limits)


# When what was called, and seen.


def _seen_ms(record: Record) -> int:
    """The instant of the record: its last change, or what its running clock shows."""
    last = record.phases[-1]
    seen_ms = max(record.modified_ms, last.start_ms)
    start, trained = record.typed.TrainingStartTime, record.typed.TrainingTimeInSeconds
    if last.status not in TERMINAL and start is not None and trained is not None:
        seen_ms = max(seen_ms, (milliseconds(start) // 1000 + trained) * 1000)
    return seen_ms


def _stop_ms(
    record: Record, phases: Mapping[SecondaryStatus, Phase], edition: Edition
) -> int | None:
    """When the job was asked to stop; where nothing tells, as early as it may have been."""
    typed = record.typed
    asked = typed.TrainingJobStatus == "Stopping" or typed.SecondaryStatus == _S.Stopped
    if not asked or _S.MaxRuntimeExceeded in phases or _S.MaxWaitTimeExceeded in phases:
        return None
    stopping = phases.get(_S.Stopping)
    if stopping is None:
        return record.modified_ms
    before = record.phases[record.phases.index(stopping) - 1]
    if edition.stop_lingers and stopping.start_ms == stopping.end_ms:
        if before.status is _S.Uploading:
            return before.start_ms + 1
        if before.status is _S.Downloading and before.start_ms == before.end_ms:
            return phases[_S.Starting].start_ms + 1
    return stopping.start_ms
