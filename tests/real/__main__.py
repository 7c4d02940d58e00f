"""The test bed for a person: `python -m tests.real build`, `find`, `up`."""

import argparse
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from provider import model
from tests.real import bed
from tests.real.servers import cluster, programs

_BY_NAME = {program.name: program for program in programs.NODE}


def main(arguments: Sequence[str]) -> int:
    """The command line; 1 where something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build what is not there: vault, etcd and kube-apiserver")
    building.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(_BY_NAME)}")
    commands.add_parser("find", help="say where each program is, or how to get it")
    starting = commands.add_parser("up", help="start the bed, print how to reach it, and keep it until Ctrl-C")
    starting.add_argument("--directory", type=Path, help="where its files and logs go; a temporary one if not given")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "build":
            unknown = [name for name in chosen.names if name not in _BY_NAME]
            if unknown:
                parser.error(f"no program {', '.join(unknown)}; there are {', '.join(_BY_NAME)}")
            for program in [_BY_NAME[name] for name in chosen.names] or programs.SERVERS:
                print(f"{program.name}: {programs.build(program, _progress)}", flush=True)
        elif chosen.command == "find":
            print(programs.describe(tuple(_BY_NAME.values())))
        else:
            _up(chosen.directory)
    except programs.NotAvailable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _progress(line: str) -> None:
    print(line, flush=True)


def _up(directory: Path | None) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="bed-") as temporary:
        where = (directory or Path(temporary)).absolute()
        where.mkdir(parents=True, exist_ok=True)
        print(f"starting etcd, the API server, Vault and the provider in {where}", flush=True)
        with bed.running(where) as parts:
            print(_shown(parts, _seed(parts)), flush=True)
            ended.wait()
            print("stopping", flush=True)


def _seed(parts: bed.Bed) -> model.Pod:
    """What deploy/examples takes for granted: a secret, its policy and role, the class; and a pod to mount for."""
    bed.example(parts.vault)
    parts.cluster.apply(cluster.manifest(cluster.DEPLOY / "examples" / "spc.yaml"))
    return parts.cluster.pod("production", "api-service", "api-service", classes=["api-service"])


def _shown(parts: bed.Bed, pod: model.Pod) -> str:
    return f"""
export VAULT_ADDR={parts.vault.address}
export VAULT_CACERT={parts.authority.file}
export VAULT_TOKEN={parts.vault.root_token}
export KUBECONFIG={parts.server.kubeconfig()}

The provider's sockets: {parts.provider.sockets}
It was started as:      {parts.provider.shown()}
Vault's audit log:      {parts.vault.audit_log}
Logs:                   {parts.directory}/*/*.log

Mount the example's SecretProviderClass for the pod {pod}, in another shell with these variables:

  .venv/bin/vault-csi-provider mount --spc deploy/examples/spc.yaml --target {parts.directory}/mounted \\
    --service-account {pod.service_account} --pod {pod.name} --pod-uid {pod.uid}

Ctrl-C ends everything."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
