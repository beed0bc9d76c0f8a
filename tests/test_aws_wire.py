"""Requests that are misspelt, and replies as they are on the wire."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from helpers import Json, request
from moto import mock_aws

import simjob.aws
from simjob.aws import NotSimulatedError

SESSION = boto3.Session(region_name="us-east-1", **simjob.aws.credentials("123456789012"))
GROUP = "/aws/sagemaker/TrainingJobs"
UNCHECKED = Config(parameter_validation=False)
ROLE = {"RoleArn": "arn:aws:iam::210987654321:role/r", "RoleSessionName": "me"}

both = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])


def refused(call: Callable[..., object], **params: object) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    told = caught.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 400
    return told["Error"]["Code"], told["Error"]["Message"]


def spoilt(service: str, change: Callable[[Any], None]) -> Any:  # noqa: ANN401 - no types of boto3
    """A client whose requests are changed before they are signed."""
    client = SESSION.client(service, config=UNCHECKED)
    client.meta.events.register(f"before-sign.{service}", lambda request, **_: change(request))
    return client


@both
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TrainingJobName": 5}, "NUMBER_VALUE can not be converted to String"),
        ({"EnableNetworkIsolation": "no"}, "STRING_VALUE can not be converted to Boolean"),
        ({"RoleArn": True}, "BOOLEAN_VALUE can not be converted to String"),
        ({"RoleArn": ["r"]}, "Start of structure or map found where not expected."),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": "1h"}},
            "STRING_VALUE can not be converted to Integer",
        ),
    ],
)
def test_a_member_of_a_wrong_type_cannot_be_read(wire: bool, changes: Json, message: str) -> None:  # noqa: FBT001 - a case
    client = SESSION.client("sagemaker", config=UNCHECKED)

    def as_it_is(params: Json, **_: object) -> None:
        params["body"] = json.dumps(wrong).encode()

    # botocore's serializer would stumble over some of these before any service sees them.
    client.meta.events.register_first("before-call.sagemaker.CreateTrainingJob", as_it_is)
    wrong = request(**changes)
    with simjob.aws.mock(wire=wire) as sim:
        told = refused(client.create_training_job, **request())
        assert told == ("SerializationException", message)
        assert not sim.jobs


@both
def test_a_member_that_is_missing_is_named_by_the_service(wire: bool) -> None:  # noqa: FBT001 - a case
    client = SESSION.client("sagemaker", config=UNCHECKED)
    with simjob.aws.mock(wire=wire):
        code, message = refused(client.create_training_job, TrainingJobName="a")
        assert code == "ValidationException"
        assert "Value null at 'roleArn' failed to satisfy constraint" in message


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b"null", b'"a"'])
def test_a_body_that_is_no_structure_cannot_be_read(body: bytes) -> None:
    def spoil(request: Any) -> None:  # noqa: ANN401 - no types of boto3
        request.data = body

    with simjob.aws.mock(wire=True):
        code, _ = refused(spoilt("sagemaker", spoil).list_training_jobs)
        assert code == "SerializationException"


@pytest.mark.parametrize("target", ["SageMaker.LaunchTrainingJob", "Logs.ListTrainingJobs", ""])
def test_a_target_that_there_is_not_is_unknown(target: str) -> None:
    with simjob.aws.mock(wire=True):
        told = refused(spoilt("sagemaker", aim_at(target)).list_training_jobs)
        assert told == ("UnknownOperationException", f"Unknown operation {target}")


def aim_at(target: str) -> Callable[[Any], None]:
    def spoil(request: Any) -> None:  # noqa: ANN401 - no types of boto3
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = target

    return spoil


def test_a_target_that_is_another_operation_is_answered_as_that_one() -> None:
    with simjob.aws.mock(wire=True):
        SESSION.client("sagemaker").create_training_job(**request())
        called = spoilt("sagemaker", aim_at("SageMaker.DescribeTrainingJob"))
        called.stop_training_job(TrainingJobName="a")
        told = refused(called.stop_training_job, TrainingJobName="b")
    assert told[0] == "ValidationException"  # as Describe refuses it
    assert "not found" in told[1]


def test_what_another_operation_is_that_is_not_simulated_is_named() -> None:
    called = spoilt("sagemaker", aim_at("SageMaker.CreateModel"))
    form = spoilt("sts", lambda request: request.data.update(Action="GetSessionToken"))
    with simjob.aws.mock(wire=True):
        with pytest.raises(NotSimulatedError, match=r"sagemaker CreateModel is not .* moto's"):
            called.list_training_jobs()
        with pytest.raises(NotSimulatedError, match="sts GetSessionToken is not simulated"):
            form.get_caller_identity()


def test_another_operation_that_is_not_simulated_goes_to_moto_beside() -> None:
    called = spoilt("sagemaker", aim_at("SageMaker.ListModels"))
    with simjob.aws.mock(wire=True), mock_aws():
        assert called.list_training_jobs()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", "GET"),
        ("method", "PUT"),
        ("Content-Type", "text/plain"),
        ("Content-Type", "application/x-amz-json-2.0"),
        ("Content-Type", None),
    ],
)
def test_what_is_no_post_of_json_is_not_looked_into(name: str, value: str | None) -> None:
    def spoil(request: Any) -> None:  # noqa: ANN401 - no types of boto3
        if name == "method":
            request.method = value
            return
        del request.headers[name]
        if value is not None:
            request.headers[name] = value

    client = spoilt("sagemaker", spoil)
    bodies = []
    client.meta.events.register(
        "before-parse.sagemaker", lambda response_dict, **_: bodies.append(response_dict["body"])
    )
    with simjob.aws.mock(wire=True) as sim:
        with pytest.raises(ClientError) as caught:
            client.create_training_job(**request())
        assert not sim.jobs
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert bodies == [b"<UnknownOperationException/>\n"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-amz-json-1.0; charset=UTF-8"])
def test_other_names_of_json_are_read(kind: str) -> None:
    def spoil(request: Any) -> None:  # noqa: ANN401 - no types of boto3
        del request.headers["Content-Type"]
        request.headers["Content-Type"] = kind

    with simjob.aws.mock(wire=True):
        assert spoilt("sagemaker", spoil).list_training_jobs()["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Action": None}, "MissingAction"),
        ({"Action": "BecomeRole"}, "InvalidAction"),
        ({"Version": "2010-01-01"}, "InvalidAction"),
        ({"RoleArn": None}, "ValidationError"),
    ],
)
def test_a_query_that_is_misspelt_gets_the_services_own_error(change: Json, code: str) -> None:
    def spoil(request: Any) -> None:  # noqa: ANN401 - no types of boto3
        form = {**request.data, **change}
        request.data = {name: value for name, value in form.items() if value is not None}

    with simjob.aws.mock(wire=True):
        told, _ = refused(spoilt("sts", spoil).assume_role, **ROLE)
        assert told == code


def test_a_query_without_a_member_that_it_needs_is_refused_before_the_call_too() -> None:
    client = SESSION.client("sts", config=UNCHECKED)
    with simjob.aws.mock():
        code, message = refused(client.assume_role, RoleSessionName="me")
    assert code == "ValidationError"
    assert message.startswith("1 validation error detected: Value null at 'roleArn'")


def test_responses_are_those_of_http() -> None:
    client = SESSION.client("sagemaker")
    seen: list[Any] = []
    client.meta.events.register(
        "before-parse.sagemaker", lambda response_dict, **_: seen.append(response_dict)
    )
    with simjob.aws.mock(wire=True, seed=-1) as sim:
        arn = client.create_training_job(**request())["TrainingJobArn"]
        refused(client.create_training_job, **request())
        refused(client.describe_training_job, TrainingJobName="b")
        assert sim.jobs["a"].arn == arn
    ok, in_use, unknown = seen
    assert (ok["status_code"], json.loads(ok["body"])) == (200, {"TrainingJobArn": arn})
    assert dict(ok["headers"]) == {
        "x-amzn-RequestId": "ffffffff-0000-4000-8000-000000000001",
        "Content-Type": "application/x-amz-json-1.1",
        "Content-Length": str(len(ok["body"])),
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    # The modelled error spells its message as its shape does, another one in lower case.
    assert json.loads(in_use["body"]).keys() == {"__type", "Message"}
    assert json.loads(unknown["body"]).keys() == {"__type", "message"}


def test_before_the_call_handlers_find_a_response_too() -> None:
    client = SESSION.client("sagemaker")
    seen: list[Any] = []
    client.meta.events.register(
        "after-call.sagemaker", lambda http_response, **_: seen.append(http_response)
    )
    with simjob.aws.mock():
        reply = client.create_training_job(**request())
    assert seen[0].status_code == 200
    assert seen[0].headers["X-Amzn-RequestId"] == reply["ResponseMetadata"]["RequestId"]
    assert (seen[0].content, seen[0].text) == (b"", "")


def test_markup_in_a_query_reply_is_escaped() -> None:
    client = SESSION.client("sts", config=UNCHECKED)
    with simjob.aws.mock(wire=True):
        code, message = refused(client.assume_role, RoleArn="<&>", RoleSessionName="me")
    assert (code, message) == ("ValidationError", "<&> is invalid")


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("sagemaker", "stop_training_job", {"TrainingJobName": "b"}, "ValidationException"),
        ("logs", "describe_log_streams", {"logGroupName": GROUP}, "ResourceNotFoundException"),
        (
            "cloudwatch",
            "get_metric_data",
            {"StartTime": 0, "EndTime": 60, "MetricDataQueries": []},
            "ValidationError",
        ),
        ("sts", "assume_role", {**ROLE, "RoleSessionName": "a b"}, "ValidationError"),
    ],
)
def test_both_seams_refuse_alike(service: str, operation: str, params: Json, code: str) -> None:
    told = []
    for wire in (False, True):
        with simjob.aws.mock(wire=wire):
            client = SESSION.client(service)
            with pytest.raises(ClientError) as caught:
                getattr(client, operation)(**params)
            reply = {k: v for k, v in caught.value.response.items() if k != "ResponseMetadata"}
            reply["Error"].pop("Type", None)  # which only the query protocol tells
            told.append((type(caught.value).__name__, reply))
    assert told[0] == told[1]
    assert told[0][1]["Error"]["Code"] == code
