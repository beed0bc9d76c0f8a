"""botocore's retries, in its three modes, wait on the virtual clock; nothing reaches a network."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.bucket import Clock, TokenBucket

from simjob import Simulation
from simjob.aws.clock import VirtualClock

THROTTLED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>
<Message>Rate exceeded</Message></Error><RequestId>r</RequestId></ErrorResponse>"""
IDENTITY = b"""<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Body:
    """The raw body of a response."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def elapsed(sim: Simulation) -> float:
    """Virtual seconds since the start."""
    return (sim.now - sim.world.start).total_seconds()


def client(mode: str, throttled: int, attempts: int = 6) -> tuple[BaseClient, list[float]]:
    """A client whose first calls are throttled, and the virtual seconds at which it called."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    retries = {"mode": mode, "total_max_attempts": attempts}
    made = session.create_client("sts", "us-east-1", config=Config(retries=retries))
    calls = []

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        calls.append(time.time())
        status, body = (400, THROTTLED) if len(calls) <= throttled else (200, IDENTITY)
        return AWSResponse(request.url, status, {}, Body(body))

    made.meta.events.register_last("before-send", answer)
    return made, calls


@pytest.mark.parametrize("made", ["before", "within"])
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_the_back_off_is_virtual(mode: str, made: str) -> None:
    early = client(mode, throttled=4)
    sim = Simulation()
    with VirtualClock(sim):
        sts, calls = early if made == "before" else client(mode, throttled=4)
        assert sts.get_caller_identity()["Account"] == "1"
    assert len(calls) == 5
    assert calls == sorted(calls)
    assert 0 < calls[-1] - calls[0] == pytest.approx(elapsed(sim))


def test_retries_that_are_used_up_fail_in_virtual_time() -> None:
    sim = Simulation()
    sts, calls = client("legacy", throttled=99, attempts=8)
    with VirtualClock(sim), pytest.raises(ClientError, match="Throttling"):
        sts.get_caller_identity()
    assert len(calls) == 8
    assert elapsed(sim) > 1


def test_the_token_bucket_of_adaptive_retries_waits_virtually() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        bucket = TokenBucket(max_rate=0.5, clock=Clock())
        for _ in range(5):
            bucket.acquire()
        assert bucket.available_capacity == 0
    assert elapsed(sim) == 10


def test_threads_share_a_token_bucket_in_virtual_time() -> None:
    sim = Simulation()
    with VirtualClock(sim), ThreadPoolExecutor(4) as pool:
        bucket = TokenBucket(max_rate=2, clock=Clock())
        list(pool.map(lambda _: bucket.acquire(), range(20)))
    assert 9 <= elapsed(sim) <= 12


def test_a_new_rate_wakes_who_waits_for_a_token() -> None:
    sim = Simulation()
    with VirtualClock(sim):
        bucket = TokenBucket(max_rate=0.5, clock=Clock())

        def hurry() -> None:
            time.sleep(1)
            bucket.max_rate = 10

        helper = threading.Thread(target=hurry)
        helper.start()
        bucket.acquire()
        helper.join()
    assert elapsed(sim) == pytest.approx(1.05, abs=0.002)
