"""JSON files: one way to read them, and to say what is wrong with one.

What the value in a file means, and what becomes of a mistake, is the caller's matter.
"""

import json
from os import PathLike
from typing import NoReturn

from simjob.text_files import UnreadableError, read_text

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def read_json(file: str | PathLike[str]) -> Json:
    """The value in a file of UTF-8 text, with or without a byte order mark.

    Raises:
        UnreadableError: the file cannot be read, or is no JSON (with line and column).

    >>> read_json("missing.json")
    Traceback (most recent call last):
    ...
    simjob.text_files.UnreadableError: cannot be read: No such file or directory
    """
    text = read_text(file)
    try:
        value: Json = json.loads(text, parse_constant=_no_constant)
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
