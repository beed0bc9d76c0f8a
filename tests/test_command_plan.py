"""`simjob plan`: what it prints of one replication, and its exit statuses."""

from pathlib import Path

import pytest

from simjob.cli import main

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
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines[1:] if line] == [
        " training job  instances         created   waited     took  status     dollars",
        " ─────────────────────────────────────────────────────────────────────────────",
        " train-0       1 ml.p3.2xlarge  +0:00:00  0:00:00  1:01:00  Completed     3.83",
        " train-1       1 ml.p3.2xlarge  +0:00:00  1:01:00  2:02:00  Completed     3.83",
        " report-0      1 ml.m5.xlarge   +2:02:00  0:00:00  0:31:00  Completed     0.12",
        "3 of 3 Completed; the last job ended after 2 h 33 min, 5 h 27 min before the",
        "deadline",
        "$7.77 in all, $0.00 of it wasted, $2.23 below the budget",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"8h"', '"2h"'), "33 min after the deadline"),
        (("= 10", "= 7"), "$0.77 over the budget"),
        (('"30m" }', '"30m", exit_code = 1 }'), "2 of 3 Completed"),
    ],
)
def test_a_plan_that_does_not_hold_is_exit_status_3(
    change: tuple[str, str], says: str, capsys: Capture
) -> None:
    assert run(PLAN.replace(*change)) == 3
    assert says in " ".join(capsys.readouterr().out.split())


def test_many_training_jobs_are_told_by_the_jobs_of_the_plan(capsys: Capture) -> None:
    assert run(PLAN.replace("copies = 2", "copies = 40")) == 3
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["train", "40", "40", "Completed", "19:49:30", "20:50:30", "153.00"] in lines
    assert ["report", "1", "1", "Completed", "0:00:00", "0:31:00", "0.12"] in lines


def test_an_estimated_rate_is_said(capsys: Capture) -> None:
    run(PLAN.replace("ml.m5.xlarge", "ml.g6.12xlarge"))
    assert "Rates are estimated for ml.g6.12xlarge." in capsys.readouterr().out


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
