"""`status`: what a running provider has mounted on this node, and how its refreshes go."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provider import settings
from provider.cli import flags, output
from provider.wire import admin


def parser() -> argparse.ArgumentParser:
    """The command's flags."""
    made = flags.Parser(
        prog="vault-csi-provider status",
        description="Shows what the provider on this node has mounted: names and times, no values.",
        epilog="In JSON all times are seconds from now, back or ahead; due 0 is at the next call, null never.",
        allow_abbrev=False,
    )
    add_shared(made)
    return made


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Where the daemon is, and how to print."""
    parser.add_argument(
        "-admin-socket",
        "--admin-socket",
        type=Path,
        default=settings.ADMIN_SOCKET,
        metavar="PATH",
        help=f"the daemon's -admin-socket (default {settings.ADMIN_SOCKET})",
    )
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="how to print the result")


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:  # noqa: ARG001 -- every command's signature
    """Show it once."""
    known = parser().parse_args(arguments)
    answer = admin.call(known.admin_socket, {"do": "status"})
    if known.output == "json":
        print(json.dumps(answer))
    else:
        print(table(answer["volumes"]))
    return 0


def table(volumes: Sequence[Mapping[str, Any]]) -> str:
    """One line a volume, as the daemon sent it."""
    header = ["pod", "spc", "volume", "objects", "called", "refreshed", "next due", "state"]
    return output.table(header, [_cells(volume) for volume in volumes])


def _cells(volume: Mapping[str, Any]) -> list[str]:
    refreshed, due = volume["refreshed"], volume["due"]
    return [
        volume["pod"],
        volume["spc"] or "-",
        volume["volume"],
        str(len(volume["objects"])),
        f"{output.span(volume['called'])} ago",
        "never" if refreshed is None else f"{output.span(refreshed)} ago",
        "never" if due is None else f"in {output.span(due)}" if due else "next call",
        _state(volume),
    ]


def _state(volume: Mapping[str, Any]) -> str:
    failing = volume["failing"]
    parts = ["forced"] if volume["forced"] else []
    if failing is not None:
        parts.append(f"failing for {output.span(failing['seconds'])}: {failing['reason']}, tries: {failing['times']}")
    return ", ".join(parts) or ("ok" if volume["objects"] else "not mounted yet")
