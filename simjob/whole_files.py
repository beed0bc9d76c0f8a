"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory


@contextlib.contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[Path]:
    """A file beside a place, which is moved there when all went well, else is gone.

    A link stays, and what it leads to is replaced. A device or a pipe is never replaced: the file
    is copied into it.

    Raises:
        OSError: it cannot be moved, or the place is a directory; what stood there stands there
            still.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - of a place that may not be there
    except FileNotFoundError:
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        with TemporaryDirectory() as directory:
            elsewhere = Path(directory) / "whole"
            yield elsewhere
            with elsewhere.open("rb") as whole, Path(path).open("wb") as place:
                shutil.copyfileobj(whole, place)
        return
    file = Path(os.path.realpath(path))
    beside = file.with_name(f".{file.name}.partial")
    try:
        yield beside
        beside.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file beside its place, and move it there when it is complete.

    Raises:
        OSError: it cannot be written; what stood there stands there still.
    """
    with replacing(path) as beside:
        beside.write_bytes(content)
