"""Markdown: tables, and text that may hold anything."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table; its cells are Markdown.

    >>> print(table(["a", "b"], [["1", code("x|y")]]))
    | a | b |
    | --- | --- |
    | 1 | `x\|y` |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |"
        for line in lines
    )


def code(text: str) -> str:
    """The text as code, also where backticks are in it.

    >>> print(code("a"), code("a`b"))
    `a` `` a`b ``
    """
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def codes(texts: Iterable[str]) -> str:
    """Several of them, with commas between."""
    return ", ".join(code(text) for text in texts)


def link(heading: str) -> str:
    """A link to a heading of code on the same page.

    >>> print(link("Channel"))
    [`Channel`](#channel)
    """
    return f"[{code(heading)}](#{heading.lower()})"
