"""Between protobuf messages and our types, and nothing else."""

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
    """Whoever carries out a mount."""

    async def mount(self, call: ports.Call) -> volume_files.VolumeFiles:
        """The volume's files and versions.

        Raises:
            errors.ProviderError: nothing is mounted.
        """


class Servicer:
    """The driver's interface on one socket; `dialect` is that socket's."""

    def __init__(self, mounter: Mounter, dialect: parameters.Dialect) -> None:
        self._mounter = mounter
        self._dialect = dialect

    async def Version(  # noqa: N802 -- the contract's name
        self,
        request: pb.VersionRequest,  # noqa: ARG002 -- there is one version
        context: grpc.aio.ServicerContext[pb.VersionRequest, pb.VersionResponse],  # noqa: ARG002
    ) -> pb.VersionResponse:
        """Who is serving."""
        return pb.VersionResponse(version=API_VERSION, runtime_name=RUNTIME_NAME, runtime_version=provider.__version__)

    async def Mount(  # noqa: N802 -- the contract's name
        self, request: pb.MountRequest, context: grpc.aio.ServicerContext[pb.MountRequest, pb.MountResponse]
    ) -> pb.MountResponse:
        """All files of a volume; a failure is a status, since the driver hides every word of `MountResponse.error`."""
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
    """A volume as the driver wants it, with the contents of its files revealed."""
    return pb.MountResponse(
        files=[_file(file) for file in volume.files],
        object_version=[pb.ObjectVersion(id=made.wanted.name, version=made.version) for made in volume.objects],
    )


def _file(file: model.File) -> pb.File:
    return pb.File(path=file.path, mode=file.mode, contents=file.contents.reveal())
