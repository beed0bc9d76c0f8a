"""How wide text is where no font can be asked: estimates for a plain sans serif."""

from functools import cache

_NARROW = frozenset("ijlI.,:;'|()[]ft!r /-")
_WIDE = frozenset("mMWw@%")


@cache
def text_width(text: str) -> float:
    """The width in units of the font's size, rather too much than too little.

    >>> round(text_width("Training"), 2)
    3.82
    """
    return sum(
        0.3 if each in _NARROW else 0.84 if each in _WIDE else 0.7 if each.isupper() else 0.556
        for each in text
    )


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines no wider than that; a single word may be.

    >>> wrapped("The model goes to S3.", 8)
    ['The model goes', 'to S3.']
    """
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
