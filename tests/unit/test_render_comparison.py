"""One comparison in text, Markdown, JSON and CSV.

The golden files in tests/golden/ are what people see. When a change of them is meant, write them
anew and read the difference:

    UPDATE_GOLDEN=1 python -m pytest tests/unit/test_render_comparison.py
    git diff tests/golden
"""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docs.causes import SCHEMAS, with_causes
from tagledger import dataset as dataset_module
from tagledger import versions as versions_module
from tagledger.cli import app
from tagledger.compare import in_words
from tagledger.compare.cause_table import CAUSES, TABLE
from tagledger.compare.compare import compare
from tagledger.compare.result import Comparison
from tagledger.errors import TagledgerError
from tagledger.kept import output
from tagledger.release.gates import GateResult
from tagledger.render.comparison_csv import comparison_tables, defused, write_comparison
from tagledger.render.comparison_json import comparison_document
from tagledger.render.comparison_markdown import ITEMS, code, comparison_markdown
from tagledger.render.comparison_text import print_comparison
from tagledger.words import percent, plain, q_value, signed
from tests.factories import taxonomy
from tests.sides import version

GOLDEN = Path(__file__).parents[1] / "golden"
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "compare.schema.json").read_text())
GATES = [
    GateResult("max_train_to_test", 3, 0, "items", holds=False),
    GateResult("max_tags_vanished", 0, 2, "tags", holds=True),
]
HOSTILE = [
    "=HYPERLINK(1)",
    "</code><script>alert(1)</script>",
    "| cell | @someone #12 https://example.org www.example.org a@example.org",
    "**bold** `tick` [link](https://example.org) ![image](x) <b>tag</b> &lt; \\",
    "\x1b[31mred\x1b[0m \u202eright to left",
    "two\nlines\r\n- list",
    "[red]markup[/red]",
]


