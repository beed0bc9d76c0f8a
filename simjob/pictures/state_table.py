"""The state diagram as a table for a terminal: each state, what it means, what may follow it.

What is told stands in `diagram`. This file needs rich (the extra `cli`); it writes ASCII only.
"""

from io import StringIO
from typing import Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simjob.pictures.diagram import Arrow, Diagram, State, diagram
from simjob.pictures.meanings import PRIMARY, meaning
from simjob.spec.editions import Column, Edition
from simjob.spec.statuses import UNUSED

_WIDTH: Final = 80
_TARGET: Final = 33


def table(edition: Edition | str) -> Group:
    """The table of an edition, to be printed by rich in whatever width there is.

    Raises:
        ValueError: there is no such edition.
    """
    drawn = diagram(edition)
    parts: list[Text | Padding] = [
        Text(
            f"The life of a training job, {drawn.edition.name} edition; it begins in "
            f"{drawn.birth.secondary}."
        )
    ]
    for primary in drawn.regions:
        parts += [Text(), Text.assemble((primary, "bold underline"), f"  {PRIMARY[primary]}")]
        for state in drawn.states:
            if state.primary is primary:
                parts.append(Padding(_told(drawn, state), (0, 0, 0, 2)))
    parts += [Text(), *map(Text, _notes(drawn))]
    return Group(*parts)


def table_text(edition: Edition | str, width: int = _WIDTH) -> str:
    """The table as plain text, no line wider than `width` where a word does not need more.

    Raises:
        ValueError: there is no such edition.
    """
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(table(edition))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _told(drawn: Diagram, state: State) -> Group:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(min_width=_TARGET)
    rows.add_column()
    for arrow in drawn.arrows:
        if arrow.source == state:
            causes = ", ".join(cause.value for cause in arrow.causes)
            rows.add_row(f"  > {_target(arrow)}", causes + ("*" if arrow.inferred else ""))
    head = Text.assemble((state.secondary, "bold"), f"  {meaning(state.secondary, state.primary)}")
    return Group(head, rows) if rows.row_count else Group(head)


def _target(arrow: Arrow) -> str:
    """The next secondary status, and the primary one where it changes."""
    target = arrow.target
    if target.primary is arrow.source.primary:
        return target.secondary
    return f"{target.primary} / {target.secondary}"


def _notes(drawn: Diagram) -> list[str]:
    notes = ["> what may follow, with the new primary status before / where it changes, and why"]
    if any(arrow.inferred for arrow in drawn.arrows):
        notes.append("* inferred: no public record shows it")
    if drawn.edition.column is Column.TODAY:
        unused = " and ".join(sorted(UNUSED))
        notes.append(f"{unused} are in the API; no job enters them")
    return notes
