"""The face to pytest: fixtures, a mark, options, and what a failing test tells.

Fixtures, each new for every test:

- `simjob_sim`: a `simjob.Simulation` by itself; its edition is "documented" by default.
- `simjob_aws`: the same behind boto3, with its virtual clock (`simjob.aws.mock`); its edition is
  "live" by default. Needs the extra `simjob[aws]`.
- `simjob_clock`: the virtual clock: that of `simjob_aws` if the test has it, else one over
  `simjob_sim`, for code that sleeps but does not call boto3.

A test that has `simjob_sim` and `simjob_aws` has one simulation under two names.

`@pytest.mark.simjob(world=..., seed=..., edition=..., clock=..., rate=..., guard_seconds=...,
wire=..., **fields)` says what they are like: `world` is a `simjob.World` or the path of a world
file, from the test's own folder or from the root directory; the fields are those of a World
(`api={"throttles": "reported"}`), as values or spelled as in a world file, and lie over it.
Below the marks lie the ini options `simjob_world`, `simjob_seed` and `simjob_edition`; above them
`--simjob-seed`. What is wrong with them fails the collection of their tests.

pytest imports this module in every project in which simjob is installed: it imports nothing but
pytest, all else is imported when a test asks for it.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from simjob.aws.clock import VirtualClock
    from simjob.simulation import Simulation
    from simjob.testing.settings import Layers, Settings

_MARK: Final = (
    "simjob(world=None, seed=0, edition=None, clock='autojump', rate=1.0, guard_seconds=5.0, "
    "wire=False, **fields): what the fixtures simjob_sim and simjob_aws simulate: a World or a "
    "world file, and fields of the World that differ from it"
)
_FIXTURES: Final = frozenset({"simjob_sim", "simjob_aws", "simjob_clock"})
_INI: Final = {
    "world": "the world file of all simulations, from the root directory",
    "seed": "the seed of all simulations",
    "edition": "the edition of all simulations",
}
_LAYERS: "Final[pytest.StashKey[Layers]]" = pytest.StashKey()
_SETTINGS: "Final[pytest.StashKey[Settings]]" = pytest.StashKey()
_SIMULATION: "Final[pytest.StashKey[Simulation]]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options and `--simjob-seed`."""
    group = parser.getgroup("simjob", "simulated training jobs")
    group.addoption(
        "--simjob-seed",
        type=int,
        metavar="N",
        help="the seed of all simulations of simjob, whatever their marks say",
    )
    for name, meaning in _INI.items():
        parser.addini(f"simjob_{name}", meaning, type="string", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail the collection of tests whose simulations cannot be, and say why."""
    report = yield
    mistakes: dict[str, str] = {}
    for item in report.result or ():
        if isinstance(item, pytest.Item) and _asks(item):
            for mistake in _mistakes(item):
                mistakes.setdefault(mistake, item.name)
    if mistakes:
        told = "\n".join(f"{name}: {mistake}" for mistake, name in mistakes.items())
        return pytest.CollectReport(collector.nodeid, "failed", told, [])
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a failing test tell of its simulation."""
    report = yield
    sim = item.stash.get(_SIMULATION, None)
    if sim is not None and report.failed:
        from simjob.testing.telling import report as told  # noqa: PLC0415 - see the module

        again = f"again: pytest '{item.nodeid}' --simjob-seed={sim.seed}"
        report.sections.append(("simjob", f"{told(sim)}\n{again}"))
    return report


@pytest.fixture
def simjob_sim(request: pytest.FixtureRequest) -> "Simulation":
    """A simulation of training jobs by itself: the test calls it and moves its clock."""
    if "simjob_aws" in request.fixturenames:
        shared: Simulation = request.getfixturevalue("simjob_aws")
        return shared
    import simjob  # noqa: PLC0415 - see the module

    sim = simjob.Simulation(**_settings(request.node).of_simulation)
    request.node.stash[_SIMULATION] = sim
    return sim


@pytest.fixture
def simjob_aws(request: pytest.FixtureRequest) -> "Iterator[Simulation]":
    """A simulation in the place of AWS: boto3 calls it, and time is virtual."""
    from simjob.aws import mock  # noqa: PLC0415 - see the module

    settings = _settings(request.node)
    with mock(**settings.of_simulation, **settings.mock) as sim:
        request.node.stash[_SIMULATION] = sim
        yield sim


@pytest.fixture
def simjob_clock(
    request: pytest.FixtureRequest, simjob_sim: "Simulation"
) -> "Iterator[VirtualClock]":
    """The virtual clock of the test's simulation, which moves as the code under test waits."""
    from simjob.aws.clock import VirtualClock  # noqa: PLC0415 - see the module
    from simjob.aws.clock.takeover import ruling  # noqa: PLC0415 - see the module

    if "simjob_aws" in request.fixturenames:
        clock = ruling()
        assert clock is not None  # noqa: S101 - simjob_aws has installed it
        yield clock
        return
    with VirtualClock(simjob_sim, **_settings(request.node).of_clock) as clock:
        yield clock


def _asks(item: pytest.Item) -> bool:
    """Whether a test has to do with simulations."""
    names = getattr(item, "fixturenames", ())
    return not _FIXTURES.isdisjoint(names) or item.get_closest_marker("simjob") is not None


def _mistakes(item: pytest.Item) -> tuple[str, ...]:
    from simjob.testing.settings import SettingsError  # noqa: PLC0415 - see the module

    try:
        _settings(item)
    except SettingsError as error:
        return error.mistakes
    return ()


def _settings(item: pytest.Item) -> "Settings":
    """What a test has asked for, found out once."""
    from simjob.testing.settings import Layers, Mark  # noqa: PLC0415 - see the module

    if _SETTINGS not in item.stash:
        config = item.config
        if _LAYERS not in config.stash:
            ini = {name: config.getini(f"simjob_{name}") for name in _INI}
            given = {name: value for name, value in ini.items() if value}
            config.stash[_LAYERS] = Layers(config.rootpath, given, config.option.simjob_seed)
        marks = [*item.iter_markers("simjob")][::-1]
        item.stash[_SETTINGS] = config.stash[_LAYERS].settings(
            Mark(mark.kwargs, item.path.parent, mark.args) for mark in marks
        )
    return item.stash[_SETTINGS]
