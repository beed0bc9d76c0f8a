"""How long the parts of one attempt take: the world's latencies, drawn for this job.

An attempt's plan is drawn as a whole when capacity is granted; what lies before its instances when
they are ready is told by `course`. On several instances every one is drawn for itself and the
slowest decides. Nothing waits here.
"""

import math
from typing import TYPE_CHECKING

import attrs

from simjob.engine.asked import s3_sources
from simjob.engine.history import Legs, Updates
from simjob.engine.job import TrainingJob
from simjob.spec import reasons
from simjob.spec.editions import Edition
from simjob.spec.instances import InstanceType, instance_type
from simjob.spec.statuses import SecondaryStatus
from simjob.world import Constant, Distribution, World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import LONGEST, milliseconds
from simjob.world.latencies import lookup

if TYPE_CHECKING:
    from simjob.engine.course import Course

_NOTHING = Constant(0.0)
_NO_LUCK_NEEDED = (0.5,) * 8
_MOST_REPLACEMENTS = 63


class Profile:
    """What the world says of one instance type: its facts, and how long things take on it."""

    __slots__ = (
        "constant",
        "download_rate",
        "downloading",
        "image_pull",
        "instance",
        "launching",
        "preparing",
        "upload_rate",
        "uploading",
    )

    def __init__(self, instance: InstanceType, world: World) -> None:
        tables = world.latencies
        self.instance = instance
        self.launching: Distribution = lookup(tables.launching, instance) or _NOTHING
        self.preparing: Distribution = lookup(tables.preparing, instance) or _NOTHING
        self.downloading: Distribution = lookup(tables.downloading, instance) or _NOTHING
        self.image_pull: Distribution = lookup(tables.image_pull, instance) or _NOTHING
        self.uploading: Distribution = lookup(tables.uploading, instance) or _NOTHING
        network = instance.network_bytes_per_second
        self.download_rate = min(world.storage.download_bytes_per_second, network)
        self.upload_rate = min(world.storage.upload_bytes_per_second, network)
        each = (self.launching, self.preparing, self.downloading, self.image_pull, self.uploading)
        self.constant = all(type(distribution) is Constant for distribution in each)


@attrs.define(slots=True, eq=False)
class Plan:
    """The durations of one attempt, in milliseconds, and the messages that follow from them.

    `ready_after_ms` has one entry per instance; `launched_ms` and `ready_ms` are the slowest one's.
    `data_failure` says why the input data cannot be had. `launch_messages` are spans from the grant
    of capacity, `image_messages` spans from the start of the status that pulls the image. Where
    nothing is left to luck the plan is shared by like jobs, and with it the legs that they go
    through before they train (`fetching`), and by workload the `courses` of their first runs.
    """

    ready_after_ms: tuple[int, ...]
    launched_ms: int
    ready_ms: int
    download_ms: int
    pull_ms: int
    upload_overhead_ms: int
    data_failure: str | None
    launch_messages: Updates
    image_messages: Updates
    fetching: Legs | None = None
    courses: "dict[tuple[int, bool], Course] | None" = None

    def launched(self) -> "Plan":
        """The same on instances that are ready at once."""
        return attrs.evolve(
            self,
            ready_after_ms=(0,) * len(self.ready_after_ms),
            launched_ms=0,
            ready_ms=0,
            launch_messages=((0, self.launch_messages[-1][1]),),
        )


