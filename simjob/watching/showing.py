"""The loop of a watch: wait for a key, let time catch up, draw; on a terminal or as plain lines.

The terminal is given back as it was after an error, after Ctrl-C, after SIGTERM, and while the
process is suspended.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

from rich.console import Console
from rich.live import Live

from simjob.terminal import Terminal
from simjob.watching.keyboard import NoKeyboard
from simjob.watching.screen import screen
from simjob.watching.watch import Watch

FRAME_SECONDS = 0.1
"""Between two looks at the clock, in real seconds."""

Handler = Callable[[int, FrameType | None], object] | signal.Handlers


def show(watch: Watch, terminal: Terminal, console: Console, keyboard: NoKeyboard) -> None:
    """Show a watch to its end, and then what became of the jobs, as `simjob run` does.

    Where the console cannot be drawn on, the transitions are printed as they come. Signals are
    looked after, so this is for the main thread.
    """
    terminal.begin(watch.sim)
    if drawable(console):
        _show_live(watch, console, keyboard)
        for transition in watch.transitions[len(watch.names) :]:
            terminal.transition(transition)
    else:
        _print_along(watch, terminal, keyboard)
    for job in watch.sim.jobs.values():
        terminal.end(job)


def drawable(console: Console) -> bool:
    """Whether it is a terminal that can be drawn on; a pipe is none, whatever rich is told."""
    return console.file.isatty() and not console.is_dumb_terminal


def _print_along(watch: Watch, terminal: Terminal, keyboard: NoKeyboard) -> None:
    printed = len(watch.names)
    while not watch.over:
        print(end="", flush=True)  # noqa: T201 - a pipe is to have each line as it comes
        keyboard.wait(FRAME_SECONDS)
        watch.tick()
        for transition in watch.transitions[printed:]:
            terminal.transition(transition)
        printed = len(watch.transitions)


def _show_live(watch: Watch, console: Console, keyboard: NoKeyboard) -> None:
    live = Live(console=console, screen=True, auto_refresh=False)
    suspensions: list[int] = []
    suspended = _handling("SIGTSTP", lambda *_: suspensions.append(1))
    with _handling("SIGTERM", _end), suspended, keyboard, live:
        while not watch.over:
            if suspensions:
                suspensions.clear()
                live.stop()
                keyboard.rest()
                _suspend()
                keyboard.resume()
                live.start()
            width, height = console.size
            drawn = screen(watch, width, height, ascii_only=console.options.ascii_only)
            live.update(drawn, refresh=True)
            for key in keyboard.wait(FRAME_SECONDS):
                watch.press(key)
            watch.tick()


@contextlib.contextmanager
def _handling(name: str, handler: Handler) -> Iterator[None]:
    """With that handler of a signal, where there is such a signal."""
    number = getattr(signal, name, None)
    if number is None:
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def _end(number: int, _: FrameType | None) -> None:
    """End the program, by way of everything that is to be put in order before."""
    sys.exit(128 + number)


def _suspend() -> None:
    """Stop the process until it is continued, as Ctrl-Z does to a program that heeds no signal."""
    with _handling("SIGTSTP", signal.SIG_DFL):
        os.kill(os.getpid(), signal.SIGTSTP)
