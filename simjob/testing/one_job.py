"""What must always hold of one job at one instant.

Every function yields what is wrong, and nothing where all is well; its docstring is the invariant.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from simjob.spec.instances import instance_type
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.statuses import LINGERING, PAIRING, TERMINAL, TRANSITIONS, SecondaryStatus
from simjob.spec.wire import InvalidRequest, structure
from simjob.testing.sight import Sight
from simjob.views.seen import WITHOUT_INSTANCES

SIGKILL_AFTER_MS: Final = 120_000
LONGEST_KEPT_SECONDS: Final = 21_600
_S = SecondaryStatus
_ALWAYS: Final = frozenset(
    {
        "TrainingJobName",
        "TrainingJobArn",
        "TrainingJobStatus",
        "SecondaryStatus",
        "AlgorithmSpecification",
        "RoleArn",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "CreationTime",
        "LastModifiedTime",
        "SecondaryStatusTransitions",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
    }
)
_ALWAYS_TODAY: Final = _ALWAYS | {"EnableManagedSpotTraining", "InputDataConfig"}
_AS_GIVEN: Final = frozenset({"HyperParameters", "InputDataConfig", "VpcConfig"})
_AS_GIVEN_TODAY: Final = _AS_GIVEN | {
    "CheckpointConfig",
    "DebugHookConfig",
    "ExperimentConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "Environment",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
    "MlflowConfig",
    "ModelPackageConfig",
}


def contiguous(sight: Sight) -> Iterator[str]:
    """Every entry ends, not before it starts, where the next one starts; the last may be open."""
    for (status, start, end), (_, following, _) in pairwise(sight.entries):
        if end != following or end < start:
            yield f"{status} is from {start} to {end}, the next starts at {following}"


def terminal_is_last(sight: Sight) -> Iterator[str]:
    """A terminal entry is the last and of zero length; any other last entry is open."""
    if any(status in TERMINAL for status, _, _ in sight.entries[:-1]):
        yield f"something follows a terminal status: {sight.course}"
    status, start, end = sight.entries[-1]
    if end != (start if sight.ended else None):
        yield f"the last entry, {status}, is from {start} to {end}"
    if sight.record["SecondaryStatus"] != status:
        yield f"SecondaryStatus is {sight.record['SecondaryStatus']}, the last entry {status}"


def born_starting(sight: Sight) -> Iterator[str]:
    """The first entry is Starting, at CreationTime."""
    status, start, _ = sight.entries[0]
    if status is not _S.Starting or start != sight.ms("CreationTime"):
        yield f"{status} at {start}, CreationTime {sight.ms('CreationTime')}"


def edges(sight: Sight) -> Iterator[str]:
    """Every transition is an edge of the edition's table."""
    for (before, _, _), (after, _, _) in pairwise(sight.entries):
        edge = TRANSITIONS[before].get(after)
        if edge is None or not edge.editions & sight.sim.edition.edges:
            yield f"{before} > {after} is no edge of the edition {sight.sim.edition.name}"


def training_times(sight: Sight) -> Iterator[str]:
    """TrainingStartTime ends the waiting; TrainingEndTime ends a job that had instances."""
    start = sight.start_ms
    if sight.ms("TrainingStartTime") != start:
        yield f"TrainingStartTime is {sight.ms('TrainingStartTime')}, the wait ended at {start}"
    end = sight.entries[-1][1] if sight.ended and start is not None else None
    if sight.ms("TrainingEndTime") != end:
        yield f"TrainingEndTime is {sight.ms('TrainingEndTime')}, the job ended at {end}"


