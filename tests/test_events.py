"""Events to handlers: the envelope, when each comes, how often, in which order; what may fail."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from helpers import EDITIONS, Json, request, world

from simjob import Simulation, SimulationError, Workload, WorkloadRule
from simjob.events import Context
from simjob.testing.invariants import check
from simjob.world import Constant, EventDelivery, Uniform


class Recorder:
    """A handler that remembers when it was called, and with what."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.calls: list[tuple[datetime, Json, Context]] = []
        self.end = sim.on_event(self)

    def __call__(self, event: Json, context: Context) -> None:
        self.calls.append((self.sim.now, event, context))

    def course(self, name: str = "a") -> list[str]:
        details = [event["detail"] for _, event, _ in self.calls]
        return [each["SecondaryStatus"] for each in details if each["TrainingJobName"] == name]


def simulate(edition: str = "live", seed: int = 0, **delivery: Any) -> tuple[Simulation, Recorder]:  # noqa: ANN401 - of the delivery
    sim = Simulation(world(events=EventDelivery(**delivery)), edition=edition, seed=seed)
    return sim, Recorder(sim)


def states(sim: Simulation, name: str = "a") -> list[str]:
    return [phase.status.value for phase in sim.jobs[name].history]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_change_is_told_once_after_the_delay_with_its_own_event(edition: str) -> None:
    sim, recorder = simulate(edition, delay=7)
    changes: list[Any] = []
    sim.subscribe(changes.append)
    sim.create_training_job(**request("a", Tags=[{"Key": "k", "Value": "v"}]))
    assert recorder.calls == []
    sim.run()
    assert recorder.course() == states(sim)
    told = [(now - timedelta(seconds=7), event) for now, event, _ in recorder.calls]
    assert told == [(change.at, change.event) for change in changes]
    assert sim.now == changes[-1].at + timedelta(seconds=7)
    check(sim)


def test_nothing_is_twice_or_out_of_order_by_default() -> None:
    sim, recorder = simulate(delay=Uniform(0, 1000))
    for name in ("a", "b"):
        sim.create_training_job(**request(name))
    sim.run()
    assert recorder.course("a") == states(sim, "a")
    assert recorder.course("b") == states(sim, "b")


def test_an_event_tells_the_tags_of_its_time() -> None:
    sim, recorder = simulate(delay="1h")
    sim.create_training_job(**request("a", Tags=[{"Key": "k", "Value": "old"}]))
    sim.add_tags(ResourceArn=sim.jobs["a"].arn, Tags=[{"Key": "k", "Value": "new"}])
    sim.run()
    told = [event["detail"]["Tags"] for _, event, _ in recorder.calls]
    assert told == [{"k": "old"}, *[{"k": "new"}] * (len(told) - 1)]


def test_duplicates_have_the_same_id_and_another_request() -> None:
    sim, recorder = simulate(duplicates=1, late=Constant(30))
    sim.create_training_job(**request("a"))
    sim.run()
    ids = Counter(event["id"] for _, event, _ in recorder.calls)
    assert set(ids.values()) == {2}
    assert len(ids) == len(states(sim))
    requests = {context.aws_request_id for _, _, context in recorder.calls}
    assert len(requests) == len(recorder.calls)
    for each in ids:
        first, second = [(now, event) for now, event, _ in recorder.calls if event["id"] == each]
        assert second[0] - first[0] == timedelta(seconds=30)
        assert first[1] == second[1]
        assert first[1] is not second[1]


def test_what_is_late_holds_nothing_up() -> None:
    sim, recorder = simulate(reorder=0.5, late="2h", seed=1)
    sim.create_training_job(**request("a"))
    sim.run()
    assert sorted(recorder.course()) == sorted(states(sim))
    late = {
        event["id"]
        for now, event, _ in recorder.calls
        if now - datetime.fromisoformat(event["time"]) > timedelta(hours=1)
    }
    assert 0 < len(late) < len(states(sim))
    punctual = [event["time"] for _, event, _ in recorder.calls if event["id"] not in late]
    assert punctual == sorted(punctual)
    assert [event["id"] in late for _, event, _ in recorder.calls] == sorted(
        event["id"] in late for _, event, _ in recorder.calls
    )


def test_a_late_event_and_its_duplicate_are_late_each_by_a_draw_of_its_own() -> None:
    sim, recorder = simulate(reorder=1, duplicates=1, delay=0, late=Uniform(0, 1000))
    sim.create_training_job(**request("a"))
    sim.run()
    for each in {event["id"] for _, event, _ in recorder.calls}:
        (first, event), (second, _) = [
            (now, event) for now, event, _ in recorder.calls if event["id"] == each
        ]
        assert second - first != first - datetime.fromisoformat(event["time"])


def test_the_same_seed_brings_the_same_and_another_job_changes_nothing() -> None:
    rules: Json = {"duplicates": 0.5, "reorder": 0.5, "delay": Uniform(0, 100), "seed": 3}

    def lived(*names: str, seed: int = 3) -> list[tuple[datetime, str]]:
        sim, recorder = simulate(**{**rules, "seed": seed})
        for name in names:
            sim.create_training_job(**request(name))
        sim.run()
        return [
            (now, event["id"])
            for now, event, _ in recorder.calls
            if event["detail"]["TrainingJobName"] == "a"
        ]

    assert lived("a") == lived("a") == lived("b", "a", "c")
    assert lived("a") != lived("a", seed=4)


