"""`explore` finds what breaks an orchestrator, says it as a file, and the file breaks it again."""

import inspect
import re
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from helpers import request, spot
from hypothesis import find, given
from orchestrators import GaveUpError, submit, submit_mended, train, train_mended

import simjob
import simjob.aws
from simjob import Simulation, Workload, World, WorldError, load_world
from simjob.testing import TROUBLES, explore
from simjob.testing.trouble import Asked, Scenario, scenarios
from simjob.world import Capacity, world_from_toml

DAY = 86_400
Orchestrator = Callable[..., str]
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
CLIENT: Any = boto3.client("sagemaker", "us-east-1", **KEYS)


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


def test_the_same_is_found_every_time() -> None:
    assert failure(one_job_at_most, submit) == failure(one_job_at_most, submit)


def test_through_the_wire_the_client_itself_calls_again(tmp_path: Path) -> None:
    """botocore takes a lost reply for none and calls again: ResourceInUse, for its own job."""

    def sure_of_its_job(sim: Simulation, orchestrate: Orchestrator) -> None:
        try:
            orchestrate(CLIENT, request("a"))
        except GaveUpError:
            assert not sim.jobs

    note = failure(sure_of_its_job, submit, wire=True)
    assert note.splitlines()[0] == "broken by: lost replies"
    assert 'world="broken.toml", seed=0, wire=True)' in note
    world, seed = written(note.replace(", wire=True)", ")"), tmp_path)
    with pytest.raises(AssertionError), simjob.aws.mock(world, seed=seed, wire=True) as sim:
        sure_of_its_job(sim, submit)


def test_an_exception_that_is_made_anew_for_every_session_is_one_failure() -> None:
    """botocore has other classes of ResourceLimitExceeded in every session."""

    @explore(only=["quotas"])
    def launched(sim: Simulation) -> None:
        client = boto3.client("sagemaker", "us-east-1")
        client.create_training_job(**request("a"))
        assert list(sim.jobs) == ["a"]

    with pytest.raises(ClientError, match="ResourceLimitExceeded") as refused:
        launched()
    (note,) = (each for each in refused.value.__notes__ if each.startswith("broken by"))
    assert note.startswith("broken by: quotas\n")


