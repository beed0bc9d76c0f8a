"""What befalls calls: latency, throttling, failures, lost replies, resets, and stale reads."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from helpers import request, world
from hypothesis import given
from hypothesis import strategies as st

import simjob.aws
from simjob import Simulation
from simjob.aws.faults import Bucket
from simjob.world import ApiFaults, Exponential, RateLimit, Uniform
from simjob.world.api_faults import OPERATIONS

SESSION = boto3.Session(region_name="us-east-1", **simjob.aws.credentials("123456789012"))
NO_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 1})
ONCE = SESSION.client("sagemaker", config=NO_RETRIES)
NO_TIME = 0

both = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])
modes = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])


@pytest.fixture(autouse=True)
def the_clients_own_luck() -> Iterator[None]:
    """botocore draws its pauses from the process's random numbers."""
    before = random.getstate()
    random.seed(0)
    yield
    random.setstate(before)


def mocked(wire: bool = False, seed: int = 0, **faults: Any) -> Any:  # noqa: ANN401, FBT001, FBT002 - a mock
    return simjob.aws.mock(world(api=ApiFaults(**faults)), seed=seed, wire=wire)


def create(client: Any = ONCE, name: str = "a") -> None:  # noqa: ANN401 - no types of boto3
    client.create_training_job(**request(name))


def describe(client: Any = ONCE, name: str = "a") -> Any:  # noqa: ANN401 - the same
    return client.describe_training_job(TrainingJobName=name)


def passed(sim: Simulation) -> timedelta:
    return sim.now - sim.world.start


def refused(call: Any, **params: Any) -> tuple[str, str, int]:  # noqa: ANN401 - a method of a client
    with pytest.raises(ClientError) as caught:
        call(**params)
    told = caught.value.response
    return (
        told["Error"]["Code"],
        told["Error"]["Message"],
        told["ResponseMetadata"]["HTTPStatusCode"],
    )


THROTTLED = ("ThrottlingException", "Rate exceeded", 400)


# Latency.


@both
def test_every_call_takes_its_latency(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, latency="2s") as sim:
        create()
        describe()
        assert passed(sim) == timedelta(seconds=4)
        assert sim.jobs["a"].record["CreationTime"] == sim.world.start.timestamp() + 2


def test_no_time_is_spent_where_the_test_moves_the_clock() -> None:
    with simjob.aws.mock(world(api=ApiFaults(latency=5)), clock="manual") as sim:
        create()
        assert passed(sim) == timedelta(0)


@both
def test_a_reply_that_takes_too_long_is_not_waited_for(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, latency="61s") as sim:
        with pytest.raises(ReadTimeoutError):
            create()
        assert passed(sim) == timedelta(seconds=60)
        assert list(sim.jobs) == ["a"]


@both
def test_the_clients_own_time_out_counts(wire: bool) -> None:  # noqa: FBT001 - a case
    hasty = SESSION.client("sagemaker", config=NO_RETRIES.merge(Config(read_timeout=5)))
    patient = SESSION.client("sagemaker", config=NO_RETRIES.merge(Config(read_timeout=None)))
    with mocked(wire, latency="10s") as sim:
        with pytest.raises(ReadTimeoutError):
            create(hasty)
        assert passed(sim) == timedelta(seconds=5)
        describe(patient)
        assert passed(sim) == timedelta(seconds=15)


def test_latencies_are_drawn_by_seed() -> None:
    def run(seed: int) -> timedelta:
        with mocked(seed=seed, latency=Uniform(0, 10)) as sim:
            create()
            return passed(sim)

    assert run(1) == run(1)
    assert len({run(seed) for seed in range(5)}) == 5


# Throttling.


