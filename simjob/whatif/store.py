"""Where the outcomes of a sweep are kept until it is whole: in memory, or in parts on disk.

Outcomes come in their one order. Parts are directories beside the file to be, each of which gets
its name when it is complete and on the disk, so that an interrupted sweep goes on where it was,
also when the machine went down. A part that is no longer what was written, and what follows it, is
dropped and done again. What tasks do, and what becomes of the rows in the end, stands elsewhere.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import pyarrow as pa
from attrs import astuple

from simjob.whatif.lock import locked
from simjob.whatif.shield import uninterrupted
from simjob.whatif.tables import Schemas
from simjob.whatif.tasks import Failure, Outcome
from simjob.whatif.variation import SweepError, spelled
from simjob.whole_files import settle, write_whole

_PART_ROWS: Final = 250_000
_PART_SECONDS: Final = 10.0
_SHOWN: Final = 5
_ABOUT: Final = "part.json"
"""In each part: its failures, and the digests of its tables."""
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

    Attributes:
        dropped: the first part that was dropped, and why; "" for none.

    Raises:
        SweepError: the parts there are of another sweep, or nobody can tell; says what differs. Or
            another sweep is using them.
        OSError: the directory cannot be used.
    """

    def __init__(
        self, directory: Path, manifest: _Manifest, schemas: Schemas, *, transitions: bool
    ) -> None:
        self.failures: list[Failure] = []
        self.dropped = ""
        self.directory = directory
        self._tables = {"jobs": schemas.jobs, "measures": schemas.measures}
        if transitions:
            self._tables["transitions"] = schemas.transitions
        self._open: _Part | None = None
        self._lock = locked(directory)
        try:
            self._begin(manifest)
            self._parts: list[Path] = []
            self._find()
            self.count = self.safe
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
            write_whole(file, text.encode())
            settle(self.directory.parent)
            return
        try:
            there = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            what = "is not what was written, so that nobody can tell of which sweep it is"
            over = f"{self.directory}: remove it to start over"
            raise SweepError([f"{file}: {what}", over]) from None
        differing = list(_differences(there, json.loads(text)))
        if differing:
            mistakes = [f"{self.directory}: is of another sweep: {each}" for each in differing]
            more = len(mistakes) - _SHOWN
            if more > 0:
                mistakes[_SHOWN:] = [f"{self.directory}: and {more} more differences"]
            raise SweepError([*mistakes, f"{self.directory}: remove it to start over"])

    def _find(self) -> None:
        """Take the whole parts that follow each other from the first replication on."""
        for path in sorted(self.directory.glob("*-*")):
            follows = int(path.name.partition("-")[0]) == self.safe
            failures = _failures(path) if follows and not self.dropped else None
            if failures is None:
                what = "is not what was written" if follows else "follows no other part"
                self.dropped = self.dropped or f"{path}: {what}"
                shutil.rmtree(path)
            else:
                self._parts.append(path)
                self.failures += failures


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
        tables = [f"{name}.arrow" for name in self._writers]
        about = {
            "failures": [astuple(each) for each in self._failures],
            "digests": {name: _digest(self._directory / name) for name in tables},
        }
        (self._directory / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        for name in (*tables, _ABOUT):
            settle(self._directory / name)
        settle(self._directory)
        self._directory.rename(path)
        settle(path.parent)


def _failures(part: Path) -> list[Failure] | None:
    """The failures in a part; None where the part is not whole."""
    try:
        about = json.loads((part / _ABOUT).read_text(encoding="utf-8"))
        whole = all(_digest(part / name) == told for name, told in about["digests"].items())
        return [Failure(*row) for row in about["failures"]] if whole else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "blake2b").hexdigest()


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
