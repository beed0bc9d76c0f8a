"""Who works on the tasks of a sweep: joblib over loky, Dask or Ray.

Outcomes come in the order of their tasks, whoever works on them. A cluster that the caller has
connected to is used and left alone; one that is started here is stopped here.
"""

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from itertools import islice
from threading import Thread
from time import sleep
from typing import Any, Final

from simjob.whatif.shield import heard_here_alone
from simjob.whatif.tasks import Outcome, Work, carry_out

Task = tuple[Work, int, int]
"""What is to be done, and which replications: the first, and how many."""
Workers = Callable[[Iterable[Task]], Iterator[Outcome]]
"""Does tasks; the iterable is asked for the next task when a worker has time for it, or soon."""

BACKENDS: Final = ("loky", "dask", "ray")
_PACKAGES: Final = {"dask": "distributed", "ray": "ray"}
_WATCH_SECONDS: Final = 1.0
_WAVE: Final = 4
"""Dask and Ray take so many tasks for each worker at a time: joblib cannot stream from them."""


def wrong_backend(name: str) -> str:
    """What is wrong with a backend, "" for nothing.

    >>> wrong_backend("spark")
    "backend: must be loky, dask or ray, is 'spark'"
    """
    if name not in BACKENDS:
        return f"backend: must be loky, dask or ray, is {name!r}"
    package = _PACKAGES.get(name)
    if package is not None and find_spec(package) is None:
        return f"backend: {package} is not installed: pip install 'simjob[{name}]'"
    return ""


def usual_workers() -> int:
    """As many workers as this machine lets us have."""
    from joblib import cpu_count  # noqa: PLC0415 - an extra

    return int(cpu_count())


@contextmanager
def workers(backend: str, count: int) -> Iterator[Workers]:
    """So many workers of a backend, until the block is left."""
    with {"loky": _loky, "dask": _dask, "ray": _ray}[backend](count) as crew:
        yield crew


@contextmanager
def _loky(count: int) -> Iterator[Workers]:
    from joblib import Parallel, delayed  # noqa: PLC0415 - an extra

    parallel = Parallel(
        count,
        backend="loky",
        return_as="generator",
        batch_size=1,
        max_nbytes=None,
    )
    one = delayed(_carried_out)
    parent = os.getpid()

    def stream(tasks: Iterable[Task]) -> Iterator[Outcome]:
        outcomes: Generator[Outcome, None, None]
        with heard_here_alone() if count > 1 else nullcontext():
            outcomes = parallel(one(parent, *task) for task in tasks)
        try:
            for outcome in outcomes:  # noqa: UP028 - `yield from` would close them unguarded
                yield outcome
        finally:
            with warnings.catch_warnings():
                # Nobody gave too many tasks: the sweep was interrupted, and says so itself.
                warnings.filterwarnings("ignore", ".*adjusting the input task iterator")
                outcomes.close()

    yield stream


def _carried_out(parent: int, *task: *Task) -> Outcome:
    if os.getpid() != parent:
        _end_with(parent)
    return carry_out(*task)


@cache
def _end_with(parent: int) -> None:
    """Have this worker end when its parent is gone, which may have been killed."""

    def watch() -> None:
        while os.getppid() == parent:
            sleep(_WATCH_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _dask(count: int) -> Iterator[Workers]:
    import dask  # noqa: PLC0415 - an extra
    from distributed import Client, LocalCluster, get_client  # noqa: PLC0415 - the same

    try:
        client = get_client()
    except ValueError:
        client = None
    if client is not None:
        with _waves("dask", sum(client.ncores().values())) as crew:
            yield crew
    elif dask.config.get("scheduler-address", None):
        with Client() as connected, _waves("dask", sum(connected.ncores().values())) as crew:
            yield crew
    else:
        with heard_here_alone():
            cluster = LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None)
        with (
            cluster,
            Client(cluster),
            _waves("dask", count) as crew,
        ):
            yield crew


@contextmanager
def _ray(count: int) -> Iterator[Workers]:
    import ray  # noqa: PLC0415 - an extra
    from ray.util.joblib import register_ray  # noqa: PLC0415 - the same

    register_ray()
    ours = not ray.is_initialized()
    if ours and "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=False)
    elif ours:
        with heard_here_alone():
            ray.init(num_cpus=count, include_dashboard=False, log_to_driver=False)
    try:
        with _waves("ray", count) as crew:
            yield crew
    finally:
        if ours:
            ray.shutdown()


@contextmanager
def _waves(backend: str, count: int) -> Iterator[Workers]:
    from joblib import Parallel, delayed, parallel_config  # noqa: PLC0415 - an extra

    options: dict[str, Any] = {"batch_size": 1, "pre_dispatch": "all"}
    one = delayed(carry_out)
    with parallel_config(backend=backend, n_jobs=count), Parallel(**options) as parallel:

        def stream(tasks: Iterable[Task]) -> Iterator[Outcome]:
            waiting = iter(tasks)
            while wave := list(islice(waiting, _WAVE * count)):
                yield from parallel(one(*task) for task in wave)

        yield stream
