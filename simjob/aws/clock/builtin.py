"""Functions of the time module, each of whose bodies can be exchanged while it stays itself.

`time.sleep` is held under many names: `from time import sleep`, a default argument, an attribute
of an instance that a client made long ago. All of them are one object, so that object is told to
call something else: the two words in it that say what to call and with whom as `self` are written
anew, and written back. Nothing is searched for, nothing is missed, and it takes microseconds.
`time-machine` does the like for `time.time` and `datetime`; who is given what stands in takeover.
"""

import ctypes
import sys
import time
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Generic, ParamSpec, TypeVar, cast

METH_NOARGS, METH_O = 4, 8  # from CPython's methodobject.h
_HEADER_BYTES = object.__basicsize__

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)


class _Definition(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class _Target(ctypes.Structure):
    """What follows the header of CPython's PyCFunctionObject."""

    _fields_ = (("definition", ctypes.c_void_p), ("receiver", ctypes.c_void_p))


class Builtin(Generic[P, T_co]):
    """A function of the time module that takes one argument or none.

    `real` is a function of its own that keeps the body of C.

    Raises:
        NotImplementedError: this interpreter is built otherwise; nothing has been touched.

    >>> monotonic = Builtin(time.monotonic)
    >>> held_elsewhere = time.monotonic
    >>> monotonic.become(lambda: 12.5)
    >>> held_elsewhere()
    12.5
    >>> monotonic.restore()
    >>> held_elsewhere() == 12.5
    False
    """

    def __init__(self, function: Callable[P, T_co]) -> None:
        name = function.__name__
        if sys.implementation.name != "cpython" or not isinstance(function, BuiltinFunctionType):
            raise NotImplementedError(f"time.{name} can be taken over in CPython only")
        self._function = function  # kept alive: what follows writes into it
        self._target = _Target.from_address(id(function) + _HEADER_BYTES)
        if self._target.receiver != id(time):
            raise NotImplementedError(f"time.{name} is not laid out as CPython lays it out")
        self._original = _Target(self._target.definition, self._target.receiver)
        definition = _Definition.from_buffer_copy(
            _Definition.from_address(self._original.definition)
        )
        if definition.name != name.encode() or definition.flags not in {METH_NOARGS, METH_O}:
            raise NotImplementedError(f"time.{name} takes its arguments in an unknown way")
        # What C calls is then `PyObject_CallOneArg(implementation, argument)` or its like: the
        # signature of a C function with `implementation` for its self, errors and all.
        call = "PyObject_CallOneArg" if definition.flags == METH_O else "PyObject_CallNoArgs"
        definition.function = ctypes.cast(ctypes.pythonapi[call], ctypes.c_void_p).value
        self._definition = definition
        self._implementation: Callable[..., object] | None = None
        self.real: Callable[P, T_co] = _copy(self._original.definition)

    def become(self, implementation: Callable[..., object]) -> None:
        """Let every call of the function be one of `implementation`, a function of Python."""
        self._implementation = implementation
        self._write(_Target(ctypes.addressof(self._definition), id(implementation)))

    def restore(self) -> None:
        """Let the function be as it was."""
        self._write(self._original)
        self._implementation = None

    def _write(self, target: _Target) -> None:
        # One assignment, made in C while the interpreter's lock is held: no call sees half of it.
        ctypes.pointer(self._target)[0] = target


def _copy(definition: int) -> Callable[P, T_co]:
    """A new function of the time module with that definition."""
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.py_object)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    return cast("Callable[P, T_co]", make(definition, time, "time"))
