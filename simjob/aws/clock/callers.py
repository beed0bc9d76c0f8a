"""Who asks for the time, told by the module of the calling frame: code under test or machinery.

Machinery needs the real time: test runners, debuggers, and what talks to other processes. Between
the two stands the plumbing of threads, which asks on behalf of whoever called it.
"""

import enum
from functools import cache
from types import FrameType


class Kind(enum.Enum):
    """What a module is to the clock."""

    CODE = "code under test, and the libraries that it uses"
    PLUMBING = "acts for its caller"
    MACHINERY = "lives in real time"


_PLUMBING = frozenset({"concurrent", "queue", "threading"})
_MACHINERY = frozenset(
    {
        *("_pytest", "pluggy", "pytest", "pytest_benchmark", "pytest_rerunfailures"),
        *("pytest_timeout", "execnet", "xdist", "hypothesis", "coverage", "faulthandler"),
        *("bdb", "debugpy", "pdb", "pydevd", "cProfile", "profile", "pyinstrument", "timeit"),
        *("multiprocessing", "selectors", "socket", "socketserver", "ssl", "subprocess"),
        *("joblib", "loky"),
    }
)


@cache
def kind_of(module: str) -> Kind:
    """The kind of a module, by the package that it is of.

    >>> kind_of("concurrent.futures.thread").name, kind_of("orders.watch").name
    ('PLUMBING', 'CODE')
    """
    package = module.partition(".")[0]
    if package in _PLUMBING:
        return Kind.PLUMBING
    return Kind.MACHINERY if package in _MACHINERY else Kind.CODE


def kind_of_frame(frame: FrameType) -> Kind:
    """The kind of the module whose code a frame runs."""
    return kind_of(frame.f_globals.get("__name__") or "")


def acts_for_code(frame: FrameType | None) -> bool:
    """Whether a frame is of code under test, or of plumbing that acts for such code.

    A thread that runs nothing but plumbing, such as a `threading.Timer`, counts as code.
    """
    while frame is not None:
        kind = kind_of_frame(frame)
        if kind is not Kind.PLUMBING:
            return kind is Kind.CODE
        frame = frame.f_back
    return True
