"""Which threads take part in a clock, and whether one of them is at a standstill.

The thread that installed the clock takes part, every thread that is new since, the workers of
thread pools that were idle then, and every other older thread from its first sleep. Where a
thread stands is read off its innermost frame: nothing is asked of the thread itself. Whose turn
it is stands in turns.
"""

import concurrent.futures.thread
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from types import CodeType, FrameType

PATIENCE_SECONDS = 0.015
"""How long, really, a thread uses no processor that only waits to be let run by the interpreter.

Such a thread looks at least every `sys.getswitchinterval()`, 5 ms, whether it may.
"""

_Locals = Mapping[str, object]
Look = tuple[int, int, int]
"""The frame, the place in it, and what tells one stay at that place from the next."""


_WORKER = concurrent.futures.thread._worker.__code__


def _unnotified(found: _Locals) -> object:
    """Condition.wait: its own lock, while it is in the queue of those to be notified."""
    waiter = found.get("waiter")
    return waiter if waiter in getattr(found.get("self"), "_waiters", ()) else None


def _unended(found: _Locals) -> object:
    """Thread.join: the other thread, while it lives."""
    thread = found.get("self")
    return thread if isinstance(thread, threading.Thread) and lives(thread) else None


def _idle(found: _Locals) -> object:
    """A worker of a ThreadPoolExecutor from before the clock: its queue, while it is empty."""
    queue = found.get("work_queue")
    return queue if isinstance(queue, SimpleQueue) and queue.empty() else None


def _probes() -> dict[CodeType, Callable[[_Locals], object]]:
    """The waits of the standard library that tell exactly whether they are over.

    Each returns what the thread waits on, None when there is nothing left to wait for.
    """
    join = getattr(threading.Thread, "_wait_for_tstate_lock", threading.Thread.join)  # till 3.12
    probes: dict[CodeType, Callable[[_Locals], object]] = {
        threading.Condition.wait.__code__: _unnotified,
        join.__code__: _unended,
    }
    if sys.version_info < (3, 13):  # since then an item passes from hand to hand, never queued
        probes[_WORKER] = _idle
    return probes


PROBES = _probes()
_SEES_WORKERS = _WORKER in PROBES or hasattr(time, "pthread_getcpuclockid")


class _Work(threading.local):
    """What a worker of a thread pool works at, by its place in the order of submission."""

    number: int | None = None


WORK = _Work()


class Sight:
    """The threads as one clock sees them, from when it was installed."""

    def __init__(self) -> None:
        me = threading.get_ident()
        self._strangers = {
            ident: _thread(ident)
            for ident, frame in sys._current_frames().items()
            if ident != me and not (_SEES_WORKERS and frame.f_code is _WORKER)
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
        frames = sys._current_frames()
        del frames[threading.get_ident()]  # or this frame would hold itself
        for ident in tuple(self._strangers):
            if ident in frames and not self.takes_part(ident):
                del frames[ident]
        return frames

    def standstill(self) -> frozenset[Look] | None:
        """What tells one standstill of all other threads from the next; None if it is none.

        It is one when those that take part wait for each other, in waits that tell, and those that
        do not use no processor. Two that are equal, some time apart, are one that lasts.
        """
        looks = set()
        for ident, frame in sys._current_frames().items():
            if ident == threading.get_ident():
                continue
            probe = PROBES.get(frame.f_code)
            awaited = None if probe is None or _timed(frame) else probe(frame.f_locals)
            used_ns = None if self.takes_part(ident) else _used_ns(ident)
            if awaited is None and used_ns is None:
                return None
            looks.add((ident, id(frame), id(awaited) if used_ns is None else used_ns))
        return None if threading._limbo else frozenset(looks)  # type: ignore[attr-defined]

    def stands(self, ident: int, frame: FrameType, now: float) -> bool:
        """Whether a thread stands still: it waits for real, as far as that can be seen.

        It stands when it was seen at the same place before and, in a wait that tells, that wait is
        not over; anywhere else when the system says that it sleeps and has used no processor for
        `PATIENCE_SECONDS`. Only Linux says so; on other systems a thread elsewhere always runs.
        `now` is the real time.
        """
        probe = PROBES.get(frame.f_code)
        if probe is not None:
            awaited = probe(frame.f_locals)
            look = (id(frame), frame.f_lasti, id(awaited))
            return awaited is not None and self._seen_at(ident, look, now) is not None
        if str(frame.f_globals.get("__name__")).startswith("simjob."):
            return False  # about to call, or to wait
        used_ns = _used_ns(ident)
        if used_ns is None:
            return False
        seen_at = self._seen_at(ident, (id(frame), frame.f_lasti, used_ns), now)
        return seen_at is not None and now - seen_at >= PATIENCE_SECONDS and _sleeps(ident)

    def _seen_at(self, ident: int, look: Look, now: float) -> float | None:
        """Since when this is what was seen of the thread; None the first time."""
        before = self._looks.get(ident)
        if before is not None and before[0] == look:
            return before[1]
        self._looks[ident] = (look, now)
        return None


def _timed(frame: FrameType) -> bool:
    """Whether a wait that tells ends by itself: machinery's has a time-out that is real."""
    return frame.f_locals.get("timeout") not in {None, -1}


def lives(thread: threading.Thread) -> bool:
    """Whether a thread has not come to its end; what is left to it then is over at once."""
    return thread.ident is not None and _thread(thread.ident) is thread


def _thread(ident: int) -> threading.Thread | None:
    return threading._active.get(ident)  # type: ignore[attr-defined,no-any-return]


def _used_ns(ident: int) -> int | None:
    """How long a thread has used the processor, where the system tells."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    try:
        return time.clock_gettime_ns(time.pthread_getcpuclockid(ident))
    except OSError:
        return None


def _sleeps(ident: int) -> bool:
    """Whether the system has put a thread to sleep: it does not even wait for a processor."""
    thread = _thread(ident)
    if thread is None:
        return False
    try:
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"S", "D"}
