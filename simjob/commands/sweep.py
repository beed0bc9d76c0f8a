"""`simjob sweep`: a plan, many times in each of its variations, and what is known of it then."""

import argparse
import re
from typing import TYPE_CHECKING, Final

from simjob.commands import pictures
from simjob.commands.arguments import (
    BAD_INPUT,
    FAILED,
    INTERRUPTED,
    OK,
    STUCK,
    BadInputError,
    missing_extra,
    note,
)
from simjob.whatif.paths import PlanError

if TYPE_CHECKING:
    from simjob.pictures.picture import Picture
    from simjob.whatif.plan import Plan
    from simjob.whatif.results import Results
    from simjob.whatif.variation import Vary

_EPILOG = """\
exit status:
  0  every replication was carried out
  1  the half-width of --until was not reached
  2  bad input, of which nothing was run, or results that cannot be written
  3  a replication failed, and is not in the results; or the workers did
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

The table has a column for each measure that says something; those that do not fit stand below, in
the same order. --picture draws cost against completion time where there are several variations
whose costs are known, else in which share of the replications all jobs have ended by which time,
with the deadline.

--vary jobs.train.instances=1,2,4 gives a path of the plan several values; all combinations of
several --vary are taken. Instead of such a grid, each --variation says one variation of a list,
after PLAN.toml: --variation jobs.train.spot=true jobs.train.instances=4 name=cheap. `name` is its
label, and --variation alone is the plan as it is. Values are as in TOML, else text. With neither of
the two the [vary] or the [[variations]] of the plan are taken, if it has any.
Results depend on the plan, its variations, --replications, --seed and --until alone. After Ctrl-C
the same command goes on where it was. Clusters are found by DASK_SCHEDULER_ADDRESS and RAY_ADDRESS.
"""
_UNTIL: Final = re.compile(r"half-width=([0-9]*\.?[0-9]+)(%?)")
_SHOWN: Final = 10


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    sweep = commands.add_parser(
        "sweep",
        help="carry out a plan many times, in several variations",
        description="Carry out a plan many times, in several variations.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sweep.set_defaults(command=_sweep)
    sweep.add_argument("plan", metavar="PLAN.toml", help="what is to be carried out")
    sweep.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="PATH=VALUE,...",
        help="values of a path of the plan; may be repeated",
    )
    sweep.add_argument(
        "--variation",
        action="append",
        nargs="*",
        default=[],
        metavar="PATH=VALUE",
        help="one variation of a list; may be repeated",
    )
    sweep.add_argument(
        "--replications",
        type=int,
        metavar="N",
        help="of each variation (100); with --until, the most of them (10000)",
    )
    sweep.add_argument(
        "--until",
        type=_until,
        metavar="half-width=2%",
        help="end when the 95%% intervals of completion time and dollars are so small,"
        " as a share of the mean",
    )
    sweep.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")
    sweep.add_argument(
        "--backend", default="loky", metavar="NAME", help="loky (the default), dask or ray"
    )
    sweep.add_argument(
        "--workers", type=int, metavar="N", help="how many at once (one for each processor)"
    )
    sweep.add_argument(
        "--out", metavar="FILE", help="where the rows go: a name ending in .parquet or .csv"
    )
    sweep.add_argument("--transitions", metavar="FILE", help="the same for the transition log")
    pictures.add_option(sweep, "the costs and times of several variations, or the times of one")


def _until(text: str) -> float:
    found = _UNTIL.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"must be such as half-width=2%, is {text!r}")
    return float(found[1]) / (100 if found[2] else 1)


def _sweep(arguments: argparse.Namespace) -> int:
    try:
        from simjob.whatif.estimate_table import show  # noqa: PLC0415 - extras
        from simjob.whatif.rounds import WorkersError  # noqa: PLC0415 - extras
        from simjob.whatif.sweeping import sweep  # noqa: PLC0415 - extras
    except ModuleNotFoundError as error:
        raise missing_extra(error, "whatif") from None
    plan, vary = _given(arguments)
    try:
        results = sweep(
            plan,
            vary=vary,
            replications=arguments.replications,
            seed=arguments.seed,
            backend=arguments.backend,
            workers=arguments.workers,
            out=arguments.out,
            transitions=arguments.transitions or False,
            until=arguments.until,
            progress=True,
        )
    except KeyboardInterrupt as error:
        _say("interrupted", error)
        return INTERRUPTED
    except WorkersError as error:
        _say(str(error), error)
        return FAILED
    except OSError as error:
        _say(f"{error.filename or arguments.out}: cannot be written: {error.strerror}", error)
        return BAD_INPUT
    show(plan.name, results)
    for name, file in (("jobs", arguments.out), ("transitions", arguments.transitions)):
        if file is not None:
            print(f"{name}: {file}")  # noqa: T201 - the command line prints
    if arguments.picture is not None:
        pictures.draw(lambda: _picture(plan, results), arguments.picture)
    return _status(results)


