"""Whether a reply is what botocore's model of the service says: no member unknown, none missing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.loaders
import botocore.model
from botocore.model import ListShape, MapShape, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, datetime),
}


@cache
def model(service: str) -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(
        botocore.loaders.Loader().load_service_model(service, "service-2"), service
    )


def wrong(
    service: str, operation: str, reply: Mapping[str, Any], absent: frozenset[str] = frozenset()
) -> list[str]:
    """What is wrong with a reply; `absent` are required members that the service leaves out."""
    shape = model(service).operation_model(operation).output_shape
    if shape is None:
        return [] if not reply else [f"no reply is modelled, there is {reply}"]
    return list(_wrong(shape, reply, operation, absent))


def _wrong(shape: Shape, value: Any, path: str, absent: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(shape, StructureShape):
        for name in sorted(set(value) - set(shape.members)):
            yield f"{path}.{name} is unknown"
        for name in sorted(set(shape.required_members) - set(value) - absent):
            yield f"{path}.{name} is missing"
        for name in shape.members.keys() & value.keys():
            yield from _wrong(shape.members[name], value[name], f"{path}.{name}", absent)
    elif isinstance(shape, ListShape):
        for at, item in enumerate(value):
            yield from _wrong(shape.member, item, f"{path}[{at}]", absent)
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _wrong(shape.value, item, f"{path}[{key!r}]", absent)
    else:
        yield from _wrong_value(shape, value, path)


def _wrong_value(shape: Shape, value: object, path: str) -> Iterator[str]:
    right = isinstance(value, _TYPES[shape.type_name])
    if not right or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{path} is {value!r}, no {shape.type_name}"
    elif getattr(shape, "enum", ()) and value not in shape.enum:
        yield f"{path} is {value!r}, none of {shape.enum}"
