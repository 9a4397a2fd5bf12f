"""The rows of an ARFF file, dense and sparse, as columns of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.blocks import Block, Broken, record_text
from tagledger.readers.parsing.arff_header import QUOTED, Header, plain
from tagledger.readers.values.columns import mask

BLOCK_ROWS = 50_000
BLOCK_CHARACTERS = 2**25
BLOCK_CELLS = 4_000_000
_MISSING = "?"
# A value, and what ends it. White space around it goes.
_DENSE = re.compile(rf"[ \t]*((?:{QUOTED})[ \t]*|[^,'\"{{}}][^,]*|)(,|$)")
_TABBED = re.compile(rf" *((?:{QUOTED}) *|[^\t'\"{{}}][^\t]*|)(\t|$)")
_SPARSE = re.compile(rf"[ \t]*(\d{{1,18}})[ \t]+((?:{QUOTED})[ \t]*|[^,'\"][^,]*)(,|$)")
_WEIGHT = re.compile(r"[,\t ]\s{0,9}\{\s{0,9}[0-9.eE+-]{1,40}\s{0,9}\}$")
_SPECIAL = re.compile(r"['\"\\{}%]")


class _MisshapenError(ValueError):
    """A row that cannot be read, with the reason."""


@dataclass
class _Rows:
    """Rows that were read: the text of each, its place, and the values of the wanted columns."""

    texts: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    values: list[list[str | None]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    characters: int = 0


class ArffRows:
    """The rows below a header.

    Parameters
    ----------
    header
        The header.
    names
        The columns that are wanted.
    """

    def __init__(self, header: Header, names: list[str]) -> None:
        self._attributes = header.attributes
        at = {one.name: index for index, one in enumerate(header.attributes)}
        self._wanted = [at[name] for name in names]
        self._slot = {index: slot for slot, index in enumerate(self._wanted)}
        self._absent = [self._attributes[index].absent for index in self._wanted]

    def blocks(self, lines: Iterator[str]) -> Iterator[Block]:
        """The rows in blocks; those that cannot be read are set aside."""
        rows, number = _Rows(), 0
        most = min(BLOCK_ROWS, BLOCK_CELLS // max(len(self._wanted), 1) + 1)
        for line in lines:
            text = line.strip()
            if not text or text.startswith("%"):
                continue
            number += 1
            rows.characters += len(text)
            try:
                rows.values.append(self._values(text))
                rows.texts.append(text)
                rows.numbers.append(number)
            except _MisshapenError as error:
                rows.broken.append(Broken(number, str(error), record_text(text)))
            if len(rows.numbers) >= most or rows.characters >= BLOCK_CHARACTERS:
                yield self._block(rows)
                rows = _Rows()
        yield self._block(rows)

    def _values(self, text: str) -> list[str | None]:
        """The values of the wanted columns in a row."""
        if text.startswith("{"):
            values = list(self._absent)
            for index, word in _sparse(text, len(self._attributes)).items():
                if (slot := self._slot.get(index)) is not None:
                    values[slot] = _value(word)
            return values
        words = _dense(text, len(self._attributes))
        return [_value(words[index]) for index in self._wanted]

    def _block(self, rows: _Rows) -> Block:
        columns, faults = {}, []
        for slot, index in enumerate(self._wanted):
            attribute = self._attributes[index]
            column = pa.array([one[slot] for one in rows.values], pa.string())
            columns[attribute.name] = column
            if attribute.kind == "nominal":
                declared = pc.is_in(column, pa.array(attribute.values, pa.string()))
                other = mask(pc.and_(column.is_valid(), pc.invert(declared)))
                faults.append((other, f"{attribute.name} has a value that it does not declare"))

        def records(positions: NDArray[np.int64]) -> list[str]:
            return [self._record(rows.texts[at]) for at in positions.tolist()]

        numbers = np.array(rows.numbers, np.int64)
        faults = [one for one in faults if one[0].any()]
        return Block(numbers, columns, records, rows.broken, faults)

    def _record(self, text: str) -> str:
        """A row as JSON; a sparse one with what it says alone."""
        if text.startswith("{"):
            given = sorted(_sparse(text, len(self._attributes)).items())
            return record_text({self._attributes[at].name: _value(word) for at, word in given})
        values = map(_value, _dense(text, len(self._attributes)))
        names = [one.name for one in self._attributes]
        return record_text(dict(zip(names, values, strict=True)))


def _dense(text: str, width: int) -> list[str]:
    """All values of a row that has one for each attribute, as they are written."""
    tabs = "\t" in text and "," not in text and width > 1
    if _SPECIAL.search(text) is None:
        words = text.split("\t" if tabs else ",")
        if len(words) != width:
            raise _MisshapenError(f"wrong number of values: {len(words)}, not {width}")
        return words
    pattern = _TABBED if tabs else _DENSE
    inner = _WEIGHT.sub("", text) if text.endswith("}") else text
    values: list[str] = []
    at, ended = 0, False
    while not ended:
        one = pattern.match(inner, at)
        if one is None:
            raise _MisshapenError("a value is not written as ARFF has it")
        values.append(one[1])
        at, ended = one.end(), not one[2]
    if len(values) != width:
        raise _MisshapenError(f"wrong number of values: {len(values)}, not {width}")
    return values


def _sparse(text: str, width: int) -> dict[int, str]:
    """The values that a sparse row gives, as they are written, by attributes' indexes."""
    body = _WEIGHT.sub("", text[1:])
    if not body.endswith("}"):
        raise _MisshapenError("a sparse row does not end with }")
    body = body[:-1].rstrip()
    values: dict[int, str] = {}
    at = count = 0
    while at < len(body):
        one = _SPARSE.match(body, at)
        if one is None:
            raise _MisshapenError("a value is not written as ARFF has it")
        values[int(one[1])] = one[2]
        at, count = one.end(), count + 1
    if len(values) < count:
        raise _MisshapenError("an attribute has two values")
    if values and max(values) >= width:
        raise _MisshapenError(f"there is no attribute {max(values)}: the last is {width - 1}")
    return values


def _value(word: str) -> str | None:
    """A value without quotes; None where it is missing."""
    word = word.strip()
    return None if word == _MISSING else plain(word)
