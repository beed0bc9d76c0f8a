"""`explore`: runs a test of somebody's orchestrator under many worlds, to find one that breaks it.

What trouble there is stands in `trouble`; Hypothesis chooses and shrinks it. Needs the extras
`simjob[aws,testing]`.
"""

import functools
import inspect
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Any, Final, TypeVar, cast, overload

from hypothesis import HealthCheck, Phase, given, settings

from simjob.aws import mock
from simjob.engine.kernel import OUTSIDE, Deadline
from simjob.simulation import Simulation
from simjob.spec.editions import edition as edition_of
from simjob.testing.invariants import check
from simjob.testing.trouble import TROUBLES, Asked, Scenario, scenarios
from simjob.views.words import story
from simjob.world import World, dump_world, milliseconds, seconds
from simjob.world.checks import nearest

_Test = TypeVar("_Test", bound=Callable[..., object])
_LOOK_MS: Final = 3_600_000


@overload
def explore(function: _Test, /) -> _Test: ...
@overload
def explore(
    *,
    world: World | None = None,
    only: Collection[str] = tuple(TROUBLES),
    without: Collection[str] = (),
    max_examples: int | None = None,
    edition: str = "live",
    wire: bool = False,
    patience: object = "6h",
) -> Callable[[_Test], _Test]: ...
def explore(  # noqa: PLR0913 - one setting each
    function: _Test | None = None,
    /,
    *,
    world: World | None = None,
    only: Collection[str] = tuple(TROUBLES),
    without: Collection[str] = (),
    max_examples: int | None = None,
    edition: str = "live",
    wire: bool = False,
    patience: object = "6h",
) -> _Test | Callable[[_Test], _Test]:
    """Run a test in a calm world, and then in many that make trouble.

    The test takes `sim`, the `Simulation` behind boto3 (`simjob.aws.mock`), runs its orchestrator
    and asserts what must hold whatever happens. Other arguments, such as fixtures of pytest, are
    the same in all worlds. After each run the invariants of the simulation are checked too.

    A failure is shrunk to the least trouble that still breaks the test. The error then has a note
    with that world as a file, the seed, and the lines that run it again.

    Args:
        function: the test, where this is a decorator without arguments.
        world: in which trouble is made; by default the default world.
        only: the kinds of trouble that may be on, by the names in `TROUBLES`.
        without: the kinds that may not.
        max_examples: how many worlds; by default as many as Hypothesis is set to (100).
        edition: as for `simjob.aws.mock`.
        wire: likewise.
        patience: a duration; a test that still waits when for so long no job could move any more
            is taken to wait for ever, and fails.

    Raises:
        TypeError: the test takes no `sim`, is no plain function, or has the mark `simjob`; `world`
            is no World; one text in place of a list.
        ValueError: an unknown kind of trouble or edition, no examples, or a `patience` that is no
            duration.
        WorldError: a world that no file can hold, so that what breaks the test could not be told.

    >>> @explore(only=["lost replies"], max_examples=5)
    ... def test_nothing(sim):
    ...     assert not sim.jobs
    >>> test_nothing()
    """
    if isinstance(only, str) or isinstance(without, str):
        raise TypeError("only and without must be lists of kinds of trouble, not one text")
    if not isinstance(world, World | None):
        raise TypeError(f"world must be a simjob.World, is {type(world).__name__}")
    if max_examples is not None and max_examples < 1:
        raise ValueError(f"max_examples must be 1 or more, is {max_examples!r}")
    edition_of(edition)
    for kind in (*only, *without):
        if kind not in TROUBLES:
            raise ValueError(f"no kind of trouble is called {kind!r}{nearest(kind, TROUBLES)}")
    base = World() if world is None else world
    dump_world(base)
    attempts = _Attempts(
        base,
        [kind for kind in TROUBLES if kind in only and kind not in without],
        max_examples,
        {"edition": edition, "wire": wire},
        milliseconds(seconds(patience)),
    )
    if function is None:
        return attempts.around
    return attempts.around(function)


class _UnendingError(BaseException):
    """A test waits for ever; no `except Exception` of the code under test is to stop it."""


