"""Resolves paths without the `data/` of a KV version 2 engine, as consul-template and Vault's command line take them.

Which version is mounted only Vault knows: `sys/internal/ui/mounts/<path>` answers a token that may read there. That
request is made only where it can matter: not for paths that name a part of the API, and for paths that look like those
of another engine (`database/creds/app`) only after Vault has refused them as they are.
"""

from typing import Final

from provider import errors, model
from provider.shapes import read_results

PROBE: Final = "sys/internal/ui/mounts/"

_WRITTEN: Final = frozenset({"data", "metadata", "subkeys", "delete", "undelete", "destroy", "config"})
"""The parts of the API of KV version 2, after its mount."""

_OTHER_ENGINES: Final = frozenset(
    {
        "cert",
        "code",
        "creds",
        "decrypt",
        "encrypt",
        "export",
        "hmac",
        "internal",
        "issue",
        "issuer",
        "key",
        "keys",
        "otp",
        "role",
        "roles",
        "roleset",
        "sign",
        "sign-verbatim",
        "static-account",
        "static-creds",
        "static-cred",
        "sts",
        "token",
        "verify",
    }
)
_SYSTEM: Final = ("sys/", "auth/", "identity/", "cubbyhole/")


class PathResolver:
    """Finds the read that a path of a template stands for, within one rendering."""

    def __init__(self, results: read_results.ReadResults) -> None:
        self._results = results
        self._probed_mounts: set[str] = set()

    def resolve(self, literal: model.Read) -> tuple[model.Read | None, tuple[model.Read, ...]]:
        """Return the read to make (None where that is not known yet), and the reads that are needed to know it."""
        mount, _, rest = literal.path.partition("/")
        part = rest.partition("/")[0]
        if part in _WRITTEN or literal.path.startswith(_SYSTEM) or not (rest or literal.method == "LIST"):
            return literal, ()
        if part in _OTHER_ENGINES and not self._was_refused(literal):
            return literal, ()
        known = self._mount(literal)
        if known is None:
            probe = model.Read(literal.namespace, PROBE + literal.path)
            if not self._results.holds(probe):
                # Paths of one mount share one request; the second path waits for its answer.
                is_first = mount not in self._probed_mounts
                self._probed_mounts.add(mount)
                return None, (probe,) if is_first else ()
            known = self._answer(probe)
        found, version = known
        return (_versioned(literal, found) if version == "2" else literal), ()

    def _was_refused(self, read: model.Read) -> bool:
        if not self._results.holds(read):
            return False
        try:
            self._results.reply(read)
        except (errors.PathDenied, errors.SecretNotFound):
            return True
        except errors.ProviderError:
            pass
        return False

    def _mount(self, read: model.Read) -> tuple[str, str] | None:
        """Return mount and version, where an earlier reply covers this path."""
        for probe, reply in self._results.replies():
            if probe.path.startswith(PROBE) and probe.namespace == read.namespace:
                mount, version = _described(reply)
                if mount and f"{read.path}/".startswith(mount):
                    return mount, version
        return None

    def _answer(self, probe: model.Read) -> tuple[str, str]:
        try:
            return _described(self._results.reply(probe))
        except errors.ProviderError:
            return "", ""


def _described(reply: model.Reply) -> tuple[str, str]:
    data = reply.data or {}
    options = data.get("options")
    version = options.get("version") if isinstance(options, dict) and data.get("type") in ("kv", "generic") else None
    mount = data.get("path")
    return (mount if isinstance(mount, str) else "", str(version or ""))


def _versioned(read: model.Read, mount: str) -> model.Read:
    rest = f"{read.path}/".removeprefix(mount).strip("/")
    if rest.split("/")[0] in _WRITTEN:
        return read
    part = "metadata" if read.method == "LIST" else "data"
    args = f'{{"data":{read.args}}}' if read.args else ""
    return model.Read(read.namespace, f"{mount}{part}/{rest}".strip("/"), read.method, read.query, args)
