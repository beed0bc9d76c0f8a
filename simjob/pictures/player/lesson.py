"""What a page holds of a simulation: jobs and other histories, as many as have room.

What is left out is said in the page. How one history is written stands in `tracks`, where other
ones come from in `scenes`.
"""

from collections.abc import Iterator
from typing import Final, cast

from simjob.engine.clock import epoch_ms
from simjob.pictures.meanings import meaning
from simjob.pictures.player.encoding import bytes_of
from simjob.pictures.player.scenes import Retelling, Scene, inside, scenes
from simjob.pictures.player.tracks import MOST_INSTANCES, Json, Shared, Size, track
from simjob.simulation import Simulation
from simjob.spec.errors import refused_in_status
from simjob.spec.statuses import LINGERING, PAIRING, Cause, PrimaryStatus, SecondaryStatus
from simjob.views.logs import LogLine

MOST_JOBS: Final = 50
MOST_LINES: Final = 300
MOST_CHARACTERS: Final = 400
MOST_LIVES: Final = 50_000
"""So many lives of jobs are simulated again at most, for the other histories of all jobs."""


def lesson(sim: Simulation, room_bytes: int) -> Json:
    """The data of a page, in `room_bytes` of JSON at most.

    `jobs` come in the order of their creation; `left_out` are sentences. What a track is, and what
    `members` and `lists` are, is told in `tracks`.
    """
    shared = Shared()
    data: Json = {
        "edition": sim.edition.name,
        "seed": sim.seed,
        "region": sim.world.region,
        "start_ms": epoch_ms(sim.world.start),
        "now_ms": sim.now_ms,
        "meanings": {
            f"{primary}/{secondary}": meaning(secondary, primary)
            for primary, secondary in _states()
        },
    }
    budget = _Budget(shared, room_bytes - bytes_of(data) - _RESERVE_BYTES)
    jobs: list[Json] = []
    for name in list(sim.jobs)[:MOST_JOBS]:
        size = shared.size
        job = _job(sim, name, shared)
        if not budget.takes(job, size):
            break
        jobs.append(job)
    left_out = [*_jobs_left_out(sim, jobs), *_details_left_out(jobs)]
    if jobs:
        left_out += _add_scenes(sim, jobs, budget)
    return {
        **data,
        "jobs": jobs,
        "left_out": left_out,
        "members": shared.members,
        "lists": shared.lists,
    }


def _states() -> Iterator[tuple[PrimaryStatus, SecondaryStatus]]:
    for secondary, primary in PAIRING.items():
        yield primary, secondary
        if secondary in LINGERING:
            yield PrimaryStatus.Stopping, secondary


_RESERVE_BYTES: Final = 20_000
"""For what is left out, and for names of members of the page's own."""


class _Budget:
    """How many bytes are left for tracks and for what they add to the shared tables."""

    def __init__(self, shared: Shared, room_bytes: int) -> None:
        self.shared = shared
        self._room_bytes = room_bytes

    def takes(self, piece: Json, before: Size) -> bool:
        """Take a piece that was made since the tables had that size, or leave no trace of it."""
        members, lists = before
        new = self.shared.members[members:], self.shared.lists[lists:]
        cost = bytes_of(piece) + sum(bytes_of(each) for table in new for each in table)
        if cost > self._room_bytes:
            self.shared.cut(before)
            return False
        self._room_bytes -= cost
        return True


def _job(sim: Simulation, name: str, shared: Shared) -> Json:
    job = sim.jobs[name]
    bill = job.bill
    lines = job.logs
    kept = _first_and_last(lines)
    return {
        "name": name,
        "instance_type": bill.instance_type,
        "instance_count": bill.instance_count,
        "spot": bill.spot,
        "discount": bill.discount,
        "dollars_per_hour": bill.dollars_per_hour,
        "rate_source": bill.rate_source,
        "rate_date": bill.rate_date,
        "estimated": bill.estimated,
        "track": track(inside(sim, name), sim.now_ms, shared),
        "logs": [_line(each) for each in kept],
        "logs_left_out": len(lines) - len(kept),
        "logs_cut": sum(len(each.message) > MOST_CHARACTERS for each in kept),
        "refusal": _refusal(job.status) if job.ended else None,
        "scenes": [],
    }


def _first_and_last(lines: list[LogLine]) -> list[LogLine]:
    half = MOST_LINES // 2
    return lines if len(lines) <= MOST_LINES else lines[:half] + lines[-half:]


def _line(line: LogLine) -> list[object]:
    text = line.message
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS] + "…"
    return [line.timestamp_ms, line.stream.rpartition("/")[2], text]


def _refusal(status: PrimaryStatus) -> str:
    error = refused_in_status(status.value)
    return f"{error.code}: {error.message}"


def _add_scenes(sim: Simulation, jobs: list[Json], budget: _Budget) -> Iterator[str]:
    """Add other histories to the jobs while there is room; what is left out is said."""
    retelling = Retelling(sim)
    if not retelling.faithful():
        yield (
            "Other histories: creating and stopping these jobs once more does not give the same "
            "records, so the page does not say what a stop would have changed."
        )
        return
    lives = 0
    for place, job in enumerate(jobs):
        for scene in scenes(sim, cast("str", job["name"])):
            lives += len(sim.jobs)
            if lives > MOST_LIVES or not _add_scene(sim, retelling, scene, job, budget):
                some = " and some of the next one" if job["scenes"] else ""
                yield f"Other histories: complete for {place:,} of {len(jobs):,} jobs{some}."
                return


def _add_scene(
    sim: Simulation, retelling: Retelling, scene: Scene, job: Json, budget: _Budget
) -> bool:
    other = retelling.told(scene)
    if scene.job_name not in other.jobs:  # an account's quota, by then used up, refuses it
        return True
    size = budget.shared.size
    inner = inside(other, scene.job_name)
    stop = inner.history.stop
    at_ms = scene.at_ms
    if scene.kind == "limit" and stop is not None and stop.cause is Cause.RUNTIME_LIMIT:
        at_ms = stop.at_ms
    piece: Json = {
        "kind": scene.kind,
        "phase": scene.phase,
        "at_ms": at_ms,
        "limit_seconds": scene.limit_seconds,
        "same": other.jobs[scene.job_name].record == sim.jobs[scene.job_name].record,
        "track": track(inner, other.now_ms, budget.shared),
    }
    if not budget.takes(piece, size):
        return False
    cast("list[Json]", job["scenes"]).append(piece)
    return True


def _jobs_left_out(sim: Simulation, jobs: list[Json]) -> Iterator[str]:
    if len(jobs) < len(sim.jobs):
        which = f"the first {len(jobs):,}, in the order of their creation" if jobs else "none"
        yield f"Jobs: of {len(sim.jobs):,} the page shows {which}."
    if sim.deleted:
        yield f"Jobs: {len(sim.deleted):,} that were deleted are not shown."


def _details_left_out(jobs: list[Json]) -> Iterator[str]:
    for job in jobs:
        if job["logs_left_out"]:
            yield (
                f"Log of {job['name']}: {job['logs_left_out']:,} lines between the first and the "
                f"last {MOST_LINES // 2}."
            )
    cut = sum(cast("int", job["logs_cut"]) for job in jobs)
    if cut:
        yield f"Log lines: {cut:,} are cut after {MOST_CHARACTERS} characters."
    if any(cast("Json", job["track"])["instances_left_out"] for job in jobs):
        yield f"Instances: of each job the first {MOST_INSTANCES} launches are drawn."
