"""The labels of arrows: how they are broken into lines, and where on an arrow they may stand.

Whether something else stands there already is not known here.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise, product

import attrs

from simjob.pictures.corners import Point
from simjob.pictures.diagram import Arrow
from simjob.pictures.typesetting import text_width

LINE = 1.0
"""From one line of a label to the next, in cells of the grid."""

SIZE = 0.92
"""The size of its font, in cells."""

Rectangle = tuple[float, float, float, float]  # left, top, width, height

_AIR = 0.7
_SHIFTS = (0, -0.2, 0.2, -0.4, 0.4)


@attrs.frozen
class Label:
    """The lines of a label, and the middle of it."""

    lines: tuple[str, ...]
    x: float
    y: float

    @cached_property
    def width(self) -> float:
        """In cells, with a little air."""
        return max(text_width(line) for line in self.lines) * SIZE + 0.5

    @cached_property
    def height(self) -> float:
        """In cells."""
        return len(self.lines) * LINE + 0.2

    @cached_property
    def rectangle(self) -> Rectangle:
        """What it covers."""
        return self.x - self.width / 2, self.y - self.height / 2, self.width, self.height

    def covers(self, other: Rectangle) -> bool:
        """Whether it touches a rectangle, or a line or a point as one without width or height."""
        left, top, width, height = self.rectangle
        x, y, across, down = other
        return left < x + across and x < left + width and top < y + down and y < top + height


def laid_on(lines: tuple[str, ...], turns: Sequence[Point]) -> Iterator[tuple[Label, float]]:
    """Labels on a route, with a bit of line before and behind, and how far each is off the line."""
    for (x0, y0), (x1, y1) in pairwise(turns):
        length = abs(x1 - x0) + abs(y1 - y0)
        for step, shift in product(range(1, 2 * length), _SHIFTS):
            share = step / (2 * length)
            label = Label(lines, x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            reach = label.width if y0 == y1 else label.height
            if min(share, 1 - share) * length >= reach / 2 + _AIR:
                if x0 == x1:
                    yield attrs.evolve(label, x=label.x + shift * label.width), shift
                elif not shift:
                    yield label, shift


def broken(arrow: Arrow) -> Iterator[tuple[str, ...]]:
    """The label in one line, in a line for each cause, and in a line for each word."""
    causes = [cause.value for cause in arrow.causes]
    if len(causes) > 1:
        causes = [f"{cause}," for cause in causes[:-1]] + causes[-1:]
    yield (" ".join(causes),)
    if len(causes) > 1:
        yield tuple(causes)
    elif " " in causes[0]:
        yield tuple(causes[0].split())
