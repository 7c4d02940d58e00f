"""The main job, end to end, on the embedded servers, explained so that a newcomer can follow."""

import asyncio
import json
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import provider
from provider import errors, model
from provider.cli import flags, output
from provider.dev import bed as beds
from provider.dev import driver
from provider.spec import manifests

EXAMPLES: Final = Path(provider.__file__).parents[1] / "deploy" / "examples"
SECRET: Final = "secret/data/api-service/database"  # noqa: S105 -- a path
_KEPT_POLL: Final = 2.0


def run(arguments: Sequence[str]) -> int:
    """Show the main job; with --keep go on until interrupted."""
    parser = flags.Parser(prog="python -m provider.dev", description="The main job on embedded servers.")
    parser.add_argument("--keep", action="store_true", help="leave everything running, and say what to try")
    known = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vault-csi-demo-") as directory:
        return asyncio.run(_Demo(Path(directory), keep=known.keep).run())


def _say(text: str = "") -> None:
    print(text, flush=True)


class _Demo:
    def __init__(self, directory: Path, *, keep: bool) -> None:
        self._directory = directory
        self._keep = keep
        self._step = 0
        self._class = manifests.read(_example("spc.yaml"), "spc.yaml")
        self._pod_manifest = manifests.load(_example("pod.yaml"), "pod.yaml")[0]

    def _heading(self, text: str) -> None:
        self._step += 1
        _say(f"\n\033[1m{self._step}. {text}\033[0m\n" if sys.stdout.isatty() else f"\n{self._step}. {text}\n")

    async def run(self) -> int:
        started = time.monotonic()
        _say("Vault secrets as files in a pod, the whole way on this machine. Vault, the API server and the CSI driver")
        _say(
            "are small stand-ins in this process; the provider is the real one, a process of its own behind its socket."
        )
        async with beds.running(self._directory) as bed:
            await self._show_vault(bed)
            pod, target = await self._show_mount(bed)
            await self._show_rotation(bed, pod, target)
            await self._show_refusal(bed)
            self._show_audit(bed)
            if self._keep:
                await self._stay(bed, pod, target)
        _say(f"\nDone in {time.monotonic() - started:.1f} s. Everything was in {self._directory}, and is gone.")
        _say("Try `make demo ARGS=--keep`, or your own manifest: vault-csi-provider mount -h")
        return 0

    async def _show_vault(self, bed: beds.Bed) -> None:
        self._heading("Vault holds a secret, and says who may read it")
        await self._write(bed, await self._new_password())
        await bed.allow("api-service", "production", beds.POLICY)
        _say(
            f"   vault kv put {SECRET.replace('data/', '')} host=db.production.internal username=api_user password=..."
        )
        _say(f"   vault policy write api-service      {' '.join(beds.POLICY.split())}")
        _say("   vault write auth/kubernetes/role/api-service   service account production/api-service, ttl 1h")

    async def _new_password(self) -> str:
        return secrets.token_urlsafe(18)

    async def _write(self, bed: beds.Bed, password: str) -> None:
        data = {"host": "db.production.internal", "username": "api_user", "password": password}
        await bed.vault.write(SECRET, {"data": data})

    async def _show_mount(self, bed: beds.Bed) -> tuple[model.Pod, Path]:
        account = self._pod_manifest["spec"]["serviceAccountName"]
        name, namespace = (self._pod_manifest["metadata"][field] for field in ("name", "namespace"))
        pod = bed.kube.create_pod(namespace, name, account)
        target = self._directory / "pods" / pod.uid / "mount"
        self._heading(f"Pod {pod} starts: the driver asks the provider for the files of deploy/examples/spc.yaml")
        mounted = await self._mount(bed, pod, target)
        self._table(mounted, target)
        return pod, target

    async def _mount(self, bed: beds.Bed, pod: model.Pod, target: Path) -> driver.Mounted:
        tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
        return await bed.driver.mount(
            self._class.dialect.name, self._class.parameters, pod, target, tokens, provider_class=self._class.name
        )

    def _table(self, mounted: driver.Mounted, target: Path) -> None:
        rows = [
            [path, f"{mounted.modes[path]:04o}", mounted.versions.get(path, "")[:12], _glimpse(target / path)]
            for path in mounted.files
        ]
        for line in output.table(["file", "mode", "version", "content"], rows).splitlines():
            _say(f"   {line}")

    async def _show_rotation(self, bed: beds.Bed, pod: model.Pod, target: Path) -> None:
        self._heading("The password changes in Vault; the files follow at the next republish, without a restart")
        same = await self._mount(bed, pod, target)
        _say(
            f"   nothing changed in Vault: {'files written' if same.written else 'nothing written, versions as before'}"
        )
        await self._write(bed, await self._new_password())
        asked = bed.vault.count()
        await self._mount(bed, pod, target)
        _say(f"   within the interval ({beds.INTERVAL:g} s here): {bed.vault.count() - asked} requests to Vault")
        await asyncio.sleep(beds.INTERVAL)
        changed = await self._mount(bed, pod, target)
        moved = [name for name, version in changed.versions.items() if same.versions[name] != version]
        _say(f"   new password in Vault:    changed versions: {', '.join(moved)}\n")
        self._table(changed, target)

    async def _show_refusal(self, bed: beds.Bed) -> None:
        self._heading("Another service account tries the same; this is what `kubectl describe pod` shows its owner")
        pod = bed.kube.create_pod("production", "billing-0", "billing")
        try:
            await self._mount(bed, pod, self._directory / "pods" / pod.uid / "mount")
        except driver.PublishFailed as error:
            for line in _wrapped(f"Warning  FailedMount  {error}"):
                _say(f"   {line}")
        else:
            raise errors.InternalError("the dev Vault let the wrong service account in")

    def _show_audit(self, bed: beds.Bed) -> None:
        self._heading("Vault's audit log knows who read what")
        lines = [line for line in bed.vault.state.audit.lines if line.get("type") == "response"]
        lines = [
            line for line in lines if line["request"]["path"].startswith(("secret/data/", "auth/kubernetes/login"))
        ]
        lines = [line for line in lines if line.get("error") or _reader(line)]
        rows = [_audit_row(line) for line in lines]
        for row in output.table(["time", "operation", "path", "service account", "outcome"], rows).splitlines():
            _say(f"   {row}")
        _say("\n   The last read, as Vault writes it:\n")
        read = next(line for line in reversed(lines) if line["request"]["operation"] == "read")
        for part in _wrapped(json.dumps(read)):
            _say(f"   {part}")

    async def _stay(self, bed: beds.Bed, pod: model.Pod, target: Path) -> None:
        self._heading("Still running; Ctrl-C ends it")
        _say(f"   files      {target}")
        _say(f"   socket     {bed.provider.sockets / 'vault.sock'}")
        _say(f"   its log    {bed.provider.log}\n")
        _say(f"   export VAULT_ADDR={bed.vault.address} VAULT_TOKEN={bed.vault.root_token}")
        _say('   curl -s -H "X-Vault-Token: $VAULT_TOKEN" $VAULT_ADDR/v1/' + SECRET + " \\")
        _say('     -d \'{"data":{"host":"db","username":"api_user","password":"changed"}}\'')
        _say(f"   {Path(sys.executable).parent / 'vault-csi-provider'} mount --spc {EXAMPLES / 'spc.yaml'} \\")
        _say("     --target /tmp/out --vault-token-env VAULT_TOKEN --watch\n")
        before: Mapping[str, str] = {}
        while True:
            mounted = await self._mount(bed, pod, target)
            moved = [name for name, version in mounted.versions.items() if before and before[name] != version]
            if moved:
                _say(f"   {time.strftime('%H:%M:%S')}  changed: {', '.join(moved)}")
            before = mounted.versions
            await asyncio.sleep(_KEPT_POLL)


def _example(name: str) -> str:
    path = EXAMPLES / name
    try:
        return path.read_text()
    except OSError as error:
        raise errors.SettingsError(f"no {path}", hint="the demo runs from a checkout of the project") from error


def _glimpse(path: Path) -> str:
    """What a file holds; of a password only its length, since even a demo does not print one."""
    text = path.read_text()
    if "password" in path.name:
        return f"•••••••• ({len(text)} characters)"
    if "\n" in text:
        names = re.findall(r"export (\w+)=", text)
        return f"{len(text.splitlines())} lines, {', '.join(names)}"
    return f"{len(text)} bytes of JSON" if text.startswith("{") else text


def _wrapped(text: str, width: int = 110) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, line]


def _reader(line: Mapping[str, Any]) -> str:
    metadata = (line.get("auth") or {}).get("metadata") or {}
    names = [str(metadata.get(f"service_account_{part}", "")) for part in ("namespace", "name")]
    return "/".join(names) if all(names) else ""


def _audit_row(line: Mapping[str, Any]) -> list[str]:
    request = line["request"]
    outcome = f"refused: {line['error']}" if line.get("error") else "ok"
    return [line["time"][11:19], request["operation"], request["path"], _reader(line) or "-", outcome]
