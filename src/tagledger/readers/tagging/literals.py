"""Lists that somebody wrote as text, such as ['Drama', 'Sci-Fi'], where tags are no lists.

Cut at a separator they, and objects written as text, would give tags with brackets and quotes.
`labels: {list: …}` reads them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block
from tagledger.readers.set_aside import Faults
from tagledger.readers.values.columns import Mask, blank, mask, texts
from tagledger.sources.file_reading import FileReading
from tagledger.sources.reading import ItemsReading

REASON = "labels are a list written as text"

_CALL = r"(?:c|list|set|frozenset|tuple|array)?"
# With quotes just within brackets of any kind: Python, JSON, NumPy, R.
_QUOTED = rf"^\s*{_CALL}\s*\(?\s*[\[({{]\s*\[?\s*u?['\"](?s:.*)['\"]\s*,?\s*\]?\s*[\])}}]"
_QUOTED += r"(?:,\s*dtype=\S+\))?\s*\)?\s*$"
_EMPTY = rf"^\s*(?:{_CALL}\s*(?:\[\s*\]|\(\s*\)|\{{\s*\}})|character\(0\))\s*$"
# Without quotes only with a comma or another separator between, and no bracket within.
_BARE = r"^\s*(?:\[[^\[\](){}]*[,;|][^\[\](){}]*\]|\{[^\[\](){}]*[,;|][^\[\](){}]*\})\s*$"
# Keys with values, alone or in a list: which of the two are tags, nobody can tell.
_OBJECTS = r"^\s*\[?\s*\{\s*(?:u?'[^']*'|\"[^\"]*\"|\w+)\s*:(?s:.*)\}\s*\]?\s*$"
_LITERAL = f"{_QUOTED}|{_EMPTY}|{_BARE}|{_OBJECTS}"


def literals(spelled: pa.Array) -> Mask:
    """Where a text is a list as a programming language or a database writes it."""
    return mask(pc.match_substring_regex(spelled, _LITERAL))


def refuse_literals(spelled: pa.Array, column: str, path: Path, reading: FileReading) -> Mask:
    """Where a few texts of a column are written lists; many of them are an error.

    Raises
    ------
    TagledgerError
        At least half of the texts that are not blank are written lists.
    """
    written = literals(spelled)
    if written.any() and 2 * written.sum() >= np.count_nonzero(~blank(spelled)):
        first = spelled[int(np.flatnonzero(written)[0])].as_py()
        raise TagledgerError(
            f"the column {column!r} holds lists written as text, e.g. {first[:60]}",
            where=path,
            hint=_hint(column, reading),
        )
    return written


def text_without_literals(
    block: Block, name: str, faults: Faults, path: Path, reading: FileReading
) -> pa.Array:
    """A column of text with tags in it; values of another kind, and written lists, are faults.

    Raises
    ------
    TagledgerError
        As for `refuse_literals`.
    """
    spelled, wrong = texts(block.columns[name])
    faults.add(wrong, f"{name} is not text")
    faults.add(refuse_literals(spelled, name, path, reading), REASON)
    return spelled


def _hint(column: str, reading: FileReading) -> str:
    """How the lists of a column are read."""
    if isinstance(reading, ItemsReading):
        return f"read them with `labels: {{list: {column}}}`"
    return f"read them with `each: {{list: {column}}}` in place of `tag: {column}`"
