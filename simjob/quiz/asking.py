"""The dialogue of a quiz: question, answer, explanation, and the score at its end."""

from collections.abc import Callable, Sequence

import attrs

from simjob.quiz import telling
from simjob.quiz.lessons import Lesson
from simjob.quiz.question import Question
from simjob.quiz.voice import Voice

ReadLine = Callable[[], str]
"""The next line of what the learner writes; "" at the end of it."""

_LEAVE = ("q", "quit", "exit")


class _Left(Exception):  # noqa: N818 - to leave is no error
    """The learner has had enough."""


@attrs.define
class Score:
    """How it went so far: the lesson of each question that was answered, and whether it was right.

    >>> Score([(1, True), (2, False)]).right
    1
    """

    answers: list[tuple[int, bool]] = attrs.field(factory=list)

    @property
    def right(self) -> int:
        """How many answers were right."""
        return sum(right for _, right in self.answers)

    @property
    def missed(self) -> list[int]:
        """The lessons of the wrong answers."""
        return sorted({lesson for lesson, right in self.answers if not right})


def ask(
    questions: Sequence[tuple[Lesson, Question]], read: ReadLine, voice: Voice, *, echo: bool
) -> Score:
    """Ask until the questions, or the answers, are at an end; Ctrl-C is an end, too.

    Args:
        questions: with the lesson of each.
        read: where the answers come from.
        voice: where everything is said.
        echo: whether to repeat an answer, which nobody has seen being typed.
    """
    score = Score()
    try:
        for number, (lesson, question) in enumerate(questions, 1):
            _pose(voice, f"{number} of {len(questions)}", lesson, question)
            right = _choice(voice, read, len(question.choices), echo=echo) == question.right
            score.answers.append((lesson.number, right))
            _explain(voice, question, right=right)
    except (_Left, KeyboardInterrupt):
        voice.line("")
    _tell(voice, score, len(questions))
    if len({lesson.number for lesson, _ in questions}) > 1:
        for number in score.missed:
            voice.say(f"Once more: simjob quiz --lesson {number}")
    return score


def _pose(voice: Voice, place: str, lesson: Lesson, question: Question) -> None:
    voice.say(f"{place}. {telling.heading(lesson, question)}", "dim")
    voice.say()
    for part in question.story.splitlines():
        voice.say(part, indent="  ")
    voice.say()
    voice.say(question.asked, "bold", indent="  ")
    voice.say()
    for letter, choice in zip(telling.LETTERS, question.choices, strict=False):
        voice.say(choice, indent="  ", hanging=f"{letter})  ")
    voice.say()


def _choice(voice: Voice, read: ReadLine, count: int, *, echo: bool) -> int:
    letters = telling.LETTERS[:count]
    while True:
        voice.ask(f"Your answer ({', '.join(letters)}; q ends):")
        line = read()
        if not line:
            raise _Left
        answer = line.strip().lower().rstrip(").")
        if echo:
            voice.line(ascii(line.strip())[1:-1])
        if answer in _LEAVE:
            raise _Left
        if len(answer) == 1 and answer in letters:
            return letters.index(answer)
        voice.say(f"Please answer with one letter: {', '.join(letters)}.")


def _explain(voice: Voice, question: Question, *, right: bool) -> None:
    letter, choice = telling.LETTERS[question.right], question.choices[question.right]
    if right:
        voice.say("Right.", "green")
    else:
        voice.say(f"No. It is {letter}: {choice}", "red")
    voice.say()
    for line in telling.timeline(question):
        voice.line(f"  {line}", "cyan")
    voice.say()
    for rule in telling.why(question):
        voice.say(rule, indent="  ")
    voice.say()


def _tell(voice: Voice, score: Score, asked: int) -> None:
    answered = len(score.answers)
    if not answered:
        voice.say("No question was answered.")
        return
    so_far = "" if answered == asked else f", of {asked} questions"
    voice.say(f"{score.right} of {answered} right{so_far}.", "bold")
