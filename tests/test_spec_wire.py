"""JSON to shapes and back: round trips, everything wrong at once, and nothing shared."""

import copy
import json
import pathlib
import pickle
import subprocess
import sys
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simjob.spec import replies, requests, shapes, shapes_search, shapes_today
from simjob.spec.editions import Column
from simjob.spec.errors import Kind
from simjob.spec.member import members
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.spec.wire import InvalidRequest, _walk, echo, structure, unstructure, violations_of
from simjob.testing.strategies import from_shape
from simjob.testing.strategies import requests as any_request

Json = dict[str, Any]
PAGE, TODAY = Column.PAGE, Column.TODAY
ROLE = "arn:aws:iam::123456789012:role/abc"


def request(**changes: object) -> Json:
    return {
        "TrainingJobName": "a",
        "HyperParameters": {"epochs": "3"},
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [channel("train")],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    } | changes


def channel(name: str, **changes: object) -> Json:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/p"} | changes
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def refused(
    raw: object, column: Column = PAGE, shape: type = requests.CreateTrainingJobRequest
) -> list[tuple[str, str, Kind]]:
    with pytest.raises(InvalidRequest) as caught:
        structure(shape, raw, column)
    return [(each.path, each.clause, each.kind) for each in caught.value.violations]


EVERY_SHAPE = [
    shape
    for room in (requests, replies, shapes, shapes_search, shapes_today)
    for shape in vars(room).values()
    if attrs.has(shape) and shape.__module__ == room.__name__
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(Column)).flatmap(lambda c: st.tuples(st.just(c), any_request(c))))
def test_requests_survive_the_round_trip(drawn: tuple[Column, Json]) -> None:
    column, raw = drawn
    read = structure(requests.CreateTrainingJobRequest, raw, column)
    assert unstructure(read, column, reply=False) == raw
    assert json.loads(json.dumps(raw)) == raw
    assert violations_of(read, column, reply=False) == ()


@pytest.mark.parametrize("column", Column)
@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_every_shape_survives_the_round_trip(shape: type, column: Column) -> None:
    @settings(max_examples=3, deadline=None, database=None)
    @given(from_shape(shape, column))
    def survives(raw: object) -> None:
        read = structure(shape, raw, column)
        assert unstructure(read, column, reply=False) == raw
        assert tuple(_walk(column)(shape, "", raw)) == ()

    survives()


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 100) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("Key", "Value", "S3Uri", "x")), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(Column)),
    st.sampled_from([each.name for each in members(requests.CreateTrainingJobRequest, TODAY)]),
    junk,
)
def test_junk_in_a_member_is_read_or_is_answered_with_violations(
    column: Column, name: str, value: object
) -> None:
    raw = request(**{name: value})
    found = [each.text for each in _walk(column)(requests.CreateTrainingJobRequest, "", raw)]
    if not found:
        structure(requests.CreateTrainingJobRequest, raw, column)
        return
    with pytest.raises(InvalidRequest) as caught:
        structure(requests.CreateTrainingJobRequest, raw, column)
    assert [each.text for each in caught.value.violations] == found


@pytest.mark.parametrize("raw", [None, 1, "TrainingJobName", ["TrainingJobName"], True])
def test_what_is_no_structure_is_refused(raw: object) -> None:
    ((path, clause, kind),) = refused(raw)
    assert path == ""
    if raw is None:
        assert (clause, kind) == ("Member must not be null", Kind.MISSING)
    else:
        assert (clause, kind) == ("Member must be of type structure", Kind.TYPE)
    assert refused(raw, shape=shapes.StoppingCondition) == [(path, clause, kind)]


