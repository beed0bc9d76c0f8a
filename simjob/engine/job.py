"""One training job as the engine and the views see it: its request and its history."""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from simjob.engine.history import History
from simjob.engine.kernel import FOREVER_MS
from simjob.spec.editions import Edition
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.rules import DEFAULT_RUNTIME
from simjob.spec.shapes import AlgorithmSpecification, MetricData, S3DataSource
from simjob.world import Workload, World

if TYPE_CHECKING:
    from simjob.engine.life import Life
    from simjob.engine.warm import Warmth

NO_TAGS: Mapping[str, str] = MappingProxyType({})


def arn_of(world: World, name: str) -> str:
    """The ARN of the training job of that name."""
    return f"arn:aws:sagemaker:{world.region}:{world.account}:training-job/{name.lower()}"


@attrs.frozen(slots=True, eq=False)
class Update:
    """What a request became by UpdateTrainingJob: since when, and after how many entries."""

    at_ms: int
    after: int
    request: CreateTrainingJobRequest


@attrs.define(slots=True, eq=False, weakref_slot=False)
class TrainingJob:
    """A request that was accepted, and what became of it.

    What the engine needs at every turn is read once, when the job is made. `file_channels` counts
    the S3 sources that are read in File mode; `file_mode` says whether any channel is in File mode
    or, without any channel, the algorithm: two recorded jobs have no channel, and were Downloading.
    `request` is that of the creation, `updates` are what it became since, in the order of time.
    `luck` is what its random numbers are drawn by: the name, unless that was another job's before.
    `launched_by` are TuningJobArn and LabelingJobArn, of which one at most is there. `life` is
    there while the job lives; `told` counts the entries that observers know of; `final_metrics` are
    there once they were asked for after its end; `warmth` is there once the job had to do with a
    warm pool.
    """

    request: CreateTrainingJobRequest
    name: str
    created_ms: int
    edition: Edition
    world: World
    workload: Workload
    luck: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    launched_by: tuple[str | None, str | None] = (None, None)
    tags: Mapping[str, str] = NO_TAGS
    updates: tuple[Update, ...] = ()
    history: History = attrs.field(factory=History)
    life: "Life | None" = None
    told: int = 0
    final_metrics: tuple[MetricData, ...] | None = None
    warmth: "Warmth | None" = None
    algorithm: AlgorithmSpecification = attrs.field(init=False)
    instance_type: str = attrs.field(init=False)
    instance_count: int = attrs.field(init=False)
    spot: bool = attrs.field(init=False)
    file_mode: bool = attrs.field(init=False)
    file_channels: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        algorithm, resources = self.request.AlgorithmSpecification, self.request.ResourceConfig
        if algorithm is None or resources is None or resources.InstanceType is None:
            raise ValueError(f"the request of {self.name!r} has no algorithm or no instances")
        self.algorithm = algorithm
        self.instance_type = sys.intern(resources.InstanceType)
        self.instance_count = resources.InstanceCount or 1
        self.spot = bool(self.request.EnableManagedSpotTraining)
        default, channels = algorithm.TrainingInputMode, self.request.InputDataConfig
        if channels:
            self.file_mode = any((each.InputMode or default) == "File" for each in channels)
            self.file_channels = sum([in_file_mode for _, in_file_mode in self.s3_sources])
        else:
            self.file_mode = default == "File"
            self.file_channels = 0

    @property
    def s3_sources(self) -> list[tuple[S3DataSource, bool]]:
        """The S3 source of every channel that has one, and whether it is read in File mode."""
        default = self.algorithm.TrainingInputMode
        return [
            (source, (each.InputMode or default) == "File")
            for each in self.request.InputDataConfig or ()
            if (source := each.DataSource.S3DataSource) is not None
        ]

    @property
    def arn(self) -> str:
        """TrainingJobArn, which carries the name in lower case (recorded)."""
        return arn_of(self.world, self.name)

    @property
    def max_runtime_ms(self) -> int:
        """MaxRuntimeInSeconds, one day where the request says nothing."""
        stopping = self.request.StoppingCondition
        seconds = stopping.MaxRuntimeInSeconds if stopping else None
        return 1000 * (seconds or DEFAULT_RUNTIME)

    @property
    def encrypted(self) -> bool:
        """Whether the traffic between the job's instances is encrypted."""
        return bool(self.request.EnableInterContainerTrafficEncryption)

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

    @staticmethod
    def keep_alive_seconds(request: CreateTrainingJobRequest) -> int:
        """KeepAlivePeriodInSeconds of a request of the job's, 0 where it says nothing."""
        resources = request.ResourceConfig
        return (resources.KeepAlivePeriodInSeconds if resources else None) or 0

    @property
    def warmable(self) -> bool:
        """Whether the job may have to do with a warm pool."""
        resources = self.request.ResourceConfig
        kept = resources.KeepAlivePeriodInSeconds if resources else None
        return kept is not None or self.warmth is not None

    @property
    def keep_alive_ms(self) -> int:
        """How long the instances are to be kept after the end, as the request says now."""
        request = self.updates[-1].request if self.updates else self.request
        return 1000 * self.keep_alive_seconds(request)

    @property
    def keeps_checkpoints(self) -> bool:
        """Whether checkpoints outlive the instances: the request has a CheckpointConfig."""
        return self.request.CheckpointConfig is not None
