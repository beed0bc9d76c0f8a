"""What a simulation, a job, a bill and a timeline have in common: they show themselves.

As text, which stands in `words`, and in notebooks, whose pictures stand in `simjob.pictures` and
are loaded when a notebook asks for them.
"""

from abc import ABC, abstractmethod
from typing import Protocol


class _Printer(Protocol):
    """What IPython hands to `_repr_pretty_`."""

    def text(self, text: str) -> object: ...


class Shown(ABC):
    """Something that `print` and notebooks show in full; `repr` stays short, or exact."""

    __slots__ = ()

    @abstractmethod
    def __str__(self) -> str: ...

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from simjob.pictures.notebook import html_of  # noqa: PLC0415 - a face that few ask for

        return html_of(self)

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:  # noqa: FBT001 - IPython's
        """What IPython shows in a terminal."""
        printer.text("..." if cycle else str(self))
