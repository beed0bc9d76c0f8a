"""What the engine reads of a request at every turn of a job: once for all jobs that ask the same.

The request itself stands in `spec.requests`; it is read here in the engine's own units.
"""

import sys
from functools import lru_cache

import attrs

from simjob.engine.kernel import FOREVER_MS
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.rules import DEFAULT_RUNTIME
from simjob.spec.shapes import S3DataSource, StoppingCondition


@attrs.frozen(slots=True, eq=False)
class Asked:
    """The terms of a request; equal ones are one.

    Attributes:
        instance_type, instance_count: of ResourceConfig.
        spot: EnableManagedSpotTraining.
        file_mode: whether any channel is in File mode or, without any channel, the algorithm: two
            recorded jobs have no channel, and were Downloading.
        file_channels: how many S3 sources are read in File mode.
        encrypted: whether the traffic between the job's instances is.
        max_runtime_ms: MaxRuntimeInSeconds, one day where the request says nothing.
        max_wait_ms, max_pending_ms: MaxWaitTimeInSeconds and MaxPendingTimeInSeconds, without end
            where the request says nothing.
        retries: how often RetryStrategy runs the job again after an internal error.
        keep_alive_ms: KeepAlivePeriodInSeconds of the creation.
        keeps_checkpoints: whether they outlive the instances: the request has a CheckpointConfig.
    """

    instance_type: str
    instance_count: int
    spot: bool
    file_mode: bool
    file_channels: int
    encrypted: bool
    max_runtime_ms: int
    max_wait_ms: int
    max_pending_ms: int
    retries: int
    keep_alive_ms: int
    keeps_checkpoints: bool

    @staticmethod
    def of(request: CreateTrainingJobRequest) -> "Asked":
        """The terms of a request that was accepted.

        Raises:
            ValueError: it has no algorithm or no instances.
        """
        algorithm, resources = request.AlgorithmSpecification, request.ResourceConfig
        if algorithm is None or resources is None or resources.InstanceType is None:
            name = request.TrainingJobName
            raise ValueError(f"the request of {name!r} has no algorithm or no instances")
        stopping = request.StoppingCondition or StoppingCondition()
        strategy = request.RetryStrategy
        default, channels = algorithm.TrainingInputMode, request.InputDataConfig
        modes = [each.InputMode or default for each in channels or ()] or [default]
        return _one(
            sys.intern(resources.InstanceType),
            resources.InstanceCount or 1,
            bool(request.EnableManagedSpotTraining),
            "File" in modes,
            sum(in_file_mode for _, in_file_mode in s3_sources(request)),
            bool(request.EnableInterContainerTrafficEncryption),
            _ms(stopping.MaxRuntimeInSeconds or DEFAULT_RUNTIME),
            _ms(stopping.MaxWaitTimeInSeconds),
            _ms(stopping.MaxPendingTimeInSeconds),
            strategy.MaximumRetryAttempts if strategy else 0,
            1000 * keep_alive_seconds(request),
            request.CheckpointConfig is not None,
        )


_one = lru_cache(maxsize=1024)(Asked)


def keep_alive_seconds(request: CreateTrainingJobRequest) -> int:
    """KeepAlivePeriodInSeconds, 0 where the request says nothing."""
    resources = request.ResourceConfig
    return (resources.KeepAlivePeriodInSeconds if resources else None) or 0


def s3_sources(request: CreateTrainingJobRequest) -> list[tuple[S3DataSource, bool]]:
    """The S3 source of every channel that has one, and whether it is read in File mode."""
    algorithm = request.AlgorithmSpecification
    default = algorithm.TrainingInputMode if algorithm else None
    return [
        (source, (each.InputMode or default) == "File")
        for each in request.InputDataConfig or ()
        if (source := each.DataSource.S3DataSource) is not None
    ]


def _ms(seconds: int | None) -> int:
    return FOREVER_MS if seconds is None else 1000 * seconds
