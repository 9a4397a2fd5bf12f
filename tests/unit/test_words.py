"""One word for one thing: the words that GLOSSARY.md decided against are in no text and no name."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from tagledger.cli import app

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "GLOSSARY.md"
CODE = ("src", "dashboard/tagledger_dashboard", "schemas")
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "docs/*.md",
    "docs/labelling/*.md",
    "docs/decisions/*.md",
    ".github/*.md",
    ".github/ISSUE_TEMPLATE/*.yml",
    "dashboard/tagledger_dashboard/labelling/browser/*.js",
    "dashboard/tagledger_dashboard/labelling/browser/*.html",
)
SETTINGS = ("params.yaml", "dvc.yaml")

# Names that have a word that lost: where (the beginning of a path; empty for everywhere), the name,
# and why it may stay.
ALLOWED = (
    ("", "max_quarantined", "a key of params.yaml, which old versions have too"),
    ("", "label_rows_quarantined", "a key of data/clean/rows.json, which old versions have too"),
    ("src/", "quarantined", "a key of rows.json and metrics.json, which old versions have too"),
    ("CONTRIBUTING.md", "UPDATE_GOLDEN", "a setting of the tests"),
    ("CONTRIBUTING.md", "tests/golden", "a folder"),
    ("src/tagledger/release/release.py", "today", "the day of the calendar"),
    ("src/tagledger/starting/texts.py", "data/annotations/.gitkeep", "where events are"),
    ("src/tagledger/annotation_tools/spreadsheet/names.py", "labeller", "a column's name"),
)
_SUMMARY = re.compile(r"<!-- summary:begin -->.*?<!-- summary:end -->", re.DOTALL)


def words_that_lost(glossary: str) -> dict[str, str]:
    """By each word of the columns `not`, the word that won.

    A cell has words with commas between them. A word with a bracket behind it lost in that sense
    only: a test cannot tell senses apart, so it is left to the reader.
    """
    lost: dict[str, str] = {}
    columns: list[str] = []
    for line in glossary.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
        elif "not" in columns and not set(line) <= set("|- :"):
            row = dict(zip(columns, cells, strict=True))
            for word in filter(None, map(str.strip, row["not"].split(","))):
                if not word.endswith(")"):
                    lost[word] = row["word"]
    return lost


def pattern(word: str) -> re.Pattern[str]:
    """Finds a word or its plural, also as a part of a name such as `rows_rejected`."""
    spaced = re.escape(word).replace(r"\ ", r"[\s_]+").replace(r"\-", r"[-\s_]?")
    return re.compile(rf"(?<![a-z]){spaced}s?(?![a-z])", re.IGNORECASE)


def texts_of_code(code: str) -> Iterator[tuple[int, str]]:
    """Line and text of each string and each name that a module defines; no docstrings."""
    nodes = [*ast.walk(ast.parse(code))]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield node.lineno, node.value
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def descriptions(node: object) -> Iterator[str]:
    """The texts and the names of fields of a JSON schema."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from descriptions(value)
    elif isinstance(node, list):
        for value in node:
            yield from descriptions(value)
    elif isinstance(node, str):
        yield node


def helps(group: click.Group = app) -> Iterator[str]:
    """What `--help` says of each command, and of the commands of a group."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from helps(command)
        yield command.help or ""
        for parameter in command.params:
            yield getattr(parameter, "help", None) or ""


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of all that people read, and of the names in the code."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, text in texts_of_code(path.read_text("utf-8")):
                yield f"{path.relative_to(ROOT)}:{line}", text
    for pattern_of_names in (*DOCUMENTS, *SETTINGS):
        for path in sorted(ROOT.glob(pattern_of_names)):
            # The summary is output of the code, whose strings are looked through.
            whole = _SUMMARY.sub("", path.read_text("utf-8"))
            for text in whole.splitlines():
                yield str(path.relative_to(ROOT)), text
    for path in sorted((ROOT / "docs").glob("*.schema.json")):
        for text in descriptions(json.loads(path.read_text("utf-8"))):
            yield str(path.relative_to(ROOT)), text
    for text in helps():
        yield "tagledger --help", text


@cache
def every_text() -> list[tuple[str, str]]:
    return list(texts())


def without_allowed(where: str, text: str) -> str:
    """A text without the names of `ALLOWED`; a name in a sentence has a sign that words lack."""
    for path, name, _ in ALLOWED:
        is_no_word = any(sign in name for sign in "_ /")
        if where.startswith(path) and (is_no_word or name in {text, text.lower()}):
            text = text.replace(name, "")
    return text


def breaches(found: Iterable[tuple[str, str]], lost: dict[str, str]) -> list[str]:
    """Each text with a word that lost, where it may not stand."""
    patterns = {word: pattern(word) for word in lost}
    # Most texts have none of the words, which one search sees.
    starts = re.compile("|".join(re.split(r"[ -]", word)[0] for word in lost), re.IGNORECASE)
    return [
        f"{where}: {word!r} in {text[:80]!r}: say {lost[word]!r}"
        for where, text in found
        if starts.search(text)
        for word, regex in patterns.items()
        if regex.search(without_allowed(where, text))
    ]


def test_no_text_and_no_name_has_a_word_that_lost() -> None:
    assert breaches(every_text(), words_that_lost(GLOSSARY.read_text("utf-8"))) == []


def test_each_document_is_there() -> None:
    assert [name for name in (*DOCUMENTS, *SETTINGS) if not any(ROOT.glob(name))] == []


def test_every_allowed_name_is_needed() -> None:
    found = every_text()
    unused = [
        name
        for path, name, _ in ALLOWED
        if not any(where.startswith(path) and name.lower() in text.lower() for where, text in found)
    ]
    assert unused == []


LOST = {"rejected": "set aside", "cut-off": "threshold", "working copy": "workspace"}


@pytest.mark.parametrize(
    "text",
    [
        "3 rows were rejected",
        "Rejected: 3",
        "rows_rejected",
        "the cut-offs of both versions",
        "the cut off",
        "your working copy",
        "working_copy",
    ],
)
def test_a_word_that_lost_is_found(text: str) -> None:
    assert len(breaches([("src/planted.py:1", text)], LOST)) == 1


@pytest.mark.parametrize("text", ["rows were set aside", "unrejectedly", "a copy that is working"])
def test_other_words_are_no_breach(text: str) -> None:
    assert breaches([("src/planted.py:1", text)], LOST) == []


def test_a_name_is_allowed_in_its_place_only() -> None:
    lost = {"today": "workspace"}
    names = [("src/tagledger/release/release.py:1", "today"), ("src/tagledger/cli.py:1", "today")]
    sentence = [("src/tagledger/release/release.py:2", "as it is today")]
    assert [one.partition(":")[0] for one in breaches(names + sentence, lost)] == [
        "src/tagledger/cli.py",
        "src/tagledger/release/release.py",
    ]


def test_strings_and_names_of_code_are_looked_through_and_docstrings_are_not() -> None:
    code = """
def rejected(rows):
    'Of rejected rows.'
    count = f"{len(rows)} of them rejected"
    return Rejecter(rejected_rows=count).rejected
"""
    assert [text for _, text in texts_of_code(code)] == [
        "rejected",
        "rows",
        "count",
        " of them rejected",
    ]


def test_the_glossary_says_what_lost() -> None:
    table = (
        "| word | means | not |\n|---|---|---|\n| item | a row | sample (of data), data point |\n"
    )
    other = "\n| word | means |\n|---|---|\n| tag | a name |\n"
    assert words_that_lost(table + other) == {"data point": "item"}
