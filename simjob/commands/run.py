"""`simjob run`: training jobs to their end, all created at one instant in one world."""

import argparse
import json
from typing import TYPE_CHECKING

from simjob.commands.arguments import BadInputError, duration
from simjob.commands.simulated import (
    EXIT_STATUSES,
    add_simulation_arguments,
    add_stop_argument,
    exit_status,
    script_stops,
    simulation_of,
)

if TYPE_CHECKING:
    from simjob.terminal import Terminal

_EPILOG = f"""\
{EXIT_STATUSES.format(end="--until")}\
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
    add_simulation_arguments(run)
    add_stop_argument(run)
    run.add_argument(
        "--until", type=duration, metavar="TIME", help="end there, whatever still runs"
    )
    run.add_argument("--json", action="store_true", help="print the reply, or a list, and no more")


def _run(arguments: argparse.Namespace) -> int:
    terminal = None if arguments.json else _terminal()
    sim = simulation_of(arguments)
    script_stops(sim, arguments)
    until = None if arguments.until is None else sim.now + arguments.until
    if terminal:
        terminal.begin(sim)
        sim.subscribe(terminal.transition)
    sim.run(until)
    jobs = list(sim.jobs.values())
    if terminal:
        for job in jobs:
            terminal.end(job)
    else:
        records = [job.record for job in jobs]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2))  # noqa: T201
    return exit_status(sim, to_the_end=until is None)


def _terminal() -> "Terminal":
    try:
        from simjob.terminal import Terminal  # noqa: PLC0415 - an extra, and not for --json
    except ImportError as error:
        raise BadInputError(
            [f"{error.name} is not installed: pip install 'simjob[cli]', or use --json"]
        ) from None
    return Terminal()
