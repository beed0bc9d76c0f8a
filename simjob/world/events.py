"""How events reach their handlers: after a while, at least once, and perhaps out of order.

What an event holds is a view's affair; how it is delivered is told in `simjob.events`.
"""

from attrs import field, frozen

from simjob.world.checks import check, named, probability
from simjob.world.distributions import Constant, Distribution, Uniform, as_distribution


@frozen(field_transformer=named)
class EventDelivery:
    """How EventBridge delivers the changes of a job's status.

    Unless it is late, an event waits for those of its job that came before it.

    Args:
        delay: seconds from a change to the delivery of its event. The default is general
            knowledge: half a second is usual.
        duplicates: the share of events that are delivered a second time (documented: at least
            once; how often is unknown).
        reorder: the share of events that are late and hold up nothing behind them (documented:
            no order is promised).
        late: how much later than usual a late or a second delivery comes, in seconds; the default
            is inferred.

    Raises:
        ValueError: for values out of range.

    >>> EventDelivery(delay="2s", duplicates=0.1).reorder
    0.0
    """

    delay: Distribution = field(default=Constant(0.5), converter=as_distribution)
    duplicates: float = field(default=0.0, validator=check(probability))
    reorder: float = field(default=0.0, validator=check(probability))
    late: Distribution = field(default=Uniform(1, 60), converter=as_distribution)
