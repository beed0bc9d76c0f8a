"""Events on their way to handlers, as EventBridge brings them to Lambda functions.

What an event holds is told in `views.event`; how late it comes, whether twice and in which order,
is the world's affair (`world.events`).
"""

from collections.abc import Callable, Mapping

import attrs

from simjob.engine.clock import instant_of
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.spec.statuses import TERMINAL
from simjob.views.event import state_change
from simjob.world.draws import Purpose
from simjob.world.durations import milliseconds

TIMEOUT_MS = 3000
"""How long a function may run that does not say (documented)."""


@attrs.frozen(kw_only=True)
class Context:
    """What a function is told of its own invocation: the members of Lambda's context object.

    Everything but the request is as of a function with default settings; `memory_limit_in_mb` is
    text, as there.
    """

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline_ms: int
    now_ms: Callable[[], int]
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run, in virtual milliseconds; time stands still in it."""
        return max(0, self.deadline_ms - self.now_ms())


Handler = Callable[[dict[str, object], Context], object]


class Delivery:
    """Brings the event of every change to one handler; an observer of the engine."""

    def __init__(self, engine: Engine, handler: Handler) -> None:
        self._engine = engine
        self._handler = handler
        self._name = getattr(handler, "__name__", type(handler).__name__)
        self._last_ms: dict[TrainingJob, int] = {}
        self.ended = False

    def __call__(self, job: TrainingJob, place: int) -> None:
        """Send the event of the entry at that place on its way."""
        rules, draws = job.world.events, self._engine.draws
        delay = draws.sample(rules.delay, job.luck, Purpose.EVENT_DELAY, place)
        at_ms = self._engine.now_ms + milliseconds(delay)
        # Both deliveries of one event draw for themselves: the second has the odd number.
        if rules.reorder and draws.uniform(job.luck, Purpose.EVENT_REORDER, place) < rules.reorder:
            at_ms += self._late_ms(job, 2 * place)
        else:
            at_ms = max(at_ms, self._last_ms.get(job, 0))
            self._last_ms[job] = at_ms
        if job.history.entries[place].status in TERMINAL:
            self._last_ms.pop(job, None)
        self._send(job, place, at_ms, 1)
        again = rules.duplicates
        if again and draws.uniform(job.luck, Purpose.EVENT_DUPLICATE, place) < again:
            self._send(job, place, at_ms + self._late_ms(job, 2 * place + 1), 2)

    def _late_ms(self, job: TrainingJob, number: int) -> int:
        late = job.world.events.late
        return milliseconds(self._engine.draws.sample(late, job.luck, Purpose.EVENT_LATE, number))

    def _send(self, job: TrainingJob, place: int, at_ms: int, number: int) -> None:
        tags = job.tags
        self._engine.clock.call_at(at_ms, lambda: self._arrive(job, place, tags, number))

    def _arrive(self, job: TrainingJob, place: int, tags: Mapping[str, str], number: int) -> None:
        if self.ended:
            return
        event = state_change(job, place, tags)
        try:
            self._handler(event, self._context(job, str(event["id"]), number))
        except Exception as error:
            status = job.history.entries[place].status
            error.add_note(
                f"raised by the handler {self._name!r}, told that {job.name!r} is {status}"
            )
            raise

    def _context(self, job: TrainingJob, event_id: str, number: int) -> Context:
        from uuid import NAMESPACE_OID, uuid5  # noqa: PLC0415 - who handles no events needs none

        now_ms = self._engine.now_ms
        request_id = uuid5(NAMESPACE_OID, f"{event_id}/{self._name}/{number}")
        world = job.world
        return Context(
            function_name=self._name,
            invoked_function_arn=(
                f"arn:aws:lambda:{world.region}:{world.account}:function:{self._name}"
            ),
            aws_request_id=str(request_id),
            log_group_name=f"/aws/lambda/{self._name}",
            log_stream_name=f"{instant_of(now_ms):%Y/%m/%d}/[$LATEST]{request_id.hex}",
            deadline_ms=now_ms + TIMEOUT_MS,
            now_ms=lambda: self._engine.now_ms,
        )
