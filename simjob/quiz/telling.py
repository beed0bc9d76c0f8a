"""What a learner reads: a question, and why its answer is what it is. Plain text of ASCII only."""

from datetime import datetime, timedelta

from simjob.quiz.lessons import Lesson
from simjob.quiz.question import Question
from simjob.quiz.worlds import at
from simjob.spec.errors import ApiError
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
    """The whole life of every job, line by line, with the calls and the instant asked about.

    A line of a status has its beginning, the status, how long it lasted, and that to scale.
    """
    scene = question.scene
    outcome = scene.play()
    jobs = outcome.sim.jobs.values()
    born = min(job.history[0].start for job in jobs)
    total = max(job.history[-1].start for job in jobs) - born
    width = max(len(job.name) for job in jobs) + 2 if len(jobs) > 1 else 0
    lines = [
        (phase.start, 1, f"{job.name if width else '':{width}}{_phase(phase, total)}")
        for job in jobs
        for phase in job.history
    ]
    for call, answer in zip(scene.calls, outcome.answers, strict=True):
        if call.operation == "stop_training_job":
            lines.append((call.at, 0, "-- StopTrainingJob is called --"))
        elif isinstance(answer, ApiError):
            lines.append((call.at, 0, f"-- CreateTrainingJob is refused: {answer.code} --"))
    if question.at is not None:
        lines.append((question.at, 2, "-- this is asked about --"))
    return [f"{at(when)}  {text}" for when, _, text in sorted(lines, key=_order)]


def _order(line: tuple[datetime, int, str]) -> tuple[datetime, int]:
    return line[:2]


def _phase(phase: Phase, total: timedelta) -> str:
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
