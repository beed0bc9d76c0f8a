"""The player's page: what it holds against the simulator, its size, and that nothing in it runs."""

import json
import os
import random
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs_for_tests import instances, request, simulate, world
from player_pages import (
    LESSONS,
    Json,
    Reader,
    data_of,
    reply_of,
    stop,
    told_live,
)

from simjob import ApiError, Container, LogSeries, Sigterm, Simulation, Workload, WorkloadRule
from simjob.cli import main
from simjob.pictures.player.scenes import with_outage
from simjob.pictures.player.tracks import MOST_INSTANCES
from simjob.spec.editions import EDITIONS
from simjob.testing import play, schedules, whole_state, worlds

COUNTING = {
    "TrainingTimeInSeconds",
    "BillableTimeInSeconds",
    "ResourceRetainedBillableTimeInSeconds",
}
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><img src=x onerror=alert(1)>",
    "\u2028\u2029&lt;b&gt;",
    "\" onload='alert(1)' ${policy} $data",
    "\\u003c/script\\u003e",
    "\0\x1b[31m",
    "\ud800 and \udfff",
    "javascript:alert(1)//\u202e",
)
MOST_BYTES = 1_000_000


def page_and_data(name: str) -> tuple[Simulation, Json]:
    sim = told_live(LESSONS[name])
    return sim, data_of(sim.to_html())


def scenes_of(data: Json, kind: str) -> list[Json]:
    return [each for job in data["jobs"] for each in job["scenes"] if each["kind"] == kind]


