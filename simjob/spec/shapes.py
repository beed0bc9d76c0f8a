"""The structures of the page, with all that became of them since.

Here stand the structures that requests and replies share, and those that only replies have
within. What a whole request or reply consists of stands in `requests` and `replies`; the
structures that came after the page in `shapes_today`; the simple shapes in `scalars`.

Field names are the names on the wire. An optional member that is absent is None; lists are tuples,
maps are dicts that nobody else holds, times are epoch seconds.

Sources: the page, and the API models of 2019-08 and 2026-11.
"""

import attrs

from simjob.spec import scalars as s
from simjob.spec import shapes_today as t
from simjob.spec.containers import ListOf, Nested
from simjob.spec.member import Presence, member


@attrs.frozen(slots=True, kw_only=True)
class MetricDefinition:
    """A metric: its name, and the regular expression that finds it in the log."""

    Name: str = member(s.METRIC_NAME, required=True)
    Regex: str = member(s.METRIC_REGEX, required=True)


@attrs.frozen(slots=True, kw_only=True)
class AlgorithmSpecification:
    """What runs: an image or a registered algorithm, and how it takes its data."""

    TrainingImage: str | None = member(s.ALGORITHM_IMAGE)
    AlgorithmName: str | None = member(s.ARN_OR_NAME)
    TrainingInputMode: str = member(s.TRAINING_INPUT_MODE, required=True)
    MetricDefinitions: tuple[MetricDefinition, ...] | None = member(
        ListOf(Nested(MetricDefinition), max=40)
    )
    EnableSageMakerMetricsTimeSeries: bool | None = member(s.FLAG, page=Presence.ABSENT)
    ContainerEntrypoint: tuple[str, ...] | None = member(s.CONTAINER_WORDS, page=Presence.ABSENT)
    ContainerArguments: tuple[str, ...] | None = member(s.CONTAINER_WORDS, page=Presence.ABSENT)
    TrainingImageConfig: t.TrainingImageConfig | None = member(
        Nested(t.TrainingImageConfig), page=Presence.ABSENT
    )


@attrs.frozen(slots=True, kw_only=True)
class S3DataSource:
    """A channel's data in S3, and how the instances share it."""

    S3DataType: str = member(s.S3_DATA_TYPE, required=True)
    S3Uri: str = member(s.S3_URI, required=True)
    S3DataDistributionType: str | None = member(s.S3_DISTRIBUTION)
    AttributeNames: tuple[str, ...] | None = member(s.ATTRIBUTE_NAMES)
    InstanceGroupNames: tuple[str, ...] | None = member(
        ListOf(s.INSTANCE_GROUP_NAME, max=5), page=Presence.ABSENT
    )
    ModelAccessConfig: t.ModelAccessConfig | None = member(
        Nested(t.ModelAccessConfig), page=Presence.ABSENT
    )
    HubAccessConfig: t.HubAccessConfig | None = member(
        Nested(t.HubAccessConfig), page=Presence.ABSENT
    )


@attrs.frozen(slots=True, kw_only=True)
class DataSource:
    """Where a channel's data is."""

    S3DataSource: "S3DataSource | None" = member(Nested(S3DataSource))
    FileSystemDataSource: t.FileSystemDataSource | None = member(
        Nested(t.FileSystemDataSource), page=Presence.ABSENT
    )
    DatasetSource: t.DatasetSource | None = member(Nested(t.DatasetSource), page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class ShuffleConfig:
    """The seed by which a channel's data is shuffled."""

    Seed: int = member(s.ANY_WHOLE, required=True)


@attrs.frozen(slots=True, kw_only=True)
class Channel:
    """A named stream of input data."""

    ChannelName: str = member(s.CHANNEL_NAME, required=True)
    DataSource: "DataSource" = member(Nested(DataSource), required=True)
    ContentType: str | None = member(s.bounded(256))
    CompressionType: str | None = member(s.COMPRESSION_TYPE)
    RecordWrapperType: str | None = member(s.RECORD_WRAPPER)
    InputMode: str | None = member(s.TRAINING_INPUT_MODE)
    ShuffleConfig: "ShuffleConfig | None" = member(Nested(ShuffleConfig))


@attrs.frozen(slots=True, kw_only=True)
class OutputDataConfig:
    """Where the model artifacts go."""

    KmsKeyId: str | None = member(s.KMS_KEY_ID)
    S3OutputPath: str = member(s.S3_URI, required=True)
    CompressionType: str | None = member(s.OUTPUT_COMPRESSION, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class ResourceConfig:
    """The instances and their volumes."""

    InstanceType: str | None = member(s.INSTANCE_TYPE, required=True, required_today=False)
    InstanceCount: int | None = member(s.INSTANCE_COUNT, required=True, required_today=False)
    VolumeSizeInGB: int | None = member(s.VOLUME_SIZE, required=True, required_today=False)
    VolumeKmsKeyId: str | None = member(s.KMS_KEY_ID)
    KeepAlivePeriodInSeconds: int | None = member(s.KEEP_ALIVE, page=Presence.ABSENT)
    InstanceGroups: tuple[t.InstanceGroup, ...] | None = member(
        ListOf(Nested(t.InstanceGroup), max=5), page=Presence.ABSENT
    )
    TrainingPlanArn: str | None = member(s.TRAINING_PLAN_ARN, page=Presence.ABSENT)
    InstancePlacementConfig: t.InstancePlacementConfig | None = member(
        Nested(t.InstancePlacementConfig), page=Presence.ABSENT
    )
    InstancePreferences: tuple[t.InstancePreference, ...] | None = member(
        ListOf(Nested(t.InstancePreference), min=1, max=5), page=Presence.ABSENT
    )
    SelectedInstanceType: str | None = member(s.INSTANCE_TYPE, page=Presence.ABSENT)
    SelectedInstanceCount: int | None = member(s.NOT_NEGATIVE, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class VpcConfig:
    """The network that the instances are in."""

    SecurityGroupIds: tuple[str, ...] = member(ListOf(s.VPC_ID, min=1, max=5), required=True)
    Subnets: tuple[str, ...] = member(ListOf(s.VPC_ID, min=1, max=16), required=True)


@attrs.frozen(slots=True, kw_only=True)
class StoppingCondition:
    """How long a job may run, and how long it may wait."""

    MaxRuntimeInSeconds: int | None = member(s.POSITIVE)
    MaxWaitTimeInSeconds: int | None = member(s.POSITIVE, page=Presence.REQUEST_ONLY)
    MaxPendingTimeInSeconds: int | None = member(s.MAX_PENDING, page=Presence.ABSENT)


@attrs.frozen(slots=True, kw_only=True)
class Tag:
    """A key and a value."""

    Key: str = member(s.TAG_KEY, required=True)
    Value: str = member(s.TAG_VALUE, required=True)


@attrs.frozen(slots=True, kw_only=True)
class ModelArtifacts:
    """Where the model is."""

    S3ModelArtifacts: str = member(s.S3_URI, required=True)


@attrs.frozen(slots=True, kw_only=True)
class MetricData:
    """The last value of a metric."""

    MetricName: str | None = member(s.METRIC_NAME)
    Value: float | None = member(s.FLOAT)
    Timestamp: float | None = member(s.TIME)


@attrs.frozen(slots=True, kw_only=True)
class SecondaryStatusTransition:
    """One entry of a job's history; the last one has no end until the job has."""

    Status: str = member(s.SECONDARY_STATUS, required=True)
    StartTime: float = member(s.TIME, required=True)
    EndTime: float | None = member(s.TIME)
    StatusMessage: str | None = member(s.STATUS_MESSAGE)
