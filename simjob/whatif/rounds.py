"""The work of a sweep in its one order: rounds, in them variations, in them replications.

How many replications a task has depends on how fast the workers are, and what they find does not
depend on it. What a task does stands in `tasks`, who works in `backends`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from simjob.whatif.backends import Task, Workers
from simjob.whatif.enough import Enough
from simjob.whatif.progress import Advance
from simjob.whatif.store import Store
from simjob.whatif.tasks import Outcome, Work

_FIRST: Final = 50
_LARGEST: Final = 1000
_TASK_SECONDS: Final = 0.2
_TASK_ROWS: Final = 1 << 16


class WorkersError(RuntimeError):
    """The workers of a sweep failed, not a replication: one was killed, or cannot be reached."""


def rounds(most: int) -> Iterator[tuple[int, int]]:
    """The rounds up to so many replications: the first of each, and how many it has.

    A round has half as many as there were before, by fifties, from 50 to 1,000; every variation has
    a round before any has more. They are part of what results are.

    >>> list(rounds(420))
    [(0, 50), (50, 50), (100, 50), (150, 50), (200, 100), (300, 120)]
    """
    first = 0
    while first < most:
        size = min(max(_FIRST, first // 2 // _FIRST * _FIRST), _LARGEST, most - first)
        yield first, size
        first += size


class Sweeping:
    """A sweep as it goes on: what is left to do, and whether it is enough.

    Args:
        works: what to do in each variation.
        most: replications of each variation.
        store: keeps the outcomes; where it holds some, the sweep goes on behind them.
        enough: when to end earlier, at the end of a round; None for never.
    """

    def __init__(
        self, works: Sequence[Work], most: int, store: Store, enough: Enough | None
    ) -> None:
        self._works = works
        self._most = most
        self._store = store
        self._enough = enough
        self._ends = {len(works) * (first + size) for first, size in rounds(most)}
        self._per_task = 1
        self._over = False
        if enough is not None:
            for measures in store.batches("measures"):
                enough.add(measures)
        self._look()

    def go_on(self, crew: Workers, advance: Advance) -> None:
        """Have workers do what is left.

        Raises:
            WorkersError: the workers failed.
            OSError: the store cannot be written to.
        """
        for outcome in _watched(crew(self._tasks(self._store.count))):
            if self._over:
                continue  # A round that was begun before the last one was known to be enough.
            self._store.add(outcome)
            self._pace(outcome)
            if self._enough is not None:
                self._enough.add(outcome.measures)
            self._look()
            advance(self._store.count)

    def _look(self) -> None:
        """See at the end of a round whether it is enough."""
        if self._enough is not None and self._store.count in self._ends:
            self._over = self._enough.reached

    def _pace(self, outcome: Outcome) -> None:
        """As many replications to a task as take a good while, and not too much memory."""
        in_time = _TASK_SECONDS / max(outcome.seconds / outcome.count, 1e-6)
        in_size = _TASK_ROWS / max(outcome.jobs.num_rows / outcome.count, 1)
        self._per_task = max(1, int(min(in_time, in_size)))

    def _tasks(self, done: int) -> Iterator[Task]:
        """The tasks behind so many replications; asked for while outcomes come in."""
        before = 0
        for first, size in rounds(self._most):
            for work in self._works:
                place = min(max(done - before, 0), size)
                while place < size and not self._over:
                    count = min(self._per_task, size - place)
                    yield work, first + place, count
                    place += count
                before += size


def _watched(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """The same; what stops the workers themselves is told as such."""
    while True:
        try:
            outcome = next(outcomes, None)
        except Exception as error:
            what = " ".join(str(error).split())
            raise WorkersError(f"the workers failed: {type(error).__name__}: {what}") from error
        if outcome is None:
            return
        yield outcome
