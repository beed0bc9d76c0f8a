"""Every constrained member: what is just inside, what is just outside, and the exact error.

`PAGE_LIMITS` and `TODAY_LIMITS` were written by hand from the page and the API model, so that the
shapes are not compared with themselves. The sweeps then go over every member of every request.
"""

import sys
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from simjob.spec import replies, requests, shapes, shapes_today
from simjob.spec.constraints import (
    Choice,
    Constraint,
    Flag,
    Number,
    RefusedError,
    Text,
    Timestamp,
    Whole,
)
from simjob.spec.containers import ListOf, MapOf, Nested
from simjob.spec.editions import Column
from simjob.spec.errors import Kind
from simjob.spec.java import compiled, java_order
from simjob.spec.member import Presence, members
from simjob.spec.wire import InvalidRequest, structure

PAGE, TODAY = Column.PAGE, Column.TODAY
REQUESTS = (
    requests.CreateTrainingJobRequest,
    requests.DescribeTrainingJobRequest,
    requests.StopTrainingJobRequest,
    requests.UpdateTrainingJobRequest,
    requests.DeleteTrainingJobRequest,
    requests.ListTrainingJobsRequest,
    requests.AddTagsRequest,
    requests.ListTagsRequest,
    requests.DeleteTagsRequest,
    requests.SearchRequest,
)
NAME_2019 = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
NAME_NOW = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
ROLE = "arn:aws:iam::123456789012:role/abc"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
LAMBDA_MEMBER = (
    "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig"
    ".TrainingRepositoryCredentialsProviderArn"
)
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
HUB = "arn:aws:sagemaker:us-east-1:aws:hub-content"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package"


def too_long(most: int) -> str:
    return f"Member must have length less than or equal to {most}"


def too_short(least: int) -> str:
    return f"Member must have length greater than or equal to {least}"


