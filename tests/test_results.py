"""Results: tables for pandas and polars, files, and what comes back from them."""

import errno
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from sweeps_for_tests import PLAN, VARY

from simjob import World
from simjob.whatif import Results, plan_from_dict, sweep
from simjob.whatif.estimates import estimate, estimate_chance
from simjob.whatif.files import regrouped, write
from simjob.whatif.measures import MEASURES
from simjob.whatif.results import estimates_of
from simjob.whatif.rows import JOB_COLUMNS, RUN_COLUMNS, TRANSITION_COLUMNS
from simjob.whatif.tables import Schemas
from simjob.whatif.variation import Variation

COLUMNS = [*VARY, *(each.name for each in (*RUN_COLUMNS, *JOB_COLUMNS))]


@pytest.fixture(scope="module")
def results() -> Results:
    return sweep(PLAN, vary=VARY, replications=4, workers=1, transitions=True)


# Tables.


def test_columns_have_the_types_that_rows_says(results: Results) -> None:
    kinds = {str: "string", int: "int64", float: "double", bool: "bool"}
    for table, told in ((results.jobs, JOB_COLUMNS), (results.transitions, TRANSITION_COLUMNS)):
        assert table is not None
        for column in (*RUN_COLUMNS, *told):
            field = table.schema.field(column.name)
            assert (str(field.type), field.nullable) == (kinds[column.kind], column.optional)
    assert str(results.jobs.schema.field("jobs.train.instances").type) == "int64"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "int64"),
        ([1, 2.5], "double"),
        ([True, False], "bool"),
        ([True, 2], "string"),
        (["1h", 2], "string"),
    ],
)
def test_a_varied_path_has_a_column_of_the_narrowest_type_that_fits(
    values: list[object], kind: str
) -> None:
    found = [Variation(str(place), {"a.b": value}) for place, value in enumerate(values)]
    assert str(Schemas.of([*found, Variation("none", {})]).jobs.field("a.b").type) == kind


def test_a_path_that_a_variation_leaves_alone_has_no_value_there() -> None:
    rows = [{"jobs.train.instances": 2}, {"jobs.train.spot": False}]
    found = sweep(PLAN, vary=rows, replications=1, workers=1).jobs
    assert found["jobs.train.instances"].to_pylist() == [2, 2, 2, None, None, None]
    assert found["jobs.train.spot"].to_pylist() == [None, None, None, False, False, False]


