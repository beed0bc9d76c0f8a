"""aiobotocore: the waiter, a paginator, retries and many tasks, on the time of the event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError
from cases import JOB, REQUEST, Case, living, seconds, world
from conftest import Check

from simjob.world import ApiFaults

CLIENT = "aiobotocore"
VERSIONS = ("aiobotocore", "botocore")

seams = pytest.mark.parametrize("wire", [False, True], ids=["before-call", "before-send"])
modes = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])


@asynccontextmanager
async def client(**config: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - aiobotocore has no types
    async with get_session().create_client("sagemaker", config=AioConfig(**config)) as made:
        yield made


async def create_and_wait(name: str = JOB) -> None:
    async with client() as sagemaker:
        await sagemaker.create_training_job(**{**REQUEST, "TrainingJobName": name})
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        await waiter.wait(TrainingJobName=name)


@seams
def test_create_and_wait(case: str, check: Check, wire: bool) -> None:  # noqa: FBT001 - a case
    with living(case, wire=wire):
        check("the waiter", case, lambda: asyncio.run(create_and_wait()))


@seams
def test_waiters_of_many_tasks_wait_at_the_same_time(wire: bool) -> None:  # noqa: FBT001 - a case
    async def wait_for_all() -> None:
        await asyncio.gather(*(create_and_wait(f"job-{number}") for number in range(20)))

    with living("Completed", wire=wire) as sim:
        asyncio.run(wait_for_all())
        assert {job.status.value for job in sim.jobs.values()} == {"Completed"}
        assert seconds(sim) == pytest.approx(1440, abs=2)


@seams
def test_pages_that_are_filtered_to_nothing_are_not_the_end(wire: bool) -> None:  # noqa: FBT001 - a case
    async def sizes() -> list[int]:
        async with client() as sagemaker:
            for number in range(25):
                name = {"TrainingJobName": f"job-{number}"}
                await sagemaker.create_training_job(**REQUEST | name)
            await sagemaker.stop_training_job(TrainingJobName="job-0")
            await asyncio.sleep(3600)
            pages = sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="Stopped")
            return [len(page["TrainingJobSummaries"]) async for page in pages]

    with living("Completed", wire=wire):
        assert asyncio.run(sizes()) == [0, 0, 1]


@modes
def test_retries_wait_on_virtual_time(mode: str) -> None:
    async def describe_twice() -> int:
        async with client(retries={"mode": mode, "total_max_attempts": 20}) as sagemaker:
            await sagemaker.create_training_job(**REQUEST)
            await sagemaker.describe_training_job(TrainingJobName=JOB)
            reply = await sagemaker.describe_training_job(TrainingJobName=JOB)
            retries: int = reply["ResponseMetadata"]["RetryAttempts"]
            return retries

    throttled = Case(world(api=ApiFaults(throttles={"DescribeTrainingJob": 0.1})))
    with living(throttled) as sim:
        assert asyncio.run(describe_twice()) > 0
        assert seconds(sim) > 10


@modes
def test_a_retried_create_is_refused_by_the_job_that_it_has_made(mode: str) -> None:
    async def create() -> None:
        async with client(retries={"mode": mode}) as sagemaker:
            await sagemaker.create_training_job(**REQUEST)

    lost = Case(world(api=ApiFaults(lost_replies={"CreateTrainingJob": 1})))
    with living(lost) as sim:
        with pytest.raises(ClientError, match="ResourceInUse"):
            asyncio.run(create())
        assert list(sim.jobs) == [JOB]
