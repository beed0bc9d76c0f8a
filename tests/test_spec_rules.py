"""Each rule, broken and just kept, with the exact text."""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simjob.spec.editions import Column
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.rules import violated_rules
from simjob.spec.wire import structure
from simjob.testing.strategies import requests

Json = dict[str, Any]
PAGE, TODAY = Column.PAGE, Column.TODAY
BASE = {
    "TrainingJobName": "a",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/abc",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
GROUP = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}
PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/p"
SERVERLESS = {
    "BaseModelArn": "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/Model/m/1.0.0",
    "JobType": "FineTuning",
}
SEGMENTATION = "The Semantic Segmentation built-in algorithm does not support network isolation."
NEEDS_INSTANCES = "ResourceConfig must give an InstanceType and an InstanceCount of at least 1."
NO_WAIT = (
    "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to "
    "true"
)
SHORT_WAIT = (
    "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
    "MaxRuntimeInSeconds"
)
ONE_ALGORITHM = "AlgorithmSpecification must give exactly one of TrainingImage and AlgorithmName."
NO_MODE = {"TrainingInputMode": "File"}


def broken(column: Column = TODAY, without: Collection[str] = (), **changes: object) -> list[str]:
    raw = {key: value for key, value in (BASE | changes).items() if key not in without}
    return violated_rules(structure(CreateTrainingJobRequest, raw, column), column)


def algorithm(**changes: object) -> Json:
    return {"AlgorithmSpecification": BASE["AlgorithmSpecification"] | changes}


def resources(**changes: object) -> Json:
    return {"ResourceConfig": BASE["ResourceConfig"] | changes}


def limits(run: int | None = None, wait: int | None = None) -> Json:
    return {"StoppingCondition": {"MaxRuntimeInSeconds": run, "MaxWaitTimeInSeconds": wait}}


def channels(*names: str, mode: str | None = None, **source: object) -> Json:
    data = {"S3DataType": "S3Prefix", "S3Uri": "s3://b/p"} | source
    return {
        "InputDataConfig": [
            {"ChannelName": name, "InputMode": mode, "DataSource": {"S3DataSource": data}}
            for name in names
        ]
    }


def metrics(*pairs: tuple[str, str]) -> Json:
    return algorithm(MetricDefinitions=[{"Name": name, "Regex": regex} for name, regex in pairs])


