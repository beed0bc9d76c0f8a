"""What a thread can wait in while the virtual clock has it wait: four kinds, one behaviour.

A wait says how to block for real (`pause`), how to be woken out of that to look again (`nudge`),
and whether what it waits for has come before its time (`ready`). When it is whose turn is the
affair of `turns`.
"""

import selectors
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from simjob.aws.clock.sight import PROBES, lives

_FALLBACK_SECONDS = 0.05  # how soon a nudge that got lost between two threads is made good


class Wait(Protocol):
    """How one thread waits."""

    polls: bool
    """Whether it cannot be nudged, and so must look by itself whether its turn has come."""

    @property
    def files(self) -> bool:
        """Whether a file or a socket may end it."""

    def pause(self, seconds: float) -> None:
        """Block for real, until nudged or ready, or for that long."""

    def nudge(self) -> None:
        """Have the thread look again; called by another."""

    def ready(self) -> bool:
        """Whether what is waited for has come; asked by any thread."""


class Sleeping:
    """A sleep: nothing but its time ends it."""

    files = polls = False

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._gate.acquire()

    def pause(self, seconds: float) -> None:
        """Block until nudged."""
        self._gate.acquire(timeout=seconds)

    def nudge(self) -> None:
        """Open the gate, if it is not open."""
        with suppress(RuntimeError):
            self._gate.release()

    def ready(self) -> bool:
        """Never."""
        return False


class InCondition:
    """A `threading.Condition.wait`; the caller owns the condition.

    Made of the same parts as the wait of the standard library: a lock in the condition's queue,
    which a notification takes out of the queue and opens. A nudge opens it and leaves it there.
    """

    files = polls = False

    def __init__(self, condition: threading.Condition) -> None:
        self._condition = condition
        self._queue = condition._waiters  # type: ignore[attr-defined]
        self._waiter = threading.Lock()
        self._waiter.acquire()
        self._queue.append(self._waiter)
        self._saved = condition._release_save()  # type: ignore[attr-defined]

    def pause(self, seconds: float) -> None:
        """Block until notified or nudged."""
        self._waiter.acquire(timeout=min(seconds, _FALLBACK_SECONDS))

    def nudge(self) -> None:
        """Open the lock, and stay in the queue."""
        with suppress(RuntimeError):
            self._waiter.release()

    def ready(self) -> bool:
        """Whether it was notified."""
        return self._waiter not in self._queue

    def wait_for_real(self, seconds: float) -> None:
        """Block until notified or for that long, when there is no clock any more."""
        self._waiter.acquire(blocking=False)
        if not self.ready():
            self._waiter.acquire(timeout=seconds)

    def comes(self, seconds: float) -> bool:
        """Block until notified or for that long, and say which; for a wait that nobody nudges."""
        return self._waiter.acquire(timeout=seconds)

    def leave(self) -> bool:
        """Own the condition again; whether it was notified."""
        self._condition._acquire_restore(self._saved)  # type: ignore[attr-defined]
        notified = self.ready()
        if not notified:
            self._queue.remove(self._waiter)
        return notified


def _unnotified(found: Mapping[str, object]) -> object:
    wait = found.get("self")
    return wait if isinstance(wait, InCondition) and not wait.ready() else None


PROBES[InCondition.comes.__code__] = _unnotified


class Joining:
    """A `threading.Thread.join`."""

    files = False
    polls = True

    def __init__(
        self, thread: threading.Thread, join: Callable[[threading.Thread, float | None], None]
    ) -> None:
        self._thread = thread
        self._join = join

    def pause(self, seconds: float) -> None:
        """Block until the thread has ended."""
        self._join(self._thread, seconds)

    def comes(self, seconds: float) -> bool:
        """Block until the thread has ended or for that long, and say which."""
        self._join(self._thread, seconds)
        return not self._thread.is_alive()

    def nudge(self) -> None:
        """Look by itself soon."""

    def ready(self) -> bool:
        """Whether the thread has ended."""
        return not lives(self._thread)


Events = list[tuple[selectors.SelectorKey, int]]


class Selector(Protocol):
    """What an event loop asks for what is ready: a selector, or the proactor of Windows."""

    def select(self, timeout: float | None = None) -> Events:
        """What is ready, waiting up to `timeout` seconds for the first; without it for ever."""


class Selecting:
    """The wait of an event loop for its next timer, or for what its selector finds first."""

    polls = True

    def __init__(self, selector: Selector) -> None:
        self._selector = selector
        self.events: Events = []

    @property
    def files(self) -> bool:
        """Whether it watches files or sockets beside the pipe by which the loop wakes itself."""
        return isinstance(self._selector, selectors.BaseSelector) and (
            len(self._selector.get_map()) > 1
        )

    def pause(self, seconds: float) -> None:
        """Block until something is ready."""
        self.events = self._selector.select(seconds)

    def nudge(self) -> None:
        """Look by itself soon."""

    def ready(self) -> bool:
        """Whether something is ready; a proactor can be asked by its own loop only."""
        if self.events:
            return True
        asked = isinstance(self._selector, selectors.BaseSelector)
        return asked and bool(self._selector.select(0))
