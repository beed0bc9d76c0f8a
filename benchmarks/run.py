"""Print the table of the README: what simjob costs, beside what it is measured against.

    python benchmarks/run.py [--quick]

Every row is measured in this one run, the two sides in turn, and given as the median of several
rounds in CPU time; the garbage collector runs as it always does. Machines are noisy: the ratios
are what to look at. Nothing here is a test.
"""

import argparse
import gc
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from statistics import median

import cattrs
import simpy
from measuring import cpu, head, per_call_us, request, row

from simjob import Simulation, World
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.spec.editions import DOCUMENTED, Column
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.wire import structure
from simjob.world import Constant, Latencies, Workload

STOPPED = 10
"""One job in so many is stopped in its training, and uses its 120 seconds."""
STOP_AFTER_S = 250


def each(duration: Constant) -> dict[str, Constant]:
    """The same for every instance type."""
    return {"*": duration}


WORKLOAD = Workload(duration=300, on_sigterm="save", save_time=120)
CONSTANT = World(
    latencies=Latencies(
        launching=each(Constant(20)),
        preparing=each(Constant(20)),
        downloading=each(Constant(30)),
        image_pull=each(Constant(50)),
        uploading=each(Constant(13)),
    ),
    default_workload=WORKLOAD,
)
DRAWN = World(default_workload=WORKLOAD)


# Living: jobs that were made before, from their submission to the last one's end.


def jobs_of(world: World, count: int) -> list[TrainingJob]:
    """Jobs that were validated and made, but not yet submitted."""
    sim = Simulation(world)
    for number in range(count):
        sim.create_training_job(**request(f"job-{number}"))
    return [
        TrainingJob(
            request=job.request,
            name=job.name,
            created_ms=job.created_ms,
            edition=job.edition,
            world=world,
            workload=job.workload,
        )
        for job in sim._plane.jobs.values()  # noqa: SLF001 - a benchmark looks inside
    ]


def live(world: World, jobs: list[TrainingJob]) -> Engine:
    """Submit all jobs, stop some, and let all live to their end."""
    engine = Engine(world, DOCUMENTED, 0)
    for job in jobs:
        engine.submit(job)
    engine.clock.run_to(engine.now_ms + STOP_AFTER_S * 1000)
    for job in jobs[::STOPPED]:
        engine.stop(job)
    engine.clock.run_dry()
    return engine


def waits_of(world: World, jobs: list[TrainingJob]) -> list[tuple[int, ...]]:
    """The spans in milliseconds that the same jobs wait, for the bare process."""
    engine = Engine(world, DOCUMENTED, 0)
    waits = []
    for job in jobs:
        plan = engine.planner.plan(job, 1)
        training_ms = plan.pull_ms + engine.courses.work_ms(job)
        waits.append((plan.ready_ms, plan.download_ms, training_ms, plan.upload_overhead_ms))
    return waits


def bare(env: simpy.Environment, waits: tuple[int, ...]) -> object:
    """A process that waits the same spans, can be stopped, and keeps nothing."""
    try:
        for span in waits:
            yield env.timeout(span)
    except simpy.Interrupt:
        yield env.timeout(120_000)


def bare_drawing(env: simpy.Environment, waits: tuple[int, ...]) -> object:
    """The same, which draws five times as one would by hand, though it waits the given spans."""
    for _ in range(5):
        random.lognormvariate(3.0, 0.3)
    return bare(env, waits)


def live_bare(waits: list[tuple[int, ...]], life: Callable[..., object] = bare) -> None:
    """The same with nothing but simpy."""
    env = simpy.Environment()
    processes = [env.process(life(env, each)) for each in waits]
    env.run(until=STOP_AFTER_S * 1000)
    for process in processes[::STOPPED]:
        process.interrupt()
    env.run()


def compare_lives(world: World, name: str, count: int, rounds: int) -> None:
    """Jobs per second, against the bare process; the default world draws, and so does the other."""
    life, against = (bare, "bare simpy") if world is CONSTANT else (bare_drawing, "with five draws")
    ours, theirs = [], []
    for _ in range(rounds):
        jobs = jobs_of(world, count)
        waits = waits_of(world, jobs)
        ours.append(cpu(lambda jobs=jobs: live(world, jobs)) / count * 1e6)
        del jobs
        theirs.append(cpu(lambda waits=waits: live_bare(waits, life)) / count * 1e6)
    row(
        f"life of a job, {count:,} alive, {name}",
        median(ours),
        median(theirs),
        f"us {against}",
        "2" if world is CONSTANT else "",
    )


# Single calls.


