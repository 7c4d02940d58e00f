"""A digest of everything in an SPC that decides about the content of a volume. Pure."""

import hashlib
import json
from typing import Final

from provider import model
from provider.service import codec
from provider.shapes import registry

# Without what is left at its default: a version that knows more than the last one makes the same digests.
_TARGET: Final = codec.of(model.Target)
_LOGIN: Final = codec.of(model.Login)
_LIFECYCLE: Final = codec.of(model.Lifecycle)
_OBJECT: Final = codec.of(model.Object, registry.KINDS)


def of(spec: model.MountSpec) -> str:
    """Hexadecimal SHA-256. With another one, everything is requested again."""
    parts = [_TARGET.encode(spec.target), _LOGIN.encode(spec.login), _LIFECYCLE.encode(spec.lifecycle)]
    parts += [spec.default_mode, *(_OBJECT.encode(wanted) for wanted in spec.objects)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
