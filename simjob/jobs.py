"""A job, and a change of its status, as a caller sees them: typed, read-only, at the present."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from simjob.engine.clock import instant_of
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus
from simjob.views import bill, event, hosts, logs, metrics, record, timeline
from simjob.views.seen import Seen
from simjob.views.shown import Shown
from simjob.views.words import story


class Job(Shown):
    """One job of a simulation; every attribute is read at the simulation's present instant."""

    def __init__(self, job: TrainingJob, engine: Engine) -> None:
        self._job = job
        self._engine = engine

    @property
    def name(self) -> str:
        """TrainingJobName."""
        return self._job.name

    @property
    def arn(self) -> str:
        """TrainingJobArn."""
        return self._job.arn

    @property
    def status(self) -> PrimaryStatus:
        """TrainingJobStatus."""
        return self._seen.primary_status

    @property
    def secondary_status(self) -> SecondaryStatus:
        """SecondaryStatus."""
        return self._seen.secondary_status

    @property
    def spot(self) -> bool:
        """Whether the job asked for spot instances (EnableManagedSpotTraining)."""
        return self._job.asked.spot

    @property
    def ended(self) -> bool:
        """Whether the job is in a status that it never leaves."""
        return self._job.history.ended

    @property
    def record(self) -> dict[str, object]:
        """The reply of DescribeTrainingJob."""
        return record.describe(self._job, self._engine.now_ms)

    @property
    def history(self) -> tuple[timeline.Phase, ...]:
        """Every status that the job has been in, with its times and its last message."""
        return timeline.phases(self._job, self._engine.now_ms)

    @property
    def timeline(self) -> timeline.Timeline:
        """The phases, and the time of every instance."""
        return timeline.timeline(self._job, self._engine.now_ms)

    @property
    def bill(self) -> bill.Bill:
        """What the job costs, or has cost so far."""
        return bill.bill(self._job, self._engine.now_ms)

    @property
    def log_streams(self) -> list[logs.LogStream]:
        """Where the containers write to: one stream for each host and run."""
        return logs.log_streams(self._job, self._engine.now_ms)

    def last_logs(self, count: int) -> list[logs.LogLine]:
        """The last `count` lines of `logs`, without the cost of all of them; fewer if there are."""
        return logs.log_lines(self._job, self._engine.now_ms, count)

    @property
    def logs(self) -> list[logs.LogLine]:
        """What the containers have written."""
        return logs.log_lines(self._job, self._engine.now_ms)

    @property
    def metrics(self) -> list[metrics.MetricPoint]:
        """What the request's MetricDefinitions find in the logs."""
        return list(metrics.metric_points(self._job, self._engine.now_ms))

    @property
    def host_metrics(self) -> list[hosts.HostPoint]:
        """How busy the instances are; the numbers are made up."""
        return list(hosts.host_points(self._job, self._engine.now_ms))

    @property
    def tags(self) -> dict[str, str]:
        """The tags, as a map."""
        return dict(self._job.tags)

    @property
    def _seen(self) -> Seen:
        return Seen(self._job, self._engine.now_ms)

    def __repr__(self) -> str:
        return f"<Job {self.name} {self.status}/{self.secondary_status}>"

    def __str__(self) -> str:
        return story(self)


class Jobs(Mapping[str, Job]):
    """The jobs of a simulation by name, in the order of their creation."""

    def __init__(self, jobs: Mapping[str, TrainingJob], engine: Engine) -> None:
        self._jobs = jobs
        self._engine = engine

    def __getitem__(self, name: str) -> Job:
        return Job(self._jobs[name], self._engine)

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        return f"<{len(self)} jobs: {', '.join(self)}>"


class Transition:
    """One change of a job's status, as a subscriber is told of it."""

    def __init__(self, job: Job, place: int) -> None:
        self.job = job
        self._place = place
        self._tags = job.tags
        self._entry = job._job.history.entries[place]  # noqa: SLF001 - two faces of one thing

    @property
    def at(self) -> datetime:
        """When it happened."""
        return instant_of(self._entry.start_ms)

    @property
    def status(self) -> SecondaryStatus:
        """The secondary status that was entered."""
        return self._entry.status

    @property
    def message(self) -> str:
        """Its first StatusMessage."""
        return self._entry.message

    @property
    def event(self) -> dict[str, object]:
        """The EventBridge event of this change, whose detail is the record as of this change."""
        return event.state_change(self.job._job, self._place, self._tags)  # noqa: SLF001 - as above

    def __repr__(self) -> str:
        return f"<Transition {self.job.name} {self.status} at {self.at.isoformat()}>"
