"""Random lives in random worlds: after every call all invariants hold, and refusals change nothing.

The machine calls all that there is to call, with valid and invalid input, moves the clock, and at
the end lets everything happen that still will.
"""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest
import simpy
from helpers import (
    EDITIONS,
    Json,
    channel,
    course,
    request,
    resources,
    spot,
    whole_state,
    world,
)
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from simjob import ApiError, Container, Sigterm, Simulation, Workload, WorkloadRule, World
from simjob.spec.editions import edition
from simjob.testing.invariants import Watch, check
from simjob.testing.strategies import requests
from simjob.testing.worlds import BUCKETS, DENIED_ROLE, INSTANCE_TYPES, worlds
from simjob.world import (
    Capacity,
    Constant,
    InternalError,
    Outage,
    S3Prefix,
    SpotMarket,
    Storage,
)

Script = Generator[simpy.Event, object, int | None]


def careful(container: Container) -> Script:
    first = container.checkpoint if isinstance(container.checkpoint, int) else 0
    try:
        for step in range(first, 10):
            yield container.wait(seconds=30)
            container.log(f"step {step} loss={1 / (step + 1)}")
            container.save_checkpoint(step + 1)
    except Sigterm:
        yield container.wait(seconds=20)
    container.write_model(bytes=10**7)


def stubborn(container: Container) -> Script:
    container.ignore_sigterm()
    yield container.wait(minutes=10)


def crashing(container: Container) -> Script:
    yield container.wait(seconds=5)
    raise RuntimeError("no luck")


def failing(container: Container) -> Script:
    yield container.wait(seconds=container.host)
    container.write_failure("bad data")
    return 3


RULES = tuple(
    WorkloadRule(Workload(run=run), name=name)
    for run, name in ((careful, "g*"), (stubborn, "h*"), (crashing, "i*"), (failing, "j*"))
)
NAMES = st.sampled_from(("a1", "a2", "A1", "b1", "b2", "c1", "c2", "g1", "g2", "h1", "i1", "j1"))
MOMENTS = st.one_of(
    st.sampled_from((0, 1, 999, 1000, 30_000, 120_000, 600_000, 3_600_000)),
    st.integers(0, 900_000),
).map(lambda ms: timedelta(milliseconds=ms))
LOSS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
TAGS = st.lists(
    st.fixed_dictionaries({"Key": st.sampled_from("xyz"), "Value": st.sampled_from("12")}),
    max_size=3,
)


@st.composite
def small_requests(draw: st.DrawFn) -> Json:
    """Requests that meet each other: few names, two instance types, short limits."""
    mode = draw(st.sampled_from(("File", "Pipe")))
    wanted = request(
        draw(NAMES),
        AlgorithmSpecification={
            "TrainingImage": "image",
            "TrainingInputMode": mode,
            "MetricDefinitions": LOSS,
        },
        ResourceConfig=resources(draw(st.sampled_from(INSTANCE_TYPES)), draw(st.integers(1, 4))),
        StoppingCondition={"MaxRuntimeInSeconds": draw(st.sampled_from((1, 60, 400, 3600)))},
    )
    uris = draw(st.lists(st.sampled_from((*BUCKETS, BUCKETS[0])), max_size=2))
    if uris:
        wanted["InputDataConfig"] = [channel(uri, f"c{at}") for at, uri in enumerate(uris)]
    if draw(st.integers(0, 4)) == 0:
        wanted["RoleArn"] = DENIED_ROLE
    if draw(st.integers(0, 6)) == 0:
        wanted["OutputDataConfig"] = {"S3OutputPath": BUCKETS[1]}
    if draw(st.booleans()):
        run = wanted["StoppingCondition"]["MaxRuntimeInSeconds"]
        wanted |= spot(run, run + draw(st.sampled_from((0, 30, 1000, 7200))))
    if draw(st.booleans()):
        wanted["CheckpointConfig"] = {"S3Uri": "s3://plain/checkpoints"}
    return wanted


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
        "instance": {"ResourceConfig": resources("ml.m5.huge")},
    }
    return {**wanted, **wrong[how]}


