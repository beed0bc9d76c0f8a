"""Print the table of what real clients cost with simjob behind them.

    python benchmarks/aws.py [--quick]

As in run.py, every row is measured in this one run, the two sides in turn, and given as the median
of several rounds in CPU time. The canned hook answers every call with the same reply, before
the call or when it is sent; it is what anybody could write in ten lines. Needs boto3 and moto.
"""

import argparse
import io
import itertools
import json
import os
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from measuring import cpu, head, per_call_us, request, row
from moto import mock_aws

import simjob.aws
from simjob import Simulation, Workload, World

LONG = World(default_workload=Workload(duration="30d"))
TEN_HOURS = World(default_workload=Workload(duration="10h"))
KEYS = simjob.aws.credentials("123456789012")
NAMES = iter(range(10**9))


def client() -> Any:  # noqa: ANN401 - no types of boto3
    """A SageMaker client in a session of its own."""
    return boto3.Session(region_name="us-east-1", **KEYS).client("sagemaker")


def made() -> str:
    """A name that is new."""
    return f"job-{next(NAMES)}"


# Against a canned hook, and against moto.


def canned() -> tuple[dict[str, Any], dict[str, Any]]:
    """Replies for the three operations: as a client parses them, and as they are sent."""
    sim = Simulation(edition="live")
    created = sim.create_training_job(**request("canned"))
    sent = {
        "CreateTrainingJob": created,
        "DescribeTrainingJob": sim.describe_training_job(TrainingJobName="canned"),
        "StopTrainingJob": {},
    }
    with simjob.aws.mock():
        asked = client()
        asked.create_training_job(**request("canned"))
        described = asked.describe_training_job(TrainingJobName="canned")
    return {**sent, "DescribeTrainingJob": described}, sent


def canned_client(*, wire: bool) -> Any:  # noqa: ANN401 - no types of boto3
    """A client whose every call is answered by a hook, with the same reply."""
    parsed, sent = canned()
    bodies = {name: json.dumps(reply).encode() for name, reply in sent.items()}
    answered = AWSResponse("https://nowhere", 200, {}, io.BytesIO())

    def before_call(model: Any, **_: object) -> object:  # noqa: ANN401 - no types of botocore
        return answered, parsed[model.name]

    def before_send(request: Any, event_name: str, **_: object) -> object:  # noqa: ANN401 - the same
        response = AWSResponse(request.url, 200, {}, io.BytesIO())
        response._content = bodies[event_name.rpartition(".")[2]]  # noqa: SLF001 - as if it had been read
        return response

    hooked = client()
    if wire:
        hooked.meta.events.register("before-send.sagemaker", before_send)
    else:
        hooked.meta.events.register("before-call.sagemaker", before_call)
    return hooked


def three_calls(called: Any) -> None:  # noqa: ANN401 - no types of boto3
    """Create, describe and stop."""
    name = made()
    called.create_training_job(**request(name))
    called.describe_training_job(TrainingJobName=name)
    called.stop_training_job(TrainingJobName=name)


def two_calls(called: Any) -> None:  # noqa: ANN401 - the same
    """Create and describe."""
    name = made()
    called.create_training_job(**request(name))
    called.describe_training_job(TrainingJobName=name)


def simulated_us(
    work: Callable[[Any], None],
    called: Any,  # noqa: ANN401 - no types of boto3
    calls: int,
    **settings: Any,  # noqa: ANN401 - those of a mock
) -> float:
    """CPU microseconds of some calls of a client, in a new simulation."""
    with simjob.aws.mock(**settings):
        return per_call_us(lambda: work(called), calls)


def compare_hooks(rounds: int, calls: int) -> None:
    """Both seams, each beside a canned hook at the same place."""
    asked = client()
    for wire, place in ((False, "before-call"), (True, "before-send, wire=True")):
        hooked = canned_client(wire=wire)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(simulated_us(three_calls, asked, calls, wire=wire))
            theirs.append(per_call_us(lambda hooked=hooked: three_calls(hooked), calls))
        what = f"create + describe + stop, {place}"
        row(what, median(ours), median(theirs), "us canned hook", "1.3")


def compare_moto(rounds: int, calls: int) -> None:
    """Create and describe, beside moto's."""
    ours, theirs = [], []
    asked = client()
    for _ in range(rounds):
        ours.append(simulated_us(two_calls, asked, calls))
        with mock_aws():
            motos = boto3.client("sagemaker", region_name="us-east-1")
            theirs.append(per_call_us(lambda motos=motos: two_calls(motos), calls))
    row("create + describe", median(ours), median(theirs), "us moto", "0.1")


# The fixture, and time.


def enter_and_leave() -> None:
    """A test with nothing in it."""
    with simjob.aws.mock():
        pass


def compare_fixture(rounds: int) -> None:
    """Entering and leaving, beside what every test pays that makes a client."""
    ours, theirs = [], []
    client()
    for _ in range(rounds):
        ours.append(per_call_us(enter_and_leave, 20) / 1e3)
        theirs.append(cpu(client) * 1e3)
    row("enter and leave mock()", median(ours), median(theirs), "ms session and client", "0.1")


