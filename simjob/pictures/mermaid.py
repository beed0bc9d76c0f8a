"""The state diagram as Mermaid text (stateDiagram-v2): primary statuses hold secondary ones.

What is drawn stands in `diagram`; how it looks is Mermaid's affair.
"""

from collections.abc import Iterator

from simjob.pictures.diagram import Diagram, diagram
from simjob.pictures.meanings import PRIMARY, meaning
from simjob.spec.editions import Edition

_ESCAPES = {"#": "#35;", ";": "#59;", ":": "#58;", '"': "#quot;", "<": "#lt;", ">": "#gt;"}


def mermaid(edition: Edition | str) -> str:
    """The diagram of an edition as text, the same each time.

    Raises:
        ValueError: there is no such edition.

    >>> mermaid("live").splitlines()[0]
    'stateDiagram-v2'
    """
    return "\n".join(_lines(diagram(edition))) + "\n"


def escaped(text: str) -> str:
    """Text that Mermaid takes for nothing but text.

    >>> escaped('a; "b" #1')
    'a#59; #quot;b#quot; #35;1'
    """
    return "".join(_ESCAPES.get(each, each) for each in " ".join(text.split()))


def _lines(drawn: Diagram) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    direction LR"
    for primary in drawn.regions:
        yield f'    state "{primary}" as {primary} {{'
        for state in drawn.states:
            if state.primary is primary:
                sentence = escaped(meaning(state.secondary, primary))
                yield f'        state "{state.secondary}<br/>{sentence}" as {state.name}'
        yield "    }"
        yield f"    note right of {primary} : {escaped(PRIMARY[primary])}"
    yield f"    [*] --> {drawn.birth.name}"
    for arrow in drawn.arrows:
        causes = escaped(", ".join(cause.value for cause in arrow.causes))
        yield f"    {arrow.source.name} --> {arrow.target.name} : {causes}"
