"""Sweeps: what results depend on, failures, interruptions, precision, and files that fail."""

import errno
import gc
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sweeps_for_tests import (
    PLAN,
    VARY,
    deaf,
    failing,
    failing_on_two,
    interrupted_at,
    leftovers,
    without_jobs,
)

import simjob.whatif.sweeping
from simjob.whatif import PlanError, Results, SweepError, plan_from_dict, replicate, sweep
from simjob.whatif.enough import Enough
from simjob.whatif.rounds import rounds
from simjob.whatif.rows import JOB_COLUMNS, RUN_COLUMNS
from simjob.whatif.shield import heard_here_alone
from simjob.whatif.store import _Part
from simjob.whatif.tasks import Outcome, seed_of

Patch = pytest.MonkeyPatch
Move = Callable[[Path, Path], Path]


def replaced(monkeypatch: Patch, replicate: object) -> None:
    monkeypatch.setattr(simjob.whatif.sweeping, "replicate", replicate)


def one(**arguments: object) -> Results:
    """A sweep in this process."""
    return sweep(PLAN, **{"workers": 1, "replications": 3, **arguments})  # type: ignore[arg-type]


# What a sweep tells.


def test_each_row_is_that_of_its_replication() -> None:
    results = one(vary=VARY, seed=9)
    rows = results.jobs.to_pylist()
    assert list(rows[0]) == [*VARY, *(each.name for each in (*RUN_COLUMNS, *JOB_COLUMNS))]
    for variation, instances in (("instances=1", 1), ("instances=2", 2)):
        plan = PLAN.varied({"jobs.train.instances": instances})
        for number in range(3):
            own = [
                row
                for row in rows
                if row["variation"].startswith(variation) and row["replication"] == number
            ]
            assert {row["seed"] for row in own} == {seed_of(9, number)}
            assert {row["jobs.train.instances"] for row in own} == {instances}
            told = replicate(plan, seed_of(9, number)).jobs
            assert all([row[name] for row in own] == values for name, values in told.items())


def test_rows_come_by_rounds_then_variations_then_replications() -> None:
    rows = one(vary=VARY, replications=52).jobs.to_pylist()
    order = list(dict.fromkeys((row["variation"][10], row["replication"]) for row in rows))
    first = [(variation, number) for variation in "12" for number in range(50)]
    assert order == [*first, *((variation, number) for variation in "12" for number in (50, 51))]


def test_rounds_hold_every_replication_once() -> None:
    for most in (1, 49, 50, 51, 420, 12_345):
        found = list(rounds(most))
        assert [first + size for first, size in found] == [
            *(first for first, _ in found[1:]),
            most,
        ]
        assert max(size for _, size in found) <= 1000


def test_seeds_depend_on_the_master_seed_and_the_number_alone() -> None:
    seeds = {seed_of(master, number) for master in range(-3, 30) for number in range(30)}
    assert len(seeds) == 33 * 30
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of(10**400, 1) != seed_of(10**400, 2)


def test_more_replications_only_add_rows() -> None:
    few, more = one(replications=2).jobs, one(replications=5).jobs
    assert more.slice(0, few.num_rows).equals(few)


def test_variations_have_the_same_luck() -> None:
    rows = one(vary={"budget_dollars": [1, 2]}).jobs.drop_columns(["budget_dollars", "variation"])
    half = rows.num_rows // 2
    assert rows.slice(0, half).equals(rows.slice(half))


def test_a_plan_without_vary_takes_its_own_variations() -> None:
    own = PLAN.varied({"vary": {"jobs.train.spot": [False]}})
    results = sweep(own, workers=1, replications=1)
    assert [each.label for each in results.facts.variations] == ["spot=false"]


def test_the_transition_log_is_kept_only_where_asked_for(tmp_path: Path) -> None:
    assert one().transitions is None
    kept = one(transitions=True).transitions
    assert kept is not None
    told = replicate(PLAN, seed_of(0, 0), transitions=True).transitions
    first = kept.slice(0, len(told["job"]))
    assert all(first[name].to_pylist() == values for name, values in told.items())
    one(transitions=tmp_path / "log.parquet", out=tmp_path / "r.parquet")
    assert pq.read_table(tmp_path / "log.parquet").equals(kept)


