"""The training container of a declared workload: what it does, known before it starts.

Everything here follows from the workload and its draws, in spans from the start of the run, so
that like jobs share one and a run costs no event of its own. Workloads written as Python
generators live in `scripted`.
"""

from typing import TYPE_CHECKING

import simpy

from simjob.engine.kernel import Steps
from simjob.engine.pace import Pace
from simjob.spec import reasons
from simjob.world import Workload
from simjob.world.durations import milliseconds

if TYPE_CHECKING:
    from simjob.engine.life import Life

SIGKILL_AFTER_MS = 120_000
"""From SIGTERM to SIGKILL (the page, StoppingCondition)."""


class Declared:
    """Any run of a declared workload on all hosts of a job, in milliseconds from its start.

    `works_ms` is the whole work of each host, of which `resumed_ms` is already saved; how long it
    takes is told by its pace. A host that fails ends the run; otherwise the slowest does,
    `lasts_ms` after the start.
    """

    __slots__ = ("_pace", "_workload", "failure", "lasts_ms", "model_bytes", "work_ms")

    def __init__(self, workload: Workload, works_ms: tuple[int, ...], resumed_ms: int) -> None:
        self._workload = workload
        self.model_bytes = workload.artifact_bytes
        self.work_ms = works_ms[0] if len(works_ms) == 1 else max(works_ms)
        self._pace = Pace(workload, resumed_ms)
        self.lasts_ms = self._pace.span_ms(self.work_ms)
        self.failure: str | None = None

    @classmethod
    def failing(
        cls,
        workload: Workload,
        works_ms: tuple[int, ...],
        resumed_ms: int,
        fails_after_ms: int | None,
        *,
        out_of_memory: bool,
    ) -> "Declared":
        """A run that may fail: out of memory on all hosts, or with an exit code on some."""
        run = cls(workload, works_ms, resumed_ms)
        hosts = workload.failing_hosts
        failing = [w for host, w in enumerate(works_ms, 1) if hosts is None or host in hosts]
        if out_of_memory:
            run.failure = reasons.OUT_OF_MEMORY
            failing = list(works_ms)
        elif workload.exit_code and failing:
            run.failure = reasons.algorithm(workload.failure, workload.exit_code)
        if run.failure is not None:
            work_ms = min(failing)
            if fails_after_ms is not None:
                work_ms = min(work_ms, fails_after_ms)
            run.lasts_ms = run._pace.span_ms(work_ms)
        return run

    @classmethod
    def broken(cls, workload: Workload, failure: str) -> "Declared":
        """A run that fails as soon as it has started."""
        run = cls(workload, (0,), 0)
        run.failure = failure
        return run

    def kill(self) -> None:
        """SIGKILL: nothing is under way that could be cut off."""

    def saved_ms(self, after_ms: int) -> int:
        """The work that the last checkpoint by that moment of the run holds (0: none)."""
        return self._pace.saved_ms(after_ms)

    def terminate(self, life: "Life") -> Steps[bool]:
        """SIGTERM, then at most 120 s; whether /opt/ml/model holds something after it."""
        env = life.engine.env
        sigterm_ms = env.now_ms - life.run_ms
        gone_ms, kept = self.after_sigterm(sigterm_ms)
        yield simpy.Timeout(env, gone_ms - sigterm_ms)
        return kept

    def after_sigterm(self, sigterm_ms: int) -> tuple[int, bool]:
        """When the container is gone after a SIGTERM, and whether it saved a model."""
        killed_ms = sigterm_ms + SIGKILL_AFTER_MS
        behaviour = self._workload.on_sigterm
        if sigterm_ms < 0 or behaviour == "exit":
            return sigterm_ms, False
        if behaviour == "save":
            exit_ms = sigterm_ms + milliseconds(self._workload.save_time)
            return min(exit_ms, killed_ms), exit_ms <= killed_ms
        return min(self.lasts_ms, killed_ms), self.failure is None and self.lasts_ms <= killed_ms