@pytest.mark.parametrize(
    ("given_", "error", "message"),
    [
        ({"only": "lost replies"}, TypeError, "lists of kinds of trouble, not one text"),
        ({"without": "quotas"}, TypeError, "lists of kinds of trouble, not one text"),
        ({"world": "x"}, TypeError, "world must be a simjob.World, is str"),
        ({"edition": "x"}, ValueError, "unknown edition 'x'"),
        ({"max_examples": 0}, ValueError, "max_examples must be 1 or more, is 0"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_runs(
    given_: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        explore(**given_)


def test_the_mark_is_not_for_what_explore_chooses() -> None:
    @pytest.mark.simjob(seed=5)
    @explore
    def explored(sim: Simulation) -> None:
        raise AssertionError(sim)

    with pytest.raises(TypeError, match="explore chooses the world: give it world= and edition="):
        explored()


def test_a_test_that_fails_in_the_calm_world_says_so() -> None:
    @explore
    def explored(sim: Simulation) -> None:
        sim.create_training_job(**request("a"))
        raise AssertionError("calm")

    with pytest.raises(AssertionError, match="calm") as caught:
        explored()
    (note,) = caught.value.__notes__
    assert note == (
        "broken by: nothing; this is the calm world\n"
        "---- to run it again, with the fixture simjob_aws or by hand ----\n"
        "@pytest.mark.simjob(seed=0)\n"
        "with simjob.aws.mock(seed=0) as sim:\n"
        "---- what happened, until 2026-01-01 00:00:00 UTC ----\n"
        "a: InProgress, created at 2026-01-01 00:00:00 UTC\n"
        "  +0:00:00  Starting     0.0 s so far"
    )


def wait_for_ever(sim: Simulation) -> None:
    while sim.jobs["a"].status != "Completed":
        with suppress(Exception):
            time.sleep(60)


def test_waiting_for_ever_is_a_failure_and_cannot_be_swallowed() -> None:
    @explore(only=["failures"])
    def explored(sim: Simulation) -> None:
        sim.create_training_job(**request("a"))
        wait_for_ever(sim)

    with pytest.raises(AssertionError, match="still waits, and for 6:00:00 of virtual") as caught:
        explored()
    assert caught.value.__notes__[0].startswith("broken by: failures\n")
    frames = traceback.extract_tb(caught.value.__cause__.__traceback__)  # type: ignore[union-attr]
    assert frames[-1].name == "wait_for_ever"


@pytest.mark.parametrize(("patience", "waits"), [("2d", "long"), (timedelta(hours=23), "short")])
def test_patience_begins_when_no_job_lives_any_more(patience: object, waits: str) -> None:
    @explore(patience=patience, max_examples=1, world=World(default_workload=Workload("10d")))
    def explored(sim: Simulation) -> None:
        sim.create_training_job(**request("a", StoppingCondition={"MaxRuntimeInSeconds": 20 * DAY}))
        sim.run()
        assert sim.now > sim.world.start + timedelta(days=10)
        time.sleep(DAY)

    if waits == "long":
        explored()
    else:
        with pytest.raises(AssertionError, match="still waits, and for 23:00:00"):
            explored()


def test_a_job_that_waits_for_what_nobody_gives_back_does_not_live() -> None:
    @explore(max_examples=1, world=World(capacity=Capacity(on_demand={"ml.m5.large": 0})))
    def explored(sim: Simulation) -> None:
        sim.create_training_job(**request("a"))
        wait_for_ever(sim)

    with pytest.raises(AssertionError, match="still waits"):
        explored()


def test_the_invariants_of_the_simulation_are_checked() -> None:
    @explore
    def explored(sim: Simulation) -> None:
        sim.create_training_job(**request("a"))
        sim._engine.clock.live += 1

    with pytest.raises(AssertionError, match="living_counted does not hold"):
        explored()


# What may be on.


ASKED = Asked({"ml.m5.large": 1}, {"ml.m5.large": 1}, 3600)


@given(scenario=scenarios(asked=ASKED))
def test_every_world_can_be_written_and_every_job_ends(scenario: Scenario) -> None:
    text = simjob.dump_world(scenario.world)
    assert world_from_toml(text) == scenario.world
    sim = Simulation(scenario.world, seed=scenario.seed, edition="live")
    with suppress(simjob.ApiError):
        sim.create_training_job(**request("a"))
        sim.create_training_job(**request("b", **spot()))
    sim.run()
    assert all(job.ended for job in sim.jobs.values())


@pytest.mark.parametrize("kind", TROUBLES)
def test_every_kind_makes_a_world_of_its_own(kind: str) -> None:
    found = find(scenarios(asked=ASKED, kinds=[kind]), lambda each: bool(each.trouble))
    assert found.trouble == (kind,)
    assert found.world != World()
    assert repr(found) == f"<seed 0, trouble: {kind}>"


def test_what_is_asked_for_says_where_it_hurts() -> None:
    sim = Simulation()
    resources = {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 3, "VolumeSizeInGB": 1}
    sim.create_training_job(**request("a"))
    sim.create_training_job(**request("b", ResourceConfig=resources, **spot(7200)))
    assert Asked.of(sim) == Asked({"ml.m5.large": 1}, {"ml.p3.2xlarge": 3}, 7200)
    seen: set[str] = set()

    @explore(only=["quotas", "failures"], without=["failures"], max_examples=30)
    def explored(sim: Simulation) -> None:
        with suppress(simjob.ApiError):
            sim.create_training_job(**request("a"))
        assert sim.world.default_workload == Workload()
        seen.add(str(dict(sim.world.quotas.on_demand)))

    explored()
    assert seen == {"{}", "{'ml.m5.large': 0}", "{'ml.m5.large': 1}"}


# As a decorator.


def test_it_decorates_functions_and_methods_beside_fixtures() -> None:
    runs: list[object] = []

    class TestAll:
        @explore(max_examples=3)
        def test_it(self, tmp_path: object, sim: Simulation) -> None:
            """What it says."""
            runs.append((self, tmp_path, sim.now))

    test = TestAll()
    assert [*inspect.signature(test.test_it).parameters] == ["tmp_path"]
    assert test.test_it.__doc__ == "What it says."
    test.test_it(tmp_path="x")  # type: ignore[call-arg]
    assert len(runs) >= 3
    assert {each[:2] for each in runs} == {(test, "x")}  # type: ignore[index]


def script(container: Any) -> Any:  # noqa: ANN401 - a generator
    yield container.wait(seconds=1)


async def coroutine(sim: Simulation) -> None:
    """Not to be explored."""


@pytest.mark.parametrize(
    ("given_", "function", "error", "message"),
    [
        ({}, lambda: None, TypeError, "must take an argument called sim"),
        ({}, coroutine, TypeError, "coroutine must be a plain function; run coroutines inside"),
        ({"only": ["faliures"]}, None, ValueError, "no kind of trouble is called 'faliures'; did"),
        ({"without": ["x"]}, None, ValueError, "no kind of trouble is called 'x'"),
        ({"patience": -1}, None, ValueError, "must not be negative"),
        (
            {"world": World(default_workload=Workload(run=script))},
            None,
            WorldError,
            "default_workload.run: is a generator function, which no file can hold",
        ),
    ],
)
def test_what_cannot_be_explored_is_refused_at_once(
    given_: dict[str, Any],
    function: Any,  # noqa: ANN401 - also what is no test
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        explore(**given_)(function)


def test_a_suite_shows_the_world_and_the_mark_breaks_it_again(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
        import time
        from simjob.testing import explore
        REQUEST = {request()!r}

        def completed(sim):
            sim.create_training_job(**REQUEST)
            time.sleep(3600)
            assert sim.jobs["a"].status == "Completed"

        @explore
        def test_it(sim, tmp_path):
            completed(sim)
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:model-coverage")
    result.assert_outcomes(failed=1)
    lines = [each.removeprefix("E").strip() for each in result.outlines]
    begin = lines.index("---- broken.toml ----")
    end = next(at for at, line in enumerate(lines) if line.startswith("---- to run it again"))
    (pytester.path / "broken.toml").write_text("\n".join(lines[begin + 1 : end]))
    again = f"import pytest\nfrom test_it import completed\n{lines[end + 1]}"
    pytester.makepyfile(test_again=f"{again}\ndef test_again(simjob_aws): completed(simjob_aws)")
    result = pytester.runpytest_inprocess("-p", "no:model-coverage", "-k", "again")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["    exit_code = 1", "a: Failed, *"])
