import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.world import milliseconds, seconds

RIGHT = 'must be a duration: seconds such as 90, or text such as "90s" or "1h30m"'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0, 0.0),
        (90, 90.0),
        (1.5, 1.5),
        (timedelta(minutes=2, milliseconds=5), 120.005),
        ("90s", 90.0),
        ("2m", 120.0),
        ("1h30m", 5400.0),
        ("1d", 86_400.0),
        ("250ms", 0.25),
        ("1d2h3m4s5ms", 93_784.005),
        (" 1h 30m ", 5400.0),
        ("0.5h", 1800.0),
        (366 * 86_400, 31_622_400.0),
        ("366d", 31_622_400.0),
    ],
)
def test_every_way_to_write_a_duration(written: object, meant: float) -> None:
    found = seconds(written)
    assert found == meant
    assert type(found) is float


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "90",
        "h",
        "1h1h",
        "1m1h",
        "-1s",
        "1e3s",
        "s90",
        "٣s",
        True,
        False,
        None,
        [],
        b"1s",
        math.nan,
        "nan",
    ],
)
def test_what_is_no_duration_is_told_what_would_be(written: object) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        seconds(written)
    assert str(caught.value) == f"{RIGHT}; is {written!r}"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (-1, "must not be negative, is -1"),
        (-math.inf, "must not be negative, is -inf"),
        (timedelta(seconds=-1), "must not be negative, is datetime.timedelta(days=-1, seconds=8"),
        (math.inf, "must be at most 366 days (31622400 seconds), is inf"),
        (31_622_400.5, "must be at most 366 days (31622400 seconds), is 31622400.5"),
        ("367d", "must be at most 366 days (31622400 seconds), is '367d'"),
    ],
)
def test_a_duration_out_of_range_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        seconds(written)
    assert str(caught.value).startswith(message)


def test_a_number_too_long_to_print_is_refused() -> None:
    with pytest.raises(ValueError, match="must be at most 366 days"):
        seconds(10**5000)


def test_negative_zero_is_zero() -> None:
    assert math.copysign(1, seconds(-0.0)) == 1


@pytest.mark.parametrize(
    ("given_seconds", "expected"),
    [(0.0005, 0), (0.0015, 2), (0.0025, 2), (1.0006, 1001), (-0.0015, -2), (3, 3000)],
)
def test_milliseconds_round_half_to_even(given_seconds: float, expected: int) -> None:
    assert milliseconds(given_seconds) == expected


@given(st.integers(0, 10**12))
def test_whole_milliseconds_survive(number: int) -> None:
    assert milliseconds(number / 1000) == number
