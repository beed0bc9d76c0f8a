"""What UpdateTrainingJob changes of a job, and when it may.

Members that are given take the place of those in the request that the job was created with; the
job remembers since when, so that earlier instants show what was true then.

Sources: that a request changes something is *recorded*, as is its wording; the documentation ties
remote debugging to Downloading and Training, and lets a warm pool be made at creation only; that
the profiler needs a job that is InProgress is told by AWS's own Kubernetes controller. That
controller also waits with the warm pool until the job has ended, whose pool then takes the new
period, counted from the job's end, and is over at once if that is past; that a running job takes it
as well is *ours*.
"""

import attrs

from simjob.engine.job import TrainingJob, Update
from simjob.spec import errors
from simjob.spec.requests import UpdateTrainingJobRequest
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.views.seen import Seen

_DEBUGGABLE = {SecondaryStatus.Downloading, SecondaryStatus.Training}


def check_rules(wanted: UpdateTrainingJobRequest) -> None:
    """What the members of a request must satisfy together.

    Raises:
        ApiError: nothing is to be changed.
    """
    changes = (
        wanted.ProfilerConfig,
        wanted.ProfilerRuleConfigurations,
        wanted.ResourceConfig,
        wanted.RemoteDebugConfig,
    )
    if all(each is None for each in changes):
        raise errors.rule_violated("Invalid UpdateTrainingJobRequest, the request cannot be empty")


def check(job: TrainingJob, wanted: UpdateTrainingJobRequest, now_ms: int) -> None:
    """Whether the job can be changed so, now.

    Raises:
        ApiError: its status does not let it through, or it was created without a warm pool.
    """
    seen = Seen(job, now_ms)
    if seen.primary_status is not PrimaryStatus.InProgress and not _only_of_its_pool(job, wanted):
        raise errors.refused_in_status(seen.primary_status.value)
    if wanted.RemoteDebugConfig and seen.secondary_status not in _DEBUGGABLE:
        raise errors.rule_violated(
            "RemoteDebugConfig can only be updated while the training job is Downloading or "
            f"Training; it is {seen.secondary_status.value}."
        )
    if wanted.ResourceConfig and not job.keep_alive_ms:
        raise errors.rule_violated(
            "KeepAlivePeriodInSeconds can only be updated for a training job that was created "
            "with one."
        )


def update(job: TrainingJob, wanted: UpdateTrainingJobRequest, now_ms: int) -> None:
    """Change what the job's request says, from now on; `check` has seen that it can be."""
    request = Seen(job, now_ms).request
    resources = request.ResourceConfig
    if wanted.ResourceConfig and resources:
        period = wanted.ResourceConfig.KeepAlivePeriodInSeconds
        resources = attrs.evolve(resources, KeepAlivePeriodInSeconds=period)
    request = attrs.evolve(
        request,
        ProfilerConfig=wanted.ProfilerConfig or request.ProfilerConfig,
        ProfilerRuleConfigurations=(
            request.ProfilerRuleConfigurations
            if wanted.ProfilerRuleConfigurations is None
            else wanted.ProfilerRuleConfigurations
        ),
        ResourceConfig=resources,
        RemoteDebugConfig=wanted.RemoteDebugConfig or request.RemoteDebugConfig,
    )
    job.updates = (*job.updates, Update(now_ms, len(job.history.entries), request))


def _only_of_its_pool(job: TrainingJob, wanted: UpdateTrainingJobRequest) -> bool:
    """Whether all that is to change is the warm pool that the job has left."""
    others = wanted.ProfilerConfig, wanted.ProfilerRuleConfigurations, wanted.RemoteDebugConfig
    available = job.warmth is not None and job.warmth.available
    return available and all(each is None for each in others)
