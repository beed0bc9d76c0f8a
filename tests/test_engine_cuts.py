"""The courses of failure, limits, spot interruptions and capacity, in each edition.

The short notation and the constants of the world are explained in `jobs_for_tests`.
"""

import itertools
from datetime import timedelta
from typing import Any

import attrs
import pytest
from jobs_for_tests import (
    BUCKET,
    ROLE,
    channel,
    course,
    instances,
    latencies,
    messages,
    read,
    record,
    request,
    simulate,
    spot,
    world,
)

from simjob import ApiError, Simulation, Workload
from simjob.spec.statuses import Cause
from simjob.world import (
    Capacity,
    Constant,
    Draws,
    Empirical,
    InternalError,
    Launches,
    Lognormal,
    Outage,
    Purpose,
    S3Prefix,
    SpotMarket,
    Storage,
)

NO_CAPACITY = "Insufficient capacity error from EC2 while launching instances, retrying!"
UNHEALTHY = "Launched instance was unhealthy, replacing it!"
PREPARING = "Preparing the instances for training"
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
NO_MEMORY = (
    "ClientError: Please use an instance type with more memory, "
    "or reduce the size of training data processed on an instance."
)
LACKING = "permission to perform s3:ListBucket."
DENIED = "ClientError: Data download failed:403 Forbidden (403): Forbidden"
NO_UPLOAD = "ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied"
GPU = "ml.p3.2xlarge"


def storage(**prefixes: Any) -> Storage:  # noqa: ANN401 - a literal
    """Storage in which some prefixes are denied or missing."""
    named = [S3Prefix(f"{BUCKET}/{name}", access=each) for name, each in prefixes.items()]
    return Storage(seconds_per_object=0, prefixes=named)


def failed(sim: Simulation, reason: str, name: str = "job") -> bool:
    """Whether the job has failed for this reason, and its record says nothing else."""
    reply = record(sim, name)
    assert reply["FailureReason"] == reason
    assert "ModelArtifacts" not in reply
    assert messages(sim, name)[-1] == "Training job failed"
    return bool(reply["TrainingJobStatus"] == reply["SecondaryStatus"] == "Failed")


# Failures, phase by phase.

FAILURES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "documented",
        {"denied_roles": ["*:role/train*"]},
        "S0 Failed0",
        f"ClientError: The execution role ARN {ROLE} does not have {LACKING}",
    ),
    ("documented", {"storage": storage(train="denied")}, "S0 D60 Failed90", DENIED),
    ("live", {"storage": storage(train="denied")}, "S0 D60 Failed90", DENIED),
    ("retired", {"storage": storage(train="denied")}, "S0 L0 R40 D60 Failed90", DENIED),
    (
        "documented",
        {"storage": storage(train="missing")},
        "S0 D60 Failed90",
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{BUCKET}/train"',
    ),
    ("documented", {"storage": storage(out="denied")}, "S0 D60 T90 U440 Failed450", NO_UPLOAD),
    ("live", {"storage": storage(out="denied")}, "S0 D60 T140 U440 Failed450", NO_UPLOAD),
    (
        "documented",
        {"default_workload": Workload(duration=300, exit_code=1)},
        "S0 D60 T90 Failed440",
        "AlgorithmError: , exit code: 1",
    ),
    (
        "live",
        {"default_workload": Workload(duration=300, exit_code=127, fails_after=10)},
        "S0 D60 T140 U150 Failed160",
        "AlgorithmError: , exit code: 127",
    ),
    (
        "retired",
        {"default_workload": Workload(duration=300, exit_code=1, failure="no such file")},
        "S0 L0 R40 D60 G90 T140 Failed440",
        "AlgorithmError: no such file, exit code: 1",
    ),
    (
        "documented",
        {"default_workload": Workload(duration=300, memory_bytes=10**15, fails_after=7)},
        "S0 D60 T90 Failed147",
        NO_MEMORY,
    ),
    (
        "live",
        {"default_workload": Workload(duration=300, memory_bytes=10**15)},
        "S0 D60 T140 U440 Failed450",
        NO_MEMORY,
    ),
    (
        "documented",
        {"internal_errors": [InternalError("jo*", after=100)]},
        "S0 D60 T90 Failed190",
        INTERNAL,
    ),
    (
        "live",
        {"internal_errors": [InternalError("jo*", after=100)]},
        "S0 D60 T140 U240 Failed250",
        INTERNAL,
    ),
    (
        "documented",
        {"launches": Launches(instance_failure=Constant(20))},
        "S0 D60 T90 Failed110",
        INTERNAL,
    ),
]


