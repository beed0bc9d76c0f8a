"""The control plane of one account and region: what may be asked, and what is answered.

Requests are checked whole before anything changes; a refused call leaves no trace. Which jobs
there are, their names, quotas and tags stand here; how they live is the engine's, what is said of
them the views'.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import attrs

from simjob.engine.engine import Engine
from simjob.engine.job import NO_TAGS, TrainingJob
from simjob.listing import Listing, Order
from simjob.spec import errors, replies, requests
from simjob.spec.editions import Edition
from simjob.spec.member import members
from simjob.spec.rules import DEFAULT_RUNTIME, violated_rules
from simjob.spec.shapes import Channel, StoppingCondition, Tag
from simjob.spec.wire import InvalidRequest, structure, structure_unchecked, unstructure
from simjob.views.record import Reply, describe, summary

T = TypeVar("T")

MOST_TAGS = 50
"""How many tags one resource may have (documented)."""


class ControlPlane:
    """The training jobs of one account and region, and the operations on them.

    Every operation takes the request on its wire form and returns the reply on its wire form, new
    at every call. All of them raise `ApiError`, with the code and the wording of the service.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.jobs: dict[str, TrainingJob] = {}
        self._capital: dict[str, TrainingJob] = {}
        self._listing = Listing()

    @property
    def edition(self) -> Edition:
        """The edition that is in force."""
        return self.engine.edition

    def create(self, request: Mapping[str, object], launched_by: str | None = None) -> Reply:
        """CreateTrainingJob; `launched_by` is the ARN of the tuning or labeling job behind it."""
        wanted = self._valid(request)
        taken = self._spelt(wanted.TrainingJobName)
        if taken is not None:
            raise errors.resource_in_use(taken.arn)
        tags = _tag_map(wanted.Tags, NO_TAGS) if wanted.Tags else NO_TAGS
        world = self.engine.world
        algorithm = wanted.AlgorithmSpecification
        job = TrainingJob(
            request=_with_defaults(wanted, self.edition),
            name=wanted.TrainingJobName,
            created_ms=self.engine.now_ms,
            edition=self.edition,
            world=world,
            workload=world.workload_for(
                wanted.TrainingJobName,
                (algorithm.TrainingImage if algorithm else None) or "",
                (algorithm.AlgorithmName if algorithm else None) or "",
                wanted.HyperParameters or {},
            ),
            launched_by=_launcher(launched_by, self.edition),
            tags=tags,
        )
        self._check_objects(job)
        self._check_quota(job)
        self.jobs[job.name] = job
        if job.name != job.name.lower():
            self._capital[job.name.lower()] = job
        self._listing.add(job)
        self.engine.submit(job)
        return {"TrainingJobArn": job.arn}

    def describe(self, request: Mapping[str, object], at_ms: int | None = None) -> Reply:
        """DescribeTrainingJob; with an earlier instant, as it would have been answered then."""
        job = self._named(requests.DescribeTrainingJobRequest, request)
        if at_ms is None:
            at_ms = self.engine.now_ms
        elif at_ms < job.created_ms:
            raise errors.unknown_job(job.name, self.edition.column)
        return describe(job, at_ms)

    def stop(self, request: Mapping[str, object]) -> Reply:
        """StopTrainingJob: nothing for a job that is stopping, refused for one that has ended."""
        job = self._named(requests.StopTrainingJobRequest, request)
        if job.history.ended:
            status = self.edition.primary_status(job.history.status, stop_requested=False)
            raise errors.stop_refused(status.value)
        self.engine.stop(job)
        return {}

    def list(self, request: Mapping[str, object], at_ms: int | None = None) -> Reply:
        """ListTrainingJobs: the page is cut first and filtered after (recorded).

        A page may so be empty and yet have a NextToken. With an earlier instant, the rows are as
        they were then, and jobs that were created since are filtered out.
        """
        wanted = self._read(requests.ListTrainingJobsRequest, request)
        now_ms = self.engine.now_ms if at_ms is None else at_ms
        order = Order(wanted.SortBy or "CreationTime", wanted.SortOrder or "Descending")
        found, token = self._listing.page(order, wanted.MaxResults or 10, wanted.NextToken, now_ms)
        rows = [summary(job, now_ms) for job in found if job.created_ms <= now_ms]
        return unstructure(
            replies.ListTrainingJobsResponse(
                TrainingJobSummaries=tuple(row for row in rows if _passes(row, wanted)),
                NextToken=token,
            ),
            self.edition.column,
        )

    def add_tags(self, request: Mapping[str, object]) -> Reply:
        """AddTags: a key that is there already gets the new value."""
        wanted = self._read(requests.AddTagsRequest, request)
        job = self._job_of(wanted.ResourceArn)
        job.tags = _tag_map(wanted.Tags, job.tags)
        return {"Tags": _tag_list(job.tags)}

    def list_tags(self, request: Mapping[str, object]) -> Reply:
        """ListTags: in the order in which they were first set, 50 a page by default."""
        wanted = self._read(requests.ListTagsRequest, request)
        tags = _tag_list(self._job_of(wanted.ResourceArn).tags)
        first = 0 if wanted.NextToken is None else _offset(wanted.NextToken, len(tags))
        last = first + (wanted.MaxResults or MOST_TAGS)
        reply: Reply = {"Tags": tags[first:last]}
        if last < len(tags):
            reply["NextToken"] = str(last)
        return reply

    def delete_tags(self, request: Mapping[str, object]) -> Reply:
        """DeleteTags: keys that are not there are passed over."""
        wanted = self._read(requests.DeleteTagsRequest, request)
        job = self._job_of(wanted.ResourceArn)
        job.tags = {key: value for key, value in job.tags.items() if key not in wanted.TagKeys}
        return {}

    # What the operations are made of.

    def _read(self, shape: type[T], request: Mapping[str, object]) -> T:
        try:
            return structure(shape, request, self.edition.column)
        except InvalidRequest as invalid:
            raise errors.validation_exception(invalid.violations) from None

    def _valid(self, request: Mapping[str, object]) -> requests.CreateTrainingJobRequest:
        """A CreateTrainingJob request in which every member is right, and all are together.

        Where only constraints are violated, what can be read says which rules are, too.
        """
        shape, column = requests.CreateTrainingJobRequest, self.edition.column
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

    def _named(
        self,
        shape: type[requests.DescribeTrainingJobRequest | requests.StopTrainingJobRequest],
        request: Mapping[str, object],
    ) -> TrainingJob:
        """The job that a request names; the name of a job that there is needs no further check."""
        name = request.get("TrainingJobName")
        job = self.jobs.get(name) if isinstance(name, str) and len(request) == 1 else None
        if job is not None:
            return job
        wanted = self._read(shape, request).TrainingJobName
        if wanted not in self.jobs:
            raise errors.unknown_job(wanted, self.edition.column)
        return self.jobs[wanted]

    def _job_of(self, arn: str) -> TrainingJob:
        job = self._spelt(arn.rpartition("/")[2])
        if job is None or job.arn != arn:
            raise errors.unknown_job(arn, self.edition.column)
        return job

    def _spelt(self, name: str) -> TrainingJob | None:
        """The job of that name in whatever case: ARNs have none, so names clash (inferred)."""
        lower = name.lower()
        return self.jobs.get(lower) or self._capital.get(lower)

    def _check_objects(self, job: TrainingJob) -> None:
        """The live service looks for the objects of every channel before it takes a job."""
        if not self.edition.checks_objects:
            return
        world = self.engine.world
        for source, _ in job.s3_sources:
            if world.storage.held_by(source.S3Uri).access == "missing":
                raise errors.no_objects(
                    source.S3Uri,
                    region=world.region,
                    role=job.request.RoleArn,
                    bucket=source.S3Uri.split("/")[2],
                )

    def _check_quota(self, job: TrainingJob) -> None:
        quotas = self.engine.world.quotas
        limit = (quotas.spot if job.spot else quotas.on_demand).get(job.instance_type)
        if limit is None:
            return
        in_use = self.engine.instances_in_use(job.instance_type, spot=job.spot)
        if in_use + job.instance_count > limit:
            raise errors.resource_limit_exceeded(
                job.instance_type,
                spot=job.spot,
                limit=limit,
                utilization=in_use,
                delta=job.instance_count,
                column=self.edition.column,
            )


