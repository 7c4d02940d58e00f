"""The first word decides: a subcommand, or a flag, in which case it is serve, as the Go provider is started."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from provider import errors

COMMANDS: Final = {
    "serve": "run the daemon (also without a subcommand)",
    "mount": "mount a SecretProviderClass to a directory, without a cluster",
    "render": "render a template against a Vault, or against a file of answers",
    "status": "show what a running provider has mounted on this node",
    "refresh": "have what is mounted on this node read anew before its time",
    "demo": "show the main job on the embedded dev servers",
}
"""Name and one line of help; each is a module of this package, imported when asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 well, 1 failed, 2 not understood."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = "serve"
    if words and not words[0].startswith("-"):
        name, words = words[0], words[1:]
    if name == "help":
        print(_help())
        return 0
    if name not in COMMANDS:
        print(f"error: no command {name!r}\n\n{_help()}", file=sys.stderr)
        return 2
    try:
        return _run(name, words)
    except errors.ProviderError as error:
        print(f"error: {error.full_message()}", file=sys.stderr)
        return 2 if isinstance(error, errors.SettingsError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"error: {error.strerror or error}", file=sys.stderr)
        return 1


def _run(name: str, words: Sequence[str]) -> int:
    try:
        command = importlib.import_module(f"provider.cli.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("provider"):
            raise
        raise errors.SettingsError(
            f"{name} needs the module {error.name}", hint="install vault-csi-provider[dev-servers]"
        ) from error
    code: int = command.run(words, os.environ)
    return code


def _help() -> str:
    lines = [f"  {name:<8} {doc}" for name, doc in COMMANDS.items()]
    return "usage: vault-csi-provider [command] [flags]\n\n" + "\n".join(lines)