@pytest.mark.parametrize("column", Column)
@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({}, []),
        (limits(60, 60), [NO_WAIT]),
        (limits(60, 60) | {"EnableManagedSpotTraining": False}, [NO_WAIT]),
        (limits(60, 60) | {"EnableManagedSpotTraining": True}, []),
        (limits(60, 59) | {"EnableManagedSpotTraining": True}, [SHORT_WAIT]),
        (limits(60) | {"EnableManagedSpotTraining": True}, [SHORT_WAIT]),
        (limits(None, 86400) | {"EnableManagedSpotTraining": True}, []),
        (limits(None, 86399) | {"EnableManagedSpotTraining": True}, [SHORT_WAIT]),
        (limits(2419200), []),
        (
            limits(2419201),
            ["Invalid MaxRuntimeInSeconds. It must be at most 2419200 (28 days)."],
        ),
        (channels("a", "b"), []),
        (
            channels("a", "b", "a", "b", "a"),
            [
                "InputDataConfig must have unique names; 'a' is there more than once.",
                "InputDataConfig must have unique names; 'b' is there more than once.",
            ],
        ),
        (algorithm(AlgorithmName="x"), [ONE_ALGORITHM]),
        ({"AlgorithmSpecification": NO_MODE}, [ONE_ALGORITHM]),
        ({"AlgorithmSpecification": NO_MODE | {"AlgorithmName": "x"}}, []),
        (metrics(("a", "x=(.*)"), ("b", "x=(.*)")), []),
        (
            metrics(("a", "(")),
            [
                (
                    "The Regex of the metric 'a' does not compile: missing ), unterminated "
                    "subpattern at position 0."
                )
            ],
        ),
        (
            metrics(("a", "x"), ("a", "y")),
            ["MetricDefinitions must have unique names; 'a' is there more than once."],
        ),
        (
            {"InputDataConfig": [{"ChannelName": "a", "DataSource": {}}]},
            ["The channel 'a' must have exactly one data source."],
        ),
        (channels("a", AttributeNames=[]), []),
        (
            channels("a", AttributeNames=["x"]),
            ["The channel 'a' must not have AttributeNames: it is no AugmentedManifestFile."],
        ),
        (
            channels("a", S3DataType="AugmentedManifestFile", AttributeNames=["x"], mode="Pipe"),
            [],
        ),
        (
            channels("a", S3DataType="AugmentedManifestFile", AttributeNames=["x"])
            | algorithm(TrainingInputMode="Pipe"),
            [],
        ),
        (
            channels("a", S3DataType="AugmentedManifestFile", AttributeNames=["x"], mode="File")
            | algorithm(TrainingInputMode="Pipe"),
            ["The channel 'a' must be in Pipe mode: it is an AugmentedManifestFile."],
        ),
        (
            channels("a", S3DataType="AugmentedManifestFile"),
            [
                "The channel 'a' must have AttributeNames: it is an AugmentedManifestFile.",
                "The channel 'a' must be in Pipe mode: it is an AugmentedManifestFile.",
            ],
        ),
        (
            algorithm(TrainingImage="1.ecr.com/semantic-segmentation:latest")
            | {"EnableNetworkIsolation": True},
            [SEGMENTATION],
        ),
        (
            algorithm(TrainingImage="1.ecr.com/semantic-segmentation@sha256:00")
            | {"EnableNetworkIsolation": True},
            [SEGMENTATION],
        ),
        (
            {"AlgorithmSpecification": NO_MODE | {"AlgorithmName": "semantic-segmentation"}}
            | {"EnableNetworkIsolation": True},
            [SEGMENTATION],
        ),
        (
            algorithm(TrainingImage="1.ecr.com/semantic-segmentation:1")
            | {"EnableNetworkIsolation": False},
            [],
        ),
        (
            algorithm(TrainingImage="1.ecr.com/my-semantic-segmentation:1")
            | {"EnableNetworkIsolation": True},
            [],
        ),
        (
            limits(60, 60) | algorithm(AlgorithmName="x"),
            [ONE_ALGORITHM, NO_WAIT],
        ),
    ],
)
def test_rules_of_both_columns(column: Column, changes: Json, messages: list[str]) -> None:
    assert broken(column, **changes) == messages


