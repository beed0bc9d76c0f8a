"""What unmodified clients get for their calls, at both seams."""

import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    WaiterError,
)
from botocore.httpsession import URLLib3Session
from botocore_model import wrong
from helpers import Json, channel, request, resources, world
from moto import mock_aws

import simjob.aws
from simjob import Simulation, World
from simjob.aws.dispatch import SERVICES
from simjob.aws.errors import NotSimulatedError
from simjob.world import ApiFaults, Capacity, Quotas, SpotMarket, Workload, WorkloadRule
from simjob.world.api_faults import OPERATIONS

SESSION = boto3.Session(region_name="us-east-1", **simjob.aws.credentials("123456789012"))
CLIENT = SESSION.client("sagemaker")
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/a"
ENDPOINT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/a"
LATENCY = timedelta(milliseconds=50)

both = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])


@pytest.fixture(params=[False, True], ids=["before-call", "before-send"])
def sim(request: pytest.FixtureRequest) -> Iterator[Simulation]:
    rules = [WorkloadRule(name="fails*", workload=Workload(exit_code=1, fails_after=1))]
    with simjob.aws.mock(world(workloads=rules), wire=request.param) as simulation:
        yield simulation


def create(name: str = "a", client: Any = CLIENT, **changes: object) -> str:  # noqa: ANN401 - no types of boto3
    arn: str = client.create_training_job(**request(name, **changes))["TrainingJobArn"]
    return arn


def error(call: Any, **params: object) -> tuple[str, str, int]:  # noqa: ANN401 - a method of a client
    with pytest.raises(ClientError) as caught:
        call(**params)
    told = caught.value.response
    metadata = told["ResponseMetadata"]
    assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]
    return told["Error"]["Code"], told["Error"]["Message"], metadata["HTTPStatusCode"]


def test_a_job_lives_its_life(sim: Simulation) -> None:
    assert create() == JOB
    CLIENT.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="a")
    reply = CLIENT.describe_training_job(TrainingJobName="a")
    assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == ("Completed", "Completed")
    assert reply["CreationTime"] == sim.world.start + LATENCY
    assert reply["CreationTime"].utcoffset() is not None
    told = reply["SecondaryStatusTransitions"]
    assert [each["StartTime"] for each in told[1:]] == [each["EndTime"] for each in told[:-1]]
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert reply["ResponseMetadata"]["RetryAttempts"] == 0


def test_replies_are_those_of_the_simulation(sim: Simulation) -> None:
    create(InputDataConfig=[channel()], Tags=[{"Key": "k", "Value": "v"}])
    sim.advance(hours=1)

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k != "ResponseMetadata"}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return value.timestamp() if isinstance(value, datetime) else value

    for call, params in (
        ("describe_training_job", {"TrainingJobName": "a"}),
        ("list_training_jobs", {"CreationTimeAfter": sim.world.start}),
        ("list_tags", {"ResourceArn": JOB}),
    ):
        reply = getattr(CLIENT, call)(**params)
        assert plain(reply) == plain(getattr(sim, call)(**params))


def test_the_waiter_takes_stopped_for_success_and_raises_for_failed(sim: Simulation) -> None:
    waiter = CLIENT.get_waiter("training_job_completed_or_stopped")
    create("stopped")
    CLIENT.stop_training_job(TrainingJobName="stopped")
    waiter.wait(TrainingJobName="stopped")
    create("fails")
    with pytest.raises(WaiterError, match="terminal failure"):
        waiter.wait(TrainingJobName="fails")
    with pytest.raises(WaiterError, match="ValidationException"):
        waiter.wait(TrainingJobName="nobody")
    assert sim.jobs["fails"].status == "Failed"


def test_a_long_wait_costs_its_polls_alone(sim: Simulation) -> None:
    create(StoppingCondition={"MaxRuntimeInSeconds": 5 * 86_400})
    calls = []
    CLIENT.meta.events.register(
        "after-call.sagemaker.DescribeTrainingJob", lambda **_: calls.append(sim.now), "count"
    )
    try:
        CLIENT.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="a")
    finally:
        CLIENT.meta.events.unregister("after-call.sagemaker.DescribeTrainingJob", unique_id="count")
    gaps = {b - a for a, b in itertools.pairwise(calls)}
    assert gaps == {timedelta(seconds=120) + LATENCY}


