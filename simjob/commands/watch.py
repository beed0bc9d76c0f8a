"""`simjob watch`: training jobs seen live, so many virtual seconds to a real one, with keys."""

import argparse
import time

from simjob.commands.arguments import missing_extra
from simjob.commands.simulated import (
    EXIT_STATUSES,
    add_simulation_arguments,
    exit_status,
    simulation_of,
)
from simjob.watching.watch import USES, Watch, checked_rate

_EPILOG = f"""\
keys: {", ".join(f"{use.keys[0]} {use.words}" for use in USES)}
  `stop` is for the job that is chosen by `up` and `down`, `next` for the next transition of any.
  Where the output is no terminal, transitions are printed as they come.

{EXIT_STATUSES.format(end="the watch")}"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "watch",
        help="watch training jobs live, and stop them",
        description="Watch training jobs live, all created at one instant in one world.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_watch)
    add_simulation_arguments(parser)
    parser.add_argument(
        "--rate",
        type=_rate,
        default=60.0,
        metavar="N",
        help="virtual seconds per real second (60)",
    )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be virtual seconds per real second, is {text!r}"
        ) from None
    try:
        return checked_rate(rate)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _watch(arguments: argparse.Namespace) -> int:
    try:
        from simjob.terminal import PipedConsole, Terminal  # noqa: PLC0415 - an extra
        from simjob.watching.keyboard import NoKeyboard, keyboard  # noqa: PLC0415 - with it
        from simjob.watching.showing import drawable, show  # noqa: PLC0415 - the same extra
    except ImportError as error:
        raise missing_extra(error, "cli") from None
    sim = simulation_of(arguments)
    console = PipedConsole(highlight=False)
    keys = keyboard() if drawable(console) else NoKeyboard()
    show(Watch(sim, arguments.rate, time.monotonic), Terminal(), console, keys)
    return exit_status(sim, to_the_end=sim.at_rest)