def no_match(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def not_one_of(*values: str) -> str:
    return f"Member must satisfy enum value set: [{', '.join(values)}]"


def too_small(least: int) -> str:
    return f"Member must have value greater than or equal to {least}"


def too_large(most: int) -> str:
    return f"Member must have value less than or equal to {most}"


def constraint_at(path: str, column: Column) -> Any:  # noqa: ANN401  any kind of constraint
    shape_name, *names = path.split(".")
    shape = next(
        getattr(room, shape_name)
        for room in (requests, replies, shapes)
        if hasattr(room, shape_name)
    )
    for name in names[:-1]:
        inner = {each.name: each.constraint for each in members(shape, column)}[name]
        shape = inner.shape if isinstance(inner, Nested) else inner.item.shape
    return {each.name: each.constraint for each in members(shape, column)}[names[-1]]


def wrong(constraint: Constraint, value: object) -> list[str]:
    return [found.clause for found in constraint.violations("p", value, lambda *_: iter(()))]


def reads(constraint: Constraint, value: object) -> bool:
    try:
        constraint.reader(lambda _: lambda raw, _: raw)(value, None)
    except RefusedError:
        return False
    return True


CREATE = "CreateTrainingJobRequest"
DESCRIBE = "DescribeTrainingJobResponse"
KEYS = [f"k{number}" for number in range(101)]
S3_2019, S3_NOW = "^(https|s3)://([^/]+)/?(.*)$", "(https|s3)://([^/]+)/?(.*)"
ROLE_2019 = r"^arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$"
CHANNEL = r"[A-Za-z0-9\.\-_]+"
VPC = "[-0-9a-zA-Z]+"
TUNING = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:hyper-parameter-tuning-job/.*"
LABELING = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:labeling-job/.*"
MAP_VALUE_2019 = (
    "Map value must satisfy constraint: [Member must have length less than or equal to 256, Member "
    "must have length greater than or equal to 0, Member must satisfy regular expression pattern: "
    ".*]"
)
MAP_VALUE_NOW = MAP_VALUE_2019.replace("256", "2500")
MAP_KEYS = MAP_VALUE_2019.replace("Map value", "Map keys")
SUBNET_ITEM = (
    "Member must satisfy constraint: [Member must have length less than or equal to 32, Member "
    f"must have length greater than or equal to 0, Member must satisfy regular expression pattern: "
    f"{VPC}]"
)
SECONDARY_2019 = {
    "Starting", "LaunchingMLInstances", "PreparingTrainingStack", "Downloading",
    "DownloadingTrainingImage", "Training", "Uploading", "Stopping", "Stopped",
    "MaxRuntimeExceeded", "Completed", "Failed", "Interrupted", "MaxWaitTimeExceeded",
}  # fmt: skip

PAGE_LIMITS = [
    (f"{CREATE}.TrainingJobName", "a" * 63, "a" * 64, [too_long(63)]),
    (f"{CREATE}.TrainingJobName", "a", "", [too_short(1), no_match(NAME_2019)]),
    (f"{CREATE}.TrainingJobName", "a--b", "a_b", [no_match(NAME_2019)]),
    (f"{CREATE}.TrainingJobName", "a-b", "a-", [no_match(NAME_2019)]),
    (f"{CREATE}.TrainingJobName", "ab", "ab\n", [no_match(NAME_2019)]),
    (f"{CREATE}.TrainingJobName", "a", "-" + "a" * 63, [too_long(63), no_match(NAME_2019)]),
    (f"{CREATE}.HyperParameters", {"k": "v" * 256}, {"k": "v" * 257}, [MAP_VALUE_2019]),
    (f"{CREATE}.HyperParameters", {"k": "v"}, {"k": "v\nv"}, [MAP_VALUE_2019]),
    (f"{CREATE}.HyperParameters", {"k" * 256: ""}, {"k" * 257: ""}, [MAP_KEYS]),
    (
        f"{CREATE}.HyperParameters",
        dict.fromkeys(KEYS[:100], ""),
        dict.fromkeys(KEYS, ""),
        [too_long(100)],
    ),
    (f"{CREATE}.RoleArn", ROLE, ROLE[:30], [no_match(ROLE_2019)]),
    (f"{CREATE}.RoleArn", f"{ROLE}/b", f"{ROLE}\n", [no_match(ROLE_2019)]),
    (f"{CREATE}.RoleArn", f"{ROLE:a<2048}", f"{ROLE:a<2049}", [too_long(2048)]),
    (f"{CREATE}.RoleArn", ROLE, "a" * 19, [too_short(20), no_match(ROLE_2019)]),
    (f"{CREATE}.InputDataConfig", [{}], [], [too_short(1)]),
    (f"{CREATE}.InputDataConfig", [{}] * 20, [{}] * 21, [too_long(20)]),
    (f"{CREATE}.InputDataConfig.ChannelName", "a" * 64, "a" * 65, [too_long(64)]),
    (f"{CREATE}.InputDataConfig.ChannelName", "a.-_", "a b", [no_match(CHANNEL)]),
    (f"{CREATE}.InputDataConfig.ContentType", "a" * 256, "a" * 257, [too_long(256)]),
    (f"{CREATE}.InputDataConfig.ContentType", "", "\n", [no_match(".*")]),
    (f"{CREATE}.InputDataConfig.CompressionType", "Gzip", "GZIP", [not_one_of("None", "Gzip")]),
    (
        f"{CREATE}.InputDataConfig.RecordWrapperType",
        "RecordIO",
        "recordio",
        [not_one_of("RecordIO", "None")],
    ),
    (f"{CREATE}.InputDataConfig.InputMode", "Pipe", "FastFile", [not_one_of("Pipe", "File")]),
    (f"{CREATE}.AlgorithmSpecification.TrainingInputMode", "File", "FastFile",
     [not_one_of("Pipe", "File")]),
    (f"{CREATE}.AlgorithmSpecification.TrainingImage", "a" * 255, "a" * 256, [too_long(255)]),
    (f"{CREATE}.AlgorithmSpecification.AlgorithmName", "a", "a-",
     [no_match(
         r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?"
         r"([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)$"
     )]),
    (f"{CREATE}.AlgorithmSpecification.MetricDefinitions", [{}] * 40, [{}] * 41, [too_long(40)]),
    (f"{CREATE}.AlgorithmSpecification.MetricDefinitions.Name", "a" * 255, "a" * 256,
     [too_long(255)]),
    (f"{CREATE}.AlgorithmSpecification.MetricDefinitions.Name", "a", "",
     [too_short(1), no_match(".+")]),
    (f"{CREATE}.AlgorithmSpecification.MetricDefinitions.Regex", "a" * 500, "a" * 501,
     [too_long(500)]),
    (f"{CREATE}.OutputDataConfig.S3OutputPath", "s3://b", "s3:/b", [no_match(S3_2019)]),
    (f"{CREATE}.OutputDataConfig.S3OutputPath", f"{'s3://b/':a<1024}", f"{'s3://b/':a<1025}",
     [too_long(1024)]),
    (f"{CREATE}.OutputDataConfig.S3OutputPath", "https://b/p", "s3://b/p\n", [no_match(S3_2019)]),
    (f"{CREATE}.OutputDataConfig.KmsKeyId", "a b" + "c" * 2045, "a" * 2049, [too_long(2048)]),
    (f"{CREATE}.ResourceConfig.InstanceCount", 1, 0, [too_small(1)]),
    (f"{CREATE}.ResourceConfig.VolumeSizeInGB", 1, 0, [too_small(1)]),
    (f"{CREATE}.VpcConfig.SecurityGroupIds", ["a"] * 5, ["a"] * 6, [too_long(5)]),
    (f"{CREATE}.VpcConfig.SecurityGroupIds", ["a"], [], [too_short(1)]),
    (f"{CREATE}.VpcConfig.Subnets", ["a"] * 16, ["a"] * 17, [too_long(16)]),
    (f"{CREATE}.VpcConfig.Subnets", ["a"], [], [too_short(1)]),
    (f"{CREATE}.VpcConfig.Subnets", ["a" * 32], ["a" * 33], [SUBNET_ITEM]),
    (f"{CREATE}.VpcConfig.Subnets", ["a-1"], ["a_1", "b_2"], [SUBNET_ITEM]),
    (f"{CREATE}.StoppingCondition.MaxRuntimeInSeconds", 1, 0, [too_small(1)]),
    (f"{CREATE}.StoppingCondition.MaxWaitTimeInSeconds", 1, 0, [too_small(1)]),
    (f"{CREATE}.Tags", [{}] * 50, [{}] * 51, [too_long(50)]),
    (f"{CREATE}.Tags.Key", "é 語_.:/=+-@", "a*b",
     [no_match(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$")]),
    (f"{CREATE}.Tags.Key", "a" * 128, "a" * 129, [too_long(128)]),
    (f"{CREATE}.Tags.Value", "", "a" * 257, [too_long(256)]),
    (f"{CREATE}.CheckpointConfig.LocalPath", "a" * 4096, "a" * 4097, [too_long(4096)]),
    ("ListTrainingJobsRequest.MaxResults", 100, 101, [too_large(100)]),
    ("ListTrainingJobsRequest.MaxResults", 1, 0, [too_small(1)]),
    ("ListTrainingJobsRequest.NameContains", "a-" + "b" * 61, "b" * 64, [too_long(63)]),
    ("ListTagsRequest.MaxResults", 50, 49, [too_small(50)]),
    ("DeleteTagsRequest.TagKeys", ["a"], [], [too_short(1)]),
    (f"{DESCRIBE}.FailureReason", "a\n" * 512, "a" * 1025, [too_long(1024)]),
    (f"{DESCRIBE}.FinalMetricDataList", [{}] * 20, [{}] * 21, [too_long(20)]),
    (f"{DESCRIBE}.InputDataConfig", [{}] * 20, [], [too_short(1)]),
    (f"{DESCRIBE}.TrainingJobArn", f"{JOB}", f"{JOB:a<257}", [too_long(256)]),
    (f"{DESCRIBE}.TuningJobArn", JOB.replace("training", "hyper-parameter-tuning"), JOB,
     [no_match(TUNING)]),
    (f"{DESCRIBE}.LabelingJobArn", JOB.replace("training", "labeling"), JOB, [no_match(LABELING)]),
]  # fmt: skip
TODAY_LIMITS = [
    (f"{CREATE}.TrainingJobName", "a" * 63, "a_b", [no_match(NAME_NOW)]),
    (f"{CREATE}.TrainingJobName", "a" * 63, "a" * 64, [too_long(63), no_match(NAME_NOW)]),
    (f"{CREATE}.HyperParameters", {"k": "v" * 2500}, {"k": "v" * 2501}, [MAP_VALUE_NOW]),
    (f"{CREATE}.InputDataConfig.InputMode", "FastFile", "fastfile",
     [not_one_of("Pipe", "FastFile", "File")]),
    (f"{CREATE}.OutputDataConfig.S3OutputPath", "s3://b", "b", [no_match(S3_NOW)]),
    (f"{CREATE}.OutputDataConfig.KmsKeyId", "", "a b", [no_match("[a-zA-Z0-9:/_-]*")]),
    (f"{CREATE}.OutputDataConfig.CompressionType", "NONE", "None", [not_one_of("NONE", "GZIP")]),
    (f"{CREATE}.ResourceConfig.InstanceCount", 0, -1, [too_small(0)]),
    (f"{CREATE}.ResourceConfig.KeepAlivePeriodInSeconds", 21600, 21601, [too_large(21600)]),
    (f"{CREATE}.StoppingCondition.MaxPendingTimeInSeconds", 1800, 1799, [too_small(1800)]),
    (f"{CREATE}.StoppingCondition.MaxPendingTimeInSeconds", 2419200, 2419201, [too_large(2419200)]),
    (f"{CREATE}.RetryStrategy.MaximumRetryAttempts", 30, 31, [too_large(30)]),
    (f"{CREATE}.RetryStrategy.MaximumRetryAttempts", 1, 0, [too_small(1)]),
    (f"{CREATE}.ExperimentConfig.RunName", "a" * 120, "-a",
     [no_match("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")]),
    (f"{CREATE}.Tags.Key", "a b", "a*", [no_match(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)")]),
    (f"{CREATE}.ServerlessJobConfig.SequenceLength", "8K", "8k", [no_match(r"\d+K")]),
    (f"{CREATE}.ServerlessJobConfig.SequenceLength", "8K", "\u0664K", [no_match(r"\d+K")]),
    (f"{CREATE}.RoleArn", f"{ROLE}{'a' * 2008}", f"{ROLE}{'a' * 2100}", [too_long(2048)]),
    (f"{CREATE}.InputDataConfig.DataSource.FileSystemDataSource.DirectoryPath",
     "/" * 4096, "/" * 4097, [too_long(4096)]),
    (f"{CREATE}.{LAMBDA_MEMBER}",
     LAMBDA.ljust(2048, "a"), LAMBDA.ljust(2049, "a"), [too_long(2048)]),
    (f"{CREATE}.ResourceConfig.InstancePlacementConfig.PlacementSpecifications.UltraServerId",
     "u" * 256, "u" * 257, [too_long(256)]),
    (f"{CREATE}.ResourceConfig.InstancePreferences", [{}] * 5, [{}] * 6, [too_long(5)]),
    (f"{CREATE}.ResourceConfig.InstancePreferences", [{}], [], [too_short(1)]),
    (f"{CREATE}.ServerlessJobConfig.Peft", "LORA", "lora", [not_one_of("LORA")]),
    (f"{CREATE}.ServerlessJobConfig.BaseModelArn", f"{HUB}/Hub/Model/m/1.0.0",
     f"{HUB}/Hub/DataSet/m", [no_match(
         r"(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)"
         r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/Model\/"
         r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?")]),
    (f"{CREATE}.ModelPackageConfig.SourceModelPackageArn",
     f"{PACKAGE}/a", f"{PACKAGE}-group/a", [no_match(
         r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}")]),
    (f"{CREATE}.ModelPackageConfig.ModelPackageGroupArn",
     f"{PACKAGE}-group/a", f"{PACKAGE}/a", [no_match(
         r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package-group/"
         r"[\S]{1,2048}")]),
    ("UpdateTrainingJobRequest.TrainingJobName", "a" * 63, "a" * 64, [too_long(63), no_match(
        NAME_NOW)]),
    ("UpdateTrainingJobRequest.ProfilerRuleConfigurations", [{}] * 20, [{}] * 21, [too_long(20)]),
    ("UpdateTrainingJobRequest.ResourceConfig.KeepAlivePeriodInSeconds", 21600, 21601,
     [too_large(21600)]),
    ("UpdateTrainingJobRequest.ResourceConfig.KeepAlivePeriodInSeconds", 0, -1, [too_small(0)]),
    ("DeleteTrainingJobRequest.TrainingJobName", "a", "", [too_short(1), no_match(NAME_NOW)]),
    ("SearchRequest.MaxResults", 100, 101, [too_large(100)]),
    ("SearchRequest.SortOrder", "Ascending", "Up", [not_one_of("Descending", "Ascending")]),
    ("SearchRequest.SearchExpression.Filters", [{}] * 20, [{}] * 21, [too_long(20)]),
    ("SearchRequest.SearchExpression.Filters.Name", "a" * 255, "a" * 256, [too_long(255)]),
    ("SearchRequest.SearchExpression.Filters.Value", "a" * 1024, "a" * 1025, [too_long(1024)]),
    ("SearchRequest.SearchExpression.Filters.Value", "a", "", [too_short(1), no_match(".+")]),
    (f"{DESCRIBE}.DebugRuleEvaluationStatuses.StatusDetails", "a" * 1024, "a" * 1025,
     [too_long(1024)]),
    (f"{DESCRIBE}.FinalMetricDataList", [{}] * 40, [{}] * 41, [too_long(40)]),
    (f"{DESCRIBE}.InputDataConfig", [], [{}] * 21, [too_long(20)]),
    (f"{DESCRIBE}.TrainingJobArn", f"{JOB}a", JOB, [no_match(
        r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-job/" + NAME_NOW)]),
    (f"{DESCRIBE}.BillableTimeInSeconds", 1, 0, [too_small(1)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "path", "inside", "outside", "clauses"),
    [(PAGE, *row) for row in PAGE_LIMITS] + [(TODAY, *row) for row in TODAY_LIMITS],
)
def test_a_limit_lets_in_what_is_inside_and_words_what_is_outside(
    column: Column, path: str, inside: object, outside: object, clauses: list[str]
) -> None:
    constraint = constraint_at(path, column)
    if isinstance(constraint, ListOf) and isinstance(constraint.item, Nested):
        assert constraint.violated(inside) == ()
        assert list(constraint.violated(outside)) == clauses
        assert reads(constraint, inside)
    else:
        assert wrong(constraint, inside) == []
        assert reads(constraint, inside)
        assert wrong(constraint, outside) == clauses
    assert not reads(constraint, outside)


def test_statuses_of_the_page_are_those_that_it_lists() -> None:
    primary = constraint_at(f"{DESCRIBE}.TrainingJobStatus", PAGE)
    secondary = constraint_at(f"{DESCRIBE}.SecondaryStatus", PAGE)
    assert set(primary.values) == {"InProgress", "Completed", "Failed", "Stopping", "Stopped"}
    assert set(secondary.values) == SECONDARY_2019
    now = constraint_at(f"{DESCRIBE}.SecondaryStatus", TODAY)
    assert set(now.values) == SECONDARY_2019 | {"Updating", "Restarting", "Pending"}
    assert "Deleting" in constraint_at(f"{DESCRIBE}.TrainingJobStatus", TODAY).values


@pytest.mark.parametrize("column", Column)
def test_instance_types_are_the_catalogue(column: Column) -> None:
    constraint = constraint_at(f"{CREATE}.ResourceConfig.InstanceType", column)
    assert len(constraint.values) == 225
    assert wrong(constraint, "ml.g5.xlarge") == []
    (clause,) = wrong(constraint, "ml.t2.medium")
    assert clause.startswith("Member must satisfy enum value set: [ml.")


PAGE_REPLY = [
    "TrainingJobName",
    "TrainingJobArn",
    "TuningJobArn",
    "LabelingJobArn",
    "ModelArtifacts",
    "TrainingJobStatus",
    "SecondaryStatus",
    "FailureReason",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "SecondaryStatusTransitions",
    "FinalMetricDataList",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
]
PAGE_MEMBERS = {
    replies.DescribeTrainingJobResponse: PAGE_REPLY,
    shapes.AlgorithmSpecification: [
        "TrainingImage", "AlgorithmName", "TrainingInputMode", "MetricDefinitions"],
    shapes.MetricDefinition: ["Name", "Regex"],
    shapes.MetricData: ["MetricName", "Value", "Timestamp"],
    shapes.Channel: ["ChannelName", "DataSource", "ContentType", "CompressionType",
                     "RecordWrapperType", "InputMode", "ShuffleConfig"],
    shapes.DataSource: ["S3DataSource"],
    shapes.S3DataSource: ["S3DataType", "S3Uri", "S3DataDistributionType", "AttributeNames"],
    shapes.ShuffleConfig: ["Seed"],
    shapes.ModelArtifacts: ["S3ModelArtifacts"],
    shapes.OutputDataConfig: ["KmsKeyId", "S3OutputPath"],
    shapes.ResourceConfig: ["InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId"],
    shapes.SecondaryStatusTransition: ["Status", "StartTime", "EndTime", "StatusMessage"],
    shapes.StoppingCondition: ["MaxRuntimeInSeconds"],
    shapes.VpcConfig: ["SecurityGroupIds", "Subnets"],
}  # fmt: skip


@pytest.mark.parametrize(("shape", "names"), PAGE_MEMBERS.items())
def test_replies_of_the_page_have_its_members_and_no_others(
    shape: type, names: Collection[str]
) -> None:
    assert [each.name for each in members(shape, PAGE) if each.shown] == names


def test_todays_reply_has_fifty_members() -> None:
    assert len(members(replies.DescribeTrainingJobResponse, TODAY)) == 50


def test_the_pages_requests_take_the_spot_members_and_nothing_newer() -> None:
    taken = members(requests.CreateTrainingJobRequest, PAGE)
    assert [each.name for each in taken if each.presence is Presence.REQUEST_ONLY] == [
        "EnableManagedSpotTraining",
        "CheckpointConfig",
    ]
    assert len(taken) == 14
    assert len(members(requests.CreateTrainingJobRequest, TODAY)) == 28


REQUIRED = {
    (requests.CreateTrainingJobRequest, PAGE): {
        "TrainingJobName", "AlgorithmSpecification", "RoleArn", "OutputDataConfig",
        "ResourceConfig", "StoppingCondition"},
    (requests.CreateTrainingJobRequest, TODAY): {"TrainingJobName", "RoleArn", "OutputDataConfig"},
    (shapes.ResourceConfig, PAGE): {"InstanceType", "InstanceCount", "VolumeSizeInGB"},
    (shapes.ResourceConfig, TODAY): set(),
    (shapes.AlgorithmSpecification, PAGE): {"TrainingInputMode"},
    (shapes.Channel, PAGE): {"ChannelName", "DataSource"},
    (shapes.S3DataSource, TODAY): {"S3DataType", "S3Uri"},
    (shapes.VpcConfig, PAGE): {"SecurityGroupIds", "Subnets"},
    (shapes_today.FileSystemDataSource, TODAY): {
        "FileSystemId", "FileSystemAccessMode", "FileSystemType", "DirectoryPath"},
    (shapes.StoppingCondition, PAGE): set(),
    (shapes.Tag, PAGE): {"Key", "Value"},
    (requests.ListTrainingJobsRequest, TODAY): set(),
    (requests.AddTagsRequest, TODAY): {"ResourceArn", "Tags"},
    (requests.DeleteTagsRequest, PAGE): {"ResourceArn", "TagKeys"},
    (requests.ListTagsRequest, PAGE): {"ResourceArn"},
    (requests.StopTrainingJobRequest, PAGE): {"TrainingJobName"},
    (requests.DescribeTrainingJobRequest, PAGE): {"TrainingJobName"},
}  # fmt: skip


@pytest.mark.parametrize(("where", "names"), REQUIRED.items())
def test_what_is_required(where: tuple[type, Column], names: Collection[str]) -> None:
    shape, column = where
    assert {each.name for each in members(shape, column) if each.required} == names
    with_names = pytest.raises(InvalidRequest) if names else None
    if with_names is None:
        structure(shape, {}, column)
        return
    with with_names as refused:
        structure(shape, {}, column)
    missing = refused.value.violations
    assert {each.path for each in missing} == {name[0].lower() + name[1:] for name in names}
    assert {(each.clause, each.kind) for each in missing} == {
        ("Member must not be null", Kind.MISSING)
    }


def every_leaf(shape: type, column: Column, path: str = "") -> Iterator[tuple[str, Constraint]]:
    for each in members(shape, column):
        where = f"{path}.{each.name}"
        parts = [each.constraint]
        if isinstance(each.constraint, ListOf):
            parts.append(each.constraint.item)
        for part in parts:
            if isinstance(part, Nested):
                yield from every_leaf(part.shape, column, where)
        yield where, each.constraint


SWEEP = [
    pytest.param(constraint, id=f"{shape.__name__}{path}-{column.value}")
    for column in Column
    for shape in REQUESTS
    for path, constraint in every_leaf(shape, column)
]
NOT_OF_TYPE = {
    Text: ([1, True, 1.5, [], {}], "string"),
    Choice: ([1, True, 1.5, [], {}], "string"),
    Whole: (["1", True, False, 1.0, [], {}], "integer"),
    Flag: (["true", 0, 1, 1.0, [], {}], "boolean"),
    Number: (["1", True, float("nan"), float("inf"), 10**400, []], "number"),
    Timestamp: (["2020", False, float("-inf"), float("nan"), []], "timestamp"),
    ListOf: (["a", 1, True, {}], "list"),
    MapOf: (["a", 1, True, []], "map"),
    Nested: (["a", 1, True, []], "structure"),
}


@pytest.mark.parametrize("constraint", SWEEP)
def test_every_member_refuses_every_other_json_type(constraint: Constraint) -> None:
    values, name = NOT_OF_TYPE[type(constraint)]
    for value in values:
        assert wrong(constraint, value) == [f"Member must be of type {name}"]
        if not isinstance(constraint, Nested):
            assert not reads(constraint, value)
    assert wrong(constraint, None) == ["Member must not be null"]


@pytest.mark.parametrize("constraint", SWEEP)
def test_every_length_and_range_is_sharp(constraint: Constraint) -> None:
    if isinstance(constraint, Text):
        free = Text(min=constraint.min, max=constraint.max)
        made = "a".__mul__
    elif isinstance(constraint, ListOf):
        free = ListOf(Whole(), min=constraint.min, max=constraint.max)
        made = [1].__mul__
    elif isinstance(constraint, MapOf):
        free = MapOf(Text(), Text(), min=constraint.min, max=constraint.max)
        made = lambda count: {str(number): "" for number in range(count)}  # noqa: E731
    elif isinstance(constraint, Whole):
        free, made = constraint, int
    else:
        return
    whole = isinstance(constraint, Whole)
    least, most = constraint.min, constraint.max
    if most is not None:
        assert wrong(free, made(most)) == []
        assert reads(free, made(most))
        assert wrong(free, made(most + 1)) == [(too_large if whole else too_long)(most)]
        assert not reads(free, made(most + 1))
    if least is not None and (least > 0 or whole):
        assert wrong(free, made(least)) == []
        assert reads(free, made(least))
        assert wrong(free, made(least - 1)) == [(too_small if whole else too_short)(least)]
        assert not reads(free, made(least - 1))


@pytest.mark.parametrize("constraint", SWEEP)
def test_every_enumeration_takes_its_values_and_nothing_near_them(constraint: Constraint) -> None:
    if not isinstance(constraint, Choice):
        return
    for value in constraint.values:
        assert wrong(constraint, value) == []
        assert reads(constraint, value)
    for value in ("", constraint.values[0].swapcase(), f"{constraint.values[0]}\n"):
        assert wrong(constraint, value) == list(constraint.clauses)
        assert not reads(constraint, value)


def test_clauses_list_everything_that_a_value_must_satisfy() -> None:
    assert Text(max=3, pattern="a+").clauses == (too_long(3), too_short(0), no_match("a+"))
    assert Text(min=2).clauses == (too_short(2),)
    assert Whole(min=1, max=2).clauses == (too_large(2), too_small(1))
    assert Whole().clauses == Flag().clauses == Number().clauses == ()
    assert ListOf(Text(), min=1, max=2).clauses == (too_long(2), too_short(1))
    assert MapOf(Text(), Text(), max=2).clauses == (too_long(2), too_short(0))
    assert Nested(shapes.Tag).clauses == ()


def test_whole_numbers_without_bounds_take_any() -> None:
    assert wrong(Whole(), -(10**30)) == []
    assert wrong(Whole(max=3), -(10**30)) == []
    assert wrong(Whole(min=3), 10**30) == []


def test_numbers_become_floats() -> None:
    for constraint in (Number(), Timestamp()):
        value = constraint.reader(lambda _: lambda raw, _: raw)(3, None)
        assert (value, type(value)) == (3.0, float)


@pytest.mark.parametrize("terminator", ["\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_a_dot_stops_where_javas_does(terminator: str) -> None:
    assert not compiled(".*").fullmatch(terminator)
    assert compiled(r"[\S\s]*").fullmatch(terminator)
    assert compiled("[.]").fullmatch(".")
    assert not compiled(r"a\.b").fullmatch("axb")


def test_classes_are_ascii_unless_unicode_is_named() -> None:
    assert not compiled(r"\d").fullmatch("\u0664")
    assert not compiled(r"\w").fullmatch("é")
    assert compiled(r"[\p{Alnum}\-]+").fullmatch("aZ0-")
    assert not compiled(r"[\p{Alnum}\-]+").fullmatch("a_")


def test_tags_take_the_letters_numbers_and_separators_of_unicode() -> None:
    match = compiled(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)").fullmatch
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        expected = unicodedata.category(char)[0] in "LNZ" or char in "_.:/=+-@"
        assert bool(match(char)) == expected, hex(code)


def test_enumerations_are_listed_as_recorded_in_2020() -> None:
    recorded = [
        "ml.p2.xlarge",
        "ml.m5.4xlarge",
        "ml.m4.16xlarge",
        "ml.p3.16xlarge",
        "ml.m5.large",
        "ml.p2.16xlarge",
        "ml.c4.2xlarge",
        "ml.c5.2xlarge",
        "ml.c4.4xlarge",
        "ml.c5.4xlarge",
        "ml.g4dn.xlarge",
        "ml.g4dn.12xlarge",
        "ml.c4.8xlarge",
        "ml.g4dn.2xlarge",
        "ml.c5.9xlarge",
        "ml.g4dn.4xlarge",
        "ml.c5.xlarge",
        "ml.g4dn.16xlarge",
        "ml.c4.xlarge",
        "ml.g4dn.8xlarge",
        "ml.c5.18xlarge",
        "ml.p3dn.24xlarge",
        "ml.p3.2xlarge",
        "ml.m5.xlarge",
        "ml.m4.10xlarge",
        "ml.m5.12xlarge",
        "ml.m4.xlarge",
        "ml.m5.24xlarge",
        "ml.m4.2xlarge",
        "ml.p2.8xlarge",
        "ml.m5.2xlarge",
        "ml.p3.8xlarge",
        "ml.m4.4xlarge",
    ]
    model = [
        "ml.m4.xlarge",
        "ml.m4.2xlarge",
        "ml.m4.4xlarge",
        "ml.m4.10xlarge",
        "ml.m4.16xlarge",
        "ml.g4dn.xlarge",
        "ml.g4dn.2xlarge",
        "ml.g4dn.4xlarge",
        "ml.g4dn.8xlarge",
        "ml.g4dn.12xlarge",
        "ml.g4dn.16xlarge",
        "ml.m5.large",
        "ml.m5.xlarge",
        "ml.m5.2xlarge",
        "ml.m5.4xlarge",
        "ml.m5.12xlarge",
        "ml.m5.24xlarge",
        "ml.c4.xlarge",
        "ml.c4.2xlarge",
        "ml.c4.4xlarge",
        "ml.c4.8xlarge",
        "ml.p2.xlarge",
        "ml.p2.8xlarge",
        "ml.p2.16xlarge",
        "ml.p3.2xlarge",
        "ml.p3.8xlarge",
        "ml.p3.16xlarge",
        "ml.p3dn.24xlarge",
        "ml.c5.xlarge",
        "ml.c5.2xlarge",
        "ml.c5.4xlarge",
        "ml.c5.9xlarge",
        "ml.c5.18xlarge",
    ]
    assert list(java_order(tuple(model))) == recorded


def test_a_number_too_large_for_a_float_is_none() -> None:
    for constraint in (Number(), Timestamp()):
        assert constraint.accepts_type(10**308) is True
        assert constraint.accepts_type(10**309) is False
        assert not reads(constraint, 10**309)
