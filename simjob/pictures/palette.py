"""How each status looks, and the colours of lines: the one place where all pictures look them up.

Colours stay apart for readers who confuse red and green or blue and yellow: a test computes it for
every two statuses that may follow each other, and for every two ends (after Machado, Oliveira and
Fernandes, 2009). Most of them are those of Okabe and Ito (2008). Where there is no colour, a phase
has a pattern; where there is ASCII only, a letter. Nothing is imported here but the statuses.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from simjob.spec.statuses import SecondaryStatus as S


@attrs.frozen
class Look:
    """How one status looks.

    Args:
        colour: `#rrggbb`, legible on white and on black.
        pattern: one character where there is no colour.
        letter: one character where there is ASCII only.
        marker: matplotlib's name of the sign at the end of a job; empty for a phase.
    """

    colour: str
    pattern: str
    letter: str
    marker: str = ""


LOOKS: Mapping[S, Look] = MappingProxyType(
    {
        S.Starting: Look("#F0E04A", "░", "s"),
        S.LaunchingMLInstances: Look("#BFA21A", "░", "l"),
        S.PreparingTrainingStack: Look("#665200", "▒", "p"),
        S.Pending: Look("#BBBBBB", "·", "."),
        S.Downloading: Look("#56B4E9", "▒", "d"),
        S.DownloadingTrainingImage: Look("#A8DDF7", "▓", "i"),
        S.Training: Look("#0072B2", "█", "T"),
        S.Uploading: Look("#CC79A7", "▓", "u"),
        S.Stopping: Look("#D55E00", "▞", "x"),
        S.Interrupted: Look("#5E1A55", "╳", "!"),  # noqa: RUF001 - a cross, not a letter
        S.Restarting: Look("#9A8FE0", "▚", "r"),
        S.Updating: Look("#B7C95A", "▚", "n"),
        S.Completed: Look("#009E73", "●", "C", "o"),
        S.Failed: Look("#B00020", "✗", "F", "X"),
        S.Stopped: Look("#E69F00", "■", "S", "s"),
        S.MaxRuntimeExceeded: Look("#D9B38C", "▲", "R", "^"),
        S.MaxWaitTimeExceeded: Look("#6E6E6E", "◆", "W", "D"),
    }
)
"""Every status there is, in the order in which legends name them."""

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5E1A55", "#6E6E6E")
"""The colours of lines and points that stand for no status, in the order in which they are used."""

IN_USE = LOOKS[S.Training]
QUEUED = LOOKS[S.Pending]

LIMIT = "#B00020"
"""Deadlines, budgets, sizes of pools."""

FAINT = "#C8C8C8"
"""What stands behind the rest."""


def look(status: str) -> Look:
    """The look of a status by its name; of a name that is no status, a grey question mark.

    >>> look("Training").colour, look("Refused").letter
    ('#0072B2', '?')
    """
    return LOOKS[S(status)] if status in S.__members__ else _UNKNOWN


def rank(status: str) -> int:
    """The place of a status in legends; unknown ones come last."""
    return _RANKS.get(status, len(_RANKS))


_UNKNOWN = Look("#808080", "?", "?", "P")
_RANKS = {status.value: place for place, status in enumerate(LOOKS)}