class Lives(RuleBasedStateMachine):
    """One simulation; the subclasses say of which edition."""

    edition_name: str

    @initialize(
        world=worlds(rules=RULES), seed=st.integers(0, 2**32), calls=st.lists(MOMENTS, max_size=2)
    )
    def begin(self, world: World, seed: int, calls: list[timedelta]) -> None:
        self.sim = Simulation(world, seed=seed, edition=self.edition_name)
        self.watch = Watch(self.sim)
        self.heard: list[tuple[str, str]] = []
        self.sim.subscribe(lambda step: self.heard.append((step.job.name, step.status.value)))
        for at in calls:
            self.sim.at(at, self.watch.check)

    def refused(self, codes: set[str], call: Callable[..., object], **given: object) -> None:
        """The call is refused with one of the codes, and nothing has changed."""
        before = whole_state(self.sim)
        try:
            call(**given)
        except ApiError as error:
            assert error.code in codes  # noqa: PT017 - which codes there are depends on the state
        else:
            raise AssertionError(f"{call} took {given}")
        assert whole_state(self.sim) == before

    @property
    def unknown(self) -> set[str]:
        return {"ValidationException" if self.edition_name == "live" else "ResourceNotFound"}

    # Creating.

    def create(self, wanted: Json) -> None:
        sim = self.sim
        before, jobs, excuses = whole_state(sim), len(sim.jobs), self.excuses(wanted)
        try:
            reply = sim.create_training_job(**wanted)
        except ApiError as error:
            assert error.code in excuses, error  # noqa: PT017 - as above
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
            same = (config.InstanceType, job._job.spot) == (instances["InstanceType"], on_spot)
            used += config.InstanceCount if same and not job.ended else 0
        over = limit is not None and used + instances["InstanceCount"] > limit
        return {"ResourceLimitExceeded"} if over else set()

    @rule(wanted=small_requests(), retries=st.sampled_from((None, None, 1, 3)))
    def create_small(self, wanted: Json, retries: int | None) -> None:
        if self.edition_name == "live" and retries:
            wanted["RetryStrategy"] = {"MaximumRetryAttempts": retries}
        self.create(wanted)

    @rule(data=st.data())
    def create_any(self, data: st.DataObject) -> None:
        wanted: Json = data.draw(requests(edition(self.edition_name).column))
        limits = wanted["StoppingCondition"]
        limits["MaxRuntimeInSeconds"] = min(limits["MaxRuntimeInSeconds"], 3600)
        if "MaxWaitTimeInSeconds" in limits:
            limits["MaxWaitTimeInSeconds"] = 7200
        self.create(wanted)

    @rule(
        wanted=small_requests(),
        how=st.sampled_from(("name", "type", "missing", "unknown", "range", "rule", "instance")),
    )
    def create_wrong(self, wanted: Json, how: str) -> None:
        call = self.sim.create_training_job
        self.refused({"ValidationException"}, call, **spoilt(wanted, how))

    # The clock.

    @rule(by=MOMENTS)
    def advance(self, by: timedelta) -> None:
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
        before = whole_state(self.sim)
        try:
            self.sim.advance(seconds=wrong)
        except ValueError:
            assert whole_state(self.sim) == before
        else:
            raise AssertionError(wrong)

    # Stopping.

    def stop_any(self, name: str) -> None:
        sim = self.sim
        if name not in sim.jobs:
            self.refused(self.unknown, sim.stop_training_job, TrainingJobName=name)
        elif sim.jobs[name].ended:
            self.refused({"ValidationException"}, sim.stop_training_job, TrainingJobName=name)
        else:
            assert sim.stop_training_job(TrainingJobName=name) == {}
            assert sim.jobs[name].status in {"Stopping", "Stopped"}

    @rule(name=NAMES)
    def stop(self, name: str) -> None:
        self.stop_any(name)

    @rule(name=NAMES)
    def stop_twice(self, name: str) -> None:
        self.stop_any(name)
        if name in self.sim.jobs and not self.sim.jobs[name].ended:
            before = whole_state(self.sim)
            self.sim.stop_training_job(TrainingJobName=name)
            assert whole_state(self.sim) == before

    @rule(name=NAMES, after=MOMENTS)
    def stop_later(self, name: str, after: timedelta) -> None:
        self.sim.at(after, lambda: self.stop_any(name))

    # Changing and deleting.

    @rule(
        name=NAMES,
        change=st.sampled_from(
            (
                {"ProfilerConfig": {"DisableProfiler": True}},
                {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
            )
        ),
    )
    def update(self, name: str, change: Json) -> None:
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

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        sim = self.sim
        if self.edition_name != "live":
            codes = {"UnknownOperationException"}
        elif name not in sim.jobs:
            codes = self.unknown
        elif not sim.jobs[name].ended:
            codes = {"ResourceInUse"}
        else:
            others = [each for each in sim.jobs if each != name]
            assert sim.delete_training_job(TrainingJobName=name) == {}
            assert [*sim.jobs] == others
            assert sim.deleted[-1].name == name
            self.refused(self.unknown, sim.describe_training_job, TrainingJobName=name)
            return
        self.refused(codes, sim.delete_training_job, TrainingJobName=name)

    # Reading.

    @rule(
        by=st.sampled_from(("TrainingJobName", "TrainingEndTime", "ResourceConfig.InstanceCount")),
        direction=st.sampled_from(("Ascending", "Descending")),
        status=st.sampled_from(("Completed", "InProgress", "Stopped")),
    )
    def search(self, by: str, direction: str, status: str) -> None:
        filters = [{"Name": "TrainingJobStatus", "Operator": "Equals", "Value": status}]
        given: Json = {
            "Resource": "TrainingJob",
            "SearchExpression": {"Filters": filters},
            "SortBy": by,
            "SortOrder": direction,
            "MaxResults": 2,
        }
        found: list[str] = []
        while True:
            page: Any = self.sim.search(**given)
            found += [each["TrainingJob"]["TrainingJobName"] for each in page["Results"]]
            if "NextToken" not in page:
                break
            assert len(found) <= len(self.sim.jobs), "pages without end"
            given["NextToken"] = page["NextToken"]
        assert sorted(found) == sorted(
            n for n, job in self.sim.jobs.items() if job.status == status
        )

    @rule(name=NAMES)
    def describe(self, name: str) -> None:
        sim = self.sim
        before = whole_state(sim)
        if name in sim.jobs:
            reply = sim.describe_training_job(TrainingJobName=name)
            assert reply == sim.jobs[name].record
            reply.clear()
        else:
            self.refused(self.unknown, sim.describe_training_job, TrainingJobName=name)
        assert whole_state(sim) == before

    @rule(
        by=st.sampled_from(("Name", "CreationTime", "Status")),
        direction=st.sampled_from(("Ascending", "Descending")),
        size=st.integers(1, 4),
        contains=st.sampled_from(("a", "1", "zzz")),
    )
    def list_all(self, by: str, direction: str, size: int, contains: str) -> None:
        given: Json = {"SortBy": by, "SortOrder": direction, "MaxResults": size}
        seen: list[str] = []
        while True:
            page: Any = self.sim.list_training_jobs(NameContains=contains, **given)
            seen += [row["TrainingJobName"] for row in page["TrainingJobSummaries"]]
            if "NextToken" not in page:
                break
            assert len(seen) <= len(self.sim.jobs), "pages without end"
            given["NextToken"] = page["NextToken"]
        assert sorted(seen) == sorted(name for name in self.sim.jobs if contains in name)
        if by == "Name":
            assert seen == sorted(seen, reverse=direction == "Descending")

    @rule(
        wrong=st.sampled_from(
            (
                {"MaxResults": 0},
                {"MaxResults": 101},
                {"SortBy": "Colour"},
                {"NextToken": "nonsense"},
                {"NameContains": "a_b"},
                {"StatusEquals": "Asleep"},
                {"CreationTimeAfter": "yesterday"},
            )
        )
    )
    def list_wrongly(self, wrong: Json) -> None:
        self.refused({"ValidationException"}, self.sim.list_training_jobs, **wrong)

    # Tags.

    def arn(self, name: str) -> str:
        if name in self.sim.jobs:
            return self.sim.jobs[name].arn
        return "arn:aws:sagemaker:us-east-1:123456789012:training-job/nobody"

    @rule(name=NAMES, tags=TAGS)
    def add_tags(self, name: str, tags: list[dict[str, str]]) -> None:
        given: Json = {"ResourceArn": self.arn(name), "Tags": tags}
        keys = [tag["Key"] for tag in tags]
        if name not in self.sim.jobs:
            self.refused(self.unknown, self.sim.add_tags, **given)
        elif len(set(keys)) < len(keys):
            self.refused({"ValidationException"}, self.sim.add_tags, **given)
        else:
            before = self.sim.jobs[name].tags
            self.sim.add_tags(**given)
            new = {tag["Key"]: tag["Value"] for tag in tags}
            assert self.sim.jobs[name].tags == {**before, **new}

    @rule(name=NAMES, keys=st.lists(st.sampled_from("xyz"), min_size=1, max_size=2))
    def delete_tags(self, name: str, keys: list[str]) -> None:
        given: Json = {"ResourceArn": self.arn(name), "TagKeys": keys}
        if name in self.sim.jobs:
            self.sim.delete_tags(**given)
            assert not {*keys} & {*self.sim.jobs[name].tags}
        else:
            self.refused(self.unknown, self.sim.delete_tags, **given)

    @precondition(lambda self: self.sim.jobs)
    @rule(name=NAMES)
    def list_tags(self, name: str) -> None:
        given: Json = {"ResourceArn": self.arn(name)}
        if name in self.sim.jobs:
            tags: Any = self.sim.list_tags(**given)["Tags"]
            assert {tag["Key"]: tag["Value"] for tag in tags} == self.sim.jobs[name].tags
        else:
            self.refused(self.unknown, self.sim.list_tags, **given)

    # Always, and in the end.

    @invariant()
    def holds(self) -> None:
        self.watch.check()

    def teardown(self) -> None:
        if not hasattr(self, "sim"):
            return
        sim = self.sim
        sim.run()
        self.watch.check()
        pools = sim._engine.fleet.pools
        queued = {id(claim) for pool in pools.values() for claim in pool.waiting}
        for name, job in sim.jobs.items():
            if not job.ended:
                assert job.secondary_status in {"Starting", "Pending"}, name
                assert id(sim._plane.jobs[name].life.claim) in queued, name
        for key, pool in pools.items():
            assert pool.in_use == 0, key
            assert not pool.waiting or pool.waiting[0].count > pool.size, key
        jobs = (*sim.jobs.values(), *sim.deleted)
        made = [(job.name, phase.status.value) for job in jobs for phase in job.history]
        assert sorted(self.heard) == sorted(made)


class DocumentedLives(Lives):
    edition_name = "documented"


class LiveLives(Lives):
    edition_name = "live"


class RetiredLives(Lives):
    edition_name = "retired"


# Courses that random lives seldom meet.


@pytest.mark.parametrize("edition_name", EDITIONS)
def test_a_denied_upload_fails_the_job(edition_name: str) -> None:
    storage = Storage(prefixes=[S3Prefix("s3://bucket/out", access="denied")])
    sim = Simulation(world(storage=storage), edition=edition_name)
    sim.create_training_job(**request())
    sim.run()
    assert course(sim).endswith("Training > Uploading > Failed")
    record = sim.describe_training_job(TrainingJobName="a")
    assert record["FailureReason"] == (
        "ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied"
    )


@pytest.mark.parametrize("capacity", [0, 1])
def test_a_stop_in_the_queue_lets_the_others_run(capacity: int) -> None:
    """Nothing is left to happen only when the other jobs, and those behind it, have ended."""
    kind = "ml.p3.2xlarge"
    sim = Simulation(world(capacity=Capacity(on_demand={kind: capacity})), edition="live")
    sim.create_training_job(**request("a", ResourceConfig=resources(kind, 2)))
    if capacity:
        sim.create_training_job(**request("behind", ResourceConfig=resources(kind)))
    sim.create_training_job(**request("other"))
    sim.advance(seconds=1)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    assert [job.status for job in sim.jobs.values()] == [
        "Stopped",
        *["Completed"] * (capacity + 1),
    ]
    check(sim)


def test_an_interruption_foreseen_does_not_outlive_a_retry() -> None:
    """Ready at 30, interruption due at 210; the retry launches from 200 to 230."""
    market = SpotMarket(uptime=Constant(180))
    errors = [InternalError(after=100)]
    sim = Simulation(world(internal_errors=errors, spot=market), edition="live")
    retry = {"RetryStrategy": {"MaximumRetryAttempts": 1}}
    sim.create_training_job(**request(**retry, **spot()))
    sim.advance(seconds=229)
    assert course(sim) == "Starting > Downloading > Training > Starting"
    sim.advance(seconds=1)
    assert course(sim) == "Starting > Downloading > Training > Starting > Downloading"
    check(sim)


@pytest.mark.parametrize("end", [0.0004, 100.0004, 99.9996, 100])
def test_the_end_of_an_outage_is_rounded_like_every_time(end: float) -> None:
    sim = Simulation(world(spot=SpotMarket(outages=[Outage(0, end)])))
    sim.create_training_job(**request(**spot()))
    sim._engine.clock.quicken()
    for _ in range(100):
        if sim.jobs["a"].secondary_status != "Starting":
            break
        sim._engine.env.step()
    assert course(sim) == "Starting > Training"
    assert sim.now == sim.world.start + timedelta(seconds=30 + round(end))


def test_a_failure_while_the_image_is_pulled_does_not_turn_the_clock_back() -> None:
    """In `documented` the container starts 40 s after Training; the error comes at 30 s or 35 s."""
    for after in (0, 5):
        script = Workload(run=stubborn)
        sim = Simulation(
            world(default_workload=script, internal_errors=[InternalError(after=after)])
        )
        sim.create_training_job(**request())
        watch = Watch(sim)
        sim.subscribe(lambda _, look=watch.check: look())
        sim.run()
        assert course(sim) == "Starting > Training > Failed"
        assert sim.now == sim.world.start + timedelta(seconds=30 + after)


TestDocumented = DocumentedLives.TestCase
TestLive = LiveLives.TestCase
TestRetired = RetiredLives.TestCase