def test_replications_without_jobs_count(monkeypatch: Patch, tmp_path: Path) -> None:
    replaced(monkeypatch, without_jobs)
    results = one(out=tmp_path / "r.parquet")
    assert results.jobs.num_rows == 0
    assert results.measures["jobs"].to_pylist() == [0, 0, 0]


# What results do not depend on.


def bytes_of(path: Path, **arguments: object) -> bytes:
    one(vary=VARY, replications=60, out=path, **arguments)
    assert leftovers(path.parent, [path.name, "log.csv"]) == set()
    return path.read_bytes()


def test_results_do_not_depend_on_workers(tmp_path: Path) -> None:
    alone = bytes_of(tmp_path / "r.parquet")
    assert bytes_of(tmp_path / "r.parquet", workers=2) == alone
    assert bytes_of(tmp_path / "r.parquet", seed=1) != alone


def test_rows_in_memory_are_those_in_the_file(tmp_path: Path) -> None:
    there, here = one(vary=VARY, out=tmp_path / "r.parquet"), one(vary=VARY)
    read = Results.read(tmp_path / "r.parquet")
    for other in (there, read):
        assert other.jobs.equals(here.jobs)
        assert other.measures.equals(here.measures)
        assert other.estimates().equals(here.estimates())
        assert other.facts == here.facts


@pytest.mark.parametrize("place", [0, 7, 55, 104, 119])
def test_an_interrupted_sweep_goes_on_to_the_same_results(
    place: int, tmp_path: Path, monkeypatch: Patch
) -> None:
    (tmp_path / "whole").mkdir()
    whole = bytes_of(tmp_path / "whole" / "r.parquet", transitions=tmp_path / "whole" / "log.csv")
    path, log = tmp_path / "cut" / "r.parquet", tmp_path / "cut" / "log.csv"
    path.parent.mkdir()
    with monkeypatch.context() as patch:
        replaced(patch, interrupted_at(place))
        with pytest.raises(KeyboardInterrupt) as raised:
            bytes_of(path, transitions=log)
    (kept,) = raised.value.__notes__
    assert kept.endswith(
        f"replications are kept in {path}.parts; the same sweep goes on from there"
    )
    assert not path.exists()
    calls = iter(range(10**9))
    done = int(kept.split()[0])
    assert min(place, 1) <= done <= place
    with monkeypatch.context() as patch:
        replaced(patch, lambda *given, **named: (next(calls), replicate(*given, **named))[1])
        assert bytes_of(path, transitions=log) == whole
    assert next(calls) == 120 - done
    assert log.read_bytes() == (tmp_path / "whole" / "log.csv").read_bytes()


def test_what_was_interrupted_twice_goes_on_too(tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "whole").mkdir()
    whole = bytes_of(tmp_path / "whole" / "r.parquet")
    (tmp_path / "cut").mkdir()
    path = tmp_path / "cut" / "r.parquet"
    for _ in range(2):
        with monkeypatch.context() as patch:
            replaced(patch, interrupted_at(40))
            with pytest.raises(KeyboardInterrupt):
                bytes_of(path)
    assert len(list(Path(f"{path}.parts").glob("*-*"))) == 2
    assert bytes_of(path) == whole


def test_another_sweep_does_not_go_on_from_there(tmp_path: Path, monkeypatch: Patch) -> None:
    path = tmp_path / "r.parquet"
    with monkeypatch.context() as patch:
        replaced(patch, interrupted_at(1))
        with pytest.raises(KeyboardInterrupt):
            one(out=path)
    before = sorted(Path(f"{path}.parts").rglob("*"))
    with pytest.raises(SweepError) as raised:
        sweep(PLAN.varied({"jobs.train.instances": 2}), replications=3, seed=1, out=path)
    assert raised.value.mistakes == (
        f"{path}.parts: is of another sweep: plan.jobs.train.instances is null there, 2 here",
        f"{path}.parts: is of another sweep: seed is 0 there, 1 here",
        f"{path}.parts: remove it to start over",
    )
    assert sorted(Path(f"{path}.parts").rglob("*")) == before


