"""Samples beside the distributions fitted to them: small multiples of cumulative shares."""

from collections.abc import Callable, Sequence
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Final

from attrs import frozen

from simjob.whole_files import write_whole

KINDS: Final = (".png", ".svg")
_COLUMNS: Final = 3
_PANEL_INCHES: Final = (2.6, 1.9)
_SHARES: Final = [place / 200 for place in range(1, 199)]
_RECORDED, _FITTED = "#0072b2", "#d55e00"


@frozen
class Panel:
    """One sample: its title, its seconds in ascending order, and the fitted seconds at a share."""

    title: str
    recorded: Sequence[float]
    fitted_at: Callable[[float], float]


def wrong_name(path: str | PathLike[str]) -> str:
    """What is wrong with the name of a picture; "" for nothing.

    >>> wrong_name("fit.pdf")
    'must end in .png or .svg'
    """
    return "" if Path(path).suffix.lower() in KINDS else f"must end in {' or '.join(KINDS)}"


def draw_fits(panels: Sequence[Panel], path: str | PathLike[str]) -> None:
    """Draw panels, three to a row, as PNG or SVG; the same bytes for the same data (SVG).

    Raises:
        ImportError: matplotlib is not there (the extra `pictures`).
        ValueError: another kind of file.
        OSError: it cannot be written; nothing is left of it.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - an extra
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    if wrong := wrong_name(path):
        raise ValueError(f"{path}: {wrong}")
    rows = -(-len(panels) // _COLUMNS)
    width, height = _PANEL_INCHES
    with rc_context({"svg.hashsalt": "simjob", "svg.fonttype": "none"}):
        figure = Figure(figsize=(width * _COLUMNS, height * rows + 0.4), layout="constrained")
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).flat
        for each, panel in zip(axes, panels, strict=False):
            each.ecdf(panel.recorded, color=_RECORDED, label="recorded")
            fitted = [panel.fitted_at(share) for share in _SHARES]
            each.plot(fitted, _SHARES, color=_FITTED, linestyle="--", label="fitted")
            each.set_title(f"{panel.title} (n = {len(panel.recorded)})", fontsize=8, loc="left")
            each.set_xlim(left=0)
            each.set_ylim(0, 1)
            each.tick_params(labelsize=7)
            each.spines[["top", "right"]].set_visible(False)
        for each in list(figure.axes)[len(panels) :]:
            each.set_axis_off()
        figure.supxlabel("seconds", fontsize=8)
        figure.supylabel("share of jobs", fontsize=8)
        figure.legend(
            *figure.axes[0].get_legend_handles_labels(),
            loc="outside upper right",
            ncols=2,
            fontsize=8,
            frameon=False,
        )
        drawn = BytesIO()
        kind = Path(path).suffix.lower()[1:]
        undated = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(drawn, format=kind, dpi=150, metadata=undated)
    write_whole(path, drawn.getvalue())