def test_the_paginator_finds_every_job_once(sim: Simulation) -> None:
    names = [f"job-{n:02}" for n in range(25)]
    for name in names:
        create(name)
    pages = CLIENT.get_paginator("list_training_jobs").paginate(
        SortOrder="Ascending", PaginationConfig={"PageSize": 7}
    )
    found = [row["TrainingJobName"] for page in pages for row in page["TrainingJobSummaries"]]
    assert found == names == list(sim.jobs)


def test_time_filters_take_instants(sim: Simulation) -> None:
    create("early")
    sim.advance(hours=1)
    create("late")
    rows = CLIENT.list_training_jobs(CreationTimeAfter=sim.world.start + timedelta(minutes=30))
    assert [row["TrainingJobName"] for row in rows["TrainingJobSummaries"]] == ["late"]


def test_tags_of_a_job(sim: Simulation) -> None:
    create(Tags=[{"Key": "k", "Value": "v"}])
    CLIENT.add_tags(ResourceArn=JOB, Tags=[{"Key": "l", "Value": "w"}])
    CLIENT.delete_tags(ResourceArn=JOB, TagKeys=["k"])
    assert CLIENT.list_tags(ResourceArn=JOB)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert sim.list_tags(ResourceArn=JOB)["Tags"] == [{"Key": "l", "Value": "w"}]


@both
def test_refusals_are_the_exceptions_that_the_client_has(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(world(quotas=Quotas(on_demand={"ml.m5.large": 1})), wire=wire):
        create()
        with pytest.raises(CLIENT.exceptions.ResourceInUse) as in_use:
            create()
        message = in_use.value.response["Error"]["Message"]
        assert message == in_use.value.response["Message"]
        assert message.endswith(f"already exists ({JOB})")
        with pytest.raises(CLIENT.exceptions.ResourceLimitExceeded):
            create("b")
        unknown = ("ValidationException", "Requested resource not found.", 400)
        assert error(CLIENT.describe_training_job, TrainingJobName="b") == unknown
        code, message, _ = error(CLIENT.create_training_job, **request("a_b", Tags=[]))
        assert code == "ValidationException"
        assert "at 'trainingJobName' failed to satisfy constraint" in message


@both
def test_the_page_has_its_modelled_not_found(wire: bool) -> None:  # noqa: FBT001 - a case
    with (
        simjob.aws.mock(edition="documented", wire=wire),
        pytest.raises(CLIENT.exceptions.ResourceNotFound),
    ):
        CLIENT.describe_training_job(TrainingJobName="nobody")


def test_what_botocore_checks_itself_never_becomes_a_call(sim: Simulation) -> None:
    with pytest.raises(ParamValidationError):
        CLIENT.create_training_job(TrainingJobName=5)
    assert sim.now == sim.world.start


@both
def test_a_poll_without_a_sleep_ends(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(world(api=ApiFaults(latency=5)), wire=wire) as sim:
        create()
        while (
            CLIENT.describe_training_job(TrainingJobName="a")["TrainingJobStatus"] == "InProgress"
        ):
            pass
        assert sim.jobs["a"].ended


@both
def test_subscribers_may_call_through_a_client_and_that_takes_no_time(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(world(), wire=wire) as sim:
        seen = []

        def look(transition: simjob.Transition) -> None:
            reply = CLIENT.describe_training_job(TrainingJobName=transition.job.name)
            seen.append((reply["SecondaryStatus"], transition.at == sim.now))

        sim.subscribe(look)
        create()
        sim.run()
        assert seen[0] == ("Starting", True)
        assert seen[-1] == ("Completed", True)
        assert all(at_once for _, at_once in seen)


# Accounts, regions and who is calling.


@both
def test_every_region_and_account_has_its_own_jobs_on_one_clock(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(world(), wire=wire) as sim:
        there = boto3.client("sagemaker", region_name="eu-west-1")
        theirs = boto3.client("sagemaker", **simjob.aws.credentials("210987654321"))
        assert create(client=CLIENT) == JOB
        assert create(client=there) == JOB.replace("us-east-1", "eu-west-1")
        assert create(client=theirs) == JOB.replace("123456789012", "210987654321")
        assert list(sim.jobs) == ["a"]
        ireland = sim.elsewhere(region="eu-west-1")
        assert [job.arn for job in ireland.jobs.values()] == [JOB.replace("us-east-1", "eu-west-1")]
        CLIENT.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="a")
        ends = {
            client.describe_training_job(TrainingJobName="a")["TrainingJobStatus"]
            for client in (CLIENT, there, theirs)
        }
        assert ends == {"Completed"}


@both
def test_who_is_calling(wire: bool) -> None:  # noqa: FBT001 - a case
    def identity(**keys: str) -> Json:
        told: Json = boto3.client("sts", **keys).get_caller_identity()
        del told["ResponseMetadata"]
        return told

    with simjob.aws.mock(wire=wire) as sim:
        at_home = identity()
        assert at_home["Arn"] == "arn:aws:iam::123456789012:user/simjob"
        assert identity(**simjob.aws.credentials("123456789012")) == at_home
        reply = boto3.client("sts").assume_role(
            RoleArn="arn:aws:iam::210987654321:role/path/to/Runner", RoleSessionName="me"
        )
        given = reply["Credentials"]
        assert given["Expiration"] == sim.now + timedelta(hours=1)
        assumed = identity(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        assert assumed == {
            "UserId": "AROASIMJ2109876543210:me",
            "Account": "210987654321",
            "Arn": "arn:aws:sts::210987654321:assumed-role/Runner/me",
        }
        assert assumed["Arn"] == reply["AssumedRoleUser"]["Arn"]


def test_the_token_service_is_the_same_everywhere() -> None:
    with simjob.aws.mock(World(region="eu-west-1")):
        told = boto3.client("sts", region_name="aws-global").get_caller_identity()
        assert told["Account"] == "123456789012"


@both
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"RoleArn": "arn:aws:iam::1:role/longer", "RoleSessionName": "me"}, "is invalid"),
        ({"RoleArn": "arn:aws:iam::210987654321:role/r", "RoleSessionName": "a b"}, "'a b' at"),
        (
            {
                "RoleArn": "arn:aws:iam::210987654321:role/r",
                "RoleSessionName": "me",
                "DurationSeconds": 43_201,
            },
            "'43201' at 'durationSeconds'",
        ),
    ],
)
def test_roles_that_cannot_be_assumed(wire: bool, params: Json, message: str) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(wire=wire):
        code, told, status = error(boto3.client("sts").assume_role, **params)
        assert (code, status) == ("ValidationError", 400)
        assert message in told


