"""Questions on what a job waits for: the spot market (lesson 5), capacity and quotas (lesson 7)."""

from datetime import datetime, timedelta

import attrs

from simjob.quiz import answers, rules
from simjob.quiz.answers import usual_pair
from simjob.quiz.dice import Dice
from simjob.quiz.question import Question, pose
from simjob.quiz.scenes import Call, Scene
from simjob.quiz.worlds import (
    CPU,
    EDITIONS,
    GPU,
    Times,
    allowing,
    at,
    having,
    inside,
    interrupting,
    scene,
    times,
    told,
)
from simjob.spec.statuses import SecondaryStatus as S
from simjob.views.words import span
from simjob.world import SpotMarket

_CHECKPOINTS = {"S3Uri": "s3://checkpoints/"}
_DAY = timedelta(days=1)


def interruption(dice: Dice) -> Question:
    """What a job says after an interruption, and when it is done."""
    takes = times(dice, work=dice.seconds(2400, 3600, 60))
    calm = scene(dice, takes, edition=dice.pick(EDITIONS))
    if dice.chance(0.2):
        return _out_of_time(dice, calm, takes)
    every = dice.seconds(300, 900, 300)
    kept = dice.chance(0.6)
    after = takes.ready + takes.download + takes.pull + dice.seconds(1000, 1900)
    gone = dice.seconds(60, 180)
    spot = _spot(calm, _DAY).running(checkpoint_every=every.total_seconds())
    spot = spot.asking(CheckpointConfig=_CHECKPOINTS if kept else None)
    hit = _interrupted(spot, after, gone)
    interrupted = hit.created.at + after
    story = (
        f"{told(hit, takes)}\nIt is managed spot training. The container writes a checkpoint after "
        f"every {span(every)} of its work, and the request has {'a' if kept else 'no'} "
        f"CheckpointConfig. At {at(interrupted)}, in Training, the market takes the instance back; "
        f"it has another one when the job has been Interrupted for {span(gone)}."
    )
    if dice.chance(0.6):
        perfect = hit.running(checkpoint_every=1.0).asking(CheckpointConfig=_CHECKPOINTS)
        quick = _interrupted(spot, after, timedelta(seconds=1))
        return pose(
            dice,
            hit,
            story,
            "At what time is the job Completed?",
            answers.ended,
            rules.RESUME if kept else rules.RESTART,
            instead=[
                hit.asking(CheckpointConfig=None if kept else _CHECKPOINTS),
                perfect,
                spot,
                quick,
            ],
        )
    again = [each for each in hit.play().job.history if each.start >= interrupted]
    moment = inside(dice, dice.pick(again[:3]))
    return pose(
        dice,
        hit,
        story,
        f"What does DescribeTrainingJob say at {at(moment)}?",
        answers.statuses,
        rules.INTERRUPTED,
        at=moment,
        instead=[spot, hit.elsewhere],
        others=dice.shuffled(
            usual_pair(each) for each in (S.Interrupted, S.Starting, S.Downloading, S.Stopping)
        ),
    )


def _spot(calm: Scene, wait: timedelta) -> Scene:
    seconds = int(wait.total_seconds())
    limits = {"MaxRuntimeInSeconds": seconds, "MaxWaitTimeInSeconds": seconds}
    return calm.asking(EnableManagedSpotTraining=True, StoppingCondition=limits)


def _interrupted(spot: Scene, after: timedelta, gone: timedelta) -> Scene:
    return spot.within(spot=interrupting(after, after + timedelta(seconds=1), gone))


