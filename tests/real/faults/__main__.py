"""Every fault on the real servers: `python -m tests.real.faults [--only NAME]`. 1 where a bar was missed."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.real.faults import scenario, stage, table
from tests.real.servers import programs


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    names = [each.name for each in table.SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m tests.real.faults", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help=f"this fault, or several: {', '.join(names)}"
    )
    chosen = parser.parse_args(arguments).only or names
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as directory:
        try:
            with stage.running(Path(directory)) as running:
                missed = asyncio.run(_play([each for each in table.SCENARIOS if each.name in chosen], running))
        except programs.NotAvailable as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    print(f"\n{len(chosen) - missed} of {len(chosen)} reached, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


async def _play(scenarios: Sequence[scenario.Scenario], running: stage.Stage) -> int:
    print(table.HEAD, flush=True)
    missed = 0
    for each in scenarios:
        result = await scenario.played(each, running)
        print(table.row(each, result), flush=True)
        missed += not result.reached
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
