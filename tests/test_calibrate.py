"""Calibration: known latencies are found again, what is written is read, and bad input."""

import errno
import json
import math
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jobs_for_tests import instances, request, world

from simjob import Simulation
from simjob.cli import main
from simjob.spec.statuses import SecondaryStatus
from simjob.whatif import Calibration, RecordError, calibrate
from simjob.whatif.calibration import Fit
from simjob.whatif.fitting import fitted
from simjob.world import (
    Capacity,
    Constant,
    Empirical,
    Latencies,
    Lognormal,
    SpotMarket,
    Storage,
    World,
    load_world,
    world_from_toml,
)

Capture = pytest.CaptureFixture[str]
Reply = dict[str, Any]
JOBS = 300
S = SecondaryStatus


def sure(**spans: float) -> Latencies:
    """Constant latencies, 0 where nothing is given."""
    phases = ("launching", "preparing", "downloading", "image_pull", "uploading")
    return Latencies(**{phase: {"*": Constant(spans.get(phase, 0))} for phase in phases})


def records(
    surroundings: World, kinds: Sequence[str], *, seed: int = 0, edition: str = "live"
) -> list[Reply]:
    """The replies of jobs that lived in a world, one for each kind of instance that is named."""
    sim = Simulation(surroundings, seed=seed, edition=edition)
    for number, kind in enumerate(kinds):
        sim.create_training_job(**request(f"job-{number}", ResourceConfig=instances(1, kind)))
        sim.advance(seconds=1)
    sim.run()
    return [job.record for job in sim.jobs.values()]


def fit_of(done: Calibration, family: str, phase: SecondaryStatus) -> Fit:
    (found,) = [each for each in done.fits if (each.family, each.phase) == (family, phase)]
    return found


# Known latencies are found again.

KNOWN = {
    "m5": {"preparing": (60, 110), "downloading": (20, 45), "uploading": (8, 30)},
    "p3": {"preparing": (170, 260), "downloading": (90, 120), "uploading": (15, 16)},
}
PHASES = {"preparing": S.Starting, "downloading": S.Downloading, "uploading": S.Uploading}


def known() -> World:
    tables: dict[str, dict[str, object]] = {
        phase: {family: Lognormal(*spans[phase]) for family, spans in KNOWN.items()}
        for phase in PHASES
    }
    tables["launching"] = tables["image_pull"] = dict.fromkeys(KNOWN, 0)
    return World(latencies=Latencies.over_defaults(tables), storage=Storage(seconds_per_object=0))


def sigma(median: float, p90: float) -> float:
    return math.log(p90 / median) / 1.2815515655446004


