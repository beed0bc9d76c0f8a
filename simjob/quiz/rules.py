"""Rules: one sentence each, and where it comes from. They explain answers, and decide none.

*Documented* is what the pages of the service say, *recorded* what public logs and replies of
2018-2026 show, *inferred* what follows from those, *simjob* what this simulator makes of a world.
"""

import attrs


@attrs.frozen
class Rule:
    """A sentence and its source."""

    text: str
    source: str


# The happy path.

ORDER = Rule(
    "A job that nothing disturbs goes through Starting, Downloading, Training and Uploading to "
    "Completed, and each status begins at the instant at which the one before it ends.",
    "recorded: every completed job in 541 public logs",
)
IMAGE_IN_TRAINING = Rule(
    "In the documented edition the image is pulled inside Training, as the message "
    "'Downloading the training image' says.",
    "recorded until 2023-10",
)
IMAGE_IN_DOWNLOADING = Rule(
    "In the live edition the image is pulled inside Downloading, after the data.",
    "recorded since 2023-12",
)
NOTHING_TO_DOWNLOAD = Rule(
    "In the documented edition Downloading is there only for channels in File mode; data that is "
    "streamed is read while the job trains.",
    "documented: DescribeTrainingJob, SecondaryStatus",
)
START_TIME = Rule(
    "TrainingStartTime is the end of the waiting: the instant at which the instances are ready, "
    "before any data has been fetched.",
    "recorded: all of 33 real replies",
)
END_TIME = Rule(
    "TrainingEndTime is the end of the upload, not of the work.",
    "recorded: all completed ones of 33 real replies",
)
STREAMED_START_TIME = Rule(
    "TrainingStartTime is the end of the waiting, which is here the beginning of Training, "
    "although the image is still to be pulled.",
    "recorded: all of 33 real replies; that nothing lies between is inferred",
)

# Stops.

STOP_BEFORE_TRAINING = Rule(
    "A stop that comes before Training leaves nothing, for no container has run that could have "
    "saved a model.",
    "recorded for Starting and Pending, inferred for Downloading",
)
STOP_SAVED = Rule(
    "Stopped does not say that nothing is left: what the container has saved when it exits after "
    "SIGTERM is uploaded.",
    "documented: StopTrainingJob and the page on training algorithms",
)
STOP_LOST = Rule(
    "Stopped does not say that a model is left: a container that has not saved one within 120 "
    "seconds after SIGTERM leaves nothing.",
    "documented: StopTrainingJob; that a half-written model counts as none is inferred",
)
STOP_UPLOADING = Rule(
    "A stop while Uploading does not cut the upload short: the job ends as Stopped, and its model "
    "is there.",
    "inferred: no such stop is recorded",
)
STOPPED_IS_THREE = Rule(
    "The status Stopped is shared by three secondary ones: Stopped for a call, MaxRuntimeExceeded "
    "and MaxWaitTimeExceeded for limits; what was saved is uploaded in each case.",
    "documented: DescribeTrainingJob, SecondaryStatus",
)
WINDOW_KILL = Rule(
    "SIGTERM comes with the stop, and SIGKILL 120 seconds later if the container is still there.",
    "documented: StopTrainingJob",
)
WINDOW_EXIT = Rule(
    "The window of 120 seconds ends when the container exits; nobody waits for the rest of it.",
    "documented: SIGKILL is only for containers that have not exited by then",
)
STOP_UPLOAD_DOCUMENTED = Rule(
    "In the documented edition the upload of what was saved belongs to Stopping, because the page "
    "pairs Uploading with InProgress only.",
    "documented: DescribeTrainingJob, the pairs of statuses",
)
STOP_UPLOAD_LIVE = Rule(
    "In the live edition a stopped job passes through Uploading, and TrainingJobStatus says "
    "Stopping all the while.",
    "recorded for the secondary status, inferred for the primary one",
)
NO_ARTIFACT_YET = Rule(
    "ModelArtifacts is in the reply only when the job has ended, whatever has been saved by then.",
    "recorded: replies of running and of stopping jobs are without it",
)

# The runtime limit.

LIMIT_FROM_TRAINING = Rule(
    "MaxRuntimeInSeconds counts from the beginning of Training: waiting and downloading are not "
    "in it.",
    "inferred from recorded runs; the service has been seen to enforce it up to 300 s late",
)
LIMIT_WITH_IMAGE = Rule(
    "MaxRuntimeInSeconds counts from the beginning of Training, and in the documented edition "
    "Training begins with the pull of the image.",
    "inferred from recorded runs",
)
LIMIT_WITHOUT_IMAGE = Rule(
    "MaxRuntimeInSeconds counts from the beginning of Training, and in the live edition the image "
    "has been pulled by then.",
    "inferred from recorded runs",
)
LIMIT_IS_A_STOP = Rule(
    "The limit stops a job as a call does: SIGTERM, at most 120 seconds, the upload of what was "
    "saved, and then MaxRuntimeExceeded.",
    "documented: StoppingCondition",
)

