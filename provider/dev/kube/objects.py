"""The objects that the dev API server holds."""

import base64
import binascii
import copy
import datetime
import uuid
from typing import Any, Final

from provider import clock
from provider.dev.kube import status

KINDS: Final = {
    "namespaces": "Namespace",
    "serviceaccounts": "ServiceAccount",
    "pods": "Pod",
    "secrets": "Secret",
    "events": "Event",
}


class Objects(dict[tuple[str, str, str], dict[str, Any]]):
    """Objects by (resource, namespace, name); a namespace is in the namespace ""."""

    def __init__(self, time: clock.Clock) -> None:
        super().__init__()
        self._time = time
        self.version = 0

    def add(self, resource: str, namespace: str, given: dict[str, Any]) -> dict[str, Any]:
        """Take in a new object, completed as an API server does.

        Raises:
            status.Refusal: its namespace is missing, its name is taken, its data is no base64.
        """
        made = copy.deepcopy(given)
        metadata = made.setdefault("metadata", {})
        name = metadata.get("name") or f"{metadata.get('generateName', '')}{uuid.uuid4().hex[:5]}"
        if namespace and ("namespaces", "", namespace) not in self:
            raise status.not_found("namespaces", namespace)
        if (resource, namespace, name) in self:
            raise status.already_exists(resource, name)
        self.version += 1
        moment = datetime.datetime.fromtimestamp(self._time.now(), datetime.UTC)
        metadata.update(name=name, uid=str(uuid.uuid4()), resourceVersion=str(self.version))
        metadata["creationTimestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        if namespace:
            metadata["namespace"] = namespace
        if resource == "secrets":
            _settle_secret(made)
        self[resource, namespace, name] = {"kind": KINDS[resource], "apiVersion": "v1", **made}
        return self[resource, namespace, name]


def _settle_secret(made: dict[str, Any]) -> None:
    """Plain text encoded, encoded text checked, a type."""
    data = made.setdefault("data", {}) or {}
    for key, text in (made.pop("stringData", None) or {}).items():
        data[key] = base64.b64encode(text.encode()).decode()
    for text in data.values():
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, TypeError) as error:
            raise status.bad_request(
                'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0'
            ) from error
    made["data"] = data
    made.setdefault("type", "Opaque")