def test_two_sweeps_at_once_do_not_share_a_target(tmp_path: Path, monkeypatch: Patch) -> None:
    for name in ("alone", "beside"):
        (tmp_path / name).mkdir()
    whole = bytes_of(tmp_path / "alone" / "r.parquet")
    path = tmp_path / "beside" / "r.parquet"
    refused: list[str] = []

    def meanwhile(*given: object, **named: object) -> object:
        if not refused:
            with pytest.raises(SweepError) as raised:
                one(vary=VARY, replications=60, out=path)
            refused.extend(raised.value.mistakes)
        return replicate(*given, **named)  # type: ignore[arg-type]

    replaced(monkeypatch, meanwhile)
    assert bytes_of(path) == whole
    assert refused == [f"{path}.parts: is in use by another sweep (process {os.getpid()})"]


@pytest.mark.skipif(os.name != "posix", reason="a lock")
def test_a_killed_sweep_leaves_no_lock(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import simjob.whatif.sweeping
from simjob.whatif import replicate
from sweeps_for_tests import PLAN
def killed(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
simjob.whatif.sweeping.replicate = killed
simjob.whatif.sweeping.sweep(PLAN, replications=3, workers=1, out="r.parquet")
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], cwd=tmp_path, check=False
    )
    assert done.returncode == -signal.SIGKILL
    parts = tmp_path / "r.parquet.parts"
    assert (parts / "lock").read_text(encoding="ascii") != ""
    one(out=tmp_path / "r.parquet")
    assert not parts.exists()


def test_a_part_that_is_no_longer_reached_is_done_again(tmp_path: Path, monkeypatch: Patch) -> None:
    path = tmp_path / "r.parquet"
    whole = bytes_of(path)
    for place in (30, 40):
        with monkeypatch.context() as patch:
            replaced(patch, interrupted_at(place))
            with pytest.raises(KeyboardInterrupt):
                one(vary=VARY, replications=60, out=tmp_path / "s.parquet")
    first, second = sorted((tmp_path / "s.parquet.parts").glob("*-*"))
    first.rename(first.with_name("lost"))
    one(vary=VARY, replications=60, out=tmp_path / "s.parquet")
    assert not second.exists()
    assert (tmp_path / "s.parquet").read_bytes() == whole


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:200])


