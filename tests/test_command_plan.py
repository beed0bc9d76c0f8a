"""`simjob plan`: what it prints of one replication, and its exit statuses."""

from pathlib import Path

import pytest

from simjob.cli import main
from simjob.whatif import load_plan, sweep
from simjob.whatif.tasks import seed_of

PLAN = """
name = "demo"
deadline = "8h"
budget_dollars = 10
[world.latencies]
launching = { "*" = 60 }
preparing = { "*" = 0 }
downloading = { "*" = 0 }
image_pull = { "*" = 0 }
uploading = { "*" = 0 }
[world]
volume_dollars_per_gb_month = 0
capacity.on_demand = { "ml.p3.2xlarge" = 1 }
[jobs.train]
instance_type = "ml.p3.2xlarge"
copies = 2
work = { duration = "1h" }
[jobs.report]
instance_type = "ml.m5.xlarge"
after = ["train"]
work = { duration = "30m" }
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def run(text: str, *arguments: str) -> int:
    Path("plan.toml").write_text(text)
    return main(["plan", "plan.toml", *arguments])


def test_what_is_printed_of_a_plan(capsys: Capture) -> None:
    assert run(PLAN) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines[1:] if line] == [
        " training job  instances         created   waited     took  status     dollars",
        " ─────────────────────────────────────────────────────────────────────────────",
        " train-0       1 ml.p3.2xlarge  +0:00:00  0:00:00  1:01:00  Completed     3.83",
        " train-1       1 ml.p3.2xlarge  +0:00:00  1:01:00  2:02:00  Completed     3.83",
        " report-0      1 ml.m5.xlarge   +2:02:00  0:00:00  0:31:00  Completed     0.12",
        "3 of 3 Completed; the last job ended after 2 h 33 min, 5 h 27 min before the",
        "deadline",
        "$7.77 in all, $2.23 below the budget",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"8h"', '"2h"'), "33 min after the deadline"),
        (("= 10", "= 7"), "$0.77 over the budget"),
        (
            ('"30m" }', '"30m", exit_code = 1 }'),
            "Completed, 1 Failed; the last job ended after 2 h 33 min, the deadline is not met",
        ),
    ],
)
def test_a_plan_that_does_not_hold_is_exit_status_3(
    change: tuple[str, str], says: str, capsys: Capture
) -> None:
    assert run(PLAN.replace(*change)) == 3
    assert says in " ".join(capsys.readouterr().out.split())


ARRIVALS = 'instance_type = "ml.m5.xlarge"\nwork = { duration = "50m" }\narrivals = '


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (
            f'until = "1h"\ndeadline = "10h"\n[jobs.a]\n{ARRIVALS}{{ at = ["2h"] }}',
            "0 of 1 Completed, 1 Skipped; the deadline is not met",
        ),
        (
            f'stop.after = "90m"\n[jobs.a]\n{ARRIVALS}{{ every = "1h", count = 3 }}',
            "1 of 3 Completed, 1 Stopped, 1 Skipped $",
        ),
        (
            f'at_once = 1\nuntil = "2h"\n[jobs.a]\ncopies = 5\n{ARRIVALS}{{ at = [0] }}',
            "2 of 5 Completed, 2 Skipped, 1 InProgress $",
        ),
    ],
)
def test_what_was_skipped_or_still_runs_is_said_and_not_when_the_last_one_ended(
    plan: str, says: str, capsys: Capture
) -> None:
    assert run(plan) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert says in told
    assert "ended after" not in told
    assert "before the deadline" not in told


def test_a_plan_without_an_arrival_is_in_time(capsys: Capture) -> None:
    trace = '{ poisson_per_hour = 0.001, until = "1s" }'
    assert run(f'deadline = "10h"\n[jobs.a]\n{ARRIVALS}{trace}') == 0
    assert "No job arrived\n" in capsys.readouterr().out


QUOTA = '[world.quotas.on_demand]\n"ml.m5.xlarge" = 0\n'
MISSES = {
    "late": ('"8h"', '"2h"'),
    "one fails": ('"30m" }', '"30m", exit_code = 1 }'),
    "one is retried, and Completed": ('"30m" }', '"30m" }\nretry = { on_failure = 1 }'),
    "one never runs": ("[jobs.train]", f"{QUOTA}[jobs.train]"),
    "one still runs": ("budget_dollars = 10", 'until = "2h"'),
    "one waits for its turn": ("budget_dollars = 10", 'at_once = 1\nuntil = "90m"'),
    "the plan is stopped": ("budget_dollars = 10", 'stop.after = "90m"'),
    "one is cut short": ('"30m" }', '"30m" }\nmax_runtime = "10m"'),
    "all is well": ('"8h"', '"9h"'),
}


@pytest.mark.parametrize("what", MISSES)
def test_the_deadline_is_met_where_a_sweep_says_so(what: str, capsys: Capture) -> None:
    text = PLAN.replace(*MISSES[what]).replace("budget_dollars = 10\n", "")
    status = run(text, "--seed", str(seed_of(0, 0)))
    told = " ".join(capsys.readouterr().out.split())
    measures = sweep(load_plan("plan.toml"), replications=1, workers=1).measures
    (met,) = measures["deadline_met"].to_pylist()
    assert met == (what in {"one is retried, and Completed", "all is well"})
    assert status == (0 if met else 3)
    assert ("before the deadline" in told) == met


def test_what_was_wasted_is_told_by_what(capsys: Capture) -> None:
    text = PLAN.replace('downloading = { "*" = 0 }', 'downloading = { "*" = 600 }')
    assert run(text.replace('"8h"', '"90h"') + '\n[jobs.train.stop]\nafter = "30m"\n') == 3
    told = " ".join(capsys.readouterr().out.split())
    # Of train-0's 29 minutes ten went into downloads, the others are lost; of report-0's 40 ten.
    assert (
        "$2.00 in all, of it $1.89 wasted (downloads $0.68, lost work $1.21), $8.00 below" in told
    )


# The picture.


def test_the_picture_has_every_job_and_the_deadline(capsys: Capture) -> None:
    assert run(PLAN) == 0
    told = capsys.readouterr().out
    assert run(PLAN, "--picture", "a.svg") == 0
    assert capsys.readouterr().out == f"{told}picture: a.svg\n"
    drawn = Path("a.svg").read_text()
    assert all(f"job:{name}" in drawn for name in ("train-0", "train-1", "report-0"))
    assert "the deadline is far off, at 8 h" in drawn
    assert run(PLAN.replace('"8h"', '"2h"'), "--picture", "b.svg") == 3
    assert ">deadline<" in Path("b.svg").read_text()


def test_the_picture_in_the_terminal(capsys: Capture) -> None:
    assert run(PLAN.replace('"8h"', '"3h"'), "--picture", "-") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    (train,) = [line for line in lines if line.startswith(" train-1 │")]
    assert train.index("·") < train.index("█") < train.index("●")
    assert lines[-1].endswith("┊ deadline, 3 h")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("a.pdf", "--picture: a picture's name ends in .png or .svg, not 'a.pdf'"),
        ("no/a.svg", "--picture: there is no directory no"),
        ("a.svg/", "--picture: a.svg/: is a directory"),
    ],
)
def test_a_picture_that_cannot_be_is_told_before_anything_runs(
    file: str, says: str, capsys: Capture
) -> None:
    Path("a.svg").mkdir()
    assert run(PLAN, "--picture", file) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"simjob: {says}\n")


def test_a_plan_of_which_nothing_ran_has_no_picture(capsys: Capture) -> None:
    quota = '[world.quotas.on_demand]\n"ml.p3.2xlarge" = 0\n"ml.m5.xlarge" = 0\n[jobs.train]'
    assert run(PLAN.replace("[jobs.train]", quota), "--picture", "a.svg") == 2
    assert "--picture: a Gantt picture needs a job at least" in capsys.readouterr().err
    assert not Path("a.svg").exists()


# What cannot be told, or not all at once.


def test_many_training_jobs_are_told_by_the_jobs_of_the_plan(capsys: Capture) -> None:
    assert run(PLAN.replace("copies = 2", "copies = 40")) == 3
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["train", "40", "40", "Completed", "19:49:30", "20:50:30", "153.00"] in lines
    assert ["report", "1", "1", "Completed", "0:00:00", "0:31:00", "0.12"] in lines


def test_an_estimated_rate_is_said(capsys: Capture) -> None:
    run(PLAN.replace("ml.m5.xlarge", "ml.g6.12xlarge"))
    assert "\nThe rate of ml.g6.12xlarge is estimated.\n" in capsys.readouterr().out


def test_a_discount_that_is_estimated_is_said_to_be_and_not_its_rate(capsys: Capture) -> None:
    run(PLAN.replace("after =", 'spot = true\nmax_wait = "1d"\nafter =', 1))
    told = capsys.readouterr().out
    assert "\nThe spot discount of ml.m5.xlarge is estimated.\n" in told
    assert "The rate" not in told


def test_a_budget_that_cannot_be_told_to_be_met_is_exit_status_3(capsys: Capture) -> None:
    unknown = PLAN.replace("ml.m5.xlarge", "ml.trn2.48xlarge")
    assert run(unknown) == 3
    assert (
        "\nBill unknown, and whether it is within the budget\n"
        "No rate is known for ml.trn2.48xlarge, and so no bill.\n"
    ) in capsys.readouterr().out
    assert run(unknown.replace("budget_dollars = 10\n", "")) == 0
    assert "\nBill unknown\nNo rate is known" in capsys.readouterr().out


def test_a_job_that_there_never_was_says_why(capsys: Capture) -> None:
    quota = '[world.quotas.on_demand]\n"ml.p3.2xlarge" = 1\n[jobs.train]'
    assert run(PLAN.replace("[jobs.train]", quota)) == 3
    assert "\nRefused: ResourceLimitExceeded\n" in capsys.readouterr().out


def test_bad_input(capsys: Capture) -> None:
    assert run(PLAN.replace("copies", "copie").replace("= 10", "= -1")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "simjob: plan.toml: jobs.train.copie: unknown key; did you mean 'copies'?",
        "simjob: plan.toml: budget_dollars: must be a number above 0, is -1",
    ]


def test_variations_of_the_file_are_checked_too(capsys: Capture) -> None:
    assert run(f'{PLAN}[[variations]]\n"jobs.q.spot" = true\n') == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "simjob: plan.toml: variations[0]: jobs.q.spot: there is no job 'q'\n"
