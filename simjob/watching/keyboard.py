"""Keys as they are pressed, one by one: of a POSIX terminal, of Windows' console, or of nobody.

While a terminal hands out single keys it is in another mode. Whatever happens, the old mode comes
back: after an error and after Ctrl-C when the `with` block ends, before a suspension by `rest`.
"""

import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from types import TracebackType
from typing import Protocol, Self

_ARROWS = {"\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left"}
_ARROWS |= {code.replace("[", "O"): name for code, name in _ARROWS.items()}
_SENT = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)?|.", re.DOTALL)
_WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left"}
_WINDOWS_PREFIXES = ("\x00", "\xe0")
_LOOKS_A_WAIT = 5
_MOST_BYTES = 1024


class NoKeyboard:
    """Nobody presses anything; also the ground on which the others stand."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rest()

    def wait(self, seconds: float) -> list[str]:
        """The keys that were pressed; waits that long at most, in real seconds."""
        self._sleep(seconds)
        return []

    def rest(self) -> None:
        """Give the terminal back as it was."""

    def resume(self) -> None:
        """Take it again."""


class PosixKeyboard(NoKeyboard):
    """The keys of a terminal, which Ctrl-C and Ctrl-Z still interrupt and suspend.

    Args:
        file: the descriptor of a terminal.
        sleep: how to wait when that terminal is gone.

    Raises:
        termios.error: it is no terminal.
    """

    def __init__(self, file: int, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(sleep)
        self._termios = import_module("termios")
        self._tty = import_module("tty")
        self._file = file
        self._before = self._termios.tcgetattr(file)
        self._gone = False

    def __enter__(self) -> Self:
        self.resume()
        return self

    def wait(self, seconds: float) -> list[str]:
        """The keys that were pressed; waits that long at most, in real seconds."""
        if self._gone:
            return super().wait(seconds)
        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return []
        pressed = os.read(self._file, _MOST_BYTES)
        self._gone = not pressed
        return list(keys_of(pressed.decode(errors="ignore")))

    def rest(self) -> None:
        """Give the terminal back as it was; what was typed ahead is dropped."""
        self._termios.tcsetattr(self._file, self._termios.TCSAFLUSH, self._before)

    def resume(self) -> None:
        """Have single keys handed out, without an echo."""
        self._tty.setcbreak(self._file)


class _WindowsConsole(Protocol):
    """What is used of the module msvcrt."""

    def kbhit(self) -> bool: ...

    def getwch(self) -> str: ...


class WindowsKeyboard(NoKeyboard):
    """The keys of Windows' console, which needs no mode for that."""

    def __init__(
        self, console: _WindowsConsole, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(sleep)
        self._console = console

    def wait(self, seconds: float) -> list[str]:
        """The keys that were pressed; waits that long at most, in real seconds."""
        for _ in range(_LOOKS_A_WAIT):
            if self._console.kbhit():
                break
            self._sleep(seconds / _LOOKS_A_WAIT)
        keys = []
        while self._console.kbhit():
            key = self._console.getwch()
            if key == "\x03":
                raise KeyboardInterrupt
            if key in _WINDOWS_PREFIXES:
                key = _WINDOWS_ARROWS.get(self._console.getwch(), "")
            keys.append(key)
        return keys


def keyboard() -> NoKeyboard:
    """The keyboard behind standard input; `NoKeyboard` where that is no terminal."""
    if not sys.stdin or not sys.stdin.isatty():
        return NoKeyboard()
    if os.name == "nt":
        console: _WindowsConsole = import_module("msvcrt")
        return WindowsKeyboard(console)
    return PosixKeyboard(sys.stdin.fileno())


def keys_of(typed: str) -> Iterator[str]:
    r"""The keys in what a terminal sends: single characters, arrows by name, no other sequences.

    >>> list(keys_of("p\x1b[Aq\x1b[5~"))
    ['p', 'up', 'q']
    """
    for each in _SENT.finditer(typed):
        sent = each[0]
        if sent in _ARROWS:
            yield _ARROWS[sent]
        elif not sent.startswith("\x1b"):
            yield sent
