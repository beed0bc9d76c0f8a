"""Cost against completion time: a point for each variation, its intervals, and the Pareto front."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING

import attrs

from simjob.pictures.labels import Cross, label
from simjob.pictures.palette import LIMIT, LINES
from simjob.pictures.picture import Picture, PictureError, plain
from simjob.pictures.scales import Unit, amount, in_sight, round_dollars, ticks, time_unit

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.text import Text

    from simjob.pictures.grid import Grid

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HEIGHT = 16
_NAME = 32
_NAMED = 40
_OFF_FRONT = "#808080"
_ON_FRONT = "Pareto front: no other is told to be better"
_UNFINISHED = "some works are not Completed"


@attrs.frozen
class Point:
    """One variation: means, half-widths of their intervals (0: none), and whether on the front.

    On the front is what no other is told to be better than; so of two that cannot be told apart
    both may be, whichever mean is less. What is `unfinished`, because some of its works are not
    Completed, may be on it as well, but its means are those of less work.
    """

    name: str
    seconds: float
    dollars: float
    seconds_half_width: float = 0.0
    dollars_half_width: float = 0.0
    front: bool = False
    unfinished: bool = False


@attrs.frozen
class _Limit:
    """A deadline (upright) or a budget, and whether it is near enough to be drawn."""

    words: str
    value: float
    near: bool
    upright: bool


def _some(_: object, __: object, points: Sequence[Point]) -> None:
    if not points:
        raise PictureError("a Pareto picture needs a point at least, there is none")
    for point in points:
        if not (math.isfinite(point.seconds) and math.isfinite(point.dollars)):
            raise PictureError(f"the point {point.name!r} is not finite")


@attrs.frozen
class Pareto(Picture):
    """What each variation costs against how long it takes, both in the mean.

    Args:
        points: one for each variation.
        what: the words at the axis of time.
        deadline_seconds: where to draw a line, if anywhere.
        budget_dollars: the same.

    Raises:
        PictureError: no points, or one that is not finite.
    """

    points: Sequence[Point] = attrs.field(validator=_some)
    what: str = "completion time"
    deadline_seconds: float | None = None
    budget_dollars: float | None = None

    @property
    def _front(self) -> list[Point]:
        return sorted(
            (each for each in self.points if each.front),
            key=lambda each: (each.seconds, -each.dollars),
        )

    @property
    def _stairs(self) -> tuple[list[float], list[float]]:
        """Where the line of the front bends: how few dollars, in the mean, by which time.

        For less than all of the work it tells nothing.
        """
        whole = [each for each in self._front if not each.unfinished]
        return [each.seconds for each in whole], [
            *accumulate((each.dollars for each in whole), min)
        ]

    def _ends(self, of: Callable[[Point], tuple[float, float]]) -> tuple[float, float]:
        spans = [of(point) for point in self.points]
        return (
            min(value - half for value, half in spans),
            max(value + half for value, half in spans),
        )

    @property
    def _seconds_ends(self) -> tuple[float, float]:
        return self._ends(lambda point: (point.seconds, point.seconds_half_width))

    @property
    def _dollars_ends(self) -> tuple[float, float]:
        return self._ends(lambda point: (point.dollars, point.dollars_half_width))

    @property
    def _limits(self) -> list[_Limit]:
        found = []
        if (at := self.deadline_seconds) is not None:
            words = f"deadline, {amount(at, 'seconds')}"
            near = in_sight(at, *self._seconds_ends)
            found.append(_Limit(words, at, near, upright=True))
        if (most := self.budget_dollars) is not None:
            words = f"budget, {amount(most, 'dollars')}"
            near = in_sight(most, *self._dollars_ends)
            found.append(_Limit(words, most, near, upright=False))
        return found

    @property
    def _near_limits(self) -> list[_Limit]:
        return [each for each in self._limits if each.near]

    @property
    def _some_unfinished(self) -> bool:
        return any(each.unfinished for each in self.points)

    @property
    def _far_off(self) -> list[str]:
        return [f"far off: {each.words}" for each in self._limits if not each.near]

    # For files.

    def _draw(self, figure: "Figure") -> None:
        figure.set_size_inches(8, 5.2)
        axes = figure.add_subplot()
        unit = time_unit(self._seconds_ends[1])
        for point in sorted(self.points, key=lambda each: each.front):
            colour = LINES[0] if point.front else _OFF_FRONT
            drawn = axes.errorbar(
                unit.of(point.seconds),
                point.dollars,
                xerr=unit.of(point.seconds_half_width) or None,
                yerr=point.dollars_half_width or None,
                fmt="o",
                color=colour,
                markerfacecolor="white" if point.unfinished else colour,
                markersize=6 if point.front else 4.5,
                elinewidth=1,
                zorder=3 if point.front else 2,
            )
            drawn[0].set_gid(f"point:{plain(point.name)}")
        seconds, dollars = self._stairs
        axes.plot(
            [unit.of(each) for each in seconds],
            dollars,
            color=LINES[0],
            linewidth=1,
            alpha=0.5,
            drawstyle="steps-post",
            zorder=1,
        )
        for limit in self._near_limits:
            if limit.upright:
                at = unit.of(limit.value)
                axes.axvline(at, color=LIMIT, linestyle="--", label=limit.words)
            else:
                axes.axhline(limit.value, color=LIMIT, linestyle=":", label=limit.words)
        axes.margins(0.12)
        axes.set_xlabel(f"{plain(self.what)}, {unit.words}")
        axes.set_ylabel("dollars")
        axes.yaxis.set_major_formatter(lambda dollars, _: round_dollars(dollars))
        axes.grid(alpha=0.25)
        self._draw_legend(figure, axes)
        figure.draw_without_rendering()  # so that names know where there is room
        unnamed = label(axes, self._crosses(unit), self._names)
        said = self._far_off
        if unnamed:
            said.append(f"{unnamed} of {len(self.points)} points without their name")
        if said:
            axes.set_title("; ".join(said))

    @property
    def _by_importance(self) -> list[Point]:
        return sorted(self.points, key=lambda each: (not each.front, each.seconds))

    @property
    def _names(self) -> list[str]:
        """The names that are drawn: all, or those of the front where they would be too many."""
        named = [each for each in self._by_importance if each.front or len(self.points) <= _NAMED]
        return [plain(each.name, _NAME) for each in named[:_NAMED]]

    def _crosses(self, unit: Unit) -> list[Cross]:
        return [
            Cross(
                (unit.of(each.seconds), each.dollars),
                (unit.of(each.seconds_half_width), each.dollars_half_width),
            )
            for each in self._by_importance
        ]

    def _draw_legend(self, figure: "Figure", axes: "Axes") -> None:
        from matplotlib.lines import Line2D  # noqa: PLC0415 - an extra

        handles = [
            Line2D([], [], marker="o", color=LINES[0], label=_ON_FRONT),
            Line2D(
                [], [], marker="o", color=_OFF_FRONT, linestyle="none", label="not on the front"
            ),
        ]
        front = len(self._front)
        kept: list[Artist] = [*handles[: 1 if front == len(self.points) else 2]]
        if self._some_unfinished:
            kept.append(
                Line2D(
                    [],
                    [],
                    marker="o",
                    color=_OFF_FRONT,
                    markerfacecolor="white",
                    linestyle="none",
                    label=_UNFINISHED,
                )
            )
        kept += axes.get_legend_handles_labels()[0]
        figure.legend(handles=kept, loc="outside lower center", ncols=4)

    # For the terminal.

    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - an extra

        from simjob.pictures.grid import Grid, legend  # noqa: PLC0415 - needs an extra

        deadlines = [limit.value for limit in self._near_limits if limit.upright]
        budgets = [limit.value for limit in self._near_limits if not limit.upright]
        xs, ys = _roomy(*self._seconds_ends, *deadlines), _roomy(*self._dollars_ends, *budgets)
        at_left = {value: round_dollars(value) for value in ticks(*ys, 5)}
        grid = Grid(width - max(map(len, at_left.values())) - 2, _HEIGHT, xs, ys)
        points = self._by_importance
        said = [
            _write_point(grid, sign, point, width)
            for sign, point in zip(_LETTERS, points, strict=False)
        ]
        upright, level = ("|", "-") if ascii_only else ("┊", "┄")
        for value in deadlines:
            grid.upright(value, upright)
        for value in budgets:
            grid.level(value, level)
        left = [""] * _HEIGHT
        for value, tick in at_left.items():
            left[grid.row(value)] = tick
        text = Text().append(f"dollars against {plain(self.what, width - 16)}\n", style="bold")
        unit = time_unit(self._seconds_ends[1])
        text.append_text(grid.text(left, unit, ascii_only=ascii_only)).append("\n")
        text.append_text(Text("\n").join(said))
        text.append("\n" + "\n".join(wrap(f"* {_ON_FRONT}", width)))
        if self._some_unfinished:
            text.append("\n" + "\n".join(wrap(f"! {_UNFINISHED}", width)))
        if self._near_limits:
            items = [
                (upright if limit.upright else level, LIMIT, limit.words)
                for limit in self._near_limits
            ]
            text.append("\n").append_text(legend(items, width))
        if (more := len(points) - len(_LETTERS)) > 0:
            text.append(f"\n{more} more points are not drawn", style="italic")
        for words in self._far_off:
            text.append(f"\n{words}", style="italic")
        return text


def _roomy(*values: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return max(0.0, low - room), high + room


def _write_point(grid: "Grid", sign: str, point: Point, width: int) -> "Text":
    """Put a point into its cell, or into the next free one, and say in a line which it is."""
    from rich.text import Text  # noqa: PLC0415 - an extra

    colour = f"bold {LINES[0] if point.front else _OFF_FRONT}"
    row, column = grid.row(point.dollars), grid.column(point.seconds)
    while grid.taken(column, row) and column < grid.width - 1:
        column += 1
    grid.put(column, row, sign, colour)
    star = ("*" if point.front else " ") + ("!" if point.unfinished else " ")
    dollars, seconds = amount(point.dollars, "dollars"), amount(point.seconds, "seconds")
    room = width - 30
    line = Text().append(sign, style=colour)
    return line.append(f" {star}{plain(point.name, room):<{room}} {dollars:>12} {seconds:>10}")
