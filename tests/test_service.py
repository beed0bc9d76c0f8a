"""The control plane: names, lists and pages, tags, quotas, launchers, and what replies share."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from helpers import EDITIONS, START_MS, Json, channel, names, request, resources, spot, world

from simjob import ApiError, Simulation, Workload, WorkloadRule
from simjob.world import Capacity, Quotas, S3Prefix, Storage

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
START = START_MS / 1000
CONTACT = "Please contact AWS support to request an increase for this limit."
QUOTAS = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
    "not available, contact AWS support to request an increase for this quota."
)


def refusal(call: Any, **given: object) -> tuple[str, str]:  # noqa: ANN401 - any of the calls
    with pytest.raises(ApiError) as found:
        call(**given)
    assert found.value.status == 400
    return found.value.code, found.value.message


def jobs_a_second_apart(*wanted: str, **changes: Any) -> Simulation:  # noqa: ANN401 - of a world
    """Jobs created at 0, 1, 2 ... seconds."""
    sim = Simulation(world(**changes))
    for at, name in enumerate(wanted):
        sim.advance(seconds=1 if at else 0)
        sim.create_training_job(**request(name))
    return sim


def paged(sim: Simulation, **given: object) -> list[list[str]]:
    """The names on every page."""
    pages: list[list[str]] = []
    token: Json = {}
    while True:
        reply = sim.list_training_jobs(**given, **token)
        pages.append(names(reply))
        if "NextToken" not in reply:
            return pages
        assert len(pages) <= len(sim.jobs), "pages without end"
        token = {"NextToken": reply["NextToken"]}


# Creating.


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_name_is_taken_for_ever(edition: str) -> None:
    sim = Simulation(world(), edition=edition)
    sim.create_training_job(**request("a"))
    sim.run()
    assert refusal(sim.create_training_job, **request("a")) == (
        "ResourceInUse",
        (
            "Training job names must be unique within an AWS account and region, and a training "
            f"job with this name already exists ({ARN}training-job/a)"
        ),
    )


def test_the_arn_has_the_name_in_lower_case() -> None:
    sim = Simulation(world(region="eu-west-1", account="000000000007"))
    reply = sim.create_training_job(**request("My-Job"))
    assert reply == {
        "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:000000000007:training-job/my-job"
    }
    record = sim.describe_training_job(TrainingJobName="My-Job")
    assert record["TrainingJobName"] == "My-Job"
    assert record["TrainingJobArn"] == reply["TrainingJobArn"]
    assert refusal(sim.create_training_job, **request("my-job"))[0] == "ResourceInUse"
    assert refusal(sim.describe_training_job, TrainingJobName="my-job")[0] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("edition", "code"),
    [
        ("documented", "ResourceNotFound"),
        ("retired", "ResourceNotFound"),
        ("live", "ValidationException"),
    ],
)
def test_an_unknown_name_or_arn(edition: str, code: str) -> None:
    sim = Simulation(edition=edition)
    answer = (code, "Requested resource not found.")
    assert refusal(sim.describe_training_job, TrainingJobName="nobody") == answer
    assert refusal(sim.stop_training_job, TrainingJobName="nobody") == answer
    arn = f"{ARN}training-job/nobody"
    assert refusal(sim.list_tags, ResourceArn=arn) == answer
    assert refusal(sim.add_tags, ResourceArn=arn, Tags=[]) == answer
    assert refusal(sim.delete_tags, ResourceArn=arn, TagKeys=["a"]) == answer


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("hyper-parameter-tuning-job/t", "TuningJobArn"),
        ("labeling-job/l", "LabelingJobArn"),
    ],
)
def test_a_job_remembers_what_launched_it(name: str, member: str) -> None:
    sim = Simulation(world())
    sim.create_training_job(launched_by=ARN + name, **request())
    record = sim.describe_training_job(TrainingJobName="a")
    assert record[member] == ARN + name
    assert len({"TuningJobArn", "LabelingJobArn"} & {*record}) == 1


@pytest.mark.parametrize("launcher", ["", "me", ARN + "processing-job/p", ARN + "training-job/t"])
def test_nothing_else_launches_jobs(launcher: str) -> None:
    sim = Simulation(world())
    assert refusal(sim.create_training_job, launched_by=launcher, **request()) == (
        "ValidationException",
        (
            "launched_by must be the ARN of a hyper-parameter-tuning-job or a labeling-job, is "
            f"{launcher!r}"
        ),
    )
    assert not sim.jobs


def test_the_live_service_looks_for_the_objects() -> None:
    storage = Storage(prefixes=[S3Prefix("s3://gone/data", access="missing")])
    wanted = request(InputDataConfig=[channel("s3://gone/data/x")])
    assert refusal(
        Simulation(world(storage=storage), edition="live").create_training_job, **wanted
    ) == (
        "ValidationException",
        (
            'No S3 objects found under S3 URL "s3://gone/data/x" given in input data source. '
            "Please ensure that the bucket exists in the selected region (us-east-1), that objects "
            "exist under that S3 prefix, and that the role "
            '"arn:aws:iam::123456789012:role/training" has "s3:ListBucket" permissions on bucket '
            '"gone".'
        ),
    )
    Simulation(world(storage=storage)).create_training_job(**wanted)


def quota(kind: str, limit: int, used: int, asked: int, tail: str) -> tuple[str, str]:
    return (
        "ResourceLimitExceeded",
        (
            f"The account-level service limit 'ml.m5.large for {kind}training job usage' is "
            f"{limit} Instances, with current utilization of {used} Instances and a request delta "
            f"of {asked} Instances. {tail}"
        ),
    )


@pytest.mark.parametrize(("edition", "tail"), [("documented", CONTACT), ("live", QUOTAS)])
def test_quotas_of_on_demand_and_spot_are_apart(edition: str, tail: str) -> None:
    limits = Quotas(on_demand={"ml.m5.large": 3}, spot={"ml.m5.large": 1})
    sim = Simulation(world(quotas=limits), edition=edition)
    two = {"ResourceConfig": resources(count=2)}
    sim.create_training_job(**request("a", **two))
    sim.create_training_job(**request("s", **spot()))
    assert refusal(sim.create_training_job, **request("b", **two)) == quota("", 3, 2, 2, tail)
    assert refusal(sim.create_training_job, **request("t", **spot())) == quota(
        "spot ", 1, 1, 1, tail
    )
    sim.create_training_job(**request("b"))
    assert refusal(sim.create_training_job, **request("c")) == quota("", 3, 3, 1, tail)
    sim.create_training_job(**request("other", ResourceConfig=resources("ml.c5.xlarge", 9)))


def test_what_has_ended_uses_no_quota() -> None:
    ends = [WorkloadRule(Workload(exit_code=1, duration=1), name="fails")]
    sim = Simulation(world(quotas=Quotas(on_demand={"ml.m5.large": 1}), workloads=ends))
    for name in ("completes", "fails", "stops"):
        sim.create_training_job(**request(name))
        assert refusal(sim.create_training_job, **request("x"))[0] == "ResourceLimitExceeded"
        if name == "stops":
            sim.stop_training_job(TrainingJobName=name)
        sim.run()
    assert [job.status for job in sim.jobs.values()] == ["Completed", "Failed", "Stopped"]
    sim.create_training_job(**request("x"))


def test_a_quota_counts_what_waits_too() -> None:
    nothing = Capacity(on_demand={"ml.m5.large": 0})
    sim = Simulation(world(quotas=Quotas(on_demand={"ml.m5.large": 1}), capacity=nothing))
    sim.create_training_job(**request("a"))
    sim.advance(minutes=1)
    assert refusal(sim.create_training_job, **request("b")) == quota("", 1, 1, 1, CONTACT)


def test_defaults_are_shown() -> None:
    record = Simulation(world(), edition="live")
    record.create_training_job(**request())
    shown: Any = record.describe_training_job(TrainingJobName="a")
    assert shown["OutputDataConfig"] == {"KmsKeyId": "", "S3OutputPath": "s3://bucket/out"}
    assert shown["InputDataConfig"] == []
    assert shown["EnableNetworkIsolation"] is False
    assert shown["EnableInterContainerTrafficEncryption"] is False
    assert shown["EnableManagedSpotTraining"] is False


def test_defaults_are_shown_on_the_page() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request("a"))
    gzip = channel(name="z", CompressionType="Gzip", RecordWrapperType="RecordIO")
    sim.create_training_job(**request("b", InputDataConfig=[channel(), gzip]))
    shown: Any = sim.describe_training_job(TrainingJobName="a")
    assert "InputDataConfig" not in shown
    assert "EnableManagedSpotTraining" not in shown
    assert shown["EnableNetworkIsolation"] is False
    plain, packed = sim.describe_training_job(TrainingJobName="b")["InputDataConfig"]
    assert (plain["CompressionType"], plain["RecordWrapperType"]) == ("None", "None")
    assert (packed["CompressionType"], packed["RecordWrapperType"]) == ("Gzip", "RecordIO")


@pytest.mark.parametrize("condition", [None, {}])
def test_a_job_may_run_for_a_day_if_nothing_is_said(condition: Json | None) -> None:
    sim = Simulation(world(default_workload=Workload(duration="25h")), edition="live")
    sim.create_training_job(**request(StoppingCondition=condition))
    sim.run()
    record = sim.describe_training_job(TrainingJobName="a")
    assert record["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert record["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_dicts_are_never_shared() -> None:
    given = request(
        InputDataConfig=[channel()], HyperParameters={"lr": "1"}, Tags=[{"Key": "k", "Value": "v"}]
    )
    meant = copy.deepcopy(given)
    sim = Simulation(world())
    sim.create_training_job(**given)
    assert given == meant
    first = sim.describe_training_job(TrainingJobName="a")
    given["HyperParameters"]["lr"] = "2"
    given["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = "s3://other"
    given["InputDataConfig"].append("junk")
    given["Tags"][0]["Value"] = "w"
    given["ResourceConfig"]["InstanceCount"] = 99
    assert sim.describe_training_job(TrainingJobName="a") == first
    kept = copy.deepcopy(first)
    shown: Any = first
    shown["HyperParameters"]["lr"] = "3"
    shown["InputDataConfig"][0]["DataSource"]["S3DataSource"].clear()
    shown["SecondaryStatusTransitions"][0]["Status"] = "Failed"
    shown["ResourceConfig"].clear()
    assert sim.describe_training_job(TrainingJobName="a") == kept
    tags: Any = sim.list_tags(ResourceArn=sim.jobs["a"].arn)
    tags["Tags"][0]["Value"] = "x"
    sim.jobs["a"].tags["k"] = "y"
    assert sim.list_tags(ResourceArn=sim.jobs["a"].arn) == {"Tags": [{"Key": "k", "Value": "v"}]}
    rows: Any = sim.list_training_jobs()["TrainingJobSummaries"]
    rows[0]["TrainingJobName"] = "b"
    assert names(sim.list_training_jobs()) == ["a"]


# Stopping.


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("end", ["Completed", "Failed", "Stopped", "MaxRuntimeExceeded"])
def test_what_has_ended_cannot_be_stopped(edition: str, end: str) -> None:
    workload = Workload(exit_code=1 if end == "Failed" else 0, duration=300)
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 60 if "Max" in end else 3600}}
    sim = Simulation(world(default_workload=workload), edition=edition)
    sim.create_training_job(**request(**limit))
    if end == "Stopped":
        sim.advance(seconds=100)
        sim.stop_training_job(TrainingJobName="a")
    sim.run()
    assert sim.jobs["a"].secondary_status == end
    status = "Stopped" if "Max" in end else end
    assert refusal(sim.stop_training_job, TrainingJobName="a") == (
        "ValidationException",
        f"The request was rejected because the training job is in status {status}.",
    )


# Listing.


def test_ten_are_listed_and_the_newest_first() -> None:
    sim = jobs_a_second_apart(*"abcdefghijkl")
    assert paged(sim) == [list("lkjihgfedc"), ["b", "a"]]
    assert paged(sim, MaxResults=100) == [list("lkjihgfedcba")]
    assert paged(sim, MaxResults=12) == [list("lkjihgfedcba")]
    assert paged(sim, MaxResults=11) == [list("lkjihgfedcb"), ["a"]]
    assert len(paged(sim, MaxResults=1)) == 12


def test_a_list_of_nothing() -> None:
    assert Simulation().list_training_jobs() == {"TrainingJobSummaries": []}


@pytest.mark.parametrize("size", [0, 101, -1, "5", 2.5])
def test_a_page_has_1_to_100(size: object) -> None:
    sim = jobs_a_second_apart("a")
    assert refusal(sim.list_training_jobs, MaxResults=size)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("by", "upward"),
    [
        ("Name", ["a", "b", "b2", "c"]),
        ("CreationTime", ["c", "a", "b2", "b"]),
        ("Status", ["a", "c", "b2", "b"]),  # Completed, Failed, Stopped twice
    ],
)
def test_orders(by: str, upward: list[str]) -> None:
    ends = [
        WorkloadRule(Workload(duration=1), name="a"),
        WorkloadRule(Workload(duration=1, exit_code=1), name="c"),
    ]
    sim = Simulation(world(workloads=ends))
    for name in ("c", "a", "b2", "b"):
        sim.create_training_job(**request(name))
    sim.advance(minutes=4)
    sim.stop_training_job(TrainingJobName="b2")
    sim.stop_training_job(TrainingJobName="b")
    sim.run()
    assert paged(sim, SortBy=by, SortOrder="Ascending") == [upward]
    assert paged(sim, SortBy=by, SortOrder="Descending") == [upward[::-1]]
    assert paged(sim, SortBy=by) == [upward[::-1]]
    for size in (1, 2, 3):
        pages = paged(sim, SortBy=by, SortOrder="Ascending", MaxResults=size)
        assert [name for page in pages for name in page] == upward
        assert {len(page) for page in pages[:-1]} == {size}


def test_filters_by_name_and_status() -> None:
    sim = jobs_a_second_apart("bert-1", "bert-2", "gpt-1")
    sim.advance(seconds=1)
    sim.stop_training_job(TrainingJobName="bert-1")
    sim.advance(seconds=1)
    assert paged(sim, NameContains="bert") == [["bert-2", "bert-1"]]
    assert paged(sim, NameContains="-1") == [["gpt-1", "bert-1"]]
    assert paged(sim, NameContains="BERT") == [[]]
    assert paged(sim, StatusEquals="Stopped") == [["bert-1"]]
    assert paged(sim, StatusEquals="InProgress", NameContains="bert") == [["bert-2"]]
    assert paged(sim, StatusEquals="Completed") == [[]]


@pytest.mark.parametrize("as_datetime", [True, False])
def test_filters_by_time(as_datetime: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sim = jobs_a_second_apart("a", "b", "c")
    sim.advance(seconds=3)
    sim.stop_training_job(TrainingJobName="a")
    sim.advance(seconds=1)

    def at(seconds: float) -> object:
        instant = START + seconds
        return datetime.fromtimestamp(instant, UTC) if as_datetime else instant

    # Created at 0, 1, 2; modified at 5 (stopped), 1 and 2. Both ends belong to a range.
    assert paged(sim, CreationTimeAfter=at(1)) == [["c", "b"]]
    assert paged(sim, CreationTimeAfter=at(1.001)) == [["c"]]
    assert paged(sim, CreationTimeBefore=at(1)) == [["b", "a"]]
    assert paged(sim, CreationTimeBefore=at(0.999)) == [["a"]]
    assert paged(sim, CreationTimeAfter=at(1), CreationTimeBefore=at(1)) == [["b"]]
    assert paged(sim, LastModifiedTimeAfter=at(5)) == [["a"]]
    assert paged(sim, LastModifiedTimeAfter=at(5.001)) == [[]]
    assert paged(sim, LastModifiedTimeBefore=at(4.999)) == [["c", "b"]]
    assert paged(sim, LastModifiedTimeBefore=at(1)) == [["b"]]
    assert paged(sim, CreationTimeBefore=at(1), LastModifiedTimeAfter=at(5)) == [["a"]]


def test_a_page_is_cut_first_and_filtered_after() -> None:
    sim = jobs_a_second_apart("x1", "y1", "y2", "y3")
    assert paged(sim, NameContains="x", MaxResults=2) == [[], ["x1"]]
    assert paged(sim, NameContains="y1", MaxResults=1) == [[], [], ["y1"], []]


def test_tokens_are_bound_to_their_order() -> None:
    sim = jobs_a_second_apart("a", "b", "c")
    token = sim.list_training_jobs(MaxResults=1, SortBy="Name")["NextToken"]
    assert names(sim.list_training_jobs(SortBy="Name", NextToken=token)) == ["b", "a"]
    for other in ({}, {"SortBy": "Status"}, {"SortBy": "Name", "SortOrder": "Ascending"}):
        code, message = refusal(sim.list_training_jobs, NextToken=token, **other)
        assert code == "ValidationException"
        assert message.startswith(f"Invalid NextToken '{token}'.")


DEEP = "W1tb" * 2000
"""Thousands of opening brackets, in base64."""


@pytest.mark.parametrize("token", ["", "x", "nonsense!", "e30=", "NQ==", "bnVsbA==", "é", DEEP])
def test_garbage_is_no_token(token: str) -> None:
    sim = jobs_a_second_apart("a", "b", "c")
    assert refusal(sim.list_training_jobs, NextToken=token)[0] == "ValidationException"


@pytest.mark.parametrize("by", ["CreationTime", "Name"])
@pytest.mark.parametrize("direction", ["Ascending", "Descending"])
def test_creating_between_pages_repeats_and_loses_nothing(by: str, direction: str) -> None:
    sim = jobs_a_second_apart("b", "d", "f", "h", "k")
    given: Json = {"SortBy": by, "SortOrder": direction, "MaxResults": 2}
    seen: list[str] = []
    for new in ("a", "e", "z", "c", "y", "g", "x"):
        reply = sim.list_training_jobs(**given)
        seen += names(reply)
        if "NextToken" not in reply:
            break
        given["NextToken"] = reply["NextToken"]
        sim.advance(seconds=1)
        sim.create_training_job(**request(new))
    assert len(seen) == len(set(seen))
    assert {"b", "d", "f", "h", "k"} <= set(seen)
    if by == "CreationTime":
        assert (
            seen
            == (list("khfdb") if direction == "Descending" else list("bdfhkaezcyg"))[: len(seen)]
        )


def test_a_summary_has_the_members_of_its_edition() -> None:
    common = {
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "LastModifiedTime",
        "TrainingJobStatus",
    }
    for edition, more in (("documented", set()), ("live", {"SecondaryStatus"})):
        sim = Simulation(world(), edition=edition)
        sim.create_training_job(**request())
        rows: Any = sim.list_training_jobs()["TrainingJobSummaries"]
        assert {*rows[0]} == common | more
        sim.run()
        rows = sim.list_training_jobs()["TrainingJobSummaries"]
        assert {*rows[0]} == common | more | {"TrainingEndTime"}


# Tags.


def tagged(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": key.upper()} for key in keys]


def test_tags_come_in_the_order_in_which_they_were_first_set() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request(Tags=tagged("b", "a")))
    arn = sim.jobs["a"].arn
    added = sim.add_tags(ResourceArn=arn, Tags=[*tagged("c"), {"Key": "b", "Value": "new"}])
    meant = [{"Key": "b", "Value": "new"}, *tagged("a", "c")]
    assert added == {"Tags": meant}
    assert sim.list_tags(ResourceArn=arn) == {"Tags": meant}
    assert sim.delete_tags(ResourceArn=arn, TagKeys=["b", "unknown"]) == {}
    assert sim.list_tags(ResourceArn=arn) == {"Tags": tagged("a", "c")}
    assert sim.delete_tags(ResourceArn=arn, TagKeys=["b"]) == {}
    assert sim.add_tags(ResourceArn=arn, Tags=tagged("b")) == {"Tags": tagged("a", "c", "b")}
    assert sim.jobs["a"].tags == {"a": "A", "c": "C", "b": "B"}


def test_fifty_tags_and_no_more() -> None:
    sim = Simulation(world())
    fifty = tagged(*(f"k{at:02}" for at in range(50)))
    sim.create_training_job(**request(Tags=fifty))
    arn = sim.jobs["a"].arn
    assert sim.list_tags(ResourceArn=arn) == {"Tags": fifty}
    assert sim.list_tags(ResourceArn=arn, MaxResults=50) == {"Tags": fifty}
    assert refusal(sim.add_tags, ResourceArn=arn, Tags=tagged("one-more")) == (
        "ValidationException",
        "A resource can have at most 50 tags.",
    )
    sim.add_tags(ResourceArn=arn, Tags=[{"Key": "k07", "Value": "again"}])
    assert len(sim.jobs["a"].tags) == 50
    more = request("b", Tags=tagged(*(f"k{at}" for at in range(51))))
    assert refusal(sim.create_training_job, **more)[0] == "ValidationException"


@pytest.mark.parametrize("token", ["x", "-1", "2", "1.0", "²", "9" * 5000])
def test_garbage_is_no_token_of_tags(token: str) -> None:
    sim = Simulation(world())
    sim.create_training_job(**request(Tags=tagged("a")))
    found = refusal(sim.list_tags, ResourceArn=sim.jobs["a"].arn, NextToken=token)
    assert found[0] == "ValidationException"


def test_a_key_comes_once_in_a_call() -> None:
    sim = Simulation(world())
    answer = ("ValidationException", "Duplicate tag keys found in the request.")
    assert refusal(sim.create_training_job, **request(Tags=tagged("a", "a"))) == answer
    sim.create_training_job(**request())
    arn = sim.jobs["a"].arn
    assert refusal(sim.add_tags, ResourceArn=arn, Tags=tagged("a", "b", "a")) == answer
    assert sim.list_tags(ResourceArn=arn) == {"Tags": []}


@pytest.mark.parametrize("edition", EDITIONS)
def test_tags_are_not_in_the_record(edition: str) -> None:
    sim = Simulation(world(), edition=edition)
    sim.create_training_job(**request(Tags=tagged("a")))
    assert "Tags" not in sim.describe_training_job(TrainingJobName="a")
    sim.run()
    before = sim.describe_training_job(TrainingJobName="a")
    sim.add_tags(ResourceArn=sim.jobs["a"].arn, Tags=tagged("b"))
    assert sim.describe_training_job(TrainingJobName="a") == before


def test_violations_of_members_and_of_rules_come_in_one_answer() -> None:
    sim = Simulation()
    wrong = request("a_b", StoppingCondition={"MaxRuntimeInSeconds": 0, "MaxWaitTimeInSeconds": 9})
    with pytest.raises(ApiError) as caught:
        sim.create_training_job(**wrong)
    assert caught.value.message == (
        "3 validation errors detected: Value 'a_b' at 'trainingJobName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
        "^[a-zA-Z0-9](-*[a-zA-Z0-9])*; Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed "
        "to satisfy constraint: Member must have value greater than or equal to 1; Invalid "
        "MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
    )
