"""Text files: one way to read them, and to say why one cannot be read."""

from os import PathLike


class UnreadableError(ValueError):
    """A file cannot be read, or does not hold what it should: says why, without its name."""


def read_text(file: str | PathLike[str]) -> str:
    r"""The UTF-8 text in a file, without its byte order mark; every line ends in \n.

    Raises:
        UnreadableError: the file cannot be read, or is no such text.

    >>> read_text("missing.csv")
    Traceback (most recent call last):
    ...
    simjob.text_files.UnreadableError: cannot be read: No such file or directory
    """
    try:
        with open(file, encoding="utf-8-sig") as opened:  # noqa: PTH123 - pathlib is slow to import
            return opened.read()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"must be UTF-8 text, is not at byte {error.start}") from None
