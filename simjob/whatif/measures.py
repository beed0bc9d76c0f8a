"""The measures of replications from their job rows.

The measures are pure functions of the rows and of a plan's terms (deadline, budget, capacity); all
replications of a table are measured at once. What is known of a measure after so many replications
stands in `estimates`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import asdict, frozen

from simjob.whatif.plan import Plan
from simjob.whatif.rows import Column

MEASURES: Final = (
    Column("completion_mean_seconds", float, "from arrival to end, with retries", optional=True),
    Column("completion_p50_seconds", float, "the median of the same", optional=True),
    Column("completion_p99_seconds", float, "its 99th percentile", optional=True),
    Column("makespan_seconds", float, "from the first arrival to the last end", optional=True),
    Column("wait_mean_seconds", float, "mean wait of a work for instances", optional=True),
    Column("restarts", int, "starts beyond the first inside the service"),
    Column("jobs", int, "how many jobs the plan wanted"),
    Column("completed", int, "how many of them ended Completed"),
    Column("failed", int, "how many of them ended Failed, or never ran"),
    Column("utilisation", float, "busy share of the instances that there are", optional=True),
    Column("dollars", float, "the bill of all jobs", optional=True),
    Column("wasted_dollars", float, "the part of it paid for what did not last", optional=True),
    Column("deadline_met", bool, "whether every job was Completed in time", optional=True),
    Column("budget_met", bool, "whether the bill is within the budget", optional=True),
)
"""What is measured of each replication. None where there is nothing to measure: no job has ended,
a job still runs (makespan), no rate is known, the plan has no deadline or budget, the capacity has
no end.

