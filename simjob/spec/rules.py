"""What the members of a CreateTrainingJob request must satisfy together.

One small function for each rule; `RULES` lists them in the order in which they are reported.
What a member must satisfy by itself stands in its constraint; what depends on the account (names,
quotas, S3 objects) is looked at by the service. A docstring names its rule's source: *recorded*
wording, *documented* rule with wording of ours, *inferred*, or *ours*: what is not simulated is
refused rather than run wrongly.

Today's column requires neither AlgorithmSpecification nor ResourceConfig nor StoppingCondition,
for serverless jobs have none. The first two are asked for here; without the third a job may run
for a day (documented default), which is for the service to fill in.
"""

import functools
import re
from collections.abc import Callable, Iterable

from simjob.spec.editions import Column
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.shapes import Channel

MAX_RUNTIME = 28 * 24 * 3600
"""The longest that a job may run, in seconds (documented)."""

MOST_INSTANCES = 1000
"""The most instances that a simulated job may have: every one of them is drawn for itself."""

Rule = Callable[[CreateTrainingJobRequest, Column], Iterable[str]]


def violated_rules(request: CreateTrainingJobRequest, column: Column) -> list[str]:
    """The message of every rule that a request breaks, in the order of `RULES`.

    >>> from simjob.spec.shapes import OutputDataConfig
    >>> request = CreateTrainingJobRequest(
    ...     TrainingJobName="a",
    ...     RoleArn="arn:aws:iam::123456789012:role/a",
    ...     OutputDataConfig=OutputDataConfig(S3OutputPath="s3://b"),
    ... )
    >>> violated_rules(request, Column.TODAY)[0]
    'AlgorithmSpecification is required, unless ServerlessJobConfig is given.'
    """
    found: list[str] = []
    for rule in RULES:
        found += rule(request, column)
    return found


