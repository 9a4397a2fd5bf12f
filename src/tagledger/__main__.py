"""Run the command line: `python -m tagledger`, or the program `tagledger`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

# Pydantic looks for plug-ins in the metadata of all that is installed, which takes as long as git.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# What a library makes when it is imported stays: to look there for garbage is a tenth of a start.
_OBJECTS_BETWEEN = 100_000


def main() -> NoReturn:
    """Import the command line and run it; people interrupt the first as well as the second."""
    gc.set_threshold(_OBJECTS_BETWEEN)
    try:
        from tagledger.cli import main as run
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