def compare_polls(rounds: int, calls: int) -> None:
    """A poll that sleeps, beside one that does not."""
    asked = client()
    name = made()

    def look() -> None:
        asked.describe_training_job(TrainingJobName=name)

    def sleep_and_look() -> None:
        time.sleep(30)
        look()

    with_sleep, bare = [], []
    for _ in range(rounds):
        with simjob.aws.mock(LONG):
            asked.create_training_job(**request(name))
            time.sleep(3600)
            with_sleep.append(per_call_us(sleep_and_look, calls))
            bare.append(per_call_us(look, calls))
    row("one poll by virtual sleep", median(with_sleep), median(bare), "us bare call", "1.2")


def poll_by_hand(asked: Any, name: str) -> int:  # noqa: ANN401 - no types of boto3
    """What the waiter does, as anybody would write it; returns how often it asked."""
    count = 1
    while asked.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress":
        time.sleep(120)
        count += 1
    return count


def wait(asked: Any, name: str) -> None:  # noqa: ANN401 - the same
    """The same by botocore's waiter."""
    waiter = asked.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"MaxAttempts": 10_000})


def canned_polls(count: int) -> Any:  # noqa: ANN401 - the same
    """A client that a hook tells of a job in progress, but at every `count`th call of its end."""
    reply = canned()[0]["DescribeTrainingJob"]
    answered = AWSResponse("https://nowhere", 200, {}, io.BytesIO())
    ended = {**reply, "TrainingJobStatus": "Completed"}
    replies = itertools.cycle([*[reply] * (count - 1), ended])
    hooked = client()
    hooked.meta.events.register("before-call.sagemaker", lambda **_: (answered, next(replies)))
    return hooked


def compare_waiter(rounds: int) -> None:
    """The waiter beside its polls; and what it adds to them, beside what it adds to canned ones."""
    asked = client()
    name = made()
    limits = {"StoppingCondition": {"MaxRuntimeInSeconds": 86_400}}

    def spent_ms(work: Callable[[Any, str], object], called: Any) -> float:  # noqa: ANN401 - as above
        with simjob.aws.mock(TEN_HOURS):
            asked.create_training_job(**{**request(name), **limits})
            return cpu(lambda: work(called, name)) * 1e3

    with simjob.aws.mock(TEN_HOURS):
        asked.create_training_job(**{**request(name), **limits})
        count = poll_by_hand(asked, name)
    hooked = canned_polls(count)
    waits, polls, canned_waits, canned_by_hand = [], [], [], []
    for _ in range(rounds):
        waits.append(spent_ms(wait, asked))
        polls.append(spent_ms(poll_by_hand, asked))
        canned_waits.append(spent_ms(wait, hooked))
        canned_by_hand.append(spent_ms(poll_by_hand, hooked))
    what = f"a 10-hour job by the waiter ({count} polls)"
    row(what, median(waits), median(polls), "ms polls by hand", "")
    added, canned_added = (
        median([whole - part for whole, part in zip(*pair, strict=True)])
        for pair in ((waits, polls), (canned_waits, canned_by_hand))
    )
    row("what the waiter adds to its polls", added, canned_added, "ms added to canned ones", "1.2")


def crowd(jobs: int, threads: int) -> tuple[object, float]:
    """All that threads see which make and poll so many jobs, and the drift of the clock in ms."""
    asked = client()
    polls, pause = 2, 60
    seen: dict[str, list[str]] = {}

    def poll(first: int) -> None:
        mine = [f"job-{number}" for number in range(first, jobs, threads)]
        for name in mine:
            asked.create_training_job(**request(name))
        for _ in range(polls):
            time.sleep(pause)
            for name in mine:
                told = asked.describe_training_job(TrainingJobName=name)
                seen.setdefault(name, []).append(told["SecondaryStatus"])

    with simjob.aws.mock(seed=1) as sim:
        crowded = [threading.Thread(target=poll, args=(first,)) for first in range(threads)]
        for each in crowded:
            each.start()
        for each in crowded:
            each.join()
        calls = (1 + polls) * jobs // threads
        expected = polls * pause + calls * sim.world.api.latency.mean
        drift = (sim.now - sim.world.start).total_seconds() - expected
        records = [sim.describe_training_job(TrainingJobName=name) for name in sorted(sim.jobs)]
        return (sim.now, seen, records), drift * 1e3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer calls, rounds and jobs")
    quick = parser.parse_args().quick
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    head("boto3", "botocore", "moto")
    compare_hooks(*(5, 100) if quick else (15, 300))
    compare_moto(*(3, 20) if quick else (9, 100))
    compare_fixture(5 if quick else 15)
    compare_polls(*(5, 100) if quick else (15, 300))
    compare_waiter(5 if quick else 15)
    jobs = 400 if quick else 10_000
    (once, drift), (again, _) = crowd(jobs, 8), crowd(jobs, 8)
    same = "the same" if once == again else "ANOTHER"
    print(
        f"\n{jobs:,} jobs made and polled by 8 threads: the virtual clock drifts by {drift:g} ms,"
    )
    print(f"and a second run has {same} result.")


if __name__ == "__main__":
    main()
