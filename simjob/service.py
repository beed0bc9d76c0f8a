"""The control plane of one account and region: what may be asked, and what is answered.

Requests are checked whole before anything changes; a refused call leaves no trace. Which jobs
there are, and their names, stand here; how they live is the engine's, what is said of them the
views'. What single operations look at stands in `admission`, `updating`, `listing`, `search` and
`tags`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from simjob import admission, search, updating
from simjob.engine.engine import Engine
from simjob.engine.job import NO_TAGS, TrainingJob
from simjob.journal import Journal
from simjob.listing import Listing, Order
from simjob.spec import errors, replies, requests
from simjob.spec.editions import Column, Edition
from simjob.spec.wire import InvalidRequest, structure, unstructure
from simjob.tags import MOST_TAGS, offset, tag_list, tag_map
from simjob.views.record import Reply, describe, summary
from simjob.views.seen import Seen

T = TypeVar("T")


class ControlPlane:
    """The training jobs of one account and region, and the operations on them.

    Every operation takes the request on its wire form and returns the reply on its wire form, new
    at every call. All of them raise `ApiError`, with the code and the wording of the service.
    """

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self.engine = engine
        self._journal = journal
        self._place = engine.world.account, engine.world.region
        self.jobs: dict[str, TrainingJob] = {}
        self.deleted: list[TrainingJob] = []
        self._deleted_of: Counter[str] = Counter()
        self._capital: dict[str, TrainingJob] = {}
        self._listing = Listing()

    @property
    def edition(self) -> Edition:
        """The edition that is in force."""
        return self.engine.edition

    def create(self, request: Mapping[str, object], launched_by: str | None = None) -> Reply:
        """CreateTrainingJob; `launched_by` is the ARN of the tuning or labeling job behind it."""
        wanted, asked = admission.accepted(request, self.edition)
        name = wanted.TrainingJobName
        taken = self._spelt(name)
        if taken is not None:
            raise errors.resource_in_use(taken.arn)
        tags = tag_map(wanted.Tags, NO_TAGS) if wanted.Tags else NO_TAGS
        world = self.engine.world
        job = TrainingJob(
            request=wanted,
            name=name,
            luck=f"{name}/{self._deleted_of[name]}" if name in self._deleted_of else name,
            created_ms=self.engine.now_ms,
            edition=self.edition,
            world=world,
            workload=admission.workload_of(world, name, wanted),
            launched_by=admission.launcher(launched_by, self.edition),
            tags=tags,
            asked=asked,
        )
        admission.check_objects(job)
        admission.check_quota(job, self.engine)
        admission.check_speed(job)
        self._take(job)
        return {"TrainingJobArn": job.arn}

    def create_again(self, job: TrainingJob) -> None:
        """Create a job that was created in another simulation at this instant."""
        tags = job.request.Tags
        self._take(
            TrainingJob(
                request=job.request,
                name=job.name,
                created_ms=self.engine.now_ms,
                edition=self.edition,
                world=self.engine.world,
                workload=job.workload,
                luck=job.luck,
                launched_by=job.launched_by,
                tags=tag_map(tags, NO_TAGS) if tags else NO_TAGS,
                asked=job.asked,
            )
        )

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
            raise errors.refused_in_status(self._status_of(job))
        self._stop(job.name)
        return {}

    def update(self, request: Mapping[str, object]) -> Reply:
        """UpdateTrainingJob, which the page does not know; `updating` tells what is refused."""
        self._came_later("UpdateTrainingJob")
        wanted = self._read(requests.UpdateTrainingJobRequest, request)
        updating.check_rules(wanted)
        job = self._known(wanted.TrainingJobName)
        updating.check(job, wanted, self.engine.now_ms)
        self._update(wanted)
        return {"TrainingJobArn": job.arn}

    def delete(self, request: Mapping[str, object]) -> Reply:
        """DeleteTrainingJob, which the page does not know: the job is unknown from now on.

        Its name may be given again, to a job that has luck of its own. Log lines and metrics are
        other services' and outlive it. No event tells of it.
        """
        self._came_later("DeleteTrainingJob")
        job = self._named(requests.DeleteTrainingJobRequest, request)
        if not job.history.ended:
            raise errors.delete_refused(self._status_of(job))
        if job.warmth is not None and job.warmth.available:
            raise errors.delete_refused_warm()
        self._delete(job.name)
        return {}

    def search(self, request: Mapping[str, object]) -> Reply:
        """Search, over training jobs."""
        wanted = self._read(requests.SearchRequest, request)
        return search.search(wanted, self._listing.numbered(), self.edition, self.engine.now_ms)

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
        tag_map(wanted.Tags, job.tags)
        self._add_tags(wanted)
        return {"Tags": tag_list(job.tags)}

    def list_tags(self, request: Mapping[str, object]) -> Reply:
        """ListTags: in the order in which they were first set, 50 a page by default."""
        wanted = self._read(requests.ListTagsRequest, request)
        tags = tag_list(self._job_of(wanted.ResourceArn).tags)
        first = 0 if wanted.NextToken is None else offset(wanted.NextToken, len(tags))
        last = first + (wanted.MaxResults or MOST_TAGS)
        reply: Reply = {"Tags": tags[first:last]}
        if last < len(tags):
            reply["NextToken"] = str(last)
        return reply

    def delete_tags(self, request: Mapping[str, object]) -> Reply:
        """DeleteTags: keys that are not there are passed over."""
        wanted = self._read(requests.DeleteTagsRequest, request)
        self._job_of(wanted.ResourceArn)
        self._delete_tags(wanted)
        return {}

    # What they change; all of it is noted, so that it can be made again.

    def _take(self, job: TrainingJob) -> None:
        self.jobs[job.name] = job
        if job.name != job.name.lower():
            self._capital[job.name.lower()] = job
        self._listing.add(job)
        self.engine.submit(job)
        self._journal.note(job)

    def _stop(self, name: str) -> None:
        self.engine.stop(self.jobs[name])
        self._journal.note((self._place, ControlPlane._stop, name))

    def _update(self, wanted: requests.UpdateTrainingJobRequest) -> None:
        job = self.jobs[wanted.TrainingJobName]
        updating.update(job, wanted, self.engine.now_ms)
        if wanted.ResourceConfig:
            self.engine.clock.quicken()
            self.engine.warm.set_period(job, job.keep_alive_ms)
        self._journal.note((self._place, ControlPlane._update, wanted))

    def _delete(self, name: str) -> None:
        job = self.jobs.pop(name)
        self._capital.pop(name.lower(), None)
        self._listing.remove(job)
        self.deleted.append(job)
        self._deleted_of[name] += 1
        self._journal.note((self._place, ControlPlane._delete, name))

    def _add_tags(self, wanted: requests.AddTagsRequest) -> None:
        job = self._job_of(wanted.ResourceArn)
        job.tags = tag_map(wanted.Tags, job.tags)
        self._journal.note((self._place, ControlPlane._add_tags, wanted))

    def _delete_tags(self, wanted: requests.DeleteTagsRequest) -> None:
        job = self._job_of(wanted.ResourceArn)
        job.tags = {key: value for key, value in job.tags.items() if key not in wanted.TagKeys}
        self._journal.note((self._place, ControlPlane._delete_tags, wanted))

    # What the operations are made of.

    def _read(self, shape: type[T], request: Mapping[str, object]) -> T:
        try:
            return structure(shape, request, self.edition.column)
        except InvalidRequest as invalid:
            raise errors.validation_exception(invalid.violations) from None

    def _named(
        self,
        shape: type[
            requests.DescribeTrainingJobRequest
            | requests.StopTrainingJobRequest
            | requests.DeleteTrainingJobRequest
        ],
        request: Mapping[str, object],
    ) -> TrainingJob:
        """The job that a request names; the name of a job that there is needs no further check."""
        name = request.get("TrainingJobName")
        job = self.jobs.get(name) if isinstance(name, str) and len(request) == 1 else None
        return job or self._known(self._read(shape, request).TrainingJobName)

    def _known(self, name: str) -> TrainingJob:
        if name not in self.jobs:
            raise errors.unknown_job(name, self.edition.column)
        return self.jobs[name]

    def _came_later(self, operation: str) -> None:
        """Refuse an operation that is younger than the page, in the editions of the page."""
        if self.edition.column is Column.PAGE:
            raise errors.unknown_operation(operation, self.edition.name)

    def _status_of(self, job: TrainingJob) -> str:
        return Seen(job, self.engine.now_ms).primary_status.value

    def _job_of(self, arn: str) -> TrainingJob:
        job = self._spelt(arn.rpartition("/")[2])
        if job is None or job.arn != arn:
            raise errors.unknown_job(arn, self.edition.column)
        return job

    def _spelt(self, name: str) -> TrainingJob | None:
        """The job of that name in whatever case: ARNs have none, so names clash (inferred)."""
        lower = name.lower()
        return self.jobs.get(lower) or self._capital.get(lower)


def _passes(row: replies.TrainingJobSummary, wanted: requests.ListTrainingJobsRequest) -> bool:
    """Whether a row satisfies the filters; both ends of a time range belong to it (inferred).

    No simulated job has a training plan.
    """
    warm = row.WarmPoolStatus
    modified = row.LastModifiedTime or row.CreationTime
    return (
        (wanted.NameContains is None or wanted.NameContains in row.TrainingJobName)
        and wanted.WarmPoolStatusEquals in {None, warm.Status if warm else None}
        and wanted.TrainingPlanArnEquals is None
        and (wanted.StatusEquals is None or wanted.StatusEquals == row.TrainingJobStatus)
        and (wanted.CreationTimeAfter is None or wanted.CreationTimeAfter <= row.CreationTime)
        and (wanted.CreationTimeBefore is None or row.CreationTime <= wanted.CreationTimeBefore)
        and (wanted.LastModifiedTimeAfter is None or wanted.LastModifiedTimeAfter <= modified)
        and (wanted.LastModifiedTimeBefore is None or modified <= wanted.LastModifiedTimeBefore)
    )
