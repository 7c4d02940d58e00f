"""Which pod a request is made for, told to Vault in headers that its audit log can record.

Vault records a header once an administrator has listed it under sys/config/auditing/request-headers/; until then the
headers change nothing. A login that several mounts of one pod wait for carries the headers of the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib import parse

from provider import model

_LONGEST: Final = 512
"""Bytes of one value; a Kubernetes name has at most 253."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One mount, as an auditor knows it. `mount` is the id that the provider's log lines carry."""

    pod: model.Pod = model.Pod()  # noqa: RUF009 -- frozen
    provider_class: str = ""
    mount: str = ""

    def headers(self) -> Mapping[str, str]:
        """The request headers; what is not known is left out.

        Names are what Kubernetes allows in a name. Whatever else a caller may have sent is percent-encoded, so that no
        value can end its header.
        """
        messages = {
            "X-Vault-Csi-Pod": self.pod.name,
            "X-Vault-Csi-Namespace": self.pod.namespace,
            "X-Vault-Csi-Service-Account": self.pod.service_account,
            "X-Vault-Csi-Spc": self.provider_class,
            "X-Vault-Csi-Mount-Id": self.mount,
        }
        return {name: parse.quote(value, safe="")[:_LONGEST] for name, value in messages.items() if value}
