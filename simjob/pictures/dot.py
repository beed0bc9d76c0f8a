"""The state diagram as DOT text, for Graphviz: primary statuses are clusters of secondary ones.

What is drawn stands in `diagram`; how it is laid out is Graphviz' affair.
"""

from collections.abc import Iterator

from simjob.pictures.diagram import Diagram, diagram
from simjob.pictures.meanings import PRIMARY, meaning
from simjob.pictures.palette import LOOKS
from simjob.pictures.typesetting import wrapped
from simjob.spec.editions import Edition

_SENTENCE = 13.0
_BIRTH = "birth"


def dot(edition: Edition | str) -> str:
    """The diagram of an edition as text, the same each time.

    Raises:
        ValueError: there is no such edition.

    >>> dot("live").splitlines()[0]
    'digraph "live edition" {'
    """
    return "\n".join(_lines(diagram(edition))) + "\n"


def quoted(*lines: str) -> str:
    r"""Lines of text as one string of DOT.

    >>> print(quoted('say "x"', "so"))
    "say \"x\"\nso"
    """
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '"' + "\\n".join(escaped) + '"'


def _lines(drawn: Diagram) -> Iterator[str]:
    yield f"digraph {quoted(f'{drawn.edition.name} edition')} {{"
    yield "    rankdir=LR;"
    yield '    node [shape=box, style="rounded,filled", fillcolor=white, penwidth=3];'
    yield f"    {_BIRTH} [shape=point];"
    for primary in drawn.regions:
        yield f"    subgraph cluster_{primary} {{"
        yield f"        label={quoted(primary)};"
        yield f"        tooltip={quoted(PRIMARY[primary])};"
        for state in drawn.states:
            if state.primary is primary:
                sentence = wrapped(meaning(state.secondary, primary), _SENTENCE)
                label = quoted(state.secondary, *sentence)
                colour = quoted(LOOKS[state.secondary].colour)
                yield f"        {state.name} [label={label}, color={colour}];"
        yield "    }"
    yield f"    {_BIRTH} -> {drawn.birth.name};"
    for arrow in drawn.arrows:
        label = quoted(*(cause.value for cause in arrow.causes))
        style = ", style=dashed" if arrow.inferred else ""
        yield f"    {arrow.source.name} -> {arrow.target.name} [label={label}{style}];"
    yield "}"
