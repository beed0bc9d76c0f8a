"""How thoroughly Hypothesis searches, and whether the tests together walk the whole status model.

Locally the search is small and always the same; where CI is set it is deep and always new. Every
edge that any test makes a job take is recorded; a whole run that has not taken every edge of every
edition's table fails, and names the edges.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import simjob.engine.history
from simjob.spec.editions import EDITIONS
from simjob.spec.statuses import Rows, SecondaryStatus

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "fast",
    max_examples=60,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "deep",
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.load_profile("deep" if os.environ.get("CI") else "fast")

Edge = tuple[str, str, str]
BIRTH = "birth"


def every_edge() -> set[Edge]:
    """All edges of all editions: the edition, from where (`BIRTH` for none), and where to."""
    return {
        (name, current.value if current else BIRTH, to.value)
        for name, edition in EDITIONS.items()
        for current, row in edition.transitions.items()
        for to in row
    }


class ModelCoverage:
    """Records the edges that jobs take while the tests run, and what a whole run leaves out."""

    def __init__(self) -> None:
        self.taken: set[Edge] = set()
        self.whole = True

    @property
    def missing(self) -> list[Edge]:
        return sorted(every_edge() - self.taken)

    @property
    def unentered(self) -> list[tuple[str, str]]:
        entered = {(edition, to) for edition, _, to in self.taken}
        return sorted({(edition, to) for edition, _, to in every_edge()} - entered)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        config = session.config
        self.whole = (
            config.args_source is pytest.Config.ArgsSource.TESTPATHS
            and not config.option.keyword
            and not config.option.markexpr
            and not config.option.collectonly
        ) and self.whole
        original = simjob.engine.history.fire
        names = {id(edition.transitions): name for name, edition in EDITIONS.items()}

        def fire(
            known: Rows, current: SecondaryStatus | None, to: SecondaryStatus
        ) -> SecondaryStatus:
            reached = original(known, current, to)
            if id(known) in names:
                self.taken.add((names[id(known)], current.value if current else BIRTH, to.value))
            return reached

        simjob.engine.history.fire = fire
        try:
            return (yield)
        finally:
            simjob.engine.history.fire = original

    def pytest_deselected(self) -> None:
        self.whole = False

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            self.whole = False
        if session.shouldstop or session.shouldfail:
            self.whole = False
        if self.whole and self.missing and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.whole or not self.missing:
            return
        terminalreporter.section("the status model is not covered", red=True)
        for edition, current, to in self.missing:
            terminalreporter.line(f"{edition}: no test takes the edge {current} > {to}")
        for edition, status in self.unentered:
            terminalreporter.line(f"{edition}: no test enters the status {status}")


pytest_plugins = ("pytester",)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(ModelCoverage(), "model-coverage")
