"""Reads a response of the API server: an object, or a Status that says why there is none."""

import json
from typing import Any, Final

from provider import errors
from provider.observe import redact

_RETRYABLE: Final = frozenset({429, 500, 502, 503, 504})


def read(status: int, reply: bytes) -> dict[str, Any]:
    """Parse a response and return the object in it.

    Raises:
        errors.KubeError: with the message of the Status object. Any other body is never quoted.
    """
    try:
        answer = json.loads(reply)
    except ValueError:
        answer = None
    if 200 <= status < 300:
        if isinstance(answer, dict):
            return answer
        raise errors.KubeError(f"the Kubernetes API answered {status} with something that is not a JSON object")
    message = answer.get("message") if isinstance(answer, dict) and answer.get("kind") == "Status" else None
    text = f": {redact.scrub(redact.one_line(message, 500))}" if isinstance(message, str) and message else ""
    hint = "the token of the provider's own service account is not accepted" if status == 401 else None
    raise errors.KubeError(
        f"the Kubernetes API answered {status}{text}", status=status, hint=hint, retryable=status in _RETRYABLE
    )
