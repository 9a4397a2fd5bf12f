"""The kind of each column of a table, and why: for people to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tagledger.guess import names
from tagledger.guess.candidate import name_score, subject_of
from tagledger.guess.facts import are_dates, facts_of
from tagledger.guess.label_guess import candidates
from tagledger.guess.table import Column, Table
from tagledger.guess.together import Proposal

Kind = Literal["id", "text", "date", "tags", "indicators", "scores", "person", "other"]
_WORDY = 3.0


@dataclass(frozen=True)
class Described:
    """A column with its kind.

    Attributes
    ----------
    name
        What the file calls it.
    kind
        What it holds.
    why
        What tells it.
    used
        Whether the reading takes it.
    """

    name: str
    kind: Kind
    why: str
    used: bool


def described(proposal: Proposal) -> list[Described]:
    """The columns of the items file with their kinds."""
    table, picked = proposal.table, proposal.items
    columns = []
    labels = proposal.labels
    likely = {name for one in candidates(table) if one.score > 2 for name in one.columns}
    called = _called(proposal)
    for column in table.columns:
        used = _used_as(column, picked.columns)
        name = called.get(column.name, column.name)
        if column.name in labels.columns:
            kind: Kind = _kind_of_labels(labels.labels)
            columns.append(Described(name, kind, labels.why, used=True))
        elif used is not None:
            why = picked.why.get(column.name, "")
            columns.append(Described(name, used, why, used=True))
        else:
            columns.append(_unused(column, table, likely))
    return columns


def _called(proposal: Proposal) -> dict[str, str]:
    """The names that the reading gives to columns of a file without a header."""
    made_up = proposal.table.source.get("header", [])
    given = proposal.reading["items"].get("header", made_up)
    return dict(zip(made_up, given, strict=True))


def _used_as(column: Column, columns: dict[str, Any]) -> Kind | None:
    for key, value in columns.items():
        if value == column.name:
            return {"id": "id", "created_on": "date"}.get(key, "text")  # type: ignore[return-value]
    return None


def _kind_of_labels(labels: dict[str, Any]) -> Kind:
    if "indicators" in labels:
        return "scores" if "at_least" in labels else "indicators"
    return "tags"


def _unused(column: Column, table: Table, likely: set[str]) -> Described:
    kind, why = next(_kinds(column, table, likely))
    return Described(column.name, kind, why, used=False)


def _kinds(column: Column, table: Table, likely: set[str]) -> Iterator[tuple[Kind, str]]:
    facts = facts_of(column)
    subject = subject_of(column.name)
    if not column.given:
        yield "other", "it is empty"
    if names.hints(subject, "person"):
        yield "person", "its name"
    if are_dates(column) or (names.hints(subject, "date") and facts.digits > 0.5):
        yield "date", "days and times"
    if column.name in likely:
        yield "tags", "labels could be here too"
    if facts.truths and facts.distinct > 1:
        yield "indicators", "0 and 1, or true and false"
    if facts.unique and names.hints(column.name, "id") and table.rows > 1:
        yield "id", "no two rows have the same"
    if facts.words > _WORDY:
        yield "text", f"{facts.words:.0f} words on average"
    if name_score(column.name) <= -2.5 and names.hints(subject, "property"):
        yield "other", "a property, by its name"
    if facts.numbers > 0.9:
        yield "other", "numbers"
    yield "other", "lists" if column.lists else ""
