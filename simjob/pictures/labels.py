"""Names beside points, placed so that they cover neither each other nor a point.

The names that come first choose first: beside the point, then farther off with a thin line to it.
A name for which there is no room is not drawn.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DIRECTIONS = (45, -45, 135, -135, 0, 180, 90, -90)
_DISTANCES = (7, 18, 34, 55)
_LEADER = 10
_MARK = 4
_GAP = 2
_FONT = 8

Pair = tuple[float, float]
"""What goes across, and what goes up."""


@attrs.frozen
class Box:
    """A rectangle in points of 1/72 inch."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Whether the two have a part in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def inside(self, other: "Box") -> bool:
        """Whether this one lies within the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


@attrs.frozen
class Cross:
    """A point and the half-widths of its intervals, across and up."""

    at: Pair
    half_widths: Pair = (0.0, 0.0)


def place(
    points: Sequence[Pair], sizes: Sequence[Pair], room: Box, obstacles: Sequence[Box] = ()
) -> list[tuple[Box, float] | None]:
    """For each point the box of its name and how far off it is, or None where there is no room.

    >>> place([(5, 5), (5, 5)], [(90, 8), (90, 8)], Box(0, 0, 100, 20))[1] is None
    True
    """
    taken = list(obstacles)
    found: list[tuple[Box, float] | None] = []
    for point, size in zip(points, sizes, strict=True):
        choices = (
            (_beside(point, size, angle, away), away)
            for away in _DISTANCES
            for angle in _DIRECTIONS
        )
        free = (
            (box, away)
            for box, away in choices
            if box.inside(room) and not any(box.meets(each) for each in taken)
        )
        chosen = next(free, None)
        found.append(chosen)
        if chosen is not None:
            box = chosen[0]
            taken.append(Box(box.left - _GAP, box.bottom - _GAP, box.right + _GAP, box.top + _GAP))
    return found


def label(axes: "Axes", crosses: Sequence[Cross], names: Sequence[str]) -> int:
    """Draw the names of the first crosses, and return how many crosses have none.

    A name may cover a cross that is to have no name.

    The axes have been laid out, and nothing moves them any more.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra

    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes must belong to a figure")
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    scale = 72 / figure.dpi

    def boxed(low: Pair, high: Pair) -> Box:
        (left, bottom), (right, top) = axes.transData.transform([low, high]) * scale
        return Box(left, bottom, right, top)

    sizes = []
    for name in names:
        text = axes.text(0, 0, name, fontsize=_FONT)
        extent = text.get_window_extent(renderer)
        sizes.append((extent.width * scale, extent.height * scale))
        text.remove()
    frame = axes.get_window_extent(renderer)
    room = Box(frame.x0 * scale, frame.y0 * scale, frame.x1 * scale, frame.y1 * scale)
    named = crosses[: len(names)]
    at = [boxed(cross.at, cross.at) for cross in named]
    obstacles = [
        Box(box.left - _MARK, box.bottom - _MARK, box.right + _MARK, box.top + _MARK) for box in at
    ]
    for (x, y), (across, up) in ((cross.at, cross.half_widths) for cross in named):
        obstacles += [boxed((x - across, y), (x + across, y)), boxed((x, y - up), (x, y + up))]
    points = [(box.left, box.bottom) for box in at]
    missing = len(crosses) - len(names)
    for name, cross, (x, y), found in zip(
        names, named, points, place(points, sizes, room, obstacles), strict=True
    ):
        if found is None:
            missing += 1
            continue
        box, away = found
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": "#808080"}
        drawn = axes.annotate(
            name,
            cross.at,
            (box.left - x, box.bottom - y),
            textcoords="offset points",
            fontsize=_FONT,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.5},
            arrowprops=line if away > _LEADER else None,
        )
        drawn.set_in_layout(False)
    return missing


def _beside(point: Pair, size: Pair, angle: int, away: float) -> Box:
    """The box of a name that lies in that direction of a point."""
    width, height = size
    across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = point[0] + away * across, point[1] + away * up
    left = x - width * (1 - round(across, 6)) / 2
    bottom = y - height * (1 - round(up, 6)) / 2
    return Box(left, bottom, left + width, bottom + height)
