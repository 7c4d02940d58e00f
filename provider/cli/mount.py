"""`mount`: the very mount of the daemon, without a cluster, for people who write a SecretProviderClass."""

import argparse
import asyncio
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provider import app, atomicwriter, errors, findings, model, settings
from provider.base import units
from provider.cli import flags, local, output
from provider.observe import logs
from provider.service import ports
from provider.service.volumes import volume_files
from provider.spec import attributes, check, locate, manifests, parameters
from provider.vault.auth import registry
from provider.wire import status


def parser() -> argparse.ArgumentParser:
    """The command's own flags; Vault's address and TLS come from VAULT_* and -vault-* as in serve."""
    made = flags.Parser(
        prog="vault-csi-provider mount",
        description="Mounts a SecretProviderClass to a directory, as the driver would, without a cluster.",
        epilog="Vault is found by VAULT_ADDR and its kin, by the flags of serve (-vault-addr ...), or by the manifest.",
        allow_abbrev=False,
    )
    made.add_argument("--spc", required=True, type=Path, metavar="FILE", help="the SecretProviderClass manifest")
    made.add_argument("--name", default="", help="which one, where the file holds several")
    made.add_argument("--target", required=True, type=Path, metavar="DIR", help="where to write the files")
    local.add_identity(made)
    made.add_argument("--kubeconfig", default="", help="make a token for the service account through this API server")
    made.add_argument("--namespace", default="", help="the pod's namespace (default: the manifest's)")
    made.add_argument("--service-account", default="default", help="the pod's service account")
    made.add_argument("--pod", default="desk", help="the pod's name")
    made.add_argument("--pod-uid", default="", help="the pod's UID, needed to make a token for it")
    made.add_argument("--timeout", default="30s", help="time for one mount (default 30s)")
    made.add_argument("--watch", action="store_true", help="mount again and again, and show what changed")
    made.add_argument("--interval", default="10s", help="time between two mounts of --watch (default 10s)")
    made.add_argument("-o", "--output", choices=("table", "json"), default="table", help="how to print the result")
    made.add_argument("--log-level", default="off", help="trace, debug, info, warn, error or off (default off)")
    return made


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Mount once, or with --watch until interrupted."""
    rest, own = flags.split(arguments)
    known = parser().parse_args(own)
    if not (known.token_file or known.vault_token_env or known.kubeconfig):
        raise errors.SettingsError(
            "nobody to log in as", hint="give --token-file JWT, --vault-token-env NAME, or --kubeconfig FILE"
        )
    logs.setup(known.log_level, sys.stderr)
    chosen = flags.parse(rest, {**environment, "KUBECONFIG": known.kubeconfig})
    within = dataclasses.replace(chosen.settings.serve, mount_timeout=flags.duration("--timeout", known.timeout))
    return asyncio.run(_run(known, dataclasses.replace(chosen.settings, serve=within), environment))


async def _run(known: argparse.Namespace, chosen: settings.Settings, environment: Mapping[str, str]) -> int:
    provider_class = manifests.read(local.text(known.spc), str(known.spc), known.name)
    call = _call(known, provider_class)
    session = local.session(known.vault_token_env, environment)
    interval = flags.duration("--interval", known.interval)
    try:
        known.target.mkdir(parents=True, exist_ok=True)
        if any(known.target.iterdir()) and not (known.target / "..data").is_symlink():
            raise errors.SettingsError(
                f"{known.target} holds files that are not this command's", hint="choose a new or an empty --target"
            )
    except OSError as error:
        raise errors.SettingsError(
            f"cannot make {known.target}: {error.strerror}", hint="choose another --target"
        ) from (error)
    shown: dict[str, str] = {}
    async with app.assembled(chosen, app.Local(session)) as service:
        while True:
            try:
                mounted = await service.mounts.mount(call)
            except errors.ProviderError as error:
                located = locate.in_manifest(error, provider_class)
                print(f"error: {status.code(error).name}: {status.message(located)}", file=sys.stderr)
                if not known.watch:
                    return 1
            else:
                if not shown:
                    _warn(call, provider_class)
                shown = _show(known, mounted, shown)
                if not known.watch:
                    return 0
            await asyncio.sleep(interval)


def _call(known: argparse.Namespace, provider_class: manifests.ProviderClass) -> ports.Call:
    pod = model.Pod(known.namespace or provider_class.namespace, known.pod, known.pod_uid, known.service_account)
    sent = attributes.compose(provider_class.parameters, pod, provider_class.name)
    audience = provider_class.parameters.get("audience") or provider_class.dialect.default_audience
    sent |= local.tokens(known.token_file, audience)
    return ports.Call(
        attributes=json.dumps(sent),
        secrets="{}",
        target_path=str(known.target.absolute()),
        permission="420",
        dialect=provider_class.dialect,
    )


def _warn(call: ports.Call, provider_class: manifests.ProviderClass) -> None:
    """Print what is doubtful in the manifest, with places in its file, which the mount does not know."""
    sent = attributes.parse(call.attributes, call.secrets, call.permission)
    _, found = check.examine(
        sent,
        target_path=call.target_path,
        defaults=parameters.Defaults(),
        dialect=call.dialect,
        auth_methods=registry.AuthMethods(),
        thorough=False,
    )
    doubts = (each for each in found if each.severity is findings.Severity.WARNING)
    for text in findings.texts([each.located(provider_class.sources) for each in doubts], "warnings"):
        print(f"warning: {text}", file=sys.stderr)


def _show(known: argparse.Namespace, mounted: volume_files.VolumeFiles, before: dict[str, str]) -> dict[str, str]:
    files = [atomicwriter.File(file.path, file.mode, file.contents.reveal()) for file in mounted.files]
    try:
        written = atomicwriter.write(known.target, files)
    except OSError as error:
        why = f"cannot write to {known.target}: {error.strerror or error}"
        raise errors.SettingsError(why, hint="choose an empty --target") from error
    rows = _rows(mounted)
    now = {row["file"]: row["version"] for row in rows}
    if before and not written:
        return now
    changed = [name for name, version in now.items() if before.get(name, version) != version]
    if known.output == "json":
        print(json.dumps({"target": str(known.target), "changed": changed, "files": rows}))
        return now
    if before:
        moment = datetime.now(UTC).strftime("%H:%M:%S")
        print(f"\n{moment}  changed: {', '.join(changed) or 'files only'}")
    print(output.table(["file", "mode", "size", "version", "source"], [_cells(row) for row in rows]))
    return now


def _rows(mounted: volume_files.VolumeFiles) -> list[dict[str, Any]]:
    return [
        {
            "file": file.path,
            "mode": f"{file.mode:04o}",
            "size": len(file.contents),
            "version": made.version,
            "source": made.wanted.shape.describe(made.wanted.read),
        }
        for made in mounted.objects
        for file in made.files
    ]


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [row["file"], row["mode"], units.format_bytes(row["size"]), row["version"][:12], row["source"]]
