import os
import subprocess
import sys
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.world import Constant, Draws, Exponential, Purpose, Uniform

keys = st.tuples(st.text(max_size=9), st.sampled_from(Purpose), st.integers(-3, 10**20))


@pytest.mark.parametrize(
    ("seed", "job", "purpose", "number", "expected"),
    [
        (0, "a", Purpose.LAUNCH, 0, 0.8162473753902801),
        (7, "bert-1", Purpose.TRAIN, 0, 0.7863249712739341),
        (7, "bert-1", Purpose.TRAIN, 3, 0.02198891553807758),
        (7, "bert-1", Purpose.CHANCE, 0, 0.7181783605482154),
        (-1, "", Purpose.INSTANCE_FAILURE, 0, 0.19602242557100658),
        (10**30, "é", Purpose.INTERRUPTION, 1, 0.37018107874469885),
    ],
)
def test_a_draw_is_the_same_for_ever(
    seed: int, job: str, purpose: Purpose, number: int, expected: float
) -> None:
    assert Draws(seed).uniform(job, purpose, number) == expected


def test_a_draw_does_not_depend_on_the_hash_seed_of_python() -> None:
    code = (
        "from simjob.world import Draws, Purpose; d = Draws(7);"
        "print([d.uniform('a', p, n) for p in Purpose for n in range(3)])"
    )
    outputs = {
        subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1")
    }
    draws = Draws(7)
    expected = [draws.uniform("a", purpose, n) for purpose in Purpose for n in range(3)]
    assert outputs == {f"{expected}\n"}


@given(st.integers(), st.lists(keys, unique=True, max_size=12), st.randoms())
def test_draws_do_not_depend_on_order_or_on_other_draws(
    seed: int, wanted: list[tuple[str, Purpose, int]], shuffler: Random
) -> None:
    alone = {key: Draws(seed).uniform(*key) for key in wanted}
    shared = Draws(seed)
    order = wanted * 2
    shuffler.shuffle(order)
    assert all(shared.uniform(*key) == alone[key] for key in order)
    assert all(0 <= u < 1 for u in alone.values())
    assert len(set(alone.values())) == len(wanted)


@given(st.integers(), st.integers())
def test_other_seeds_give_other_draws(one: int, two: int) -> None:
    same = Draws(one).uniform("a", Purpose.TRAIN) == Draws(two).uniform("a", Purpose.TRAIN)
    assert same == (one == two)


def test_parts_of_the_key_do_not_run_together() -> None:
    draws = Draws(1)
    found = {
        draws.uniform(job, purpose, number)
        for job in ("", "1", "1/0", "0/1", "11")
        for purpose in Purpose
        for number in (0, 1, 11, -1)
    }
    found |= {Draws(11).uniform(job, Purpose.LAUNCH) for job in ("", "1")}
    assert len(found) == 5 * len(Purpose) * 4 + 2


def test_draws_are_uniform() -> None:
    draws = Draws(3)
    for purpose in (Purpose.LAUNCH, Purpose.INSTANCE_FAILURE, Purpose.CHANCE):
        found = [draws.uniform(f"job-{i}", purpose) for i in range(4000)]
        assert sum(found) / 4000 == pytest.approx(0.5, abs=0.02)
        assert sum(u < 0.1 for u in found) / 4000 == pytest.approx(0.1, abs=0.02)


def test_a_sample_is_the_distribution_at_the_draw() -> None:
    draws = Draws(5)
    u = Draws(5).uniform("a", Purpose.UPLOAD, 2)
    assert draws.sample(Uniform(0, 100), "a", Purpose.UPLOAD, 2) == 100 * u
    assert draws.sample(Exponential(9), "a", Purpose.UPLOAD, 2) == Exponential(9).sample(u)
    assert draws.sample(Uniform(0, 1), "a", Purpose.UPLOAD) == Draws(5).uniform("a", Purpose.UPLOAD)


def test_a_constant_needs_no_draw() -> None:
    draws = Draws(5)
    assert draws.sample(Constant(9), "a", Purpose.UPLOAD) == 9
    assert draws._words == ()


def test_memory_does_not_grow() -> None:
    draws = Draws(5)
    for number in range(100):
        draws.uniform("a", Purpose.UPLOAD, number)
    assert len(draws._words) == 8
    assert not hasattr(draws, "__dict__")


def test_any_whole_number_is_a_seed() -> None:
    assert 0 <= Draws(-(10**5000)).uniform("\ud800", Purpose.CHANCE) < 1
    assert Draws(7).seed == 7


@pytest.mark.parametrize("seed", [True, 1.0, "1", None])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    with pytest.raises(TypeError, match="a seed is a whole number, is "):
        Draws(cast("int", seed))


def test_the_numbers_of_the_purposes_are_part_of_the_key() -> None:
    assert {purpose.name: int(purpose) for purpose in Purpose} == {
        "LAUNCH": 0,
        "UNHEALTHY": 1,
        "PREPARE": 2,
        "DOWNLOAD": 3,
        "PULL": 4,
        "TRAIN": 5,
        "UPLOAD": 6,
        "INSTANCE_FAILURE": 7,
        "INTERRUPTION": 8,
        "INTERRUPTED": 9,
        "FAILS_AFTER": 10,
        "GIVE_UP": 11,
        "LIMIT_LAG": 12,
        "CHANCE": 13,
        "EVENT_DELAY": 14,
        "EVENT_REORDER": 15,
        "EVENT_DUPLICATE": 16,
        "EVENT_LATE": 17,
        "ARRIVAL": 18,
        "ZONE": 19,
        "WAVE_EVERY": 20,
        "WAVE_LASTS": 21,
    }
