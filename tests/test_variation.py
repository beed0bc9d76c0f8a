"""Variations: what --vary and --variation mean, how variations are called, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob.whatif import Plan, SweepError, plan_from_dict
from simjob.whatif.variation import Variation, parse, parse_list, planned, spelled, variations

# What --vary means.


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2,4", [1, 2, 4]),
        ("true,false", [True, False]),
        ("0.6, 0.7", [0.6, 0.7]),
        ("ml.p3.2xlarge,ml.g5.2xlarge", ["ml.p3.2xlarge", "ml.g5.2xlarge"]),
        ("8h,90", ["8h", 90]),
        ('"a,b","c"', ["a,b", "c"]),
        ('{ spot = true },{ wait = "5m" }', [{"spot": True}, {"wait": "5m"}]),
        ('[],["prepare"]', [[], ["prepare"]]),
        ("{ a = 1, b = [2, 3] },2h", [{"a": 1, "b": [2, 3]}, "2h"]),
        ("2h,['x,y', \"a,]\"],ml.m5.large", ["2h", ["x,y", "a,]"], "ml.m5.large"]),
        ("it's,2h", ["it's", "2h"]),
        ("a],b", ["a]", "b"]),
        ("[a,b", ["[a", "b"]),
        ('"a,,b",2h', ["a,,b", "2h"]),
        ("2h,", ["2h"]),
        ("2026-01-01", [date(2026, 1, 1)]),
        ("a=b", ["a=b"]),
        ("1]\nw=[2", ["1]\nw=[2"]),
        ("1 # 2", ["1 # 2"]),
    ],
)
def test_values_are_those_of_toml_else_text(text: str, values: list[object]) -> None:
    assert parse([f"jobs.a.x={text}"]) == {"jobs.a.x": values}


@given(st.lists(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False)), min_size=1))
def test_numbers_and_booleans_come_back_as_they_were(values: list[object]) -> None:
    text = ",".join(str(value).lower() for value in values)
    assert parse([f"a.b={text}"]) == {"a.b": values}


@pytest.mark.parametrize(
    ("texts", "mistake"),
    [
        (["jobs.a.instances"], "--vary: must be PATH=VALUE,VALUE..., is 'jobs.a.instances'"),
        (["=1"], "--vary: must be PATH=VALUE,VALUE..., is '=1'"),
        (["a="], "--vary: a must have values between commas, has ''"),
        (["a=x,,"], "--vary: a must have values between commas, has 'x,,'"),
        (["a=,"], "--vary: a must have values between commas, has ','"),
        (["a={b=1},,y"], "--vary: a must have values between commas, has '{b=1},,y'"),
        (["a=x,,y"], "--vary: a must have values between commas, has 'x,,y'"),
        (["a=1", "a=2"], "--vary: a comes twice"),
    ],
)
def test_what_is_no_variation_is_refused(texts: list[str], mistake: str) -> None:
    with pytest.raises(SweepError) as raised:
        parse(texts)
    assert raised.value.mistakes == (mistake,)


def test_all_mistakes_are_told() -> None:
    with pytest.raises(SweepError) as raised:
        parse(["a", "b="])
    assert len(raised.value.mistakes) == 2


# What --variation means.


@given(st.lists(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False)), min_size=1))
def test_a_list_on_the_command_line_is_that_of_a_file(values: list[object]) -> None:
    rows = [[f"jobs.a.x={str(value).lower()}", "name=a = 1, b", "b=x,y"] for value in values]
    assert parse_list(rows) == [
        {"jobs.a.x": value, "name": "a = 1, b", "b": "x,y"} for value in values
    ]


def test_a_name_is_text_whatever_it_looks_like() -> None:
    (found,) = variations(parse_list([["name=1.50", "jobs.a.copies=2"]]))
    assert found == Variation("1.50", {"jobs.a.copies": 2})


@pytest.mark.parametrize(
    ("rows", "mistakes"),
    [
        ([["a"], ["=1"]], ["must be PATH=VALUE, is 'a'", "must be PATH=VALUE, is '=1'"]),
        ([["a=", "b=1"]], ["must be PATH=VALUE, is 'a='"]),
        ([["a=1", "a=2"]], ["a comes twice in 'a=1 a=2'"]),
    ],
)
def test_what_is_no_row_of_a_list_is_refused(rows: list[list[str]], mistakes: list[str]) -> None:
    with pytest.raises(SweepError) as raised:
        parse_list(rows)
    assert raised.value.mistakes == tuple(f"--variation: {each}" for each in mistakes)


# Grids and lists.


def test_a_grid_has_every_combination_and_its_first_path_changes_slowest() -> None:
    found = variations({"jobs.a.instances": [1, 2], "jobs.a.spot": [False, True]})
    assert [tuple(each.changes.values()) for each in found] == [
        (1, False),
        (1, True),
        (2, False),
        (2, True),
    ]


def test_a_list_says_each_variation_and_may_name_it() -> None:
    found = variations([{"name": "cheap", "jobs.a.spot": True}, {"jobs.a.instances": 2}, {}])
    assert found == (
        Variation("cheap", {"jobs.a.spot": True}),
        Variation("instances=2", {"jobs.a.instances": 2}),
        Variation("as planned", {}),
    )


def test_labels_are_as_short_as_they_can_be_told_apart() -> None:
    (found,) = variations({"jobs.a.spot": [True], "jobs.b.spot": [False], "jobs.b.copies": [2]})
    assert found.label == "a.spot=true, b.spot=false, copies=2"


OVERLAP = ".copies overlap: the value of one would replace that of the other"


@pytest.mark.parametrize(
    ("vary", "mistake"),
    [
        ({}, "vary: the grid is empty: it has no paths"),
        ({"a.b": []}, "vary: a.b has no values: the grid is empty"),
        ({"a.b": "xy"}, "vary: a.b must have a list of values, has 'xy'"),
        ({"a.b": 1}, "vary: a.b must have a list of values, has 1"),
        ({"jobs.*.copies": [1], "jobs.a.copies": [2]}, f"vary: jobs.*.copies and jobs.a{OVERLAP}"),
        (
            {"jobs.a.copies": [1], 'jobs."a".copies': [2]},
            f'vary: jobs.a.copies and jobs."a"{OVERLAP}',
        ),
        ({"a.b": [{}], "a.b.copies": [2]}, f"vary: a.b and a.b{OVERLAP}"),
        ([], "vary: the list of variations is empty"),
        ([1], "vary[0]: must be a mapping of paths to values, is 1"),
        ({"a.b": [1, 1]}, "vary: two variations are called 'b=1'"),
        ([{"name": "x"}, {"name": "x"}], "vary: two variations are called 'x'"),
    ],
)
def test_what_varies_nothing_or_not_clearly_is_refused(vary: object, mistake: str) -> None:
    with pytest.raises(SweepError) as raised:
        variations(vary)  # type: ignore[arg-type]
    assert raised.value.mistakes == (mistake,)


def labels(plan: Plan) -> list[str]:
    return [variation.label for variation, _ in planned(plan)]


def test_a_plan_brings_its_own_variations() -> None:
    jobs = {"jobs": {"a": {"instance_type": "ml.m5.xlarge"}}}
    assert labels(plan_from_dict(jobs)) == ["as planned"]
    grid = plan_from_dict({**jobs, "vary": {"jobs.a.instances": [1, 2]}})
    assert labels(grid) == ["instances=1", "instances=2"]
    assert [own.jobs["a"].instances for _, own in planned(grid)] == [1, 2]
    rows = plan_from_dict({**jobs, "variations": [{"name": "s", "jobs.a.copies": 2}]})
    assert labels(rows) == ["s"]


def test_a_label_of_what_is_varied_is_one_line_of_printable_text() -> None:
    (found,) = variations([{"name": "a b", "jobs.a.x": "v\x1b[31mx"}])
    assert found.label == "a b"
    (found,) = variations({"jobs.a.x": ["v\x1b[31m\nx"]})
    assert found.label == 'x="v\\u001b[31m\\nx"'
    with pytest.raises(SweepError, match=r"^vary: the label must be one line of printable text"):
        variations({'jobs.a."x\x1b"': [1]})


def test_values_are_spelled_as_toml_does() -> None:
    assert [spelled(each) for each in (True, 1, "a", 0.5, date(2026, 1, 1), {"a": [1]})] == [
        "true",
        "1",
        "a",
        "0.5",
        "2026-01-01",
        '{"a": [1]}',
    ]
