"""`simjob calibrate`: recorded jobs in, a world file out, with the fit shown."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from simjob.commands import pictures
from simjob.commands.arguments import OK, STANDARD_OUTPUT, BadInputError, missing_extra, note
from simjob.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from simjob.pictures.picture import Picture
    from simjob.terminal import PipedConsole
    from simjob.whatif.calibration import Calibration, Fit

_EPILOG = """\
exit status:
  0  the latencies were fitted, and the files written
  2  bad input; nothing was written
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

A record is what `aws sagemaker describe-training-job --output json` prints. Fitted are the
phases of the service: Starting, Downloading and Uploading, by instance family.
"""
_SHARES = (0.1, 0.5, 0.9)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "calibrate",
        help="fit the service's latencies to recorded jobs",
        description="Fit the service's latencies to recorded jobs, and write a world with them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_calibrate)
    parser.add_argument(
        "records", nargs="+", metavar="RECORD.json", help="DescribeTrainingJob reply"
    )
    parser.add_argument("--out", metavar="WORLD.toml", help="write the world there")
    pictures.add_option(parser, "recorded against fitted")


def _calibrate(arguments: argparse.Namespace) -> int:
    try:
        from simjob.terminal import PipedConsole  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra(error, "whatif") from None
    from simjob.whatif.calibration import calibrate  # noqa: PLC0415 - not for other commands

    _check_places(arguments)
    done = calibrate(arguments.records)
    picture, here = _picture(done), arguments.picture == pictures.HERE
    if arguments.picture is not None and not here:
        pictures.save(picture, arguments.picture)
    if arguments.out is not None:
        _write(done, arguments.out)
    _show(PipedConsole(highlight=False), done)
    if here:
        pictures.draw(picture, arguments.picture)
    for written in (arguments.out, arguments.picture):
        if written not in {None, pictures.HERE}:
            note(f"wrote {written}")
    return OK


def _check_places(arguments: argparse.Namespace) -> None:
    """Find out that a file cannot be written before anything is."""
    mistakes = []
    read = {Path(each).resolve() for each in arguments.records}
    picture = None if arguments.picture == pictures.HERE else arguments.picture
    if arguments.out is not None:
        path = Path(arguments.out)
        if arguments.out == STANDARD_OUTPUT:
            mistakes.append("--out: must be a file: the fit is shown on standard output")
        elif path.is_dir():
            mistakes.append(f"--out: {path}: is a directory")
        elif not path.parent.is_dir():
            mistakes.append(f"--out: {path}: there is no directory {path.parent}")
    mistakes += pictures.wrong(picture)
    mistakes += [
        f"{option}: {place}: is one of the records"
        for option, place in (("--out", arguments.out), ("--picture", picture))
        if place is not None and Path(place).resolve() in read
    ]
    if mistakes:
        raise BadInputError(mistakes)


def _picture(done: "Calibration") -> "Callable[[], Picture]":
    def picture() -> "Picture":
        from simjob.pictures.fits import Fits, Panel  # noqa: PLC0415 - not always drawn

        return Fits(
            [Panel(f"{fit.family} {fit.phase}", fit.recorded, fit.fitted_at) for fit in done.fits]
        )

    return picture


def _write(done: "Calibration", place: str) -> None:
    try:
        write_whole(place, done.world_file().encode())
    except OSError as error:
        raise BadInputError([f"--out: {place}: cannot be written: {error.strerror}"]) from None


def _show(console: "PipedConsole", done: "Calibration") -> None:
    from rich.table import Table  # noqa: PLC0415 - an extra
    from rich.text import Text  # noqa: PLC0415 - the same

    from simjob.terminal import print_trimmed  # noqa: PLC0415 - the same

    print_trimmed(console, Text(f"{done.counted}; seconds at p10, p50 and p90"))
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("family")
    table.add_column("phase")
    table.add_column("jobs", justify="right")
    for whose in ("recorded", "fitted"):
        table.add_column(whose, justify="right")
    table.add_column("as", overflow="fold")
    for fit in done.fits:
        table.add_row(
            fit.family,
            fit.phase,
            str(len(fit.recorded)),
            _seconds([fit.recorded_at(share) for share in _SHARES]),
            _seconds([fit.fitted_at(share) for share in _SHARES]),
            _kind(fit),
        )
    print_trimmed(console, table)
    console.print()
    for each in done.notes:
        print_trimmed(console, Text(each))


def _seconds(values: list[float]) -> str:
    return " ".join(f"{value:6.1f}" for value in values)


def _kind(fit: "Fit") -> str:
    return type(fit.distribution).__name__.lower()
