"""Calibration: from recorded jobs to a world whose service takes as long as theirs did.

The durations of the service's own phases (Starting, Downloading, Uploading) are gathered by
instance family, and a distribution is fitted to each. How records are read is told in `records`,
how one distribution is fitted in `fitting`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final

from attrs import frozen

from simjob.spec.editions import LIVE
from simjob.spec.statuses import SecondaryStatus
from simjob.whatif.fitting import fitted, percentile
from simjob.whatif.records import Phase, Record, RecordError, RecordLike, read_records
from simjob.world import Constant, Distribution, Latencies, Storage, World, dump_world
from simjob.world.latencies import latency_key

_S = SecondaryStatus
_TABLES: Final = {
    _S.Starting: "preparing",
    _S.Downloading: "downloading",
    _S.DownloadingTrainingImage: "image_pull",
    _S.Uploading: "uploading",
}
"""The table of latencies that simulates a phase."""

_LAUNCH: Final = (_S.Starting, _S.LaunchingMLInstances, _S.PreparingTrainingStack)
_AFTER: Final = {
    _S.Starting: {_S.Downloading, _S.DownloadingTrainingImage, _S.Training},
    _S.Downloading: {_S.DownloadingTrainingImage, _S.Training},
    _S.DownloadingTrainingImage: {_S.Training},
    _S.Uploading: {_S.Completed},
}
"""What follows a phase that ran its course: others were cut short, and tell nothing."""

_ENOUGH: Final = 8
"""So many durations of a group, of two families at least, are fitted for all its families."""

_COMMENT_CHARACTERS: Final = 96
_NONE: Final = Constant(0)
_GROUPS: Final = ("cpu", "accelerated")


@frozen
class Fit:
    """The durations of one phase on one family, and the distribution that is to give their like.

    Attributes:
        family: an instance family such as "m5"; "cpu" or "accelerated" for the families that have
            no durations of their own.
        phase: Starting, Downloading, DownloadingTrainingImage or Uploading.
        recorded: seconds, in ascending order.
        distribution: what the world draws from.
    """

    family: str
    phase: SecondaryStatus
    recorded: tuple[float, ...]
    distribution: Distribution

    def recorded_at(self, share: float) -> float:
        """The duration in seconds that so large a share of the recorded ones does not exceed."""
        return percentile(self.recorded, share)

    def fitted_at(self, share: float) -> float:
        """The same of the distribution."""
        return self.distribution.sample(share)


@frozen
class Calibration:
    """What was learned from recorded jobs.

    Attributes:
        jobs: how many of them there were.
        fits: by family and phase; groups come last.
        world: the default world but for these latencies.
        notes: what to know of it, a sentence or two each.
    """

    jobs: int
    fits: tuple[Fit, ...]
    world: World
    notes: tuple[str, ...]

    @property
    def counted(self) -> str:
        """How many jobs they were, in words."""
        return f"{self.jobs} recorded job{'' if self.jobs == 1 else 's'}"

    def world_file(self) -> str:
        """The world as TOML, from which `simjob.load_world` makes an equal one.

        What the fit means stands above it, in comments.
        """
        told = [f"Latencies of {self.counted}, by simjob calibrate.", *self.notes]
        lines = [line for each in told for line in wrap(each, _COMMENT_CHARACTERS)]
        return "".join(f"# {line}\n" for line in lines) + "\n" + dump_world(self.world)


def calibrate(records: Iterable[RecordLike]) -> Calibration:
    """Fit the latencies of the service to recorded jobs.

    Only phases that ran their course count: those of a job that was stopped, failed or is still
    under way up to there. A wait for capacity (Pending) is no latency, and the Starting before it
    does not count. Nor does anything of Training, which is the workload's own. Several replies of
    one job count as one.

    Args:
        records: paths of files, or replies of DescribeTrainingJob as boto3 gives them.

    Raises:
        RecordError: some are no such replies, or none has a phase that ran its course.

    >>> def reply(name, seconds):
    ...     bounds = [0, seconds, seconds + 20, seconds + 300, seconds + 310, seconds + 310]
    ...     phases = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    ...     return {
    ...         "TrainingJobName": name,
    ...         "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name}",
    ...         "TrainingJobStatus": "Completed",
    ...         "SecondaryStatus": "Completed",
    ...         "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    ...         "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    ...         "CreationTime": 0,
    ...         "SecondaryStatusTransitions": [
    ...             {"Status": phase, "StartTime": start, "EndTime": end}
    ...             for phase, start, end in zip(phases, bounds, bounds[1:])
    ...         ],
    ...     }
    >>> for fit in calibrate([reply("a", 40), reply("b", 60)]).fits:
    ...     print(fit.family, fit.phase, fit.recorded_at(0.5), fit.distribution)
    m5 Starting 50.0 Empirical(values=(40.0, 60.0))
    m5 Downloading 20.0 Constant(value=20.0)
    m5 Uploading 10.0 Constant(value=10.0)
    """
    read = _latest(read_records(records))
    fits = tuple(_fits(read))
    if not fits:
        raise RecordError(
            [
                f"{each.source}: no phase of it ran its course: there is nothing to fit"
                for each in read
            ]
            or ["there are no records: there is nothing to fit"]
        )
    return Calibration(len(read), fits, _world(fits), tuple(_notes(read)))


def _latest(records: Iterable[Record]) -> tuple[Record, ...]:
    """One record of each job: of several replies the one that tells most."""
    jobs: dict[tuple[str, float], Record] = {}
    for record in records:
        job = (record.typed.TrainingJobArn, record.typed.CreationTime)
        if job not in jobs or len(record.phases) > len(jobs[job].phases):
            jobs[job] = record
    return tuple(jobs.values())


def durations(record: Record) -> Iterator[tuple[SecondaryStatus, float]]:
    """The service's phases of one job that ran their course, in seconds."""
    launching_ms: int | None = None
    for phase, after in zip(record.phases, record.phases[1:], strict=False):
        status = phase.status
        if status in _LAUNCH:
            launching_ms = phase.start_ms if launching_ms is None else launching_ms
            if after.status in _AFTER[_S.Starting]:
                yield _S.Starting, (after.start_ms - launching_ms) / 1000
        elif after.status in _AFTER.get(status, ()):
            yield status, phase.seconds
        if after.status not in _LAUNCH:
            launching_ms = None


