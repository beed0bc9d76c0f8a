"""`simjob plan`: carry a plan out once, and say what became of it and what it cost."""

import argparse
from typing import TYPE_CHECKING

from simjob.commands.arguments import FAILED, OK, missing_extra
from simjob.whatif.plan_files import load_plan
from simjob.whatif.replication import replicate

if TYPE_CHECKING:
    from collections.abc import Callable

    from simjob.whatif.plan import Plan
    from simjob.whatif.replication import Replication

_EPILOG = """\
exit status:
  0  every work of the plan is Completed, and the plan has met its deadline and its budget
  2  bad input; nothing was run
  3  something is not Completed, or the deadline or the budget was not met
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    plan = commands.add_parser(
        "plan",
        help="carry a plan of training jobs out once",
        description="Carry a plan out once: when would it end, and what would it cost?",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plan.set_defaults(command=_plan)
    plan.add_argument("plan", metavar="PLAN.toml", help="what is to be run, and when")
    plan.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")


def _plan(arguments: argparse.Namespace) -> int:
    plan = load_plan(arguments.plan)
    draw = _drawing()
    done = replicate(plan, arguments.seed)
    return OK if draw(plan, done) else FAILED


def _drawing() -> "Callable[[Plan, Replication], bool]":
    try:
        from simjob.whatif.report import draw  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra(error, "whatif") from None
    return draw
