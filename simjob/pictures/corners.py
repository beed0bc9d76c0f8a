"""Geometry of routes on a grid: corners, the points between them, lines from box to box.

What is a state or a label is not known here.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product

from simjob.pictures.places import Box

Point = tuple[int, int]


def corners(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points where a way turns, with its two ends.

    >>> corners([(0, 0), (1, 0), (2, 0), (2, 1)])
    ((0, 0), (2, 0), (2, 1))
    """
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if (before[0] == point[0]) != (point[0] == after[0]):
            kept.append(point)
    return (*kept, points[-1])


def passed(turns: Sequence[Point]) -> list[Point]:
    """All points of the grid on a way, from its beginning to its end.

    >>> passed([(0, 0), (2, 0), (2, 1)])
    [(0, 0), (1, 0), (2, 0), (2, 1)]
    """
    points = [turns[0]]
    for (x0, y0), (x1, y1) in pairwise(turns):
        across, down = towards((x0, y0), (x1, y1))
        steps = range(1, abs(x1 - x0) + abs(y1 - y0) + 1)
        points += [(x0 + across * step, y0 + down * step) for step in steps]
    return points


def half(turns: Sequence[Point]) -> tuple[float, float]:
    """The point half way along.

    >>> half([(0, 0), (2, 0), (2, 1)])
    (1.5, 0.0)
    """
    lengths = [abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in pairwise(turns)]
    left = sum(lengths) / 2
    for ((x0, y0), (x1, y1)), length in zip(pairwise(turns), lengths, strict=True):
        if left <= length:
            return x0 + (x1 - x0) * left / length, y0 + (y1 - y0) * left / length
        left -= length
    return turns[-1]


def towards(start: Point, end: Point) -> Point:
    """The direction from one point to another in the same row or column: -1, 0 or 1 each.

    >>> towards((5, 5), (5, 2))
    (0, -1)
    """
    return (end[0] > start[0]) - (end[0] < start[0]), (end[1] > start[1]) - (end[1] < start[1])


def straights(one: Box, other: Box) -> Iterator[Iterable[Point]]:
    """The points between two boxes on every straight line from edge to edge."""
    for y in range(max(one.top, other.top) + 1, min(one.bottom, other.bottom)):
        right, left = min(one.right, other.right), max(one.left, other.left)
        yield product(range(right + 1, left), (y,))
    for x in range(max(one.left, other.left) + 1, min(one.right, other.right)):
        lower, upper = min(one.bottom, other.bottom), max(one.top, other.top)
        yield product((x,), range(lower + 1, upper))


def row(box: Box, y: int) -> Iterable[Point]:
    """The points of a box with that `y`."""
    return product(range(box.left, box.right + 1), (y,))


def column(box: Box, x: int) -> Iterable[Point]:
    """The points of a box with that `x`."""
    return product((x,), range(box.top, box.bottom + 1))


def points(box: Box) -> Iterable[Point]:
    """The points in a box and on its edges."""
    return product(range(box.left, box.right + 1), range(box.top, box.bottom + 1))


def far(point: Point, box: Box) -> int:
    """How many steps it takes at least from a point to a box."""
    across = max(box.left - point[0], point[0] - box.right, 0)
    down = max(box.top - point[1], point[1] - box.bottom, 0)
    return across + down
