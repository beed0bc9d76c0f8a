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
from simjob.spec.editions import Edition
from simjob.spec.statuses import SecondaryStatus
from simjob.world import Constant, World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import milliseconds

_S = SecondaryStatus


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
        self.uploads = last is not None and last.status is _S.Uploading
        self.exit_ms = last.after_ms if last and self.uploads else self.end_ms
        self.reaches_training = last is not None and last.status in {_S.Training, _S.Uploading}


class Courses:
    """Lays courses; jobs that share a plan share the course of a first run, too."""

    def __init__(self, world: World, edition: Edition, draws: Draws, planner: Planner) -> None:
        self._world = world
        self._edition = edition
        self._draws = draws
        self._planner = planner

    def of(self, job: TrainingJob, plan: Plan, resumed_ms: int) -> Course:
        """The course of an attempt, of whose work `resumed_ms` is already saved."""
        if plan.course is not None and not resumed_ms:
            return plan.course
        course = self._lay(job, plan, resumed_ms)
        check_legs(self._edition.transitions, course.legs)
        if plan.shared and not resumed_ms:
            plan.course = course
        return course

    def _lay(self, job: TrainingJob, plan: Plan, resumed_ms: int) -> Course:
        legs = self._fetching(job, plan)
        training_ms = legs[-1].until_ms if legs else 0
        pulls = self._edition.image_pull is _S.Training
        run_ms = training_ms + (plan.pull_ms if pulls else 0)
        failure = plan.data_failure
        if failure is not None:
            # Nothing looks for the data but the download, or else the container.
            container = Declared.broken(job.workload, failure)
            if any(leg.status is _S.Downloading for leg in legs):
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
        legs += (Leg(_S.Training, training_ms, exit_ms, training, updates),)
        if failure is None:
            uploading_ms = plan.upload_overhead_ms
            if container.model_bytes:
                uploading_ms += self._planner.transfer_ms(job, container.model_bytes)
            legs += (Leg(_S.Uploading, exit_ms, exit_ms + uploading_ms, messages.uploading),)
        return Course(legs, run_ms, container, failure=failure or "")

    def _fetching(self, job: TrainingJob, plan: Plan) -> Legs:
        """The legs before Training: the data, and the image where it is not pulled later."""
        edition = self._edition
        messages = edition.messages
        legs: Legs = ()
        until_ms = 0
        pulls = edition.image_pull is _S.Downloading
        if pulls or job.file_mode:
            until_ms = plan.download_ms
            updates: Updates = ()
            if pulls and plan.data_failure is None:
                until_ms += plan.pull_ms
                updates = plan.image_messages
            legs = (Leg(_S.Downloading, 0, until_ms, messages.downloading, updates),)
            if plan.data_failure is not None:
                return legs
        if edition.image_pull is _S.DownloadingTrainingImage:
            end_ms = until_ms + plan.pull_ms
            legs += (Leg(_S.DownloadingTrainingImage, until_ms, end_ms, messages.image),)
        return legs

    def _container(self, job: TrainingJob, resumed_ms: int) -> Declared:
        workload = job.workload
        works_ms = self.works_ms(job)
        if not (workload.exit_code or workload.memory_bytes):
            return Declared(workload, works_ms, resumed_ms)
        fails_after_ms = None
        if workload.fails_after is not None:
            fails_after_ms = milliseconds(
                self._draws.sample(workload.fails_after, job.luck, Purpose.FAILS_AFTER)
            )
        instance = self._planner.profile(job.instance_type).instance
        short = workload.memory_bytes > instance.memory_bytes
        return Declared.failing(workload, works_ms, resumed_ms, fails_after_ms, out_of_memory=short)

    def works_ms(self, job: TrainingJob) -> tuple[int, ...]:
        """The whole work of every host, the same in every attempt."""
        count = job.instance_count
        instance = self._planner.profile(job.instance_type).instance
        each, factor = job.workload.time_on(instance, count, encrypted=job.encrypted)
        if isinstance(each, Constant):
            return (milliseconds(each.value * factor),) * count
        sample = self._draws.sample
        return tuple(
            [
                milliseconds(sample(each, job.luck, Purpose.TRAIN, host) * factor)
                for host in range(count)
            ]
        )
