"""The replies of DescribeTrainingJob and, in brief, of ListTrainingJobs, on their wire form.

When each member is there follows 293 checks over 33 real replies (2019-2021): times and seconds
only once they are known, FailureReason only on Failed, ModelArtifacts only when there is one.
What a reply repeats of the request is derived from the shapes; the rest stands here. A test reads
every reply back through its shape.
"""

import functools
from collections.abc import Callable

from simjob.engine.job import TrainingJob
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse, TrainingJobSummary
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.statuses import SecondaryStatus
from simjob.spec.wire import echo, unstructure
from simjob.views.metrics import final_metrics
from simjob.views.seen import Seen
from simjob.views.warm import warm_pool_status

Reply = dict[str, object]

_plain = str.__str__


def describe(job: TrainingJob, at_ms: int, count: int | None = None) -> Reply:
    """The reply of DescribeTrainingJob at that instant, `count` entries seen (all by default)."""
    seen = Seen(job, at_ms, count)
    history = job.history
    column = job.edition.column
    reply: Reply = {"TrainingJobName": job.name, "TrainingJobArn": job.arn}
    tuning_job_arn, labeling_job_arn = job.launched_by
    if tuning_job_arn is not None:
        reply["TuningJobArn"] = tuning_job_arn
    if labeling_job_arn is not None:
        reply["LabelingJobArn"] = labeling_job_arn
    if seen.ended and history.artifact:
        reply["ModelArtifacts"] = {"S3ModelArtifacts": artifact_uri(job)}
    reply["TrainingJobStatus"] = _plain(seen.primary_status)
    reply["SecondaryStatus"] = _plain(seen.secondary_status)
    if seen.ended and seen.secondary_status is SecondaryStatus.Failed:
        reply["FailureReason"] = history.failure
    _echo(column)(seen.request if job.updates else job.request, reply)
    _add_times(seen, reply)
    reply["SecondaryStatusTransitions"] = transitions(seen)
    if seen.ended and job.metric_definitions:
        metrics = final_metrics(job)
        if metrics:
            reply["FinalMetricDataList"] = [unstructure(each, column) for each in metrics]
    if job.warmable:
        warm = warm_pool_status(seen)
        if warm is not None:
            reply["WarmPoolStatus"] = unstructure(warm, column)
    return reply


def _add_times(seen: Seen, reply: Reply) -> None:
    reply["CreationTime"] = seen.job.created_ms / 1000
    if seen.training_start_ms is not None:
        reply["TrainingStartTime"] = seen.training_start_ms / 1000
    if seen.training_end_ms is not None:
        reply["TrainingEndTime"] = seen.training_end_ms / 1000
    reply["LastModifiedTime"] = seen.last_modified_ms / 1000
    if seen.training_start_ms is not None and _shows_seconds(seen.job.edition.column):
        reply["TrainingTimeInSeconds"] = seen.training_seconds
        if seen.ended:
            reply["BillableTimeInSeconds"] = seen.billable_seconds


@functools.cache
def _echo(column: Column) -> Callable[[object, Reply], None]:
    return echo(CreateTrainingJobRequest, DescribeTrainingJobResponse, column)


@functools.cache
def _shows_seconds(column: Column) -> bool:
    names = {each.name for each in members(DescribeTrainingJobResponse, column)}
    return {"TrainingTimeInSeconds", "BillableTimeInSeconds"} <= names


def transitions(seen: Seen) -> list[Reply]:
    """SecondaryStatusTransitions: every entry ends where the next one starts."""
    rows: list[Reply] = []
    # Backwards, so that the start of the entry that follows is at hand.
    end_ms = seen.entries[-1].start_ms if seen.ended else None
    shown_ms = seen.at_ms
    for entry in reversed(seen.entries):
        status, start_ms, message, updates = entry
        if updates:
            message = entry.message_at(shown_ms)
        row: Reply = {"Status": _plain(status), "StartTime": start_ms / 1000}
        if end_ms is not None:
            row["EndTime"] = end_ms / 1000
        row["StatusMessage"] = message
        rows.append(row)
        end_ms = shown_ms = start_ms
    rows.reverse()
    return rows


def summary(job: TrainingJob, at_ms: int) -> TrainingJobSummary:
    """The job's row in the reply of ListTrainingJobs."""
    seen = Seen(job, at_ms)
    end_ms = seen.training_end_ms
    return TrainingJobSummary(
        TrainingJobName=job.name,
        TrainingJobArn=job.arn,
        CreationTime=job.created_ms / 1000,
        TrainingEndTime=None if end_ms is None else end_ms / 1000,
        LastModifiedTime=seen.last_modified_ms / 1000,
        TrainingJobStatus=seen.primary_status,
        SecondaryStatus=seen.secondary_status,
        WarmPoolStatus=warm_pool_status(seen) if job.warmable else None,
    )


def artifact_uri(job: TrainingJob) -> str:
    """Where the model archive lies: below the output path, in a folder of the job's name."""
    folder = job.request.OutputDataConfig.S3OutputPath.rstrip("/")
    return f"{folder}/{job.name}/output/model.tar.gz"
