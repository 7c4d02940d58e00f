"""`render`: one template, as the daemon renders it, for people who write it at a desk."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from provider import app, errors, model, settings
from provider.base import clock
from provider.cli import flags, local
from provider.golang import gojson
from provider.observe import logs
from provider.service import ports
from provider.service.mounting import passes
from provider.shapes.templating import template_renderer
from provider.spec import attributes, check, parameters
from provider.vault.auth import registry
from provider.wire import status

_NAME: Final = "output"


def parser() -> argparse.ArgumentParser:
    """The command's own flags; Vault's address and TLS come from VAULT_* and -vault-* as in serve."""
    made = flags.Parser(
        prog="vault-csi-provider render",
        description="Renders a template to standard output, as the daemon renders the `template` of an object.",
        epilog="FILE of --data is a JSON map from path to Vault's response, as `vault read -format=json` prints it;"
        ' before the path a method may stand, such as "LIST secret/metadata" or "PUT pki/issue/web".',
        allow_abbrev=False,
    )
    made.add_argument("template", metavar="TEMPLATE", help="a file, or - for standard input")
    made.add_argument("--data", type=Path, metavar="FILE", help="answer from this JSON file instead of a Vault")
    local.add_identity(made)
    made.add_argument("--role", default="render", help="the role to log in with, beside --token-file")
    made.add_argument("--audience", default="", help="the audience of the token in --token-file")
    made.add_argument("--secret-path", default="", metavar="PATH", help="the secret that is the template's dot")
    made.add_argument("--templates", type=Path, metavar="FILE", help="YAML map of further templates, by name")
    made.add_argument("--delims", nargs=2, metavar=("LEFT", "RIGHT"), help="what opens and closes an action")
    made.add_argument("--missing-key", default="error", metavar="HOW", help="error (default), zero or default")
    made.add_argument("--timeout", default="30s", help="time for the whole (default 30s)")
    made.add_argument("--log-level", default="off", help="trace, debug, info, warn, error or off (default off)")
    return made


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Render once."""
    rest, own = flags.split(arguments)
    known = parser().parse_args(own)
    if known.data is None and not (known.token_file or known.vault_token_env):
        raise errors.SettingsError(
            "nothing to take secrets from",
            hint="give --data FILE.json, or for a Vault --vault-token-env NAME or --token-file JWT",
        )
    logs.setup(known.log_level, sys.stderr)
    source = sys.stdin.read() if known.template == "-" else local.text(Path(known.template))
    sent = _sent(known, source)
    try:
        if known.data is not None:
            made = asyncio.run(_from_file(known.data, sent))
        else:
            patience = flags.duration("--timeout", known.timeout)
            chosen = flags.parse([*rest, f"-mount-timeout={patience:g}s"], environment).settings
            made = asyncio.run(_from_vault(known, chosen, sent, environment))
    except errors.SettingsError:
        raise
    except errors.ProviderError as error:
        message = status.message(error).removeprefix(f"{_NAME}: ")
        print(f"error: {message}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(made)
    sys.stdout.flush()
    return 0


def _sent(known: argparse.Namespace, source: str) -> dict[str, str]:
    """The template as the only object of an SPC, so that everything means what it means there."""
    wanted: dict[str, Any] = {"objectName": _NAME, "template": source, "missingKey": known.missing_key}
    if known.delims:
        wanted["templateDelims"] = known.delims
    if known.secret_path:
        wanted["secretPath"] = known.secret_path
    sent = {"roleName": known.role, "objects": json.dumps([wanted], ensure_ascii=False)}
    if known.audience:
        sent["audience"] = known.audience
    if known.templates:
        sent["templates"] = local.text(known.templates)
    return sent


async def _from_vault(
    known: argparse.Namespace, chosen: settings.Settings, sent: Mapping[str, str], environment: Mapping[str, str]
) -> bytes:
    pod = model.Pod(name="desk")
    audience = known.audience or parameters.VAULT.default_audience
    composed = {**attributes.compose(sent, pod, ""), **local.tokens(known.token_file, audience)}
    call = ports.Call(json.dumps(composed), "{}", f"/{_NAME}", "420", parameters.VAULT)
    async with app.assembled(chosen, app.Local(local.session(known.vault_token_env, environment))) as service:
        mounted = await service.mounts.mount(call)
    for text in mounted.warnings:
        print(f"warning: {text}", file=sys.stderr)
    return mounted.files[0].contents.reveal()


async def _from_file(path: Path, sent: Mapping[str, str]) -> bytes:
    spec = check.build(
        attributes.parse(json.dumps(dict(sent)), "{}", "420"),
        target_path=f"/{_NAME}",
        defaults=parameters.Defaults(),
        dialect=parameters.VAULT,
        auth_methods=registry.AuthMethods(),
    )
    templating = template_renderer.TemplateRenderer(clock.SystemClock())
    try:
        await templating.prepare(spec.objects)
        result = await passes.run(spec, _Answers(path), {}, templating)
    finally:
        await templating.close()
    return result.files[0].contents.reveal()


class _Answers:
    """The reader over a file of answers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            held = gojson.loads(local.text(path))
        except ValueError as error:
            raise errors.SettingsError(f"{path}: {error}", hint="see vault-csi-provider render -h") from error
        if not isinstance(held, dict) or not all(isinstance(answer, dict) for answer in held.values()):
            raise errors.SettingsError(
                f"{path} is no map from path to answer",
                hint='write for example {"secret/data/app": {"data": {"data": {"host": "db"}}}}',
            )
        self._held = {self._key(*self._named(name)): answer for name, answer in held.items()}

    async def read(self, read: model.Read) -> model.Reply:
        """See `passes.Reader`."""
        query = "&".join(f"{name}={value}" for name, value in read.query)
        answer = self._held.get(self._key(read.method, f"{read.path}?{query}" if query else read.path))
        if answer is None:
            raise errors.SecretNotFound(
                f"{self._path} has no answer to {read.method} {read.path}",
                hint=f"it has: {', '.join(sorted(self._held)) or 'nothing'}",
                path=read.path,
            )
        data = answer.get("data")
        return model.Reply(data if isinstance(data, dict) else None, answer)

    @staticmethod
    def _named(name: str) -> tuple[str, str]:
        method, space, path = name.partition(" ")
        return (method.upper(), path) if space else ("GET", name)

    @staticmethod
    def _key(method: str, path: str) -> str:
        method = "PUT" if method == "POST" else method
        return f"{method} {path.strip().strip('/').removeprefix('v1/')}"
