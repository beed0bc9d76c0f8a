"""The training container of a workload that is a Python generator.

On every host the generator is a simpy process of its own. It may wait, write log lines, save
checkpoints, catch SIGTERM and exit with a code; it sees nothing of the simulator but its
`Container`.
"""

import contextlib
import copy
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import simpy

from simjob.engine.container import SIGKILL_AFTER_MS
from simjob.engine.history import Line
from simjob.engine.kernel import SCRIPT, Deadline, Steps
from simjob.spec import reasons
from simjob.spec.statuses import Cause
from simjob.world.durations import milliseconds

if TYPE_CHECKING:
    from simjob.engine.life import Life

SIGTERM_EXIT_CODE = 143
"""128 + 15: what a process that does not catch SIGTERM exits with."""


class Sigterm(Exception):  # noqa: N818 - the signal's own name; it is no error
    """Thrown into a workload, at the `yield` at which it waits, when SIGTERM is delivered.

    What follows has 120 virtual seconds; then the container is killed. A workload that does not
    catch it exits at once, with nothing saved.
    """


class WorkloadError(Exception):
    """A workload broke the rules of a workload; the message names the job and the value."""


class Container:
    """What a generator workload sees of the world: one host of one run of the job.

    Attributes:
        job_name: TrainingJobName.
        host: the number of this host, counted from 1 (the n of the log stream `algo-n`).
        host_count: InstanceCount.
        attempt: 1, and one more after every interruption or retry.
        hyperparameters: a copy of the request's.
        checkpoint: a copy of what `save_checkpoint` saved last, None where nothing was kept.

    Example (a workload that saves when it is told to stop)::

        def train(container):
            try:
                yield container.wait(hours=1)
            except simjob.Sigterm:
                yield container.wait(seconds=30)
            container.write_model(bytes=10_000_000)
    """

    def __init__(self, life: "Life", host: int) -> None:
        job = life.job
        self._life = life
        self.job_name = job.name
        self.host = host
        self.host_count = job.asked.instance_count
        self.attempt = life.attempts
        self.hyperparameters = dict(job.request.HyperParameters or {})
        self.checkpoint = copy.deepcopy(life.checkpoint)
        self.ignores_sigterm = False
        self.gone = False
        self.failure_text = ""
        self.model_bytes: int | None = None

    @property
    def now(self) -> datetime:
        """The present instant of the simulation (UTC)."""
        return self._life.engine.clock.now

    def wait(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> simpy.Event:
        """An event to yield: that much time has passed (to the millisecond).

        Raises:
            ValueError: the sum is negative or not finite.
        """
        total = seconds + 60 * minutes + 3600 * hours
        if not 0 <= total < timedelta.max.total_seconds():
            raise ValueError(f"a wait must be 0 or more seconds, is {total!r}")
        env = self._life.engine.env
        return Deadline(env, env.now_ms + milliseconds(total), priority=SCRIPT)

    def log(self, text: str) -> None:
        """Write to the log of this host; every line of `text` becomes one event."""
        if self.gone:
            return
        now_ms = self._life.engine.now_ms
        for line in str(text).splitlines() or [""]:
            self._life.job.history.write(Line(now_ms, self.host, line))

    def save_checkpoint(self, state: object) -> None:
        """Save a copy of `state`; it outlives the instances if the job has a CheckpointConfig."""
        if not self.gone:
            self._life.checkpoint = copy.deepcopy(state)
            self._life.attempt.saved_ms = self._life.engine.now_ms

    def write_model(self, *, bytes: int) -> None:  # noqa: A002 - sizes say bytes
        """Leave so many bytes in /opt/ml/model, to be uploaded when the container is gone.

        Raises:
            ValueError: a negative size.
        """
        if bytes < 0:
            raise ValueError(f"a model has 0 or more bytes, not {bytes!r}")
        self.model_bytes = bytes

    def write_failure(self, text: str) -> None:
        """Leave `text` in /opt/ml/output/failure; FailureReason shows it if the run fails."""
        self.failure_text = str(text)

    def ignore_sigterm(self) -> None:
        """From now on SIGTERM is not delivered; SIGKILL still comes after 120 seconds."""
        self.ignores_sigterm = True


_KILL = object()
_TERM = object()

Script = Callable[[Container], Generator[simpy.Event, object, object]]


class Scripted:
    """One run of a generator workload on all hosts of a job."""

    __slots__ = (
        "_exited",
        "_hosts",
        "_life",
        "_processes",
        "_running",
        "_script",
        "_start_ms",
        "_terminating",
        "failure",
    )

    def __init__(self, life: "Life", script: Script, start_ms: int) -> None:
        self._life = life
        self._script = script
        self._start_ms = start_ms
        self._hosts: list[Container] = []
        self._processes: list[simpy.Process] = []
        self._running = 0
        self._terminating = False
        self._exited: simpy.Event
        self.failure: str | None = None

    def run(self, cut_ms: int, cut: Cause) -> Steps[None]:
        """Start the hosts and wait for the exit, or for what cuts the run short."""
        life = self._life
        env = life.engine.env
        life.cause = cut if cut_ms < self._start_ms else None
        yield simpy.Timeout(env, max(0, min(cut_ms, self._start_ms) - env.now_ms))
        if life.cause:
            return
        self._exited = env.event()
        self._hosts = [Container(life, host + 1) for host in range(life.job.asked.instance_count)]
        self._running = len(self._hosts)
        self._processes = [simpy.Process(env, self._live(host)) for host in self._hosts]
        life.cause = yield from life.watch(self._exited, cut_ms, cut)

    def saved_ms(self, after_ms: int) -> int:  # noqa: ARG002 - a generator keeps its own count
        """Nothing: what a generator saved is its checkpoint."""
        return 0

    @property
    def model_bytes(self) -> int:
        """What lies in /opt/ml/model, over all hosts; the workload's own figure if none wrote."""
        written = [each.model_bytes for each in self._hosts if each.model_bytes is not None]
        return sum(written) if written else self._life.job.workload.artifact_bytes

    def terminate(self, life: "Life") -> Steps[bool]:
        """SIGTERM, then at most 120 s; whether /opt/ml/model holds something after it."""
        if self._running:
            env = life.engine.env
            self._exited = env.event()
            self._terminating = True
            for container, process in zip(self._hosts, self._processes, strict=True):
                if process.is_alive and not container.ignores_sigterm:
                    process.interrupt(_TERM)
            yield from life.watch(self._exited, env.now_ms + SIGKILL_AFTER_MS, None)
        self.kill()
        return any(each.model_bytes is not None for each in self._hosts)

    def kill(self) -> None:
        """SIGKILL to every host that still runs."""
        for process in self._processes:
            if process.is_alive:
                process.interrupt(_KILL)

    def _live(self, container: Container) -> Steps[None]:
        try:
            # A workload may call the API: what happens by itself at this instant happens first.
            yield Deadline(self._life.engine.env, self._life.engine.env.now_ms, priority=SCRIPT)
            exit_code = yield from self._drive(container)
        except (_KilledError, simpy.Interrupt):
            return
        except WorkloadError as error:
            exit_code = 1
            self.failure = self.failure or reasons.crash(str(error), exit_code)
        except BaseException as error:  # noqa: BLE001 - whatever a workload raises, its host is gone
            exit_code = 1
            self.failure = self.failure or reasons.crash(_traceback(error), exit_code)
            if not isinstance(error, Exception):
                self._life.engine.clock.report(error)
        self._running -= 1
        if exit_code and self.failure is None:
            self.failure = reasons.algorithm(container.failure_text, exit_code)
        over = not self._running or (exit_code and not self._terminating)
        if over and not self._exited.triggered:
            self._exited.succeed()

    def _drive(self, container: Container) -> Steps[int]:
        """Run the generator to its end and return its exit code."""
        generator = self._script(container)
        if not isinstance(generator, Generator):
            raise self._broken(container, f"returned {_shown(generator)}; it is to be a generator")
        try:
            event: object = next(generator)
            while True:
                waited = self._checked(container, event)
                try:
                    value = yield waited
                except simpy.Interrupt as signal:
                    if signal.cause is _KILL:
                        container.gone = True
                        raise _KilledError from None
                    event = generator.throw(Sigterm())
                except Exception as error:  # noqa: BLE001 - a failed event is the workload's to handle
                    event = generator.throw(error)
                else:
                    event = generator.send(value)
        except StopIteration as end:
            code = end.value
        except SystemExit as end:
            code = end.code
        except Sigterm:
            code = SIGTERM_EXIT_CODE
        finally:
            _close(generator)
        return self._exit_code(container, code)

    def _checked(self, container: Container, event: object) -> simpy.Event:
        if isinstance(event, simpy.Event) and event.env is self._life.engine.env:
            return event
        raise self._broken(
            container,
            f"yielded {_shown(event)}; "
            "yield container.wait(...) or another event of this simulation",
        )

    def _exit_code(self, container: Container, code: object) -> int:
        if code is None:
            return 0
        if isinstance(code, int) and not isinstance(code, bool) and 0 <= code <= 255:
            return code
        raise self._broken(
            container, f"exited with {_shown(code)}; an exit code is None or a number from 0 to 255"
        )

    def _broken(self, container: Container, what: str) -> WorkloadError:
        """The error of a workload that breaks the rules: it fails its job, and the caller hears."""
        error = WorkloadError(f"job {container.job_name!r}, host {container.host}: workload {what}")
        self._life.engine.clock.report(error)
        return error


class _KilledError(Exception):
    """The host is gone."""


def _close(generator: Generator[simpy.Event, object, object]) -> None:
    """Let the generator clean up; one that was killed has no say in it."""
    with contextlib.suppress(Exception):
        generator.close()


def _shown(value: object) -> str:
    """A value as the error names it; one that shows an address would differ from run to run."""
    shown = repr(value)
    return f"an object of type {type(value).__qualname__}" if " at 0x" in shown else shown


def _traceback(error: BaseException) -> str:
    """The traceback from the workload's own frame on."""
    import traceback  # noqa: PLC0415 - needed only when a workload raises

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()
