"""What CreateTrainingJob looks at before it takes a job, and what it fills in.

What a request must satisfy by itself is told by the shapes and by `rules`; here is what depends on
the account (S3 objects, quotas, who launched the job) and on the workload. Nothing here changes
anything.

The jobs of a suite or a sweep are mostly alike but for their names and hyperparameters, so what
else a request says is read and checked once for all requests that say the same.
"""

import functools
import marshal
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import attrs

from simjob.engine.asked import Asked, s3_sources
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.engine.scripted import WorkloadError
from simjob.spec import errors, replies, requests
from simjob.spec.constraints import RefusedError
from simjob.spec.editions import Column, Edition
from simjob.spec.instances import instance_type
from simjob.spec.member import members
from simjob.spec.rules import DEFAULT_RUNTIME, violated_rules
from simjob.spec.shapes import Channel, StoppingCondition
from simjob.spec.wire import InvalidRequest, member_reader, structure, structure_unchecked
from simjob.world import Workload, World

_NAME: Final = "TrainingJobName"
_PARAMETERS: Final = "HyperParameters"
_BY_CONTENT: Final = 2
"""The format of `marshal` that says what is there and of which type, and nothing of identity."""


class Accepted(NamedTuple):
    """A request that was accepted, and what the engine reads of it, which like requests share."""

    request: requests.CreateTrainingJobRequest
    asked: Asked


_ACCEPTED: Final[dict[tuple[bytes, Edition], Accepted]] = {}
"""Requests that were accepted, by what they have in common with others that say the same."""
_MOST_ACCEPTED: Final = 128


def accepted(request: Mapping[str, object], edition: Edition) -> Accepted:
    """A CreateTrainingJob request as the service remembers it: valid, and with its defaults.

    No rule and no default looks at the name or the hyperparameters, which are each job's own.

    Raises:
        ApiError: with everything that is wrong.

    >>> from simjob.spec.editions import LIVE
    >>> try:
    ...     accepted({"RoleArn": 7}, LIVE)
    ... except errors.ApiError as error:
    ...     len(error.violations)
    3
    """
    common = dict(request)
    name, parameters = common.pop(_NAME, None), common.pop(_PARAMETERS, None)
    try:
        # These bytes are equal only for equal values of equal types: True is not 1.
        said = marshal.dumps(common, _BY_CONTENT), edition
    except ValueError:  # not plain JSON
        return _accepted(request, edition)
    known = _ACCEPTED.get(said)
    if known is not None:
        try:
            own: dict[str, Any] = {_NAME: _read(_NAME, edition.column)(name, None)}
            own[_PARAMETERS] = None
            if parameters is not None:
                own[_PARAMETERS] = _read(_PARAMETERS, edition.column)(parameters, None)
            return Accepted(attrs.evolve(known.request, **own), known.asked)
        except RefusedError:
            pass  # all that is wrong with it is found below
    found = _accepted(request, edition)
    if len(_ACCEPTED) >= _MOST_ACCEPTED:
        _ACCEPTED.clear()
    _ACCEPTED[said] = found
    return found


def _accepted(request: Mapping[str, object], edition: Edition) -> Accepted:
    whole = with_defaults(valid(request, edition.column), edition)
    return Accepted(whole, Asked.of(whole))


_read = functools.partial(member_reader, requests.CreateTrainingJobRequest)


def valid(request: Mapping[str, object], column: Column) -> requests.CreateTrainingJobRequest:
    """A CreateTrainingJob request in which every member is right, and all are together.

    Where only constraints are violated, what can be read says which rules are, too.

    Raises:
        ApiError: with everything that is wrong.
    """
    shape = requests.CreateTrainingJobRequest
    try:
        wanted = structure(shape, request, column)
    except InvalidRequest as invalid:
        rules: list[str] = []
        if all(each.kind is errors.Kind.CONSTRAINT for each in invalid.violations):
            rules = violated_rules(structure_unchecked(shape, request), column)
        raise errors.validation_exception(invalid.violations, rules) from None
    rules = violated_rules(wanted, column)
    if rules:
        raise errors.validation_exception((), rules)
    return wanted


def workload_of(world: World, name: str, request: requests.CreateTrainingJobRequest) -> Workload:
    """What a job of that name and request runs, as the world's rules say."""
    algorithm = request.AlgorithmSpecification
    return world.workload_for(
        name,
        (algorithm.TrainingImage if algorithm else None) or "",
        (algorithm.AlgorithmName if algorithm else None) or "",
        request.HyperParameters or {},
    )


