"""The examples, and what README and docs show: they run, and print what they are said to print."""

import contextlib
import io
import json
import re
import runpy
import shutil
from pathlib import Path

import pytest

from simjob.cli import main
from simjob.simulation import Simulation
from simjob.spec.editions import EDITIONS
from simjob.world import World, load_world, world_from_toml

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))
REQUESTS = sorted(EXAMPLES.glob("*.json"))
WORLDS = sorted(EXAMPLES.glob("world-*.toml"))


PLANS = sorted((EXAMPLES / "whatif").glob("*.toml"))
WHATIFS = sorted((EXAMPLES / "whatif").glob("*.py"))
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


def name_of(path: Path) -> str:
    return path.name


def test_there_are_examples() -> None:
    assert (len(PROGRAMS), len(REQUESTS), len(WORLDS)) == (8, 4, 3)
    assert (len(WHATIFS), len(PLANS), len(PICTURES)) == (5, 6, 6)


def printed_by(program: Path) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(program), run_name="__main__")
    return printed.getvalue()


@pytest.mark.parametrize("program", PROGRAMS, ids=name_of)
def test_program_prints_its_golden_output(program: Path) -> None:
    assert printed_by(program) == program.with_suffix(".out").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", WHATIFS, ids=name_of)
def test_what_if_prints_its_golden_output_and_draws_its_pictures(
    program: Path, tmp_path: Path
) -> None:
    place = shutil.copytree(program.parent, tmp_path / "examples" / "whatif")
    drawn = tmp_path / "docs" / "pictures"
    drawn.mkdir(parents=True)
    golden = program.with_suffix(".out").read_text(encoding="utf-8")
    assert printed_by(place / program.name) == golden
    expected = [each for each in PICTURES if each.name.startswith(program.stem)]
    assert sorted(map(name_of, drawn.iterdir())) == list(map(name_of, expected)) != []
    for each in expected:
        ours, kept = (file.read_text(encoding="utf-8") for file in (drawn / each.name, each))
        assert words_of(ours) == words_of(kept)
        assert ours == kept or drawn_by(ours) != drawn_by(kept)


def words_of(picture: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)


def drawn_by(picture: str) -> str:
    """Another version of matplotlib may draw the same a little otherwise."""
    (version,) = re.findall(r"Matplotlib v[\w.]+", picture)
    return str(version)


@pytest.mark.parametrize("picture", PICTURES, ids=name_of)
def test_picture_is_small(picture: Path) -> None:
    assert picture.stat().st_size < 150_000


@pytest.mark.parametrize("program", [*PROGRAMS, *WHATIFS], ids=name_of)
def test_program_is_short(program: Path) -> None:
    assert 20 <= len(program.read_text(encoding="utf-8").splitlines()) <= 50


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("request_file", REQUESTS, ids=name_of)
def test_request_completes_in_every_edition(
    request_file: Path, edition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(request_file), "--edition", edition, "--json"]) == 0
    reply = json.loads(capsys.readouterr().out)
    assert reply["TrainingJobStatus"] == "Completed"
    assert reply["ModelArtifacts"]


@pytest.mark.parametrize("world_file", WORLDS, ids=name_of)
def test_every_request_ends_in_every_world(world_file: Path) -> None:
    sim = Simulation(load_world(world_file))
    for each in REQUESTS:
        sim.create_training_job(**json.loads(each.read_text(encoding="utf-8")))
    sim.run()
    assert {job.status for job in sim.jobs.values()} == {"Completed"}


def run_in(world_file: str, request_file: str) -> Simulation:
    sim = Simulation(load_world(EXAMPLES / world_file))
    request = json.loads((EXAMPLES / request_file).read_text(encoding="utf-8"))
    sim.create_training_job(**request)
    sim.run()
    return sim


def test_the_metrics_of_xgboost_are_found_in_the_logs_of_its_world() -> None:
    (job,) = run_in("world-xgboost.toml", "xgboost.json").jobs.values()
    metrics = job.record["FinalMetricDataList"]
    assert isinstance(metrics, list)
    assert [each["MetricName"] for each in metrics] == ["train:auc", "validation:auc"]
    assert all(0.8 < each["Value"] < 1 for each in metrics)


def test_the_spot_world_interrupts_the_spot_job() -> None:
    (job,) = run_in("world-spot.toml", "spot.json").jobs.values()
    assert "Interrupted" in [phase.status for phase in job.history]


