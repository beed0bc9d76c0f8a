"""What lies before a job whose instances are ready: the legs of its course, known beforehand.

Of a declared workload everything up to the end is known; of a generator workload everything up to
its start. What may cut a course short is told in `lifecycle`; how long its parts take in `plan`.
"""

import attrs

from simjob.engine.container import Declared
from simjob.engine.history import Leg, Legs, Updates, check_legs
from simjob.engine.job import TrainingJob
from simjob.engine.plan import Plan, Planner
from simjob.engine.scripted import Script
from simjob.spec import reasons
from simjob.spec.editions import Edition
from simjob.spec.statuses import SecondaryStatus
from simjob.world import World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import milliseconds

_S = SecondaryStatus
# Members of an Enum are looked up by Python code (3.11), these are not.
_DOWNLOADING = _S.Downloading
_IMAGE = _S.DownloadingTrainingImage
_TRAINING = _S.Training
_UPLOADING = _S.Uploading


@attrs.define(slots=True, eq=False)
class Course:
    """The legs before a job, in milliseconds from the instant at which its instances are ready.

    Attributes:
        legs: what the job goes through if nothing cuts it short.
        run_ms: when the container starts, after the image was pulled.
        container: the run of a declared workload.
        script: the generator function of any other, which goes on where the legs end.
        failure: why the job fails after the last leg; empty where it does not.
        exit_ms: until when a limit or the market may cut the course short.
        end_ms: when the last leg is over.
        reaches_training: whether the container is started.
        uploads: whether the course ends with the upload.
    """

    legs: Legs
    run_ms: int
    container: Declared | None = None
    script: Script | None = None
    failure: str = ""
    exit_ms: int = attrs.field(init=False)
    end_ms: int = attrs.field(init=False)
    reaches_training: bool = attrs.field(init=False)
    uploads: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        last = self.legs[-1] if self.legs else None
        self.end_ms = last.until_ms if last else 0
        self.uploads = last is not None and last.status is _UPLOADING
        self.exit_ms = last.after_ms if last and self.uploads else self.end_ms
        self.reaches_training = last is not None and (self.uploads or last.status is _TRAINING)


class Courses:
    """Lays courses; jobs that share a plan share the course of a first run, too."""

    def __init__(self, world: World, edition: Edition, draws: Draws, planner: Planner) -> None:
        self._world = world
        self._edition = edition
        self._draws = draws
        self._planner = planner
        self._checked: set[tuple[SecondaryStatus, ...]] = set()

    def of(self, job: TrainingJob, plan: Plan, resumed_ms: int) -> Course:
        """The course of an attempt, of whose work `resumed_ms` is already saved."""
        key = id(job.workload), job.asked.encrypted
        known = plan.courses
        course = known.get(key) if known is not None and not resumed_ms else None
        if course is None:
            course = self._lay(job, plan, resumed_ms)
            self._check(course.legs)
            if known is not None and not resumed_ms and self._alike(job, course):
                known[key] = course
        return course

    @staticmethod
    def _alike(job: TrainingJob, course: Course) -> bool:
        """Whether the workload always takes this course, which keeps it, whose id stands for it."""
        return course.container is not None and job.workload.constant

    def _check(self, legs: Legs) -> None:
        """Have each status be one that may follow the one before; looked at once for all alike."""
        statuses = tuple([leg.status for leg in legs])
        if statuses not in self._checked:
            check_legs(self._edition.transitions, legs)
            self._checked.add(statuses)

    def _lay(self, job: TrainingJob, plan: Plan, resumed_ms: int) -> Course:
        legs = plan.fetching
        if legs is None:
            legs = plan.fetching = self._fetching(job, plan)
        training_ms = legs[-1].until_ms if legs else 0
        pulls = self._edition.image_pull is _TRAINING
        run_ms = training_ms + (plan.pull_ms if pulls else 0)
        failure = plan.data_failure
        if failure is not None:
            # Nothing looks for the data but the download, or else the container.
            container = Declared(job.workload, 0, 0, failure)
            if any(leg.status is _DOWNLOADING for leg in legs):
                return Course(legs, run_ms, container, failure=failure)
        elif job.workload.run is not None:
            return Course(legs, run_ms, script=job.workload.run)
        else:
            container = self._container(job, resumed_ms)
            failure = container.failure
        messages = self._edition.messages
        exit_ms = run_ms + container.lasts_ms
        training = messages.image if pulls else messages.training
        updates = plan.image_messages if pulls else ()
        legs += (Leg(_TRAINING, training_ms, exit_ms, training, updates),)
        if failure is None:
            uploading_ms = plan.upload_overhead_ms
            if container.model_bytes:
                uploading_ms += self._planner.transfer_ms(job, container.model_bytes)
            legs += (Leg(_UPLOADING, exit_ms, exit_ms + uploading_ms, messages.uploading),)
        return Course(legs, run_ms, container, failure=failure or "")

    def _fetching(self, job: TrainingJob, plan: Plan) -> Legs:
        """The legs before Training: the data, and the image where it is not pulled later."""
        edition = self._edition
        messages = edition.messages
        legs: Legs = ()
        until_ms = 0
        pulls = edition.image_pull is _DOWNLOADING
        if pulls or job.asked.file_mode:
            until_ms = plan.download_ms
            updates: Updates = ()
            if pulls and plan.data_failure is None:
                until_ms += plan.pull_ms
                updates = plan.image_messages
            legs = (Leg(_DOWNLOADING, 0, until_ms, messages.downloading, updates),)
            if plan.data_failure is not None:
                return legs
        if edition.image_pull is _IMAGE:
            end_ms = until_ms + plan.pull_ms
            legs += (Leg(_IMAGE, until_ms, end_ms, messages.image),)
        return legs

    def _container(self, job: TrainingJob, resumed_ms: int) -> Declared:
        workload, work_ms = job.workload, self.work_ms(job)
        failure = self._failure(job)
        if failure is None or workload.fails_after is None:
            return Declared(workload, work_ms, resumed_ms, failure)
        after = self._draws.sample(workload.fails_after, job.luck, Purpose.FAILS_AFTER)
        return Declared(workload, work_ms, resumed_ms, failure, milliseconds(after))

    def _failure(self, job: TrainingJob) -> str | None:
        """Why the container fails: out of memory on every host, or with an exit code on some."""
        workload = job.workload
        if not (workload.exit_code or workload.memory_bytes):
            return None
        instance = self._planner.profile(job.asked.instance_type).instance
        if workload.memory_bytes > instance.memory_bytes:
            return reasons.OUT_OF_MEMORY
        hosts = workload.failing_hosts
        fails = hosts is None or any(host <= job.asked.instance_count for host in hosts)
        if workload.exit_code and fails:
            return reasons.algorithm(workload.failure, workload.exit_code)
        return None

    def work_ms(self, job: TrainingJob) -> int:
        """The whole work, the same in every attempt and on every host: they train in step."""
        instance = self._planner.profile(job.asked.instance_type).instance
        each, factor = job.workload.time_on(
            instance, job.asked.instance_count, encrypted=job.asked.encrypted
        )
        return milliseconds(self._draws.sample(each, job.luck, Purpose.TRAIN) * factor)
