"""Elements of an XML file, one after the other, of a file of any length.

Only the element that is being read is in memory. Nothing that an XML file can ask for is done:
no entity is declared or fetched, and elements are no deeper than people write them. Names are the
local ones, without the prefix of a namespace.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.parsers import expat

from tagledger.errors import TagledgerError
from tagledger.readers.opening.encodings import wide_encoding
from tagledger.readers.opening.signatures import SIGNATURE_BYTES, another_kind, what_it_is
from tagledger.readers.opening.source_files import SourceFile

MOST_DEPTH = 100
LONGEST_ELEMENT = 16 * 2**20  # bytes
_FED_BYTES = 2**18
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_TAIL = 4_096  # bytes of a piece before, in which a tag may begin
# An entity in a tag, other than those that XML has of itself.
_ENTITY_IN_TAG = re.compile(rb"<[^<>]*&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][\w.-]*);[^<>]*>")


@dataclass(slots=True)
class Element:
    """An element.

    Attributes
    ----------
    name, attributes
        Without prefixes.
    content
        Texts and elements in their order.
    """

    name: str
    attributes: dict[str, str]
    content: list[str | Element] | tuple[()] = ()

    def add(self, one: str | Element) -> None:
        """Put a text or an element at the end of its content."""
        if type(self.content) is list:
            self.content.append(one)
        else:
            self.content = [one]

    @property
    def children(self) -> list[Element]:
        """The elements within."""
        return [one for one in self.content if type(one) is Element]

    def text(self) -> str | None:
        """Its text, with that of elements within sentences; None if it holds elements alone."""
        texts = [one for one in self.content if type(one) is str]
        if len(texts) == len(self.content):
            return "".join(texts).strip()
        return self.all_text().strip() if any(map(str.strip, texts)) else None

    def all_text(self) -> str:
        """The text in it and in all elements within."""
        return "".join(one if type(one) is str else one.all_text() for one in self.content)  # type: ignore[union-attr] # mypy takes no `type(...) is` for it


class Elements:
    """The elements of one kind in a file.

    Parameters
    ----------
    file
        The XML file.
    path
        The name of the element, after those of some elements around it; None for the only one
        that there is more than once.
    """

    def __init__(self, file: SourceFile, path: tuple[str, ...] | None) -> None:
        self._file = file
        self._path = path
        self._guessed: tuple[str, ...] | None = None
        self._names: list[str] = []  # from the root to where the parser is
        self._open: list[Element] = []  # the same within an element of the kind
        self._elements: list[Element] = []
        self._outside: Counter[tuple[str, ...]] = Counter()
        self._begun = 0
        self._fed = 0
        self._parser = self._new_parser()
        self._has_dtd = False
        self._tail = b""

    def __iter__(self) -> Iterator[list[Element]]:
        """Yield the elements, some at a time.

        Raises
        ------
        TagledgerError
            It is no XML, or declares entities, or an element is too deep or too long; or no path
            is given, and no element or several kinds of them are there more than once.
        """
        file = self._file
        start = file.start(SIGNATURE_BYTES)
        self._refuse_other(start)
        if self._path is None:
            self._guessed = self._path = _only_kind(file)
        for chunk in file.chunks(_encoding(start, file)):
            for at in range(0, len(chunk), _FED_BYTES):
                self._feed(chunk[at : at + _FED_BYTES])
                if self._elements:
                    yield self._elements
                    self._elements = []
        self._feed(b"", last=True)
        if self._elements:
            yield self._elements

    def _refuse_other(self, start: bytes) -> None:
        what = what_it_is(start)
        if what is not None:
            raise another_kind("XML", what, self._file.path)

    def _new_parser(self) -> expat.XMLParserType:
        parser = _parser(self._file)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._skipped
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _feed(self, data: bytes, *, last: bool = False) -> None:
        self._fed += len(data)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise _not_xml(error, self._file) from error
        if self._has_dtd and (unknown := _ENTITY_IN_TAG.search(self._tail + data)):
            self._skipped(unknown[1].decode(), False)  # noqa: FBT003 - expat's signature
        self._tail = data[-_TAIL:]
        begun = self._begun if self._open else self._parser.CurrentByteIndex
        if not last and self._fed - begun > LONGEST_ELEMENT:
            self._refuse(f"an element has more than {LONGEST_ELEMENT:,} bytes", "split the file")

    def _refuse(self, what: str, hint: str) -> NoReturn:
        _refuse(what, hint, self._file, self._parser)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        self._names.append(name)
        if len(self._names) > MOST_DEPTH:
            self._refuse(f"elements are more than {MOST_DEPTH} deep", "take another file")
        if self._open:
            if self._fits(name):
                self._refuse(
                    f"an element {name!r} is in another {name!r}, and would be lost in it",
                    "say by `records` which of them are rows, with the element around them, such "
                    f"as `records: {'/'.join(self._outer_path())}`",
                )
            child = Element(name, _plain(attributes))
            self._open[-1].add(child)
            self._open.append(child)
        elif self._fits(name):
            self._begun = self._parser.CurrentByteIndex
            self._open.append(Element(name, _plain(attributes)))
        elif self._guessed is not None:
            self._another_kind()

    def _fits(self, name: str) -> bool:
        path = self._path
        assert path is not None  # `__iter__` sees to it
        return name == path[-1] and tuple(self._names[-len(path) :]) == path

    def _outer_path(self) -> list[str]:
        """The path of the element that is open, with the one around it."""
        end = len(self._names) - len(self._open)
        return self._names[max(end - 2, 0) : end]

    def _another_kind(self) -> None:
        """Refuse a second kind of element that is there more than once."""
        here = tuple(self._names)
        self._outside[here] += 1
        if self._outside[here] > 1:
            assert self._guessed is not None
            self._refuse(*_several([self._guessed, here]))

    def _end(self, _name: str) -> None:
        self._names.pop()
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._elements.append(element)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].add(text)

    def _doctype(self, _name: str, system: str | None, _public: str | None, _inner: bool) -> None:  # noqa: FBT001 - expat's signature
        """A file with a DTD elsewhere may name entities of it; in an attribute, nobody says so."""
        self._has_dtd = system is not None

    def _skipped(self, name: str, is_parameter: bool) -> None:  # noqa: FBT001 - expat's signature
        if not is_parameter:
            self._refuse(
                f"the file does not say what the entity {f'&{name};'!r} stands for",
                "write the character in its place",
            )


def _parser(file: SourceFile) -> expat.XMLParserType:
    """A parser that refuses files with entities."""
    parser = expat.ParserCreate("utf-8")

    def refuse(name: str, *_: Any) -> None:
        what = f"the file declares an entity, {name!r}, and such files are not read"
        hint = "write the text in its place, e.g. by `xmllint --noent`, and take out the DOCTYPE"
        _refuse(what, hint, file, parser)

    parser.EntityDeclHandler = refuse
    return parser


def _refuse(what: str, hint: str, file: SourceFile, parser: expat.XMLParserType) -> NoReturn:
    place = f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}"
    raise TagledgerError(what, where=f"{file.path}, {place}", hint=hint)


def _not_xml(error: expat.ExpatError, file: SourceFile) -> TagledgerError:
    return TagledgerError(
        f"this is not XML: {expat.ErrorString(error.code)}",
        where=f"{file.path}, line {error.lineno}, column {error.offset + 1}",
        hint="mend the file there, or take a fresh copy of it",
    )


def _only_kind(file: SourceFile) -> tuple[str, ...]:
    """The path of the only element below the root that the start of a file has more than once."""
    start = file.start(SIGNATURE_BYTES)
    counts: Counter[tuple[str, ...]] = Counter()
    names: list[str] = []

    def begin(name: str, _: dict[str, str]) -> None:
        names.append(_local(name))
        if len(names) <= MOST_DEPTH:
            counts[tuple(names)] += 1

    parser = _parser(file)
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: names.pop()
    chunk = next(file.chunks(_encoding(start, file)))
    fault = None
    try:
        parser.Parse(chunk, False)  # noqa: FBT003 - expat's signature
    except expat.ExpatError as error:
        fault = _not_xml(error, file)
    several = {path for path, count in counts.items() if count > 1}
    outermost = [
        path for path in several if not any(path[:end] in several for end in range(1, len(path)))
    ]
    if len(outermost) == 1:
        return outermost[0]
    if fault is not None:
        raise fault
    what, hint = _several(sorted(outermost) or sorted(one for one in counts if len(one) > 1)[:10])
    if not outermost:
        what = "no element is there more than once, and the reading names none"
    raise TagledgerError(what, where=file.path, hint=hint)


def _several(kinds: list[tuple[str, ...]]) -> tuple[str, str]:
    """What to say of several kinds of elements that may be the items, or of none."""
    names = [one[-1] for one in kinds]
    shown = [
        one[-1] if names.count(one[-1]) == 1 else "/".join(one[-2:] if len(one) > 1 else one)
        for one in kinds
    ]
    what = f"{len(kinds)} kinds of elements are there more than once, and the reading names none"
    listed = ", ".join(dict.fromkeys(shown)) or "the file has none"
    return what, f"say by `records` in data/sources.yaml which of them is a row: {listed}"


def _encoding(start: bytes, file: SourceFile) -> str | None:
    """The encoding that a file declares; None for UTF-8.

    Raises
    ------
    TagledgerError
        There is no such encoding.
    """
    if (wide := wide_encoding(start)) is not None:
        return wide
    declared = _DECLARED.match(start.removeprefix(b"\xef\xbb\xbf"))
    if declared is None:
        return None
    name = declared[1].decode()
    try:
        "a".encode(name)
    except LookupError as error:
        raise TagledgerError(
            f"the file declares the encoding {name!r}, which is not known",
            where=f"{file.path}, line 1",
            hint="write the encoding that it has in its first line",
        ) from error
    return None if name.lower().replace("_", "-") in {"utf-8", "utf8", "us-ascii"} else name


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _plain(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their local names, without those that declare namespaces."""
    if "xmlns" not in attributes and ":" not in "".join(attributes):
        return attributes
    return {
        _local(name): value
        for name, value in attributes.items()
        if name != "xmlns" and not name.startswith("xmlns:")
    }
