"""Columns of marks that follow one another, a tag each: 0 and 1, shares, counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagledger.guess import names
from tagledger.guess.candidate import MOST_WORDS, Candidate, subject_of
from tagledger.guess.facts import NUMBER, facts_of
from tagledger.guess.table import Column, Table

_MOST_VOTES = 50
_YES = {"1", "1.0", "true", "yes", "y", "x", "t", "ja", "oui", "si", "sí", "✓", "✔", "+"}
_NO = {"0", "0.0", "false", "no", "n", "", "f", "nein", "non", "-", "nan"}
# Words of columns of 0 and 1 that say how a row is, not what it is about.
_META_WORDS = """
is has was can should unclear verified closed deleted adult explicit spoiler active
enabled private public archived locked answered legendary premium paid free draft visible
hidden duplicate test train valid validation sponsored featured pinned nsfw done completed
read starred favorite favourite edited approved accepted resolved video split gold correct"""
_META = frozenset(_META_WORDS.split())


def indicators(table: Table) -> Iterator[Candidate]:
    """Columns of 0 and 1, or of shares, that follow one another: a tag each."""
    named: list[str] = table.extra.get("labels", [])
    if named:
        yield _of_indicators(table, [one for one in table.columns if one.name in named], 6.0)
        return
    for run in _runs(table):
        if len(run) > 1:
            yield _of_indicators(table, run, 1.6 + 0.3 * min(len(run), 8))


def _runs(table: Table) -> Iterator[list[Column]]:
    """The longest runs of columns with marks of one kind."""
    run: list[Column] = []
    kind = ""
    for column in table.columns:
        other = _marks(column)
        if _META & set(names.parts_of(subject_of(column.name))) or names.hints(column.name, "id"):
            other = ""
        if run and not _go_together(kind, other):
            yield run
            run = []
        if other:
            wider = ("share", "uncertain", "count")
            kind = next((x for x in wider if run and x in (kind, other)), other)
            run.append(column)
        else:
            kind = ""
    yield run


def _go_together(one: str, other: str) -> bool:
    return one == other or {one, other} in [{x, "mark"} for x in ("share", "uncertain", "count")]


def _marks(column: Column) -> str:
    """Which kind of marks a column has: truths, marks, shares, uncertain; empty for none."""
    values = {_lower(one) for one in column.values} - {"", "nan"}
    if column.lists or column.times > 1 or not values:
        return ""
    if values <= _YES | _NO:
        words = values & {"true", "false", "yes", "no", "x", "y", "n", "t", "f"}
        return "truth" if words else "mark"
    if not all(NUMBER.fullmatch(one) for one in values):
        return ""
    numbers = set(map(float, values))
    if numbers <= {-1.0, 0.0, 1.0}:
        return "uncertain"
    if all(0 <= one <= 1 for one in numbers):
        return "share"
    return "count" if _are_votes(column, numbers) else ""


def _are_votes(column: Column, numbers: set[float]) -> bool:
    """Whether numbers may count how many annotators gave a tag: small ones, and often none."""
    zeros = sum(_lower(one) in {"0", "0.0"} for one in column.values)
    whole = all(one >= 0 and one.is_integer() for one in numbers)
    against = any(names.hints(column.name, kind) for kind in ("score", "date", "id", "property"))
    return whole and max(numbers) <= _MOST_VOTES and zeros >= len(column.values) / 4 and not against


def _lower(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


_ASKS_OF_MARKS = {
    "share": (0.5, "from which share on is a tag a label? (`at_least`; 0.5 is a guess)"),
    "count": (1, "how many annotators must give a tag? (`at_least`; 1 is a guess)"),
    "uncertain": (1, "-1 may say that nobody knows: is it no label? (`at_least: 1`)"),
}
_WHAT_MARKS = {"share": "shares from 0 to 1", "count": "counts"}


def _of_indicators(table: Table, run: list[Column], base: float) -> Candidate:
    marks = {_marks(one) for one in run}
    kind = next((one for one in _ASKS_OF_MARKS if one in marks), "")
    least, question = _ASKS_OF_MARKS.get(kind, (1, ""))
    labels: dict[str, Any] = {"indicators": [one.name for one in run]}
    if kind:
        labels["at_least"] = least
    prefix = re.match(r".*\.", run[0].name)
    named: dict[str, str] = {}
    if prefix and all(one.name.startswith(prefix[0]) for one in run) and table.format != "csv":
        named = {one.name: one.name.removeprefix(prefix[0]) for one in run}
        labels["names"] = named
    if isinstance(table.extra.get("labels_file"), dict):
        labels["indicators"] = table.extra["labels_file"]
    cells = [
        [named.get(one.name, one.name) for one in run if _is_marked(one.values[at], least)]
        for at in range(table.rows)
    ]
    if any(names.hints(re.sub(r"\d+", " ", one.name), "person") for one in run):
        question = "each annotator seems to have columns of their own: whose labels count?"
    elif not question and _may_be_features(table):
        question = "are these columns labels, or features of the items?"
    return Candidate(
        labels,
        tuple(one.name for one in run),
        base + _score_of_marks(table, run, cells, kind),
        f"{len(run)} columns of {_WHAT_MARKS.get(kind, '0 and 1')}, side by side",
        (question,) if question else (),
        cells,
    )


def _may_be_features(table: Table) -> bool:
    """Whether nothing says that columns of 0 and 1 are labels: there is no text, and no list."""
    named = table.extra.get("labels") and not table.extra.get("unsure")
    return not named and not any(facts_of(one).words > 2 for one in table.columns)


def _score_of_marks(table: Table, run: list[Column], cells: list[list[str]], kind: str) -> float:
    """What speaks for columns of marks, and against them."""
    score = -0.8 * (kind == "count") - 0.7 * (len(run) == 2) - 2.0 * (not any(cells))
    prose = any(facts_of(one).words > MOST_WORDS for one in table.columns)
    if not prose and not table.extra.get("labels"):
        score -= 1.2
    above = run[0].name.rpartition(".")[0]
    return score + 3 * (bool(above) and names.is_exactly(subject_of(above), "tags"))


def _is_marked(value: Any, least: float) -> bool:
    text = _lower(value)
    if NUMBER.fullmatch(text):
        return float(text) >= least
    return text in _YES