def test_pandas_and_polars_have_the_same_rows(results: Results) -> None:
    frame, polar = results.to_pandas(), results.to_polars()
    assert isinstance(frame, pd.DataFrame)
    assert isinstance(polar, pl.DataFrame)
    assert list(frame.columns) == polar.columns == COLUMNS
    assert polar.to_dicts() == results.jobs.to_pylist()
    assert frame["dollars"].sum() == pytest.approx(polar["dollars"].sum())


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_what_is_not_installed_is_named(
    name: str, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hidden:
        """pyarrow finds its pandas otherwise."""

        def to_pandas(self) -> object:
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setitem(sys.modules, name, None)
    rows = Hidden() if name == "pandas" else results.jobs
    hidden = Results(results.facts, rows)
    hidden.__dict__["jobs"] = rows
    with pytest.raises(ImportError, match=rf"{name} is not installed: pip install 'simjob\[{name}"):
        getattr(hidden, f"to_{name}")()


# Measures and estimates.


def test_there_is_a_row_of_measures_for_each_replication(results: Results) -> None:
    measures = results.measures
    assert measures["replication"].to_pylist() == [0, 1, 2, 3] * 2
    frame = results.to_pandas()
    for row in measures.to_pylist():
        own = frame[
            (frame["variation"] == row["variation"]) & (frame["replication"] == row["replication"])
        ]
        assert row["dollars"] == pytest.approx(own["dollars"].sum())
        assert row["makespan_seconds"] == pytest.approx(own["ended_seconds"].max())
        assert row["seed"] == own["seed"].iloc[0]


def test_there_is_an_estimate_of_each_measure_in_each_variation(results: Results) -> None:
    estimates = results.estimates().to_pylist()
    labels = [each.label for each in results.facts.variations]
    names = [each.name for each in MEASURES]
    assert [(row["variation"], row["measure"]) for row in estimates] == [
        (label, name) for label in labels for name in names
    ]
    wide = results.estimates(0.99).to_pylist()
    for row, wider in zip(estimates, wide, strict=True):
        values = [
            each[row["measure"]]
            for each in results.measures.to_pylist()
            if each["variation"] == row["variation"]
        ]
        known = [float(value) for value in values if value is not None]
        chance = row["measure"] in {"deadline_met", "budget_met"}
        expected = estimate_chance(known) if chance else estimate(known)
        assert tuple(row.values())[2:] == pytest.approx(tuple(expected))
        if row["half_width"]:
            assert wider["half_width"] > row["half_width"]


def test_estimates_keep_nothing_of_the_tables_that_values_come_from(results: Results) -> None:
    before = pa.total_allocated_bytes()
    held = []

    def read(_: str) -> Iterator[tuple[str, pa.Array]]:
        for _ in range(100):
            for each in results.facts.variations:
                yield each.label, pa.array([0.0, 1.0, 1.0, None] * 25)
                held.append(pa.total_allocated_bytes() - before)

    found = estimates_of(results.facts, read)
    assert set(found["n"].to_pylist()) == {7500}
    assert set(found["mean"].to_pylist()) == {2 / 3}
    assert max(held) < 10 * 8 * 100


# Files.


def test_a_parquet_file_comes_back(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path / "r.parquet")
    read = Results.read(tmp_path / "r.parquet")
    assert read.facts == results.facts
    assert read.jobs.equals(results.jobs)
    assert read.measures.equals(results.measures)
    assert read.estimates().equals(results.estimates())
    assert read.transitions is None
    assert [path.name for path in tmp_path.iterdir()] == ["r.parquet"]


def test_a_sweep_writes_the_file_that_write_writes(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path / "a.parquet")
    sweep(PLAN, vary=VARY, replications=4, workers=1, out=tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_csv_file_has_the_same_values(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path / "r.csv")
    read = pa_csv.read_csv(tmp_path / "r.csv")
    assert read.column_names == COLUMNS
    for name in ("dollars", "ended_seconds", "seed", "spot", "training_job_name"):
        assert read[name].to_pylist() == results.jobs[name].to_pylist()


def test_rows_of_a_sweep_to_csv_are_read_again(tmp_path: Path) -> None:
    found = sweep(PLAN, replications=2, workers=1, out=tmp_path / "r.csv")
    assert found.jobs.num_rows == 6
    assert found.measures.num_rows == 2
    assert found.to_polars()["variation"].unique().to_list() == ["as planned"]


def test_bytes_do_not_depend_on_the_batches_in_which_rows_came(
    results: Results, tmp_path: Path
) -> None:
    schema = results.jobs.schema
    for name, rows in (("a.parquet", 1), ("b.parquet", 1000)):
        write(tmp_path / name, schema, results.jobs.to_batches(max_chunksize=rows))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("sizes", [[], [1], [40_000, 3, 32_768, 1], [2048], [200_000]])
def test_rows_are_regrouped_whole_and_in_order(sizes: list[int]) -> None:
    schema = pa.schema([("x", pa.int64())])
    numbers = iter(range(10**6))
    batches = [pa.record_batch([[next(numbers) for _ in range(size)]], schema) for size in sizes]
    tables = list(regrouped(schema, batches))
    assert [row for table in tables for row in table["x"].to_pylist()] == list(range(sum(sizes)))
    assert all(table.num_rows == 2048 for table in tables[:-1])


MANY = pa.table(
    {
        "x": pa.array([None if row % 7 == 0 else row / 3 for row in range(40_000)]),
        "so": pa.array([row % 5 == 0 for row in range(40_000)]),
        "text": pa.array([f"{row:x}" * (row % 90) for row in range(40_000)]),
    }
)


def test_bytes_of_many_rows_do_not_depend_on_their_batches(tmp_path: Path) -> None:
    written = set()
    for rows in (1, 2048, 2049, 16_385, 40_000):
        write(tmp_path / "r.parquet", MANY.schema, MANY.to_batches(max_chunksize=rows))
        written.add((tmp_path / "r.parquet").read_bytes())
    assert len(written) == 1
    assert pq.read_table(tmp_path / "r.parquet").equals(MANY)


def test_row_groups_are_of_one_size(tmp_path: Path) -> None:
    write(tmp_path / "r.parquet", MANY.schema, MANY.to_batches(max_chunksize=999))
    found = pq.read_metadata(tmp_path / "r.parquet")
    groups = [found.row_group(place).num_rows for place in range(found.num_row_groups)]
    assert groups == [16_384, 16_384, 7232]


@pytest.mark.parametrize("count", [64, 640])
def test_no_more_than_a_row_group_is_held(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pq.ParquetWriter, "write_table", lambda *_: None)
    before = pa.total_allocated_bytes()
    held = []

    def batches() -> Iterator[pa.RecordBatch]:
        for _ in range(count):
            batch = pa.record_batch({"x": pa.array(range(1024))})
            yield batch
            held.append(pa.total_allocated_bytes() - before)

    write(tmp_path / "r.parquet", pa.schema([("x", pa.int64())]), batches())
    group, piece = 8 * 16_384, 8 * 2048
    assert max(held) < group + 3 * piece


@pytest.mark.parametrize(
    ("name", "mistake"),
    [("r.xlsx", "must end in .parquet or .csv"), ("no/r.csv", "there is no directory")],
)
def test_a_target_that_cannot_be_is_refused(
    name: str, mistake: str, results: Results, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=mistake):
        results.write(tmp_path / name)


def test_a_full_disk_leaves_what_was_there(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "r.parquet"
    path.write_text("from before")
    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        results.write(path)
    assert path.read_text() == "from before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_no_sweep_wrote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    with pytest.raises(FileNotFoundError):
        Results.read(path)
    path.write_text("no parquet")
    with pytest.raises(ValueError, match="is no Parquet file"):
        Results.read(path)
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(ValueError, match="was not written by simjob sweep"):
        Results.read(path)


# Facts.


def test_facts_tell_of_times_and_of_objects_in_the_plan(tmp_path: Path) -> None:
    world = World(start=datetime(2026, 3, 1, tzinfo=UTC))
    jobs = {"a": {"instance_type": "ml.m5.xlarge"}}
    plan = plan_from_dict(
        {"world": world, "deadline": datetime(2026, 3, 1, 1, tzinfo=UTC), "jobs": jobs}
    )
    sweep(plan, replications=1, workers=1, out=tmp_path / "r.parquet")
    facts = Results.read(tmp_path / "r.parquet").facts
    assert facts.terms["as planned"].deadline_seconds == 3600
    assert facts.plan["deadline"] == "2026-03-01 01:00:00+00:00"
    assert "2026" in str(facts.plan["world"])
