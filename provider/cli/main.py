"""The first word decides: a subcommand, or a flag, in which case it is serve, as the Go provider is started."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from provider import errors

COMMANDS: Final = {
    "serve": "run the daemon (also without a subcommand)",
    "mount": "mount a SecretProviderClass to a directory, without a cluster",
    "render": "render a template against a Vault, or against a file of answers",
    "status": "show what a running provider has mounted on this node",
    "refresh": "force a refresh of volumes mounted on this node",
}
"""Name and one line of help; each is a module of this package, imported when asked for."""

_DEMO: Final = "the demo needs a checkout of the project and is not installed: run `make demo` there"


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
        message = _DEMO if name == "demo" else f"no command {name!r}\n\n{_help()}"
        print(f"error: {message}", file=sys.stderr)
        return 2
    return exit_code(lambda: importlib.import_module(f"provider.cli.{name}").run(words, os.environ))


def exit_code(run: Callable[[], int]) -> int:
    """Return what `run` returns; print an error that it ends with, and return its exit code."""
    try:
        return run()
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


def _help() -> str:
    lines = [f"  {name:<8} {doc}" for name, doc in COMMANDS.items()]
    return "usage: vault-csi-provider [command] [flags]\n\n" + "\n".join(lines)
