"""Where the time of a job's instances went, phase by phase.

Only time that is paid for: from the first ready instances to the end, of spot training without the
times between attempts. What it costs is told by `bill`.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from simjob.engine.history import Attempt, Updates
from simjob.engine.job import TrainingJob
from simjob.engine.kernel import FOREVER_MS
from simjob.engine.pace import Pace
from simjob.spec.statuses import TERMINAL, WAITING, SecondaryStatus
from simjob.views.seen import WITHOUT_INSTANCES, Seen
from simjob.views.warm import retained_ms

_S = SecondaryStatus
_new = tuple.__new__
# Members of an Enum are looked up by Python code (3.11), these are not.
_DOWNLOADING: Final = _S.Downloading
_TRAINING: Final = _S.Training


class Phases(NamedTuple):
    """Amounts by phase, all in seconds of one instance, or all in dollars of all instances.

    Attributes:
        downloading: of the input data.
        image_pull: of the training image, where the edition shows it.
        training: work that lasts: the job or its model goes on from it.
        checkpoints: pauses for checkpoints that last, and the loading of them.
        lost: time of the container of which nothing is left: since the last checkpoint that
            outlives the instances, or since its start, in a run that was interrupted, failed, or
            was stopped without saving a model.
        restarting: between two attempts on demand, which are paid for as well (inferred).
        stop_window: from the stop to the end of the container; where the edition shows no upload
            after it, that too.
        uploading: of the model and the output.
        retained: after the end, in a warm pool.
    """

    downloading: float = 0.0
    image_pull: float = 0.0
    training: float = 0.0
    checkpoints: float = 0.0
    lost: float = 0.0
    restarting: float = 0.0
    stop_window: float = 0.0
    uploading: float = 0.0
    retained: float = 0.0

    @property
    def total(self) -> float:
        """All phases together."""
        return self.training + self.checkpoints + self.uploading + self.retained + self.wasted

    @property
    def wasted(self) -> float:
        """What bought nothing that lasts: downloads, lost work, restarts, stop windows."""
        fetching = self.downloading + self.image_pull
        return fetching + self.lost + self.restarting + self.stop_window

    def times(self, factor: float) -> "Phases":
        """The same amounts, each times a factor.

        >>> Phases(training=3600.0, lost=1800.0).times(2).lost
        3600.0
        """
        return Phases._make([amount * factor for amount in self])

    def begun_again(self) -> "Phases":
        """The same where another job begins the work from nothing: all that was done is lost.

        >>> Phases(downloading=60.0, training=3600.0, lost=600.0).begun_again().lost
        4200.0
        """
        done = self.training + self.checkpoints + self.uploading
        return self._replace(training=0.0, checkpoints=0.0, uploading=0.0, lost=self.lost + done)

    @classmethod
    def sum(cls, parts: Iterable["Phases"]) -> "Phases":
        """The amounts of several jobs together, phase by phase.

        >>> Phases.sum([Phases(lost=1.0), Phases(lost=2.0, uploading=3.0)]).total
        6.0
        """
        return cls._make(map(sum, zip(cls(), *parts, strict=True)))


class Times(NamedTuple):
    """The seconds that a job was in each status, by the groups that a reader asks for.

    Attributes:
        waiting: for capacity: in Starting or Pending, until the instances were granted.
        starting: in Starting and its like, from then on.
        downloading: of the data, and of the image where that is a status of its own.
        training, uploading, stopping, interrupted: in those.
    """

    waiting: float = 0.0
    starting: float = 0.0
    downloading: float = 0.0
    training: float = 0.0
    uploading: float = 0.0
    stopping: float = 0.0
    interrupted: float = 0.0


_TIMES: Final = len(Times._fields)
_WAITING, _STARTING, _FETCHING, _WORKING, _SAVING, _STOPPING, _INTERRUPTED = range(_TIMES)
_KINDS: Final = {
    **dict.fromkeys(WAITING, _STARTING),
    _S.Downloading: _FETCHING,
    _S.DownloadingTrainingImage: _FETCHING,
    _S.Training: _WORKING,
    _S.Uploading: _SAVING,
    _S.Stopping: _STOPPING,
    _S.Interrupted: _INTERRUPTED,
}
"""Among which of the `Times` a status counts."""
_DOWNLOADED, _PULLED, _TRAINED, _CHECKPOINTS, _LOST, _RESTARTING, _STOPS, _UPLOADED, _RETAINED = (
    range(9)
)
_PHASES: Final = {
    _S.DownloadingTrainingImage: _PULLED,
    _S.Stopping: _STOPS,
    _S.Uploading: _UPLOADED,
}
"""The statuses of which all time is in one of the `Phases`."""


def spent(seen: Seen) -> Phases:
    """The seconds of one instance that were paid for until now, by phase."""
    return went(seen)[1]


def went(seen: Seen) -> tuple[Times, Phases]:
    """Where the time went until now: all of it, and what of it was paid for."""
    job = seen.job
    first_ms = FOREVER_MS if seen.training_start_ms is None else seen.training_start_ms
    times_ms, spans_ms = [0] * _TIMES, [0] * 9
    begun, before = 0, None
    for place, ((status, start_ms, _, updates), last_ms) in enumerate(seen.spans()):
        kind = _KINDS[status]
        span_ms = last_ms - start_ms
        if kind == _STARTING:
            begun += before != _STARTING
            waited_ms = _waited_ms(job.history.attempts[begun - 1 : begun], start_ms, last_ms)
            times_ms[_WAITING] += waited_ms
            times_ms[_STARTING] += span_ms - waited_ms
        else:
            times_ms[kind] += span_ms
        before = kind
        if start_ms < first_ms:
            continue
        if kind == _WORKING:
            _add_training(spans_ms, seen, place, last_ms)
        elif status is _DOWNLOADING:
            downloaded_ms = _downloaded_ms(job, span_ms, updates) if updates else span_ms
            spans_ms[_DOWNLOADED] += downloaded_ms
            spans_ms[_PULLED] += span_ms - downloaded_ms
        elif status in _PHASES:
            spans_ms[_PHASES[status]] += span_ms
        elif not job.asked.spot:
            spans_ms[_RESTARTING] += span_ms
    if job.warmth is not None:
        spans_ms[_RETAINED] = retained_ms(job, seen.at_ms)
    # Most are 0, and then all are one number.
    seconds = [span_ms / 1000 if span_ms else 0.0 for span_ms in times_ms + spans_ms]
    return _new(Times, seconds[:_TIMES]), _new(Phases, seconds[_TIMES:])


def _waited_ms(attempts: Sequence[Attempt], start_ms: int, last_ms: int) -> int:
    """How long a start waited: until the grant of its attempt, or all the time if there is none."""
    granted_ms = attempts[0].granted_ms if attempts else last_ms
    return max(0, min(granted_ms, last_ms) - start_ms)


def _downloaded_ms(job: TrainingJob, span_ms: int, updates: Updates) -> int:
    """How long the data took; then the image, where it is pulled here, as the last message says."""
    return min(span_ms, updates[-1][0]) if job.edition.image_pull is _DOWNLOADING else span_ms


def _add_training(spans_ms: list[int], seen: Seen, place: int, last_ms: int) -> None:
    """The image where it is pulled here, and then the run of the container."""
    job, start_ms = seen.job, seen.entries[place].start_ms
    for run in job.history.attempts:
        if run.start_ms is not None and start_ms <= run.start_ms <= last_ms:
            break
    else:
        spans_ms[_PULLED] += last_ms - start_ms
        return
    spans_ms[_PULLED] += run.start_ms - start_ms
    ran_ms = last_ms - run.start_ms
    lasting_ms = ran_ms if _lasts(seen, place) else _saved_after_ms(job, run, ran_ms)
    worked_ms = lasting_ms
    if job.workload.checkpoint_every is not None:
        worked_ms = Pace(job.workload, run.resumed_ms).work_ms(lasting_ms) - run.resumed_ms
    spans_ms[_TRAINED] += worked_ms
    spans_ms[_CHECKPOINTS] += lasting_ms - worked_ms
    spans_ms[_LOST] += ran_ms - lasting_ms


def _lasts(seen: Seen, place: int) -> bool:
    """Whether the whole work of that Training lasts, as far as can be told now."""
    following = seen.entries[place + 1].status if place + 1 < len(seen.entries) else None
    if following is not None and following in WITHOUT_INSTANCES and following not in TERMINAL:
        return False
    return seen.job.history.artifact or not seen.ended


def _saved_after_ms(job: TrainingJob, run: Attempt, ran_ms: int) -> int:
    """How much of a run of that length is in a checkpoint that outlives the instances."""
    if not job.asked.keeps_checkpoints:
        return 0
    if job.workload.run is None:
        return Pace(job.workload, run.resumed_ms).saved_after_ms(ran_ms)
    if run.saved_ms is None or run.start_ms is None:
        return 0
    return run.saved_ms - run.start_ms
