"""The training container of a declared workload: what it does, known before it starts.

Everything here follows from the workload and its draws, in spans from the start of the run, so
that like jobs share one and a run costs no event of its own. Workloads written as Python
generators live in `scripted`.
"""

from typing import TYPE_CHECKING

import simpy

from simjob.engine.kernel import Steps
from simjob.engine.pace import Pace
from simjob.world import Workload
from simjob.world.durations import milliseconds

if TYPE_CHECKING:
    from simjob.engine.life import Life

SIGKILL_AFTER_MS = 120_000
"""From SIGTERM to SIGKILL (the page, StoppingCondition)."""


class Declared:
    """Any run of a declared workload, alike on all hosts, in milliseconds from its start.

    `work_ms` is the whole work, of which `resumed_ms` is already saved; how long it takes is told
    by its pace. With a failure it ends when that comes, `lasts_ms` after the start, at the latest
    when the work is done.
    """

    __slots__ = ("_pace", "_workload", "failure", "lasts_ms", "model_bytes", "work_ms")

    def __init__(
        self,
        workload: Workload,
        work_ms: int,
        resumed_ms: int,
        failure: str | None = None,
        fails_after_ms: int | None = None,
    ) -> None:
        self._workload = workload
        self.model_bytes = workload.artifact_bytes
        self.work_ms = work_ms
        self._pace = Pace(workload, resumed_ms)
        self.failure = failure
        if fails_after_ms is not None and fails_after_ms < work_ms:
            work_ms = fails_after_ms
        self.lasts_ms = self._pace.span_ms(work_ms)

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
