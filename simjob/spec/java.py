"""How Java reads a pattern and orders a set: the service's ways, told in Python.

The constraints of the API are written for Java; here stands all that differs from Python.
"""

import functools
import re

_SEPARATORS = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_JAVA = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": _SEPARATORS, r"\p{Alnum}": "a-zA-Z0-9"}
_ANY = r"[^\n\r\u0085\u2028\u2029]"
_PART = re.compile(r"\\p\{\w+\}|\\.|\[(?:\\p\{\w+\}|\\.|[^\]\\])*\]|.", re.DOTALL)


def _class_part(found: re.Match[str]) -> str:
    return _JAVA[found.group()]


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""A Java pattern of the model as one of Python, to be used with `fullmatch`.

    Java's dot stops at five line terminators and its `\d`, `\w`, `\s` are ASCII. `\p{L}` and
    `\p{N}` become `\w`, which takes letters, numbers and the underscore: the patterns that use
    them allow the underscore anyway.

    >>> bool(compiled(".*").fullmatch("a\n"))
    False
    """
    unicode = r"\p{L}" in pattern

    def translated(found: re.Match[str]) -> str:
        part = found.group()
        if part == ".":
            return _ANY
        return re.sub(r"\\p\{\w+\}", _class_part, part)

    return re.compile(_PART.sub(translated, pattern), 0 if unicode else re.ASCII)


BUCKETS = 32


def java_order(values: tuple[str, ...]) -> tuple[str, ...]:
    """The order in which the service lists an enumeration: by the buckets of a Java hash set.

    Inferred, and exact for both public records that list one (33 instance types of 2020; the
    three input modes): by `String.hashCode` modulo 32, the model's order reversed in a bucket.

    >>> java_order(("Pipe", "File", "FastFile"))
    ('Pipe', 'FastFile', 'File')
    """

    def bucket(text: str) -> int:
        return functools.reduce(lambda code, char: 31 * code + ord(char), text, 0) % BUCKETS

    backwards = values[::-1]
    return tuple(sorted(backwards, key=bucket))
