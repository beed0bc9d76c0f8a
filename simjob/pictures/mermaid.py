"""The state diagram as Mermaid text (stateDiagram-v2): primary statuses hold secondary ones.

What is drawn stands in `diagram`; how it looks is Mermaid's affair. Its arrows cannot be dotted, so
an inferred one says so in words.
"""

from collections.abc import Iterator

from simjob.pictures.diagram import Diagram, diagram
from simjob.pictures.meanings import PRIMARY, meaning
from simjob.spec.editions import Edition

_PLAIN = str.maketrans(
    {";": ",", ":": ",", '"': "'", "<": "(", ">": ")", "{": "(", "}": ")", "#": " "}
)


def mermaid(edition: Edition | str) -> str:
    """The diagram of an edition as text, the same each time.

    Raises:
        ValueError: there is no such edition.

    >>> mermaid("live").splitlines()[0]
    'stateDiagram-v2'
    """
    return "\n".join(_lines(diagram(edition))) + "\n"


def plain(text: str) -> str:
    """Text in one line, without any sign that Mermaid takes for its own.

    Mermaid decodes its escapes in some places only, so there are other signs instead.

    >>> plain('a; "b" <i>')
    "a, 'b' (i)"
    """
    return " ".join(text.translate(_PLAIN).split())


def _lines(drawn: Diagram) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    direction LR"
    for primary in drawn.regions:
        yield f'    state "{primary}" as {primary} {{'
        for state in drawn.states:
            if state.primary is primary:
                sentence = plain(meaning(state.secondary, primary))
                yield f'        state "{state.secondary}<br/>{sentence}" as {state.name}'
        yield "    }"
        yield f"    note right of {primary} : {plain(PRIMARY[primary])}"
    yield f"    [*] --> {drawn.birth.name}"
    for arrow in drawn.arrows:
        causes = plain(", ".join(cause.value for cause in arrow.causes))
        mark = " (inferred)" if arrow.inferred else ""
        yield f"    {arrow.source.name} --> {arrow.target.name} : {causes}{mark}"
