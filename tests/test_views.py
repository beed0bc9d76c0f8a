"""What is seen of a job: records, events, log lines, metrics, the bill, the timeline.

Seconds from the creation of an undisturbed job with one channel in File mode, in `world()`:

    documented  Starting 0, Downloading 30, Training 60 (image until 100), Uploading 400, end 450
    live        Starting 0, Downloading 30 (image from 60), Training 100, Uploading 400, end 450
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import EDITIONS, START_MS, Json, channel, request, resources, spot, world

from simjob import LogSeries, Simulation, Transition, Workload
from simjob.world import Constant, Launches, SpotMarket

START = START_MS // 1000
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
LOSS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}, {"Name": "none", "Regex": "none=(.*)"}]
LOGGING = Workload(duration=300, logs=[LogSeries("step {step} loss={value:.3f} {elapsed:g}")])
IMAGE = "Downloading the training image"
READY = "Training image download completed. Training in progress."


def simulate(edition: str, wanted: Json, until: float | None = None, **changes: object) -> Any:  # noqa: ANN401 - a Simulation
    sim = Simulation(world(**changes), edition=edition)
    sim.create_training_job(**wanted)
    if until is None:
        sim.run()
    else:
        sim.advance(seconds=until)
    return sim


def with_data(**changes: object) -> Json:
    return request(InputDataConfig=[channel()], **changes)


def with_metrics(**changes: object) -> Json:
    algorithm = {
        "TrainingImage": "image",
        "TrainingInputMode": "Pipe",
        "MetricDefinitions": LOSS,
    }
    return request(AlgorithmSpecification=algorithm, **changes)


def at(seconds: float) -> datetime:
    return ZERO + timedelta(seconds=seconds)


# The record.


def test_the_whole_record_of_a_completed_job_on_the_page() -> None:
    sim = simulate("documented", with_data())
    assert sim.describe_training_job(TrainingJobName="a") == {
        "TrainingJobName": "a",
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/a",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/out/a/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "Pipe"},
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://plain/data"}
                },
                "CompressionType": "None",
                "RecordWrapperType": "None",
                "InputMode": "File",
            }
        ],
        "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "CreationTime": START,
        "TrainingStartTime": START + 30,
        "TrainingEndTime": START + 450,
        "LastModifiedTime": START + 450,
        "SecondaryStatusTransitions": [
            {
                "Status": status,
                "StartTime": START + start,
                "EndTime": START + end,
                "StatusMessage": message,
            }
            for status, start, end, message in (
                ("Starting", 0, 30, "Preparing the instances for training"),
                ("Downloading", 30, 60, "Downloading input data"),
                ("Training", 60, 400, READY),
                ("Uploading", 400, 450, "Uploading generated training model"),
                ("Completed", 450, 450, "Training job completed"),
            )
        ],
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
    }


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_record_of_a_job_is_its_describe(edition: str) -> None:
    sim = Simulation(world(), edition=edition)
    sim.create_training_job(**with_data())
    for _ in range(50):
        job = sim.jobs["a"]
        reply: Any = sim.describe_training_job(TrainingJobName="a")
        assert job.record == reply
        assert (job.status, job.secondary_status) == (
            reply["TrainingJobStatus"],
            reply["SecondaryStatus"],
        )
        rows = [(each.status.value, each.start, each.end, each.message) for each in job.history]
        assert rows == [
            (
                row["Status"],
                datetime.fromtimestamp(row["StartTime"], UTC),
                datetime.fromtimestamp(row["EndTime"], UTC) if "EndTime" in row else None,
                row["StatusMessage"],
            )
            for row in reply["SecondaryStatusTransitions"]
        ]
        assert job.timeline.phases == job.history
        assert job.ended == (reply["SecondaryStatus"] == "Completed")
        sim.advance(seconds=10)


MESSAGES = {
    "documented": [
        (0, "Starting", "Launching requested ML instances"),
        (9.999, "Starting", "Launching requested ML instances"),
        (10, "Starting", "Preparing the instances for training"),
        (29.999, "Starting", "Preparing the instances for training"),
        (30, "Downloading", "Downloading input data"),
        (60, "Training", IMAGE),
        (99.999, "Training", IMAGE),
        (100, "Training", READY),
        (400, "Uploading", "Uploading generated training model"),
        (450, "Completed", "Training job completed"),
    ],
    "live": [
        (0, "Starting", "Starting the training job"),
        (10, "Starting", "Preparing the instances for training"),
        (30, "Downloading", "Downloading input data"),
        (59.999, "Downloading", "Downloading input data"),
        (60, "Downloading", IMAGE),
        (100, "Training", READY),
        (450, "Completed", "Training job completed"),
    ],
    "retired": [
        (0, "LaunchingMLInstances", "Launching requested ML instances"),
        (10, "PreparingTrainingStack", "Preparing the instances for training"),
        (30, "Downloading", "Downloading input data"),
        (60, "DownloadingTrainingImage", IMAGE),
        (100, "Training", READY),
    ],
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_message_is_overwritten_in_place(edition: str) -> None:
    for seconds, status, message in MESSAGES[edition]:
        reply = simulate(edition, with_data(), until=seconds).describe_training_job(
            TrainingJobName="a"
        )
        last = reply["SecondaryStatusTransitions"][-1]
        assert (last["Status"], last["StatusMessage"]) == (status, message), seconds


def test_a_message_moves_the_time_of_the_last_change() -> None:
    times = []
    for seconds in (0, 9.999, 10, 29, 30, 59, 60, 99, 100, 399, 400, 449, 450, 9000):
        reply = simulate("documented", with_data(), until=seconds).jobs["a"].record
        times.append(reply["LastModifiedTime"] - START)
    assert times == [0, 0, 10, 10, 30, 30, 60, 60, 100, 100, 400, 400, 450, 450]


def test_a_stop_moves_the_time_of_the_last_change() -> None:
    sim = simulate("live", with_data(), until=15)
    sim.stop_training_job(TrainingJobName="a")
    sim.advance(seconds=5)
    record = sim.jobs["a"].record
    assert record["LastModifiedTime"] == START + 15
    assert (record["TrainingJobStatus"], record["SecondaryStatus"]) == ("Stopping", "Starting")
    assert len(record["SecondaryStatusTransitions"]) == 1


def test_an_unhealthy_instance_is_mentioned_once_it_has_launched() -> None:
    sim = simulate("documented", with_data(), until=9, launches=Launches(unhealthy_probability=1))
    seen = []
    for _ in range(2):
        seen.append(sim.jobs["a"].history[0].message)
        sim.advance(seconds=1)
    assert seen == [
        "Launching requested ML instances",
        "Launched instance was unhealthy, replacing it!",
    ]


def test_seconds_grow_in_live_and_are_billed_at_the_end() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**with_data())
    seen = []
    for by in (0, 29, 1, 0.5, 1.5, 68, 349, 1, 1000):
        sim.advance(seconds=by)
        record = sim.jobs["a"].record
        seen.append((record.get("TrainingTimeInSeconds"), record.get("BillableTimeInSeconds")))
    # At 0, 29, 30, 30.5, 32, 100, 449, 450 and 1450 seconds; training starts at 30.
    assert seen == [
        (None, None),
        (None, None),
        (1, None),
        (1, None),
        (2, None),
        (70, None),
        (419, None),
        (420, 420),
        (420, 420),
    ]


# Events.


def heard(edition: str, wanted: Json, **changes: object) -> list[Json]:
    sim = Simulation(world(**changes), edition=edition)
    steps: list[Transition] = []
    sim.subscribe(steps.append)
    sim.create_training_job(**wanted)
    sim.run()
    return [step.event for step in steps]


def test_the_envelope_of_an_event() -> None:
    tags = [{"Key": "team", "Value": "x"}]
    last = heard("documented", with_data(Tags=tags))[-1]
    assert list(last) == [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ]
    assert last["version"] == "0"
    assert last["detail-type"] == "SageMaker Training Job State Change"
    assert last["source"] == "aws.sagemaker"
    assert last["account"] == "123456789012"
    assert last["time"] == "2026-01-01T00:07:30Z"
    assert last["region"] == "us-east-1"
    assert last["resources"] == ["arn:aws:sagemaker:us-east-1:123456789012:training-job/a"]
    assert last["detail"]["Tags"] == {"team": "x"}


def test_the_detail_is_the_record_as_of_the_transition() -> None:
    details = [each["detail"] for each in heard("documented", with_data())]
    assert [each["SecondaryStatus"] for each in details] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert [each["LastModifiedTime"] - START_MS for each in details] == [
        0,
        30_000,
        60_000,
        400_000,
        450_000,
    ]
    assert [len(each["SecondaryStatusTransitions"]) for each in details] == [1, 2, 3, 4, 5]
    training = details[2]
    assert training["TrainingJobStatus"] == "InProgress"
    assert training["CreationTime"] == START_MS
    assert training["TrainingStartTime"] == START_MS + 30_000
    assert "TrainingEndTime" not in training
    assert "ModelArtifacts" not in training
    assert training["SecondaryStatusTransitions"][1:] == [
        {
            "Status": "Downloading",
            "StartTime": START_MS + 30_000,
            "EndTime": START_MS + 60_000,
            "StatusMessage": "Downloading input data",
        },
        {"Status": "Training", "StartTime": START_MS + 60_000, "StatusMessage": IMAGE},
    ]
    assert training["Tags"] == {}
    assert details[-1]["TrainingEndTime"] == START_MS + 450_000
    times = [value for name, value in details[-1].items() if name.endswith("Time")]
    assert {type(each) for each in times} == {int}


def test_entries_of_one_instant_have_an_event_each() -> None:
    sim = simulate("live", with_data(), until=15)
    steps: list[Transition] = []
    sim.subscribe(steps.append)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    details: list[Any] = [step.event["detail"] for step in steps]
    assert [(each["TrainingJobStatus"], each["SecondaryStatus"]) for each in details] == [
        ("Stopping", "Downloading"),
        ("Stopping", "Stopping"),
        ("Stopped", "Stopped"),
    ]
    assert {step.at for step in steps} == {at(30)}
    assert "TrainingEndTime" not in details[1]
    assert details[2]["TrainingEndTime"] == START_MS + 30_000


def test_ids_are_distinct_and_the_same_in_every_run() -> None:
    first, second = heard("live", with_data()), heard("live", with_data())
    other = heard("live", with_data(TrainingJobName="b"))
    ids = [each["id"] for each in first]
    assert ids == [each["id"] for each in second]
    assert first == second
    assert len({*ids, *(each["id"] for each in other)}) == 10


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_reason_is_given_with_failed_only(edition: str) -> None:
    workload = Workload(duration=10, exit_code=3, failure="bad data")
    events = heard(edition, with_data(), default_workload=workload)
    reasons = [each["detail"].get("FailureReason") for each in events]
    assert reasons[-1] == "AlgorithmError: bad data, exit code: 3"
    assert set(reasons[:-1]) == {None}


def test_times_of_metrics_are_milliseconds_too() -> None:
    last = heard("documented", with_metrics(), default_workload=LOGGING)[-1]
    [metric] = last["detail"]["FinalMetricDataList"]
    assert metric["Timestamp"] == START_MS + 370_000


# Log lines and metrics: without a channel, Training is at 30 and the container runs from 70 on.


def test_lines_of_a_declared_workload() -> None:
    sim = simulate("documented", request(), default_workload=LOGGING)
    lines = sim.jobs["a"].logs
    # The loss at 1/5, 2/5 ... of the way: (exp(-5p) - exp(-5)) / (1 - exp(-5)).
    assert [(line.timestamp_ms - START_MS, line.message) for line in lines] == [
        (130_000, "step 1 loss=0.364 60"),
        (190_000, "step 2 loss=0.129 120"),
        (250_000, "step 3 loss=0.043 180"),
        (310_000, "step 4 loss=0.012 240"),
        (370_000, "step 5 loss=0.000 300"),
    ]
    assert {line.stream for line in lines} == {f"a/algo-1-{START + 70}"}


def test_lines_are_there_when_they_are_written() -> None:
    for seconds, count in ((129.999, 0), (130, 1), (189, 1), (310, 4)):
        sim = simulate("documented", request(), until=seconds, default_workload=LOGGING)
        assert len(sim.jobs["a"].logs) == count


def test_every_host_has_a_stream() -> None:
    wanted = request(ResourceConfig=resources(count=2))
    sim = simulate("live", wanted, default_workload=LOGGING)
    # Live pulls the image in Downloading, so the container starts at 100.
    streams = [line.stream for line in sim.jobs["a"].logs]
    assert streams == [f"a/algo-1-{START + 100}", f"a/algo-2-{START + 100}"] * 5


def interrupted(every: float, *, kept: bool) -> Any:  # noqa: ANN401 - a Simulation
    """Ready at 30, interrupted at 280 after 210 s of work, running again from 410 on."""
    workload = Workload(
        duration=300, checkpoint_every=100, logs=[LogSeries("{step} {elapsed:g}", every=every)]
    )
    more = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}} if kept else {}
    market = SpotMarket(uptime=Constant(250), interrupted=Constant(60))
    return simulate(
        "documented", request(**spot(), **more), default_workload=workload, spot=market, until=560
    )


def test_resumption_repeats_no_line() -> None:
    lines = interrupted(50, kept=True).jobs["a"].logs
    assert [(line.timestamp_ms - START_MS, line.message) for line in lines] == [
        (120_000, "1 50"),
        (170_000, "2 100"),
        (220_000, "3 150"),
        (270_000, "4 200"),
        (460_000, "5 250"),
        (510_000, "6 300"),
    ]
    assert [line.stream for line in lines] == [
        *[f"a/algo-1-{START + 70}"] * 4,
        *[f"a/algo-1-{START + 410}"] * 2,
    ]


def test_resumption_repeats_the_lines_of_lost_work() -> None:
    lines = interrupted(30, kept=True).jobs["a"].logs
    assert [line.message.split()[0] for line in lines] == [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "7",
        "8",
        "9",
        "10",
    ]
    lost = interrupted(50, kept=False).jobs["a"].logs
    assert [line.message.split()[0] for line in lost] == ["1", "2", "3", "4", "1", "2", "3"]


@pytest.mark.parametrize("kept", [False, True])
def test_the_last_lines_are_the_last_of_all_lines(kept: bool) -> None:  # noqa: FBT001
    series = [LogSeries("a {step}", every=every) for every in (7, 10, 10, 45)]
    workload = Workload(duration=300, checkpoint_every=100, logs=series)
    more = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}} if kept else {}
    wanted = request(**spot(), **more, ResourceConfig=resources(count=3))
    market = SpotMarket(uptime=Constant(250), interrupted=Constant(60))
    for until in (100, 200, 300, 500, 900):
        changes = {"default_workload": workload, "spot": market}
        job = simulate("documented", wanted, until=until, **changes).jobs["a"]
        for count in (0, 1, 2, 5, 40, 10_000):
            assert job.last_logs(count) == job.logs[len(job.logs) - min(count, len(job.logs)) :]


def test_the_last_lines_of_a_generator() -> None:
    def run(container: Any) -> Any:  # noqa: ANN401 - a generator
        for step in range(5):
            yield container.wait(10)
            container.log(f"step {step}")

    job = simulate("documented", request(), default_workload=Workload(run=run)).jobs["a"]
    assert [line.message for line in job.last_logs(2)] == ["step 3", "step 4"]
    assert job.last_logs(9) == job.logs
    assert job.last_logs(0) == []


def test_metrics_are_found_by_the_requests_own_expressions() -> None:
    sim = simulate("documented", with_metrics(), default_workload=LOGGING)
    points = sim.jobs["a"].metrics
    assert [(each.name, each.timestamp_ms - START_MS) for each in points] == [
        ("loss", 130_000),
        ("loss", 190_000),
        ("loss", 250_000),
        ("loss", 310_000),
        ("loss", 370_000),
    ]
    # 0.364 in single precision.
    assert points[0].value == 0.36399999260902405
    assert sim.jobs["a"].record["FinalMetricDataList"] == [
        {"MetricName": "loss", "Value": 0.0, "Timestamp": START + 370}
    ]


def test_metrics_are_final_at_the_end_only() -> None:
    sim = simulate("documented", with_metrics(), until=419, default_workload=LOGGING)
    assert len(sim.jobs["a"].metrics) == 5
    assert "FinalMetricDataList" not in sim.jobs["a"].record
    quiet = simulate("documented", with_metrics())
    assert "FinalMetricDataList" not in quiet.jobs["a"].record


# The bill.


def test_a_bill_is_seconds_times_instances_times_rate() -> None:
    bill = simulate("live", with_data(ResourceConfig=resources(count=2))).jobs["a"].bill
    assert (bill.billable_seconds, bill.instance_count, bill.dollars_per_hour) == (420, 2, 0.115)
    assert bill.instance_dollars == pytest.approx(0.0268333333)  # 420 s x 2 x 0.115 / 3600
    assert (bill.rate_date, bill.estimated) == ("2025", False)


def test_a_bill_grows() -> None:
    for seconds, billed in ((0, 0), (29.999, 0), (30, 1), (130, 100), (449.5, 419), (9000, 420)):
        bill = simulate("documented", with_data(), until=seconds).jobs["a"].bill
        assert bill.billable_seconds == billed


def test_a_world_may_set_the_price() -> None:
    bill = simulate("live", with_data(), prices={"ml.m5.large": 36}).jobs["a"].bill
    assert bill.instance_dollars == pytest.approx(4.2)
    assert (bill.rate_source, bill.rate_date, bill.estimated) == ("the world", "", False)
    free = simulate("live", with_data(), prices={"ml.m5.large": 0}).jobs["a"].bill
    assert free.instance_dollars == 0


def test_an_unknown_rate_makes_no_sum() -> None:
    wanted = with_data(ResourceConfig=resources("ml.p6e-gb200.36xlarge"))
    bill = simulate("live", wanted).jobs["a"].bill
    assert (bill.billable_seconds, bill.dollars_per_hour, bill.dollars) == (420, None, None)


def test_spot_is_billed_for_its_time_on_instances_less_the_discount() -> None:
    bill = interrupted(50, kept=True).jobs["a"].bill
    # Training 30 to 280 and 370 to 510, Uploading to 560: 440 s, of which 32 % are paid.
    assert bill.billable_seconds == 140


def test_spot_shows_fewer_billable_seconds() -> None:
    market = SpotMarket(discount=0.5)
    record = simulate("live", with_data(**spot()), spot=market).jobs["a"].record
    assert (record["TrainingTimeInSeconds"], record["BillableTimeInSeconds"]) == (420, 210)


def test_a_job_without_instances_costs_nothing() -> None:
    sim = simulate("documented", with_data(), until=5)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    assert sim.jobs["a"].bill.dollars == 0


# The timeline.


def test_instances_are_granted_ready_and_released() -> None:
    sim = Simulation(world())
    sim.create_training_job(**with_data(ResourceConfig=resources(count=2)))
    sim.advance(seconds=29)
    spans = sim.jobs["a"].timeline.instances
    assert [(span.host, span.attempt, span.granted, span.ready) for span in spans] == [
        (1, 1, at(0), None),
        (2, 1, at(0), None),
    ]
    sim.advance(seconds=1)
    spans = sim.jobs["a"].timeline.instances
    assert [(span.ready, span.released) for span in spans] == [(at(30), None)] * 2
    sim.run()
    timeline = sim.jobs["a"].timeline
    assert [(span.ready, span.released) for span in timeline.instances] == [(at(30), at(450))] * 2
    assert (timeline.job_name, timeline.at) == ("a", at(450))


def test_what_is_stopped_while_it_launches_is_never_ready() -> None:
    sim = simulate("documented", with_data(), until=5)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    [span] = sim.jobs["a"].timeline.instances
    assert (span.granted, span.ready, span.released) == (at(0), None, at(5))


def test_an_attempt_has_instances_of_its_own() -> None:
    spans = interrupted(50, kept=True).jobs["a"].timeline.instances
    assert [(span.attempt, span.granted, span.ready, span.released) for span in spans] == [
        (1, at(0), at(30), at(280)),
        (2, at(340), at(370), at(560)),
    ]


def test_phases_know_how_long_they_lasted() -> None:
    sim = simulate("documented", with_data(), until=130)
    spans = [each.duration for each in sim.jobs["a"].history]
    assert spans == [timedelta(seconds=30), timedelta(seconds=30), None]
    sim.run()
    assert sim.jobs["a"].history[-1].duration == timedelta(0)
    primaries = {each.primary.value for each in sim.jobs["a"].history[:-1]}
    assert primaries == {"InProgress"}