@pytest.mark.parametrize("token", [None, "other", "simjob.!", "simjob._w=="])
def test_a_token_that_says_nothing_leaves_the_account_of_the_key(token: str | None) -> None:
    keys = {**simjob.aws.credentials("210987654321"), "aws_session_token": token}
    with simjob.aws.mock():
        told = boto3.client("sts", **keys).get_caller_identity()
    assert told["Arn"] == "arn:aws:iam::210987654321:user/simjob"


@pytest.mark.parametrize(
    ("account", "arn", "message"),
    [
        ("me", None, "account must be 12 digits as text, is 'me'"),
        ("210987654321", "arn:aws:iam::123456789012:user/me", "of IAM or STS in account 210"),
        ("210987654321", "me", "of IAM or STS"),
    ],
)
def test_credentials_of_nobody(account: str, arn: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simjob.aws.credentials(account, arn=arn)


def test_who_signs_nothing_is_nobody_on_the_wire() -> None:
    anonymous = SESSION.client("sagemaker", config=Config(signature_version=UNSIGNED))
    with simjob.aws.mock(wire=True):
        code, _, status = error(anonymous.describe_training_job, TrainingJobName="a")
        assert (code, status) == ("MissingAuthenticationTokenException", 403)


def test_a_client_of_before_that_found_no_credentials_is_at_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.Session(region_name="us-east-1").client("sagemaker")
    with simjob.aws.mock():
        assert create(client=client) == JOB
    with simjob.aws.mock(wire=True), pytest.raises(NoCredentialsError):
        create(client=client)


# What is not simulated.


@both
@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("s3", "list_buckets", {}),
        ("sagemaker", "list_models", {}),
        ("sagemaker", "list_tags", {"ResourceArn": ENDPOINT}),
        ("sagemaker", "search", {"Resource": "Model"}),
        ("logs", "filter_log_events", {"logGroupName": "/aws/lambda/mine"}),
        (
            "logs",
            "get_log_events",
            {"logGroupIdentifier": "/aws/lambda/mine", "logStreamName": "s"},
        ),
        ("cloudwatch", "list_metrics", {}),
        ("sts", "get_session_token", {}),
    ],
)
def test_what_is_not_simulated_is_named_and_goes_nowhere(
    wire: bool,  # noqa: FBT001 - a case
    service: str,
    operation: str,
    params: Json,
) -> None:
    with simjob.aws.mock(wire=wire):
        client = boto3.client(service)
        with pytest.raises(NotSimulatedError, match=r"moto's mock_aws\(\) beside") as caught:
            getattr(client, operation)(**params)
        assert caught.value.service == client.meta.service_model.service_id.hyphenize()
        assert caught.value.operation == client.meta.method_to_api_mapping[operation]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_what_is_not_simulated_is_not_tried_again(mode: str) -> None:
    with simjob.aws.mock() as sim:
        client = boto3.client("s3", config=Config(retries={"mode": mode}))
        with pytest.raises(NotSimulatedError):
            client.list_buckets()
        assert sim.now == sim.world.start


