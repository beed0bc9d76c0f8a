"""What befalls the calls to one account and region, by the faults of the world and by seed.

Which faults there are is told by the world. Here each call draws its lot, and here stand the token
buckets. Draws are keyed by the operation, the job that it names and how many such calls there were
before, so that one more call for one job changes nothing for another.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import attrs

from simjob.simulation import Simulation
from simjob.spec.errors import ApiError
from simjob.world.api_faults import RateLimit
from simjob.world.distributions import Constant, Distribution
from simjob.world.draws import Purpose

_FAILURE: Final = (
    "The request processing has failed because of an unknown error, exception or failure."
)


@attrs.frozen
class Lot:
    """What befalls one call: its latency, and what is to go wrong with it."""

    latency_seconds: float
    reset: bool = False
    fails: bool = False
    reply_lost: bool = False
    out_of_date: timedelta | None = None


class Bucket:
    """A token bucket, full at first."""

    def __init__(self, limit: RateLimit, now_seconds: float) -> None:
        self._limit = limit
        self._tokens: float = limit.burst
        self._at_seconds = now_seconds

    def take(self, now_seconds: float) -> bool:
        """Take a token, if there is one."""
        refilled = self._tokens + (now_seconds - self._at_seconds) * self._limit.rate
        self._tokens, self._at_seconds = min(float(self._limit.burst), refilled), now_seconds
        # A millionth of a token is what rounding may take from a whole one.
        if self._tokens < 1 - 1e-6:
            return False
        self._tokens -= 1
        return True


class Faults:
    """The faults that calls to one place meet."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._api = api = sim.world.api
        self._draws = sim.draws
        self._calls: dict[str, int] = {}
        self._buckets: dict[str, Bucket] = {}
        chancy = api.internal_failures or api.resets or api.lost_replies or api.staleness
        certain = isinstance(api.latency, Constant) and not chancy
        self._usual = Lot(api.latency.mean) if certain else None

    def lot(self, operation: str, params: Mapping[str, object]) -> Lot:
        """What befalls the next call of an operation with these parameters."""
        if self._usual is not None:
            return self._usual
        key = f"{operation} {params.get('TrainingJobName', '')}"
        number = self._calls[key] = self._calls.get(key, 0) + 1
        api = self._api

        def drawn(fault: str) -> bool:
            chance = api.chance(fault, operation)
            return self._draws.uniform(f"{key} {fault}", Purpose.CHANCE, number) < chance

        def sampled(what: str, distribution: Distribution) -> float:
            return self._draws.sample(distribution, f"{key} {what}", Purpose.CHANCE, number)

        stale = api.staleness
        return Lot(
            latency_seconds=sampled("latency", api.latency),
            reset=drawn("resets"),
            fails=drawn("internal_failures"),
            reply_lost=drawn("lost_replies"),
            out_of_date=timedelta(seconds=sampled("staleness", stale)) if stale else None,
        )

    def admit(self, operation: str, lot: Lot) -> None:
        """Let a call in to the service, at the present instant.

        Raises:
            ApiError: the operation is called too often, or the service fails.
        """
        limit = self._api.limit(operation)
        if limit is not None:
            now_seconds = self._sim.now_ms / 1000
            bucket = self._buckets.get(operation)
            if bucket is None:
                bucket = self._buckets[operation] = Bucket(limit, now_seconds)
            if not bucket.take(now_seconds):
                raise ApiError("ThrottlingException", "Rate exceeded")
        if lot.fails:
            raise ApiError("InternalFailure", _FAILURE, 500)
