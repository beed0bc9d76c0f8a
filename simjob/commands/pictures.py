"""The option --picture: what a command's picture may be called, and drawing it.

What is drawn stands with each command, how in `simjob.pictures`.
"""

import argparse
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simjob.commands.arguments import BadInputError, missing_extra

if TYPE_CHECKING:
    from simjob.pictures.pareto import Pareto
    from simjob.pictures.picture import Picture
    from simjob.whatif.estimates import Estimate

HERE: Final = "-"
"""For a file: the terminal."""


def add_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option to a command's parser; `what` says what is drawn."""
    parser.add_argument(
        "--picture", metavar="FILE", help=f"draw {what}: .png, .svg, or - for the terminal"
    )


def wrong(file: str | None) -> list[str]:
    """Why a picture cannot be drawn there: another kind of file, no directory, no matplotlib."""
    if file is None or file == HERE:
        return []
    from simjob.pictures.picture import PictureError, suffix_of  # noqa: PLC0415 - if asked for

    try:
        suffix_of(file)
    except PictureError as error:
        return [f"--picture: {error}"]
    if find_spec("matplotlib") is None:
        return ["matplotlib is not installed: pip install 'simjob[pictures]'"]
    if not Path(file).absolute().parent.is_dir():
        return [f"--picture: there is no directory {Path(file).parent}"]
    return [f"--picture: {file}: is a directory"] if Path(file).is_dir() else []


def check(file: str | None) -> None:
    """Say before anything runs that a picture cannot be drawn there.

    Raises:
        BadInputError: it cannot.
    """
    if mistakes := wrong(file):
        raise BadInputError(mistakes)


def save(picture: "Callable[[], Picture]", file: str) -> None:
    """Make a picture and write it, without a word.

    Raises:
        BadInputError: there is nothing to draw, or it cannot be written.
    """
    _made(picture, file)


def draw(picture: "Callable[[], Picture]", file: str) -> None:
    """Make a picture and print it, or write it and say so.

    Raises:
        BadInputError: there is nothing to draw, or it cannot be written.
    """
    from simjob.terminal import PipedConsole  # noqa: PLC0415 - an extra

    drawn = _made(picture, file)
    print("" if file == HERE else f"picture: {file}")  # noqa: T201 - the command line prints
    if file == HERE:
        drawn.show(PipedConsole(highlight=False))


def _made(picture: "Callable[[], Picture]", file: str) -> "Picture":
    from simjob.pictures.picture import PictureError  # noqa: PLC0415 - if asked for

    try:
        drawn = picture()
        if file != HERE:
            drawn.save(file)
    except PictureError as error:
        raise BadInputError([f"--picture: {error}"]) from None
    except ImportError as error:
        raise missing_extra(error, "pictures") from None
    except OSError as error:
        raise BadInputError([f"--picture: {file}: cannot be written: {error.strerror}"]) from None
    return drawn


def pareto(
    variations: "Iterable[tuple[str, Estimate, Estimate, bool, bool]]",
    budgets: Iterable[float | None],
) -> "Pareto":
    """Cost against completion time, with the budget that all variations have in common.

    Args:
        variations: of each its label, completion time, dollars, whether it is on the front, and
            whether some of its works are not Completed.
        budgets: of each of them.

    Raises:
        PictureError: of no variation both are known.
    """
    from simjob.pictures.pareto import Pareto, Point  # noqa: PLC0415 - if asked for

    points: list[Point] = [
        Point(
            label,
            time.mean,
            dollars.mean,
            time.half_width or 0.0,
            dollars.half_width or 0.0,
            front,
            unfinished,
        )
        for label, time, dollars, front, unfinished in variations
        if time.mean is not None and dollars.mean is not None
    ]
    common = set(budgets)
    budget = common.pop() if len(common) == 1 else None
    return Pareto(points, what="completion time, mean", budget_dollars=budget)
