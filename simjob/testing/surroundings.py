"""Hypothesis strategies for the surroundings: random worlds, calm and hostile.

`worlds` draws a whole World, `workloads` one declared Workload, `api_faults` what befalls calls.
Needs the extra `simjob[testing]`.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "simjob.testing.surroundings needs Hypothesis: pip install 'simjob[testing]'"
    ) from error

from simjob.world import (
    ApiFaults,
    Capacity,
    Constant,
    Distribution,
    EventDelivery,
    Exponential,
    InternalError,
    Latencies,
    Launches,
    Lognormal,
    LogSeries,
    Outage,
    Quotas,
    RateLimit,
    S3Prefix,
    SpotMarket,
    Storage,
    Uniform,
    Waves,
    Workload,
    WorkloadRule,
    World,
    Zone,
)
from simjob.world.api_faults import EVERY, OPERATIONS

INSTANCE_TYPES: Final = ("ml.m5.large", "ml.p3.2xlarge")
"""The types whose capacity and quotas `worlds` limits by default: one of each kind."""

BUCKETS: Final = ("s3://plain/data", "s3://denied/data", "s3://gone/data", "s3://large/data")
"""Prefixes that lie in the worlds: there, denied, missing, and slow to read."""

DENIED_ROLE: Final = "arn:aws:iam::123456789012:role/denied"
"""A role that some worlds deny."""

_NO_FAULTS: Final = st.just(ApiFaults())


def spans(most: float) -> st.SearchStrategy[Distribution]:
    """Distributions of durations, with `most` seconds as a long one.

    >>> from hypothesis import find
    >>> find(spans(60), lambda _: True)
    Constant(value=0.0)
    """
    some = st.integers(0, round(most * 1000)).map(lambda ms: ms / 1000)
    more = st.integers(1, round(most * 1000)).map(lambda ms: ms / 1000)
    return st.one_of(
        some.map(Constant),
        st.tuples(some, some).map(lambda two: Uniform(min(two), max(two))),
        st.tuples(more, st.floats(1, 3)).map(lambda two: Lognormal(two[0], two[0] * two[1])),
    )


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """Declared workloads: of any end, any behaviour on SIGTERM, with and without checkpoints.

    >>> from hypothesis import find
    >>> find(workloads(), lambda _: True).exit_code
    0
    """
    given: dict[str, Any] = {}
    match draw(st.sampled_from(("duration", "steps", "items"))):
        case "duration":
            given["duration"] = draw(spans(1200))
        case "steps":
            given |= {"steps": draw(st.integers(1, 50)), "step_time": draw(spans(30))}
        case _:
            given |= {"items": 1000, "epochs": draw(st.sampled_from((0.5, 1, 3)))}
            given["throughput"] = draw(st.sampled_from((1, {"*": 10, "accelerated": 1000})))
    if "items" not in given:
        given["speed"] = draw(st.sampled_from(({}, {"ml.p3.2xlarge": 8, "cpu": 0.5})))
    if draw(st.booleans()):
        given["parallel_fraction"] = draw(st.sampled_from((0, 0.5, 1)))
    else:
        given["scaling"] = draw(st.sampled_from(({2: 1.9}, {2: 1.5, 4: 1.2})))
    if draw(st.booleans()):
        given["checkpoint_every"] = draw(st.sampled_from((0.5, 60, 3600)))
        given["checkpoint_time"] = draw(st.sampled_from((0, 0.001, 7)))
        given["resume_time"] = draw(st.sampled_from((0, 0.001, 90)))
    behaviour = draw(st.sampled_from(("exit", "save", "ignore")))
    given["on_sigterm"] = behaviour
    if behaviour == "save":
        given["save_time"] = draw(st.sampled_from((0, 30, 119.999, 120, 120.001, 500)))
    if draw(st.integers(0, 3)) == 0:
        given |= {"exit_code": draw(st.integers(1, 255)), "failure": draw(st.text(max_size=20))}
        given["failing_hosts"] = draw(st.sampled_from((None, (), (1,), (2, 3))))
        given["fails_after"] = draw(st.none() | spans(600))
    return Workload(
        encryption_factor=draw(st.sampled_from((1, 1.5))),
        memory_bytes=draw(st.sampled_from((0, 0, 0, 10**10, 10**13))),
        artifact_bytes=draw(st.sampled_from((0, 10**6, 10**10))),
        logs=draw(st.sampled_from(((), (LogSeries("loss={value:.3f}", every=47, first=2),)))),
        **given,
    )


def _limits(types: Sequence[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(types), st.integers(0, 6))


def _latencies() -> st.SearchStrategy[Latencies]:
    table = spans(90).map(lambda span: {"*": span})
    names = ("launching", "preparing", "downloading", "image_pull", "uploading")
    return st.fixed_dictionaries(dict.fromkeys(names, table)).map(
        lambda tables: Latencies(**tables)
    )


def _outages() -> st.SearchStrategy[tuple[Outage, ...]]:
    def apart(steps: list[int]) -> tuple[Outage, ...]:
        at = list(accumulate(steps))
        return tuple(Outage(at[i], at[i + 1]) for i in range(0, len(at) - 1, 2))

    return st.lists(st.integers(1, 1500), max_size=6).map(apart)


def _zones() -> st.SearchStrategy[tuple[Zone, ...]]:
    waves = st.builds(
        Waves,
        every=st.sampled_from((Exponential(600), Constant(300))),
        lasts=st.sampled_from((Constant(120), Uniform(0, 300))),
    )
    zones = [
        st.builds(Zone, st.just(name), outages=_outages(), waves=st.none() | waves)
        for name in ("us-east-1a", "us-east-1b")
    ]
    return st.just(()) | st.tuples(*zones)


def _events() -> st.SearchStrategy[EventDelivery]:
    share = st.sampled_from((0, 0.3, 1))
    return st.builds(
        EventDelivery, delay=spans(60), duplicates=share, reorder=share, late=spans(300)
    )


def _storage() -> st.SearchStrategy[Storage]:
    plain, denied, gone, large = BUCKETS
    prefixes: Any = (
        S3Prefix(plain, bytes=10**6),
        S3Prefix(denied, access="denied"),
        S3Prefix(gone, access="missing"),
        S3Prefix(large, bytes=10**10, objects=1000),
    )
    filled = Storage(prefixes=prefixes)
    return st.sampled_from((Storage(), filled))


def api_faults() -> st.SearchStrategy[ApiFaults]:
    """What can befall the calls of real clients: any of the faults, for all calls or for some.

    >>> from hypothesis import find
    >>> find(api_faults(), lambda _: True) == ApiFaults()
    True
    """
    calls = st.just(EVERY) | st.sampled_from(sorted(OPERATIONS))
    chances: st.SearchStrategy[dict[str, float]] = st.just({}) | st.dictionaries(
        calls, st.sampled_from((0.1, 0.5, 1)), max_size=3
    )
    rates = st.sampled_from((0.2, 1, 2, 10))
    limits = st.builds(RateLimit, rates) | st.builds(RateLimit, rates, st.integers(1, 20))
    return st.builds(
        ApiFaults,
        latency=st.just(Constant(0.05)) | spans(10),
        throttles=st.sampled_from(({}, "reported")) | st.dictionaries(calls, limits, max_size=3),
        internal_failures=chances,
        resets=chances,
        lost_replies=chances,
        staleness=st.none() | spans(300),
    )


def worlds(
    *,
    types: Sequence[str] = INSTANCE_TYPES,
    rules: Sequence[WorkloadRule] = (),
    api: st.SearchStrategy[ApiFaults] = _NO_FAULTS,
) -> st.SearchStrategy[World]:
    """Worlds of any temper: short of capacity, unhealthy, interrupted, denied, slow.

    Args:
        types: instance types whose capacity and quotas may be limited, down to none.
        rules: of workloads, which come before those that are drawn.
        api: what befalls calls, such as `api_faults()`; by default nothing, since calls straight
            to a `Simulation` meet none of it.

    >>> from hypothesis import find
    >>> find(worlds(), lambda _: True).region
    'us-east-1'
    """
    market = st.builds(
        SpotMarket,
        uptime=st.none() | st.sampled_from((Exponential(300), Constant(0), Constant(400))),
        outages=_outages(),
        zones=_zones(),
        interrupted=st.sampled_from((Constant(30), Uniform(30, 120))),
        discount=st.sampled_from((None, 0, 0.68, 0.99)),
        prices=st.sampled_from(({}, {INSTANCE_TYPES[0]: 0.01})),
    )
    faults = st.builds(
        InternalError,
        name=st.sampled_from(("*", "a*")),
        attempts=st.integers(1, 3),
        after=st.sampled_from((0, 1, 100)),
    )
    return st.builds(
        World,
        capacity=st.builds(
            Capacity,
            on_demand=_limits(types),
            spot=_limits(types),
            give_up_after=st.none() | spans(1200),
        ),
        quotas=st.just(Quotas()) | st.builds(Quotas, on_demand=_limits(types), spot=_limits(types)),
        latencies=st.just(Latencies()) | _latencies(),
        launches=st.builds(
            Launches,
            unhealthy_probability=st.sampled_from((0, 0, 0.3)),
            instance_failure=st.none() | st.none() | st.just(Exponential(2000)),
        ),
        internal_errors=st.lists(faults, max_size=1),
        storage=_storage(),
        spot=st.just(SpotMarket()) | market,
        events=st.just(EventDelivery()) | _events(),
        denied_roles=st.sampled_from(((), (DENIED_ROLE,))),
        runtime_limit_lag=st.sampled_from((Constant(0), Constant(300), Uniform(0, 60))),
        prices=st.sampled_from(({}, {types[0]: 3.6})),
        volume_dollars_per_gb_month=st.sampled_from((None, 0, 0.2)),
        workloads=st.lists(
            st.builds(WorkloadRule, workloads(), name=st.sampled_from(("a*", "b*", "*"))),
            max_size=3,
        ).map(lambda drawn: (*rules, *drawn)),
        default_workload=st.just(Workload()) | workloads(),
        api=api,
    )
