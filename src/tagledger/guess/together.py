"""All readings that tables allow: which is of items, which of labels, names, texts, a taxonomy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagledger.guess import names
from tagledger.guess.answers import NOTHING_SAID, Answers, fits, said_labels
from tagledger.guess.candidate import Candidate
from tagledger.guess.facts import facts_of
from tagledger.guess.items import Picked, differs, picked
from tagledger.guess.joins import (
    FROM_WHICH,
    confidence,
    files_of,
    fractions,
    labels_by_id,
    reading_of,
    texts_by_id,
    with_names,
    with_parts,
)
from tagledger.guess.label_guess import candidates
from tagledger.guess.table import Table
from tagledger.sources.labels import NONE

_ROLES = {"items": "items", "labels": "labels", "names": "names of codes", "text": "texts"}
_MOST = 12  # ways to read labels from one table
_KINDS = re.compile(r".*(type|kind|status|answer)(id)?", re.IGNORECASE)


@dataclass(frozen=True)
class Proposal:
    """A reading that tables allow.

    Attributes
    ----------
    reading
        As data/sources.yaml has it.
    score
        How likely it is.
    table, labels, items
        The table of items, and what was found in it.
    files
        What each file that it reads is for.
    questions
        What only a person can say.
    """

    reading: dict[str, Any]
    score: float
    table: Table
    labels: Candidate
    items: Picked
    files: dict[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What speaks for its labels."""
        return self.labels.why


def proposals(tables: Sequence[Table], said: Answers = NOTHING_SAID) -> list[Proposal]:
    """All readings that some tables allow, the likeliest first.

    Parameters
    ----------
    said
        What somebody said of them, which each of the readings keeps to.
    """
    tables = with_parts(tables)
    taxonomy = _taxonomy(tables)
    mulan = next((one for one in tables if "mulan" in one.extra), None)
    rest = [one for one in tables if one is not taxonomy and one is not mulan]
    possible = []
    for table in rest:
        for_labels = _with_mulan(table, mulan)
        others = [one for one in rest if one is not table]
        possible += [_with_taxonomy(one, taxonomy) for one in _of_items(for_labels, others, said)]
    possible = [one for one in possible if fits(said, one.items.columns)]
    return sorted(possible, key=lambda one: -one.score)


def _with_mulan(table: Table, mulan: Table | None) -> Table:
    if mulan is None or table.format != "arff":
        return table
    extra = {"labels": mulan.extra["mulan"], "labels_file": {"file": mulan.file}, "unsure": False}
    return replace(table, extra={**table.extra, **extra})


def _of_items(table: Table, others: Sequence[Table], said: Answers) -> Iterator[Proposal]:
    if table.format in {"lines", "names"} and not said.no_labels:
        yield from _lines_with_labels(table, others)
        return
    for one in said_labels(said, table, candidates(table)[:_MOST]):
        joined = "file" in one.labels
        for named in [one] if said.label_reading or said.no_labels else with_names(one, others):
            items = picked(table, named.columns, said)
            yield _proposal(table, named, items, others, joined=joined)
    items = picked(table, said=said)
    if "id" in items.columns and said.label_reading is None and not said.no_labels:
        ids = table.column(items.columns["id"])
        assert ids is not None  # it was picked
        for other in others:
            for one in labels_by_id(table, ids, other, [*others, table]):
                if said.label_column is None or said.label_column in one.columns:
                    yield _proposal(table, one, items, others, joined=True)


def _lines_with_labels(table: Table, others: Sequence[Table]) -> Iterator[Proposal]:
    """Texts, a line each, and labels of the same lines in another file."""
    for other in others:
        if other.format == "lines" and other.rows == table.rows and other.whole and table.whole:
            words = facts_of(table.columns[0]).words, facts_of(other.columns[0]).words
            if words[0] < 2 * words[1]:
                continue
            for one in candidates(other)[:3]:
                labels = dict(one.labels)
                of_file = {**reading_of(other), "align": "rows"}
                if "column" in labels:
                    of_file["tag"] = labels.pop("column")
                    of_file |= labels
                else:
                    of_file["each"] = labels
                named = replace(one, labels=of_file, score=one.score + 1.5)
                yield _proposal(
                    table, named, Picked({"text": "line"}, score=1.0), others, joined=True
                )


def _proposal(
    table: Table,
    one: Candidate,
    items: Picked,
    others: Sequence[Table],
    *,
    joined: bool = False,
) -> Proposal:
    reading = {**reading_of(table), "columns": dict(items.columns)}
    if items.date_format is not None:
        reading["date_format"] = items.date_format
    labels = dict(one.labels)
    questions = [*one.questions, *items.questions]
    score = one.score + items.score
    files = _roles(table, labels)
    if not joined:
        score += _in_long_form(table, one, items, labels, questions)
    score += _with_text_file(table, others, reading, files)
    where = _rows_that_count(table, items)
    if where:
        reading["where"] = where
    if table.rows < 2:
        score -= 2
    if _is_of_tags(table):
        score -= 2.5
    return Proposal(
        {"items": reading, "labels": labels or NONE},
        score,
        table,
        one,
        items,
        files,
        tuple(questions),
    )


def _is_of_tags(table: Table) -> bool:
    """Whether a table is named after tags: it holds what they are called."""
    own = table.extra.get("table") or table.source.get("records") or table.source.get("sheet")
    if own is None:
        own = re.sub(r"\.\w+$", "", table.file)
    word = re.split(r"[.\[]", str(own).removesuffix("[]"))[-1]
    return names.is_exactly(word, "tags") or names.is_exactly(f"x_{word}", "tags")


