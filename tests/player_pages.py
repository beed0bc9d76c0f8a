"""What the tests of the player share: lessons to play, and what a page holds, read back.

`told_live` lives the same calls again without the player, as the measure of what a page shows.
"""

import json
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from typing import Any

import attrs
from jobs_for_tests import instances, request, spot, world

from simjob import ApiError, Simulation, Workload, World
from simjob.world import Capacity, Constant, LogSeries, SpotMarket
from simjob.world.market import Outage

Json = dict[str, Any]
Calls = list[tuple[int, str, Json]]
"""Milliseconds after the start, the operation, the request."""

SAVING = Workload(
    duration=300,
    checkpoint_every=60,
    on_sigterm="save",
    save_time=20,
    artifact_bytes=1_000_000,
    logs=[LogSeries(text="loss {value}", every=30, first=1, last=0)],
)
GPU = "ml.p3.2xlarge"
WARM = instances() | {"KeepAlivePeriodInSeconds": 300}


@attrs.frozen
class Lesson:
    """A simulation to make a page of."""

    calls: Calls
    edition: str = "documented"
    world: World = attrs.field(factory=lambda: world(default_workload=SAVING))
    seed: int = 7


def create(after_ms: int = 0, **wanted: Any) -> tuple[int, str, Json]:  # noqa: ANN401 - JSON
    return after_ms, "create_training_job", request(**wanted)


def stop(after_ms: int, name: str = "job") -> tuple[int, str, Json]:
    return after_ms, "stop_training_job", {"TrainingJobName": name}


_OUTAGE = SpotMarket(outages=[Outage(200, 230)], interrupted=Constant(45))
_SPOT = [(0, "create_training_job", spot(checkpoints=True))]

LESSONS: dict[str, Lesson] = {
    "success": Lesson([create()]),
    "live": Lesson([create()], edition="live"),
    "retired": Lesson([create()], edition="retired"),
    "stopped": Lesson([create(), stop(200_000)]),
    "stopped, live": Lesson([create(), stop(20_000)], edition="live"),
    "spot": Lesson(_SPOT, world=world(default_workload=SAVING, spot=_OUTAGE)),
    "spot, live": Lesson(_SPOT, "live", world(default_workload=SAVING, spot=_OUTAGE)),
    "limit": Lesson([create(StoppingCondition={"MaxRuntimeInSeconds": 100})]),
    "failure": Lesson([create()], world=world(default_workload=Workload(duration=60, exit_code=1))),
    "hosts": Lesson([create(ResourceConfig=instances(3))]),
    "warm pool": Lesson(
        [create(name="a", ResourceConfig=WARM), create(500_000, name="b", ResourceConfig=WARM)],
        edition="live",
    ),
    "updated": Lesson(
        [
            create(ResourceConfig=WARM),
            (
                200_000,
                "update_training_job",
                {"TrainingJobName": "job", "ResourceConfig": {"KeepAlivePeriodInSeconds": 60}},
            ),
        ],
        edition="live",
    ),
    "queue": Lesson(
        [
            create(name="a", ResourceConfig=instances(1, GPU)),
            create(1000, name="b", ResourceConfig=instances(1, GPU)),
            create(2000, name="c", ResourceConfig=WARM | {"InstanceType": GPU}),
        ],
        edition="live",
        world=world(default_workload=SAVING, capacity=Capacity(on_demand={GPU: 1})),
    ),
}


def begun(lesson: Lesson, **changes: Any) -> Simulation:  # noqa: ANN401 - fields of a lesson
    lesson = attrs.evolve(lesson, **changes)
    return Simulation(lesson.world, seed=lesson.seed, edition=lesson.edition)


def told_live(
    lesson: Lesson,
    look: Callable[[Simulation], object] | None = None,
    at_ms: tuple[int, ...] = (),
    **changes: Any,  # noqa: ANN401 - fields of a lesson
) -> Simulation:
    """Make the calls, each at its instant; look when all of an instant has happened."""
    lesson = attrs.evolve(lesson, **changes)
    sim = begun(lesson)
    start_ms = sim.now_ms
    due: list[tuple[int, int, Callable[[], object]]] = [
        (start_ms + after_ms, 0, _call(sim, operation, given))
        for after_ms, operation, given in lesson.calls
    ]
    if look is not None:
        due += [(each, 1, partial(look, sim)) for each in at_ms]
    for instant, looks, step in sorted(due, key=lambda each: each[:2]):
        if looks or instant > sim.now_ms:
            sim.advance_to_ms(instant)
        step()
    sim.run()
    return sim


def _call(sim: Simulation, operation: str, given: Json) -> Callable[[], None]:
    def make() -> None:
        try:
            getattr(sim, operation)(**given)
        except ApiError:
            return

    return make


class Reader(HTMLParser):
    """The elements of a page, and the texts of those that hold text only."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.texts:
            self._inside = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[self._inside][-1] += data


def data_of(page: str) -> Json:
    data: Json = json.loads(Reader(page).texts["script"][0])
    return data


def reply_of(data: Json, moment: list[Any]) -> Json:
    """The reply of a moment, put together as the page's script does."""
    reply = dict(data["members"][place] for place in moment[1])
    place, rows = reply["SecondaryStatusTransitions"], []
    while place >= 0:
        place, row = data["lists"][place]
        rows.insert(0, row)
    reply["SecondaryStatusTransitions"] = rows
    return reply
