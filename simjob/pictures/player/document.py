"""The page as one HTML document: its parts put together, and a policy that lets nothing else run.

All that comes from a simulation goes into one block of JSON, which the script shows as text. The
Content-Security-Policy names the script and the styles by their hashes: nothing else is run, and
nothing is loaded.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import unescape
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import Final

from simjob.pictures.palette import LOOKS
from simjob.pictures.player.encoding import encoded
from simjob.pictures.player.lesson import lesson
from simjob.pictures.svg import svg
from simjob.simulation import Simulation

MOST_BYTES: Final = 1_000_000
"""A page is never larger; what has no room is left out, and the page says so."""

_SCRIPTS = ("telling.js", "drawing.js", "player.js")
_STYLES = re.compile("<style>(.*?)</style>", re.DOTALL)
_STYLE_ATTRIBUTES = re.compile(' style="([^"]*)"')


def page(sim: Simulation) -> str:
    """A page that plays what has happened in a simulation until now; the same text each time.

    It holds what DescribeTrainingJob answers at every change of every job, and for every phase the
    history with a stop in it, simulated anew; of spot jobs those with an interruption too, and one
    with a lower runtime limit. Up to 50 jobs are shown.

    >>> page(Simulation()).startswith("<!doctype html>")
    True
    """
    with sim.lock:
        shell = _assembled(sim, "{}")
        room_bytes = MOST_BYTES - len(shell.encode())
        return _assembled(sim, encoded(lesson(sim, room_bytes)))


def _assembled(sim: Simulation, data: str) -> str:
    script = "".join(['"use strict";\n(() => {\n', *map(_part, _SCRIPTS), "})();\n"])
    style = f"{_part('player.css')}\n{_colours()}"
    diagram = svg(sim.edition)
    styles = [style, *_STYLES.findall(diagram)]
    attributes = sorted({unescape(each) for each in _STYLE_ATTRIBUTES.findall(diagram)})
    policy = (
        f"default-src 'none'; script-src {_hashes([script])}; "
        f"style-src 'unsafe-hashes' {_hashes([*styles, *attributes])}; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_part("page.html")).substitute(
        policy=policy,
        style=style,
        diagram=diagram,
        version=version("simjob"),
        data=data,
        script=script,
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hashes(texts: Iterable[str]) -> str:
    return " ".join(
        f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts
    )


def _colours() -> str:
    """A colour for each status, and black or white for the text on it."""
    rules = [
        f"--{status}:{look.colour};--{status}-ink:{_ink(look.colour)}"
        for status, look in LOOKS.items()
    ]
    return f":root{{{';'.join(rules)}}}\n"


def _ink(colour: str) -> str:
    """Black or white, whichever stands out more from a colour (WCAG 2.2, relative luminance)."""
    linear = [_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#fff"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