def _given(arguments: argparse.Namespace) -> "tuple[Plan, Vary | None]":
    """The plan, and what to vary; every mistake is found before anything runs."""
    from simjob.whatif import load_plan  # noqa: PLC0415 - not for --help
    from simjob.whatif.variation import SweepError, parse, parse_list  # noqa: PLC0415 - the same

    mistakes = pictures.wrong(arguments.picture)
    if arguments.vary and arguments.variation:
        mistakes.append("--variation: must be left out where --vary is given")
    try:
        vary = parse(arguments.vary) or parse_list(arguments.variation) or None
    except SweepError as error:
        mistakes += error.mistakes
    try:
        plan = load_plan(arguments.plan)
    except PlanError as error:
        mistakes += str(error).splitlines()
    if mistakes:
        raise BadInputError(mistakes)
    return plan, vary


def _picture(plan: "Plan", results: "Results") -> "Picture":
    """Cost against time of several variations; of one, or without costs, the share that ended."""
    from simjob.pictures.ecdf import Ecdf  # noqa: PLC0415 - if asked for
    from simjob.whatif.arms import arms  # noqa: PLC0415 - if asked for
    from simjob.whatif.front import TIME, pareto_front  # noqa: PLC0415 - extras
    from simjob.whatif.work_done import DONE, WANTED, unfinished  # noqa: PLC0415 - extras

    facts = results.facts
    labels = [each.label for each in facts.variations]
    times, dollars = results.estimated(TIME), results.estimated("dollars")
    known = [None not in (a.mean, b.mean) for a, b in zip(times, dollars, strict=True)]
    if len(labels) > 1 and any(known):
        keys = ["variation", "replication", "seed"]
        table = results.measures.select([*keys, "dollars", TIME, DONE])
        front = pareto_front(arms(table, lambda label, _: label))
        on_front = [label in front for label in labels]
        short = map(unfinished, results.estimated(DONE), results.estimated(WANTED))
        return pictures.pareto(
            zip(labels, times, dollars, on_front, short, strict=True),
            [terms.budget_dollars for terms in facts.terms.values()],
        )
    lines: dict[str, list[float | None]] = {label: [] for label in labels}
    for row in results.measures.select(["variation", "makespan_seconds"]).to_pylist():
        lines[row["variation"]].append(row["makespan_seconds"])
    deadlines = {_deadline(plan.varied(each.changes)) for each in facts.variations}
    deadline = deadlines.pop() if len(deadlines) == 1 else None
    return Ecdf(lines, "seconds", "time until all jobs have ended", deadline)


def _deadline(plan: "Plan") -> float | None:
    """The deadline counted from the first arrival; None where that is another in each world."""
    from simjob.whatif.arrivals import Arrivals  # noqa: PLC0415 - if asked for

    first = [job.arrivals or Arrivals() for job in plan.jobs.values() if not job.waits_for]
    known = [each.first_seconds for each in first]
    if plan.deadline_seconds is None or (None in known and 0.0 not in known):
        return None
    return plan.deadline_seconds - min(each for each in known if each is not None)


def _say(what: str, error: BaseException) -> None:
    """Why there are no results, and what of them is kept."""
    note(what)
    for each in getattr(error, "__notes__", ()):
        note(each)


def _status(results: "Results") -> int:
    for failure in results.failures[:_SHOWN]:
        note(f"failed: {failure}")
    if len(results.failures) > _SHOWN:
        note(f"and {len(results.failures) - _SHOWN} more replications failed")
    facts = results.facts
    if facts.until is not None and not facts.reached:
        share = f"{100 * facts.until:g} %"
        note(f"half-width {share}: not reached with {facts.replications} replications")
    if results.failures:
        return FAILED
    return STUCK if facts.reached is False else OK
