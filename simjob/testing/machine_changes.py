"""Rules that change a simulation: create, stop, update and delete jobs, and move the clock.

Each says itself what is to come of it, and that what is refused changes nothing.
"""

from datetime import timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import rule

from simjob.jobs import Job
from simjob.spec.editions import edition
from simjob.spec.errors import ApiError
from simjob.testing.calls import MOMENTS, small_requests
from simjob.testing.invariants import check
from simjob.testing.machine_base import ANY_NAME, ENDED_NAME, NEW_NAME, Json, Machine
from simjob.testing.state import whole_state
from simjob.testing.strategies import requests
from simjob.testing.surroundings import BUCKETS, INSTANCE_TYPES


def spoilt(wanted: Json, how: str) -> Json:
    """A request with one thing wrong."""
    wrong: Json = {
        "name": {"TrainingJobName": "a_b"},
        "type": {"RoleArn": 7},
        "missing": {"OutputDataConfig": None},
        "unknown": {"Colour": "red"},
        "range": {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
        "rule": {
            "EnableManagedSpotTraining": False,
            "StoppingCondition": {"MaxRuntimeInSeconds": 5, "MaxWaitTimeInSeconds": 5},
        },
        "instance": {"ResourceConfig": {**wanted["ResourceConfig"], "InstanceType": "ml.m5.huge"}},
    }
    return {**wanted, **wrong[how]}


def warm_pool(job: Job) -> str | None:
    """The status of a job's warm pool."""
    record: Json = job.record
    status: str | None = record.get("WarmPoolStatus", {}).get("Status")
    return status


class Changes(Machine):
    """The rules that change something."""

    # Creating.

    def create(self, wanted: Json) -> None:
        """Create a job: it is there, or refused for a reason that there is."""
        sim = self.sim
        before, jobs, excuses = whole_state(sim), len(sim.jobs), self.excuses(wanted)
        try:
            reply = sim.create_training_job(**wanted)
        except ApiError as error:
            assert error.code in excuses, error  # noqa: PT017 - which ones depends on the state
            assert whole_state(sim) == before
        else:
            assert not excuses
            name = wanted["TrainingJobName"]
            assert reply == {"TrainingJobArn": sim.jobs[name].arn}
            assert len(sim.jobs) == jobs + 1
            assert sim.jobs[name].secondary_status == "Starting"

    def excuses(self, wanted: Json) -> set[str]:
        """The first reason for which the service may refuse a request that is valid in itself."""
        world, name = self.sim.world, wanted["TrainingJobName"].lower()
        if name in {each.lower() for each in self.sim.jobs}:
            return {"ResourceInUse"}
        if self.edition_name == "live" and world.storage.prefixes:
            sources = [each["DataSource"] for each in wanted.get("InputDataConfig", ())]
            uris = [each["S3DataSource"]["S3Uri"] for each in sources if "S3DataSource" in each]
            if BUCKETS[2] in uris:
                return {"ValidationException"}
        instances = wanted["ResourceConfig"]
        on_spot = bool(wanted.get("EnableManagedSpotTraining"))
        limit = (world.quotas.spot if on_spot else world.quotas.on_demand).get(
            instances["InstanceType"]
        )
        used = 0
        for job in self.sim.jobs.values():
            config: Any = job._job.request.ResourceConfig
            same = (config.InstanceType, job._job.asked.spot) == (
                instances["InstanceType"],
                on_spot,
            )
            used += config.InstanceCount if same and not job.ended else 0
        over = limit is not None and used + instances["InstanceCount"] > limit
        return {"ResourceLimitExceeded"} if over else set()

    @rule(
        wanted=small_requests(NEW_NAME),
        retries=st.sampled_from((None, None, 1, 3)),
        keep_alive=st.sampled_from((None, None, 0, 30, 900)),
    )
    def create_small(self, wanted: Json, retries: int | None, keep_alive: int | None) -> None:
        """A request that meets the others, perhaps on their instances."""
        if self.edition_name == "live" and keep_alive is not None:
            instances = {"InstanceType": INSTANCE_TYPES[0], "InstanceCount": 1}
            wanted["ResourceConfig"] |= {**instances, "KeepAlivePeriodInSeconds": keep_alive}
            wanted["EnableManagedSpotTraining"] = False
            wanted["StoppingCondition"].pop("MaxWaitTimeInSeconds", None)
        if self.edition_name == "live" and retries:
            wanted["RetryStrategy"] = {"MaximumRetryAttempts": retries}
        self.create(wanted)

    @rule(data=st.data())
    def create_any(self, data: st.DataObject) -> None:
        """Any valid request, but for its limits, which keep a run short."""
        wanted: Json = data.draw(requests(edition(self.edition_name).column))
        limits = wanted["StoppingCondition"]
        limits["MaxRuntimeInSeconds"] = min(limits["MaxRuntimeInSeconds"], 3600)
        if "MaxWaitTimeInSeconds" in limits:
            limits["MaxWaitTimeInSeconds"] = 7200
        self.create(wanted)

    @rule(
        wanted=small_requests(NEW_NAME),
        how=st.sampled_from(("name", "type", "missing", "unknown", "range", "rule", "instance")),
    )
    def create_wrong(self, wanted: Json, how: str) -> None:
        """A request with one thing wrong."""
        call = self.sim.create_training_job
        self.refused({"ValidationException"}, call, **spoilt(wanted, how))

    # The clock.

    @rule(by=MOMENTS)
    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        before = self.sim.now
        self.sim.advance(by)
        assert self.sim.now == before + by

    @rule(off=st.sampled_from((-1, 0, 1)))
    def advance_to_next(self, off: int) -> None:
        """To the instant of the next event, and a millisecond to either side of it."""
        env = self.sim._engine.env
        next_ms = env.peek()
        assume(env.now <= next_ms + off < env.now + 10**9)
        self.sim.advance(milliseconds=next_ms + off - env.now)

    @rule(wrong=st.sampled_from((-1, -0.001, float("nan"), float("inf"), 1e300)))
    def advance_wrongly(self, wrong: float) -> None:
        """No step of the clock goes back, or nowhere."""
        before = whole_state(self.sim)
        try:
            self.sim.advance(seconds=wrong)
        except ValueError:
            assert whole_state(self.sim) == before
        else:
            raise AssertionError(wrong)

    @rule()
    def branch(self) -> None:
        """A branch has lived the same, and what becomes of it is its own affair."""
        sim = self.sim
        before, branch = whole_state(sim), sim.branch()
        assert [job.record for job in branch.jobs.values()] == [
            job.record for job in sim.jobs.values()
        ]
        assert branch.now == sim.now
        branch.run()
        check(branch)
        assert whole_state(sim) == before

    # Stopping.

    def stop_any(self, name: str) -> None:
        """Stop a job, which is there and lives, or be refused."""
        sim = self.sim
        if name not in sim.jobs:
            self.refused(self.unknown, sim.stop_training_job, TrainingJobName=name)
        elif sim.jobs[name].ended:
            self.refused({"ValidationException"}, sim.stop_training_job, TrainingJobName=name)
        else:
            assert sim.stop_training_job(TrainingJobName=name) == {}
            assert sim.jobs[name].status in {"Stopping", "Stopped"}

    @rule(name=ANY_NAME)
    def stop(self, name: str) -> None:
        """Stop a job."""
        self.stop_any(name)

    @rule(name=ANY_NAME)
    def stop_twice(self, name: str) -> None:
        """The second stop changes nothing."""
        self.stop_any(name)
        if name in self.sim.jobs and not self.sim.jobs[name].ended:
            before = whole_state(self.sim)
            self.sim.stop_training_job(TrainingJobName=name)
            assert whole_state(self.sim) == before

    @rule(name=ANY_NAME, after=MOMENTS)
    def stop_later(self, name: str, after: timedelta) -> None:
        """Stop a job from inside the clock."""
        self.sim.at(after, lambda: self.stop_any(name))

    # Changing and deleting.

    @rule(
        name=ANY_NAME,
        change=st.sampled_from(
            (
                {"ProfilerConfig": {"DisableProfiler": True}},
                {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
            )
        ),
    )
    def update(self, name: str, change: Json) -> None:
        """Change a job, which only the live edition can, while it runs."""
        sim, given = self.sim, {"TrainingJobName": name, **change}
        (member,) = change
        if self.edition_name != "live":
            self.refused({"UnknownOperationException"}, sim.update_training_job, **given)
            return
        job = sim.jobs.get(name)
        able = job is not None and job.status == "InProgress"
        if able and member == "RemoteDebugConfig":
            able = job is not None and job.secondary_status in {"Downloading", "Training"}
        if not able or job is None:
            self.refused({"ValidationException"}, sim.update_training_job, **given)
            return
        assert sim.update_training_job(**given) == {"TrainingJobArn": job.arn}
        assert job.record[member] == change[member]

    @rule(name=ENDED_NAME | ANY_NAME, seconds=st.sampled_from((0, 60, 21_600)))
    def keep_alive(self, name: str, seconds: int) -> None:
        """Change how long the instances of a job are kept, which was created to keep them."""
        sim, change = self.sim, {"KeepAlivePeriodInSeconds": seconds}
        given = {"TrainingJobName": name, "ResourceConfig": change}
        job = sim.jobs.get(name)
        if self.edition_name != "live":
            self.refused({"UnknownOperationException"}, sim.update_training_job, **given)
            return
        record: Json = job.record if job else {}
        kept = record.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds")
        able = job is not None and (job.status == "InProgress" or warm_pool(job) == "Available")
        if not (able and kept):
            self.refused({"ValidationException"}, sim.update_training_job, **given)
            return
        sim.update_training_job(**given)
        changed: Any = sim.describe_training_job(TrainingJobName=name)
        assert changed["ResourceConfig"]["KeepAlivePeriodInSeconds"] == seconds
        if not seconds and sim.jobs[name].ended:
            assert warm_pool(sim.jobs[name]) == "Terminated"

    @rule(name=ENDED_NAME | ANY_NAME)
    def delete(self, name: str) -> None:
        """Delete a job, which only the live edition can, after its end."""
        sim = self.sim
        if self.edition_name != "live":
            codes = {"UnknownOperationException"}
        elif name not in sim.jobs:
            codes = self.unknown
        elif not sim.jobs[name].ended or warm_pool(sim.jobs[name]) == "Available":
            codes = {"ResourceInUse"}
        else:
            others = [each for each in sim.jobs if each != name]
            assert sim.delete_training_job(TrainingJobName=name) == {}
            assert [*sim.jobs] == others
            assert sim.deleted[-1].name == name
            self.refused(self.unknown, sim.describe_training_job, TrainingJobName=name)
            return
        self.refused(codes, sim.delete_training_job, TrainingJobName=name)
