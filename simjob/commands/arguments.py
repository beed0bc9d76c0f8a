"""What the commands have in common: bad input, what arguments mean, files and notes.

Nothing here knows a single command; each has a file of its own beside this one.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from simjob.json_files import kind_of, read_json
from simjob.spec.editions import Edition
from simjob.spec.editions import edition as edition_of
from simjob.text_files import UnreadableError
from simjob.world.durations import seconds

Request = dict[str, Any]

OK = 0
STUCK = 1
BAD_INPUT = 2
FAILED = 3
STOPPED = 4
INTERRUPTED = 130
PIPE_CLOSED = 141

STANDARD_OUTPUT = "-"
"""What stands for it in the place of a file's name."""


class BadInputError(Exception):
    """What was given cannot be run: `mistakes` has a line for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def missing_extra(error: ImportError, extra: str) -> BadInputError:
    """What to say where an optional package is not there."""
    return BadInputError([f"{error.name} is not installed: pip install 'simjob[{extra}]'"])


def note(text: str) -> None:
    """Something to know that is neither the result nor a mistake."""
    print(end="", flush=True)  # noqa: T201 - the command line prints
    print(f"simjob: {text}", file=sys.stderr)  # noqa: T201 - the command line prints


# What arguments mean.


def edition(text: str) -> Edition:
    """The edition of that name."""
    try:
        return edition_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def duration(text: str) -> timedelta:
    """A span: seconds, or text such as 1h30m."""
    try:
        number: object = float(text)
    except ValueError:
        number = text
    try:
        return timedelta(seconds=seconds(number))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a duration such as 90s, 30m or 1h30m, from 0 to 366 days, is {text!r}"
        ) from None


# Files.


def read_request(file: str) -> Request:
    """The JSON object in a file.

    Raises:
        BadInputError: the file cannot be read, is no JSON, or holds something else.
    """
    try:
        value = read_json(file)
    except UnreadableError as error:
        raise BadInputError([f"{file}: {error}"]) from None
    if not isinstance(value, dict):
        raise BadInputError([f"{file}: must hold a JSON object, holds {kind_of(value)}"])
    return value
