"""Requests and replies as they are on the wire, in the protocols of the simulated services.

AWS JSON (SageMaker, CloudWatch Logs, and CloudWatch, of whose protocols botocore prefers that one)
and the query protocol (STS). What is asked and
what is answered is decided elsewhere; here is how it is spelt, and what is answered to a request
that is misspelt.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from simjob.spec.errors import ApiError

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, StructureShape

_JSON: Final = frozenset(
    {"application/x-amz-json-1.1", "application/x-amz-json-1.0", "application/json"}
)
_FORM: Final = "application/x-www-form-urlencoded"
_UNREAD: Final = ApiError("UnknownOperationException", "<UnknownOperationException/>\n", 404)
"""Answers what is no request of AWS JSON: as it stands, with no JSON around it.

That such requests are sent by POST and say that they are JSON is documented; the answer to others
is recorded for other services of this protocol, which give it before they look at the target.
"""


def operation_of(headers: Mapping[str, str], body: object) -> str | None:
    """The operation that a request names, whichever its client means; None where it names none.

    Args:
        headers: of the request.
        body: bytes, text, or the form that botocore has not encoded yet.
    """
    target = headers.get("X-Amz-Target")
    if target is not None:
        return _text(target).rpartition(".")[2]
    if _text(headers.get("Content-Type", "")).startswith(_FORM):
        return _form(body).get("Action")
    return None


def read(
    model: "OperationModel", method: str, headers: Mapping[str, str], body: object
) -> dict[str, object]:
    """The parameters of a request, as the service finds them.

    Args:
        model: the operation that the client means to call.
        method: of HTTP.
        headers: of the request.
        body: bytes, text, or the form that botocore has not encoded yet.

    Raises:
        ApiError: for a request that the service could not read, or not find its operation in.
    """
    if model.service_model.resolved_protocol == "query":
        return _read_query(model, body)
    kind = _text(headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if method != "POST" or kind not in _JSON:
        raise _UNREAD
    return _read_json(model, headers, body)


def params_of(model: "OperationModel", body: object) -> dict[str, object]:
    """The parameters of a request that the client has written and nobody has touched since."""
    if model.service_model.resolved_protocol == "query":
        return _read_query(model, body)
    found: dict[str, object] = json.loads(_text(body))
    return found


def _read_json(
    model: "OperationModel", headers: Mapping[str, str], body: object
) -> dict[str, object]:
    target = _text(headers.get("X-Amz-Target", ""))
    expected = f"{model.service_model.metadata['targetPrefix']}.{model.name}"
    if target != expected:
        raise ApiError("UnknownOperationException", f"Unknown operation {target}")
    try:
        found = json.loads(_text(body) or "{}")
    except ValueError:
        raise ApiError("SerializationException", "The request body is no JSON.") from None
    if not isinstance(found, dict):
        raise ApiError("SerializationException", "Unexpected token; expected a structure.")
    return found


def _read_query(model: "OperationModel", body: object) -> dict[str, object]:
    form: dict[str, object] = {**_form(body)}
    action, version = form.pop("Action", None), form.pop("Version", None)
    if action is None:
        raise ApiError("MissingAction", "The request must contain the parameter Action")
    if (action, version) != (model.name, model.service_model.api_version):
        message = f"Could not find operation {action} for version {version}"
        raise ApiError("InvalidAction", message)
    for name in model.input_shape.required_members if model.input_shape else ():
        if not any(key.partition(".")[0] == name for key in form):
            path = name[:1].lower() + name[1:]
            raise ApiError(
                "ValidationError",
                f"1 validation error detected: Value null at '{path}' failed to satisfy "
                "constraint: Member must not be null",
            )
    return form


def _form(body: object) -> dict[str, str]:
    return dict(body if isinstance(body, Mapping) else parse_qsl(_text(body)))


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    return str(value)


def write(
    model: "OperationModel", reply: Mapping[str, object], request_id: str
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a reply; times in it are epoch seconds."""
    service = model.service_model
    if service.resolved_protocol == "query":
        result = f"<{model.name}Result>{_xml(reply)}</{model.name}Result>"
        envelope = f"{model.name}Response"
        return _as_query(service, request_id, envelope, result, metadata=True)
    return _as_json(service, request_id, dict(reply))


def write_error(
    model: "OperationModel", error: ApiError, request_id: str
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a refusal."""
    service = model.service_model
    if service.resolved_protocol == "query":
        kind = "Sender" if error.status < 500 else "Receiver"
        inner = _xml({"Type": kind, "Code": error.code, "Message": error.message})
        return _as_query(
            service, request_id, "ErrorResponse", f"<Error>{inner}</Error>", metadata=False
        )
    if error is _UNREAD:
        text = error.message.encode()
        return {"x-amzn-RequestId": request_id, "Content-Length": str(len(text))}, text
    _, member = message_member(service, error.code)
    body = {"__type": error.code, member: error.message}
    return _as_json(service, request_id, body)


def message_member(service: "ServiceModel", code: str) -> tuple["StructureShape | None", str]:
    """The shape of an error, if it is modelled, and the member that holds the message.

    It is spelt as modelled, else in lower case (recorded).
    """
    shape = service.shape_for_error_code(code)
    return shape, "Message" if shape is not None and "Message" in shape.members else "message"


def _as_json(
    service: "ServiceModel", request_id: str, body: Mapping[str, object]
) -> tuple[dict[str, str], bytes]:
    encoded = json.dumps(body).encode()
    version = service.metadata["jsonVersion"]
    headers = {
        "x-amzn-RequestId": request_id,
        "Content-Type": f"application/x-amz-json-{version}",
        "Content-Length": str(len(encoded)),
    }
    return headers, encoded


def _as_query(
    service: "ServiceModel", request_id: str, envelope: str, inner: str, *, metadata: bool
) -> tuple[dict[str, str], bytes]:
    said = f"<RequestId>{request_id}</RequestId>"
    if metadata:
        said = f"<ResponseMetadata>{said}</ResponseMetadata>"
    namespace = service.metadata["xmlNamespace"]
    encoded = f'<{envelope} xmlns="{namespace}">{inner}{said}</{envelope}>'.encode()
    headers = {
        "x-amzn-RequestId": request_id,
        "Content-Type": "text/xml",
        "Content-Length": str(len(encoded)),
    }
    return headers, encoded


def _xml(value: object) -> str:
    """Nested structures as elements; the replies of STS hold nothing else."""
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(item)}</{name}>" for name, item in value.items())
    return escape(str(value))
