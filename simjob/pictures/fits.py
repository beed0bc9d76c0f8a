"""Samples beside the distributions fitted to them: small multiples of cumulative shares."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from simjob.pictures.ecdf import Ecdf
from simjob.pictures.palette import LINES
from simjob.pictures.picture import Picture, PictureError, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

_COLUMNS: Final = 3
_PANEL_INCHES: Final = (2.6, 1.9)
_SHARES: Final = [place / 200 for place in range(1, 199)]
_RECORDED, _FITTED = LINES[:2]


@frozen
class Panel:
    """One sample: its title, its seconds in ascending order, and the fitted seconds at a share."""

    title: str
    recorded: Sequence[float]
    fitted_at: Callable[[float], float]

    @property
    def caption(self) -> str:
        """The title, with the size of the sample."""
        return f"{plain(self.title)} (n = {len(self.recorded)})"

    @property
    def fitted(self) -> list[float]:
        """The fitted seconds at evenly spaced shares, short of the ends."""
        return [self.fitted_at(share) for share in _SHARES]


def _some(_: object, __: object, panels: Sequence[Panel]) -> None:
    if not panels:
        raise PictureError("a picture of fits needs a sample at least, there is none")


@frozen
class Fits(Picture):
    """Samples and fits: in a file three panels to a row, in the terminal one below the other.

    Args:
        panels: the samples.

    Raises:
        PictureError: there is none.
    """

    panels: Sequence[Panel] = field(validator=_some)

    def _draw(self, figure: "Figure") -> None:
        rows = -(-len(self.panels) // _COLUMNS)
        width, height = _PANEL_INCHES
        figure.set_size_inches(width * _COLUMNS, height * rows + 0.4)
        every = figure.subplots(rows, _COLUMNS, squeeze=False).flat
        for axes, panel in zip(every, self.panels, strict=False):
            axes.ecdf(panel.recorded, color=_RECORDED, label="recorded")
            axes.plot(panel.fitted, _SHARES, color=_FITTED, linestyle="--", label="fitted")
            axes.set_title(panel.caption, fontsize=8)
            axes.set_xlim(left=0)
            axes.set_ylim(0, 1)
            axes.tick_params(labelsize=7)
        for axes in list(figure.axes)[len(self.panels) :]:
            axes.set_axis_off()
        figure.supxlabel("seconds", fontsize=8)
        figure.supylabel("share of jobs", fontsize=8)
        signs = figure.axes[0].get_legend_handles_labels()
        figure.legend(*signs, loc="outside upper right", ncols=2, fontsize=8)

    def _write(self, width: int, *, ascii_only: bool) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - an extra

        drawn = [
            Ecdf(
                {"recorded": panel.recorded, "fitted": panel.fitted}, "seconds", panel.caption
            ).text(width, ascii_only=ascii_only)
            for panel in self.panels
        ]
        return Text("\n\n").join(drawn)
