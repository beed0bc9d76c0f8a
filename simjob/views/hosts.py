"""Host metrics: how busy the instances of a job are, minute by minute.

No world says how busy they are, and no record was found that would: the numbers are *made up*, one
for each metric and status, so that dashboards and alarms have something to read. *Documented* are
the names, that a value counts for every core and every accelerator, and the minute.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from simjob.engine.clock import epoch_ms
from simjob.engine.job import TrainingJob
from simjob.spec.instances import instance_type
from simjob.spec.statuses import SecondaryStatus
from simjob.views.timeline import timeline

MINUTE_MS: Final = 60_000
HOST_METRICS: Final = (
    "CPUUtilization",
    "MemoryUtilization",
    "DiskUtilization",
    "GPUUtilization",
    "GPUMemoryUtilization",
)
_S = SecondaryStatus
_BUSY: Final = {
    _S.Downloading: (20.0, 10.0, 10.0, 0.0, 0.0),
    _S.DownloadingTrainingImage: (20.0, 10.0, 15.0, 0.0, 0.0),
    _S.Training: (80.0, 50.0, 20.0, 90.0, 60.0),
    _S.Stopping: (40.0, 50.0, 20.0, 0.0, 60.0),
    _S.Uploading: (10.0, 20.0, 20.0, 0.0, 0.0),
}
"""Percent of one core, the memory, the disk, one accelerator and its memory."""


@attrs.frozen(slots=True)
class HostPoint:
    """One value of one metric of one host, at a whole minute, in percent; hosts count from 1."""

    host: int
    name: str
    timestamp_ms: int
    value: float


def host_points(job: TrainingJob, at_ms: int) -> Iterator[HostPoint]:
    """Every value before that instant, of every minute at which a host was ready and in use."""
    seen = timeline(job, at_ms)
    facts = instance_type(job.asked.instance_type)
    each_of = (facts.vcpus, 1, 1, facts.accelerators, facts.accelerators)
    for span in seen.instances:
        if span.ready is None:
            continue
        gone = seen.at if span.released is None else span.released
        for phase in seen.phases:
            busy = _BUSY.get(phase.status)
            first = max(span.ready, phase.start)
            last = min(gone, phase.end or seen.at)
            if busy is None or last <= first:
                continue
            for minute_ms in range(
                -(-epoch_ms(first) // MINUTE_MS) * MINUTE_MS, epoch_ms(last), MINUTE_MS
            ):
                for name, percent, count in zip(HOST_METRICS, busy, each_of, strict=True):
                    if count:
                        yield HostPoint(span.host, name, minute_ms, percent * count)