@both
def test_a_call_too_many_is_throttled_and_has_no_effect(wire: bool) -> None:  # noqa: FBT001 - a case
    limits = {"CreateTrainingJob": RateLimit(rate=0.5, burst=2)}
    with mocked(wire, latency=NO_TIME, throttles=limits) as sim:
        create(name="a")
        create(name="b")
        assert refused(create, name="c") == THROTTLED
        describe()
        time.sleep(1.9)
        assert refused(create, name="c") == THROTTLED
        time.sleep(0.1)
        create(name="c")
        assert refused(create, name="d") == THROTTLED
        assert list(sim.jobs) == ["a", "b", "c"]


def test_listing_is_throttled_as_reported() -> None:
    with mocked(latency=NO_TIME, throttles="reported"):
        ONCE.list_training_jobs()
        ONCE.list_training_jobs()
        assert refused(ONCE.list_training_jobs) == THROTTLED
        for _ in range(10):
            refused(describe)


def test_every_region_has_its_own_limit() -> None:
    there = SESSION.client("sagemaker", region_name="eu-west-1", config=NO_RETRIES)
    with mocked(latency=NO_TIME, throttles={"*": RateLimit(rate=1, burst=1)}):
        create(ONCE)
        create(there)
        assert refused(create, client=there, name="b") == THROTTLED


@given(
    rate=st.floats(0.1, 20),
    burst=st.integers(1, 10),
    gaps=st.lists(st.integers(0, 5_000), max_size=60),
)
def test_a_bucket_never_lets_through_more_than_it_may(
    rate: float, burst: int, gaps: list[int]
) -> None:
    bucket, now_ms, taken = Bucket(RateLimit(rate, burst), 0), 0, []
    for gap in gaps:
        now_ms += gap
        if bucket.take(now_ms / 1000):
            taken.append(now_ms)
        else:
            assert len(taken) >= burst
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            span = (taken[last] - start) / 1000
            assert last - first + 1 <= burst + span * rate + 1e-4


# Failures of the service and of the connection.


@both
def test_a_failure_of_the_service_has_no_effect(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, internal_failures={"CreateTrainingJob": 1}) as sim:
        code, message, status = refused(create)
        assert (code, status) == ("InternalFailure", 500)
        assert message.startswith("The request processing has failed")
        assert not sim.jobs
        sim.create_training_job(**request())
        describe()


@both
def test_a_reset_connection_has_no_effect(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, resets={"CreateTrainingJob": 1}) as sim:
        with pytest.raises(ConnectionClosedError, match=r"sagemaker\.us-east-1"):
            create()
        assert not sim.jobs


@both
def test_the_call_whose_reply_is_lost_has_taken_effect(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, lost_replies={"CreateTrainingJob": 1}) as sim:
        with pytest.raises(ReadTimeoutError, match=r"sagemaker\.us-east-1"):
            create()
        assert passed(sim) == timedelta(seconds=60)
        assert describe()["CreationTime"] == sim.world.start + timedelta(milliseconds=50)


def test_a_refusal_is_told_even_where_replies_are_lost() -> None:
    with mocked(lost_replies=1):
        assert refused(describe)[0] == "ValidationException"


def luck(seed: int, wire: bool, names: Iterator[str] | list[str]) -> dict[str, list[str]]:  # noqa: FBT001 - a case
    """What becomes of ten polls of each job, one job after the other."""
    found: dict[str, list[str]] = {}
    faults = {"internal_failures": 0.2, "resets": 0.2, "lost_replies": {"DescribeTrainingJob": 0.2}}
    with mocked(wire, seed, **faults) as sim:
        for name in names:
            sim.create_training_job(**request(name))
            for _ in range(10):
                try:
                    outcome = "answered" if describe(name=name) else ""
                except (ClientError, ConnectionClosedError, ReadTimeoutError) as error:
                    outcome = type(error).__name__
                found.setdefault(name, []).append(outcome)
    return found


