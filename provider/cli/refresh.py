"""`refresh`: forces a refresh of volumes mounted on this node."""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from provider import errors
from provider.cli import flags, output, status
from provider.wire import admin

_NAMED: Final = re.compile(r"[a-z0-9.-]{1,253}/[a-z0-9.-]{1,253}")

_QUIET: Final = 180.0
"""Seconds without a call, twice what a kubelet takes at most, from which on there may be no next one."""


def parser() -> argparse.ArgumentParser:
    """The command's flags."""
    made = flags.Parser(
        prog="vault-csi-provider refresh",
        description="Has volumes of this node read anew when the kubelet asks next, within 60 to 90 s. Issued"
        " credentials are replaced too. Where Vault is down then, pods keep the files that they have.",
        epilog="Exit code 1: nothing on this node matches.",
        allow_abbrev=False,
    )
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--pod", metavar="NAMESPACE/NAME", help="the volumes of a pod")
    which.add_argument("--spc", metavar="NAMESPACE/NAME", help="the volumes of a SecretProviderClass")
    which.add_argument("--all", action="store_true", help="all volumes of the node")
    made.add_argument("--static-only", action="store_true", help="leave leases, certificates and tokens as they are")
    status.add_shared(made)
    return made


def question(known: argparse.Namespace) -> dict[str, Any]:
    """What to ask of the daemon.

    Raises:
        errors.SettingsError: a name is none.
    """
    asked: dict[str, Any] = {"do": "refresh", "static_only": known.static_only}
    if known.all:
        return {**asked, "all": True}
    kind, name = ("pod", known.pod) if known.pod is not None else ("spc", known.spc)
    if not _NAMED.fullmatch(name):
        raise errors.SettingsError(f"--{kind} {name!r} does not name one", hint="write namespace/name")
    return {**asked, kind: name}


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:  # noqa: ARG001 -- every command's signature
    """Ask for it, and say what comes of it."""
    known = parser().parse_args(arguments)
    answer = admin.call(known.admin_socket, question(known))
    found = answer["volumes"]
    if known.output == "json":
        print(json.dumps(answer))
    elif found:
        print(status.table(found))
        print(f"\n{_promise(found)}")
    if not found:
        _regret(known, answer["there"])
    return 0 if found else 1


def _promise(found: Sequence[Mapping[str, Any]]) -> str:
    what = "1 volume is" if len(found) == 1 else f"{len(found)} volumes are"
    message = f"{what} read anew when the kubelet asks next, usually within 60 to 90 s."
    quiet = max(volume["called"] for volume in found)
    if quiet > _QUIET:
        message += (
            f"\nThe last call for one of them was {output.span(quiet)} ago: see that rotation is on"
            " (requiresRepublish: true in the CSIDriver object), and that the pod is still there."
        )
    return message


def _regret(known: argparse.Namespace, there: Sequence[Mapping[str, Any]]) -> None:
    what = f"of pod {known.pod} " if known.pod else f"of SecretProviderClass {known.spc} " if known.spc else ""
    print(f"error: no volume {what}is mounted on this node; each node has a provider of its own", file=sys.stderr)
    if there and known.output == "table":
        print(f"\n{status.table(there)}", file=sys.stderr)
