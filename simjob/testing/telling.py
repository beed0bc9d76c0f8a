"""What a failing test tells of a simulation: seed, edition, world and the timeline of every job.

Plain text, from which the run can be made again.
"""

from simjob.simulation import Simulation
from simjob.views.words import story
from simjob.world import World, WorldError, dump_world


def report(sim: Simulation) -> str:
    """A simulation as text.

    >>> print(report(Simulation(seed=3)))
    seed 3, edition documented, now 2026-01-01 00:00:00 UTC
    world: the default
    no jobs
    """
    lines = [
        f"seed {sim.seed}, edition {sim.edition.name}, now {sim.now:%Y-%m-%d %H:%M:%S} UTC",
        world_text(sim.world),
    ]
    lines += [story(job) for job in (*sim.deleted, *sim.jobs.values())] or ["no jobs"]
    return "\n".join(lines)


def world_text(world: World) -> str:
    """A world as a file, behind a line that says so; or why it can be none.

    >>> print(world_text(World(region="eu-west-1")))
    world: the default, but for
        region = "eu-west-1"
    """
    try:
        text = dump_world(world)
    except WorldError as error:
        return f"world: no file can hold it ({error})"
    if not text:
        return "world: the default"
    lines = [f"    {line}".rstrip() for line in text.splitlines()]
    return "\n".join(["world: the default, but for", *lines])
