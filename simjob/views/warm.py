"""WarmPoolStatus: what became of the instances that a job kept alive.

`Available`, `Reused` and `Terminated` follow the documentation, and so do the seconds: wall-clock
time from the job's end, to be paid for each instance. *Inferred* is when `InUse` shows: while a job
that asks for a warm pool, or runs on one, has its instances.
"""

from simjob.engine.asked import keep_alive_seconds
from simjob.engine.job import TrainingJob
from simjob.spec.shapes_today import WarmPoolStatus
from simjob.views.seen import Seen


def warm_pool_status(seen: Seen) -> WarmPoolStatus | None:
    """WarmPoolStatus as it is seen, None where there is none."""
    job = seen.job
    warmth = job.warmth
    if not seen.ended:
        granted = any(each.granted_ms <= seen.at_ms for each in job.history.attempts)
        taken = warmth is not None and warmth.took is not None
        asked = keep_alive_seconds(seen.request)
        return WarmPoolStatus(Status="InUse") if granted and (asked or taken) else None
    if warmth is None or warmth.since_ms is None:
        return None
    seconds = retained_ms(job, seen.at_ms) // 1000
    if warmth.over_ms is None or seen.at_ms < warmth.over_ms:
        return WarmPoolStatus(Status="Available", ResourceRetainedBillableTimeInSeconds=seconds)
    return WarmPoolStatus(
        Status="Terminated" if warmth.taken_by is None else "Reused",
        ResourceRetainedBillableTimeInSeconds=seconds,
        ReusedByJob=warmth.taken_by,
    )


def left_warm(job: TrainingJob) -> bool:
    """Whether the job has left its instances as a warm pool, at whatever instant."""
    return job.warmth is not None and job.warmth.since_ms is not None


def has_warm_pool(job: TrainingJob) -> bool:
    """Whether the job has left a warm pool that is still there, now that the engine is at."""
    return job.warmth is not None and job.warmth.available


def warm_until_ms(job: TrainingJob) -> int:
    """Until when its pool was kept, or will be if no other job takes it."""
    if job.warmth is None:
        raise ValueError(f"{job.name!r} has left no warm pool")
    return job.warmth.until_ms if job.warmth.over_ms is None else job.warmth.over_ms


def retained_ms(job: TrainingJob, at_ms: int) -> int:
    """How long the job's instances have been kept after its end."""
    warmth = job.warmth
    if warmth is None or warmth.since_ms is None:
        return 0
    until_ms = at_ms if warmth.over_ms is None else min(at_ms, warmth.over_ms)
    return max(0, until_ms - warmth.since_ms)
