"""`simjob compare`: two plans, or the variations of one, in the same worlds."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simjob.commands.arguments import FAILED, OK, BadInputError, missing_extra, note
from simjob.whatif.one_world import ComparisonError
from simjob.whatif.paths import PlanError

if TYPE_CHECKING:
    from simjob.pictures.pareto import Pareto
    from simjob.whatif.comparison import Comparison
    from simjob.whatif.results import Results

_EPILOG = """\
exit status:
  0  compared
  2  bad input, or a picture that cannot be written
  3  a replication failed, and is not in the comparison
  130 and 141 after Ctrl-C and a closed pipe, as in a shell

A and B are plans, or files that `simjob sweep --out` wrote, ending in .parquet. Plans are carried
out here, with all their variations; replication 3 has the same seed in each of them. Everything is
compared with the first variation of A. Results whose seeds differ are not compared.
"""
_RESULTS: Final = ".parquet"
_HERE: Final = "-"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to a parser's commands."""
    compare = commands.add_parser(
        "compare",
        help="compare plans, or variations of one, in the same worlds",
        description="Compare plans, or the variations of one, in the same worlds.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.set_defaults(command=_compare)
    compare.add_argument("a", metavar="A", help="a plan, or results of a sweep")
    compare.add_argument("b", metavar="B", nargs="?", help="what to compare it with")
    compare.add_argument(
        "--replications", type=int, metavar="N", help="of each variation of a plan (100)"
    )
    compare.add_argument("--seed", type=int, default=0, metavar="N", help="any whole number (0)")
    compare.add_argument(
        "--picture",
        metavar="FILE",
        help="draw cost against completion time: .png, .svg, or - for the terminal",
    )


def _compare(arguments: argparse.Namespace) -> int:
    try:
        from rich.text import Text  # noqa: PLC0415 - extras

        from simjob.terminal import PipedConsole  # noqa: PLC0415 - extras
        from simjob.whatif.comparison import compare  # noqa: PLC0415 - extras
        from simjob.whatif.comparison_report import report  # noqa: PLC0415 - extras
    except ModuleNotFoundError as error:
        raise missing_extra(error, "whatif") from None
    _check_picture(arguments.picture)
    files = [each for each in (arguments.a, arguments.b) if each is not None]
    results = _results(files, arguments.replications, arguments.seed)
    try:
        found = compare(*results, names=_names(files))
    except ComparisonError as error:
        raise BadInputError([str(error)]) from None
    console = PipedConsole(highlight=False)
    for line, style in report(found, width=console.width, ascii_only=console.options.ascii_only):
        console.print(Text(line, style=style), soft_wrap=True)
    if arguments.picture is not None:
        _draw(found, results, arguments.picture)
    failures = [failure for each in results for failure in each.failures]
    for failure in failures[:10]:
        note(f"failed: {failure}")
    if len(failures) > 10:
        note(f"and {len(failures) - 10} more replications failed")
    return FAILED if failures else OK


# What is compared.


def _results(files: list[str], replications: int | None, seed: int) -> "list[Results]":
    """The results of each file, read or simulated; every mistake is found before a plan runs."""
    from simjob.whatif.plan_files import load_plan  # noqa: PLC0415 - not for --help
    from simjob.whatif.results import Results  # noqa: PLC0415 - extras
    from simjob.whatif.sweeping import sweep  # noqa: PLC0415 - extras

    mistakes: list[str] = []
    sources = []
    for file in files:
        try:
            is_results = Path(file).suffix == _RESULTS
            sources.append(Results.read(file) if is_results else load_plan(file))
        except PlanError as error:
            mistakes += str(error).splitlines()
        except OSError as error:
            mistakes.append(f"{file}: cannot be read: {error.strerror or error}")
        except ValueError as error:
            mistakes.append(str(error))
    if mistakes:
        raise BadInputError(mistakes)
    return [
        each
        if isinstance(each, Results)
        else sweep(each, replications=replications, seed=seed, progress=True)
        for each in sources
    ]


def _names(files: list[str]) -> tuple[str, str]:
    """What to call the two: their file names without suffix, or whole where those are the same."""
    stems = [Path(each).stem for each in files]
    a, b = [*(stems if len(set(stems)) == len(stems) else files), ""][:2]
    return (a, b) if a != b else ("A", "B")


# The picture.


def _check_picture(file: str | None) -> None:
    """Say before anything runs that a picture cannot be drawn there."""
    if file is None:
        return
    from simjob.pictures.picture import PictureError, suffix_of  # noqa: PLC0415 - if asked for

    if file == _HERE:
        return
    try:
        suffix_of(file)
    except PictureError as error:
        raise BadInputError([f"--picture: {error}"]) from None
    if find_spec("matplotlib") is None:
        raise BadInputError(["matplotlib is not installed: pip install 'simjob[pictures]'"])
    if not Path(file).absolute().parent.is_dir():
        raise BadInputError([f"--picture: there is no directory {Path(file).parent}"])


def _draw(found: "Comparison", results: "list[Results]", file: str) -> None:
    from simjob.pictures.picture import PictureError  # noqa: PLC0415 - if asked for

    try:
        picture = _pareto(found, results)
        if file == _HERE:
            print()  # noqa: T201 - the command line prints
            picture.show()
            return
        picture.save(file)
    except PictureError as error:
        raise BadInputError([f"--picture: {error}"]) from None
    except OSError as error:
        raise BadInputError([f"--picture: {file}: cannot be written: {error.strerror}"]) from None
    print(f"picture: {file}")  # noqa: T201 - the command line prints


def _pareto(found: "Comparison", results: "list[Results]") -> "Pareto":
    """Cost against completion time, with the budget that all variations have in common."""
    from simjob.pictures.pareto import Pareto, Point  # noqa: PLC0415 - if asked for

    budgets = {terms.budget_dollars for each in results for terms in each.facts.terms.values()}
    return Pareto(
        [
            Point(
                each.variation,
                each.completion_seconds.mean,
                each.dollars.mean,
                each.completion_seconds.half_width or 0.0,
                each.dollars.half_width or 0.0,
                each.front,
            )
            for each in found.standings
            if each.completion_seconds.mean is not None and each.dollars.mean is not None
        ],
        what="completion time, mean",
        budget_dollars=budgets.pop() if len(budgets) == 1 else None,
    )
