"""Where results come from, as they carry it with them into their file."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from attrs import asdict, frozen

from simjob.whatif.measures import Terms
from simjob.whatif.rates import Rates
from simjob.whatif.tasks import Failure
from simjob.whatif.variation import Variation

_LONG: Final = 10_000


@frozen
class Facts:
    """Where results come from: enough to tell whether two of them can be compared pair by pair.

    Attributes:
        simjob: the version.
        plan: the plan's plain table.
        seed: the master seed; the seed of a replication depends on it and on the number alone.
        replications: how many there are of each variation, failed ones too.
        variations: what was varied, in order.
        terms: deadline, budget and capacity of each variation, by label.
        until: the half-width that was asked for, as a share of the mean; None for none.
        reached: whether it was reached; None where none was asked for.
        failures: the replications that raised, and have no rows.
        rates: what is to be known of the rates of each variation, by label.
    """

    simjob: str
    plan: Mapping[str, object]
    seed: int
    replications: int
    variations: tuple[Variation, ...]
    terms: Mapping[str, Terms]
    until: float | None = None
    reached: bool | None = None
    failures: tuple[Failure, ...] = ()
    rates: Mapping[str, Rates] = {}

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(
            {
                "simjob": self.simjob,
                "plan": self.plan,
                "seed": self.seed,
                "replications": self.replications,
                "variations": [
                    {
                        "label": each.label,
                        "changes": dict(each.changes),
                        "terms": self.terms[each.label].as_dict(),
                        "rates": asdict(self.rates[each.label]),
                    }
                    for each in self.variations
                ],
                "until": self.until,
                "reached": self.reached,
                "failures": [
                    [each.variation, each.replication, each.seed, each.error]
                    for each in self.failures
                ],
            },
            default=plain,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> "Facts":
        """The facts that `to_json` wrote."""
        table = json.loads(text)
        rows = table["variations"]
        return cls(
            table["simjob"],
            table["plan"],
            table["seed"],
            table["replications"],
            tuple(Variation(row["label"], row["changes"]) for row in rows),
            {row["label"]: Terms(**row["terms"]) for row in rows},
            table["until"],
            table["reached"],
            tuple(Failure(*row) for row in table["failures"]),
            {row["label"]: Rates(*map(tuple, row["rates"].values())) for row in rows},
        )

    @property
    def all_rates(self) -> Rates:
        """What is to be known of the rates of any variation."""
        return Rates.joined(self.rates.values())

    def done(self, label: str) -> list[int]:
        """The numbers of the replications of a variation that did not fail."""
        failed = {each.replication for each in self.failures if each.variation == label}
        return [number for number in range(self.replications) if number not in failed]


def plain(value: object) -> object:
    """What JSON has no word for, as it has one: tables as objects, rows as lists, else text.

    Of what is very long as text (a trace of arrivals) there is a digest.
    """
    if isinstance(value, Mapping):
        return dict(value)
    text = str(value)
    if len(text) <= _LONG:
        return text
    return f"{type(value).__name__} {blake2b(text.encode(), digest_size=16).hexdigest()}"
