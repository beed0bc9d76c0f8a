"""`simjob watch`: virtual time at a rate of a scripted real time, keys, screens, the terminal."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from jobs_for_tests import course, instances, request, world
from rich.console import Console

from simjob import LogSeries, Simulation, Workload, WorkloadRule
from simjob.cli import main
from simjob.commands import watch as command
from simjob.terminal import Terminal
from simjob.watching import showing
from simjob.watching.keyboard import NoKeyboard, PosixKeyboard, WindowsKeyboard, keyboard
from simjob.watching.screen import screen
from simjob.watching.showing import FRAME_SECONDS, show
from simjob.watching.watch import FASTEST, LONGEST_SECONDS, SLOWEST, USES, Watch

termios = pytest.importorskip("termios")
Capture = pytest.CaptureFixture[str]


class RealTime:
    """Real time, which passes when the script says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Script(NoKeyboard):
    """Keys that come at certain waits; a step may also be something to do then."""

    def __init__(self, real: RealTime, *steps: str | Callable[[], object]) -> None:
        super().__init__(real.sleep)
        self._steps = list(steps)
        self.log: list[str] = []

    def __enter__(self) -> Self:
        self.log.append("taken")
        return self

    def wait(self, seconds: float) -> list[str]:
        super().wait(seconds)
        step = self._steps.pop(0) if self._steps else ""
        if callable(step):
            step()
            return []
        return [step] if step else []

    def rest(self) -> None:
        self.log.append("given back")

    def resume(self) -> None:
        self.log.append("taken")


class Tty(StringIO):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def simulation(*names: str, edition: str = "documented", **changes: Any) -> Simulation:  # noqa: ANN401
    sim = Simulation(world(**changes), edition=edition)
    for name in names or ("job",):
        sim.create_training_job(**request(name))
    return sim


def watched(sim: Simulation, rate: float = 60) -> tuple[Watch, RealTime]:
    real = RealTime()
    return Watch(sim, rate, real), real


def passed(watch: Watch) -> float:
    return watch.elapsed.total_seconds()


# Time.


def test_virtual_time_passes_at_the_rate_of_real_time() -> None:
    watch, real = watched(simulation())
    for _ in range(4):
        real.sleep(0.25)
        watch.tick()
    assert passed(watch) == 60
    watch.tick()
    assert passed(watch) == 60


def test_parts_of_milliseconds_are_not_lost() -> None:
    watch, real = watched(simulation(), rate=0.25)
    for _ in range(1024):
        real.sleep(1 / 1024)
        watch.tick()
    assert passed(watch) == 0.25


def test_time_during_which_nobody_looked_does_not_count() -> None:
    watch, real = watched(simulation(), rate=1)
    real.sleep(86_400)
    watch.tick()
    assert passed(watch) == LONGEST_SECONDS


def test_the_watch_is_over_when_nothing_is_left_to_happen() -> None:
    watch, real = watched(simulation(), rate=100)
    over = []
    for _ in range(6):
        real.sleep(1)
        watch.tick()
        over.append(watch.over)
    assert over == [False, False, False, False, True, True]
    assert passed(watch) == 500


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), FASTEST * 2, SLOWEST / 2])
def test_rates_that_cannot_be(rate: float) -> None:
    with pytest.raises(ValueError, match="must be virtual seconds per real second"):
        Watch(simulation(), rate, RealTime())


def test_there_is_nothing_to_watch_without_a_job() -> None:
    with pytest.raises(ValueError, match="there is no job to watch"):
        Watch(Simulation(), 60, RealTime())


# Keys.


def test_stop_stops_the_chosen_job_at_that_very_instant() -> None:
    watch, real = watched(simulation("a", "b"))
    for _ in range(4):
        real.sleep(1)
        watch.tick()
    real.sleep(0.5)
    watch.press("j")
    watch.press("s")
    assert watch.notice == "StopTrainingJob b"
    assert watch.job.status == "Stopping"
    watch.sim.run()
    assert ("Stopping", 270.0) in course(watch.sim, "b")
    assert course(watch.sim, "a")[-1] == ("Completed", 450.0)


