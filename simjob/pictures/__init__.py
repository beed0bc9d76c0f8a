"""Pictures of what a simulation or a sweep has told: as PNG, as SVG, and in the terminal.

A picture is made of plain columns or of jobs, and knows nothing of where they come from. Each name
is loaded when it is first used; drawing needs the extra `pictures`, the palette needs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.pictures.capacity import CapacityOverTime
    from simjob.pictures.ecdf import Ecdf
    from simjob.pictures.fits import Fits, Panel
    from simjob.pictures.gantt import Gantt
    from simjob.pictures.lanes import Lane, Span, lanes_of_jobs, lanes_of_log
    from simjob.pictures.palette import LOOKS, Look
    from simjob.pictures.pareto import Pareto, Point
    from simjob.pictures.picture import Picture, PictureError
    from simjob.pictures.pools import Pool, pools_of_rows, pools_of_simulation

_HOMES = {
    "LOOKS": "simjob.pictures.palette",
    "CapacityOverTime": "simjob.pictures.capacity",
    "Ecdf": "simjob.pictures.ecdf",
    "Fits": "simjob.pictures.fits",
    "Gantt": "simjob.pictures.gantt",
    "Lane": "simjob.pictures.lanes",
    "Look": "simjob.pictures.palette",
    "Panel": "simjob.pictures.fits",
    "Pareto": "simjob.pictures.pareto",
    "Picture": "simjob.pictures.picture",
    "PictureError": "simjob.pictures.picture",
    "Point": "simjob.pictures.pareto",
    "Pool": "simjob.pictures.pools",
    "Span": "simjob.pictures.lanes",
    "lanes_of_jobs": "simjob.pictures.lanes",
    "lanes_of_log": "simjob.pictures.lanes",
    "pools_of_rows": "simjob.pictures.pools",
    "pools_of_simulation": "simjob.pictures.pools",
}

__all__ = [
    "LOOKS",
    "CapacityOverTime",
    "Ecdf",
    "Fits",
    "Gantt",
    "Lane",
    "Look",
    "Panel",
    "Pareto",
    "Picture",
    "PictureError",
    "Point",
    "Pool",
    "Span",
    "lanes_of_jobs",
    "lanes_of_log",
    "pools_of_rows",
    "pools_of_simulation",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.pictures' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
