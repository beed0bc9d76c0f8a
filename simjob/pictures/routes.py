"""How the arrows of a diagram run and where their labels stand: along a grid, by cheapest way.

Each arrow in turn takes the way that is cheapest in length, bends and crossings, never through a
state, a label or along another arrow; then its label is laid on it where it covers nothing. The
same diagram gives the same ways. What the states are and where they stand is told in `places`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise, product

import attrs

from simjob.pictures.diagram import Arrow, State
from simjob.pictures.places import Box, Places
from simjob.pictures.typesetting import text_width

Point = tuple[int, int]

_LEFT, _RIGHT, _UP, _DOWN = (-1, 0), (1, 0), (0, -1), (0, 1)
_DIRECTIONS = (_RIGHT, _DOWN, _LEFT, _UP)
_ATTEMPTS = 40
_PASSES = 4
_BEND, _CROSSING, _BESIDE, _ON_BORDER = 8, 14, 2, 4
LABEL_LINE = 1.0
LABEL_SIZE = 0.92


@attrs.frozen
class Label:
    """The lines of a label, and the middle of it."""

    lines: tuple[str, ...]
    x: float
    y: float

    @property
    def width(self) -> float:
        """In cells, with a little air."""
        return max(text_width(line) for line in self.lines) * LABEL_SIZE + 0.5

    @property
    def height(self) -> float:
        """In cells."""
        return len(self.lines) * LABEL_LINE + 0.2

    def covers(self, x: float, y: float, width: float = 0, height: float = 0) -> bool:
        """Whether it touches a rectangle given by its left upper corner."""
        return (
            self.x - self.width / 2 < x + width
            and x < self.x + self.width / 2
            and self.y - self.height / 2 < y + height
            and y < self.y + self.height / 2
        )


@attrs.frozen
class Route:
    """The corners of an arrow, from its source's edge to its target's, and its label."""

    arrow: Arrow
    points: tuple[Point, ...]
    label: Label


class UnroutableError(Exception):
    """There is no room for an arrow or its label."""


def routes(places: Places) -> tuple[Route, ...]:
    """The routes of all arrows, in the order in which they were laid.

    Raises:
        UnroutableError: there is no room for one of them.
    """
    order = sorted(places.drawn.arrows, key=_Router(places).rank)
    for _ in range(_ATTEMPTS):
        router = _Router(places)
        laid: list[Route] = []
        try:
            for arrow in order:
                laid.append(router.lay(arrow))
                router.add(laid[-1])
        except UnroutableError:
            # What finds no room comes first the next time.
            order = [arrow, *(each for each in order if each is not arrow)]
        else:
            return tuple(_improved(places, laid))
    raise UnroutableError(f"{order[0].name}: no room in {_ATTEMPTS} attempts")


def _improved(places: Places, laid: list[Route]) -> list[Route]:
    """Every arrow laid anew among all others, while that makes any of them cheaper."""
    for _ in range(_PASSES):
        before = list(laid)
        for number, old in enumerate(laid):
            router = _Router(places)
            for other in laid:
                if other is not old:
                    router.add(other)
            try:
                new = router.lay(old.arrow)
            except UnroutableError:
                continue
            if new.points != old.points:
                laid[number] = new
        if laid == before:
            break
    return laid


class _Router:
    """What is laid already, and what stands in the way."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._boxes = places.boxes
        self._blocked: dict[Point, State | None] = {}
        for state, box in self._boxes.items():
            for point in _points(box):
                self._blocked[point] = state
        for region in places.regions.values():
            for point in product(range(region.left, region.left + 7), (region.top + 1,)):
                self._blocked.setdefault(point, None)
        self._heads = [
            (region.left + 0.2, region.top + 0.3, 7.5, 1.6) for region in places.regions.values()
        ]
        regions = places.regions.values()
        self._borders = {
            "h": {p for box in regions for y in (box.top, box.bottom) for p in _row(box, y)},
            "v": {p for box in regions for x in (box.left, box.right) for p in _column(box, x)},
        }
        self._lines: dict[Point, str] = {}  # "h", "v", or "x" where nothing may pass
        self._labels: list[Label] = []

    def rank(self, arrow: Arrow) -> tuple[bool, float, str]:
        """Straight ways first, and among them short ones: they have no choice."""
        source, target = self._boxes[arrow.source], self._boxes[arrow.target]
        across = max(source.left - target.right, target.left - source.right, 0)
        down = max(source.top - target.bottom, target.top - source.bottom, 0)
        straight = any(map(self._clear, _straights(source, target)))
        return not straight, across + down, arrow.name

    def _clear(self, points: Iterable[Point]) -> bool:
        return not any(point in self._blocked for point in points)

    def lay(self, arrow: Arrow) -> Route:
        points = self._way(arrow)
        corners = _corners(points)
        return Route(arrow, corners, self._label(arrow, corners, set(points)))

    def add(self, route: Route) -> None:
        """Let what is laid from now on keep clear of that route."""
        points, label = passed(route.points), route.label
        for before, point, after in zip(points, points[1:], points[2:], strict=False):
            along = (
                "h" if before[1] == point[1] == after[1] else "v" if before[0] == after[0] else "x"
            )
            self._lines[point] = "x" if point in self._lines else along
        for end in (points[0], points[-1]):
            self._lines[end] = "x"
        self._labels.append(label)
        for x in range(int(label.x - label.width / 2), int(label.x + label.width / 2) + 2):
            for y in range(int(label.y - label.height / 2), int(label.y + label.height / 2) + 2):
                if label.covers(x, y):
                    self._blocked.setdefault((x, y), None)

    def _way(self, arrow: Arrow) -> list[Point]:
        goals = dict(self._ports(arrow.target))
        heap: list[tuple[float, float, Point, Point]] = []
        came: dict[tuple[Point, Point], tuple[Point, Point] | None] = {}
        cost: dict[tuple[Point, Point], float] = {}
        target = self._boxes[arrow.target]
        for port, outward in self._ports(arrow.source):
            start = (port, outward)
            cost[start] = self._off_centre(port, self._boxes[arrow.source])
            came[start] = None
            heappush(heap, (cost[start], cost[start], *start))
        while heap:
            _, so_far, point, direction = heappop(heap)
            if so_far > cost[point, direction]:
                continue
            if point in goals and came[point, direction] is not None:
                return _unwound(came, (point, direction))
            for turn in _DIRECTIONS:
                if turn[0] == -direction[0] and turn[1] == -direction[1]:
                    continue
                if came[point, direction] is None and turn != direction:
                    continue
                bends = turn != direction
                if bends and point in self._lines:
                    continue
                onward = (point[0] + turn[0], point[1] + turn[1])
                step = self._step(onward, turn, goals)
                if step is None:
                    continue
                if onward in goals:
                    step += self._off_centre(onward, target)
                total = so_far + step + (_BEND if bends else 0)
                key = (onward, turn)
                if total < cost.get(key, float("inf")):
                    cost[key] = total
                    came[key] = (point, direction)
                    heappush(heap, (total + _far(onward, target), total, onward, turn))
        raise UnroutableError(arrow.name)

    def _step(self, point: Point, direction: Point, goals: Mapping[Point, Point]) -> float | None:
        """What it costs to go on to a point; None where one cannot."""
        x, y = point
        if not (0 < x < self._places.width and 0 < y < self._places.height):
            return None
        if point in goals:
            outward = goals[point]
            return 1.0 if outward == (-direction[0], -direction[1]) else None
        if point in self._blocked:
            return None
        along = "h" if direction[0] else "v"
        there = self._lines.get(point)
        if there == along or there == "x":
            return None
        cost = 1.0 + (_CROSSING if there else 0)
        if point in self._borders[along]:
            cost += _ON_BORDER
        beside = ((x, y - 1), (x, y + 1)) if direction[0] else ((x - 1, y), (x + 1, y))
        for each in beside:
            if self._lines.get(each) == along or each in self._blocked:
                cost += _BESIDE
        return cost

    def _ports(self, state: State) -> Iterator[tuple[Point, Point]]:
        """The free points on the edge of a box, each with the direction that leads away."""
        box = self._boxes[state]
        for y in range(box.top + 1, box.bottom):
            for x, outward in ((box.left, _LEFT), (box.right, _RIGHT)):
                if (x, y) not in self._lines:
                    yield (x, y), outward
        for x in range(box.left + 1, box.right):
            for y, outward in ((box.top, _UP), (box.bottom, _DOWN)):
                if (x, y) not in self._lines:
                    yield (x, y), outward

    @staticmethod
    def _off_centre(port: Point, box: Box) -> float:
        """Arrows rather end in the middle of an edge, and rather not at the head of a high box."""
        if port[0] in {box.left, box.right}:
            return abs(port[1] - (box.top + box.bottom) / 2) * (0.4 if box.height < 8 else 0.01)
        return abs(port[0] - (box.left + box.right) / 2) * 0.2

    def _label(self, arrow: Arrow, corners: Sequence[Point], own: set[Point]) -> Label:
        best: tuple[float, Label] | None = None
        middle = _half(corners)
        for lines in _broken(arrow):
            for label, shift in _laid_on(lines, corners):
                off = abs(label.x - middle[0]) + abs(label.y - middle[1])
                badness = off + 2.5 * len(lines) + 4 * abs(shift) + 3 * self._on_border(label)
                if (best is None or badness < best[0] - 1e-9) and self._free(label, own):
                    best = badness, label
        if best is None:
            raise UnroutableError(f"{arrow.name}: no room for its label")
        return best[1]

    def _on_border(self, label: Label) -> int:
        """On how many borders of regions a label would lie."""
        return sum(
            label.covers(*border)
            for box in self._places.regions.values()
            for border in (
                (box.left, box.top, box.width, 0),
                (box.left, box.bottom, box.width, 0),
                (box.left, box.top, 0, box.height),
                (box.right, box.top, 0, box.height),
            )
        )

    def _free(self, label: Label, own: set[Point]) -> bool:
        if any(
            label.covers(b.left - 0.2, b.top - 0.2, b.width + 0.4, b.height + 0.4)
            for b in self._boxes.values()
        ):
            return False
        if any(label.covers(*head) for head in self._heads):
            return False
        if any(
            label.covers(
                each.x - each.width / 2 - 0.2,
                each.y - each.height / 2 - 0.2,
                each.width + 0.4,
                each.height + 0.4,
            )
            for each in self._labels
        ):
            return False
        for x in range(int(label.x - label.width / 2 - 1), int(label.x + label.width / 2) + 2):
            for y in range(
                int(label.y - label.height / 2 - 1), int(label.y + label.height / 2) + 2
            ):
                if (
                    (x, y) in self._lines
                    and (x, y) not in own
                    and label.covers(x - 0.3, y - 0.3, 0.6, 0.6)
                ):
                    return False
        return True


