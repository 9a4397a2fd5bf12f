"""The form of a spreadsheet that Tagledger writes: its columns, and the one that is hidden.

The last column is hidden in a workbook, and stands in a CSV as any other. Its header says what the
sheet was made for, with the tags that are asked; each row of it has the item's id and the hash of
what was shown. So ids stay what they are where a program makes numbers or dates of them, a text may
be cut or changed by a program, and rows that were sorted apart from the rest are found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ID, TITLE, TEXT = "id", "title", "text"
TAGS = "tags"
NONE, SKIP, NOTE, ANNOTATOR = "none applies", "skip", "note", "annotator"
BEFORE, AFTER = (ID, TITLE, TEXT), (NONE, SKIP, NOTE, ANNOTATOR)
HIDDEN = "tagledger"
GUIDELINE = "guideline"
MARK = "x"

LONGEST_CELL = 32_767  # characters that a cell of a workbook holds
_LONGEST_HEADER = 30_000
_TAG = "tag: "  # before a tag that another column's name is
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 - what some programs take for =
_ESCAPED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001
# A workbook writes these as _x0000_, and reads what looks so; JSON has escapes of its own.
_AWKWARD = re.compile("_x|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", re.IGNORECASE)


@dataclass(frozen=True)
class Purpose:
    """What a sheet was made for, as the header of its hidden column says.

    Attributes
    ----------
    tags
        What is asked; None if they are too many for a cell.
    wide
        Whether each tag has a column, and not all of them one.
    plain
        Whether texts stand as they are, and not so that no program takes one for a formula.
    """

    campaign: str = ""
    base: str = ""
    tax: str = ""
    tags: tuple[str, ...] | None = None
    wide: bool = True
    plain: bool = True

    def header(self) -> str:
        """The text of the header."""
        purpose: dict[str, Any] = {
            "base": self.base,
            "campaign": self.campaign,
            "escaped": not self.plain,
            "tags": None if self.tags is None else list(self.tags),
            "tax": self.tax,
            "wide": self.wide,
        }
        whole = f"{HIDDEN} {_json(purpose)}"
        if len(whole) <= _LONGEST_HEADER:
            return whole
        return f"{HIDDEN} {_json(purpose | {'tags': None})}"

    @classmethod
    def of_header(cls, text: str) -> Purpose | None:
        """What a header says; None if it is not that of the hidden column."""
        name, _, rest = text.strip().partition(" ")
        if name != HIDDEN:
            return None
        purpose = _object(rest)
        if not {"campaign", "tax", "wide"} <= purpose.keys():
            return None
        tags = purpose.get("tags")
        return cls(
            campaign=_text(purpose, "campaign"),
            base=_text(purpose, "base"),
            tax=_text(purpose, "tax"),
            tags=tuple(map(str, tags)) if isinstance(tags, list) else None,
            wide=bool(purpose.get("wide", True)),
            plain=not purpose.get("escaped", False),
        )


@dataclass(frozen=True)
class RowKey:
    """What the hidden cell of a row says: the item's id, and the hash of what was shown."""

    item: str
    text_hash: str = ""

    def cell(self) -> str:
        """The text of the cell."""
        return _json({"item": self.item, "text": self.text_hash})

    @classmethod
    def of_cell(cls, text: str) -> RowKey | None:
        """What a cell says; None if nothing can be read there."""
        key = _object(text)
        return cls(_text(key, "item"), _text(key, "text")) if "item" in key else None


def _json(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _AWKWARD.sub(lambda match: f"\\u{ord(match[0][0]):04x}{match[0][1:]}", text)


def _object(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def heading(tag: str) -> str:
    """The name of a tag's column: the tag, unless another column has its name.

    >>> heading("nlp"), heading("Note")
    ('nlp', 'tag: Note')
    """
    word = " ".join(tag.split()).casefold()
    if word in {*BEFORE, *AFTER, TAGS} or word.startswith((_TAG.strip(), HIDDEN)):
        return f"{_TAG}{tag}"
    return tag


def without_heading(name: str) -> str:
    """The tag of a column's name."""
    return name.removeprefix(_TAG)


def columns(tags: Sequence[str], *, wide: bool) -> list[str]:
    """The names of the columns behind what is shown, but for the hidden one."""
    return [*(map(heading, tags) if wide else [TAGS]), *AFTER]


def escaped(text: str) -> str:
    """A text for a CSV, of which no program makes a formula: an apostrophe stands before it.

    >>> escaped("=1+1"), escaped("'=1"), escaped("it's 1"), unescaped("'=1+1")
    ("'=1+1", "''=1", "it's 1", '=1+1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """A text as it was before `escaped`."""
    return text[1:] if _ESCAPED.match(text) else text
