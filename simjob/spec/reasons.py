"""`FailureReason`: the texts by which a failed job says why.

Recorded wording unless a function says otherwise (public logs and issues, 2018-2026). At most
1024 characters, as the page says.
"""

FAILURE_REASON_CHARACTERS = 1024

CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
DATA_DENIED = "ClientError: Data download failed:403 Forbidden (403): Forbidden"
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
OUT_OF_MEMORY = (
    "ClientError: Please use an instance type with more memory, "
    "or reduce the size of training data processed on an instance."
)
UPLOAD_DENIED = "ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied"


def of_the_job(reason: str) -> bool:
    """Whether a failure is the job's own, and not the service's (documented, for warm pools).

    >>> of_the_job(OUT_OF_MEMORY), of_the_job(INTERNAL)
    (True, False)
    """
    return reason.startswith(("AlgorithmError", "ClientError"))


def data_missing(uri: str) -> str:
    """No object under the prefix of a channel (inferred: the form is recorded, this cause is not).

    >>> data_missing("s3://bucket/train")
    'ClientError: Data download failed:No S3 objects found under S3 URL "s3://bucket/train"'
    """
    return f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}"'


def role_denied(role_arn: str, *, vpc: bool) -> str:
    """The execution role lacks a permission (recorded with a VPC; without one inferred).

    >>> role_denied("arn:aws:iam::123456789012:role/X", vpc=True).split("perform ")[1]
    'ec2:DescribeSubnets.'
    """
    action = "ec2:DescribeSubnets" if vpc else "s3:ListBucket"
    return (
        f"ClientError: The execution role ARN {role_arn} does not have permission "
        f"to perform {action}."
    )


def algorithm(text: str, exit_code: int) -> str:
    """The container exited with `exit_code`; `text` is what it left in /opt/ml/output/failure.

    Of a longer text the first characters are shown (documented).

    >>> algorithm("", 1)
    'AlgorithmError: , exit code: 1'
    >>> algorithm("first" + "x" * 5000, 1)[:21], len(algorithm("x" * 5000, 1))
    ('AlgorithmError: first', 1024)
    """
    return f"{_HEAD}{text[: _room(exit_code)]}{_tail(exit_code)}"


def crash(traceback: str, exit_code: int) -> str:
    """The container's program raised: of its traceback the end is kept, which says most (ours).

    >>> crash("x" * 5000 + "ValueError: last", 1)[-30:]
    'ValueError: last, exit code: 1'
    """
    return f"{_HEAD}{traceback[-_room(exit_code) :]}{_tail(exit_code)}"


_HEAD = "AlgorithmError: "


def _tail(exit_code: int) -> str:
    return f", exit code: {exit_code}"


def _room(exit_code: int) -> int:
    return FAILURE_REASON_CHARACTERS - len(_HEAD) - len(_tail(exit_code))
