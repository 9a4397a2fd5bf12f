"""Format yaml: a list of mappings, or a document with records somewhere in it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tagledger.errors import TagledgerError
from tagledger.readers.parsing.records_path import RecordsPath
from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile

_MOST_BYTES = 50 * 2**20
_MOST_NODES = 5_000_000
_LONGEST_WORD = 16 * 2**20


class Yaml(Format):
    """A YAML list of mappings, one mapping an item; otherwise it is as json is.

    It is read whole, and may have 50 MiB and 5,000,000 values at most; so much takes half a minute
    and 1.5 GB of memory, where JSON Lines take seconds. A date is the text that stands there, and
    so is a word that is a number or truth to some programs only, such as 010 or yes. A key that is
    given twice is an error, and so is a tag such as `!!set`. A taxonomy may be a mapping from tag
    to entry.

    Attributes
    ----------
    records
        Where the records are, if the file is not a list of them; see `format: json`.
    encoding
        What the file is written in, as Python calls it, such as `cp1252`; by default UTF-8.
    """

    NAME = "yaml"
    ENDINGS = (".yaml", ".yml")

    records: RecordsPath | None = None
    encoding: Encoding | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; a row is a mapping."""
        from tagledger.readers.parsing.json_records import json_blocks, slices_of
        from tagledger.readers.parsing.records import not_a_list, records_of

        path, content = file.path, self._content(file)
        if self.records is not None:
            content = records_of(content, self.records, path, wanted.names)
        elif not isinstance(content, list):
            raise not_a_list(content if isinstance(content, dict) else {}, path, "yaml")
        return json_blocks(path, "yaml", slices_of(content), wanted)

    def entries(self, file: SourceFile) -> list[tuple[str, Any]]:
        """Each entry of a taxonomy with its place: of a list, or of a mapping from tag to entry."""
        from tagledger.readers.taxonomy import entries_of

        return entries_of(self._content(file), self.records, file.path)

    def _content(self, file: SourceFile) -> Any:
        """What the file stands for, as JSON would have it.

        Raises
        ------
        TagledgerError
            As for `SourceFile.chunks`; or it is too long, or no YAML.
        """
        from tagledger.documents import YamlLimits, parse_yaml
        from tagledger.readers.parsing.yaml_values import json_like

        text, limit = bytearray(), min(file.limit, _MOST_BYTES)
        for chunk in file.chunks(self.encoding):
            text += chunk
            if len(text) > limit:
                raise TagledgerError(
                    f"a YAML file is read whole, and this one is longer than {limit:,} bytes",
                    where=file.path,
                    hint="write it as JSON Lines, which is read at any length",
                )
        limits = YamlLimits(_MOST_BYTES, _MOST_NODES, _LONGEST_WORD)
        hint = "mend the file, or take a fresh copy of it"
        with _no_collecting():
            return parse_yaml(bytes(text), file.path, limits=limits, hint=hint, convert=json_like)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Stop the search for garbage: among millions of values in use it takes most of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
