"""The status model as data: statuses, their pairing, and the one transition table.

`TRANSITIONS` has a row for every secondary status; the rows of terminal statuses are empty.
Everything that moves a job goes through `fire`. How long a status lasts, what brings it about in
a given run and how it is worded stand elsewhere (engine, editions).

Sources: the page (DescribeTrainingJob, sections SecondaryStatus and TrainingJobStatus) for the
values and their pairing; the managed spot training page for `Interrupted` and
`MaxWaitTimeExceeded`; 541 public run logs of 2018-2026, read in 2026-11, for the order in which
the live service shows them. Edges that rest on inference are named in `INFERRED`.
"""

from collections.abc import Mapping
from enum import Enum, Flag, StrEnum, auto
from types import MappingProxyType

import attrs


class PrimaryStatus(StrEnum):
    """`TrainingJobStatus`, as the page spells it; `Deleting` came later."""

    InProgress = "InProgress"
    Completed = "Completed"
    Failed = "Failed"
    Stopping = "Stopping"
    Stopped = "Stopped"
    Deleting = "Deleting"


class SecondaryStatus(StrEnum):
    """`SecondaryStatus`, as the page spells it; `Updating`, `Restarting`, `Pending` came later."""

    Starting = "Starting"
    LaunchingMLInstances = "LaunchingMLInstances"
    PreparingTrainingStack = "PreparingTrainingStack"
    Downloading = "Downloading"
    DownloadingTrainingImage = "DownloadingTrainingImage"
    Training = "Training"
    Uploading = "Uploading"
    Stopping = "Stopping"
    Stopped = "Stopped"
    MaxRuntimeExceeded = "MaxRuntimeExceeded"
    Completed = "Completed"
    Failed = "Failed"
    Interrupted = "Interrupted"
    MaxWaitTimeExceeded = "MaxWaitTimeExceeded"
    Updating = "Updating"
    Restarting = "Restarting"
    Pending = "Pending"


class In(Flag):
    """The editions that know an edge."""

    DOCUMENTED = auto()
    LIVE = auto()
    RETIRED = auto()
    PAGE = DOCUMENTED | RETIRED
    ALL = DOCUMENTED | LIVE | RETIRED


class Cause(Enum):
    """Why a job leaves a status for another; the value is what a diagram's edge says."""

    CAPACITY_WAIT = "no capacity"
    LAUNCH = "capacity granted"
    LAUNCHED = "instances launched"
    READY = "instances ready"
    DATA = "data downloaded"
    IMAGE = "image pulled"
    EXIT = "container exited"
    UPLOADED = "artifacts uploaded"
    STOP_CALL = "StopTrainingJob"
    RUNTIME_LIMIT = "MaxRuntimeInSeconds"
    MAX_WAIT = "MaxWaitTimeInSeconds"
    MAX_PENDING = "MaxPendingTimeInSeconds"
    FAILURE = "failure"
    INTERRUPTION = "spot interruption"
    RELAUNCH = "relaunch"
    RETRY = "RetryStrategy"


@attrs.frozen
class Edge:
    """One legal step: its causes, and the editions in which it exists."""

    causes: tuple[Cause, ...]
    editions: In


class IllegalTransitionError(Exception):
    """A step that the transition table does not have; nothing was changed."""


_P = PrimaryStatus
_S = SecondaryStatus
_C = Cause

PAIRING: Mapping[SecondaryStatus, PrimaryStatus] = MappingProxyType(
    {
        _S.Starting: _P.InProgress,
        _S.LaunchingMLInstances: _P.InProgress,
        _S.PreparingTrainingStack: _P.InProgress,
        _S.Pending: _P.InProgress,
        _S.Downloading: _P.InProgress,
        _S.DownloadingTrainingImage: _P.InProgress,
        _S.Training: _P.InProgress,
        _S.Uploading: _P.InProgress,
        _S.Interrupted: _P.InProgress,
        _S.Restarting: _P.InProgress,
        _S.Updating: _P.InProgress,
        _S.Stopping: _P.Stopping,
        _S.Stopped: _P.Stopped,
        _S.MaxRuntimeExceeded: _P.Stopped,
        _S.MaxWaitTimeExceeded: _P.Stopped,
        _S.Completed: _P.Completed,
        _S.Failed: _P.Failed,
    }
)
"""The primary status of each secondary one, as the page pairs them."""

