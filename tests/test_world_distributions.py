import math
import pickle
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.world import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    FieldError,
    Lognormal,
    Triangular,
    Uniform,
    as_distribution,
)

times = st.floats(0, 1e6, allow_nan=False)
draws = st.floats(0, 1, exclude_max=True)


def _sorted(count: int, least: float = 0.0) -> st.SearchStrategy[list[float]]:
    items = st.floats(least, 1e6, allow_nan=False)
    return st.lists(items, min_size=count, max_size=count).map(sorted)


any_distribution: st.SearchStrategy[Distribution] = st.one_of(
    times.map(Constant),
    times.map(Exponential),
    _sorted(2).map(lambda ends: Uniform(*ends)),
    _sorted(2, 0.001).map(lambda ends: Lognormal(*ends)),
    _sorted(3).map(lambda ends: Triangular(*ends)),
    st.lists(times, min_size=1, max_size=9).map(Empirical),
)


@given(any_distribution, draws, draws)
def test_a_larger_draw_never_gives_a_shorter_duration(
    distribution: Distribution, one: float, two: float
) -> None:
    low, high = sorted([one, two])
    assert 0 <= distribution.sample(low) <= distribution.sample(high) < math.inf


@given(_sorted(3), draws)
def test_samples_stay_between_their_ends(ends: list[float], u: float) -> None:
    low, middle, high = ends
    assert low <= Uniform(low, high).sample(u) <= high
    assert low <= Triangular(low, middle, high).sample(u) <= high
    assert Empirical(ends).sample(u) in ends


@pytest.mark.parametrize(
    ("distribution", "mean"),
    [
        (Constant(7), 7.0),
        (Uniform(10, 30), 20.0),
        (Exponential(50), 50.0),
        (Lognormal(40, 60), 40 * math.exp((math.log(1.5) / NormalDist().inv_cdf(0.9)) ** 2 / 2)),
        (Triangular(0, 3, 12), 5.0),
        (Triangular(2, 2, 5), 3.0),
        (Empirical([1, 2, 6]), 3.0),
    ],
)
def test_the_mean_is_that_of_the_samples(distribution: Distribution, mean: float) -> None:
    assert distribution.mean == pytest.approx(mean)
    points = 60_000
    integral = sum(distribution.sample((i + 0.5) / points) for i in range(points)) / points
    assert integral == pytest.approx(mean, rel=1e-3)


@pytest.mark.parametrize(
    ("distribution", "u", "expected"),
    [
        (Constant(3), 0.9, 3.0),
        (Uniform(10, 20), 0.0, 10.0),
        (Uniform(10, 20), 0.75, 17.5),
        (Exponential(100), 0.0, 0.0),
        (Exponential(100), 0.5, 100 * math.log(2)),
        (Lognormal(40, 60), 0.0, 0.0),
        (Lognormal(40, 60), 0.5, 40.0),
        (Lognormal(40, 60), 0.9, 60.0),
        (Lognormal(40, 60), 0.1, 40 * 40 / 60),
        (Lognormal(40, 40), 0.0, 40.0),
        (Lognormal(40, 40), 0.99, 40.0),
        (Triangular(0, 10, 40), 0.25, 10.0),
        (Triangular(0, 10, 40), 0.0625, 5.0),
        (Triangular(0, 10, 40), 0.8125, 25.0),
        (Triangular(5, 5, 5), 0.3, 5.0),
        (Empirical([3, 1, 2, 4]), 0.0, 1.0),
        (Empirical([3, 1, 2, 4]), 0.24, 1.0),
        (Empirical([3, 1, 2, 4]), 0.25, 2.0),
        (Empirical([3, 1, 2, 4]), 0.999, 4.0),
    ],
)
def test_samples_are_the_inverse_of_the_distribution(
    distribution: Distribution, u: float, expected: float
) -> None:
    assert distribution.sample(u) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Constant(-1), "value: must not be negative, is -1"),
        (lambda: Uniform(2, 1), "high: must be at least the low (2), is 1"),
        (lambda: Uniform("x", 1), "low: must be a duration"),
        (lambda: Exponential(math.nan), "mean: must be a duration"),
        (lambda: Lognormal(0, 1), "median: must be at least 0.001 seconds, is 0.0"),
        (lambda: Lognormal(2, 1), "p90: must be at least the median (2), is 1"),
        (lambda: Triangular(1, 0, 3), "mode: must be at least the low (1), is 0"),
        (lambda: Triangular(1, 4, 3), "high: must be at least the mode (4), is 3"),
        (lambda: Empirical([]), "values: must hold at least one duration"),
        (lambda: Empirical("12"), "values: must be a list, is '12'"),
        (
            lambda: Empirical([1, -2, 3, -4]),
            "values[1]: must not be negative, is -2; values[3]: must not be negative, is -4",
        ),
    ],
)
def test_a_refused_parameter_is_named(build: Callable[[], Any], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_parameters_may_be_written_as_durations() -> None:
    assert Lognormal("1m", "2m") == Lognormal(60, 120)
    assert Empirical(["2s", 1]).values == (1.0, 2.0)


def test_as_distribution_takes_durations_and_distributions() -> None:
    given_one = Uniform(1, 2)
    assert as_distribution(given_one) is given_one
    assert as_distribution("2m") == Constant(120)
    with pytest.raises(ValueError, match="must be a duration"):
        as_distribution("soon")


@given(any_distribution)
def test_a_distribution_survives_pickling_and_is_frozen(distribution: Distribution) -> None:
    copy = pickle.loads(pickle.dumps(distribution))  # noqa: S301 - our own bytes
    assert copy == distribution
    assert copy.sample(0.3) == distribution.sample(0.3)
    with pytest.raises(AttributeError):
        copy.mean = 3
