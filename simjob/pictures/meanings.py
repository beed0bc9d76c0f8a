"""What every status and every cause means, in one sentence of our own.

Diagrams, lessons, questions and the documentation take their words from here. The statuses
themselves stand in `spec.statuses`; what the service writes as `StatusMessage` stands in
`spec.editions`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from simjob.spec.statuses import Cause as C
from simjob.spec.statuses import PrimaryStatus as P
from simjob.spec.statuses import SecondaryStatus as S

PRIMARY: Mapping[P, str] = MappingProxyType(
    {
        P.InProgress: "The job waits, prepares, trains or saves.",
        P.Completed: "The job is over and did what it was asked to do.",
        P.Failed: "The job is over and something went wrong.",
        P.Stopping: "The job was told to end and is still tidying up.",
        P.Stopped: "The job is over because it was told to end.",
        P.Deleting: "The record of the job is being removed.",
    }
)
"""Of every `TrainingJobStatus`."""

SECONDARY: Mapping[S, str] = MappingProxyType(
    {
        S.Starting: "Instances are sought and made ready; nobody pays yet.",
        S.LaunchingMLInstances: "Capacity is granted, and the instances boot.",
        S.PreparingTrainingStack: "The instances run and are set up for training.",
        S.Pending: "No capacity is free; the job queues until there is some.",
        S.Downloading: "The input data comes from S3; from here on it costs.",
        S.DownloadingTrainingImage: "The container image is pulled.",
        S.Training: "The container runs, and the runtime limit counts.",
        S.Uploading: "The model goes to S3 as an archive.",
        S.Stopping: "SIGTERM was sent; after 120 s comes SIGKILL.",
        S.Stopped: "Somebody called for the end; what was saved is kept.",
        S.MaxRuntimeExceeded: "It trained for as long as it was allowed to.",
        S.MaxWaitTimeExceeded: "Spot capacity and work together took too long.",
        S.Completed: "The container exited with 0 and the model is in S3.",
        S.Failed: "FailureReason says what went wrong.",
        S.Interrupted: "The spot market took the instances back.",
        S.Updating: "Reserved by the API; no job has been seen in it.",
        S.Restarting: "Reserved by the API; no job has been seen in it.",
    }
)
"""Of every `SecondaryStatus`."""

LINGERING: Mapping[S, str] = MappingProxyType(
    {
        S.Starting: "A stop waits until the instances are ready.",
        S.Downloading: "A stop gives the download up at once.",
        S.Uploading: "A stop is under way; what was saved goes to S3.",
    }
)
"""Of a `SecondaryStatus` that stays while the primary one says `Stopping` already (live edition)."""

CAUSES: Mapping[C, str] = MappingProxyType(
    {
        C.CAPACITY_WAIT: "No instance of that type is free for an on-demand job.",
        C.LAUNCH: "The pool of that instance type has given enough instances.",
        C.LAUNCHED: "The last of the instances has booted.",
        C.READY: "The slowest of the instances is set up.",
        C.DATA: "Every instance has its share of the input data.",
        C.IMAGE: "Every instance has the container image.",
        C.EXIT: "The container has ended by itself or was made to.",
        C.UPLOADED: "The archive of the model is complete in S3.",
        C.STOP_CALL: "Somebody called StopTrainingJob.",
        C.RUNTIME_LIMIT: "Training has lasted MaxRuntimeInSeconds.",
        C.MAX_WAIT: "MaxWaitTimeInSeconds have passed since a spot job was created.",
        C.MAX_PENDING: "The job was Pending for MaxPendingTimeInSeconds.",
        C.FAILURE: "Role, data, container, memory, upload or the service itself failed.",
        C.INTERRUPTION: "The spot market took the instances away.",
        C.RELAUNCH: "The interruption is over, and new instances are sought.",
        C.RETRY: "An internal error was met, and RetryStrategy allows one more attempt.",
    }
)
"""Of everything that moves a job from one status to another."""


def meaning(secondary: S, primary: P) -> str:
    """The sentence of a secondary status while the primary one is `primary`.

    >>> meaning(S.Uploading, P.InProgress)
    'The model goes to S3 as an archive.'
    >>> meaning(S.Uploading, P.Stopping)
    'A stop is under way; what was saved goes to S3.'
    """
    if primary is P.Stopping and secondary in LINGERING:
        return LINGERING[secondary]
    return SECONDARY[secondary]
