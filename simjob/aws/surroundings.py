"""What of a process says who and where it is: the environment, and boto3's default session.

While a simulation stands in for AWS, nobody's real credentials are in use, and a client that names
no region is at home.
"""

import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Final

from simjob.aws.identity import ANYBODY

_ABSENT: Final = (
    *("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION"),
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),  # of a file that may be another machine's
)


class Surroundings:
    """Fake credentials and the home region, and everything as it was afterwards."""

    def __init__(self, region: str) -> None:
        self._wanted: Mapping[str, str | None] = {
            "AWS_ACCESS_KEY_ID": ANYBODY,
            "AWS_SECRET_ACCESS_KEY": "simjob",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **dict.fromkeys(_ABSENT),
        }
        self._before: dict[str, str | None] = {}
        self._session: object = None

    def enter(self) -> None:
        """Put them in place."""
        self._before = {name: os.environ.get(name) for name in self._wanted}
        _put(self._wanted)
        boto3 = _boto3()
        self._session = getattr(boto3, "DEFAULT_SESSION", None)
        if boto3 is not None:
            boto3.DEFAULT_SESSION = None  # type: ignore[attr-defined]

    def leave(self) -> None:
        """Restore what was there, and forget the default session that was made meanwhile."""
        _put(self._before)
        boto3 = _boto3()
        if boto3 is not None:
            boto3.DEFAULT_SESSION = self._session  # type: ignore[attr-defined]


def _boto3() -> ModuleType | None:
    return sys.modules.get("boto3")


def _put(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
