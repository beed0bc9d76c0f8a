"""The SageMaker Python SDK, version 2: fit, wait, logs, attach and analytics; S3 is moto's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest
from cases import BUCKET, IMAGE, JOB, KIND, ROLE, Case, living, seconds, training, world
from conftest import Check
from sagemaker import Session
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException

from simjob import Simulation
from simjob.world import Constant, SpotMarket

CLIENT = "SageMaker Python SDK 2"
VERSIONS = ("sagemaker", "botocore")


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent by other means than botocore, so no mock of AWS would catch it.

    Users opt out by a configuration file, at which the SDK then looks for two seconds a fit.
    """
    sender = "sagemaker.telemetry.telemetry_logging._requests_helper"
    monkeypatch.setattr(sender, lambda *_: None)


@contextmanager
def beside_moto(case: str | Case) -> Iterator[Simulation]:
    with moto.mock_aws(), living(case) as sim:
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield sim


def estimator(**changes: Any) -> Estimator:  # noqa: ANN401 - whatever an Estimator takes
    settings = {
        "image_uri": IMAGE,
        "role": ROLE,
        "instance_count": 1,
        "instance_type": KIND,
        "max_run": 3600,
        "output_path": f"s3://{BUCKET}/models",
        "metric_definitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        "sagemaker_session": Session(default_bucket=BUCKET),
    }
    return Estimator(**settings | changes)


def fit(*, settings: dict[str, Any] | None = None, **arguments: Any) -> Estimator:  # noqa: ANN401 - whatever fit takes
    made = estimator(**settings or {})
    made.fit({"train": f"s3://{BUCKET}/train"}, job_name=JOB, **arguments)
    return made


def attach_after_the_end() -> None:
    fit(wait=False)
    time.sleep(2 * 3600)
    Estimator.attach(JOB)


@pytest.mark.parametrize(
    ("way", "act"),
    [
        ("fit()", fit),
        ("fit(logs=False)", lambda: fit(logs=False)),
        ("attach after the end", attach_after_the_end),
    ],
)
def test_fit_and_attach(case: str, way: str, act: Any, check: Check) -> None:  # noqa: ANN401 - a function
    with beside_moto(case):
        check(way, case, act)


def losses(printed: str) -> list[str]:
    """The log lines that were printed, wherever in a line they begin."""
    return [line.partition("loss=")[2] for line in printed.splitlines() if "loss=" in line]


# Waiting.


def test_wait_for_job_raises_at_stopping_while_the_job_goes_on() -> None:
    with beside_moto("Stopped by a call") as sim:
        with pytest.raises(UnexpectedStatusException, match=r"Stopping\. Reason: ") as caught:
            fit(logs=False)
        assert caught.value.actual_status == "Stopping"
        assert caught.value.allowed_statuses == ["Completed", "Stopped"]
        assert seconds(sim) < 610
        sim.run()
        assert sim.jobs[JOB].status.value == "Stopped"


def test_wait_for_job_looks_every_five_seconds() -> None:
    with beside_moto("Completed") as sim:
        fit(wait=False)
        began = seconds(sim)
        Session(default_bucket=BUCKET).wait_for_job(JOB)
        polls, rest = divmod(seconds(sim) - began, 5.05)
        assert (polls, rest) == (280, pytest.approx(0, abs=0.001))


