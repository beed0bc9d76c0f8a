"""The command line: what it prints, its exit statuses, and its answers to bad input."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from simjob.cli import main
from simjob.commands import run

REQUEST = {
    "TrainingJobName": "a",
    "AlgorithmSpecification": {"AlgorithmName": "algorithm", "TrainingInputMode": "Pipe"},
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
FAILING = '[[workloads]]\nname = "bad"\nexit_code = 1\nfailure = "no"\n'

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def write(name: str = "a", file: str = "", **changes: object) -> str:
    file = file or f"{name}.json"
    Path(file).write_text(json.dumps({**REQUEST, "TrainingJobName": name, **changes}))
    return file


def world(text: str) -> str:
    Path("w.toml").write_text(text)
    return "w.toml"


def refused(capsys: Capture, *arguments: str) -> str:
    """What is said on standard error when nothing is run."""
    assert main(["run", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def reply(capsys: Capture, *arguments: str, status: int = 0) -> dict[str, object]:
    assert main(["run", "--json", *arguments]) == status
    record: dict[str, object] = json.loads(capsys.readouterr().out)
    return record


# Results.


def test_json_prints_the_reply_of_one_request_and_nothing_else(capsys: Capture) -> None:
    assert main(["run", write(), "--json"]) == 0
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert record["TrainingJobStatus"] == "Completed"
    assert record["TrainingJobName"] == "a"
    assert printed.out == json.dumps(record, indent=2) + "\n"
    assert printed.err == ""


def test_json_of_several_requests_is_a_list_in_their_order(capsys: Capture) -> None:
    assert main(["run", write("b"), write("a"), "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [each["TrainingJobName"] for each in records] == ["b", "a"]


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(capsys: Capture) -> None:
    def run(seed: str) -> str:
        assert main(["run", write(), "--seed", seed]) == 0
        return capsys.readouterr().out

    assert run("7") == run("7")
    assert run("7") != run("8")


@pytest.mark.parametrize(
    ("names", "more", "status"),
    [
        (["good"], [], 0),
        (["bad"], [], 3),
        (["good"], ["--stop", "good@3m"], 4),
        (["good", "bad"], [], 3),
        (["good", "bad"], ["--stop", "good@1s"], 3),
        (["good", "other"], ["--stop", "good@1s"], 4),
        (["good"], ["--until", "1m"], 0),
        (["good", "bad"], ["--until", "1m"], 0),
        (["good"], ["--stop", "good@1m", "--until", "5m"], 4),
    ],
)
@pytest.mark.parametrize("json_only", [[], ["--json"]])
def test_exit_status(names: list[str], more: list[str], status: int, json_only: list[str]) -> None:
    files = [write(name) for name in names]
    assert main(["run", *files, "--world", world(FAILING), *more, *json_only]) == status


def test_until_prints_the_reply_as_it_is_then(capsys: Capture) -> None:
    record = reply(capsys, write(), "--until", "2m")
    assert record["TrainingJobStatus"] == "InProgress"
    assert record["SecondaryStatus"] == "Training"


def test_stop_takes_effect_at_its_time(capsys: Capture) -> None:
    record = reply(capsys, write(), "--stop", "a@3m", status=4)
    transitions = record["SecondaryStatusTransitions"]
    assert isinstance(transitions, list)
    assert [each["StartTime"] for each in transitions if each["Status"] == "Stopping"] == [
        record["CreationTime"] + 180  # type: ignore[operator]
    ]


def test_a_stop_that_comes_too_late_is_noted_and_changes_nothing(capsys: Capture) -> None:
    assert main(["run", write(), "--json", "--stop", "a@10h"]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        "simjob: --stop a: The request was rejected because the training job is in status "
        "Completed.\n"
    )
    assert json.loads(printed.out)["TrainingJobStatus"] == "Completed"


def test_a_job_that_waits_for_ever_is_told(capsys: Capture) -> None:
    scarce = world('[capacity.on_demand]\n"ml.m5.large" = 0')
    assert main(["run", write(), "--json", "--world", scarce]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["SecondaryStatus"] == "Starting"
    assert printed.err == "simjob: a: waits for capacity that nobody will give back\n"


def test_edition(capsys: Capture) -> None:
    assert "BillableTimeInSeconds" in reply(capsys, write(), "--edition", "live")
    assert "BillableTimeInSeconds" not in reply(capsys, write(), "--edition", "documented")


def test_a_request_with_a_byte_order_mark_is_read(capsys: Capture) -> None:
    Path("a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(REQUEST).encode())
    assert reply(capsys, "a.json")["TrainingJobStatus"] == "Completed"


# What is drawn.

CONSTANT = """
[latencies]
launching = { "*" = "30s" }
preparing = { "*" = "30s" }
image_pull = { "*" = "60s" }
uploading = { "*" = "20s" }
[[workloads]]
name = "bad"
exit_code = 1
failure = "out of luck"
"""


def drawn(capsys: Capture, *arguments: str) -> str:
    main(["run", *arguments, "--world", world(CONSTANT)])
    return capsys.readouterr().out


def test_a_run_as_it_is_drawn(capsys: Capture) -> None:
    picture, _, record = drawn(capsys, write()).partition("\n\n{")
    assert json.loads("{" + record)["TrainingJobStatus"] == "Completed"
    assert picture.splitlines() == [
        f"simjob {version('simjob')}, edition documented, seed 0, from 2026-01-01 00:00:00 UTC",
        "",
        " +0:00:00  00:00:00  Starting     Starting the training job",
        " +0:01:00  00:01:00  Training     Downloading the training image",
        " +0:07:00  00:07:00  Uploading    Uploading generated training model",
        " +0:07:20  00:07:20  Completed    Training job completed",
        "",
        "a  Completed after 7 min 20 s",
        "  " + "░" * 10 + "█" * 63 + "▓" * 3,
        "  ░ Starting 1 min   █ Training 6 min   ▓ Uploading 20 s",
        "  $0.01 for 380 billable seconds of ml.m5.large at $0.115 an hour (public",
        "  notebooks and repositories, 2025)",
    ]


def test_several_jobs_are_drawn_with_their_names_and_the_reason_of_a_failure(
    capsys: Capture,
) -> None:
    lines = drawn(capsys, write("a"), write("bad")).splitlines()
    assert " +0:00:00  00:00:00  a    Starting     Starting the training job" in lines
    assert " +0:07:00  00:07:00  bad  Failed       Training job failed" in lines
    assert "  AlgorithmError: out of luck, exit code: 1" in lines


def test_a_long_name_leaves_the_message_a_line_of_its_own(capsys: Capture) -> None:
    name = "n" * 50
    out = drawn(capsys, write("a"), write(name))
    assert f" 00:00:00  {name}  Starting\n  Starting the training job\n" in out


def test_a_new_day_has_a_line_of_its_own(capsys: Capture) -> None:
    main(["run", write(), "--world", world("start = 2025-12-31T23:59:30Z\n" + CONSTANT)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:5] == [
        " +0:00:00  23:59:30  Starting     Starting the training job",
        "  2026-01-01",
        " +0:01:00  00:00:30  Training     Downloading the training image",
    ]


def test_no_drawn_line_is_too_wide_or_ends_in_blanks(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in (40, 80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        picture = drawn(capsys, write()).partition("\n\n{")[0]
        for line in picture.splitlines():
            assert len(line) <= columns
            assert line == line.rstrip()


def test_a_job_that_never_lasted_has_no_bar(capsys: Capture) -> None:
    out = drawn(capsys, write(), "--until", "0")
    assert "a  InProgress after 0.0 s\n  $0.00 for 0 billable seconds" in out


def test_an_estimated_rate_says_so_with_its_date(capsys: Capture) -> None:
    resources = {**REQUEST["ResourceConfig"], "InstanceType": "ml.c6i.2xlarge"}  # type: ignore[dict-item]
    out = " ".join(drawn(capsys, write(ResourceConfig=resources)).split())
    assert "at an estimated $0.408 an hour (EC2 on-demand x 1.20, 2026-07-20)" in out


def test_what_was_for_storage_and_for_nothing_is_told(capsys: Capture) -> None:
    dear = 'prices."ml.m5.large" = 36\nvolume_dollars_per_gb_month = 6000'
    main(["run", write(), "--world", world(dear), "--stop", "a@100s"])
    out = " ".join(capsys.readouterr().out.split())
    told = re.search(r"of it \$(\S+) for storage; \$(\S+) wasted \((.*?)\) {", out)
    assert told
    wasted = [float(each) for each in re.findall(r"\$([0-9.]+)", told[3])]
    assert sum(wasted) == pytest.approx(float(told[2]))


def test_an_estimated_price_of_storage_says_so(capsys: Capture) -> None:
    large = {**REQUEST["ResourceConfig"], "VolumeSizeInGB": 16_384}  # type: ignore[dict-item]
    out = " ".join(drawn(capsys, write(ResourceConfig=large)).split())
    assert re.search(r"of it an estimated \$0\.\d\d for storage", out)


def test_a_rate_of_the_world_and_several_instances(capsys: Capture) -> None:
    resources = {**REQUEST["ResourceConfig"], "InstanceCount": 2}  # type: ignore[dict-item]
    main(["run", write(ResourceConfig=resources), "--world", world('prices."ml.m5.large" = 2')])
    out = " ".join(capsys.readouterr().out.split())
    assert "billable seconds of 2 x ml.m5.large at $2 an hour (the world)" in out


def test_an_unknown_rate_is_told(capsys: Capture) -> None:
    resources = {**REQUEST["ResourceConfig"], "InstanceType": "ml.p6e-gb200.36xlarge"}  # type: ignore[dict-item]
    file = write(ResourceConfig=resources)
    main(["run", file, "--edition", "live"])
    out = " ".join(capsys.readouterr().out.split())
    assert "Bill unknown: " in out
    assert "of ml.p6e-gb200.36xlarge, for which no rate is known" in out


def test_phases_that_come_again_are_counted(capsys: Capture) -> None:
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
    }
    market = world('spot = { outages = [{ start = "3m", end = "4m" }] }\n' + CONSTANT)
    main(["run", write(**spot), "--world", market])
    assert "Interrupted 1 min" in (out := capsys.readouterr().out)
    assert "(2 times)" in out


# Bad input.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is no JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        (b"", "is no JSON: Expecting value (line 1, column 1)"),
        (b'{\n "a": 1\n "b": 2}', "is no JSON: Expecting ',' delimiter (line 3, column 2)"),
        (b'{"a": NaN}', "is no JSON: NaN is no number in JSON"),
        (b'{"a": -Infinity}', "is no JSON: -Infinity is no number in JSON"),
        (b"\xff\xfe{}", "must be UTF-8 text, is not at byte 0"),
        (b"[]", "must hold a JSON object, holds a list"),
        (b'"a"', "must hold a JSON object, holds a string"),
        (b"true", "must hold a JSON object, holds a boolean"),
        (b"null", "must hold a JSON object, holds null"),
        (b"1.5", "must hold a JSON object, holds a number"),
    ],
)
def test_a_file_that_is_no_request(capsys: Capture, content: bytes, message: str) -> None:
    Path("a.json").write_bytes(content)
    assert refused(capsys, "a.json") == f"simjob: a.json: {message}\n"


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a": ' + "9" * 5000 + "}"])
def test_json_beyond_what_python_reads(capsys: Capture, content: str) -> None:
    Path("a.json").write_text(content)
    assert refused(capsys, "a.json").startswith("simjob: a.json: is no JSON: ")


def test_a_file_that_cannot_be_read(capsys: Capture, tmp_path: Path) -> None:
    assert refused(capsys, "no.json") == (
        "simjob: no.json: cannot be read: No such file or directory\n"
    )
    assert refused(capsys, str(tmp_path)) == (
        f"simjob: {tmp_path}: cannot be read: Is a directory\n"
    )


def test_violations_are_listed_one_to_a_line_for_all_files(capsys: Capture) -> None:
    a = write("a", RoleArn="me", HyperParametres={}, EnableNetworkIsolation="yes")
    b = write("b_b", "b.json")
    lines = refused(capsys, a, b, "no.json").splitlines()
    assert lines[0].startswith("simjob: a.json: Value 'me' at 'roleArn' failed to satisfy")
    unknown = (
        "simjob: a.json: Value '{}' at 'hyperParametres' failed to satisfy constraint: Member is "
        "not known; the nearest one is HyperParameters"
    )
    assert unknown in lines
    assert any(
        line.startswith("simjob: b.json: Value 'b_b' at 'trainingJobName'") for line in lines
    )
    assert lines[-1] == "simjob: no.json: cannot be read: No such file or directory"
    assert all(line.startswith("simjob: ") for line in lines)


@pytest.mark.parametrize("name", ["launched_by", "self"])
def test_what_python_takes_and_the_api_does_not(capsys: Capture, name: str) -> None:
    message = refused(capsys, write(**{name: "x"}))
    assert message.startswith("simjob: a.json: Value 'x' at '")
    assert "Member is not known" in message


def test_a_broken_rule_and_a_used_up_quota(capsys: Capture) -> None:
    spot = write("spot", EnableManagedSpotTraining=True)
    assert refused(capsys, write(), spot) == (
        "simjob: spot.json: ValidationException: Invalid MaxWaitTimeInSeconds. It must be present "
        "and be greater than or equal to MaxRuntimeInSeconds\n"
    )
    quota = world('quotas.on_demand."ml.m5.large" = 1')
    assert refused(capsys, write("a"), write("b"), "--world", quota).startswith(
        "simjob: b.json: ResourceLimitExceeded: The account-level service limit "
        "'ml.m5.large for training job usage' is 1 Instances"
    )


def test_one_name_in_two_files(capsys: Capture) -> None:
    assert refused(capsys, write(), write("a", "b.json")) == (
        "simjob: b.json: TrainingJobName 'a' is that of a.json too\n"
    )


SEE = " (see simjob run --help)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stop", "a"], "argument --stop: must be NAME@TIME such as my-job@30m, is 'a'" + SEE),
        (
            ["--stop", "@5m"],
            "argument --stop: must be NAME@TIME such as my-job@30m, is '@5m'" + SEE,
        ),
        (["--stop", "b@5m"], "--stop: there is no job 'b'; there are: a\n"),
        (
            ["--edition", "latest"],
            "argument --edition: unknown edition 'latest'; there are: documented, live, retired"
            + SEE,
        ),
        (["--seed", "x"], "argument --seed: invalid int value: 'x'" + SEE),
        (["--colour"], "unrecognized arguments: --colour (see simjob --help)\n"),
    ],
)
def test_arguments_that_cannot_be(capsys: Capture, arguments: list[str], message: str) -> None:
    assert refused(capsys, write(), *arguments) == f"simjob: {message}"


@pytest.mark.parametrize("text", ["", "soon", "-5", "-5m", "nan", "inf", "367d", "1e300", "5m1h"])
def test_durations_that_cannot_be(capsys: Capture, text: str) -> None:
    right = "must be a duration such as 90s, 30m or 1h30m, from 0 to 366 days"
    assert refused(capsys, write(), f"--until={text}") == (
        f"simjob: argument --until: {right}, is {text!r}{SEE}"
    )
    assert refused(capsys, write(), f"--stop=a@{text}") == (
        f"simjob: argument --stop: {right}, is {text!r}{SEE}"
    )


def test_no_command_and_no_file(capsys: Capture) -> None:
    assert main([]) == 2
    assert "required: COMMAND (see simjob --help)" in capsys.readouterr().err
    assert main(["run"]) == 2
    assert "required: REQUEST.json (see simjob run --help)" in capsys.readouterr().err


def test_mistakes_in_a_world_are_listed_with_their_paths(capsys: Capture) -> None:
    wrong = world('accout = "1"\n[storage]\nprefixes = [{ uri = "s3://b", byts = 5 }]')
    assert refused(capsys, write(), "--world", wrong).splitlines() == [
        "simjob: w.toml: storage.prefixes[0].byts: unknown key; did you mean 'bytes'?",
        "simjob: w.toml: accout: unknown key; did you mean 'account'?",
    ]
    assert refused(capsys, write(), "--world", "no.toml") == (
        "simjob: no.toml: cannot be read: No such file or directory\n"
    )


def test_what_is_beyond_the_calendar(capsys: Capture) -> None:
    late = world("start = 9999-12-31T23:59:00Z")
    assert refused(capsys, write(), "--world", late) == (
        "simjob: w.toml: start: must be in the years 1970 to 2999, is 9999-12-31 23:59:00+00:00\n"
    )


def test_what_is_too_large_to_compute_with(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*_: object) -> None:
        raise OverflowError("cannot convert float infinity to integer")

    monkeypatch.setattr(run, "simulation_of", overflow)
    assert refused(capsys, write()) == (
        "simjob: too large to compute with: cannot convert float infinity to integer\n"
    )


def test_without_rich_drawing_is_refused_and_json_works(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.delitem(sys.modules, "simjob.terminal", raising=False)
    assert refused(capsys, write()) == (
        "simjob: rich.console is not installed: pip install 'simjob[cli]', or use --json\n"
    )
    assert main(["run", write(), "--json"]) == 0


def test_a_failure_cannot_command_the_terminal(capsys: Capture) -> None:
    failing = FAILING.replace('failure = "no"', 'failure = "\\u001b[2Jno"')
    assert failing != FAILING
    assert main(["run", write("bad"), "--world", world(failing)]) == 3
    assert "AlgorithmError: ?[2Jno" in capsys.readouterr().out


def test_ctrl_c(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "simulation_of", interrupt)
    assert main(["run", write(), "--json"]) == 130
    assert capsys.readouterr().err == "simjob: interrupted\n"


def test_version_and_help(capsys: Capture) -> None:
    for arguments in (["--version"], ["run", "--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"simjob {version('simjob')}\n")
    assert "exit status:" in out


# As a process of its own.


def process(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "simjob", "run", *arguments],
        env={**inherited, "PYTHONIOENCODING": "utf-8", **settings},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_module_runs_and_its_exit_status_is_that_of_the_jobs() -> None:
    done = process(write("bad"), "--json", "--world", world(FAILING))
    assert done.returncode == 3
    assert done.stderr == ""
    assert json.loads(done.stdout)["FailureReason"] == "AlgorithmError: no, exit code: 1"


def test_the_hash_seed_changes_nothing() -> None:
    one, two = (process(write(), "--seed", "3", PYTHONHASHSEED=each) for each in ("1", "2"))
    assert one.stdout == two.stdout
    assert "Completed" in one.stdout


def test_where_only_ascii_is_taken_the_bar_has_letters() -> None:
    done = process(write(), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "TTTTTTTTTT" in done.stdout
    assert done.stderr == ""


def test_colour_is_for_terminals_and_never_with_no_color() -> None:
    assert "\x1b[" not in process(write()).stdout
    assert "\x1b[38;5;25m" in process(write(), FORCE_COLOR="1", TERM="xterm-256color").stdout
    with_no_color = process(write(), FORCE_COLOR="1", NO_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[34m" not in with_no_color


def test_json_imports_no_rich() -> None:
    check = "import sys; from simjob.cli import main; main(); sys.exit('rich' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", check, "run", write(), "--json"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell")
@pytest.mark.parametrize("json_only", ["", "--json"])
def test_a_closed_pipe_is_no_error(json_only: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "simjob", "run", write(), *json_only.split()],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(os.name != "posix", reason="a limit on the size of files")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Not a byte more goes into any file of that process."""
    full = (
        "import resource, sys; from simjob.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); sys.exit(main())"
    )
    with (tmp_path / "out").open("w") as out:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", full, "run", write(), "--json"],
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, b"simjob: cannot write: File too large\n")