def changed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, changed, Path.unlink])
@pytest.mark.parametrize("name", ["measures.arrow", "jobs.arrow", "part.json"])
def test_a_part_that_is_not_whole_is_done_again_and_what_follows_it(
    name: str,
    damage: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: Patch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "r.parquet"
    whole = bytes_of(path)
    for place in (20, 30, 40):
        with monkeypatch.context() as patch:
            replaced(patch, interrupted_at(place))
            with pytest.raises(KeyboardInterrupt):
                bytes_of(path)
    first, second, _ = sorted(Path(f"{path}.parts").glob("*-*"))
    damage(second / name)
    calls = iter(range(10**9))
    with monkeypatch.context() as patch:
        replaced(patch, lambda *given, **named: (next(calls), replicate(*given, **named))[1])
        assert bytes_of(path, progress=True) == whole
    assert next(calls) == 120 - int(first.name.partition("-")[2])
    what = "is not what was written; this and what follows is done again"
    assert capsys.readouterr().err == f"simjob: {second}: {what}\n"


def test_parts_without_a_manifest_that_can_be_read_are_refused(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    path = tmp_path / "r.parquet"
    with monkeypatch.context() as patch:
        replaced(patch, interrupted_at(1))
        with pytest.raises(KeyboardInterrupt):
            one(out=path)
    manifest = Path(f"{path}.parts", "manifest.json")
    cut(manifest)
    with pytest.raises(SweepError) as raised:
        one(out=path)
    assert raised.value.mistakes == (
        f"{manifest}: is not what was written, so that nobody can tell of which sweep it is",
        f"{path}.parts: remove it to start over",
    )


def test_what_is_kept_is_on_the_disk_before_it_counts(tmp_path: Path, monkeypatch: Patch) -> None:
    settled: list[tuple[str, ...]] = []
    names = {Path.rename: "rename", Path.replace: "replace"}

    def settle(path: Path) -> None:
        settled.append(("settle", path.name))

    for move, name in names.items():

        def moved(here: Path, there: Path, move: Move = move, name: str = name) -> Path:
            settled.append((name, here.name, there.name))
            return move(here, there)

        monkeypatch.setattr(Path, name, moved)
    monkeypatch.setattr("simjob.whatif.store.settle", settle)
    monkeypatch.setattr("simjob.whole_files.settle", settle)
    one(out=tmp_path / "r.parquet")
    part = "000000000000-000000000003"
    assert settled == [
        ("settle", ".manifest.json.partial"),
        ("replace", ".manifest.json.partial", "manifest.json"),
        ("settle", "r.parquet.parts"),
        ("settle", tmp_path.name),
        ("settle", "jobs.arrow"),
        ("settle", "measures.arrow"),
        ("settle", "part.json"),
        ("settle", "open"),
        ("rename", "open", part),
        ("settle", "r.parquet.parts"),
        ("settle", ".r.parquet.partial"),
        ("replace", ".r.parquet.partial", "r.parquet"),
        ("settle", tmp_path.name),
    ]


# Failures.


def test_a_replication_that_fails_is_told_and_loses_no_other(
    monkeypatch: Patch, tmp_path: Path
) -> None:
    replaced(monkeypatch, failing)
    results = one(vary=VARY, replications=9, seed=5, out=tmp_path / "r.parquet", workers=2)
    assert [(each.replication, each.seed) for each in results.failures] == [
        (3, seed_of(5, 3)),
        (7, seed_of(5, 7)),
    ] * 2
    assert str(results.failures[0]) == (
        "instances=1, instance_type=ml.m5.xlarge: replication 3"
        f" (seed {seed_of(5, 3)}): ValueError: no luck at all"
    )
    assert set(results.jobs["replication"].to_pylist()) == set(range(9)) - {3, 7}
    assert results.measures["replication"].to_pylist() == [0, 1, 2, 4, 5, 6, 8] * 2
    read = Results.read(tmp_path / "r.parquet")
    assert read.failures == results.failures
    assert read.measures.equals(results.measures)
    monkeypatch.undo()
    other = one(vary=VARY, replications=9, seed=5).jobs.to_pylist()
    assert results.jobs.to_pylist() == [row for row in other if row["replication"] not in {3, 7}]


def test_failures_of_an_interrupted_sweep_are_not_forgotten(
    monkeypatch: Patch, tmp_path: Path
) -> None:
    calls = iter(range(10**9))

    def cut(*given: object, **named: object) -> object:
        if next(calls) == 6:
            raise KeyboardInterrupt
        return failing(*given, **named)  # type: ignore[arg-type]

    replaced(monkeypatch, cut)
    with pytest.raises(KeyboardInterrupt):
        one(replications=9, seed=5, out=tmp_path / "r.parquet")
    results = one(replications=9, seed=5, out=tmp_path / "r.parquet")
    assert [each.replication for each in results.failures] == [3, 7]


def test_where_all_fail_there_are_no_rows(monkeypatch: Patch) -> None:
    replaced(monkeypatch, lambda *_, **__: 1 // 0)
    results = one(until=0.1)
    assert results.facts.reached is False
    assert (results.jobs.num_rows, results.measures.num_rows, len(results.failures)) == (0, 0, 3)


def test_a_worker_that_dies_is_told_and_what_is_done_is_kept(tmp_path: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import simjob.whatif.sweeping
from sweeps_for_tests import PLAN, dying
from simjob.whatif.rounds import WorkersError
simjob.whatif.sweeping.replicate = dying
try:
    simjob.whatif.sweeping.sweep(PLAN, replications=4, seed=5, workers=2, out="r.parquet")
except WorkersError as error:
    print("the workers failed" in str(error), error.__notes__)
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("True ['0 of 4 replications are kept in r.parquet.parts"), done


def test_an_interrupted_sweep_says_nothing_of_its_tasks(monkeypatch: Patch) -> None:
    """Ctrl-C comes while workers are busy; joblib would warn of what they do for nothing."""
    kept = iter(range(10**9))

    def add(*_: object) -> None:
        if next(kept) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("simjob.whatif.store.Memory.add", add)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(KeyboardInterrupt):
            one(replications=5000, workers=2)
        gc.collect()
    assert [str(each.message) for each in told] == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_is_heard_here_and_not_by_workers(monkeypatch: Patch) -> None:
    """A terminal tells it to all of them; those at their imports would show where they were."""
    replaced(monkeypatch, deaf)
    assert one(workers=2).failures == ()
    assert len(one().failures) == 3
    with pytest.raises(KeyboardInterrupt), heard_here_alone():  # noqa: PT012 - as the test says
        signal.raise_signal(signal.SIGINT)
        waited = True
    assert waited


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """They hold its standard output, which ends with them."""
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import simjob.whatif.sweeping
from sweeps_for_tests import PLAN, orphaned
simjob.whatif.sweeping.replicate = orphaned
simjob.whatif.sweeping.sweep(PLAN, replications=4, workers=2)
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL


# Precision.


def test_replications_are_added_until_every_interval_is_small_enough() -> None:
    results = one(vary=VARY, replications=400, until=0.03)
    facts = results.facts
    ends = [first + size for first, size in rounds(400)]
    assert facts.reached
    assert facts.replications in ends
    assert facts.replications < 400
    for count in ends[: ends.index(facts.replications) + 1]:
        part = one(vary=VARY, replications=count).estimates().to_pylist()
        halves = [
            row["half_width"] <= 0.03 * row["mean"]
            for row in part
            if row["measure"] in {"completion_mean_seconds", "dollars"}
        ]
        assert all(halves) == (count == facts.replications)


def test_results_of_an_early_end_do_not_depend_on_workers(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    path = tmp_path / "r.parquet"
    one(vary=VARY, replications=400, until=0.03, out=path)
    alone = path.read_bytes()
    one(vary=VARY, replications=400, until=0.03, out=path, workers=2)
    assert path.read_bytes() == alone
    with monkeypatch.context() as patch:
        replaced(patch, interrupted_at(120))
        with pytest.raises(KeyboardInterrupt):
            one(vary=VARY, replications=400, until=0.03, out=path)
    one(vary=VARY, replications=400, until=0.03, out=path)
    assert path.read_bytes() == alone


def test_a_precision_that_is_not_reached_is_told() -> None:
    facts = one(replications=60, until=0.0001).facts
    assert (facts.reached, facts.replications, facts.until) == (False, 60, 0.0001)


def test_a_variation_whose_replications_all_failed_is_never_enough(monkeypatch: Patch) -> None:
    replaced(monkeypatch, failing_on_two)
    facts = one(vary=VARY, replications=60, until=0.5).facts
    assert (facts.reached, facts.replications) == (False, 60)


def test_nothing_is_precise_before_there_are_two_values() -> None:
    enough = Enough(["as planned"], 0.5)
    assert not enough.reached
    enough.add(one(replications=1).measures.to_batches()[0])
    assert not enough.reached


# Files that fail.


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("r.parquet", "pyarrow.parquet.ParquetWriter.write_table"),
        ("r.csv", "simjob.whatif.files.pa_csv.CSVWriter"),
    ],
)
def test_a_full_disk_leaves_no_partial_file_and_loses_nothing(
    name: str, writer: str, tmp_path: Path, monkeypatch: Patch
) -> None:
    path = tmp_path / name
    path.write_text("from before")
    with monkeypatch.context() as patch:
        patch.setattr(writer, full_disk)
        with pytest.raises(OSError, match="No space left") as raised:
            one(out=path)
    assert raised.value.__notes__[0].startswith("3 of 3 replications are kept")
    assert path.read_text() == "from before"
    assert leftovers(tmp_path, [name, f"{name}.parts"]) == set()
    replaced(monkeypatch, interrupted_at(0))
    one(out=path)
    assert leftovers(tmp_path, [name]) == set()


def test_a_disk_that_is_full_on_the_way_keeps_complete_parts(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    path = tmp_path / "r.parquet"
    whole = bytes_of(path)
    path.unlink()
    with monkeypatch.context() as patch:
        replaced(patch, interrupted_at(50))
        with pytest.raises(KeyboardInterrupt):
            bytes_of(path)
    added = _Part.add

    def half_done(part: _Part, outcome: Outcome) -> None:
        added(part, outcome)
        full_disk()

    with monkeypatch.context() as patch:
        patch.setattr(_Part, "add", half_done)
        with pytest.raises(OSError, match="No space left"):
            bytes_of(path)
    assert bytes_of(path) == whole


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ({"replications": 0}, "replications: must be a whole number, 1 or more, is 0"),
        ({"workers": 0}, "workers: must be a whole number, 1 or more, is 0"),
        ({"seed": 0.5}, "seed: must be a whole number, is 0.5"),
        ({"until": 0}, "until: must be a share of the mean between 0 and 1, is 0"),
        ({"until": "2%"}, "until: must be a share of the mean between 0 and 1, is '2%'"),
        ({"backend": "spark"}, "backend: must be loky, dask or ray, is 'spark'"),
        ({"out": "r.xlsx"}, "r.xlsx: must end in .parquet or .csv"),
        ({"out": "no/r.csv"}, "no/r.csv: there is no directory no"),
        ({"out": "r.csv", "transitions": "./r.csv"}, "transitions: must not be the file"),
        ({"out": "r.csv", "transitions": True}, "transitions: must name a file where"),
        ({"vary": {}}, "vary: the grid is empty"),
        ({"vary": {"jobs.x.spot": [True, False]}}, "jobs.x.spot: there is no job 'x'"),
        (
            {"vary": {"jobs.train.instances": [1, 0]}},
            "variation 'instances=0': jobs.train.instances: must be a whole number",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    arguments: dict[str, object], mistake: str, monkeypatch: Patch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    replaced(monkeypatch, None)
    with pytest.raises(SweepError) as raised:
        one(**arguments)
    (told,) = raised.value.mistakes
    assert told.startswith(mistake)
    assert leftovers(tmp_path, []) == set()


def test_the_name_of_a_file_is_no_plan() -> None:
    with pytest.raises(TypeError, match=r"as load_plan gives it, is 'plan\.toml'"):
        sweep("plan.toml")  # type: ignore[arg-type]
    with pytest.raises(PlanError, match=r"must be a table, is \[\]"):
        plan_from_dict([])  # type: ignore[arg-type]


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_backend_that_is_not_installed_is_named(
    backend: str, package: str, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("simjob.whatif.backends.find_spec", lambda _: None)
    with pytest.raises(SweepError) as raised:
        one(backend=backend)
    assert raised.value.mistakes == (
        f"backend: {package} is not installed: pip install 'simjob[{backend}]'",
    )


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SweepError) as raised:
        one(replications=-1, workers=0, out="r.txt", vary=[])
    assert len(raised.value.mistakes) == 4


def test_facts_are_plain_json_even_of_a_plan_with_objects_in_it() -> None:
    facts = one(vary=VARY).facts
    assert facts.from_json(facts.to_json()) == facts
    assert json.loads(facts.to_json())["plan"]["name"] == "small"
