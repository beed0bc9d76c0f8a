"""What-if: plans of training jobs, what they would cost, when they would end, and how surely.

Each name is loaded when it is first used; tables, sweeps and estimates need the extra `whatif`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.whatif.results import Results
    from simjob.whatif.sweep import sweep

_HOMES = {
    "Results": "simjob.whatif.results",
    "sweep": "simjob.whatif.sweep",
}

__all__ = [
    "Results",
    "sweep",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.whatif' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
