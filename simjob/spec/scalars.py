"""The simple shapes: strings, numbers and enumerations that several members share, by API name.

Each stands once, with the constraint of the page's column and, where it differs, today's. The
structures that use them stand in `shapes` and its neighbours.

Sources: the page for its own members; the API model of 2019-08 (first with the page's statuses)
for the request members of that time; the API model of 2026-11 for today.
"""

from simjob.spec.constraints import Choice, Constraint, Flag, Number, Text, Timestamp, Whole
from simjob.spec.containers import ListOf, MapOf
from simjob.spec.member import Two
from simjob.spec.statuses import PrimaryStatus, SecondaryStatus


def instance_types() -> tuple[str, ...]:
    """Today's catalogue; it is read when first asked for."""
    from simjob.spec.instances import instance_type_names  # noqa: PLC0415  the table is long

    return instance_type_names()


def bounded(most: int, *, least: int = 0) -> Constraint:
    """Any text on one line, of that length."""
    return Text(min=least, max=most, pattern=".*")


def arn_of(resource: str, most: int = 256, *, least: int = 0) -> Constraint:
    """An ARN of the service, for a kind of resource or a longer pattern of what follows."""
    account = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}"
    return Text(min=least, max=most, pattern=f"{account}:{resource}")


def package_arn_of(resource: str) -> Constraint:
    """An ARN of the model registry."""
    account = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}"
    return Text(min=1, max=2048, pattern=rf"{account}:{resource}/[\S]{{1,2048}}")


def hub_arn_of(kind: str, *, least: int) -> Constraint:
    """An ARN of a hub's content of that kind."""
    hub = r"(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)"
    name = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    version = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?"
    return Text(min=least, max=2048, pattern=rf"{hub}{name}\/{kind}\/{version}")


_NAME_TODAY = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"