def _laid_on(lines: tuple[str, ...], corners: Sequence[Point]) -> Iterator[tuple[Label, float]]:
    """Labels on a route, with a bit of line before and behind, and how far each is off the line."""
    for (x0, y0), (x1, y1) in pairwise(corners):
        length = abs(x1 - x0) + abs(y1 - y0)
        for step, shift in product(range(1, 2 * length), (0, -0.2, 0.2, -0.4, 0.4)):
            share = step / (2 * length)
            label = Label(lines, x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            reach = label.width if y0 == y1 else label.height
            if min(share, 1 - share) * length >= reach / 2 + 0.7:
                if x0 == x1:
                    yield attrs.evolve(label, x=label.x + shift * label.width), shift
                elif not shift:
                    yield label, shift


def _broken(arrow: Arrow) -> Iterator[tuple[str, ...]]:
    """The label in one line, in a line for each cause, and in a line for each word."""
    causes = [cause.value for cause in arrow.causes]
    if len(causes) > 1:
        causes = [f"{cause}," for cause in causes[:-1]] + causes[-1:]
    yield (" ".join(causes),)
    if len(causes) > 1:
        yield tuple(causes)
    elif " " in causes[0]:
        yield tuple(causes[0].split())


def _straights(one: Box, other: Box) -> Iterator[Iterable[Point]]:
    """The points between two boxes on every straight line from edge to edge."""
    for y in range(max(one.top, other.top) + 1, min(one.bottom, other.bottom)):
        right, left = min(one.right, other.right), max(one.left, other.left)
        yield product(range(right + 1, left), (y,))
    for x in range(max(one.left, other.left) + 1, min(one.right, other.right)):
        lower, upper = min(one.bottom, other.bottom), max(one.top, other.top)
        yield product((x,), range(lower + 1, upper))


def _row(box: Box, y: int) -> Iterable[Point]:
    return product(range(box.left, box.right + 1), (y,))


def _column(box: Box, x: int) -> Iterable[Point]:
    return product((x,), range(box.top, box.bottom + 1))


def _points(box: Box) -> Iterable[Point]:
    return product(range(box.left, box.right + 1), range(box.top, box.bottom + 1))


def _far(point: Point, box: Box) -> float:
    across = max(box.left - point[0], point[0] - box.right, 0)
    down = max(box.top - point[1], point[1] - box.bottom, 0)
    return across + down


def _unwound(
    came: Mapping[tuple[Point, Point], tuple[Point, Point] | None], end: tuple[Point, Point]
) -> list[Point]:
    points = [end[0]]
    step = came[end]
    while step is not None:
        points.append(step[0])
        step = came[step]
    return points[::-1]


def _corners(points: Sequence[Point]) -> tuple[Point, ...]:
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if (before[0] == point[0]) != (point[0] == after[0]):
            kept.append(point)
    return (*kept, points[-1])


def passed(corners: Sequence[Point]) -> list[Point]:
    """All points of the grid on a route, from its beginning to its end."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        across, down = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
        for step in range(1, abs(x1 - x0) + abs(y1 - y0) + 1):
            points.append((x0 + across * step, y0 + down * step))
    return points


def _half(corners: Sequence[Point]) -> tuple[float, float]:
    """The point half way along."""
    lengths = [abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in pairwise(corners)]
    left = sum(lengths) / 2
    for ((x0, y0), (x1, y1)), length in zip(pairwise(corners), lengths, strict=True):
        if left <= length:
            return x0 + (x1 - x0) * left / length, y0 + (y1 - y0) * left / length
        left -= length
    return corners[-1]
