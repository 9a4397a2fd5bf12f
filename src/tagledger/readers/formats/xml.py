"""Format xml: one element an item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tagledger.sources.formats import Format
from tagledger.sources.models import Name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.parsing.xml_elements import Element

_BLOCK_ROWS = 50_000
_PIECES = 64  # of a file, of some hundred kilobytes each, in a block


class Xml(Format):
    """XML in which one element is an item.

    The element's attributes and the elements within it are its columns: `Title` is the attribute
    or the text of the element of that name, `meta.title` the element title in the element meta,
    `category.term` the attribute or element term of it, and `$text` the item's own text. White
    space around an element's text goes. An element that is there several times is a list, for
    `labels: {list: …}`; it may be written `category[].term` too. Prefixes of names are left out.
    A file that declares entities is refused.

    Attributes
    ----------
    records
        The name of the element that is one item, such as `row`, or with the names of elements
        around it, such as `channel/item`; one that may be in another of its name needs that. By
        default the only one that there is more than once.
    """

    NAME = "xml"
    ENDINGS = (".xml",)
    TEXT_ONLY = True

    records: Name | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; every column is text, or lists of text."""
        from tagledger.errors import TagledgerError
        from tagledger.readers.parsing.xml_columns import record, values
        from tagledger.readers.parsing.xml_elements import Elements
        from tagledger.readers.values import paths

        path = None if self.records is None else tuple(self.records.strip("/").split("/"))
        unseen, seen = set(wanted.needed), set[str]()
        first = 1
        for elements in _together(Elements(file, path)):
            if first == 1:
                seen = {name for one in elements[:100] for name in paths.names_in(record(one))}
            for name in list(unseen):
                if any(values(one, name) for one in elements):
                    unseen.remove(name)
            yield _block(elements, first, wanted)
            first += len(elements)
        if first == 1:
            raise TagledgerError(
                f"there is no element {self.records!r}",
                where=file.path,
                hint="correct `records` in data/sources.yaml; without it, the error names the "
                "elements that there are several of",
            )
        if unseen:
            wanted.among(sorted(seen | (set(wanted.needed) - unseen)), file.path, nested=True)


def _together(pieces: Iterable[list[Element]]) -> Iterator[list[Element]]:
    """The elements of several pieces of a file at a time."""
    some: list[Element] = []
    for count, piece in enumerate(pieces, 1):
        some += piece
        if len(some) >= _BLOCK_ROWS or not count % _PIECES:
            yield some
            some = []
    if some:
        yield some


def _block(elements: list[Element], first: int, wanted: Wanted) -> Block:
    import numpy as np

    from tagledger.readers.blocks import Block, record_text
    from tagledger.readers.parsing.xml_columns import column, record

    def records(positions: NDArray[np.int64]) -> list[str]:
        return [record_text(record(elements[at])) for at in positions.tolist()]

    columns = {name: column(elements, name, wanted) for name in wanted.names}
    return Block(np.arange(first, first + len(elements)), columns, records)