def whole_seconds(sight: Sight) -> Iterator[str]:
    """TrainingTimeInSeconds is floor(end) - floor(start), at least 1; a bill is no longer."""
    seconds = sight.record.get("TrainingTimeInSeconds")
    start = sight.start_ms
    if start is None or not sight.today:
        return
    end = sight.entries[-1][1] if sight.ended else sight.now_ms
    if seconds != max(1, math.floor(end / 1000) - math.floor(start / 1000)):
        yield f"TrainingTimeInSeconds is {seconds}, from {start} to {end}"
    billable = sight.record.get("BillableTimeInSeconds", 1)
    spot = sight.record["EnableManagedSpotTraining"]
    if not 1 <= billable <= (seconds or 0) or (sight.ended and not spot and billable != seconds):
        yield f"BillableTimeInSeconds is {billable}, TrainingTimeInSeconds {seconds}, spot {spot}"


def members_present(sight: Sight) -> Iterator[str]:
    """Those members are there whose time has come, and none that the edition does not know."""
    request = (sight.inside.updates or (sight.inside,))[-1].request
    started = sight.start_ms is not None
    given = _AS_GIVEN_TODAY if sight.today else _AS_GIVEN
    must = set(_ALWAYS_TODAY if sight.today else _ALWAYS)
    must |= {name for name in given if getattr(request, name) is not None}
    last = sight.entries[-1][0]
    for name, there in (
        ("TuningJobArn", sight.inside.launched_by[0] is not None),
        ("LabelingJobArn", sight.inside.launched_by[1] is not None),
        ("TrainingStartTime", started),
        ("TrainingEndTime", started and sight.ended),
        ("TrainingTimeInSeconds", started and sight.today),
        ("BillableTimeInSeconds", started and sight.ended and sight.today),
        ("FailureReason", last is _S.Failed),
        ("ModelArtifacts", last is _S.Completed),
    ):
        if there:
            must.add(name)
    may = set()
    if sight.inside.warmable:
        may.add("WarmPoolStatus")
    if sight.ended and sight.inside.metric_definitions:
        may.add("FinalMetricDataList")
    if started and sight.ended and last is not _S.Failed:
        may.add("ModelArtifacts")
    found = set(sight.record)
    if must - found:
        yield f"missing in {last}: {', '.join(sorted(must - found))}"
    if found - must - may:
        yield f"not to be there in {last}: {', '.join(sorted(found - must - may))}"


def pairing(sight: Sight) -> Iterator[str]:
    """TrainingJobStatus is what the page pairs; live, Stopping may stand beside what lingers."""
    primary, secondary = sight.record["TrainingJobStatus"], sight.entries[-1][0]
    lingers = (
        sight.sim.edition.stop_lingers
        and sight.inside.history.stop is not None
        and secondary in LINGERING
    )
    if primary != ("Stopping" if lingers else PAIRING[secondary]):
        yield f"{primary} stands beside {secondary}"


def stop_window(sight: Sight) -> Iterator[str]:
    """A container is gone 120 s after SIGTERM; a stop of what does not train takes no time."""
    now = sight.now_ms
    for (before, _, _), (status, start, end) in pairwise(sight.entries):
        if status is not _S.Stopping:
            continue
        runs = sight.inside.history.runs
        gone = [now if run.end_ms is None else run.end_ms for run in runs]
        took = (now if end is None else end) - start
        if before is _S.Training:
            took = took if sight.sim.edition.stop_lingers else max(gone, default=start) - start
            if took > SIGKILL_AFTER_MS:
                yield f"the container was there {took} ms after SIGTERM"
        elif before is not _S.Uploading and took > 0:
            yield f"Stopping after {before} has taken {took} ms"


def last_modified(sight: Sight) -> Iterator[str]:
    """LastModifiedTime lies between the last transition and now."""
    modified, now = sight.ms("LastModifiedTime"), sight.now_ms
    if modified is None or not sight.entries[-1][1] <= modified <= now:
        yield f"LastModifiedTime {modified}, last entry {sight.entries[-1][1]}, now {now}"


