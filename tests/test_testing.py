"""`simjob.testing` as others use it: its names, schedules of calls, the machine to subclass."""

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from orchestrators import GaveUpError, submit, submit_mended

import simjob.testing
from simjob import ApiError, Simulation, World, dump_world
from simjob.spec.editions import Column
from simjob.testing import (
    SimulationMachine,
    Step,
    api_faults,
    check,
    play,
    schedules,
    whole_state,
    worlds,
)
from simjob.world import ApiFaults, world_from_toml

KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
CLIENT: Any = boto3.client("sagemaker", "us-east-1", **KEYS)
FOUND = settings(max_examples=2000, phases=[Phase.generate])
REFUSED = {
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ResourceNotFound",
    "UnknownOperationException",
    "ValidationException",
}


# Its names.


def test_all_names_are_there() -> None:
    for name in simjob.testing.__all__:
        assert name in dir(simjob.testing)
        assert callable(getattr(simjob.testing, name)) or name in {"INVARIANTS", "TROUBLES"}
    with pytest.raises(AttributeError, match="no attribute 'wrlds'"):
        _ = simjob.testing.wrlds


def test_names_are_loaded_when_they_are_used() -> None:
    look = (
        "import sys, simjob.testing; from simjob.testing import check, whole_state, report; "
        "print(sorted({'hypothesis', 'pytest', 'botocore', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["worlds", "requests", "schedules", "explore", "SimulationMachine"]
)
def test_without_hypothesis_the_extra_is_named(name: str) -> None:
    look = (
        "import sys; sys.modules['hypothesis'] = None\n"
        f"import simjob.testing\ntry:\n simjob.testing.{name}\n"
        "except ModuleNotFoundError as error:\n print(error)"
    )
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    )
    assert "needs Hypothesis: pip install 'simjob[testing]'" in done.stdout


# Schedules and faults.


@given(
    world=worlds(),
    schedule=schedules(max_size=6),
    edition=st.sampled_from(("documented", "live", "retired")),
)
def test_a_schedule_can_be_played_and_played_again(
    world: World, schedule: Sequence[Step], edition: str
) -> None:
    sims = [Simulation(world, seed=1, edition=edition) for _ in range(2)]
    answers = [play(sim, schedule) for sim in sims]
    assert repr(answers[0]) == repr(answers[1])
    refusals = [each for each in answers[0] if isinstance(each, ApiError)]
    assert {each.code for each in refusals} <= REFUSED
    assert [job.record for job in sims[0].jobs.values()] == [
        job.record for job in sims[1].jobs.values()
    ]
    check(sims[0])
    assert sims[0].now - world.start == sum((step.after for step in schedule), timedelta())


@pytest.mark.parametrize(
    "operation",
    ["CreateTrainingJob", "StopTrainingJob", "ListTrainingJobs", "AddTags", "DeleteTrainingJob"],
)
def test_schedules_hold_every_kind_of_call_with_its_shape(operation: str) -> None:
    found = find(
        schedules(column=Column.PAGE, names=st.just("mine")),
        lambda each: operation in {step.operation for step in each},
        settings=FOUND,
    )
    step = next(step for step in found if step.operation == operation)
    assert "mine" in str(step.params) or operation == "ListTrainingJobs"


@pytest.mark.parametrize("field", ["throttles", "resets", "lost_replies", "staleness"])
def test_api_faults_are_drawn_of_every_kind(field: str) -> None:
    usual = ApiFaults()
    found = find(
        api_faults(), lambda each: getattr(each, field) != getattr(usual, field), settings=FOUND
    )
    assert world_from_toml(dump_world(World(api=found))).api == found


def test_the_whole_state_sees_what_a_call_changes() -> None:
    sim = Simulation()
    before = whole_state(sim)
    play(sim, [Step(timedelta(), "ListTrainingJobs", {})])
    assert whole_state(sim) == before
    sim.at(timedelta(1), lambda: None)
    assert whole_state(sim) != before


# The machine, with the rules of somebody's code.


class Submitting(SimulationMachine):
    """Submits jobs between all that else may happen; each submission is to be one job."""

    behind_boto3 = True
    names = ("a1", "b1")
    create_any = None  # type: ignore[assignment]
    create_wrong = None  # type: ignore[assignment]
    submit: Any = staticmethod(submit_mended)

    def worlds(self) -> st.SearchStrategy[World]:
        lost = ApiFaults(lost_replies={"CreateTrainingJob": 0.5})
        return st.builds(World, api=st.sampled_from((ApiFaults(), lost)))

    @rule(number=st.integers(0, 10**6))
    def submitted(self, number: int) -> None:
        request = {
            "TrainingJobName": f"mine-{number}",
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "RoleArn": "arn:aws:iam::123456789012:role/training",
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }
        before = {*self.sim.jobs}
        try:
            type(self).submit(CLIENT, request)
        except GaveUpError:
            return
        assert len({*self.sim.jobs} - before) <= 1


class SubmittingTwice(Submitting):
    """The same with the broken orchestrator."""

    submit: Any = staticmethod(submit)


TestSubmitting = Submitting.TestCase
TestSubmitting.settings = settings(max_examples=10, stateful_step_count=15)


def test_the_machine_finds_what_breaks_somebodys_code() -> None:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(SubmittingTwice, settings=FOUND)
    text = "\n".join(caught.value.__notes__)
    assert "state.submitted(number=" in text
    assert "lost_replies={'CreateTrainingJob': 0.5}" in text


def test_the_machine_leaves_aws_as_it_was_also_by_an_error() -> None:
    real = time.time()
    machine = Submitting()
    machine.begin(World(), 0, [])
    assert time.time() < real
    machine.sim.at(timedelta(days=1), lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        machine.teardown()
    assert time.time() >= real
