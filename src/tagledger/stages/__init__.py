"""The stages of the pipeline, one module each: pure functions and a short main."""

import sys

from tagledger import errors

# Before a stage imports what takes its time: people interrupt that too.
if any(word.startswith(f"{__name__}.") for word in sys.orig_argv):
    errors.end_when_asked()
