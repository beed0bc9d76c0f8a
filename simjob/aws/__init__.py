"""The face to real clients: what stands in for AWS in a process. Needs the extra `simjob[aws]`.

Its heart is `mock`::

    with simjob.aws.mock() as sim:
        boto3.client("sagemaker").create_training_job(**request)

The names are loaded when they are first used, since botocore takes a while.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.aws.errors import NotSimulatedError, OutlivedError
    from simjob.aws.identity import credentials
    from simjob.aws.mocking import mock

_HOMES = {
    "NotSimulatedError": "simjob.aws.errors",
    "OutlivedError": "simjob.aws.errors",
    "credentials": "simjob.aws.identity",
    "mock": "simjob.aws.mocking",
}

__all__ = ["NotSimulatedError", "OutlivedError", "credentials", "mock"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.aws' has no attribute {name!r}")
    try:
        value = getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        if absent not in {"botocore", "time_machine"}:
            raise
        raise ImportError(
            f"simjob.aws.{name} needs {absent}, which its extra brings: pip install 'simjob[aws]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
