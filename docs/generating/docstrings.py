"""Docstrings, read without running anything: whose they are, and what stands in them."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import simjob

ROOT: Final = Path(simjob.__file__).parent
_ARGUMENT: Final = re.compile(r"^    (\w+): (.*)$")


def arguments(docstring: str) -> Mapping[str, str]:
    """What the `Args:` or `Attributes:` of a docstring say of each name.

    >>> arguments('''Something.
    ...
    ... Args:
    ...     a: this
    ...         and that.
    ...     b: more.
    ...
    ... Raises:
    ...     ValueError: never.
    ... ''')
    {'a': 'this and that.', 'b': 'more.'}
    """
    found: dict[str, str] = {}
    inside, name = False, ""
    for line in inspect.cleandoc(docstring).splitlines():
        if not line.startswith(" "):
            inside = line in {"Args:", "Attributes:"} or (inside and not line)
        elif inside:
            if match := _ARGUMENT.match(line):
                name, found[match[1]] = match[1], match[2]
            else:
                found[name] += f" {line.strip()}"
    return found


def prose(docstring: str) -> list[str]:
    r"""The paragraphs of a docstring, without its examples; lists keep their lines.

    >>> prose("One.\n\nTwo\nmore.\n\n>>> 1\n1")
    ['One.', 'Two\nmore.']
    """
    parts = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    return [part for part in parts if not part.lstrip().startswith(">>>")]


def documented(module: str) -> Iterator[tuple[str, str]]:
    """The name and docstring of a module ("" by itself) and of all that it defines, in order."""
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    yield from _documented(tree, "")


def _documented(
    node: ast.Module | ast.ClassDef | ast.FunctionDef, name: str
) -> Iterator[tuple[str, str]]:
    if text := ast.get_docstring(node):
        yield name, text
    if isinstance(node, ast.FunctionDef):
        return
    for before, each in zip([None, *node.body], node.body, strict=False):
        if isinstance(each, ast.ClassDef | ast.FunctionDef):
            yield from _documented(each, f"{name}.{each.name}".lstrip("."))
        elif (text := _text(each)) and (target := _target(before)):
            yield f"{name}.{target}".lstrip("."), text


def _text(statement: ast.stmt) -> str:
    """The text that a statement of nothing but text is."""
    match statement:
        case ast.Expr(ast.Constant(str() as text)):
            return text
    return ""


def _target(statement: ast.stmt | None) -> str:
    """The name that a statement gives a value to."""
    match statement:
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)):
            return name
    return ""
