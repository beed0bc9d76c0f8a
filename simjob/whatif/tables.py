"""The Arrow tables of a sweep: their schemas, and batches of them from columns.

Which columns there are stands in `rows` and `measures`; here is only how they are laid out.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
from attrs import frozen

from simjob.whatif.measures import MEASURES
from simjob.whatif.rows import JOB_COLUMNS, RUN_COLUMNS, TRANSITION_COLUMNS, Column
from simjob.whatif.variation import Variation, spelled

_KINDS: Final = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


@frozen
class Schemas:
    """The Arrow schemas of a sweep's tables: varied paths, then the run, then what is told."""

    jobs: pa.Schema
    transitions: pa.Schema
    measures: pa.Schema

    @classmethod
    def of(cls, variations: Sequence[Variation]) -> "Schemas":
        """The schemas of a sweep over these variations."""
        paths = dict.fromkeys(path for each in variations for path in each.changes)
        fields = [
            pa.field(
                path, _kind([each.changes[path] for each in variations if path in each.changes])
            )
            for path in paths
        ]
        fields += _fields(RUN_COLUMNS)
        told = (JOB_COLUMNS, TRANSITION_COLUMNS, MEASURES)
        return cls(*(pa.schema(fields + _fields(columns)) for columns in told))


def _fields(columns: tuple[Column, ...]) -> list[pa.Field]:
    return [pa.field(each.name, _KINDS[each.kind], each.optional) for each in columns]


def _kind(values: Sequence[object]) -> pa.DataType:
    """The type of a column that holds these values: as narrow as fits, else text."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def batch(
    schema: pa.Schema,
    variation: Variation,
    runs: tuple[Sequence[int], Sequence[int], Sequence[int]],
    columns: Mapping[str, object],
) -> pa.RecordBatch:
    """One batch of one variation: the columns of the run, then the others.

    Args:
        schema: one of the sweep's.
        variation: whose rows they are.
        runs: of each replication its number, its seed, and how many rows it has.
        columns: the values of what comes after the columns of the run.
    """
    numbers, seeds, lengths = runs
    size = sum(lengths)
    repeated = {"replication": _repeat(numbers, lengths), "seed": _repeat(seeds, lengths)}
    varied = len(schema) - len(RUN_COLUMNS) - len(columns)
    arrays = [
        _same(variation.changes.get(field.name), field, size) for field in list(schema)[:varied]
    ]
    for field in list(schema)[varied:]:
        if field.name == "variation":
            arrays.append(_same(variation.label, field, size))
        else:
            values = repeated[field.name] if field.name in repeated else columns[field.name]
            arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _repeat(values: Sequence[int], lengths: Sequence[int]) -> list[int]:
    pairs = zip(values, lengths, strict=True)
    return [value for value, length in pairs for _ in range(length)]


def _same(value: object, field: pa.Field, size: int) -> pa.Array:
    if value is not None and field.type == pa.string():
        value = spelled(value)
    return pa.repeat(pa.scalar(value, field.type), size)