# Spot.

RESUME = Rule(
    "After an interruption the job starts anew, and goes on from the last checkpoint that "
    "CheckpointConfig has taken to S3; the work since then is done again.",
    "documented: the page on managed spot training",
)
RESTART = Rule(
    "Without a CheckpointConfig, checkpoints are lost with the instances, and the job begins its "
    "work from the start.",
    "documented: the page on managed spot training",
)
INTERRUPTED = Rule(
    "An interrupted job is still InProgress: Interrupted, then Starting, Downloading and Training "
    "anew.",
    "documented: the page on managed spot training; how long Interrupted lasts is not public",
)
MAX_WAIT = Rule(
    "MaxWaitTimeInSeconds holds for waiting and running together, counted from the creation of the "
    "job; when it is over the job is stopped as MaxWaitTimeExceeded.",
    "documented: StoppingCondition; that it counts from the creation is inferred",
)

# Failures.

FAILURE_CLASSES = Rule(
    "FailureReason begins with who is to blame: AlgorithmError for your code, ClientError for your "
    "request and your rights, CapacityError and InternalServerError for the service.",
    "recorded: public logs and issues",
)
FAILED_BEFORE_TRAINING = Rule(
    "A job fails in the status in which the trouble is met, and nothing is uploaded where no "
    "container has run.",
    "recorded: data that cannot be fetched, roles that lack a right",
)
FAILED_UPLOADING = Rule(
    "A model that cannot be uploaded fails the job, however well it was trained.",
    "recorded: artifact upload denied",
)
FAILED_LIVE = Rule(
    "In the live edition a job that fails in Training passes through Uploading.",
    "recorded: 24 of 24 failures",
)
FAILED_DOCUMENTED = Rule(
    "In the documented edition a job that fails in Training goes straight to Failed.",
    "documented: Uploading is for a job whose training is complete",
)

# Waiting.

PENDING = Rule(
    "In the live edition an on-demand job of an accelerated type waits for capacity as Pending.",
    "recorded since 2024-01",
)
WAITS_IN_STARTING = Rule(
    "Starting is no proof of capacity: except for Pending, which the live edition has for "
    "accelerated types on demand, a job that waits says Starting.",
    "recorded: StatusMessage tells of insufficient capacity",
)
QUOTA = Rule(
    "A quota is checked when the job is created, against the jobs that have not ended: the call is "
    "refused, and there is no job.",
    "recorded: ResourceLimitExceeded; that waiting jobs count, too, is inferred",
)
CAPACITY = Rule(
    "Missing capacity refuses no call: the job is created and waits.",
    "recorded: public logs of jobs that waited",
)
NAMES = Rule(
    "The name of a job is taken in its account and region, even after the job has ended.",
    "recorded: ResourceInUse",
)
QUEUE = Rule(
    "Who waits for capacity gets it when it is given back, which is when the job before has ended; "
    "only then are the instances launched.",
    "simjob: instances are granted in the order of arrival",
)

# Money.

PAID_TIME = Rule(
    "Paid is the time from TrainingStartTime to TrainingEndTime: download, image and upload are in "
    "it, Starting is not.",
    "documented: DescribeTrainingJob; recorded: 23 of 23 replies",
)
WAITING_IS_FREE = Rule(
    "Waiting is free, whether for capacity or for the launch.",
    "recorded: jobs stopped in Pending were billed 0 seconds",
)
STOP_IS_PAID = Rule(
    "A stopped job is paid for until it has ended: the window after SIGTERM and the upload are in "
    "the bill.",
    "recorded: 658 seconds for a job stopped after 571",
)
FAILURE_IS_PAID = Rule(
    "A failed job is paid for until it has failed.",
    "recorded: public logs of failed jobs",
)
PAID_INSTANCES = Rule(
    "Billable seconds are those of one instance: the price is seconds x instances x rate.",
    "recorded: so the SDK counts in 287 of 291 logs",
)
SPOT_SECONDS = Rule(
    "The discount of spot shows as fewer billable seconds at the same rate.",
    "recorded: a spot job billed for 14683 of its 37026 seconds",
)
