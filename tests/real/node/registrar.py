"""Tells the kubelet of the driver, as the sidecar node-driver-registrar does."""

import threading
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc

from tests.real.servers import driver, programs


class Registrar:
    """One driver, offered to one kubelet through a socket in its plugins_registry."""

    def __init__(self, registry: Path, endpoint: Path) -> None:
        """Describe it: the kubelet's directory, and where the driver serves."""
        self._endpoint = endpoint
        self._answered = threading.Event()
        self._refused = ""
        self._messages, services = grpc.protos_and_services(f"{__package__.replace('.', '/')}/registration.proto")
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
        services.add_RegistrationServicer_to_server(self, self._server)
        registry.mkdir(parents=True, exist_ok=True)
        self._server.add_insecure_port(f"unix:{registry / driver.NAME}-reg.sock")

    def start(self, patience: float = 60.0) -> None:
        """Serve, and wait until the kubelet has taken the driver.

        Raises:
            programs.NotAvailable: it has not.
        """
        self._server.start()
        if not self._answered.wait(patience):
            raise programs.NotAvailable(f"the kubelet did not ask for the driver in {patience:.0f} s")
        if self._refused:
            raise programs.NotAvailable(f"the kubelet refused the driver: {self._refused}")

    def stop(self) -> None:
        """Take the driver away."""
        self._server.stop(grace=0).wait()

    def GetInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 -- the protocol's name
        """What is offered."""
        return self._messages.PluginInfo(
            type="CSIPlugin", name=driver.NAME, endpoint=str(self._endpoint), supported_versions=["1.0.0"]
        )

    def NotifyRegistrationStatus(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Whether the kubelet took it."""
        self._refused = "" if request.plugin_registered else request.error
        self._answered.set()
        return self._messages.RegistrationStatusResponse()
