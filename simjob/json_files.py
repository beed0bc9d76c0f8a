"""JSON files: one way to read them, and to say what is wrong with one.

What the value in a file means, and what becomes of a mistake, is the caller's matter.
"""

import json
from os import PathLike
from pathlib import Path
from typing import NoReturn

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class UnreadableError(ValueError):
    """A file holds no JSON, or cannot be read: says why, without the name of the file."""


def read_json(file: str | PathLike[str]) -> Json:
    """The value in a file of UTF-8 text, with or without a byte order mark.

    Raises:
        UnreadableError: the file cannot be read, or is no JSON (with line and column).

    >>> read_json("missing.json")
    Traceback (most recent call last):
    ...
    simjob.json_files.UnreadableError: cannot be read: No such file or directory
    """
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
        value: Json = json.loads(text, parse_constant=_no_constant)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"must be UTF-8 text, is not at byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"is no JSON: {error.msg} ({where})") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"is no JSON: {error}") from None
    return value


def kind_of(value: object) -> str:
    """What kind of JSON value it is, for a message.

    >>> kind_of([]), kind_of(True), kind_of(1)
    ('a list', 'a boolean', 'a number')
    """
    kinds = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "a boolean",
        type(None): "null",
    }
    return kinds.get(type(value), "a number")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
