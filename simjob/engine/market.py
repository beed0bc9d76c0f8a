"""The zones of the spot market, as they are up and down in the course of one simulation.

What a zone is like is told in `world.market`. Waves are drawn one after the other, as time gets
there, so that a long run needs no end to be known; where the market has no zones it is one without
a name.
"""

from bisect import bisect_right
from collections.abc import Iterator

from simjob.engine.kernel import FOREVER_MS
from simjob.world import Outage, SpotMarket, Waves, Zone
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import milliseconds


class Spans:
    """Spans of time in their order and apart from each other; `more` are appended when needed."""

    def __init__(
        self, spans: list[tuple[int, int]], more: Iterator[tuple[int, int]] | None = None
    ) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._more = more

    def after(self, at_ms: int) -> tuple[int, int] | None:
        """The span that is under way at an instant, or else the next one."""
        ends = self._ends
        while self._more is not None and (not ends or ends[-1] <= at_ms):
            start, end = next(self._more)
            self._starts.append(start)
            ends.append(end)
        place = bisect_right(ends, at_ms)
        return (self._starts[place], ends[place]) if place < len(ends) else None


class ZoneTimes:
    """When one zone is down: in any of its spans."""

    def __init__(self, name: str | None, *spans: Spans) -> None:
        self.name = name
        self._spans = spans

    def down_until_ms(self, at_ms: int) -> int | None:
        """When the outage that is under way at an instant ends; None for a zone that is up."""
        until_ms = None
        for each in self._spans:
            span = each.after(at_ms)
            if span and span[0] <= at_ms:
                until_ms = max(until_ms or 0, span[1])
        return until_ms

    def down_from_ms(self, at_ms: int) -> int:
        """When the outage began that is under way at an instant, or else when the next one will."""
        found = [span[0] for each in self._spans if (span := each.after(at_ms))]
        return min(found, default=FOREVER_MS)


class Market:
    """All zones of one simulation's spot market."""

    def __init__(self, market: SpotMarket, draws: Draws, start_ms: int) -> None:
        self._draws = draws
        everywhere = _spans(market.outages, start_ms)
        zones = [_times(zone, everywhere, draws, start_ms) for zone in market.zones]
        self._zones = zones or [ZoneTimes(None, everywhere)]
        self._named = {zone.name: zone for zone in self._zones}

    def down_until_ms(self, at_ms: int) -> int | None:
        """When the first zone is up again; None where one is up."""
        ends: list[int] = []
        for zone in self._zones:
            end_ms = zone.down_until_ms(at_ms)
            if end_ms is None:
                return None
            ends.append(end_ms)
        return min(ends)

    def choose(self, job: str, attempt: int, at_ms: int) -> str | None:
        """The zone in which a job launches, of those that are up; None if zones have no names."""
        zones = self._zones
        if len(zones) == 1:
            return zones[0].name
        luck = self._draws.uniform(job, Purpose.ZONE, attempt)
        first = int(luck * len(zones))
        around = zones[first:] + zones[:first]
        return next(zone.name for zone in around if zone.down_until_ms(at_ms) is None)

    def down_from_ms(self, name: str | None, granted_ms: int, ready_ms: int) -> int:
        """When an outage takes back instances of a zone that were granted and are ready then."""
        return self._named[name].down_from_ms(ready_ms if name is None else granted_ms)


def _times(zone: Zone, everywhere: Spans, draws: Draws, start_ms: int) -> ZoneTimes:
    spans = [everywhere, _spans(zone.outages, start_ms)]
    if zone.waves is not None:
        spans.append(Spans([], _drawn(zone.waves, zone.name, draws, start_ms)))
    return ZoneTimes(zone.name, *spans)


def _spans(outages: tuple[Outage, ...], start_ms: int) -> Spans:
    return Spans(
        [
            (start_ms + milliseconds(each.start), start_ms + milliseconds(each.end))
            for each in outages
        ]
    )


def _drawn(waves: Waves, zone: str, draws: Draws, start_ms: int) -> Iterator[tuple[int, int]]:
    """The waves of a zone, without end."""
    number = 0
    end_ms = start_ms
    while True:
        up = draws.sample(waves.every, zone, Purpose.WAVE_EVERY, number)
        down = draws.sample(waves.lasts, zone, Purpose.WAVE_LASTS, number)
        begin_ms = end_ms + max(1, milliseconds(up))
        end_ms = begin_ms + max(1, milliseconds(down))
        yield begin_ms, end_ms
        number += 1
