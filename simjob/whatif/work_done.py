"""How much of the work that a plan wants is Completed: its column, and the sentence that warns.

A plan that does less is cheaper and ends earlier by that alone. How works are counted stands in
`measures`, how columns are laid out in `text_tables`.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from simjob.whatif.estimates import Estimate
from simjob.whatif.text_tables import WARNING, Column, Line

DONE: Final = "completed"
WANTED: Final = "jobs"
_NAMED: Final = 6
_DIGITS: Final = 2


def unfinished(completed: Estimate, wanted: Estimate) -> bool:
    """Whether some works are not Completed, in any world; not where it is not known."""
    if completed.mean is None or wanted.mean is None:
        return False
    return completed.mean < wanted.mean


class WorkDone:
    """What of the work is Completed in each of several variations.

    Args:
        labels: of the variations.
        completed: how many works are, of each.
        wanted: how many the plan wants; as `completed` in no world where it is not known.
    """

    def __init__(
        self, labels: Sequence[str], completed: Sequence[Estimate], wanted: Sequence[Estimate]
    ) -> None:
        self._labels = labels
        self._both = list(zip(completed, wanted, strict=True))
        both = zip(labels, self._both, strict=True)
        self._short = [label for label, (done, all_of) in both if unfinished(done, all_of)]

    @property
    def differs(self) -> bool:
        """Whether not all variations complete all of the same work."""
        return bool(self._short) or len({all_of.mean for _, all_of in self._both}) > 1

    @property
    def column(self) -> Column:
        """How many works are Completed, and of how many, in the mean.

        >>> from simjob.whatif.estimates import estimate
        >>> WorkDone(["a"], [estimate([19, 20])], [estimate([24, 24])]).column
        ('completed', '19.5 of 24')
        """
        return (DONE, *(_of(done.mean, all_of.mean) for done, all_of in self._both))

    def warning(self, width: int) -> Iterator[Line]:
        """With which variations not all works are Completed; no line where all are."""
        short = self._short
        if not short:
            return
        where = f" with {'; '.join(short)}"
        if len(self._labels) == 1:
            where = ""
        elif len(short) > _NAMED:
            where = f" with {len(short):,} of the {len(self._labels):,} variations"
        words = f"Not all works are Completed{where}. Dollars and times are those of what was done."
        yield from ((line, WARNING) for line in wrap(words, width))


def _of(done: float | None, all_of: float | None) -> str:
    """Both in hundredths, or with as many digits as tell them apart.

    >>> _of(19.5, 24.0), _of(1.999, 2.0)
    ('19.5 of 24', '1.999 of 2')
    """
    if done is None or all_of is None:
        return "-"
    digits = _DIGITS
    while done != all_of and round(done, digits) == round(all_of, digits):
        digits += 1
    told = [f"{mean:,.{digits}f}".rstrip("0").rstrip(".") for mean in (done, all_of)]
    return " of ".join(told)
