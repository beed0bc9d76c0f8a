"""`SimulationMachine`: the state machine of Hypothesis over one simulation, to be subclassed.

Its rules call all that there is to call, with valid and invalid input, and move the clock; after
each step all invariants hold, and what was refused has changed nothing.
"""

from simjob.testing.machine_changes import Changes
from simjob.testing.machine_reads import Reads


class SimulationMachine(Changes, Reads):
    """Random calls in a random world; a subclass adds the rules of its own code.

    Hypothesis runs the `TestCase` of the subclass. A rule uses `self.sim`, or boto3 where
    `behind_boto3` is true; a rule that is in the way is set to None. At the end everything happens
    that still will. More of what can be set stands in `Machine`.

    >>> class Orchestrated(SimulationMachine):
    ...     edition_name = "live"
    ...     behind_boto3 = True
    ...     create_any = None
    >>> TestOrchestrated = Orchestrated.TestCase
    """
