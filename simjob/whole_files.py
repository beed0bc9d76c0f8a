"""Files that are written whole or not at all, also where the machine goes down on the way."""

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory


@contextlib.contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[Path]:
    """A file beside a place, which is moved there when all went well, else is gone.

    It is on the disk before it is moved, and its name when the block is left (`settle`).

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
        settle(beside)
        beside.replace(file)
        settle(file.parent)
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


def settle(path: str | PathLike[str]) -> None:
    """Have what is in a file, or which names are in a directory, outlast a fall of the machine.

    On Windows the names see to themselves.

    Raises:
        OSError: the disk does not take it.
    """
    windows = sys.platform == "win32"
    directory = Path(path).is_dir()
    if directory and windows:
        return
    file = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if not (directory and error.errno == errno.EINVAL):  # Some file systems have no such thing.
            raise
    finally:
        os.close(file)