def _launcher(arn: str | None, edition: Edition) -> tuple[str | None, str | None]:
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


def _with_defaults(
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


def _passes(row: replies.TrainingJobSummary, wanted: requests.ListTrainingJobsRequest) -> bool:
    """Whether a row satisfies the filters; both ends of a time range belong to it (inferred).

    No simulated job has a warm pool or a training plan.
    """
    modified = row.LastModifiedTime or row.CreationTime
    return (
        (wanted.NameContains is None or wanted.NameContains in row.TrainingJobName)
        and wanted.WarmPoolStatusEquals is None
        and wanted.TrainingPlanArnEquals is None
        and (wanted.StatusEquals is None or wanted.StatusEquals == row.TrainingJobStatus)
        and (wanted.CreationTimeAfter is None or wanted.CreationTimeAfter <= row.CreationTime)
        and (wanted.CreationTimeBefore is None or row.CreationTime <= wanted.CreationTimeBefore)
        and (wanted.LastModifiedTimeAfter is None or wanted.LastModifiedTimeAfter <= modified)
        and (wanted.LastModifiedTimeBefore is None or modified <= wanted.LastModifiedTimeBefore)
    )


def _tag_map(tags: Iterable[Tag], before: Mapping[str, str]) -> dict[str, str]:
    """The tags after a call that sets some (wording inferred).

    Raises:
        ApiError: a key twice in one call, or too many of them in all.
    """
    given = list(tags)
    if len({each.Key for each in given}) < len(given):
        raise errors.rule_violated("Duplicate tag keys found in the request.")
    after = {**before, **{each.Key: each.Value for each in given}}
    if len(after) > MOST_TAGS:
        raise errors.rule_violated(f"A resource can have at most {MOST_TAGS} tags.")
    return after


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _offset(token: str, count: int) -> int:
    if token in map(str, range(1, count)):
        return int(token)
    raise errors.rule_violated(f"Invalid NextToken '{token}'.")
