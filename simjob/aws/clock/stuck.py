"""What is said when the virtual clock stands still for too long: which thread is where."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import FrameType
from typing import NamedTuple

from simjob.aws.clock.callers import Kind, kind_of_frame
from simjob.moments import SimulationError


class StuckError(SimulationError):
    """The virtual clock stood still for too long; the message says which thread is where."""


class Place(NamedTuple):
    """A thread, what it does, and its innermost frame."""

    ident: int
    doing: str
    frame: FrameType


def report(now: datetime, guard_seconds: float, cause: str, places: Iterable[Place]) -> str:
    """The message of a `StuckError`, the threads by name."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    lines = sorted(_line(names, place) for place in places)
    return (
        f"the virtual clock stood at {now.isoformat()} for {guard_seconds:g} real seconds "
        f"(guard_seconds), because {cause}:\n" + "\n".join(lines)
    )


def _line(names: Mapping[int | None, str], place: Place) -> str:
    """One thread: its innermost frame, and the innermost one that is not of a library of waits."""
    frames = [place.frame]
    while frames[-1].f_back is not None and _waits(frames[-1]):
        frames.append(frames[-1].f_back)
    shown = [each for each in (frames[0], frames[-1]) if not _is_clock(each)]
    where = ", for ".join(dict.fromkeys(map(_at, shown)))
    return f"  {names.get(place.ident, f'thread {place.ident}')} {place.doing} at {where}"


def _waits(frame: FrameType) -> bool:
    return _is_clock(frame) or kind_of_frame(frame) is not Kind.CODE


def _is_clock(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("simjob.aws.clock.")


def _at(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
