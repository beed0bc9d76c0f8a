"""One arrow at a time: the cheapest way to lay it among what is laid already, and its label.

What a way costs stands here. In which order arrows are laid is told in `routes`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import product

import attrs

from simjob.pictures.arrow_labels import Label, Rectangle, broken, laid_on
from simjob.pictures.corners import (
    Point,
    column,
    corners,
    far,
    half,
    passed,
    points,
    row,
    straights,
)
from simjob.pictures.diagram import Arrow
from simjob.pictures.places import Box, Places

_LEFT, _RIGHT, _UP, _DOWN = (-1, 0), (1, 0), (0, -1), (0, 1)
_DIRECTIONS = (_RIGHT, _DOWN, _LEFT, _UP)
_BEND, _CROSSING, _BESIDE, _ON_BORDER = 8, 14, 2, 4
_HIGH = 8

_Step = tuple[Point, Point]  # a point, and the direction in which it is passed


class UnroutableError(Exception):
    """There is no room for an arrow or its label."""


@attrs.frozen
class Route:
    """The corners of an arrow, from its source's edge to its target's, and its label."""

    arrow: Arrow
    points: tuple[Point, ...]
    label: Label


class Router:
    """What is laid already, and what stands in the way."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._boxes = places.boxes
        regions = places.regions.values()
        self._blocked = {point for box in self._boxes.values() for point in points(box)}
        self._blocked.update(places.birth)
        self._blocked.update(point for box in places.names.values() for point in points(box))
        self._lines: dict[Point, str] = {places.birth[-1]: "x"}  # h, v, or x: nothing may pass
        self._labels: list[Label] = []
        self._borders = {
            "h": {p for box in regions for y in (box.top, box.bottom) for p in row(box, y)},
            "v": {p for box in regions for x in (box.left, box.right) for p in column(box, x)},
        }
        self._edges: list[Rectangle] = []
        for box in regions:
            self._edges += [(box.left, y, box.width, 0) for y in (box.top, box.bottom)]
            self._edges += [(x, box.top, 0, box.height) for x in (box.left, box.right)]
        self._taken: list[Rectangle] = [
            (box.left - 0.2, box.top - 0.2, box.width + 0.4, box.height + 0.4)
            for box in (*self._boxes.values(), *places.names.values())
        ]

    def rank(self, arrow: Arrow) -> tuple[bool, float, str]:
        """Straight ways first, and among them short ones: they have no choice."""
        source, target = self._boxes[arrow.source], self._boxes[arrow.target]
        across = max(source.left - target.right, target.left - source.right, 0)
        down = max(source.top - target.bottom, target.top - source.bottom, 0)
        straight = any(self._blocked.isdisjoint(line) for line in straights(source, target))
        return not straight, across + down, arrow.name

    def lay(self, arrow: Arrow) -> Route:
        """The cheapest route for an arrow; nothing is changed.

        Raises:
            UnroutableError: there is none, or none with room for the label.
        """
        way = self._way(arrow)
        turns = corners(way)
        return Route(arrow, turns, self._label(arrow, turns, frozenset(way)))

    def add(self, route: Route) -> None:
        """Let what is laid from now on keep clear of that route."""
        way, label = passed(route.points), route.label
        for before, point, after in zip(way, way[1:], way[2:], strict=False):
            level, upright = before[1] == after[1], before[0] == after[0]
            along = "h" if level else "v" if upright else "x"
            self._lines[point] = "x" if point in self._lines else along
        for end in (way[0], way[-1]):
            self._lines[end] = "x"
        left, top, width, height = label.rectangle
        self._taken.append((left - 0.2, top - 0.2, width + 0.4, height + 0.4))
        self._blocked.update(_near(label, 0))

    def _way(self, arrow: Arrow) -> list[Point]:
        """The cheapest way from edge to edge (A*)."""
        source, target = self._boxes[arrow.source], self._boxes[arrow.target]
        goals = dict(self._ports(target))
        came: dict[_Step, _Step | None] = {}
        cost: dict[_Step, float] = {}
        heap: list[tuple[float, float, _Step]] = []

        def reach(step: _Step, price: float, last: _Step | None) -> None:
            if price < cost.get(step, float("inf")):
                cost[step] = price
                came[step] = last
                heappush(heap, (price + far(step[0], target), price, step))

        for port, outward in self._ports(source):
            reach((port, outward), _off_centre(port, source), None)
        while heap:
            _, price, step = heappop(heap)
            if price > cost[step]:
                continue
            if step[0] in goals:
                return _unwound(came, step)
            for onward, bend in self._turns(step, first=came[step] is None):
                more = self._price(onward, goals)
                if more is not None:
                    if onward[0] in goals:
                        more += _off_centre(onward[0], target)
                    reach(onward, price + more + bend, step)
        raise UnroutableError(arrow.name)

    def _turns(self, step: _Step, *, first: bool) -> Iterator[tuple[_Step, int]]:
        """The next steps, and what it costs to turn there."""
        (x, y), direction = step
        back = (-direction[0], -direction[1])
        straight_on = first or (x, y) in self._lines
        for turn in (direction,) if straight_on else _DIRECTIONS:
            if turn != back:
                yield ((x + turn[0], y + turn[1]), turn), 0 if turn == direction else _BEND

    def _price(self, step: _Step, goals: Mapping[Point, Point]) -> float | None:
        """What it costs to go on to a point; None where one cannot."""
        point, direction = step
        x, y = point
        if point in goals:
            return 1 if goals[point] == (-direction[0], -direction[1]) else None
        if point in self._blocked or not self._places.holds(point):
            return None
        along = "h" if direction[0] else "v"
        there = self._lines.get(point)
        if there in {along, "x"}:
            return None
        price = (
            1 + (_CROSSING if there else 0) + (_ON_BORDER if point in self._borders[along] else 0)
        )
        beside = ((x, y - 1), (x, y + 1)) if direction[0] else ((x - 1, y), (x + 1, y))
        return price + _BESIDE * sum(
            self._lines.get(each) == along or each in self._blocked for each in beside
        )

    def _ports(self, box: Box) -> Iterator[_Step]:
        """The free points on the edge of a box, each with the direction that leads away."""
        sides = product(((box.left, _LEFT), (box.right, _RIGHT)), range(box.top + 1, box.bottom))
        ends = product(((box.top, _UP), (box.bottom, _DOWN)), range(box.left + 1, box.right))
        every = [((x, y), outward) for (x, outward), y in sides]
        every += [((x, y), outward) for (y, outward), x in ends]
        return (port for port in every if port[0] not in self._lines)

    def _label(self, arrow: Arrow, turns: Sequence[Point], own: frozenset[Point]) -> Label:
        """Near the middle, in few lines, on the line and off the borders of regions."""
        best: Label | None = None
        least = float("inf")
        x, y = half(turns)
        for lines in broken(arrow):
            for label, shift in laid_on(lines, turns):
                badness = (
                    abs(label.x - x)
                    + abs(label.y - y)
                    + 2.5 * len(lines)
                    + 4 * abs(shift)
                    + 3 * sum(map(label.covers, self._edges))
                )
                if badness < least and self._free(label, own):
                    best, least = label, badness
        if best is None:
            raise UnroutableError(f"{arrow.name}: no room for its label")
        return best

    def _free(self, label: Label, own: frozenset[Point]) -> bool:
        return not any(map(label.covers, self._taken)) and not any(
            point in self._lines and point not in own for point in _near(label, 0.3)
        )


def _near(label: Label, margin: float) -> Iterable[Point]:
    """The points of the grid under a label, or less than the margin beside it."""
    left, top, width, height = label.rectangle
    return (
        (x, y)
        for x in range(int(left - 1), int(left + width) + 3)
        for y in range(int(top - 1), int(top + height) + 3)
        if label.covers((x - margin, y - margin, 2 * margin, 2 * margin))
    )


def _off_centre(port: Point, box: Box) -> float:
    """Arrows rather end in the middle of a side; a high box has room for many."""
    if port[0] in {box.left, box.right}:
        return abs(port[1] - (box.top + box.bottom) / 2) * (0.4 if box.height < _HIGH else 0.01)
    return abs(port[0] - (box.left + box.right) / 2) * 0.2


def _unwound(came: Mapping[_Step, _Step | None], end: _Step) -> list[Point]:
    way = [end[0]]
    step = came[end]
    while step is not None:
        way.append(step[0])
        step = came[step]
    return way[::-1]
