"""Flags and environment, read once. Every flag of the Go providers, with one dash or two, `-x=y` and `-x y`.

Precedence: environment, then flags, then the SecretProviderClass.
"""

import argparse
import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from provider import errors, model, settings
from provider.base import units


class Kind(enum.StrEnum):
    """What a flag takes."""

    TEXT = "text"
    BOOL = "bool"
    INT = "int"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; `many` lets it be given several times. Defaults stand in `settings`, and are shown by `default`."""

    name: str
    kind: Kind
    default: str
    doc: str
    many: bool = False


_SERVE: Final = settings.Serve()
_ACCESS: Final = settings.Access()
_REFRESH: Final = settings.Refresh()
_KUBERNETES: Final = settings.Kubernetes()


_VAULT: Final = (
    ("addr", Kind.TEXT, "Default address of Vault; several with commas between are tried in turn"),
    ("mount", Kind.TEXT, "Default path of the auth method, without auth/"),
    ("namespace", Kind.TEXT, "Default Vault namespace"),
    ("tls-ca-cert", Kind.TEXT, "File with the CA certificate to trust; wins over the directory"),
    ("tls-ca-directory", Kind.TEXT, "Directory of CA certificates to trust"),
    ("tls-server-name", Kind.TEXT, "Name to ask for, and to find in Vault's certificate"),
    ("tls-client-cert", Kind.TEXT, "File with our client certificate"),
    ("tls-client-key", Kind.TEXT, "File with its key"),
    ("tls-skip-verify", Kind.BOOL, "Do not verify Vault's certificate"),
)

SERVE: Final = (
    Flag("endpoint", Kind.TEXT, str(_SERVE.endpoints[0]), "Socket to listen on; may be given several times", many=True),
    Flag("log-level", Kind.TEXT, _SERVE.log_level, "trace, debug, info, warn, error or off"),
    Flag("debug", Kind.BOOL, "false", "Same as -log-level=debug; kept for old manifests"),
    Flag(
        "health-addr",
        Kind.TEXT,
        _SERVE.health_addr,
        "Where to serve /health/ready, /readyz and /livez; empty for nowhere",
    ),
    Flag("admin-socket", Kind.TEXT, "", "Socket for the commands refresh and status, for our own user; empty for none"),
    Flag("hmac-secret-name", Kind.TEXT, _KUBERNETES.hmac_secret_name, "Secret that holds the key of versions"),
    Flag("cache-size", Kind.INT, str(_ACCESS.cache_size), "Vault tokens kept in memory; 0 logs in at every mount"),
    Flag(
        "mount-timeout",
        Kind.DURATION,
        units.format_duration(_SERVE.mount_timeout),
        "Time for one mount with all its retries",
    ),
    Flag(
        "refresh-interval",
        Kind.DURATION,
        units.format_duration(_REFRESH.interval),
        "How old a static secret may get; 0 reads it at every republish",
    ),
    Flag(
        "max-renew-interval",
        Kind.DURATION,
        units.format_duration(_REFRESH.max_renew_interval),
        "Longest time between renewals of a lease; 0 for two thirds of its TTL",
    ),
    Flag("max-stale", Kind.TEXT, "unlimited", "How long files stay whose refresh fails: a duration, or unlimited"),
    Flag(
        "mount-cache-bytes",
        Kind.INT,
        str(_REFRESH.cache_bytes),
        "Bytes of memory for all mounted volumes; beyond it, static secrets are read again",
    ),
    Flag("revoke-on-pod-delete", Kind.BOOL, "false", "Revoke a pod's Vault token when the pod is gone"),
    Flag(
        "state-dir", Kind.TEXT, "", "Directory on a tmpfs that keeps them over restarts, sealed; empty for memory only"
    ),
    Flag(
        "node-name", Kind.TEXT, "", "This node: its pods are watched to see when one is gone; NODE_NAME says the same"
    ),
    Flag("pod-events", Kind.BOOL, "true", "Tell pods' owners by Events of rotations and of refreshes that fail"),
    Flag("kubeconfig", Kind.TEXT, "", "Used outside a cluster; KUBECONFIG says the same"),
    Flag(
        "service-account-dir",
        Kind.TEXT,
        _KUBERNETES.service_account_dir,
        "Inside a cluster: where our own token, ca.crt and namespace are mounted",
    ),
    Flag("version", Kind.BOOL, "false", "Print the version and exit"),
    Flag("output", Kind.TEXT, "json", "Format of -version: json, yaml or json-pretty"),
    *(Flag(f"vault-{name}", kind, "", doc) for name, kind, doc in _VAULT),
    *(Flag(f"openbao-{name}", kind, "", f"{doc} (openbao.sock)") for name, kind, doc in _VAULT),
)

# Suffixes of VAULT_* and BAO_*, by the field they fill.
_ENVIRONMENT: Final = {
    "addr": "ADDR",
    "namespace": "NAMESPACE",
    "tls-ca-cert": "CACERT",
    "ca-bytes": "CACERT_BYTES",
    "tls-ca-directory": "CAPATH",
    "tls-client-cert": "CLIENT_CERT",
    "tls-client-key": "CLIENT_KEY",
    "tls-server-name": "TLS_SERVER_NAME",
    "tls-skip-verify": "SKIP_VERIFY",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the command line and the environment say."""

    settings: settings.Settings
    show_version: bool
    version_format: str


