"""YAML that people write: an entry more or another value, and every other byte stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.documents import load_yaml
from tagledger.errors import TagledgerError
from tagledger.yaml_edits.edits import with_entry, with_value
from tagledger.yaml_edits.text import block, flow, scalar

HERE = Path("data/sources.yaml")
REPOSITORY = Path(__file__).parents[2]
ENTRY = {"location": "data/files/t/1", "files": {"t.csv": {"bytes": 1, "sha256": "00"}}}


def entered(text: str, *keys: str, entry: dict[str, Any] = ENTRY) -> str:
    return with_entry(text.encode(), HERE, keys, entry).decode()


def valued(text: str, value: Any, *keys: str) -> str:
    return with_value(text.encode(), Path("params.yaml"), keys, value).decode()


def test_an_entry_goes_below_the_last_one_and_above_comments_that_follow() -> None:
    text = 'sources:\n  a:\n    snapshots:\n      "1": {x: 1} # one\n\n  # of b\n  b: {y: 2}\n'
    made = entered(text, "sources", "a", "snapshots", "2")
    assert made == text.replace(
        "# one\n",
        '# one\n      "2":\n        location: data/files/t/1\n        files:\n          t.csv:\n'
        '            bytes: 1\n            sha256: "00"\n',
    )


@pytest.mark.parametrize(
    "text",
    [
        "sources:\n  a: {x: 1}",
        "sources:\n    a:\n        x: 1\n    # the end\n",
        "sources:\r\n  a:\r\n    x: 1\r\n# the end\r\n",
        '"sources":\n  "a": |\n    text\n    more\n\n# the end\n',
        "sources:\n  a: |+\n    text\n\n\n",
        "sources: {a: {x: 1}, b: [1, 2]} # flow\n",
        "sources: {\n  a: {x: 1}, # one\n  b: 2, # two\n}\n",
        "{sources: {}}\n",
        "{sources: {a: 1}}",
        "sources: {} # none yet\n# the end\n",
        "sources: # none yet\nother: 1\n",
        "sources:\nother: 1\n",
        "sources: null\n",
        "sources: ~ # none\n",
        "# nothing\n",
        "",
        "{}\n",
        "other: 1\n",
        "\ufeffsources:\n  a: 1\n",
        "x: &one {y: 1}\nsources:\n  a: *one\n  b: *one # the last\nz: 1\n",
        "sources:\n  a: &one\n    y: 1\n  b: *one\n",
        "sources:\n  a:\n  - 1\n  - {y: 2} # two\nz: 1\n",
        "sources:\n  a:\n# the end\n",
        "---\nsources:\n  a: 'it''s'\n...\n",
        'sources:\n  a: "two\n    lines"\n  # the end\n',
        "sources:\n  a: plain\n    goes on\nz: 1\n",
    ],
)
def test_an_entry_is_added_and_all_else_stays(text: str) -> None:
    made = entered(text, "sources", "t")
    before = load_yaml(text.removeprefix("\ufeff")) or {}
    assert load_yaml(made) == before | {"sources": (before.get("sources") or {}) | {"t": ENTRY}}
    kept = text if before.get("sources") else re.sub(r"(: )?(\{\}|null|~)", "", text)
    rest = iter(made)
    assert all(mark in rest for mark in kept)
    assert ("\r\n" in text) == ("\r\n" in made)
    assert "\r\n" not in text or made.count("\n") == made.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "x: &one {a: 1}\nsources: *one\n",
        "x: &one {a: 1}\nsources:\n  <<: *one\n",
        "x: &one {a: 1}\nsources:\n  <<: *one\n  b: 1\n",
        "sources: &one\n  a: 1\ny: *one\n",
        "sources: !!map {a: 1}\n",
        "sources: [1]\n",
        "sources: text\n",
        "[1]\n",
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_lines(text: str) -> None:
    with pytest.raises(TagledgerError) as error:
        entered(text, "sources", "t")
    assert "data/sources.yaml" in str(error.value.where)
    assert "location: data/files/t/1" in error.value.hint


def test_an_entry_that_is_there_is_refused() -> None:
    with pytest.raises(TagledgerError, match="already"):
        entered("sources:\n  t: 1\n", "sources", "t")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a:\n  b: x # why\n", "a:\n  b: y # why\n"),
        ("a:\n  b: 'x'\n  c: 1\n", "a:\n  b: y\n  c: 1\n"),
        ("a: {c: 1, b: x}\n", "a: {c: 1, b: y}\n"),
        ("a:\n  b: null # why\n", "a:\n  b: y # why\n"),
        ("a:\n  b: # why\n", "a:\n  b: y # why\n"),
        ("a:\n  b:\n", "a:\n  b: y\n"),
        ("a:\n  c: 1\nd: 2\n", "a:\n  c: 1\n  b: y\nd: 2\n"),
        ("d: 2\n", "d: 2\na: {b: y}\n"),
        ("a:\r\n  b: x\r\n", "a:\r\n  b: y\r\n"),
        ("a: {b: x}", "a: {b: y}"),
    ],
)
def test_a_value_is_set(text: str, made: str) -> None:
    assert load_yaml(valued(text, "y", "a", "b")) == load_yaml(made)
    assert valued(text, "y", "a", "b") == made or text == "d: 2\n"


def test_a_value_that_is_set_stays_as_it_is_written() -> None:
    assert valued("a: {b: 'x'}", "x", "a", "b") == "a: {b: 'x'}"


@pytest.mark.parametrize(
    "text",
    [
        "a:\n  b: &one x\nc: *one\n",
        "c: &one x\na:\n  b: *one\n",
        "a:\n  b: [1]\n",
        "a: x\n",
        "a:\n  b: !!str x\n",
    ],
)
def test_a_value_that_is_more_than_that_is_refused(text: str) -> None:
    with pytest.raises(TagledgerError) as error:
        valued(text, "y", "a", "b")
    assert "b: y" in error.value.hint


def test_the_sources_of_this_repository_take_an_entry_anywhere() -> None:
    text = (REPOSITORY / "data/sources.yaml").read_text("utf-8")
    for source in ("sample", "madewithml"):
        made = entered(text, "sources", source, "snapshots", "2030-01-01")
        assert [one for one in text.splitlines() if one not in made.splitlines()] == []
        assert load_yaml(made)["sources"][source]["snapshots"]["2030-01-01"] == ENTRY


WORDS = st.text(max_size=12) | st.sampled_from(
    ["no", "010", "1e5", "2026-01-01", "null", "~", "=", "<<", "a: b", "- x", "#", "*a", "&b", "!c"]
)
PLAIN = WORDS | st.none() | st.booleans() | st.integers(-(2**40), 2**40)


def writable(text: str) -> bool:
    return all(mark.isprintable() or mark in "\n\t" for mark in text)


@given(st.recursive(PLAIN, lambda inner: st.dictionaries(WORDS, inner, max_size=3), max_leaves=9))
def test_whatever_is_written_is_read_back(value: Any) -> None:
    assert load_yaml(flow(value)) == value or value == {}
    if isinstance(value, dict):
        assert (load_yaml(block(value)) or {}) == value


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document of sources with comments, empty lines, quotes and braces."""
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    comments = st.sampled_from(["", "", " # why", " # a: b", "  # {x}"])
    above = st.sampled_from(["", "", "\n", "  # of this one\n", "# left\n", "        # deep\n"])
    step = draw(st.integers(1, 4))
    lines = ["# head\n", f"sources:{draw(comments)}\n"]
    for number in range(draw(st.integers(1, 3))):
        lines.append(draw(above))
        lines.append(f"{' ' * step}s{number}:{draw(comments)}\n")
        for name in ("x", "snapshots"):
            margin = " " * 2 * step
            inner = draw(st.sampled_from(["{a: 1}", "'q'", '"r" ', "plain words", "[1, {b: 2}]"]))
            lines.append(draw(above))
            if name == "x":
                lines.append(f"{margin}x: {inner}{draw(comments)}\n")
            else:
                lines.append(f"{margin}snapshots:{draw(comments)}\n")
                lines.append(f"{margin}{' ' * step}one: {inner}{draw(comments)}\n")
    lines.append(draw(st.sampled_from(["", "# tail\n", "\n\n", "last: 1\n", "last: 1"])))
    return "".join(lines).replace("\n", ending)


@given(documents(), st.integers(0, 2), WORDS.filter(writable))
def test_every_other_byte_stays(text: str, number: int, name: str) -> None:
    document = load_yaml(text)
    source = f"s{number % len(document['sources'])}"
    if name in document["sources"][source]["snapshots"]:
        return
    made = entered(text, "sources", source, "snapshots", name)
    at = next(at for at in range(len(made)) if made[at : at + 1] != text[at : at + 1])
    grown = len(made) - len(text)
    # One piece was put in: without it, the document is as it was.
    assert any(made[:cut] + made[cut + grown :] == text for cut in range(at + 1))
    document["sources"][source]["snapshots"][name] = ENTRY
    assert load_yaml(made) == document


@given(WORDS.filter(writable))
def test_a_single_value_stands_in_braces_too(word: str) -> None:
    assert load_yaml(f"{{a: {scalar(word)}, b: 1}}") == {"a": word, "b": 1}