class Planner:
    """Draws plans, and keeps what the world says of each instance type."""

    def __init__(self, world: World, edition: Edition, draws: Draws) -> None:
        self._world = world
        self._edition = edition
        self._draws = draws
        self._profiles: dict[str, Profile] = {}
        self._calm = not (world.launches.unhealthy_probability or world.storage.prefixes)
        self._shared: dict[tuple[str, int, bool, int], Plan] = {}

    def profile(self, name: str) -> Profile:
        """What the world says of that instance type."""
        profile = self._profiles.get(name)
        if profile is None:
            profile = self._profiles[name] = Profile(instance_type(name), self._world)
        return profile

    def plan(self, job: TrainingJob, attempt: int) -> Plan:
        """The plan of one attempt; where nothing is left to luck, all like jobs share one."""
        key = (
            job.asked.instance_type,
            job.asked.instance_count,
            job.asked.file_mode,
            job.asked.file_channels,
        )
        plan = self._shared.get(key)
        if plan is None:
            profile = self.profile(job.asked.instance_type)
            plan = self._draw(job, attempt, profile)
            if self._calm and profile.constant:
                plan.courses = {}
                self._shared[key] = plan
        return plan

    def upload_allowed(self, job: TrainingJob) -> bool:
        """Whether the world lets the job write to its output path."""
        storage = self._world.storage
        if not storage.prefixes:
            return True
        path = job.request.OutputDataConfig.S3OutputPath
        return storage.prefix_for(path).access != "denied"

    def transfer_ms(self, job: TrainingJob, size_bytes: int) -> int:
        """How long so many bytes take to S3; none of them do where it is not allowed."""
        if not self.upload_allowed(job):
            return 0
        rate = self.profile(job.asked.instance_type).upload_rate
        return milliseconds(min(LONGEST, size_bytes / rate))

    def _draw(self, job: TrainingJob, attempt: int, profile: Profile) -> Plan:
        count = job.asked.instance_count
        first = (attempt - 1) * count
        unhealthy: list[int] = []
        launches: list[int] = []
        preparing = uploading = download = pull = 0.0
        for number in range(first, first + count):
            luck: tuple[float, ...] = _NO_LUCK_NEEDED
            if not profile.constant:
                luck = self._draws.usual(job.luck, number)
            if number == first:
                preparing = profile.preparing.sample(luck[Purpose.PREPARE])
                uploading = profile.uploading.sample(luck[Purpose.UPLOAD])
            launch_ms = milliseconds(profile.launching.sample(luck[Purpose.LAUNCH]))
            if self._world.launches.unhealthy_probability:
                launch_ms += self._replacements_ms(job, number, profile, launch_ms, unhealthy)
            launches.append(launch_ms)
            download = max(download, profile.downloading.sample(luck[Purpose.DOWNLOAD]))
            pull = max(pull, profile.image_pull.sample(luck[Purpose.PULL]))
        launched_ms = max(launches)
        transfer_seconds, data_failure = self._input(job, profile)
        preparing_ms = milliseconds(preparing)
        download_ms = milliseconds(min(LONGEST, download + transfer_seconds))
        pull_ms = milliseconds(pull)
        return Plan(
            tuple([each + preparing_ms for each in launches]),
            launched_ms,
            launched_ms + preparing_ms,
            download_ms,
            pull_ms,
            milliseconds(uploading),
            data_failure,
            self._launch_messages(launched_ms, unhealthy),
            self._image_messages(download_ms, pull_ms),
        )

    def _launch_messages(self, launched_ms: int, unhealthy: list[int]) -> Updates:
        messages = self._edition.messages
        return (
            *(((0, messages.launching),) if messages.launching else ()),
            *[(each, messages.unhealthy) for each in sorted(unhealthy)],
            (launched_ms, messages.preparing),
        )

    def _image_messages(self, download_ms: int, pull_ms: int) -> Updates:
        messages = self._edition.messages
        if self._edition.image_pull is SecondaryStatus.Downloading:
            return ((download_ms, messages.image),)
        return ((pull_ms, messages.training),)

    def _replacements_ms(
        self, job: TrainingJob, number: int, profile: Profile, launch_ms: int, found: list[int]
    ) -> int:
        """What the replacements of an unhealthy instance add, each found when it had launched."""
        probability = self._world.launches.unhealthy_probability
        luck = self._draws.uniform(job.luck, Purpose.UNHEALTHY, number)
        added_ms = 0
        for nth in range(1, _failures(luck, probability) + 1):
            found.append(launch_ms + added_ms)
            # A replacement is a draw of its own, numbered apart from the attempts' own numbers.
            again = ~(number * (_MOST_REPLACEMENTS + 1) + nth)
            seconds = self._draws.sample(profile.launching, job.luck, Purpose.LAUNCH, again)
            added_ms += milliseconds(seconds)
        return added_ms

    def _input(self, job: TrainingJob, profile: Profile) -> tuple[float, str | None]:
        """Seconds of transfer for one instance, and why the data cannot be had."""
        storage = self._world.storage
        if not storage.prefixes:
            return job.asked.file_channels * storage.seconds_per_object, None
        rate = profile.download_rate
        seconds = 0.0
        for source, in_file_mode in s3_sources(job.request):
            prefix = storage.held_by(source.S3Uri)
            if prefix.access == "denied":
                return 0.0, reasons.DATA_DENIED
            if prefix.access == "missing":
                return 0.0, reasons.data_missing(source.S3Uri)
            if in_file_mode:
                sharded = source.S3DataDistributionType == "ShardedByS3Key"
                share = job.asked.instance_count if sharded else 1
                objects = -(-prefix.objects // share)
                seconds += prefix.bytes / share / rate + objects * storage.seconds_per_object
        return seconds, None


def _failures(luck: float, probability: float) -> int:
    """How many launches in a row are unhealthy: geometric, and bounded so that a job can start."""
    if probability >= 1:
        return _MOST_REPLACEMENTS
    return min(_MOST_REPLACEMENTS, int(math.log(1 - luck) / math.log(probability)))
