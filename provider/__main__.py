"""`python -m provider` and the installed command."""

import sys

from provider.cli import main as cli


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
