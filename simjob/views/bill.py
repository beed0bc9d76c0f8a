"""The bill: billable seconds x instances x a dated rate, and storage.

Charged by the second from TrainingStartTime to TrainingEndTime (the page); waiting is free
(recorded). The form reproduces 25 of 25 public benchmark rows to the cent. Storage is charged for
the time on instances, spot or not, and not at all for types with local disks (inferred).
"""

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.instances import instance_type
from simjob.views.seen import Seen
from simjob.views.spending import Phases, spent
from simjob.views.warm import retained_ms
from simjob.world import prices

_HOUR = 3600


@attrs.frozen
class Bill:
    """What a job costs so far.

    Attributes:
        instance_type: such as "ml.p3.16xlarge".
        instance_count: how many of them.
        billable_seconds: of one instance; of spot training, already less the discount.
        dollars_per_hour: of one instance on demand, by which they are charged; None where no rate
            is known, and then there is no sum either.
        rate_source: where the rate is from.
        rate_date: the year or the day of it; "" where the world sets it.
        estimated: whether the rate, or the discount of spot training, is an estimate.
        spot: whether it is spot training.
        discount: the share that spot saves; 0 on demand.
        storage_dollars: for the volumes of all instances.
        storage_estimated: whether their price is an estimate.
        retained_seconds: of one instance in a warm pool, after the end; charged as any other.
        seconds: of one instance, by phase, before the discount.
    """

    instance_type: str
    instance_count: int
    billable_seconds: int
    dollars_per_hour: float | None
    rate_source: str
    rate_date: str
    estimated: bool
    spot: bool = False
    discount: float = 0.0
    storage_dollars: float = 0.0
    storage_estimated: bool = False
    retained_seconds: int = 0
    seconds: Phases = attrs.field(factory=Phases)

    @property
    def paid_dollars_per_hour(self) -> float | None:
        """What an hour of one instance costs after the discount."""
        rate = self.dollars_per_hour
        return None if rate is None else rate * (1 - self.discount)

    @property
    def instance_dollars(self) -> float | None:
        """What the instances cost, in dollars, not rounded.

        >>> round(Bill("ml.p3.16xlarge", 4, 3080, 28.152, "", "2021", False).instance_dollars, 2)
        96.34
        """
        if self.dollars_per_hour is None:
            return None
        return self.billable_seconds / 3600 * self.dollars_per_hour * self.instance_count

    @property
    def retained_dollars(self) -> float | None:
        """What the warm pool costs that the job has left."""
        if self.dollars_per_hour is None:
            return None
        return self.retained_seconds / 3600 * self.dollars_per_hour * self.instance_count

    @property
    def dollars(self) -> float | None:
        """The sum, with storage and the warm pool, in dollars, not rounded."""
        instances, retained = self.instance_dollars, self.retained_dollars
        if instances is None or retained is None:
            return None
        return instances + self.storage_dollars + retained

    @property
    def dollars_by_phase(self) -> Phases | None:
        """Where the money went: the sum, shared out by time; a second without any time is lost."""
        dollars, total = self.dollars, self.seconds.total
        if dollars is None:
            return None
        return self.seconds.times(dollars / total) if total else Phases(lost=dollars)

    @property
    def wasted_dollars(self) -> float | None:
        """The part of the sum that bought nothing that lasts (`Phases.wasted`)."""
        phases = self.dollars_by_phase
        return None if phases is None else phases.wasted

    @property
    def lost_seconds(self) -> float:
        """Time of the container, on one instance, of which nothing is left."""
        return self.seconds.lost


def bill(job: TrainingJob, at_ms: int) -> Bill:
    """The bill of a job at that instant; of a running job, what it has cost until then."""
    seen = Seen(job, at_ms)
    rate = prices.on_demand(job.world, job.instance_type)
    discount = prices.Discount(0.0)
    if job.spot:
        discount = prices.spot_discount(job.world, job.instance_type)
    seconds = spent(seen)
    storage = prices.storage(job.world)
    return Bill(
        instance_type=job.instance_type,
        instance_count=job.instance_count,
        billable_seconds=seen.billable_seconds or 0,
        dollars_per_hour=None if rate is None else rate.dollars,
        rate_source="" if rate is None else rate.source,
        rate_date="" if rate is None else rate.date,
        estimated=discount.estimated or (rate is not None and rate.estimated),
        spot=job.spot,
        discount=discount.share,
        storage_dollars=_gb_months(job, seconds) * storage.dollars,
        storage_estimated=storage.estimated,
        retained_seconds=retained_ms(job, at_ms) // 1000,
        seconds=seconds,
    )


def most_dollars_per_hour(job: TrainingJob) -> float:
    """What a job spends in an hour at most: of all instances, with storage; 0 without a rate."""
    rate = prices.on_demand(job.world, job.instance_type)
    storage = prices.storage(job.world).dollars * _volumes_gb(job) * _HOUR / prices.MONTH_SECONDS
    return 0.0 if rate is None else rate.dollars * job.instance_count + storage


def _gb_months(job: TrainingJob, seconds: Phases) -> float:
    """The storage of all instances for the time that they were there."""
    return _volumes_gb(job) * (seconds.total - seconds.restarting) / prices.MONTH_SECONDS


def _volumes_gb(job: TrainingJob) -> int:
    """The volumes of all instances; types with local disks have none."""
    resources = job.request.ResourceConfig
    if resources is None or instance_type(job.instance_type).local_nvme_bytes:
        return 0
    return (resources.VolumeSizeInGB or 0) * job.instance_count
