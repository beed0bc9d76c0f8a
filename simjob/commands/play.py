"""`simjob play`: the lives of training jobs as one HTML page, to walk through without a network."""

import argparse
import sys
from pathlib import Path

from simjob.commands.arguments import OK, STANDARD_OUTPUT, BadInputError, note
from simjob.commands.simulated import (
    add_simulation_arguments,
    add_stop_argument,
    script_stops,
    simulation_of,
)
from simjob.whole_files import write_whole

_EPILOG = """\
exit status:
  0  the page is written, whatever became of the jobs
  2  bad input; nothing was written
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

The page is one file of at most 1 MB and loads nothing. It holds what DescribeTrainingJob answers at
every change, and for every phase the history with a stop in it, simulated beforehand.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    play = commands.add_parser(
        "play",
        help="make a page that plays the lives of training jobs",
        description="Make one HTML page that plays the lives of training jobs, to walk through.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    play.set_defaults(command=_play)
    add_simulation_arguments(play)
    add_stop_argument(play)
    play.add_argument(
        "--out",
        required=True,
        metavar="LESSON.html",
        help="write the page there; - is standard output",
    )


def _play(arguments: argparse.Namespace) -> int:
    _check_place(arguments.out, arguments.requests)
    sim = simulation_of(arguments)
    script_stops(sim, arguments)
    sim.run()
    page = sim.to_html().encode()
    if arguments.out == STANDARD_OUTPUT:
        sys.stdout.buffer.write(page)
        return OK
    try:
        write_whole(arguments.out, page)
    except OSError as error:
        raise BadInputError(
            [f"--out: {arguments.out}: cannot be written: {error.strerror}"]
        ) from None
    note(f"wrote {arguments.out}")
    return OK


def _check_place(place: str, requests: list[str]) -> None:
    """Find out that the page cannot be written before anything is simulated."""
    path = Path(place)
    if path.is_dir():
        raise BadInputError([f"--out: {place}: is a directory"])
    if not path.parent.is_dir():
        raise BadInputError([f"--out: {place}: there is no directory {path.parent}"])
    if path.resolve() in {Path(each).resolve() for each in requests}:
        raise BadInputError([f"--out: {place}: is one of the requests"])
