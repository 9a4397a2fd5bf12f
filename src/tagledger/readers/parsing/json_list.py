"""A JSON list of any length, some entries at a time.

No more than a piece of the list is parsed at once, so memory depends on the longest entry and not
on the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing.json_pieces import LONGEST_RECORD, Place, cut, too_long
from tagledger.readers.parsing.json_within import keys_of
from tagledger.readers.parsing.records import not_a_list
from tagledger.readers.values.json_text import document_of, loads


def list_pieces(file: SourceFile) -> Iterator[tuple[Any, bytes]]:
    """The entries of a JSON list, some at a time, each time with the list of them as text.

    What is no list comes whole.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or it is not JSON, or an entry is too long: with the line and
        the column.
    """
    path = file.path
    text, place = b"", Place(path)
    tried = 0  # how long the text was when it was found to have no comma between two entries
    read = file.chunks()
    for chunk in read:
        long_enough = len(text) >= max(2 * tried, 1)
        if long_enough and text.lstrip().startswith(b"["):
            piece = cut(text, place)
            if piece is not None:
                entries, end = piece
                yield entries, text[:end] + b"]"
                place.pass_by(text[:end])
                text = b"[" + text[end + 1 :]
            tried = 0 if piece else len(text)
        if len(text) > LONGEST_RECORD:
            if not place.begun and text.lstrip().startswith(b"{"):
                _refuse_object(file)
            raise too_long(place.of(0), read)
        text += chunk
    if place.begun:
        try:
            entries = loads(text)
        except orjson.JSONDecodeError as error:
            raise place.fault(error) from error
        if not entries:
            shown = text.decode(errors="replace")
            nothing = orjson.JSONDecodeError("nothing follows the comma", shown, shown.index("]"))
            raise place.fault(nothing)
        yield entries, text
    else:
        yield document_of(text, path), text


def _refuse_object(file: SourceFile) -> None:
    """Raise the error of a document that is one long object, if it is one.

    Raises
    ------
    TagledgerError
        It is; or it is not JSON.
    """
    keys = keys_of(file)
    if keys:
        raise not_a_list(keys, file.path)
