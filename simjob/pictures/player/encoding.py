"""JSON that can stand inside an HTML page: nothing in it can end its element or begin another."""

import json
import re

_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def encoded(value: object) -> str:
    r"""A value as JSON on one line, that reads the same and holds no markup.

    Line separators and lone surrogates are escaped too: some readers take the ones for the end of
    a line of a script, and the others are in no file.

    >>> encoded({"a": "</script><!--"})
    '{"a":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def bytes_of(value: object) -> int:
    """How many bytes of the page a value takes, with what separates it from the next."""
    return len(encoded(value).encode()) + 1
