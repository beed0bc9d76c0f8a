"""The editions: one frozen object each, holding every difference between page and live service.

An edition says *what differs*; the shapes carry both columns of every constraint, the transition
table carries the editions of every edge, and an edition names which of them are in force.

Sources: `documented` is the page (DescribeTrainingJob, API version 2017-07-24) with the message
texts that the service wrote while the page was current (2019-2022); `live` is the service as
recorded up to 2026-11; `retired` gives the three statuses that the page calls no longer supported
the places that they had.
"""

from collections.abc import Mapping
from enum import Enum

import attrs

from simjob.spec import statuses
from simjob.spec.statuses import In, PrimaryStatus, SecondaryStatus


class Column(Enum):
    """Which of the two columns of members and constraints is in force."""

    PAGE = "page"
    TODAY = "today"

    # A key of many caches: members are equal when they are the same, so this hash will do, and
    # Enum's own is Python code.
    __hash__ = object.__hash__


@attrs.frozen(eq=False)
class Messages:
    """The `StatusMessage` texts, as recorded on the wire (no final full stop).

    `interrupted` and `max_wait` are inferred: no record of them is public.
    """

    starting: str = "Starting the training job"
    launching: str | None = "Launching requested ML instances"
    no_capacity: str = "Insufficient capacity error from EC2 while launching instances, retrying!"
    unhealthy: str = "Launched instance was unhealthy, replacing it!"
    preparing: str = "Preparing the instances for training"
    pending: str = "Training job waiting for capacity"
    downloading: str = "Downloading input data"
    image: str = "Downloading the training image"
    training: str = "Training image download completed. Training in progress."
    uploading: str = "Uploading generated training model"
    stopping: str = "Stopping the training job"
    interrupted: str = "Training job interrupted"
    retained: str = "Resource retained for reuse"
    reused: str = "Resource reused by training job: "
    terminal: Mapping[SecondaryStatus, str] = attrs.field(
        factory=lambda: {
            SecondaryStatus.Completed: "Training job completed",
            SecondaryStatus.Failed: "Training job failed",
            SecondaryStatus.Stopped: "Training job stopped",
            SecondaryStatus.MaxRuntimeExceeded: (
                "Training job runtime exceeded MaxRuntimeInSeconds provided"
            ),
            SecondaryStatus.MaxWaitTimeExceeded: (
                "Training job wait time exceeded MaxWaitTimeInSeconds provided"
            ),
        }
    )


@attrs.frozen(eq=False)
class Edition:
    """Every difference between the editions, each as one named fact.

    `image_pull` is the status under which the image is pulled. `launch_statuses` says that
    launching and preparing the instances are statuses of their own. `pending` says that an
    on-demand job of an accelerated type waits for capacity under `Pending`. `stop_lingers` says
    that a stop leaves the secondary status where it is while instances launch or artifacts upload,
    and that a stopped or failed job passes through `Uploading`. `checks_objects` says that a create
    looks for the S3 objects of its channels.
    """

    name: str
    column: Column
    edges: In
    image_pull: SecondaryStatus
    launch_statuses: bool
    pending: bool
    stop_lingers: bool
    checks_objects: bool
    empty_channels_shown: bool
    messages: Messages
    transitions: statuses.Rows = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "transitions", statuses.rows(self.edges))

    def primary_status(self, secondary: SecondaryStatus, *, stop_requested: bool) -> PrimaryStatus:
        """`TrainingJobStatus` beside `secondary` in this edition."""
        return statuses.primary_status(secondary, stopping=stop_requested and self.stop_lingers)

    def __repr__(self) -> str:
        return f"<Edition {self.name}>"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return edition, (self.name,)


DOCUMENTED = Edition(
    name="documented",
    column=Column.PAGE,
    edges=In.DOCUMENTED,
    image_pull=SecondaryStatus.Training,
    launch_statuses=False,
    pending=False,
    stop_lingers=False,
    checks_objects=False,
    empty_channels_shown=False,
    messages=Messages(),
)
RETIRED = Edition(
    name="retired",
    column=Column.PAGE,
    edges=In.RETIRED,
    image_pull=SecondaryStatus.DownloadingTrainingImage,
    launch_statuses=True,
    pending=False,
    stop_lingers=False,
    checks_objects=False,
    empty_channels_shown=False,
    messages=Messages(),
)
LIVE = Edition(
    name="live",
    column=Column.TODAY,
    edges=In.LIVE,
    image_pull=SecondaryStatus.Downloading,
    launch_statuses=False,
    pending=True,
    stop_lingers=True,
    checks_objects=True,
    empty_channels_shown=True,
    messages=Messages(launching=None),
)
EDITIONS: Mapping[str, Edition] = {each.name: each for each in (DOCUMENTED, LIVE, RETIRED)}


def edition(name: "str | Edition") -> Edition:
    """The edition of that name.

    Raises:
        ValueError: there is none; the message lists those that there are.

    >>> edition("live").pending
    True
    """
    if isinstance(name, Edition):
        return name
    if name in EDITIONS:
        return EDITIONS[name]
    raise ValueError(f"unknown edition {name!r}; there are: {', '.join(EDITIONS)}")