def _out_of_time(dice: Dice, calm: Scene, takes: Times) -> Question:
    """Whether a job that first waits for spot capacity is done before its maximum wait is over."""
    wait = takes.work + dice.seconds(300, 600, 60)
    without = timedelta(minutes=dice.pick((20, 60, 240)))
    if dice.chance(0.3):
        wait = takes.work + without + timedelta(hours=1)
    market = interrupting(timedelta(), without, timedelta(minutes=1))
    hit = _spot(calm, wait).within(spot=market)
    limit = int(wait.total_seconds())
    story = (
        f"{told(hit, takes)}\nIt is managed spot training; MaxRuntimeInSeconds and "
        f"MaxWaitTimeInSeconds are both {limit}. For the first {span(without)} "
        "the market has no instance. On SIGTERM the container exits at once, and saves nothing."
    )
    return pose(
        dice,
        hit,
        story,
        "What does DescribeTrainingJob say when the job has ended?",
        answers.statuses,
        rules.MAX_WAIT,
        instead=[hit.within(spot=SpotMarket())],
        others=dice.shuffled(
            usual_pair(s)
            for s in (S.Stopped, S.MaxRuntimeExceeded, S.MaxWaitTimeExceeded, S.Failed)
        ),
    )


# Lesson 7.


def capacity(dice: Dice) -> Question:
    """What a job says that waits for another's instance, when it begins, or why it is refused."""
    edition = dice.pick(EDITIONS)
    kind = dice.pick((CPU, GPU))
    takes = times(dice)
    alone = scene(dice, takes, edition=edition, kind=kind)
    second = alone.created.at + dice.seconds(300, 900, 60)
    both = _behind(alone, second)
    if dice.chance(0.4):
        return _at_create(dice, both, takes, kind)
    scarce = both.within(capacity=having(kind, 1))
    busy = alone.play().job.history[-1].start
    story = (
        f"There is one {kind}, and {alone.name} has it until {at(busy)}, when it ends.\n"
        f"{told(scarce, takes)}"
    )
    if dice.chance(0.4):
        ready = [second + takes.ready, busy, busy + takes.ready + takes.download, second]
        return pose(
            dice,
            scarce,
            story,
            f"Which TrainingStartTime does {scarce.name} have in the end?",
            answers.start_time,
            rules.QUEUE,
            instead=[both],
            others=[at(each) for each in ready],
        )
    moment = second + dice.seconds(10, int((busy - second).total_seconds()) - 10)
    waits_pending = edition == "live" and kind == GPU
    return pose(
        dice,
        scarce,
        story,
        f"What does DescribeTrainingJob say of {scarce.name} at {at(moment)}?",
        answers.statuses,
        rules.PENDING if waits_pending else rules.WAITS_IN_STARTING,
        at=moment,
        instead=[scarce.elsewhere, both],
        others=dice.shuffled(usual_pair(s) for s in (S.Starting, S.Pending, S.Failed, S.Stopped)),
    )


def _behind(alone: Scene, second: datetime) -> Scene:
    """The same job again, later and by another name, behind the one that is there."""
    own = alone.created
    request = {**own.request, "TrainingJobName": f"{alone.name}-again"}
    later = Call(second, "create_training_job", request)
    return attrs.evolve(alone, calls=(own, later))


def _at_create(dice: Dice, both: Scene, takes: Times, kind: str) -> Question:
    """What the second create is answered."""
    first = str(both.calls[0].request["TrainingJobName"])
    full = both.within(quotas=allowing(kind, 1))
    scarce = both.within(capacity=having(kind, 1))
    twice = both.asking(TrainingJobName=first)
    wrong = both.asking(TrainingJobName="under_score")
    posed, says, rule = dice.pick(
        (
            (full, f"The account may use one {kind} at once.", rules.QUOTA),
            (scarce, f"There is no other {kind} than that; the quota is 8.", rules.CAPACITY),
            (twice, "The account may use any number of instances.", rules.NAMES),
        )
    )
    name = posed.name
    story = (
        f"{told(attrs.evolve(posed, calls=posed.calls[:1]), takes)}\n{says} At "
        f"{at(both.created.at)}, while that job trains or is about to, another one is created, "
        f"{'of the same name' if name == first else 'named ' + name}, on {kind}, too."
    )
    return pose(
        dice,
        posed,
        story,
        "What does CreateTrainingJob answer?",
        answers.reply_to_create,
        rule,
        at=both.created.at,
        instead=[full, scarce, twice, wrong],
    )
