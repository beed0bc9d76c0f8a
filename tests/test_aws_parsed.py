"""Times in replies become instants, wherever a shape has them."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.model import ShapeResolver
from helpers import request
from hypothesis import given
from hypothesis import strategies as st

import simjob.aws
from simjob.aws.parsed import Parser

NOON, NOON_S = datetime(2026, 1, 1, 12, tzinfo=UTC), 1_767_268_800
SHAPES = {
    "Tree": {
        "type": "structure",
        "members": {
            "Name": {"shape": "Text"},
            "At": {"shape": "Time"},
            "Children": {"shape": "Trees"},
            "ByName": {"shape": "TreeMap"},
            "Times": {"shape": "Times"},
            "Plain": {"shape": "Chain"},
        },
    },
    "Chain": {
        "type": "structure",
        "members": {"Next": {"shape": "Chain"}, "Seconds": {"shape": "Number"}},
    },
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Times": {"type": "list", "member": {"shape": "Time"}},
    "TreeMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tree"}},
    "Text": {"type": "string"},
    "Number": {"type": "float"},
    "Time": {"type": "timestamp"},
}
RESOLVER = ShapeResolver(SHAPES)

chains = st.recursive(
    st.just({"Seconds": NOON_S}), lambda inner: st.fixed_dictionaries({"Next": inner})
)
trees: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries(
        {"Name": st.text()},
        optional={"At": st.just(NOON_S), "Plain": chains},
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "At": st.just(NOON_S),
            "Children": st.lists(inner, max_size=3),
            "ByName": st.dictionaries(st.text(), inner, max_size=3),
            "Times": st.lists(st.just(NOON_S), max_size=3),
        },
    ),
)


def by_hand(tree: Any) -> Any:  # noqa: ANN401 - JSON
    return {
        **tree,
        **({"At": NOON} if "At" in tree else {}),
        **({"Times": [NOON] * len(tree["Times"])} if "Times" in tree else {}),
        **(
            {"Children": [by_hand(each) for each in tree["Children"]]} if "Children" in tree else {}
        ),
        **(
            {"ByName": {name: by_hand(each) for name, each in tree["ByName"].items()}}
            if "ByName" in tree
            else {}
        ),
    }


@given(trees)
def test_all_times_and_nothing_else(tree: Any) -> None:  # noqa: ANN401 - JSON
    wanted = by_hand(tree)
    assert Parser().parse(RESOLVER.get_shape_by_name("Tree"), tree) == wanted


def test_a_reply_that_has_no_shape_is_as_it_is() -> None:
    assert Parser().parse(None, {}) == {}


@pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])
def test_what_a_session_makes_of_times_is_made_of_them(wire: bool) -> None:  # noqa: FBT001 - a case
    session = botocore.session.get_session()
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=lambda seconds: f"at {seconds}")
    with simjob.aws.mock(wire=wire) as sim:
        client = session.create_client("sagemaker", "us-east-1")
        other = botocore.session.get_session().create_client("sagemaker", "us-east-1")
        client.create_training_job(**request())
        start = sim.world.start.timestamp()
        for _ in range(2):
            record = client.describe_training_job(TrainingJobName="a")
            assert record["CreationTime"] == f"at {start + 0.05}"
            assert record["SecondaryStatusTransitions"][0]["StartTime"] == f"at {start + 0.05}"
        record = other.describe_training_job(TrainingJobName="a")
        assert record["CreationTime"].timestamp() == start + 0.05
