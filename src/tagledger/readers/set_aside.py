"""Rows that cannot be used: the first fault of each, and all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block
from tagledger.readers.values.columns import Ids, Mask

MOST_SET_ASIDE = 3_000_000  # each is kept with its record
_SET_ASIDE = ("file", "row", "id", "reason", "record")


def set_aside_frame(rows: Sequence[tuple[str, int, str | None, str, str]]) -> pd.DataFrame:
    """The table set_aside of `Raw`, of rows of it."""
    frame = pd.DataFrame(rows, columns=list(_SET_ASIDE))
    return frame.astype(dict.fromkeys(_SET_ASIDE, "str") | {"row": "int64"})


class Faults:
    """The first fault of each row of a block."""

    def __init__(self, length: int) -> None:
        self._codes = np.zeros(length, np.int16)
        self._reasons: list[str] = []

    def add(self, where: Mask, reason: str) -> None:
        """Give the rows there this fault, where they have none yet."""
        self._reasons.append(reason)
        self._codes[where & self.readable] = len(self._reasons)

    def add_of(self, at: NDArray[np.int64], others: Faults) -> None:
        """Add the faults of the rows at these positions, where they have none yet."""
        first = len(self._reasons)
        self._reasons += others._reasons
        new = np.where(others.readable, 0, others._codes + first)
        self._codes[at] = np.where(self._codes[at] == 0, new, self._codes[at])

    @property
    def readable(self) -> Mask:
        """Where rows have no fault."""
        return np.equal(self._codes, 0)

    def of(self, at: NDArray[np.int64]) -> list[str]:
        """The reasons of some rows that have a fault."""
        return [self._reasons[code - 1] for code in self._codes[at]]


class SetAside:
    """The rows of all files that were set aside.

    Attributes
    ----------
    notes
        Sentences on what is legal in the files and looks wrong.
    unread_dates
        Dates that cannot be read: some of each block that has any.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.unread_dates: list[list[str]] = []
        self._of: dict[str, list[tuple[str, int, str | None, str, str]]] = {}

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._of.values()))

    def note(self, notes: list[str]) -> None:
        """Add sentences on what is legal and looks wrong, each once."""
        self.notes += [note for note in notes if note not in self.notes]

    def add(self, file: str, block: Block, read: Ids, faults: Faults) -> None:
        """Add the rows of a block that have a fault, and those that it has no columns of.

        Raises
        ------
        TagledgerError
            There are more than anybody could look at, or than memory may hold.
        """
        self.note(block.notes)
        rows = self._of.setdefault(file, [])
        rows += [(file, one.row, None, one.reason, one.record) for one in block.broken]
        at = np.flatnonzero(~faults.readable)
        if len(at):
            row_numbers = block.rows[at].tolist()
            details = zip(
                row_numbers, read.shown(at), faults.of(at), block.records(at), strict=True
            )
            rows += [(file, *row) for row in details]
        if self.count > MOST_SET_ASIDE:
            _, row, _, reason, _ = min(rows, key=lambda one: one[1])
            raise TagledgerError(
                f"more than {MOST_SET_ASIDE:,} rows cannot be used, the first of them: {reason}",
                where=f"{file}, row {row}",
                hint="take a fresh copy of the file, or correct its reading in data/sources.yaml",
            )

    @property
    def reasons(self) -> Iterator[str]:
        """Why each was set aside."""
        return (row[3] for rows in self._of.values() for row in rows)

    @property
    def files(self) -> list[str]:
        """The files that blocks were added of, in their order."""
        return list(self._of)

    def rows_of(self, file: str) -> NDArray[np.int64]:
        """The rows of a file that were set aside, ascending."""
        return np.array(sorted(row[1] for row in self._of.get(file, [])), dtype=np.int64)

    def ids_of(self, files: list[str]) -> set[str]:
        """The ids of the rows of some files that were set aside, as text."""
        of = [row for file in files for row in self._of.get(file, [])]
        return {row[2] for row in of if row[2] is not None}

    def frame(self) -> pd.DataFrame:
        """The table set_aside of `Raw`."""
        rows = [row for of in self._of.values() for row in sorted(of, key=lambda row: row[1])]
        return set_aside_frame(rows)


def faults_of(block: Block) -> Faults:
    """The faults that the block itself knows of."""
    faults = Faults(len(block.rows))
    for where, reason in block.faults:
        faults.add(where, reason)
    return faults