@both
def test_luck_is_the_seeds_and_each_jobs_own(wire: bool) -> None:  # noqa: FBT001 - a case
    many, few = luck(7, wire, ["a", "b", "c"]), luck(7, wire, ["c", "a"])
    assert {name: many[name] for name in few} == few
    assert len({tuple(each) for each in many.values()}) == 3
    assert luck(8, wire, ["a"])["a"] != many["a"]
    outcomes = {each for row in many.values() for each in row}
    assert outcomes == {"answered", "ClientError", "ConnectionClosedError", "ReadTimeoutError"}


def test_both_seams_draw_the_same_luck() -> None:
    assert luck(7, False, ["a", "b"]) == luck(7, True, ["a", "b"])  # noqa: FBT003 - the two cases


# The client's own retries.


@modes
def test_the_clients_retries_meet_the_faults_on_virtual_time(mode: str) -> None:
    client = SESSION.client(
        "sagemaker", config=Config(retries={"mode": mode, "total_max_attempts": 5})
    )
    with mocked(True, latency=NO_TIME, throttles={"*": RateLimit(rate=0.5, burst=1)}) as sim:  # noqa: FBT003 - on the wire
        create(client)
        reply = client.describe_training_job(TrainingJobName="a")
        attempts = 1 + reply["ResponseMetadata"]["RetryAttempts"]
        reply = client.describe_training_job(TrainingJobName="a")
        attempts += 1 + reply["ResponseMetadata"]["RetryAttempts"]
        assert attempts > 2
        assert passed(sim) >= timedelta(seconds=2)


@modes
def test_the_client_gives_up_when_its_attempts_are_over(mode: str) -> None:
    client = SESSION.client(
        "sagemaker", config=Config(retries={"mode": mode, "total_max_attempts": 2})
    )
    with mocked(True, internal_failures=1) as sim:  # noqa: FBT003 - on the wire
        with pytest.raises(ClientError, match="reached max retries: ") as caught:
            create(client)
        retries = caught.value.response["ResponseMetadata"]["RetryAttempts"]
        assert retries == 1
        assert not sim.jobs
        assert passed(sim) >= timedelta(milliseconds=100)


@modes
def test_the_retry_of_a_lost_create_finds_the_name_taken(mode: str) -> None:
    client = SESSION.client(
        "sagemaker", config=Config(retries={"mode": mode, "total_max_attempts": 2})
    )
    with (
        mocked(True, lost_replies={"CreateTrainingJob": 1}) as sim,  # noqa: FBT003 - on the wire
        pytest.raises(client.exceptions.ResourceInUse) as caught,
    ):
        create(client)
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 1
    assert list(sim.jobs) == ["a"]


def test_before_the_call_nothing_is_tried_again() -> None:
    client = SESSION.client("sagemaker", config=Config(retries={"mode": "standard"}))
    with mocked(internal_failures=1) as sim:
        assert refused(create, client=client)[0] == "InternalFailure"
        assert passed(sim) == timedelta(milliseconds=50)


# Reads that are out of date.


@both
def test_reads_may_be_out_of_date_but_not_for_longer_than_it_says(wire: bool) -> None:  # noqa: FBT001 - a case
    with mocked(wire, latency=1, staleness=Uniform(0, 30)) as sim:
        create()
        late = 0
        for _ in range(40):
            time.sleep(9)
            try:
                told = describe()["SecondaryStatus"]
            except ClientError:
                told = None
            now, then = sim.now, sim.now - timedelta(seconds=30)
            true = {
                each.status.value
                for each in sim.jobs["a"].history
                if each.start <= now and (each.end is None or each.end >= then)
            }
            assert told in true or (told is None and then < sim.world.start + timedelta(seconds=1))
            late += told != sim.jobs["a"].secondary_status.value
        assert late > 0


