"""Names and texts that a browser could take for more: they are shown to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from tagledger.params import FilterParams
from tagledger_dashboard import ui
from tests.dashboard.conftest import Open
from tests.dashboard.ledger import Ledger, State

NAMES = [
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "$x$",
    ":red[x]",
    ":smile:",
    "# a",
    "`b`",
    "a\x9b\u202e\u2066b",
]
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


@pytest.mark.parametrize("escape", [ui.escape, ui.with_code])
@pytest.mark.parametrize("text", [name for name in NAMES if "`" not in name])
def test_escaped_text_is_shown_to_the_letter(escape, text: str) -> None:
    (block,) = MarkdownIt("commonmark").parse(escape(text))[1:2]
    assert {child.type for child in block.children or ()} <= {"text", "text_special"}
    shown = "".join(child.content for child in block.children or ()).replace("\u2060", "")
    assert shown == " ".join(STEERING.sub(" ", text).split()) or "  " in shown
    # Streamlit's own marks are made of these, and are escaped, too.
    assert not re.search(r"(?<!\\)[$\[\]<`]", escape(text))
    assert not STEERING.search(escape(text))


def test_a_table_is_steady_and_else_the_same() -> None:
    frame = pd.DataFrame(
        {
            "tag": pd.Categorical(["a\x9b", "b"]),
            "tags": [["x\u202e", "y"], []],
            "text": pd.Series(["c\u2028", "d"], dtype="str"),
            "n": [1, 2],
        }
    )
    shown = ui.printable(frame)
    assert shown["tag"].tolist() == ["a ", "b"]
    assert shown["tags"].tolist() == [["x ", "y"], []]
    assert shown["text"].tolist() == ["c ", "d"]
    assert shown["n"].dtype == "int64"
    plain = frame.iloc[1:]
    assert ui.printable(plain[["text", "n"]]) is not None
    fine = pd.DataFrame({"text": ["a", "b"], "n": [1, 2]})
    assert ui.printable(fine) is fine


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile") / "repo"
    ledger = Ledger(root)
    for tag, names in (("v1.0.0", NAMES), ("v1.1.0", NAMES[::-1])):
        rows = [
            {
                "id": n,
                "created_on": "2024-01-01",
                "title": NAMES[n % len(NAMES)],
                "description": f"{'word ' * n}",
                "tags": [names[n % 8], names[(n + 1 + len(tag) % 2) % 8], "plain"],
            }
            for n in range(1, 25)
        ]
        state = State(rows, [{"tag": "plain"}], filter=FilterParams(include="all", min_tag_count=2))
        ledger.release(state, tag, f"subject {NAMES[0]} \x9b\u202e")
    return root


@pytest.mark.parametrize("page", ["overview", "changes", "tags"])
def test_no_page_takes_a_name_for_markdown(page: str, hostile: Path, open_page: Open) -> None:
    app = open_page(hostile, page, base="v1.0.0", target="v1.1.0")
    assert not app.exception
    texts = [
        element.value
        for kind in ("markdown", "caption", "info", "warning", "error", "success")
        for element in getattr(app, kind)
    ]
    assert texts
    for text in texts:
        assert not STEERING.search(text), text
        own = text.replace(":red[:material/cancel:]", "")  # the mark of a finding
        assert not re.search(r"(?<!\\)(<img|\]\(javascript|\$x|:red\[)", own), text
    for element in app.dataframe:
        cells = element.value.select_dtypes(["object", "str", "category"]).astype(str)
        assert not any(STEERING.search(cell) for cell in cells.to_numpy().ravel())