class Parser(argparse.ArgumentParser):
    """Tells what is wrong in our words, and in one line."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse with what is wrong."""
        raise errors.SettingsError(message, hint=f"see {self.prog} --help")


def parser(program: str = "vault-csi-provider") -> argparse.ArgumentParser:
    """The parser of the serve command, which is also what the Go provider's flags go through."""
    made = Parser(
        prog=program,
        description="Serves Vault and OpenBao secrets to the Secrets Store CSI driver.",
        allow_abbrev=False,
        add_help=False,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    made.add_argument("-help", "--help", "-h", action="help", help="Print this")
    for flag in SERVE:
        shown = f" (default {flag.default})" if flag.default not in ("", "false") else ""
        options: dict[str, Any] = {"metavar": flag.kind.upper(), "help": flag.doc + shown, "dest": flag.name}
        if flag.many:
            options["action"] = "append"
        made.add_argument(f"-{flag.name}", f"--{flag.name}", **options)
    return made


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Chosen:
    """Settings from a command line and an environment.

    Raises:
        errors.SettingsError: an unknown flag, or a value that is none; says which and what to write.
    """
    given = vars(parser().parse_args([_bare_bool(word) for word in arguments]))
    values = {flag.name: given[flag.name] if given[flag.name] is not None else flag.default for flag in SERVE}
    level = "debug" if _bool("-debug", values["debug"]) else values["log-level"]
    if given["log-level"] is not None:
        level = given["log-level"]
    endpoints = [values["endpoint"]] if isinstance(values["endpoint"], str) else values["endpoint"]
    serve = settings.Serve(
        endpoints=tuple(_path(path) for path in endpoints),
        health_addr=values["health-addr"],
        log_level=level,
        mount_timeout=duration("-mount-timeout", values["mount-timeout"]),
        admin_socket=_path(values["admin-socket"]) if values["admin-socket"] else None,
    )
    kubernetes = settings.Kubernetes(
        kubeconfig=values["kubeconfig"] or environment.get("KUBECONFIG", ""),
        service_account_dir=values["service-account-dir"],
        hmac_secret_name=values["hmac-secret-name"],
        namespace=environment.get("POD_NAMESPACE", ""),
        node_name=values["node-name"] or environment.get("NODE_NAME", ""),
        pod_events=_bool("-pod-events", values["pod-events"]),
    )
    return Chosen(
        settings.Settings(serve, _access(given, values["cache-size"], environment), _refresh(values), kubernetes),
        _bool("-version", values["version"]),
        values["output"],
    )


def _refresh(values: Mapping[str, Any]) -> settings.Refresh:
    stale = values["max-stale"]
    return settings.Refresh(
        interval=_non_negative("-refresh-interval", values["refresh-interval"]),
        max_renew_interval=_non_negative("-max-renew-interval", values["max-renew-interval"]) or math.inf,
        max_stale=None if stale == "unlimited" else _non_negative("-max-stale", stale),
        cache_bytes=_int("-mount-cache-bytes", values["mount-cache-bytes"]),
        revoke=_bool("-revoke-on-pod-delete", values["revoke-on-pod-delete"]),
        state_dir=Path(values["state-dir"]).absolute() if values["state-dir"] else None,
    )


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that are Vault's flags of `serve` with their values, and all others, for commands that take both."""
    ours, others = [], []
    words = iter(arguments)
    for word in words:
        name, has_value, _ = word.lstrip("-").partition("=")
        flag = _VAULT_FLAGS.get(name) if word.startswith("-") else None
        if flag is None:
            others.append(word)
            continue
        ours.append(word)
        if not has_value and flag.kind is not Kind.BOOL:
            ours.append(next(words, ""))
    return ours, others


def _access(given: Mapping[str, Any], cache_size: str, environment: Mapping[str, str]) -> settings.Access:
    retries = _first(environment, "MAX_RETRIES", ("VAULT", "BAO"))
    patience = _first(environment, "CLIENT_TIMEOUT", ("VAULT", "BAO"))
    return settings.Access(
        vault=_vault(given, environment, ("vault", "openbao"), ("VAULT", "BAO")),
        openbao=_vault(given, environment, ("openbao", "vault"), ("BAO", "VAULT")),
        cache_size=_int("-cache-size", cache_size),
        retries=_int("VAULT_MAX_RETRIES", retries) if retries else None,
        # 0 is no limit to Vault's own client too.
        patience=duration(_TIMEOUT, patience) if _seconds(_TIMEOUT, patience or "0") else None,
    )


def _vault(
    given: Mapping[str, Any], environment: Mapping[str, str], flags: Sequence[str], variables: Sequence[str]
) -> settings.Vault:
    def chosen(name: str) -> str:
        for prefix in flags:
            value: str | None = given.get(f"{prefix}-{name}")
            if value is not None:
                return value
        suffix = _ENVIRONMENT.get(name)
        return _first(environment, suffix, variables) if suffix else ""

    # A CA named by any flag stands against every CA of the environment, whatever their order among themselves.
    by_flag = any(given.get(f"{prefix}-{name}") for prefix in flags for name in ("tls-ca-cert", "tls-ca-directory"))
    if by_flag:
        environment = {name: value for name, value in environment.items() if not name.endswith(_CA_VARIABLES)}
    skip = chosen("tls-skip-verify")
    return settings.Vault(
        address=chosen("addr"),
        namespace=chosen("namespace"),
        auth_mount=chosen("mount") or "kubernetes",
        tls=model.Tls(
            ca_cert_path=chosen("tls-ca-cert"),
            ca_directory=chosen("tls-ca-directory"),
            ca_pem=chosen("ca-bytes"),
            server_name=chosen("tls-server-name"),
            client_cert_path=chosen("tls-client-cert"),
            client_key_path=chosen("tls-client-key"),
            skip_verify=_bool(f"-{flags[0]}-tls-skip-verify or {variables[0]}_SKIP_VERIFY", skip) if skip else False,
        ),
    )


def _first(environment: Mapping[str, str], suffix: str, prefixes: Sequence[str]) -> str:
    return next((found for prefix in prefixes if (found := environment.get(f"{prefix}_{suffix}", ""))), "")


_TIMEOUT: Final = "VAULT_CLIENT_TIMEOUT"
_CA_VARIABLES: Final = ("_CACERT", "_CACERT_BYTES", "_CAPATH")
_VAULT_FLAGS: Final = {flag.name: flag for flag in SERVE if flag.name.startswith(("vault-", "openbao-"))}
_BOOLS: Final = frozenset(flag.name for flag in SERVE if flag.kind is Kind.BOOL)


def _bare_bool(word: str) -> str:
    """In Go a boolean flag never takes the next word: `-debug` alone means true."""
    return f"{word}=true" if word.startswith("-") and word.lstrip("-") in _BOOLS else word


def _path(text: str) -> Path:
    return Path(text.removeprefix("unix://")).absolute()


def _bool(name: str, text: str) -> bool:
    try:
        return units.parse_bool(text)
    except ValueError as error:
        raise errors.SettingsError(f"{name}: {error}") from error


def _int(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise errors.SettingsError(f"{name}: {text!r} is no number", hint="write 0 or more")
    return int(text)


def duration(name: str, text: str) -> float:
    """Seconds, more than none, from a Go duration or a whole number of seconds.

    Raises:
        errors.SettingsError: neither, or none.
    """
    seconds = _seconds(name, text)
    if seconds <= 0:
        raise errors.SettingsError(f"{name}: {text!r} is no time to do anything in", hint="write for example 90s")
    return seconds


def _non_negative(name: str, text: str) -> float:
    seconds = _seconds(name, text)
    if seconds < 0:
        raise errors.SettingsError(f"{name}: {text!r} is negative", hint="write 0, or for example 30s")
    return seconds


def _seconds(name: str, text: str) -> float:
    try:
        return float(text) if text.isascii() and text.isdecimal() else units.parse_duration(text)
    except ValueError as error:
        raise errors.SettingsError(f"{name}: {error}") from error
