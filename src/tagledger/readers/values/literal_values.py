"""Values that a program wrote as text: a JSON, Python, R or PostgreSQL literal in a cell.

JSON is parsed as JSON. What is none is read by the rules that Python's and R's literals have in
common: quoted texts, numbers, None or NA, and brackets around what commas part. No name is looked
up and nothing is run. Two texts side by side are refused: Python joins them, and NumPy leaves out
the comma between two elements. Arrays of PostgreSQL, `{a,"b c"}`, and lists of words without
quotes, `[a, b c]`, are read where all of a column looks so; a lone quoted text, as R has it for a
vector of one, beside other vectors of R.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.values.json_text import loads, may_repeat, repeated

LONGEST = 2**20  # characters of a cell
DEEPEST = 50  # brackets within brackets
NO_LITERAL = "labels are not a list of text"
HALF = "a list written as text has half of a character in it, such as \\ud83d"
SIDE_BY_SIDE = "two texts of a list stand side by side, without a comma between them"
TOO_LONG = f"a list written as text is longer than {LONGEST:,} characters"
TOO_DEEP = f"a list written as text has more than {DEEPEST} brackets within brackets"

_NOTHING = frozenset({"", "[]", "{}", "()", "null", "NULL", "None", "nan", "NaN", "NA", "<NA>"})
_NO_ELEMENTS = re.compile(r"(?:character|integer|logical|list|set|frozenset|tuple|c)\(0?\)")
_STRING = r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')"
_TOKEN = re.compile(
    rf"""\s*+(?:
    (?P<string>[uU]?{_STRING})
    |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)L?(?![\w.])
    |(?P<word>True|TRUE|true|False|FALSE|false|None|NULL|null|NA(?:_character_)?|NaN|nan)(?!\w)
    |(?P<opening>(?:(?:c|list|set|frozenset|tuple|array)\s*)?\(|[\[{{])
    |(?P<dtype>,\s*dtype=[\w.'<>|]+\s*\))
    |(?P<closing>[\])}}])
    |(?P<comma>,)
    |(?P<colon>:)
    |(?P<end>\Z))""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"true": True, "false": False}
_OF = {"(": ")", "[": "]", "{": "}"}
_INTEGER = re.compile(r"-?\d{1,4300}")  # more digits take Python's parser too long

# These are Arrow's patterns as well, which have no look-ahead.
_ELEMENT = r"(?:\"(?:[^\"\\]|\\.)*\"|[^{}\",\\\s:'][^{}\",\\\s:]*)"
_POSTGRES = rf"^\s*\{{{_ELEMENT}(?:,{_ELEMENT})*\}}\s*$"
_POSTGRES_ELEMENT = re.compile(_ELEMENT, re.DOTALL)
_R = r"^\s*(?:c\s*\(|list\s*\(|character\(0\))"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


_NO_MARK = r"[^\[\](){}\"',\s]"
_WORD = rf"{_NO_MARK}+(?:['\s]+{_NO_MARK}+)*"
_WORD_OF_SET = _WORD.replace("',", "':,")
_WORDS_ALONE = (
    rf"^\s*(?:\[\s*{_WORD}(?:\s*,\s*{_WORD})*\s*\]"
    rf"|\{{\s*{_WORD_OF_SET}(?:\s*,\s*{_WORD_OF_SET})*\s*\}})\s*$"
)


class NoLiteral(Exception):  # noqa: N818 - it says what a text is, and is no fault of the program
    """The text is no literal that can be read, with the reason."""


@dataclass(frozen=True)
class Unread:
    """Stands for the value of a text that is no literal: no type of column takes it.

    Attributes
    ----------
    reason
        Why it cannot be read.
    """

    reason: str = NO_LITERAL


@dataclass(frozen=True)
class Cells:
    """The values of a column's texts; each distinct text is read once.

    Attributes
    ----------
    distinct
        The values of the distinct texts; None for a blank one, `Unread` for one that is no literal.
    codes
        int64: for each text the position of its value; -1 for null.
    """

    distinct: list[Any]
    codes: NDArray[np.int64]

    @property
    def values(self) -> list[Any]:
        """The value of each text."""
        values = [*self.distinct, None]
        return [values[code] for code in self.codes.tolist()]


