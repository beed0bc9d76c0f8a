"""Answers: what can be asked of an outcome. Each is read off the simulation, in a few words."""

from collections.abc import Callable
from datetime import datetime

from simjob.quiz.scenes import Outcome
from simjob.quiz.worlds import at
from simjob.spec.errors import ApiError
from simjob.spec.statuses import PAIRING, SecondaryStatus

Answer = Callable[[Outcome], str]


def statuses(outcome: Outcome) -> str:
    """What DescribeTrainingJob says: both statuses."""
    return pair(outcome.job.status, outcome.job.secondary_status)


def statuses_and_artifact(outcome: Outcome) -> str:
    """The same, and whether the reply has ModelArtifacts."""
    return with_artifact(statuses(outcome), there="ModelArtifacts" in outcome.job.record)


def course(outcome: Outcome) -> str:
    """The statuses that SecondaryStatusTransitions lists."""
    return " > ".join(phase.status for phase in outcome.job.history)


def reason(outcome: Outcome) -> str:
    """FailureReason."""
    return str(outcome.job.record.get("FailureReason", "There is none"))


def start_time(outcome: Outcome) -> str:
    """TrainingStartTime."""
    return _member(outcome, "TrainingStartTime")


def end_time(outcome: Outcome) -> str:
    """TrainingEndTime."""
    return _member(outcome, "TrainingEndTime")


def stopping_since(outcome: Outcome) -> str:
    """When the last Stopping began."""
    return _began(outcome, SecondaryStatus.Stopping)


def ended(outcome: Outcome) -> str:
    """When the job reached its last status."""
    last = outcome.job.history[-1]
    return at(last.start) if outcome.job.ended else NEVER


def reply_to_create(outcome: Outcome) -> str:
    """What CreateTrainingJob answers."""
    answer = outcome.answers[-1]
    return answer.code if isinstance(answer, ApiError) else "The ARN of the job"


def billable(outcome: Outcome) -> str:
    """The billable seconds of one instance."""
    return seconds(outcome.job.bill.billable_seconds)


def instance_dollars(outcome: Outcome) -> str:
    """What the instances cost."""
    return dollars(outcome.job.bill.instance_dollars or 0.0)


# The words.

NEVER = "never"


def pair(primary: str, secondary: str) -> str:
    """TrainingJobStatus and SecondaryStatus.

    >>> pair("Stopped", "MaxRuntimeExceeded")
    'Stopped / MaxRuntimeExceeded'
    """
    return f"{primary} / {secondary}"


def usual_pair(secondary: SecondaryStatus) -> str:
    """A secondary status and the primary one that the page pairs it with."""
    return pair(PAIRING[secondary], secondary)


def with_artifact(statuses: str, *, there: bool) -> str:
    """Statuses, and whether ModelArtifacts is in the reply."""
    return f"{statuses}, {'with' if there else 'without'} ModelArtifacts"


def seconds(number: float) -> str:
    """A number of seconds.

    >>> seconds(90.7)
    '90 seconds'
    """
    return f"{int(number)} seconds"


def dollars(amount: float) -> str:
    """An amount, to the cent.

    >>> dollars(1.005)
    '$1.00'
    """
    return f"${amount:.2f}"


def _member(outcome: Outcome, member: str) -> str:
    value = outcome.job.record.get(member)
    if not isinstance(value, float):
        return "It is not there"
    return at(datetime.fromtimestamp(value, outcome.sim.now.tzinfo))


def _began(outcome: Outcome, status: SecondaryStatus) -> str:
    starts = [phase.start for phase in outcome.job.history if phase.status is status]
    return at(starts[-1]) if starts else NEVER
