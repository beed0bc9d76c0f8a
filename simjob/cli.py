"""The command line: its commands, and what becomes of errors. Each command stands in `commands`.

Bad input is answered with one line for each mistake on standard error, and nothing is run.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NoReturn

from simjob.commands import calibrate, compare, plan, play, quiz, replay, run, states, sweep, watch
from simjob.commands.arguments import BAD_INPUT, INTERRUPTED, PIPE_CLOSED, BadInputError
from simjob.world.load import TableError


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise BadInputError([f"{message} (see {self.prog} --help)"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Raises:
        SystemExit: after --help and --version.
    """
    try:
        arguments = _parser().parse_args(argv)
        command: Callable[[argparse.Namespace], int] = arguments.command
        status = command(arguments)
        print(end="", flush=True)  # noqa: T201 - a closed pipe is to be noticed here
    except (BadInputError, TableError) as error:
        for line in str(error).splitlines():
            print(f"simjob: {line}", file=sys.stderr)  # noqa: T201 - the command line prints
        return BAD_INPUT
    except KeyboardInterrupt:
        print("simjob: interrupted", file=sys.stderr)  # noqa: T201 - the same
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        return PIPE_CLOSED
    except OverflowError as error:
        print(f"simjob: too large to compute with: {error}", file=sys.stderr)  # noqa: T201 - the same
        return BAD_INPUT
    except OSError as error:
        _abandon_output()
        print(f"simjob: cannot write: {error.strerror}", file=sys.stderr)  # noqa: T201 - the same
        return BAD_INPUT
    return status


def _abandon_output() -> None:
    """Let what is still to be written go nowhere, so that the exit does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="simjob", description="Amazon SageMaker training jobs on a virtual clock."
    )
    parser.add_argument("--version", action="version", version=f"simjob {version('simjob')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (run, plan, sweep, compare, calibrate, replay, states, play, watch, quiz):
        command.add(commands)
    return parser
