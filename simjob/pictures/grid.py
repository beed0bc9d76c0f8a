"""Characters in rows and columns, with axes: what pictures in the terminal are drawn on.

Not a library: those at hand keep their picture in global state and draw axes that no ASCII
terminal can show. This one knows cells, two axes and nothing else.
"""

from collections.abc import Sequence

from rich.text import Text

from simjob.pictures.palette import LIMIT
from simjob.pictures.scales import Unit, number, ticks

Legend = Sequence[tuple[str, str, str]]
"""For each item: its sign, its colour, its words."""
_TICK_EVERY = 8


class Grid:
    """Cells between an axis at the left and one below.

    Args:
        width: of the cells, without the axis at the left.
        height: of the cells.
        x: the first and the last value of the axis below.
        y: the lowest and the highest value of the axis at the left.
    """

    def __init__(
        self,
        width: int,
        height: int,
        x: tuple[float, float],
        y: tuple[float, float] = (0, 1),
    ) -> None:
        self.width = width
        self.height = height
        self._x = _wide(x)
        self._y = _wide(y)
        self._cells: dict[tuple[int, int], tuple[str, str]] = {}

    def column(self, x: float) -> int:
        """The column of a value; those outside are put at the edge."""
        return _place(x, self._x, self.width)

    def row(self, y: float) -> int:
        """The row of a value, counted from above."""
        return self.height - 1 - _place(y, self._y, self.height)

    def edge(self, column: int) -> float:
        """The value at the right edge of a column."""
        low, high = self._x
        return low + (high - low) * (column + 1) / self.width

    def put(self, column: int, row: int, sign: str, colour: str = "", *, over: bool = True) -> None:
        """Put a sign into a cell."""
        if over or (column, row) not in self._cells:
            self._cells[column, row] = (sign, colour)

    def taken(self, column: int, row: int) -> bool:
        """Whether there is a sign in that cell."""
        return (column, row) in self._cells

    def upright(self, x: float, sign: str) -> None:
        """A line from top to bottom, behind everything else."""
        for row in range(self.height):
            self.put(self.column(x), row, sign, LIMIT, over=False)

    def level(self, y: float, sign: str) -> None:
        """A line from left to right, behind everything else."""
        for column in range(self.width):
            self.put(column, self.row(y), sign, LIMIT, over=False)

    def line(self, row: int) -> Text:
        """The cells of one row."""
        line = Text()
        for column in range(self.width):
            sign, colour = self._cells.get((column, row), (" ", ""))
            line.append(sign, style=colour or None)
        return line

    def text(self, left: Sequence[str], unit: Unit, *, ascii_only: bool) -> Text:
        """Everything, with a label at the left of each row and the axis below."""
        room = max(map(len, left))
        bar = "|" if ascii_only else "│"
        lines = []
        for row, label in enumerate(left):
            line = Text(f"{label:>{room}} ")
            line.append(bar, style="dim")
            line.append_text(self.line(row))
            line.rstrip()
            lines.append(line)
        lines += [Text(" " * room + " ") + each for each in self.below(unit, ascii_only=ascii_only)]
        return Text("\n").join(lines)

    def below(self, unit: Unit, *, ascii_only: bool) -> list[Text]:
        """The axis below, which begins one cell before the first column."""
        low, high = unit.of(self._x[0]), unit.of(self._x[1])
        rule = ["-" if ascii_only else "─"] * (self.width + 1)
        rule[0] = "+" if ascii_only else "└"
        labels = [" "] * (self.width + 1 + _TICK_EVERY)
        free = 0
        places = [
            (1 + self.column(value * unit.size), number(value))
            for value in ticks(low, high, max(2, self.width // _TICK_EVERY))
        ]
        for last, (place, label) in enumerate(places, 1):
            said = f"{label} {unit.label}" if last == len(places) else label
            begin = max(0, min(place - len(label) // 2, self.width + 1 - len(said)))
            if begin >= free:
                rule[place] = "+" if ascii_only else "┴"
                labels[begin : begin + len(said)] = said
                free = begin + len(said) + 1
        return [Text("".join(rule), style="dim"), Text("".join(labels).rstrip())]


def legend(items: Legend, width: int) -> Text:
    """As many items to a line as there is room for."""
    lines: list[Text] = []
    for sign, colour, words in items:
        item = Text()
        item.append(sign, style=colour or None)
        item.append(f" {words}")
        item.truncate(width, overflow="ellipsis")
        if lines and len(lines[-1]) + len(item) + 3 <= width:
            lines[-1].append("   ").append_text(item)
        else:
            lines.append(item)
    return Text("\n").join(lines)


def _place(value: float, ends: tuple[float, float], cells: int) -> int:
    low, high = ends
    return max(0, min(cells - 1, int((value - low) / (high - low) * cells)))


def _wide(ends: tuple[float, float]) -> tuple[float, float]:
    """The ends of an axis, apart even where all values are the same."""
    low, high = ends
    return (low, high) if high > low else (low, low + (abs(low) or 1.0))
