"""Code as people write it around boto3, each broken and mended: what `explore` is to find."""

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

Json = dict[str, Any]
PATIENCE = {"Delay": 300, "MaxAttempts": 1000}


class GaveUpError(Exception):
    """The orchestrator says that it could not get a job done."""


def insistent(call: Any, **given: object) -> Json:  # noqa: ANN401 - a method of a client
    """Call until there is a reply; give up on what the service refuses for good."""
    for _ in range(200):
        try:
            reply: Json = call(**given)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ThrottlingException", "InternalFailure"}:
                raise
        except BotoCoreError:
            pass
        else:
            return reply
        time.sleep(20)
    raise GaveUpError("the service does not answer")


def train(client: Any, request: Json, attempts: int = 3) -> str:  # noqa: ANN401 - no types
    """Broken: the waiter returns on Stopped as on Completed, so a job cut short is a success."""
    for attempt in range(attempts):
        name = f"{request['TrainingJobName']}-{attempt}"
        try:
            client.create_training_job(**{**request, "TrainingJobName": name})
            waiter = client.get_waiter("training_job_completed_or_stopped")
            waiter.wait(TrainingJobName=name, WaiterConfig=PATIENCE)
        except WaiterError:
            continue
        except (ClientError, BotoCoreError) as error:
            raise GaveUpError(name) from error
        return name
    raise GaveUpError(request["TrainingJobName"])


def train_mended(client: Any, request: Json, attempts: int = 3) -> str:  # noqa: ANN401 - no types
    """Mended: looks at the status after the wait."""
    for attempt in range(attempts):
        name = f"{request['TrainingJobName']}-{attempt}"
        try:
            client.create_training_job(**{**request, "TrainingJobName": name})
            waiter = client.get_waiter("training_job_completed_or_stopped")
            waiter.wait(TrainingJobName=name, WaiterConfig=PATIENCE)
            status = insistent(client.describe_training_job, TrainingJobName=name)
        except WaiterError:
            continue
        except (ClientError, BotoCoreError) as error:
            raise GaveUpError(name) from error
        if status["TrainingJobStatus"] == "Completed":
            return name
    raise GaveUpError(request["TrainingJobName"])


def submit(client: Any, request: Json, attempts: int = 20) -> str:  # noqa: ANN401 - no types
    """Broken: a lost reply is taken for a call that had no effect, so there may be two jobs."""
    for attempt in range(attempts):
        name = f"{request['TrainingJobName']}-{attempt}"
        try:
            client.create_training_job(**{**request, "TrainingJobName": name})
        except BotoCoreError:
            time.sleep(5)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ThrottlingException", "InternalFailure"}:
                raise GaveUpError(name) from error
            time.sleep(20)
        else:
            return name
    raise GaveUpError(request["TrainingJobName"])


def submit_mended(client: Any, request: Json, attempts: int = 20) -> str:  # noqa: ANN401 - no types
    """Mended: calls again by the same name, and takes ResourceInUse then for its own job."""
    name: str = request["TrainingJobName"]
    for _ in range(attempts):
        try:
            client.create_training_job(**request)
        except BotoCoreError:
            time.sleep(5)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceInUse":
                return name
            if code not in {"ThrottlingException", "InternalFailure"}:
                raise GaveUpError(name) from error
            time.sleep(20)
        else:
            return name
    raise GaveUpError(name)
