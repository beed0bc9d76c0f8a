"""Tables on disk: rows to Parquet or CSV, whole or not at all.

The bytes of a file depend on its rows alone, not on the batches in which they came.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from simjob.whole_files import replacing

FORMATS: Final = (".parquet", ".csv")
_PIECE_ROWS: Final = 1 << 11
"""Small, since Arrow's allocator keeps freed memory for a while, by size: more of larger pieces."""
_GROUP_PIECES: Final = 8
"""A row group has so many. It is in memory while it is written, and what the file's end tells of it
(1.7 kB for each column) until the file is whole."""


def wrong_target(path: str | PathLike[str]) -> str:
    """What is wrong with a file to write, "" for nothing.

    >>> wrong_target("results.xlsx")
    'results.xlsx: must end in .parquet or .csv'
    """
    file = Path(path)
    if file.suffix not in FORMATS:
        return f"{path}: must end in {' or '.join(FORMATS)}"
    if not file.parent.is_dir():
        return f"{path}: there is no directory {file.parent}"
    if file.is_dir():
        return f"{path}: is a directory"
    return "" if os.access(file.parent, os.W_OK) else f"{path}: {file.parent} cannot be written to"


def write(path: str | PathLike[str], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write rows, as CSV where the name ends in .csv, else as Parquet.

    Raises:
        OSError: they cannot be written; what stood under the name stands there still.
    """
    with replacing(path) as temporary:
        if Path(path).suffix == ".csv":
            with pa_csv.CSVWriter(temporary, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
        else:
            # zstd finds what repeats; dictionaries of measured values are larger than the values.
            with pq.ParquetWriter(
                temporary, schema, compression="zstd", use_dictionary=False
            ) as writer:
                pieces = regrouped(schema, batches)
                while _group_written(writer, pieces):
                    pass


def _group_written(writer: pq.ParquetWriter, pieces: Iterator[pa.Table]) -> bool:
    """Write the next row group, if there is one; nothing holds it when the next is put together."""
    group = list(islice(pieces, _GROUP_PIECES))
    if group:
        writer.write_table(pa.concat_tables(group))
    return bool(group)


def regrouped(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in pieces of one size, the last one smaller."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        while rows >= _PIECE_ROWS:
            table = pa.Table.from_batches(held, schema)
            yield table.slice(0, _PIECE_ROWS).combine_chunks()
            held = table.slice(_PIECE_ROWS).to_batches()
            rows -= _PIECE_ROWS
    if rows:
        yield pa.Table.from_batches(held, schema).combine_chunks()