@pytest.mark.parametrize(("edition", "changes", "expected", "reason"), FAILURES)
def test_failure(edition: str, changes: dict[str, Any], expected: str, reason: str) -> None:
    sim = simulate(edition, request(), **changes)
    assert course(sim) == read(expected)
    assert failed(sim, reason)
    reply = record(sim)
    end = read(expected)[-1][1]
    if end:
        assert reply["TrainingStartTime"] == reply["CreationTime"] + 60
        assert reply["TrainingEndTime"] == reply["CreationTime"] + end
    else:
        assert "TrainingStartTime" not in reply
        assert "TrainingEndTime" not in reply
    assert sim.jobs["job"].bill.billable_seconds == max(0, end - 60)


def test_a_denied_role_in_a_vpc() -> None:
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    sim = simulate("live", request(VpcConfig=vpc), denied_roles=[ROLE])
    assert course(sim) == read("S0 Failed0")
    assert record(sim)["FailureReason"].endswith("to perform ec2:DescribeSubnets.")


def test_missing_data_is_refused_at_once_in_the_live_edition() -> None:
    sim = Simulation(world(storage=storage(train="missing")), edition="live")
    with pytest.raises(ApiError, match="No S3 objects found under S3 URL") as refused:
        sim.create_training_job(**request())
    assert refused.value.code == "ValidationException"
    assert len(sim.jobs) == 0


def test_data_in_pipe_mode_fails_in_training() -> None:
    pipe = request(InputDataConfig=[channel("Pipe")])
    sim = simulate("documented", pipe, storage=storage(train="denied"))
    assert course(sim) == read("S0 T60 Failed110")
    assert failed(sim, DENIED)


def test_the_failure_file_is_cut_to_its_first_characters() -> None:
    text = "first words " + "x" * 2000 + " last words"
    workload = Workload(duration=300, exit_code=3, failure=text)
    reason = record(simulate("documented", request(), default_workload=workload))["FailureReason"]
    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: first words xxx")
    just = "y" * (1024 - len("AlgorithmError: ") - len(", exit code: 3"))
    workload = Workload(duration=300, exit_code=3, failure=just)
    reason = record(simulate("documented", request(), default_workload=workload))["FailureReason"]
    assert reason == f"AlgorithmError: {just}, exit code: 3"


@pytest.mark.parametrize(
    ("attempts", "retries", "expected"),
    [
        (1, 1, "S0 D60 T140 S240 D300 T380 U680 Completed690"),
        (2, 1, "S0 D60 T140 S240 D300 T380 U480 Failed490"),
        (2, 2, "S0 D60 T140 S240 D300 T380 S480 D540 T620 U920 Completed930"),
    ],
)
def test_internal_errors_are_retried(attempts: int, retries: int, expected: str) -> None:
    wanted = request(RetryStrategy={"MaximumRetryAttempts": retries})
    sim = simulate("live", wanted, internal_errors=[InternalError(attempts=attempts, after=100)])
    assert course(sim) == read(expected)
    if expected.endswith("Failed490"):
        assert failed(sim, INTERNAL)


def test_an_interruption_that_was_due_is_forgotten_with_its_instances() -> None:
    """The market would have taken them back at 260, but they failed at 240: nothing to take."""
    sim = simulate(
        "live",
        spot(RetryStrategy={"MaximumRetryAttempts": 1}),
        internal_errors=[InternalError(after=100)],
        spot=SpotMarket(outages=[Outage(260, 270)]),
    )
    assert course(sim) == read("S0 D60 T140 S240 D300 T380 U680 Completed690")


# Several instances.


