"""What every picture can do: be a matplotlib figure, be saved, and be text.

How a file is made stands here: without pyplot, without the user's matplotlib style, SVG with the
same bytes for the same data. What is drawn stands with each picture.
"""

import contextlib
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from simjob.views.words import printable
from simjob.whole_files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.text import Text

SUFFIXES = (".png", ".svg")

_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "font.size": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
    "svg.hashsalt": "simjob",
    "text.parse_math": False,  # a dollar sign is money, and a name is no formula
}


class PictureError(ValueError):
    """There is nothing to draw, or no such kind of file."""


class Picture(ABC):
    """One picture; the subclasses hold what is drawn.

    matplotlib's settings belong to the whole process: while a picture is drawn or saved they are
    changed, and then put back. Draw in one thread at a time.
    """

    dots_per_inch: ClassVar[int] = 150

    def figure(self) -> "Figure":
        """The picture as a new matplotlib figure, which no pyplot knows of.

        Raises:
            ImportError: matplotlib is not there.
        """
        with _styled():
            from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

            figure = Figure(layout="constrained")
            self._draw(figure)
            return figure

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture as PNG or SVG, as the name ends; the file is there whole or not at all.

        Raises:
            PictureError: another kind of file.
            ImportError: matplotlib is not there.
            OSError: it cannot be written.
        """
        write_whole(path, self._file(suffix_of(path)[1:]))

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self._file("svg").decode()

    def _file(self, kind: str) -> bytes:
        """The picture as a file of that kind."""
        figure = self.figure()
        drawn = BytesIO()
        with _styled():
            undated = {"Date": None} if kind == "svg" else {"Software": None}
            figure.savefig(drawn, format=kind, dpi=self.dots_per_inch, metadata=undated)
        return drawn.getvalue()

    def text(self, width: int = 80, *, ascii_only: bool = False) -> "Text":
        """The picture in characters, in lines of at most `width`.

        Raises:
            ImportError: rich is not there.
        """
        try:
            text = self._write(max(width, 40), ascii_only=ascii_only)
        except ImportError as error:
            raise _missing(error) from error
        if ascii_only:
            text.plain = text.plain.replace("…", "~").encode("ascii", "replace").decode()
        return text

    def show(self, console: "Console | None" = None) -> None:
        """Print the picture, as wide as the terminal, in ASCII where the encoding needs it."""
        if console is None:
            try:
                from rich.console import Console  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise _missing(error) from error
            console = Console(highlight=False)
        drawn = self.text(console.width, ascii_only=console.options.ascii_only)
        console.print(drawn, soft_wrap=True)

    @abstractmethod
    def _draw(self, figure: "Figure") -> None:
        """Draw on an empty figure, and give it its size."""

    @abstractmethod
    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        """The picture as text."""


def suffix_of(path: str | os.PathLike[str]) -> str:
    """The suffix of a picture's file.

    Raises:
        PictureError: pictures are not written under such a name.

    >>> suffix_of("a.SVG")
    '.svg'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise PictureError(f"a picture's name ends in {' or '.join(SUFFIXES)}, not {str(path)!r}")
    return suffix


def plain(text: str, room: int = 0) -> str:
    r"""A name as one line that can be drawn anywhere; its middle left out where room is short.

    >>> plain("a\nb"), plain("a-rather-long-name", 9)
    ('a?b', 'a-ra…name')
    """
    clean = printable(text).replace("\n", "?")
    if room and len(clean) > room:
        head = room // 2
        return f"{clean[:head]}…{clean[len(clean) - (room - head - 1) :]}"
    return clean


@contextlib.contextmanager
def _styled() -> Iterator[None]:
    """With our style over matplotlib's own, whatever the user's files say."""
    try:
        import matplotlib.style  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _missing(error) from error
    with matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # of names: a box does
        yield


def _missing(error: ImportError) -> ImportError:
    absent = (error.name or "a package").partition(".")[0]
    return ImportError(
        f"simjob.pictures needs {absent}, which its extra brings: pip install 'simjob[pictures]'",
        name=absent,
    )