def test_what_botocore_sends_by_itself_goes_nowhere() -> None:
    asked = AWSRequest("GET", "http://169.254.169.254/latest").prepare()
    with (
        simjob.aws.mock(),
        pytest.raises(NotSimulatedError, match=r"botocore GET http://169\.254"),
    ):
        URLLib3Session().send(asked)


MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"digest": "sha256:0"},
    "layers": [],
}


@both
@pytest.mark.parametrize("outside", ["simjob", "moto"])
def test_motos_services_beside_ours(wire: bool, outside: str) -> None:  # noqa: FBT001 - a case
    ours, motos = simjob.aws.mock(wire=wire), mock_aws()
    first, second = (ours, motos) if outside == "simjob" else (motos, ours)
    with first, second:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"data")
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"data"
        iam = boto3.client("iam")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        assert iam.get_role(RoleName="role")["Role"]["Arn"].endswith(":role/role")
        ecr = boto3.client("ecr")
        image = {"repositoryName": "images", "imageTag": "newest"}
        uri = ecr.create_repository(repositoryName="images")["repository"]["repositoryUri"]
        ecr.put_image(imageManifest=json.dumps(MANIFEST), **image)
        found = ecr.describe_images(repositoryName="images")["imageDetails"]
        assert [each["imageTags"] for each in found] == [["newest"]]
        sagemaker = boto3.client("sagemaker")
        algorithm = {"TrainingImage": f"{uri}:newest", "TrainingInputMode": "File"}
        create(client=sagemaker, AlgorithmSpecification=algorithm)
        assert list(ours.sim.jobs) == ["a"]
        status = sagemaker.describe_training_job(TrainingJobName="a")["TrainingJobStatus"]
        assert status == "InProgress"  # moto's jobs are Completed from birth
        model = {"ModelName": "m", "ExecutionRoleArn": request()["RoleArn"]}
        arn = sagemaker.create_model(**model)["ModelArn"]
        tags = [{"Key": "k", "Value": "v"}]
        sagemaker.add_tags(ResourceArn=arn, Tags=tags)
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
        assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":user/simjob")
        logs = boto3.client("logs")
        logs.create_log_group(logGroupName="mine")
        assert logs.describe_log_streams(logGroupName="mine")["logStreams"] == []
        metrics = boto3.client("cloudwatch")
        value = {"MetricName": "m", "Value": 1, "Timestamp": SPAN["StartTime"]}
        metrics.put_metric_data(Namespace="mine", MetricData=[value])
        whose = {"Namespace": "mine", "MetricName": "m"}
        asked = {**SPAN, "Period": 60, "Statistics": ["Sum"]}
        assert metrics.get_metric_statistics(**whose, **asked)["Datapoints"][0]["Sum"] == 1
        stat = {"Metric": whose, "Period": 60, "Stat": "Sum"}
        query = {"Id": "q", "MetricStat": stat}
        told = metrics.get_metric_data(**SPAN, MetricDataQueries=[query])
        assert told["MetricDataResults"][0]["Values"] == [1]


# The shape of replies, and many threads.


LOGS: Json = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
METRIC: Json = {"Namespace": "/aws/sagemaker/TrainingJobs", "MetricName": "loss"}
SPAN: Json = {
    "StartTime": datetime(2026, 1, 1, tzinfo=UTC),
    "EndTime": datetime(2026, 1, 2, tzinfo=UTC),
}


