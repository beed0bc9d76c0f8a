"""One history as the page holds it: its phases, its instances, its replies, its bill.

A reply is written as the places of its members in a table that the whole page shares, for most
members are the same from one reply to the next, and from one history to another. So are the rows of
`SecondaryStatusTransitions`: a list of them is a shorter list and one more row.
"""

import json
from typing import Final, NamedTuple

from simjob.engine.clock import epoch_ms
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import Cause
from simjob.views.bill import bill
from simjob.views.record import Reply, describe
from simjob.views.seen import Seen
from simjob.views.timeline import timeline
from simjob.views.warm import left_warm, warm_until_ms

Json = dict[str, object]

MOST_INSTANCES: Final = 64
"""Of a history, as many times of instances are drawn; what is left out is counted."""
_TRANSITIONS: Final = "SecondaryStatusTransitions"


class Size(NamedTuple):
    """How much a `Shared` holds, to go back to."""

    members: int
    lists: int


class Shared:
    """The tables that all replies of a page share.

    Attributes:
        members: [name, value], or of the transitions [name, place in `lists`].
        lists: [place of a shorter list or -1, row].

    >>> shared = Shared()
    >>> shared.places({"a": 1, "b": 2}), shared.places({"a": 1, "b": 3}), shared.members
    ([0, 1], [0, 2], [['a', 1], ['b', 2], ['b', 3]])
    """

    def __init__(self) -> None:
        self.members: list[list[object]] = []
        self.lists: list[list[object]] = []
        self._member_places: dict[str, int] = {}
        self._list_places: dict[str, int] = {}

    def places(self, reply: Reply) -> list[int]:
        """A reply as the places of its members, in its order."""
        return [self._place_of(name, value) for name, value in reply.items()]

    @property
    def size(self) -> Size:
        """How much there is."""
        return Size(len(self.members), len(self.lists))

    def cut(self, size: Size) -> None:
        """Forget what has come since."""
        for table, places, most in (
            (self.members, self._member_places, size.members),
            (self.lists, self._list_places, size.lists),
        ):
            del table[most:]
            for key in [key for key, place in places.items() if place >= most]:
                del places[key]

    def _place_of(self, name: str, value: object) -> int:
        if name == _TRANSITIONS and isinstance(value, list):
            shorter = -1
            for row in value:
                shorter = _place(self.lists, self._list_places, [shorter, row])
            value = shorter
        return _place(self.members, self._member_places, [name, value])


def _place(table: list[list[object]], places: dict[str, int], item: list[object]) -> int:
    key = json.dumps(item)
    if key not in places:
        places[key] = len(table)
        table.append(item)
    return places[key]


def track(job: TrainingJob, at_ms: int, shared: Shared) -> Json:
    """The history of a job until that instant, which is not to come.

    `phases` are [secondary status, primary status, start, end or null], `instances` are [host,
    attempt, granted, ready or null, released or null], `moments` are [instant, places of the
    reply's members, dollars or null, billable seconds], `calls` are [instant, operation]. Instants
    are milliseconds since the epoch.
    """
    seen = timeline(job, at_ms)
    drawn = seen.instances[:MOST_INSTANCES]
    return {
        "phases": [
            [each.status, each.primary, epoch_ms(each.start), each.end and epoch_ms(each.end)]
            for each in seen.phases
        ],
        "instances": [
            [
                each.host,
                each.attempt,
                epoch_ms(each.granted),
                each.ready and epoch_ms(each.ready),
                each.released and epoch_ms(each.released),
            ]
            for each in drawn
        ],
        "instances_left_out": len(seen.instances) - len(drawn),
        "moments": [_moment(job, each, shared) for each in moments_ms(job, at_ms)],
        "calls": _calls(job, at_ms),
    }


def moments_ms(job: TrainingJob, at_ms: int) -> list[int]:
    """The instants at which something in the job's reply changed, other than by counting.

    Of a job that has not ended, the last instant of all as well.
    """
    seen = Seen(job, at_ms)
    found = {entry.start_ms for entry in seen.entries}
    for place, entry in enumerate(seen.entries):
        end_ms = seen.end_of(place)
        last_ms = at_ms if end_ms is None else end_ms
        shown = {entry.start_ms + after_ms for after_ms, _ in entry.updates}
        found |= {each for each in shown if each <= last_ms}
    found |= {each.at_ms for each in job.updates}
    if job.history.stop is not None:
        found.add(job.history.stop.at_ms)
    if job.warmable:
        found |= {each.granted_ms for each in job.history.attempts}
    if left_warm(job):
        found.add(min(at_ms, warm_until_ms(job)))
    if not seen.ended:
        found.add(at_ms)
    return sorted(each for each in found if each <= at_ms)


def _moment(job: TrainingJob, at_ms: int, shared: Shared) -> list[object]:
    paid = bill(job, at_ms)
    dollars = None if paid.dollars is None else round(paid.dollars, 6)
    return [at_ms, shared.places(describe(job, at_ms)), dollars, paid.billable_seconds]


def _calls(job: TrainingJob, at_ms: int) -> list[list[object]]:
    stop = job.history.stop
    calls: list[list[object]] = [[job.created_ms, "CreateTrainingJob"]]
    calls += [[each.at_ms, "UpdateTrainingJob"] for each in job.updates]
    if stop is not None and stop.cause is Cause.STOP_CALL and stop.at_ms <= at_ms:
        calls.append([stop.at_ms, "StopTrainingJob"])
    return calls