def test_the_context_is_that_of_an_invocation() -> None:
    sim = Simulation(world())
    seen: list[Context] = []

    def on_change(event: Json, context: Context) -> None:
        del event
        assert context.get_remaining_time_in_millis() == 3000
        seen.append(context)

    sim.on_event(on_change)
    sim.create_training_job(**request("a"))
    sim.run()
    context = seen[0]
    assert context.function_name == "on_change"
    assert context.function_version == "$LATEST"
    assert context.memory_limit_in_mb == "128"
    assert context.invoked_function_arn == (
        "arn:aws:lambda:us-east-1:123456789012:function:on_change"
    )
    assert context.log_group_name == "/aws/lambda/on_change"
    assert context.log_stream_name.startswith("2026/01/01/[$LATEST]")
    assert len({each.aws_request_id for each in seen}) == len(seen)
    sim.advance(seconds=1)
    assert context.get_remaining_time_in_millis() == max(
        0, context.deadline_ms - round(sim.now.timestamp() * 1000)
    )


def test_a_handler_may_call_the_api() -> None:
    sim = Simulation(world())

    def again(event: Json, _: Context) -> None:
        if event["detail"]["TrainingJobStatus"] == "Completed" and len(sim.jobs) < 3:
            sim.create_training_job(**request(f"next{len(sim.jobs)}"))

    sim.on_event(again)
    sim.create_training_job(**request("a"))
    sim.run()
    assert [job.status for job in sim.jobs.values()] == ["Completed"] * 3
    times = [job.history[0].start for job in sim.jobs.values()]
    ends = [job.history[-1].start for job in sim.jobs.values()]
    for end, (_, start) in zip(ends, pairwise(times), strict=False):
        assert start == end + timedelta(seconds=0.5)


@pytest.mark.parametrize("move", [lambda sim: sim.run(), lambda sim: sim.advance(seconds=1)])
def test_a_handler_may_not_move_the_clock(move: Any) -> None:  # noqa: ANN401 - a function
    sim = Simulation(world())
    refused = []

    def impatient(*_: object) -> None:
        with pytest.raises(SimulationError, match="a callback may not move it"):
            move(sim)
        refused.append(sim.now)

    sim.on_event(impatient)
    sim.create_training_job(**request("a"))
    sim.run()
    assert len(refused) == len(states(sim))


def test_the_error_of_a_handler_comes_out_and_nothing_is_lost() -> None:
    sim, recorder = simulate()

    def fails(event: Json, _: Context) -> None:
        if event["detail"]["SecondaryStatus"] == "Training":
            raise LookupError("no such row")

    sim.on_event(fails)
    later = Recorder(sim)
    sim.create_training_job(**request("a"))
    with pytest.raises(LookupError, match="no such row") as found:
        sim.run()
    assert found.value.__notes__ == ["raised by the handler 'fails', told that 'a' is Training"]
    sim.run()
    assert recorder.course() == later.course() == states(sim)
    assert states(sim)[-1] == "Completed"
    check(sim)


def test_the_end_drops_what_is_under_way() -> None:
    sim, recorder = simulate(delay="1m")
    sim.create_training_job(**request("a"))
    sim.advance(seconds=30)
    recorder.end()
    recorder.end()
    sim.run()
    assert recorder.calls == []
    assert sim._engine.observers == []


def test_run_waits_for_the_last_event_of_a_job_that_was_deleted() -> None:
    sim, recorder = simulate(delay="1h")
    sim.create_training_job(**request("a"))
    sim.run(until="a")
    course = states(sim)
    sim.delete_training_job(TrainingJobName="a")
    sim.run()
    assert recorder.course() == course


def test_what_cannot_be_called_is_no_handler() -> None:
    with pytest.raises(TypeError, match="a handler must be callable, is 'x'"):
        Simulation().on_event("x")  # type: ignore[arg-type]


def test_an_idempotent_handler_survives_duplicates_and_a_naive_one_does_not() -> None:
    rules = [WorkloadRule(Workload(duration=60, exit_code=1), name="*-1")]
    counts = {}
    for duplicates in (0, 1):
        sim = Simulation(
            world(workloads=rules, events=EventDelivery(duplicates=duplicates)), edition="live"
        )
        started: list[str] = []
        seen: set[str] = set()

        def retry(
            event: Json,
            _: Context,
            sim: Simulation = sim,
            seen: set[str] = seen,
            started: list[str] = started,
        ) -> None:
            if event["detail"]["TrainingJobStatus"] == "Failed":
                started.append("naive")
                if event["id"] not in seen:
                    seen.add(event["id"])
                    sim.create_training_job(**request("a-2"))

        sim.on_event(retry)
        sim.create_training_job(**request("a-1"))
        sim.run()
        counts[duplicates] = (len(started), len(sim.jobs))
    assert counts == {0: (1, 2), 1: (2, 2)}
