"""The voice of the quiz: lines of text on standard output, with colour where a terminal has it.

Colours are those of rich; without rich, and where no terminal is, the text is the same and plain.
"""

import re
import shutil
import sys
import textwrap
from collections.abc import Callable

_PIPED_WIDTH = 80
_WIDEST = 92
_SPAN = re.compile(r"(?<=\d) (?=(?:d|h|min|s)\b)")
_GLUE = "\N{NO-BREAK SPACE}"


class Voice:
    """Says things line by line, as wide as there is room."""

    def __init__(self) -> None:
        self._write = _coloured() if sys.stdout.isatty() else _plain
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
        self._width = min(columns, _WIDEST)

    def say(self, text: str = "", style: str = "", *, indent: str = "", hanging: str = "") -> None:
        """Say a paragraph; its first line is indented, the others by the hanging, too."""
        further = indent + " " * len(hanging)
        lines = textwrap.wrap(
            _SPAN.sub(_GLUE, f"{hanging}{text}"),
            max(self._width, len(further) + 20),
            initial_indent=indent,
            subsequent_indent=further,
            break_on_hyphens=False,
        )
        for line in lines or [""]:
            self._write(line.replace(_GLUE, " "), style)

    def line(self, text: str, style: str = "") -> None:
        """Say a line as it is."""
        self._write(text, style)

    def ask(self, text: str) -> None:
        """Say what is answered on the same line."""
        print(text, end=" ", flush=True)  # noqa: T201 - the command line prints


def _plain(line: str, _: str) -> None:
    print(line)  # noqa: T201 - the command line prints


def _coloured() -> Callable[[str, str], None]:
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
        from rich.text import Text  # noqa: PLC0415 - the same
    except ImportError:
        return _plain
    console = Console(highlight=False)
    return lambda line, style: console.print(Text(line, style), soft_wrap=True)
