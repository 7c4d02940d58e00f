"""The driver's side of a mount, as secrets-store-csi-driver 1.6.0 does it, without kubelet and without a mount.

The same dial, the same retries, the same checks of an answer, the same way to write files, and the same silence about
a republish that fails. Left out: the pod status object, the sync to Kubernetes Secrets, the tmpfs, and the interval
that may skip a call; whoever uses this calls when a call is due.
"""

import asyncio
import base64
import json
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypedDict, Unpack

import grpc
import grpc.aio

from provider import atomicwriter, model
from provider.base import secret
from provider.golang import gojson
from provider.spec import attributes as sending
from provider.v1alpha1 import service_pb2, service_pb2_grpc

RECEIVE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a whole answer; the driver's --max-call-recv-msg-size."""

_PROVIDER_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{0,30}")
_SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": [{"service": "v1alpha1.CSIDriverProvider"}],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "1s",
                "maxBackoff": "10s",
                "backoffMultiplier": 1.1,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
_OPTIONS: Final = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.default_authority", "localhost"),
    ("grpc.max_receive_message_length", RECEIVE_LIMIT),
)


class PublishFailed(Exception):
    """What the kubelet is told, and with it the pod's FailedMount event.

    Attributes:
        reason: as the driver counts it: GRPCProviderError, FileWriteError, or the code in the provider's answer.
        code: the gRPC status that the provider answered with; None where it answered.
        details: what the provider said.
    """

    def __init__(self, message: str, *, reason: str, code: grpc.StatusCode | None = None, details: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Mounted:
    """A volume after a call.

    `files` are the paths that a container sees, sorted; `modes` are permission bits by path; `versions` are the
    provider's, by object. `written` tells whether anything changed on disk. `masked` is the failure of a republish,
    which a kubelet is not told of.
    """

    files: tuple[str, ...]
    modes: Mapping[str, int]
    versions: Mapping[str, str]
    written: bool
    masked: PublishFailed | None = None


class Options(TypedDict, total=False):
    """What a call may say beside the volume itself; see `DevDriver.mount`."""

    provider_class: str
    attributes: Mapping[str, str] | None
    permission: int
    secrets: Mapping[str, str] | None
    tokens_in_secrets: bool
    timeout: float


class DevDriver:
    """Calls the providers whose sockets are in `socket_dir`. Keeps one connection a provider, as the driver does."""

    def __init__(self, socket_dir: Path) -> None:
        self._socket_dir = socket_dir
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._mounted: dict[Path, Mounted] = {}

    async def close(self) -> None:
        """Drop the connections."""
        for channel in self._channels.values():
            await channel.close(None)
        self._channels.clear()

    async def version(self, provider: str) -> service_pb2.VersionResponse:
        """The driver's health check of a provider."""
        request = service_pb2.VersionRequest(version="v1alpha1")
        answer: service_pb2.VersionResponse = await self._stub(provider).Version(request, timeout=5)
        return answer

    async def mount(
        self,
        provider: str,
        parameters: Mapping[str, str],
        pod: model.Pod,
        target_path: Path,
        tokens: Mapping[str, secret.Secret] | None = None,
        *,
        provider_class: str = "",
        attributes: Mapping[str, str] | None = None,
        permission: int = 0o644,
        secrets: Mapping[str, str] | None = None,
        tokens_in_secrets: bool = False,
        timeout: float = 120.0,  # noqa: ASYNC109 -- the kubelet's deadline, which travels with the call
    ) -> Mounted:
        """The first mount of a volume.

        Args:
            provider: the SPC's `provider`: vault is called at vault.sock.
            parameters: the SPC's parameters.
            pod: whose volume it is.
            target_path: where the files go; made if it is not there.
            tokens: the pod's service-account tokens by audience, as the CSIDriver's tokenRequests ask for.
            provider_class: the SPC's name; "" leaves it out, as drivers up to 1.5.6 did when they rotated.
            attributes: volumeAttributes of the pod's volume; they win over the parameters.
            permission: the default mode of files.
            secrets: the data of nodePublishSecretRef.
            tokens_in_secrets: also hand the tokens over as a CSIDriver with serviceAccountTokenInSecrets does.
            timeout: seconds that the kubelet gives.

        Raises:
            PublishFailed: the pod will not start, and the kubelet will try again.
        """
        handed = dict(secrets) if secrets is not None else None
        sent = sending.compose({**parameters, **(attributes or {})}, pod, provider_class)
        sent["csi.storage.k8s.io/ephemeral"] = "true"
        if tokens:
            sent[sending.TOKENS] = _tokens(tokens)
            if tokens_in_secrets:
                handed = {**(handed or {}), sending.TOKENS: sent[sending.TOKENS]}
        request = service_pb2.MountRequest(
            attributes=gojson.dumps(sent),
            secrets=gojson.dumps(handed),
            target_path=str(target_path),
            permission=gojson.dumps(permission),
        )
        await asyncio.to_thread(target_path.mkdir, mode=0o750, parents=True, exist_ok=True)
        try:
            mounted = await self._call(provider, request, target_path, timeout)
        except PublishFailed as error:
            message = f"failed to mount secrets store objects for pod {pod}, err: {error}"
            raise PublishFailed(message, reason=error.reason, code=error.code, details=error.details) from error
        self._mounted[target_path] = mounted
        return mounted

    async def republish(
        self,
        provider: str,
        parameters: Mapping[str, str],
        pod: model.Pod,
        target_path: Path,
        tokens: Mapping[str, secret.Secret] | None = None,
        **options: Unpack[Options],
    ) -> Mounted:
        """The same call for a volume that is mounted: what fails is masked, and the files stay as they are."""
        try:
            return await self.mount(provider, parameters, pod, target_path, tokens, **options)
        except PublishFailed as error:
            before = self._mounted.get(target_path, Mounted((), {}, {}, written=False))
            return replace(before, written=False, masked=error)

    def _stub(self, provider: str) -> service_pb2_grpc.CSIDriverProviderStub:
        if provider not in self._channels:
            if not _PROVIDER_NAME.fullmatch(provider):
                raise _not_connected(provider, "invalid provider")
            socket = self._socket_dir / f"{provider}.sock"
            if not socket.exists():
                raise _not_connected(provider, "provider not found")
            self._channels[provider] = grpc.aio.insecure_channel(f"unix:{socket}", options=_OPTIONS)
        return service_pb2_grpc.CSIDriverProviderStub(self._channels[provider])

    async def _call(self, provider: str, request: service_pb2.MountRequest, target: Path, seconds: float) -> Mounted:
        try:
            answer: service_pb2.MountResponse = await self._stub(provider).Mount(request, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            details = error.details() or ""
            message = f"rpc error: code = {_go_name(error.code())} desc = {details}"
            raise PublishFailed(message, reason="GRPCProviderError", code=error.code(), details=details) from None
        if answer.error.code:
            message = f"mount request failed with provider error code {answer.error.code}"
            raise PublishFailed(message, reason=answer.error.code)
        if not answer.object_version:
            raise PublishFailed("missing object versions", reason="GRPCProviderError")
        written = False
        # No files at all: the driver takes it that the provider wrote them itself.
        if answer.files:
            files = [atomicwriter.File(file.path, file.mode, file.contents) for file in answer.files]
            try:
                written = await asyncio.to_thread(atomicwriter.write, target, files)
            except (OSError, ValueError) as error:
                raise PublishFailed(str(error), reason="FileWriteError") from error
        modes = await asyncio.to_thread(_visible, target)
        versions = {one.id: one.version for one in answer.object_version}
        return Mounted(tuple(sorted(modes)), modes, versions, written)


def _tokens(tokens: Mapping[str, secret.Secret]) -> str:
    given = {}
    for audience, token in tokens.items():
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_end(token)))
        given[audience] = {"token": token.reveal_text(), "expirationTimestamp": moment}
    return gojson.dumps(given)


def _end(token: secret.Secret) -> float:
    """When a JWT ends, in seconds since the epoch; in an hour where it is none."""
    try:
        payload = token.reveal().split(b".")[1]
        return float(json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return time.time() + 3600


def _visible(target: Path) -> dict[str, int]:
    """Permission bits of every file that a container sees, by path."""
    seen: dict[str, int] = {}
    for top in target.iterdir():
        if top.name.startswith(".."):
            continue
        for place in top.rglob("*") if top.is_dir() else (top,):
            if place.is_file():
                seen[place.relative_to(target).as_posix()] = stat.S_IMODE(place.stat().st_mode)
    return seen


def _not_connected(provider: str, why: str) -> PublishFailed:
    message = f'error connecting to provider "{provider}": {why}: provider "{provider}"'
    return PublishFailed(message, reason="GRPCProviderError")


def _go_name(code: grpc.StatusCode) -> str:
    """A status as Go spells it: PermissionDenied. Of all, only OK and Canceled differ by more than case."""
    return "Canceled" if code is grpc.StatusCode.CANCELLED else code.name.title().replace("_", "")