def bill_adds_up(sight: Sight) -> Iterator[str]:
    """The bill is billable seconds x instances x rate, and storage; its phases are its parts."""
    bill, job = sight.job.bill, sight.inside
    billable = sight.record.get("BillableTimeInSeconds")
    if billable is not None and billable != bill.billable_seconds:
        yield f"billed are {bill.billable_seconds} s, BillableTimeInSeconds is {billable}"
    if sight.start_ms is None and (bill.billable_seconds or bill.storage_dollars):
        yield f"billed are {bill.billable_seconds} s and storage without instances"
    rate = sight.sim.world.prices.get(
        job.asked.instance_type, instance_type(job.asked.instance_type).training_dollars_per_hour
    )
    owed = None if rate is None else bill.billable_seconds * job.asked.instance_count * rate / 3600
    if not _same(bill.instance_dollars, owed):
        yield f"{bill.instance_dollars} dollars for {bill.billable_seconds} s, owed are {owed}"
    parts = bill.dollars_by_phase
    if not _same(None if parts is None else parts.total, bill.dollars):
        yield f"the phases cost {parts}, the bill is {bill.dollars} dollars"
    paid_ms = sum(
        (sight.now_ms if end is None else end) - start
        for status, start, end in sight.entries
        if sight.start_ms is not None
        and start >= sight.start_ms
        and not (job.asked.spot and status in WITHOUT_INSTANCES)
    )
    warm = sight.record.get("WarmPoolStatus", {})
    retained = warm.get("ResourceRetainedBillableTimeInSeconds", 0)
    if bill.retained_seconds != retained or math.floor(bill.seconds.retained) != retained:
        yield f"the warm pool is billed {bill.retained_seconds} s, WarmPoolStatus is {warm}"
    if not _same(bill.seconds.total - bill.seconds.retained, paid_ms / 1000):
        yield f"the phases last {bill.seconds}, {paid_ms} ms are paid for"
    if min(bill.seconds) < 0 or bill.storage_dollars < 0:
        yield f"less than nothing is billed: {bill.seconds}, storage {bill.storage_dollars}"


def _same(found: float | None, right: float | None) -> bool:
    """Whether two sums are the same, but for the rounding of floats; None for no sum."""
    if found is None or right is None:
        return found is right
    return math.isclose(found, right, rel_tol=1e-9, abs_tol=1e-9)


def given_back(sight: Sight) -> Iterator[str]:
    """A job that has ended has given back every set of instances, none before it had it."""
    for attempt in sight.inside.history.attempts:
        released = attempt.released_ms
        if (sight.ended and released is None) or (
            released or attempt.granted_ms
        ) < attempt.granted_ms:
            yield f"attempt {attempt.number}: granted {attempt.granted_ms}, released {released}"


def warm_pool(sight: Sight) -> Iterator[str]:
    """A pool is left by a job that has ended, for no longer than its period; InUse is before."""
    warm = sight.record.get("WarmPoolStatus")
    if warm is None:
        return
    status, seconds = warm["Status"], warm.get("ResourceRetainedBillableTimeInSeconds")
    if (status == "InUse") == sight.ended or (seconds is None) != (status == "InUse"):
        yield f"{warm} beside {sight.entries[-1][0]}"
    if (status == "Reused") != ("ReusedByJob" in warm):
        yield f"{warm} tells who reused it, or does not"
    if seconds is not None and not 0 <= seconds <= LONGEST_KEPT_SECONDS:
        yield f"{warm} was kept too long"
    if (status == "Reused") != sight.message.startswith("Resource reused by training job: "):
        yield f"{warm} beside the message {sight.message!r}"


def valid_reply(sight: Sight) -> Iterator[str]:
    """The reply satisfies the edition's own shape."""
    try:
        structure(DescribeTrainingJobResponse, sight.record, sight.sim.edition.column)
    except InvalidRequest as invalid:
        yield str(invalid)


OF_ONE_JOB: Final = (
    contiguous,
    terminal_is_last,
    born_starting,
    edges,
    training_times,
    whole_seconds,
    members_present,
    pairing,
    stop_window,
    last_modified,
    bill_adds_up,
    given_back,
    warm_pool,
    valid_reply,
)
"""All of them, in the order in which they are looked at."""
