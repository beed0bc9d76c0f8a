"""The courses of success and of a stop, in each edition: statuses, times, messages, members.

The short notation and the constants of the world are explained in `jobs_for_tests`.
"""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from jobs_for_tests import (
    BUCKET,
    channel,
    course,
    instances,
    latencies,
    messages,
    read,
    record,
    request,
    simulate,
    world,
)

from simjob import ApiError, Simulation, Workload
from simjob.engine.job import TrainingJob
from simjob.world import Constant, LogSeries, S3Prefix, Storage

PREPARING = "Preparing the instances for training"
DATA = "Downloading input data"
IMAGE = "Downloading the training image"
TRAINING = "Training image download completed. Training in progress."
UPLOADING = "Uploading generated training model"
STOPPING = "Stopping the training job"
COMPLETED = "Training job completed"
STOPPED = "Training job stopped"

PIPE = [channel("Pipe")]


def stopped_at(
    edition: str, seconds: float, wanted: dict[str, Any] | None = None, **changes: object
) -> Simulation:
    """A run in which the job is stopped after so many seconds."""
    sim = Simulation(world(**changes), edition=edition)
    sim.create_training_job(**wanted or request())
    sim.advance(seconds=seconds)
    sim.stop_training_job(TrainingJobName="job")
    sim.run()
    return sim


def span(sim: Simulation, name: str = "job") -> tuple[float | None, float | None]:
    """TrainingStartTime and TrainingEndTime in seconds from creation, None where absent."""
    reply = record(sim, name)
    start, end = reply.get("TrainingStartTime"), reply.get("TrainingEndTime")
    created = reply["CreationTime"]
    return (
        None if start is None else round(start - created, 3),
        None if end is None else round(end - created, 3),
    )


# Success.


@pytest.mark.parametrize(
    ("edition", "channels", "expected", "texts"),
    [
        (
            "documented",
            [channel()],
            "S0 D60 T90 U440 Completed450",
            [PREPARING, DATA, TRAINING, UPLOADING, COMPLETED],
        ),
        (
            "documented",
            PIPE,
            "S0 T60 U410 Completed420",
            [PREPARING, TRAINING, UPLOADING, COMPLETED],
        ),
        (
            "live",
            [channel()],
            "S0 D60 T140 U440 Completed450",
            [PREPARING, IMAGE, TRAINING, UPLOADING, COMPLETED],
        ),
        (
            "retired",
            [channel()],
            "S0 L0 R40 D60 G90 T140 U440 Completed450",
            [
                "Starting the training job",
                "Launching requested ML instances",
                PREPARING,
                DATA,
                IMAGE,
                TRAINING,
                UPLOADING,
                COMPLETED,
            ],
        ),
        (
            "retired",
            PIPE,
            "S0 L0 R40 G60 T110 U410 Completed420",
            [
                "Starting the training job",
                "Launching requested ML instances",
                PREPARING,
                IMAGE,
                TRAINING,
                UPLOADING,
                COMPLETED,
            ],
        ),
    ],
)
def test_success(edition: str, channels: list[object], expected: str, texts: list[str]) -> None:
    sim = simulate(edition, request(InputDataConfig=channels))
    assert course(sim) == read(expected)
    assert messages(sim) == texts
    steps = read(expected)
    start = 60.0
    assert span(sim) == (start, steps[-1][1])
    reply = record(sim)
    uri = f"{BUCKET}/out/job/output/model.tar.gz"
    assert reply["ModelArtifacts"] == {"S3ModelArtifacts": uri}
    assert "FailureReason" not in reply
    assert reply["TrainingJobStatus"] == reply["SecondaryStatus"] == "Completed"
    assert sim.jobs["job"].bill.billable_seconds == steps[-1][1] - start
    seconds = {name: reply[name] for name in reply if name.endswith("TimeInSeconds")}
    assert seconds == (
        {"TrainingTimeInSeconds": 390, "BillableTimeInSeconds": 390} if edition == "live" else {}
    )


