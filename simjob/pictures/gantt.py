"""Gantt: the jobs in order of arrival, the phases of each, restarts, ends and the deadline.

Up to 40 jobs have a row with their name. Of more, evenly chosen ones are drawn as thin rows
without names, and the picture says how many are left out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from simjob.pictures.lanes import Lane
from simjob.pictures.palette import LIMIT, look, rank
from simjob.pictures.picture import Picture, PictureError, plain
from simjob.pictures.scales import Unit, amount, in_sight, time_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from rich.text import Text

    from simjob.pictures.grid import Grid

NAMED = 40
THIN = 400
_NAME = 34
_RESTART = "v"


def _some(_: object, __: object, lanes: Sequence[Lane]) -> None:
    if not lanes:
        raise PictureError("a Gantt picture needs a job at least, there is none")


@attrs.frozen
class Gantt(Picture):
    """The phases of jobs over time.

    Args:
        lanes: of the jobs, as `lanes_of_jobs` or `lanes_of_log` give them.
        deadline_seconds: where to draw a line, if anywhere.

    Raises:
        PictureError: there is no job.

    >>> from simjob.pictures.lanes import Span
    >>> print(Gantt([Lane("a", [Span("Training", 0, 60)], "Completed")]).text(40, ascii_only=True))
    a |TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTC
      ++-----------+-----------+-----------+
       0          20          40        60 s
    T Training   C Completed
    """

    lanes: Sequence[Lane] = attrs.field(validator=_some)
    deadline_seconds: float | None = None

    @property
    def left_out(self) -> str:
        """What the picture does not show, in words; empty if it shows everything."""
        return self._left_out(THIN)

    def _left_out(self, rows: int) -> str:
        said = []
        if len(self.lanes) > NAMED and (drawn := len(_chosen(self.lanes, rows))) < len(self.lanes):
            said.append(f"{drawn:,} of {len(self.lanes):,} jobs are drawn, evenly chosen")
        if self.deadline_seconds is not None and not self._deadline_in_sight:
            said.append(f"the deadline is far off, at {amount(self.deadline_seconds, 'seconds')}")
        return "; ".join(said)

    @property
    def _deadline_in_sight(self) -> bool:
        low, high = self._ends
        return in_sight(self.deadline_seconds, low, high)

    @property
    def _ends(self) -> tuple[float, float]:
        """From when to when there is something to see."""
        return (
            min(0.0, self.lanes[0].start_seconds),
            max(lane.end_seconds for lane in self.lanes),
        )

    @property
    def _seen(self) -> list[str]:
        """Every status of every job, in the palette's order."""
        phases = {span.status for lane in self.lanes for span in lane.spans}
        ends = {lane.end for lane in self.lanes if lane.end is not None}
        return sorted(phases | ends, key=rank)

    # For files.

    def _draw(self, figure: "Figure") -> None:
        named = len(self.lanes) <= NAMED
        rows = _chosen(self.lanes, NAMED if named else THIN)
        figure.set_size_inches(9, 1.5 + (0.24 * len(rows) if named else 5))
        axes = figure.add_subplot()
        low, high = self._ends
        unit = time_unit(high - low)
        for row, lane in enumerate(rows):
            self._draw_lane(axes, row, lane, unit, named=named)
        if named:
            _draw_ends(axes, rows, unit)
            axes.set_yticks(range(len(rows)), [plain(lane.name, _NAME) for lane in rows])
            axes.tick_params(axis="y", length=0)
        else:
            axes.set_ylabel("jobs in order of arrival")
            axes.set_yticks([])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(f"{unit.words} since the start")
        right = high
        if self.deadline_seconds is not None and self._deadline_in_sight:
            right = max(high, self.deadline_seconds)
            axes.axvline(
                unit.of(self.deadline_seconds), color=LIMIT, linestyle="--", label="deadline"
            )
        margin = 0.02 * (right - low) or 1.0
        axes.set_xlim(unit.of(low), unit.of(right + margin))
        if self.left_out:
            axes.set_title(self.left_out)
        self._draw_legend(figure, axes, named=named)

    def _draw_lane(self, axes: "Axes", row: int, lane: Lane, unit: Unit, *, named: bool) -> None:
        bars = axes.broken_barh(
            [
                (unit.of(span.start_seconds), unit.of(span.end_seconds - span.start_seconds))
                for span in lane.spans
            ],
            (row - 0.35, 0.7) if named else (row - 0.5, 1.0),
            facecolors=[look(span.status).colour for span in lane.spans],
            edgecolors="face",
            linewidth=0.4,
        )
        bars.set_gid(f"job:{plain(lane.name)}")

    def _draw_legend(self, figure: "Figure", axes: "Axes", *, named: bool) -> None:
        from matplotlib.patches import Patch  # noqa: PLC0415 - an extra

        signs: list[Line2D | Patch] = []
        for status in self._seen:
            seen = look(status)
            if not seen.marker:
                signs.append(Patch(color=seen.colour, label=plain(status)))
            elif named:
                signs.append(_sign(seen.marker, seen.colour, plain(status)))
        if named and any(lane.restarts_seconds for lane in self.lanes):
            signs.append(_sign(_RESTART, "black", "restart"))
        deadline = axes.get_legend_handles_labels()[0]
        handles = [*signs, *deadline]
        figure.legend(handles=handles, loc="outside lower center", ncols=min(6, len(handles)))

    # For the terminal.

    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - an extra

        from simjob.pictures.grid import Grid, legend  # noqa: PLC0415 - needs an extra

        rows = _chosen(self.lanes, NAMED)
        low, high = self._ends
        unit = time_unit(high - low)
        names = [plain(lane.name, width // 3) for lane in rows]
        deadline = self.deadline_seconds if self._deadline_in_sight else None
        right = max(high, deadline or high)
        grid = Grid(width - max(map(len, names)) - 2, len(rows), (low, right))
        for row, lane in enumerate(rows):
            _write_lane(grid, row, lane, ascii_only=ascii_only)
        bar = "|" if ascii_only else "┊"
        if deadline is not None:
            grid.upright(deadline, bar)
        items = [
            (seen.letter if ascii_only else seen.pattern, seen.colour, plain(status))
            for status in self._seen
            for seen in [look(status)]
        ]
        if deadline is not None:
            items.append((bar, LIMIT, f"deadline, {amount(deadline, 'seconds')}"))
        text = grid.text(names, unit, ascii_only=ascii_only)
        text.append("\n").append_text(legend(items, width))
        if left_out := self._left_out(NAMED):
            text.append("\n").append_text(Text(left_out, style="italic"))
        return text


def _chosen(lanes: Sequence[Lane], most: int) -> list[Lane]:
    """At most so many lanes, the first and the last among them, evenly chosen."""
    if len(lanes) <= most:
        return list(lanes)
    return [lanes[round(place * (len(lanes) - 1) / (most - 1))] for place in range(most)]


def _draw_ends(axes: "Axes", rows: Sequence[Lane], unit: Unit) -> None:
    for row, lane in enumerate(rows):
        for at in lane.restarts_seconds:
            axes.plot(unit.of(at), row - 0.45, _RESTART, color="black", markersize=5)
        if lane.end is not None:
            seen = look(lane.end)
            axes.plot(
                unit.of(lane.end_seconds),
                row,
                seen.marker,
                color=seen.colour,
                markersize=7,
                markeredgecolor="white",
                markeredgewidth=0.7,
                clip_on=False,
                zorder=3,
            )


def _sign(marker: str, colour: str, label: str) -> "Line2D":
    from matplotlib.lines import Line2D  # noqa: PLC0415 - an extra

    return Line2D([], [], linestyle="none", marker=marker, color=colour, label=label)


def _write_lane(grid: "Grid", row: int, lane: Lane, *, ascii_only: bool) -> None:
    """Into each cell the status that takes most of its time; the end behind or over the last."""
    most: dict[int, float] = {}
    for span in lane.spans:
        seen = look(span.status)
        for column in range(grid.column(span.start_seconds), grid.column(span.end_seconds) + 1):
            begin = max(span.start_seconds, grid.edge(column - 1))
            share = min(span.end_seconds, grid.edge(column)) - begin
            if share > most.get(column, 0.0):
                most[column] = share
                grid.put(column, row, seen.letter if ascii_only else seen.pattern, seen.colour)
    if lane.end is not None:
        seen = look(lane.end)
        column = grid.column(lane.end_seconds)
        sign = seen.letter if ascii_only else seen.pattern
        grid.put(column, row, sign, seen.colour)
