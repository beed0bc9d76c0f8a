import pytest

from simjob.spec.instances import instance_type, instance_type_names


def test_the_catalogue_has_every_training_type_once() -> None:
    names = instance_type_names()
    assert len(names) == len(set(names)) == 225
    assert list(names) == sorted(names)
    assert all(name.startswith("ml.") for name in names)


def test_every_type_is_plausible() -> None:
    for name in instance_type_names():
        each = instance_type(name)
        assert each.name == name
        assert name.startswith(f"ml.{each.family}.")
        assert 2 <= each.vcpus <= 384
        assert 4 * 2**30 <= each.memory_bytes <= 4096 * 2**30
        assert 0 <= each.accelerators <= 16
        assert each.accelerated == bool(each.accelerator_name) == (each.accelerators > 0)
        assert 32e6 <= each.network_bytes_per_second <= 8e11
        assert 0 <= each.local_nvme_bytes <= 31_000 * 10**9
        if each.training_dollars_per_hour is None:
            assert (each.rate_source, each.rate_date) == ("", "")
        else:
            assert 0.03 < each.training_dollars_per_hour < 200
            assert each.rate_source
            assert each.rate_date[:2] == "20"


def test_the_types_without_a_known_rate() -> None:
    unknown = [
        n for n in instance_type_names() if instance_type(n).training_dollars_per_hour is None
    ]
    assert unknown == ["ml.p5e.48xlarge", "ml.p6e-gb200.36xlarge", "ml.trn2.48xlarge"]


def test_one_type_in_full() -> None:
    found = instance_type("ml.g5.2xlarge")
    assert found.family == "g5"
    assert found.vcpus == 8
    assert found.memory_bytes == 32 * 2**30
    assert (found.accelerators, found.accelerator_name) == (1, "a10g")
    assert found.network_bytes_per_second == 625e6
    assert found.local_nvme_bytes == 450 * 10**9
    assert found.training_dollars_per_hour == 1.515
    assert (found.rate_source, found.rate_date) == ("public notebooks and repositories", "2025")
    assert not found.rate_is_estimated


@pytest.mark.parametrize(
    ("name", "rate", "estimated"),
    [
        ("ml.m5.large", 0.115, False),
        ("ml.m5.24xlarge", 5.53, False),
        ("ml.c5.9xlarge", 1.836, False),
        ("ml.c5.18xlarge", 3.672, True),
        ("ml.p3.16xlarge", 28.152, False),
        ("ml.p3dn.24xlarge", 35.8938, True),
        ("ml.g4dn.xlarge", 0.7364, False),
        ("ml.g4dn.2xlarge", 0.94, True),
        ("ml.p4d.24xlarge", 37.688, False),
        ("ml.p5.48xlarge", 63.296, False),
        ("ml.m4.xlarge", 0.24, True),
    ],
)
def test_rates_found_in_public_and_rates_estimated(
    name: str, rate: float, *, estimated: bool
) -> None:
    found = instance_type(name)
    assert found.training_dollars_per_hour == pytest.approx(rate)
    assert found.rate_is_estimated is estimated
    assert (found.rate_date == "2026-07-20") is estimated


def test_an_unknown_network_is_taken_as_ten_gigabits() -> None:
    assert instance_type("ml.p3.2xlarge").network_bytes_per_second == 1.25e9


def test_memory_need_not_be_whole_gibibytes() -> None:
    assert instance_type("ml.c4.xlarge").memory_bytes == int(7.5 * 2**30)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ml.m5.larg", "unknown instance type 'ml.m5.larg'; did you mean 'ml.m5.large'?"),
        ("", "unknown instance type ''"),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        instance_type(name)
    assert str(caught.value) == message
