"""Hypothesis strategies, derived from the constraints that the shapes carry.

`requests` draws whole CreateTrainingJob requests in their wire form, `from_shape` any structure,
`from_constraint` a single value. Needs the extra `simjob[testing]`.
"""

import functools
from collections.abc import Collection, Mapping

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "simjob.testing.strategies needs Hypothesis: pip install 'simjob[testing]'"
    ) from error

from simjob.spec.constraints import Choice, Constraint, Flag, Number, Text, Timestamp, Whole
from simjob.spec.containers import ListOf, MapOf, Nested, Recursive
from simjob.spec.editions import Column
from simjob.spec.java import compiled
from simjob.spec.member import members
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.rules import MAX_RUNTIME
from simjob.spec.scalars import INSTANCE_TYPE, KEEP_ALIVE
from simjob.spec.shapes import (
    AlgorithmSpecification,
    Channel,
    MetricDefinition,
    ResourceConfig,
    S3DataSource,
    Tag,
)

LONGEST = 64
"""How long strings get and how many items there are, where the constraint allows it."""

_MOST_ITEMS = 4
_WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
_WHOLE = 2**31 - 1
_EPOCH_3000 = 32_503_680_000.0
_ANY_CHARACTER = st.characters(codec="utf-8")
_ONE_LINE = st.characters(codec="utf-8", exclude_characters="\n\r\u0085\u2028\u2029")


def from_constraint(  # noqa: C901, PLR0911  one for each class
    constraint: Constraint, column: Column = Column.TODAY
) -> st.SearchStrategy[object]:
    """JSON values that satisfy a constraint; structures within are those of the column.

    >>> from hypothesis import find
    >>> find(from_constraint(Choice(("File",))), lambda _: True)
    'File'
    """
    match constraint:
        case Text():
            return _texts(constraint)
        case Choice():
            return st.sampled_from(constraint.values)
        case Whole():
            least = -_WHOLE if constraint.min is None else constraint.min
            return st.integers(least, _WHOLE if constraint.max is None else constraint.max)
        case Flag():
            return st.booleans()
        case Timestamp():
            return st.floats(0, _EPOCH_3000)
        case Number():
            return st.floats(allow_nan=False, allow_infinity=False)
        case ListOf():
            item = from_constraint(constraint.item, column)
            return st.lists(item, min_size=constraint.min, max_size=_few(constraint))
        case MapOf():
            key = from_constraint(constraint.key, column)
            value = from_constraint(constraint.value, column)
            return st.dictionaries(key, value, min_size=constraint.min, max_size=_few(constraint))
        case Nested():
            return from_shape(constraint.shape, column)
        case Recursive():
            return _recursive(constraint.find(), column)
    raise TypeError(f"no strategy for {constraint!r}")


@functools.cache
def _recursive(shape: type, column: Column) -> st.SearchStrategy[object]:
    return st.deferred(lambda: from_shape(shape, column))


def _few(constraint: ListOf | MapOf) -> int:
    most = constraint.min + _MOST_ITEMS
    return most if constraint.max is None else min(most, constraint.max)


def _texts(text: Text) -> st.SearchStrategy[object]:
    most = text.min + LONGEST if text.max is None else min(text.max, text.min + LONGEST)
    if text.pattern in {None, r"[\S\s]*"}:
        return st.text(_ANY_CHARACTER, min_size=text.min, max_size=most)
    if text.pattern in {".*", ".+"}:
        least = max(text.min, len(text.pattern) - 1 if text.pattern == ".+" else 0)
        return st.text(_ONE_LINE, min_size=least, max_size=most)
    drawn = st.from_regex(compiled(text.pattern or ""), fullmatch=True)
    longest = text.max

    def fits(value: str) -> bool:
        no_surrogates = not any("\ud800" <= each <= "\udfff" for each in value)
        return no_surrogates and text.min <= len(value) <= (longest or len(value))

    return drawn.filter(fits)


def from_shape(
    shape: type,
    column: Column,
    *,
    without: Collection[str] = (),
    given: Mapping[str, st.SearchStrategy[object]] | None = None,
) -> st.SearchStrategy[dict[str, object]]:
    """Structures in their wire form: the required members of the column, and any of the others.

    Args:
        shape: one of the shapes.
        column: whose members and limits.
        without: members that are never there.
        given: strategies for members that are always there.

    >>> from simjob.spec.shapes import ShuffleConfig
    >>> from hypothesis import find
    >>> find(from_shape(ShuffleConfig, Column.PAGE), lambda _: True)
    {'Seed': 0}
    """
    needed: dict[str, st.SearchStrategy[object]] = dict(given or {})
    optional: dict[str, st.SearchStrategy[object]] = {}
    for each in members(shape, column):
        if each.name in needed or each.name in without:
            continue
        (needed if each.required else optional)[each.name] = from_constraint(
            each.constraint, column
        )
    return st.fixed_dictionaries(needed, optional=optional)


