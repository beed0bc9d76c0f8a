"""Questions on courses: the happy path (lesson 1), failure and its reasons (lesson 6)."""

from collections.abc import Callable
from datetime import timedelta

from simjob.quiz import answers, rules
from simjob.quiz.answers import usual_pair
from simjob.quiz.dice import Dice
from simjob.quiz.question import Question, pose
from simjob.quiz.scenes import Scene
from simjob.quiz.worlds import (
    EDITIONS,
    GPU,
    Times,
    at,
    denying,
    having,
    inside,
    scene,
    times,
    told,
)
from simjob.spec.statuses import SecondaryStatus as S
from simjob.world import InternalError


def happy_path(dice: Dice) -> Question:
    """What an undisturbed job says at an instant, or when it began and ended."""
    edition = dice.pick(EDITIONS)
    takes = times(dice)
    streamed = edition == "documented" and dice.chance(0.3)
    calm = scene(dice, takes, edition=edition, streamed=streamed)
    if dice.chance(0.3):
        return _time_of(dice, calm, takes, streamed=streamed)
    phases = calm.play().job.history
    if dice.chance(0.4):
        training = next(phase for phase in phases if phase.status is S.Training)
        begin = training.start if edition == "documented" else training.start - takes.pull
        moment = begin + dice.seconds(10, int(takes.pull.total_seconds()) - 10)
        rule = rules.IMAGE_IN_TRAINING
        if edition == "live":
            rule = rules.IMAGE_IN_DOWNLOADING
    else:
        moment = inside(dice, dice.pick(phases[:-1]))
        rule = rules.NOTHING_TO_DOWNLOAD if streamed else rules.ORDER
    return pose(
        dice,
        calm,
        told(calm, takes),
        f"What does DescribeTrainingJob say at {at(moment)}?",
        answers.statuses,
        rule,
        at=moment,
        instead=[calm.elsewhere],
        others=dice.shuffled(
            usual_pair(s) for s in (S.Starting, S.Downloading, S.Training, S.Uploading, S.Completed)
        ),
    )


def _time_of(dice: Dice, calm: Scene, takes: Times, *, streamed: bool) -> Question:
    """When the job began or ended to be paid for."""
    phases = calm.play().job.history
    start = dice.chance(0.5)
    rule = rules.END_TIME
    if start:
        rule = rules.STREAMED_START_TIME if streamed else rules.START_TIME
    training = next(phase for phase in phases if phase.status is S.Training)
    moments = {phase.start for phase in phases} | {training.start + takes.pull}
    return pose(
        dice,
        calm,
        told(calm, takes),
        f"Which {'TrainingStartTime' if start else 'TrainingEndTime'} does the reply have when "
        "the job has ended?",
        answers.start_time if start else answers.end_time,
        rule,
        others=[at(each) for each in dice.shuffled(sorted(moments))],
    )


# Lesson 6.

_Trouble = Callable[[Scene], Scene]
_CODE = "ValueError: Input contains NaN"
_FAILS_AFTER = timedelta(minutes=7)


def _code(calm: Scene) -> Scene:
    after = _FAILS_AFTER.total_seconds()
    return calm.running(exit_code=1, failure=_CODE, fails_after=after)


def _memory(calm: Scene) -> Scene:
    return calm.running(memory_bytes=10**12, fails_after=_FAILS_AFTER.total_seconds())


def _service(calm: Scene) -> Scene:
    return calm.within(internal_errors=(InternalError(after=_FAILS_AFTER.total_seconds()),))


def _data(calm: Scene) -> Scene:
    return calm.within(storage=denying("s3://data"))


def _role(calm: Scene) -> Scene:
    return calm.within(denied_roles=("*",))


def _upload(calm: Scene) -> Scene:
    return calm.within(storage=denying("s3://models"))


def _capacity(calm: Scene) -> Scene:
    return calm.within(capacity=having(GPU, 0, give_up_after="15m"))


_TROUBLES: dict[_Trouble, str] = {
    _code: f"After 7 minutes of work the container leaves the text {_CODE!r} in "
    "/opt/ml/output/failure and exits with code 1.",
    _memory: "After 7 minutes of work the instance is out of memory.",
    _service: "7 minutes after the beginning of Training the service itself has an error, and the "
    "request has no RetryStrategy.",
    _data: "The role may not read the data in S3.",
    _role: "The role lacks a right that the service needs before it launches anything.",
    _upload: "The role may not write to S3OutputPath.",
    _capacity: "There is no capacity, and after 15 minutes the service gives up.",
}


def failure(dice: Dice) -> Question:
    """Why a job has failed, or by which statuses."""
    edition = dice.pick(EDITIONS)
    takes = times(dice)
    calm = scene(dice, takes, edition=edition, kind=GPU)
    trouble = dice.pick(list(_TROUBLES))
    story = f"{told(calm, takes)}\n{_TROUBLES[trouble]}"
    broken = trouble(calm)
    elsewhere = [each(calm) for each in dice.shuffled(_TROUBLES) if each is not trouble]
    if dice.chance(0.5):
        asked = "What does FailureReason say?"
        return pose(
            dice, broken, story, asked, answers.reason, rules.FAILURE_CLASSES, instead=elsewhere
        )
    if trouble not in {_code, _memory, _service}:
        rule = rules.FAILED_BEFORE_TRAINING
        if trouble is _upload:
            rule = rules.FAILED_UPLOADING
        elif trouble is _capacity:
            rule = rules.PENDING if edition == "live" else rules.WAITS_IN_STARTING
    else:
        rule = rules.FAILED_LIVE if edition == "live" else rules.FAILED_DOCUMENTED
    asked = "Which statuses does SecondaryStatusTransitions list?"
    instead = [broken.elsewhere, *elsewhere, calm]
    return pose(dice, broken, story, asked, answers.course, rule, instead=instead)
