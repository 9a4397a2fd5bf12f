"""Run the command line: `python -m tagledger`, or the program `tagledger`."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from tagledger import own_process

# What a library makes when it is imported stays: to look there for garbage is a tenth of a start.
# All libraries of a command make about 200,000 objects.
_OBJECTS_BETWEEN = 250_000


def main() -> NoReturn:
    """Import the command line and run it; people interrupt the first as well as the second."""
    own_process.settle()
    gc.set_threshold(_OBJECTS_BETWEEN)
    try:
        from tagledger.cli import main as run
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    try:
        run()
    finally:
        gc.freeze()  # nor is there any to look for at the end, when all memory is given back


if __name__ == "__main__":
    main()