def may_refuse(world: World) -> bool:
    """Whether `check_objects` or `check_quota` refuse any job in that world."""
    return bool(world.storage.prefixes or world.quotas.on_demand or world.quotas.spot)


def check_objects(job: TrainingJob) -> None:
    """The live service looks for the objects of every channel before it takes a job.

    Raises:
        ApiError: there are none.
    """
    if not (job.edition.checks_objects and job.world.storage.prefixes):
        return
    for source, _ in s3_sources(job.request):
        if job.world.storage.held_by(source.S3Uri).access == "missing":
            raise errors.no_objects(
                source.S3Uri,
                region=job.world.region,
                role=job.request.RoleArn,
                bucket=source.S3Uri.split("/")[2],
            )


def check_speed(job: TrainingJob) -> None:
    """Whether the world knows how long the workload takes on the job's instances.

    Raises:
        WorkloadError: it does not; no service would answer so.
    """
    name = job.asked.instance_type
    if not job.workload.runs_on(instance_type(name)):
        known = ", ".join(job.workload.throughput)
        raise WorkloadError(f"{job.name!r}: its workload has no throughput for {name}, has {known}")


def check_quota(job: TrainingJob, engine: Engine) -> None:
    """Whether the account may have so many more instances.

    Raises:
        ApiError: it may not.
    """
    quotas = job.world.quotas
    limit = (quotas.spot if job.asked.spot else quotas.on_demand).get(job.asked.instance_type)
    if limit is None:
        return
    in_use = engine.instances_in_use(job.asked.instance_type, spot=job.asked.spot)
    if in_use + job.asked.instance_count > limit:
        raise errors.resource_limit_exceeded(
            job.asked.instance_type,
            spot=job.asked.spot,
            limit=limit,
            utilization=in_use,
            delta=job.asked.instance_count,
            column=job.edition.column,
        )


def launcher(arn: str | None, edition: Edition) -> tuple[str | None, str | None]:
    """TuningJobArn and LabelingJobArn of a job, of which one at most is there.

    Raises:
        ApiError: the ARN is neither of a tuning job nor of a labeling job.
    """
    if arn is None:
        return None, None
    shape = members(replies.DescribeTrainingJobResponse, edition.column)
    constraints = {each.name: each.constraint for each in shape}
    if not constraints["TuningJobArn"].violated(arn):
        return arn, None
    if not constraints["LabelingJobArn"].violated(arn):
        return None, arn
    raise errors.rule_violated(
        f"launched_by must be the ARN of a hyper-parameter-tuning-job or a labeling-job, is {arn!r}"
    )


def with_defaults(
    request: requests.CreateTrainingJobRequest, edition: Edition
) -> requests.CreateTrainingJobRequest:
    """The request as the service remembers it, with the defaults that recorded replies show."""
    output = request.OutputDataConfig
    return attrs.evolve(
        request,
        OutputDataConfig=(
            output if output.KmsKeyId is not None else attrs.evolve(output, KmsKeyId="")
        ),
        InputDataConfig=_channels(request, edition),
        StoppingCondition=_limits(request.StoppingCondition),
        EnableNetworkIsolation=bool(request.EnableNetworkIsolation),
        EnableInterContainerTrafficEncryption=bool(request.EnableInterContainerTrafficEncryption),
        EnableManagedSpotTraining=bool(request.EnableManagedSpotTraining),
    )


def _channels(
    request: requests.CreateTrainingJobRequest, edition: Edition
) -> tuple[Channel, ...] | None:
    channels = request.InputDataConfig
    if channels is None:
        return () if edition.empty_channels_shown else None
    return tuple(
        each
        if each.CompressionType and each.RecordWrapperType
        else attrs.evolve(
            each,
            CompressionType=each.CompressionType or "None",
            RecordWrapperType=each.RecordWrapperType or "None",
        )
        for each in channels
    )


def _limits(given: StoppingCondition | None) -> StoppingCondition:
    if given is None:
        return StoppingCondition(MaxRuntimeInSeconds=DEFAULT_RUNTIME)
    if given.MaxRuntimeInSeconds is None:
        return attrs.evolve(given, MaxRuntimeInSeconds=DEFAULT_RUNTIME)
    return given
