"""Which calls of a simulated operation name what is not simulated, and are others' to answer.

Tags of an endpoint, a search over models, another service's log group or metrics: such calls go on
as if the operation were not simulated at all. What names nothing, or nothing readable, stays here
and is refused by its operation.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from simjob.aws.metrics import NAMESPACE
from simjob.views.logs import LOG_GROUP

Params = Mapping[str, object]

_OTHER_RESOURCE: Final = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[^:]*:[^:]*:(?!training-job/)[^/]+/.*"
)


def _of_other_resource(params: Params) -> bool:
    arn = params.get("ResourceArn")
    return isinstance(arn, str) and _OTHER_RESOURCE.fullmatch(arn) is not None


def _over_others(params: Params) -> bool:
    resource = params.get("Resource")
    return isinstance(resource, str) and resource != "TrainingJob"


def _of_other_group(params: Params) -> bool:
    names = [params.get("logGroupName"), params.get("logGroupIdentifier")]
    return any(isinstance(name, str) and LOG_GROUP not in name for name in names)


def _in_other_namespace(params: Params) -> bool:
    namespace = params.get("Namespace")
    return isinstance(namespace, str) and namespace != NAMESPACE


def _of_other_metrics(params: Params) -> bool:
    """Whether every query that names a metric names another namespace's."""
    queries = params.get("MetricDataQueries")
    if not isinstance(queries, list):
        return False
    named = [
        query["MetricStat"]["Metric"]
        for query in queries
        if isinstance(query, dict)
        and isinstance(query.get("MetricStat"), dict)
        and isinstance(query["MetricStat"].get("Metric"), dict)
    ]
    return bool(named) and all(map(_in_other_namespace, named))


_OTHERS: Final[Mapping[str, Callable[[Params], bool]]] = {
    "AddTags": _of_other_resource,
    "ListTags": _of_other_resource,
    "DeleteTags": _of_other_resource,
    "Search": _over_others,
    "DescribeLogStreams": _of_other_group,
    "GetLogEvents": _of_other_group,
    "FilterLogEvents": _of_other_group,
    "GetMetricStatistics": _in_other_namespace,
    "GetMetricData": _of_other_metrics,
}


def concerns_others(operation: str, params: Params) -> bool:
    """Whether a call of a simulated operation is about something that is not simulated.

    >>> concerns_others("Search", {"Resource": "Model"}), concerns_others("Search", {})
    (True, False)
    """
    asked = _OTHERS.get(operation)
    return asked is not None and asked(params)