def test_a_stop_that_comes_too_late_says_so() -> None:
    sim = simulation()
    sim.run()
    watch, _ = watched(sim)
    watch.press("s")
    assert watch.notice == (
        "The request was rejected because the training job is in status Completed."
    )


@pytest.mark.parametrize("key", ["p", " "])
def test_pause_holds_time_and_lets_it_go_on(key: str) -> None:
    watch, real = watched(simulation())
    real.sleep(0.5)
    watch.press(key)
    assert (watch.paused, passed(watch)) == (True, 30)
    real.sleep(0.9)
    watch.tick()
    assert passed(watch) == 30
    watch.press(key)
    real.sleep(0.5)
    watch.tick()
    assert (watch.paused, passed(watch)) == (False, 60)


def test_a_stop_during_a_pause_takes_effect_at_once() -> None:
    watch, real = watched(simulation(), rate=200)
    real.sleep(1)
    watch.press("p")
    watch.press("s")
    assert (watch.job.status, passed(watch)) == ("Stopping", 200)


@pytest.mark.parametrize("paused", [False, True])
def test_next_goes_to_the_next_transition_exactly(paused: bool) -> None:  # noqa: FBT001
    watch, real = watched(simulation(), rate=10)
    if paused:
        watch.press("p")
    seen = []
    for key in ("n", "right", "n", "n"):
        watch.press(key)
        seen.append((watch.job.secondary_status.value, passed(watch)))
    assert seen == [
        ("Downloading", 60),
        ("Training", 90),
        ("Uploading", 440),
        ("Completed", 450),
    ]
    assert watch.over
    assert watch.paused is paused
    assert real.seconds == 1000


def test_next_is_that_of_any_job() -> None:
    sim = simulation("a")
    sim.advance(seconds=20)
    sim.create_training_job(**request("b"))
    watch, _ = watched(sim)
    seen = []
    for _ in range(3):
        watch.press("n")
        seen.append((watch.transitions[-1].job.name, passed(watch)))
    assert seen == [("a", 40), ("b", 60), ("a", 70)]


def test_next_at_the_end_says_that_nothing_comes() -> None:
    sim = simulation()
    sim.run()
    watch, _ = watched(sim)
    watch.press("n")
    assert watch.notice == "no transition is left to come"


def test_the_rate_is_doubled_and_halved_within_its_bounds() -> None:
    watch, _ = watched(simulation())
    watch.press("+")
    assert watch.rate == 120
    watch.press("-")
    watch.press("-")
    assert watch.rate == 30
    for _ in range(40):
        watch.press("+")
    assert watch.rate == FASTEST
    for _ in range(40):
        watch.press("-")
    assert watch.rate == SLOWEST


def test_a_new_rate_holds_from_that_instant() -> None:
    watch, real = watched(simulation(), rate=10)
    real.sleep(1)
    watch.press("+")
    real.sleep(1)
    watch.tick()
    assert passed(watch) == 30


def test_jobs_are_chosen_up_and_down_and_no_further() -> None:
    watch, _ = watched(simulation("a", "b", "c"))
    seen = []
    for key in ("k", "down", "j", "j", "up"):
        watch.press(key)
        seen.append(watch.job.name)
    assert seen == ["a", "b", "c", "c", "b"]


def test_quit_leaves_the_jobs_as_they_are() -> None:
    watch, real = watched(simulation())
    real.sleep(1)
    watch.press("q")
    assert watch.over
    real.sleep(1)
    watch.tick()
    assert (watch.job.secondary_status, passed(watch)) == ("Downloading", 60)


def test_other_keys_do_nothing() -> None:
    watch, real = watched(simulation())
    real.sleep(1)
    watch.press("x")
    assert passed(watch) == 0


def test_no_key_is_for_two_things() -> None:
    keys = [key for use in USES for key in use.keys]
    assert len(set(keys)) == len(keys)


# The screen.


def drawn(watch: Watch, width: int = 80, height: int = 24, **more: Any) -> list[str]:  # noqa: ANN401
    return screen(watch, width, height, **more).plain.split("\n")


LOGS = Workload(duration=300, logs=[LogSeries("step {step}", every=30)])


