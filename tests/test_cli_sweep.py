"""`simjob sweep`: its table, its exit statuses, and its answers to bad input."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from sweeps_for_tests import failing, interrupted_at

import simjob.whatif.sweeping
from simjob.cli import main
from simjob.whatif import Results, load_plan, sweep

PLAN = """\
name = "nightly"
deadline = "10m"
budget_dollars = 1

[jobs.train]
instance_type = "ml.m5.xlarge"
copies = 3
"""
QUEUE = """
[world.capacity.on_demand]
"ml.m5.xlarge" = 2
"""

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    Path("p.toml").write_text(PLAN)


def told(capsys: Capture, *arguments: str, status: int = 0) -> str:
    assert main(["sweep", "p.toml", "--workers", "1", *arguments]) == status
    return capsys.readouterr().out


def noted(capsys: Capture, *arguments: str, status: int) -> list[str]:
    assert main(["sweep", "p.toml", "--workers", "1", *arguments]) == status
    return [line.removeprefix("simjob: ") for line in capsys.readouterr().err.splitlines()]


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


# The table.


def test_there_is_a_row_for_each_variation(capsys: Capture) -> None:
    out = told(capsys, "--vary", "jobs.train.instances=1,2", "--replications", "20")
    lines = out.splitlines()
    assert lines[0].endswith("plan nightly, 20 replications of 2 variations, seed 0")
    assert lines[2].split() == ["completion", "makespan", "in", "time", "in", "budget"]
    assert lines[3].split() == ["variation", "dollars", "min", "min", "%", "%"]
    assert lines[4].split()[0] == "instances=1"
    assert lines[-1] == "Means ± half-widths, chances (ends) of 95 % intervals."


def test_a_list_on_the_command_line_gives_the_rows_of_one_in_the_plan(capsys: Capture) -> None:
    few = ("--replications", "3")
    Path("p.toml").write_text(
        f'{PLAN}\n[[variations]]\n\n[[variations]]\nname = "big"\n'
        '"jobs.train.instances" = 4\n"jobs.train.instance_type" = "ml.m5.large"\n'
    )
    expected = told(capsys, *few)
    Path("p.toml").write_text(PLAN)
    values = ["jobs.train.instances=4", "jobs.train.instance_type=ml.m5.large"]
    assert told(capsys, *few, "--variation", "--variation", "name=big", *values) == expected
    assert {line[:10] for line in expected.splitlines()} >= {"as planned", "big       "}


def test_the_table_has_the_estimates_with_two_digits_of_the_half_width(
    capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = told(capsys, "--replications", "20", "--seed", "4")
    (row,) = [line for line in out.splitlines() if line.startswith("as planned")]
    estimates = sweep(load_plan("p.toml"), replications=20, seed=4, workers=1).estimates()
    found = {each["measure"]: each for each in estimates.to_pylist()}
    time, dollars = found["completion_mean_seconds"], found["dollars"]
    cells = row.split("  ")
    assert f"{time['mean'] / 60:.2f} ± {time['half_width'] / 60:.2f}" in cells
    assert f"{dollars['mean']:.4f} ± {dollars['half_width']:.4f}" in cells
    chance = [found["deadline_met"][each] for each in ("mean", "low", "high")]
    assert chance == [1.0, pytest.approx(0.8316, abs=1e-4), 1.0]
    assert "100 (83-100)" in cells


def test_what_there_is_none_of_has_no_column(capsys: Capture) -> None:
    plain = told(capsys, "--replications", "2")
    assert "wait" not in plain
    assert "utilised" not in plain
    Path("p.toml").write_text("[jobs.train]\ncopies = 3\ninstance_type = 'ml.m5.xlarge'\n" + QUEUE)
    queued = told(capsys, "--replications", "2")
    assert "wait" in queued
    assert "utilised" in queued
    assert "in budget" not in queued


@pytest.mark.parametrize("columns", ["80", "60", "200"])
def test_no_line_is_wider_than_the_terminal(
    columns: str, capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Path("p.toml").write_text(PLAN + QUEUE)
    varied = ["jobs.train.instances=1,2", "jobs.train.instance_type=ml.m5.xlarge,ml.g5.48xlarge"]
    both = [each for text in varied for each in ("--vary", text)]
    out = told(capsys, *both, "--replications", "3")
    lines = out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    first = next(place for place, line in enumerate(lines) if line.startswith("variation"))
    assert "dollars" in lines[first]
    titles = " ".join(line for line in lines if not line.startswith("instances"))
    places = [titles.index(each) for each in ("in time", "in budget", "p99", "utilised")]
    assert places == sorted(places)
    blocks = 1 if columns == "200" else 2
    assert sum(line.startswith("variation") for line in lines) == blocks
    assert sum("instances=2, instance_type=ml.g5.48xlarge" in line for line in lines) == blocks


def test_of_a_plan_of_one_job_each_time_is_told_once(capsys: Capture) -> None:
    Path("p.toml").write_text(PLAN.replace("copies = 3", ""))
    out = told(capsys, "--replications", "9")
    lines = out.splitlines()
    assert lines[2].split() == ["completion", "in", "time", "in", "budget"]
    assert lines[-2] == "The same as completion: makespan, p99."
    assert "The same" not in told(capsys, "--vary", "jobs.train.copies=1,2", "--replications", "9")


CUT = ["--vary", "jobs.train.max_runtime=1m,1h", "--replications", "3"]


def test_what_does_not_complete_all_of_the_work_is_said_to(capsys: Capture) -> None:
    Path("p.toml").write_text(f'{PLAN}work = {{ duration = "5m" }}\n')
    lines = told(capsys, *CUT).splitlines()
    assert lines[3].split()[:3] == ["variation", "completed", "dollars"]
    assert lines[4].split()[1:4] == ["0", "of", "3"]
    assert lines[5].split()[1:4] == ["3", "of", "3"]
    assert lines[-3:-1] == [
        "Not all works are Completed with max_runtime=1m. Dollars and times are those of",
        "what was done.",
    ]
    alone = told(capsys, *CUT[2:], "--vary", "jobs.train.max_runtime=1m")
    assert "\nNot all works are Completed. Dollars" in alone
    assert "ompleted" not in told(capsys, *CUT[2:])


def test_the_picture_shows_which_variations_do_less(capsys: Capture) -> None:
    Path("p.toml").write_text(f'{PLAN}work = {{ duration = "5m" }}\n')
    lines = told(capsys, *CUT, "--picture", "-").splitlines()
    assert [line[:20] for line in lines if "max_runtime" in line][-2:] == [
        "a *!max_runtime=1m  ",
        "b * max_runtime=1h  ",
    ]
    assert "! some works are not Completed" in lines


ESTIMATES = [
    "The rate of ml.g6.xlarge is estimated.",
    "The spot discount of ml.m5.xlarge is estimated.",
]


def test_rates_that_are_estimated_are_said_to_be_also_of_results_in_a_file(
    capsys: Capture,
) -> None:
    Path("p.toml").write_text(PLAN.replace("copies = 3", "max_wait = '1d'"))
    varied = ["--variation", "jobs.train.instance_type=ml.g6.xlarge"]
    varied += ["--variation", "jobs.train.spot=true"]
    lines = told(capsys, *varied, "--replications", "2", "--out", "r.parquet").splitlines()
    assert lines[-5:-3] == ESTIMATES
    assert main(["compare", "r.parquet"]) == 0
    assert "\n".join(["", *ESTIMATES, ""]) in capsys.readouterr().out


def test_a_type_without_a_known_rate_is_said_to_have_no_bill(capsys: Capture) -> None:
    varied = ["--vary", "jobs.train.instance_type=ml.m5.xlarge,ml.trn2.48xlarge"]
    both = told(capsys, *varied, "--replications", "2")
    words = "\nNo rate is known for ml.trn2.48xlarge, and so no bill.\n"
    assert words in both
    Path("p.toml").write_text(PLAN.replace("ml.m5.xlarge", "ml.trn2.48xlarge"))
    alone = told(capsys, "--replications", "2")
    assert words in alone
    assert "dollars" not in alone
    Path("p.toml").write_text(PLAN)
    assert "rate" not in told(capsys, "--replications", "2")


def test_what_is_written_is_named(capsys: Capture) -> None:
    out = told(
        capsys, "--replications", "2", "--out", "r.parquet", "--transitions", "log.csv"
    ).splitlines()
    assert out[-2:] == ["jobs: r.parquet", "transitions: log.csv"]
    assert names() == ["log.csv", "p.toml", "r.parquet"]
    assert Results.read("r.parquet").facts.replications == 2


def test_there_is_no_bar_where_there_is_no_terminal(capsys: Capture) -> None:
    assert noted(capsys, "--replications", "2", status=0) == []


# The picture.


def test_of_one_variation_the_picture_is_when_all_have_ended(capsys: Capture) -> None:
    out = told(capsys, "--replications", "5", "--picture", "a.svg")
    assert out.endswith("\npicture: a.svg\n")
    drawn = Path("a.svg").read_text()
    assert "line:as planned" in drawn
    assert "time until all jobs have ended" in drawn
    assert "deadline, 10 min" in drawn


@pytest.mark.parametrize(
    ("arrivals", "deadline"),
    [
        ('{ at = ["2m", "5m"] }', "deadline, 8 min"),
        ('{ every = "2m", count = 2 }', "deadline, 10 min"),
        ("{ poisson_per_hour = 60, count = 2 }", None),
    ],
)
def test_the_deadline_counts_from_the_first_arrival_if_that_is_known(
    arrivals: str, deadline: str | None, capsys: Capture
) -> None:
    Path("p.toml").write_text(f"{PLAN}arrivals = {arrivals}\n")
    out = told(capsys, "--replications", "3", "--picture", "-")
    assert max(map(len, out.splitlines())) <= 80
    assert ("deadline" in out) == (deadline is not None)
    assert deadline is None or deadline in out


def test_of_several_variations_the_picture_is_cost_against_time(capsys: Capture) -> None:
    varied = ["--vary", "jobs.train.instances=1,2,4", "--replications", "4"]
    told(capsys, *varied, "--out", "r.parquet", "--picture", "a.svg")
    drawn = Path("a.svg").read_text()
    assert all(f"point:instances={each}" in drawn for each in (1, 2, 4))
    assert main(["compare", "r.parquet", "--picture", "b.svg"]) == 0
    assert Path("b.svg").read_text() == drawn


def test_where_no_cost_is_known_the_picture_is_of_times(
    capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("simjob.world.prices.on_demand", lambda *_: None)
    varied = ["--vary", "jobs.train.instances=1,2", "--replications", "4"]
    told(capsys, *varied, "--picture", "a.svg")
    drawn = Path("a.svg").read_text()
    assert "line:instances=1" in drawn
    assert "line:instances=2" in drawn


# Exit statuses.


def test_a_precision_that_is_not_reached_is_status_1(capsys: Capture) -> None:
    lines = noted(capsys, "--until", "half-width=0.01%", "--replications", "5", status=1)
    assert lines == ["half-width 0.01 %: not reached with 5 replications"]


def test_a_precision_that_is_reached_is_status_0(capsys: Capture) -> None:
    assert "50 replications" in told(capsys, "--until", "half-width=20%")


def test_failed_replications_are_status_3(capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setattr(simjob.whatif.sweeping, "replicate", failing)
    lines = noted(capsys, "--replications", "9", "--seed", "5", status=3)
    assert [line.split(" (")[0] for line in lines] == [
        "failed: as planned: replication 3",
        "failed: as planned: replication 7",
    ]


def test_of_many_failures_ten_are_told(capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setattr(simjob.whatif.sweeping, "replicate", lambda *_, **__: 1 // 0)
    lines = noted(capsys, "--replications", "13", status=3)
    assert len(lines) == 11
    assert lines[0].endswith("ZeroDivisionError: integer division or modulo by zero")
    assert lines[-1] == "and 3 more replications failed"


def test_ctrl_c_is_status_130_and_the_same_command_goes_on(
    capsys: Capture, monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(simjob.whatif.sweeping, "replicate", interrupted_at(3))
        lines = noted(capsys, "--out", "r.parquet", "--replications", "5", status=130)
    assert lines[0] == "interrupted"
    assert lines[1].endswith(
        "of 5 replications are kept in r.parquet.parts; the same sweep goes on from there"
    )
    told(capsys, "--out", "r.parquet", "--replications", "5")
    assert names() == ["p.toml", "r.parquet"]


def test_a_full_disk_is_status_2(capsys: Capture, monkeypatch: Patch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    lines = noted(capsys, "--out", "r.parquet", "--replications", "2", status=2)
    assert lines == [
        "r.parquet: cannot be written: No space left on device",
        "2 of 2 replications are kept in r.parquet.parts; the same sweep goes on from there",
    ]


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (["--replications", "0"], "replications: must be a whole number, 1 or more, is 0"),
        (["--backend", "spark"], "backend: must be loky, dask or ray, is 'spark'"),
        (["--out", "no/r.csv"], "no/r.csv: there is no directory no"),
        (["--vary", "jobs.train.instances="], "--vary: jobs.train.instances must have values"),
        (["--vary", "jobs.tran.instances=1"], "jobs.tran.instances: there is no job 'tran'"),
        (["--variation", "p.toml"], "--variation: must be PATH=VALUE, is 'p.toml'"),
        (["--variation", "--variation"], "vary: two variations are called 'as planned'"),
        (
            ["--variation", "jobs.train.copies=2", "--variation", "jobs.train.copies=2"],
            "vary: two variations are called 'copies=2'",
        ),
        (
            ["--variation", "--variation", "jobs.tran.copies=2"],
            "variation 'copies=2': jobs.tran.copies: there is no job 'tran'",
        ),
        (
            ["--variation", "--vary", "jobs.train.copies=2"],
            "--variation: must be left out where --vary is given",
        ),
        (["--picture", "a.pdf"], "--picture: a picture's name ends in .png or .svg"),
        (["--until", "2%"], "argument --until: must be such as half-width=2%, is '2%'"),
        (["--until", "half-width=0%"], "until: must be a share of the mean between 0 and 1"),
    ],
)
def test_bad_input_is_status_2(arguments: list[str], mistake: str, capsys: Capture) -> None:
    (line,) = noted(capsys, *arguments, status=2)
    assert line.startswith(mistake)
    assert names() == ["p.toml"]


def test_each_mistake_has_a_line(capsys: Capture) -> None:
    Path("p.toml").write_text("budget_dollars = -1\n[jobs.train]\ncopies = 0\n")
    lines = noted(capsys, "--vary", "x", status=2)
    assert lines[0] == "--vary: must be PATH=VALUE,VALUE..., is 'x'"
    assert {line.split(": ")[1] for line in lines[1:]} == {"budget_dollars", "jobs.train.copies"}


def test_the_extra_is_named_where_it_is_not_installed() -> None:
    hidden = "import sys; sys.modules['pyarrow'] = None"
    program = f"{hidden}; from simjob.cli import main; sys.exit(main(['sweep', 'p.toml']))"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "simjob: pyarrow is not installed: pip install 'simjob[whatif]'\n"


def test_the_extra_is_named_in_python_too() -> None:
    hidden = "import sys; sys.modules['pyarrow'] = None"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"{hidden}; from simjob.whatif import load_plan, sweep"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == (
        "ImportError: simjob.whatif.sweep needs pyarrow, which its extra brings:"
        " pip install 'simjob[whatif]'"
    )
