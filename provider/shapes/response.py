"""The shape of the whole response: all that Vault answered becomes the file, in the Go client's order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from provider import model
from provider.base import secret
from provider.golang import gojson
from provider.shapes import contract, envelopes, fields, read_results, secret_data

_FIXED: Final = ("request_id", "lease_id", "lease_duration", "renewable")
_OPTIONAL: Final = ("auth", "wrap_info", "mount_type")
_AUTH: Final = (
    "client_token",
    "accessor",
    "policies",
    "token_policies",
    "identity_policies",
    "metadata",
    "orphan",
    "entity_id",
    "lease_duration",
    "renewable",
    "mfa_requirement",
)
_WRAP: Final = ("token", "accessor", "ttl", "creation_time", "creation_path", "wrapped_accessor")
_ZERO: Final[dict[str, Any]] = {
    "request_id": "",
    "lease_id": "",
    "lease_duration": 0,
    "renewable": False,
    "client_token": "",
    "accessor": "",
    "orphan": False,
    "entity_id": "",
    "token": "",
    "ttl": 0,
    "creation_time": "0001-01-01T00:00:00Z",
    "creation_path": "",
    "wrapped_accessor": "",
}


@dataclass(frozen=True, slots=True)
class Response(contract.Shape):
    """The whole response, as one JSON document."""

    NAME: ClassVar = "response"
    DOC: ClassVar = "the whole response as one JSON document"

    @classmethod
    def is_chosen(cls, entry: fields.Fields) -> bool:  # noqa: ARG003
        """See `contract.Shape`. What no other shape is chosen for."""
        return True

    @classmethod
    def parse(cls, entry: fields.Fields, shared: contract.Shared) -> Self:  # noqa: ARG003
        """See `contract.Shape`."""
        encoding = secret_data.encoding_name(entry.text("encoding"))
        if encoding in secret_data.ENCODINGS[1:]:
            message = f"encoding {encoding} has no effect without secretKey: the whole response is written as JSON"
            entry.warn("encoding", message)
        return cls()

    @property
    def version(self) -> str:
        """See `contract.Shape`."""
        return ""

    def render(self, wanted: model.Object, inputs: contract.Inputs) -> contract.Output | read_results.MissingReads:
        """See `contract.Shape`.

        Raises:
            errors.VaultError: the read failed.
        """
        reply = inputs.reply(wanted)
        if isinstance(reply, read_results.MissingReads):
            return reply
        contents = document(reply, inputs.envelopes.of(contract.read_of(wanted), reply))
        # Of the envelope only what was given counts: a request_id is no new content.
        return contract.Output(((wanted.name, contents),), envelopes.stable_part(reply))


def document(reply: model.Reply, envelope: Mapping[str, Any]) -> secret.Secret:
    """Return a response as one JSON document in the Go client's field order.

    Args:
        reply: gives the data.
        envelope: gives everything else: the reply's own, or the one shown before while the data is unchanged.
    """
    members = [gojson.member(name, envelope.get(name, _ZERO[name])) for name in _FIXED]
    members.append(gojson.member("data", reply.data))
    members.append(gojson.member("warnings", envelope.get("warnings")))
    present = [name for name in _OPTIONAL if envelope.get(name)]
    members.extend(f'"{name}":{_ordered(name, envelope[name])}' for name in present)
    return secret.Secret("{" + ",".join(members) + "}")


def _ordered(name: str, value: object) -> str:
    """`auth` and `wrap_info` in the Go client's field order and with its zero values; the rest as it is."""
    order = {"auth": _AUTH, "wrap_info": _WRAP}.get(name)
    if order is None or not isinstance(value, dict):
        return gojson.dumps(value)
    return "{" + ",".join(gojson.member(key, value.get(key, _ZERO.get(key))) for key in order) + "}"