def test_the_slowest_instance_decides_when_training_begins() -> None:
    launching = Empirical([40, 50, 70, 100])
    tables = attrs.evolve(latencies(), launching={"*": launching}, downloading={"*": launching})
    work = Empirical([10, 20, 30, 40, 50])
    sim = simulate(
        "documented",
        request(ResourceConfig=instances(4)),
        latencies=tables,
        default_workload=Workload(duration=work),
        seed=5,
    )
    draws = Draws(5)
    launches = [draws.sample(launching, "job", Purpose.LAUNCH, host) for host in range(4)]
    assert len(set(launches)) > 1
    ready = max(launches) + 20
    data = max(draws.sample(launching, "job", Purpose.DOWNLOAD, host) for host in range(4))
    train = draws.sample(work, "job", Purpose.TRAIN)
    steps = [0, ready, ready + data, ready + data + 50 + train, ready + data + 50 + train + 10]
    assert [at for _, at in course(sim)] == [round(each, 3) for each in steps]
    spans = sim.jobs["job"].timeline.instances
    offsets = [round((each.ready - sim.world.start).total_seconds(), 3) for each in spans]  # type: ignore[operator]
    assert offsets == [round(each + 20, 3) for each in launches]


def test_one_failing_host_fails_the_job() -> None:
    work = Empirical([10, 20, 30, 40, 50])
    one = Workload(duration=work, exit_code=9, failing_hosts=(3,))
    sim = simulate("documented", request(ResourceConfig=instances(4)), default_workload=one)
    drawn = Draws(0).sample(work, "job", Purpose.TRAIN)
    assert course(sim)[-1] == ("Failed", round(140 + drawn, 3))
    assert failed(sim, "AlgorithmError: , exit code: 9")
    sim = simulate("documented", request(ResourceConfig=instances(2)), default_workload=one)
    assert course(sim)[-1][0] == "Completed"


def test_unhealthy_instances_are_replaced() -> None:
    launches = Launches(unhealthy_probability=0.5)
    for edition in ("documented", "live"):
        sim = Simulation(world(launches=launches), edition=edition, seed=3)
        for number in range(40):
            sim.create_training_job(**request(f"job-{number}"))
        sim.advance(seconds=40)
        texts = {messages(sim, name)[-1] for name in sim.jobs}
        assert texts == {PREPARING, UNHEALTHY}
        sim.run()
        starts = {course(sim, name)[1][1] for name in sim.jobs}
        assert starts <= {60 + 40.0 * bad for bad in range(20)}
        assert len(starts) > 2
        assert {messages(sim, name)[0] for name in sim.jobs} == {PREPARING}


# Limits.


@pytest.mark.parametrize(
    ("edition", "lag", "expected"),
    [
        ("documented", 0, "S0 D60 T90 X190 MaxRuntime190"),
        ("live", 0, "S0 D60 T140 X240 U240 MaxRuntime240"),
        ("retired", 0, "S0 L0 R40 D60 G90 T140 X240 MaxRuntime240"),
        ("documented", 33, "S0 D60 T90 X223 MaxRuntime223"),
        ("live", 250, "S0 D60 T140 U440 Completed450"),
    ],
)
def test_the_runtime_limit(edition: str, lag: float, expected: str) -> None:
    wanted = request(StoppingCondition={"MaxRuntimeInSeconds": 100})
    sim = simulate(edition, wanted, runtime_limit_lag=lag)
    assert course(sim) == read(expected)
    if "MaxRuntime" in expected:
        assert messages(sim)[-1] == "Training job runtime exceeded MaxRuntimeInSeconds provided"
        assert record(sim)["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("edition", "save", "expected"),
    [
        ("documented", 50, "S0 D60 T90 X190 MaxRuntime250"),
        ("live", 50, "S0 D60 T140 X240 U290 MaxRuntime300"),
        ("live", 300, "S0 D60 T140 X240 U360 MaxRuntime360"),
    ],
)
def test_the_runtime_limit_has_the_window_of_a_stop(
    edition: str, save: float, expected: str
) -> None:
    wanted = request(StoppingCondition={"MaxRuntimeInSeconds": 100})
    workload = Workload(duration=300, on_sigterm="save", save_time=save)
    sim = simulate(edition, wanted, default_workload=workload)
    assert course(sim) == read(expected)
    assert ("ModelArtifacts" in record(sim)) is (save == 50)


