"""The status model: tables of statuses, transitions and messages, from the transition table."""

from pathlib import Path
from typing import Final

from generating.markdown import code, codes, table
from simjob.pictures.meanings import CAUSES, PRIMARY, meaning
from simjob.pictures.svg import svg
from simjob.spec.editions import DOCUMENTED, EDITIONS, LIVE
from simjob.spec.statuses import (
    INFERRED,
    LINGERING,
    PAIRING,
    TERMINAL,
    TRANSITIONS,
    Cause,
    In,
    PrimaryStatus,
    SecondaryStatus,
)

DIAGRAM: Final = "states-{}.svg"
"""The file of an edition's diagram."""


def _editions(known: In) -> str:
    names = [name for name, each in EDITIONS.items() if each.edges & known]
    return "all" if len(names) == len(EDITIONS) else codes(names)


def _known_to(status: SecondaryStatus) -> In:
    """The editions with an edge to or from a status."""
    known = In(0)
    for source, row in TRANSITIONS.items():
        for target, edge in row.items():
            if status in {source, target}:
                known |= edge.editions
    return known


def statuses() -> str:
    """Every primary status, with every secondary one beside it."""
    rows = []
    for primary in PrimaryStatus:
        paired = [status for status, beside in PAIRING.items() if beside is primary]
        if primary is PrimaryStatus.Stopping:
            paired += sorted(LINGERING, key=list(SecondaryStatus).index)
        if not paired:
            rows.append([code(primary), "", PRIMARY[primary], "none: no job is ever in it"])
        for status in paired:
            lingers = status in LINGERING and primary is PrimaryStatus.Stopping
            notes = [code(LIVE.name) if lingers else _editions(_known_to(status)) or "none"]
            if status in TERMINAL:
                notes.append("an end")
            rows.append([code(primary), code(status), meaning(status, primary), "; ".join(notes)])
    return table(["`TrainingJobStatus`", "`SecondaryStatus`", "meaning", "in the editions"], rows)


def diagrams() -> str:
    """The state diagram of each edition, as `simjob states` draws it."""
    parts = []
    for name in EDITIONS:
        file = f"../_static/{DIAGRAM.format(name)}"
        says = f"The statuses of the edition {name}; the tables below say the same in words."
        image = f'<img class="diagram" alt="{says}" src="{file}">'
        parts.append(
            f'### Edition {name}\n\n<a href="{file}" title="as large as it is">{image}</a>'
        )
    return "\n\n".join(parts)


def write_diagrams(folder: Path) -> None:
    """Write the files that `diagrams` shows."""
    for name, each in EDITIONS.items():
        (folder / DIAGRAM.format(name)).write_text(svg(each), encoding="utf-8")


def causes() -> str:
    """What moves a job from one status to another."""
    return table(["because of", "meaning"], [[each.value, CAUSES[each]] for each in Cause])


def transitions() -> str:
    """Every edge of the transition table."""
    rows = [
        [
            code(source),
            code(target),
            ", ".join(cause.value for cause in edge.causes),
            _editions(edge.editions),
            "inferred" if (source, target) in INFERRED else "",
        ]
        for source, row in TRANSITIONS.items()
        for target, edge in row.items()
    ]
    return table(["from", "to", "because of", "in the editions", ""], rows)


def inferred_edges() -> str:
    """The edges that rest on inference."""
    order = list(SecondaryStatus)
    return table(
        ["from", "to", "in the editions"],
        [
            [code(source), code(target), _editions(TRANSITIONS[source][target].editions)]
            for source, target in sorted(INFERRED, key=lambda edge: [*map(order.index, edge)])
        ],
    )


def messages() -> str:
    """What `StatusMessage` says."""
    told = DOCUMENTED.messages
    plain = [
        ("Starting", told.starting),
        ("Starting", told.launching or ""),
        ("Starting, without capacity", told.no_capacity),
        ("Starting, an instance is bad", told.unhealthy),
        ("Starting", told.preparing),
        ("Pending", told.pending),
        ("Downloading", told.downloading),
        ("the image is pulled", told.image),
        ("Training", told.training),
        ("Uploading", told.uploading),
        ("Stopping", told.stopping),
        ("Interrupted", told.interrupted),
        *((status.value, text) for status, text in told.terminal.items()),
        ("an end, and a warm pool is kept", told.retained),
        ("an end, and a job has taken its warm pool", f"{told.reused}{code('NAME')}"),
    ]
    return table(["while", "`StatusMessage`"], [[when, text] for when, text in plain])
