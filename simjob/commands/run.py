"""`simjob run`: training jobs to their end, all created at one instant in one world."""

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from simjob.commands.arguments import (
    FAILED,
    OK,
    STOPPED,
    STUCK,
    BadInputError,
    Request,
    duration,
    edition,
    note,
    read_request,
)
from simjob.simulation import Simulation
from simjob.spec.editions import Edition
from simjob.spec.errors import ApiError
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.statuses import PrimaryStatus
from simjob.spec.wire import InvalidRequest, structure
from simjob.world import World, load_world

if TYPE_CHECKING:
    from simjob.jobs import Transition
    from simjob.terminal import Terminal

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


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
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
        type=edition,
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
        "--until", type=duration, metavar="TIME", help="end there, whatever still runs"
    )
    run.add_argument("--json", action="store_true", help="print the reply, or a list, and no more")


def _stop(text: str) -> tuple[str, timedelta]:
    name, at, time = text.rpartition("@")
    if not name or not at:
        raise argparse.ArgumentTypeError(f"must be NAME@TIME such as my-job@30m, is {text!r}")
    return name, duration(time)


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
            note(f"{name}: waits for capacity that nobody will give back")
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
        note(f"--stop {name}: {error.message}")


def _status(statuses: set[PrimaryStatus]) -> int:
    if PrimaryStatus.Failed in statuses:
        return FAILED
    return STOPPED if PrimaryStatus.Stopped in statuses else OK
