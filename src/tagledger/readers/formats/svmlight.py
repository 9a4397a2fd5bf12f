"""Format svmlight: labels and sparse features on a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding
from tagledger.words import count

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.values.columns import Mask

_HEADER = re.compile(r"\s*(\d+)\s+\d+\s+\d+\s*")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FEATURE = rf"(?:\d+|qid):(?:{_NUMBER}|[-+]?(?:nan|inf))"
# Labels, and what follows; a line that begins with a blank or with a feature has no label.
_PARTS = rf"^(?P<labels>(?:{_NUMBER}(?:,{_NUMBER})*)?)(?:[ \t]+(?P<rest>.*))?$"
_FEATURES = rf"^(?:{_FEATURE}(?:[ \t]+{_FEATURE})*)?$"
_NO_LABEL = rf"^{_FEATURE}(?:[ \t]|$)"
_REASON = "this is not labels and features, such as `0,2 1:0.5 3:1.0`"


class SvmLight(Format):
    """Sparse data of svmlight, LIBSVM and the extreme classification repository: `0,2 1:0.5 3:1`.

    A line gives the columns `labels`, a list of the codes before the first blank, and `features`,
    the text of the rest. A line that begins with a blank or with a feature has no label. What
    follows a `#` is passed over. The first line may be `points features labels`, three numbers;
    then there must be as many rows as points, and a blank line is a row without labels and
    features. Else blank lines are passed over. A line of another form is set aside.

    Attributes
    ----------
    encoding
        What the file is written in, as Python calls it, such as `cp1252`; by default UTF-8.
    """

    NAME = "svmlight"
    ENDINGS = (".svm", ".libsvm", ".svmlight")
    TEXT_ONLY = True

    encoding: Encoding | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; a row is a line."""
        import numpy as np
        import pyarrow as pa

        from tagledger.readers.blocks import Broken, record_text
        from tagledger.readers.parsing.text_lines import block_of, lists_of, text_lines

        names = wanted.among(["labels", "features"], file.path)
        rows_kept = _Rows(file, every_row=wanted.every_row)
        for rows, lines in text_lines(file, self.encoding, blank=True):
            kept = rows_kept.of(lines)
            row_numbers, written = rows[kept], lines.filter(pa.array(kept))
            labels, features, sound = _parts(written)
            broken = [
                Broken(int(row_numbers[at]), _REASON, record_text(written[at].as_py()))
                for at in np.flatnonzero(~sound)
            ]
            columns = {
                "labels": lists_of(labels.filter(pa.array(sound)), ","),
                "features": features.filter(pa.array(sound)),
            }
            yield block_of(row_numbers[sound], columns, names, broken)
        rows_kept.check_count()


class _Rows:
    """Which lines are rows, from the beginning of a file to its end."""

    def __init__(self, file: SourceFile, *, every_row: bool) -> None:
        self._file, self._every_row = file, every_row
        self._points: int | None = None
        self._begun = False
        self._count = 0

    def of(self, lines: pa.Array) -> Mask:
        """Where the next lines are rows: not the header, a comment, or a blank line of no point."""
        import numpy as np
        import pyarrow.compute as pc

        from tagledger.readers.values.columns import blank, mask

        nothing = blank(lines)
        comment = mask(pc.match_substring_regex(lines, r"^\s*#"))
        if not self._begun and not (nothing | comment).all():
            first = int(np.flatnonzero(~nothing & ~comment)[0])
            self._begun = True
            header = _HEADER.fullmatch(lines[first].as_py())
            if header is not None:
                self._points = int(header[1])
                comment[: first + 1] = True
        rows: Mask = ~comment
        if self._points is not None:
            rows &= ~nothing | (self._count + np.cumsum(rows) <= self._points)
        elif not self._every_row:
            rows &= ~nothing
        self._count += int(rows.sum())
        return rows

    def check_count(self) -> None:
        """Refuse a file with another number of rows than its header says."""
        if self._points is None or self._points == self._count:
            return
        points, rows = count(self._points, "point"), count(self._count, "row")
        raise TagledgerError(
            f"the header says {points}, and the file has {rows}",
            where=self._file.path,
            hint="take a fresh copy of it: some of its rows are missing or were added",
        )


def _parts(lines: pa.Array) -> tuple[pa.Array, pa.Array, Mask]:
    """The labels of each line as text, its features, and where they have the form they must."""
    import pyarrow.compute as pc

    from tagledger.readers.values.columns import mask

    lines = pc.utf8_rtrim_whitespace(pc.replace_substring_regex(lines, "#.*", ""))
    unlabelled = pc.match_substring_regex(lines, _NO_LABEL)
    lines = pc.if_else(unlabelled, pc.binary_join_element_wise("", lines, " "), lines)
    parts = pc.extract_regex(lines, _PARTS)
    labels, rest = (pc.fill_null(pc.struct_field(parts, [at]), "") for at in (0, 1))
    features = pc.utf8_ltrim_whitespace(rest)
    sound = mask(parts.is_valid()) & mask(pc.match_substring_regex(features, _FEATURES))
    return labels, features, sound