def test_the_screen_of_one_job() -> None:
    watch, _ = watched(simulation(default_workload=LOGS))
    watch.sim.advance(seconds=240)
    lines = drawn(watch)
    assert lines[0] == " simjob watch  2026-01-01 00:04:00 UTC  +0:04:00  60 x real time"
    assert lines[1] == " 1 job: 1 Training"
    assert lines[3] == " job  Training  +0:04:00  $0.0058 for 180 s of ml.m5.large"
    assert re.fullmatch(r" ░{20}▒{10}█{48}", lines[4])
    assert lines[5] == " ░ Starting 1 min   ▒ Downloading 30 s   █ Training 2 min 30 s"
    assert lines[8] == " 00:03:20 algo-1 step 2"
    assert lines[9] == " 00:03:50 algo-1 step 3"
    assert lines[11].split() == [
        "+0:00:00",
        "00:00:00",
        "Starting",
        *("Starting", "the", "training", "job"),
    ]
    assert lines[-1].split() == [
        *("s", "stop", "p", "pause", "n", "next", "+", "faster", "-", "slower", "q", "quit")
    ]


@pytest.mark.parametrize("count", [1, 2, 5, 200])
@pytest.mark.parametrize("size", [(80, 24), (40, 8), (41, 9), (120, 50), (79, 12), (200, 10)])
def test_the_screen_is_as_large_as_it_is_to_be(count: int, size: tuple[int, int]) -> None:
    watch, _ = watched(simulation(*[f"job-{place}" for place in range(count)]))
    width, height = size
    while True:
        lines = drawn(watch, width, height)
        assert len(lines) == height
        assert max(map(len, lines)) <= width
        told = " ".join(" ".join(lines).split())
        assert all(f"{use.keys[0]} {use.words}" in told for use in USES if count > 1)
        assert told.endswith("q quit")
        assert "60 x real time" in told
        if watch.over:
            break
        watch.press("n")


def test_on_a_narrow_screen_time_and_keys_take_a_line_more() -> None:
    watch, _ = watched(simulation("a", "b"))
    watch.press("p")
    lines = drawn(watch, 40, 12)
    assert lines[:4] == [
        " simjob watch  2026-01-01 00:00:00 UTC",
        " +0:00:00  60 x real time   PAUSED ",
        " 2 jobs: 2 Starting",
        "",
    ]
    assert lines[-2:] == [
        "  s  stop  p  pause  n  next  +  faster",
        "  -  slower  j  down  k  up  q  quit",
    ]


def test_a_screen_that_is_too_small_is_drawn_as_the_smallest_is() -> None:
    watch, _ = watched(simulation())
    assert drawn(watch, 1, 1) == drawn(watch, 40, 8)


def test_long_lists_are_cut_with_a_count_around_the_chosen_job() -> None:
    watch, _ = watched(simulation(*[f"job-{place:03}" for place in range(100)]))
    assert "    96 more below" in drawn(watch)
    for _ in range(50):
        watch.press("j")
    lines = drawn(watch)
    assert "    48 more above, 48 more below" in lines
    assert any(line.startswith(" >  job-050 ") for line in lines)
    for _ in range(60):
        watch.press("j")
    assert "    96 more above" in drawn(watch)


def test_jobs_are_counted_by_status() -> None:
    watch, _ = watched(simulation("a", "b", "c"))
    watch.sim.advance(seconds=100)
    watch.press("s")
    assert drawn(watch)[1] == " 3 jobs: 2 Training, 1 Stopping"


def test_lanes_of_jobs_have_one_scale() -> None:
    watch, _ = watched(simulation("a", "b"))
    watch.sim.advance(seconds=30)
    watch.press("s")
    watch.sim.advance(seconds=30)
    a, b = (len(line.rstrip()) - line.index("░") for line in drawn(watch)[3:5])
    assert a == pytest.approx(b / 2, abs=1)


def test_the_last_transitions_are_shown_whatever_else_is_there() -> None:
    watch, _ = watched(simulation("a", "b", "c", "d", "e", default_workload=LOGS))
    watch.sim.run()
    lines = drawn(watch)
    assert [line.split()[2] for line in lines[-6:-2]] == ["b", "c", "d", "e"]


