"""Readings that fit a file and would give other labels than it means: one function a doubt.

Each takes what was read and either is silent, or refuses with what it saw and what to write in the
reading. A doubt about what is legal, and may be meant, gives a note. They look at one block of rows
at a time, and for anything that only the sum of rows shows, at a block that has enough of them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block
from tagledger.readers.numbers import numbers, shown
from tagledger.readers.set_aside import SetAside
from tagledger.readers.values.columns import Ids, Mask, blank, is_text_column, texts

OTHER_LENGTH = "the list is not {} long, as many as there are names"
_READING = "in data/sources.yaml"
_LENGTHS = re.compile(OTHER_LENGTH.format("[0-9]+"))

# The words of a column that says yes or no; those of _BINARY_ONES are yes.
_BINARY_ONES = {"1", "1.0", "true", "yes", "t", "y"}
_BINARY = _BINARY_ONES | {"0", "0.0", "false", "no", "f", "n"}
_MOST_BINARY = 8

# Columns that say of a label whether it holds, or how surely.
_CONFIDENCES = (
    *("confidence", "conf", "score", "value", "label", "present", "presence"),
    *("is_present", "probability", "prob", "relevance"),
)
_DOUBTFUL = 0.5  # a label that is less sure is rather denied

_SEPARATORS = ("|", ";", ",")
_JOINED_CELLS = 20
_JOINED_SHARE = 0.2

_WORD = r"\S*\pL\S*"
_PROSE_WORDS = 4.0
_PROSE_DISTINCT = 0.8
_PROSE_PARTS = 4
_LOOKED_AT = 20_000
_PATH_LIKE = r"\s>+\s|>>|::|/|\|"

_NUMBERED = re.compile(r"(?P<stem>.*?[^0-9])(?P<number>[0-9]{1,2})")
_AN_ID = re.compile(r"(?:.*[ _-])?(?:id|ids|key|no|code|index|name)|.*(?:id|Id|ID)", re.IGNORECASE)
_NUMBERED_NAMES = 3
_NUMBERED_NAME = re.compile(r"\s*(?P<number>[0-9]{1,6})(?:\s*[.:;,)\t]|\s)\s*\S")
_A_TAG = {"tag", "tags", "label", "labels", "category", "categories", "class", "classes"}
_A_NAME = _A_TAG | {"name", "names", "title"}


# ---- Numbers that are neither 0 nor 1 ------------------------------------------------------


def other_numbers(values: NDArray[np.float64], what: str, path: Path) -> None:
    """Refuse indicators that are scores, counts or unsure: which of them is a label, is not said.

    Raises
    ------
    TagledgerError
        There is a number that is neither 0 nor 1.
    """
    others = np.unique(values[(values != 0) & (values != 1) & ~np.isnan(values)])
    if not len(others):
        return
    some = ", ".join(map(shown, others[:3]))
    raise TagledgerError(
        f"{what} holds {some}{' and more' if len(others) > 3 else ''}, which say neither yes (1) "
        "nor no (0)",
        where=path,
        hint=f"set `at_least`, the smallest number that is a label, in `labels` of its reading, "
        f"{_READING}: {_threshold(others)}",
    )


def _threshold(others: NDArray[np.float64]) -> str:
    shares = others[(others > 0) & (others < 1)]
    if len(shares):
        return "for shares from 0 to 1 such as `at_least: 0.5`"
    if (others < 0).any():
        return "with `at_least: 1` a number below 0, which is often `uncertain`, is no label"
    return "with `at_least: 1` every count but 0 is a label"


def indicators_as_tags(tags: pa.Array, columns: tuple[str, ...], path: Path) -> None:
    """Refuse 0 and 1 (false and true, no and yes) as tags.

    Raises
    ------
    TagledgerError
        There are no other tags, and both are there.
    """
    if len(tags) < _PROSE_PARTS or len(tags[:_LOOKED_AT].unique()) > _MOST_BINARY:
        return
    words = {word.strip().casefold() for word in tags.unique().to_pylist()} - {""}
    if not words <= _BINARY or words <= _BINARY_ONES or words.isdisjoint(_BINARY_ONES):
        return
    shown = " and ".join(sorted(words))
    raise TagledgerError(
        f"{' and '.join(map(repr, columns))} holds {shown} alone: it seems to say whether an item "
        "has the tag of its column",
        where=path,
        hint=f"read it with `labels: {{indicators: [{', '.join(columns)}]}}`; or, if these are two "
        "tags, name them: `names: {0: ..., 1: ...}`",
    )


# ---- Labels that the file denies -----------------------------------------------------------


def confidences(named: set[str]) -> tuple[str, ...]:
    """The names of columns that may deny labels, but those that the reading knows of."""
    spelled = [one for name in _CONFIDENCES for one in (name, name.capitalize(), name.upper())]
    return tuple(name for name in spelled if name not in named)


def denied(block: Block, columns: tuple[str, ...], path: Path, repeated: Mask | None) -> list[str]:
    """Refuse labels of which a column beside them says that they do not hold.

    Parameters
    ----------
    block
        The rows, one label each.
    columns
        What `confidences` gave.
    path
        The file, for messages.
    repeated
        Where a row's item has other rows too; None if every row is a label. An item that has one
        row alone may have a score of its own.

    Returns
    -------
    notes
        Of labels that are more sure than not.
    """
    notes = []
    for name in columns:
        column = block.columns.get(name)
        if column is None or not len(block.rows):
            continue
        values, wrong = numbers(column)
        if repeated is not None:
            values = values[repeated]
        values = values[~np.isnan(values)]
        if wrong.any() or not len(values) or values.min() < 0 or values.max() > 1:
            continue
        if values.min() < _DOUBTFUL:
            raise _denies(name, values, path)
        if values.min() < 1:
            notes.append(
                f"{path.name}: labels count whatever {name!r} says, from {shown(values.min())} "
                f"to {shown(values.max())}; `at_least: {{{name}: ...}}` leaves some out"
            )
    return notes


def _denies(name: str, values: NDArray[np.float64], path: Path) -> TagledgerError:
    only = set(np.unique(values)) <= {0.0, 1.0}
    counted = f"`where: {{{name}: 1}}`" if only else f"`at_least: {{{name}: 0.5}}`"
    smallest = shown(values.min())
    return TagledgerError(
        f"the column {name!r} holds {'0 and 1' if only else 'shares from ' + smallest}: it seems to"
        f" say whether a row's label holds, and rows with {smallest} would count as well",
        where=path,
        hint=f"say in `labels` of its reading, {_READING}, which rows count: {counted}; or that all"
        f" of them do: `at_least: {{{name}: 0}}`",
    )


# ---- One column of several -----------------------------------------------------------------


def siblings(column: str) -> tuple[str, ...]:
    """The names that further columns with the same kind of tags would have.

    >>> siblings("Type 1"), siblings("genre")
    (('Type 0', 'Type 2'), ('genre_2', 'genre 2', 'genre2', 'genre.1'))
    """
    numbered = _NUMBERED.fullmatch(column)
    if numbered is None:
        return (f"{column}_2", f"{column} 2", f"{column}2", f"{column}.1")
    stem, number = numbered["stem"], int(numbered["number"])
    digits = len(numbered["number"])
    return tuple(f"{stem}{one:0{digits}}" for one in (number - 1, number + 1) if one >= 0)


def one_of_several(
    block: Block, column: str, path: Path, separator: str | None = None
) -> list[str]:
    """Note that another column holds tags of the same kind, which stay out."""
    own = _some_words(block, column, separator)
    for name in siblings(column):
        if name in block.columns and own & _some_words(block, name, separator):
            key = "columns" if separator is None else "delimited"
            both = f"`{key}: [{', '.join(sorted([column, name]))}]`"
            what = f"the tags of {column!r} alone are read, and {name!r} holds some of the same"
            return [f"{path.name}: {what}: {both} reads both"]
    return []


def _some_words(block: Block, column: str, separator: str | None) -> set[str]:
    cells, _ = texts(block.columns[column])
    cells = [one for one in cells[:_LOOKED_AT].unique().to_pylist() if one]
    words = {
        word.strip() for one in cells for word in (one.split(separator) if separator else [one])
    }
    return words - {""}


# ---- Another separator ---------------------------------------------------------------------


def _joined_by(cells: pa.Array) -> str | None:
    """What joins tags in many cells: parts that it makes stand in several cells each."""
    distinct = cells.unique()
    if len(cells) < _JOINED_CELLS:
        return None
    for separator in _SEPARATORS:
        holding = pc.match_substring(distinct, separator)
        if pc.mean(pc.match_substring(cells, separator).cast(pa.int8())).as_py() < _JOINED_SHARE:
            continue
        parts = pc.list_flatten(pc.split_pattern(distinct.filter(holding), separator))
        parts = pc.utf8_trim_whitespace(parts)
        counts = pc.value_counts(parts.filter(pc.not_equal(parts, ""))).field("counts").to_numpy()
        if 2 * int((counts > 1).sum()) >= len(counts) > 0:
            return separator
    return None


def other_separator(block: Block, column: str, separator: str | None, path: Path) -> list[str]:
    """Doubt a separator that no cell has, where another one joins tags; a note if none is said.

    Raises
    ------
    TagledgerError
        A separator is said that no cell has.
    """
    if not block.tells or not is_text_column(block.columns[column]):
        return []
    cells, _ = texts(block.columns[column])
    cells = cells[:_LOOKED_AT].drop_null()
    if separator is not None and pc.any(pc.match_substring(cells, separator)).as_py():
        return []
    other = _joined_by(cells)
    if other is None or other == separator:
        return []
    labels = f'`labels: {{delimited: {column}, separator: "{other}"}}`'
    if separator is None:
        return [
            f"{path.name}: many cells of {column!r} hold {other!r}: {labels} reads tags from it"
        ]
    raise TagledgerError(
        f"no cell of {column!r} holds the separator {separator!r}, and many hold {other!r}",
        where=path,
        hint=f"read it with {labels}; or with `{{column: {column}}}`, if each cell is one tag",
    )


# ---- Prose ---------------------------------------------------------------------------------


def prose(tags: pa.Array, columns: tuple[str, ...], path: Path) -> None:
    """Refuse sentences as tags: parts that are long and do not recur.

    Raises
    ------
    TagledgerError
        They have more than four words on average, and most stand there once.
    """
    some = tags[:_LOOKED_AT]
    some = some.filter(pa.array(~blank(some)))
    if len(some) < _PROSE_PARTS:
        return
    distinct = some.unique()
    words = pc.mean(pc.count_substring_regex(some, _WORD)).as_py()
    if words <= _PROSE_WORDS or len(distinct) < _PROSE_DISTINCT * len(some):
        return
    if pc.mean(pc.match_substring_regex(some, _PATH_LIKE).cast(pa.int8())).as_py() > 0.5:
        return
    first = distinct[0].as_py().strip()
    raise TagledgerError(
        f"{' and '.join(map(repr, columns))} seems to hold prose, not tags: {len(distinct):,} of "
        f"{len(some):,} parts differ, of {words:.0f} words on average, e.g. {first[:60]!r}",
        where=path,
        hint=f"name the column with the tags in its reading, {_READING}; or, if each is a tag all "
        "the same, write them as lists (JSON Lines) and read `labels: {list: ...}`",
    )


def cut_out(tags: pa.Array, columns: tuple[str, ...], path: Path) -> None:
    """Refuse what is no tag among those cut out of text: see `prose` and `indicators_as_tags`."""
    prose(tags, columns, path)
    indicators_as_tags(tags, columns, path)


# ---- A header as a row ---------------------------------------------------------------------


def header_as_item(block: Block, columns: tuple[str, ...], path: Path) -> None:
    """Refuse a first row that says what the columns are: every cell is its column's name.

    Raises
    ------
    TagledgerError
        It does.
    """
    if not _is_first(block) or len(columns) < 2:
        return
    cells = [_first_cell(block, name) for name in columns]
    if all(
        cell is not None and _same(cell, name) for cell, name in zip(cells, columns, strict=True)
    ):
        raise _a_header(" and ".join(map(repr, columns)), path)


def header_above_numbers(
    numbers: pa.ChunkedArray, spelled: pa.ChunkedArray, rows: pa.ChunkedArray, path: Path
) -> None:
    """Refuse a first row whose id is a word, where all others are numbers.

    Parameters
    ----------
    numbers, spelled
        The ids as integers, null where there is none, and as text.
    rows
        Their rows.
    path
        The file, for messages.

    Raises
    ------
    TagledgerError
        It is.
    """
    first = spelled[0].as_py()
    only_first = numbers.null_count == 1 and not numbers[0].is_valid and len(numbers) > 2
    if only_first and rows[0].as_py() == 1 and _AN_ID.fullmatch(first.strip()):
        raise _a_header(repr(first), path)


def header_as_label(block: Block, columns: tuple[str, str], matched: Mask, path: Path) -> None:
    """Refuse a first row of a labels file whose id no item has, and whose cells are headings.

    Parameters
    ----------
    block
        Rows of the file.
    columns
        The columns of the id and of the tag.
    matched
        Where a row's id is one of an item.
    path
        The file, for messages.

    Raises
    ------
    TagledgerError
        It does.
    """
    if not _is_first(block) or matched[0]:
        return
    of, tag = (_first_cell(block, name) for name in columns)
    if of and tag and _AN_ID.fullmatch(of.strip()) and tag.strip().casefold() in _A_NAME:
        raise _a_header(f"{of!r} and {tag!r}", path)


def header_as_name(block: Block, column: str, path: Path) -> None:
    """Refuse a file of names by their place that begins with a heading: all codes would shift.

    Raises
    ------
    TagledgerError
        It does.
    """
    first = _first_cell(block, column) if _is_first(block) else None
    if first is not None and first.strip().casefold() in _A_NAME:
        raise _a_header(repr(first), path)


def numbered_names(names: list[str], path: Path) -> None:
    """Refuse names by their place that begin with their own number, as in `0 cat`, `1 dog`.

    Raises
    ------
    TagledgerError
        They do.
    """
    matches = [_NUMBERED_NAME.match(name) for name in names]
    if len(names) < _NUMBERED_NAMES or not all(matches):
        return
    numbers = [int(one["number"]) for one in matches if one is not None]
    if any(number != numbers[0] + at for at, number in enumerate(numbers)) or numbers[0] > 1:
        return
    raise TagledgerError(
        f"each name begins with its number, as {names[0]!r} does: a tag would have it, too",
        where=path,
        hint=f"leave the numbers out of the file; or read it as a table in its reading, {_READING}:"
        " `format: csv`, `delimiter: ...`, `header: [code, name]`, `code: code`, `name: name`; if "
        "the numbers belong to the names, give these as a list, `names: [...]`",
    )


def _is_first(block: Block) -> bool:
    """Whether a block begins a file."""
    return bool(len(block.rows)) and int(block.rows[0]) == 1


def _first_cell(block: Block, name: str) -> str | None:
    column = block.columns[name]
    if isinstance(column, list):
        return column[0] if type(column[0]) is str else None
    return column[0].as_py() if is_text_column(column) else None


def _same(cell: str, name: str) -> bool:
    return cell.strip().casefold() == name.strip().casefold()


def _a_header(cells: str, path: Path) -> TagledgerError:
    return TagledgerError(
        f"the first row seems to be the header: it says {cells}",
        where=f"{path}, row 1",
        hint=f"leave it out with `skip: 1` in its reading, {_READING}, or leave out `header` there,"
        " so that it names the columns",
    )


def repeats(read: Ids) -> Mask:
    """Where a row's id stands in another row as well."""
    spelled = pc.coalesce(read.texts, read.integers.cast(pa.string()))
    encoded = spelled.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=1)
    return np.asarray((codes >= 0) & (counts[codes] > 1), np.bool_)


def refuse_most(set_aside: SetAside, rows: int, path: Path) -> None:
    """Refuse lists of numbers of which most are not as long as there are names.

    Raises
    ------
    TagledgerError
        They are not.
    """
    of = [reason for reason in set_aside.reasons if _LENGTHS.fullmatch(reason)]
    if 2 * len(of) > rows:
        raise TagledgerError(
            f"{of[0]}, in {len(of):,} of {rows:,} rows",
            where=path,
            hint=f"give a name for each place of the list, in `names` of its reading, {_READING}",
        )
