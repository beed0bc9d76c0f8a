"""The AWS CLI, version 1, through its own driver in this process: what it prints and exits with."""

import json
from pathlib import Path

import pytest
from awscli.clidriver import create_clidriver
from cases import JOB, REQUEST, Case, living, seconds, world
from conftest import Check

from simjob.world import ApiFaults

CLIENT = "AWS CLI 1"
VERSIONS = ("awscli",)

NAMED = ("--training-job-name", JOB)
SUCCESS, REFUSED = 0, 255


def sagemaker(*arguments: str) -> int:
    status: int = create_clidriver().main(["sagemaker", *arguments])
    return status


def create() -> int:
    return sagemaker("create-training-job", "--cli-input-json", json.dumps(REQUEST))


def create_and_wait() -> str:
    """As `aws ... && aws ...` in a shell."""
    status = create() or sagemaker("wait", "training-job-completed-or-stopped", *NAMED)
    return f"exit {status}"


def test_create_and_wait(case: str, check: Check) -> None:
    with living(case):
        check("create && wait", case, create_and_wait)


def test_create_reads_a_file_and_prints_the_arn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST), encoding="utf-8")
    with living("Completed"):
        assert sagemaker("create-training-job", "--cli-input-json", file.as_uri()) == SUCCESS
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{JOB}"
    assert json.loads(capsys.readouterr().out) == {"TrainingJobArn": arn}


@pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])
def test_describe_prints_the_record_with_times_as_on_the_wire(
    wire: bool,  # noqa: FBT001 - a case
    capsys: pytest.CaptureFixture[str],
) -> None:
    with living("MaxRuntimeExceeded", wire=wire) as sim:
        create_and_wait()
        capsys.readouterr()
        assert sagemaker("describe-training-job", *NAMED) == SUCCESS
    record = json.loads(capsys.readouterr().out)
    assert record["TrainingJobStatus"] == "Stopped"
    assert record["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert record["CreationTime"] == sim.world.start.timestamp() + 0.05


def test_both_seams_print_the_times_that_the_configuration_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\ncli_timestamp_format = iso8601\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    printed = []
    for wire in (False, True):
        with living("Completed", wire=wire):
            create_and_wait()
            capsys.readouterr()
            assert sagemaker("describe-training-job", *NAMED) == SUCCESS
            printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1]
    assert printed[0]["CreationTime"].startswith("2026-01-01T00:00:00.05")


def test_stop_prints_nothing_and_is_refused_after_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with living("Completed") as sim:
        create()
        capsys.readouterr()
        assert sagemaker("stop-training-job", *NAMED) == SUCCESS
        assert capsys.readouterr().out == ""
        assert sagemaker("wait", "training-job-completed-or-stopped", *NAMED) == SUCCESS
        assert sim.jobs[JOB].status.value == "Stopped"
        assert sagemaker("stop-training-job", *NAMED) == REFUSED
    assert "the training job is in status Stopped" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("Failed", 'we matched expected path: "Failed"'),
        ("throttled", "ThrottlingException"),
    ],
)
def test_wait_says_why_it_failed_but_no_reason_of_the_job(
    trouble: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with living(trouble):
        assert create_and_wait() == f"exit {REFUSED}"
    told = capsys.readouterr().err
    assert said in told
    assert "NaN" not in told


def test_wait_for_an_unknown_name_fails_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with living("quota refused") as sim:
        assert create() == REFUSED
        assert "ResourceLimitExceeded" in capsys.readouterr().err
        assert sagemaker("wait", "training-job-completed-or-stopped", *NAMED) == REFUSED
        assert "ValidationException" in capsys.readouterr().err
        assert seconds(sim) < 1


def test_list_pages_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with living("Completed"):
        for number in range(25):
            request = json.dumps({**REQUEST, "TrainingJobName": f"job-{number}"})
            sagemaker("create-training-job", "--cli-input-json", request)
        capsys.readouterr()
        query = ("--query", "length(TrainingJobSummaries)")
        assert sagemaker("list-training-jobs", *query) == SUCCESS
    assert capsys.readouterr().out.split() == ["25"]


def test_a_retried_create_is_refused_by_the_job_that_it_has_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with living(Case(world(api=ApiFaults(lost_replies={"CreateTrainingJob": 1})))) as sim:
        assert create() == REFUSED
        assert list(sim.jobs) == [JOB]
    assert "ResourceInUse" in capsys.readouterr().err