NOT_SIMULATED = frozenset(
    {"InstanceGroups", "InstancePreferences", "TrainingPlanArn", "InstancePlacementConfig"}
)
ONLY_IN_REPLIES = frozenset({"SelectedInstanceType", "SelectedInstanceCount"})

_DRAWN_APART = frozenset(
    {
        "AlgorithmSpecification",
        "EnableManagedSpotTraining",
        "InputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "Tags",
    }
)
_REGEXES = st.sampled_from((r"loss=([0-9.]+)", "accuracy: (.*)", ".+", "a|b"))


@functools.cache
def _resources(column: Column) -> st.SearchStrategy[dict[str, object]]:
    return from_shape(
        ResourceConfig,
        column,
        without=NOT_SIMULATED | ONLY_IN_REPLIES | {"KeepAlivePeriodInSeconds"},
        given={"InstanceType": from_constraint(INSTANCE_TYPE), "InstanceCount": st.integers(1, 20)},
    )


@functools.cache
def _algorithms(column: Column) -> st.SearchStrategy[dict[str, object]]:
    constraints = {each.name: each.constraint for each in members(AlgorithmSpecification, column)}
    metric = from_shape(MetricDefinition, column, given={"Regex": _REGEXES})
    metrics = st.lists(metric, max_size=_MOST_ITEMS, unique_by=lambda each: str(each["Name"]))

    def named(one: str, other: str) -> st.SearchStrategy[dict[str, object]]:
        given = {one: from_constraint(constraints[one], column), "MetricDefinitions": metrics}
        return from_shape(AlgorithmSpecification, column, without={other}, given=given)

    return named("TrainingImage", "AlgorithmName") | named("AlgorithmName", "TrainingImage")


@functools.cache
def _channels(column: Column) -> st.SearchStrategy[list[dict[str, object]]]:
    objects = from_shape(
        S3DataSource,
        column,
        without={"AttributeNames"},
        given={"S3DataType": st.sampled_from(("S3Prefix", "ManifestFile"))},
    )
    manifest = from_shape(
        S3DataSource,
        column,
        given={
            "S3DataType": st.just("AugmentedManifestFile"),
            "AttributeNames": st.lists(_WORDS, min_size=1, max_size=_MOST_ITEMS),
        },
    )

    def channel(
        source: st.SearchStrategy[dict[str, object]], **more: st.SearchStrategy[object]
    ) -> st.SearchStrategy[dict[str, object]]:
        data = st.fixed_dictionaries({"S3DataSource": source})
        return from_shape(Channel, column, given={"DataSource": data, **more})

    either = channel(objects) | channel(manifest, InputMode=st.just("Pipe"))
    return st.lists(
        either, min_size=1, max_size=_MOST_ITEMS, unique_by=lambda each: str(each["ChannelName"])
    )


def _key_of(tag: Mapping[str, object]) -> str:
    return str(tag["Key"])


@functools.cache
def _others(column: Column) -> st.SearchStrategy[dict[str, object]]:
    without = _DRAWN_APART | {"ServerlessJobConfig"}
    return from_shape(CreateTrainingJobRequest, column, without=without)


@st.composite
def requests(
    draw: st.DrawFn, column: Column = Column.TODAY, *, spot: bool | None = None
) -> dict[str, object]:
    """CreateTrainingJob requests in their wire form that keep every constraint and every rule.

    Args:
        draw: given by Hypothesis.
        column: whose members and limits.
        spot: whether on the spot market; either, if not said.

    >>> from hypothesis import find
    >>> find(requests(Column.PAGE), lambda _: True)["TrainingJobName"]
    '0'
    """
    request = draw(_others(column))
    limits = {"MaxRuntimeInSeconds": draw(st.integers(1, MAX_RUNTIME))}
    resources = draw(_resources(column))
    request["AlgorithmSpecification"] = draw(_algorithms(column))
    request["ResourceConfig"] = resources
    request["StoppingCondition"] = limits
    if draw(st.booleans()):
        request["InputDataConfig"] = draw(_channels(column))
    if draw(st.booleans()):
        tags = st.lists(from_shape(Tag, column), max_size=_MOST_ITEMS, unique_by=_key_of)
        request["Tags"] = draw(tags)
    if draw(st.booleans()) if spot is None else spot:
        request["EnableManagedSpotTraining"] = True
        limits["MaxWaitTimeInSeconds"] = limits["MaxRuntimeInSeconds"] + draw(st.integers(0, 10**6))
    elif column is Column.TODAY and draw(st.booleans()):
        resources["KeepAlivePeriodInSeconds"] = draw(from_constraint(KEEP_ALIVE))
    return request
