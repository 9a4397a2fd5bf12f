"""What somebody says of files: it holds, and the rest is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tagledger.errors import TagledgerError, nearest
from tagledger.guess.candidate import Candidate
from tagledger.guess.table import Table
from tagledger.sources.labels import NONE
from tagledger.sources.models import first_fault, in_words, key_of
from tagledger.sources.reading import Reading

NO_COLUMN = ""
SAID = "you said so"
_SURE = 10.0  # a score of labels
_MARKS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True)
class Answers:
    """What somebody says of files; None for what is left to guess.

    Attributes
    ----------
    id, title, text, date
        Columns of the items file; an empty name says that there is none.
    date_format
        How the dates are written, as `date_format` of a reading.
    labels
        The column with the labels, or what stands under `labels:` of a reading: also `none`.
    delimiter
        What stands between two fields, also as `tab`, `space`, `comma`, `semicolon` or `pipe`.
    encoding
        What text is written in, as Python calls it.
    """

    id: str | None = None
    title: str | None = None
    text: str | None = None
    date: str | None = None
    date_format: str | None = None
    labels: str | Mapping[str, Any] | None = None
    delimiter: str | None = None
    encoding: str | None = None

    def with_more(self, more: Answers) -> Answers:
        """These answers, and others that count before them."""
        given = {name: value for name, value in vars(more).items() if value is not None}
        return replace(self, **given)

    @property
    def between(self) -> str | None:
        """The delimiter itself."""
        return None if self.delimiter is None else _MARKS.get(self.delimiter, self.delimiter)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of items that are named, by their options."""
        named = {"id": self.id, "title": self.title, "text": self.text, "date": self.date}
        return {key: name for key, name in named.items() if name}

    @property
    def label_column(self) -> str | None:
        """The column of the labels, where nothing else is said of them."""
        return self.labels if isinstance(self.labels, str) and not self.no_labels else None

    @property
    def no_labels(self) -> bool:
        """Whether nothing is labelled yet."""
        return self.labels == NONE

    @property
    def label_reading(self) -> dict[str, Any] | None:
        """The labels as a reading says them, if they are said so."""
        return dict(self.labels) if isinstance(self.labels, Mapping) else None


NOTHING_SAID = Answers()


def refuse_impossible(said: Answers) -> None:
    """Refuse labels, an encoding or a notation of dates that no reading can have.

    Raises
    ------
    TagledgerError
        There is no such key, encoding or notation.
    """
    items = {"encoding": said.encoding, "date_format": said.date_format}
    some = {"file": "items.csv", "columns": {"id": "id"}}
    some |= {key: value for key, value in items.items() if value is not None}
    try:
        Reading.model_validate({"items": some, "labels": said.label_reading or {"column": "tag"}})
    except ValidationError as error:
        fault = first_fault(error.errors(include_url=False))
        option, _, key = key_of(fault).removeprefix("items.").partition(".")
        where = f"--{option.replace('_', '-')}" + (f", key {key}" if key else "")
        hint = "docs/keys.md says all that it may be"
        raise TagledgerError(in_words(fault), where=where, hint=hint) from error


def refuse_unknown(said: Answers, tables: Sequence[Table], folder: Path) -> None:
    """Refuse columns that no table has.

    Raises
    ------
    TagledgerError
        There is no such column; the hint has the nearest name.
    """
    column_names = list(dict.fromkeys(one.name for table in tables for one in table.columns))
    named = said.columns | ({"labels": said.label_column} if said.label_column else {})
    for option, name in named.items():
        if name not in column_names:
            raise TagledgerError(
                f"there is no column {name!r} for --{option}",
                where=folder / tables[0].file if tables else folder,
                hint=nearest(name, column_names),
            )


def fits(said: Answers, columns: Mapping[str, Any]) -> bool:
    """Whether the columns of items are those that were named."""
    return set(said.columns.values()) <= {one for one in columns.values() if isinstance(one, str)}


def said_labels(
    said: Answers, table: Table, candidates: Sequence[Candidate]
) -> Iterator[Candidate]:
    """The candidates for the labels that are as they were said to be."""
    if said.no_labels:
        yield Candidate({}, (), _SURE, SAID)
    elif said.label_reading is not None:
        names = {one.name for one in table.columns}
        yield Candidate(said.label_reading, tuple(_named(said.label_reading, names)), _SURE, SAID)
    elif (name := said.label_column) is not None:
        alone = [one for one in candidates if one.columns == (name,)]
        several = [one for one in candidates if name in one.columns]
        yield from (replace(one, score=one.score + _SURE) for one in alone or several)
        column = table.column(name)
        if column is not None and not any(name in one.columns for one in candidates):
            how = "list" if column.lists else "column"
            yield Candidate({how: name}, (name,), _SURE, SAID)
    else:
        yield from candidates


def _named(value: Any, names: set[str]) -> Iterator[str]:
    """The columns of a table that a part of a reading names."""
    if isinstance(value, str) and value in names:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _named(one, names)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _named(one, names)
