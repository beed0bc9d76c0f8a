"""Who is calling: credentials that say so themselves.

Nothing is registered anywhere. An access key that `credentials` made carries its account, and a
session token its ARN; whoever holds any other key is at home.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Final

import attrs

_KEY: Final = re.compile(r"ASIASIMJ([0-9]{12})")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(.+)")
_TOKEN: Final = "simjob."  # noqa: S105 - the mark of a token that is none

ANYBODY: Final = "ASIASIMJOBANYBODY000"
"""An access key that carries no account: its holder is at home in every simulation."""


@attrs.frozen
class Caller:
    """Whose credentials a call bears."""

    account: str
    arn: str

    @property
    def user_id(self) -> str:
        """The unique identifier: of a role's session, that of the role and the session's name."""
        kind, _, name = self.arn.rpartition(":")[2].partition("/")
        if kind == "assumed-role":
            return f"AROASIMJ{self.account}0:{name.rpartition('/')[2]}"
        return f"AIDASIMJ{self.account}0"


def credentials(account: str, *, arn: str | None = None) -> dict[str, str]:
    """Credentials of an account, as the keyword arguments of a boto3 client or session.

    Args:
        account: 12 digits.
        arn: who in that account; by default a user of the name "simjob".

    Raises:
        ValueError: the account is none, or the ARN is none of that account.

    >>> credentials(account="210987654321")["aws_access_key_id"]
    'ASIASIMJ210987654321'
    """
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"account must be 12 digits as text, is {account!r}")
    who = _user(account) if arn is None else arn
    found = _ARN.fullmatch(who)
    if found is None or found[1] != account:
        raise ValueError(f"arn must be one of IAM or STS in account {account}, is {who!r}")
    return {
        "aws_access_key_id": f"ASIASIMJ{account}",
        "aws_secret_access_key": "simjob",
        "aws_session_token": _TOKEN + base64.urlsafe_b64encode(who.encode()).decode(),
    }


@lru_cache(maxsize=256)
def caller(access_key: str | None, token: str | None, home: str) -> Caller:
    """Who holds these credentials; `home` is the account of who cannot be told.

    >>> caller("AKIAIOSFODNN7EXAMPLE", None, "123456789012").arn
    'arn:aws:iam::123456789012:user/simjob'
    """
    found = _KEY.fullmatch(access_key or "")
    if found is None:
        return Caller(home, _user(home))
    account = found[1]
    return Caller(account, _arn_of(token) or _user(account))


def _user(account: str) -> str:
    return f"arn:aws:iam::{account}:user/simjob"


def _arn_of(token: str | None) -> str | None:
    if token is None or not token.startswith(_TOKEN):
        return None
    try:
        return base64.urlsafe_b64decode(token[len(_TOKEN) :]).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