The wait of a work is the time between its arrival and its end in which none of its training jobs
had instances to itself: for its turn (`at_once`), for capacity, Interrupted, between its tries. The
mean is over the works of which there was a training job; what was refused for ever, or skipped, had
no wait that came to an end.
"""

_NEVER_RAN: Final = pa.array(["Refused", "Skipped"])
_BUSY: Final = ("starting", "downloading", "training", "uploading", "stopping")
_Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_Places = np.ndarray[tuple[int], np.dtype[np.intp]]
_KINDS: Final = {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


@frozen
class Terms:
    """What a plan is measured against.

    Args:
        deadline_seconds: after the start of the world; None for no deadline.
        budget_dollars: None for no budget.
        on_demand: so many instances there are, by type; a type not named has no end.
        spot: the same of spot instances.
    """

    deadline_seconds: float | None = None
    budget_dollars: float | None = None
    on_demand: Mapping[str, int] = {}
    spot: Mapping[str, int] = {}

    @classmethod
    def of(cls, plan: Plan) -> "Terms":
        """The terms of a plan."""
        pools = plan.world.capacity
        return cls(
            plan.deadline_seconds, plan.budget_dollars, dict(pools.on_demand), dict(pools.spot)
        )

    def as_dict(self) -> dict[str, object]:
        """The same as JSON has it."""
        return asdict(self)


def measure(jobs: pa.RecordBatch, replications: Sequence[int], terms: Terms) -> dict[str, pa.Array]:
    """The measures of each replication, in their order.

    Args:
        jobs: rows of one variation, with the column `replication`; rows of a replication together.
        replications: those to measure, ascending; one without rows had no jobs.
        terms: what they are measured against.
    """
    size = len(replications)
    group = np.searchsorted(np.asarray(replications), jobs["replication"].to_numpy())
    floats = {
        name: _floats(jobs[name])
        for name in (
            *("arrived_seconds", "created_seconds", "ended_seconds"),
            *("waiting_seconds", "interrupted_seconds"),
            *("dollars", "wasted_dollars"),
            *(f"{phase}_seconds" for phase in _BUSY),
            *("instances", "restarts"),
        )
    }
    last = _where(jobs["last"])
    completed = last & _where(pc.equal(jobs["status"], "Completed"))
    ran = ~_where(pc.is_in(jobs["status"], _NEVER_RAN))
    failed = last & (_where(pc.equal(jobs["status"], "Failed")) | ~ran)
    arrived, ended = floats["arrived_seconds"], floats["ended_seconds"]
    done = last & ran & ~np.isnan(ended)

    def total(values: _Floats, chosen: _Flags) -> _Floats:
        return np.bincount(group[chosen], weights=values[chosen], minlength=size).astype(np.float64)

    everything = np.ones(len(group), dtype=bool)
    ones = np.ones(len(group))
    wanted, ends = total(ones, last), total(ones, done)
    completion = ended - arrived
    first, end = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(first, group, arrived)
    np.maximum.at(end, group[done], ended[done])
    whole = total(ones, last & ran) == ends
    dollars = total(floats["dollars"], everything)
    met = (total(ones, completed) == wanted) & (end <= _or_inf(terms.deadline_seconds))
    makespan = np.where(whole & (ends > 0), end - first, np.nan)
    busy = sum((floats[f"{phase}_seconds"] for phase in _BUSY), np.zeros(len(group)))
    utilisation = _ratio(
        total(busy * floats["instances"], everything),
        makespan * _capacity(jobs, group, size, terms),
    )
    # A try waits since the arrival or the end of the try before. Summed up over the tries of a work
    # it is the same to begin each at its own end, and the last one at the arrival.
    created = floats["created_seconds"]
    since = np.where(last, arrived, np.where(np.isnan(ended), created, ended))
    tried = _of_works_that_ran(jobs, group, ran)
    without = floats["waiting_seconds"] + floats["interrupted_seconds"]
    waits = _ratio(total(without + created - since, tried), total(ones, tried & last))
    columns = {
        "completion_mean_seconds": _ratio(total(completion, done), ends),
        "completion_p50_seconds": _percentile(completion[done], group[done], size, 50),
        "completion_p99_seconds": _percentile(completion[done], group[done], size, 99),
        "makespan_seconds": makespan,
        "wait_mean_seconds": waits,
        "restarts": total(floats["restarts"], everything),
        "jobs": wanted,
        "completed": total(ones, completed),
        "failed": total(ones, failed),
        "utilisation": utilisation,
        "dollars": dollars,
        "wasted_dollars": total(floats["wasted_dollars"], everything),
        "deadline_met": _met(met, known=terms.deadline_seconds is not None),
        "budget_met": _met(
            dollars <= _or_inf(terms.budget_dollars),
            known=~np.isnan(dollars) & (terms.budget_dollars is not None),
        ),
    }
    return {
        name: pa.array(values, mask=np.isnan(values)).cast(_KINDS[kind])
        for (name, kind, _, _), values in zip(MEASURES, columns.values(), strict=True)
    }


def _of_works_that_ran(jobs: pa.RecordBatch, group: _Places, ran: _Flags) -> _Flags:
    """Which rows are of a work that has a training job, in this row or another."""
    if ran.all():
        return ran
    names, numbers = jobs["job"].dictionary_encode(), jobs["number"].to_numpy()
    job = group * len(names.dictionary) + names.indices.to_numpy()
    _, works = np.unique(job * (numbers.max() + 1) + numbers, return_inverse=True)
    return np.bincount(works, weights=ran).astype(bool)[works]


def _met(met: _Flags, *, known: bool | _Flags) -> _Floats:
    return np.where(known, met.astype(np.float64), np.nan)


def _capacity(jobs: pa.RecordBatch, group: _Places, size: int, terms: Terms) -> _Floats:
    """How many instances the pools have that a replication used; NaN where one has no end."""
    capacity = np.zeros(size)
    types = jobs["instance_type"].dictionary_encode()
    spot = _where(jobs["spot"])
    codes = types.indices.to_numpy()
    for code, name in enumerate(types.dictionary.to_pylist()):
        for pools, bought in ((terms.on_demand, ~spot), (terms.spot, spot)):
            used = np.unique(group[(codes == code) & bought])
            capacity[used] += pools.get(name, np.nan)
    return capacity


def _floats(column: pa.Array) -> _Floats:
    values: _Floats = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _where(column: pa.Array) -> _Flags:
    values: _Flags
    values = column.to_numpy(zero_copy_only=False).astype(bool)
    return values


def _or_inf(value: float | None) -> float:
    return np.inf if value is None else value


def _ratio(over: _Floats, under: _Floats) -> _Floats:
    good = under > 0
    ratio: _Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=good)
    return ratio


def _percentile(values: _Floats, group: _Places, size: int, percent: float) -> _Floats:
    """The percentile of each group's values, linear between neighbours; NaN for an empty group."""
    counts = np.bincount(group, minlength=size)
    found = np.full(size, np.nan)
    some = counts > 0
    if not some.any():
        return found
    ordered = values[np.lexsort((values, group))]
    place = (counts[some] - 1) * (percent / 100)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, counts[some] - 1)
    starts = (np.cumsum(counts) - counts)[some]
    low, high = ordered[starts + below], ordered[starts + above]
    found[some] = low + (high - low) * (place - below)
    return found
