"""`sweep`: replications of a plan in each of its variations, to Results.

Here everything is checked before, and put together after. The order of the work stands in `rounds`,
what a task does in `tasks`, who works in `backends`, where rows are kept until the end in `store`.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Final

import pyarrow as pa
from attrs import evolve

from simjob.whatif import files
from simjob.whatif.backends import usual_workers, wrong_backend
from simjob.whatif.backends import workers as crew
from simjob.whatif.enough import Enough
from simjob.whatif.facts import Facts
from simjob.whatif.measures import Terms
from simjob.whatif.plan import Plan
from simjob.whatif.progress import progress_bar, remark
from simjob.whatif.rates import Rates
from simjob.whatif.replication import replicate
from simjob.whatif.results import Results, by_variation, estimates_of, with_facts
from simjob.whatif.rounds import Sweeping
from simjob.whatif.store import Memory, Parts, Store
from simjob.whatif.tables import Schemas
from simjob.whatif.tasks import Work
from simjob.whatif.variation import SweepError, Vary, given, planned
from simjob.world.checks import positive_count

USUAL: Final = 100
"""Replications of each variation."""
USUAL_MOST: Final = 10_000
"""The most of them where precision is asked for."""


def sweep(  # noqa: PLR0913 - each says one thing of a sweep
    plan: Plan,
    *,
    vary: Vary | None = None,
    replications: int | None = None,
    seed: int = 0,
    backend: str = "loky",
    workers: int | None = None,
    out: str | PathLike[str] | None = None,
    transitions: bool | str | PathLike[str] = False,
    until: float | None = None,
    progress: bool = False,
) -> Results:
    """Carry out a plan many times in each variation, and tell every job of it.

    The results depend on plan, variations, replications, seed and `until` alone: not on backend,
    workers, or interruptions. With `out` rows go to disk as they come, into a directory beside the
    file (`results.parquet.parts`); an interrupted sweep keeps it, and the same call goes on from
    there. A replication that raises is one of `Results.failures`; the others are not lost.

    Args:
        plan: what is carried out.
        vary: a grid (a mapping from dotted paths to lists of values) or a list of variations
            (mappings from paths to a value); None for those of the plan's own file.
        replications: how many of each variation (100); with `until`, the most of them (10,000).
        seed: the master seed. Replication 3 has the same seed in every variation, so that
            differences between variations are not luck (common random numbers).
        backend: "loky" (processes of this machine), "dask" or "ray". The Dask client and the Ray
            runtime that are connected are used, else those that DASK_SCHEDULER_ADDRESS and
            RAY_ADDRESS name, else local ones.
        workers: how many at once; None for as many as there are processors.
        out: the file to write, ending in .parquet or .csv; None to keep the rows in memory.
        transitions: True keeps the transition log in memory, a file's name writes it there.
        until: add rounds of replications until, in each variation, the half-width of the 95 %
            interval is at most this share of the mean, of the mean completion time and of the
            dollars. A measure without any value is not waited for.
        progress: show a bar on standard error, if that is a terminal, and say there if something of
            an interrupted sweep is no longer whole, and done again.

    Raises:
        WorkersError: the workers failed, not a replication: one was killed, say.
        SweepError: for anything that cannot be, before anything runs; one line for each mistake.
            Another sweep that writes to the same file at this moment is one.
        TypeError: for a plan that is none, such as the name of its file.
        OSError: results cannot be written. What is done is kept, nothing stands under the name.
    """
    if not isinstance(plan, Plan):
        raise TypeError(f"plan must be a plan, as load_plan gives it, is {plan!r}")
    mistakes = _wrong(replications, seed, backend, workers, out, transitions, until)
    log = not isinstance(transitions, bool) or transitions
    works, facts, schemas = _works(plan, vary, seed, until, mistakes, log=log)
    most = replications or (USUAL if until is None else USUAL_MOST)
    store = Memory() if out is None else _parts(Path(out), facts, most, schemas, log=log)
    try:
        if progress and isinstance(store, Parts) and store.dropped:
            remark(f"{store.dropped}; this and what follows is done again")
        enough = None if until is None else Enough(facts.terms, until)
        sweeping = Sweeping(works, most, store, enough)
        with (
            progress_bar(len(works) * most, shown=progress) as advance,
            crew(backend, workers or usual_workers()) as working,
        ):
            sweeping.go_on(working, advance)
        done = evolve(
            facts,
            replications=store.count // len(works),
            reached=None if enough is None else enough.reached,
            failures=tuple(store.failures),
        )
        log_file = None if isinstance(transitions, bool) else Path(transitions)
        return _finished(done, schemas, store, out, log_file, log=log)
    except BaseException as error:
        if isinstance(store, Parts):
            with suppress(OSError):
                store.flush()
            kept = f"{store.safe} of {len(works) * most} replications are kept in {store.directory}"
            error.add_note(f"{kept}; the same sweep goes on from there")
        raise
    finally:
        store.close()


# Before anything runs.


def _wrong(  # noqa: PLR0913, PLR0917 - as sweep
    replications: int | None,
    seed: int,
    backend: str,
    workers: int | None,
    out: str | PathLike[str] | None,
    transitions: bool | str | PathLike[str],  # noqa: FBT001 - as sweep
    until: float | None,
) -> list[str]:
    """What is wrong with the arguments."""
    mistakes = []
    for name, number in (("replications", replications), ("workers", workers)):
        if number is not None and (problem := positive_count(number)):
            mistakes.append(f"{name}: {problem}")
    if isinstance(seed, bool) or not isinstance(seed, int):
        mistakes.append(f"seed: must be a whole number, is {seed!r}")
    share = isinstance(until, float | int) and 0 < until < 1
    if until is not None and not share:
        mistakes.append(f"until: must be a share of the mean between 0 and 1, is {until!r}")
    mistakes.append(wrong_backend(backend))
    if out is not None:
        mistakes.append(files.wrong_target(out))
    if not isinstance(transitions, bool):
        mistakes.append(files.wrong_target(transitions))
        if out is not None and Path(out).absolute() == Path(transitions).absolute():
            mistakes.append(f"transitions: must not be the file of the rows, {out}")
    elif transitions and out is not None:
        mistakes.append("transitions: must name a file where the rows go to one")
    return [mistake for mistake in mistakes if mistake]


def _works(  # noqa: PLR0913 - each is part of what results depend on
    plan: Plan,
    vary: Vary | None,
    seed: int,
    until: float | None,
    mistakes: list[str],
    *,
    log: bool,
) -> tuple[list[Work], Facts, Schemas]:
    """What to do in each variation; refuses everything that is wrong."""
    try:
        varied = planned(plan) if vary is None else given(plan, vary)
    except SweepError as error:
        mistakes += error.mistakes
    if mistakes:
        raise SweepError(mistakes)
    terms = {variation.label: Terms.of(own) for variation, own in varied}
    found = tuple(variation for variation, _ in varied)
    rates = {variation.label: Rates.of_plan(own) for variation, own in varied}
    facts = Facts(version("simjob"), plan.table, seed, 0, found, terms, until, rates=rates)
    schemas = Schemas.of(found)
    works = [
        Work(own, variation, terms[variation.label], schemas, seed, log, replicate)
        for variation, own in varied
    ]
    return works, facts, schemas


def _parts(out: Path, facts: Facts, most: int, schemas: Schemas, *, log: bool) -> Parts:
    manifest = {**json.loads(facts.to_json()), "replications": most, "transitions": log}
    return Parts(out.with_name(f"{out.name}.parts"), manifest, schemas, transitions=log)


# After everything ran.


def _finished(  # noqa: PLR0913 - each is another part of it
    facts: Facts,
    schemas: Schemas,
    store: Store,
    out: str | PathLike[str] | None,
    log_file: Path | None,
    *,
    log: bool,
) -> Results:
    """The results of all that is in the store, in their files where they are to be in any."""
    store.flush()

    def read(name: str) -> Iterator[tuple[str, pa.Array]]:
        for batch in store.batches("measures", ["variation", name]):
            if batch.num_rows:
                yield batch["variation"][0].as_py(), batch[name]

    estimates = estimates_of(facts, read)
    transitions: pa.Table | Path | None = log_file
    if log_file is not None:
        schema = with_facts(schemas.transitions, facts)
        files.write(log_file, schema, store.batches("transitions"))
    elif log:
        transitions = pa.Table.from_batches(store.batches("transitions"), schemas.transitions)
    if out is None:
        jobs = pa.Table.from_batches(store.batches("jobs"), schemas.jobs)
        measures = pa.Table.from_batches(store.batches("measures"), schemas.measures)
        return Results(
            facts,
            jobs,
            transitions=transitions,
            measures=by_variation(facts, measures),
            estimates=estimates,
        )
    files.write(out, with_facts(schemas.jobs, facts), store.batches("jobs"))
    if isinstance(store, Parts):
        store.remove()
    return Results(facts, out, transitions=transitions, estimates=estimates)
