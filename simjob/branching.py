"""Branches: a simulation that goes on from this instant by itself, as if there were two of it.

A branch is made by living it all again: the calls of the journal are made at their instants in a
new simulation of the same world and seed. Draws are keyed, so both have the same records until now,
byte by byte. What is the caller's own code stays with the first one: scripted calls that are still
to come, subscribers and handlers.
"""

from functools import partial
from typing import TYPE_CHECKING

from simjob.engine.clock import Clock, instant_of
from simjob.engine.job import TrainingJob
from simjob.engine.scripted import WorkloadError
from simjob.journal import Journal, Place, Turn
from simjob.moments import SimulationError

if TYPE_CHECKING:
    from simjob.simulation import Simulation


def branch(sim: "Simulation") -> "Simulation":
    """What `Simulation.branch` returns.

    Raises:
        SimulationError: the calls cannot be made again, or this instant cannot be reached.
    """
    clock, journal = sim._engine.clock, sim._journal  # noqa: SLF001 - of one house, in all of this
    if journal.disorder_ms is not None:
        at = instant_of(journal.disorder_ms).isoformat()
        raise SimulationError(
            f"no branch can be made: at {at} a generator workload, or a condition of `run`, has "
            "called the API, and would do so again in this simulation"
        )
    if not clock.orderly:
        raise SimulationError(
            f"no branch can be made in the middle of {clock.now.isoformat()}: branch between two "
            "moves of the clock, or in a scripted call, a subscriber or a handler"
        )
    twins = _twins(sim)
    twin = twins[sim.world.account, sim.world.region]
    present = journal.present
    for turn in journal.turns:
        if turn is not present:
            twin._engine.clock.call_at(turn.at_ms, partial(_repeat, twins, turn))  # noqa: SLF001
    _relive(twin._engine.clock, clock.now_ms)  # noqa: SLF001
    if present is not None:
        _repeat(twins, present)
    return twin


def _twins(sim: "Simulation") -> dict[Place, "Simulation"]:
    """New simulations of all places of the clock, at the start of the world."""
    first, *others = sim._places.values()  # noqa: SLF001
    twin = type(sim).__new__(type(sim))
    journal = Journal(Clock(first.world.start))
    twin._settle(first.world, first.seed, first.edition, {}, journal)  # noqa: SLF001
    for other in others:
        twin.elsewhere(region=other.world.region, account=other.world.account)
    return twin._places  # noqa: SLF001


def _relive(clock: Clock, until_ms: int) -> None:
    while True:
        try:
            clock.run_to(until_ms)
        except WorkloadError:  # it came out of the first clock, too
            continue
        return


def _repeat(twins: dict[Place, "Simulation"], turn: Turn) -> None:
    for call in turn.calls:
        if isinstance(call, TrainingJob):
            plane = twins[call.world.account, call.world.region]._plane  # noqa: SLF001
            plane.create_again(call)
        else:
            place, change, given = call
            change(twins[place]._plane, given)  # noqa: SLF001