def test_everything_wrong_is_said_at_once_in_the_order_of_the_members() -> None:
    raw = request(
        Role=ROLE,
        StoppingCondition={"MaxRuntimeInSeconds": "60", "MaxWaitTimeInSeconds": 0},
        InputDataConfig=[channel("a"), channel("b c", S3Uri="nowhere", S3DataType=None)],
        TrainingJobName="-" * 64,
    )
    del raw["RoleArn"]
    constraint, missing = Kind.CONSTRAINT, Kind.MISSING
    s3 = "inputDataConfig.2.member.dataSource.s3DataSource"
    pattern = "Member must satisfy regular expression pattern: "
    assert refused(raw) == [
        ("trainingJobName", "Member must have length less than or equal to 63", constraint),
        ("trainingJobName", f"{pattern}^[a-zA-Z0-9](-*[a-zA-Z0-9])*", constraint),
        ("roleArn", "Member must not be null", missing),
        ("inputDataConfig.2.member.channelName", f"{pattern}[A-Za-z0-9\\.\\-_]+", constraint),
        (f"{s3}.s3DataType", "Member must not be null", missing),
        (f"{s3}.s3Uri", f"{pattern}^(https|s3)://([^/]+)/?(.*)$", constraint),
        ("stoppingCondition.maxRuntimeInSeconds", "Member must be of type integer", Kind.TYPE),
        (
            "stoppingCondition.maxWaitTimeInSeconds",
            "Member must have value greater than or equal to 1",
            constraint,
        ),
        ("role", "Member is not known; the nearest one is RoleArn", Kind.UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("raw", "path", "clause"),
    [
        (
            {"TrainingJobNam": "a"},
            "trainingJobNam",
            "Member is not known; the nearest one is TrainingJobName",
        ),
        (
            {"trainingJobName": "a"},
            "trainingJobName",
            "Member is not known; the nearest one is TrainingJobName",
        ),
        (
            {"StoppingCondition": {"MaxRunTimeInSeconds": 1}},
            "stoppingCondition.maxRunTimeInSeconds",
            "Member is not known; the nearest one is MaxRuntimeInSeconds",
        ),
        (
            {"Environment": {}},
            "environment",
            "Member is not known in this edition; it came later, and the live edition has it",
        ),
        (
            {"StoppingCondition": {"MaxPendingTimeInSeconds": 1800}},
            "stoppingCondition.maxPendingTimeInSeconds",
            "Member is not known in this edition; it came later, and the live edition has it",
        ),
    ],
)
def test_unknown_members_are_named_with_what_was_meant(raw: Json, path: str, clause: str) -> None:
    assert refused(request(**raw)) == [(path, clause, Kind.UNKNOWN)]


def test_a_structure_without_members_has_none_to_offer() -> None:
    assert refused({"A": 1}, shape=replies.StopTrainingJobResponse) == [
        ("a", "Member is not known; the structure has none", Kind.UNKNOWN)
    ]


def test_keys_that_are_no_strings_are_unknown() -> None:
    assert refused(request() | {7: 1})[0][::2] == ("7", Kind.UNKNOWN)


def test_nulls_are_absent_members_at_every_depth() -> None:
    raw = request(
        VpcConfig=None,
        Tags=[{"Key": "a", "Value": "b"}],
        StoppingCondition={"MaxRuntimeInSeconds": None},
    )
    raw["InputDataConfig"][0]["ContentType"] = None
    read = structure(requests.CreateTrainingJobRequest, raw, PAGE)
    assert read.VpcConfig is None
    assert read.StoppingCondition == shapes.StoppingCondition()
    assert read.InputDataConfig[0].ContentType is None
    assert read.Tags == (shapes.Tag(Key="a", Value="b"),)
    assert "VpcConfig" not in unstructure(read, PAGE)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"HyperParameters": {"a": None}}, "hyperParameters.a.member"),
        ({"InputDataConfig": [None]}, "inputDataConfig.1.member"),
        ({"RoleArn": None}, "roleArn"),
        ({"ResourceConfig": None}, "resourceConfig"),
        ({"VpcConfig": {"Subnets": ["a", None], "SecurityGroupIds": ["b"]}},
         "vpcConfig.subnets.2.member"),
    ],
)  # fmt: skip
def test_nulls_that_stand_for_something_are_refused(changes: Json, path: str) -> None:
    assert refused(request(**changes)) == [(path, "Member must not be null", Kind.MISSING)]


def test_entries_and_items_of_the_wrong_type_are_named() -> None:
    vpc = {"SecurityGroupIds": ["a"], "Subnets": ["b", 3]}
    assert refused(request(HyperParameters={"epochs": 3}, VpcConfig=vpc)) == [
        ("hyperParameters.epochs.member", "Member must be of type string", Kind.TYPE),
        ("vpcConfig.subnets.2.member", "Member must be of type string", Kind.TYPE),
    ]
    assert refused(request(HyperParameters={3: "epochs"})) == [
        ("hyperParameters.3.member", "Member must be of type string", Kind.TYPE)
    ]


def test_columns_differ() -> None:
    minimal = {
        "TrainingJobName": "a",
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://b"},
    }
    assert structure(requests.CreateTrainingJobRequest, minimal, TODAY).ResourceConfig is None
    assert [path for path, *_ in refused(minimal)] == [
        "algorithmSpecification",
        "resourceConfig",
        "stoppingCondition",
    ]


