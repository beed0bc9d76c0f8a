"""Log lines in which a record's own MetricDefinitions find the values that it shows at its end.

A record tells which values were found last, and when, but not the lines; any line will do in which
the definition's regular expression finds the value. One is made up by walking the expression as
Python's own parser sees it. Where that does not succeed there is no line, and the metric is missing
from the replay.
"""

import re
from collections.abc import Iterable
from typing import Any

from simjob.whatif.records import Phase, Record
from simjob.world.durations import milliseconds

Line = tuple[float, str]
"""Seconds after the start of Training, and what is written then."""


def lines_of(record: Record, training: Phase) -> dict[int, Line]:
    """The lines for the metrics of FinalMetricDataList, by their places in it, as far as found.

    In the order in which they are to be written: at one instant a line in which other metrics
    would find a value too comes before theirs.
    """
    algorithm = record.typed.AlgorithmSpecification
    definitions = (algorithm.MetricDefinitions if algorithm else None) or ()
    expressions = {each.Name: each.Regex for each in definitions}
    found: dict[int, Line] = {}
    for place, metric in enumerate(record.typed.FinalMetricDataList or ()):
        name, value, second = metric.MetricName, metric.Value, metric.Timestamp
        if name is None or name not in expressions or value is None or second is None:
            continue
        after = _after(training, milliseconds(second))
        line = line_for(expressions[name], value)
        if line is not None and after is not None:
            found[place] = (after, line)

    def turn(each: tuple[int, Line]) -> tuple[float, int, int]:
        place, (after, line) = each
        finders = sum(1 for other in expressions.values() if re.search(other, line))
        return after, -finders, place

    return dict(sorted(found.items(), key=turn))


def _after(training: Phase, second_ms: int) -> float | None:
    """When in Training that whole second is, from its start; None where it is not."""
    end_ms = training.start_ms if training.end_ms is None else training.end_ms
    if not training.start_ms - 1000 < second_ms <= end_ms:
        return None
    return max(0, second_ms - training.start_ms) / 1000


def line_for(expression: str, value: float) -> str | None:
    r"""A line in whose first group the expression finds the value; None where none was found.

    >>> line_for(r".*\[[0-9]+\].*#011train-auc:([-+]?[0-9]*\.?[0-9]+).*", 0.5)
    '[0]#011train-auc:0.5'
    >>> line_for("no group", 0.5) is None
    True
    """
    text = f"{value!r}"
    try:
        from re import _parser  # type: ignore[attr-defined]  # noqa: PLC0415 - see above

        line = _written(_parser.parse(expression), text)
        found = re.search(expression, line)
    except (ImportError, LookupError, ValueError, re.error):
        return None
    if found is None or not found.groups() or found[1] != text or len(line.splitlines()) != 1:
        return None
    return line


def _written(parsed: Iterable[tuple[Any, Any]], value: str) -> str:
    """The shortest text of each part in turn, and the value for the first group.

    Raises:
        LookupError: there is a part that is not known here.
    """
    return "".join(_part(str(operation), argument, value) for operation, argument in parsed)


def _part(operation: str, argument: Any, value: str) -> str:  # noqa: ANN401, PLR0911 - the parser's own
    match operation:
        case "LITERAL":
            return chr(argument)
        case "ANY":
            return "x"
        case "IN":
            return _member(argument)
        case "NOT_LITERAL":
            return "x" if argument != ord("x") else "y"
        case "AT" | "ASSERT_NOT" | "ASSERT":
            return ""
        case "SUBPATTERN":
            return value if argument[0] == 1 else _written(argument[3], value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _written(argument[2], value) * int(argument[0])
        case "BRANCH":
            return _written(argument[1][0], value)
    raise LookupError(operation)


def _member(choices: list[tuple[Any, Any]]) -> str:
    """One character of a set."""
    for operation, argument in choices:
        match str(operation):
            case "LITERAL":
                return chr(argument)
            case "RANGE":
                return chr(argument[0])
            case "CATEGORY":
                known = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}
                return known.get(str(argument), "x")
            case _:
                continue
    raise LookupError("a set of all but some")
