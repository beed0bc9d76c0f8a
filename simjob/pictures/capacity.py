"""Capacity over time: instances in use and waited for, pool by pool, against the pool's size."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from simjob.pictures.palette import IN_USE, LIMIT, QUEUED
from simjob.pictures.picture import Picture, PictureError, plain
from simjob.pictures.pools import Pool, Step
from simjob.pictures.scales import time_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.text import Text


POOLS = 6
_BINS = 1_000
_HEIGHT = 8


def _some(_: object, __: object, pools: Sequence[Pool]) -> None:
    if not any(len(pool.steps) > 1 for pool in pools):
        raise PictureError("a picture of capacity needs a job that had or wanted instances")


@attrs.frozen
class CapacityOverTime(Picture):
    """How many instances of each pool are in use and waited for; at most the six busiest pools.

    Args:
        pools: as `pools_of_simulation` or `pools_of_rows` give them.

    Of many changes the highest of each thousandth of the time is drawn.

    Raises:
        PictureError: nobody had or wanted an instance.
    """

    pools: Sequence[Pool] = attrs.field(validator=_some)

    @property
    def _drawn(self) -> list[Pool]:
        """The busiest pools, by instance time in use and waited for."""
        ranked = sorted(
            (pool for pool in self.pools if len(pool.steps) > 1),
            key=lambda pool: (-pool.instance_seconds, pool.name),
        )
        return ranked[:POOLS]

    @property
    def left_out(self) -> str:
        """What the picture does not show, in words; empty if it shows everything."""
        more = len([pool for pool in self.pools if len(pool.steps) > 1]) - POOLS
        return f"{more} less busy pools are not drawn" if more > 0 else ""

    @property
    def _ends(self) -> tuple[float, float]:
        return (
            min(0.0, *(pool.steps[0][0] for pool in self._drawn)),
            max(pool.steps[-1][0] for pool in self._drawn),
        )

    # For files.

    def _draw(self, figure: "Figure") -> None:
        pools = self._drawn
        figure.set_size_inches(9, 1.0 + 1.9 * len(pools))
        low, high = self._ends
        unit = time_unit(high - low)
        panels = figure.subplots(len(pools), 1, sharex=True, squeeze=False)[:, 0]
        thinned = False
        for axes, pool in zip(panels, pools, strict=True):
            steps = _peaks(pool.steps, low, high, _BINS) if len(pool.steps) > 2 * _BINS else None
            thinned = thinned or steps is not None
            _draw_pool(axes, pool, steps or pool.steps, unit.size)
        panels[-1].set_xlabel(f"{unit.words} since the start")
        panels[-1].set_xlim(unit.of(low), unit.of(high))
        said = [self.left_out] if self.left_out else []
        if thinned:
            said.append("peaks of each thousandth of the time")
        if said:
            figure.suptitle("; ".join(said), fontsize="medium")
        named = {
            text: handle
            for axes in panels
            for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=3)

    # For the terminal.

    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - an extra

        from simjob.pictures.grid import Grid, legend  # noqa: PLC0415 - needs an extra

        low, high = self._ends
        unit = time_unit(high - low)
        signs = [
            (each.letter if ascii_only else each.pattern, each.colour) for each in (IN_USE, QUEUED)
        ]
        rule = "-" if ascii_only else "┄"
        items = [
            (*signs[0], "in use"),
            (*signs[1], "waited for"),
            (rule, LIMIT, "size of the pool"),
        ]
        text = Text()
        for pool in self._drawn:
            top = max(pool.peak, pool.size or 0, 1)
            room = len(f"{top:,}")
            rows = min(_HEIGHT, max(2, top))
            grid = Grid(width - room - 2, rows, (low, high), (0, top))
            peaks = _peaks(pool.steps, low, high, grid.width)
            for column, (_, used, queued) in enumerate(peaks[: grid.width]):
                for level in range(_cells(used + queued, top, rows)):
                    sign = signs[level >= _cells(used, top, rows)]
                    grid.put(column, rows - 1 - level, *sign)
            if pool.size:
                for column in range(grid.width):
                    row = rows - _cells(pool.size, top, rows)
                    grid.put(column, row, rule, LIMIT, over=False)
            left = [""] * rows
            if pool.size:
                left[rows - _cells(pool.size, top, rows)] = f"{pool.size:,}"
            left[0] = f"{top:,}"
            text.append(f"{plain(pool.title, width)}\n", style="bold")
            text.append_text(grid.text(left, unit, ascii_only=ascii_only)).append("\n")
        text.append_text(legend(items, width))
        if self.left_out:
            text.append(f"\n{self.left_out}", style="italic")
        return text


def _draw_pool(axes: "Axes", pool: Pool, steps: Sequence[Step], unit_seconds: float) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra

    at = [step[0] / unit_seconds for step in steps]
    used = [step[1] for step in steps]
    wanted = [step[1] + step[2] for step in steps]
    filled = axes.fill_between(at, used, step="post", color=IN_USE.colour, label="in use", lw=0)
    filled.set_gid(f"pool:{plain(pool.name)}")
    if any(step[2] for step in steps):
        axes.fill_between(
            at, used, wanted, step="post", color=QUEUED.colour, label="waited for", lw=0
        )
    if pool.size is not None:
        axes.axhline(pool.size, color=LIMIT, linestyle="--", lw=1.2, label="size of the pool")
    axes.set_title(plain(pool.title, 80))
    axes.set_ylabel("instances")
    axes.set_ylim(0, 1.08 * max(pool.peak, pool.size or 0, 1))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _cells(count: int, top: int, rows: int) -> int:
    """How many of the rows a count fills, of which `top` fills all; a part of a row counts."""
    return -(-count * rows // top)


def _peaks(steps: Sequence[Step], low: float, high: float, bins: int) -> list[Step]:
    """For each of as many equal parts of the time, and its end, the most in use and waited for."""
    peaks: list[Step] = []
    place, used, queued = 0, 0, 0
    for part in range(bins):
        end = low + (high - low) * (part + 1) / bins
        most = (used, queued)
        while place < len(steps) and steps[place][0] < end:
            _, used, queued = steps[place]
            most = max(most, (used, queued), key=sum)
            place += 1
        peaks.append((low + (high - low) * part / bins, *most))
    return [*peaks, (high, used, queued)]
