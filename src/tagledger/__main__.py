"""Run the command line: `python -m tagledger`, or the program `tagledger`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# Pydantic looks for plug-ins in the metadata of all that is installed, which takes as long as git.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main() -> NoReturn:
    """Import the command line and run it; people interrupt the first as well as the second."""
    try:
        from tagledger.cli import main as run
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