def test_nothing_that_a_terminal_would_obey_reaches_it() -> None:
    evil = "\x1b[2J\x07[red]x[/red]\u202e"
    rule = WorkloadRule(
        workload=Workload(duration=60, exit_code=1, failure=evil, logs=[LogSeries(evil, every=10)]),
        name="*",
    )
    watch, _ = watched(simulation(workloads=[rule]))
    watch.sim.run()
    text = "".join(drawn(watch))
    assert text.isprintable()
    assert text.count("?[2J?[red]x[/red]?") == 7


def test_where_only_ascii_is_taken_nothing_else_is_drawn() -> None:
    watch, _ = watched(simulation("a" * 63, "b"))
    watch.sim.advance(seconds=100)
    assert "".join(drawn(watch, 60, ascii_only=True)).isascii()
    assert not "".join(drawn(watch, 60)).isascii()


def test_a_lingering_status_is_shown_with_the_primary_one() -> None:
    watch, _ = watched(simulation(edition="live"))
    watch.sim.advance(seconds=10)
    watch.press("s")
    assert " job  Stopping / Starting  +0:00:10" in drawn(watch)[3]


def test_a_bill_without_a_rate_says_so() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request("job", ResourceConfig=instances(2, "ml.p6e-gb200.36xlarge")))
    watch, _ = watched(sim)
    assert drawn(watch)[3] == (
        " job  Starting  +0:00:00  no rate for 0 s of 2 x ml.p6e-gb200.36xlarge"
    )


# The loop.


@pytest.fixture
def _eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def shown(watch: Watch, keys: NoKeyboard, file: StringIO, capsys: Capture) -> tuple[str, str]:
    """What is drawn on the console, and what is printed beside it."""
    show(watch, Terminal(), Console(file=file, force_terminal=file.isatty()), keys)
    return file.getvalue(), capsys.readouterr().out


ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


@pytest.mark.usefixtures("_eighty")
def test_on_a_terminal_the_view_is_drawn_and_then_what_run_prints(capsys: Capture) -> None:
    watch, real = watched(simulation(), rate=300)
    keys = Script(real, "", "n", "p", "q")
    screens, printed = shown(watch, keys, Tty(), capsys)
    assert screens.startswith(ENTER)
    assert screens.endswith(LEAVE)
    assert screens.count("simjob watch") == 4
    assert "PAUSED" in screens
    assert keys.log == ["taken", "given back"]
    assert " +0:01:00  00:01:00  Downloading  Downloading input data\n" in printed
    assert "\njob  InProgress after 2 min\n" in printed


@pytest.mark.usefixtures("_eighty")
def test_without_a_terminal_transitions_are_printed_as_they_come(capsys: Capture) -> None:
    watch, real = watched(simulation(), rate=450)
    came: dict[str, float] = {}

    class Looking(NoKeyboard):
        def wait(self, seconds: float) -> list[str]:
            for line in capsys.readouterr().out.splitlines():
                if line.startswith(" +"):
                    came[line.split()[2]] = real.seconds - 1000
            return super().wait(seconds)

    screens, rest = shown(watch, Looking(real.sleep), StringIO(), capsys)
    assert screens == ""
    assert came == {
        "Starting": 0,
        "Downloading": pytest.approx(0.2),
        "Training": pytest.approx(0.2),
    }
    assert real.seconds == pytest.approx(1001, abs=FRAME_SECONDS)
    assert "  Uploading  " in rest
    assert "  Completed  " in rest


@pytest.mark.usefixtures("_eighty")
def test_the_terminal_is_given_back_after_an_error(capsys: Capture) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    watch, real = watched(simulation())
    keys, file = Script(real, "", fail), Tty()
    with pytest.raises(RuntimeError, match="broken"):
        shown(watch, keys, file, capsys)
    assert keys.log == ["taken", "given back"]
    assert file.getvalue().count(ENTER) == file.getvalue().count(LEAVE) == 1


