"""What-if: plans of training jobs, what they would cost, when they would end, and how surely.

Each name is loaded when it is first used; tables, sweeps and estimates need the extra `whatif`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.whatif.calibration import Calibration, calibrate
    from simjob.whatif.comparison import Comparison, compare
    from simjob.whatif.one_world import ComparisonError, WorldComparison, compare_simulations
    from simjob.whatif.paths import PlanError
    from simjob.whatif.plan import Plan
    from simjob.whatif.plan_files import load_plan, plan_from_dict
    from simjob.whatif.records import RecordError
    from simjob.whatif.replaying import Replay, replay
    from simjob.whatif.replication import Replication, replicate
    from simjob.whatif.results import Results
    from simjob.whatif.sweeping import sweep
    from simjob.whatif.variation import SweepError

_HOMES = {
    "Calibration": "simjob.whatif.calibration",
    "Comparison": "simjob.whatif.comparison",
    "ComparisonError": "simjob.whatif.one_world",
    "Plan": "simjob.whatif.plan",
    "PlanError": "simjob.whatif.paths",
    "RecordError": "simjob.whatif.records",
    "Replay": "simjob.whatif.replaying",
    "Replication": "simjob.whatif.replication",
    "Results": "simjob.whatif.results",
    "SweepError": "simjob.whatif.variation",
    "WorldComparison": "simjob.whatif.one_world",
    "calibrate": "simjob.whatif.calibration",
    "compare": "simjob.whatif.comparison",
    "compare_simulations": "simjob.whatif.one_world",
    "load_plan": "simjob.whatif.plan_files",
    "plan_from_dict": "simjob.whatif.plan_files",
    "replay": "simjob.whatif.replaying",
    "replicate": "simjob.whatif.replication",
    "sweep": "simjob.whatif.sweeping",
}
_EXTRA = {"joblib", "numpy", "pyarrow", "rich", "scipy"}

__all__ = [
    "Calibration",
    "Comparison",
    "ComparisonError",
    "Plan",
    "PlanError",
    "RecordError",
    "Replay",
    "Replication",
    "Results",
    "SweepError",
    "WorldComparison",
    "calibrate",
    "compare",
    "compare_simulations",
    "load_plan",
    "plan_from_dict",
    "replay",
    "replicate",
    "sweep",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.whatif' has no attribute {name!r}")
    try:
        value = getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        if absent not in _EXTRA:
            raise
        raise ImportError(
            f"simjob.whatif.{name} needs {absent}, which its extra brings:"
            " pip install 'simjob[whatif]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
