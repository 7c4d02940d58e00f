"""`serve`: the daemon."""

import asyncio
import sys
from collections.abc import Mapping, Sequence

from provider.cli import flags


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve until told to stop; `-version` prints and returns."""
    chosen = flags.parse(arguments, environment)
    if chosen.show_version:
        from provider.cli import version  # noqa: PLC0415 -- nothing is imported before it is needed

        print(version.text(chosen.version_format))
        return 0
    from provider import app  # noqa: PLC0415
    from provider.observe import logs  # noqa: PLC0415

    logs.setup(chosen.settings.serve.log_level, sys.stderr)
    asyncio.run(app.serve(chosen.settings))
    return 0
