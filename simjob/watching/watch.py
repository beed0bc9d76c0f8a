"""What is watched: virtual time that follows real time at a rate, and what the keys do to it.

No terminal, and no clock but the one that is handed in. How it looks is told by `screen`.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from simjob.jobs import Job, Transition
from simjob.moments import SimulationError
from simjob.simulation import Simulation
from simjob.spec.errors import ApiError

SLOWEST, FASTEST = 0.001, 1_000_000.0
"""Virtual seconds per real second."""

LONGEST_SECONDS = 1.0
"""More real time than this between two ticks does not count: whoever looked away has not seen it.

So a suspended terminal holds the time.
"""

_STEP = 2


def checked_rate(rate: float) -> float:
    """The rate, if there can be such a one.

    Raises:
        ValueError: it is no number, or not from `SLOWEST` to `FASTEST`.

    >>> checked_rate(60)
    60
    """
    if not (math.isfinite(rate) and SLOWEST <= rate <= FASTEST):
        raise ValueError(
            f"must be virtual seconds per real second, from {SLOWEST:g} to {FASTEST:,.0f}, "
            f"is {rate:g}"
        )
    return rate


class Watch:
    """A simulation that is watched, from now until nothing is left to happen or somebody quits.

    Args:
        sim: with its jobs created.
        rate: virtual seconds per real second.
        real_seconds: what time it really is, such as `time.monotonic`.

    Attributes:
        start: the virtual instant at which the watch began.
        paused: whether virtual time stands still.
        chosen: the place of the job that the keys act on.
        transitions: all that have been seen, the births of the jobs first.
        statuses: how many jobs are in which status.
        notice: what there is to say about the last key; "" for nothing.

    Raises:
        ValueError: there is no such rate, or no job.
    """

    def __init__(self, sim: Simulation, rate: float, real_seconds: Callable[[], float]) -> None:
        if not sim.jobs:
            raise ValueError("there is no job to watch")
        self.sim = sim
        self.rate = checked_rate(rate)
        self.start = sim.now
        self.paused = False
        self.chosen = 0
        self.notice = ""
        self.names = tuple(sim.jobs)
        self.transitions = [Transition(job, 0) for job in sim.jobs.values()]
        self._last = {each.job.name: each.status for each in self.transitions}
        self.statuses = Counter(self._last.values())
        self._real_seconds = real_seconds
        self._seen_seconds = real_seconds()
        self._left_ms = 0.0
        self._quit = False
        sim.subscribe(self._hear)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to watch."""
        return self._quit or self.sim.at_rest

    @property
    def elapsed(self) -> timedelta:
        """How much virtual time has passed."""
        return self.sim.now - self.start

    @property
    def job(self) -> Job:
        """The job that the keys act on."""
        return self.sim.jobs[self.names[self.chosen]]

    def tick(self) -> None:
        """Let virtual time catch up with the real time that has passed since the last tick."""
        now = self._real_seconds()
        passed = min(now - self._seen_seconds, LONGEST_SECONDS)
        self._seen_seconds = now
        if self.paused or self.over:
            return
        self._left_ms += passed * self.rate * 1000
        whole_ms = int(self._left_ms)
        self._left_ms -= whole_ms
        self.sim.advance_to_ms(self.sim.now_ms + whole_ms)

    def press(self, key: str) -> None:
        """Do what a key is for, at this very instant; nothing if it is for nothing."""
        meant = _KEYS.get(key)
        if meant is None:
            return
        self.tick()
        self.notice = ""
        meant(self)

    # What the keys are for.

    def stop(self) -> None:
        """Stop the chosen job now."""
        name = self.names[self.chosen]
        try:
            self.sim.stop_training_job(TrainingJobName=name)
        except ApiError as error:
            self.notice = error.message
        else:
            self.notice = f"StopTrainingJob {name}"

    def pause(self) -> None:
        """Hold virtual time, or let it go on."""
        self.paused = not self.paused

    def jump(self) -> None:
        """Go to the next transition of any job, paused or not."""
        seen = len(self.transitions)
        try:
            self.sim.run(lambda _: len(self.transitions) > seen)
        except SimulationError:
            self.notice = "no transition is left to come"
        self._left_ms = 0.0

    def faster(self) -> None:
        """Double the rate."""
        self.rate = min(self.rate * _STEP, FASTEST)

    def slower(self) -> None:
        """Halve the rate."""
        self.rate = max(self.rate / _STEP, SLOWEST)

    def choose_next(self) -> None:
        """Choose the job below."""
        self.chosen = min(self.chosen + 1, len(self.names) - 1)

    def choose_previous(self) -> None:
        """Choose the job above."""
        self.chosen = max(self.chosen - 1, 0)

    def quit(self) -> None:
        """Watch no more; the jobs are left as they are."""
        self._quit = True

    def _hear(self, transition: Transition) -> None:
        name, status = transition.job.name, transition.status
        self.statuses[self._last[name]] -= 1
        self.statuses[status] += 1
        self._last[name] = status
        self.transitions.append(transition)


@attrs.frozen
class Use:
    """What a key is for.

    Attributes:
        keys: each of them does it; the first one is shown.
        words: what is shown beside it.
        action: what it does.
        among_many: whether it is of use only where there are several jobs.
    """

    keys: tuple[str, ...]
    words: str
    action: Callable[[Watch], None]
    among_many: bool = False


USES = (
    Use(("s",), "stop", Watch.stop),
    Use(("p", " "), "pause", Watch.pause),
    Use(("n", "right"), "next", Watch.jump),
    Use(("+", "="), "faster", Watch.faster),
    Use(("-",), "slower", Watch.slower),
    Use(("j", "down"), "down", Watch.choose_next, among_many=True),
    Use(("k", "up"), "up", Watch.choose_previous, among_many=True),
    Use(("q",), "quit", Watch.quit),
)
"""All keys, in the order in which they are shown."""

_KEYS: Mapping[str, Callable[[Watch], None]] = MappingProxyType(
    {key: use.action for use in USES for key in use.keys}
)
