"""`python -m tests.corpus FILE ...`: runs the cases of a file and says what differs from Go."""

import argparse
import json
import sys
import traceback
from pathlib import Path

from tests.corpus import cases, deviations


def _outcome(case: cases.Case) -> cases.Outcome:
    try:
        return cases.run(case)
    except Exception:  # noqa: BLE001 -- whatever it is, the other cases are to be run
        return cases.Outcome(phase="crash", text=traceback.format_exc(limit=-4))


def main() -> int:
    """The whole command."""
    ask = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    ask.add_argument("files", nargs="+", type=Path, metavar="FILE")
    ask.add_argument("--failed", action="store_true", help="print only the cases that fail, with expected and got")
    arguments = ask.parse_args()
    passed = failed = 0
    for case in (case for file in arguments.files for case in cases.read(file)):
        different = cases.difference(case, _outcome(case))
        passed, failed = (passed, failed + 1) if different else (passed + 1, failed)
        if different:
            known = f" (deviates: {deviations.DEVIATIONS[case.name]})" if case.name in deviations.DEVIATIONS else ""
            print(f"FAIL {case.name}{known}\ntemplate {json.dumps(case.template, ensure_ascii=False)}\n{different}\n")
        elif not arguments.failed:
            print(f"ok   {case.name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
