"""How the seam catches aiobotocore's clients, whose emitters are coroutines."""

import asyncio
import random
import subprocess
import sys
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from helpers import request, world

import simjob.aws
from simjob.world import ApiFaults

KEYS = {"region_name": "us-east-1", **simjob.aws.credentials("123456789012")}

both = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])


async def watch(client: Any, name: str = "a", pause: float = 60) -> list[str]:  # noqa: ANN401 - no types of it
    seen: list[str] = []
    await client.create_training_job(**request(name))
    while not seen or seen[-1] not in {"Completed", "Failed", "Stopped"}:
        await asyncio.sleep(pause)
        reply = await client.describe_training_job(TrainingJobName=name)
        seen.append(reply["TrainingJobStatus"])
    return seen


@both
def test_a_job_is_watched_to_its_end(wire: bool) -> None:  # noqa: FBT001 - a case
    @simjob.aws.mock(world(), wire=wire)
    async def run() -> list[str]:
        async with get_session().create_client("sagemaker", **KEYS) as client:
            return await watch(client)

    assert asyncio.run(run())[-1] == "Completed"


@both
def test_many_tasks_wait_at_the_same_time(wire: bool) -> None:  # noqa: FBT001 - a case
    mock = simjob.aws.mock(world(), wire=wire)

    @mock
    async def run() -> object:
        async with get_session().create_client("sagemaker", **KEYS) as client:
            seen = await asyncio.gather(*(watch(client, f"job-{n}") for n in range(10)))
            return seen, mock.sim.now - mock.sim.world.start

    once = asyncio.run(run())
    assert once == asyncio.run(run())
    seen, passed = once  # type: ignore[misc]
    assert {each[-1] for each in seen} == {"Completed"}
    assert passed.total_seconds() == len(seen[0]) * 60.05 + 0.05


@both
def test_a_client_of_before_calls_the_simulation(wire: bool) -> None:  # noqa: FBT001 - a case
    async def run() -> list[str]:
        async with get_session().create_client("sagemaker", **KEYS) as client:
            with simjob.aws.mock(wire=wire) as sim:
                await client.create_training_job(**request())
                return list(sim.jobs)

    before = vars(AioHierarchicalEmitter)["emit_until_response"]
    assert asyncio.run(run()) == ["a"]
    assert vars(AioHierarchicalEmitter)["emit_until_response"] is before


@both
def test_refusals_are_the_exceptions_that_the_client_has(wire: bool) -> None:  # noqa: FBT001 - a case
    async def run() -> None:
        with simjob.aws.mock(wire=wire):
            async with get_session().create_client("sagemaker", **KEYS) as client:
                await client.create_training_job(**request())
                with pytest.raises(client.exceptions.ResourceInUse):
                    await client.create_training_job(**request())
                with pytest.raises(ClientError, match="Requested resource not found"):
                    await client.describe_training_job(TrainingJobName="b")

    asyncio.run(run())


@both
def test_faults(wire: bool) -> None:  # noqa: FBT001 - a case
    faults = {"resets": {"AddTags": 1}, "lost_replies": {"CreateTrainingJob": 1}}
    config = AioConfig(retries={"mode": "standard", "total_max_attempts": 1})

    async def run() -> None:
        with simjob.aws.mock(world(api=ApiFaults(**faults)), wire=wire) as sim:
            async with get_session().create_client("sagemaker", config=config, **KEYS) as client:
                with pytest.raises(ReadTimeoutError):
                    await client.create_training_job(**request())
                assert list(sim.jobs) == ["a"]
                assert (sim.now - sim.world.start).total_seconds() == 60
                with pytest.raises(ConnectionClosedError):
                    await client.add_tags(ResourceArn=sim.jobs["a"].arn, Tags=[])

    asyncio.run(run())


@both
def test_retries_are_on_virtual_time(wire: bool) -> None:  # noqa: FBT001 - a case
    config = AioConfig(retries={"mode": "standard", "total_max_attempts": 5})

    async def run() -> tuple[int, float]:
        throttles = {"DescribeTrainingJob": 0.25}
        with simjob.aws.mock(world(api=ApiFaults(throttles=throttles)), wire=wire) as sim:
            async with get_session().create_client("sagemaker", config=config, **KEYS) as client:
                await client.create_training_job(**request())
                await client.describe_training_job(TrainingJobName="a")
                reply = await client.describe_training_job(TrainingJobName="a")
                retries = reply["ResponseMetadata"]["RetryAttempts"]
                return retries, (sim.now - sim.world.start).total_seconds()

    random.seed(0)  # whence botocore draws its pauses
    if wire:
        retries, passed = asyncio.run(run())
        assert retries > 0
        assert passed >= 4
    else:
        with pytest.raises(ClientError, match="Rate exceeded"):
            asyncio.run(run())


@both
def test_what_is_not_simulated_goes_nowhere(wire: bool) -> None:  # noqa: FBT001 - a case
    async def run() -> None:
        with simjob.aws.mock(wire=wire):
            async with get_session().create_client("s3", **KEYS) as client:
                with pytest.raises(simjob.aws.NotSimulatedError, match="s3 ListBuckets"):
                    await client.list_buckets()
            async with get_session().create_client("sagemaker", **KEYS) as client:
                endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/a"
                with pytest.raises(simjob.aws.NotSimulatedError, match="sagemaker ListTags"):
                    await client.list_tags(ResourceArn=endpoint)

    asyncio.run(run())


def test_a_first_import_inside_is_caught_too() -> None:
    program = """
import asyncio, sys
import simjob.aws

async def main():
    with simjob.aws.mock() as sim:
        assert "aiobotocore" not in sys.modules
        from aiobotocore.session import get_session
        async with get_session().create_client("sts") as client:
            print((await client.get_caller_identity())["Account"])
    from aiobotocore.hooks import AioHierarchicalEmitter as emitter
    print(emitter.emit_until_response.__module__)

asyncio.run(main())
"""
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["123456789012", "aiobotocore.hooks"]
