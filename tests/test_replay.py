"""Replay: a recorded job lived again, and every member compared; bad records; the command."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import instances, request, spot, world
from test_engine_recorded import MESSAGES, RECORDED, STATUSES

from simjob import LogSeries, Simulation, Workload
from simjob.cli import main
from simjob.spec.editions import EDITIONS
from simjob.spec.reasons import CAPACITY
from simjob.whatif import RecordError, Replay, replay
from simjob.world import Capacity, Constant, InternalError, S3Prefix, SpotMarket, Storage

Capture = pytest.CaptureFixture[str]
Reply = dict[str, Any]
METRICS = [
    {"Name": "loss", "Regex": r"loss=([0-9.e-]+)"},
    {"Name": "validation", "Regex": r".*\[[0-9]+\].*val_loss=([-+]?[0-9]*\.?[0-9]+).*"},
]
ALGORITHM = {"TrainingImage": "image", "TrainingInputMode": "File", "MetricDefinitions": METRICS}
LOGS = [
    LogSeries("loss={value:.4f}", every=7),
    LogSeries("[{step}] val_loss={value:.3f}", every=9),
]
SAVES = {"default_workload": Workload(duration=10_000, on_sigterm="save", save_time=30)}


def recorded(kind: str, starts: tuple[int, ...], seconds: int) -> Reply:
    """A reply of those figures, as the service showed it in 2020 and 2021."""
    created, ready, *_, end = [start / 1000 for start in starts]
    bounds = [*(start / 1000 for start in starts), end]
    return {
        "TrainingJobName": "job",
        "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/out/job/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "InputDataConfig": [],
        "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": instances(1, kind),
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        "CreationTime": created,
        "TrainingStartTime": ready,
        "TrainingEndTime": end,
        "LastModifiedTime": end,
        "SecondaryStatusTransitions": [
            {"Status": status, "StartTime": start, "EndTime": stop, "StatusMessage": message}
            for status, (start, stop), message in zip(
                STATUSES, pairwise(bounds), MESSAGES, strict=True
            )
        ],
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "TrainingTimeInSeconds": seconds,
        "BillableTimeInSeconds": seconds,
    }


def one() -> Reply:
    """The first of the recorded jobs."""
    return recorded(*RECORDED[0])


def changed(**members: object) -> Reply:
    return {**one(), **members}


def row(done: Replay, path: str) -> tuple[object, object, object]:
    (found,) = [each for each in done.rows if each.path == path]
    return found.simulated, found.recorded, found.error


# No error.


@pytest.mark.parametrize(("kind", "starts", "seconds"), RECORDED)
def test_every_error_of_a_recorded_completed_job_is_zero(
    kind: str, starts: tuple[int, ...], seconds: int
) -> None:
    done = replay(recorded(kind, starts, seconds))
    assert done.edition.name == "live"
    assert {each.error for each in done.rows} == {0}
    assert len(done.compared) == len(done.rows) == 44


Case = tuple[dict[str, Any], Reply, float | None, float | None]
CASES: Mapping[str, Case] = {
    # What differs in the world, the request, seconds until a stop, and until the record is taken.
    "completed": ({}, request(), None, None),
    "completed on three": ({}, request(ResourceConfig=instances(3)), None, None),
    "without a channel": ({}, request(InputDataConfig=None), None, None),
    "with metrics": (
        {"default_workload": Workload(duration=100, logs=LOGS)},
        request(AlgorithmSpecification=ALGORITHM),
        None,
        None,
    ),
    "failed": (
        {"default_workload": Workload(duration=90, exit_code=3, failure="ValueError: a\nb")},
        request(),
        None,
        None,
    ),
    "internal error": ({"internal_errors": [InternalError(after=77)]}, request(), None, None),
    "out of memory": (
        {"default_workload": Workload(duration=100, memory_bytes=1 << 50)},
        request(),
        None,
        None,
    ),
    "data denied": (
        {"storage": Storage(prefixes=[S3Prefix("s3://bucket/train", access="denied")])},
        request(),
        None,
        None,
    ),
    "role denied": ({"denied_roles": ["*"]}, request(), None, None),
    "no capacity": (
        {"capacity": Capacity(on_demand={"ml.m5.large": 0}, give_up_after=500)},
        request(),
        None,
        None,
    ),
    "limit": ({**SAVES, "runtime_limit_lag": Constant(100)}, request(), None, None),
    "limit, nothing saved": ({"default_workload": Workload(duration=9999)}, request(), None, None),
    "limit that came too late": (
        {"default_workload": Workload(duration=4000), "runtime_limit_lag": Constant(500)},
        request(),
        None,
        None,
    ),
    "stopped": (SAVES, request(), 200, None),
    "stopped at once": ({}, request(), 0, None),
    "stopped while starting": ({}, request(), 20, None),
    "stopped while preparing": ({}, request(), 50, None),
    "stopped while downloading": ({}, request(), 75, None),
    "stopped while pulling": ({}, request(), 100, None),
    "stopped, nothing saved": ({}, request(), 200, None),
    "stopped, ignoring it": (
        {"default_workload": Workload(duration=1000, on_sigterm="ignore")},
        request(),
        200,
        None,
    ),
    "stopped while uploading": ({}, request(), 445, None),
    "spot": ({"spot": SpotMarket(discount=0.6123)}, spot(), None, None),
    "max wait": ({}, spot(wait=200), None, None),
    "max wait while starting": ({}, spot(wait=50), None, None),
    "stopping while training": (SAVES, request(), 200, 205),
    "stopping while starting": ({}, request(), 20, 30),
    "stopping while uploading": ({}, request(), 445, 446),
    **{
        f"in progress at {at}": ({}, request(), None, at)
        for at in (0, 1, 20, 45, 59, 70, 85, 100, 139, 141, 300, 445)
    },
}


def lived(edition: str, case: Case) -> Reply:
    """The reply of DescribeTrainingJob in that case."""
    surroundings, wanted, stop, until = case
    sim = Simulation(world(**surroundings), edition=edition)
    sim.create_training_job(**wanted)
    if stop is not None:
        sim.at(timedelta(seconds=stop), lambda: sim.stop_training_job(TrainingJobName="job"))
    sim.run(None if until is None else timedelta(seconds=until))
    return sim.describe_training_job(TrainingJobName="job")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("case", CASES)
def test_what_was_simulated_is_replayed_without_an_error(case: str, edition: str) -> None:
    reply = lived(edition, CASES[case])
    for wanted in (None, edition):
        done = replay(reply, edition=wanted)
        assert [each for each in done.rows if each.error != 0] == []
        assert done.different == ()


milliseconds = st.integers(min_value=0, max_value=10**7)


@given(st.integers(0, 1 << 40), st.lists(milliseconds, min_size=4, max_size=4))
def test_whatever_the_durations_the_errors_are_zero(created: int, spans: list[int]) -> None:
    starts = [created]
    for span in spans:
        starts.append(starts[-1] + span)
    seconds = max(1, starts[-1] // 1000 - starts[1] // 1000)
    done = replay(recorded("ml.m5.large", tuple(starts), seconds))
    assert [each for each in done.rows if each.error != 0] == []


# Errors, and what is not simulated.


def test_times_and_numbers_differ_by_how_much_and_text_differs() -> None:
    reply = changed(TrainingTimeInSeconds=80, RoleArn="arn:aws:iam::123456789012:role/other")
    reply["TrainingEndTime"] += 1.5
    reply["TrainingJobArn"] += "-x"
    done = replay(reply)
    assert row(done, "TrainingTimeInSeconds") == (86, 80, 6)
    assert row(done, "TrainingEndTime")[2] == -1.5
    assert row(done, "TrainingJobArn")[2] is None
    assert {each.path for each in done.different} == {
        "TrainingTimeInSeconds",
        "TrainingEndTime",
        "TrainingJobArn",
    }


def test_what_only_one_of_them_has_differs() -> None:
    reply = changed(FailureReason="none")
    del reply["BillableTimeInSeconds"]
    done = replay(reply)
    assert row(done, "FailureReason") == (None, "none", None)
    assert row(done, "BillableTimeInSeconds") == (86, None, None)
    assert len(done.different) == 2


def test_a_whole_number_is_not_a_flag() -> None:
    reply = one()
    del reply["TrainingTimeInSeconds"]
    done = replay({**reply, "BillableTimeInSeconds": 86})
    assert row(done, "EnableNetworkIsolation") == (False, False, 0)


def test_today_in_the_strict_sense_pulls_the_image_in_downloading() -> None:
    done = replay(one(), edition="live")
    assert [each.path for each in done.different] == ["SecondaryStatusTransitions[1].StatusMessage"]
    assert replay(one()).different == ()


def test_the_page_does_not_have_the_members_that_came_later() -> None:
    done = replay(one(), edition="documented")
    outside = {each.path for each in done.rows if each.outside}
    assert outside == {
        "EnableManagedSpotTraining",
        "TrainingTimeInSeconds",
        "BillableTimeInSeconds",
        "InputDataConfig",
    }
    assert done.different == ()


def test_what_is_outside_the_job_has_no_error() -> None:
    late = one()["LastModifiedTime"] + 61
    done = replay(
        changed(
            ProfilingStatus="Enabled",
            LastModifiedTime=late,
            DebugRuleEvaluationStatuses=[{"RuleEvaluationStatus": "IssuesFound", "Value": [1]}],
            NewMember={"a": 1},
            ResponseMetadata={"HTTPStatusCode": 200},
        )
    )
    outside = {each.path: each.error for each in done.rows if each.outside}
    assert outside == dict.fromkeys(
        [
            "LastModifiedTime",
            "ProfilingStatus",
            "DebugRuleEvaluationStatuses[0].RuleEvaluationStatus",
            "DebugRuleEvaluationStatuses[0].Value[0]",
            "NewMember.a",
        ]
    )
    assert done.different == ()


@pytest.mark.parametrize("rules", ["DebugRuleEvaluationStatuses", "RuleMonitoringStatuses"])
def test_rules_change_the_reply_while_the_job_goes_on(rules: str) -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request())
    sim.advance(seconds=30)
    reply = sim.describe_training_job(TrainingJobName="job")
    late = reply["LastModifiedTime"] + 20
    assert [each.path for each in replay({**reply, "LastModifiedTime": late}).different] == [
        "LastModifiedTime"
    ]
    told = {rules: [{"RuleName": "a"}], "LastModifiedTime": late}
    done = replay({**reply, **told})
    assert done.different == ()
    assert "LastModifiedTime" in {each.path for each in done.rows if each.outside}


def test_a_metric_for_which_no_line_can_be_made_up_is_not_simulated() -> None:
    reply = lived("live", CASES["with metrics"])
    definitions = reply["AlgorithmSpecification"]["MetricDefinitions"]
    definitions[0]["Regex"] = r"(?P<v>x)loss=(?<=a)([0-9.]+)"
    done = replay(reply)
    assert {each.path for each in done.rows if each.outside} == {
        "FinalMetricDataList[0].MetricName",
        "FinalMetricDataList[0].Value",
        "FinalMetricDataList[0].Timestamp",
    }


def test_a_metric_that_was_not_found_in_training_is_not_simulated() -> None:
    reply = lived("live", CASES["with metrics"])
    reply["FinalMetricDataList"][1]["Timestamp"] /= 1000
    done = replay(reply)
    assert {each.path.partition(".")[0] for each in done.rows if each.outside} == {
        "FinalMetricDataList[1]"
    }


def test_what_the_record_lacks_of_the_request_is_made_up_and_said() -> None:
    reply = one()
    del reply["RoleArn"], reply["InputDataConfig"]
    done = replay(reply)
    assert done.different == ()
    assert done.notes == ("The record has no RoleArn; a stand-in is used.",)


# Records as they come.


def written(reply: Reply, spell: Callable[[float], object]) -> Reply:
    """The reply with its times spelled otherwise."""
    copy = deepcopy(reply)
    for member in "CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime":
        copy[member] = spell(copy[member])
    for each in copy["SecondaryStatusTransitions"]:
        each["StartTime"], each["EndTime"] = spell(each["StartTime"]), spell(each["EndTime"])
    return copy


def _aware(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.mark.parametrize(
    "spell",
    [
        _aware,
        lambda seconds: _aware(seconds).isoformat(),
        lambda seconds: str(_aware(seconds)),
        lambda seconds: _aware(seconds).astimezone(timezone(timedelta(hours=-7))).isoformat(),
        lambda seconds: _aware(seconds).isoformat().replace("+00:00", "Z"),
    ],
)
def test_times_are_read_as_the_cli_and_boto3_write_them(
    spell: Callable[[float], object],
) -> None:
    assert replay(written(one(), spell)).rows == replay(one()).rows


def test_null_members_are_absent() -> None:
    nulls = {"FailureReason": None, "VpcConfig": None, "ProfilerConfig": None}
    assert replay(changed(**nulls)).rows == replay(one()).rows


def test_a_reply_is_not_changed() -> None:
    reply = one()
    replay(reply)
    assert reply == one()


def _interrupted() -> Reply:
    again = Simulation(world(spot=SpotMarket(uptime=100, interrupted=10)), edition="live")
    again.create_training_job(**spot(wait=250))
    again.run()
    return again.describe_training_job(TrainingJobName="job")


def _times(*times: tuple[str, float, float | None]) -> list[Reply]:
    return [
        {"Status": status, "StartTime": start} | ({} if end is None else {"EndTime": end})
        for status, start, end in times
    ]


def _without(member: str) -> Reply:
    reply = one()
    del reply[member]
    return reply


BAD: list[tuple[object, str]] = [
    ({}, "is no DescribeTrainingJob reply: is empty"),
    ([one()], "is no DescribeTrainingJob reply: holds a list, not an object"),
    (None, "is no DescribeTrainingJob reply: holds null, not an object"),
    (request(), "seems to be a CreateTrainingJob request"),
    ({"TrainingJobSummaries": []}, "seems to be a reply of ListTrainingJobs"),
    ({"TrainingJobArn": "arn"}, "seems to be a reply of CreateTrainingJob"),
    ({"detail-type": "x", "detail": one()}, "seems to be an event of EventBridge"),
    ({"a": 1, "b": 2}, "has none of its members; has a, b"),
    (_without("CreationTime"), "Value null at 'creationTime' failed"),
    (_without("SecondaryStatusTransitions"), "SecondaryStatusTransitions: must be there"),
    (changed(CreationTime="yesterday"), "'yesterday' at 'creationTime'"),
    (changed(CreationTime="2026-01-01T00:00:00"), "ISO 8601 with an offset such as 2026"),
    (changed(CreationTime=float("1e300")), "Value '1e+300' at 'creationTime'"),
    (changed(CreationTime=True), "Value 'true' at 'creationTime'"),
    (changed(TrainingJobStatus="Done"), "'Done' at 'trainingJobStatus'"),
    (
        changed(ResourceConfig={"InstanceType": "ml.m5.xlrge"}),
        "resourceConfig.instanceType: unknown instance type 'ml.m5.xlrge'; did you mean 'ml.m5.xl",
    ),
    (
        changed(SecondaryStatusTransitions=_times(("Starting", 9, 5))),
        "secondaryStatusTransitions.1.member: ends 4 s before it starts",
    ),
    (
        changed(SecondaryStatusTransitions=_times(("Starting", 1, None), ("Training", 2, None))),
        "secondaryStatusTransitions.1.member: has no end, and yet Training follows",
    ),
    (
        changed(SecondaryStatusTransitions=_times(("Starting", 1, 2), ("Training", 3, None))),
        "secondaryStatusTransitions.1.member: must end when Training starts",
    ),
    (
        changed(SecondaryStatusTransitions=_times(("Training", 1, None))),
        "cannot be replayed: begins with Training, not with Starting",
    ),
    (_interrupted(), "cannot be replayed: was Interrupted"),
    (
        changed(SecondaryStatusTransitions=_times(("Starting", 1, 2), ("Pending", 2, None))),
        "cannot be replayed: was Pending",
    ),
    (
        changed(
            ResourceConfig={
                "InstanceGroups": [
                    {"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1}
                ],
                "VolumeSizeInGB": 10,
            }
        ),
        "cannot be replayed: ValidationException: ",
    ),
    (_without("OutputDataConfig"), "cannot be replayed: it has no OutputDataConfig"),
    (
        changed(
            SecondaryStatus="Failed",
            FailureReason="ClientError: no such thing",
            SecondaryStatusTransitions=_times(("Starting", 1, 2), ("Failed", 2, 2)),
        ),
        "cannot be replayed: failed before Training: ClientError: no such thing",
    ),
]


@pytest.mark.parametrize(("value", "reason"), BAD)
def test_bad_records_are_refused_with_file_and_reason(
    value: object, reason: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(value))
    assert main(["replay", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"simjob: {file}: ")
    assert reason in printed.err


def test_every_mistake_of_a_record_is_told() -> None:
    reply = changed(TrainingJobStatus="Done", CreationTime="never", BillableTimeInSeconds=0)
    with pytest.raises(RecordError) as caught:
        replay(reply)
    assert len(caught.value.mistakes) == 3
    assert all(each.startswith("record 1: Value '") for each in caught.value.mistakes)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no JSON: Expecting value (line 1, column 1)"),
        (b"{", "is no JSON"),
        (b"\xff{}", "must be UTF-8 text"),
        (b'{"CreationTime": NaN}', "is no JSON: NaN is no number in JSON"),
    ],
)
def test_a_file_that_is_no_json_is_refused(
    content: bytes, reason: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(content)
    assert main(["replay", str(file)]) == 2
    assert f"simjob: {file}: {reason}" in capsys.readouterr().err


def test_a_missing_file_and_an_unknown_edition_are_refused(capsys: Capture) -> None:
    assert main(["replay", "missing.json"]) == 2
    assert capsys.readouterr().err == (
        "simjob: missing.json: cannot be read: No such file or directory\n"
    )
    assert main(["replay", "missing.json", "--edition", "today"]) == 2
    with pytest.raises(ValueError, match="unknown edition"):
        replay(one(), edition="today")


# The command.


def show(capsys: Capture, tmp_path: Path, reply: Reply) -> tuple[int, list[str]]:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(reply))
    status = main(["replay", str(file)])
    return status, capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_output_fits_the_terminal_in_ascii(
    width: int, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    reply = changed(HyperParameters={"größe": "☃" * 30}, TrainingJobName="job")
    status, lines = show(capsys, tmp_path, reply)
    assert status == 0
    assert max(map(len, lines)) <= max(width, 53)
    assert "".join(lines).isascii()
    assert all(line == line.rstrip() for line in lines)


def test_the_status_says_whether_all_is_as_recorded(tmp_path: Path, capsys: Capture) -> None:
    status, lines = show(capsys, tmp_path, one())
    assert (status, lines[-1]) == (0, "44 members compared, all equal")
    reply = changed(BillableTimeInSeconds=84, ProfilingStatus="Enabled")
    status, lines = show(capsys, tmp_path, reply)
    assert status == 1
    assert lines[-2:] == [
        "44 members compared, 1 not as recorded",
        "- ProfilingStatus: tells of what is outside the job",
    ]
    (line,) = [each for each in lines if each.startswith("BillableTime")]
    assert line.split() == ["BillableTimeInSeconds", "86", "84", "+2"]


def test_capacity_is_known_by_its_reason() -> None:
    assert lived("live", CASES["no capacity"])["FailureReason"] == CAPACITY
