"""mock(): what it stands in for, for how long, and that everything is as it was afterwards."""

import asyncio
import os
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.hooks import HierarchicalEmitter
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber
from helpers import request

import simjob.aws
from simjob import Simulation, World
from simjob.aws.clock import VirtualClock, takeover
from simjob.simulation import SimulationError
from simjob.world import ApiFaults

EARLY = boto3.Session(
    region_name="us-east-1",
    aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
    aws_secret_access_key="secret",  # noqa: S106 - of nobody
)
CLIENT = EARLY.client("sagemaker")
"""A client that was made before any simulation, with the credentials of somebody."""
TAKEN = (
    (HierarchicalEmitter, "emit"),
    (HierarchicalEmitter, "emit_until_response"),
    (URLLib3Session, "send"),
)
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION")


def surroundings() -> dict[str, object]:
    """All of the process that a simulation may replace."""
    return {
        "environment": {k: v for k, v in os.environ.items() if k.startswith("AWS_")},
        "session": boto3.DEFAULT_SESSION,
        "methods": [vars(owner)[name] for owner, name in TAKEN],
        "own": "__init_subclass__" in vars(HierarchicalEmitter),
        "sleep": time.sleep,
        "monotonic": time.monotonic() < 1e9,
    }


@pytest.fixture(autouse=True)
def everything_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real too")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2025-01-01T00:00:00Z")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", EARLY)
    before = surroundings()
    yield
    assert surroundings() == before


def names(sim: Simulation) -> list[str]:
    return list(sim.jobs)


def create(name: str = "a", client: Any = CLIENT) -> None:  # noqa: ANN401 - no types of boto3
    client.create_training_job(**request(name))


