"""Format fasttext: labels and text on a line, as fastText's `supervised` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from tagledger.errors import TagledgerError
from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding, Name, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.values.columns import Mask

_BLANKS = " \t\v\f\r"


def _prefix(text: str) -> str:
    if text.split() != [text]:
        raise problem(f"there is white space in {text!r}: a label is one word")
    return text


class FastText(Format):
    """Lines of fastText, such as `__label__one __label__two The text`.

    A line gives the columns `labels`, a list without the prefix, and `text`. As in fastText each
    word that begins with the prefix is a label, wherever it stands in the line, and is no part of
    the text. Blank lines are passed over. A line with labels that are joined to one word, such as
    `__label__a,__label__b`, is set aside. A file without any label is refused.

    Attributes
    ----------
    prefix
        What the words that are labels begin with.
    encoding
        What the file is written in, as Python calls it, such as `cp1252`; by default UTF-8.
    """

    NAME = "fasttext"
    TEXT_ONLY = True

    prefix: Annotated[Name, AfterValidator(_prefix)] = "__label__"
    encoding: Encoding | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; a row is a line."""
        from tagledger.readers.parsing.text_lines import block_of, text_lines

        names = wanted.among(["labels", "text"], file.path)
        first, any_label = None, False
        for rows, lines in text_lines(file, self.encoding, blank=wanted.every_row):
            if first is None and len(lines):
                first = lines[0].as_py()
            labels = self._labels(lines)
            any_label = any_label or len(labels.values) > 0
            block = block_of(rows, {"labels": labels, "text": self._text(lines)}, names, [])
            yield replace(block, faults=self._joined(labels))
        if not any_label and first is not None:
            raise self._no_label(first, file)

    def _labels(self, lines: pa.Array) -> pa.Array:
        """The labels of each line (list<string>)."""
        import numpy as np
        import pyarrow.compute as pc

        from tagledger.readers.parsing.text_lines import list_array
        from tagledger.readers.values.columns import mask

        words = pc.ascii_split_whitespace(lines)
        parents = pc.list_parent_indices(words).to_numpy()
        flat = pc.list_flatten(words)
        is_label = pc.starts_with(flat, self.prefix)
        counts = np.bincount(parents[mask(is_label)], minlength=len(lines))
        cut = pc.utf8_slice_codeunits(flat.filter(is_label), len(self.prefix))
        return list_array(counts, cut)

    def _joined(self, labels: pa.Array) -> list[tuple[Mask, str]]:
        """Where a line has several labels in one word, such as `__label__a,__label__b`."""
        import numpy as np
        import pyarrow.compute as pc

        from tagledger.readers.values.columns import mask

        joined = mask(pc.match_substring(pc.list_flatten(labels), self.prefix))
        if not joined.any():
            return []
        where = np.zeros(len(labels), np.bool_)
        where[pc.list_parent_indices(labels).to_numpy()[joined]] = True
        return [(where, "labels are joined to one word: a blank must stand between two of them")]

    def _text(self, lines: pa.Array) -> pa.Array:
        """What is left of each line without its labels (string)."""
        import pyarrow.compute as pc

        label = rf"(^|[{_BLANKS}]+){re.escape(self.prefix)}[^{_BLANKS}]*"
        return pc.utf8_trim(pc.replace_substring_regex(lines, label, ""), characters=_BLANKS)

    def _no_label(self, line: str, file: SourceFile) -> TagledgerError:
        return TagledgerError(
            f"no word begins with {self.prefix!r}, so there is no label",
            where=file.path,
            hint=f"the file begins with {line[:40]!r}: set `prefix` to what its labels begin with, "
            "or another `format`",
        )
