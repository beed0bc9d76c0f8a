"""What every status and every cause means, in one sentence of our own.

Diagrams, lessons, questions and the documentation take their words from here. The statuses
themselves stand in `spec.statuses`; what the service writes as `StatusMessage` stands in
`spec.editions`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from simjob.spec.statuses import Cause, PrimaryStatus, SecondaryStatus

_P, _S, _C = PrimaryStatus, SecondaryStatus, Cause

PRIMARY: Mapping[PrimaryStatus, str] = MappingProxyType(
    {
        _P.InProgress: "The job waits, prepares, trains or saves.",
        _P.Completed: "The job is over and did what it was asked to do.",
        _P.Failed: "The job is over and something went wrong.",
        _P.Stopping: "The job was told to end and is still tidying up.",
        _P.Stopped: "The job is over because it was told to end.",
        _P.Deleting: "The record of the job is being removed.",
    }
)
"""Of every `TrainingJobStatus`."""

SECONDARY: Mapping[SecondaryStatus, str] = MappingProxyType(
    {
        _S.Starting: "Instances are sought and made ready; nobody pays yet.",
        _S.LaunchingMLInstances: "Capacity is granted, and the instances boot.",
        _S.PreparingTrainingStack: "The instances run and are set up for training.",
        _S.Pending: "No capacity is free; the job queues until there is some.",
        _S.Downloading: "Data, or data and image, are fetched; from here on it costs.",
        _S.DownloadingTrainingImage: "The container image is pulled.",
        _S.Training: "The container starts and runs; the runtime limit counts.",
        _S.Uploading: "The model goes to S3 as an archive.",
        _S.Stopping: "What runs is ended, in 120 s at most, and saved work kept.",
        _S.Stopped: "It was told to end; what had been saved is kept.",
        _S.MaxRuntimeExceeded: "It trained for as long as it was allowed to.",
        _S.MaxWaitTimeExceeded: "Spot capacity and work together took too long.",
        _S.Completed: "The container exited with 0 and the model is in S3.",
        _S.Failed: "FailureReason says what went wrong.",
        _S.Interrupted: "The spot market took the instances back.",
        _S.Updating: "Reserved by the API; no job has been seen in it.",
        _S.Restarting: "Reserved by the API; no job has been seen in it.",
    }
)
"""Of every `SecondaryStatus`."""

LINGERING: Mapping[SecondaryStatus, str] = MappingProxyType(
    {
        _S.Starting: "A stop waits until the instances are ready.",
        _S.Downloading: "A stop gives the download up at once.",
        _S.Uploading: "A stop is under way; what was saved goes to S3.",
    }
)
"""Of a `SecondaryStatus` that stays while the primary one is `Stopping` already (live edition)."""

CAUSES: Mapping[Cause, str] = MappingProxyType(
    {
        _C.CAPACITY_WAIT: "No instance of that type is free for an on-demand job.",
        _C.LAUNCH: "The pool of that instance type has given enough instances.",
        _C.LAUNCHED: "The last of the instances has booted.",
        _C.READY: "The slowest of the instances is set up.",
        _C.DATA: "Every instance has its share of the input data.",
        _C.IMAGE: "Every instance has the container image.",
        _C.EXIT: "The container has ended by itself or was made to.",
        _C.UPLOADED: "The archive of the model is complete in S3.",
        _C.STOP_CALL: "Somebody called StopTrainingJob.",
        _C.RUNTIME_LIMIT: "Training has lasted MaxRuntimeInSeconds.",
        _C.MAX_WAIT: "MaxWaitTimeInSeconds have passed since a spot job was created.",
        _C.MAX_PENDING: "The job was Pending for MaxPendingTimeInSeconds.",
        _C.FAILURE: "Role, data, container, memory, upload or the service itself failed.",
        _C.INTERRUPTION: "The spot market took the instances away.",
        _C.RELAUNCH: "The interruption is over, and new instances are sought.",
        _C.RETRY: "An internal error was met, and RetryStrategy allows one more attempt.",
    }
)
"""Of everything that moves a job from one status to another."""


def meaning(secondary: SecondaryStatus, primary: PrimaryStatus) -> str:
    """The sentence of a secondary status while the primary one is `primary`.

    >>> meaning(SecondaryStatus.Uploading, PrimaryStatus.InProgress)
    'The model goes to S3 as an archive.'
    >>> meaning(SecondaryStatus.Uploading, PrimaryStatus.Stopping)
    'A stop is under way; what was saved goes to S3.'
    """
    if primary is _P.Stopping and secondary in LINGERING:
        return LINGERING[secondary]
    return SECONDARY[secondary]
