"""The one thing that a test puts up: a simulation in the place of AWS, for as long as it says."""

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast
from unittest import TestCase, TestLoader

from simjob.aws.answering import Answers
from simjob.aws.clock import Mode, VirtualClock
from simjob.aws.seam import SEAM
from simjob.aws.surroundings import Surroundings
from simjob.simulation import Simulation
from simjob.spec.editions import Edition
from simjob.world import World

T = TypeVar("T")


class mock:  # noqa: N801 - used as a function
    """Stand in for AWS: every client of botocore and aiobotocore calls a simulation.

    A context manager, and a decorator for functions, coroutine functions and classes; every
    entering begins with a simulation of its own. While it is active, time is virtual, credentials
    are fake, and no call reaches a network. What it replaces is as it was before when it is left,
    also by an exception. The inner one of two counts while it is active. Two that overlap, such as
    decorated coroutines that run side by side, are both undone when the last of them is left.
    A thread that was started meanwhile and lives on is not let through to AWS by botocore
    afterwards (`OutlivedError`); clients that were made meanwhile have fake credentials for ever.

    Of a `unittest.TestCase` every test has its own, from `setUp` to the last clean-up; of a class
    with `setup_method` or `teardown_method`, from the one to the other; of any other class, every
    method whose name begins with "test".

    Args:
        world: as for a `Simulation`; `world.api` says how calls fare.
        seed: as for a `Simulation`.
        edition: "live", as today's clients know the service, or another one.
        clock: "autojump" (waiting moves it), "manual" (only `advance` and `run` do) or "rate".
        rate: virtual seconds in a real one, for the clock "rate".
        guard_seconds: for how long the process may stand still, really, before that is an error.
        wire: answer calls when they are sent, and not before: signing, retries, parsing and
            time-outs of the client are then its own.

    Without `wire`, a call ends at once as the client would have it end without retries: what the
    service refuses as the client's exception, a connection that is reset as
    `ConnectionClosedError`, and a reply that does not come, when the client's read time-out has
    passed, as `ReadTimeoutError`; all times in replies are in UTC. With it, the client retries
    as it is configured to.

    Raises:
        TypeError: `world` is none, or a generator function is decorated.
        ValueError: an unknown edition or clock.
    """

    def __init__(  # noqa: PLR0913 - one setting each
        self,
        world: World | None = None,
        *,
        seed: int = 0,
        edition: str | Edition = "live",
        clock: Mode = "autojump",
        rate: float = 1.0,
        guard_seconds: float = 5.0,
        wire: bool = False,
    ) -> None:
        if callable(world):
            raise TypeError("write @simjob.aws.mock(), with parentheses")
        self._make = functools.partial(
            _Standing,
            world=world,
            seed=seed,
            edition=edition,
            clock=functools.partial(
                VirtualClock, mode=clock, rate=rate, guard_seconds=guard_seconds
            ),
            wire=wire,
        )
        self._make()  # what is wrong with these is wrong here, not in every test
        self._standing: list[_Standing] = []

    @property
    def sim(self) -> Simulation:
        """The simulation of the world's own account and region, while this is active.

        Raises:
            RuntimeError: it is not.
        """
        if not self._standing:
            raise RuntimeError("simjob.aws.mock() is not active: enter it first")
        return self._standing[-1].sim

    def __enter__(self) -> Simulation:
        return self._enter().sim

    def _enter(self) -> "_Standing":
        standing = self._make()
        standing.enter()
        self._standing.append(standing)
        return standing

    def _leave(self, standing: "_Standing") -> None:
        self._standing.remove(standing)
        standing.leave()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._standing:
            raise RuntimeError("simjob.aws.mock() is not active: it was not entered")
        self._leave(self._standing[-1])

    def __call__(self, decorated: T) -> T:
        """Decorate a function, a coroutine function or a class."""
        if isinstance(decorated, type):
            self._on_class(decorated)
            return decorated
        return cast("T", self._on_function(cast("Callable[..., Any]", decorated)))

    def _on_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__} is a generator function; say `with simjob.aws.mock():` "
                "inside of it"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def mocked_coroutine(*args: object, **kwargs: object) -> object:
                standing = self._enter()
                try:
                    return await function(*args, **kwargs)
                finally:
                    self._leave(standing)

            return mocked_coroutine

        @functools.wraps(function)
        def mocked(*args: object, **kwargs: object) -> object:
            standing = self._enter()
            try:
                return function(*args, **kwargs)
            finally:
                self._leave(standing)

        return mocked

    def _on_class(self, cls: type) -> None:
        if issubclass(cls, TestCase):
            cls.run = self._on_function(cls.run)  # type: ignore[method-assign]
        elif hasattr(cls, "setup_method") or hasattr(cls, "teardown_method"):
            self._around_method(cls)
        else:
            for name in dir(cls):
                if name.startswith(TestLoader.testMethodPrefix):
                    self._on_method(cls, name)

    def _on_method(self, cls: type, name: str) -> None:
        found = inspect.getattr_static(cls, name)
        if isinstance(found, staticmethod | classmethod):
            setattr(cls, name, type(found)(self._on_function(found.__func__)))
        elif inspect.isfunction(found):
            setattr(cls, name, self._on_function(found))

    def _around_method(self, cls: type) -> None:
        """Have `setup_method` and `teardown_method` enter and leave, and do what they did."""
        set_up, tear_down = (
            getattr(cls, name, _nothing) for name in ("setup_method", "teardown_method")
        )

        @functools.wraps(set_up)
        def setup_method(test: object, *args: object) -> None:
            self.__enter__()
            try:
                set_up(test, *args)
            except BaseException:
                self._leave(self._standing[-1])
                raise

        @functools.wraps(tear_down)
        def teardown_method(test: object, *args: object) -> None:
            try:
                tear_down(test, *args)
            finally:
                self._leave(self._standing[-1])

        setattr(cls, "setup_method", setup_method)  # noqa: B010 - mypy knows of no such attribute
        setattr(cls, "teardown_method", teardown_method)  # noqa: B010 - the same


def _nothing(_: object) -> None:
    """Where a class has nothing to set up, or to tear down."""


_ENTERED: "list[_Standing]" = []
"""What stands in for AWS in this process, the innermost last."""


class _Standing:
    """One entering: a simulation, its clock, its answers, and what they stand in for."""

    def __init__(
        self,
        *,
        world: World | None,
        seed: int,
        edition: str | Edition,
        clock: Callable[[Simulation], VirtualClock],
        wire: bool,
    ) -> None:
        self.sim = Simulation(world, seed=seed, edition=edition)
        self._clock = clock(self.sim)
        self._answers = Answers(self.sim, self._clock, on_wire=wire)
        self._surroundings = Surroundings(self.sim.world.region)
        self._is_left = False

    def enter(self) -> None:
        self._surroundings.enter()
        try:
            self._clock.install()
        except BaseException:
            self._surroundings.leave()
            raise
        SEAM.enter(self._answers)
        _ENTERED.append(self)

    def leave(self) -> None:
        """Undo the entering; of two that overlap, the outer one waits for the inner one."""
        self._is_left = True
        while _ENTERED and _ENTERED[-1]._is_left:  # noqa: SLF001 - of the same class
            _ENTERED.pop()._undo()  # noqa: SLF001 - the same

    def _undo(self) -> None:
        SEAM.leave(self._answers)
        try:
            self._clock.uninstall()
        finally:
            self._surroundings.leave()