@cache
def made(*, hostile: bool = False) -> Comparison:
    """Two versions between which a little of everything happens."""
    entries = taxonomy(
        {
            "computer-vision": {"aliases": ["cv"]},
            "natural-language-processing": {},
            "recommendation-systems": {},
            "recommender-systems": {},
            "time-series": {},
            "pytorch": {},
        }
    )
    title = HOSTILE[0] if hostile else "A Project that Finds Something in a Great Many Pictures"
    extra = HOSTILE if hostile else []
    before = [
        {
            "id": number,
            "title": f"{title} {number}",
            "tags": [
                *["computer-vision"] * (number % 2),
                *["cv"] * (number % 5 == 0),
                *["recommender-systems"] * (number % 4 == 0),
                *["natural-language-processing"] * (number % 3 == 0),
                *["time-series"] * (number < 4),
                *["a-tag-of-a-great-many-letters-that-no-line-is-wide-enough-for"] * (number > 36),
                "pytorch",
            ],
        }
        for number in range(1, 41)
    ]
    after = [
        {
            **row,
            "tags": [
                *(
                    "recommendation-systems" if tag == "recommender-systems" else tag
                    for tag in row["tags"]
                    if row["id"] != 9 or tag != "computer-vision"
                ),
                *["time-series"] * (row["id"] == 10),
                *extra,
            ],
        }
        for row in before
        if row["id"] not in {5, 7}
    ]
    after[3]["description"] = "new"
    after += [
        {"id": number, "title": f"{title} {number}", "tags": ["pytorch", "time-series"]}
        for number in range(41, 46)
    ]
    lists = {"include": "all", "min_tag_count": 4}
    a = version(before, "v1.0.0", entries=entries, keep=lists)
    b = version(
        after,
        HOSTILE[1] if hostile else "v1.1.0",
        entries=entries,
        keep=lists,
        set_aside=[(46, "7", "created_on unreadable")],
        resolve_aliases=True,
    )
    for dataset, turn in ((a, 0), (b, 3)):
        ids = dataset.filtered_labels["id"].drop_duplicates().reset_index(drop=True)
        # Items 1 to 3 of each ten go from train to test, and as many from val to train.
        names = ["test", "train", "val"] if turn else ["train", "val", "test"]
        split = ids.map(lambda each, names=names: names[(each % 10) // 4] if each < 14 else "train")
        dataset.assignments = pd.DataFrame({"id": ids, "split": split.astype("str")})
    return compare(a.side("filtered"), b.side("filtered"), "filtered")


def rounded(value: Any) -> Any:
    """Numbers to nine digits, which agree on all machines."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **options: Any
) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    print_comparison(options.pop("found", None) or made(), **options)
    return "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"


def document(found: Comparison, **options: Any) -> Any:
    """The JSON document as a reader has it."""
    made = comparison_document(found, **options)
    return json.loads(orjson.dumps(made, option=orjson.OPT_SERIALIZE_NUMPY))


# What people see.


def test_text_is_as_agreed_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed(capsys, monkeypatch, items=True, gates=GATES)
    assert max(map(len, text.splitlines())) <= 80
    check_golden("compare.txt", text)


def test_markdown_is_as_agreed_on() -> None:
    check_golden("compare.md", comparison_markdown(made(), items=True, gates=GATES))


def test_json_is_as_agreed_on() -> None:
    found = rounded(document(made(), items=True, gates=GATES))
    check_golden("compare.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def test_csv_is_as_agreed_on(tmp_path: Path) -> None:
    write_comparison(made(), tmp_path)
    for name in ("summary.csv", "relabelled.csv", "renames.csv", "causes.csv"):
        check_golden(f"compare-{name}", (tmp_path / name).read_text())


# The sentence that comes first.

STILL = "the mix of tags changed no more than chance explains."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "Nothing changed."),
        ({"text_changed": 1}, "No label changed; 1 item got a new text."),
        (
            {"added": 1},
            f"1 item was added; {STILL}",
        ),
        (
            {"added": 2, "removed": 1},
            f"2 items were added and 1 removed; {STILL}",
        ),
        (
            {"entered": 1, "dropped": 2},
            f"1 kept item entered the filtered layer and 2 dropped out of it; {STILL}",
        ),
    ],
    ids=["nothing", "text", "item", "items", "entered and dropped"],
)
def test_the_verdict_is_one_sentence(change: dict[str, int], expected: str) -> None:
    same = version({1: ["t"], 2: ["t"]}).side("filtered")
    found = compare(same, same, permutations=19)
    assert in_words.verdict(replace(found, items=replace(found.items, **change))) == expected


def test_the_verdict_names_the_main_reason_and_what_is_beyond_chance() -> None:
    a = version({item: ["t", "u"] for item in range(40)})
    b = version({item: ["v", "u"] if item else ["u"] for item in range(40)})
    assert in_words.verdict(compare(a.side("filtered"), b.side("filtered"))) == (
        "Of 40 kept items, 1 relabelled; 1 rename (39 items): t → v; "
        "2.5 % of the kept items were relabelled, because labels were edited in the source; "
        "the mix of tags changed no more than chance explains."
    )


def test_items_that_dropped_and_tags_that_crossed_are_said_in_every_form(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tags_of = {item: ["natural-language-processing"] if item < 29 else ["y"] for item in range(90)}
    a, b = (version(tags_of, keep={"min_tag_count": least}) for least in (25, 30))
    found = compare(a.side("filtered"), b.side("filtered"), permutations=19)
    text = printed(capsys, monkeypatch, found=found)
    assert "29 kept items dropped out of the filtered layer" in " ".join(text.split())
    assert "labelled  90  61  kept items: 29 dropped\n" in text
    assert re.search(
        "natural-language-processing +29 +0 +\u221229 +crossed +\u22121.21 +threshold", text
    )
    assert "a tag that crossed the threshold is not tested" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    markdown = comparison_markdown(found)
    assert "| labelled | 90 | 61 | kept items: 29 dropped |" in markdown
    assert "| 29 | 0 | \u221229 | crossed the threshold | \u22121.21 | threshold |" in markdown
    one = document(found)
    jsonschema.Draft202012Validator(SCHEMA).validate(one)
    assert (one["items"]["dropped"], one["items"]["layer_b"]) == (29, 61)
    crossed = {row["tag"]: (row["crossed"], row["q_kept"]) for row in one["tags"]}
    assert crossed == {"natural-language-processing": ("threshold", None), "y": (None, None)}
    untested = {row["tag"]: row["untested"] for row in one["tags"]}
    assert untested == {"natural-language-processing": "crossed", "y": "too_few_changes"}
    write_comparison(found, tmp_path)
    (summary,) = csv.DictReader((tmp_path / "summary.csv").read_text().splitlines())
    assert (summary["items_dropped"], summary["items_entered"]) == ("29", "0")


def test_every_way_of_crossing_has_its_words() -> None:
    ways = SCHEMA["properties"]["tags"]["items"]["properties"]["crossed"]["enum"]
    assert {*in_words.CROSSED, None} == set(ways)


def test_a_tag_with_too_few_changes_is_said_to_have_in_every_form(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tags_of = {item: ["x" if item < 20 else "y"] for item in range(90)}
    a, b = (version(one).side("filtered") for one in (tags_of, tags_of | {0: ["y"], 1: ["y"]}))
    found = compare(a, b, permutations=19)
    text = printed(capsys, monkeypatch, found=found)
    assert re.search("x +20 +18 +\u22122 +too few", text)
    assert "too few: too few changes to test" in " ".join(text.split())
    # Points on kept items with their interval, and what x could have shown.
    assert re.search(r"x +\u22122\.2 \(\u2212\d\.\d to \+\d\.\d\) +\u2013 +6\n", text)
    assert "| 20 | 18 | \u22122 | too few changes to test |" in comparison_markdown(found)
    assert {row["untested"] for row in document(found)["tags"]} == {"too_few_changes"}


def test_every_cause_has_its_words() -> None:
    assert set(in_words.BECAUSE) == set(SCHEMA["$defs"]["cause"]["enum"])
    assert all(all(entry) for entry in TABLE.values())


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_cause_is_in_the_schemas(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert with_causes(text) == text, "run `make keys`"
    assert json.loads(text)["$defs"]["cause"]["enum"] == list(CAUSES)


def test_a_move_from_train_to_test_is_an_alarm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert made().train_to_test > 0
    alarm = f"{made().train_to_test} items moved from train to test"
    assert f"ALARM  {alarm}" in printed(capsys, monkeypatch)
    assert f"> [!CAUTION]\n> {alarm}" in comparison_markdown(made())
    advice = "next: `tagledger freeze v1.0.0`, then `dvc repro`"
    assert advice in printed(capsys, monkeypatch)
    assert "<code>tagledger freeze v1.0.0</code>" in comparison_markdown(made())
    # The work tree is no version that could be frozen.
    assert "freeze" not in printed(capsys, monkeypatch, found=replace(made(), a="workspace"))
    moved = made().moved
    calm = replace(made(), moved=moved[moved["split_b"] != "test"])
    assert "ALARM" not in printed(capsys, monkeypatch, found=calm)
    assert "CAUTION" not in comparison_markdown(calm)


def test_versions_that_are_the_same_have_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    side = version({1: ["t"]}).side("filtered")
    found = compare(side, side, permutations=1)
    text = printed(capsys, monkeypatch, found=found, items=True)
    assert text.split("\n") == ["v1 → v1, filtered layer", "Nothing changed.", "", ""]
    assert comparison_markdown(found, items=True).count("\n\n") == 1
    assert all(not len(rows) for name, rows in comparison_tables(found).items() if "ed.csv" in name)
    jsonschema.validate(document(found, items=True), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_tags_of_renames_are_not_told_twice() -> None:
    tags, more = in_words.top_tags(made(), 1)
    assert len(tags) == 1
    renamed = {tag for rename in made().renames for tag in (*rename.before, *rename.after)}
    assert renamed
    everything, none = in_words.top_tags(made(), 1_000)
    assert none == 0
    assert len(everything) == 1 + more > 1
    assert not renamed & set(everything["tag"])
    assert everything["effect"].abs().is_monotonic_decreasing


def test_of_very_many_relabelled_items_markdown_shows_the_first() -> None:
    a = version({item: ["t"] for item in range(ITEMS + 5)})
    b = version({item: ["t", "u"] for item in range(ITEMS + 5)})
    text = comparison_markdown(compare(a.side("clean"), b.side("clean"), "clean"), items=True)
    assert text.count("<code>t</code>, **+** <code>u</code>") == ITEMS
    assert "- and 5 more:" in text


# Machines.


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("items", [False, True])
def test_json_is_as_its_schema_says(items: bool, hostile: bool) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    found = document(made(hostile=hostile), items=items, gates=GATES)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert ("relabelled_items" in found) == ("text_changed_items" in found) == items


def test_json_agrees_with_the_comparison() -> None:
    found, told = made(), document(made(), items=True)
    assert told["items"]["relabelled"] == found.items.relabelled == len(told["relabelled_items"])
    assert told["items"]["text_changed"] == len(told["text_changed_items"]) == 1
    for tag in told["tags"]:
        assert sum(c["gained"] - c["lost"] for c in tag["causes"].values()) == tag["change"]
    changed = sum(cause["gained"] + cause["lost"] for cause in told["causes"].values())
    assert changed == len(found.changes)
    assert {"alias_or_spelling", "source_edited", "set_aside", "threshold"} <= set(told["causes"])
    assert told["labels"]["b"] - told["labels"]["a"] == sum(tag["change"] for tag in told["tags"])


def test_a_number_that_is_not_defined_is_null() -> None:
    side = version({1: ["t"]}).side("filtered")
    told = document(compare(side, side, permutations=1))
    assert told["imbalance"]["a"]["scumble_cv"] is None
    assert told["tags"][0]["q_rest"] is None


# Other people's text.


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_only_the_text(text: str) -> None:
    assert_only_code(f"x {code(text)} y", [text])
    assert_only_code(f"| a | b |\n|---|---|\n| {code(text)} | {code(text)} |", [text, text])


def test_code_holds_no_address() -> None:
    # These need an extension of Markdown, which GitHub has.
    assert "www&#46;example.org" in code("www.example.org")
    assert "&#58;//" in code("https://example.org")
    assert "a&#8203;&#64;b" in code("a@b")


@given(st.text())
def test_any_code_is_only_the_text(text: str) -> None:
    assert_only_code(f"x {code(text)} y", [text])


def assert_only_code(markdown: str, texts: list[str]) -> None:
    """In the Markdown there is nothing but paragraphs, tables and code with these texts."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "html_inline", "text_special", "softbreak"}
    assert {c.content for c in inline if c.type == "html_inline"} == {"<code>", "</code>"}
    assert {t.type for t in tokens} <= {"inline", "paragraph_open", "paragraph_close"} | {
        f"{part}_{end}"
        for part in ("table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    }
    found: list[str] = []
    inside = False
    for child in inline:
        if child.type == "html_inline":
            inside = child.content == "<code>"
            found += [""] if inside else []
        elif inside:
            found[-1] += child.content
    assert [each.replace("\u200b@", "@") for each in found] == [plain(text) for text in texts]


def test_hostile_text_is_only_text_in_markdown() -> None:
    text = comparison_markdown(made(hostile=True), items=True, gates=GATES)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    html = {child.content for child in inline if child.type == "html_inline"}
    html |= {token.content.split(">")[0] for token in tokens if token.type == "html_block"}
    assert html <= {"<code>", "</code>", "<details", "</details"}
    assert not {"link_open", "image", "em_open", "code_inline"} & {child.type for child in inline}
    assert "@someone" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_hostile_text_steers_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed(capsys, monkeypatch, found=made(hostile=True), items=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]markup[/red]" in text
    assert max(map(len, text.splitlines())) <= 80


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '"=1', "'=1", ' "=1', "\uff1d1", "\n=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    frame = pd.DataFrame({"tag": pd.Series([text], dtype="str"), "change": [-1]})
    assert defused(frame).to_numpy().tolist() == [["'" + text, -1]]
    assert defused(frame.astype({"tag": "category"}))["tag"].tolist() == ["'" + text]


@pytest.mark.parametrize("text", ["c++", "a=b", "time-series", "r", "", "'quoted'", "3-d"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert defused(pd.DataFrame({"tag": pd.Series([text], dtype="str")}))["tag"].tolist() == [text]


def test_no_cell_of_any_file_is_a_formula(tmp_path: Path) -> None:
    written = write_comparison(made(hostile=True), tmp_path)
    assert [path.name for path in written] == sorted(comparison_tables(made()))
    cells = 0
    for path in written:
        assert not any(part in path.read_text() for part in ("nan", "None"))
        with path.open(newline="") as file:
            head, *rows = csv.reader(file)
        for row in rows:
            assert len(row) == len(head)
            for cell in row:
                cells += 1
                number = re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)
                assert number or not re.match(r"[=+\-@\t\r]", cell), (path.name, cell)
    assert cells > 100


def test_csv_files_are_all_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    tables = dict(comparison_tables(made()))
    tables["zz.csv"] = None  # the last of them cannot be written
    monkeypatch.setattr("tagledger.render.comparison_csv.comparison_tables", lambda found: tables)
    with pytest.raises(AttributeError):
        write_comparison(made(), folder)
    assert list(folder.iterdir()) == []


def test_csv_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TagledgerError, match="a file, not a folder"):
        write_comparison(made(), tmp_path / "file")


# Numbers.


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (signed(0), "±0"),
        (signed(1234), "+1,234"),
        (signed(-3), "\u22123"),
        (signed(-0.001, 2), "±0.00"),
        (signed(float("nan")), "\u2013"),
        (percent(0, 1), "0.0 %"),
        (percent(0.0004, 1), "<0.1 %"),
        (percent(0.031, 1), "3.1 %"),
        (percent(0.24), "24 %"),
        (percent(1), "100 %"),
        (q_value(0.0001), "<0.001"),
        (q_value(0.042), "0.042"),
        (q_value(1), "1"),
        (plain("a\x1b[1m\tb\n"), "a [1m b"),
    ],
)
def test_numbers_and_text_are_short(found: str, expected: str) -> None:
    assert found == expected


# The command.


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    asked: list[Any] = []

    def compare_datasets(*names: str) -> Comparison:
        asked.append(names)
        return made()

    monkeypatch.setattr(versions_module, "find_versions", lambda repository, names: names)
    monkeypatch.setattr(dataset_module, "Dataset", lambda repository, version: version)
    monkeypatch.setattr(dataset_module, "compare_datasets", compare_datasets)
    # Nothing is kept for these made-up versions.
    monkeypatch.setattr(output, "in_question", str)
    monkeypatch.setattr(
        output, "print_kept", lambda repository, question, print_new: print_new().code
    )

    def run(*words: str) -> Any:
        result = CliRunner().invoke(app, ["compare", *words], catch_exceptions=False)
        result.asked = asked
        return result

    return run


def test_the_command_compares_with_the_workspace_unless_told(command: Any) -> None:
    result = command("v1.0.0")
    assert result.asked == [("v1.0.0", "workspace", "filtered")]
    assert result.stdout.startswith("v1.0.0 → v1.1.0, filtered layer")
    assert command("a", "b", "--layer", "raw").asked[-1] == ("a", "b", "raw")


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_the_command_prints_json(command: Any, words: list[str]) -> None:
    assert json.loads(command("a", *words).stdout)["format"] == 4
    assert "relabelled_items" in json.loads(command("a", "--items", *words).stdout)


def test_the_command_prints_markdown(command: Any) -> None:
    assert command("a", "--format", "md", "--items").stdout == comparison_markdown(
        made(), items=True
    )


def test_the_command_writes_csv(command: Any, tmp_path: Path) -> None:
    result = command("a", "--csv", str(tmp_path / "out"), "--json")
    assert json.loads(result.stdout)["format"] == 4
    assert f"wrote {len(list((tmp_path / 'out').iterdir()))} files" in result.stderr


def test_the_command_knows_its_options(command: Any) -> None:
    assert command("a", "--layer", "muddy").exit_code == 2
    assert command("a", "--format", "xml").exit_code == 2
