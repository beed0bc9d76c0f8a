"""Questions on money: what you pay for (lesson 8)."""

from datetime import timedelta

from simjob.quiz import answers, rules
from simjob.quiz.answers import dollars, seconds
from simjob.quiz.dice import Dice
from simjob.quiz.question import Question, pose
from simjob.quiz.rules import Rule
from simjob.quiz.scenes import Scene
from simjob.quiz.worlds import CPU, EDITIONS, GPU, Times, at, at_work, having, scene, times, told
from simjob.spec.statuses import SecondaryStatus as S
from simjob.views.words import span
from simjob.world import SpotMarket

_DAY = 86_400


def bill(dice: Dice) -> Question:
    """How many seconds are billed, or what the instances cost."""
    takes = times(dice)
    kind = dice.pick((CPU, GPU))
    count = dice.pick((1, 2, 4))
    calm = scene(dice, takes, edition=dice.pick(EDITIONS), kind=kind, count=count)
    paid, says, rule = dice.pick((_done, _stopped, _stopped_early, _failed, _on_spot))(
        dice, calm, takes
    )
    story = f"{told(calm, takes)}\n{says}".rstrip()
    job = paid.play().job
    phases = job.history
    whole = (phases[-1].start - phases[0].start).total_seconds()
    training = sum(
        (each.duration or timedelta()).total_seconds()
        for each in phases
        if each.status is S.Training
    )
    work = takes.work.total_seconds()
    billed = job.bill.billable_seconds
    full = paid.within(spot=SpotMarket(discount=0)).play().job.bill.billable_seconds
    mistaken = [full, whole, training, whole - (takes.upload.total_seconds()), work]
    if count > 1 and dice.chance(0.5):
        rate = job.bill.dollars_per_hour or 0.0
        one = rate / 3600
        amounts = [billed * one, whole * one * count, training * one * count, full * one * count]
        return pose(
            dice,
            paid,
            f"{story} An hour of one {kind} costs ${rate:g}.",
            "What do the instances cost?",
            answers.instance_dollars,
            rule,
            rules.PAID_INSTANCES,
            others=[
                dollars(each) for each in [*amounts, work * one * count, 0, whole * one, work * one]
            ],
        )
    multiplied = [billed * count] if count > 1 else []
    return pose(
        dice,
        paid,
        story,
        "How many billable seconds has the job in the end?",
        answers.billable,
        rule,
        others=[seconds(each) for each in [*multiplied, *mistaken, 0]],
    )


_Case = tuple[Scene, str, Rule]


def _done(_: Dice, calm: Scene, __: Times) -> _Case:
    return calm, "Nothing disturbs it.", rules.PAID_TIME


def _stopped(dice: Dice, calm: Scene, takes: Times) -> _Case:
    save = dice.seconds(30, 100)
    saving = calm.running(on_sigterm="save", save_time=save.total_seconds())
    stop = at_work(dice, saving, takes)
    says = (
        f"StopTrainingJob is called at {at(stop)}, in Training; on SIGTERM the container saves its "
        f"model, which takes {span(save)}."
    )
    return saving.stopped(stop), says, rules.STOP_IS_PAID


def _stopped_early(dice: Dice, calm: Scene, _: Times) -> _Case:
    kind = calm.resources["InstanceType"]
    waiting = calm.within(capacity=having(kind, 0))
    after = dice.seconds(900, 3600, 60)
    says = f"There is no capacity, and after {span(after)} it is stopped."
    return waiting.stopped(calm.created.at + after), says, rules.WAITING_IS_FREE


def _failed(dice: Dice, calm: Scene, _: Times) -> _Case:
    after = dice.seconds(300, 840, 60)
    failing = calm.running(exit_code=1, fails_after=after.total_seconds())
    says = f"After {span(after)} of its work the container exits with code 1."
    return failing, says, rules.FAILURE_IS_PAID


def _on_spot(dice: Dice, calm: Scene, _: Times) -> _Case:
    discount = dice.pick((0.5, 0.6, 0.7))
    spot = calm.within(spot=SpotMarket(discount=discount)).asking(
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": _DAY, "MaxWaitTimeInSeconds": _DAY},
    )
    says = f"It is managed spot training, which saves {discount:.0%}, and is not interrupted."
    return spot, says, rules.SPOT_SECONDS
