"""`python -m provider.dev`, which is `make demo`."""

import sys

from provider.cli import main
from provider.dev import demo

if __name__ == "__main__":
    sys.exit(main.exit_code(lambda: demo.run(sys.argv[1:])))
