"""A second opinion: the whole Describe reply, computed by hand, against the simulator's.

Durations are constant and nothing is contended, so the reply follows by arithmetic from the page
and from the recorded rules. The arithmetic here shares no code with the library: it works in whole
milliseconds, from a request to a reply.
"""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jobs_for_tests import BUCKET, ROLE, channel, instances, latencies, request, world

from simjob import ApiError, Simulation, Workload

CREATED = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/job"

PREPARING = "Preparing the instances for training"
DATA = "Downloading input data"
IMAGE = "Downloading the training image"
TRAINING = "Training image download completed. Training in progress."

MILLISECONDS = st.integers(0, 400_000)
POSITIVE = st.integers(1, 400_000)


class Oracle:
    """The course of one job, and what follows from it."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.live = case["edition"] == "live"
        self.steps: list[tuple[str, int, list[tuple[int, str]]]] = []
        self.failure: str | None = None
        self.artifact = False
        self.stopping_since: int | None = None
        self.live_through()

    def enter(self, status: str, at: int, *messages: tuple[int, str]) -> None:
        """A status, from that instant, with its messages and their instants."""
        self.steps.append((status, at, list(messages)))

    def live_through(self) -> None:
        """From Starting to the end."""
        case = self.case
        launched = case["launching"]
        ready = launched + case["preparing"]
        # Even if the stop comes at the instant of the creation, it comes after it.
        stop = case["stop"]
        first = (0, "Starting the training job")
        launching = [] if self.live else [(0, "Launching requested ML instances")]
        self.enter("Starting", 0, first, *launching, (launched, PREPARING))
        if stop is not None and stop < ready:
            self.stopping_since = stop
            if self.live:
                self.enter("Downloading", ready, (ready, DATA))
                self.stopped(ready)
            else:
                self.stopped(stop)
            return
        begin = ready
        if case["file"] or self.live:
            data = ready + case["downloading"]
            begin = data + (case["image_pull"] if self.live else 0)
            pull = [(data, IMAGE)] if self.live else []
            self.enter("Downloading", ready, (ready, DATA), *pull)
            if stop is not None and stop < begin:
                self.stopping_since = stop
                self.stopped(stop)
                return
        self.train(begin, stop)

    def train(self, begin: int, stop: int | None) -> None:
        """Training, and all that follows it."""
        case = self.case
        if self.live:
            start = begin
            self.enter("Training", begin, (begin, TRAINING))
        else:
            start = begin + case["image_pull"]
            self.enter("Training", begin, (begin, IMAGE), (start, TRAINING))
        work_end = start + case["training"]
        limit = begin + 1000 * case["max_runtime"]
        if stop is not None and stop < min(work_end, limit):
            self.cut(stop, start, "Stopped", "Training job stopped")
        elif limit < work_end:
            text = "Training job runtime exceeded MaxRuntimeInSeconds provided"
            self.cut(limit, start, "MaxRuntimeExceeded", text)
        elif case["exit_code"]:
            self.failure = f"AlgorithmError: , exit code: {case['exit_code']}"
            end = work_end
            if self.live:
                end += case["uploading"]
                self.uploading(work_end)
                if stop is not None and stop < end:
                    self.stopping_since = stop
            self.enter("Failed", end, (end, "Training job failed"))
        else:
            self.finish(work_end, stop)

    def finish(self, at: int, stop: int | None) -> None:
        """The upload of a finished job, which a stop does not cut short."""
        end = at + self.case["uploading"]
        self.artifact = True
        self.uploading(at)
        if stop is None or stop >= end:
            self.enter("Completed", end, (end, "Training job completed"))
            return
        self.stopping_since = stop
        shown = end if self.live else stop
        self.enter("Stopping", shown, (shown, "Stopping the training job"))
        self.enter("Stopped", end, (end, "Training job stopped"))

    def cut(self, at: int, start: int, end: str, text: str) -> None:
        """SIGTERM, the window of 120 seconds, and the upload of what was saved."""
        case = self.case
        self.stopping_since = at
        self.enter("Stopping", at, (at, "Stopping the training job"))
        save = case["save_time"] if at >= start else None
        gone = at if save is None else at + min(120_000, save)
        self.artifact = save is not None and save <= 120_000
        if self.live:
            self.uploading(gone)
        over = gone + (case["uploading"] if self.artifact else 0)
        self.enter(end, over, (over, text))

    def stopped(self, at: int) -> None:
        """A stop with nothing to save."""
        self.enter("Stopping", at, (at, "Stopping the training job"))
        self.enter("Stopped", at, (at, "Training job stopped"))

    def uploading(self, at: int) -> None:
        """Uploading, from that instant."""
        self.enter("Uploading", at, (at, "Uploading generated training model"))

    def reply(  # noqa: C901 - one rule of presence after the other
        self, wanted: dict[str, Any], now: int
    ) -> dict[str, Any]:
        """The Describe reply at that instant (milliseconds from creation)."""
        seen = [step for step in self.steps if step[1] <= now]
        status, since, messages = seen[-1]
        terminal = {"Completed", "Failed", "Stopped", "MaxRuntimeExceeded"}
        ended = status in terminal
        transitions = []
        for place, (name, at, texts) in enumerate(seen):
            end = seen[place + 1][1] if place + 1 < len(seen) else at if ended else None
            shown = [text for when, text in texts if when <= (now if end is None else end)]
            row = {"Status": name, "StartTime": (CREATED + at) / 1000, "StatusMessage": shown[-1]}
            if end is not None:
                row["EndTime"] = (CREATED + end) / 1000
            transitions.append(row)
        primary = {"Completed": "Completed", "Failed": "Failed", "Stopped": "Stopped"}.get(
            status, "Stopped" if ended else "InProgress"
        )
        stopping = self.stopping_since is not None and self.stopping_since <= now
        lingers = self.live and stopping and status in {"Starting", "Downloading", "Uploading"}
        if status == "Stopping" or lingers:
            primary = "Stopping"
        changes = [when for when, _ in messages if when <= now]
        if stopping and self.stopping_since is not None:
            changes.append(self.stopping_since)
        reply = {name: wanted[name] for name in wanted if name != "TrainingJobName"} | {
            "TrainingJobName": "job",
            "TrainingJobArn": ARN,
            "TrainingJobStatus": primary,
            "SecondaryStatus": status,
            "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": f"{BUCKET}/out"},
            "RoleArn": ROLE,
            "CreationTime": CREATED / 1000,
            "LastModifiedTime": (CREATED + max(since, *changes)) / 1000,
            "SecondaryStatusTransitions": transitions,
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
        }
        reply["InputDataConfig"] = [
            {"CompressionType": "None", "RecordWrapperType": "None"} | each
            for each in wanted["InputDataConfig"]
        ]
        start = next((at for name, at, _ in seen[1:] if name in {"Downloading", "Training"}), None)
        seconds = None
        if start is not None:
            reply["TrainingStartTime"] = (CREATED + start) / 1000
            last = since if ended else now
            seconds = max(1, (CREATED + last) // 1000 - (CREATED + start) // 1000)
            if ended:
                reply["TrainingEndTime"] = (CREATED + since) / 1000
        if self.live:
            reply["EnableManagedSpotTraining"] = False
            if seconds is not None:
                reply["TrainingTimeInSeconds"] = seconds
                if ended:
                    reply["BillableTimeInSeconds"] = seconds
        if ended and self.artifact:
            uri = f"{BUCKET}/out/job/output/model.tar.gz"
            reply["ModelArtifacts"] = {"S3ModelArtifacts": uri}
        if status == "Failed":
            reply["FailureReason"] = self.failure
        return reply


CASES = st.fixed_dictionaries(
    {
        "edition": st.sampled_from(["documented", "live"]),
        "file": st.booleans(),
        "count": st.integers(1, 5),
        "launching": MILLISECONDS,
        "preparing": MILLISECONDS,
        "downloading": MILLISECONDS,
        "image_pull": st.just(0) | MILLISECONDS,
        "training": POSITIVE,
        "uploading": MILLISECONDS,
        "save_time": st.none() | st.integers(0, 200_000),
        "exit_code": st.just(0) | st.integers(1, 255),
        "max_runtime": st.integers(1, 500) | st.just(86_400),
        "stop": st.none()
        | st.integers(0, 2_000_000)
        | st.integers(0, 1000).map(lambda s: 1000 * s),
        "look": st.lists(st.integers(0, 2_000_000), max_size=3),
    }
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(case=CASES)
def test_the_reply_is_what_arithmetic_says(case: dict[str, Any]) -> None:
    phases = ("launching", "preparing", "downloading", "image_pull", "uploading")
    save = case["save_time"]
    workload = Workload(
        duration=case["training"] / 1000,
        exit_code=case["exit_code"],
        on_sigterm="exit" if save is None else "save",
        save_time=0 if save is None else save / 1000,
    )
    seconds = {phase: case[phase] / 1000 for phase in phases}
    sim = Simulation(
        world(latencies=latencies(**seconds), default_workload=workload), edition=case["edition"]
    )
    wanted = request(
        InputDataConfig=[channel("File" if case["file"] else "Pipe")],
        ResourceConfig=instances(case["count"]),
        StoppingCondition={"MaxRuntimeInSeconds": case["max_runtime"]},
    )
    oracle = Oracle(case)
    sim.create_training_job(**wanted)
    end = oracle.steps[-1][1]
    stop = case["stop"]
    looks = sorted({*case["look"], *(at for _, at, _ in oracle.steps), end + 1})
    refusals = []

    def call() -> None:
        try:
            sim.stop_training_job(TrainingJobName="job")
        except ApiError as refusal:
            refusals.append(refusal.code)

    if stop is not None:
        sim.at(timedelta(milliseconds=stop), call)
    for look in looks:
        sim.run(until=sim.world.start + timedelta(milliseconds=look))
        assert sim.describe_training_job(TrainingJobName="job") == oracle.reply(wanted, look)
    sim.run()
    too_late = stop is not None and stop >= end and oracle.steps[-1][0] != "Stopped"
    assert refusals == ["ValidationException"] * too_late