LINGERING = frozenset({_S.Starting, _S.Downloading, _S.Uploading})
"""Statuses under which the live service already says `Stopping` (recorded twice in 2021)."""

TERMINAL = frozenset(
    status
    for status, primary in PAIRING.items()
    if primary in {_P.Completed, _P.Failed, _P.Stopped}
)
"""The statuses that a job never leaves."""

WAITING = frozenset({_S.Starting, _S.Pending, _S.LaunchingMLInstances, _S.PreparingTrainingStack})
"""The statuses before there are instances: their end is `TrainingStartTime`."""

UNUSED = frozenset({_S.Restarting, _S.Updating})
"""In today's enum, with no documented and no recorded use: no job enters them."""

_STOP_OR_WAIT = (_C.STOP_CALL, _C.MAX_WAIT)
_NOTHING: Mapping[SecondaryStatus, Edge] = MappingProxyType({})

TRANSITIONS: Mapping[SecondaryStatus, Mapping[SecondaryStatus, Edge]] = MappingProxyType(
    {
        _S.Starting: {
            _S.Pending: Edge((_C.CAPACITY_WAIT,), In.LIVE),
            _S.LaunchingMLInstances: Edge((_C.LAUNCH,), In.RETIRED),
            _S.Downloading: Edge((_C.READY,), In.DOCUMENTED | In.LIVE),
            _S.Training: Edge((_C.READY,), In.DOCUMENTED),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.ALL),
            _S.Failed: Edge((_C.FAILURE,), In.ALL),
        },
        _S.LaunchingMLInstances: {
            _S.PreparingTrainingStack: Edge((_C.LAUNCHED,), In.RETIRED),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.RETIRED),
        },
        _S.PreparingTrainingStack: {
            _S.Downloading: Edge((_C.READY,), In.RETIRED),
            _S.DownloadingTrainingImage: Edge((_C.READY,), In.RETIRED),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.RETIRED),
        },
        _S.Pending: {
            _S.Downloading: Edge((_C.READY,), In.LIVE),
            _S.Stopped: Edge((_C.STOP_CALL, _C.MAX_PENDING), In.LIVE),
            _S.Failed: Edge((_C.FAILURE,), In.LIVE),
        },
        _S.Downloading: {
            _S.DownloadingTrainingImage: Edge((_C.DATA,), In.RETIRED),
            _S.Training: Edge((_C.DATA,), In.DOCUMENTED | In.LIVE),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.ALL),
            _S.Failed: Edge((_C.FAILURE,), In.ALL),
            _S.Interrupted: Edge((_C.INTERRUPTION,), In.ALL),
        },
        _S.DownloadingTrainingImage: {
            _S.Training: Edge((_C.IMAGE,), In.RETIRED),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.RETIRED),
            _S.Interrupted: Edge((_C.INTERRUPTION,), In.RETIRED),
        },
        _S.Training: {
            _S.Uploading: Edge((_C.EXIT,), In.ALL),
            _S.Stopping: Edge((_C.STOP_CALL, _C.RUNTIME_LIMIT, _C.MAX_WAIT), In.ALL),
            _S.Failed: Edge((_C.FAILURE,), In.PAGE),
            _S.Interrupted: Edge((_C.INTERRUPTION,), In.ALL),
            _S.Starting: Edge((_C.RETRY,), In.LIVE),
        },
        _S.Uploading: {
            _S.Completed: Edge((_C.UPLOADED,), In.ALL),
            _S.Failed: Edge((_C.FAILURE,), In.ALL),
            _S.Stopping: Edge((_C.STOP_CALL,), In.ALL),
            _S.Stopped: Edge((_C.STOP_CALL,), In.LIVE),
            _S.MaxRuntimeExceeded: Edge((_C.RUNTIME_LIMIT,), In.LIVE),
            _S.MaxWaitTimeExceeded: Edge((_C.MAX_WAIT,), In.LIVE),
        },
        _S.Stopping: {
            _S.Uploading: Edge((_C.EXIT,), In.LIVE),
            _S.Stopped: Edge((_C.STOP_CALL,), In.ALL),
            _S.MaxRuntimeExceeded: Edge((_C.RUNTIME_LIMIT,), In.PAGE),
            _S.MaxWaitTimeExceeded: Edge((_C.MAX_WAIT,), In.ALL),
        },
        _S.Interrupted: {
            _S.Starting: Edge((_C.RELAUNCH,), In.ALL),
            _S.Stopping: Edge(_STOP_OR_WAIT, In.ALL),
        },
        _S.Stopped: _NOTHING,
        _S.MaxRuntimeExceeded: _NOTHING,
        _S.MaxWaitTimeExceeded: _NOTHING,
        _S.Completed: _NOTHING,
        _S.Failed: _NOTHING,
        _S.Restarting: _NOTHING,
        _S.Updating: _NOTHING,
    }
)
"""From each secondary status, the ones that may follow it. A job is born in `Starting`."""

