"""All names that tags have or had, whatever the last build kept of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from tagledger import tables
from tagledger.campaigns.answer_events import Asker
from tagledger.campaigns.items import labels_by_tag
from tagledger.errors import os_errors
from tagledger.events.store import event_files, read_taxonomy

_HASH = re.compile(r"[0-9a-f]{16}")
_LISTS = ("asked", "yes", "from", "to")


def tag_words(root: Path, asker: Asker) -> frozenset[str]:
    """The tags of the source, of campaigns, of what people were asked, and their other names."""
    of_source = tables.read_lists(root / tables.CLEAN_TAXONOMY, ["tag"])["tag"]
    tags = {*asker.known_tags, *asker.names.source_aliases, *of_source}
    tags.update(labels_by_tag(root, source=True), *_of_events(root))
    return frozenset(tags)


def _of_events(root: Path) -> Iterator[Iterable[str]]:
    """Yield the tags of each event; a line that is none has none."""
    shown: set[str] = set()
    for path in event_files(root):
        with os_errors(path), path.open("rb") as stream:
            for line in stream:
                with suppress(ValueError, AttributeError):
                    content = orjson.loads(line)
                    shown.add(str(content.get("tax")))
                    for key in _LISTS:
                        yield _texts(content.get(key))
    for name in sorted(filter(_HASH.fullmatch, shown)):
        yield read_taxonomy(root, name) or ()


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