def test_the_scarce_world_lets_jobs_wait_and_refuses_what_is_over_the_quota() -> None:
    sim = Simulation(load_world(EXAMPLES / "world-scarce.toml"))
    request = json.loads((EXAMPLES / "fine-tuning.json").read_text(encoding="utf-8"))
    for number in range(3):
        sim.create_training_job(**{**request, "TrainingJobName": f"job-{number}"})
    with pytest.raises(Exception, match="ResourceLimitExceeded"):
        sim.create_training_job(**{**request, "TrainingJobName": "job-3"})
    sim.run()
    ends = [job.history[-1].start for job in sim.jobs.values()]
    assert ends == sorted(ends)
    metrics = sim.jobs["job-0"].record["FinalMetricDataList"]
    assert isinstance(metrics, list)
    assert metrics[0]["MetricName"] == "loss"


# The README.


def blocks(language: str, document: str = "README.md") -> list[str]:
    """The code blocks of that language in a document."""
    parts = (ROOT / document).read_text(encoding="utf-8").split("```")[1::2]
    head = f"{language}\n"
    return [part.removeprefix(head) for part in parts if part.startswith(head)]


def test_the_world_file_of_the_docs_is_one() -> None:
    (text,) = blocks("toml", "docs/worlds.md")
    assert world_from_toml(text) != World()


SHOWN = {
    f"{document}: {block.partition(chr(10))[0]}": block
    for document in ("README.md", "docs/what-if.md", "docs/recorded-jobs.md")
    for block in blocks("console", document)
}


def test_the_readme_counts_and_names_the_programs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(PROGRAMS) + len(WHATIFS) == 13
    assert "Thirteen short programs" in text
    named = [f"| `{each.relative_to(EXAMPLES)}` |" for each in [*PROGRAMS, *WHATIFS]]
    assert [each for each in named if each not in text] == []


def test_every_command_is_shown() -> None:
    shown = {block.split()[2] for block in SHOWN.values()}
    assert shown >= {"run", "plan", "sweep", "compare", "calibrate", "replay"}


@pytest.mark.parametrize("shown", [name for name in SHOWN if "$ simjob " in name])
def test_what_is_shown_of_a_command_is_what_it_prints(
    shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr("simjob.whatif.sweeping.usual_workers", lambda: 1)
    command, _, picture = SHOWN[shown].partition("\n")
    arguments = [
        str(file)
        for each in command.split()[2:]
        for file in (sorted(Path().glob(each)) if "*" in each else [each])
    ]
    for option in {"--out", "--picture"} & {*arguments}:
        place = arguments.index(option) + 1
        arguments[place] = str(tmp_path / arguments[place])
    assert main(arguments) == 0
    printed = capsys.readouterr().out.replace(f"{tmp_path}/", "")
    first, *others = picture.split("...\n")
    assert printed.startswith(first)
    left = printed.removeprefix(first)
    for part in others:
        assert part in left
        left = left.partition(part)[2] if part else ""
    assert not left


@pytest.mark.parametrize("shown", [name for name in SHOWN if "$ python " in name])
def test_what_is_shown_of_a_program_is_its_golden_output(shown: str) -> None:
    command, _, printed = SHOWN[shown].partition("\n")
    program = ROOT / command.split()[-1]
    assert printed == program.with_suffix(".out").read_text(encoding="utf-8")


def test_the_plan_that_is_shown_is_the_one_in_the_examples() -> None:
    plan = (EXAMPLES / "whatif" / "fine-tuning.toml").read_text(encoding="utf-8")
    assert plan in blocks("toml", "docs/what-if.md")


RECORDS = sorted((EXAMPLES / "records").glob("*.json"))


def test_the_records_are_those_of_a_simulation() -> None:
    sim = Simulation(seed=4, edition="live")
    request = json.loads((EXAMPLES / "xgboost.json").read_text(encoding="utf-8"))
    for number in range(1, 12):
        kind = "ml.m5.xlarge" if number < 10 else "ml.g5.xlarge"
        resources = {**request["ResourceConfig"], "InstanceType": kind}
        name = f"churn-{number:02}"
        sim.create_training_job(**{**request, "TrainingJobName": name, "ResourceConfig": resources})
    sim.run()
    assert [file.stem for file in RECORDS] == list(sim.jobs)
    for file, job in zip(RECORDS, sim.jobs.values(), strict=True):
        assert json.loads(file.read_text(encoding="utf-8")) == job.record
