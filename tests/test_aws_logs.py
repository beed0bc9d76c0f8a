"""CloudWatch Logs: groups, streams, pages and tokens, and filters, as the clients see them."""

from datetime import timedelta
from typing import Any

import pytest
from asking import asking
from botocore_model import model
from helpers import Json, request, resources, world
from hypothesis import given
from hypothesis import strategies as st

from simjob import Container, Simulation, Workload, WorkloadRule
from simjob.aws import log_shapes
from simjob.aws.log_pattern import matcher
from simjob.aws.logs import OPERATIONS
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.world import LogSeries

GROUP = "/aws/sagemaker/TrainingJobs"
STEP = LogSeries("step {step} loss={value}", every=60, first=1, last=0)


ask, refusal = asking("logs", OPERATIONS)


def simulate(
    *names: str, count: int = 1, seconds: float | None = None, **changes: object
) -> Simulation:
    """Jobs that write a line a minute for ten minutes."""
    workload = Workload(duration="10m", logs=[STEP])
    fields: Any = {"default_workload": workload, **changes}
    sim = Simulation(world(**fields), edition="live")
    for name in names:
        sim.create_training_job(**request(name, ResourceConfig=resources(count=count)))
    if seconds is None:
        sim.run()
    else:
        sim.advance(seconds=seconds)
    return sim


def stream_of(sim: Simulation, name: str = "a") -> str:
    return sim.jobs[name].log_streams[0].name


def get(sim: Simulation, name: str = "a", **params: object) -> Any:  # noqa: ANN401 - a reply
    return ask(
        sim, "GetLogEvents", logGroupName=GROUP, logStreamName=stream_of(sim, name), **params
    )


def steps(reply: Any) -> list[int]:  # noqa: ANN401 - a reply
    return [int(each["message"].split()[1]) for each in reply["events"]]


# Groups and streams.


