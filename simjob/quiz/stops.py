"""Questions on stops: what Stopped can mean (2), the 120 seconds (3), MaxRuntime (4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from simjob.engine.container import SIGKILL_AFTER_MS
from simjob.quiz import answers, rules
from simjob.quiz.answers import usual_pair, with_artifact
from simjob.quiz.dice import Dice
from simjob.quiz.question import Question, pose
from simjob.quiz.rules import Rule
from simjob.quiz.scenes import Scene
from simjob.quiz.worlds import EDITIONS, Times, at, at_work, inside, lasts, scene, times, told
from simjob.spec.statuses import SecondaryStatus as S
from simjob.views.words import span

_WINDOW = timedelta(milliseconds=SIGKILL_AFTER_MS)
_Container = Mapping[str, object]
_EXITS: _Container = {"on_sigterm": "exit", "save_time": 0}
_IGNORES: _Container = {"on_sigterm": "ignore", "save_time": 0}
_ENDS = (S.Stopped, S.MaxRuntimeExceeded, S.Completed, S.Failed)
_POSSIBLE_ENDS = (
    *[
        with_artifact(usual_pair(end), there=there)
        for end in (S.Stopped, S.MaxRuntimeExceeded)
        for there in (True, False)
    ],
    with_artifact(usual_pair(S.Completed), there=True),
    with_artifact(usual_pair(S.Failed), there=False),
)


def _saves(time: timedelta) -> _Container:
    return {"on_sigterm": "save", "save_time": time.total_seconds()}


def _container(dice: Dice) -> tuple[_Container, str]:
    """What a container does on SIGTERM, and how a learner is told."""
    kind = dice.below(4)
    if kind == 0:
        return _EXITS, "On SIGTERM the container exits at once, and saves nothing."
    if kind == 1:
        return _IGNORES, "The container ignores SIGTERM and works on."
    time = dice.seconds(30, 90) if kind == 2 else dice.seconds(150, 240)
    return _saves(time), f"On SIGTERM the container saves its model, which takes {span(time)}."


def stopped(dice: Dice) -> Question:
    """How a job ends that is stopped in any phase, or by its limit, and what is left of it."""
    edition = dice.pick(EDITIONS)
    takes = times(dice)
    container, says = _container(dice)
    why: tuple[Rule, ...]
    limited = dice.chance(0.25)
    limit = timedelta(minutes=10) if limited else timedelta(days=1)
    calm = scene(dice, takes, edition=edition, limit=limit).running(**container)
    story = f"{told(calm, takes)}\n{says}"
    if limited:
        short = calm
        why = (rules.STOPPED_IS_THREE, _why_left(S.Training, calm))
        story = f"{story} MaxRuntimeInSeconds is 600."
    else:
        phases = calm.play().job.history[:-1]
        phase = dice.pick([*phases, *[each for each in phases if each.status is S.Training] * 2])
        moment = inside(dice, phase)
        if phase.status is S.Training:
            moment = at_work(dice, calm, takes)
        short = calm.stopped(moment)
        story = f"{story} StopTrainingJob is called at {at(moment)}, in {phase.status}."
        why = (_why_left(phase.status, short),)
    return pose(
        dice,
        short,
        story,
        "What does DescribeTrainingJob say when the job has ended?",
        answers.statuses_and_artifact,
        *why,
        instead=[
            short.running(**_saves(timedelta(seconds=30))),
            short.running(**_EXITS),
            short.undisturbed,
        ],
        others=dice.shuffled(_POSSIBLE_ENDS),
    )


def _why_left(met: S, short: Scene) -> Rule:
    if met is S.Uploading:
        return rules.STOP_UPLOADING
    if met is not S.Training:
        return rules.STOP_BEFORE_TRAINING
    left = "ModelArtifacts" in short.play().job.record
    return rules.STOP_SAVED if left else rules.STOP_LOST


def window(dice: Dice) -> Question:
    """What a job says in and after the 120 seconds, or when it is Stopped."""
    edition = dice.pick(EDITIONS)
    takes = times(dice)
    container, says = _container(dice)
    calm = scene(dice, takes, edition=edition).running(**container)
    stop = at_work(dice, calm, takes)
    if dice.chance(0.2):  # the work may be over within the window
        stop = calm.play().job.history[-1].start - takes.upload - dice.seconds(30, 90)
    short = calm.stopped(stop)
    story = f"{told(calm, takes)}\n{says} StopTrainingJob is called at {at(stop)}, in Training."
    others = [
        short.running(**each)
        for each in (_EXITS, _IGNORES, _saves(timedelta(seconds=60)), _saves(_WINDOW * 2))
    ]
    if dice.chance(0.4):
        return _when_stopped(dice, short, story, stop, takes)
    after = [each for each in short.play().job.history if each.start >= stop]
    last = after[-1].start
    moments = [inside(dice, each) for each in after if lasts(each)]
    moment = dice.pick([*moments, last + dice.seconds(10, 60)])
    return pose(
        dice,
        short,
        story,
        f"What does DescribeTrainingJob say at {at(moment)}?",
        answers.statuses_and_artifact,
        *_why_now(short, stop, moment),
        at=moment,
        instead=[short.elsewhere, *dice.shuffled(others), short.undisturbed],
        others=dice.shuffled(
            with_artifact(usual_pair(each), there=each in _ENDS)
            for each in (S.Stopping, S.Uploading, S.Stopped, S.Completed)
        ),
    )


def _when_stopped(dice: Dice, short: Scene, story: str, stop: datetime, takes: Times) -> Question:
    save = timedelta(seconds=short.world.default_workload.save_time)
    spans = (timedelta(), save, _WINDOW)
    mistaken = {stop + each for each in spans} | {stop + each + takes.upload for each in spans}
    end = short.play().job.history[-1].start
    return pose(
        dice,
        short,
        story,
        "At what time does the job become Stopped?",
        answers.ended,
        *_why_now(short, stop, end),
        others=[at(each) for each in dice.shuffled(sorted(mistaken))],
    )


def _why_now(short: Scene, stop: datetime, moment: datetime) -> tuple[Rule, ...]:
    """The rules that explain what is seen at a moment after a stop."""
    job = short.play().job
    left = "ModelArtifacts" in job.record
    killed = not left and job.history[-1].start >= stop + _WINDOW
    first = rules.WINDOW_KILL if killed else rules.WINDOW_EXIT
    seen = short.play(moment).job
    if left and not seen.ended:
        return first, rules.NO_ARTIFACT_YET
    if left:
        documented = short.edition == "documented"
        return first, rules.STOP_UPLOAD_DOCUMENTED if documented else rules.STOP_UPLOAD_LIVE
    return first, rules.STOP_LOST


# Lesson 4.


def runtime_limit(dice: Dice) -> Question:
    """When the limit comes, what it counts, and how the job ends."""
    edition = dice.pick(EDITIONS)
    if dice.chance(0.35):
        return _close(dice, edition)
    limit = dice.seconds(600, 1200, 60)
    takes = times(dice, work=limit + dice.seconds(600, 1200, 60))
    container, says = _container(dice)
    short = scene(dice, takes, edition=edition, limit=limit).running(**container)
    story = f"{told(short, takes)}\nMaxRuntimeInSeconds is {int(limit.total_seconds())}. {says}"
    phases = short.play().job.history
    training = next(each for each in phases if each.status is S.Training)
    if dice.chance(0.5):
        counted = [*(each.start for each in phases[:3]), training.start + takes.pull]
        counted += [training.start - takes.pull, training.start + _WINDOW]
        return pose(
            dice,
            short,
            story,
            "At what time does the status become Stopping?",
            answers.stopping_since,
            rules.LIMIT_FROM_TRAINING,
            others=[at(each + limit) for each in dice.shuffled(dict.fromkeys(counted))],
        )
    early = short.created.at + limit
    moment, rule = early + dice.seconds(10, 50), rules.LIMIT_FROM_TRAINING
    lasting = [each for each in phases[phases.index(training) + 1 :] if lasts(each)]
    if lasting and dice.chance(0.6):
        moment, rule = inside(dice, dice.pick(lasting)), rules.LIMIT_IS_A_STOP
    return pose(
        dice,
        short,
        story,
        f"What does DescribeTrainingJob say at {at(moment)}?",
        answers.statuses,
        rule,
        at=moment,
        instead=[short.elsewhere],
        others=[usual_pair(each) for each in (S.Training, S.Stopping, *dice.shuffled(_ENDS))],
    )


def _close(dice: Dice, edition: str) -> Question:
    """A limit that leaves room for the work, but not for the image, too; or for both."""
    takes = times(dice)
    roomy = dice.chance(0.3)
    slack = takes.pull + timedelta(seconds=20) if roomy else takes.pull - timedelta(seconds=20)
    limit = takes.work + slack
    short = scene(dice, takes, edition=edition, limit=limit)
    story = (
        f"{told(short, takes)}\nMaxRuntimeInSeconds is {int(limit.total_seconds())}. On SIGTERM "
        "the container exits at once, and saves nothing."
    )
    documented = edition == "documented"
    return pose(
        dice,
        short,
        story,
        "What does DescribeTrainingJob say when the job has ended?",
        answers.statuses_and_artifact,
        rules.LIMIT_WITH_IMAGE if documented else rules.LIMIT_WITHOUT_IMAGE,
        instead=[short.elsewhere],
        others=dice.shuffled(_POSSIBLE_ENDS),
    )
