"""The structures that came after the page: the page's column knows none of their members.

(`CheckpointConfig` is the exception: the page's requests take it, its replies never show it.)
Their limits are today's. Simple shapes stand in `scalars`, the page's structures in `shapes`.

Source: the API model of 2026-11. The rules' instance type is that of processing jobs in the model,
whose values were all training types when compared (2026); the training catalogue stands for it.
"""

from collections.abc import Mapping

import attrs

from simjob.spec import scalars as s
from simjob.spec.constraints import Choice, Text
from simjob.spec.containers import ListOf, Nested
from simjob.spec.member import member


@attrs.frozen(slots=True, kw_only=True)
class CheckpointConfig:
    """Where checkpoints are kept while instances come and go (2019-08, managed spot)."""

    S3Uri: str = member(s.S3_URI, required=True)
    LocalPath: str | None = member(s.DIRECTORY_PATH)


@attrs.frozen(slots=True, kw_only=True)
class RetryStrategy:
    """How often a job is tried again after an internal server error."""

    MaximumRetryAttempts: int = member(s.RETRY_ATTEMPTS, required=True)


@attrs.frozen(slots=True, kw_only=True)
class FileSystemDataSource:
    """A channel's data on a file system."""

    FileSystemId: str = member(Text(min=11, max=21, pattern="(fs-[0-9a-f]{8,})"), required=True)
    FileSystemAccessMode: str = member(Choice(("rw", "ro")), required=True)
    FileSystemType: str = member(Choice(("EFS", "FSxLustre")), required=True)
    DirectoryPath: str = member(s.DIRECTORY_PATH, required=True)


@attrs.frozen(slots=True, kw_only=True)
class DatasetSource:
    """A channel's data in a hub."""

    DatasetArn: str = member(s.hub_arn_of("DataSet", least=0), required=True)


@attrs.frozen(slots=True, kw_only=True)
class ModelAccessConfig:
    """Whether the licence of a gated model is accepted."""

    AcceptEula: bool = member(s.FLAG, required=True)


@attrs.frozen(slots=True, kw_only=True)
class HubAccessConfig:
    """The hub content that a channel reads."""

    HubContentArn: str = member(s.bounded(255), required=True)


@attrs.frozen(slots=True, kw_only=True)
class TrainingRepositoryAuthConfig:
    """The function that hands out a registry's credentials."""

    TrainingRepositoryCredentialsProviderArn: str = member(
        Text(
            min=1,
            max=2048,
            pattern=r"arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*",
        ),
        required=True,
    )


@attrs.frozen(slots=True, kw_only=True)
class TrainingImageConfig:
    """How a training image in a private registry is reached."""

    TrainingRepositoryAccessMode: str = member(Choice(("Platform", "Vpc")), required=True)
    TrainingRepositoryAuthConfig: "TrainingRepositoryAuthConfig | None" = member(
        Nested(TrainingRepositoryAuthConfig)
    )


@attrs.frozen(slots=True, kw_only=True)
class InstanceGroup:
    """One kind of instance in a heterogeneous cluster."""

    InstanceType: str = member(s.INSTANCE_TYPE, required=True)
    InstanceCount: int = member(s.NOT_NEGATIVE, required=True)
    InstanceGroupName: str = member(s.INSTANCE_GROUP_NAME, required=True)


@attrs.frozen(slots=True, kw_only=True)
class InstancePreference:
    """One of several instance types that would do."""

    InstanceType: str = member(s.INSTANCE_TYPE, required=True)
    InstanceCount: int | None = member(s.NOT_NEGATIVE)
    TrainingPlanArns: tuple[str, ...] | None = member(ListOf(s.TRAINING_PLAN_ARN, min=1, max=1))


@attrs.frozen(slots=True, kw_only=True)
class PlacementSpecification:
    """How many instances go to one ultra server."""

    UltraServerId: str | None = member(Text(max=256))
    InstanceCount: int = member(s.NOT_NEGATIVE, required=True)


@attrs.frozen(slots=True, kw_only=True)
class InstancePlacementConfig:
    """How instances are placed on ultra servers."""

    EnableMultipleJobs: bool | None = member(s.FLAG)
    PlacementSpecifications: tuple[PlacementSpecification, ...] | None = member(
        ListOf(Nested(PlacementSpecification), max=10)
    )


@attrs.frozen(slots=True, kw_only=True)
class WarmPoolStatus:
    """What became of the instances that a job kept alive."""

    Status: str = member(s.WARM_POOL_STATUS, required=True)
    ResourceRetainedBillableTimeInSeconds: int | None = member(s.NOT_NEGATIVE)
    ReusedByJob: str | None = member(s.TRAINING_JOB_NAME)


@attrs.frozen(slots=True, kw_only=True)
class CollectionConfiguration:
    """A collection of tensors that the debugger saves."""

    CollectionName: str | None = member(s.NAME_256)
    CollectionParameters: Mapping[str, str] | None = member(s.TWENTY_PARAMETERS)


@attrs.frozen(slots=True, kw_only=True)
class DebugHookConfig:
    """What the debugger's hook saves, and where."""

    LocalPath: str | None = member(s.DIRECTORY_PATH)
    S3OutputPath: str = member(s.S3_URI, required=True)
    HookParameters: Mapping[str, str] | None = member(s.TWENTY_PARAMETERS)
    CollectionConfigurations: tuple[CollectionConfiguration, ...] | None = member(
        ListOf(Nested(CollectionConfiguration), max=20)
    )


