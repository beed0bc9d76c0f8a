"""What the operations take: one structure for each, with its members in the model's order.

The structures within stand in `shapes` and its neighbours; what members mean together in `rules`.
Sources: the page for DescribeTrainingJob; the API models of 2019-08 and 2026-11 for the others.
"""

from collections.abc import Mapping

import attrs

from simjob.spec import scalars as s
from simjob.spec import shapes as p
from simjob.spec import shapes_search as f
from simjob.spec import shapes_today as t
from simjob.spec.constraints import Choice
from simjob.spec.containers import ListOf, Nested
from simjob.spec.member import Presence, Two, member


@attrs.frozen(slots=True, kw_only=True)
class CreateTrainingJobRequest:
    """What CreateTrainingJob takes. The spot members are older than the page, and not on it."""

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)
    HyperParameters: Mapping[str, str] | None = member(s.HYPER_PARAMETERS)
    AlgorithmSpecification: p.AlgorithmSpecification | None = member(
        Nested(p.AlgorithmSpecification), required=True, required_today=False
    )
    RoleArn: str = member(s.ROLE_ARN, required=True)
    InputDataConfig: tuple[p.Channel, ...] | None = member(ListOf(Nested(p.Channel), min=1, max=20))
    OutputDataConfig: p.OutputDataConfig = member(Nested(p.OutputDataConfig), required=True)
    ResourceConfig: p.ResourceConfig | None = member(
        Nested(p.ResourceConfig), required=True, required_today=False
    )
    VpcConfig: p.VpcConfig | None = member(Nested(p.VpcConfig))
    StoppingCondition: p.StoppingCondition | None = member(
        Nested(p.StoppingCondition), required=True, required_today=False
    )
    Tags: tuple[p.Tag, ...] | None = member(ListOf(Nested(p.Tag), max=50))
    EnableNetworkIsolation: bool | None = member(s.FLAG)
    EnableInterContainerTrafficEncryption: bool | None = member(s.FLAG)
    EnableManagedSpotTraining: bool | None = member(s.FLAG, page=Presence.REQUEST_ONLY)
    CheckpointConfig: t.CheckpointConfig | None = member(
        Nested(t.CheckpointConfig), page=Presence.REQUEST_ONLY
    )
    DebugHookConfig: t.DebugHookConfig | None = member(
        Nested(t.DebugHookConfig), page=Presence.ABSENT
    )
    DebugRuleConfigurations: tuple[t.RuleConfiguration, ...] | None = member(
        ListOf(Nested(t.RuleConfiguration), max=20), page=Presence.ABSENT
    )
    TensorBoardOutputConfig: t.TensorBoardOutputConfig | None = member(
        Nested(t.TensorBoardOutputConfig), page=Presence.ABSENT
    )
    ExperimentConfig: t.ExperimentConfig | None = member(
        Nested(t.ExperimentConfig), page=Presence.ABSENT
    )
    ProfilerConfig: t.ProfilerConfig | None = member(Nested(t.ProfilerConfig), page=Presence.ABSENT)
    ProfilerRuleConfigurations: tuple[t.RuleConfiguration, ...] | None = member(
        ListOf(Nested(t.RuleConfiguration), max=20), page=Presence.ABSENT
    )
    Environment: Mapping[str, str] | None = member(s.ENVIRONMENT, page=Presence.ABSENT)
    RetryStrategy: t.RetryStrategy | None = member(Nested(t.RetryStrategy), page=Presence.ABSENT)
    RemoteDebugConfig: t.RemoteDebugConfig | None = member(
        Nested(t.RemoteDebugConfig), page=Presence.ABSENT
    )
    InfraCheckConfig: t.InfraCheckConfig | None = member(
        Nested(t.InfraCheckConfig), page=Presence.ABSENT
    )
    SessionChainingConfig: t.SessionChainingConfig | None = member(
        Nested(t.SessionChainingConfig), page=Presence.ABSENT
    )
    ServerlessJobConfig: t.ServerlessJobConfig | None = member(
        Nested(t.ServerlessJobConfig), page=Presence.ABSENT
    )
    MlflowConfig: t.MlflowConfig | None = member(Nested(t.MlflowConfig), page=Presence.ABSENT)
    ModelPackageConfig: t.ModelPackageConfig | None = member(
        Nested(t.ModelPackageConfig), page=Presence.ABSENT
    )


@attrs.frozen(slots=True, kw_only=True)
class DescribeTrainingJobRequest:
    """What DescribeTrainingJob takes."""

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)


