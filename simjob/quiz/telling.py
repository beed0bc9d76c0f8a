"""What a learner reads: a question, and why its answer is what it is. Plain text of ASCII only."""

from datetime import datetime, timedelta

from simjob.quiz.lessons import Lesson
from simjob.quiz.question import Question
from simjob.quiz.worlds import at
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.views.timeline import Phase
from simjob.views.words import span

LETTERS = "abcd"
_BAR = 20
_EDITIONS = {
    "documented": "edition documented: the page to the letter",
    "live": "edition live: the service as recorded",
}


def heading(lesson: Lesson, question: Question) -> str:
    """Which lesson a question belongs to, and which edition it is about."""
    return f"Lesson {lesson.number}, {lesson.title} ({_EDITIONS[question.scene.edition]})"


def timeline(question: Question) -> list[str]:
    """The whole life of the job, line by line, with the stop and the instant that was asked about.

    A line of a status has its beginning, the status, how long it lasted, and that to scale.
    """
    scene = question.scene
    phases = scene.play().job.history
    total = phases[-1].start - phases[0].start
    lines = [(phase.start, 1, _line(phase, total)) for phase in phases]
    lines += [
        (call.at, 0, "-- StopTrainingJob is called --")
        for call in scene.calls
        if call.operation == "stop_training_job"
    ]
    if question.at is not None:
        lines.append((question.at, 2, "-- this is asked about --"))
    return [f"{at(when)}  {text}" for when, _, text in sorted(lines, key=_order)]


def _order(line: tuple[datetime, int, str]) -> tuple[datetime, int]:
    return line[:2]


def _line(phase: Phase, total: timedelta) -> str:
    status = str(phase.status)
    if phase.primary is PrimaryStatus.Stopping and phase.status is not SecondaryStatus.Stopping:
        status = f"{status} ({phase.primary})"
    lasted = phase.duration or timedelta()
    if not lasted:
        return status
    bar = "=" * max(1, round(_BAR * lasted / total))
    return f"{status:<22}  {span(lasted):>11}  {bar}"


def why(question: Question) -> list[str]:
    """The rules behind the answer, each with its source."""
    return [f"{rule.text} ({rule.source[0].upper()}{rule.source[1:]}.)" for rule in question.rules]
