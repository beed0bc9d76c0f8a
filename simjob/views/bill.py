"""The bill: billable seconds x instances x a dated rate, and storage.

Charged by the second from TrainingStartTime to TrainingEndTime (the page); waiting is free
(recorded). The form reproduces 25 of 25 public benchmark rows to the cent. Storage is charged for
the time on instances, spot or not, and not at all for types with local disks (inferred).
"""

from typing import NamedTuple

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.instances import instance_type
from simjob.views.seen import Seen
from simjob.views.shown import Shown
from simjob.views.spending import Phases, spent
from simjob.views.warm import retained_ms
from simjob.views.words import bill_in_words
from simjob.world import World, prices

_HOUR = 3600


@attrs.frozen
class Bill(Shown):
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
        return _charge(self.billable_seconds, self.dollars_per_hour, self.instance_count)

    @property
    def retained_dollars(self) -> float | None:
        """What the warm pool costs that the job has left."""
        return _charge(self.retained_seconds, self.dollars_per_hour, self.instance_count)

    @property
    def dollars(self) -> float | None:
        """The sum, with storage and the warm pool, in dollars, not rounded."""
        return _sum(self.instance_dollars, self.storage_dollars, self.retained_dollars)

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

    def __str__(self) -> str:
        return bill_in_words(self)


class Tariff(NamedTuple):
    """What is the same on the bills of all like jobs: prices of a type, on demand or spot.

    Attributes:
        rate: of an hour of one instance, if one is known.
        discount: what spot takes off it.
        storage: of a GB for a month; types with local disks have no volumes to pay for.
        gb_dollars: what is charged of that.
        estimated: whether the rate or the discount is.
    """

    rate: prices.Price | None
    discount: prices.Discount
    storage: prices.Price
    gb_dollars: float
    estimated: bool


class Tariffs:
    """The prices of one world, looked up once for all like jobs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[tuple[str, bool], Tariff] = {}

    def of(self, job: TrainingJob) -> Tariff:
        """What a job of this world is charged by."""
        key = job.asked.instance_type, job.asked.spot
        tariff = self._known.get(key)
        if tariff is None:
            tariff = self._known[key] = self._tariff(*key)
        return tariff

    def _tariff(self, name: str, spot: bool) -> Tariff:  # noqa: FBT001 - a key's part
        world = self._world
        rate = prices.on_demand(world, name)
        discount = prices.spot_discount(world, name) if spot else prices.Discount(0.0)
        estimated = discount.estimated or (rate is not None and rate.estimated)
        storage = prices.storage(world)
        gb_dollars = 0.0 if instance_type(name).local_nvme_bytes else storage.dollars
        return Tariff(rate, discount, storage, gb_dollars, estimated)


def bill(job: TrainingJob, at_ms: int) -> Bill:
    """The bill of a job at that instant; of a running job, what it has cost until then."""
    seen = Seen(job, at_ms)
    asked, seconds, tariff = job.asked, spent(seen), Tariffs(job.world).of(job)
    rate = tariff.rate
    return Bill(
        asked.instance_type,
        asked.instance_count,
        seen.billable_seconds or 0,
        None if rate is None else rate.dollars,
        "" if rate is None else rate.source,
        "" if rate is None else rate.date,
        tariff.estimated,
        asked.spot,
        tariff.discount.share,
        _storage_dollars(job, seconds, tariff),
        tariff.storage.estimated,
        retained_ms(job, at_ms) // 1000,
        seconds,
    )


def dollars_of(seen: Seen, billable_seconds: int, seconds: Phases, tariff: Tariff) -> float | None:
    """The sum on the bill of a job, of which is known what it has spent, and by which prices."""
    job = seen.job
    count = job.asked.instance_count
    rate = None if tariff.rate is None else tariff.rate.dollars
    instances = _charge(billable_seconds, rate, count)
    retained: float | None = 0.0
    if job.warmth is not None:
        retained = _charge(retained_ms(job, seen.at_ms) // 1000, rate, count)
    return _sum(instances, _storage_dollars(job, seconds, tariff), retained)


def _charge(seconds: int, dollars_per_hour: float | None, count: int) -> float | None:
    """What so many instances cost for that time; None where no rate is known."""
    return None if dollars_per_hour is None else seconds / 3600 * dollars_per_hour * count


def _sum(instances: float | None, storage: float, retained: float | None) -> float | None:
    return None if instances is None or retained is None else instances + storage + retained


def most_dollars_per_hour(job: TrainingJob) -> float:
    """What a job spends in an hour at most: of all instances, with storage; 0 without a rate."""
    rate, _, _, gb_dollars, _ = Tariffs(job.world).of(job)
    storage = gb_dollars * _volumes_gb(job) * _HOUR / prices.MONTH_SECONDS
    return 0.0 if rate is None else rate.dollars * job.asked.instance_count + storage


def _storage_dollars(job: TrainingJob, seconds: Phases, tariff: Tariff) -> float:
    """The storage of all instances for the time that they were there."""
    there_seconds = seconds.total - seconds.restarting
    return _volumes_gb(job) * there_seconds / prices.MONTH_SECONDS * tariff.gb_dollars


def _volumes_gb(job: TrainingJob) -> int:
    """The volumes of all instances."""
    resources = job.request.ResourceConfig
    size_gb = resources.VolumeSizeInGB if resources else None
    return (size_gb or 0) * job.asked.instance_count