@pytest.mark.usefixtures("_eighty")
@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_the_terminal_is_given_back_after_a_signal(
    capsys: Capture, number: int, error: type[BaseException]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    watch, real = watched(simulation())
    keys, file = Script(real, lambda: signal.raise_signal(number)), Tty()
    with pytest.raises(error) as raised:
        shown(watch, keys, file, capsys)
    assert keys.log == ["taken", "given back"]
    assert file.getvalue().count(LEAVE) == 1
    assert signal.getsignal(signal.SIGTERM) is before
    if number == signal.SIGTERM:
        assert raised.value.args == (143,)


@pytest.mark.usefixtures("_eighty")
def test_a_suspension_gives_the_terminal_back_and_holds_the_time(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, real = watched(simulation(), rate=10)
    file = Tty()
    keys = Script(real, lambda: signal.raise_signal(signal.SIGTSTP), "", "q")
    seen = []

    def suspend(_: int, number: int) -> None:
        seen.append((number, signal.getsignal(signal.SIGTSTP), list(keys.log)))
        seen.append(file.getvalue().count(LEAVE))
        real.sleep(3600)

    monkeypatch.setattr(os, "kill", suspend)
    shown(watch, keys, file, capsys)
    assert seen == [(signal.SIGTSTP, signal.SIG_DFL, ["taken", "given back"]), 1]
    assert keys.log == ["taken", "given back", "taken", "given back"]
    assert file.getvalue().count(ENTER) == 2
    assert passed(watch) < 15


def test_signals_that_a_platform_lacks_are_no_trouble() -> None:
    with showing._handling("SIGNOTHING", signal.SIG_DFL):
        pass


# Keyboards.


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: ours, and that of the program."""
    ours, theirs = os.openpty()
    yield ours, theirs
    for end in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(end)


def test_keys_come_one_by_one_and_the_mode_comes_back(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    with PosixKeyboard(theirs) as keys:
        assert not termios.tcgetattr(theirs)[3] & (termios.ICANON | termios.ECHO)
        assert termios.tcgetattr(theirs)[3] & termios.ISIG
        os.write(ours, b"p\x1b[A\x1bOBq\x1b[5~\x1b+")
        assert keys.wait(10) == ["p", "up", "down", "q", "+"]
        assert keys.wait(0) == []
        keys.rest()
        assert termios.tcgetattr(theirs) == before
        keys.resume()
        assert termios.tcgetattr(theirs) != before
    assert termios.tcgetattr(theirs) == before


def test_the_mode_comes_back_after_an_error(terminal: tuple[int, int]) -> None:
    _, theirs = terminal
    before = termios.tcgetattr(theirs)
    with pytest.raises(KeyboardInterrupt), PosixKeyboard(theirs):
        raise KeyboardInterrupt
    assert termios.tcgetattr(theirs) == before


def test_a_terminal_at_its_end_is_waited_for_no_more(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = terminal
    waited: list[float] = []
    with PosixKeyboard(theirs, waited.append) as keys:
        os.write(ours, b"x")
        monkeypatch.setattr(os, "read", lambda *_: b"")
        assert keys.wait(10) == []
        assert keys.wait(10) == []
    assert waited == [10]


class FakeConsole:
    """Windows' console, with these keys in it."""

    def __init__(self, typed: str, after: int = 0) -> None:
        self._typed = list(typed)
        self._after = after

    def kbhit(self) -> bool:
        self._after -= 1
        return self._after < 0 and bool(self._typed)

    def getwch(self) -> str:
        return self._typed.pop(0)


def test_the_keys_of_windows() -> None:
    waited: list[float] = []
    keys = WindowsKeyboard(FakeConsole("q\xe0H\x00P\xe0x", after=2), waited.append)
    assert keys.wait(1.0) == ["q", "up", "down", ""]
    assert waited == [0.2, 0.2]
    assert keys.wait(1.0) == []
    assert sum(waited) == pytest.approx(1.4)
    with keys, pytest.raises(KeyboardInterrupt):
        WindowsKeyboard(FakeConsole("\x03"), waited.append).wait(1.0)


def test_which_keyboard_there_is(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    assert type(keyboard()) is NoKeyboard
    monkeypatch.setattr(sys, "stdin", None)
    assert type(keyboard()) is NoKeyboard
    with os.fdopen(os.dup(terminal[1])) as theirs:
        monkeypatch.setattr(sys, "stdin", theirs)
        assert isinstance(keyboard(), PosixKeyboard)


# The command.


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _eighty: None) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(f"{name}.json").write_text(json.dumps(request(name)))
    Path("bad.toml").write_text('[[workloads]]\nname = "b"\nexit_code = 1\n')
    real = RealTime()
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=real))
    monkeypatch.setattr(
        "simjob.watching.keyboard.NoKeyboard", partial(NoKeyboard, sleep=real.sleep)
    )


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("more", [[], ["--edition", "live", "--seed", "4"]])
def test_piped_it_prints_what_run_prints(capsys: Capture, more: list[str]) -> None:
    assert main(["run", "a.json", "b.json", "--world", "bad.toml", *more]) == 3
    run = capsys.readouterr().out
    assert main(["watch", "a.json", "b.json", "--world", "bad.toml", *more]) == 3
    assert capsys.readouterr().out == run


