"""`simjob quiz`: questions about training jobs, which the simulation answers."""

import argparse
import sys
from io import TextIOWrapper
from typing import TextIO

from simjob.commands.arguments import OK
from simjob.quiz.asking import ReadLine, ask
from simjob.quiz.lessons import LENGTH, LESSONS, quiz
from simjob.quiz.voice import Voice

_EPILOG = f"""\
{LENGTH} questions about jobs in random worlds, one on each lesson of docs/lessons:

{chr(10).join(f"  {each.number}  {each.title}" for each in LESSONS)}

Answers are letters, one to a line, also from a pipe; q, Ctrl-C and the end of the
input end the quiz. The same seed gives the same questions, on every machine.
The exit status is 0 whatever the score, and 2 after bad arguments.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "quiz",
        help="be asked what a job says when",
        description="Be asked what a training job says when, and be told why.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_run)
    parser.add_argument(
        "--lesson",
        type=int,
        choices=[each.number for each in LESSONS],
        metavar="N",
        help="only questions on that lesson",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")


def _run(arguments: argparse.Namespace) -> int:
    lesson = None if arguments.lesson is None else LESSONS[arguments.lesson - 1]
    voice = Voice()
    read, echo = _input()
    ask(quiz(arguments.seed, lesson), read, voice, echo=echo)
    voice.say(f"Other questions: simjob quiz{_again(arguments)}")
    return OK


def _input() -> tuple[ReadLine, bool]:
    """Where answers come from, and whether they are to be repeated, since nobody types them."""
    source: TextIO | None = sys.stdin  # None where it is closed
    if source is None:
        return str, True
    if isinstance(source, TextIOWrapper):
        source.reconfigure(errors="replace")  # bytes that are no text are no answer, either
    return source.readline, not source.isatty()


def _again(arguments: argparse.Namespace) -> str:
    lesson = "" if arguments.lesson is None else f" --lesson {arguments.lesson}"
    return f"{lesson} --seed {arguments.seed + 1}"