def every_read(stream: str) -> list[tuple[str, str, Json]]:
    """A call of every operation that changes nothing but tags, by service and name."""
    stat = {"Metric": METRIC, "Period": 60, "Stat": "Average"}
    tags = [{"Key": "m", "Value": "1"}]
    return [
        ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "a"}),
        ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "waits"}),
        ("sagemaker", "ListTrainingJobs", {"MaxResults": 1}),
        ("sagemaker", "Search", {"Resource": "TrainingJob"}),
        ("sagemaker", "AddTags", {"ResourceArn": JOB, "Tags": tags}),
        ("sagemaker", "ListTags", {"ResourceArn": JOB}),
        ("sagemaker", "DeleteTags", {"ResourceArn": JOB, "TagKeys": ["m"]}),
        ("logs", "DescribeLogGroups", {}),
        ("logs", "DescribeLogStreams", LOGS),
        ("logs", "GetLogEvents", {**LOGS, "logStreamName": stream}),
        ("logs", "FilterLogEvents", LOGS),
        (
            "cloudwatch",
            "GetMetricStatistics",
            {**METRIC, **SPAN, "Period": 60, "Statistics": ["Average"]},
        ),
        (
            "cloudwatch",
            "GetMetricData",
            {**SPAN, "MetricDataQueries": [{"Id": "q", "MetricStat": stat}]},
        ),
        ("sts", "GetCallerIdentity", {}),
    ]


@both
def test_every_reply_fits_the_newest_model(wire: bool) -> None:  # noqa: FBT001 - a case
    limits = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    full = request(
        InputDataConfig=[channel()],
        Tags=[{"Key": "k", "Value": "v"}],
        HyperParameters={"a": "1"},
        EnableManagedSpotTraining=True,
        StoppingCondition=limits,
        CheckpointConfig={"S3Uri": "s3://bucket/checkpoints"},
        AlgorithmSpecification={
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        },
    )
    series = simjob.LogSeries(every=60, text="loss={step}")
    given = world(
        spot=SpotMarket(uptime=600),
        capacity=Capacity(on_demand={"ml.p3.2xlarge": 0}),
        default_workload=Workload(duration=900, logs=[series]),
    )
    clients = {name: SESSION.client(name) for name in SERVICES}
    found: set[str] = set()
    made: set[str] = set()

    def make(service: str, operation: str, params: Json) -> Json:
        reply: Json = clients[service]._make_api_call(operation, params)
        assert reply.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        found.update(wrong(service, operation, reply))
        made.add(operation)
        return reply

    with simjob.aws.mock(given, wire=wire) as sim:
        make("sagemaker", "CreateTrainingJob", full)
        kept = {"KeepAlivePeriodInSeconds": 60}
        instances = {**resources("ml.p3.2xlarge"), **kept}
        make("sagemaker", "CreateTrainingJob", request("waits", ResourceConfig=instances))
        update = {"TrainingJobName": "waits", "ResourceConfig": kept}
        make("sagemaker", "UpdateTrainingJob", update)
        sim.advance(minutes=4)
        stream = make("logs", "DescribeLogStreams", LOGS)["logStreams"][0]["logStreamName"]
        for _ in range(10):
            for call in every_read(stream):
                make(*call)
            sim.advance(minutes=5)
        make("sagemaker", "StopTrainingJob", {"TrainingJobName": "waits"})
        sim.run()
        for call in every_read(stream):
            make(*call)
        role = {"RoleArn": "arn:aws:iam::210987654321:role/r", "RoleSessionName": "me"}
        make("sts", "AssumeRole", role)
        make("sagemaker", "DeleteTrainingJob", {"TrainingJobName": "waits"})
    # Modelled as required, and not there before the job has ended (recorded).
    assert found == {"DescribeTrainingJob.ModelArtifacts is missing"}
    assert made == OPERATIONS


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_speaks_a_protocol_that_is_spoken_here(service: str) -> None:
    assert SESSION.client(service).meta.service_model.resolved_protocol in {"json", "query"}


def test_every_operation_can_have_its_faults() -> None:
    assert {name for each in SERVICES.values() for name in each} == OPERATIONS


def test_many_jobs_polled_by_many_threads_come_out_the_same() -> None:
    def run() -> tuple[object, ...]:
        seen: dict[str, list[str]] = {}

        def poll(first: int) -> None:
            for n in range(first, 40, 8):
                create(f"job-{n}")
            for _ in range(5):
                time.sleep(60)
                for n in range(first, 40, 8):
                    told = CLIENT.describe_training_job(TrainingJobName=f"job-{n}")
                    seen.setdefault(f"job-{n}", []).append(told["SecondaryStatus"])

        with simjob.aws.mock(seed=3) as sim:
            threads = [threading.Thread(target=poll, args=(first,)) for first in range(8)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            records = [sim.describe_training_job(TrainingJobName=name) for name in sorted(sim.jobs)]
            return sim.now, seen, records

    once = run()
    assert once == run()
    # Every thread makes 30 calls of 50 ms and sleeps 5 minutes, at the same time as the others.
    assert once[0] == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5) + 30 * LATENCY
