"""Holds what a client does against docs/clients.md, and tells at the end what was seen.

A suite names its client by a constant CLIENT, the heading of its table, and by VERSIONS the
packages whose versions count.
"""

import functools
from collections.abc import Callable, Iterator
from importlib.metadata import version

import pytest
from botocore.loaders import JSONFileLoader
from cases import CASES, documented

Check = Callable[[str, str, Callable[[], object]], None]
SEEN = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session", autouse=True)
def models_are_read_once() -> Iterator[None]:
    """Clients read the models of services for every session; here the files are kept in memory."""
    read = JSONFileLoader.load_file
    once = functools.cache(lambda path: read(JSONFileLoader(), path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: once(path))
        yield


def outcome(act: Callable[[], object]) -> tuple[str, Exception | None]:
    """What became of a call: what it returned, if that is text, or the exception."""
    try:
        returned = act()
    except Exception as error:  # noqa: BLE001 - whatever a client raises
        told = getattr(error, "response", None) or {}
        code, name = told.get("Error", {}).get("Code"), type(error).__name__
        return f"raises {name}" if code in {None, name} else f"raises {name} ({code})", error
    return returned if isinstance(returned, str) else "returns", None


def versions(module: object) -> str:
    """The versions that a suite names."""
    return ", ".join(f"{name} {version(name)}" for name in module.VERSIONS)  # type: ignore[attr-defined]


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    """Call it with a way of using the client, a case and what to do: is it as documented?"""
    who = versions(request.module)
    table = documented(request.module.CLIENT)
    seen = request.config.stash.setdefault(SEEN, [])

    def compare(way: str, case: str, act: Callable[[], object]) -> None:
        (found, error), said = outcome(act), table[way][case]
        line = f"{who} | {way} | {case} | {found}"
        if line not in seen:
            seen.append(line)
        if said != found and not said.startswith(f"{found}, "):
            raise AssertionError(f"{line}; docs/clients.md says: {said}") from error

    return compare


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("what the client did")
    for line in terminalreporter.config.stash.get(SEEN, []):
        terminalreporter.write_line(line)