@pytest.mark.parametrize(
    ("edition", "seconds", "text"),
    [
        ("documented", 0, "Launching requested ML instances"),
        ("documented", 39.999, "Launching requested ML instances"),
        ("documented", 40, PREPARING),
        ("documented", 60, DATA),
        ("documented", 139.999, IMAGE),
        ("documented", 140, TRAINING),
        ("documented", 440, UPLOADING),
        ("live", 39.999, "Starting the training job"),
        ("live", 40, PREPARING),
        ("live", 89.999, DATA),
        ("live", 90, IMAGE),
        ("live", 140, TRAINING),
        ("retired", 39.999, "Launching requested ML instances"),
        ("retired", 40, PREPARING),
        ("retired", 90, IMAGE),
    ],
)
def test_the_message_of_the_moment(edition: str, seconds: float, text: str) -> None:
    sim = Simulation(world(), edition=edition)
    sim.create_training_job(**request())
    sim.advance(seconds=seconds)
    assert messages(sim)[-1] == text
    assert "ModelArtifacts" not in record(sim)
    assert "TrainingEndTime" not in record(sim)
    assert ("TrainingStartTime" in record(sim)) is (seconds >= 60)


def test_bytes_on_the_network_take_their_time() -> None:
    storage = Storage(
        download_bytes_per_second=1e6,
        upload_bytes_per_second=2e6,
        seconds_per_object=0.5,
        prefixes=[S3Prefix(f"{BUCKET}/train", bytes=8_000_000, objects=10)],
    )
    workload = Workload(duration=300, artifact_bytes=30_000_000)
    whole = simulate("documented", request(), storage=storage, default_workload=workload)
    # 30 s fixed, 8 MB at 1 MB/s, 10 objects at 0.5 s; up: 10 s fixed, 30 MB at 2 MB/s.
    assert course(whole) == read("S0 D60 T103 U453 Completed478")
    sharded = channel()
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    wanted = request(InputDataConfig=[sharded], ResourceConfig=instances(4))
    shared = simulate("documented", wanted, storage=storage, default_workload=workload)
    # A quarter each: 2 MB, and the most that any of the four gets of 10 objects is 3.
    assert course(shared) == read("S0 D60 T93.5 U443.5 Completed468.5")
    listed = request(InputDataConfig=[channel("Pipe")])
    piped = simulate("documented", listed, storage=storage, default_workload=workload)
    assert course(piped) == read("S0 T60 U410 Completed435")


# Stops, phase by phase.


@pytest.mark.parametrize(
    ("edition", "seconds", "expected", "started", "artifact"),
    [
        ("documented", 0, "S0 X0 Stopped0", (None, None), False),
        ("documented", 20, "S0 X20 Stopped20", (None, None), False),
        ("documented", 50, "S0 X50 Stopped50", (None, None), False),
        ("documented", 75, "S0 D60 X75 Stopped75", (60, 75), False),
        ("documented", 100, "S0 D60 T90 X100 Stopped100", (60, 100), False),
        ("documented", 200, "S0 D60 T90 X200 Stopped200", (60, 200), False),
        ("documented", 445, "S0 D60 T90 U440 X445 Stopped450", (60, 450), True),
        ("live", 0, "S0 D60 X60 Stopped60", (60, 60), False),
        ("live", 20, "S0 D60 X60 Stopped60", (60, 60), False),
        ("live", 50, "S0 D60 X60 Stopped60", (60, 60), False),
        ("live", 75, "S0 D60 X75 Stopped75", (60, 75), False),
        ("live", 100, "S0 D60 X100 Stopped100", (60, 100), False),
        ("live", 200, "S0 D60 T140 X200 U200 Stopped200", (60, 200), False),
        ("live", 445, "S0 D60 T140 U440 X450 Stopped450", (60, 450), True),
        ("retired", 0, "S0 L0 X0 Stopped0", (None, None), False),
        ("retired", 20, "S0 L0 X20 Stopped20", (None, None), False),
        ("retired", 50, "S0 L0 R40 X50 Stopped50", (None, None), False),
        ("retired", 75, "S0 L0 R40 D60 X75 Stopped75", (60, 75), False),
        ("retired", 100, "S0 L0 R40 D60 G90 X100 Stopped100", (60, 100), False),
        ("retired", 200, "S0 L0 R40 D60 G90 T140 X200 Stopped200", (60, 200), False),
    ],
)
def test_stop(
    edition: str,
    seconds: float,
    expected: str,
    started: tuple[float | None, float | None],
    artifact: bool,  # noqa: FBT001 - a column
) -> None:
    sim = stopped_at(edition, seconds)
    assert course(sim) == read(expected)
    assert span(sim) == started
    reply = record(sim)
    assert ("ModelArtifacts" in reply) is artifact
    assert "FailureReason" not in reply
    assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert messages(sim)[-1] == STOPPED
    assert messages(sim)[[status for status, _ in course(sim)].index("Stopping")] == STOPPING
    billed = 0 if started[0] is None else max(1, int(started[1] - started[0]))  # type: ignore[operator]
    assert sim.jobs["job"].bill.billable_seconds == billed


