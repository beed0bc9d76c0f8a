"""The SageMaker Python SDK, version 2: fit, wait, logs, attach and analytics; S3 is moto's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest
import time
from cases import BUCKET, IMAGE, JOB, KIND, ROLE, Case, course, living, seconds, training, world
from conftest import Check

from sagemaker import Session
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from simjob import Simulation

CLIENT = "SageMaker Python SDK 2"
VERSIONS = ("sagemaker", "botocore")


@pytest.fixture(autouse=True)
def no_telemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent by other means than botocore, so no mock of AWS would catch it."""
    config = tmp_path / "config.yaml"
    config.write_text("SchemaVersion: '1.0'\nSageMaker: {TelemetryOptOut: true}\n", "utf-8")
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(config))


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
def test_ways(case: str, way: str, act: Any, check: Check) -> None:
    with beside_moto(case):
        check(way, case, act)
