"""Search over training jobs: what an expression means, and the order and pages of what is found.

*Documented* are the operators and what they apply to, the limits of an expression, the default
operator and order, and that one item of a list must satisfy all conditions of a nested filter.
*Inferred* are all wordings but that of CONTAINS, that text is compared letter by letter, that a
job without a property satisfies NotEquals, and that in any order it comes last.
"""

from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from operator import eq, ge, gt, le, lt
from typing import Any

from simjob.engine.job import TrainingJob
from simjob.listing import Order, cut, read_token, refused_token, write_token
from simjob.properties import Kind, Property, Values, lists, resolve
from simjob.spec import errors, replies
from simjob.spec.editions import Column, Edition
from simjob.spec.requests import SearchRequest
from simjob.spec.shapes_search import Filter, NestedFilters, SearchExpression
from simjob.tags import tag_list
from simjob.views.record import Reply, describe

Test = Callable[[object], bool]
"""Whether a record, or an item of a list in it, satisfies something."""

MOST_CONDITIONS = 50
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "GreaterThan": gt,
    "GreaterThanOrEqualTo": ge,
    "LessThan": lt,
    "LessThanOrEqualTo": le,
}
_EXISTENCE = {"Exists", "NotExists"}
_OF_TEXT_ONLY = {"Contains", "In"}
_OF_ANYTHING = {"Equals", "NotEquals"}


def search(
    wanted: SearchRequest,
    jobs: Iterable[tuple[int, TrainingJob]],
    edition: Edition,
    now_ms: int,
) -> Reply:
    """The reply of Search over numbered jobs at an instant.

    Raises:
        ApiError: for an expression that means nothing, or more than the service takes.
    """
    column = edition.column
    _check_simulated(wanted)
    satisfies: Test = _everything
    if wanted.SearchExpression is not None:
        _check_limits(wanted.SearchExpression)
        satisfies = _expression(wanted.SearchExpression, column)
    order = Order(wanted.SortBy or "LastModifiedTime", wanted.SortOrder or "Descending")
    by = resolve(order.by, column)
    if by.kind is Kind.STRUCTURE:
        raise errors.rule_violated(f"SortBy must name a property with a value, not '{order.by}'.")
    records = {number: found(job, now_ms) for number, job in jobs}
    records = {number: record for number, record in records.items() if satisfies(record)}
    keys = sorted(_key(by, order, number, record) for number, record in records.items())
    after: Any = None
    if wanted.NextToken is not None:
        try:
            after = tuple(read_token(wanted.NextToken, order))
        except ValueError:
            raise refused_token(wanted.NextToken) from None
    try:
        page, more = cut(keys, order, wanted.MaxResults or 10, after)
    except TypeError:
        raise refused_token(wanted.NextToken or "") from None
    reply: Reply = {"Results": [{"TrainingJob": records[key[2]]} for key in page]}
    if more:
        reply["NextToken"] = write_token(order, page[-1])
    if column is Column.TODAY:
        reply["TotalHits"] = {"Value": len(records), "Relation": "EqualTo"}
    return reply


def found(job: TrainingJob, at_ms: int) -> Reply:
    """What Search tells of a job: most of what DescribeTrainingJob does, and the tags."""
    record = describe(job, at_ms)
    record = {k: v for k, v in record.items() if k not in replies.NOT_FOUND_BY_SEARCH}
    return {**record, "Tags": tag_list(job.tags)}


def _everything(_: object) -> bool:
    return True


def _key(by: Property, order: Order, number: int, record: Reply) -> tuple[int, Any, int]:
    """What a record is ordered by; one without the property comes last, whatever the order."""
    value = next(by.values(record), None)
    if value is None:
        return (-1 if order.direction == "Descending" else 1), 0, number
    return 0, value, number


def _check_simulated(wanted: SearchRequest) -> None:
    """*Ours*: what is not simulated is refused rather than answered wrongly."""
    found = []
    if wanted.Resource != "TrainingJob":
        found.append(f"Search over {wanted.Resource}")
    if wanted.CrossAccountFilterOption == "CrossAccount":
        found.append("Search in other accounts")
    if wanted.VisibilityConditions:
        found.append("VisibilityConditions")
    if found:
        raise errors.validation_exception((), [f"simjob does not simulate {x}." for x in found])