@pytest.mark.parametrize(
    ("behaviour", "save_time", "window", "upload", "artifact"),
    [
        ("exit", 0, 0, 0, False),
        ("save", 0, 0, 10, True),
        ("save", 30, 30, 10, True),
        ("save", 120, 120, 10, True),
        ("save", 120.001, 120, 0, False),
        ("ignore", 0, 120, 0, False),
    ],
)
def test_what_the_container_does_about_sigterm(
    behaviour: Any,  # noqa: ANN401 - a literal
    save_time: float,
    window: float,
    upload: float,
    artifact: bool,  # noqa: FBT001 - a column
) -> None:
    workload = Workload(duration=300, on_sigterm=behaviour, save_time=save_time)
    gone, end = 200 + window, 200 + window + upload
    paged = stopped_at("documented", 200, default_workload=workload)
    assert course(paged) == read(f"S0 D60 T90 X200 Stopped{end}")
    live = stopped_at("live", 200, default_workload=workload)
    assert course(live) == read(f"S0 D60 T140 X200 U{gone} Stopped{end}")
    assert ("ModelArtifacts" in record(paged)) is artifact
    assert ("ModelArtifacts" in record(live)) is artifact


def test_a_container_that_ignores_sigterm_and_finishes_in_the_window() -> None:
    workload = Workload(duration=300, on_sigterm="ignore")
    sim = stopped_at("documented", 400, default_workload=workload)
    assert course(sim) == read("S0 D60 T90 X400 Stopped450")
    assert "ModelArtifacts" in record(sim)


@pytest.mark.parametrize("edition", ["documented", "live", "retired"])
@pytest.mark.parametrize("seconds", [10, 50, 70, 200, 442])
def test_a_second_stop_changes_nothing(edition: str, seconds: float) -> None:
    workload = Workload(duration=300, on_sigterm="save", save_time=60)
    once = stopped_at(edition, seconds, default_workload=workload)
    sim = Simulation(world(default_workload=workload), edition=edition)
    sim.create_training_job(**request())
    sim.advance(seconds=seconds)
    sim.stop_training_job(TrainingJobName="job")
    before = record(sim)
    if not sim.jobs["job"].ended:
        sim.stop_training_job(TrainingJobName="job")
    assert record(sim) == before

    def again() -> None:
        if not sim.jobs["job"].ended:
            sim.stop_training_job(TrainingJobName="job")

    sim.at(timedelta(seconds=1), again)
    sim.run()
    assert record(sim)["SecondaryStatusTransitions"] == record(once)["SecondaryStatusTransitions"]


@pytest.mark.parametrize("status", ["Completed", "Stopped", "Failed"])
def test_a_stop_after_the_end_is_refused(status: str) -> None:
    workload = Workload(duration=300, exit_code=int(status == "Failed"))
    if status == "Stopped":
        sim = stopped_at("documented", 100)
    else:
        sim = simulate("documented", request(), default_workload=workload)
    before = record(sim)
    with pytest.raises(ApiError) as refused:
        sim.stop_training_job(TrainingJobName="job")
    assert refused.value.code == "ValidationException"
    assert refused.value.message == (
        f"The request was rejected because the training job is in status {status}."
    )
    assert record(sim) == before


def test_the_primary_status_in_a_lingering_stop() -> None:
    workload = Workload(on_sigterm="save", save_time=30)
    sim = Simulation(world(default_workload=workload), edition="live")
    sim.create_training_job(**request())
    sim.advance(seconds=20)
    sim.stop_training_job(TrainingJobName="job")
    reply = record(sim)
    assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == ("Stopping", "Starting")
    assert len(reply["SecondaryStatusTransitions"]) == 1
    assert reply["LastModifiedTime"] == reply["CreationTime"] + 20
    sim.create_training_job(**request("other"))
    sim.advance(seconds=200)
    sim.stop_training_job(TrainingJobName="other")
    reply = record(sim, "other")
    assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == ("Stopping", "Stopping")
    sim.advance(seconds=30)
    reply = record(sim, "other")
    assert (reply["TrainingJobStatus"], reply["SecondaryStatus"]) == ("Stopping", "Uploading")
    sim.run()
    assert course(sim, "other") == read("S0 D60 T140 X200 U230 Stopped240")


