"""The help of the command line, as its parsers print it."""

import contextlib
import io
import os
from unittest import mock

from simjob import cli


def names() -> list[str]:
    """Every command, in the order of the help."""
    return [line.split()[0] for line in _printed("--help").splitlines() if _is_command(line)]


def _is_command(line: str) -> bool:
    return line.startswith("    ") and not line.startswith("     ")


def _printed(*arguments: str) -> str:
    with (
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.suppress(SystemExit),
        mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}),
    ):
        cli.main(arguments)
    return out.getvalue().rstrip()


def helps() -> str:
    """The help of every command."""
    return "\n\n".join(
        f"## simjob {name}\n\n```text\n{_printed(name, '--help')}\n```" for name in names()
    )
