"""How tests ask a service: every reply is held against the model, and changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore_model import wrong
from helpers import whole_state

from simjob import ApiError, Simulation

Operations = Mapping[str, Callable[[Simulation, Mapping[str, object]], dict[str, object]]]
Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]


def asking(service: str, operations: Operations) -> tuple[Ask, Refusal]:
    """How to ask a service, named as botocore names it, for a reply and for a refusal."""

    def ask(sim: Simulation, operation: str, **params: object) -> Any:  # noqa: ANN401 - a reply
        before = whole_state(sim)
        reply = operations[operation](sim, params)
        assert wrong(service, operation, reply) == []
        assert whole_state(sim) == before
        return reply

    def refusal(sim: Simulation, operation: str, **params: object) -> tuple[str, str]:
        with pytest.raises(ApiError) as found:
            ask(sim, operation, **params)
        assert found.value.status == 400
        return found.value.code, found.value.message

    return ask, refusal
