"""Columns of cells with a tag in each: one cell a row, or several under one name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from tagledger.readers.blocks import Block
from tagledger.readers.set_aside import Faults
from tagledger.readers.tagging.label_tables import Parents
from tagledger.readers.tagging.literals import REASON, refuse_literals, text_without_literals
from tagledger.readers.values.columns import Column, is_list, lists, plain, single
from tagledger.sources.file_reading import FileReading


def cells(
    block: Block, name: str, faults: Faults, path: Path, reading: FileReading
) -> tuple[Parents, pa.Array]:
    """The texts of a column; those of a name that several columns have come as a list.

    Raises
    ------
    TagledgerError
        The texts are lists written as text.
    """
    column = block.columns[name]
    if not _has_lists(column):
        parents, tags, _ = single(text_without_literals(block, name, faults, path, reading))
        return parents, tags
    parents, tags, wrong = lists(column)
    faults.add(wrong, f"{name} is not text")
    written = refuse_literals(tags, name, path, reading)
    rows = np.zeros_like(wrong)
    rows[parents[written]] = True
    faults.add(rows, REASON)
    return parents, tags


def _has_lists(column: Column) -> bool:
    if isinstance(column, list):
        return any(type(value) is list for value in column)
    return is_list(plain(column).type)
