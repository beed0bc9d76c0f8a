"""The journal of a clock: every call that changed something, so that it can be made again.

Kept for `branching`. A call is noted where it takes effect, in the form in which it was checked;
of a create that is the job itself. Calls of one turn followed each other with nothing in between;
between two turns of one instant everything happened that happens by itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from simjob.engine.clock import Clock
from simjob.engine.job import TrainingJob

if TYPE_CHECKING:
    from simjob.service import ControlPlane

Place = tuple[str, str]
"""Account and region."""
Change = tuple[Place, Callable[["ControlPlane", Any], None], object]
"""Where, what is done there, and what it takes."""


@attrs.frozen(slots=True, eq=False)
class Turn:
    """The calls that were made without anything in between: a create is noted as its job."""

    at_ms: int
    number: int
    calls: list[TrainingJob | Change] = attrs.field(factory=list)


class Journal:
    """All turns of a clock, in their order.

    Attributes:
        clock: whose it is.
        turns: those in which something was changed.
        disorder_ms: when a call came first from where no turn was, which cannot be repeated.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.turns: list[Turn] = []
        self.disorder_ms: int | None = None

    def note(self, call: TrainingJob | Change) -> None:
        """A call takes effect now."""
        clock, turns = self.clock, self.turns
        if not turns or turns[-1].number != clock.turn or turns[-1].at_ms != clock.now_ms:
            turns.append(Turn(clock.now_ms, clock.turn))
        turns[-1].calls.append(call)

    def called(self) -> None:
        """A call is made now that may change something; whether it may be made again."""
        if self.disorder_ms is None and not self.clock.orderly:
            self.disorder_ms = self.clock.now_ms

    @property
    def present(self) -> Turn | None:
        """The turn that is not over yet: nothing has happened since its calls."""
        last = self.turns[-1] if self.turns else None
        clock = self.clock
        over = last is None or last.number != clock.turn or last.at_ms != clock.now_ms
        return None if over else last
