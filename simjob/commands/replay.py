"""`simjob replay`: one recorded job lived again, and every member of it compared."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from simjob.commands.arguments import OK, edition, missing_extra

if TYPE_CHECKING:
    from simjob.terminal import PipedConsole
    from simjob.whatif.replaying import Replay, Row, Value

DIFFERENT = 1
_EPILOG = """\
exit status:
  0  every member that is simulated is as it was recorded
  1  some member is not
  2  bad input: no record, or one that cannot be replayed; says why
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

A record is what `aws sagemaker describe-training-job --output json` prints.
"""
_CREATED = "CreationTime"
_ERROR_CELLS = 11
_LEAST_CELLS = 12
_GAP = "  "
_INDENT = "  "


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "replay",
        help="live a recorded job again, and compare",
        description="Simulate one recorded job from its own phase durations, and print simulated, "
        "recorded and error for every member of the reply.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_replay)
    parser.add_argument("record", metavar="RECORD.json", help="DescribeTrainingJob reply")
    parser.add_argument(
        "--edition",
        type=edition,
        metavar="NAME",
        help="documented, live or retired; by default as the record tells",
    )


def _replay(arguments: argparse.Namespace) -> int:
    try:
        from simjob.terminal import PipedConsole  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra(error, "whatif") from None
    from simjob.whatif.replaying import replay  # noqa: PLC0415 - not for other commands

    done = replay(arguments.record, edition=arguments.edition)
    _draw(PipedConsole(highlight=False), done)
    return DIFFERENT if done.different else OK


def _draw(console: "PipedConsole", done: "Replay") -> None:
    from rich.text import Text  # noqa: PLC0415 - an extra

    from simjob.terminal import print_trimmed  # noqa: PLC0415 - the same

    def say(line: str, style: str = "") -> None:
        console.print(Text(line, style=style), soft_wrap=True)

    def tell(sentence: str) -> None:
        print_trimmed(console, Text(sentence))

    created = next(row.recorded for row in done.rows if row.path == _CREATED)
    day = created.date() if isinstance(created, datetime) else None
    tell(f"{done.record.name}, edition {done.edition.name}")
    tell(f"seen at {done.seen:%Y-%m-%d %H:%M:%S} UTC")
    for note in done.notes:
        tell(note)
    cells = _widths(console.width)
    say("")
    say(_line(("", "simulated", "recorded", "error"), cells), "bold")
    above = ""
    for row in done.rows:
        within, dot, name = row.path.rpartition(".")
        if within and within != above:
            say(_ascii(within))
        above = within
        values = [_shown(each, day) for each in (row.simulated, row.recorded)]
        if row.equal or row.outside:
            values = [_cut(each, cells[1]) for each in values]
        label = _ascii(f"{_INDENT}{dot}{name}" if within else name)
        style = "" if row.equal or row.outside else "red"
        for line in _lines((label, *values, _error(row)), cells):
            say(line, style)
    say("")
    for line in _summary(done):
        tell(line)


def _widths(width: int) -> tuple[int, int, int, int]:
    """How many cells each column gets."""
    left = max(3 * _LEAST_CELLS, width - _ERROR_CELLS - 3 * len(_GAP))
    value = left * 3 // 10
    return left - 2 * value, value, value, _ERROR_CELLS


def _lines(columns: Sequence[str], cells: Sequence[int]) -> list[str]:
    """A row, in as many lines as its longest column takes."""
    parts = [
        [text[at : at + width] for at in range(0, len(text), width)] or [""]
        for text, width in zip(columns, cells, strict=True)
    ]
    return [_line(line, cells) for line in zip_longest(*parts, fillvalue="")]


def _line(columns: Sequence[str], cells: Sequence[int]) -> str:
    padded = [text.ljust(width) for text, width in zip(columns, cells, strict=True)]
    return _GAP.join(padded).rstrip()


def _shown(value: "Value", day: date | None) -> str:
    """A value in ASCII; of an instant on the day of the creation only the time."""
    match value:
        case None:
            return ""
        case datetime():
            form = "%H:%M:%S.%f" if value.date() == day else "%Y-%m-%d %H:%M:%S.%f"
            return value.strftime(form)[:-3]
        case bool():
            return str(value).lower()
        case str():
            return _ascii(value) or '""'
        case _:
            return repr(value)


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)


def _cut(text: str, cells: int) -> str:
    return text if len(text) <= cells else f"{text[: cells - 3]}..."


def _error(row: "Row") -> str:
    if row.outside:
        return "-"
    if row.equal:
        return "="
    if row.error is None:
        return "differs"
    return f"{row.error:+.3f} s" if isinstance(row.recorded, datetime) else f"{row.error:+g}"


def _summary(done: "Replay") -> Iterator[str]:
    different = len(done.different)
    verdict = f"{different} not as recorded" if different else "all equal"
    yield f"{len(done.compared)} members compared, {verdict}"
    outside: dict[str, dict[str, None]] = {}
    for row in done.rows:
        if row.outside:
            member = row.path.partition(".")[0].partition("[")[0]
            outside.setdefault(row.outside, {})[member] = None
    for reason, members in outside.items():
        yield f"- {', '.join(members)}: {reason}"
