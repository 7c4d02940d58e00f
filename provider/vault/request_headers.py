"""Tells Vault which pod a request is made for, in headers that its audit log can record.

Vault records a header once an administrator has listed it under sys/config/auditing/request-headers/; until then the
headers change nothing. A login that several mounts of one pod wait for carries the headers of the first.
"""

from collections.abc import Mapping
from typing import Final
from urllib import parse

from provider import model

_LONGEST: Final = 512
"""Bytes of one value; a Kubernetes name has at most 253."""


def of(origin: model.Origin) -> Mapping[str, str]:
    """The headers that name `origin`; what is not known is left out.

    Names are what Kubernetes allows in a name. Whatever else a caller may have sent is percent-encoded, so that no
    value can end its header.
    """
    values = {
        "X-Vault-Csi-Pod": origin.pod.name,
        "X-Vault-Csi-Namespace": origin.pod.namespace,
        "X-Vault-Csi-Service-Account": origin.pod.service_account,
        "X-Vault-Csi-Spc": origin.provider_class,
        "X-Vault-Csi-Mount-Id": origin.mount,
    }
    return {name: parse.quote(value, safe="")[:_LONGEST] for name, value in values.items() if value}
