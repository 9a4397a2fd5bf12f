"""Which rows' labels count: by `where`, by `at_least`, and by whose they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagledger.readers.blocks import Block, fitting
from tagledger.readers.numbers import reaching
from tagledger.readers.set_aside import Faults
from tagledger.readers.values.columns import Column, Mask, blank, is_text, mask, plain

NOBODY = "no annotator"


def counts(
    block: Block, where: dict[str, Any] | None, reaches: dict[str, float] | None, faults: Faults
) -> Mask:
    """Where the labels of a block's rows count; a row with no number to compare gets a fault."""
    counting = np.ones(len(block.rows), np.bool_)
    if where is not None:
        counting &= fitting(block, where)
    if reaches is not None:
        counting &= reaching(block, reaches, faults)
    return counting


def nobody(column: Column) -> Mask:
    """Where a column of persons names none."""
    if isinstance(column, list):
        nothing = [one is None or (isinstance(one, str) and not one.strip()) for one in column]
        return np.array(nothing, np.bool_)
    column = plain(column)
    return blank(column) if is_text(column.type) else ~mask(column.is_valid())
