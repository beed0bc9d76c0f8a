"""Runs the player's tests in a real browser, in an environment of their own.

    nox -f tests/browser/noxfile.py
    nox -f tests/browser/noxfile.py -- --screenshots=../../docs/pictures

The browser is Debian's chromium (`apt-get install chromium`); none is downloaded. Screenshots go to
a scratch directory unless told otherwise: their bytes depend on the browser and its fonts, so the
README's picture is made by the second command, looked at, and committed by hand.
"""

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True


@nox.session
def player(session: nox.Session) -> None:
    """The player's page in Chromium, with axe-core."""
    session.install(
        "--no-compile",
        "-e",
        "../..",
        "axe-playwright-python>=0.1.7",
        "playwright>=1.49",
        "pytest>=8.3",
    )
    scratch = Path(session.create_tmp()).absolute() / "screenshots"
    here = ["-c", "pytest.ini", "--rootdir=.", "--confcutdir=."]
    session.run("pytest", *here, f"--screenshots={scratch}", *session.posargs)
