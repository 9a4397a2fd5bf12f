"""The records of an XML document: the elements that are repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from tagledger.errors import TagledgerError
from tagledger.guess.by_ending import misread
from tagledger.readers.opening.source_files import SourceFile

_MOST = 2000
_PIECE = 2**16
_MULAN = "mulan.sourceforge.net/labels"


def records_in(
    text: str, file: SourceFile
) -> Iterator[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    """The elements that are repeated, with their name, as records; a cut text is read as far.

    Raises
    ------
    TagledgerError
        It is not XML, or declares entities of its own.
    """
    if "<!ENTITY" in text:
        raise TagledgerError(
            "this XML declares entities of its own, which are not read",
            where=file.path,
            hint="save it without a document type",
        )
    root, error = _parsed(text)
    if root is None or (error is not None and not len(root)):
        raise misread(file, "xml", error or "there is no element") from error
    if _MULAN in root.tag:
        names = [one.get("name", "") for one in root.iter() if one.get("name")]
        yield "label", [{"name": one} for one in names], {"mulan": names}
        return
    for tag, elements in _repeated(root):
        yield tag, _records(elements[:_MOST]), {}


def _parsed(text: str) -> tuple[Any, ET.ParseError | None]:
    """The root of a document, and what is wrong with it; of a cut one what could be read."""
    parser: Any = ET.XMLPullParser(["end"])
    events: list[Any] = []
    # The declaration names the encoding of the bytes, which are text by now.
    body = text[text.find("?>") + 2 :] if text.startswith("<?xml") else text
    try:
        for at in range(0, len(body), _PIECE):
            parser.feed(body[at : at + _PIECE].encode())
            events += parser.read_events()
        parser.close()
        events += parser.read_events()
    except ET.ParseError as error:
        return _root(events), error
    return _root(events), None


def _root(events: list[Any]) -> Any:
    if not events:
        return None
    last = events[-1][1]
    # A cut document has no end of its root: what was read of it is put below one.
    inner = {id(child) for _, one in events for child in one}
    outer = [one for _, one in events if id(one) not in inner]
    if len(outer) == 1:
        return outer[0]
    root = ET.Element("root")
    root.extend(outer or [last])
    return root


def _repeated(root: Any) -> Iterator[tuple[str, list[Any]]]:
    """Elements of one name below one parent, the outermost first."""
    level = [root]
    for _ in range(4):
        counts: Counter[str] = Counter()
        for parent in level:
            tags = Counter(child.tag for child in parent)
            for tag, number in tags.items():
                counts[tag] = max(counts[tag], number)
        for tag, number in counts.items():
            if number > 1:
                elements = [child for parent in level for child in parent if child.tag == tag]
                if any(len(one) or len(one.attrib) > 1 for one in elements):
                    yield _local(tag), elements
        level = [child for parent in level for child in parent]
        if not level:
            return


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _records(elements: list[Any], depth: int = 3) -> list[dict[str, Any]]:
    """Elements as records: their attributes, and their children by their names.

    Elements of one name are alike in all records: a list if one record has several of them, and
    objects if one has attributes or children.
    """
    names = dict.fromkeys(_local(child.tag) for one in elements for child in one)
    records: list[dict[str, Any]] = [
        {_local(key): value for key, value in one.attrib.items()} for one in elements
    ]
    for one, record in zip(elements, records, strict=True):
        if (len(one) or one.attrib) and (text := (one.text or "").strip()):
            record["$text"] = text
    for name in names:
        within = [[child for child in one if _local(child.tag) == name] for one in elements]
        flat = [child for some in within for child in some]
        several = any(len(some) > 1 for some in within)
        values: list[Any] = [(child.text or "").strip() for child in flat]
        if depth and any(len(child) or child.attrib for child in flat):
            values = [
                {"$text": value, **record} if value else record
                for value, record in zip(values, _records(flat, depth - 1), strict=True)
            ]
        at = 0
        for record, some in zip(records, within, strict=True):
            own = values[at : at + len(some)]
            at += len(some)
            if several:
                record[name] = own
            elif own:
                record[name] = own[0]
    return records