@attrs.frozen(slots=True, kw_only=True)
class RuleConfiguration:
    """A rule of the debugger or of the profiler; the model names one shape for each, alike."""

    RuleConfigurationName: str = member(s.NAME_256, required=True)
    LocalPath: str | None = member(s.DIRECTORY_PATH)
    S3OutputPath: str | None = member(s.S3_URI)
    RuleEvaluatorImage: str = member(s.ALGORITHM_IMAGE, required=True)
    InstanceType: str | None = member(s.INSTANCE_TYPE)
    VolumeSizeInGB: int | None = member(s.NOT_NEGATIVE)
    RuleParameters: Mapping[str, str] | None = member(s.RULE_PARAMETERS)


@attrs.frozen(slots=True, kw_only=True)
class RuleEvaluationStatus:
    """How the evaluation of a rule stands."""

    RuleConfigurationName: str | None = member(s.NAME_256)
    RuleEvaluationJobArn: str | None = member(s.PROCESSING_JOB_ARN)
    RuleEvaluationStatus: str | None = member(s.RULE_STATUS)
    StatusDetails: str | None = member(s.bounded(1024))
    LastModifiedTime: float | None = member(s.TIME)


@attrs.frozen(slots=True, kw_only=True)
class TensorBoardOutputConfig:
    """Where the debugger writes for TensorBoard."""

    LocalPath: str | None = member(s.DIRECTORY_PATH)
    S3OutputPath: str = member(s.S3_URI, required=True)


@attrs.frozen(slots=True, kw_only=True)
class ExperimentConfig:
    """The experiment that a job belongs to."""

    ExperimentName: str | None = member(s.EXPERIMENT_NAME)
    TrialName: str | None = member(s.EXPERIMENT_NAME)
    TrialComponentDisplayName: str | None = member(s.EXPERIMENT_NAME)
    RunName: str | None = member(s.EXPERIMENT_NAME)


@attrs.frozen(slots=True, kw_only=True)
class ProfilerConfig:
    """What the profiler records, and where."""

    S3OutputPath: str | None = member(s.S3_URI)
    ProfilingIntervalInMilliseconds: int | None = member(s.ANY_WHOLE)
    ProfilingParameters: Mapping[str, str] | None = member(s.TWENTY_PARAMETERS)
    DisableProfiler: bool | None = member(s.FLAG)


@attrs.frozen(slots=True, kw_only=True)
class ResourceConfigForUpdate:
    """What of the instances an update may change: how long they are kept alive."""

    KeepAlivePeriodInSeconds: int = member(s.KEEP_ALIVE, required=True)


@attrs.frozen(slots=True, kw_only=True)
class RemoteDebugConfig:
    """Whether a shell may be opened in the container."""

    EnableRemoteDebug: bool | None = member(s.FLAG)


@attrs.frozen(slots=True, kw_only=True)
class InfraCheckConfig:
    """Whether instances are checked before training."""

    EnableInfraCheck: bool | None = member(s.FLAG)


@attrs.frozen(slots=True, kw_only=True)
class SessionChainingConfig:
    """Whether session tags are handed on."""

    EnableSessionTagChaining: bool | None = member(s.FLAG)


@attrs.frozen(slots=True, kw_only=True)
class ServerlessJobConfig:
    """A job without instances of its own, for model customization."""

    BaseModelArn: str = member(s.hub_arn_of("Model", least=1), required=True)
    AcceptEula: bool | None = member(s.FLAG)
    JobType: str = member(Choice(("FineTuning", "Evaluation")), required=True)
    CustomizationTechnique: str | None = member(Choice(("SFT", "DPO", "RLVR", "RLAIF")))
    Peft: str | None = member(Choice(("LORA",)))
    EvaluationType: str | None = member(
        Choice(("LLMAJEvaluation", "CustomScorerEvaluation", "BenchmarkEvaluation"))
    )
    EvaluatorArn: str | None = member(Text(pattern=".*"))
    SequenceLength: str | None = member(Text(min=1, max=50, pattern=r"\d+K"))


@attrs.frozen(slots=True, kw_only=True)
class MlflowConfig:
    """The MLflow server that a job reports to."""

    MlflowResourceArn: str = member(s.arn_of("mlflow-[a-zA-Z-]*/.*", 2048), required=True)
    MlflowExperimentName: str | None = member(s.NAME_256)
    MlflowRunName: str | None = member(s.NAME_256)


@attrs.frozen(slots=True, kw_only=True)
class ModelPackageConfig:
    """Where a job's model is registered."""

    ModelPackageGroupArn: str = member(s.MODEL_PACKAGE_GROUP_ARN, required=True)
    SourceModelPackageArn: str | None = member(s.MODEL_PACKAGE_ARN)


@attrs.frozen(slots=True, kw_only=True)
class MlflowDetails:
    """What a job is called on its MLflow server."""

    MlflowExperimentId: str | None = member(s.NAME_256)
    MlflowRunId: str | None = member(s.NAME_256)


@attrs.frozen(slots=True, kw_only=True)
class TrainingProgressInfo:
    """How far a serverless job is."""

    TotalStepCountPerEpoch: int | None = member(s.NOT_NEGATIVE)
    CurrentStep: int | None = member(s.NOT_NEGATIVE)
    CurrentEpoch: int | None = member(s.NOT_NEGATIVE)
    MaxEpoch: int | None = member(s.NOT_NEGATIVE)
