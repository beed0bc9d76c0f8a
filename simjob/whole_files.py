"""Files that are written whole or not at all."""

import contextlib
from collections.abc import Iterator
from os import PathLike
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[Path]:
    """A file beside a place, which is moved there when all went well, else is gone.

    Raises:
        OSError: it cannot be moved; what stood there stands there still.
    """
    file = Path(path)
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
