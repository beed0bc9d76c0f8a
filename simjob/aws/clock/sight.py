"""Which threads take part in a clock, and whether one of them is at a standstill.

The thread that installed the clock takes part, every thread that is new since, and every older
one from its first sleep. Where a thread stands is read off its innermost frame: nothing is asked
of the thread itself. How long anyone waits for that stands in turns.
"""

import concurrent.futures.thread
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from types import CodeType, FrameType

PATIENCE_SECONDS = 0.005
"""For how long, really, a thread must not have moved where nothing tells what it waits for."""

_Locals = Mapping[str, object]
Look = tuple[int, int, int]
"""The frame, the place in it, and what tells one stay at that place from the next."""


def _unnotified(found: _Locals) -> object:
    """Condition.wait: its own lock, until a notification opens it."""
    waiter = found.get("waiter")
    return waiter if waiter is not None and waiter.locked() else None  # type: ignore[attr-defined]


def _unowned(found: _Locals) -> object:
    """Entering a condition: its lock, while somebody has it."""
    lock = getattr(found.get("self"), "_lock", None)
    locked = getattr(lock, "locked", None)
    return lock if locked is not None and locked() else None


def _unended_state(found: _Locals) -> object:
    """Thread.join before Python 3.13: the lock that the end of the thread opens."""
    lock = found.get("lock")
    return lock if lock is not None and lock.locked() else None  # type: ignore[attr-defined]


def _unended(found: _Locals) -> object:
    """Thread.join since Python 3.13: the thread, while it lives."""
    thread = found.get("self")
    return thread if isinstance(thread, threading.Thread) and thread.is_alive() else None


def _idle(found: _Locals) -> object:
    """A worker of a ThreadPoolExecutor: its queue, while it is empty."""
    queue = found.get("work_queue")
    return queue if queue is not None and queue.empty() else None  # type: ignore[attr-defined]


def _probes() -> dict[CodeType, Callable[[_Locals], object]]:
    """The waits of the standard library that tell exactly whether they are over.

    Each returns what the thread waits on, None when there is nothing left to wait for.
    """
    old_join = getattr(threading.Thread, "_wait_for_tstate_lock", None)
    join = (threading.Thread.join, _unended) if old_join is None else (old_join, _unended_state)
    return {
        function.__code__: probe
        for function, probe in (
            (threading.Condition.wait, _unnotified),
            (threading.Condition.__enter__, _unowned),
            (concurrent.futures.thread._worker, _idle),  # type: ignore[attr-defined]  # noqa: SLF001 - its frame is what idle workers show
            join,
        )
    }


PROBES = _probes()


class _Work(threading.local):
    """What a worker of a thread pool works at, by its place in the order of submission."""

    number: int | None = None


WORK = _Work()


class Sight:
    """The threads as one clock sees them, from when it was installed."""

    def __init__(self) -> None:
        me = threading.get_ident()
        self._strangers = {
            ident: _thread(ident) for ident in sys._current_frames() if ident != me  # noqa: SLF001 - the documented way to see threads
        }
        self._ranks: weakref.WeakKeyDictionary[threading.Thread, int] = weakref.WeakKeyDictionary()
        self._looks: dict[int, tuple[Look, float]] = {}

    def takes_part(self, ident: int) -> bool:
        """Whether a thread takes part; an identity may have passed on to a new thread."""
        if ident not in self._strangers:
            return True
        if self._strangers[ident] is _thread(ident):
            return False
        del self._strangers[ident]
        return True

    def join(self, ident: int) -> None:
        """Let a thread take part that was there before."""
        self._strangers.pop(ident, None)

    def rank(self) -> tuple[int, int]:
        """The place of this thread among all: by its start, or by the submission of its work."""
        if WORK.number is not None:
            return 1, WORK.number
        me = threading.current_thread()
        if me not in self._ranks:
            for each in threading.enumerate():
                self._ranks.setdefault(each, len(self._ranks))
        return 0, self._ranks[me]

    def others(self) -> dict[int, FrameType]:
        """The innermost frame of every other thread that takes part."""
        frames = sys._current_frames()  # noqa: SLF001 - the documented way to see threads
        del frames[threading.get_ident()]  # or this frame would hold itself
        for ident in self._strangers.keys() & frames.keys():
            if not self.takes_part(ident):
                del frames[ident]
        return frames

    def stands(self, ident: int, frame: FrameType, now: float, since: float) -> bool:
        """Whether a thread stands still: it waits for real, as far as that can be seen.

        In a wait that tells whether it is over, it stands when it was seen in that same wait
        before. Anywhere else, when it has used no processor from one look to another, at least
        `PATIENCE_SECONDS` apart and both after `since`; on systems that do not tell, never. Times
        are real seconds.
        """
        probe = PROBES.get(frame.f_code)
        if probe is not None:
            awaited = probe(frame.f_locals)
            if awaited is None:
                self._looks.pop(ident, None)
                return False
            return self._seen_at(ident, (id(frame), frame.f_lasti, id(awaited)), now) is not None
        used_ns = _used_ns(ident)
        if used_ns is None or frame.f_globals.get("__name__", "").startswith("simjob."):
            return False
        look = (id(frame), frame.f_lasti, used_ns)
        seen_at = self._seen_at(ident, look, now)
        if seen_at is None:
            return False
        if seen_at < since:
            self._looks[ident] = (look, now)
            return False
        return now - seen_at >= PATIENCE_SECONDS

    def _seen_at(self, ident: int, look: Look, now: float) -> float | None:
        """When the thread was first seen so, if it was not seen otherwise since."""
        before = self._looks.get(ident)
        if before is not None and before[0] == look:
            return before[1]
        self._looks[ident] = (look, now)
        return None


def _thread(ident: int) -> threading.Thread | None:
    return threading._active.get(ident)  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001 - enumerate() takes a lock


def _used_ns(ident: int) -> int | None:
    """How long a thread has used the processor, where the system tells."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    try:
        return time.clock_gettime_ns(time.pthread_getcpuclockid(ident))
    except OSError:
        return None
