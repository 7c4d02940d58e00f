"""The objects that the dev API server holds."""

import base64
import binascii
import copy
import datetime
import uuid
from typing import Any, Final

from provider.base import clock
from provider.dev.kube import history, status

KINDS: Final = {
    "namespaces": "Namespace",
    "serviceaccounts": "ServiceAccount",
    "pods": "Pod",
    "secrets": "Secret",
    "events": "Event",
}


class Objects(dict[tuple[str, str, str], dict[str, Any]]):
    """Objects by (resource, namespace, name); a namespace is in the namespace "". `history` is what watches tell."""

    def __init__(self, time: clock.Clock) -> None:
        super().__init__()
        self._time = time
        self.version = 0
        self.history = history.History()

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
        metadata.update(name=name, uid=str(uuid.uuid4()), creationTimestamp=self._moment())
        if namespace:
            metadata["namespace"] = namespace
        if resource == "secrets":
            _settle_secret(made)
        self[resource, namespace, name] = {"kind": KINDS[resource], "apiVersion": "v1", **made}
        self._reported("ADDED", resource, self[resource, namespace, name])
        return self[resource, namespace, name]

    def __delitem__(self, place: tuple[str, str, str]) -> None:
        gone = copy.deepcopy(self[place])
        super().__delitem__(place)
        if place[0] == "pods":
            # A pod is marked first, even where it is deleted at once.
            gone["metadata"]["deletionTimestamp"] = self._moment()
            self._reported("MODIFIED", place[0], gone)
        self._reported("DELETED", place[0], gone)

    def _reported(self, kind: str, resource: str, found: dict[str, Any]) -> None:
        self.version += 1
        found["metadata"]["resourceVersion"] = str(self.version)
        self.history.add(self.version, kind, resource, found)

    def _moment(self) -> str:
        return datetime.datetime.fromtimestamp(self._time.now(), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
