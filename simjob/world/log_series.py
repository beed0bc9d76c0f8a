"""Log lines that a declared workload writes again and again, and the values in them.

When a line is written depends on the course of the training, which the engine knows.
"""

from math import exp
from string import Formatter
from typing import Final

from attrs import field, frozen

from simjob.world.checks import check, finite, named
from simjob.world.durations import seconds

_STEEPNESS: Final = 5.0
_LINE_FIELDS: Final = ("elapsed", "step", "value")
_SHORTEST_INTERVAL: Final = 0.001


def _template(value: object) -> str:
    """What is wrong with a template of log lines."""
    if not isinstance(value, str) or not value or "\n" in value:
        return f"must be one line of text, is {value!r}"
    try:
        for _, name, spec, _ in Formatter().parse(value):
            if name is not None and (name not in _LINE_FIELDS or "{" in (spec or "")):
                return f"must use only {{step}}, {{value}} and {{elapsed}}, is {value!r}"
        value.format(step=1, value=1.0, elapsed=1.0)
    except ValueError as error:
        return f"must be a template such as 'loss={{value:.3f}}', is {value!r} ({error})"
    return ""


def interval(value: object) -> float:
    """A duration of a millisecond or more, in seconds.

    Raises:
        ValueError: for what is none.
    """
    span = seconds(value)
    if span < _SHORTEST_INTERVAL:
        raise ValueError(f"must be at least 0.001 seconds, is {value!r}")
    return span


@frozen(field_transformer=named)
class LogSeries:
    """A log line that comes again and again while the workload trains.

    Args:
        text: a `str.format` template of one line over {step} (1, 2, ...), {value} and {elapsed}
            (seconds of training).
        every: seconds of training between two lines.
        first: the value at the start of training.
        last: the value at its end, which it nears exponentially.

    Raises:
        ValueError: for a template that cannot be filled, and for values that are no such numbers.

    >>> LogSeries("step {step}: loss={value:.2f}", first=2.0).line(1, progress=0.0, elapsed=0.0)
    'step 1: loss=2.00'
    """

    text: str = field(validator=check(_template))
    every: float = field(default=60.0, converter=interval)
    first: float = field(default=1.0, validator=check(finite))
    last: float = field(default=0.0, validator=check(finite))

    def value_at(self, progress: float) -> float:
        """The value when that share of the training is done (0 to 1)."""
        left = (exp(-_STEEPNESS * progress) - exp(-_STEEPNESS)) / (1 - exp(-_STEEPNESS))
        return self.last + (self.first - self.last) * left

    def line(self, step: int, progress: float, elapsed: float) -> str:
        """The line of that step (1, 2, ...), share done (0 to 1) and seconds of training."""
        return self.text.format(step=step, value=self.value_at(progress), elapsed=elapsed)