def test_there_is_no_group_before_the_first_container() -> None:
    sim = simulate("a", seconds=1)
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert ask(sim, "DescribeLogGroups") == {"logGroups": []}
    assert refusal(sim, "DescribeLogStreams", logGroupName=GROUP) == missing
    assert refusal(sim, "FilterLogEvents", logGroupName=GROUP) == missing
    assert refusal(sim, "GetLogEvents", logGroupName=GROUP, logStreamName="a") == missing
    sim.run(until=lambda sim: sim.jobs["a"].secondary_status == "Training")
    (group,) = ask(sim, "DescribeLogGroups")["logGroups"]
    assert group["logGroupName"] == GROUP
    assert group["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
    assert group["creationTime"] == round(sim.now.timestamp() * 1000)
    (stream,) = ask(sim, "DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    assert "firstEventTimestamp" not in stream
    assert get(sim)["events"] == []
    assert refusal(sim, "DescribeLogStreams", logGroupName="/other") == missing


@pytest.mark.parametrize(
    ("params", "there"),
    [
        ({"logGroupNamePrefix": "/aws/sage"}, True),
        ({"logGroupNamePrefix": "/aws/lambda"}, False),
        ({"logGroupNamePattern": "TrainingJ"}, True),
        ({"logGroupNamePattern": "trainingj"}, False),
        ({"logGroupClass": "INFREQUENT_ACCESS"}, False),
        ({"logGroupIdentifiers": [GROUP]}, True),
        ({"logGroupIdentifiers": ["/other"]}, False),
        ({"limit": 1}, True),
    ],
)
def test_groups_are_filtered(params: Json, there: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert bool(ask(simulate("a"), "DescribeLogGroups", **params)["logGroups"]) == there


def test_every_host_and_every_run_has_a_stream() -> None:
    sim = simulate("a", "b", count=2)
    start = round(sim.jobs["a"].history[2].start.timestamp())
    streams = ask(sim, "DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    names = [each["logStreamName"] for each in streams]
    assert names == sorted(names)
    assert [name.split("/") for name in names[:2]] == [
        ["a", f"algo-1-{start}"],
        ["a", f"algo-2-{start}"],
    ]
    assert len(names) == 4
    only = ask(sim, "DescribeLogStreams", logGroupName=GROUP, logStreamNamePrefix="b/algo-1")
    assert [each["logStreamName"] for each in only["logStreams"]] == names[2:3]
    each = streams[0]
    assert each["lastEventTimestamp"] - each["firstEventTimestamp"] == 9 * 60_000
    assert each["firstEventTimestamp"] - each["creationTime"] == 60_000
    assert each["arn"].endswith(f":log-group:{GROUP}:log-stream:{names[0]}")


def test_a_prefix_without_a_slash_finds_longer_names() -> None:
    sim = simulate("a", "ab", "b")

    def found(prefix: str) -> list[str]:
        reply = ask(sim, "DescribeLogStreams", logGroupName=GROUP, logStreamNamePrefix=prefix)
        return [each["logStreamName"].split("/")[0] for each in reply["logStreams"]]

    assert (found("a"), found("a/"), found("c")) == (["a", "ab"], ["a"], [])


@pytest.mark.parametrize("by", ["LogStreamName", "LastEventTime"])
@pytest.mark.parametrize("descending", [False, True])
def test_streams_come_in_pages(by: str, descending: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sim = Simulation(world(default_workload=Workload(duration="10m", logs=[STEP])))
    for name in ("c", "a", "b"):
        sim.create_training_job(**request(name))
        sim.advance(minutes=1)
    sim.run()
    given: Json = {"logGroupName": GROUP, "orderBy": by, "descending": descending, "limit": 2}
    first = ask(sim, "DescribeLogStreams", **given)
    second = ask(sim, "DescribeLogStreams", **given, nextToken=first["nextToken"])
    assert "nextToken" not in second
    found = "".join(
        each["logStreamName"][0] for page in (first, second) for each in page["logStreams"]
    )
    expected = "abc" if by == "LogStreamName" else "cab"
    assert found == (expected[::-1] if descending else expected)


def test_streams_outlive_their_job_and_a_new_job_of_its_name_has_its_own() -> None:
    sim = simulate("a")
    old = stream_of(sim)
    sim.delete_training_job(TrainingJobName="a")
    kept = ask(sim, "GetLogEvents", logGroupName=GROUP, logStreamName=old)
    assert len(kept["events"]) == 10
    sim.create_training_job(**request("a"))
    sim.run()
    streams = ask(sim, "DescribeLogStreams", logGroupName=GROUP, logStreamNamePrefix="a/")
    assert [each["logStreamName"] for each in streams["logStreams"]] == [old, stream_of(sim)]
    assert ask(sim, "GetLogEvents", logGroupName=GROUP, logStreamName=old) == kept


# Events of one stream.


def test_without_a_token_the_end_decides() -> None:
    sim = simulate("a")
    assert steps(get(sim)) == [*range(1, 11)]
    assert steps(get(sim, limit=3)) == [8, 9, 10]
    assert steps(get(sim, limit=3, startFromHead=False)) == [8, 9, 10]
    assert steps(get(sim, limit=3, startFromHead=True)) == [1, 2, 3]


def test_a_time_range_holds_its_start_and_not_its_end() -> None:
    sim = simulate("a")
    times = [each["timestamp"] for each in get(sim)["events"]]
    assert steps(get(sim, startTime=times[2], endTime=times[5])) == [3, 4, 5]
    assert steps(get(sim, startTime=times[5], endTime=times[2])) == []
    assert steps(get(sim, startTime=times[9] + 1)) == []


def test_following_forward_repeats_the_token_when_nothing_is_new_and_misses_nothing() -> None:
    sim = simulate("a", seconds=1)
    sim.run(until=lambda sim: sim.jobs["a"].secondary_status == "Training")
    read, token = [], get(sim, startFromHead=True)["nextForwardToken"]
    repeats = 0
    for _ in range(40):
        sim.advance(seconds=37)
        while True:
            page = get(sim, startFromHead=True, limit=2, nextToken=token)
            read += steps(page)
            repeats += page["nextForwardToken"] == token
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]
    assert read == [*range(1, 11)]
    assert repeats == 40


@given(limit=st.integers(1, 11), head=st.booleans(), low=st.integers(0, 9), high=st.integers(0, 11))
def test_pages_in_both_directions_hold_everything_once(
    limit: int,
    head: bool,  # noqa: FBT001 - a parameter of the test
    low: int,
    high: int,
) -> None:
    sim = ENDED
    times = [each["timestamp"] for each in get(sim)["events"]]
    given: Json = {"limit": limit, "startTime": times[low]}
    if high < 10:
        given["endTime"] = times[high]
    wanted = [*range(low + 1, max(low, min(high, 10)) + 1)]
    direction = "nextForwardToken" if head else "nextBackwardToken"
    page = get(sim, startFromHead=head, **given)
    read = steps(page)
    while True:
        following = get(sim, startFromHead=head, nextToken=page[direction], **given)
        if following[direction] == page[direction]:
            assert following["events"] == []
            break
        read = read + steps(following) if head else steps(following) + read
        page = following
    assert read == wanted


ENDED = simulate("a")


def test_a_page_back_from_a_page_forward_is_the_one_before() -> None:
    first = get(ENDED, startFromHead=True, limit=4)
    second = get(ENDED, startFromHead=True, limit=4, nextToken=first["nextForwardToken"])
    back = get(ENDED, limit=4, nextToken=second["nextBackwardToken"])
    assert (steps(first), steps(second), steps(back)) == ([1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4])
    again = get(ENDED, limit=4, nextToken=back["nextForwardToken"])
    assert steps(again) == [5, 6, 7, 8]


def test_a_token_outside_of_the_time_range_comes_back_as_it_is() -> None:
    times = [each["timestamp"] for each in get(ENDED)["events"]]
    page = get(ENDED, startFromHead=True, limit=4)
    token = page["nextForwardToken"]
    late = get(ENDED, startFromHead=True, nextToken=token, startTime=times[9] + 1)
    assert (late["events"], late["nextForwardToken"]) == ([], token)
    token = get(ENDED, limit=4)["nextBackwardToken"]
    early = get(ENDED, nextToken=token, endTime=times[0])
    assert (early["events"], early["nextBackwardToken"]) == ([], token)


def test_tokens_look_like_the_services() -> None:
    page = get(ENDED, startFromHead=True)
    assert page["nextForwardToken"] == f"f/{10:056d}/s"
    assert page["nextBackwardToken"] == f"b/{0:056d}/s"


def test_a_page_holds_a_megabyte_and_an_empty_line_is_no_event() -> None:
    def verbose(container: Container) -> Any:  # noqa: ANN401 - a generator
        for _ in range(5):
            container.log("x" * (2**19 - 26))
            container.log("")
            yield container.wait(seconds=1)

    sim = simulate("a", workloads=[WorkloadRule(Workload(run=verbose), name="*")])
    first = get(sim, startFromHead=True)
    assert len(first["events"]) == 2
    assert len(get(sim)["events"]) == 2
    sizes, token = [], None
    while True:
        more = {} if token is None else {"nextToken": token}
        page = get(sim, startFromHead=True, **more)
        if page["nextForwardToken"] == token:
            break
        sizes.append(len(page["events"]))
        token = page["nextForwardToken"]
    assert sizes == [2, 2, 1]
    pages = [ask(sim, "FilterLogEvents", logGroupName=GROUP)]
    while "nextToken" in pages[-1]:
        token = pages[-1]["nextToken"]
        pages.append(ask(sim, "FilterLogEvents", logGroupName=GROUP, nextToken=token))
    assert [len(page["events"]) for page in pages] == [2, 2, 1]


@pytest.mark.parametrize("token", ["x", "f/1/s", f"g/{1:056d}/s", f"f/{1:056d}"])
def test_garbage_is_no_token(token: str) -> None:
    answer = ("InvalidParameterException", "The specified nextToken is invalid.")
    given: Json = {"logGroupName": GROUP, "nextToken": token}
    assert refusal(ENDED, "GetLogEvents", logStreamName=stream_of(ENDED), **given) == answer
    assert refusal(ENDED, "DescribeLogStreams", **given) == answer
    assert refusal(ENDED, "FilterLogEvents", **given) == answer
    assert refusal(ENDED, "DescribeLogGroups", nextToken=token) == answer


# Events of all streams.


def filtered(sim: Simulation, **params: object) -> list[tuple[str, int]]:
    """Job and step of every event, over all pages."""
    found: list[Any] = []
    more: Json = {}
    while True:
        page = ask(sim, "FilterLogEvents", logGroupName=GROUP, **params, **more)
        found += page["events"]
        if "nextToken" not in page:
            break
        more = {"nextToken": page["nextToken"]}
    assert len({each["eventId"] for each in found}) == len(found)
    assert {len(each["eventId"]) for each in found} <= {56}
    return [(e["logStreamName"].split("/")[0], int(e["message"].split()[1])) for e in found]


def test_events_of_all_streams_come_in_the_order_of_time() -> None:
    sim = simulate("a", "b")
    both = [(name, step) for step in range(1, 11) for name in "ab"]
    assert filtered(sim) == both
    assert filtered(sim, limit=3) == both
    assert filtered(sim, interleaved=False) == both
    names = [stream_of(sim, "b")]
    assert filtered(sim, logStreamNames=names) == [("b", step) for step in range(1, 11)]
    assert filtered(sim, logStreamNamePrefix="a/") == [("a", step) for step in range(1, 11)]
    times = [each["timestamp"] for each in get(sim)["events"]]
    assert filtered(sim, startTime=times[1], endTime=times[2]) == both[2:6]
    late = {"startFromHead": False, "startTime": times[0]}
    assert filtered(sim, limit=3, **late) == both[::-1]


def test_a_pattern_chooses() -> None:
    assert filtered(ENDED, filterPattern="step") == [("a", step) for step in range(1, 11)]
    assert filtered(ENDED, filterPattern='"step 1 "') == [("a", 1)]
    assert filtered(ENDED, filterPattern='?"step 3 " ?"step 5 "', limit=1) == [("a", 3), ("a", 5)]


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", ["", "anything"], []),
        ("  ", ["anything"], []),
        ("ERROR", ["an ERROR here", "ERRORS"], ["error", ""]),
        ("ERROR 404", ["404 ERROR", "ERROR: 404"], ["ERROR", "404"]),
        ('"not found"', ["file not found"], ["not\tfound", "found not"]),
        ("ERROR -404", ["ERROR 500"], ["ERROR 404", "500"]),
        ('-"not found"', ["fine", ""], ["not found"]),
        ("?ERROR ?WARN", ["WARN", "ERROR"], ["INFO"]),
        ("?ERROR WARN", ["WARN"], ["ERROR"]),
        ("?ERROR -WARN", ["INFO"], ["ERROR WARN"]),
        (r'"say \"hi\""', ['say "hi"'], ["say hi"]),
        (r'"a\\b"', [r"a\b"], ["ab"]),
        ("exit_code", ["exit_code: 1"], ["exit code"]),
    ],
)
def test_what_a_pattern_matches(pattern: str, matching: list[str], other: list[str]) -> None:
    matches = matcher(pattern)
    assert [text for text in matching if not matches(text)] == []
    assert [text for text in other if matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ('{ $.level = "error" }', "simjob does not simulate JSON filter patterns."),
        ("[ip, user, ...]", "simjob does not simulate column filter patterns."),
        ("%AUTH%", "simjob does not simulate regular-expression filter patterns."),
        ("loss=0.5", "Invalid character(s) in term '='"),
        ("é", "Invalid character(s) in term 'é'"),
        ('"open', "Invalid filter pattern: a quotation mark is out of place."),
        ('a"b"', "Invalid filter pattern: a quotation mark is out of place."),
    ],
)
def test_other_patterns_are_refused_by_name(pattern: str, message: str) -> None:
    answer = ("InvalidParameterException", message)
    assert refusal(ENDED, "FilterLogEvents", logGroupName=GROUP, filterPattern=pattern) == answer


# What is refused.

BY_TIME: Json = {"orderBy": "LastEventTime", "logStreamNamePrefix": "a"}
ONE_GROUP = "Exactly one of logGroupName and logGroupIdentifier must be given."
REFUSED: dict[str, tuple[str, Json, str]] = {
    "time and prefix": (
        "DescribeLogStreams",
        BY_TIME,
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    ),
    "no group": ("DescribeLogStreams", {"logGroupName": None}, ONE_GROUP),
    "two groups": ("FilterLogEvents", {"logGroupIdentifier": GROUP}, ONE_GROUP),
    "names and prefix": (
        "FilterLogEvents",
        {"logStreamNames": ["a"], "logStreamNamePrefix": "a"},
        "logStreamNames and logStreamNamePrefix are mutually exclusive.",
    ),
    "early and backward": (
        "FilterLogEvents",
        {"startFromHead": False},
        "startFromHead may be false only for a startTime in 2024 or later.",
    ),
    "prefix and pattern": (
        "DescribeLogGroups",
        {"logGroupName": None, "logGroupNamePrefix": "/aws", "logGroupNamePattern": "a"},
        "logGroupNamePrefix and logGroupNamePattern are mutually exclusive.",
    ),
    "limit of 51": (
        "DescribeLogStreams",
        {"limit": 51},
        (
            "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 50"
        ),
    ),
    "limit of 0": (
        "GetLogEvents",
        {"limit": 0, "logStreamName": "a"},
        (
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_go_together_is_refused(what: str) -> None:
    operation, given, message = REFUSED[what]
    params: Json = {k: v for k, v in {"logGroupName": GROUP, **given}.items() if v is not None}
    assert refusal(ENDED, operation, **params) == ("InvalidParameterException", message)


def test_a_stream_that_does_not_exist() -> None:
    missing = ("ResourceNotFoundException", "The specified log stream does not exist.")
    for name in ("a/algo-1-0", "nobody/algo-1-0", "a"):
        given: Json = {"logGroupName": GROUP}
        assert refusal(ENDED, "GetLogEvents", logStreamName=name, **given) == missing
        assert refusal(ENDED, "FilterLogEvents", logStreamNames=[name], **given) == missing


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each != "DescribeLogGroups"])
def test_a_group_may_be_given_by_its_arn(operation: str) -> None:
    stream = {"logStreamName": stream_of(ENDED)} if operation == "GetLogEvents" else {}
    (group,) = ask(ENDED, "DescribeLogGroups")["logGroups"]
    by_arn = ask(ENDED, operation, logGroupIdentifier=group["logGroupArn"], **stream)
    assert by_arn == ask(ENDED, operation, logGroupName=GROUP, **stream)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_requests_have_the_members_and_limits_of_the_model(operation: str) -> None:
    shape = getattr(log_shapes, f"{operation}Request")
    modelled: Any = model("logs").operation_model(operation).input_shape
    known = {each.name: each for each in members(shape, Column.TODAY)}
    assert set(known) == set(modelled.members)
    assert {name for name, each in known.items() if each.required} == set(modelled.required_members)
    for name, each in known.items():
        limits = modelled.members[name].metadata
        constraint: Any = each.constraint
        assert (getattr(constraint, "max", None)) == limits.get("max"), name
        assert (getattr(constraint, "min", None) or 0) == limits.get("min", 0), name
        assert getattr(constraint, "pattern", None) == limits.get("pattern"), name
        assert list(getattr(constraint, "values", ())) == limits.get("enum", []), name


def test_lines_of_an_interrupted_job_are_in_the_streams_of_their_runs() -> None:
    sim = simulate("a", seconds=0)
    sim.at(timedelta(minutes=8), lambda: sim.stop_training_job(TrainingJobName="a"))
    sim.run()
    assert steps(get(sim)) == [*range(1, len(sim.jobs["a"].logs) + 1)]
    assert sim.jobs["a"].status == "Stopped"
