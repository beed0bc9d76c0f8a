"""Where the states of a diagram stand, on a grid: columns by primary status, rows by progress.

From left to right: Failed, the way of a job through InProgress from top to bottom with Completed
at its foot, what delays it beside that way, Stopping, Stopped. Nothing is said here of any single
status: a status that the table gains finds its place by itself. How arrows run is told in `routes`.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import ceil
from statistics import mean

import attrs

from simjob.pictures.diagram import Diagram, State
from simjob.pictures.typesetting import text_width
from simjob.spec.statuses import Cause, PrimaryStatus

_P = PrimaryStatus
_DELAYS = frozenset({Cause.CAPACITY_WAIT, Cause.INTERRUPTION})
_BACK = frozenset({Cause.RELAUNCH, Cause.RETRY})

_TOP = 8
_ROW = 9
_HEIGHT = 5
_ASIDE_HEIGHT = 4
_PAD = 1
_HEAD = 2
_DROP = 3
_FOOT = 4
_LANES = (5, 3)

# The left edge and the width of each column, in cells of the grid.
_FAILED = (2, 8)
_WAY = (21, 14)
_ASIDE = (42, 12)
_STOPPING = (68, 12)
_STOPPED = (96, 14)
_WIDTH = 113


@attrs.frozen
class Box:
    """A rectangle, in cells of the grid."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + self.height


@attrs.frozen(slots=False)
class Places:
    """The boxes of all states of a diagram, and of the regions around them."""

    drawn: Diagram

    @cached_property
    def rows(self) -> Mapping[State, float]:
        """The row of each state; a state that others lead to from several rows is between them."""
        rows: dict[State, float] = {}
        before = self._before
        for state in self._way:
            rows[state] = self._steps(state)
        for state in self._aside:
            rows[state] = float(mean(rows[each] for each in before[state] if each in rows))
        stopping = self._in(_P.Stopping)
        for state in stopping:
            if state.lingers:
                rows[state] = next(
                    rows[each] for each in self._way if each.secondary is state.secondary
                )
        for state in stopping:
            if not state.lingers:
                rows[state] = mean(self._span(state))
        rows.update(self._stack(self._in(_P.Stopped), rows))
        last = max(rows[each] for each in self._way)
        rows.update(dict.fromkeys(self._in(_P.Completed), last + 1))
        rows.update(dict.fromkeys(self._in(_P.Failed), 0))
        return rows

    @cached_property
    def boxes(self) -> Mapping[State, Box]:
        """The box of each state."""
        boxes = {}
        for state, row in self.rows.items():
            top = _y(row)
            if state in self._way:
                box = Box(_WAY[0], top, _WAY[1], _HEIGHT)
            elif state.primary is _P.Completed:
                box = Box(_WAY[0], top + _DROP, _WAY[1], _HEIGHT)
            elif state.primary is _P.Failed:
                foot = max(map(_y, self.rows.values())) + _DROP + _HEIGHT + _FOOT
                box = Box(_FAILED[0], _TOP, _FAILED[1], foot - _TOP)
            elif state.primary is _P.Stopped:
                box = Box(_STOPPED[0], top, _STOPPED[1], _HEIGHT)
            elif state.lingers:
                box = Box(_STOPPING[0], top, _STOPPING[1], _HEIGHT)
            elif state.primary is _P.Stopping:
                first, last = map(_y, self._span(state))
                box = Box(_STOPPING[0], first, _STOPPING[1], last + _HEIGHT - first)
            else:
                # Above the foot of what stands in the same row, so that arrows pass beneath.
                rise = 1 if row.is_integer() else 0
                box = Box(_ASIDE[0], top - rise, _ASIDE[1], _ASIDE_HEIGHT)
            boxes[state] = box
        return boxes

    @cached_property
    def regions(self) -> Mapping[PrimaryStatus, Box]:
        """The box around the states of each primary status, with room for its name on top."""
        return {
            primary: _around(
                [self.boxes[state] for state in self._in(primary)],
                *(_LANES if primary is _P.InProgress else (_PAD, _PAD)),
            )
            for primary in self.drawn.regions
        }

    @cached_property
    def names(self) -> Mapping[PrimaryStatus, Box]:
        """Where the names of the regions stand."""
        return {
            primary: Box(box.left, box.top + 1, ceil(1.2 * text_width(primary)), 1)
            for primary, box in self.regions.items()
        }

    @cached_property
    def birth(self) -> tuple[tuple[int, int], ...]:
        """The points of the line by which a job is born, the last on its first state's edge."""
        box = self.boxes[self.drawn.birth]
        return tuple((box.left + box.width // 2, box.top - up) for up in (2, 1, 0))

    def holds(self, point: tuple[int, int]) -> bool:
        """Whether a point of the grid is within the whole."""
        return 0 < point[0] < self.width and 0 < point[1] < self.height

    @property
    def width(self) -> int:
        """Of the whole."""
        return _WIDTH

    @cached_property
    def height(self) -> int:
        """Of the whole."""
        return max(box.bottom for box in self.regions.values()) + 2

    def _in(self, primary: PrimaryStatus) -> list[State]:
        return [state for state in self.drawn.states if state.primary is primary]

    @cached_property
    def _before(self) -> Mapping[State, list[State]]:
        return {
            state: [each.source for each in self.drawn.arrows if each.target == state]
            for state in self.drawn.states
        }

    @cached_property
    def _aside(self) -> list[State]:
        causes = {
            state: {
                cause for each in self.drawn.arrows if each.target == state for cause in each.causes
            }
            for state in self._in(_P.InProgress)
        }
        return [state for state, these in causes.items() if these and these <= _DELAYS]

    @cached_property
    def _way(self) -> list[State]:
        return [state for state in self._in(_P.InProgress) if state not in self._aside]

    def _span(self, state: State) -> tuple[float, float]:
        """The first and the last row of the way from which an arrow leads here."""
        rows = [self._steps(each) for each in self._before[state] if each in self._way]
        return min(rows), max(rows)

    def _steps(self, state: State) -> int:
        """How many steps the longest way forward from birth to here has."""
        return max(
            (
                1 + self._steps(each.source)
                for each in self.drawn.arrows
                if each.target == state
                and each.source in self._way
                and not _BACK.issuperset(each.causes)
            ),
            default=0,
        )

    def _stack(self, states: list[State], rows: Mapping[State, float]) -> dict[State, float]:
        """States one above the other, near the rows from which arrows lead to them."""
        wanted = {
            state: mean(rows[each] for each in self._before[state] if each in rows)
            for state in states
        }
        first = ceil(mean(wanted.values()) - (len(states) - 1) / 2)
        in_order = sorted(states, key=wanted.__getitem__)
        return {state: float(first + number) for number, state in enumerate(in_order)}


def _y(row: float) -> int:
    return _TOP + round(row * _ROW)


def _around(boxes: Sequence[Box], on_left: int, on_right: int) -> Box:
    left, top = min(box.left for box in boxes), max(_TOP, min(box.top for box in boxes))
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(
        left - on_left,
        top - _HEAD - _PAD,
        right - left + on_left + on_right,
        bottom - top + _HEAD + 2 * _PAD,
    )