TRAINING_JOB_NAME = Two(
    page=Text(min=1, max=63, pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*"),
    today=Text(min=1, max=63, pattern=_NAME_TODAY),
)
TRAINING_JOB_ARN = Two(page=arn_of("training-job/.*"), today=arn_of(f"training-job/{_NAME_TODAY}"))
PROCESSING_JOB_ARN = arn_of(f"processing-job/{_NAME_TODAY}")
TUNING_JOB_ARN = arn_of("hyper-parameter-tuning-job/.*")
LABELING_JOB_ARN = arn_of("labeling-job/.*", 2048)
AUTO_ML_JOB_ARN = arn_of("automl-job/.*", least=1)
TRAINING_PLAN_ARN = arn_of("training-plan/.*", 2048, least=50)
MODEL_PACKAGE_ARN = package_arn_of("model-package")
MODEL_PACKAGE_GROUP_ARN = package_arn_of("model-package-group")
RESOURCE_ARN = Text(max=256, pattern="arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+")
ROLE_ARN = Two(
    page=Text(
        min=20, max=2048, pattern=r"^arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$"
    ),
    today=Text(
        min=20, max=2048, pattern=r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
    ),
)
S3_URI = Two(
    page=Text(max=1024, pattern="^(https|s3)://([^/]+)/?(.*)$"),
    today=Text(max=1024, pattern="(https|s3)://([^/]+)/?(.*)"),
)
KMS_KEY_ID = Two(page=bounded(2048), today=Text(max=2048, pattern="[a-zA-Z0-9:/_-]*"))

ALGORITHM_IMAGE = bounded(255)
ARN_OR_NAME = Two(
    page=Text(
        min=1,
        max=170,
        pattern=r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?"
        r"([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)$",
    ),
    today=Text(
        min=1,
        max=170,
        pattern=r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?"
        r"([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)",
    ),
)
METRIC_NAME = Text(min=1, max=255, pattern=".+")
METRIC_REGEX = Text(min=1, max=500, pattern=".+")
CHANNEL_NAME = Text(min=1, max=64, pattern=r"[A-Za-z0-9\.\-_]+")
ATTRIBUTE_NAMES = ListOf(Text(min=1, max=256, pattern=".+"), max=16)
VPC_ID = Text(max=32, pattern="[-0-9a-zA-Z]+")
INSTANCE_GROUP_NAME = Text(min=1, max=64, pattern=".+")
EXPERIMENT_NAME = Text(min=1, max=120, pattern="[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")
DIRECTORY_PATH = bounded(4096)
NAME_256 = bounded(256, least=1)
CONTAINER_WORDS = ListOf(bounded(256), min=1, max=100)
NEXT_TOKEN = bounded(8192)
NAME_CONTAINS = Text(max=63, pattern=r"[a-zA-Z0-9\-]+")
FAILURE_REASON = Text(max=1024)
STATUS_MESSAGE = Text()
TAG_KEY = Two(
    page=Text(min=1, max=128, pattern=r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"),
    today=Text(min=1, max=128, pattern=r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"),
)
TAG_VALUE = Two(
    page=Text(max=256, pattern=r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"),
    today=Text(max=256, pattern=r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"),
)
TAG_KEYS = Two(page=ListOf(TAG_KEY.page, min=1, max=50), today=ListOf(TAG_KEY.today, min=1, max=50))

HYPER_PARAMETERS = Two(
    page=MapOf(bounded(256), bounded(256), max=100),
    today=MapOf(bounded(256), bounded(2500), max=100),
)
ENVIRONMENT = MapOf(
    Text(max=512, pattern="[a-zA-Z_][a-zA-Z0-9_]*"), Text(max=512, pattern=r"[\S\s]*"), max=100
)
TWENTY_PARAMETERS = MapOf(NAME_256, bounded(256), max=20)
RULE_PARAMETERS = MapOf(NAME_256, bounded(256), max=100)

INSTANCE_TYPE = Choice(instance_types)
INSTANCE_COUNT = Two(page=Whole(min=1), today=Whole(min=0))
VOLUME_SIZE = Two(page=Whole(min=1), today=Whole(min=0))
NOT_NEGATIVE = Whole(min=0)
POSITIVE = Whole(min=1)
ANY_WHOLE = Whole()
KEEP_ALIVE = Whole(min=0, max=21600)
MAX_PENDING = Whole(min=1800, max=2419200)
RETRY_ATTEMPTS = Whole(min=1, max=30)
MAX_RESULTS = Whole(min=1, max=100)
TAGS_MAX_RESULTS = Whole(min=50)
FLAG = Flag()
FLOAT = Number()
TIME = Timestamp()


def _page_statuses(newer: frozenset[str], known: type[PrimaryStatus | SecondaryStatus]) -> Two:
    today = tuple(status.value for status in known)
    page = tuple(status for status in today if status not in newer)
    return Two(page=Choice(page, is_status=True), today=Choice(today, is_status=True))


TRAINING_JOB_STATUS = _page_statuses(frozenset({"Deleting"}), PrimaryStatus)
SECONDARY_STATUS = _page_statuses(frozenset({"Updating", "Restarting", "Pending"}), SecondaryStatus)
TRAINING_INPUT_MODE = Two(page=Choice(("Pipe", "File")), today=Choice(("Pipe", "File", "FastFile")))
S3_DATA_TYPE = Two(
    page=Choice(("ManifestFile", "S3Prefix", "AugmentedManifestFile")),
    today=Choice(("ManifestFile", "S3Prefix", "AugmentedManifestFile", "Converse")),
)
S3_DISTRIBUTION = Choice(("FullyReplicated", "ShardedByS3Key"))
COMPRESSION_TYPE = Choice(("None", "Gzip"))
OUTPUT_COMPRESSION = Choice(("GZIP", "NONE"))
RECORD_WRAPPER = Choice(("None", "RecordIO"))
WARM_POOL_STATUS = Choice(("Available", "Terminated", "Reused", "InUse"))
RULE_STATUS = Choice(("InProgress", "NoIssuesFound", "IssuesFound", "Error", "Stopping", "Stopped"))
PROFILING_STATUS = Choice(("Enabled", "Disabled"))
SORT_BY = Choice(("Name", "CreationTime", "Status"))
SORT_ORDER = Choice(("Ascending", "Descending"))
