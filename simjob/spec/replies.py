"""What the operations give back: one structure for each, with its members in the model's order.

The structures within stand in `shapes` and its neighbours; how a job's history becomes a reply is
the matter of the views. Sources: the page for DescribeTrainingJob, the API models of 2019-08 and
2026-11 for what came since and for the others.
"""

from collections.abc import Mapping

import attrs

from simjob.spec import scalars as s
from simjob.spec import shapes as p
from simjob.spec import shapes_search as f
from simjob.spec import shapes_today as t
from simjob.spec.containers import ListOf, Nested
from simjob.spec.member import Presence, member


@attrs.frozen(slots=True, kw_only=True)
class DescribeTrainingJobResponse:
    """What DescribeTrainingJob gives: 24 members on the page, 50 today.

    `ModelArtifacts` is required in the model, and yet absent from every recorded reply of a job
    that has none; here it is optional. Today's reply of a job without channels carries an empty
    `InputDataConfig` (recorded), which a request may not.
    """

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)
    TrainingJobArn: str = member(s.TRAINING_JOB_ARN, required=True)
    TuningJobArn: str | None = member(s.TUNING_JOB_ARN)
    LabelingJobArn: str | None = member(s.LABELING_JOB_ARN)
    AutoMLJobArn: str | None = member(s.AUTO_ML_JOB_ARN, page=Presence.ABSENT)
    ModelArtifacts: p.ModelArtifacts | None = member(Nested(p.ModelArtifacts))
    TrainingJobStatus: str = member(s.TRAINING_JOB_STATUS, required=True)
    SecondaryStatus: str = member(s.SECONDARY_STATUS, required=True)
    FailureReason: str | None = member(s.FAILURE_REASON)
    HyperParameters: Mapping[str, str] | None = member(s.HYPER_PARAMETERS)
    AlgorithmSpecification: p.AlgorithmSpecification | None = member(
        Nested(p.AlgorithmSpecification), required=True, required_today=False
    )
    RoleArn: str | None = member(s.ROLE_ARN)
    InputDataConfig: tuple[p.Channel, ...] | None = member(
        ListOf(Nested(p.Channel), min=1, max=20), today=ListOf(Nested(p.Channel), max=20)
    )
    OutputDataConfig: p.OutputDataConfig | None = member(Nested(p.OutputDataConfig))
    ResourceConfig: p.ResourceConfig | None = member(
        Nested(p.ResourceConfig), required=True, required_today=False
    )
    WarmPoolStatus: t.WarmPoolStatus | None = member(Nested(t.WarmPoolStatus), page=Presence.ABSENT)
    VpcConfig: p.VpcConfig | None = member(Nested(p.VpcConfig))
    StoppingCondition: p.StoppingCondition = member(Nested(p.StoppingCondition), required=True)
    CreationTime: float = member(s.TIME, required=True)
    TrainingStartTime: float | None = member(s.TIME)
    TrainingEndTime: float | None = member(s.TIME)
    LastModifiedTime: float | None = member(s.TIME)
    SecondaryStatusTransitions: tuple[p.SecondaryStatusTransition, ...] | None = member(
        ListOf(Nested(p.SecondaryStatusTransition))
    )
    FinalMetricDataList: tuple[p.MetricData, ...] | None = member(
        ListOf(Nested(p.MetricData), max=20), today=ListOf(Nested(p.MetricData), max=40)
    )
    EnableNetworkIsolation: bool | None = member(s.FLAG)
    EnableInterContainerTrafficEncryption: bool | None = member(s.FLAG)
    EnableManagedSpotTraining: bool | None = member(s.FLAG, page=Presence.ABSENT)
    CheckpointConfig: t.CheckpointConfig | None = member(
        Nested(t.CheckpointConfig), page=Presence.ABSENT
    )
    TrainingTimeInSeconds: int | None = member(s.POSITIVE, page=Presence.ABSENT)
    BillableTimeInSeconds: int | None = member(s.POSITIVE, page=Presence.ABSENT)
    BillableTokenCount: int | None = member(s.NOT_NEGATIVE, page=Presence.ABSENT)
    DebugHookConfig: t.DebugHookConfig | None = member(
        Nested(t.DebugHookConfig), page=Presence.ABSENT
    )
    ExperimentConfig: t.ExperimentConfig | None = member(
        Nested(t.ExperimentConfig), page=Presence.ABSENT
    )
    DebugRuleConfigurations: tuple[t.RuleConfiguration, ...] | None = member(
        ListOf(Nested(t.RuleConfiguration), max=20), page=Presence.ABSENT
    )
    TensorBoardOutputConfig: t.TensorBoardOutputConfig | None = member(
        Nested(t.TensorBoardOutputConfig), page=Presence.ABSENT
    )
    DebugRuleEvaluationStatuses: tuple[t.RuleEvaluationStatus, ...] | None = member(
        ListOf(Nested(t.RuleEvaluationStatus), max=20), page=Presence.ABSENT
    )
    ProfilerConfig: t.ProfilerConfig | None = member(Nested(t.ProfilerConfig), page=Presence.ABSENT)
    ProfilerRuleConfigurations: tuple[t.RuleConfiguration, ...] | None = member(
        ListOf(Nested(t.RuleConfiguration), max=20), page=Presence.ABSENT
    )
    ProfilerRuleEvaluationStatuses: tuple[t.RuleEvaluationStatus, ...] | None = member(
        ListOf(Nested(t.RuleEvaluationStatus), max=20), page=Presence.ABSENT
    )
    ProfilingStatus: str | None = member(s.PROFILING_STATUS, page=Presence.ABSENT)
    Environment: Mapping[str, str] | None = member(s.ENVIRONMENT, page=Presence.ABSENT)
    RetryStrategy: t.RetryStrategy | None = member(Nested(t.RetryStrategy), page=Presence.ABSENT)
    RemoteDebugConfig: t.RemoteDebugConfig | None = member(
        Nested(t.RemoteDebugConfig), page=Presence.ABSENT
    )
    InfraCheckConfig: t.InfraCheckConfig | None = member(
        Nested(t.InfraCheckConfig), page=Presence.ABSENT
    )
    ServerlessJobConfig: t.ServerlessJobConfig | None = member(
        Nested(t.ServerlessJobConfig), page=Presence.ABSENT
    )
    MlflowConfig: t.MlflowConfig | None = member(Nested(t.MlflowConfig), page=Presence.ABSENT)
    ModelPackageConfig: t.ModelPackageConfig | None = member(
        Nested(t.ModelPackageConfig), page=Presence.ABSENT
    )
    MlflowDetails: t.MlflowDetails | None = member(Nested(t.MlflowDetails), page=Presence.ABSENT)
    ProgressInfo: t.TrainingProgressInfo | None = member(
        Nested(t.TrainingProgressInfo), page=Presence.ABSENT
    )
    OutputModelPackageArn: str | None = member(s.MODEL_PACKAGE_ARN, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class CreateTrainingJobResponse:
    """What CreateTrainingJob gives."""

    TrainingJobArn: str = member(s.TRAINING_JOB_ARN, required=True)


@attrs.frozen(slots=True, kw_only=True)
class StopTrainingJobResponse:
    """What StopTrainingJob gives: nothing."""


@attrs.frozen(slots=True, kw_only=True)
class UpdateTrainingJobResponse:
    """What UpdateTrainingJob gives."""

    TrainingJobArn: str = member(s.TRAINING_JOB_ARN, required=True)


@attrs.frozen(slots=True, kw_only=True)
class DeleteTrainingJobResponse:
    """What DeleteTrainingJob gives: nothing."""


@attrs.frozen(slots=True, kw_only=True)
class TrainingJobSummary:
    """One line of a list."""

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)
    TrainingJobArn: str = member(s.TRAINING_JOB_ARN, required=True)
    CreationTime: float = member(s.TIME, required=True)
    TrainingEndTime: float | None = member(s.TIME)
    LastModifiedTime: float | None = member(s.TIME)
    TrainingJobStatus: str = member(s.TRAINING_JOB_STATUS, required=True)
    SecondaryStatus: str | None = member(s.SECONDARY_STATUS, page=Presence.ABSENT)
    WarmPoolStatus: t.WarmPoolStatus | None = member(Nested(t.WarmPoolStatus), page=Presence.ABSENT)
    TrainingPlanArn: str | None = member(s.TRAINING_PLAN_ARN, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class ListTrainingJobsResponse:
    """What ListTrainingJobs gives."""

    TrainingJobSummaries: tuple[TrainingJobSummary, ...] = member(
        ListOf(Nested(TrainingJobSummary)), required=True
    )
    NextToken: str | None = member(s.NEXT_TOKEN)


@attrs.frozen(slots=True, kw_only=True)
class AddTagsResponse:
    """What AddTags gives."""

    Tags: tuple[p.Tag, ...] | None = member(ListOf(Nested(p.Tag), max=50))


@attrs.frozen(slots=True, kw_only=True)
class ListTagsResponse:
    """What ListTags gives."""

    Tags: tuple[p.Tag, ...] | None = member(ListOf(Nested(p.Tag), max=50))
    NextToken: str | None = member(s.NEXT_TOKEN)


@attrs.frozen(slots=True, kw_only=True)
class DeleteTagsResponse:
    """What DeleteTags gives: nothing."""


NOT_FOUND_BY_SEARCH = frozenset(
    {
        "BillableTokenCount",
        "InfraCheckConfig",
        "MlflowConfig",
        "MlflowDetails",
        "ProfilerRuleConfigurations",
        "ProfilerRuleEvaluationStatuses",
        "ProfilingStatus",
        "ProgressInfo",
        "RemoteDebugConfig",
        "ServerlessJobConfig",
    }
)
"""What DescribeTrainingJob tells of a job, and Search does not (the model of 2026-11)."""


@attrs.frozen(slots=True, kw_only=True)
class TrainingJob(DescribeTrainingJobResponse):
    """What Search tells of a job: all but `NOT_FOUND_BY_SEARCH`, and its tags."""

    Tags: tuple[p.Tag, ...] | None = member(ListOf(Nested(p.Tag), max=50))


@attrs.frozen(slots=True, kw_only=True)
class SearchRecord:
    """One thing that was found; only training jobs are simulated."""

    TrainingJob: "TrainingJob | None" = member(Nested(TrainingJob))


@attrs.frozen(slots=True, kw_only=True)
class SearchResponse:
    """What Search gives."""

    Results: tuple[SearchRecord, ...] | None = member(ListOf(Nested(SearchRecord)))
    NextToken: str | None = member(s.NEXT_TOKEN)
    TotalHits: f.TotalHits | None = member(Nested(f.TotalHits), page=Presence.ABSENT)
