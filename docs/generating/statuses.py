"""The status model: tables of statuses, transitions and messages, from the transition table."""

from generating.markdown import code, codes, table
from simjob.spec.editions import DOCUMENTED, EDITIONS, LIVE
from simjob.spec.statuses import (
    INFERRED,
    LINGERING,
    PAIRING,
    TERMINAL,
    TRANSITIONS,
    UNUSED,
    In,
    PrimaryStatus,
    SecondaryStatus,
)


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
            rows.append([code(primary), "", "none: no job of the simulation is in it"])
        for status in paired:
            notes = []
            if status in UNUSED:
                notes.append("in today's enumeration; no use of it is documented or recorded")
            else:
                lingers = primary is PrimaryStatus.Stopping and status in LINGERING
                notes.append(code(LIVE.name) if lingers else _editions(_known_to(status)))
                if lingers:
                    notes.append("while a stop is under way")
                if status in TERMINAL:
                    notes.append("an end")
            rows.append([code(primary), code(status), "; ".join(notes)])
    return table(["`TrainingJobStatus`", "`SecondaryStatus`", "in the editions"], rows)


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
    ]
    return table(["while", "`StatusMessage`"], [[when, text] for when, text in plain])
