"""Where the time of a job's instances went, phase by phase.

Only time that is paid for: from the first ready instances to the end, of spot training without the
times between attempts. What it costs is told by `bill`.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from simjob.engine.history import Attempt, Entry
from simjob.engine.job import TrainingJob
from simjob.engine.pace import Pace
from simjob.spec.statuses import TERMINAL, SecondaryStatus
from simjob.views.seen import WITHOUT_INSTANCES, Seen
from simjob.views.warm import retained_ms

_S = SecondaryStatus
# Members of an Enum are looked up by Python code (3.11), these are not.
_DOWNLOADING: Final = _S.Downloading
_TRAINING: Final = _S.Training
_PHASES: Final = {
    _S.DownloadingTrainingImage: "image_pull",
    _S.Stopping: "stop_window",
    _S.Uploading: "uploading",
}


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

    @classmethod
    def sum(cls, parts: Iterable["Phases"]) -> "Phases":
        """The amounts of several jobs together, phase by phase.

        >>> Phases.sum([Phases(lost=1.0), Phases(lost=2.0, uploading=3.0)]).total
        6.0
        """
        return cls._make(map(sum, zip(cls(), *parts, strict=True)))


_NOTHING: Final = dict.fromkeys(Phases._fields, 0)


def spent(seen: Seen) -> Phases:
    """The seconds of one instance that were paid for until now, by phase."""
    first_ms = seen.training_start_ms
    if first_ms is None:
        return Phases()
    spans_ms = _NOTHING.copy()
    for place, (entry, last_ms) in enumerate(seen.spans()):
        status, start_ms, _, _ = entry
        if start_ms < first_ms or status in TERMINAL:
            continue
        if status is _TRAINING:
            _add_training(spans_ms, seen, place, last_ms)
        elif status is _DOWNLOADING:
            _add_downloading(spans_ms, seen.job, entry, last_ms)
        elif status not in WITHOUT_INSTANCES:
            spans_ms[_PHASES[status]] += last_ms - start_ms
        elif not seen.job.spot:
            spans_ms["restarting"] += last_ms - start_ms
    if seen.job.warmth is not None:
        spans_ms["retained"] = retained_ms(seen.job, seen.at_ms)
    return Phases._make([span_ms / 1000 for span_ms in spans_ms.values()])


def _add_downloading(
    spans_ms: dict[str, int], job: TrainingJob, entry: Entry, last_ms: int
) -> None:
    """The data, and then the image where it is pulled here, as the last message says."""
    span_ms = pulled_after_ms = last_ms - entry.start_ms
    if job.edition.image_pull is _DOWNLOADING and entry.updates:
        pulled_after_ms = min(span_ms, entry.updates[-1][0])
    spans_ms["downloading"] += pulled_after_ms
    spans_ms["image_pull"] += span_ms - pulled_after_ms


def _add_training(spans_ms: dict[str, int], seen: Seen, place: int, last_ms: int) -> None:
    """The image where it is pulled here, and then the run of the container."""
    job, start_ms = seen.job, seen.entries[place].start_ms
    for run in job.history.attempts:
        if run.start_ms is not None and start_ms <= run.start_ms <= last_ms:
            break
    else:
        spans_ms["image_pull"] += last_ms - start_ms
        return
    spans_ms["image_pull"] += run.start_ms - start_ms
    ran_ms = last_ms - run.start_ms
    lasting_ms = ran_ms if _lasts(seen, place) else _saved_after_ms(job, run, ran_ms)
    worked_ms = lasting_ms
    if job.workload.checkpoint_every is not None:
        worked_ms = Pace(job.workload, run.resumed_ms).work_ms(lasting_ms) - run.resumed_ms
    spans_ms["training"] += worked_ms
    spans_ms["checkpoints"] += lasting_ms - worked_ms
    spans_ms["lost"] += ran_ms - lasting_ms


def _lasts(seen: Seen, place: int) -> bool:
    """Whether the whole work of that Training lasts, as far as can be told now."""
    following = seen.entries[place + 1].status if place + 1 < len(seen.entries) else None
    if following is not None and following in WITHOUT_INSTANCES and following not in TERMINAL:
        return False
    return seen.job.history.artifact or not seen.ended


def _saved_after_ms(job: TrainingJob, run: Attempt, ran_ms: int) -> int:
    """How much of a run of that length is in a checkpoint that outlives the instances."""
    if not job.keeps_checkpoints:
        return 0
    if job.workload.run is None:
        return Pace(job.workload, run.resumed_ms).saved_after_ms(ran_ms)
    if run.saved_ms is None or run.start_ms is None:
        return 0
    return run.saved_ms - run.start_ms
