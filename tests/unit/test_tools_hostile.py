"""Whatever a file of a labelling tool holds, it is read or refused: no error is a bug's."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Options
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError

NAMES = ("label-studio", "doccano", "prodigy")
_KEYS = """
    data annotations completions result value choices taxonomy labels text from_name type id
    completed_by was_cancelled created_at updated_at lead_time unique_id created_username meta
    sample_id asked annotator annotation_id mood predictions drafts x start label cats entities user
    annotation_approver Comments bbox filename options accept answer spans html image _timestamp
    _task_hash _annotator_id user_input tax
"""
KEYS = st.sampled_from(_KEYS.split())
WORDS = ["cv", "[", "['a']", "{", "1e400", "2026-11-25", "choices", "accept", "a#", ""]
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["", "cv", "[", "['a']", "{", "1e400", "2026-11-25", "choices", "accept", "a#"]
    ),
    st.text(max_size=5),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=3)
TASKS = st.lists(
    st.fixed_dictionaries(
        {
            "data": st.dictionaries(KEYS, VALUES, max_size=4),
            "annotations": st.lists(
                st.fixed_dictionaries(
                    {"result": st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=3)},
                    optional={"completed_by": VALUES, "created_at": VALUES, "updated_at": VALUES},
                ),
                max_size=2,
            ),
        }
    ),
    max_size=3,
)


def survives(tool: str, content: bytes) -> None:
    """Ask for what the file says: an answer is whole, and an error is one for people."""
    file = ToolFile(Path("export"), content)
    registry.own()[tool].recognise(file)
    try:
        answers = list(registry.own()[tool].read(file, Options(tags=frozenset({"a#"})), []))
    except TagledgerError:
        return
    for one in answers:
        assert all(isinstance(tag, str) and tag.strip() for tag in (*one.yes, *(one.asked or ())))
        assert one.asked is None or set(one.yes) <= set(one.asked)
        assert one.kind == "label" or not one.yes
        for field in (one.item, one.text, one.by, one.at, one.unique, one.note, one.base):
            assert field is None or isinstance(field, str)


@pytest.mark.parametrize("tool", NAMES)
@given(records=st.one_of(RECORDS, TASKS), as_lines=st.booleans())
def test_records_of_any_shape(tool: str, records: list[Any], as_lines: bool) -> None:
    text = "\n".join(map(json.dumps, records)) if as_lines else json.dumps(records)
    survives(tool, text.encode())


@pytest.mark.parametrize("tool", NAMES)
@given(rows=st.lists(st.dictionaries(KEYS, st.one_of(ATOMS, VALUES.map(json.dumps))), max_size=4))
def test_tables_of_any_shape(tool: str, rows: list[dict[str, Any]]) -> None:
    columns = sorted({name for row in rows for name in row} | {"id", "label"})
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns)
    writer.writeheader()
    writer.writerows(rows)
    survives(tool, stream.getvalue().encode("utf-8", "replace"))


@pytest.mark.parametrize("tool", NAMES)
@given(content=st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)))
def test_bytes_of_any_kind(tool: str, content: bytes) -> None:
    survives(tool, content)
    survives(tool, b"PK\x03\x04" + content)
    survives(tool, b'[{"data": {"text": "' + content)


@pytest.mark.parametrize("tool", NAMES)
def test_what_nests_or_unpacks_too_far_is_refused(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    survives(tool, b'[{"data":' * 50_000)
    survives(tool, b'[{"text": "a", "label": "' + b"[" * 100_000 + b'"}]')
    survives(tool, b'[{"text": "\\ud800", "label": ' + b"[" * 100_000)
    monkeypatch.setattr("tagledger.annotation_tools.tool_file.MOST_BYTES", 1_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ann.json", b"[" + b" " * 100_000 + b"]")
    with pytest.raises(TagledgerError):
        list(registry.own()[tool].read(ToolFile(Path("e.zip"), stream.getvalue()), Options(), []))