def test_what_is_out_of_date_is_what_was() -> None:
    with mocked(latency=1, staleness=60) as sim:
        create()
        assert refused(describe)[0] == "ValidationException"
        assert ONCE.list_training_jobs()["TrainingJobSummaries"] == []
        time.sleep(61)
        assert describe()["SecondaryStatus"] == "Starting"
        assert sim.jobs["a"].secondary_status == "Downloading"
        rows = ONCE.list_training_jobs()["TrainingJobSummaries"]
        assert [row["TrainingJobStatus"] for row in rows] == ["InProgress"]
        ONCE.stop_training_job(TrainingJobName="a")
        assert describe()["TrainingJobStatus"] == "InProgress"
        assert sim.jobs["a"].status == "Stopped"


# The faults of a world.


def test_by_default_calls_take_50_ms_and_nothing_goes_wrong() -> None:
    faults = ApiFaults()
    assert faults.latency.mean == 0.05
    assert not any(
        faults.chance(fault, name)
        for fault in ("internal_failures", "resets", "lost_replies")
        for name in OPERATIONS
    )
    assert not any(faults.limit(name) for name in OPERATIONS)
    assert faults.staleness is None


def test_an_operation_that_is_named_has_its_own_chance() -> None:
    faults = ApiFaults(resets={"*": 0.5, "AddTags": 0}, throttles={"AddTags": 3, "*": 1})
    assert (faults.chance("resets", "AddTags"), faults.chance("resets", "Search")) == (0, 0.5)
    assert faults.limit("AddTags") == RateLimit(3, 3)
    assert faults.limit("Search") == RateLimit(1, 1)


def test_faults_come_from_a_world_file() -> None:
    read = simjob.world.world_from_toml(
        """
        [api]
        latency = { exponential = { mean = "100ms" } }
        throttles = { ListTrainingJobs = { rate = 2, burst = 5 }, "*" = 10 }
        internal_failures = 0.01
        resets = { DescribeTrainingJob = 0.02 }
        staleness = { uniform = { low = 0, high = "5s" } }
        """
    )
    assert read.api == ApiFaults(
        latency=Exponential(0.1),
        throttles={"ListTrainingJobs": RateLimit(2, 5), "*": RateLimit(10)},
        internal_failures={"*": 0.01},
        resets={"DescribeTrainingJob": 0.02},
        staleness=Uniform(0, 5),
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("throttles = 'most'", "api.throttles: must be a table of rates, or one of 'reported'"),
        ("throttles = 3", "api.throttles: must be a table of keys and values, is 3"),
        ("throttles = { ListJobs = 2 }", "api.throttles.ListJobs: is no operation that is"),
        (
            "throttles = { ListTraningJobs = 2 }",
            "api.throttles.ListTraningJobs: is no operation that is simulated; did you mean 'L",
        ),
        (
            "throttles = { '*' = { rate = 1, rat = 2 } }",
            """api.throttles."*".rat: unknown key; did you mean 'rate'?""",
        ),
        ("throttles = { '*' = {} }", 'api.throttles."*".rate: must be given'),
        ("throttles = { '*' = 0 }", 'api.throttles."*".rate: must be a number above 0, is 0'),
        (
            "throttles = { '*' = { rate = 1, burst = 0.5 } }",
            'api.throttles."*".burst: must be a whole number, 1 or more, is 0.5',
        ),
        ("resets = 2", "api.resets: must be a number from 0 to 1, is 2; or a table of operations"),
        ("resets = { AddTags = 2 }", "api.resets.AddTags: must be a number from 0 to 1, is 2"),
        ("lost_replies = { Get = 0 }", "api.lost_replies.Get: is no operation that is simulated"),
        ("staleness = -1", "api.staleness: must not be negative, is -1"),
        ("latencies = 1", "api.latencies: unknown key; did you mean 'latency'?"),
    ],
)
def test_what_cannot_be_is_said_by_its_path(wrong: str, message: str) -> None:
    with pytest.raises(simjob.WorldError) as caught:
        simjob.world.world_from_toml(f"[api]\n{wrong}")
    assert str(caught.value).startswith(message)
