"""The quiz: its answers are the simulation's, and the dialogue lives with whatever is typed."""

import ast
import io
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simjob import ApiError, Simulation
from simjob.cli import main
from simjob.quiz import answers, rules, telling
from simjob.quiz.asking import ask
from simjob.quiz.dice import Dice
from simjob.quiz.lessons import LENGTH, LESSONS, Lesson, quiz
from simjob.quiz.question import Question, pose
from simjob.quiz.voice import Voice
from simjob.quiz.worlds import scene, times

Capture = pytest.CaptureFixture[str]
SEEDS = st.integers(0, 10**6)
LESSON = st.sampled_from(LESSONS)
DOCS = Path(__file__).parents[1] / "docs" / "lessons"


def question(lesson: Lesson, seed: int) -> Question:
    return lesson.question(Dice(seed, lesson.number, 0))


# What the service is asked, by the API alone.


def lived(asked: Question) -> tuple[Simulation, object]:
    """A simulation of the question's world at the instant asked about, and the last answer."""
    sim = Simulation(asked.scene.world, edition=asked.scene.edition)
    last: object = None
    for call in asked.scene.calls:
        sim.run(until=call.at)
        operation = {
            "create_training_job": sim.create_training_job,
            "stop_training_job": sim.stop_training_job,
        }[call.operation]
        try:
            last = operation(**call.request)
        except ApiError as error:
            last = error
    sim.run(until=asked.at)
    return sim, last


def described(asked: Question) -> dict[str, Any]:
    sim, _ = lived(asked)
    return sim.describe_training_job(TrainingJobName=asked.scene.name)


def both(asked: Question) -> str:
    reply = described(asked)
    return f"{reply['TrainingJobStatus']} / {reply['SecondaryStatus']}"


def both_and_artifact(asked: Question) -> str:
    there = "with" if "ModelArtifacts" in described(asked) else "without"
    return f"{both(asked)}, {there} ModelArtifacts"


