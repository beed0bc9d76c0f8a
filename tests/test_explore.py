"""`explore` finds what breaks an orchestrator, says it as a file, and the file breaks it again."""

import inspect
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from helpers import request, spot
from hypothesis import given
from orchestrators import GaveUpError, submit, submit_mended, train, train_mended

import simjob
import simjob.aws
from simjob import Simulation, Workload, World, WorldError, load_world
from simjob.testing import TROUBLES, explore
from simjob.testing.trouble import Asked, Scenario, scenarios

Orchestrator = Callable[..., str]
CLIENT: Any = boto3.client(
    "sagemaker", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
)


def success_is_completed(sim: Simulation, orchestrate: Orchestrator) -> None:
    """Whatever happens, what the orchestrator calls done is a job that has completed."""
    with suppress(GaveUpError):
        done = orchestrate(CLIENT, request("a"))
        assert sim.jobs[done].status == "Completed"


def one_job_at_most(sim: Simulation, orchestrate: Orchestrator) -> None:
    """Whatever happens, one job is asked for and no more."""
    with suppress(GaveUpError):
        orchestrate(CLIENT, request("a"))
    assert len(sim.jobs) <= 1


CASES = [
    (success_is_completed, train, train_mended, ["runtime limits"]),
    (one_job_at_most, submit, submit_mended, ["lost replies"]),
]


def exploring(test: Callable[..., None], orchestrate: Orchestrator, **given_: Any) -> None:  # noqa: ANN401
    @explore(max_examples=100, **given_)
    def explored(sim: Simulation) -> None:
        test(sim, orchestrate)

    explored()


def failure(test: Callable[..., None], orchestrate: Orchestrator, **given_: Any) -> str:  # noqa: ANN401
    with pytest.raises(AssertionError) as caught:
        exploring(test, orchestrate, **given_)
    (note,) = [each for each in caught.value.__notes__ if each.startswith("broken by: ")]
    return note


def written(note: str, folder: Path) -> tuple[World, int]:
    """What the note says that was to be written to a file, and the seed."""
    found = re.search(r"---- broken.toml ----\n(.*?)\n---- to run it again", note, re.DOTALL)
    assert found is not None, note
    (folder / "broken.toml").write_text(found[1])
    seed = re.search(r"seed=(\d+)\) as sim:", note)
    assert seed is not None, note
    assert f'@pytest.mark.simjob(world="broken.toml", seed={seed[1]})' in note
    return load_world(folder / "broken.toml"), int(seed[1])


@pytest.mark.parametrize(("test", "broken", "mended", "trouble"), CASES)
def test_the_least_trouble_is_found_and_breaks_it_again(
    test: Callable[..., None],
    broken: Orchestrator,
    mended: Orchestrator,
    trouble: list[str],
    tmp_path: Path,
) -> None:
    note = failure(test, broken)
    assert note.splitlines()[0] == f"broken by: {', '.join(trouble)}"
    world, seed = written(note, tmp_path)
    with pytest.raises(AssertionError), simjob.aws.mock(world, seed=seed) as sim:
        test(sim, broken)
    with simjob.aws.mock(world, seed=seed) as sim:
        test(sim, mended)


@pytest.mark.parametrize(("test", "broken", "mended", "trouble"), CASES)
def test_what_is_mended_passes(
    test: Callable[..., None], broken: Orchestrator, mended: Orchestrator, trouble: list[str]
) -> None:
    exploring(test, mended)
    exploring(test, broken, without=trouble)
