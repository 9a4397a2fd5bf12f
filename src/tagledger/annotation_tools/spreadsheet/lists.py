"""Several tags in one cell: as Tagledger writes them, and as people do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

STRONG, WEAK = ";|\n", ","
_APART = "; "
_MOST_PARTS = 12  # of a tag that has separators in it, when it stands without quotes
_NEEDS_QUOTES = re.compile(r'[;|,\n"]|^\s|\s$|^[\[{(]')
_PIECE = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[;|,\n]|$)|[^;|,\n]*')


def join(tags: Iterable[str]) -> str:
    """Tags in one cell, so that `split` has them again.

    >>> print(join(["cv", "a; b"]))
    cv; "a; b"
    """
    return _APART.join(_quoted(tag) for tag in tags)


def _quoted(tag: str) -> str:
    if _NEEDS_QUOTES.search(tag):
        return '"' + tag.replace('"', '""') + '"'
    return tag


def split(cell: str, known_tags: Tags, *, strong: bool | None = None) -> list[str]:
    """The tags in a cell, each once, in its order.

    A list as JSON or Python writes it is read as such. Known tags are found whatever separators
    they have in them. Without them, semicolons, bars and line breaks separate; commas do where none
    of those is.

    Parameters
    ----------
    cell
        Its text.
    known_tags
        The tags that may be meant.
    strong
        Whether its column has semicolons, bars or line breaks; None: look at this cell alone.

    >>> split("nlp, Computer Vision", Tags(["nlp", "computer-vision"]))
    ['nlp', 'computer-vision']
    >>> split('a; "b; c"', Tags([]))
    ['a', 'b; c']
    """
    if tag := known_tags.find(cell):
        return [tag]
    if (literal := _literal(cell)) is not None:
        tags = [known_tags.find(one) or one for one in literal]
    else:
        pieces = list(_pieces(cell))
        if strong is None:
            strong = has_strong(cell)
        tags = list(_tags(pieces, known_tags, strong=strong))
    # A tag is one line: a break in one that is not known stands for a space.
    one_line = (tag if tag in known_tags else re.sub(r"[\r\n]+\s*", " ", tag) for tag in tags)
    return list(dict.fromkeys(tag for tag in one_line if tag.strip()))


def has_strong(cell: str) -> bool:
    """Whether a cell has semicolons, bars or line breaks between tags."""
    return any(end in STRONG for _, _, end in _pieces(cell) if end)


def _literal(cell: str) -> list[str] | None:
    word = cell.strip()
    if not word.startswith(("[", "(", "{")):
        return None
    from tagledger.readers.values.literal_values import NoLiteral, value, words_value

    for reader in (value, words_value):
        try:
            literal = reader(word)
        except NoLiteral:
            continue
        if isinstance(literal, dict):
            return [str(tag) for tag, holds in literal.items() if holds]
        if isinstance(literal, list):
            return [str(tag) for tag in literal]
    return None


def _pieces(cell: str) -> Iterator[tuple[str, bool, str]]:
    """Yield what stands between separators, whether it was in quotes, and what ends it."""
    at = 0
    while at <= len(cell):
        match = _PIECE.match(cell, at)
        assert match is not None  # it fits an empty text too
        quoted = match[1] is not None
        text = match[1].replace('""', '"') if quoted else match[0]
        end = cell[match.end() : match.end() + 1]
        yield text, quoted, end
        at = match.end() + 1


def _tags(
    pieces: Sequence[tuple[str, bool, str]], known_tags: Tags, *, strong: bool
) -> Iterator[str]:
    at = 0
    while at < len(pieces):
        text, quoted, _ = pieces[at]
        if quoted:
            yield known_tags.find(text) or text
            at += 1
            continue
        for end in range(min(len(pieces), at + _MOST_PARTS), at, -1):
            if any(one[1] for one in pieces[at:end]):
                continue
            whole = "".join(one[0] + one[2] for one in pieces[at : end - 1]) + pieces[end - 1][0]
            if tag := known_tags.find(whole):
                yield tag
                at = end
                break
        else:
            end = at + 1 if known_tags else _until_strong(pieces, at, strong=strong)
            yield ("".join(x[0] + x[2] for x in pieces[at : end - 1]) + pieces[end - 1][0]).strip()
            at = end


def _until_strong(pieces: Sequence[tuple[str, bool, str]], at: int, *, strong: bool) -> int:
    """Where the tag that begins at a piece ends: a comma is a part of it where others separate."""
    end = at + 1
    while strong and end < len(pieces) and pieces[end - 1][2] == WEAK and not pieces[end][1]:
        end += 1
    return end


class Tags:
    """Tags that are known, to be found however somebody spells their case and their spaces."""

    def __init__(self, tags: Iterable[str]) -> None:
        self.all = list(tags)
        self._exact = set(self.all)
        self._alike: dict[str, set[str]] = {}
        for tag in self.all:
            self._alike.setdefault(_plain(tag), set()).add(tag)

    def __bool__(self) -> bool:
        return bool(self.all)

    def __contains__(self, tag: object) -> bool:
        return tag in self._exact

    def find(self, text: str) -> str | None:
        """The tag that a text spells; None for none, or where it may be two."""
        if text in self._exact:
            return text
        alike = self._alike.get(_plain(text), set()) if text.strip() else set()
        return next(iter(alike)) if len(alike) == 1 else None


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip()).casefold()