def _check_limits(expression: SearchExpression) -> None:
    filters = list(_filters(expression))
    if len(filters) + len(list(_expressions(expression))) - 1 > MOST_CONDITIONS:
        raise errors.rule_violated(
            f"A SearchExpression can include at most {MOST_CONDITIONS} filters, nested filters and "
            "subexpressions."
        )
    if sum(each.Operator == "Contains" for each in filters) > 1:
        raise errors.rule_violated("'CONTAINS' operator usage limit of 1 exceeded.")


def _expressions(expression: SearchExpression) -> Iterator[SearchExpression]:
    yield expression
    for each in expression.SubExpressions or ():
        yield from _expressions(each)


def _filters(expression: SearchExpression) -> Iterator[Filter]:
    for each in _expressions(expression):
        yield from each.Filters or ()
        for nested in each.NestedFilters or ():
            yield from nested.Filters


def _expression(expression: SearchExpression, column: Column) -> Test:
    tests = [_filter(each, resolve(each.Name, column)) for each in expression.Filters or ()]
    tests += [_nested(each, column) for each in expression.NestedFilters or ()]
    tests += [_expression(each, column) for each in expression.SubExpressions or ()]
    if not tests:
        raise errors.rule_violated(
            "A SearchExpression must have at least one filter, nested filter or subexpression."
        )
    combine = any if expression.Operator == "Or" else all
    return lambda record: combine(test(record) for test in tests)


def _nested(nested: NestedFilters, column: Column) -> Test:
    name = nested.NestedPropertyName
    items = lists(name, column)
    tests = []
    for each in nested.Filters:
        if not each.Name.startswith(f"{name}."):
            raise errors.rule_violated(
                f"The property '{each.Name}' of a nested filter must be one of '{name}'."
            )
        inner = resolve(each.Name[len(name) + 1 :], column, items.shape)
        tests.append(_filter(each, inner))
    return lambda record: any(all(test(item) for test in tests) for item in items.values(record))


def _filter(given: Filter, prop: Property) -> Test:
    """The test of one condition.

    Raises:
        ApiError: the operator does not apply to the property, or the value is not of its kind.
    """
    operator, text = given.Operator or "Equals", given.Value
    if operator in _EXISTENCE:
        exists = operator == "Exists"
        return lambda record: exists == any(True for _ in prop.values(record))
    if text is None:
        raise errors.rule_violated(f"The filter on '{given.Name}' must have a Value.")
    kind = prop.kind
    if kind is Kind.TEXT_OR_NUMBER:
        return _hyperparameter(given.Name, operator, text, prop)
    if operator not in _OF_ANYTHING | (_OF_TEXT_ONLY if kind is Kind.TEXT else set(_COMPARISONS)):
        raise _not_supported(operator, kind, given.Name)
    if kind is Kind.STRUCTURE:
        raise _not_supported(operator, kind, given.Name)
    if kind is Kind.TEXT:
        return _text(operator, text, prop)
    return _compared(operator, kind.read(text, given.Name), prop.values)


def _not_supported(operator: str, kind: Kind, name: str) -> errors.ApiError:
    return errors.rule_violated(
        f"The operator '{operator}' is not supported for the {kind.value} property '{name}'."
    )


def _text(operator: str, text: str, prop: Property) -> Test:
    if operator == "Contains":
        return lambda record: any(text in each for each in prop.values(record))
    if operator == "In":
        choices = {each.strip() for each in text.split(",")}
        return lambda record: any(each in choices for each in prop.values(record))
    return _compared(operator, text, prop.values)


def _compared(operator: str, wanted: object, values: Values) -> Test:
    compare: Callable[[Any, Any], bool] = _COMPARISONS.get(operator, eq)
    negated = operator == "NotEquals"
    return lambda record: negated != any(compare(each, wanted) for each in values(record))


def _hyperparameter(name: str, operator: str, text: str, prop: Property) -> Test:
    """A hyperparameter is text; against a number it is a number, whole if the number is."""
    wanted = _number(text)
    if wanted is None or operator in _OF_TEXT_ONLY:
        if operator not in _OF_ANYTHING | _OF_TEXT_ONLY:
            raise _not_supported(operator, Kind.TEXT, name)
        return _text(operator, text, prop)
    whole = text.lstrip("+-").isdecimal()

    def numbers(record: object) -> Iterator[float]:
        for each in prop.values(record):
            known = _number(each)
            if known is not None:
                yield float(int(known)) if whole else known

    return _compared(operator, wanted, numbers)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
