"""A format that the guess does not know is read by its ending; what is misread says the formats."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from tagledger.errors import TagledgerError
from tagledger.guess import proving
from tagledger.guess.guess import guess
from tagledger.sources import formats
from tests.plugin.tagledger_cards import Cards

CARDS = "[7]\ntitle = The first\ntags = a|b\n[9]\ntitle = The other\ntags = b\n"


class Own(Cards):
    ENDINGS: ClassVar[tuple[str, ...]] = (".card",)


class Asking(Own):
    needed: str


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards are a format of Tagledger's own."""
    known = {**formats.own(), "cards": Own}
    monkeypatch.setattr(formats, "own", lambda: known)


def file_of(folder: Path, name: str, text: str = CARDS) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("small", [True, False])
def test_a_new_format_is_guessed_by_its_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, small: bool
) -> None:
    if not small:
        monkeypatch.setattr(proving, "_SMALL", 1)
    found = guess([file_of(tmp_path, "a.card")])
    assert found.reading == {
        "items": {"file": "a.card", "columns": {"id": "id", "title": "title"}},
        "labels": {"delimited": "tags", "separator": "|"},
    }
    assert (found.table.format, found.table.why) == ("cards", ("its ending says so",))
    assert found.certain
    assert sorted(found.proof.labels) == [("7", "a"), ("7", "b"), ("9", "b")]


@pytest.mark.usefixtures("own")
def test_its_own_error_is_said(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="these are no cards"):
        guess([file_of(tmp_path, "a.card", "no section\n")])


def test_a_format_that_asks_for_more_is_read_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {**formats.own(), "cards": Asking}
    monkeypatch.setattr(formats, "own", lambda: known)
    with pytest.raises(TagledgerError, match="options that cannot be guessed") as caught:
        guess([file_of(tmp_path, "a.card")])
    assert "by hand" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "format_"),
    [(CARDS, "JSON"), ("<a>\n<b>1</b>\n</c>\n", "XML"), ("- a: 1\n- b: [\n- c: 2\n", "YAML")],
)
def test_a_file_that_begins_as_another_format_does_may_be_of_any(
    tmp_path: Path, text: str, format_: str
) -> None:
    with pytest.raises(TagledgerError) as caught:
        guess([file_of(tmp_path, "a.unknown", text)])
    error = caught.value
    assert error.what.startswith(f"this begins as {format_} does, and is not {format_}: ")
    assert f"({', '.join(sorted(formats.own()))})" in error.hint
    with pytest.raises(TagledgerError) as caught:
        guess([file_of(tmp_path, f"a.{format_.lower()}", text)])
    assert caught.value.what.startswith(f"this is not {format_}: ")
    assert caught.value.hint == "mend it, or take a fresh copy"
