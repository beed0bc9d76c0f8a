"""Filter patterns of CloudWatch Logs: plain terms, and what is not simulated.

*Documented*: every term must be there, letter by letter; quotes hold a phrase together; `-term`
must not be there; of terms with `?` one must be there, and they count for nothing beside others.
*Recorded* is the wording for characters that need quotes. Patterns of JSON, of columns and of
regular expressions are refused by name (*ours*).
"""

import re
from collections.abc import Callable
from typing import Final

from simjob.spec.errors import ApiError

Matches = Callable[[str], bool]

_TERM: Final = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)')
_PLAIN: Final = re.compile(r"\w+", re.ASCII)
_NOT_SIMULATED: Final = {"{": "JSON", "[": "column", "%": "regular-expression"}


def matcher(pattern: str) -> Matches:
    """Whether a message satisfies a pattern.

    Raises:
        ApiError: the pattern is none, or of a kind that is not simulated.

    >>> matches = matcher('loss -"not a number"')
    >>> matches("loss=0.5"), matches("loss=0.5, not a number")
    (True, False)
    """
    text = pattern.strip()
    kind = _NOT_SIMULATED.get(text[:1])
    if kind:
        raise _refused(f"simjob does not simulate {kind} filter patterns.")
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise _refused("Invalid filter pattern: a quotation mark is out of place.")
        sign, phrase, word = found.groups()
        if word is not None and not _PLAIN.fullmatch(word):
            wrong = _PLAIN.sub(" ", word).split()[0]
            raise _refused(f"Invalid character(s) in term '{wrong}'")
        terms[sign].append(word if phrase is None else re.sub(r"\\(.)", r"\1", phrase))
        at = found.end()
    needed, excluded, any_of = terms[""], terms["-"], terms["?"]

    def matches(message: str) -> bool:
        if any_of and not needed and not excluded:
            return any(term in message for term in any_of)
        return all(term in message for term in needed) and not any(
            term in message for term in excluded
        )

    return matches


def _refused(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)