@pytest.mark.parametrize(
    ("without", "changes", "messages"),
    [
        (["StoppingCondition"], {}, []),
        (
            ["AlgorithmSpecification"],
            {},
            ["AlgorithmSpecification is required, unless ServerlessJobConfig is given."],
        ),
        (
            ["ResourceConfig"],
            {},
            ["ResourceConfig is required, unless ServerlessJobConfig is given."],
        ),
        (
            ["ResourceConfig", "AlgorithmSpecification"],
            {"ServerlessJobConfig": SERVERLESS},
            ["simjob does not simulate ServerlessJobConfig."],
        ),
        ([], resources(InstanceCount=0), [NEEDS_INSTANCES]),
        ([], resources(InstanceCount=None), [NEEDS_INSTANCES]),
        ([], resources(InstanceType=None), [NEEDS_INSTANCES]),
        (
            [],
            {"ResourceConfig": {"InstanceGroups": [GROUP]}},
            ["simjob does not simulate ResourceConfig.InstanceGroups."],
        ),
        *(
            (
                [],
                {"ResourceConfig": {"InstanceGroups": [GROUP], name: value}},
                [
                    "simjob does not simulate ResourceConfig.InstanceGroups.",
                    (
                        "ResourceConfig must not give InstanceType or InstanceCount beside "
                        "InstanceGroups."
                    ),
                ],
            )
            for name, value in (("InstanceType", "ml.m5.large"), ("InstanceCount", 0))
        ),
        (
            [],
            {"ResourceConfig": {"InstancePreferences": [{"InstanceType": "ml.m5.large"}]}},
            ["simjob does not simulate ResourceConfig.InstancePreferences."],
        ),
        (
            [],
            resources(TrainingPlanArn=PLAN, InstancePlacementConfig={}),
            [
                "simjob does not simulate ResourceConfig.TrainingPlanArn.",
                "simjob does not simulate ResourceConfig.InstancePlacementConfig.",
            ],
        ),
        ([], resources(KeepAlivePeriodInSeconds=60), []),
        (
            [],
            resources(KeepAlivePeriodInSeconds=60)
            | limits(60, 60)
            | {"EnableManagedSpotTraining": True},
            [
                (
                    "Invalid KeepAlivePeriodInSeconds. It is not supported when "
                    "EnableManagedSpotTraining is set to true."
                )
            ],
        ),
        (
            [],
            resources(KeepAlivePeriodInSeconds=0)
            | limits(60, 60)
            | {"EnableManagedSpotTraining": True},
            [],
        ),
        (["StoppingCondition"], {"EnableManagedSpotTraining": True}, [SHORT_WAIT]),
        (
            [],
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "a",
                        "DataSource": {
                            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b"},
                            "FileSystemDataSource": {
                                "FileSystemId": "fs-01234567",
                                "FileSystemAccessMode": "ro",
                                "FileSystemType": "EFS",
                                "DirectoryPath": "/",
                            },
                        },
                    }
                ]
            },
            ["The channel 'a' must have exactly one data source."],
        ),
        (
            [],
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "a",
                        "DataSource": {
                            "DatasetSource": {
                                "DatasetArn": "arn:aws:sagemaker:us-east-1:aws:hub-content/"
                                "Hub/DataSet/d"
                            }
                        },
                    }
                ]
            },
            [],
        ),
    ],
)
def test_rules_of_today(without: Collection[str], changes: Json, messages: list[str]) -> None:
    assert broken(TODAY, without, **changes) == messages


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(Column)).flatmap(lambda c: st.tuples(st.just(c), requests(c))))
def test_the_strategy_keeps_every_rule(drawn: tuple[Column, Json]) -> None:
    column, raw = drawn
    assert violated_rules(structure(CreateTrainingJobRequest, raw, column), column) == []


@settings(max_examples=10, deadline=None)
@given(requests(PAGE, spot=True), requests(PAGE, spot=False))
def test_the_strategy_draws_spot_or_on_demand_when_asked(on_spot: Json, on_demand: Json) -> None:
    assert on_spot["EnableManagedSpotTraining"] is True
    assert "EnableManagedSpotTraining" not in on_demand


def test_every_channel_is_looked_at_whatever_stands_before_it() -> None:
    dataset = "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/DataSet/d"
    plain = {"S3DataType": "S3Prefix", "S3Uri": "s3://b"}
    sources = {
        "elsewhere": {"DatasetSource": {"DatasetArn": dataset}},
        "plain": {"S3DataSource": plain},
        "named": {"S3DataSource": plain | {"AttributeNames": ["x"]}},
        "manifest": {"S3DataSource": plain | {"S3DataType": "AugmentedManifestFile"}},
    }
    channels = [{"ChannelName": name, "DataSource": data} for name, data in sources.items()]
    assert broken(TODAY, InputDataConfig=channels) == [
        "The channel 'named' must not have AttributeNames: it is no AugmentedManifestFile.",
        "The channel 'manifest' must have AttributeNames: it is an AugmentedManifestFile.",
        "The channel 'manifest' must be in Pipe mode: it is an AugmentedManifestFile.",
    ]
