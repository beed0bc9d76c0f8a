"""Search: what each operator finds, over every kind of property, and in which order and pages."""

from typing import Any

import pytest
from botocore_model import wrong
from helpers import EDITIONS, Json, channel, request, resources, whole_state, world
from hypothesis import given, settings
from hypothesis import strategies as st

from simjob import ApiError, Simulation, Workload, WorkloadRule
from simjob.spec.editions import Column
from simjob.spec.replies import NOT_FOUND_BY_SEARCH, SearchResponse
from simjob.spec.wire import structure
from simjob.testing.invariants import check
from simjob.world import LogSeries

METRICS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]


def searched(edition: str = "live") -> Simulation:
    """Three jobs a minute apart: a has ended, b has failed, and c trains."""
    rules = [
        WorkloadRule(
            Workload(duration=60, logs=[LogSeries("loss={value}", every=30, first=1, last=1)]),
            name="a",
        ),
        WorkloadRule(Workload(duration=60, exit_code=1), name="b"),
    ]
    sim = Simulation(
        world(workloads=rules, default_workload=Workload(duration="5h")), edition=edition
    )
    algorithm = request()["AlgorithmSpecification"]
    several = [channel("s3://b/one", "train"), channel("s3://b/two", "test")]
    sim.create_training_job(
        **request(
            "a",
            AlgorithmSpecification={**algorithm, "MetricDefinitions": METRICS},
            HyperParameters={"lr": "0.25", "layers": "7.9", "mode": "fast,slow", "a.b": "x"},
            InputDataConfig=several,
            Tags=[{"Key": "team", "Value": "red"}, {"Key": "cost.center", "Value": "7"}],
        )
    )
    sim.advance(minutes=1)
    sim.create_training_job(
        **request(
            "b",
            HyperParameters={"lr": "0.5", "layers": "8", "mode": "fast"},
            ResourceConfig=resources(count=2),
            Tags=[{"Key": "team", "Value": "blue"}],
            EnableNetworkIsolation=True,
        )
    )
    sim.advance(minutes=1)
    sim.create_training_job(
        **request(
            "c", InputDataConfig=[channel("s3://b/two", "train")], ResourceConfig=resources(count=3)
        )
    )
    sim.advance(minutes=30)
    assert [job.status for job in sim.jobs.values()] == ["Completed", "Failed", "InProgress"]
    return sim


@pytest.fixture(scope="module")
def sim() -> Simulation:
    """One simulation for all: nothing here changes it."""
    return searched()


def names(reply: Any) -> str:  # noqa: ANN401 - a reply
    return "".join(each["TrainingJob"]["TrainingJobName"] for each in reply["Results"])


def find(sim: Simulation, expression: Json, **more: object) -> str:
    """The names of what an expression finds, in the order of names."""
    return names(
        sim.search(
            Resource="TrainingJob",
            SearchExpression=expression,
            SortBy="TrainingJobName",
            SortOrder="Ascending",
            **more,
        )
    )


def one(name: str, operator: str | None = None, value: str | None = None) -> Json:
    found = {"Name": name, "Operator": operator, "Value": value}
    return {key: part for key, part in found.items() if part is not None}


