"""One training job as the engine and the views see it: its request and its history."""

import attrs

from simjob.engine.history import History
from simjob.engine.kernel import FOREVER_MS
from simjob.spec.editions import Edition
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.rules import DEFAULT_RUNTIME
from simjob.spec.shapes import AlgorithmSpecification, S3DataSource
from simjob.world import Workload, World


@attrs.define(slots=True, eq=False)
class TrainingJob:
    """A request that was accepted, and what became of it.

    `number` counts the jobs of one account and region in the order of their creation. What the
    engine needs of the request is read once, when the job is made: `s3_sources` are the S3 sources
    of its channels, each with whether it is read in File mode, and `file_channels` how many are.
    `file_mode` says whether any channel is in File mode or, without any channel, the algorithm: two
    recorded jobs have no channel, and yet were Downloading.
    """

    request: CreateTrainingJobRequest
    name: str
    arn: str
    number: int
    created_ms: int
    edition: Edition
    world: World
    workload: Workload
    tuning_job_arn: str | None = None
    labeling_job_arn: str | None = None
    tags: dict[str, str] = attrs.field(factory=dict)
    history: History = attrs.field(factory=History)
    algorithm: AlgorithmSpecification = attrs.field(init=False)
    instance_type: str = attrs.field(init=False)
    instance_count: int = attrs.field(init=False)
    spot: bool = attrs.field(init=False)
    max_runtime_ms: int = attrs.field(init=False)
    s3_sources: tuple[tuple[S3DataSource, bool], ...] = attrs.field(init=False)
    file_mode: bool = attrs.field(init=False)
    file_channels: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        algorithm, resources = self.request.AlgorithmSpecification, self.request.ResourceConfig
        if algorithm is None or resources is None or resources.InstanceType is None:
            raise ValueError(f"the request of {self.name!r} has no algorithm or no instances")
        self.algorithm = algorithm
        self.instance_type = resources.InstanceType
        self.instance_count = resources.InstanceCount or 1
        self.spot = bool(self.request.EnableManagedSpotTraining)
        stopping = self.request.StoppingCondition
        seconds = stopping.MaxRuntimeInSeconds if stopping else None
        self.max_runtime_ms = 1000 * (seconds or DEFAULT_RUNTIME)
        channels = self.request.InputDataConfig or ()
        in_file_mode = [
            (each.InputMode or algorithm.TrainingInputMode) == "File" for each in channels
        ]
        self.file_mode = any(in_file_mode or [algorithm.TrainingInputMode == "File"])
        self.s3_sources = tuple(
            [
                (each.DataSource.S3DataSource, file)
                for each, file in zip(channels, in_file_mode, strict=True)
                if each.DataSource.S3DataSource is not None
            ]
        )
        self.file_channels = sum([file for _, file in self.s3_sources])

    @property
    def vpc(self) -> bool:
        """Whether the job runs in a VPC of the caller's."""
        return self.request.VpcConfig is not None

    @property
    def max_wait_ms(self) -> int:
        """MaxWaitTimeInSeconds, without end where the request says nothing."""
        stopping = self.request.StoppingCondition
        seconds = stopping.MaxWaitTimeInSeconds if stopping else None
        return FOREVER_MS if seconds is None else 1000 * seconds

    @property
    def max_pending_ms(self) -> int:
        """MaxPendingTimeInSeconds, without end where the request says nothing."""
        stopping = self.request.StoppingCondition
        seconds = stopping.MaxPendingTimeInSeconds if stopping else None
        return FOREVER_MS if seconds is None else 1000 * seconds

    @property
    def retries(self) -> int:
        """How often RetryStrategy runs the job again after an internal error."""
        strategy = self.request.RetryStrategy
        return strategy.MaximumRetryAttempts if strategy else 0

    @property
    def keeps_checkpoints(self) -> bool:
        """Whether checkpoints outlive the instances: the request has a CheckpointConfig."""
        return self.request.CheckpointConfig is not None
