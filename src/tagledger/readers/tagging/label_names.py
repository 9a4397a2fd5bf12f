"""From a label as it stands in a file to its tags: ends taken off, codes named, levels split."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks
from tagledger.readers.opening.source_files import source_files
from tagledger.readers.parsing.records import NO_OBJECT, VALUE
from tagledger.readers.set_aside import Faults
from tagledger.readers.tagging import doubts
from tagledger.readers.tagging.label_tables import Parents, runs
from tagledger.readers.values.columns import codes, ids, mask, texts
from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels, NamesFile, TagFile
from tagledger.words import count

NO_NAME = "a label's code has no name"
_COLUMN_ENDS = "\x1f"  # stands between the name of a label's column and the label
PREFIX_ENDS = "::"
_SHOWN = 5


def with_column(labels: pa.Array, column: str) -> pa.Array:
    """Labels with the name of their column, for `Finish` of a reading that is `prefixed`."""
    return pc.binary_join_element_wise(pa.scalar(column), labels, _COLUMN_ENDS)


@dataclass
class Named:
    """How many labels' codes had a name so far, and how many had none, with the first of those.

    Attributes
    ----------
    any_zero
        Whether one of them was the code 0.
    """

    named: int = 0
    unnamed: int = 0
    first: dict[str, None] = field(default_factory=dict)
    any_zero: bool = False


@dataclass(frozen=True)
class Finish:
    """What becomes of a label before it is a tag.

    Attributes
    ----------
    strip, none, levels
        As in `Labels`.
    names
        The name of each code; None where labels are names.
    prefixed
        Whether a label comes with the name of its column, which its tags then begin with.
    tally
        Of the codes that were seen.
    """

    strip: str | None = None
    none: frozenset[str] = frozenset()
    names: dict[str, str] | None = None
    levels: str | None = None
    prefixed: bool = False
    tally: Named = field(default_factory=Named, compare=False)

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
        self._count(words, tags, np.bincount(codes, minlength=len(words)))
        counts = np.array([len(one or ()) for one in tags], np.int64)
        flat = pa.array([tag for one in tags for tag in one or ()], pa.string())
        starts = np.cumsum(counts) - counts
        times = counts[codes]
        return np.repeat(parents, times), flat.take(pa.array(runs(starts[codes], times)))

    def _count(
        self, words: list[str], tags: list[list[str] | None], times: NDArray[np.int64]
    ) -> None:
        if self.names is None:
            return
        for word, tags_of_word, many in zip(words, tags, times.tolist(), strict=True):
            if tags_of_word is None:
                self.tally.unnamed += many
                if len(self.tally.first) < _SHOWN:
                    self.tally.first[word.strip()] = None
            else:
                self.tally.named += many
                self.tally.any_zero = self.tally.any_zero or word.strip() == "0"

    def refuse_unnamed(self, path: Path) -> None:
        """Refuse names of other codes than the labels have.

        Raises
        ------
        TagledgerError
            Most labels that were seen are codes without a name; or the codes go from 1 on, and the
            names from 0.
        """
        if self.names is None:
            return
        self._refuse_other_first(path)
        if self.tally.unnamed <= self.tally.named:
            return
        first = ", ".join(map(repr, self.tally.first))
        named = ", ".join(repr(code) for code in list(self.names)[:_SHOWN])
        total = count(self.tally.unnamed + self.tally.named, "label")
        raise TagledgerError(
            f"{self.tally.unnamed:,} of {total} are codes without a name, such as {first};"
            f" the names are of {named}{', ...' if len(self.names) > _SHOWN else ''}",
            where=path,
            hint="name the column with these codes in `names: {file: ..., code: ..., name: ...}` of"
            " its reading, in data/sources.yaml, or leave out `names` if the labels are names",
        )

    def _refuse_other_first(self, path: Path) -> None:
        names = self.names or {}
        count = len(names)
        if self.tally.any_zero or list(self.tally.first) != [str(count)] or count < 2:
            return
        if set(names) == {str(code) for code in range(count)}:
            raise TagledgerError(
                f"the labels' codes seem to go from 1 to {count}, and the names from 0 to "
                f"{count - 1}: each label would get the name of the next code",
                where=path,
                hint="say each name's code: `names: {1: ..., 2: ...}`, or `code` and `name` of a "
                "file that has both",
            )

    def _of(self, label: str) -> list[str] | None:
        """The tags of one label; None where its code has no name."""
        column, ends, label = label.rpartition(_COLUMN_ENDS) if self.prefixed else ("", "", label)
        tags = self._tags(label)
        if not ends or tags is None:
            return tags
        return [f"{column}{PREFIX_ENDS}{tag}" if tag.strip() else tag for tag in tags]

    def _tags(self, label: str) -> list[str] | None:
        word = label.strip()
        if self.strip is not None:
            word = word.strip(self.strip).strip()
        if not word or word in self.none:
            return [] if word else [word]
        if self.names is not None:
            named = self.names.get(word)
            if named is None:
                return None
            word = named.strip()
            if word in self.none:
                return []
        if self.levels is None:
            return [word]
        levels = [level.strip() for level in f" {word} ".split(self.levels)]
        return [level for level in levels if level and level not in self.none]


def finish_of(labels: Labels, source: FileReading, folder: Path, limit: int) -> Finish:
    """What becomes of the labels that the rows of a reading's files say.

    Raises
    ------
    TagledgerError
        The file with names cannot be read, or the source's says no names of classes.
    """
    names = _names_by_code(labels, source, folder, limit)
    return Finish(labels.strip, frozenset(labels.none), names, labels.levels, labels.prefixed)


def names_in_order(labels: Labels, source: FileReading, folder: Path, limit: int) -> list[str]:
    """The names of the codes 0, 1, ...

    Raises
    ------
    TagledgerError
        As for `finish_of`; or the codes are other ones.
    """
    names = _names_by_code(labels, source, folder, limit) or {}
    wanted = [str(code) for code in range(len(names))]
    if not names or set(names) != set(wanted):
        raise TagledgerError(
            f"the codes of the names are not 0 to {len(names) - 1}, the places of a list: "
            f"{', '.join(list(names)[:_SHOWN]) or 'there are none'}",
            where=f"the `names` of {', '.join(labels.tag_columns)}, in data/sources.yaml",
            hint="leave out `code`, so that the first row is of the first place; or give the names "
            "as a list",
        )
    return [names[code] for code in wanted]


def refuse_codes(
    labels: Labels, tags: pa.ChunkedArray, source: FileReading, folder: Path, limit: int
) -> None:
    """Refuse codes as tags where the file itself has names for them.

    Raises
    ------
    TagledgerError
        Every tag is a whole number, the reading gives no `names`, and the file says names of
        classes for the column.
    """
    if labels.names is not None or not len(tags) or not labels.tag_columns:
        return
    words = pc.unique(tags.cast(pa.string()))
    if not pc.all(pc.match_substring_regex(words, r"^\s*-?[0-9]+\s*$")).as_py():
        return
    file = source_files(source, folder, limit)[0]
    for column in labels.tag_columns:
        try:
            names = source.read_as.class_names(file, column)
        except TagledgerError:  # the column holds names, which are numbers
            continue
        if names is not None:
            some = ", ".join(f"{code} is {name!r}" for code, name in enumerate(names[:_SHOWN]))
            raise TagledgerError(
                f"the labels in {column} are codes, and the file has their names: {some}",
                where=file.path,
                hint="set `names: schema` in `labels` of its reading, in data/sources.yaml",
            )


def tag_names(reading: TagFile, folder: Path, limit: int) -> list[str]:
    """The names of columns that a file has.

    Raises
    ------
    TagledgerError
        It cannot be read, or has a name twice or none.
    """
    if reading.without_format:
        from tagledger.readers.parsing.mulan import label_names

        files = source_files(reading, folder, limit)
        names = [name for file in files for name in label_names(file)]
    else:
        named = NamesFile.model_validate(reading.model_dump(exclude_defaults=True))
        names = list(_names_in(named, folder, limit).values())
    again = [name for name in names if names.count(name) > 1]
    if again or not names:
        what = f"the name {again[0]!r} is there twice" if again else "there is no name"
        raise _misshapen(what, str(folder / reading.shown))
    return names


def with_codes(block: Block, labels: Labels) -> Block:
    """The block with codes that are numbers as text, where labels have `names` for them."""
    if labels.names is None or not labels.CODES:
        return block
    columns = {name: codes(block.columns[name]) for name in labels.tag_columns}
    return replace(block, columns={**block.columns, **columns})


def _names_by_code(
    labels: Labels, source: FileReading, folder: Path, limit: int
) -> dict[str, str] | None:
    """The name of each code; None where labels are names."""
    names = labels.names
    by_code: dict[str, str] | None = None
    if isinstance(names, NamesFile):
        by_code = _names_in(names, folder, limit)
    elif isinstance(names, list):
        by_code = {str(code): name for code, name in enumerate(names)}
    elif isinstance(names, dict):
        by_code = {str(code): name for code, name in names.items()}
    elif names is not None:
        by_code = _names_of_schema(labels, source, folder, limit)
    return by_code


def _names_of_schema(
    labels: Labels, source: FileReading, folder: Path, limit: int
) -> dict[str, str]:
    files = source_files(source, folder, limit)
    for column in labels.tag_columns:
        of_files = [source.read_as.class_names(file, column) for file in files]
        for file, other in zip(files, of_files, strict=True):
            if other != of_files[0]:
                raise TagledgerError(
                    f"{file.name} has other names of classes for {column} than {files[0].name}",
                    where=file.path,
                    hint="read the files as snapshots of their own; or give the names as a list, "
                    "`names: [...]`, if they are those of all files",
                )
        if (names := of_files[0]) is not None:
            return {str(code): name for code, name in enumerate(names)}
    raise TagledgerError(
        f"the file says no names of classes for {' or '.join(labels.tag_columns) or 'its labels'}",
        where=folder / source.shown,
        hint="give the names as a list, `names: [...]`, or as a file, `names: {file: ...}`",
    )


def _names_in(reading: NamesFile, folder: Path, limit: int) -> dict[str, str]:
    """The names in a file, by their codes.

    Raises
    ------
    TagledgerError
        A row cannot be read, or has no name or no code, or a code has two names.
    """
    name = reading.name or reading.read_as.COLUMN or "name"
    wanted = (name,) if reading.code is None else (reading.code, name)
    path = folder / reading.shown
    names: dict[str, str] = {}
    nameless: int | None = None  # a row of a list by place: such rows at its end are no names
    for block in blocks(reading, folder, Wanted(wanted, every_row=reading.code is None), limit):
        _refuse_faults(block, path)
        words, wrong = texts(block.columns[name])
        if wrong.any():
            raise _misshapen("the name is not text", f"{path}, row {block.rows[wrong][0]}")
        if reading.code is None:
            doubts.header_as_name(block, name, path)
        listed = _codes_of(block, reading.code, len(names), path)
        for row, code, word in zip(block.rows.tolist(), listed, words.to_pylist(), strict=True):
            if nameless is not None and word and word.strip():
                raise _misshapen("there is no name", f"{path}, row {nameless}")
            if not word or not word.strip():
                nameless = nameless or row
            elif names.setdefault(code.strip(), word) != word:
                raise _misshapen(f"the code {code!r} has two names", f"{path}, row {row}")
    if nameless is not None and reading.code is not None:
        raise _misshapen("there is no name", f"{path}, row {nameless}")
    if reading.code is None:
        doubts.numbered_names(list(names.values()), path)
    return names


def _refuse_faults(block: Block, path: Path) -> None:
    for one in block.broken:
        hint = f"a list of texts is read with `name: {VALUE}`" if one.reason == NO_OBJECT else ""
        raise _misshapen(one.reason, f"{path}, row {one.row}", hint)
    for at, reason in block.faults:
        if at.any():
            raise _misshapen(reason, f"{path}, row {block.rows[at][0]}")


def _codes_of(block: Block, column: str | None, first: int, path: Path) -> list[str]:
    """The code of each row of a block; without a column, the next ones from `first` on."""
    if column is None:
        return [str(first + at) for at in range(len(block.rows))]
    read = ids(codes(block.columns[column]), "string")
    missing = read.missing | read.wrong | ~mask(read.texts.is_valid())
    if missing.any():
        raise _misshapen("there is no code", f"{path}, row {block.rows[missing][0]}")
    listed: list[str] = read.texts.to_pylist()
    return listed


def _misshapen(what: str, where: str, hint: str = "") -> TagledgerError:
    mend = "mend the file with the names, or its reading in data/sources.yaml"
    return TagledgerError(what, where=where, hint=f"{mend}: {hint}" if hint else mend)