def test_a_stop_is_told_from_completion_by_a_warning_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with beside_moto("MaxRuntimeExceeded"):
        made = fit()
        assert "Job ended with status 'Stopped' rather than 'Completed'" in caplog.text
        assert made.latest_training_job.describe()["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_stop_through_the_sdk() -> None:
    with beside_moto("Completed") as sim:
        made = fit(wait=False)
        made.latest_training_job.stop()
        sim.run()
        assert sim.jobs[JOB].status.value == "Stopped"


# Logs.


def test_logs_are_printed_once_with_what_is_billed(capsys: pytest.CaptureFixture[str]) -> None:
    with beside_moto("Completed") as sim:
        fit()
        printed = capsys.readouterr().out
        assert losses(printed) == [line.message[5:] for line in sim.jobs[JOB].logs]
        assert "Downloading - Downloading the training image" in printed
        assert "Training seconds: 1290\nBillable seconds: 1290" in printed


def test_logs_of_a_job_that_ended(capsys: pytest.CaptureFixture[str]) -> None:
    with beside_moto("Failed") as sim:
        with pytest.raises(UnexpectedStatusException, match="ValueError: NaN, exit code: 1"):
            fit()
        capsys.readouterr()
        Session(default_bucket=BUCKET).logs_for_job(JOB)
        assert len(losses(capsys.readouterr().out)) == len(sim.jobs[JOB].logs) == 20


def test_logs_of_every_attempt_of_spot_training(capsys: pytest.CaptureFixture[str]) -> None:
    spot = {
        "use_spot_instances": True,
        "max_wait": 7200,
        "checkpoint_s3_uri": f"s3://{BUCKET}/checkpoints",
    }
    market = SpotMarket(uptime=Constant(500))
    with beside_moto(
        Case(world(spot=market, default_workload=training(checkpoint_every="1m")))
    ) as sim:
        fit(settings=spot)
        printed = capsys.readouterr().out
        assert printed.count("Interrupted - Training job interrupted") == 2
        assert losses(printed) == [line.message[5:] for line in sim.jobs[JOB].logs]
        assert "Managed Spot Training savings: " in printed


# After the end.


def test_attach_reads_the_job_back() -> None:
    with beside_moto("Completed"):
        fit(wait=False, settings={"hyperparameters": {"depth": 6}, "tags": {"team": "churn"}})
        attached = Estimator.attach(JOB)  # blocks until the end
        assert attached.hyperparameters() == {"depth": "6"}
        assert attached.tags == [{"Key": "team", "Value": "churn"}]
        assert attached.model_data == f"s3://{BUCKET}/models/{JOB}/output/model.tar.gz"


@pytest.mark.parametrize("trouble", ["Stopped by a call", "stopped in Pending"])
def test_without_artifacts_model_data_is_a_key_error(trouble: str) -> None:
    with beside_moto(trouble):
        made = fit()
        with pytest.raises(KeyError, match="ModelArtifacts"):
            _ = made.model_data


def test_analytics_are_a_data_frame_of_the_metrics() -> None:
    with beside_moto("Completed") as sim:
        fit()
        frame = TrainingJobAnalytics(JOB).dataframe()
        assert list(frame["metric_name"].unique()) == ["loss"]
        assert list(frame["timestamp"]) == [60.0 * minute for minute in range(20)]
        assert list(frame["value"]) == [point.value for point in sim.jobs[JOB].metrics]


def test_analytics_of_a_job_that_never_started_are_a_key_error() -> None:
    with beside_moto("stopped in Pending"):
        fit()
        with pytest.raises(KeyError, match="TrainingStartTime"):
            TrainingJobAnalytics(JOB).dataframe()


# What moto answers.


def test_a_script_goes_to_s3_and_the_name_of_a_role_to_iam(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('loss=0.1')", "utf-8")
    with beside_moto("Completed") as sim:
        trust = '{"Version": "2012-10-17", "Statement": []}'
        boto3.client("iam").create_role(RoleName="trainer", AssumeRolePolicyDocument=trust)
        fit(
            settings={"role": "trainer", "entry_point": "train.py", "source_dir": str(tmp_path)},
            logs=False,
        )
        request = sim.jobs[JOB].record
        code = request["HyperParameters"]["sagemaker_submit_directory"].strip('"')
        assert request["RoleArn"] == "arn:aws:iam::123456789012:role/trainer"
        key = code.removeprefix(f"s3://{BUCKET}/")
        assert boto3.client("s3").head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 0
