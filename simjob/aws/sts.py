"""The Security Token Service: who is calling, and how to become somebody else."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from simjob.aws.identity import Caller, credentials
from simjob.spec.errors import ApiError

Reply = dict[str, object]

_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/(?:.*/)?([\w+=,.@-]+)")
_SESSION: Final = re.compile(r"[\w+=,.@-]{2,64}")
_DURATIONS: Final = range(900, 43_201)


def get_caller_identity(caller: Caller, _: Mapping[str, object], __: datetime) -> Reply:
    """GetCallerIdentity."""
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def assume_role(_: Caller, params: Mapping[str, object], now: datetime) -> Reply:
    """AssumeRole: every role may be assumed by everybody, in whatever account it is.

    Raises:
        ApiError: ValidationError, for a role or a session that cannot be (wording recorded for
            the role, otherwise inferred).
    """
    role, session = str(params.get("RoleArn", "")), str(params.get("RoleSessionName", ""))
    found = _ROLE.fullmatch(role)
    if found is None:
        raise ApiError("ValidationError", f"{role} is invalid")
    if not _SESSION.fullmatch(session):
        raise ApiError(
            "ValidationError",
            f"1 validation error detected: Value '{session}' at 'roleSessionName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        )
    given = params.get("DurationSeconds", 3600)
    seconds = int(given) if isinstance(given, int | str) and str(given).isdigit() else 0
    if seconds not in _DURATIONS:
        raise ApiError(
            "ValidationError",
            f"1 validation error detected: Value '{given}' at 'durationSeconds' failed to "
            f"satisfy constraint: Member must have value between {_DURATIONS[0]} and "
            f"{_DURATIONS[-1]}",
        )
    account, name = found.groups()
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    keys = credentials(account, arn=arn)
    return {
        "Credentials": {
            "AccessKeyId": keys["aws_access_key_id"],
            "SecretAccessKey": keys["aws_secret_access_key"],
            "SessionToken": keys["aws_session_token"],
            "Expiration": now.timestamp() + seconds,
        },
        "AssumedRoleUser": {"AssumedRoleId": Caller(account, arn).user_id, "Arn": arn},
    }


OPERATIONS: Final[Mapping[str, Callable[[Caller, Mapping[str, object], datetime], Reply]]] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}
