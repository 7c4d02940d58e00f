"""Translates between protobuf messages and our types, and does nothing else."""

from typing import Final, Protocol

import grpc
import grpc.aio

import provider
from provider import errors, model
from provider.service import ports
from provider.service.volumes import volume_files
from provider.spec import parameters
from provider.v1alpha1 import service_pb2 as pb
from provider.wire import status

API_VERSION: Final = "v1alpha1"
RUNTIME_NAME: Final = "vault-csi-provider"


class Mounter(Protocol):
    """Carries out mounts."""

    async def mount(self, call: ports.Call) -> volume_files.VolumeFiles:
        """Return the volume's files and versions.

        Raises:
            errors.ProviderError: nothing is mounted.
        """


class Servicer:
    """Implements the driver's interface on one socket, whose dialect is `dialect`."""

    def __init__(self, mounter: Mounter, dialect: parameters.Dialect) -> None:
        self._mounter = mounter
        self._dialect = dialect

    async def Version(  # noqa: N802 -- the contract's name
        self,
        request: pb.VersionRequest,  # noqa: ARG002 -- there is one version
        context: grpc.aio.ServicerContext[pb.VersionRequest, pb.VersionResponse],  # noqa: ARG002
    ) -> pb.VersionResponse:
        """Return the interface's version, and this program's name and version."""
        return pb.VersionResponse(version=API_VERSION, runtime_name=RUNTIME_NAME, runtime_version=provider.__version__)

    async def Mount(  # noqa: N802 -- the contract's name
        self, request: pb.MountRequest, context: grpc.aio.ServicerContext[pb.MountRequest, pb.MountResponse]
    ) -> pb.MountResponse:
        """Return all files of a volume. A failure is a status: the driver hides the text of `MountResponse.error`."""
        call = ports.Call(
            attributes=request.attributes,
            secrets=request.secrets,
            target_path=request.target_path,
            permission=request.permission,
            dialect=self._dialect,
            remaining=context.time_remaining(),
        )
        try:
            return respond(await self._mounter.mount(call))
        except errors.ProviderError as error:
            await context.abort(status.code(error), status.message(error))


def respond(volume: volume_files.VolumeFiles) -> pb.MountResponse:
    """Convert a volume to the driver's message, which reveals the contents of its files."""
    return pb.MountResponse(
        files=[_file(file) for file in volume.files],
        object_version=[pb.ObjectVersion(id=made.wanted.name, version=made.version) for made in volume.objects],
    )


def _file(file: model.File) -> pb.File:
    return pb.File(path=file.path, mode=file.mode, contents=file.contents.reveal())