@pytest.mark.parametrize("edition", ["live", "documented"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_medians_of_known_lognormals_are_found_within_their_error(
    seed: int, edition: str
) -> None:
    kinds = ["ml.m5.large", "ml.p3.2xlarge"] * JOBS
    done = calibrate(records(known(), kinds, seed=seed, edition=edition))
    for family, spans in KNOWN.items():
        for table, phase in PHASES.items():
            median, p90 = spans[table]
            fit = fit_of(done, family, phase)
            assert len(fit.recorded) == JOBS
            for share in (0.5, 0.9) if isinstance(fit.distribution, Lognormal) else ():
                assert fit.fitted_at(share) == pytest.approx(fit.recorded_at(share), abs=0.001)
            # The standard error of a sample's median, in logarithms; 99.7 % lie within three.
            error = 1.2533 * sigma(median, p90) / math.sqrt(JOBS)
            assert abs(math.log(fit.fitted_at(0.5) / median)) < 3 * error
            assert abs(math.log(fit.fitted_at(0.9) / p90)) < 6 * error
    # One sample in twenty is too odd for a lognormal, and stands for itself.
    shapes = [type(each.distribution) for each in done.fits]
    assert shapes.count(Lognormal) >= 5


def test_the_calibrated_world_simulates_what_was_recorded() -> None:
    kinds = ["ml.m5.large"] * JOBS
    first = calibrate(records(known(), kinds, seed=5))
    again = calibrate(records(first.world, kinds, seed=6))
    for table, phase in PHASES.items():
        fit, simulated = fit_of(first, "m5", phase), fit_of(again, "m5", phase)
        # The standard error of p10 and p90, in logarithms, once for either sample.
        error = 1.71 * sigma(*KNOWN["m5"][table]) / math.sqrt(JOBS) * math.sqrt(2)
        for share in (0.1, 0.5, 0.9):
            ratio = simulated.recorded_at(share) / fit.recorded_at(share)
            assert abs(math.log(ratio)) < 3 * error


@pytest.mark.parametrize("edition", ["live", "documented", "retired"])
def test_constants_are_found_exactly_in_every_edition(edition: str) -> None:
    latencies = sure(launching=30, preparing=12, downloading=20, image_pull=9, uploading=4)
    given = records(world(latencies=latencies), ["ml.m5.large"] * 3, edition=edition)
    done = calibrate(given)
    again = records(done.world, ["ml.m5.large"], edition=edition)
    for reply in given[:1], again:
        found = {
            each["Status"]: each["EndTime"] - each["StartTime"]
            for each in reply[0]["SecondaryStatusTransitions"]
        }
        assert found["Uploading"] == pytest.approx(4)
        assert found["Downloading"] == pytest.approx(29 if edition == "live" else 20)
        starting = ("Starting", "LaunchingMLInstances", "PreparingTrainingStack")
        assert sum(found.get(each, 0) for each in starting) == pytest.approx(42)
        assert found.get("DownloadingTrainingImage", 9) == pytest.approx(9)


# The rules of a fit.


def test_few_and_odd_durations_stand_for_themselves() -> None:
    assert fitted([0.0] * 50) == Constant(0)
    assert fitted([5.0]) == Constant(5)
    assert fitted([1.0, 2.0]) == Empirical([1, 2])
    two_humps = sorted([10.0 + n / 10 for n in range(20)] + [900.0 + n for n in range(20)])
    assert fitted(two_humps) == Empirical(two_humps)


def test_zeros_are_kept_and_do_no_harm() -> None:
    some = [0.0] * 5 + [float(n) for n in range(5, 20)]
    assert fitted(some) == Empirical(some)
    most = [0.0] * 30 + [50.0]
    assert fitted(most).sample(0.5) == 0
    rare = [0.0] + [float(n) for n in range(80, 120)]
    assert isinstance(fitted(rare), Lognormal)


def test_a_straggler_does_not_pull_a_lognormal_away() -> None:
    usual = [Lognormal(40, 60).sample((n + 0.5) / 60) for n in range(60)]
    odd = sorted([*usual, 80_000.0])
    for share in (0.5, 0.9):
        assert fitted(odd).sample(share) == pytest.approx(fitted(usual).sample(share), rel=0.05)


def test_a_large_sample_without_a_shape_takes_99_steps() -> None:
    values = sorted([1.0 + n / 1000 for n in range(500)] + [500.0 + n for n in range(500)])
    found = fitted(values)
    assert isinstance(found, Empirical)
    assert len(found.values) == 99
    for share in (0.1, 0.25, 0.75, 0.9):
        place = values[int(share * len(values))]
        assert found.sample(share) == pytest.approx(place, rel=0.02)


# What counts.


def test_the_group_of_two_families_speaks_for_all_others() -> None:
    given = records(world(latencies=sure(preparing=50)), ["ml.m5.large", "ml.c5.xlarge"] * 4)
    done = calibrate(given)
    assert {each.family for each in done.fits} == {"m5", "c5", "cpu"}
    (reply,) = records(done.world, ["ml.m4.xlarge"])
    start, end = reply["CreationTime"], reply["TrainingStartTime"]
    assert end - start == pytest.approx(50)
    assert {each.family for each in calibrate(given[:6]).fits} == {"m5", "c5"}
    assert {each.family for each in calibrate(given[::2]).fits} == {"m5"}


def test_what_was_cut_short_does_not_count() -> None:
    latencies = sure(preparing=50, downloading=30, uploading=10)
    for stop, phases in (
        (20, []),
        (60, [S.Starting]),
        (100, [S.Starting, S.Downloading]),
        (500, [S.Starting, S.Downloading, S.Uploading]),
    ):
        sim = Simulation(world(latencies=latencies), edition="documented")
        sim.create_training_job(**request())
        sim.run(timedelta(seconds=stop))
        if stop < 500:
            sim.stop_training_job(TrainingJobName="job")
        sim.run()
        given = sim.describe_training_job(TrainingJobName="job")
        if phases:
            assert [each.phase for each in calibrate([given]).fits] == phases
        else:
            with pytest.raises(RecordError, match="nothing to fit"):
                calibrate([given])


def test_nothing_is_learned_from_no_records() -> None:
    with pytest.raises(RecordError, match="there are no records"):
        calibrate([])


def test_a_wait_for_capacity_does_not_count_and_a_relaunch_does() -> None:
    gpu = instances(1, "ml.p3.2xlarge")
    scarce = world(latencies=sure(preparing=50), capacity=Capacity({"ml.p3.2xlarge": 1}))
    sim = Simulation(scarce, edition="live")
    for name in ("first", "second"):
        sim.create_training_job(**request(name, ResourceConfig=gpu))
    sim.run()
    waited = sim.jobs["second"].record
    assert "Pending" in str(waited)
    assert {each.phase for each in calibrate([waited]).fits} == {S.Downloading, S.Uploading}

    spot = world(latencies=sure(preparing=50), spot=SpotMarket(uptime=200, interrupted=10))
    sim = Simulation(spot, edition="live")
    limits = {"MaxRuntimeInSeconds": 900, "MaxWaitTimeInSeconds": 900}
    sim.create_training_job(**request(EnableManagedSpotTraining=True, StoppingCondition=limits))
    sim.run()
    (starting, *_) = calibrate([sim.jobs["job"].record]).fits
    assert starting.phase is S.Starting
    assert set(starting.recorded) == {50}
    assert len(starting.recorded) > 1


def test_several_replies_of_one_job_count_as_one() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request())
    sim.run(timedelta(seconds=200))
    early = sim.describe_training_job(TrainingJobName="job")
    sim.run()
    late = sim.describe_training_job(TrainingJobName="job")
    for given in ([early, late], [late, early, late]):
        done = calibrate(given)
        assert done.jobs == 1
        assert [len(each.recorded) for each in done.fits] == [1, 1, 1]


def test_the_notes_say_where_the_image_was_pulled() -> None:
    old, new = (
        records(world(), ["ml.m5.large"], edition=edition)[0] for edition in ("documented", "live")
    )
    new["CreationTime"] += 1
    assert "was pulled in Training in 1 of the jobs" in " ".join(calibrate([old]).notes)
    assert "was pulled in Downloading in 1 of the jobs" in " ".join(calibrate([new]).notes)
    assert "Fit old and new jobs apart." in " ".join(calibrate([old, new]).notes)


def test_the_notes_warn_of_jobs_on_several_instances() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request(ResourceConfig=instances(4)))
    sim.run()
    notes = " ".join(calibrate([sim.jobs["job"].record]).notes)
    assert "1 of the jobs had several instances" in notes


