"""The order of jobs in ListTrainingJobs, and its pages.

A page goes on after the last job of the page before, whatever has been created meanwhile. A page
in the order of creation or of names costs no more with many jobs than with few; the order of
statuses changes with time and is made anew for every page.
"""

import base64
import binascii
import bisect
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from simjob.engine.job import TrainingJob
from simjob.spec.errors import ApiError, rule_violated
from simjob.views.seen import Seen

Key = tuple[str, int]
"""What jobs are ordered by, and the job's number, which decides between equals."""


@attrs.frozen
class Order:
    """SortBy and SortOrder of a call."""

    by: str
    direction: str


class Listing:
    """All jobs, in the order of their creation, and of their names once that is asked for."""

    def __init__(self) -> None:
        self._next = 0
        self._numbers: list[int] = []
        self._jobs: list[TrainingJob] = []
        # The keys of the first jobs, as many as there are.
        self._named: list[Key] = []

    def add(self, job: TrainingJob) -> None:
        """A job that was created now; it gets the next number."""
        self._numbers.append(self._next)
        self._jobs.append(job)
        self._next += 1

    def remove(self, job: TrainingJob) -> None:
        """A job that is there no more; its number is not given again."""
        place = bisect.bisect_left(self._jobs, job.created_ms, key=attrgetter("created_ms"))
        while self._jobs[place] is not job:
            place += 1
        number = self._numbers[place]
        if place < len(self._named):
            del self._named[bisect.bisect_left(self._named, (job.name, number))]
        del self._numbers[place], self._jobs[place]

    def numbered(self) -> Iterator[tuple[int, TrainingJob]]:
        """Every job with its number, in the order of creation."""
        return zip(self._numbers, self._jobs, strict=True)

    def page(
        self, order: Order, size: int, token: str | None, now_ms: int
    ) -> tuple[list[TrainingJob], str | None]:
        """The jobs of one page, and the token of the next one, if there is one.

        Raises:
            ApiError: the token is none that this order of pages has given out.
        """
        after = None if token is None else _read(token, order)
        numbers: Sequence[int]
        if order.by == "CreationTime":
            number = None if after is None else after[1]
            numbers, more = cut(self._numbers, order, size, number)
            last = ("", numbers[-1]) if more else None
        else:
            keys = self._by_name() if order.by == "Name" else self._by_status(now_ms)
            chosen, more = cut(keys, order, size, after)
            numbers = [number for _, number in chosen]
            last = chosen[-1] if more else None
        jobs = [self._jobs[bisect.bisect_left(self._numbers, number)] for number in numbers]
        return jobs, None if last is None else write_token(order, last)

    def _by_name(self) -> list[Key]:
        known = len(self._named)
        if known < len(self._jobs):
            more = zip(self._jobs[known:], self._numbers[known:], strict=True)
            self._named += [(job.name, number) for job, number in more]
            self._named.sort()
        return self._named

    def _by_status(self, now_ms: int) -> list[Key]:
        return sorted(
            (Seen(job, now_ms).primary_status.value, number) for number, job in self.numbered()
        )


K = TypeVar("K", bound=int | tuple[object, ...])


def cut(keys: Sequence[K], order: Order, size: int, after: K | None) -> tuple[Sequence[K], bool]:
    """The keys of one page, which goes on after a key, and whether there are more.

    >>> cut([1, 2, 4, 5], Order("Name", "Descending"), 2, after=5)
    ([4, 2], True)
    """
    known: Any = keys  # mypy knows of no order between tuples of any kind
    if order.direction == "Descending":
        end = len(keys) if after is None else bisect.bisect_left(known, after)
        start = max(0, end - size)
        return keys[start:end][::-1], start > 0
    start = 0 if after is None else bisect.bisect_right(known, after)
    return keys[start : start + size], start + size < len(keys)


def write_token(order: Order, last: Sequence[object]) -> str:
    """The token of the page that goes on after a key."""
    import json  # noqa: PLC0415 - needed only beyond a first page

    text = json.dumps([order.by, order.direction, *last])
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(token: str, order: Order) -> list[object]:
    """The key that a token goes on after.

    Raises:
        ValueError: it is the token of another order, or none at all.

    >>> order = Order("Name", "Ascending")
    >>> read_token(write_token(order, ("a", 1)), order)
    ['a', 1]
    """
    import json  # noqa: PLC0415 - as above

    try:
        by, direction, *key = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise ValueError(token) from None
    if (by, direction) != (order.by, order.direction):
        raise ValueError(token)
    return list(key)


def _read(token: str, order: Order) -> Key:
    try:
        key, number = read_token(token, order)
    except ValueError:
        raise refused_token(token) from None
    if not isinstance(number, int):
        raise refused_token(token)
    return str(key), number


def refused_token(token: str) -> ApiError:
    """A token of another call, or none at all (wording inferred)."""
    return rule_violated(
        f"Invalid NextToken '{token}'. It must come from a call with the same SortBy and SortOrder."
    )
