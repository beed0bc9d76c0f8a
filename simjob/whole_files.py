"""Files that are written whole or not at all."""

import contextlib
from os import PathLike
from pathlib import Path


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file beside its place, and move it there when it is complete.

    Raises:
        OSError: it cannot be written; what stood there stands there still.
    """
    file = Path(path)
    beside = file.with_name(f".{file.name}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
