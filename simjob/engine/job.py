"""One training job as the engine and the views see it: its request and its history."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from simjob.engine.asked import Asked, keep_alive_seconds
from simjob.engine.history import History
from simjob.spec.editions import Edition
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.shapes import MetricData, MetricDefinition
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

    `request` is that of the creation, `updates` are what it became since, in the order of time;
    `asked` is what the engine reads of it at every turn, which jobs that ask the same may share.
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
    asked: Asked = attrs.field(
        default=attrs.Factory(lambda self: Asked.of(self.request), takes_self=True)
    )

    @property
    def arn(self) -> str:
        """TrainingJobArn, which carries the name in lower case (recorded)."""
        return arn_of(self.world, self.name)

    @property
    def metric_definitions(self) -> Sequence[MetricDefinition]:
        """The metrics that are read from its log."""
        algorithm = self.request.AlgorithmSpecification
        return (algorithm.MetricDefinitions if algorithm else None) or ()

    @property
    def vpc(self) -> bool:
        """Whether the job runs in a VPC of the caller's."""
        return self.request.VpcConfig is not None

    @property
    def warmable(self) -> bool:
        """Whether the job may have to do with a warm pool."""
        resources = self.request.ResourceConfig
        kept = resources.KeepAlivePeriodInSeconds if resources else None
        return kept is not None or self.warmth is not None

    @property
    def keep_alive_ms(self) -> int:
        """How long the instances are to be kept after the end, as the request says now."""
        if not self.updates:
            return self.asked.keep_alive_ms
        return 1000 * keep_alive_seconds(self.updates[-1].request)
