"""What makes pods of a DaemonSet and gives them a node: the real controller manager and scheduler."""

from pathlib import Path

from tests.real.servers import api_server, processes, programs


class ControlPlane:
    """kube-controller-manager and kube-scheduler, each as its own user at the API server."""

    def __init__(self, controllers: Path, scheduler: Path, directory: Path, server: api_server.ApiServer) -> None:
        """Describe both."""
        as_controllers = server.kubeconfig("system:kube-controller-manager", "")
        as_scheduler = server.kubeconfig("system:kube-scheduler", "")
        self.processes = [
            processes.Process(
                "kube-controller-manager",
                [
                    str(controllers),
                    f"--kubeconfig={as_controllers}",
                    "--use-service-account-credentials=true",
                    f"--root-ca-file={server.ca_file}",
                    "--leader-elect=false",
                    "--secure-port=0",
                    "--profiling=false",
                ],
                directory,
            ),
            processes.Process(
                "kube-scheduler",
                [str(scheduler), f"--kubeconfig={as_scheduler}", "--leader-elect=false", "--secure-port=0"],
                directory,
            ),
        ]

    def start(self) -> None:
        """Start both; what they do is seen at the API server."""
        for process in self.processes:
            process.start()

    def stop(self) -> None:
        """End both."""
        for process in self.processes:
            process.stop()


def find() -> tuple[Path, Path]:
    """The programs: the controller manager, the scheduler.

    Raises:
        programs.NotAvailable: one is missing; the text says how to get it.
    """
    return programs.need(programs.CONTROLLER_MANAGER), programs.need(programs.SCHEDULER)
