"""The order of jobs in ListTrainingJobs, and its pages.

A page goes on after the last job of the page before, whatever has been created meanwhile. A page
in the order of creation or of names costs no more with many jobs than with few; the order of
statuses changes with time and is made anew for every page.
"""

import base64
import binascii
import bisect
from collections.abc import Sequence
from typing import TypeVar

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
        self._jobs: list[TrainingJob] = []
        self._named: list[Key] = []

    def add(self, job: TrainingJob) -> None:
        """A job that was created now; its place here is its number."""
        self._jobs.append(job)

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
            numbers, more = _cut(range(len(self._jobs)), order, size, number)
            last = ("", numbers[-1]) if more else None
        else:
            keys = self._by_name() if order.by == "Name" else self._by_status(now_ms)
            chosen, more = _cut(keys, order, size, after)
            numbers = [number for _, number in chosen]
            last = chosen[-1] if more else None
        jobs = [self._jobs[number] for number in numbers]
        return jobs, None if last is None else _write(order, last)

    def _by_name(self) -> list[Key]:
        known = len(self._named)
        if known < len(self._jobs):
            self._named += [(job.name, n) for n, job in enumerate(self._jobs[known:], known)]
            self._named.sort()
        return self._named

    def _by_status(self, now_ms: int) -> list[Key]:
        return sorted(
            (Seen(job, now_ms).primary_status.value, n) for n, job in enumerate(self._jobs)
        )


K = TypeVar("K", int, Key)


def _cut(keys: Sequence[K], order: Order, size: int, after: K | None) -> tuple[Sequence[K], bool]:
    """The keys of one page, which goes on after a key, and whether there are more."""
    if order.direction == "Descending":
        end = len(keys) if after is None else bisect.bisect_left(keys, after)
        start = max(0, end - size)
        return keys[start:end][::-1], start > 0
    start = 0 if after is None else bisect.bisect_right(keys, after)
    return keys[start : start + size], start + size < len(keys)


def _write(order: Order, last: Key) -> str:
    import json  # noqa: PLC0415 - needed only beyond a first page

    text = json.dumps([order.by, order.direction, *last])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str, order: Order) -> Key:
    import json  # noqa: PLC0415 - as above

    try:
        by, direction, key, number = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise _refused(token) from None
    if (by, direction) != (order.by, order.direction) or not isinstance(number, int):
        raise _refused(token)
    return str(key), number


def _refused(token: str) -> ApiError:
    """A token of another call, or none at all (wording inferred)."""
    return rule_violated(
        f"Invalid NextToken '{token}'. It must come from a call with the same SortBy and SortOrder."
    )
