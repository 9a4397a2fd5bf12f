"""The records of an XML document: the elements that are repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tagledger.errors import TagledgerError

_MULAN = "mulan.sourceforge.net/labels"


def records_in(
    text: str, path: Path
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
            where=path,
            hint="save it without a document type",
        )
    parser = ElementTree.XMLPullParser(["end"])
    try:
        parser.feed(text.encode() if not text.startswith("<?xml") else _without_encoding(text))
        parser.close()
    except ElementTree.ParseError as error:
        root = _root(parser)
        if root is None or not len(root):
            raise TagledgerError(
                f"this is not XML: {error}", where=path, hint="mend it, or take a fresh copy"
            ) from error
    root = _root(parser)
    if root is None:
        return
    if _MULAN in root.tag:
        names = [one.get("name", "") for one in root.iter() if one.get("name")]
        yield "label", [{"name": one} for one in names], {"mulan": names}
        return
    for tag, elements in _repeated(root):
        yield tag, [_record(one) for one in elements], {}


def _without_encoding(text: str) -> bytes:
    return text[text.find("?>") + 2 :].encode()


def _root(parser: Any) -> Any:
    events = list(parser.read_events())
    if not events:
        return None
    last = events[-1][1]
    # A cut document has no end of its root: what was read of it is put below one.
    inner = {id(child) for _, one in events for child in one}
    outer = [one for _, one in events if id(one) not in inner]
    if len(outer) == 1:
        return outer[0]
    root = ElementTree.Element("root")
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
                found = [child for parent in level for child in parent if child.tag == tag]
                if any(len(one) or len(one.attrib) > 1 for one in found):
                    yield _local(tag), found
        level = [child for parent in level for child in parent]
        if not level:
            return


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _record(element: Any, depth: int = 3) -> dict[str, Any]:
    """An element as a record: its attributes, and its children by their names."""
    found: dict[str, Any] = {_local(key): value for key, value in element.attrib.items()}
    by: dict[str, list[Any]] = {}
    for child in element:
        value: Any = (child.text or "").strip()
        if (len(child) or child.attrib) and depth:
            value = _record(child, depth - 1)
            if child.text and child.text.strip():
                value["$text"] = child.text.strip()
        by.setdefault(_local(child.tag), []).append(value)
    for name, values in by.items():
        found[name] = values if len(values) > 1 else values[0]
    return found
