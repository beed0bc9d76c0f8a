"""`simjob compare`: two plans, or the variations of one, in the same worlds."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simjob.commands import pictures
from simjob.commands.arguments import FAILED, OK, BadInputError, missing_extra, note
from simjob.whatif.one_world import ComparisonError
from simjob.whatif.paths import PlanError

if TYPE_CHECKING:
    from simjob.pictures.picture import Picture
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
_ROWS: Final = ".csv"


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
    pictures.add_option(compare, "cost against completion time")


def _compare(arguments: argparse.Namespace) -> int:
    try:
        from rich.text import Text  # noqa: PLC0415 - extras

        from simjob.terminal import PipedConsole  # noqa: PLC0415 - extras
        from simjob.whatif.comparison import compare  # noqa: PLC0415 - extras
        from simjob.whatif.comparison_report import report  # noqa: PLC0415 - extras
    except ModuleNotFoundError as error:
        raise missing_extra(error, "whatif") from None
    pictures.check(arguments.picture)
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
        suffix = Path(file).suffix
        if suffix == _ROWS:
            mistakes.append(
                f"{file}: results are read from files ending in {_RESULTS}, not {_ROWS}"
            )
            continue
        try:
            sources.append(Results.read(file) if suffix == _RESULTS else load_plan(file))
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


def _draw(found: "Comparison", results: "list[Results]", file: str) -> None:
    def picture() -> "Picture":
        return pictures.pareto(
            [
                (
                    each.variation,
                    each.completion_seconds,
                    each.dollars,
                    each.front,
                    each.unfinished,
                )
                for each in found.standings
            ],
            [terms.budget_dollars for each in results for terms in each.facts.terms.values()],
        )

    pictures.draw(picture, file)
