"""Requests that say the same are read once: nothing of one job comes to be in another."""

import copy
from typing import Any

import pytest
from helpers import channel, request, resources, spot
from hypothesis import given
from hypothesis import strategies as st

from simjob import ApiError, Simulation
from simjob.admission import accepted, valid, with_defaults
from simjob.spec.editions import EDITIONS
from simjob.testing import strategies


@given(st.data(), st.sampled_from(list(EDITIONS.values())))
def test_what_was_read_before_makes_no_difference(data: st.DataObject, edition: Any) -> None:  # noqa: ANN401 - an Edition
    first = data.draw(strategies.requests(edition.column))
    other = data.draw(strategies.requests(edition.column))
    own = {key: other[key] for key in ("TrainingJobName", "HyperParameters") if key in other}
    second = {**{key: first[key] for key in first if key != "HyperParameters"}, **own}
    for each in (first, second, first, other):
        given_before = copy.deepcopy(each)
        assert accepted(each, edition).request == with_defaults(
            valid(each, edition.column), edition
        )
        assert each == given_before


@pytest.mark.parametrize(
    "change",
    [
        {"ResourceConfig": {**resources(), "InstanceCount": True}},
        {"ResourceConfig": {**resources(), "InstanceCount": 1.0}},
        {"EnableNetworkIsolation": 0},
        {"InputDataConfig": [channel(), channel()]},
        {"TrainingJobName": None},
        {"TrainingJobName": "a_b"},
        {"TrainingJobName": 7},
        {"HyperParameters": {"a": 1}},
        {"HyperParameters": [("a", "b")]},
        {"HyperParameters": []},
        {"RoleArn": "nobody"},
        {"Junk": 1},
        {**spot(run=9, wait=3)},
    ],
)
def test_what_is_refused_is_refused_after_its_like_was_taken(change: dict[str, object]) -> None:
    like = request(EnableNetworkIsolation=False, InputDataConfig=[channel()])
    wrong = request(
        **{"EnableNetworkIsolation": False, "InputDataConfig": [channel()], **change},
    )

    def refusal(sim: Simulation) -> tuple[str, str]:
        with pytest.raises(ApiError) as found:
            sim.create_training_job(**wrong)
        return found.value.code, found.value.message

    alone = refusal(Simulation(edition="live"))
    sim = Simulation(edition="live")
    sim.create_training_job(**like)
    assert refusal(sim) == alone
    assert refusal(sim) == alone


def test_jobs_alike_have_hyperparameters_of_their_own() -> None:
    sim = Simulation()
    meant = [{"lr": "1"}, {"lr": "2"}, {}, None]
    given = copy.deepcopy(meant)
    for number, parameters in enumerate(given):
        sim.create_training_job(**request(f"job-{number}", HyperParameters=parameters))
    shown = [
        sim.describe_training_job(TrainingJobName=f"job-{number}").get("HyperParameters")
        for number in range(len(given))
    ]
    assert shown == meant
    for parameters in given:
        if parameters is not None:
            parameters["lr"] = "3"
    kept = [sim.jobs[name].record.get("HyperParameters") for name in sim.jobs]
    assert kept == meant


def test_editions_read_a_request_each_for_itself() -> None:
    same = request("a", HyperParameters={"text": "x" * 300})
    Simulation(edition="live").create_training_job(**same)
    with pytest.raises(ApiError, match="less than or equal to 256"):
        Simulation(edition="documented").create_training_job(**same)
    newer = request("a", Environment={"A": "b"})
    Simulation(edition="live").create_training_job(**newer)
    with pytest.raises(ApiError, match="not known in this edition"):
        Simulation(edition="documented").create_training_job(**newer)
