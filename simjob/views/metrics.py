"""Metrics: what the request's own MetricDefinitions find in the log lines.

As recorded, a value has single precision and a time stamp of whole seconds. Python's regular
expressions stand in for the service's.
"""

import functools
import math
import re
import struct
from collections.abc import Iterator

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.containers import ListOf
from simjob.spec.editions import Column
from simjob.spec.member import members
from simjob.spec.replies import DescribeTrainingJobResponse
from simjob.spec.shapes import MetricData
from simjob.views.logs import log_lines


@functools.cache
def _most(column: Column) -> int | None:
    """How many items FinalMetricDataList holds at most."""
    for each in members(DescribeTrainingJobResponse, column):
        if each.name == "FinalMetricDataList" and isinstance(each.constraint, ListOf):
            return each.constraint.max
    return None


@attrs.frozen(slots=True)
class MetricPoint:
    """One value of one metric, at an instant in milliseconds since the epoch."""

    name: str
    timestamp_ms: int
    value: float


def metric_points(job: TrainingJob, at_ms: int) -> Iterator[MetricPoint]:
    """Every value found by that instant, in the order of the lines."""
    definitions = job.metric_definitions
    if not definitions:
        return
    patterns = [(each.Name, re.compile(each.Regex)) for each in definitions]
    for line in log_lines(job, at_ms):
        for name, pattern in patterns:
            value = _value(pattern, line.message)
            if value is not None:
                yield MetricPoint(name, line.timestamp_ms, value)


def _value(pattern: re.Pattern[str], text: str) -> float | None:
    """The first group as a finite number of single precision, None where there is none."""
    match = pattern.search(text)
    if match is None or not match.groups():
        return None
    try:
        (single,) = struct.unpack("<f", struct.pack("<f", float(match[1])))
    except (ValueError, TypeError, OverflowError):
        return None
    return float(single) if math.isfinite(single) else None


def final_metrics(job: TrainingJob) -> tuple[MetricData, ...]:
    """FinalMetricDataList of a job that has ended: the last value of each metric.

    In the order of the definitions, as recorded, and no more than the edition's limit. They are
    looked for once: nothing is written any more.
    """
    if job.final_metrics is None:
        job.final_metrics = _last_values(job)
    return job.final_metrics


def _last_values(job: TrainingJob) -> tuple[MetricData, ...]:
    last = {point.name: point for point in metric_points(job, job.history.entries[-1].start_ms)}
    names = [each.Name for each in job.metric_definitions]
    found = [last[name] for name in names if name in last]
    return tuple(
        MetricData(
            MetricName=point.name,
            Value=point.value,
            Timestamp=float(point.timestamp_ms // 1000),
        )
        for point in found[: _most(job.edition.column)]
    )
