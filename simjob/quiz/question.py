"""A question: a scene, an instant, what is asked, and choices of which the simulation picks one."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from simjob.quiz.answers import Answer
from simjob.quiz.dice import Dice
from simjob.quiz.rules import Rule
from simjob.quiz.scenes import Scene

CHOICES = 4


@attrs.frozen
class Question:
    """What is asked of a scene at an instant, with the choices, and what explains the answer.

    Attributes:
        scene: what is played.
        story: what a learner is told of it, a paragraph to a line.
        asked: the question itself.
        at: the instant that is asked about, None for the end.
        answer: how the answer is read off the outcome.
        choices: different texts, of which one is right.
        right: the place of the right one.
        rules: why it is right.
    """

    scene: Scene
    story: str
    asked: str
    at: datetime | None
    answer: Answer
    choices: tuple[str, ...]
    right: int
    rules: tuple[Rule, ...]


def pose(  # noqa: PLR0913 - the parts of a question
    dice: Dice,
    scene: Scene,
    story: str,
    asked: str,
    answer: Answer,
    *rules: Rule,
    at: datetime | None = None,
    instead: Iterable[Scene] = (),
    others: Iterable[str] = (),
) -> Question:
    """A question whose right answer is what the simulation says.

    Args:
        dice: for the order of the choices.
        scene: what is asked about.
        story: what a learner is told of it.
        asked: the question itself.
        answer: how the answer is read off.
        rules: why it is right.
        at: the instant that is asked about; None for the end.
        instead: scenes that a learner may mistake it for; their answers are wrong choices.
        others: further wrong choices, which fill up what is missing. What equals the right answer
            is left out.
    """
    right = answer(scene.play(at))
    mistaken = [answer(each.play(at)) for each in instead]
    wrong = [each for each in dict.fromkeys([*mistaken, *others]) if each != right]
    choices = dice.shuffled([right, *wrong[: CHOICES - 1]])
    place = choices.index(right)
    return Question(scene, story, asked, at, answer, tuple(choices), place, rules)