def compare_calls(rounds: int, calls: int) -> None:
    """One create, describe and list page."""
    raw = request("job")
    plain = cattrs.Converter()
    names = iter(range(10**9))
    sim = Simulation(CONSTANT)

    def create() -> None:
        sim.create_training_job(**{**raw, "TrainingJobName": f"c-{next(names)}"})

    def create_unlike() -> None:
        name = f"c-{next(names)}"
        output = {"S3OutputPath": f"s3://bucket/{name}"}
        sim.create_training_job(**{**raw, "TrainingJobName": name, "OutputDataConfig": output})

    creates, unlike, structures = [], [], []
    for _ in range(rounds):
        creates.append(per_call_us(create, calls))
        unlike.append(per_call_us(create_unlike, calls))
        structures.append(
            per_call_us(lambda: plain.structure(raw, CreateTrainingJobRequest), calls)
        )
    for what, ours in (
        ("one create, like one before", creates),
        ("one create, unlike any", unlike),
    ):
        row(what, median(ours), median(structures), "us cattrs structure", "3")

    few, many = ended(1_000), ended(100_000 if calls > 500 else 5_000)
    name = "job-7"
    reply = few.describe_training_job(TrainingJobName=name)
    literal = eval(f"lambda: {reply!r}")  # noqa: S307 - the reply as Python would be written by hand
    in_few, in_many, literals, page_few, page_many = [], [], [], [], []
    for _ in range(rounds):
        in_few.append(per_call_us(lambda: few.describe_training_job(TrainingJobName=name), calls))
        in_many.append(per_call_us(lambda: many.describe_training_job(TrainingJobName=name), calls))
        literals.append(per_call_us(literal, calls))
        page_few.append(per_call_us(few.list_training_jobs, calls // 4))
        page_many.append(per_call_us(many.list_training_jobs, calls // 4))
    row("one describe", median(in_few), median(literals), "us dict literal", "4")
    size = f"{len(many.jobs):,}"
    row(f"one describe, of {size} jobs", median(in_many), median(in_few), "us of 1,000", "1")
    row(
        f"one list page, of {size} jobs",
        median(page_many),
        median(page_few),
        "us of 1,000",
        "1.5",
    )


def ended(count: int) -> Simulation:
    """A simulation with so many jobs, all at their end."""
    sim = Simulation(CONSTANT)
    for number in range(count):
        sim.create_training_job(**request(f"job-{number}"))
    sim.run()
    return sim


# Memory, import, events.


def memory_bytes(count: int, *, alive: bool) -> float:
    """Bytes of one job in a simulation beyond its request, of which it shares nothing."""
    raws = [request(f"job-{number}") for number in range(count)]
    for number, raw in enumerate(raws):
        raw["OutputDataConfig"] = {"S3OutputPath": f"s3://bucket/{number}", "KmsKeyId": ""}
    ended(1)
    gc.collect()
    tracemalloc.start()
    sim = Simulation(CONSTANT)
    for raw in raws:
        sim.create_training_job(**raw)
    if alive:
        sim.advance(seconds=60)
    else:
        sim.run()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    tracemalloc.start()
    kept = [structure(CreateTrainingJobRequest, raw, Column.PAGE) for raw in raws]
    gc.collect()
    requests = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return (used - requests) / count


def import_ms(statement: str) -> float:
    """CPU milliseconds of an import in a new interpreter."""
    code = f"import time; t = time.process_time(); {statement}; print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # noqa: S603 - our own interpreter
    return float(done.stdout) * 1e3


def events_of_a_life() -> int:
    """How many events simpy handles for one undisturbed job on one instance."""
    (job,) = jobs_of(CONSTANT, 1)
    engine = Engine(CONSTANT, DOCUMENTED, 0)
    step = engine.env.step
    instants: list[int] = []

    def counted() -> None:
        step()
        instants.append(engine.env.now_ms)

    engine.env.step = counted
    engine.submit(job)
    engine.clock.run_dry()
    return len(instants)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer jobs and rounds")
    quick = parser.parse_args().quick
    head("simpy", "attrs", "cattrs")
    sizes = [(1_000, 5)] if quick else [(1_000, 25), (100_000, 3)]
    for count, rounds in sizes:
        compare_lives(CONSTANT, "constant latencies", count, rounds)
        compare_lives(DRAWN, "default world (five draws a job)", count, rounds)
    compare_calls(*(3, 400) if quick else (9, 2_000))
    base = "import simpy, attrs, cattrs"
    rounds = range(3 if quick else 9)
    imports = [(import_ms("import simjob"), import_ms(base)) for _ in rounds]
    fronts = [(import_ms("from simjob import Simulation"), import_ms(base)) for _ in rounds]
    for what, pairs, target in (
        ("import simjob", imports, "1.5"),
        ("from simjob import Simulation", fronts, ""),
    ):
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        row(what, ours, theirs, f"ms {base}", target)
    for alive in (True, False):
        used = memory_bytes(1_000 if quick else 10_000, alive=alive)
        state = "alive" if alive else "ended"
        row(f"memory of a job that is {state}", used, 2_000, "bytes beyond its request", "1")
    row("simpy events of an undisturbed job", events_of_a_life(), 6, "events bare simpy", "1")


if __name__ == "__main__":
    main()