def clock(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%H:%M:%S")


def entry(asked: Question, status: str | None) -> str:
    """When that status, or the last one, began."""
    rows = described(asked)["SecondaryStatusTransitions"]
    return clock([row for row in rows if status in {None, row["Status"]}][-1]["StartTime"])


def listed(asked: Question) -> str:
    return " > ".join(row["Status"] for row in described(asked)["SecondaryStatusTransitions"])


def created(asked: Question) -> str:
    answer = lived(asked)[1]
    return answer.code if isinstance(answer, ApiError) else "The ARN of the job"


def paid_seconds(asked: Question) -> int:
    """Billable seconds, reckoned from the reply; those of spot are in the live edition's reply."""
    sim, _ = lived(asked)
    reply = sim.describe_training_job(TrainingJobName=asked.scene.name)
    if asked.scene.created.request.get("EnableManagedSpotTraining"):
        used = reply["TrainingEndTime"] - reply["TrainingStartTime"]
        return int(round(used * (1 - sim.world.spot.discount), 6))
    if "TrainingStartTime" not in reply:
        return 0
    return int(reply["TrainingEndTime"] - reply["TrainingStartTime"])


def paid_dollars(asked: Question) -> str:
    resources = asked.scene.created.request["ResourceConfig"]
    rate = {"ml.m5.xlarge": 0.23, "ml.g5.xlarge": 1.408}[resources["InstanceType"]]
    return f"${paid_seconds(asked) / 3600 * rate * resources['InstanceCount']:.2f}"


INDEPENDENT: dict[answers.Answer, Callable[[Question], str]] = {
    answers.statuses: both,
    answers.statuses_and_artifact: both_and_artifact,
    answers.course: listed,
    answers.reason: lambda asked: described(asked)["FailureReason"],
    answers.start_time: lambda asked: clock(described(asked)["TrainingStartTime"]),
    answers.end_time: lambda asked: clock(described(asked)["TrainingEndTime"]),
    answers.stopping_since: lambda asked: entry(asked, "Stopping"),
    answers.ended: lambda asked: entry(asked, None),
    answers.reply_to_create: created,
    answers.billable: lambda asked: f"{paid_seconds(asked)} seconds",
    answers.instance_dollars: paid_dollars,
}


# Questions.


@given(LESSON, SEEDS)
def test_the_right_choice_is_what_the_api_says_and_the_only_one(lesson: Lesson, seed: int) -> None:
    asked = question(lesson, seed)
    said = INDEPENDENT[asked.answer](asked)
    assert [place for place, choice in enumerate(asked.choices) if choice == said] == [asked.right]
    assert len(set(asked.choices)) == len(asked.choices) >= 3


@given(LESSON, SEEDS)
def test_nothing_happens_within_seconds_of_the_instant_asked_about(
    lesson: Lesson, seed: int
) -> None:
    asked = question(lesson, seed)
    if asked.at is None or asked.answer is answers.reply_to_create:
        return
    for phase in asked.scene.play().job.history:
        assert abs((phase.start - asked.at).total_seconds()) >= 5


@given(LESSON, SEEDS)
def test_all_times_are_whole_seconds(lesson: Lesson, seed: int) -> None:
    for job in question(lesson, seed).scene.play().sim.jobs.values():
        assert all(phase.start.microsecond == 0 for phase in job.history)


@given(LESSON, SEEDS)
def test_an_explanation_has_the_rule_its_source_and_the_instant(lesson: Lesson, seed: int) -> None:
    asked = question(lesson, seed)
    why = telling.why(asked)
    assert why
    for text, rule in zip(why, asked.rules, strict=True):
        assert rule.text in text
        assert re.search(r"\((Documented|Recorded|Inferred|Simjob)", text)
    lines = telling.timeline(asked)
    assert ("asked about" in "".join(lines)) == (asked.at is not None)
    assert lines == sorted(lines, key=lambda line: line[:8])
    for job in asked.scene.play().sim.jobs.values():
        for phase in job.history:
            begun = [line for line in lines if line.startswith(f"{phase.start:%H:%M:%S}")]
            assert any(str(phase.status) in line for line in begun)


@given(LESSON, SEEDS)
def test_questions_are_plain_ascii(lesson: Lesson, seed: int) -> None:
    asked = question(lesson, seed)
    told = [asked.story, asked.asked, *asked.choices, *telling.timeline(asked), *telling.why(asked)]
    assert all(each.isascii() and each for each in told)


@given(LESSON, SEEDS)
def test_a_seed_gives_the_same_question_again(lesson: Lesson, seed: int) -> None:
    assert question(lesson, seed) == question(lesson, seed)


def test_the_eight_kinds_follow_the_eight_lessons() -> None:
    asked = quiz(4)
    assert [lesson.number for lesson, _ in asked] == list(range(1, LENGTH + 1))
    assert len({lesson.question for lesson in LESSONS}) == 8


def test_every_kind_of_answer_and_every_rule_occurs() -> None:
    asked = [question(lesson, seed) for lesson in LESSONS for seed in range(150)]
    assert {each.answer for each in asked} == set(INDEPENDENT)
    known = {each for each in vars(rules).values() if isinstance(each, rules.Rule)}
    assert {rule for each in asked for rule in each.rules} == known


def test_no_place_and_no_answer_is_always_right() -> None:
    for lesson in LESSONS:
        asked = [question(lesson, seed) for seed in range(100)]
        assert max(Counter(each.right for each in asked).values()) < 50
        assert len({each.choices[each.right] for each in asked}) >= 4


def test_the_wrong_choices_of_an_edition_are_often_answers_of_the_other() -> None:
    asked = [question(lesson, seed) for lesson in LESSONS for seed in range(50)]
    tempting = 0
    for each in asked:
        other = each.answer(each.scene.elsewhere.play(each.at))
        tempting += other in each.choices and other != each.choices[each.right]
    assert tempting > 20


def test_eight_questions_on_one_lesson_differ() -> None:
    for lesson in LESSONS:
        asked = quiz(0, lesson)
        assert {each.number for each, _ in asked} == {lesson.number}
        assert len({question.story for _, question in asked}) == LENGTH


def test_what_equals_the_right_answer_is_no_wrong_choice() -> None:
    dice = Dice(0)
    calm = scene(dice, times(dice), edition="live")
    right = "Completed / Completed"
    posed = pose(
        dice, calm, "s", "q", answers.statuses, rules.ORDER, instead=[calm], others=[right, "x"]
    )
    assert sorted(posed.choices) == [right, "x"]
    assert posed.choices[posed.right] == right


# The dialogue.


def dialogue(capsys: Capture, typed: str, **options: Any) -> str:  # noqa: ANN401 - of a quiz
    ask(quiz(**{"seed": 5, **options}), io.StringIO(typed).readline, Voice(), echo=True)
    return capsys.readouterr().out


def key(seed: int = 5, lesson: Lesson | None = None) -> list[str]:
    """The right letters."""
    return ["abcd"[each.right] for _, each in quiz(seed, lesson)]


def test_right_answers_give_the_full_score(capsys: Capture) -> None:
    said = dialogue(capsys, "\n".join(key()))
    assert said.count("Right.") == LENGTH
    assert said.endswith("8 of 8 right.\n")


def test_wrong_answers_are_explained_and_their_lessons_named(capsys: Capture) -> None:
    typed = key()
    typed[2] = "a" if typed[2] != "a" else "b"
    said = dialogue(capsys, "\n".join(typed))
    _, asked = quiz(5)[2]
    flat = " ".join(said.split())
    assert f"No. It is {key()[2]}: {asked.choices[asked.right]}" in flat
    for text in telling.why(asked):
        assert text in flat
    for line in telling.timeline(asked):
        assert f"  {line}\n" in said
    assert said.endswith("7 of 8 right.\nOnce more: simjob quiz --lesson 3\n")


def test_what_is_no_letter_is_asked_for_again(capsys: Capture) -> None:
    typed = ["", "  ", "e", "ab", "5", "\N{SNOWMAN}", *key()]
    said = dialogue(capsys, "\n".join(typed))
    assert said.count("Please answer with one letter: a, b, c, d.") == 6
    assert "8 of 8 right." in said


def test_letters_may_be_large_or_have_a_bracket(capsys: Capture) -> None:
    assert "8 of 8 right." in dialogue(capsys, "\n".join(f" {each.upper()}) " for each in key()))


@pytest.mark.parametrize("end", ["", "q\n", "quit\n"])
def test_the_end_of_the_answers_ends_the_quiz_with_the_score_so_far(
    capsys: Capture, end: str
) -> None:
    said = dialogue(capsys, "\n".join([*key()[:3], end]))
    assert said.endswith("3 of 3 right, of 8 questions.\n")
    assert dialogue(capsys, end).endswith("No question was answered.\n")


def test_ctrl_c_ends_it_politely(capsys: Capture) -> None:
    typed = iter(key()[:2])

    def read() -> str:
        line = next(typed, None)
        if line is None:
            raise KeyboardInterrupt
        return f"{line}\n"

    score = ask(quiz(5), read, Voice(), echo=False)
    assert (score.right, len(score.answers)) == (2, 2)
    assert capsys.readouterr().out.endswith("2 of 2 right, of 8 questions.\n")


# The command.


def run(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "simjob", "quiz", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_command_reads_a_pipe_and_prints_without_colour() -> None:
    done = run("--seed", "5", typed="\n".join(key()), FORCE_COLOR="1", PYTHONHASHSEED="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "8 of 8 right.\nOther questions: simjob quiz --seed 6\n" in done.stdout
    again = run("--seed", "5", typed="\n".join(key()), PYTHONHASHSEED="2", COLUMNS="40")
    assert again.stdout == done.stdout


def test_the_command_prints_where_there_is_only_ascii() -> None:
    done = run(typed="a\n" * 8, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_bytes_that_are_no_text_are_no_answer() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simjob", "quiz"],
        input=b"\xff\xfe\n\x1b[31m\n\xe2\x98\x83\na",
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert b"\x1b" not in done.stdout
    assert done.stdout.count(b"Please answer") == 3


def test_a_closed_input_is_an_end(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["quiz"]) == 0
    assert "No question was answered." in capsys.readouterr().out


def test_a_lesson_restricts(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(key(3, LESSONS[6]))))
    assert main(["quiz", "--lesson", "7", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"Lesson (\d)", said) == ["7"] * LENGTH
    assert "8 of 8 right." in said
    assert said.endswith("Other questions: simjob quiz --lesson 7 --seed 4\n")


@pytest.mark.parametrize(
    "arguments", [["--lesson", "0"], ["--lesson", "9"], ["--lesson", "x"], ["--seed", "1.5"], ["x"]]
)
def test_bad_arguments_are_refused(capsys: Capture, arguments: list[str]) -> None:
    assert main(["quiz", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1


def test_it_works_without_rich(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "8 of 8 right." in dialogue(capsys, "\n".join(key()))


# The lessons.


def test_every_lesson_of_the_quiz_is_a_page_with_a_question_and_a_way_on() -> None:
    pages = sorted(DOCS.glob("*.md"))
    assert [page.name[0] for page in pages] == [str(lesson.number) for lesson in LESSONS]
    for lesson, page in zip(LESSONS, pages, strict=True):
        text = page.read_text()
        title = lesson.title
        assert text.startswith(f"# Lesson {lesson.number}: {title}\n")
        question, answer = text.split("\n## Question\n")[1].split("<details")
        assert question.strip().endswith("?")
        assert ">>> " in answer.split("</details>")[0]
        assert f"`simjob quiz --lesson {lesson.number}`" in answer
        for link in re.findall(r"\]\(([^)]+)\)", text):
            assert (DOCS / link).exists(), link


def test_no_edge_but_the_core_is_used() -> None:
    """The quiz knows the core and itself."""
    room = Path(telling.__file__).parent
    core = {"engine", "jobs", "simulation", "spec", "views", "world", "quiz"}
    for file in room.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("simjob."):
                assert str(node.module).split(".")[1] in core, (file.name, node.module)