def test_starting_is_as_recorded_whatever_the_number_of_instances() -> None:
    given = records(known(), ["ml.m5.large"] * 50)
    done = calibrate(given)
    sim = Simulation(done.world, edition="live")
    for number in range(50):
        sim.create_training_job(**request(f"job-{number}", ResourceConfig=instances(8)))
    sim.run()
    again = calibrate([job.record for job in sim.jobs.values()])
    recorded = fit_of(done, "m5", S.Starting).recorded_at(0.5)
    assert fit_of(again, "m5", S.Starting).recorded_at(0.5) == pytest.approx(recorded, rel=0.2)


# The world file.


def test_the_world_file_is_read_as_the_same_world() -> None:
    done = calibrate(records(known(), ["ml.m5.large", "ml.p3.2xlarge", "ml.c5.xlarge"] * 20))
    text = done.world_file()
    assert world_from_toml(text) == done.world
    assert text.startswith("# Latencies of 60 recorded jobs, by simjob calibrate.\n")
    assert (
        text.encode()
        == calibrate(records(known(), ["ml.m5.large", "ml.p3.2xlarge", "ml.c5.xlarge"] * 20))
        .world_file()
        .encode()
    )


# The command.


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files of twelve records, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    names = []
    for number, each in enumerate(records(known(), ["ml.m5.large", "ml.p3.2xlarge"] * 6)):
        names.append(f"{number}.json")
        Path(names[-1]).write_text(json.dumps(each))
    return names


