"""A plan made ready to be carried out: what all its replications have in common, worked out once.

What a replication does with it is told in `conductor` and `replication`.
"""

from simjob.admission import may_refuse
from simjob.engine.clock import epoch_ms
from simjob.engine.kernel import FOREVER_MS
from simjob.spec.editions import edition
from simjob.views.bill import Tariffs
from simjob.whatif.arrivals import Arrivals
from simjob.whatif.links import Links
from simjob.whatif.making import Making
from simjob.whatif.plan import Plan
from simjob.world.durations import milliseconds


class Prepared:
    """One plan, ready.

    Attributes:
        plan: what is carried out.
        edition: in which the training jobs live.
        start_ms, until_ms: when the world begins, and until when the plan is looked at.
        links: who waits for whom.
        making: what the training jobs are made of.
        arrivals: of the jobs that arrive by themselves.
        refuses: whether the world may refuse a training job.
        tariffs: what they cost.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.edition = edition(plan.edition)
        self.start_ms = epoch_ms(plan.world.start)
        until = plan.until
        self.until_ms = FOREVER_MS if until is None else self.start_ms + milliseconds(until)
        self.links = Links(plan)
        self.making = Making(plan, self.edition)
        self.arrivals = {
            name: job.arrivals or Arrivals()
            for name, job in plan.jobs.items()
            if self.links.arrives(name)
        }
        self.refuses = may_refuse(plan.world)
        self.tariffs = Tariffs(plan.world)
