"""Where the outcomes of a sweep are kept until it is whole: in memory, or in parts on disk.

Outcomes come in their one order. Parts are directories beside the file to be, each of which gets
its name when it is complete, so that an interrupted sweep goes on where it was. What tasks do, and
what becomes of the rows in the end, stands elsewhere.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import pyarrow as pa

from simjob.whatif.lock import locked
from simjob.whatif.shield import uninterrupted
from simjob.whatif.tables import Schemas
from simjob.whatif.tasks import Failure, Outcome
from simjob.whatif.variation import SweepError, spelled

_PART_ROWS: Final = 250_000
_PART_SECONDS: Final = 10.0
_SHOWN: Final = 5
_Manifest = Mapping[str, object]


class Store(Protocol):
    """Keeps outcomes: `count` replications of all variations together, and `failures` of them."""

    count: int
    failures: list[Failure]

    def add(self, outcome: Outcome) -> None:
        """Keep the next outcome."""

    def flush(self) -> None:
        """Make safe what was added."""

    def batches(self, table: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """What was kept of a table (jobs, transitions or measures), in order."""

    def close(self) -> None:
        """Let another sweep use the place."""


class Memory:
    """A store in memory."""

    def __init__(self) -> None:
        self.count = 0
        self.failures: list[Failure] = []
        self._outcomes: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        """Keep the next outcome."""
        self._outcomes.append(outcome)
        self.failures += outcome.failures
        self.count += outcome.count

    def flush(self) -> None:
        """Nothing in memory is safer than it is."""

    def batches(self, table: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """What was kept of a table, in order."""
        for outcome in self._outcomes:
            rows = getattr(outcome, table)
            yield rows if columns is None else rows.select(columns)

    def close(self) -> None:
        """Memory is nobody else's."""


class Parts:
    """A store in a directory: a part has the name of the first replication in it and the next.

    Args:
        directory: where the parts are; made if it is not there.
        manifest: all that decides what the rows are, as JSON has it.
        schemas: of the tables.
        transitions: whether there is a transition log.

    Raises:
        SweepError: the parts there are of another sweep; says what differs. Or another sweep is
            using them.
        OSError: the directory cannot be used.
    """

    def __init__(
        self, directory: Path, manifest: _Manifest, schemas: Schemas, *, transitions: bool
    ) -> None:
        self.failures: list[Failure] = []
        self.directory = directory
        self._tables = {"jobs": schemas.jobs, "measures": schemas.measures}
        if transitions:
            self._tables["transitions"] = schemas.transitions
        self._open: _Part | None = None
        self._lock = locked(directory)
        try:
            self._begin(manifest)
            self._parts = self._found()
            self.count = self.safe
            for part in self._parts:
                rows = json.loads((part / "failures.json").read_text(encoding="utf-8"))
                self.failures += [Failure(*row) for row in rows]
        except BaseException:
            self.close()
            raise

    def add(self, outcome: Outcome) -> None:
        """Keep the next outcome; from time to time a part is complete."""
        with uninterrupted():
            if self._open is None:
                self._open = _Part(self.directory / "open", self._tables)
            try:
                self._open.add(outcome)
            except BaseException:
                self._open = None
                raise
            self.failures += outcome.failures
            self.count += outcome.count
            if self._open.large:
                self.flush()

    def flush(self) -> None:
        """Complete the part that is written to."""
        if self._open is not None:
            with uninterrupted():
                part, self._open = self._open, None
                path = self.directory / f"{self.safe:012}-{self.count:012}"
                part.complete(path)
                self._parts.append(path)

    def batches(self, table: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """What was kept of a table, in order."""
        fields = None
        if columns is not None:
            fields = [self._tables[table].get_field_index(name) for name in columns]
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
        # Batches are of many sizes, and Arrow's usual pool keeps freed memory for each of them.
        pool = pa.system_memory_pool()
        for part in self._parts:
            with pa.OSFile(str(part / f"{table}.arrow")) as file:
                reader = pa.ipc.open_file(file, options=options, memory_pool=pool)
                for place in range(reader.num_record_batches):
                    yield reader.get_batch(place)

    def remove(self) -> None:
        """Remove the directory: what was in it stands elsewhere now."""
        shutil.rmtree(self.directory)

    def close(self) -> None:
        """Let another sweep use the directory."""
        self._lock.close()

    @property
    def safe(self) -> int:
        """How many of the replications are in complete parts."""
        return int(self._parts[-1].name.partition("-")[2]) if self._parts else 0

    def _begin(self, manifest: _Manifest) -> None:
        shutil.rmtree(self.directory / "open", ignore_errors=True)
        file = self.directory / "manifest.json"
        text = json.dumps(manifest, indent=1)
        if not file.exists():
            temporary = file.with_suffix(".partial")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(file)
            return
        there = json.loads(file.read_text(encoding="utf-8"))
        differing = list(_differences(there, json.loads(text)))
        if differing:
            mistakes = [f"{self.directory}: is of another sweep: {each}" for each in differing]
            more = len(mistakes) - _SHOWN
            if more > 0:
                mistakes[_SHOWN:] = [f"{self.directory}: and {more} more differences"]
            raise SweepError([*mistakes, f"{self.directory}: remove it to start over"])

    def _found(self) -> list[Path]:
        """The complete parts that follow each other from the first replication on."""
        found: list[Path] = []
        for path in sorted(self.directory.glob("*-*")):
            first, _, _ = path.name.partition("-")
            if int(first) == (int(found[-1].name.partition("-")[2]) if found else 0):
                found.append(path)
        return found


class _Part:
    """A part that is being written."""

    def __init__(self, directory: Path, tables: Mapping[str, pa.Schema]) -> None:
        directory.mkdir()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        self._directory = directory
        self._failures: list[Failure] = []
        self._rows = 0
        self._began = monotonic()
        self._writers = {
            name: pa.ipc.new_file(str(directory / f"{name}.arrow"), schema, options=options)
            for name, schema in tables.items()
        }

    def add(self, outcome: Outcome) -> None:
        for name, writer in self._writers.items():
            writer.write_batch(getattr(outcome, name))
        self._failures += outcome.failures
        self._rows += outcome.jobs.num_rows

    @property
    def large(self) -> bool:
        return self._rows >= _PART_ROWS or monotonic() - self._began >= _PART_SECONDS

    def complete(self, path: Path) -> None:
        for writer in self._writers.values():
            writer.close()
        rows = [
            [each.variation, each.replication, each.seed, each.error] for each in self._failures
        ]
        (self._directory / "failures.json").write_text(json.dumps(rows), encoding="utf-8")
        self._directory.rename(path)


def _differences(there: object, here: object, path: str = "") -> Iterator[str]:
    """What differs between two values of JSON, each with its path."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in dict.fromkeys(chain(there, here)):
            below = f"{path}.{key}" if path else key
            yield from _differences(there.get(key), here.get(key), below)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for place, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif there != here or type(there) is not type(here):
        yield f"{path} is {spelled(there)} there, {spelled(here)} here"