def cells(spelled: pa.Array) -> Cells:
    """Read a column of texts as literals."""
    encoded = pc.dictionary_encode(spelled)
    texts = encoded.dictionary
    codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
    given = texts.filter(pc.not_equal(pc.utf8_trim_whitespace(texts), ""))
    given = given.filter(pc.invert(pc.is_in(given, pa.array(sorted(_NOTHING)))))
    read = r_value if _any(given, _R) else value
    if _all(given, _POSTGRES):
        read = postgres_value
    values = [_value(text, read) for text in texts.to_pylist()]
    # Without a comma in any of them, [a b] may be two words as NumPy writes them.
    clear = _any(given, ",") or not _any(given, r"\S\s+\S")
    if clear and Unread() in values and _all(given, _WORDS_ALONE):
        values = [_value(text, words_value) for text in texts.to_pylist()]
    return Cells(values, codes)


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(len(texts) and pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(len(texts) and pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def refuse_prose(
    spelled: pa.Array, read: Cells, column: str, path: Path, name: str | None = None
) -> None:
    """Raise an error if at least half of the texts that are not blank are no literals.

    Parameters
    ----------
    spelled, read
        The texts, and what was read of them.
    column, path
        The column that they are of, and the file.
    name
        The name that leads into it, if it is not the column's own.

    Raises
    ------
    TagledgerError
        They are; with another reading of the column.
    """
    unread = np.array([type(one) is Unread for one in read.distinct], np.bool_)
    if not unread.any():
        return
    given = np.array([one is not None for one in read.distinct], np.bool_)
    counts = np.bincount(read.codes[read.codes >= 0], minlength=len(read.distinct))
    if 2 * counts[unread].sum() < counts[given].sum():
        return
    at = int(np.flatnonzero(unread[read.codes] & (read.codes >= 0))[0])
    first, reason = spelled[at].as_py(), read.distinct[read.codes[at]].reason
    what = f"the column {column!r} holds text, not lists, e.g. {first.strip()[:60]}"
    if name is not None:
        what = f"there is no column {name!r}, and {what}"
    raise TagledgerError(
        what if reason == NO_LITERAL else f"{what}: {reason}",
        where=path,
        hint=_other_reading(first, column, reason),
    )


def _other_reading(text: str, column: str, reason: str) -> str:
    """How a column of texts that are no literals may be read."""
    if reason != NO_LITERAL:
        return "write the lists anew, as JSON: no reading can tell what was meant"
    if re.fullmatch(_WORDS_ALONE, text):
        ends = text.strip()[0] + text.strip()[-1]
        return (
            "if the words in brackets are one tag, read it with "
            f'`labels: {{column: {column}, strip: "{ends}"}}`'
        )
    return (
        f"read it with `labels: {{delimited: {column}, separator: …}}`, or with "
        f"`{{column: {column}}}` if each text is one tag"
    )


def _value(text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except NoLiteral as error:
        return Unread(str(error))


def value(text: str) -> Any:
    """The value of a JSON, Python or R literal; None for one that stands for nothing.

    Raises
    ------
    NoLiteral
        The text is a bare word or prose, or too long, or not clear.

    Examples
    --------
    >>> value("['a', 'b']"), value('{"a": 1}'), value('c("a", "b")'), value("character(0)")
    (['a', 'b'], {'a': 1}, ['a', 'b'], [])
    """
    word = text.strip()
    if word in _NOTHING:
        return None
    if _NO_ELEMENTS.fullmatch(word):
        return []
    if word[0] not in "[{(clsfta":
        raise NoLiteral(NO_LITERAL)
    if len(word) > LONGEST:
        raise NoLiteral(TOO_LONG)
    if word[0] in "[{":
        # Where all quotes are single ones and none is escaped, they may be double ones as well.
        in_single = "'" in word and '"' not in word and "\\" not in word
        try:
            return _json(word.replace("'", '"') if in_single else word)
        except orjson.JSONDecodeError:
            pass
    return _Reader(word).read()


def r_value(text: str) -> Any:
    """The same in a column of R's vectors, where a lone text in quotes is a vector of one."""
    word = text.strip()
    if re.fullmatch(_STRING, word, re.DOTALL) and len(word) <= LONGEST:
        return [_string(word)]
    return value(text)


def words_value(text: str) -> Any:
    """The value of a list of words without quotes, in a column of them.

    >>> words_value("[Drama, Science Fiction]")
    ['Drama', 'Science Fiction']
    """
    word = text.strip()
    return None if word in _NOTHING else [one.strip() for one in word[1:-1].split(",")]


def postgres_value(text: str) -> Any:
    """The value of a PostgreSQL array in a column of them.

    >>> postgres_value('{a,"b c"}')
    ['a', 'b c']
    """
    word = text.strip()
    if word in _NOTHING:
        return None
    if len(word) > LONGEST:
        raise NoLiteral(TOO_LONG)
    elements = _POSTGRES_ELEMENT.findall(word[1:-1])
    return [
        None
        if one.upper() == "NULL"
        else _ESCAPED.sub(r"\1", one[1:-1])
        if one.startswith('"')
        else one
        for one in elements
    ]


def _json(word: str) -> Any:
    data = word.encode()
    document = loads(data)
    inner = document if type(document) is list else [document]
    if b"{" in data and may_repeat(data, inner) and (twice := repeated(data, document)):
        raise NoLiteral(twice[0].reason)
    return document


def _string(token: str) -> str:
    """The text that a quoted one stands for."""
    word = token.lstrip("uU")
    if "\\" not in word:
        return word[1:-1]
    try:
        text = ast.literal_eval(word)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise NoLiteral(NO_LITERAL) from error
    assert isinstance(text, str)  # the token is one string
    try:  # two halves, as JSON writes them, are one character
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise NoLiteral(HALF) from error


def _number(token: str) -> int | float:
    if _INTEGER.fullmatch(token):
        return int(token)
    return float(token)


@dataclass
class _Open:
    """What stands in brackets that are not closed yet."""

    opening: str
    values: list[Any] = field(default_factory=list)
    keys: list[Any] | None = None  # of a mapping
    ready: bool = False  # whether a value is complete: a comma, a colon or the end must follow
    comma: bool = False  # whether a comma came at all

    def add(self, element: Any) -> None:
        if self.ready:
            both = isinstance(element, str) and isinstance(self.values[-1], str)
            raise NoLiteral(SIDE_BY_SIDE if both else NO_LITERAL)
        self.values.append(element)
        self.ready = True

    def pass_comma(self) -> None:
        if not self.ready or (self.keys is not None and len(self.keys) != len(self.values)):
            raise NoLiteral(NO_LITERAL)
        self.ready, self.comma = False, True

    def pass_colon(self) -> None:
        """What came last is a key."""
        count = 0 if self.keys is None else len(self.keys)
        if self.opening != "{" or not self.ready or len(self.values) != count + 1:
            raise NoLiteral(NO_LITERAL)
        self.keys = [] if self.keys is None else self.keys
        self.keys.append(self.values.pop())
        self.ready = False

    def closed(self, mark: str) -> Any:
        """The value, once it is closed."""
        if _OF[self.opening[-1]] != mark or not (self.ready or not self.values or self.comma):
            raise NoLiteral(NO_LITERAL)
        if self.opening == "{" and (self.keys is not None or not self.values):
            return self._mapping()
        if self.opening == "(":
            return self.values if self.comma or not self.values else self.values[0]
        if len(self.opening) > 1 and not self.opening.startswith(("c", "l")):
            return self._wrapped()
        return self.values

    def _mapping(self) -> dict[str, Any]:
        keys = self.keys or []
        if len(keys) != len(self.values) or not all(isinstance(key, str | int) for key in keys):
            raise NoLiteral(NO_LITERAL)
        names = [str(key) for key in keys]
        for at, name in enumerate(names):
            if len(set(names)) < len(names) and name in names[:at]:
                raise NoLiteral(f"the key {name!r} is given twice")
        return dict(zip(names, self.values, strict=True))

    def _wrapped(self) -> Any:
        """The one list in `set([...])`, `array([...])` and the like."""
        if len(self.values) != 1 or not isinstance(self.values[0], list):
            raise NoLiteral(NO_LITERAL)
        return self.values[0]


class _Reader:
    """Reads one literal, without recursion: what is open stands in a list."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[_Open] = []

    def read(self) -> Any:
        """The value of the whole text."""
        at = 0
        while True:
            token = _TOKEN.match(self._text, at)
            if token is None:
                raise NoLiteral(NO_LITERAL)
            at = token.end()
            kind = str(token.lastgroup)
            whole = self._take(kind, token[kind])
            if whole is not None:
                if self._text[at:].strip() or not isinstance(whole, list | dict):
                    raise NoLiteral(NO_LITERAL)
                return whole

    def _take(self, kind: str, mark: str) -> Any:
        """Go on by a token; gives the value once the outermost bracket is closed."""
        if kind == "opening":
            if len(self._open) == DEEPEST:
                raise NoLiteral(TOO_DEEP)
            self._open.append(_Open(re.sub(r"\s", "", mark)))
            return None
        if not self._open:
            raise NoLiteral(NO_LITERAL)
        inner = self._open[-1]
        if kind == "comma":
            inner.pass_comma()
        elif kind == "colon":
            inner.pass_colon()
        elif kind in {"closing", "dtype"}:
            return self._close(mark, is_array=kind == "dtype")
        else:
            inner.add(_scalar(kind, mark))
        return None

    def _close(self, mark: str, *, is_array: bool) -> Any:
        inner = self._open.pop()
        if is_array and inner.opening != "array(":
            raise NoLiteral(NO_LITERAL)
        closed = inner.closed(mark[-1])
        if not self._open:
            return closed if closed is not None else Unread()
        self._open[-1].add(closed)
        return None


def _scalar(kind: str, mark: str) -> Any:
    if kind == "string":
        return _string(mark)
    if kind == "number":
        return _number(mark)
    if kind == "word":
        return _WORDS.get(mark.lower())
    raise NoLiteral(NO_LITERAL)  # the end
