"""Print what plans and sweeps cost, beside what they are measured against.

    python benchmarks/whatif.py [--quick]

Every row is measured in this one run. CPU time is given where nothing runs beside it, the time of a
clock where two workers are compared with one; memory is the most that a process has held, in one of
its own, which Linux tells. Machines are noisy: the ratios are what to look at. Nothing here is a
test.
"""

import argparse
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import attrs
import simpy
from joblib.externals.loky import get_reusable_executor
from measuring import cpu, head, request, row
from run import CONSTANT

from simjob import Simulation
from simjob.whatif import plan_from_dict, replicate, sweep
from simjob.whatif.plan import Plan
from simjob.whatif.tasks import seed_of
from simjob.world import Capacity, World

INSTANCES = 50
SPANS_S = (40, 80, 300, 13)
"""Starting, Downloading, Training, Uploading of a job of the plans here."""
LOAD = 0.9
"""So much of all instances the arriving jobs of a plan keep busy."""
FINITE = attrs.evolve(CONSTANT, capacity=Capacity(on_demand={"ml.m5.large": INSTANCES}))


def plan_of(world: World, job: dict[str, object]) -> Plan:
    """A plan with one job."""
    members = request("")
    del members["TrainingJobName"]
    return plan_from_dict({"world": world, "jobs": {"job": {"request": members, **job}}})


# Sweeps.


def by_hand(world: World, jobs: int, seed: int) -> None:
    """The same jobs with the core alone: created, run, billed."""
    sim = Simulation(world, seed=seed, edition="live")
    for number in range(jobs):
        sim.create_training_job(**request(f"job-{number}"))
    sim.run()
    for job in sim.jobs.values():
        _ = job.bill


def compare_replications(jobs: int, replications: int, rounds: int) -> None:
    """CPU time of a job in a sweep by one worker, against the core."""
    world = World()
    plan = plan_of(world, {"copies": jobs})

    def core() -> None:
        for number in range(replications):
            by_hand(world, jobs, seed_of(0, number))

    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(cpu(lambda: sweep(plan, replications=replications, workers=1)))
        theirs.append(cpu(core))
    per_job = 1e6 / (jobs * replications)
    what = f"a job in a sweep, {jobs} to a replication, one worker"
    row(what, median(ours) * per_job, median(theirs) * per_job, "us the core alone", "1.3")


def compare_workers(replications: int, rounds: int) -> None:
    """Time by the clock of one sweep, by two workers against one; both are started before."""
    plan = plan_of(World(), {"copies": 100})
    sweep(plan, replications=8, workers=2)
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, spent in times.items():
            start = perf_counter()
            sweep(plan, replications=replications, workers=workers)
            spent.append(perf_counter() - start)
    what = f"a sweep of {100 * replications:,} jobs by two workers"
    row(what, median(times[2]), median(times[1]), "s by one", f"{1 / 1.7:.2f}")


def compare_memory(few: int, many: int) -> None:
    """The most memory that a sweep to disk takes, by how many jobs it runs."""
    small, large = (in_a_process("streamed", count) for count in (few, many))
    what = f"memory of a sweep of {many:,} jobs to disk"
    row(what, large[0], small[0], f"MB of {few:,}", "1.1")
    row("the same, of its largest worker", large[1], small[1], f"MB of {few:,}", "1.1")


def streamed(jobs: int) -> None:
    """A sweep of so many jobs, to disk."""
    plan = plan_of(World(), {"copies": 10})
    with TemporaryDirectory() as directory:
        sweep(plan, replications=jobs // 10, workers=2, out=Path(directory) / "jobs.parquet")
    get_reusable_executor().shutdown(wait=True)


# Plans.


def compare_queues(few: int, many: int, rounds: int) -> None:
    """CPU time of a job in a plan, by how many wait for capacity."""
    times = {}
    for count in (few, many):
        plan = plan_of(FINITE, {"copies": count})
        repeated = max(1, 10 * few // count)
        spent = [cpu(partial(repeat, plan, repeated)) for _ in range(rounds)]
        times[count] = median(spent) / (count * repeated) * 1e6
    row(f"a job of {many:,} queued", times[many], times[few], f"us of {few:,} queued", "1.3")


def repeat(plan: Plan, times: int) -> None:
    """So many replications of a plan."""
    for number in range(times):
        replicate(plan, number)


def arriving(jobs: int) -> Plan:
    """A plan of so many jobs that arrive one by one, at instances that are nearly all busy."""
    per_hour = LOAD * INSTANCES * 3600 / sum(SPANS_S)
    return plan_of(FINITE, {"arrivals": {"poisson_per_hour": per_hour, "count": jobs}})


def carried_out(jobs: int) -> None:
    """That plan, carried out once; its rows are kept."""
    replicate(arriving(jobs), 7)


def bare(arrivals_s: list[float]) -> None:
    """The same arrivals and the same spans, with nothing but simpy and a Resource."""
    env = simpy.Environment()
    instances = simpy.Resource(env, INSTANCES)

    def life() -> object:
        with instances.request() as granted:
            yield granted
            for span_s in SPANS_S:
                yield env.timeout(span_s)

    def arrive() -> object:
        for at_s in arrivals_s:
            yield env.timeout(at_s - env.now)
            env.process(life())

    env.process(arrive())
    env.run()


def compare_arrivals(jobs: int, rounds: int) -> None:
    """CPU time and memory of a plan of arriving jobs."""
    plan = arriving(jobs)
    arrivals_s = sorted(replicate(plan, 7).jobs["arrived_seconds"])
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(cpu(lambda: replicate(plan, 7)))
        theirs.append(cpu(lambda: bare(arrivals_s)))
    per_job = 1e6 / jobs
    what = f"a job of {jobs:,} that arrive at {INSTANCES} instances"
    row(what, median(ours) * per_job, median(theirs) * per_job, "us bare simpy", "3")
    row("memory of that plan, with its rows", in_a_process("carried_out", jobs)[0], 500, "MB", "1")


# Processes of their own.


def in_a_process(what: str, jobs: int) -> tuple[float, float]:
    """The most megabytes that a function's process has held, and the largest of its children."""
    command = [sys.executable, __file__, "--alone", what, str(jobs)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - our own interpreter
    own, children = done.stdout.split()
    return float(own), float(children)


def alone(what: str, jobs: int) -> None:
    """Do one thing, and print what `in_a_process` reads."""
    {"streamed": streamed, "carried_out": carried_out}[what](jobs)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(held_kilobytes() / 1024, children / 1024)


def held_kilobytes() -> int:
    """The most that this process has held; `ru_maxrss` would count what its parent held, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer jobs and rounds")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        alone(arguments.alone[0], int(arguments.alone[1]))
        return
    quick = arguments.quick
    head("simpy", "joblib", "pyarrow")
    rounds = 1 if quick else 5
    for jobs in (1, 10, 100):
        compare_replications(jobs, (1_000 if quick else 10_000) // jobs, rounds)
    compare_workers(50 if quick else 500, rounds)
    compare_memory(*(2_000, 20_000) if quick else (100_000, 1_000_000))
    compare_queues(1_000, 10_000 if quick else 100_000, 1 if quick else 3)
    compare_arrivals(5_000 if quick else 100_000, 1 if quick else 3)


if __name__ == "__main__":
    main()
