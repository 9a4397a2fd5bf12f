"""Tables of text: what stands between two fields, where the header is, and the first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tagledger.guess.names import is_exactly, is_known

DELIMITERS = ("\t", ";", ",", "::", "||", " | ", "|", "^", "~", "\x01", " ")
_FEW = 200
_MOST_SKIPPED = 15
_ENOUGH = 0.8
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)*|[.,]\d+)([eE][-+]?\d+)?%?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?")
_ADDRESS = re.compile(r"<?https?://\S+|/\w+/\S+|\S+@\S+\.\w+|\S+\.(jpe?g|png|txt|wav|mp3)")


@dataclass(frozen=True)
class Separated:
    """A table of text, and how it is written.

    Attributes
    ----------
    delimiter
        What stands between two fields; empty for a table of one column.
    names
        The header, or names that were made up.
    rows
        The rows below it, each as long as `names` but for the last ones of `ragged`.
    header
        Whether the file has the header.
    skip
        How many lines stand before the header, or before the first row.
    spaced
        Whether a space follows each delimiter.
    quoting
        Whether quotes around a field are no part of it.
    escape
        Whether a quote in a field has a backslash before it.
    ragged
        Whether rows are longer than the header.
    why
        What tells that there is a header or none.
    """

    delimiter: str
    names: list[str]
    rows: list[list[str]]
    header: bool = True
    skip: int = 0
    spaced: bool = False
    quoting: bool = True
    escape: bool = False
    ragged: bool = False
    why: str = ""


def split(
    text: str,
    delimiter: str,
    *,
    quoting: bool = True,
    spaced: bool = False,
    most: int | None = None,
) -> list[list[str]]:
    """The first rows of a text, without blank ones; a quoted field may have line breaks."""
    end = re.compile(f"{re.escape(delimiter)}|\r\n|\n|\r" if delimiter else "\r\n|\n|\r")
    rows: list[list[str]] = []
    row: list[str] = []
    at = 0
    while at <= len(text) and len(rows) != most:
        if spaced:
            at = at + len(text[at : at + 8]) - len(text[at : at + 8].lstrip(" "))
        field, at = _quoted(text, at) if quoting and text[at : at + 1] == '"' else ("", at)
        match = end.search(text, at)
        stop = match.start() if match else len(text)
        row.append(field + text[at:stop])
        at = match.end() if match else len(text) + 1
        if match is None or match[0] != delimiter:
            if any(one.strip() for one in row):
                rows.append(row)
            row = []
    return rows


def _quoted(text: str, at: int) -> tuple[str, int]:
    """A field that begins with a quote at `at`, and where it ends."""
    parts: list[str] = []
    at += 1
    while True:
        end = text.find('"', at)
        if end < 0:
            return "".join([*parts, text[at:]]), len(text)
        escaped = end > at and text[end - 1] == "\\" and text[end + 1 : end + 2] not in "\r\n,;\t"
        parts.append(text[at : end - escaped])
        if escaped:
            parts.append('"')
            at = end + 1
        elif text[end + 1 : end + 2] == '"':
            parts.append('"')
            at = end + 2
        else:
            return "".join(parts), end + 1


def separated(
    text: str, *, whole: bool, delimiters: Sequence[str] = DELIMITERS
) -> Separated | None:
    """A text as a table; None if it is none, as its lines have nothing in common.

    Parameters
    ----------
    whole
        Whether the text is all of the file; else its last row is left out, for it may be cut.
    delimiters
        What may stand between two fields.
    """
    skip, text, comment = _comments(text)
    best: tuple[tuple[float, int, int, int], Separated] | None = None
    for position, delimiter in enumerate(delimiters):
        if delimiter not in text:
            continue
        candidate = _by(text, delimiter, whole=whole)
        if candidate is None:
            continue
        fit, table = candidate
        rank = (round(fit, 2), -int(table.skip > 0), min(len(table.names), 3), -position)
        if best is None or rank > best[0]:
            best = rank, table
    if best is None:
        return None
    table = best[1]
    table = replace(table, skip=table.skip + skip)
    return _headed(table, comment)


def _comments(text: str) -> tuple[int, str, str]:
    """How many lines of comment a text begins with, the rest, and the last of them."""
    lines = text.split("\n")
    count = 0
    while count < len(lines) and re.match(r"\s*#($|[ #!])|#\w|sep=.\s*$", lines[count]):
        count += 1
    if lines[0].startswith("#") and count == 1 and re.match(r"#([,;\t|]|\w)", lines[0]):
        return 0, text, ""  # a header whose first name is # or begins with it
    last = lines[count - 1].lstrip("# ").rstrip("\r") if count else ""
    return count, "\n".join(lines[count:]), last


def _by(text: str, delimiter: str, *, whole: bool) -> tuple[float, Separated] | None:
    """A text as a table with this delimiter, and how well it fits."""
    quoting = not (delimiter == "\t" and _quotes_are_text(text))
    rows_of = partial(_rows, text, delimiter, whole=whole, quoting=quoting)
    # The first rows rule most delimiters out: for these, the rest is not taken apart.
    first = rows_of(most=_FEW + 1)
    spaced = _spaced(text, first, delimiter)
    if spaced:
        first = rows_of(spaced=True, most=_FEW + 1)
    if not first:
        return None
    counts = Counter(len(row) for row in first[_MOST_SKIPPED:_FEW] or first)
    if len(first) <= _MOST_SKIPPED:
        counts = Counter(len(row) for row in first)
    width, _ = max(counts.items(), key=lambda one: (one[1], one[0]))
    skip = next(
        (at for at, row in enumerate(first[:_MOST_SKIPPED]) if _may_be_header(row, width)), 0
    )
    some = first[skip:_FEW]
    fit = sum(len(row) == width for row in some) / len(some)
    longer = all(len(row) >= len(first[0]) > 1 for row in first[:_FEW])
    if fit < _ENOUGH and longer and delimiter in "\t,;":
        rows = rows_of(spaced=spaced)
        table = Separated(delimiter, rows[0], rows[1:], ragged=True, quoting=quoting, spaced=spaced)
        return (0.79 if delimiter == "\t" else 0.5), table
    if width < 2 or fit < (_ENOUGH if len(some) > 3 else 0.6):
        return None
    rows = rows_of(spaced=spaced)
    if delimiter == " " and not _are_tokens(rows, width, fit):
        return None
    lines = _lines_before(text, rows[:skip], delimiter, quoting=quoting)
    body = [row for row in rows[skip + 1 :] if len(row) == width]
    escape = quoting and bool(re.search(r'[^"\\]\\"[^,;\t\r\n]', text)) and '""' not in text
    return fit, Separated(
        delimiter, rows[skip], body, skip=lines, quoting=quoting, spaced=spaced, escape=escape
    )


def _rows(
    text: str,
    delimiter: str,
    *,
    whole: bool,
    quoting: bool,
    spaced: bool = False,
    most: int | None = None,
) -> list[list[str]]:
    """The rows of a text, or the first of them, without a last one that may be cut."""
    rows = split(text, delimiter, quoting=quoting, spaced=spaced, most=most)
    return rows if whole or len(rows) in {0, 1, most} else rows[:-1]


def _are_tokens(rows: list[list[str]], width: int, fit: float) -> bool:
    """Whether words with spaces between are fields: all rows have as many, one is a number."""
    columns = zip(*(row for row in rows if len(row) == width), strict=True)
    numbers = any(all(_NUMBER.fullmatch(one) for one in column) for column in columns)
    return fit == 1 and width > 2 and numbers


def _may_be_header(row: list[str], width: int) -> bool:
    """Whether a row is no title above a table, padded with empty fields."""
    filled = sum(bool(one.strip()) for one in row)
    return len(row) == width and (width < 3 or filled > 1)


def _lines_before(text: str, rows: list[list[str]], delimiter: str, *, quoting: bool) -> int:
    """How many lines the first rows take, blank ones with them."""
    if not rows:
        return 0
    lines = text.split("\n")
    for count in range(len(rows), len(lines)):
        if split("\n".join(lines[:count]), delimiter, quoting=quoting)[: len(rows)] == rows:
            while count < len(lines) and not lines[count].strip(" \r" + delimiter):
                count += 1  # noqa: PLW2901 - blank lines go with what is before them
            return count
    return 0


def _quotes_are_text(text: str) -> bool:
    """Whether quotes are characters like others, in a file with tabs."""
    fields = [one for line in text.splitlines()[:2000] for one in line.split("\t") if '"' in one]
    sound = [one for one in fields if re.fullmatch(r'"([^"]|"")*"', one)]
    return len(sound) < len(fields) / 2


def _spaced(text: str, rows: list[list[str]], delimiter: str) -> bool:
    """Whether a space stands after most delimiters, or before the quotes of fields."""
    if text.count(f'{delimiter} "') > text.count("\n") / 3:
        return True
    later = [one for row in rows[1:50] for one in row[1:] if one]
    with_space = [one for one in later if one.startswith(" ")]
    return bool(later) and len(with_space) > 0.9 * len(later)


# ---- The header ----------------------------------------------------------------------------


def _headed(table: Separated, comment: str) -> Separated:
    """The table with its header, which may be a comment, or with names that were made up."""
    if comment:
        names = [one.strip() for one in split(comment, table.delimiter)[0]] if comment else []
        if len(names) == len(table.names) and len(names) > 1:
            rows = [table.names, *table.rows]
            return replace(
                table,
                names=names,
                rows=rows,
                header=False,
                why="the last comment names the columns",
            )
    reason = no_header(table.names, table.rows)
    if reason is None:
        names = [one.strip("\ufeff") for one in table.names]
        return replace(table, names=names, why="the first row names the columns")
    names = [f"column_{at}" for at in range(1, len(table.names) + 1)]
    return replace(table, names=names, rows=[table.names, *table.rows], header=False, why=reason)


def no_header(first: list[str], rows: list[list[str]]) -> str | None:
    """Why the first row is no header; None if it is one."""
    columns = [[row[at] for row in rows if at < len(row)] for at in range(len(first))]
    if _numbered_classes(first, columns):
        return None
    if reason := _recurs(first, columns):
        return reason
    words = [one for one in first if is_known(one)]
    for cell, column in zip(first, columns, strict=True):
        if reason := _is_a_value(cell.strip(), column, len(words) / len(first)):
            return reason
    sure = any(is_exactly(one, "tags") or is_exactly(one, "id") for one in words)
    differ = any(_differs_below(*one) for one in zip(first, columns, strict=True))
    if sure or differ or len(words) >= max(1, len(first) / 2):
        return None
    prose = next((one for one in first if _is_prose(one)), None)
    if prose is not None:
        return f"{_short(prose)} in the first row is prose"
    return None if words or _stands_out(first, columns) else "the first row is as the others are"


def _differs_below(cell: str, column: list[str]) -> bool:
    """Whether a cell has letters, and all that stands below it are numbers or days."""
    given = [one.strip() for one in column if one.strip()]
    values = len(given) > 2 and all(_NUMBER.fullmatch(x) or _DATE.fullmatch(x) for x in given)
    letters = sum(one.isalpha() for one in cell)
    return values and letters > 2 and not _DATE.fullmatch(cell.strip())


def _recurs(first: list[str], columns: list[list[str]]) -> str | None:
    """The cell of the first row that stands below it too, in words."""
    for cell, column in zip(first, columns, strict=True):
        if cell.strip() and cell in column and column.count(cell) < len(column):
            return f"{_short(cell)} in the first row stands below as well"
    return None


def _is_a_value(cell: str, column: list[str], share_known: float) -> str | None:
    """Why a cell of the first row is a value and no name; `share_known` of that row are names."""
    reason = None
    if _NUMBER.fullmatch(cell) and not (share_known and not _mostly(_NUMBER, column)):
        reason = "is a number"
    elif _DATE.fullmatch(cell):
        reason = "is a date"
    elif _ADDRESS.fullmatch(cell) and share_known < 0.5:
        reason = "is an address"
    if reason:
        return f"{_short(cell)} in the first row {reason}"
    part = _parts_recur(cell, column)
    return f"{part!r} in the first row stands below as well" if part else None


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 30 else f"{cell[:27]}...")


def _numbered_classes(first: list[str], columns: list[list[str]]) -> bool:
    """Whether the numbers in the first row count classes: below each is 0 or 1."""
    at = [index for index, one in enumerate(first) if one.strip().isdigit()]
    numbers = [int(first[index]) for index in at]
    return (
        len(at) > 2
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and all(set(columns[index]) <= {"0", "1", "0.0", "1.0"} for index in at)
    )


def _mostly(pattern: re.Pattern[str], column: list[str]) -> bool:
    given = [one.strip() for one in column if one.strip()]
    return bool(given) and sum(bool(pattern.fullmatch(one)) for one in given) > len(given) / 2


def _parts_recur(cell: str, column: list[str]) -> str | None:
    """A part of a cell that stands as a part below it too."""
    for separator in ("|", ";", ","):
        parts = [one.strip() for one in cell.split(separator)]
        if len(parts) > 1:
            below = {one.strip() for other in column for one in other.split(separator)}
            return next((one for one in parts if one in below and one), None)
    return None


def _is_prose(cell: str) -> bool:
    words = cell.split()
    return len(words) > 6 or (len(words) > 2 and cell.strip()[-1:] in ".?!")


def _stands_out(first: list[str], columns: list[list[str]]) -> bool:
    """Whether the cells of the first row are of another form than those below."""
    for cell, column in zip(first, columns, strict=True):
        given = [one for one in column if one.strip()]
        if not given:
            continue
        if _mostly(_NUMBER, given) or _mostly(_DATE, given):
            return True  # the cell itself is no number, as was looked at before
        words = sum(len(one.split()) for one in given) / len(given)
        if words > 3 and len(cell.split()) <= 2:
            return True
        if words > 3 and len(cell.split()) > 2:
            return False
    return all(re.fullmatch(r"[A-Za-z_][\w .#-]*", one) for one in first if one)
