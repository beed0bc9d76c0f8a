"""The command line: arguments, files, exit statuses. What is drawn on a terminal is in `terminal`.

Bad input is answered with one line for each mistake on standard error, and nothing is run. With
`--json` nothing but the reply is written to standard output, and the extra `cli` is not needed.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from simjob.simulation import Simulation
from simjob.spec.editions import Edition, edition
from simjob.spec.errors import ApiError
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.statuses import PrimaryStatus
from simjob.spec.wire import InvalidRequest, structure
from simjob.world import World, load_world
from simjob.world.durations import seconds
from simjob.world.load import WorldError

if TYPE_CHECKING:
    from simjob.jobs import Transition
    from simjob.terminal import Terminal

Request = dict[str, Any]

OK = 0
STUCK = 1
BAD_INPUT = 2
FAILED = 3
STOPPED = 4
INTERRUPTED = 130
PIPE_CLOSED = 141

_EPILOG = """\
exit status:
  0  every job is Completed, or still runs at the end of --until
  1  a job waits for capacity that nobody will give back
  2  bad input; nothing was run
  3  a job is Failed
  4  a job is Stopped, none is Failed
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

A request file is what `aws sagemaker create-training-job --cli-input-json` takes.
Durations are seconds, or text such as 90s, 30m, 1h30m, 2d.
"""


class BadInputError(Exception):
    """What was given cannot be run: `mistakes` has a line for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


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
    except (BadInputError, WorldError) as error:
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
    parser = _Parser(
        prog="simjob", description="Amazon SageMaker training jobs on a virtual clock."
    )
    parser.add_argument("--version", action="version", version=f"simjob {version('simjob')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        help="run training jobs to their end",
        description="Run training jobs to their end, all created at one instant in one world.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.set_defaults(command=_run)
    run.add_argument(
        "requests", nargs="+", metavar="REQUEST.json", help="CreateTrainingJob request"
    )
    run.add_argument("--world", metavar="WORLD.toml", help="what the simulated world is like")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")
    run.add_argument(
        "--edition",
        type=_edition,
        default="documented",
        metavar="NAME",
        help="documented (the default), live or retired",
    )
    run.add_argument(
        "--stop",
        type=_stop,
        action="append",
        default=[],
        metavar="NAME@TIME",
        help="stop a job that long after the start; may be repeated",
    )
    run.add_argument(
        "--until", type=_duration, metavar="TIME", help="end there, whatever still runs"
    )
    run.add_argument("--json", action="store_true", help="print the reply, or a list, and no more")
    return parser


# What arguments mean.


def _edition(text: str) -> Edition:
    try:
        return edition(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _duration(text: str) -> timedelta:
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


def _stop(text: str) -> tuple[str, timedelta]:
    name, at, time = text.rpartition("@")
    if not name or not at:
        raise argparse.ArgumentTypeError(f"must be NAME@TIME such as my-job@30m, is {text!r}")
    return name, _duration(time)


# Files.


def read_request(file: str) -> Request:
    """The JSON object in a file.

    Raises:
        BadInputError: the file cannot be read, is no JSON, or holds something else.
    """
    try:
        value = json.loads(Path(file).read_bytes().decode("utf-8-sig"), parse_constant=_no_constant)
    except OSError as error:
        raise BadInputError([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise BadInputError([f"{file}: must be UTF-8 text, is not at byte {error.start}"]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInputError([f"{file}: is no JSON: {error.msg} ({where})"]) from None
    except (ValueError, RecursionError) as error:
        raise BadInputError([f"{file}: is no JSON: {error}"]) from None
    if not isinstance(value, dict):
        raise BadInputError([f"{file}: must hold a JSON object, holds {_kind(value)}"])
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def _read_requests(files: Sequence[str], edition: Edition) -> dict[str, Request]:
    """The requests by job name; every mistake in any of the files is found."""
    mistakes: list[str] = []
    requests: dict[str, Request] = {}
    owners: dict[str, str] = {}
    for file in files:
        try:
            request = read_request(file)
            name = structure(CreateTrainingJobRequest, request, edition.column).TrainingJobName
        except BadInputError as error:
            mistakes += error.mistakes
        except InvalidRequest as error:
            mistakes += [f"{file}: {each.text}" for each in error.violations]
        else:
            if name in owners:
                mistakes.append(f"{file}: TrainingJobName {name!r} is that of {owners[name]} too")
            owners.setdefault(name, file)
            requests[name] = request
    if mistakes:
        raise BadInputError(mistakes)
    return requests


# The command.


def _run(arguments: argparse.Namespace) -> int:
    requests = _read_requests(arguments.requests, arguments.edition)
    for name, _ in arguments.stop:
        if name not in requests:
            known = ", ".join(requests)
            raise BadInputError([f"--stop: there is no job {name!r}; there are: {known}"])
    world = World() if arguments.world is None else load_world(arguments.world)
    terminal = None if arguments.json else _terminal()
    sim = Simulation(world, seed=arguments.seed, edition=arguments.edition)
    born: list[Transition] = []
    unsubscribe = sim.subscribe(born.append)
    _create(sim, requests, arguments.requests)
    unsubscribe()
    for name, after in arguments.stop:
        sim.at(after, partial(_stop_job, sim, name))
    until = None if arguments.until is None else sim.now + arguments.until
    if terminal:
        terminal.begin(sim)
        for transition in born:
            terminal.transition(transition)
        sim.subscribe(terminal.transition)
    sim.run(until)
    jobs = list(sim.jobs.values())
    if terminal:
        for job in jobs:
            terminal.end(job)
    else:
        records = [job.record for job in jobs]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2))  # noqa: T201
    if until is None and (stuck := [job.name for job in jobs if not job.ended]):
        for name in stuck:
            _note(f"{name}: waits for capacity that nobody will give back")
        return STUCK
    return _status({job.status for job in jobs})


def _terminal() -> "Terminal":
    try:
        from simjob.terminal import Terminal  # noqa: PLC0415 - an extra, and not for --json
    except ImportError as error:
        raise BadInputError(
            [f"{error.name} is not installed: pip install 'simjob[cli]', or use --json"]
        ) from None
    return Terminal()


def _create(sim: Simulation, requests: dict[str, Request], files: Sequence[str]) -> None:
    mistakes = []
    for file, request in zip(files, requests.values(), strict=True):
        try:
            sim.create_training_job(**request)
        except ApiError as error:
            mistakes.append(f"{file}: {error.code}: {error.message}")
    if mistakes:
        raise BadInputError(mistakes)


def _stop_job(sim: Simulation, name: str) -> None:
    try:
        sim.stop_training_job(TrainingJobName=name)
    except ApiError as error:
        _note(f"--stop {name}: {error.message}")


def _note(text: str) -> None:
    """Something to know that is neither the result nor a mistake."""
    print(end="", flush=True)  # noqa: T201 - the command line prints
    print(f"simjob: {text}", file=sys.stderr)  # noqa: T201 - the command line prints


def _status(statuses: set[PrimaryStatus]) -> int:
    if PrimaryStatus.Failed in statuses:
        return FAILED
    return STOPPED if PrimaryStatus.Stopped in statuses else OK
