"""The results of a sweep: its rows, measures and estimates, in memory or in their file.

What is measured stands in `measures`, how files are written in `files`, how a sweep runs in
`sweeping`.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from simjob.whatif import files
from simjob.whatif.estimates import Estimate, estimate, estimate_chance
from simjob.whatif.facts import Facts
from simjob.whatif.measures import MEASURES, measure
from simjob.whatif.rows import JOB_COLUMNS
from simjob.whatif.tables import Schemas, batch
from simjob.whatif.tasks import Failure, seed_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Read = Callable[[str], Iterable[tuple[str, pa.Array | pa.ChunkedArray]]]
"""Gives the values of a measure: some of one variation at a time, with its label."""
_KEY: Final = b"simjob"
_LOGGED: Final = "at_seconds"
DEFAULT_CONFIDENCE: Final = 0.95
_ESTIMATES: Final = pa.schema(
    [
        pa.field("variation", pa.string(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        *(pa.field(name, pa.float64()) for name in Estimate._fields if name != "n"),
    ]
)


class Results:
    """What a sweep found, one tidy row for each training job of each replication.

    The rows stand in the order of rounds of replications, in them of variations, replications,
    and jobs. Columns: one for each varied path, then `variation`, `replication`, `seed`, then those
    of `rows.JOB_COLUMNS`. Results in a file read it when they are first asked for rows.
    """

    def __init__(
        self,
        facts: Facts,
        jobs: pa.Table | str | PathLike[str],
        *,
        transitions: pa.Table | str | PathLike[str] | None = None,
        measures: pa.Table | None = None,
        estimates: pa.Table | None = None,
    ) -> None:
        self.facts = facts
        self._jobs = jobs
        self._transitions = transitions
        self._measures = measures
        self._estimates = estimates

    @classmethod
    def read(cls, path: str | PathLike[str]) -> "Results":
        """The results in a Parquet file that a sweep wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no Parquet file, no sweep wrote it, another version of simjob did, or
                it is a transition log.
        """
        try:
            schema = pq.read_schema(path)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path}: is no Parquet file: {error}") from None
        metadata = schema.metadata or {}
        if _KEY not in metadata:
            raise ValueError(f"{path}: was not written by simjob sweep")
        if _LOGGED in schema.names:
            raise ValueError(f"{path}: is a transition log; the rows of jobs go to another file")
        missing = [each.name for each in JOB_COLUMNS if each.name not in schema.names]
        if missing:
            raise ValueError(f"{path}: has no column {missing[0]!r} any more")
        try:
            return cls(Facts.from_json(metadata[_KEY]), path)
        except (LookupError, TypeError, ValueError):
            raise ValueError(f"{path}: was written by another version of simjob") from None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The replications that raised an error, and have no rows."""
        return self.facts.failures

    @cached_property
    def jobs(self) -> pa.Table:
        """One row for each training job of each replication."""
        return _table(self._jobs)

    @cached_property
    def transitions(self) -> pa.Table | None:
        """One row for each transition; None where no log was asked for."""
        return None if self._transitions is None else _table(self._transitions)

    @cached_property
    def measures(self) -> pa.Table:
        """One row for each variation and replication that did not fail (`measures.MEASURES`).

        The rows stand variation by variation.
        """
        if self._measures is not None:
            return self._measures
        return measures_of(self.facts, self.jobs)

    def estimates(self, confidence: float = 0.95) -> pa.Table:
        """One row for each variation and measure: what `Estimate` says.

        Raises:
            ValueError: for a confidence that is not between 0 and 1.
        """
        if self._estimates is not None and confidence == DEFAULT_CONFIDENCE:
            return self._estimates
        measures = self.measures

        def read(name: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
            for each in self.facts.variations:
                own = pc.equal(measures["variation"], each.label)
                yield each.label, measures[name].filter(own)

        return estimates_of(self.facts, read, confidence)

    def estimated(self, measure: str) -> list[Estimate]:
        """The estimates of one measure, variation by variation, with 95 % intervals."""
        table = self.estimates()
        rows = table.filter(pc.equal(table["measure"], measure)).select(Estimate._fields)
        return [Estimate(**row) for row in rows.to_pylist()]

    def to_pandas(self) -> "pd.DataFrame":
        """The job rows as pandas has them.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            frame: pd.DataFrame = self.jobs.to_pandas()
        except ImportError as error:
            raise _missing(error, "pandas") from None
        return frame

    def to_polars(self) -> "pl.DataFrame":
        """The job rows as polars has them.

        Raises:
            ImportError: polars is not installed.
        """
        try:
            import polars as pl  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise _missing(error, "polars") from None
        frame = pl.from_arrow(self.jobs)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is no series
        return frame

    def write(self, path: str | PathLike[str]) -> None:
        """Write the job rows, as CSV or Parquet by the end of the name.

        Raises:
            ValueError: the name ends otherwise, or there is no such directory.
            OSError: they cannot be written; what stood under the name stands there still.
        """
        wrong = files.wrong_target(path)
        if wrong:
            raise ValueError(wrong)
        schema = with_facts(self.jobs.schema, self.facts)
        files.write(path, schema, self.jobs.replace_schema_metadata(schema.metadata).to_batches())


def with_facts(schema: pa.Schema, facts: Facts) -> pa.Schema:
    """A schema that carries the facts into its file."""
    return schema.with_metadata({_KEY: facts.to_json()})


def measures_of(facts: Facts, jobs: pa.Table) -> pa.Table:
    """The measures of all replications, computed again from their rows."""
    schema = Schemas.of(facts.variations).measures
    batches = []
    for each in facts.variations:
        rows = one_batch(jobs.filter(pc.equal(jobs["variation"], each.label)))
        done = facts.done(each.label)
        seeds = [seed_of(facts.seed, number) for number in done]
        measured = measure(rows, done, facts.terms[each.label])
        batches.append(batch(schema, each, (done, seeds, [1] * len(done)), measured))
    return pa.Table.from_batches(batches, schema)


def estimates_of(facts: Facts, read: Read, confidence: float = DEFAULT_CONFIDENCE) -> pa.Table:
    """The estimates of every measure in every variation.

    One measure after another, so that no more is held than a number for each replication.

    Args:
        facts: whose variations and terms they are.
        read: gives the values.
        confidence: of the intervals.
    """
    found: dict[tuple[str, str], Estimate] = {}
    for measured in MEASURES:
        values = {each.label: array("d") for each in facts.variations}
        for label, some in read(measured.name):
            floats = some.cast(pa.float64()).to_numpy(zero_copy_only=False)
            values[label].frombytes(floats.tobytes())
        estimated = estimate_chance if measured.kind is bool else estimate
        for label, own in values.items():
            found[label, measured.name] = estimated(own, confidence)
    rows = [
        {"variation": each.label, "measure": name, **found[each.label, name]._asdict()}
        for each in facts.variations
        for name, *_ in MEASURES
    ]
    return pa.Table.from_pylist(rows, _ESTIMATES)


def by_variation(facts: Facts, table: pa.Table) -> pa.Table:
    """The same rows, variation by variation."""
    labels = [each.label for each in facts.variations]
    return pa.concat_tables(table.filter(pc.equal(table["variation"], each)) for each in labels)


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """The rows of a table in one batch, also where there are none."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


def _table(source: pa.Table | str | PathLike[str]) -> pa.Table:
    if isinstance(source, pa.Table):
        return source
    if str(source).endswith(".csv"):
        return pa_csv.read_csv(source)
    return pq.read_table(source)


def _missing(error: ImportError, extra: str) -> ImportError:
    return ImportError(
        f"{error.name} is not installed: pip install 'simjob[{extra}]'", name=error.name
    )
