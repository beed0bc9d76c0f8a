"""What one worker does: replications of one variation, to rows, measures and failures.

Everything in a task and in its outcome can be pickled. Which tasks there are, and who works on
them, stands elsewhere.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from time import perf_counter
from traceback import format_exception_only
from typing import Final, Protocol

import pyarrow as pa
from attrs import frozen

from simjob.whatif.measures import Terms, measure
from simjob.whatif.plan import Plan
from simjob.whatif.prepared import Prepared
from simjob.whatif.replication import Replication
from simjob.whatif.rows import JOB_COLUMNS, TRANSITION_COLUMNS, empty
from simjob.whatif.tables import Schemas, batch
from simjob.whatif.variation import Variation


class Replicate(Protocol):
    """Carries a plan out once: `simjob.whatif.replicate`."""

    def __call__(self, plan: Prepared, seed: int, *, transitions: bool) -> Replication:
        """The rows of one replication."""


_SEED_BITS: Final = 63


def seed_of(master: int, replication: int) -> int:
    """The seed of a replication: of nothing but the master seed and the number.

    It is the same in every variation (common random numbers), and has 63 bits.

    >>> seed_of(7, 0), seed_of(7, 1) == seed_of(7, 1)
    (4193236515377984003, True)
    """
    text = f"{master:x}/{replication}".encode()
    digest = blake2b(text, digest_size=8, person=b"simjob sweep 1").digest()
    return int.from_bytes(digest) >> (64 - _SEED_BITS)


@frozen
class Failure:
    """A replication that raised: where, with what seed, and the last line of the traceback."""

    variation: str
    replication: int
    seed: int
    error: str

    def __str__(self) -> str:
        return f"{self.variation}: replication {self.replication} (seed {self.seed}): {self.error}"


@frozen
class Outcome:
    """What became of some replications of one variation, in their order.

    Attributes:
        count: how many they were, failed ones too.
        jobs: a row for each training job.
        transitions: a row for each transition; None where nobody asked.
        measures: a row for each replication that did not fail.
        failures: the others.
        seconds: how long the worker took.
    """

    count: int
    jobs: pa.RecordBatch
    transitions: pa.RecordBatch | None
    measures: pa.RecordBatch
    failures: tuple[Failure, ...]
    seconds: float


@frozen
class Work:
    """What all tasks of one variation have in common; `transitions` where a log is asked for."""

    plan: Plan
    variation: Variation
    terms: Terms
    schemas: Schemas
    master: int
    transitions: bool
    replicate: Replicate


def carry_out(work: Work, first: int, count: int) -> Outcome:
    """Replications `first` to `first + count - 1` of one variation."""
    began = perf_counter()
    prepared = Prepared(work.plan)
    jobs, transitions = empty(JOB_COLUMNS), empty(TRANSITION_COLUMNS)
    lengths, log_lengths = [], []
    done, seeds, failures = [], [], []
    for number in range(first, first + count):
        seed = seed_of(work.master, number)
        try:
            told = work.replicate(prepared, seed, transitions=work.transitions)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not lost by it
            line = " ".join(format_exception_only(error)[-1].split())
            failures.append(Failure(work.variation.label, number, seed, line))
            continue
        done.append(number)
        seeds.append(seed)
        lengths.append(_extend(jobs, told.jobs))
        if work.transitions:
            log_lengths.append(_extend(transitions, told.transitions))
    schemas = work.schemas
    table = batch(schemas.jobs, work.variation, (done, seeds, lengths), jobs)
    log = None
    if work.transitions:
        log = batch(schemas.transitions, work.variation, (done, seeds, log_lengths), transitions)
    measured = measure(table, done, work.terms)
    return Outcome(
        count,
        table,
        log,
        batch(schemas.measures, work.variation, (done, seeds, [1] * len(done)), measured),
        tuple(failures),
        perf_counter() - began,
    )


def _extend(columns: dict[str, list[object]], more: Mapping[str, Sequence[object]]) -> int:
    for name, values in columns.items():
        values.extend(more[name])
    return len(more["job"])