def test_a_container_that_exits_at_the_instant_of_the_sigkill_has_finished() -> None:
    """Stopped at 320, it is done at 440: 120 s later to the millisecond."""
    workload = Workload(duration=300, on_sigterm="ignore")
    sim = stopped_at("documented", 320, default_workload=workload)
    assert course(sim) == read("S0 D60 T90 X320 Stopped450")
    assert "ModelArtifacts" in record(sim)


@pytest.mark.parametrize(("behaviour", "lines"), [("exit", 6), ("save", 6), ("ignore", 18)])
def test_only_a_container_that_ignores_sigterm_goes_on_working(behaviour: Any, lines: int) -> None:  # noqa: ANN401 - a literal
    """It starts at 140, is told at 200 and killed at 320, with a line every ten seconds."""
    series = LogSeries("step {step}", every=10)
    save = 50 if behaviour == "save" else 0
    workload = Workload(duration=300, on_sigterm=behaviour, save_time=save, logs=[series])
    sim = stopped_at("documented", 200, default_workload=workload)
    assert [line.message for line in sim.jobs["job"].logs] == [
        f"step {step}" for step in range(1, lines + 1)
    ]


def test_steps_replace_the_duration() -> None:
    workload = Workload(steps=10, step_time=7)
    sim = simulate("documented", request(), default_workload=workload)
    assert course(sim) == read("S0 D60 T90 U210 Completed220")


def test_a_channel_without_a_mode_takes_that_of_the_algorithm() -> None:
    """Only an object that is read as a File costs its seven seconds here."""
    silent = {key: value for key, value in channel().items() if key != "InputMode"}
    for mode, expected in (
        ("File", "S0 D60 T97 U447 Completed457"),
        ("Pipe", "S0 T60 U410 Completed420"),
    ):
        algorithm = {"TrainingImage": "image", "TrainingInputMode": mode}
        wanted = request(AlgorithmSpecification=algorithm, InputDataConfig=[silent])
        sim = simulate("documented", wanted, storage=Storage(seconds_per_object=7))
        assert course(sim) == read(expected)


def test_unlike_jobs_of_one_world_have_plans_of_their_own() -> None:
    """Type, number of instances and number of files are each looked at, whoever came before."""
    launching = {"ml.m5.large": Constant(40), "ml.c5.xlarge": Constant(50), "*": Constant(70)}
    sim = simulate(
        "documented",
        request("plain"),
        request("other-type", ResourceConfig=instances(1, "ml.c5.xlarge")),
        request("wide", ResourceConfig=instances(3)),
        request("two-channels", InputDataConfig=[channel(), channel(prefix="test")]),
        latencies=attrs.evolve(latencies(), launching=launching),
        storage=Storage(seconds_per_object=7),
    )
    assert course(sim, "plain") == read("S0 D60 T97 U447 Completed457")
    assert course(sim, "other-type") == read("S0 D70 T107 U457 Completed467")
    assert course(sim, "wide") == read("S0 D60 T97 U447 Completed457")
    assert course(sim, "two-channels") == read("S0 D60 T104 U454 Completed464")
    assert [len(sim.jobs[name].timeline.instances) for name in sim.jobs] == [1, 1, 3, 1]


def test_a_job_is_not_made_of_a_request_without_algorithm_or_instances() -> None:
    sim = simulate("live", request())
    whole = sim.jobs["job"]._job
    for lacking in (
        {"AlgorithmSpecification": None},
        {"ResourceConfig": None},
        {"ResourceConfig": attrs.evolve(whole.request.ResourceConfig, InstanceType=None)},
    ):
        changed = attrs.evolve(whole.request, **lacking)
        with pytest.raises(ValueError, match=r"^the request of 'job' has no algorithm or no inst"):
            TrainingJob(changed, "job", 0, whole.edition, whole.world, whole.workload)
