"""The lines that a job's containers wrote, as CloudWatch Logs would show them.

A declared workload's lines follow from its runs and are computed here when they are asked for; a
generator's were written down. One stream for every host and run: `{job}/algo-{n}-{epoch seconds}`.
"""

from collections.abc import Iterator

import attrs

from simjob.engine.history import Run
from simjob.engine.job import TrainingJob
from simjob.engine.pace import Pace
from simjob.world.durations import milliseconds

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


@attrs.frozen(slots=True)
class LogLine:
    """One log event: its stream, its instant in milliseconds since the epoch, its text."""

    stream: str
    timestamp_ms: int
    message: str


def log_lines(job: TrainingJob, at_ms: int, last: int | None = None) -> list[LogLine]:
    """The lines written by that instant, in the order of time, then of hosts; all, or the last.

    The last ones cost little, however many there are before them.
    """
    if last is not None and last <= 0:
        return []
    if job.workload.run is not None:
        return list(_written(job, at_ms, last))
    lines = [line for run in job.history.runs for line in _declared(job, run, at_ms, last)]
    lines.sort(key=lambda line: line.timestamp_ms)
    return lines if last is None else lines[-last:]


@attrs.frozen(slots=True)
class LogStream:
    """The stream of one host in one run, and when its container started."""

    name: str
    created_ms: int


def log_streams(job: TrainingJob, at_ms: int) -> list[LogStream]:
    """The streams that there are by that instant, in the order of runs, then of hosts.

    A stream is there from the start of its container, whether anything was written or not
    (inferred).
    """
    return [
        LogStream(stream_name(job, host, run), run.start_ms)
        for run in job.history.runs
        if run.start_ms <= at_ms
        for host in range(1, job.asked.instance_count + 1)
    ]


def stream_name(job: TrainingJob, host: int, run: Run) -> str:
    """The log stream of one host in one run.

    The name's form is recorded; hosts count from 1.
    """
    return f"{job.name}/algo-{host}-{run.start_ms // 1000}"


def _written(job: TrainingJob, at_ms: int, last: int | None) -> Iterator[LogLine]:
    lines = [line for line in job.history.lines or () if line.at_ms <= at_ms]
    for line in lines if last is None else lines[-last:]:
        run = [each for each in job.history.runs if each.start_ms <= line.at_ms][-1]
        yield LogLine(stream_name(job, line.host, run), line.at_ms, line.text)


def _declared(job: TrainingJob, run: Run, at_ms: int, last: int | None) -> Iterator[LogLine]:
    """The lines of one run; the last of each series of each host, where no more are wanted."""
    last_ms = at_ms if run.end_ms is None else min(at_ms, run.end_ms)
    pace = Pace(job.workload, run.resumed_ms)
    done_ms = pace.work_ms(last_ms - run.start_ms)
    for host in range(1, job.asked.instance_count + 1):
        stream = stream_name(job, host, run)
        for series in job.workload.logs:
            every_ms = milliseconds(series.every)
            step = run.resumed_ms // every_ms + 1
            if last is not None:
                step = max(step, done_ms // every_ms - last + 1)
            while step * every_ms <= done_ms:
                work_ms = step * every_ms
                progress = work_ms / run.work_ms if run.work_ms else 1.0
                text = series.line(step, min(1.0, progress), work_ms / 1000)
                yield LogLine(stream, run.start_ms + pace.span_ms(work_ms), text)
                step += 1