def _in_long_form(
    table: Table, one: Candidate, items: Picked, labels: dict[str, Any], questions: list[str]
) -> float:
    """What ids that repeat say: a row for each label, or for each annotator."""
    if not items.repeats or not labels:
        return 0.0
    ids = table.column(items.columns["id"])
    assert ids is not None  # it was picked
    where = confidence(table, one.columns)
    if where and "column" in labels:
        labels["where"] = where
    elif "column" in labels and (least := fractions(table, one.columns)):
        labels["at_least"] = least
        questions.append(FROM_WHICH.format(next(iter(least))))
    person = next(
        (
            x.name
            for x in table.columns
            if x.name not in {ids.name, *one.columns}
            and re.search(
                r"rater|annotator|worker|labell?er|coder|judge|completed_by|user",
                x.name,
                re.IGNORECASE,
            )
            and facts_of(x).distinct > 1
            and differs(table, ids.name, x.name)
        ),
        None,
    )
    if person is not None and "column" not in labels:
        labels |= {"votes": 1, "annotator": person}
        questions.append("how many annotators must give a label? (`votes`; 1 is a guess)")
        return 0.0
    if "column" in labels:
        others = [x.name for x in table.columns if x.name not in {ids.name, *one.columns}]
        same = [x for x in others if not differs(table, ids.name, x)]
        return 1.5 if len(same) >= len(others) / 2 else 0.5
    return -0.3


def _with_text_file(
    table: Table,
    others: Sequence[Table],
    reading: dict[str, Any],
    files: dict[str, str],
) -> float:
    """Give the items their texts of another file, where they have none of their own."""
    columns = reading["columns"]
    if "id" not in columns or "description" in columns:
        return 0.0
    text = columns.get("text")
    own = table.column(text) if isinstance(text, str) else None
    if own is not None and facts_of(own).words > 5:
        return 0.0
    ids = table.column(columns["id"])
    assert ids is not None  # it was picked
    free = [one for one in others if one.file not in files]
    texts = texts_by_id(table, ids, free)
    if texts is None:
        return 0.0
    other, key, prose = texts
    if own is not None:
        if facts_of(prose).words < facts_of(own).words:
            return 0.0
        columns["title"] = columns.pop("text")
    key_name = "description" if "title" in columns else "text"
    columns[key_name] = {**reading_of(other), "id": key.name, "text": prose.name}
    files[other.file] = _ROLES["text"]
    return 1.0


def _rows_that_count(table: Table, items: Picked) -> dict[str, Any]:
    """Which rows are items, where a column of kinds says that others have no title."""
    for column in table.columns:
        values = sorted(set(column.texts))
        if column.lists or not values or len(values) > 8 or not _KINDS.fullmatch(column.name):
            continue
        if column.name.casefold() == "answer" and {"accept"} < set(values) <= {
            "accept",
            "reject",
            "ignore",
        }:
            return {column.name: "accept"}
        name = items.columns.get("title")
        title = table.column(name) if isinstance(name, str) else None
        if title is None or len(values) < 2:
            continue
        filled: dict[str, list[bool]] = {}
        for kind, value in zip(column.values, title.values, strict=True):
            filled.setdefault(str(kind), []).append(value not in (None, ""))
        all_of = [kind for kind, marks in filled.items() if all(marks)]
        none_of = [kind for kind, marks in filled.items() if not any(marks)]
        if len(all_of) == 1 and none_of and len(all_of) + len(none_of) == len(filled):
            return {column.name: all_of[0]}
    return {}


def _roles(table: Table, labels: dict[str, Any]) -> dict[str, str]:
    """What each file of a reading is for."""
    files: dict[str, str] = {}
    _role(files, files_of(table), _ROLES["items"])
    if "file" in labels:
        _role(files, labels["file"], _ROLES["labels"])
    for key in ("names", "indicators"):
        for where in (labels, labels.get("each", {})):
            if isinstance(where.get(key), dict) and "file" in where[key]:
                _role(files, where[key]["file"], _ROLES["names"])
    return files


def _role(files: dict[str, str], given: str | list[str], role: str) -> None:
    for file in [given] if isinstance(given, str) else given:
        files[file] = (
            f"{files[file]}, {role}" if file in files and role not in files[file] else role
        )


# ---- A taxonomy ----------------------------------------------------------------------------


def _taxonomy(tables: Sequence[Table]) -> Table | None:
    """The table that has tags with their aliases and parents."""
    for table in tables:
        columns = {one.name for one in table.columns}
        if "tag" in columns and columns & {"parents", "aliases"}:
            return table
        keys = columns - {"$key"}
        known_keys = {"parents", "aliases", "description", "name"}
        if "$key" in columns and keys <= known_keys and keys & {"parents", "aliases"}:
            return table
    return None


def _with_taxonomy(proposal: Proposal, taxonomy: Table | None) -> Proposal:
    if taxonomy is None:
        return proposal
    reading = {key: value for key, value in reading_of(taxonomy).items() if key != "records"}
    files = {**proposal.files, taxonomy.file: "taxonomy"}
    return replace(proposal, reading={**proposal.reading, "taxonomy": reading}, files=files)


def is_named(name: str) -> bool:
    """Whether a name is of the file and not made up."""
    return not re.fullmatch(r"column_\d+", name) and bool(names.parts_of(name))
