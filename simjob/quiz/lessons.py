"""The eight lessons, each with the kind of question that goes with it, and the quiz of a seed."""

from collections.abc import Callable

import attrs

from simjob.quiz import bills, courses, stops, waits
from simjob.quiz.dice import Dice
from simjob.quiz.question import Question

LENGTH = 8
"""Questions of a quiz."""


@attrs.frozen
class Lesson:
    """A lesson of docs/lessons: its number, its title, and how a question on it is made."""

    number: int
    title: str
    question: Callable[[Dice], Question]


LESSONS = (
    Lesson(1, "the happy path", courses.happy_path),
    Lesson(2, "what Stopped can mean", stops.stopped),
    Lesson(3, "the 120 seconds", stops.window),
    Lesson(4, "MaxRuntime", stops.runtime_limit),
    Lesson(5, "spot, interruption and checkpoints", waits.interruption),
    Lesson(6, "failure and its reasons", courses.failure),
    Lesson(7, "capacity and quotas", waits.capacity),
    Lesson(8, "what you pay for", bills.bill),
)


def quiz(seed: int, lesson: Lesson | None = None) -> list[tuple[Lesson, Question]]:
    """The questions of a seed: one on each lesson, or all on the same; each is another one.

    >>> [lesson.number for lesson, _ in quiz(0)]
    [1, 2, 3, 4, 5, 6, 7, 8]
    """
    lessons = LESSONS if lesson is None else (lesson,) * LENGTH
    return [
        (each, each.question(Dice(seed, each.number, number)))
        for number, each in enumerate(lessons)
    ]
