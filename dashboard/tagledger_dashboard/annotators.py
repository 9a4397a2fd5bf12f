"""Who labels: the name that the server was started with, under which its pages write answers.

The dashboard knows nobody by itself: whoever can reach its port labels in this name.
"""

from __future__ import annotations

import os

from tagledger.events.event import check_name

VARIABLE = "TAGLEDGER_ANNOTATOR"  # in which `tagledger dashboard --annotator` names it


def named() -> str | None:
    """The name; None where the server was started for nobody, and its pages write nothing.

    Raises
    ------
    TagledgerError
        The name cannot be an annotator's.
    """
    name = os.environ.get(VARIABLE, "")
    return check_name(name) if name else None


def is_named() -> bool:
    """Whether the server was started for somebody, be the name right or not."""
    return bool(os.environ.get(VARIABLE))