@pytest.mark.parametrize(
    ("edition", "wait", "expected"),
    [
        ("documented", 30, "S0 X30 MaxWait30"),
        ("documented", 70, "S0 D60 X70 MaxWait70"),
        ("documented", 200, "S0 D60 T90 X200 MaxWait200"),
        ("live", 30, "S0 X30 MaxWait30"),
        ("live", 70, "S0 D60 X70 MaxWait70"),
        ("live", 200, "S0 D60 T140 X200 U200 MaxWait200"),
        ("retired", 30, "S0 L0 X30 MaxWait30"),
        ("retired", 50, "S0 L0 R40 X50 MaxWait50"),
        ("retired", 100, "S0 L0 R40 D60 G90 X100 MaxWait100"),
        ("documented", 445, "S0 D60 T90 U440 Completed450"),
    ],
)
def test_the_maximum_wait_counts_from_creation(edition: str, wait: int, expected: str) -> None:
    sim = simulate(edition, spot(wait=wait, run=wait))
    assert course(sim) == read(expected)
    if "MaxWait" in expected:
        assert record(sim)["SecondaryStatus"] == "MaxWaitTimeExceeded"
        assert record(sim)["TrainingJobStatus"] == "Stopped"


def test_the_maximum_wait_before_the_first_launch() -> None:
    for edition in ("documented", "live"):
        sim = simulate(edition, spot(wait=500), capacity=Capacity(spot={"ml.m5.large": 0}))
        assert course(sim) == read("S0 X500 MaxWait500")
        assert messages(sim)[0] == NO_CAPACITY
        assert "TrainingStartTime" not in record(sim)


def test_the_maximum_time_of_waiting_for_capacity() -> None:
    limits = {"MaxRuntimeInSeconds": 3600, "MaxPendingTimeInSeconds": 7200}
    wanted = request(ResourceConfig=instances(1, GPU), StoppingCondition=limits)
    sim = simulate("live", wanted, capacity=Capacity(on_demand={GPU: 0}))
    assert course(sim) == read("S0 P0 Stopped7200")
    assert "TrainingStartTime" not in record(sim)


def test_the_primary_status_during_the_upload_of_a_job_at_its_limit() -> None:
    """Uploading goes beside Stopping in the live edition, whatever stopped the job (inferred)."""
    wanted = request(StoppingCondition={"MaxRuntimeInSeconds": 100})
    workload = Workload(duration=300, on_sigterm="save", save_time=50)
    sim = Simulation(world(default_workload=workload), edition="live")
    sim.create_training_job(**wanted)
    for seconds, pair in ((239, ("InProgress", "Training")), (295, ("Stopping", "Uploading"))):
        sim.run(until=sim.world.start + timedelta(seconds=seconds))
        reply = record(sim)
        assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == pair


# What breaks, at which instant.


def test_a_model_that_may_not_be_uploaded_takes_no_time_on_the_network() -> None:
    workload = Workload(duration=300, artifact_bytes=10**12)
    denied = storage(out="denied")
    sim = simulate("documented", request(), storage=denied, default_workload=workload)
    assert course(sim) == read("S0 D60 T90 U440 Failed450")
    assert failed(sim, NO_UPLOAD)


@pytest.mark.parametrize(("more", "end"), [(0, "Completed"), (1, "Failed")])
def test_memory_suffices_to_the_last_byte(more: int, end: str) -> None:
    """An ml.m5.large has 8 GiB."""
    workload = Workload(duration=300, memory_bytes=8 * 2**30 + more)
    sim = simulate("documented", request(), default_workload=workload)
    assert course(sim)[-1][0] == end
    if more:
        assert failed(sim, NO_MEMORY)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_the_work_of_a_job_is_one_draw_however_many_instances_share_it(count: int) -> None:
    work = Empirical([10, 20, 30, 40, 50])
    whole = Workload(duration=work)
    shared = Workload(duration=work, parallel_fraction=1)
    failing = Workload(duration=work, exit_code=9, failing_hosts=(2, 4))
    wanted = request(ResourceConfig=instances(count))
    for seed in range(12):
        drawn = Draws(seed).sample(work, "job", Purpose.TRAIN)
        sims = [
            simulate("documented", wanted, default_workload=each, seed=seed)
            for each in (whole, shared, failing)
        ]
        ends = [140 + drawn, 140 + drawn / count, 140 + drawn]
        failed = count > 1
        assert [course(sim)[-1] for sim in sims] == [
            ("Completed", round(ends[0] + 10, 3)),
            ("Completed", round(ends[1] + 10, 3)),
            ("Failed" if failed else "Completed", round(ends[2] + 10 * (not failed), 3)),
        ]


