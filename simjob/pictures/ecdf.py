"""ECDF: which share of the worlds, or of the jobs, took at most so long or cost at most so much."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from simjob.pictures.palette import FAINT, LIMIT, LINES
from simjob.pictures.picture import Picture, PictureError, plain
from simjob.pictures.scales import Unit, amount, in_sight, unit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from rich.text import Text

    from simjob.pictures.grid import Grid

COLOURED = 12
_LETTERS = "abcdefghijkl"
_STROKES = ("-", "--", ":")
_POINTS = 1_000
_HEIGHT = 15

Values = Sequence[float | None]


def _some(_: object, __: object, lines: Mapping[str, Values]) -> None:
    if not any(lines.values()):
        raise PictureError("an ECDF needs a value at least, there is none")
    for name, values in lines.items():
        if any(value is not None and not math.isfinite(value) for value in values):
            raise PictureError(f"{name!r} has a value that is not finite")
    if all(value is None for values in lines.values() for value in values):
        raise PictureError("an ECDF needs a value at least, all are unknown")


@attrs.frozen
class Ecdf(Picture):
    """A line for each variation: the share of its values that are at most x.

    Args:
        lines: the values of each variation; None is more than any x (such as: never ended), so
            that its line does not reach 100 %.
        quantity: what the values are.
        what: the words at the axis below, such as "completion time".
        limit: the deadline or the budget, in the same unit.

    More than 12 lines: the others are grey and without a name.

    Raises:
        PictureError: no values, or one that is not finite.
    """

    lines: Mapping[str, Values] = attrs.field(validator=_some)
    quantity: Literal["seconds", "dollars"]
    what: str
    limit: float | None = None

    @property
    def left_out(self) -> str:
        """What the picture does not show, in words; empty if it shows everything."""
        said = []
        if (more := len(self.lines) - COLOURED) > 0:
            said.append(
                f"{more} more {'lines are' if more > 1 else 'line is'} grey, without a name"
            )
        if self.limit is not None and not self._limit_in_sight:
            said.append(f"the {self._limit_name} is far off, at {self._limit_words}")
        return "; ".join(said)

    @property
    def _limit_name(self) -> str:
        return "budget" if self.quantity == "dollars" else "deadline"

    @property
    def _limit_words(self) -> str:
        return amount(self.limit or 0.0, self.quantity)

    @property
    def _known(self) -> dict[str, list[float]]:
        return {
            name: sorted(value for value in values if value is not None)
            for name, values in self.lines.items()
        }

    @property
    def _data_ends(self) -> tuple[float, float]:
        known = [values for values in self._known.values() if values]
        return min(values[0] for values in known), max(values[-1] for values in known)

    @property
    def _limit_in_sight(self) -> bool:
        return in_sight(self.limit, *self._data_ends)

    @property
    def _ends(self) -> tuple[float, float]:
        """The ends of the axis: the data, the limit if near, and a little room."""
        low, high = self._data_ends
        if self.limit is not None and self._limit_in_sight:
            low, high = min(low, self.limit), max(high, self.limit)
        room = 0.03 * (high - low) or 0.05 * abs(high) or 1.0
        return max(0.0, low - room) if low >= 0 else low - room, high + room

    def _named(self) -> Iterator[tuple[str, list[float], int, int]]:
        """Each line from the last to the first: name, values, how many in all, its place."""
        for place, (name, values) in reversed(list(enumerate(self._known.items()))):
            yield name, values, len(self.lines[name]), place

    def _label(self, name: str, values: Sequence[float], count: int) -> str:
        missing = count - len(values)
        why = "unknown" if self.quantity == "dollars" else "never"
        return plain(name, 60) + (f" ({missing:,} of {count:,} {why})" if missing else "")

    def _draw(self, figure: "Figure") -> None:
        axes = figure.add_subplot()
        unit = unit_of(self.quantity, self._data_ends[1])
        low, high = self._ends
        handles: list[Line2D] = []
        for name, values, count, place in self._named():
            xs, shares = _steps(values, count)
            xs = [low, *xs, high]
            shares = [0.0, *shares, shares[-1] if shares else 0.0]
            named = place < COLOURED
            (line,) = axes.step(
                [unit.of(x) for x in xs],
                shares,
                where="post",
                color=LINES[place % len(LINES)] if named else FAINT,
                linestyle=_STROKES[place // len(LINES) % len(_STROKES)] if named else "-",
                linewidth=1.6 if named else 0.8,
                label=self._label(name, values, count),
            )
            line.set_gid(f"line:{plain(name)}")
            if named:
                handles.insert(0, line)
        if self.limit is not None and self._limit_in_sight:
            handles.append(
                axes.axvline(
                    unit.of(self.limit),
                    color=LIMIT,
                    linestyle="-.",
                    label=f"{self._limit_name}, {self._limit_words}",
                )
            )
        axes.set_xlim(unit.of(low), unit.of(high))
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.set_ylabel("share of at most so much")
        axes.set_xlabel(f"{plain(self.what)}, {unit.words}")
        axes.grid(alpha=0.25)
        if self.left_out:
            axes.set_title(self.left_out)
        columns = 1 if max(len(str(each.get_label())) for each in handles) > 36 else 2
        figure.set_size_inches(7.5, 4 + 0.21 * math.ceil(len(handles) / columns))
        figure.legend(handles=handles, loc="outside lower center", ncols=columns)

    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - an extra

        from simjob.pictures.grid import Grid, legend  # noqa: PLC0415 - needs an extra

        unit: Unit = unit_of(self.quantity, self._data_ends[1])
        grid = Grid(width - 7, _HEIGHT, self._ends)
        items: list[tuple[str, str, str]] = []
        for name, values, count, place in self._named():
            named = place < COLOURED
            sign = _LETTERS[place] if named else "."
            colour = LINES[place % len(LINES)] if named else FAINT
            if named:
                items.insert(0, (sign, colour, self._label(name, values, count)))
            _write_line(grid, values, count, sign, colour)
        bar = "|" if ascii_only else "┊"
        if self.limit is not None and self._limit_in_sight:
            grid.upright(self.limit, bar)
            items.append((bar, LIMIT, f"{self._limit_name}, {self._limit_words}"))
        left = [""] * _HEIGHT
        for share in (0, 25, 50, 75, 100):
            left[grid.row(share / 100)] = f"{share} %"
        text = Text().append(
            f"{plain(self.what, width - 27)}: share of at most so much\n", style="bold"
        )
        text.append_text(grid.text(left, unit, ascii_only=ascii_only))
        text.append("\n").append_text(legend(items, width))
        if self.left_out:
            text.append(f"\n{self.left_out}", style="italic")
        return text


def _steps(values: Sequence[float], count: int) -> tuple[list[float], list[float]]:
    """Where the line steps, and to which share; of many values, evenly chosen ones."""
    places: Sequence[int] = range(len(values))
    if len(values) > _POINTS:
        places = [round(each * (len(values) - 1) / (_POINTS - 1)) for each in range(_POINTS)]
    return [values[place] for place in places], [(place + 1) / count for place in places]


def _write_line(grid: "Grid", values: Sequence[float], count: int, sign: str, colour: str) -> None:
    """One line: in each column what it has reached there, and the way up from the one before."""
    reached = 0
    before = grid.row(0)
    for column in range(grid.width):
        while reached < len(values) and grid.column(values[reached]) <= column:
            reached += 1
        if reached == 0:
            continue
        row = grid.row(reached / count)
        for each in range(row, max(row + 1, before)):
            grid.put(column, each, sign, colour)
        before = row
        if reached == len(values) == count:
            break
