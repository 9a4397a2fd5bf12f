"""What is found out about the columns of a spreadsheet: what stands in them, what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tagledger.annotation_tools.spreadsheet.marks import EMPTY, Mark, mark, number

Kind = Literal["tag", "share", "choice", "list"]
_MARKS_AT_LEAST = 0.9  # of the filled cells, for a column to be a tag's


@dataclass(frozen=True)
class Column:
    """A column: its index, its name, and what stands in it."""

    at: int
    name: str
    cells: Sequence[str]

    @cached_property
    def filled(self) -> list[str]:
        """The cells that are not empty."""
        return [cell.strip() for cell in self.cells if cell.strip().casefold() not in EMPTY]

    @cached_property
    def distinct(self) -> list[str]:
        """What stands in them, each once, in order."""
        return list(dict.fromkeys(self.filled))

    @cached_property
    def marks(self) -> bool:
        """Whether nearly all that stands there is a yes or a no."""
        marked = sum(mark(cell) is not Mark.UNKNOWN for cell in self.filled)
        return bool(self.filled) and marked >= _MARKS_AT_LEAST * len(self.filled)

    @cached_property
    def has_no(self) -> bool:
        """Whether a no is written out, so that an empty cell was not asked."""
        return any(mark(cell) is Mark.NO for cell in self.distinct)

    @cached_property
    def numbers(self) -> list[float] | None:
        """Its numbers; None if something else stands there."""
        values = [number(cell) for cell in self.distinct]
        return None if None in values or not values else [one for one in values if one is not None]

    @property
    def shares(self) -> bool:
        """Whether it has parts of a whole, from 0 to 1, and some between, or percentages."""
        numbers = self.numbers
        if not numbers or any(not 0 <= share <= 1 for share in numbers):
            return False
        return any(0 < share < 1 for share in numbers) or self.distinct[0].endswith("%")

    @property
    def longest(self) -> float:
        """How long its texts are, on average."""
        return sum(map(len, self.filled)) / len(self.filled) if self.filled else 0.0


@dataclass(frozen=True)
class Slot:
    """A column with answers.

    Attributes
    ----------
    person
        Whose, where the column's name says it.
    name
        The tag, or what is before a class; "" where a class is a tag by itself.
    strong
        Of a list: whether its cells have semicolons, bars or line breaks.
    classes
        Of a choice: what may be chosen, as tags.
    """

    column: Column
    kind: Kind
    name: str
    person: str | None = None
    strong: bool = False
    classes: tuple[str, ...] = ()

    def tag(self, value: str) -> str:
        """The tag of a class."""
        tag = " ".join(value.split())
        return f"{self.name}: {tag}" if self.name else tag


@dataclass
class Roles:
    """What each column is.

    Attributes
    ----------
    by_role
        The columns of the id, the text, the person, and so on, by their role.
    slots
        Those with answers.
    left_out
        The names of the others, each with why.
    long
        Whether an item has a row for each of its tags.
    holds
        In that case: the column that says whether the tag applies.
    """

    by_role: dict[str, Column] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    long: bool = False
    holds: Column | None = None
