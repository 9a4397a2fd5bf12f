"""A table as it was sampled: its columns with the values of the first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

ROWS = 2000  # of a sample, at most


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a sample; two are one if they are the same object.

    Attributes
    ----------
    name
        What a reading calls it: a name, or a path such as `labels[].name`.
    values
        A value for each row: None, a text, a number, a bool, or a list of these.
    literal
        Whether its cells are text that is a list or an object, as a programming language writes it.
    times
        How many columns of the file have this name.
    counted
        Whether its values are keys of objects, with numbers beside them that differ.
    """

    name: str
    values: list[Any]
    literal: bool = False
    times: int = 1
    counted: bool = False

    @cached_property
    def given(self) -> list[Any]:
        """The values that are not empty."""
        return [one for one in self.values if one not in (None, "", [])]

    @cached_property
    def lists(self) -> bool:
        """Whether its values are lists."""
        return any(isinstance(one, list) for one in self.values)

    @cached_property
    def texts(self) -> list[str]:
        """The single values that are not empty, as text without white space at the ends."""
        texts = [str(one).strip() for one in self.given if not isinstance(one, list)]
        return [one for one in texts if one]


@dataclass(frozen=True, eq=False)
class Table:
    """The first rows of a file, or of a part of it; two are one if they are the same object.

    Attributes
    ----------
    file
        The file, as the reading names it.
    source
        The other keys of the reading: `format`, `delimiter`, `records`, ...
    columns
        In the order of the file.
    rows
        How many rows were sampled.
    whole
        Whether these are all.
    format
        The name of the format.
    why
        What tells how it is written, a sentence each.
    encoding
        What its text is written in, for people; empty for what is no text.
    extra
        What the format says besides: `labels` named by the file, `names` of classes by column.
    """

    file: str
    source: dict[str, Any]
    columns: list[Column]
    rows: int
    format: str
    whole: bool = True
    why: Sequence[str] = ()
    encoding: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((one for one in self.columns if one.name == name), None)

    @property
    def reading(self) -> dict[str, Any]:
        """The keys that say which file it is and how it is written."""
        return {"file": self.file, **self.source}