def test_work_that_is_saved_brings_a_failure_nearer() -> None:
    """100 s of 300 are done at 240 and 80 saved; the other 220 begin at 440."""
    workload = Workload(duration=300, exit_code=1, checkpoint_every=40)
    sim = simulate(
        "documented",
        spot(checkpoints=True),
        default_workload=workload,
        spot=SpotMarket(outages=[Outage(240, 250)]),
    )
    assert course(sim) == read("S0 D60 T90 I240 S300 D360 T390 Failed660")


def test_every_instance_of_every_attempt_breaks_when_it_was_drawn_to() -> None:
    """The instances of the first attempt are numbers 0 and 1, those of the second 2 and 3."""
    broken = Empirical([50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150])
    wanted = request(ResourceConfig=instances(2), RetryStrategy={"MaximumRetryAttempts": 1})
    for seed in range(6):
        draws = Draws(seed)
        at = [draws.sample(broken, "job", Purpose.INSTANCE_FAILURE, each) for each in range(4)]
        sim = simulate("live", wanted, launches=Launches(instance_failure=broken), seed=seed)
        first = 140 + min(at[:2])
        second = first + 140 + min(at[2:])
        found = course(sim)
        assert found[3] == ("Starting", round(first, 3))
        assert found[-1] == ("Failed", round(second + 10, 3))


def test_the_first_internal_error_that_fits_the_name_counts() -> None:
    errors = [
        InternalError(name="other", after=10),
        InternalError(name="job", after=200),
        InternalError(name="*", after=50),
    ]
    sim = simulate("documented", request(), request("third"), internal_errors=errors)
    assert course(sim) == read("S0 D60 T90 Failed290")
    assert course(sim, "third") == read("S0 D60 T90 Failed140")


def test_launches_that_are_never_healthy_are_given_up_replacing() -> None:
    """After 63 replacements, of 40 s each, the instance is taken as it is: a job can start."""
    launches = Launches(unhealthy_probability=1)
    sim = simulate("documented", request(), launches=launches)
    assert course(sim)[1] == ("Downloading", 40 * 64 + 20)


def test_every_replacement_has_a_launch_of_its_own() -> None:
    tables = attrs.evolve(latencies(), launching={"*": Lognormal(40, 90)})
    launches = Launches(unhealthy_probability=1)
    sim = simulate("documented", request(), launches=launches, latencies=tables)
    entry = sim.jobs["job"]._job.history.entries[0]
    found = [at for at, text in entry.updates if text == UNHEALTHY]
    spans = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert len(spans) == 62
    assert len(set(spans)) > 50


def test_the_maximum_time_of_waiting_shows_the_instant_of_the_end() -> None:
    limits = {"MaxRuntimeInSeconds": 3600, "MaxPendingTimeInSeconds": 7200}
    wanted = request(ResourceConfig=instances(1, GPU), StoppingCondition=limits)
    sim = simulate("live", wanted, capacity=Capacity(on_demand={GPU: 0}))
    stop = sim.jobs["job"]._job.history.stop
    assert stop is not None
    assert stop.at_ms == sim.jobs["job"]._job.created_ms + 7_200_000
    assert stop.cause is Cause.MAX_PENDING


def test_a_role_is_denied_by_any_of_the_patterns() -> None:
    for patterns in (["*:role/training", "other"], ["other", "*:role/training"]):
        sim = simulate("documented", request(), denied_roles=patterns)
        assert course(sim) == read("S0 Failed0")
        assert LACKING in record(sim)["FailureReason"]
    sim = simulate("documented", request(), denied_roles=["other"])
    assert course(sim)[-1][0] == "Completed"


def test_a_failed_job_uploads_no_model() -> None:
    workload = Workload(duration=300, exit_code=1, artifact_bytes=10**12)
    sim = simulate("live", request(), default_workload=workload)
    assert course(sim) == read("S0 D60 T140 U440 Failed450")
    assert "ModelArtifacts" not in record(sim)
