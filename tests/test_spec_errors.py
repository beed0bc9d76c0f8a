"""What a refusal says, to the letter."""

import pickle

import pytest

from simjob.spec import errors
from simjob.spec.editions import Column
from simjob.spec.errors import ApiError, Kind, Violation, as_java, validation_exception

PAGE, TODAY = Column.PAGE, Column.TODAY
LONG = Violation("trainingJobName", "Member must have length less than or equal to 63", "a" * 64)
PATTERN = Violation(
    "trainingJobName",
    "Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    "a_b",
)
PATTERN_TEXT = (
    "Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular "
    "expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
)


def said(error: ApiError) -> tuple[str, str, int]:
    return (error.code, error.message, error.status)


def test_a_violation_is_worded_as_recorded() -> None:
    assert PATTERN.text == PATTERN_TEXT
    assert PATTERN.kind is Kind.CONSTRAINT


def test_a_null_is_not_quoted() -> None:
    text = Violation("roleArn", "Member must not be null", None, Kind.MISSING).text
    assert text == ("Value null at 'roleArn' failed to satisfy constraint: Member must not be null")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": "1", "b": "2"}, "{a=1, b=2}"),
        (["a", "b"], "[a, b]"),
        (("a",), "[a]"),
        ([], "[]"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (0, "0"),
        (1.5, "1.5"),
        ("", ""),
        ("[x]", "[x]"),
        (b"x", "b'x'"),
    ],
)
def test_values_are_shown_as_java_shows_them(value: object, shown: str) -> None:
    assert as_java(value) == shown


def test_long_values_are_cut_at_1024_characters() -> None:
    assert Violation("p", "c", "a" * 1024).text.count("a" * 1024 + "'") == 1
    assert f"Value '{'a' * 1024}...' at" in Violation("p", "c", "a" * 1025).text


def test_one_violation() -> None:
    error = validation_exception([PATTERN])
    assert said(error) == (
        "ValidationException",
        f"1 validation error detected: {PATTERN_TEXT}",
        400,
    )
    assert error.violations == (PATTERN,)


def test_several_violations_and_rules_are_joined_in_order() -> None:
    error = validation_exception(iter([LONG, PATTERN]))
    assert error.message == f"2 validation errors detected: {LONG.text}; {PATTERN_TEXT}"
    error = validation_exception([PATTERN], iter(["rule one", "rule two"]))
    assert error.message == f"3 validation errors detected: {PATTERN_TEXT}; rule one; rule two"
    error = validation_exception([PATTERN], ["rule one"])
    assert error.message == f"2 validation errors detected: {PATTERN_TEXT}; rule one"
    error = validation_exception([], ["rule one", "rule two"])
    assert error.message == "2 validation errors detected: rule one; rule two"


def test_a_single_rule_is_answered_with_its_own_message() -> None:
    assert said(errors.rule_violated("No.")) == ("ValidationException", "No.", 400)
    assert said(validation_exception([], ["No."])) == ("ValidationException", "No.", 400)


def test_resource_in_use() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/a"
    assert said(errors.resource_in_use(arn)) == (
        "ResourceInUse",
        (
            "Training job names must be unique within an AWS account and region, and a training "
            f"job with this name already exists ({arn})"
        ),
        400,
    )


LIMIT = (
    "The account-level service limit '{}' is 2 Instances, with current utilization of 3 Instances "
    "and a request delta of 4 Instances. {}"
)
OLD_TAIL = "Please contact AWS support to request an increase for this limit."
NEW_TAIL = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
    "not available, contact AWS support to request an increase for this quota."
)


@pytest.mark.parametrize(("column", "tail"), [(PAGE, OLD_TAIL), (TODAY, NEW_TAIL)])
@pytest.mark.parametrize(
    ("spot", "usage"),
    [
        (False, "ml.p3.2xlarge for training job usage"),
        (True, "ml.p3.2xlarge for spot training job usage"),
    ],
)
def test_resource_limit_exceeded(column: Column, tail: str, spot: object, usage: str) -> None:
    error = errors.resource_limit_exceeded(
        "ml.p3.2xlarge", spot=bool(spot), limit=2, utilization=3, delta=4, column=column
    )
    assert said(error) == ("ResourceLimitExceeded", LIMIT.format(usage, tail), 400)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            errors.unknown_job("a", PAGE),
            ("ResourceNotFound", "Requested resource not found.", 400),
        ),
        (
            errors.unknown_job("a", TODAY),
            ("ValidationException", "Requested resource not found.", 400),
        ),
        (
            errors.refused_in_status("Completed"),
            (
                "ValidationException",
                "The request was rejected because the training job is in status Completed.",
                400,
            ),
        ),
        (
            errors.no_objects("s3://b/p", region="us-west-2", role="arn:r", bucket="b"),
            (
                "ValidationException",
                (
                    'No S3 objects found under S3 URL "s3://b/p" given in input data source. '
                    "Please ensure that the bucket exists in the selected region (us-west-2), that "
                    'objects exist under that S3 prefix, and that the role "arn:r" has '
                    '"s3:ListBucket" permissions on bucket "b".'
                ),
                400,
            ),
        ),
    ],
)
def test_the_other_answers(error: ApiError, expected: tuple[str, str, int]) -> None:
    assert said(error) == expected
    assert error.violations == ()


def test_an_error_says_what_it_is_and_survives_pickling() -> None:
    error = validation_exception([PATTERN])
    assert str(error) == f"An error occurred (ValidationException): {error.message}"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert type(again) is ApiError
    assert (said(again), again.violations, str(again)) == (
        said(error),
        error.violations,
        str(error),
    )
    assert ApiError("A", "b", 503).status == 503