@pytest.mark.parametrize("wire", [False, True])
def test_a_client_of_before_calls_the_simulation(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(wire=wire) as sim:
        create()
        assert names(sim) == ["a"]


@pytest.mark.parametrize("wire", [False, True])
def test_a_client_made_inside_is_at_home_and_needs_no_credentials(wire: bool) -> None:  # noqa: FBT001 - a case
    with simjob.aws.mock(World(region="eu-west-1"), wire=wire) as sim:
        client = boto3.client("sagemaker")
        assert client.meta.region_name == "eu-west-1"
        create(client=client)
        assert names(sim) == ["a"]
        assert all("real" not in os.environ.get(name, "") for name in VARIABLES)


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_nobodys_profile_is_asked_for(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv(variable, "of-another-machine")
        with simjob.aws.mock() as sim:
            create(client=boto3.client("sagemaker"))
            assert names(sim) == ["a"]
        assert os.environ[variable] == "of-another-machine"


def test_clients_of_every_session_and_thread_call_the_same_simulation() -> None:
    with simjob.aws.mock() as sim:
        others = [EARLY.client("sagemaker"), boto3.Session().client("sagemaker"), CLIENT]
        threads = [
            threading.Thread(target=create, args=(f"job-{n}", others[n % 3])) for n in range(6)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(sim.jobs) == [f"job-{n}" for n in range(6)]


def test_the_client_of_an_inner_default_session_is_forgotten() -> None:
    with simjob.aws.mock():
        boto3.client("sts").get_caller_identity()
        assert boto3.DEFAULT_SESSION is not EARLY
    assert boto3.DEFAULT_SESSION is EARLY


def test_it_works_in_a_process_that_has_no_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "boto3")
        with simjob.aws.mock() as sim:
            create()
        assert names(sim) == ["a"]


def test_everything_is_restored_after_an_exception() -> None:
    with pytest.raises(ClientError), simjob.aws.mock():
        CLIENT.describe_training_job(TrainingJobName="nobody")


def test_everything_is_restored_where_the_clock_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("no clock")

    monkeypatch.setattr(VirtualClock, "install", refuse)
    mock = simjob.aws.mock()
    with pytest.raises(RuntimeError, match="no clock"):
        mock.__enter__()
    with pytest.raises(RuntimeError, match="not active"):
        _ = mock.sim


def test_what_the_test_changes_in_the_environment_is_restored_too() -> None:
    with simjob.aws.mock():
        os.environ["AWS_REGION"] = "eu-west-1"
        del os.environ["AWS_ACCESS_KEY_ID"]


def test_time_is_virtual_inside_only() -> None:
    began = time.perf_counter()
    with simjob.aws.mock() as sim:
        start = sim.now
        time.sleep(3600)
        assert (sim.now - start).total_seconds() == 3600
    assert time.perf_counter() - began < 60


def test_an_inner_one_counts_while_it_is_active_and_the_outer_one_goes_on() -> None:
    with simjob.aws.mock() as outer:
        create("outer")
        inside = {name: os.environ.get(name) for name in VARIABLES}
        with simjob.aws.mock(World(region="us-west-2"), wire=True) as inner:
            create("inner", boto3.client("sagemaker"))
            assert os.environ["AWS_REGION"] == "us-west-2"
            assert (names(inner), names(outer)) == (["inner"], ["outer"])
            time.sleep(60)
        assert {name: os.environ.get(name) for name in VARIABLES} == inside
        create("again")
        assert (names(inner), names(outer)) == (["inner"], ["outer", "again"])
        assert (outer.now - outer.world.start).total_seconds() < 1
        assert (inner.now - inner.world.start).total_seconds() > 60


def test_every_entering_begins_anew_and_the_same() -> None:
    again = simjob.aws.mock(seed=7)
    replies = []
    for _ in range(2):
        with again as sim:
            assert sim is again.sim
            assert not sim.jobs
            create()
            time.sleep(600)
            replies.append(CLIENT.describe_training_job(TrainingJobName="a"))
    assert replies[0] == replies[1]


def test_sim_is_there_while_it_is_active_only() -> None:
    mock = simjob.aws.mock()
    with pytest.raises(RuntimeError, match="not active"):
        _ = mock.sim
    with mock as sim:
        with mock as inner:
            assert mock.sim is inner is not sim
        assert mock.sim is sim


def test_a_function_gets_a_fresh_one_at_every_call() -> None:
    mock = simjob.aws.mock()

    @mock
    def count(more: int, *, name: str) -> int:
        """Count."""
        create(name)
        return len(mock.sim.jobs) + more

    assert (count(1, name="a"), count(2, name="a")) == (2, 3)
    assert count.__doc__ == "Count."


def test_a_coroutine_function_has_it_while_it_runs() -> None:
    @simjob.aws.mock()
    async def watch() -> str:
        create()
        await asyncio.sleep(7200)
        status: str = CLIENT.describe_training_job(TrainingJobName="a")["TrainingJobStatus"]
        return status

    assert asyncio.iscoroutinefunction(watch)
    assert asyncio.run(watch()) == "Completed"


def test_a_generator_function_is_refused() -> None:
    def fixture() -> Iterator[None]:
        yield

    with pytest.raises(TypeError, match=r"fixture is a generator function; say `with"):
        simjob.aws.mock()(fixture)


def test_every_test_of_a_class_has_its_own() -> None:
    mock = simjob.aws.mock()

    class Base:
        def test_inherited(self) -> list[str]:
            return [*names(mock.sim), "inherited"]

    @mock
    class TestJobs(Base):
        test_data = 5

        def test_one(self) -> list[str]:
            create("one")
            return self.helped()

        def helped(self) -> list[str]:
            return names(mock.sim)

        @staticmethod
        def test_static() -> list[str]:
            return names(mock.sim)

        @classmethod
        def test_of_class(cls) -> tuple[type, list[str]]:
            return cls, names(mock.sim)

        async def test_coroutine(self) -> list[str]:
            create("coroutine")
            return names(mock.sim)

    tests = TestJobs()
    assert tests.test_one() == ["one"]
    assert tests.test_inherited() == ["inherited"]
    assert tests.test_static() == []
    assert tests.test_of_class() == (TestJobs, [])
    assert asyncio.run(tests.test_coroutine()) == ["coroutine"]
    with pytest.raises(RuntimeError, match="not active"):
        tests.helped()
    with pytest.raises(RuntimeError, match="not active"):
        Base().test_inherited()


def test_setup_method_and_teardown_method_share_it_with_their_test() -> None:
    mock = simjob.aws.mock()
    seen: list[object] = []

    @mock
    class TestJobs:
        def setup_method(self, method: object) -> None:
            create("set-up")
            if method is None:
                raise ZeroDivisionError

        def test_one(self) -> None:
            create("one")
            seen.append(names(mock.sim))

        def teardown_method(self) -> None:
            seen.append(names(mock.sim))
            raise ZeroDivisionError

    tests = TestJobs()
    tests.setup_method(tests.test_one)
    tests.test_one()
    with pytest.raises(ZeroDivisionError):
        tests.teardown_method()
    with pytest.raises(ZeroDivisionError):
        tests.setup_method(None)
    assert seen == [["set-up", "one"]] * 2


def test_a_class_with_setup_method_alone_is_torn_down() -> None:
    mock = simjob.aws.mock()

    @mock
    class TestJobs:
        def setup_method(self) -> None:
            create("set-up")

    tests: Any = TestJobs()
    tests.setup_method()
    assert names(mock.sim) == ["set-up"]
    tests.teardown_method()


@pytest.mark.parametrize("base", [unittest.TestCase, unittest.IsolatedAsyncioTestCase])
def test_a_test_case_has_it_from_set_up_to_the_last_clean_up(base: Any) -> None:  # noqa: ANN401 - a class
    mock = simjob.aws.mock()
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(names(mock.sim))

    @mock
    class TestJobs(base):  # type: ignore[misc]
        def setUp(self) -> None:
            self.addCleanup(look)
            create("set-up")

        def test_one(self) -> None:
            create("one")

        def test_two(self) -> None:
            self.fail()

        def tearDown(self) -> None:
            create("torn-down")

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(TestJobs).run(result)
    assert (result.testsRun, len(result.failures), result.errors) == (2, 1, [])
    assert seen == [["set-up", "one", "torn-down"], ["set-up", "torn-down"]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"world": "calm"}, r"world must be a simjob\.World"),
        ({"edition": "next"}, "unknown edition 'next'"),
        ({"clock": "fast"}, "clock must be 'autojump', 'manual' or 'rate'"),
        ({"rate": 0}, "rate must be positive"),
        ({"seed": "x"}, "a seed is a whole number"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_written(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        simjob.aws.mock(**wrong)


def test_a_stubber_of_the_client_is_still_obeyed() -> None:
    client = EARLY.client("sagemaker")
    with simjob.aws.mock() as sim, Stubber(client) as stubber:
        stubber.add_response("create_training_job", {"TrainingJobArn": "arn:" + "x" * 30})
        assert client.create_training_job(**request())["TrainingJobArn"].startswith("arn:x")
        assert not sim.jobs


def test_what_a_client_does_before_its_call_is_done() -> None:
    client = EARLY.client("sagemaker")
    seen = []

    def note(params: dict[str, Any], **_: object) -> None:
        seen.append(params["body"])

    client.meta.events.register("before-call.sagemaker.CreateTrainingJob", note)
    with simjob.aws.mock():
        create(client=client)
    assert len(seen) == 1


def test_names_that_are_not_there_are_said_to_be() -> None:
    with pytest.raises(AttributeError, match="no attribute 'mocks'"):
        _ = simjob.aws.mocks  # type: ignore[attr-defined]
    assert set(simjob.aws.__all__) <= set(dir(simjob.aws))


def run(program: str) -> str:
    """What a program prints in a new interpreter."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own interpreter


def test_botocore_is_loaded_when_it_is_needed_and_not_before() -> None:
    program = """
import sys
import simjob, simjob.aws
print("botocore" in sys.modules)
simjob.aws.mock
print("botocore" in sys.modules, "boto3" in sys.modules, "moto" in sys.modules)
"""
    assert run(program).split() == ["False", "True", "False", "False"]


@pytest.mark.parametrize("absent", ["botocore", "time_machine"])
def test_the_extra_is_named_where_it_is_not_installed(absent: str) -> None:
    program = f"""
import sys
sys.modules[{absent!r}] = None
import simjob.aws
try:
    simjob.aws.mock
except ImportError as error:
    print(error)
"""
    wanted = f"simjob.aws.mock needs {absent}, which its extra brings: pip install 'simjob[aws]'"
    assert run(program).strip() == wanted


# Threads that go on.


@contextmanager
def outliving(act: Callable[[], object], *, wire: bool = False) -> Iterator[list[object]]:
    """A thread that is started inside, and acts when the mock has been left; what comes of it."""
    left = threading.Event()
    told: list[object] = []

    def go_on() -> None:
        left.wait()
        try:
            told.append(act())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            told.append(error)

    thread = threading.Thread(target=go_on, name="poller")
    with simjob.aws.mock(wire=wire):
        thread.start()
    yield told
    left.set()
    thread.join()
    with pytest.raises(EndpointConnectionError):  # and looks whether anybody is still kept out
        unreachable(EARLY.client).list_training_jobs()


def unreachable(client: Any) -> Any:  # noqa: ANN401 - no types of boto3
    """The client, which may find nobody: its calls fail at once."""
    return client("sagemaker", endpoint_url="http://127.0.0.1:9", config=ONCE)


ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1)


@pytest.mark.parametrize("wire", [False, True])
def test_what_a_thread_sends_that_outlives_it_goes_nowhere(wire: bool) -> None:  # noqa: FBT001 - a case
    client = unreachable(EARLY.client)
    with outliving(client.list_training_jobs, wire=wire) as told:
        with pytest.raises(EndpointConnectionError):  # who was there before is let through
            client.list_training_jobs()
        with simjob.aws.mock(wire=wire):
            client.list_training_jobs()
    (error,) = told
    assert isinstance(error, simjob.aws.OutlivedError)
    assert str(error).startswith("poller was started while simjob.aws.mock() was active")
    assert "POST http://127.0.0.1:9/" in str(error)


def test_a_thread_that_outlives_it_may_call_the_next_one() -> None:
    client = unreachable(EARLY.client)

    def call_the_next() -> object:
        with simjob.aws.mock():
            return client.list_training_jobs()["TrainingJobSummaries"]

    with outliving(call_the_next) as told:
        pass
    assert told == [[]]


def test_a_call_under_way_when_it_is_left_is_told() -> None:
    told: list[str] = []
    late = World(api=ApiFaults(latency=3600))

    def call() -> None:
        with pytest.raises(SimulationError) as caught:
            CLIENT.list_training_jobs()
        told.append(str(caught.value))

    thread = threading.Thread(target=call, name="caller")
    with simjob.aws.mock(late):
        thread.start()
        pace: Any = takeover.ruling()._pace  # type: ignore[union-attr]
        while thread.ident not in pace._waiting:
            pass  # this thread runs, and so time stands still
    thread.join()
    assert told == ["the virtual clock was uninstalled while caller made a call"]
    with pytest.raises(EndpointConnectionError):  # and looks whether anybody is still kept out
        unreachable(EARLY.client).list_training_jobs()


# Overlapping, and what is no entering.


def test_two_that_overlap_are_both_undone_when_the_last_is_left() -> None:
    before = (time.time, time.monotonic(), dict(os.environ))
    first, second = simjob.aws.mock(), simjob.aws.mock()
    outer = first.__enter__()
    inner = second.__enter__()
    first.__exit__(None, None, None)
    assert time.time() == inner.now.timestamp()
    second.__exit__(None, None, None)
    assert outer is not inner
    assert time.time() > outer.now.timestamp() + 86_400
    assert time.monotonic() - before[1] < 3600
    assert dict(os.environ) == before[2]
    with simjob.aws.mock() as again:
        assert time.time() == again.now.timestamp()


def test_decorated_coroutines_may_run_side_by_side() -> None:
    @simjob.aws.mock()
    async def slept(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async def both() -> list[float]:
        return await asyncio.gather(slept(1), slept(2))

    environment = dict(os.environ)
    assert asyncio.run(both()) == [1, 2]
    assert dict(os.environ) == environment
    assert time.time() > 1_767_225_600 + 86_400


def test_what_was_not_entered_cannot_be_left() -> None:
    with pytest.raises(RuntimeError, match="it was not entered"):
        simjob.aws.mock().__exit__(None, None, None)


def test_the_decorator_needs_its_parentheses() -> None:
    with pytest.raises(TypeError, match=r"write @simjob\.aws\.mock\(\), with parentheses"):

        @simjob.aws.mock  # type: ignore[arg-type]
        def test() -> None:
            pass
