"""What the API answers when it refuses: one exception, one constructor for each known answer.

Here stand the codes, the wordings and the grammar in which several violations are joined. What is
a violation is decided elsewhere: `constraints` (one member), `rules` (members together), the
service (names, quotas, states). Every answer has HTTP status 400.

Wordings marked *recorded* were read from replies of the live service; the others are marked as
documentation, general knowledge or inference.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

import attrs

from simjob.spec.editions import Column

SHOWN = 1024
"""How many characters of a refused value a message shows. The service shows all of them."""


class Kind(Enum):
    """In which way a value is refused."""

    CONSTRAINT = "constraint"
    MISSING = "missing"
    TYPE = "type"
    UNKNOWN = "unknown"


@attrs.frozen
class Violation:
    """One clause that one value does not satisfy, at its path in the request.

    `path` is in the service's grammar: lowerCamel members, list items counted from 1.

    >>> Violation("trainingJobName", "Member must have length less than or equal to 63", "a-a").text
    "Value 'a-a' at 'trainingJobName' failed to satisfy constraint: Member must have length less \
than or equal to 63"
    """

    path: str
    clause: str
    value: object
    kind: Kind = Kind.CONSTRAINT

    @property
    def text(self) -> str:
        """The violation as the service words it (*recorded*)."""
        shown = "null" if self.value is None else f"'{_shortened(as_java(self.value))}'"
        return f"Value {shown} at '{self.path}' failed to satisfy constraint: {self.clause}"


def as_java(value: object) -> str:
    """A JSON value as the service prints it: the `toString` of Java (maps *recorded*).

    >>> as_java({"epochs": "3", "flags": [True, None]})
    '{epochs=3, flags=[true, null]}'
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{as_java(k)}={as_java(v)}' for k, v in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return f"[{', '.join(map(as_java, value))}]"
    return str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class ApiError(Exception):
    """The API refused a call: `code`, `message`, HTTP `status`, and the `violations`, if any.

    >>> str(ApiError("ThrottlingException", "Rate exceeded"))
    'An error occurred (ThrottlingException): Rate exceeded'
    """

    def __init__(
        self, code: str, message: str, status: int = 400, violations: tuple[Violation, ...] = ()
    ) -> None:
        super().__init__(f"An error occurred ({code}): {message}")
        self.code = code
        self.message = message
        self.status = status
        self.violations = violations

    def __reduce__(self) -> tuple[type["ApiError"], tuple[object, ...]]:
        return type(self), (self.code, self.message, self.status, self.violations)


def validation_exception(violations: Iterable[Violation], rules: Iterable[str] = ()) -> ApiError:
    """Everything that is wrong with a request, in one answer.

    The grammar is *recorded*: `1 validation error detected: e`, `2 validation errors detected:
    e1; e2`. The service's order is not fixed; here it is that of the members, then that of the
    rules. A rule that is broken alone is answered with its own message and nothing else, as
    *recorded*; that rules are counted together with violations is inferred (the service stops at
    the first rule).

    >>> validation_exception([], ["No good"]).message
    'No good'
    >>> validation_exception([Violation("a", "c", 1)], ["No good"]).message
    "2 validation errors detected: Value '1' at 'a' failed to satisfy constraint: c; No good"
    """
    found = tuple(violations)
    broken = tuple(rules)
    texts = [*(each.text for each in found), *broken]
    if not found and len(broken) == 1:
        message = broken[0]
    else:
        errors = "error" if len(texts) == 1 else "errors"
        message = f"{len(texts)} validation {errors} detected: {'; '.join(texts)}"
    return ApiError("ValidationException", message, violations=found)


def rule_violated(message: str) -> ApiError:
    """A ValidationException with this message alone.

    >>> rule_violated("No good").code
    'ValidationException'
    """
    return validation_exception((), (message,))


def resource_in_use(arn: str) -> ApiError:
    """A job of that name exists already (*recorded*).

    >>> resource_in_use("arn:aws:sagemaker:us-east-1:1:training-job/a").code
    'ResourceInUse'
    """
    return ApiError(
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job "
        f"with this name already exists ({arn})",
    )


_ASK_SUPPORT = "Please contact AWS support to request an increase for this limit."
_ASK_QUOTAS = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
    "not available, contact AWS support to request an increase for this quota."
)


def resource_limit_exceeded(  # noqa: PLR0913  the six numbers and names of one sentence
    instance_type: str, *, spot: bool, limit: int, utilization: int, delta: int, column: Column
) -> ApiError:
    """The quota of an instance type is used up (*recorded*; the tail changed about 2023).

    >>> error = resource_limit_exceeded(
    ...     "ml.p3.2xlarge", spot=True, limit=1, utilization=1, delta=2, column=Column.PAGE
    ... )
    >>> print(error.message[:63])
    The account-level service limit 'ml.p3.2xlarge for spot trainin
    """
    usage = f"{instance_type} for {'spot ' if spot else ''}training job usage"
    tail = _ASK_SUPPORT if column is Column.PAGE else _ASK_QUOTAS
    return ApiError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{usage}' is {limit} Instances, with current utilization "
        f"of {utilization} Instances and a request delta of {delta} Instances. {tail}",
    )


def unknown_job(name: str, column: Column) -> ApiError:
    """There is no job of that name; the service does not repeat the name.

    The page declares `ResourceNotFound`, and describes it with the sentence "Resource being access
    is not found."; the message in both columns is the one *recorded*. The live service answers
    with a plain ValidationException.

    >>> unknown_job("a", Column.PAGE).code, unknown_job("a", Column.TODAY).code
    ('ResourceNotFound', 'ValidationException')
    """
    del name
    code = "ResourceNotFound" if column is Column.PAGE else "ValidationException"
    return ApiError(code, "Requested resource not found.")


def refused_in_status(status: str) -> ApiError:
    """The job's status does not let a call through.

    *Recorded* for a stop of a job that is Stopped, Completed or Failed; inferred for an update.

    >>> refused_in_status("Stopped").message
    'The request was rejected because the training job is in status Stopped.'
    """
    return rule_violated(
        f"The request was rejected because the training job is in status {status}."
    )


def delete_refused(status: str) -> ApiError:
    """A job that has not ended was to be deleted: the code is the model's, the wording inferred.

    >>> delete_refused("InProgress").code
    'ResourceInUse'
    """
    return ApiError("ResourceInUse", refused_in_status(status).message)


def delete_refused_warm() -> ApiError:
    """A job whose warm pool is available cannot be deleted (documented); the wording is inferred.

    >>> delete_refused_warm().code
    'ResourceInUse'
    """
    return ApiError(
        "ResourceInUse",
        "The request was rejected because the training job retains an Available warm pool.",
    )


def unknown_operation(operation: str, edition: str) -> ApiError:
    """The edition does not know the operation: the protocol's code, with wording of our own.

    >>> unknown_operation("DeleteTrainingJob", "documented").message
    "The edition 'documented' does not know DeleteTrainingJob; the edition 'live' does."
    """
    return ApiError(
        "UnknownOperationException",
        f"The edition '{edition}' does not know {operation}; the edition 'live' does.",
    )


def no_objects(uri: str, *, region: str, role: str, bucket: str) -> ApiError:
    """A channel's S3 prefix holds nothing (*recorded*, checked by the live service at create).

    >>> no_objects("s3://b/p", region="us-west-2", role="arn", bucket="b").message[:35]
    'No S3 objects found under S3 URL "s'
    """
    return rule_violated(
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
        f"the bucket exists in the selected region ({region}), that objects exist under that S3 "
        f'prefix, and that the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
