"""The simulation that a command is asked for: its arguments, its jobs, and how their end is told.

For every command that creates the jobs of request files at one instant in one world.
"""

import argparse
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

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

EXIT_STATUSES = """\
exit status:
  0  every job is Completed, or still runs at the end of {end}
  1  a job waits for capacity that nobody will give back
  2  bad input; nothing was run
  3  a job is Failed
  4  a job is Stopped, none is Failed
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

A request file is what `aws sagemaker create-training-job --cli-input-json` takes.
"""


def add_simulation_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `simulation_of` reads: request files, world, seed and edition."""
    parser.add_argument(
        "requests", nargs="+", metavar="REQUEST.json", help="CreateTrainingJob request"
    )
    parser.add_argument("--world", metavar="WORLD.toml", help="what the simulated world is like")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")
    parser.add_argument(
        "--edition",
        type=edition,
        default="documented",
        metavar="NAME",
        help="documented (the default), live or retired",
    )


def add_stop_argument(parser: argparse.ArgumentParser) -> None:
    """Add what `script_stops` reads."""
    parser.add_argument(
        "--stop",
        type=_stop,
        action="append",
        default=[],
        metavar="NAME@TIME",
        help="stop a job that long after the start; may be repeated",
    )


def simulation_of(arguments: argparse.Namespace) -> Simulation:
    """The simulation that the arguments ask for, its jobs created, its clock at their creation.

    Raises:
        BadInputError: a request file cannot be read, is no request, or is refused.
        TableError: the world file is none.
    """
    requests = _read_requests(arguments.requests, arguments.edition)
    world = World() if arguments.world is None else load_world(arguments.world)
    sim = Simulation(world, seed=arguments.seed, edition=arguments.edition)
    mistakes = []
    for file, request in zip(arguments.requests, requests.values(), strict=True):
        try:
            sim.create_training_job(**request)
        except ApiError as error:
            mistakes.append(f"{file}: {error.code}: {error.message}")
    if mistakes:
        raise BadInputError(mistakes)
    return sim


def script_stops(sim: Simulation, arguments: argparse.Namespace) -> None:
    """Have the jobs stopped when the arguments say; a stop that comes too late is noted.

    Raises:
        BadInputError: there is no job of that name.
    """
    for name, after in arguments.stop:
        if name not in sim.jobs:
            known = ", ".join(sim.jobs)
            raise BadInputError([f"--stop: there is no job {name!r}; there are: {known}"])
        sim.at(after, partial(_stop_job, sim, name))


def exit_status(sim: Simulation, *, to_the_end: bool) -> int:
    """What became of all jobs as an exit status; `to_the_end`: nothing is left to happen."""
    jobs = list(sim.jobs.values())
    if to_the_end and (stuck := [job.name for job in jobs if not job.ended]):
        for name in stuck:
            note(f"{name}: waits for capacity that nobody will give back")
        return STUCK
    statuses = {job.status for job in jobs}
    if PrimaryStatus.Failed in statuses:
        return FAILED
    return STOPPED if PrimaryStatus.Stopped in statuses else OK


def _stop(text: str) -> tuple[str, timedelta]:
    name, at, time = text.rpartition("@")
    if not name or not at:
        raise argparse.ArgumentTypeError(f"must be NAME@TIME such as my-job@30m, is {text!r}")
    return name, duration(time)


def _stop_job(sim: Simulation, name: str) -> None:
    try:
        sim.stop_training_job(TrainingJobName=name)
    except ApiError as error:
        note(f"--stop {name}: {error.message}")


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
