"""`simjob plan`: carry a plan out once, and say what became of it and what it cost."""

import argparse
from typing import TYPE_CHECKING

from simjob.commands import pictures
from simjob.commands.arguments import FAILED, OK, missing_extra
from simjob.whatif.plan_files import load_plan
from simjob.whatif.replication import replicate

if TYPE_CHECKING:
    from collections.abc import Callable

    from simjob.pictures.picture import Picture
    from simjob.whatif.plan import Plan
    from simjob.whatif.replication import Replication

_EPILOG = """\
exit status:
  0  every work of the plan is Completed, and the plan has met its deadline and its budget
  2  bad input, of which nothing was run, or a picture that cannot be drawn
  3  something is not Completed, or the deadline or the budget was not met, or it cannot be told
     whether the budget was, because no rate is known
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
    pictures.add_option(plan, "the phases of each job, and the deadline")


def _plan(arguments: argparse.Namespace) -> int:
    plan = load_plan(arguments.plan)
    draw = _drawing()
    pictures.check(arguments.picture)
    done = replicate(plan, arguments.seed, transitions=arguments.picture is not None)
    met = draw(plan, done)
    if arguments.picture is not None:
        _picture(plan, done, arguments.picture)
    return OK if met else FAILED


def _picture(plan: "Plan", done: "Replication", file: str) -> None:
    def picture() -> "Picture":
        from simjob.pictures.gantt import Gantt  # noqa: PLC0415 - if asked for
        from simjob.pictures.lanes import lanes_of_log  # noqa: PLC0415 - the same

        return Gantt(lanes_of_log(done.transitions, done.end_seconds), plan.deadline_seconds)

    pictures.draw(picture, file)


def _drawing() -> "Callable[[Plan, Replication], bool]":
    try:
        from simjob.whatif.report import draw  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra(error, "whatif") from None
    return draw