FOUND = [
    (one("TrainingJobName", None, "a"), "a"),
    (one("TrainingJobName", "Equals", "A"), ""),
    (one("TrainingJobName", "NotEquals", "a"), "bc"),
    (one("TrainingJobStatus", "In", "Completed, Failed"), "ab"),
    (one("TrainingJobArn", "Contains", "training-job/"), "abc"),
    (one("FailureReason", "Exists"), "b"),
    (one("FailureReason", "NotExists"), "ac"),
    (one("FailureReason", "NotEquals", "x"), "abc"),
    (one("ModelArtifacts", "Exists"), "a"),
    (one("ModelArtifacts.S3ModelArtifacts", "Contains", "bucket/out/a"), "a"),
    (one("ResourceConfig.InstanceCount", "Equals", "2"), "b"),
    (one("ResourceConfig.InstanceCount", "GreaterThan", "2"), "c"),
    (one("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "2.0"), "bc"),
    (one("ResourceConfig.InstanceCount", "LessThan", "2"), "a"),
    (one("ResourceConfig.InstanceCount", "LessThanOrEqualTo", "2"), "ab"),
    (one("BillableTimeInSeconds", "GreaterThan", "0"), "ab"),
    (one("EnableNetworkIsolation", "Equals", "true"), "b"),
    (one("EnableNetworkIsolation", "NotEquals", "True"), "ac"),
    (one("CreationTime", "GreaterThan", "2026-01-01T00:00:30"), "bc"),
    (one("CreationTime", "Equals", "2026-01-01T00:01:00Z"), "b"),
    (one("CreationTime", "LessThanOrEqualTo", "2026-01-01T01:01:00+01:00"), "ab"),
    (one("TrainingEndTime", "LessThan", "2030-01-01"), "ab"),
    (one("HyperParameters.lr", "LessThan", "0.5"), "a"),
    (one("HyperParameters.lr", "Equals", "0.50"), "b"),
    (one("HyperParameters.lr", "Exists"), "ab"),
    (one("HyperParameters.layers", "Equals", "7"), "a"),
    (one("HyperParameters.layers", "Equals", "7.0"), ""),
    (one("HyperParameters.layers", "GreaterThan", "7.5"), "ab"),
    (one("HyperParameters.layers", "GreaterThan", "7"), "b"),
    (one("HyperParameters.mode", "Contains", "slow"), "a"),
    (one("HyperParameters.mode", "In", "fast,x"), "b"),
    (one("HyperParameters.mode", "Equals", "3"), ""),
    (one("HyperParameters.a.b", "Equals", "x"), "a"),
    (one("Tags.team", "Equals", "red"), "a"),
    (one("Tags.team", "NotEquals", "red"), "bc"),
    (one("Tags.cost.center", "Exists"), "a"),
    (one("Metrics.loss", "GreaterThan", "0.9"), "a"),
    (one("Metrics.loss", "LessThan", "0.9"), ""),
    (one("InputDataConfig", "Exists"), "ac"),
    (one("InputDataConfig.ChannelName", "Equals", "test"), "a"),
    (one("SecondaryStatusTransitions.Status", "Equals", "Uploading"), "ab"),
]


@pytest.mark.parametrize(("condition", "expected"), FOUND, ids=str)
def test_what_a_condition_finds(sim: Simulation, condition: Json, expected: str) -> None:
    assert find(sim, {"Filters": [condition]}) == expected


def test_one_item_must_satisfy_all_conditions_of_a_nested_filter(sim: Simulation) -> None:
    uri = "InputDataConfig.DataSource.S3DataSource.S3Uri"
    conditions = [
        one("InputDataConfig.ChannelName", "Equals", "train"),
        one(uri, "Contains", "b/two"),
    ]
    assert find(sim, {"Filters": conditions}) == "ac"
    nested = {"NestedPropertyName": "InputDataConfig", "Filters": conditions}
    assert find(sim, {"NestedFilters": [nested]}) == "c"


RED, BLUE, LARGE = (
    one("Tags.team", "Equals", "red"),
    one("Tags.team", "Equals", "blue"),
    one("ResourceConfig.InstanceCount", "GreaterThan", "1"),
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Filters": [BLUE, LARGE]}, "b"),
        ({"Filters": [RED, LARGE], "Operator": "And"}, ""),
        ({"Filters": [RED, LARGE], "Operator": "Or"}, "abc"),
        ({"Filters": [LARGE], "SubExpressions": [{"Filters": [RED, BLUE], "Operator": "Or"}]}, "b"),
        (
            {
                "Operator": "Or",
                "Filters": [RED],
                "SubExpressions": [{"SubExpressions": [{"Filters": [LARGE, BLUE]}]}],
            },
            "ab",
        ),
    ],
)
def test_expressions_within_expressions(sim: Simulation, expression: Json, expected: str) -> None:
    assert find(sim, expression) == expected


@pytest.mark.parametrize(
    ("by", "direction", "expected"),
    [
        (None, None, "bca"),
        ("CreationTime", "Ascending", "abc"),
        ("LastModifiedTime", "Descending", "bca"),
        ("TrainingEndTime", "Ascending", "abc"),
        ("TrainingEndTime", "Descending", "bac"),
        ("ResourceConfig.InstanceCount", "Descending", "cba"),
        ("Tags.team", "Ascending", "bac"),
        ("Tags.nobody", "Ascending", "abc"),
        ("Tags.nobody", "Descending", "cba"),
        ("EnableNetworkIsolation", "Ascending", "acb"),
        ("Metrics.loss", "Descending", "acb"),
        ("HyperParameters.lr", "Ascending", "abc"),
    ],
)
def test_what_has_no_such_property_comes_last(
    sim: Simulation, by: str | None, direction: str | None, expected: str
) -> None:
    order: Json = {"SortBy": by, "SortOrder": direction}
    given: Json = {k: v for k, v in order.items() if v}
    assert names(sim.search(Resource="TrainingJob", **given)) == expected
    pages = [sim.search(Resource="TrainingJob", MaxResults=1, **given)]
    while "NextToken" in pages[-1]:
        token = pages[-1]["NextToken"]
        pages.append(sim.search(Resource="TrainingJob", MaxResults=1, NextToken=token, **given))
    assert "".join(map(names, pages)) == expected
    assert {str(page["TotalHits"]) for page in pages} == {"{'Value': 3, 'Relation': 'EqualTo'}"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_record_is_that_of_describe_with_tags(edition: str) -> None:
    sim = searched(edition)
    reply: Any = sim.search(Resource="TrainingJob", SortBy="TrainingJobName", SortOrder="Ascending")
    column = sim.edition.column
    structure(SearchResponse, reply, column)
    assert wrong("sagemaker", "Search", reply) == []
    for each, (name, job) in zip(reply["Results"], sim.jobs.items(), strict=True):
        record = sim.describe_training_job(TrainingJobName=name)
        shown = {k: v for k, v in record.items() if k not in NOT_FOUND_BY_SEARCH}
        tags = [{"Key": key, "Value": value} for key, value in job.tags.items()]
        assert each == {"TrainingJob": {**shown, "Tags": tags}}
    assert ("TotalHits" in reply) == (column is Column.TODAY)


def test_what_search_does_not_tell_is_not_told() -> None:
    sim = Simulation(world(), edition="live")
    rules = [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "image"}]
    debug = {"EnableRemoteDebug": True}
    sim.create_training_job(
        **request("a", ProfilerRuleConfigurations=rules, RemoteDebugConfig=debug)
    )
    reply = sim.search(Resource="TrainingJob")
    assert wrong("sagemaker", "Search", reply) == []
    (found,) = reply["Results"]  # type: ignore[misc]
    assert not NOT_FOUND_BY_SEARCH & set(found["TrainingJob"])


def filters(*given: Json) -> Json:
    return {"SearchExpression": {"Filters": list(given)}}


def tower(height: int) -> Json:
    inner: Json = {"Filters": [RED]}
    for _ in range(height):
        inner = {"SubExpressions": [inner]}
    return inner


MANY = [{"Filters": [RED] * 20} for _ in range(3)]
CONTAINS = one("TrainingJobName", "Contains", "a")
REFUSED = {
    "nothing to satisfy": ({"SearchExpression": {}}, "must have at least one filter"),
    "nothing within": ({"SearchExpression": {"SubExpressions": [{}]}}, "must have at least one"),
    "unknown property": (filters(one("Colour", "Exists")), "Unknown property name: Colour"),
    "unknown within": (
        filters(one("ResourceConfig.Colour", "Exists")),
        "Unknown property name: ResourceConfig.Colour",
    ),
    "nothing within text": (
        filters(one("RoleArn.x", "Exists")),
        "Unknown property name: RoleArn.x",
    ),
    "no property of Search": (
        filters(one("RemoteDebugConfig", "Exists")),
        "Unknown property name: RemoteDebugConfig",
    ),
    "no value": (filters(one("RoleArn", "Equals")), "The filter on 'RoleArn' must have a Value."),
    "order of text": (
        filters(one("RoleArn", "LessThan", "x")),
        "The operator 'LessThan' is not supported for the text property 'RoleArn'.",
    ),
    "order of a text parameter": (
        filters(one("HyperParameters.mode", "LessThan", "x")),
        "The operator 'LessThan' is not supported for the text property 'HyperParameters.mode'.",
    ),
    "part of a number": (
        filters(one("ResourceConfig.InstanceCount", "Contains", "1")),
        (
            "The operator 'Contains' is not supported for the numeric property "
            "'ResourceConfig.InstanceCount'."
        ),
    ),
    "structure": (
        filters(one("ResourceConfig", "Equals", "x")),
        "The operator 'Equals' is not supported for the structured property 'ResourceConfig'.",
    ),
    "no number": (
        filters(one("ResourceConfig.InstanceCount", "Equals", "two")),
        "The value 'two' is not valid for the numeric property 'ResourceConfig.InstanceCount'.",
    ),
    "no time": (
        filters(one("CreationTime", "Equals", "yesterday")),
        "The value 'yesterday' is not valid for the timestamp property 'CreationTime'.",
    ),
    "no Boolean": (
        filters(one("EnableNetworkIsolation", "Equals", "1")),
        "The value '1' is not valid for the Boolean property 'EnableNetworkIsolation'.",
    ),
    "two parts": (filters(CONTAINS, CONTAINS), "'CONTAINS' operator usage limit of 1 exceeded."),
    "two parts far apart": (
        {"SearchExpression": {"Filters": [CONTAINS], "SubExpressions": [{"Filters": [CONTAINS]}]}},
        "'CONTAINS' operator usage limit of 1 exceeded.",
    ),
    "too many": ({"SearchExpression": {"SubExpressions": MANY}}, "can include at most 50"),
    "too deep": ({"SearchExpression": tower(50)}, "can include at most 50"),
    "filter of another list": (
        {
            "SearchExpression": {
                "NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": [RED]}]
            }
        },
        "The property 'Tags.team' of a nested filter must be one of 'InputDataConfig'.",
    ),
    "no list": (
        {
            "SearchExpression": {
                "NestedFilters": [{"NestedPropertyName": "RoleArn", "Filters": [RED]}]
            }
        },
        "The property 'RoleArn' has no nested properties.",
    ),
    "order of structures": (
        {"SortBy": "ResourceConfig"},
        "SortBy must name a property with a valu",
    ),
    "token": ({"NextToken": "nonsense"}, "Invalid NextToken 'nonsense'."),
    "other things": ({"Resource": "Model"}, "simjob does not simulate Search over Model."),
    "other accounts": (
        {"CrossAccountFilterOption": "CrossAccount"},
        "simjob does not simulate Search in other accounts.",
    ),
    "visibility": (
        {"VisibilityConditions": [{}]},
        "simjob does not simulate VisibilityConditions.",
    ),
    "page of 101": (
        {"MaxResults": 101},
        "1 validation error detected: Value '101' at 'maxResults'",
    ),
    "deep violation": (
        {"SearchExpression": {"SubExpressions": [{"Filters": [{"Name": "", "Operator": "Is"}]}]}},
        (
            "3 validation errors detected: Value '' at "
            "'searchExpression.subExpressions.1.member.filters.1.member.name'"
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_means_nothing_is_refused_and_changes_nothing(sim: Simulation, what: str) -> None:
    given, message = REFUSED[what]
    before = whole_state(sim)
    with pytest.raises(ApiError) as found:
        sim.search(**{"Resource": "TrainingJob", **given})
    assert found.value.code == "ValidationException"
    assert message in found.value.message
    assert whole_state(sim) == before


def test_a_token_belongs_to_its_order(sim: Simulation) -> None:
    token = sim.search(Resource="TrainingJob", MaxResults=1)["NextToken"]
    for order in ({"SortOrder": "Ascending"}, {"SortBy": "TrainingJobName"}):
        with pytest.raises(ApiError, match="It must come from a call with the same SortBy"):
            sim.search(Resource="TrainingJob", NextToken=token, **order)


def test_the_page_of_2019_knows_fewer_operators_and_members() -> None:
    sim = searched("documented")
    assert find(sim, filters(RED)["SearchExpression"]) == "a"
    for condition in (
        one("TrainingJobName", "Exists"),
        one("TrainingTimeInSeconds", "Equals", "1"),
    ):
        with pytest.raises(ApiError, match="ValidationException"):
            find(sim, filters(condition)["SearchExpression"])
    check(sim)


@settings(max_examples=40)
@given(
    st.recursive(
        st.sampled_from([RED, BLUE, LARGE]).map(lambda each: {"Filters": [each]}),
        lambda inner: st.fixed_dictionaries(
            {"SubExpressions": st.lists(inner, min_size=1, max_size=3)},
            optional={"Operator": st.sampled_from(("And", "Or"))},
        ),
        max_leaves=6,
    )
)
def test_an_expression_is_the_logic_of_its_parts(expression: Json) -> None:
    single = {"a": [RED], "b": [BLUE, LARGE], "c": [LARGE]}

    def holds(part: Json, name: str) -> bool:
        if "Filters" in part:
            return part["Filters"][0] in single[name]
        combine = any if part.get("Operator") == "Or" else all
        return combine(holds(each, name) for each in part["SubExpressions"])

    assert find(SHARED, expression) == "".join(name for name in "abc" if holds(expression, name))


SHARED = searched()