ENDS: Mapping[Cause, SecondaryStatus] = MappingProxyType(
    {
        _C.STOP_CALL: _S.Stopped,
        _C.MAX_PENDING: _S.Stopped,
        _C.RUNTIME_LIMIT: _S.MaxRuntimeExceeded,
        _C.MAX_WAIT: _S.MaxWaitTimeExceeded,
    }
)
"""How a job ends that is stopped for this cause: one mechanism, several ends."""

INFERRED = frozenset(
    {
        (_S.Downloading, _S.Interrupted),
        (_S.DownloadingTrainingImage, _S.Interrupted),
        (_S.Interrupted, _S.Stopping),
        (_S.Uploading, _S.Stopping),
        (_S.Uploading, _S.MaxWaitTimeExceeded),
        (_S.Training, _S.Starting),
        (_S.LaunchingMLInstances, _S.Stopping),
        (_S.PreparingTrainingStack, _S.Stopping),
        (_S.DownloadingTrainingImage, _S.Stopping),
        (_S.PreparingTrainingStack, _S.DownloadingTrainingImage),
    }
)
"""Edges that no public record and no page shows; they follow from the ones beside them."""

Rows = Mapping[SecondaryStatus | None, frozenset[SecondaryStatus]]


def rows(editions: In) -> Rows:
    """The part of `TRANSITIONS` that the given editions know; `None` is the row of birth.

    >>> print(*sorted(rows(In.DOCUMENTED)[SecondaryStatus.Uploading]))
    Completed Failed Stopping
    """
    return {
        None: frozenset({_S.Starting}),
        **{
            status: frozenset(to for to, edge in row.items() if edge.editions & editions)
            for status, row in TRANSITIONS.items()
        },
    }


def fire(known: Rows, current: SecondaryStatus | None, to: SecondaryStatus) -> SecondaryStatus:
    """Take the edge from `current` to `to` and return `to`.

    Raises:
        IllegalTransitionError: `known` has no such edge.

    >>> fire(rows(In.DOCUMENTED), SecondaryStatus.Uploading, SecondaryStatus.Completed).value
    'Completed'
    """
    if to in known[current]:
        return to
    legal = ", ".join(sorted(known[current])) or "nothing: it is terminal"
    raise IllegalTransitionError(f"{current} cannot be followed by {to}; what can: {legal}")


def primary_status(secondary: SecondaryStatus, *, stopping: bool) -> PrimaryStatus:
    """The `TrainingJobStatus` beside `secondary`.

    `stopping` says that a stop is under way under a status that `LINGERING` names (live edition).

    >>> primary_status(SecondaryStatus.Starting, stopping=True).value
    'Stopping'
    """
    if stopping and secondary in LINGERING:
        return _P.Stopping
    return PAIRING[secondary]