def simulated(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Ours*: these members are part of the API, and no simulated job heeds them."""
    del column
    found = ["ServerlessJobConfig"] if request.ServerlessJobConfig else []
    resources = request.ResourceConfig
    if resources:
        if (resources.InstanceCount or 0) > MOST_INSTANCES:
            found.append(f"more than {MOST_INSTANCES} instances of one job")
        if resources.InstanceGroups:
            found.append("ResourceConfig.InstanceGroups")
        if resources.InstancePreferences:
            found.append("ResourceConfig.InstancePreferences")
        if resources.TrainingPlanArn:
            found.append("ResourceConfig.TrainingPlanArn")
        if resources.InstancePlacementConfig:
            found.append("ResourceConfig.InstancePlacementConfig")
    return [f"simjob does not simulate {name}." for name in found] if found else ()


def job_is_whole(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Inferred* wording: a job that is not serverless has an algorithm and instances."""
    del column
    algorithm, resources = request.AlgorithmSpecification, request.ResourceConfig
    if request.ServerlessJobConfig or (algorithm and resources):
        return ()
    return [
        f"{name} is required, unless ServerlessJobConfig is given."
        for name, value in (
            ("AlgorithmSpecification", algorithm),
            ("ResourceConfig", resources),
        )
        if value is None
    ]


def instances_are_given(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented* in part: either a type and a count of at least one, or groups.

    Today's model takes a count of 0 and none at all; only the other ways to name instances need
    neither. *Inferred* wording.
    """
    del column
    resources = request.ResourceConfig
    if resources is None or resources.InstancePreferences:
        return ()
    if resources.InstanceGroups:
        both = resources.InstanceType is not None or resources.InstanceCount is not None
        return (
            ("ResourceConfig must not give InstanceType or InstanceCount beside InstanceGroups.",)
            if both
            else ()
        )
    if resources.InstanceType is None or not resources.InstanceCount:
        return ("ResourceConfig must give an InstanceType and an InstanceCount of at least 1.",)
    return ()


def one_algorithm(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented*: either an image or the name of an algorithm, not both. Wording *inferred*."""
    del column
    algorithm = request.AlgorithmSpecification
    if algorithm is None or (algorithm.TrainingImage is None) != (algorithm.AlgorithmName is None):
        return ()
    return ("AlgorithmSpecification must give exactly one of TrainingImage and AlgorithmName.",)


def metrics_are_usable(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Inferred*: a metric's name is unique, and its Regex compiles.

    The service reads the expression as one of Java's; Python's `re` stands in for it here.
    """
    del column
    algorithm = request.AlgorithmSpecification
    if algorithm is None or not algorithm.MetricDefinitions:
        return ()
    metrics = algorithm.MetricDefinitions
    found = _repeated("MetricDefinitions", [each.Name for each in metrics])
    for each in metrics:
        why = _why_not_a_regex(each.Regex)
        if why:
            found.append(f"The Regex of the metric '{each.Name}' does not compile: {why}.")
    return found


@functools.lru_cache(maxsize=4096)
def _why_not_a_regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def _repeated(where: str, names: list[str]) -> list[str]:
    if len(names) == len(set(names)):
        return []
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    return [f"{where} must have unique names; '{name}' is there more than once." for name in twice]


def channels_are_unique(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented*: a channel's name is unique in its job. Wording *inferred*."""
    del column
    if request.InputDataConfig is None:
        return ()
    return _repeated("InputDataConfig", [each.ChannelName for each in request.InputDataConfig])


def channels_have_data(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented* for S3; that there is exactly one source is *inferred*, as is the wording."""
    del column
    found = []
    for each in request.InputDataConfig or ():
        data = each.DataSource
        given = bool(data.S3DataSource) + bool(data.FileSystemDataSource) + bool(data.DatasetSource)
        if given != 1:
            found.append(f"The channel '{each.ChannelName}' must have exactly one data source.")
    return found


def manifests_have_attributes(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented*: augmented manifests come in Pipe mode and name their attributes.

    Nothing else names attributes. Wording *inferred*.
    """
    del column
    found: list[str] = []
    for each in request.InputDataConfig or ():
        source = each.DataSource.S3DataSource
        if source is None:
            continue
        name = f"The channel '{each.ChannelName}'"
        if source.S3DataType != "AugmentedManifestFile":
            if source.AttributeNames:
                found.append(
                    f"{name} must not have AttributeNames: it is no AugmentedManifestFile."
                )
            continue
        if not source.AttributeNames:
            found.append(f"{name} must have AttributeNames: it is an AugmentedManifestFile.")
        if _input_mode(request, each) != "Pipe":
            found.append(f"{name} must be in Pipe mode: it is an AugmentedManifestFile.")
    return found


def _input_mode(request: CreateTrainingJobRequest, channel: Channel) -> str | None:
    algorithm = request.AlgorithmSpecification
    return channel.InputMode or (algorithm.TrainingInputMode if algorithm else None)


SEGMENTATION = "semantic-segmentation"


def isolation_is_supported(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented* on the page: built-in Semantic Segmentation knows no network isolation.

    It is known by the repository of its image, or by its name. Wording *inferred*.
    """
    del column
    algorithm = request.AlgorithmSpecification
    if not request.EnableNetworkIsolation or algorithm is None:
        return ()
    image = (algorithm.TrainingImage or "").rpartition("/")[2]
    if SEGMENTATION in {re.split("[:@]", image)[0], algorithm.AlgorithmName}:
        return ("The Semantic Segmentation built-in algorithm does not support network isolation.",)
    return ()


def runtime_is_bounded(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented*: 28 days at most. Wording *inferred*."""
    del column
    limits = request.StoppingCondition
    if limits is None or (limits.MaxRuntimeInSeconds or 0) <= MAX_RUNTIME:
        return ()
    return (f"Invalid MaxRuntimeInSeconds. It must be at most {MAX_RUNTIME} (28 days).",)


DEFAULT_RUNTIME = 24 * 3600
"""How long a job may run that does not say, in seconds (documented)."""

WAIT_WITHOUT_SPOT = (
    "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to "
    "true"
)
WAIT_TOO_SHORT = (
    "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
    "MaxRuntimeInSeconds"
)
KEPT_ALIVE_ON_SPOT = (
    "Invalid KeepAlivePeriodInSeconds. It is not supported when EnableManagedSpotTraining is set "
    "to true."
)


def wait_goes_with_spot(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Recorded*: no wait without spot. *Documented*: with spot, a wait as long as the run.

    The wording of the second is general knowledge.
    """
    del column
    limits = request.StoppingCondition
    wait = limits.MaxWaitTimeInSeconds if limits else None
    if not request.EnableManagedSpotTraining:
        return () if wait is None else (WAIT_WITHOUT_SPOT,)
    run = (limits.MaxRuntimeInSeconds if limits else None) or DEFAULT_RUNTIME
    return () if wait is not None and wait >= run else (WAIT_TOO_SHORT,)


def warm_pool_is_on_demand(request: CreateTrainingJobRequest, column: Column) -> Iterable[str]:
    """*Documented*: instances of the spot market are not kept alive. Wording *inferred*."""
    del column
    resources = request.ResourceConfig
    if request.EnableManagedSpotTraining and resources and resources.KeepAlivePeriodInSeconds:
        return (KEPT_ALIVE_ON_SPOT,)
    return ()


RULES: tuple[Rule, ...] = (
    job_is_whole,
    simulated,
    instances_are_given,
    one_algorithm,
    metrics_are_usable,
    channels_are_unique,
    channels_have_data,
    manifests_have_attributes,
    isolation_is_supported,
    runtime_is_bounded,
    wait_goes_with_spot,
    warm_pool_is_on_demand,
)
"""Every rule, in the order of its report."""
