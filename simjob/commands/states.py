"""`simjob states`: the status model, drawn from the transition table."""

import argparse
from pathlib import Path

from simjob.commands.arguments import (
    OK,
    STANDARD_OUTPUT,
    BadInputError,
    edition,
    missing_extra,
    note,
)
from simjob.pictures.dot import dot
from simjob.pictures.mermaid import mermaid
from simjob.pictures.svg import svg
from simjob.spec.editions import Edition
from simjob.whole_files import write_whole

_TEXTS = {"svg": svg, "mermaid": mermaid, "dot": dot}
_TABLE = "table"
_SUFFIXES = {".svg": "svg", ".mmd": "mermaid", ".dot": "dot", ".gv": "dot", ".txt": _TABLE}
_EPILOG = """\
exit status:
  0  it is drawn
  2  bad input, or the file cannot be written
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

The svg needs nothing but itself, and is dark where its reader is. The text for mermaid is a
stateDiagram-v2; that for dot is laid out by Graphviz.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "states",
        help="show the statuses and what leads from one to another",
        description="Show every status of an edition, what it means, and what leads to the next.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_states)
    parser.add_argument(
        "--edition",
        type=edition,
        default="documented",
        metavar="NAME",
        help="documented (the default), live or retired",
    )
    parser.add_argument(
        "--format",
        choices=[*_TEXTS, _TABLE],
        help="by default as the name of --out tells, else a table",
    )
    parser.add_argument("--out", metavar="FILE", help="write there, not on standard output (-)")


def _states(arguments: argparse.Namespace) -> int:
    out: str | None = None if arguments.out == STANDARD_OUTPUT else arguments.out
    kind = arguments.format or (_kind(out) if out else _TABLE)
    if out:
        _write(out, _text(kind, arguments.edition))
    elif kind == _TABLE:
        _print_table(arguments.edition)
    else:
        print(_text(kind, arguments.edition), end="")  # noqa: T201 - the command line prints
    return OK


def _kind(out: str) -> str:
    suffix = Path(out).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise BadInputError([f"--out: {out}: must end in one of {known}, or be given a --format"])
    return _SUFFIXES[suffix]


def _text(kind: str, known: Edition) -> str:
    if kind in _TEXTS:
        return _TEXTS[kind](known)
    try:
        from simjob.pictures.state_table import table_text  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra(error, "cli") from None
    return table_text(known)


def _print_table(known: Edition) -> None:
    try:
        from simjob.pictures.state_table import table  # noqa: PLC0415 - an extra
        from simjob.terminal import PipedConsole, print_trimmed  # noqa: PLC0415 - the same
    except ImportError as error:
        raise missing_extra(error, "cli") from None
    print_trimmed(PipedConsole(highlight=False), table(known))


def _write(out: str, text: str) -> None:
    if Path(out).is_dir():
        raise BadInputError([f"--out: {out}: is a directory"])
    try:
        write_whole(out, text.encode())
    except OSError as error:
        raise BadInputError([f"--out: {out}: cannot be written: {error.strerror}"]) from None
    note(f"wrote {out}")