class _Attempts:
    """How one test is explored."""

    def __init__(
        self,
        world: World,
        kinds: list[str],
        max_examples: int | None,
        mocking: dict[str, Any],
        patience_ms: int,
    ) -> None:
        self._world = world
        self._kinds = kinds
        self._max_examples = max_examples
        self._mocking = mocking
        self._patience_ms = patience_ms
        self._classes: dict[tuple[str, str], type[Exception]] = {}

    def around(self, function: _Test) -> _Test:
        """The test, to be called without `sim`."""
        signature = inspect.signature(function)
        if "sim" not in signature.parameters:
            raise TypeError(f"{function.__qualname__} must take an argument called sim")
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise TypeError(
                f"{function.__qualname__} must be a plain function; run coroutines inside of it"
            )

        @functools.wraps(function)
        def explored(*args: object, **kwargs: object) -> None:
            __tracebackhide__ = True
            if any(mark.name == "simjob" for mark in getattr(explored, "pytestmark", ())):
                raise TypeError("explore chooses the world: give it world= and edition= itself")
            test = functools.partial(function, *args, **kwargs)
            asked = self._attempt(test, Scenario(self._world))
            self._search(function, test, asked)

        others = [each for each in signature.parameters.values() if each.name != "sim"]
        explored.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return cast("_Test", explored)

    def _search(
        self, function: Callable[..., object], test: Callable[..., object], asked: Asked
    ) -> None:
        __tracebackhide__ = True

        # Wraps the test so that Hypothesis remembers the failures of each test apart.
        @functools.wraps(function)
        def search(scenario: Scenario) -> None:
            __tracebackhide__ = True
            self._attempt(test, scenario)

        only = inspect.Parameter("scenario", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        search.__signature__ = inspect.Signature([only])  # type: ignore[attr-defined]
        known = settings()
        chosen = settings(
            max_examples=self._max_examples or known.max_examples,
            phases=[each for each in known.phases if each is not Phase.explain],
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        chosen(given(scenario=scenarios(self._world, asked, self._kinds))(search))()

    def _attempt(self, test: Callable[..., object], scenario: Scenario) -> Asked:
        """One run; what it raises says how to have it again."""
        __tracebackhide__ = True
        with mock(scenario.world, seed=scenario.seed, **self._mocking) as sim:
            look = _Look(sim, self._patience_ms)
            look.arm()
            try:
                try:
                    test(sim=sim)
                except _UnendingError as stop:
                    raise look.failure() from _cut(stop)
                check(sim)
            except Exception as error:
                error.add_note(self._note(scenario, sim))
                self._known_again(error)
                raise
            return Asked.of(sim)

    def _known_again(self, error: Exception) -> None:
        """Let the same failure have the same class in every run, by which Hypothesis knows it.

        botocore makes the exceptions of a service anew for every session.
        """
        made = type(error)
        known = self._classes.setdefault((made.__module__, made.__qualname__), made)
        if known is not made:
            error.__class__ = known

    def _note(self, scenario: Scenario, sim: Simulation) -> str:
        trouble = ", ".join(scenario.trouble) or "nothing; this is the calm world"
        text = dump_world(scenario.world)
        usual = {"edition": "live", "wire": False}
        also = "".join(
            f", {name}={value!r}" for name, value in self._mocking.items() if value != usual[name]
        )
        world, load = ("", "") if not text else ('world="broken.toml", ', _LOAD)
        again = f"seed={scenario.seed}{also}"
        return "\n".join(
            [
                f"broken by: {trouble}",
                *([*_rule("broken.toml"), *text.splitlines()] if text else ()),
                *_rule("to run it again, with the fixture simjob_aws or by hand"),
                f"@pytest.mark.simjob({world}{again})",
                f"with simjob.aws.mock({load}{again}) as sim:",
                *_rule(f"what happened, until {sim.now:%Y-%m-%d %H:%M:%S} UTC"),
                *([story(job) for job in (*sim.deleted, *sim.jobs.values())] or ["no jobs"]),
            ]
        )


_LOAD: Final = 'world=simjob.load_world("broken.toml"), '


def _rule(title: str) -> Iterable[str]:
    return [f"---- {title} ----"]


class _Look:
    """Looks every hour of virtual time whether anything can still happen that is waited for."""

    def __init__(self, sim: Simulation, patience_ms: int) -> None:
        self._sim = sim
        self._engine = sim._engine  # noqa: SLF001 - a look that no run of the clock waits for
        self._patience_ms = patience_ms
        self._moved_ms = sim.now_ms

    def arm(self) -> None:
        """Look again in an hour, or in the time of patience if that is less."""
        wait_ms = min(_LOOK_MS, self._patience_ms)
        Deadline(self._engine.env, self._sim.now_ms + wait_ms, self._look, OUTSIDE)

    def _look(self, _: object) -> None:
        self.arm()
        clock = self._engine.clock
        if clock.live > clock.stuck:
            self._moved_ms = self._sim.now_ms
        elif self._sim.now_ms - self._moved_ms >= self._patience_ms:
            raise _UnendingError

    def failure(self) -> AssertionError:
        """What says that the test waits for ever."""
        patience = timedelta(milliseconds=self._patience_ms)
        return AssertionError(
            f"the test still waits, and for {patience} of virtual time no job could move any more"
        )


def _cut(error: BaseException) -> BaseException:
    """The same error, its traceback only as far as the test and what it calls, not simjob."""
    place, last = error.__traceback__, None
    while place is not None:
        inside = str(place.tb_frame.f_globals.get("__name__")).startswith("simjob.")
        if inside and last is not None:
            last.tb_next = None
            break
        last = last if inside else place
        place = place.tb_next
    return error