def refused(capsys: Capture, *arguments: str) -> str:
    before = sorted(each.name for each in Path().iterdir())
    assert main(["calibrate", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sorted(each.name for each in Path().iterdir()) == before
    return printed.err


def test_the_command_writes_a_world_and_a_picture_and_shows_the_fit(
    files: list[str], capsys: Capture
) -> None:
    assert main(["calibrate", *files, "--out", "w.toml", "--picture", "fit.svg"]) == 0
    printed = capsys.readouterr()
    assert load_world("w.toml") == calibrate(files).world
    assert printed.err == "simjob: wrote w.toml\nsimjob: wrote fit.svg\n"
    lines = printed.out.splitlines()
    assert lines[0] == "12 recorded jobs; seconds at p10, p50 and p90"
    (line,) = [each for each in lines if each.split()[:2] == ["m5", "Starting"]]
    assert line.split()[2] == "6"
    assert max(map(len, lines)) <= 80
    assert printed.out.isascii()


def test_a_picture_has_the_same_bytes_again_and_names_every_panel(files: list[str]) -> None:
    drawn = []
    for name in ("a.svg", "b.svg"):
        assert main(["calibrate", *files, "--picture", name]) == 0
        drawn.append(Path(name).read_text())
    assert drawn[0] == drawn[1]
    for panel in ("m5 Starting (n = 6)", "p3 Uploading (n = 6)", "recorded", "fitted"):
        assert panel in drawn[0]
    assert main(["calibrate", *files, "--picture", "a.png"]) == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_in_the_terminal(files: list[str], capsys: Capture) -> None:
    assert main(["calibrate", *files, "--picture", "-"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "m5 Starting (n = 6): share of at most so much" in out
    assert max(map(len, out.splitlines())) <= 80


def test_every_mistake_in_any_of_the_records_is_told(files: list[str], capsys: Capture) -> None:
    Path("bad.json").write_text(json.dumps({"TrainingJobSummaries": []}))
    Path("empty.json").write_text("")
    said = refused(capsys, *files, "bad.json", "empty.json", "missing.json", "--out", "w.toml")
    no_reply = "is no DescribeTrainingJob reply"
    assert said.splitlines() == [
        f"simjob: bad.json: {no_reply}: seems to be a reply of ListTrainingJobs",
        "simjob: empty.json: is no JSON: Expecting value (line 1, column 1)",
        "simjob: missing.json: cannot be read: No such file or directory",
    ]


def test_records_that_tell_nothing_are_refused(files: list[str], capsys: Capture) -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request())
    record = sim.describe_training_job(TrainingJobName="job")
    Path(files[0]).write_text(json.dumps(record))
    said = refused(capsys, files[0], "--out", "w.toml")
    assert said == f"simjob: {files[0]}: no phase of it ran its course: there is nothing to fit\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "no/w.toml"], "--out: no/w.toml: there is no directory no"),
        (["--out", "."], "--out: .: is a directory"),
        (["--out", "-"], "--out: must be a file: the fit is shown on standard output"),
        (["--out", "0.json"], "--out: 0.json: is one of the records"),
        (
            ["--picture", "fit.pdf"],
            "--picture: a picture's name ends in .png or .svg, not 'fit.pdf'",
        ),
        (["--picture", "no/fit.svg"], "--picture: there is no directory no"),
    ],
)
def test_places_that_cannot_be_written_are_refused(
    arguments: list[str], said: str, files: list[str], capsys: Capture
) -> None:
    assert refused(capsys, *files, *arguments) == f"simjob: {said}\n"


@pytest.mark.parametrize("option", ["--out", "--picture"])
def test_a_full_disk_leaves_what_was_there(
    option: str, files: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    target = Path("fit.svg")
    target.write_text("old")
    monkeypatch.setattr(Path, "write_bytes", full)
    said = refused(capsys, *files, option, "fit.svg")
    assert said == f"simjob: {option}: fit.svg: cannot be written: No space left on device\n"
    assert target.read_text() == "old"


def test_a_picture_without_matplotlib_names_the_extra(
    files: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = refused(capsys, *files, "--picture", "fit.svg", "--out", "w.toml")
    assert said == "simjob: matplotlib is not installed: pip install 'simjob[pictures]'\n"


def test_without_rich_the_extra_is_named(
    files: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "simjob.terminal", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    said = refused(capsys, *files)
    assert "is not installed: pip install 'simjob[whatif]'" in said
    assert main(["replay", files[0]]) == 2