@pytest.mark.usefixtures("_here")
def test_a_job_that_waits_for_ever_ends_the_watch_and_is_told(capsys: Capture) -> None:
    Path("w.toml").write_text('[capacity.on_demand]\n"ml.m5.large" = 0')
    assert main(["watch", "a.json", "--world", "w.toml"]) == 1
    assert capsys.readouterr().err == ("simjob: a: waits for capacity that nobody will give back\n")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("rate", ["0", "-5", "nan", "inf", "1e7"])
def test_rates_that_are_refused(capsys: Capture, rate: str) -> None:
    assert main(["watch", "a.json", f"--rate={rate}"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "simjob: argument --rate: must be virtual seconds per real second, from 0.001 to "
        f"1,000,000, is {float(rate):g} (see simjob watch --help)\n"
    )


@pytest.mark.usefixtures("_here")
def test_what_is_no_rate_and_no_request_is_refused(capsys: Capture) -> None:
    assert main(["watch", "a.json", "--rate", "fast"]) == 2
    assert "must be virtual seconds per real second, is 'fast'" in capsys.readouterr().err
    assert main(["watch", "no.json"]) == 2
    assert capsys.readouterr().err.startswith("simjob: no.json: cannot be read: ")


@pytest.mark.usefixtures("_here")
def test_without_rich_the_extra_is_named(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.delitem(sys.modules, "simjob.terminal", raising=False)
    assert main(["watch", "a.json"]) == 2
    assert "pip install 'simjob[cli]'" in capsys.readouterr().err


# On a real terminal, as a process of its own.

_ON_TERMINAL = (
    "import os, sys; os.open(sys.argv.pop(1), os.O_RDWR); "
    "from simjob.cli import main; sys.exit(main())"
)


def on_terminal(
    terminal: tuple[int, int], tmp_path: Path, rate: str, keys: bytes
) -> tuple[int, str]:
    """Type keys as soon as the view is there; the exit status and all that was written."""
    ours, theirs = terminal
    termios.tcsetwinsize(theirs, (24, 80))
    (tmp_path / "a.json").write_text(json.dumps(request("a")))
    inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [
            *(sys.executable, "-c", _ON_TERMINAL, os.ttyname(theirs)),
            *("watch", str(tmp_path / "a.json"), "--rate", rate),
        ],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    try:
        while b"quit" not in written:
            written += os.read(ours, 65536)
        os.write(ours, keys)
        with contextlib.suppress(OSError):  # the other end is closed by the process alone
            while True:
                written += os.read(ours, 65536)
        return process.wait(), written.decode()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("keys", "status"), [(b"q", 0), (b"\x03", 130)])
def test_a_process_gives_the_terminal_back(
    terminal: tuple[int, int], tmp_path: Path, keys: bytes, status: int
) -> None:
    before = termios.tcgetattr(terminal[0])
    ended, written = on_terminal(terminal, tmp_path, "0.001", keys)
    assert ended == status
    assert termios.tcgetattr(terminal[0]) == before
    after = written.partition(LEAVE)[2]
    assert ("interrupted" in after) == (status == 130)
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1


def test_at_rest_is_when_run_would_do_nothing() -> None:
    sim = simulation()
    assert not sim.at_rest
    sim.run()
    assert sim.at_rest
    sim.at(timedelta(hours=1), lambda: None)
    assert not sim.at_rest