def uncounted(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A reply without what counts seconds, at any depth."""
    if isinstance(value, dict):
        return {key: uncounted(each) for key, each in value.items() if key not in COUNTING}
    return value


def instants(track: Json) -> tuple[int, ...]:
    return tuple(moment[0] for moment in track["moments"])


# The records, the bill, the timeline, the log.


@pytest.mark.parametrize("name", LESSONS)
def test_every_reply_is_the_simulators_own_at_its_instant(name: str) -> None:
    _, data = page_and_data(name)
    for job in data["jobs"]:
        told: list[tuple[Json, float | None, int]] = []

        def look(sim: Simulation, job: Json = job, told: list[Any] = told) -> None:
            bill = sim.jobs[job["name"]].bill
            reply = sim.describe_training_job(TrainingJobName=job["name"])
            told.append((reply, bill.dollars, bill.billable_seconds))

        told_live(LESSONS[name], look, instants(job["track"]))
        for moment, (reply, dollars, seconds) in zip(job["track"]["moments"], told, strict=True):
            assert reply_of(data, moment) == reply
            assert list(reply_of(data, moment)) == list(reply)
            assert moment[2] == pytest.approx(dollars, abs=1e-6)
            assert moment[3] == seconds


@settings(max_examples=40)
@given(data=st.data(), edition=st.sampled_from(sorted(EDITIONS)))
def test_between_two_moments_nothing_changes_but_what_counts(
    data: st.DataObject, edition: str
) -> None:
    sim = Simulation(data.draw(worlds()), edition=edition, seed=data.draw(st.integers(0, 9)))
    play(sim, data.draw(schedules()))
    sim.advance(hours=1)
    page = data_of(sim.to_html())
    for job in page["jobs"]:
        moments = job["track"]["moments"]
        following = [*instants(job["track"])[1:], sim.now_ms + 1]
        for moment, end_ms in zip(moments, following, strict=True):
            at_ms = data.draw(st.integers(moment[0], end_ms - 1))
            at = sim.now - timedelta(milliseconds=sim.now_ms - at_ms)
            reply = sim.describe_training_job(TrainingJobName=job["name"], as_of=at)
            shown = reply_of(page, moment)
            assert list(shown) == list(reply)
            assert uncounted(shown) == uncounted(reply)


@pytest.mark.parametrize("name", LESSONS)
def test_in_no_half_second_anything_else_changes(name: str) -> None:
    sim, data = page_and_data(name)
    for job in data["jobs"]:
        moments = job["track"]["moments"]
        following = [*instants(job["track"])[1:], sim.now_ms + 1]
        for moment, end_ms in zip(moments, following, strict=True):
            shown = uncounted(reply_of(data, moment))
            for at_ms in (*range(moment[0], end_ms, 500), end_ms - 1):
                at = sim.now - timedelta(milliseconds=sim.now_ms - at_ms)
                reply = sim.describe_training_job(TrainingJobName=job["name"], as_of=at)
                assert uncounted(reply) == shown


@pytest.mark.parametrize("name", LESSONS)
def test_the_timeline_and_the_log_are_those_of_the_job(name: str) -> None:
    sim, data = page_and_data(name)
    for shown in data["jobs"]:
        job = sim.jobs[shown["name"]]
        assert [(status, primary) for status, primary, _, _ in shown["track"]["phases"]] == [
            (each.status, each.primary) for each in job.timeline.phases
        ]
        assert [each[2] / 1000 for each in shown["track"]["phases"]] == [
            each.start.timestamp() for each in job.timeline.phases
        ]
        assert len(shown["track"]["instances"]) == len(job.timeline.instances)
        assert [(at_ms, text) for at_ms, _, text in shown["logs"]] == [
            (line.timestamp_ms, line.message) for line in job.logs
        ]


def test_a_simulation_that_goes_on_is_shown_until_now() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request())
    sim.advance(seconds=100)
    data = data_of(sim.to_html())
    (job,) = data["jobs"]
    last = job["track"]["moments"][-1]
    assert last[0] == sim.now_ms
    assert reply_of(data, last) == sim.jobs["job"].record
    assert job["refusal"] is None


# What might have been.


@pytest.mark.parametrize("name", sorted(LESSONS.keys() - {"updated"}))
def test_every_phase_that_lasted_has_the_history_with_a_stop_in_it(name: str) -> None:
    sim, data = page_and_data(name)
    for job in data["jobs"]:
        lasted = [
            place
            for place, phase in enumerate(sim.jobs[job["name"]].timeline.phases)
            if phase.end is not None and phase.end > phase.start
        ]
        assert [each["phase"] for each in job["scenes"] if each["kind"] == "stop"] == lasted
        for scene in job["scenes"]:
            _, _, start_ms, end_ms = job["track"]["phases"][scene["phase"]]
            assert start_ms <= scene["at_ms"] <= end_ms


@pytest.mark.parametrize("kind", ["stop", "interruption", "limit"])
@pytest.mark.parametrize("name", LESSONS)
def test_every_other_history_is_the_simulators_own(name: str, kind: str) -> None:
    sim, data = page_and_data(name)
    lesson = LESSONS[name]
    start_ms = data["start_ms"]
    for job in data["jobs"]:
        for scene in scenes_of({"jobs": [job]}, kind):
            told: list[Json] = []

            def look(other: Simulation, job: Json = job, told: list[Json] = told) -> None:
                told.append(other.describe_training_job(TrainingJobName=job["name"]))

            calls, surroundings = lesson.calls, lesson.world
            if kind == "stop":
                calls = [*calls, stop(scene["at_ms"] - start_ms, job["name"])]
            elif kind == "interruption":
                surroundings = with_outage(surroundings, scene["at_ms"])
            else:
                limit = {"MaxRuntimeInSeconds": scene["limit_seconds"]}
                calls = [limited(each, job["name"], limit) for each in calls]
            told_live(lesson, look, instants(scene["track"]), calls=calls, world=surroundings)
            shown = [reply_of(data, moment) for moment in scene["track"]["moments"]]
            assert shown == told
            assert scene["same"] == (shown[-1] == sim.jobs[job["name"]].record)


def limited(call: tuple[int, str, Json], name: str, limit: Json) -> tuple[int, str, Json]:
    after_ms, operation, given = call
    if given["TrainingJobName"] != name or operation != "create_training_job":
        return call
    return after_ms, operation, {**given, "StoppingCondition": given["StoppingCondition"] | limit}


def test_the_lower_limit_is_reached_and_the_market_interrupts() -> None:
    _, data = page_and_data("spot, live")
    (limit,) = scenes_of(data, "limit")
    assert reply_of(data, limit["track"]["moments"][-1])["SecondaryStatus"] == "MaxRuntimeExceeded"
    interruptions = scenes_of(data, "interruption")
    assert len(interruptions) >= 2
    for scene in interruptions:
        entered = [each[2] for each in scene["track"]["phases"] if each[0] == "Interrupted"]
        assert scene["at_ms"] in entered


def test_a_stop_of_a_stopping_job_changes_nothing_and_of_an_ended_one_is_refused() -> None:
    sim, data = page_and_data("stopped")
    stopping = scenes_of(data, "stop")[-1]
    assert data["jobs"][0]["track"]["phases"][stopping["phase"]][0] == "Stopping"
    assert stopping["same"]
    assert not scenes_of(data, "stop")[0]["same"]
    with pytest.raises(ApiError) as refused:
        sim.stop_training_job(TrainingJobName="job")
    assert data["jobs"][0]["refusal"] == f"{refused.value.code}: {refused.value.message}"


def test_a_simulation_with_other_calls_has_no_other_histories() -> None:
    _, data = page_and_data("updated")
    assert not data["jobs"][0]["scenes"]
    assert any(
        text.startswith("Other histories: creating and stopping") for text in data["left_out"]
    )


def test_a_simulation_that_depends_on_something_outside_has_no_other_histories() -> None:
    luck = random.Random(1)  # noqa: S311 - it stands for something outside of the simulation

    def fickle(container: Container) -> Generator[simpy.Event, object, None]:
        yield container.wait(seconds=luck.randrange(100, 10_000))

    sim = Simulation(world(workloads=[WorkloadRule(name="*", workload=Workload(run=fickle))]))
    sim.create_training_job(**request())
    sim.run()
    data = data_of(sim.to_html())
    assert not data["jobs"][0]["scenes"]
    assert any(
        text.startswith("Other histories: creating and stopping") for text in data["left_out"]
    )


def test_workloads_that_break_the_rules_fail_their_jobs_in_other_histories_too() -> None:
    def careless(container: Container) -> Generator[object, object, None]:
        try:
            yield container.wait(seconds=300)
        except Sigterm:
            container.write_model(bytes=1_000_000)  # its upload takes longer than this instant
            yield "not an event"

    workload = Workload(run=careless)  # type: ignore[arg-type]
    sim = simulate("live", request(), default_workload=workload)
    data = data_of(sim.to_html())
    (training,) = [each for each in scenes_of(data, "stop") if each["phase"] == 2]
    ended = reply_of(data, training["track"]["moments"][-1])
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "Stopped")


@pytest.mark.parametrize("name", ["success", "spot, live", "queue", "warm pool"])
def test_a_page_is_the_same_each_time_and_changes_nothing(name: str) -> None:
    sim = told_live(LESSONS[name])
    before = whole_state(sim)
    first = sim.to_html()
    assert whole_state(sim) == before
    assert sim.to_html() == first
    assert told_live(LESSONS[name]).to_html() == first


def test_a_page_is_the_same_in_another_process() -> None:
    code = (
        "from player_pages import LESSONS, told_live\n"
        "import sys; sys.stdout.buffer.write(told_live(LESSONS['spot, live']).to_html().encode())"
    )
    here = str(Path(__file__).parent)
    pages = {
        subprocess.run(  # noqa: S603 - this file's own code
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([here, *sys.path]),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(pages) == 1


# What has no room.


def test_of_5000_jobs_the_first_are_shown_and_the_page_says_so() -> None:
    sim = simulate("documented", *[request(f"job-{number}") for number in range(5000)])
    page = sim.to_html()
    assert len(page.encode()) <= MOST_BYTES
    data = data_of(page)
    assert [job["name"] for job in data["jobs"]] == [f"job-{number}" for number in range(50)]
    assert (
        "Jobs: of 5,000 the page shows the first 50, in the order of their creation."
        in (data["left_out"])
    )
    assert any(text.startswith("Other histories: complete for ") for text in data["left_out"])


def test_many_jobs_of_long_lives_have_room_as_far_as_it_goes() -> None:
    long = Workload(
        duration="20h", logs=[LogSeries(text="x" * 300 + "{step}", every=60, first=0, last=1)]
    )
    jobs = [
        request(f"job-{number}", HyperParameters={"text": "<" * 250}, ResourceConfig=instances(4))
        for number in range(40)
    ]
    page = simulate("documented", *jobs, default_workload=long).to_html()
    assert len(page.encode()) <= MOST_BYTES
    data = data_of(page)
    assert 0 < len(data["jobs"]) < 40
    assert data["left_out"][0] == (
        f"Jobs: of 40 the page shows the first {len(data['jobs'])}, in the order of their creation."
    )


def test_a_job_that_has_no_room_by_itself_is_left_out_and_the_page_says_so() -> None:
    large = {f"key{number}": "<" * 2500 for number in range(100)}
    page = simulate("live", request(HyperParameters=large)).to_html()
    assert len(page.encode()) <= MOST_BYTES
    data = data_of(page)
    assert data["jobs"] == []
    assert data["members"] == data["lists"] == []
    assert data["left_out"] == ["Jobs: of 1 the page shows none."]


def test_long_logs_lose_their_middle_and_long_lines_their_ends() -> None:
    wordy = Workload(logs=[LogSeries(text="{step} " + "x" * 500, every=0.5, first=0, last=1)])
    sim = simulate("documented", request(), default_workload=wordy)
    lines = sim.jobs["job"].logs
    assert len(lines) > 500
    data = data_of(sim.to_html())
    kept = data["jobs"][0]["logs"]
    assert len(kept) == 300
    assert [each[0] for each in kept] == [each.timestamp_ms for each in lines[:150] + lines[-150:]]
    assert kept[0][2] == lines[0].message[:400] + "…"
    assert (
        f"Log of job: {len(lines) - 300:,} lines between the first and the last 150."
        in (data["left_out"])
    )
    assert "Log lines: 300 are cut after 400 characters." in data["left_out"]


def test_of_many_instances_the_first_are_drawn() -> None:
    sim = simulate("documented", request(ResourceConfig=instances(80)))
    data = data_of(sim.to_html())
    assert len(data["jobs"][0]["track"]["instances"]) == MOST_INSTANCES
    assert "Instances: of each job the first 64 launches are drawn." in data["left_out"]


def test_a_simulation_without_jobs_has_a_page() -> None:
    data = data_of(Simulation().to_html())
    assert data["jobs"] == data["left_out"] == []


def test_deleted_jobs_are_said_to_be_left_out() -> None:
    sim = simulate("live", request())
    sim.delete_training_job(TrainingJobName="job")
    data = data_of(sim.to_html())
    assert data["left_out"] == ["Jobs: 1 that were deleted are not shown."]


# Nothing in it runs.


def hostile_page(text: str) -> str:
    """A page with a text wherever a request, a world or a workload takes it."""
    failing = Workload(
        duration=60,
        exit_code=1,
        failure=text,
        logs=[
            LogSeries(text=text.replace("{", "{{").replace("}", "}}"), every=10, first=0, last=1)
        ],
    )
    sim = Simulation(world(default_workload=failing), edition="live")
    printable = "".join(each for each in text if each.isprintable() and each not in "\ud800\udfff")
    sim.create_training_job(
        **request(
            HyperParameters={printable: printable},
            Environment={"TEXT": printable},
            Tags=[{"Key": "text", "Value": "plain"}],
            OutputDataConfig={"S3OutputPath": f"s3://bucket/{printable}"},
        )
    )
    sim.run()
    return sim.to_html()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data_and_nothing_else(text: str) -> None:
    plain, page = Reader(hostile_page("plain")), Reader(hostile_page(text))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert page.texts["title"] == plain.texts["title"]
    assert page.texts["style"] == plain.texts["style"]
    assert page.texts["script"][1:] == plain.texts["script"][1:]
    raw = page.texts["script"][0]
    assert not set(raw) & set("<>&\u2028\u2029\ud800\udfff")
    data = json.loads(raw)
    reply = reply_of(data, data["jobs"][0]["track"]["moments"][-1])
    assert text[:50] in reply["FailureReason"]
    assert data["jobs"][0]["logs"][0][2] == text


def test_the_policy_names_the_script_and_the_styles_and_allows_nothing_else() -> None:
    page = told_live(LESSONS["live"]).to_html()
    read = Reader(page)
    (policy,) = [
        given["content"] or ""
        for tag, given in read.elements
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert set(rules) == {"default-src", "base-uri", "form-action", "script-src", "style-src"}
    attributes = {given["style"] or "" for _, given in read.elements if given.get("style")}
    assert rules["script-src"].split() == [hash_of(read.texts["script"][1])]
    assert set(rules["style-src"].split()) == {
        "'unsafe-hashes'",
        *map(hash_of, (*read.texts["style"], *attributes)),
    }


def hash_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_page_loads_nothing_and_writes_text_only() -> None:
    read = Reader(told_live(LESSONS["success"]).to_html())
    names = {name for _, given in read.elements for name in given}
    assert not names & {"src", "href", "srcset", "action", "data", "poster"}
    assert not [name for name in names if name.startswith("on")]
    script = read.texts["script"][1]
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(|fetch|XMLHttp"
    )
    assert not re.search(forbidden, script)
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)", script)


# The command.


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("job.json").write_text(json.dumps(request()))
    return tmp_path


@pytest.mark.usefixtures("in_folder")
def test_the_command_writes_the_page_of_the_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "job.json", "--seed", "3", "--stop", "job@3m", "--out", "page.html"]) == 0
    sim = Simulation(seed=3)
    sim.create_training_job(**request())
    sim.advance(minutes=3)
    sim.stop_training_job(TrainingJobName="job")
    sim.run()
    assert Path("page.html").read_text("utf-8") == sim.to_html()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "simjob: wrote page.html\n")


def test_in_the_place_of_a_file_a_dash_is_standard_output(
    in_folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = sorted(in_folder.iterdir())
    assert main(["play", "job.json", "--out", "-"]) == 0
    sim = Simulation()
    sim.create_training_job(**request())
    sim.run()
    printed = capfdbinary.readouterr()
    assert (printed.out.decode(), printed.err) == (sim.to_html(), b"")
    assert sorted(in_folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["job.json"], "the following arguments are required: --out"),
        (["job.json", "--out", "."], "--out: .: is a directory"),
        (["job.json", "--out", "no/page.html"], "--out: no/page.html: there is no directory no"),
        (["job.json", "--out", "job.json"], "--out: job.json: is one of the requests"),
        (["none.json", "--out", "page.html"], "none.json: "),
        (["job.json", "--stop", "b@1m", "--out", "page.html"], "--stop: there is no job 'b'"),
        (["job.json", "--out", "page.html", "--edition", "x"], "unknown edition 'x'"),
    ],
)
def test_bad_input_is_answered_in_a_line_and_leaves_nothing(
    in_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = sorted(in_folder.iterdir())
    assert main(["play", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert sorted(in_folder.iterdir()) == before


@pytest.mark.usefixtures("in_folder")
def test_a_page_that_cannot_be_written_leaves_the_one_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("page.html").write_text("before")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["play", "job.json", "--out", "page.html"]) == 2
    assert Path("page.html").read_text() == "before"
    assert "--out: page.html: cannot be written: No space left" in capsys.readouterr().err
