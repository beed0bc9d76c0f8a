"""The state diagram as data: what is drawn, not where and not how.

A state is a pair of a primary and a secondary status. Everything follows from the transition table
of `spec.statuses`: an edge of the table is an arrow, and where an edition's stop leaves the
secondary status in place, that status is a state twice, and edges that are a stop's own leave from
the second one. Where the states stand is in `places`, how arrows run in `routes`.
"""

from collections.abc import Iterator

import attrs

from simjob.spec.editions import Edition
from simjob.spec.editions import edition as edition_of
from simjob.spec.statuses import (
    ENDS,
    INFERRED,
    LINGERING,
    PAIRING,
    TRANSITIONS,
    Cause,
    PrimaryStatus,
    SecondaryStatus,
)

_P = PrimaryStatus
_S = SecondaryStatus

_GOES_ON = frozenset({(_S.Starting, _S.Downloading), (_S.Uploading, _S.Failed)})
"""Edges that are also taken while a stop waits: instances come, and a failed job's upload ends."""


@attrs.frozen
class State:
    """A secondary status under a primary one."""

    primary: PrimaryStatus
    secondary: SecondaryStatus

    @property
    def lingers(self) -> bool:
        """Whether the secondary status stayed behind when the primary one went on."""
        return PAIRING[self.secondary] is not self.primary

    @property
    def name(self) -> str:
        """A name that is its own among all states, of letters and `_`.

        >>> State(PrimaryStatus.Stopping, SecondaryStatus.Uploading).name
        'Stopping_Uploading'
        """
        return f"{self.primary}_{self.secondary}"


@attrs.frozen
class Arrow:
    """A step from one state to another.

    Both ends have the same secondary status where the primary one alone changes; every other arrow
    is an edge of the transition table.
    """

    source: State
    target: State
    causes: tuple[Cause, ...]
    inferred: bool

    @property
    def name(self) -> str:
        """A name that is its own among all arrows."""
        return f"{self.source.name}-{self.target.name}"


@attrs.frozen
class Diagram:
    """All states that a job of one edition can be in, in the table's order, and all its steps."""

    edition: Edition
    birth: State
    states: tuple[State, ...]
    arrows: tuple[Arrow, ...]

    @property
    def regions(self) -> tuple[PrimaryStatus, ...]:
        """The primary statuses that have states."""
        return tuple(each for each in _P if any(state.primary is each for state in self.states))


def diagram(edition: Edition | str) -> Diagram:
    """What an edition's transition table says, as states and arrows.

    Raises:
        ValueError: there is no such edition.

    >>> live = diagram("live")
    >>> print(*[state.secondary for state in live.states if state.lingers])
    Starting Downloading Uploading
    """
    known = edition_of(edition)
    arrows = tuple(_arrows(known))
    reached = {each for arrow in arrows for each in (arrow.source, arrow.target)}
    birth = _own(_S.Starting)
    order = {status: place for place, status in enumerate(TRANSITIONS)}
    primary = list(_P)
    states = sorted(reached, key=lambda s: (primary.index(s.primary), order[s.secondary]))
    return Diagram(known, birth, tuple(states), arrows)


def _own(status: SecondaryStatus) -> State:
    return State(PAIRING[status], status)


def _stopping(status: SecondaryStatus) -> State:
    return State(_P.Stopping, status)


def _arrows(edition: Edition) -> Iterator[Arrow]:
    lingering = LINGERING if edition.stop_lingers else frozenset()
    for source, row in TRANSITIONS.items():
        for target, edge in row.items():
            if not edge.editions & edition.edges:
                continue
            inferred = (source, target) in INFERRED
            end = _own(target)
            if source in lingering and ENDS.keys() >= set(edge.causes):
                if target is _S.Stopping:
                    yield Arrow(_own(source), _stopping(source), edge.causes, inferred)
                yield Arrow(_stopping(source), end, edge.causes, inferred)
                continue
            if source is _S.Stopping and target in lingering:
                end = _stopping(target)
            yield Arrow(_own(source), end, edge.causes, inferred)
            if source in lingering and (source, target) in _GOES_ON:
                end = _stopping(target) if target in lingering else end
                yield Arrow(_stopping(source), end, edge.causes, inferred)
