"""Ctrl-C: what must be done whole is not left half done, and workers do not hear it at all."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A Ctrl-C in the block is heard at its end; in other threads there is none anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def heard_here_alone() -> Iterator[None]:
    """What is started in the block, by this thread or by those that it starts, hears no Ctrl-C.

    A terminal tells it to every process, and those that are still at their imports would each show
    where they were. A Ctrl-C in the block is heard at its end.
    """
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 - only here

    resource_tracker.ensure_running()  # Before 3.13 its start lets this thread hear SIGINT again.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
