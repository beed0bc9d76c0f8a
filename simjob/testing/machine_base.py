"""What every machine over a simulation has: its beginning, its end, and what always holds.

The rules stand in `machine_changes` and `machine_reads`.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from simjob.simulation import Simulation
from simjob.spec.errors import ApiError
from simjob.spec.scalars import KEEP_ALIVE
from simjob.spec.statuses import WAITING
from simjob.testing.calls import MOMENTS, NAMES
from simjob.testing.invariants import Watch
from simjob.testing.state import whole_state
from simjob.testing.surroundings import worlds
from simjob.world import WorkloadRule, World

Json = dict[str, Any]

NEW_NAME: Final = st.runner().flatmap(lambda machine: st.sampled_from(machine.names))
"""One of the names of a machine."""

ANY_NAME: Final = st.runner().flatmap(
    lambda machine: (
        st.sampled_from(tuple(machine.sim.jobs) or machine.names) | st.sampled_from(machine.names)
    )
)
"""The name of a job that is there, whoever has created it, or one that perhaps is not."""

ENDED_NAME: Final = st.runner().flatmap(
    lambda machine: st.sampled_from(
        tuple(name for name, job in machine.sim.jobs.items() if job.ended) or machine.names
    )
)
"""The name of a job that has ended, if there is any."""


class Machine(RuleBasedStateMachine):
    """One simulation in a random world, watched all along; it has no rules yet."""

    edition_name: ClassVar[str] = "live"
    """Which edition it is of."""

    behind_boto3: ClassVar[bool] = False
    """Whether the simulation stands in the place of AWS (`simjob.aws.mock`) all along."""

    workload_rules: ClassVar[tuple[WorkloadRule, ...]] = ()
    """Workloads that are in every world."""

    names: ClassVar[tuple[str, ...]] = NAMES
    """The names of all jobs that the rules create."""

    sim: Simulation
    """The simulation, from the first step on."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()

    def worlds(self) -> st.SearchStrategy[World]:
        """The worlds to begin in; a subclass may have others."""
        return worlds(rules=self.workload_rules)

    @initialize(
        world=st.runner().flatmap(lambda machine: machine.worlds()),
        seed=st.integers(0, 2**32),
        calls=st.lists(MOMENTS, max_size=2),
    )
    def begin(self, world: World, seed: int, calls: list[timedelta]) -> None:
        """Begin in a world, look again and again, and at some instants of the clock too."""
        if self.behind_boto3:
            from simjob.aws import mock  # noqa: PLC0415 - an extra

            aws = mock(world, seed=seed, edition=self.edition_name)
            self.sim = self._open.enter_context(aws)
        else:
            self.sim = Simulation(world, seed=seed, edition=self.edition_name)
        self.watch = Watch(self.sim)
        self.heard: list[tuple[str, str]] = []
        self.sim.subscribe(lambda step: self.heard.append((step.job.name, step.status.value)))
        for at in calls:
            self.sim.at(at, self.watch.check)

    def refused(self, codes: set[str], call: Callable[..., object], **given: object) -> None:
        """The call is refused with one of the codes, and nothing has changed."""
        before = whole_state(self.sim)
        try:
            call(**given)
        except ApiError as error:
            assert error.code in codes, error  # noqa: PT017 - which ones depends on the state
        else:
            raise AssertionError(f"{call} took {given}")
        assert whole_state(self.sim) == before

    @property
    def unknown(self) -> set[str]:
        """The codes of the refusal of an unknown name."""
        return {"ValidationException" if self.edition_name == "live" else "ResourceNotFound"}

    @invariant()
    def holds(self) -> None:
        """All that must always hold."""
        self.watch.check()

    def teardown(self) -> None:
        """Let everything happen that still will, and look at the end."""
        with self._open:
            if hasattr(self, "sim"):
                self.sim.run()
                self.watch.check()
                self._ended()

    def _ended(self) -> None:
        """Every job has ended, or waits for capacity that nobody has; all is given back."""
        sim = self.sim
        sim.advance(seconds=KEEP_ALIVE.max or 0)  # and no warm pool is left
        self.watch.check()
        pools = sim._engine.fleet.pools
        queued = {id(claim) for pool in pools.values() for claim in pool.waiting}
        for name, job in sim.jobs.items():
            if not job.ended:
                assert job.secondary_status in WAITING, name
                life = job._job.life
                assert life is not None, name
                assert id(life.claim) in queued, name
        for key, pool in pools.items():
            assert pool.in_use == 0, key
            assert not pool.waiting or pool.waiting[0].count > pool.size, key
        jobs = (*sim.jobs.values(), *sim.deleted)
        made = [(job.name, phase.status.value) for job in jobs for phase in job.history]
        assert sorted(self.heard) == sorted(made)
