"""Files of formats that no content tells, and files that begin as those of another format do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.guess.kinds import Kind
from tagledger.guess.records import columns_of, with_literals
from tagledger.guess.table import ROWS, Table
from tagledger.readers.blocks import Wanted
from tagledger.readers.opening.source_files import SourceFile
from tagledger.sources import formats

BY_HAND = "write its reading by hand, in data/sources.yaml; docs/keys.md says all keys"
CONVERT = "write its items as JSON Lines, {id, title, description, tags: [...]}, with a script"


class _Every(Wanted):
    """All columns of a file."""

    def among(
        self,
        names: list[str],
        path: Path,  # noqa: ARG002 - nothing is missing
        *,
        hint: str = "",  # noqa: ARG002
        nested: bool = False,  # noqa: ARG002
    ) -> list[str]:
        """The columns that the file has, each once."""
        return list(dict.fromkeys(names))


def table_of_format(file: SourceFile, kind: Kind, _start: bytes) -> Iterator[Table]:
    """The first rows of a file, read by its format with the defaults of all options.

    Raises
    ------
    TagledgerError
        The file cannot be read so.
    """
    assert kind.name is not None
    try:
        reader = formats.own()[kind.name]()
    except ValidationError as error:
        raise TagledgerError(
            f"the format {kind.name} has options that cannot be guessed",
            where=file.path,
            hint=BY_HAND,
        ) from error
    rows: list[dict[str, Any]] = []
    for block in reader.blocks(file, _Every(())):
        columns = {
            name: one if isinstance(one, list) else one.to_pylist()
            for name, one in block.columns.items()
        }
        rows += [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
        if len(rows) > ROWS:
            break
    sample = rows[:ROWS]
    yield Table(
        file.name,
        {},
        with_literals(columns_of(sample)),
        len(sample),
        kind.name,
        whole=len(rows) <= ROWS,
        why=(kind.why,),
    )


def misread(file: SourceFile, name: str, error: object) -> TagledgerError:
    """The error of a file that begins as one of a format does, and cannot be read as it.

    Parameters
    ----------
    file
        The file.
    name
        The name of the format, which its ending need not tell.
    error
        What is wrong.
    """
    ending, words = formats.by_ending(file.name), name.upper()
    if ending is not None and name == ending.NAME:
        what, hint = f"this is not {words}: {error}", "mend it, or take a fresh copy"
        return TagledgerError(what, where=file.path, hint=hint)
    others = ", ".join(sorted(formats.own()))
    return TagledgerError(
        f"this begins as {words} does, and is not {words}: {error}",
        where=file.path,
        hint=f"if it should be {words}, mend it; if it is of another format ({others}), {BY_HAND}; "
        f"else {CONVERT}",
    )
