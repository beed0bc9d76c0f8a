"""Sweeps on clusters of this machine: the bytes of the results are those of any other backend."""

import os
import sys
from pathlib import Path

import pytest
from distributed import Client
from sweeps_for_tests import PLAN, VARY, failing

import simjob.whatif.sweeping
from simjob.whatif import Results, sweep


def swept(path: Path, backend: str, workers: int = 2) -> tuple[bytes, Results]:
    """The results of 60 replications of each variation, some of which fail."""
    results = sweep(
        PLAN, vary=VARY, replications=60, seed=5, backend=backend, workers=workers, out=path
    )
    return path.read_bytes(), results


@pytest.fixture(autouse=True)
def _workers_know_these_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers import what fails, and keep out of the home of whoever runs the tests."""
    monkeypatch.setattr(simjob.whatif.sweeping, "replicate", failing)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def expected(tmp_path: Path) -> bytes:
    return swept(tmp_path / "loky.parquet", "loky", 1)[0]


def test_dask_gives_the_same_bytes(tmp_path: Path, expected: bytes) -> None:
    found, results = swept(tmp_path / "dask.parquet", "dask")
    assert found == expected
    assert [each.replication for each in results.failures] == [3, 7, 3, 7]


def test_a_dask_client_that_is_connected_is_used_and_left_alone(
    tmp_path: Path, expected: bytes
) -> None:
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with Client(processes=False, **options) as client:
        assert swept(tmp_path / "dask.parquet", "dask", 9)[0] == expected
        assert client.status == "running"
        assert client.cluster is not None
        assert len(client.cluster.workers) == 1


def test_ray_gives_the_same_bytes(tmp_path: Path, expected: bytes) -> None:
    found, results = swept(tmp_path / "ray.parquet", "ray")
    assert found == expected
    assert [each.replication for each in results.failures] == [3, 7, 3, 7]
