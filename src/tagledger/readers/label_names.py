"""From a label as it stands in a file to its tags: ends taken off, codes named, levels split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted, blocks
from tagledger.readers.columns import ids, mask, texts
from tagledger.readers.label_tables import Parents
from tagledger.readers.set_aside import Faults
from tagledger.readers.source_files import source_files
from tagledger.sources.labels import Labels, NamesFile
from tagledger.sources.reading import ItemsReading

NO_NAME = "a label's code has no name"


@dataclass(frozen=True)
class Finish:
    """What becomes of a label before it is a tag.

    Attributes
    ----------
    strip, none, levels
        As in `Labels`.
    names
        The name of each code; None where labels are names.
    """

    strip: str | None = None
    none: frozenset[str] = frozenset()
    names: dict[str, str] | None = None
    levels: str | None = None

    @property
    def changes(self) -> bool:
        """Whether a label may come out as another one."""
        return self != Finish()

    def tags(self, parents: Parents, labels: pa.Array, faults: Faults) -> tuple[Parents, pa.Array]:
        """The tags of labels; the rows of those whose code has no name get a fault.

        Parameters
        ----------
        parents
            int64: for each label the position of its row in the block.
        labels
            string, as long as `parents`.
        faults
            Of the block's rows.
        """
        if not self.changes or not len(labels):
            return parents, labels
        encoded = pc.dictionary_encode(labels.cast(pa.string()))
        words = encoded.dictionary.to_pylist()
        codes = encoded.indices.to_numpy()
        tags = [self._of(word) for word in words]
        unknown = np.array([one is None for one in tags], np.bool_)[codes]
        if unknown.any():
            rows = np.zeros(len(faults.readable), np.bool_)
            rows[parents[unknown]] = True
            faults.add(rows, NO_NAME)
        counts = np.array([len(one or ()) for one in tags], np.int64)
        flat = pa.array([tag for one in tags for tag in one or ()], pa.string())
        starts = np.cumsum(counts) - counts
        times = counts[codes]
        nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        at = np.repeat(starts[codes], times) + nth
        return np.repeat(parents, times), flat.take(pa.array(at))

    def _of(self, label: str) -> list[str] | None:
        """The tags of one label; None where its code has no name."""
        word = label.strip()
        if self.strip is not None:
            word = word.strip(self.strip)
        if word in self.none or not word:
            return [] if word else [word]
        if self.names is not None:
            named = self.names.get(word)
            if named is None:
                return None
            word = named
            if word in self.none:
                return []
        return word.split(self.levels) if self.levels else [word]


def finish_of(labels: Labels, items: ItemsReading, folder: Path, limit: int) -> Finish:
    """What becomes of the labels of a reading.

    Raises
    ------
    TagledgerError
        The file with names cannot be read, or the items file says no names of classes.
    """
    names = labels.names
    known: dict[str, str] | None = None
    if isinstance(names, NamesFile):
        known = _names_in(names, folder, limit)
    elif isinstance(names, list):
        known = {str(code): name for code, name in enumerate(names)}
    elif isinstance(names, dict):
        known = {str(code): name for code, name in names.items()}
    elif names is not None:
        known = _names_of_schema(labels, items, folder, limit)
    return Finish(labels.strip, frozenset(labels.none), known, labels.levels)


def _names_of_schema(
    labels: Labels, items: ItemsReading, folder: Path, limit: int
) -> dict[str, str]:
    files = source_files(items, folder, limit)
    for column in labels.columns:
        of_files = [items.read_as.class_names(file, column) for file in files]
        for file, other in zip(files, of_files, strict=True):
            if other != of_files[0]:
                raise TagledgerError(
                    f"{file.name} has other names of classes for {column} than {files[0].name}",
                    where=file.path,
                    hint="read the files as snapshots of their own; or give the names as a list, "
                    "`names: [...]`, if they are those of all files",
                )
        if (found := of_files[0]) is not None:
            return {str(code): name for code, name in enumerate(found)}
    raise TagledgerError(
        f"the file says no names of classes for {' or '.join(labels.columns) or 'its labels'}",
        where=folder / items.shown,
        hint="give the names as a list, `names: [...]`, or as a file, `names: {file: ...}`",
    )


def _names_in(reading: NamesFile, folder: Path, limit: int) -> dict[str, str]:
    """The names in a file, by their codes.

    Raises
    ------
    TagledgerError
        A row cannot be read, or a code has two names.
    """
    name = reading.name or reading.read_as.COLUMN or "name"
    wanted = (name,) if reading.code is None else (reading.code, name)
    known: dict[str, str] = {}
    for block in blocks(reading, folder, Wanted(wanted, every_row=reading.code is None), limit):
        where = f"{folder / reading.shown}, row"
        for one in block.broken:
            raise _misshapen(one.reason, f"{where} {one.row}")
        for at, reason in block.faults:
            raise _misshapen(reason, f"{where} {block.rows[at][0]}")
        words, wrong = texts(block.columns[name])
        if wrong.any():
            raise _misshapen("the name is not text", f"{where} {block.rows[wrong][0]}")
        if reading.code is None:
            codes = [str(len(known) + at) for at in range(len(block.rows))]
        else:
            read = ids(block.columns[reading.code], "string")
            if (missing := read.missing | read.wrong | ~mask(read.texts.is_valid())).any():
                raise _misshapen("there is no code", f"{where} {block.rows[missing][0]}")
            codes = read.texts.to_pylist()
        for row, code, word in zip(block.rows.tolist(), codes, words.to_pylist(), strict=True):
            if known.setdefault(code.strip(), word or "") != (word or ""):
                raise _misshapen(f"the code {code!r} has two names", f"{where} {row}")
    return known


def _misshapen(what: str, where: str) -> TagledgerError:
    hint = "mend the file with the names, or its reading in data/sources.yaml"
    return TagledgerError(what, where=where, hint=hint)