def _fits(records: Iterable[Record]) -> Iterator[Fit]:
    by_family: dict[tuple[str, SecondaryStatus], list[float]] = defaultdict(list)
    by_group: dict[tuple[str, SecondaryStatus], list[float]] = defaultdict(list)
    families: dict[tuple[str, SecondaryStatus], set[str]] = defaultdict(set)
    for record in records:
        instance = record.instance
        if instance is None or latency_key(instance.family):
            continue
        for phase, seconds in durations(record):
            group = (_GROUPS[instance.accelerated], phase)
            by_family[instance.family, phase].append(seconds)
            by_group[group].append(seconds)
            families[group].add(instance.family)
    pooled = {
        key: found
        for key, found in by_group.items()
        if len(found) >= _ENOUGH and len(families[key]) > 1
    }
    order = [*_TABLES]
    for gathered in by_family, pooled:
        for family, phase in sorted(gathered, key=lambda key: (key[0], order.index(key[1]))):
            recorded = tuple(sorted(gathered[family, phase]))
            yield Fit(family, phase, recorded, fitted(recorded))


def _world(fits: Iterable[Fit]) -> World:
    tables: dict[str, dict[str, object]] = defaultdict(dict)
    for fit in fits:
        tables[_TABLES[fit.phase]][fit.family] = fit.distribution
    for family in tables["preparing"]:
        tables["launching"][family] = _NONE
    for family in tables["downloading"]:
        tables["image_pull"].setdefault(family, _NONE)
    given: Mapping[str, Mapping[str, object]] = {
        name: each for name, each in tables.items() if each
    }
    return World(latencies=Latencies.over_defaults(given), storage=Storage(seconds_per_object=0))


def _notes(records: tuple[Record, ...]) -> Iterator[str]:
    yield (
        "Starting is simulated as preparing, with launching 0: records do not tell the two apart."
    )
    yield (
        "Downloading and Uploading hold the time of the bytes that these jobs moved: "
        "what [[storage.prefixes]] and artifact_bytes add comes on top."
    )
    inside = Counter(place for record in records if (place := _image_place(record)))
    told = " and ".join(
        f"in {place} in {count} of the jobs" for place, count in sorted(inside.items())
    )
    if told:
        mixed = " Fit old and new jobs apart." if len(inside) > 1 else ""
        yield f"image_pull is 0: the image was pulled {told}, and counts there.{mixed}"
    several = sum(1 for record in records if record.instance_count > 1)
    if several:
        yield (
            f"{several} of the jobs had several instances, of which the slowest decides: "
            "Downloading is drawn for each, and so comes out longer than recorded on several."
        )
    silent = sum(1 for record in records if record.instance is None or not any(durations(record)))
    if silent:
        yield f"{silent} of the jobs have no phase that ran its course, and tell nothing."


def _image_place(record: Record) -> SecondaryStatus | None:
    """In which status the image was pulled, as the messages tell (Downloading since 2023-12)."""
    met: dict[SecondaryStatus, Phase] = {each.status: each for each in record.phases}
    if _S.DownloadingTrainingImage in met or _S.Training not in met:
        return None
    downloading = met.get(_S.Downloading)
    if downloading is not None and downloading.message == LIVE.messages.image:
        return _S.Downloading
    return _S.Training