def test_nothing_that_can_change_is_shared_with_the_caller() -> None:
    raw = request(
        Tags=[{"Key": "a", "Value": "b"}],
        VpcConfig={"SecurityGroupIds": ["a"], "Subnets": ["b"]},
    )
    before = copy.deepcopy(raw)
    read = structure(requests.CreateTrainingJobRequest, raw, PAGE)
    raw["HyperParameters"]["epochs"] = "4"
    raw["InputDataConfig"].append(1)
    raw["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = "x"
    raw["VpcConfig"]["Subnets"].clear()
    raw["Tags"].clear()
    assert unstructure(read, PAGE, reply=False) == before


def test_each_written_form_is_a_new_one() -> None:
    vpc = {"SecurityGroupIds": ["a"], "Subnets": ["b"]}
    read = structure(requests.CreateTrainingJobRequest, request(VpcConfig=vpc), PAGE)
    first = unstructure(read, PAGE)
    before = copy.deepcopy(first)
    first["HyperParameters"]["epochs"] = "4"
    first["InputDataConfig"][0]["DataSource"]["S3DataSource"].clear()
    first["InputDataConfig"].clear()
    first["VpcConfig"]["Subnets"].clear()
    first["StoppingCondition"]["MaxRuntimeInSeconds"] = 1
    assert unstructure(read, PAGE) == before


def test_any_mapping_and_any_tuple_will_do() -> None:
    frozen = MappingProxyType(
        request(InputDataConfig=(channel("a"),), HyperParameters=MappingProxyType({"a": "b"}))
    )
    read = structure(requests.CreateTrainingJobRequest, frozen, PAGE)
    assert type(read.HyperParameters) is dict
    assert type(read.InputDataConfig) is tuple
    assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301  our own bytes


def reply(**changes: object) -> replies.DescribeTrainingJobResponse:
    limits = shapes.StoppingCondition(MaxRuntimeInSeconds=60, MaxWaitTimeInSeconds=90)
    return replies.DescribeTrainingJobResponse(
        **{
            "TrainingJobName": "a",
            "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/a",
            "TrainingJobStatus": PrimaryStatus.InProgress,
            "SecondaryStatus": SecondaryStatus.Training,
            "StoppingCondition": limits,
            "CreationTime": 1.5,
            "AlgorithmSpecification": shapes.AlgorithmSpecification(
                TrainingImage="i", TrainingInputMode="File"
            ),
            "ResourceConfig": shapes.ResourceConfig(
                InstanceType="ml.m5.large",
                InstanceCount=1,
                VolumeSizeInGB=1,
                KeepAlivePeriodInSeconds=60,
            ),
            "SecondaryStatusTransitions": (
                shapes.SecondaryStatusTransition(Status=SecondaryStatus.Training, StartTime=1.5),
            ),
            "TrainingTimeInSeconds": 3,
        }
        | changes
    )


def test_the_pages_replies_hide_what_the_page_does_not_have() -> None:
    page, today = unstructure(reply(), PAGE), unstructure(reply(), TODAY)
    assert page["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert today["StoppingCondition"] == {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}
    assert "KeepAlivePeriodInSeconds" not in page["ResourceConfig"]
    assert today["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 60
    assert "TrainingTimeInSeconds" not in page
    assert unstructure(reply(), PAGE, reply=False)["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 60,
        "MaxWaitTimeInSeconds": 90,
    }


def test_statuses_are_written_as_plain_strings() -> None:
    written = unstructure(reply(), PAGE)
    assert type(written["TrainingJobStatus"]) is str
    assert type(written["SecondaryStatus"]) is str
    assert type(written["SecondaryStatusTransitions"][0]["Status"]) is str


def test_a_reply_keeps_the_order_of_the_model() -> None:
    names = [each.name for each in members(replies.DescribeTrainingJobResponse, TODAY)]
    written = list(unstructure(reply(), TODAY))
    assert written == [name for name in names if name in written]
    assert written[:4] == [
        "TrainingJobName",
        "TrainingJobArn",
        "TrainingJobStatus",
        "SecondaryStatus",
    ]


def test_false_zero_and_empty_are_not_absent() -> None:
    written = unstructure(
        reply(EnableNetworkIsolation=False, InputDataConfig=(), FailureReason="", CreationTime=0.0),
        TODAY,
    )
    assert written["EnableNetworkIsolation"] is False
    assert (written["InputDataConfig"], written["FailureReason"]) == ([], "")
    assert written["CreationTime"] == 0.0


def test_replies_are_checked_against_their_own_shapes() -> None:
    assert violations_of(reply(), PAGE) == violations_of(reply(), TODAY) == ()
    pending = reply(SecondaryStatus=SecondaryStatus.Pending)
    assert violations_of(pending, TODAY) == ()
    (found,) = violations_of(pending, PAGE)
    assert (found.path, found.value) == ("secondaryStatus", "Pending")


def test_a_refusal_can_be_pickled() -> None:
    with pytest.raises(InvalidRequest) as caught:
        structure(shapes.ShuffleConfig, {"Seed": "x"}, PAGE)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  our own bytes
    assert again.violations == caught.value.violations
    assert str(again) == (
        "Value 'x' at 'seed' failed to satisfy constraint: Member must be of type integer"
    )


def test_importing_the_spec_puts_nothing_together() -> None:
    code = (
        "import sys; from simjob.spec import wire, rules, replies;"
        "assert not wire._reader.cache_info().currsize;"
        "assert not wire._writer.cache_info().currsize;"
        "assert not wire._converter.cache_info().currsize;"
        "assert 'hypothesis' not in sys.modules"
    )
    root = pathlib.Path(structure.__code__.co_filename).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)  # noqa: S603  our own words


def test_what_a_reply_repeats_of_a_request_is_the_columns_own_at_every_depth() -> None:
    limits = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}
    shown = {PAGE: {"MaxRuntimeInSeconds": 60}, TODAY: limits}
    for column in Column:
        raw = request(StoppingCondition=limits, EnableManagedSpotTraining=True)
        read = structure(requests.CreateTrainingJobRequest, raw, column)
        reply: Json = {}
        echo(requests.CreateTrainingJobRequest, replies.DescribeTrainingJobResponse, column)(
            read, reply
        )
        assert reply["StoppingCondition"] == shown[column]
        assert ("EnableManagedSpotTraining" in reply) is (column is TODAY)
