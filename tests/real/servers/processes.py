"""One server process: a log file, a readiness check, and ways to end, kill and pause it."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.real.servers import programs


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(**more: str) -> dict[str, str]:
    """What a server is started with: this process's own, but for what could steer a Vault or Kubernetes client."""
    steering = ("VAULT_", "BAO_", "KUBE", "POD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)} | more


class Process:
    """A program and its life. Nothing of it outlives `stop`, and what it printed stays in `log`.

    Attributes:
        name: for messages.
        log: the file its output goes to; appended to by a restart.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        directory: Path,
        *,
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        patience: float = 60.0,
    ) -> None:
        """Describe it.

        Args:
            name: for messages and the log file.
            command: the program and its arguments.
            directory: where it runs and logs; made if it is not there.
            env: its environment, see `environment`.
            ready: asked again and again after the start; None for no wait.
            patience: seconds until it must be ready.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = directory / f"{name}.log"
        self._command = list(command)
        self._directory = directory
        self._env = dict(env) if env is not None else environment()
        self._ready = ready
        self._patience = patience
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 where it does not run."""
        return self._running.pid if self._running else 0

    @property
    def exit_code(self) -> int | None:
        """Of a process that ended by itself; None while it runs, and where it was stopped."""
        return self._running.poll() if self._running else None

    def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            programs.NotAvailable: it ended, or was not ready in time; the text has the end of its log.
        """
        with self.log.open("ab") as output:
            self._running = subprocess.Popen(
                self._command,
                cwd=self._directory,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + self._patience
        while self._ready is not None and not self._is_ready(self._ready):
            if self.exit_code is not None:
                raise programs.NotAvailable(f"{self.name} ended with {self.exit_code}:\n{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise programs.NotAvailable(f"{self.name} was not ready in {self._patience:.0f} s:\n{self.tail()}")
            time.sleep(0.05)

    @staticmethod
    def _is_ready(ready: Callable[[], bool]) -> bool:
        with contextlib.suppress(OSError):
            return ready()
        return False

    def stop(self, patience: float = 10.0) -> None:
        """End it with SIGTERM, and with SIGKILL where that is not enough in `patience` seconds."""
        if self._running is None:
            return
        self.resume()
        self._running.terminate()
        try:
            self._running.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        self._running = None

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def pause(self) -> None:
        """Stop it with SIGSTOP: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(number)

    def tail(self, characters: int = 2000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""