@attrs.frozen(slots=True, kw_only=True)
class StopTrainingJobRequest:
    """What StopTrainingJob takes."""

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)


@attrs.frozen(slots=True, kw_only=True)
class UpdateTrainingJobRequest:
    """What UpdateTrainingJob takes, which came after the page.

    The model names shapes of their own for the profiler and the debugger, with members alike.
    """

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)
    ProfilerConfig: t.ProfilerConfig | None = member(Nested(t.ProfilerConfig), page=Presence.ABSENT)
    ProfilerRuleConfigurations: tuple[t.RuleConfiguration, ...] | None = member(
        ListOf(Nested(t.RuleConfiguration), max=20), page=Presence.ABSENT
    )
    ResourceConfig: t.ResourceConfigForUpdate | None = member(
        Nested(t.ResourceConfigForUpdate), page=Presence.ABSENT
    )
    RemoteDebugConfig: t.RemoteDebugConfig | None = member(
        Nested(t.RemoteDebugConfig), page=Presence.ABSENT
    )


@attrs.frozen(slots=True, kw_only=True)
class DeleteTrainingJobRequest:
    """What DeleteTrainingJob takes, which came after the page."""

    TrainingJobName: str = member(s.TRAINING_JOB_NAME, required=True)


@attrs.frozen(slots=True, kw_only=True)
class ListTrainingJobsRequest:
    """What ListTrainingJobs takes."""

    NextToken: str | None = member(s.NEXT_TOKEN)
    MaxResults: int | None = member(s.MAX_RESULTS)
    CreationTimeAfter: float | None = member(s.TIME)
    CreationTimeBefore: float | None = member(s.TIME)
    LastModifiedTimeAfter: float | None = member(s.TIME)
    LastModifiedTimeBefore: float | None = member(s.TIME)
    NameContains: str | None = member(s.NAME_CONTAINS)
    StatusEquals: str | None = member(s.TRAINING_JOB_STATUS)
    SortBy: str | None = member(s.SORT_BY)
    SortOrder: str | None = member(s.SORT_ORDER)
    WarmPoolStatusEquals: str | None = member(s.WARM_POOL_STATUS, page=Presence.ABSENT)
    TrainingPlanArnEquals: str | None = member(s.TRAINING_PLAN_ARN, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class AddTagsRequest:
    """What AddTags takes."""

    ResourceArn: str = member(s.RESOURCE_ARN, required=True)
    Tags: tuple[p.Tag, ...] = member(ListOf(Nested(p.Tag), max=50), required=True)


@attrs.frozen(slots=True, kw_only=True)
class ListTagsRequest:
    """What ListTags takes."""

    ResourceArn: str = member(s.RESOURCE_ARN, required=True)
    NextToken: str | None = member(s.NEXT_TOKEN)
    MaxResults: int | None = member(s.TAGS_MAX_RESULTS)


@attrs.frozen(slots=True, kw_only=True)
class DeleteTagsRequest:
    """What DeleteTags takes."""

    ResourceArn: str = member(s.RESOURCE_ARN, required=True)
    TagKeys: tuple[str, ...] = member(s.TAG_KEYS, required=True)


RESOURCE_TYPE = Two(
    page=Choice(("TrainingJob",)),
    today=Choice(
        (
            "TrainingJob",
            "Experiment",
            "ExperimentTrial",
            "ExperimentTrialComponent",
            "Endpoint",
            "Model",
            "ModelPackage",
            "ModelPackageGroup",
            "Pipeline",
            "PipelineExecution",
            "FeatureGroup",
            "FeatureMetadata",
            "Image",
            "ImageVersion",
            "Project",
            "HyperParameterTuningJob",
            "ModelCard",
            "PipelineVersion",
            "Job",
            "HubContent",
        )
    ),
)


@attrs.frozen(slots=True, kw_only=True)
class SearchRequest:
    """What Search takes."""

    Resource: str = member(RESOURCE_TYPE, required=True)
    SearchExpression: f.SearchExpression | None = member(Nested(f.SearchExpression))
    SortBy: str | None = member(f.PROPERTY_NAME)
    SortOrder: str | None = member(s.SORT_ORDER)
    NextToken: str | None = member(s.NEXT_TOKEN)
    MaxResults: int | None = member(s.MAX_RESULTS)
    CrossAccountFilterOption: str | None = member(
        Choice(("SameAccount", "CrossAccount")), page=Presence.ABSENT
    )
    VisibilityConditions: tuple[f.VisibilityCondition, ...] | None = member(
        ListOf(Nested(f.VisibilityCondition), min=1, max=5), page=Presence.ABSENT
    )
