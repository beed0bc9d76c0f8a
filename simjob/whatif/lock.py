"""One sweep at a time in a directory: a lock that ends with its process, however that ends."""

import os
import sys
from pathlib import Path
from typing import IO

from simjob.whatif.variation import SweepError


def locked(directory: Path) -> IO[str]:
    """The open file that holds the lock of a directory until it is closed.

    The directory is made if it is not there. On Windows nothing is locked.

    Raises:
        SweepError: another sweep holds it; says which process.
        OSError: the directory cannot be used.
    """
    while True:
        directory.mkdir(exist_ok=True)
        try:
            file = (directory / "lock").open("a+", encoding="ascii")
        except FileNotFoundError:
            continue  # The sweep that held it has just removed the directory.
        try:
            _take(directory, file)
            if _still_there(file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _take(directory: Path, file: IO[str]) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - not there on Windows

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read() or "unknown"
            problem = f"{directory}: is in use by another sweep (process {holder})"
            raise SweepError([problem]) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def _still_there(file: IO[str]) -> bool:
    """Whether the file was not removed before its lock was taken."""
    return os.fstat(file.fileno()).st_nlink > 0
