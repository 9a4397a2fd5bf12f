"""Which columns of a table tell its items apart, and hold their texts and their dates."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tagledger.guess import names
from tagledger.guess.answers import NO_COLUMN, NOTHING_SAID, SAID, Answers
from tagledger.guess.dates import date_formats, dates_in
from tagledger.guess.facts import DAY, WHOLE, are_dates, facts_of
from tagledger.guess.table import Column, Table

_LIKELY_ID = 3.5
_MAYBE_ID = 0.9
_WEAK_IDS = {"url", "uri", "link", "href", "permalink", "path", "slug", "hash", "code", "image"}
_OTHERS = re.compile(
    r"(user|owner|author|account|parent|category|rater|tag|label|patient|subject|customer|session"
    r"|worker|annotator|creator|editor|group|batch|project|thread|topic|reply|accepted|artist|album"
    r"|class|type|status|language|country|site|board|list|template|node|store|seller|brand|org"
    r"|organization|company|assignee|requester|last|mid|source|lead|completed|updated|team)"
    r"[\W_]*(id|ids|no|nr|num|number|key|uid|uuid|code|index)?",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"[-+]?\d+[.,]\d+")


@dataclass
class Picked:
    """The columns of items.

    Attributes
    ----------
    columns
        What stands under `items.columns`.
    date_format
        As `items.date_format`; None for ISO 8601.
    repeats
        Whether ids repeat.
    score
        How much the table looks as one of items.
    questions, why
        What only a person can say, and what speaks for each column.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    date_format: Any = None
    repeats: bool = False
    score: float = 0.0
    questions: list[str] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)


def picked(table: Table, labels: Collection[str] = (), said: Answers = NOTHING_SAID) -> Picked:
    """The columns of items in a table whose labels are in the columns `labels`."""
    picks = Picked()
    others = set(labels) | set(said.columns.values())
    key = _key(table, others, picks) if said.id is None else _said_key(table, said.id)
    if key is not None:
        column, why = key
        picks.columns["id"] = column.name
        picks.why[column.name] = why
        picks.repeats = not facts_of(column).unique and facts_of(column).given > 1
        picks.score += 1
        others.add(column.name)
    _pick_texts(table, set(others), picks)
    _take_said_texts(table, said, picks)
    taken = {*others, *(one for one in picks.columns.values() if isinstance(one, str))}
    if said.date is None:
        _pick_date(table, taken, picks)
    elif (dates := table.column(said.date)) is not None:
        _take_date(dates, picks)
    if said.date_format is not None and "created_on" in picks.columns:
        picks.date_format = said.date_format
    return picks


# ---- Ids -----------------------------------------------------------------------------------


def _said_key(table: Table, name: str) -> tuple[Column, str] | None:
    column = table.column(name)
    return None if column is None else (column, SAID)


def _key(table: Table, taken: Collection[str], picks: Picked) -> tuple[Column, str] | None:
    """The column that tells items apart, and why; None if none does."""
    key = id_column(table, taken)
    if key is not None and _is_of_others(table, key[0], taken):
        key = None
    if key is None and not _texts_in(table, taken):
        key = id_column(table, taken, _MAYBE_ID)
        if key is not None and not _is_likely(table, key[0]):
            if facts_of(key[0]).unique:
                key = None
            else:
                picks.questions.append(f"does {key[0].name} tell items apart?")
    return key


def _is_of_others(table: Table, ids: Column, taken: Collection[str]) -> bool:
    """Whether ids that repeat are not of the items: most of their rows have texts of their own."""
    facts = facts_of(ids)
    if facts.unique or facts.given < 2:
        return False
    texts = Picked()
    _pick_texts(table, {*taken, ids.name}, texts)
    names_of = [one for one in texts.columns.values() if isinstance(one, str)]
    differ = [one for one in names_of if differs(table, ids.name, one)]
    if not differ:
        return False
    return 1 - facts.distinct / facts.given > 0.3


def differs(table: Table, ids: str, other: str) -> bool:
    """Whether a column has two values for one id."""
    key, column = table.column(ids), table.column(other)
    assert key is not None  # both are of the table
    assert column is not None
    first: dict[str, str] = {}
    for one, value in zip(key.values, column.values, strict=True):
        if first.setdefault(str(one), repr(value)) != repr(value):
            return True
    return False


def _is_likely(table: Table, column: Column) -> bool:
    """Whether a column of a table without texts looks as one of ids."""
    score = id_score(column, table.columns.index(column))
    return score is not None and score >= _LIKELY_ID - 1.6


def _texts_in(table: Table, taken: Collection[str]) -> bool:
    """Whether a table has texts, which tell items apart too."""
    picks = Picked()
    _pick_texts(table, set(taken), picks)
    return bool(picks.columns)


def id_column(
    table: Table, taken: Collection[str] = (), least: float = _LIKELY_ID
) -> tuple[Column, str] | None:
    """The column that tells items apart, and why; None if none does."""
    best: tuple[float, Column] | None = None
    for position, column in enumerate(table.columns):
        if column.name in taken or column.lists or column.times > 1:
            continue
        score = id_score(column, position)
        if score is not None and (best is None or score > best[0] + 0.01):
            best = score, column
    if best is None or best[0] < least:
        return None
    facts = facts_of(best[1])
    return best[1], "no two rows have the same" if facts.unique else "its name; rows repeat it"


def id_score(column: Column, position: int) -> float | None:
    """How much a column looks as one of ids; None if it cannot be one."""
    facts = facts_of(column)
    if not _may_be_ids(column):
        return None
    score = named = _name_of_id(column.name)
    score += 0.5 * (position == 0)
    score += 1.0 * (facts.tokens > 0.95)
    score += 0.5 if facts.digits > 0.8 else -1.0 if score < 2 else 0.0
    whole = all(WHOLE.fullmatch(one) for one in column.texts)
    if whole and named <= 0 and position:
        score -= 1
    return score + 2 if facts.unique or facts.given == 1 else score - 1


def _may_be_ids(column: Column) -> bool:
    """Whether values may tell items apart: all rows have one, and none is prose or a number."""
    facts, texts = facts_of(column), column.texts
    if facts.share < 0.99 or facts.words > 3 or facts.tokens < 0.5 or facts.truths:
        return False
    if any(isinstance(one, float) for one in column.values):
        return False
    fractions = sum(bool(_FRACTION.fullmatch(one)) for one in texts) > len(texts) / 2
    if fractions and not (column.name.startswith("column_") or names.hints(column.name, "id")):
        return False
    return not all(DAY.fullmatch(one) for one in texts)


def _name_of_id(name: str) -> float:
    """How much the name of a column speaks for ids."""
    if name in {"$key", "$stem"}:
        return 3.0
    if name == "#":
        return 2.5
    path = [one for one in name.split(".") if one not in {"$oid", "$text"}] or [name]
    deep = 0.0
    if len(path) > 1:
        of_others = _OTHERS.fullmatch(path[-2]) or any(
            names.hints(path[-2], kind) for kind in ("person", "tags", "property")
        )
        deep = 2.5 if of_others else min(0.4 * (len(path) - 1), 1.0)
    return _word_of_id(path[-1]) - deep


def _word_of_id(last: str) -> float:
    words = names.parts_of(last)
    if names.is_exactly(last, "id"):
        if names.last_word(last) in _WEAK_IDS:
            return 1.5
        if len(words) == 1:
            return 3.0
        return 0.9 if _OTHERS.match("".join(words[:-2]) + "id") else 2.5
    if names.hints(last, "id"):
        weak = all(one in _WEAK_IDS for one in words if one in names.HINTS["id"])
        return 0.5 if weak else 1.5
    against = ("title", "text", "tags", "person", "property", "date", "score")
    return -3.0 if any(names.hints(last, kind) for kind in against) else 0.0


# ---- Texts ---------------------------------------------------------------------------------

_TITLES = ("title", "headline", "subject", "titel", "titre", "titulo", "titolo", "betreff", "name")
_BODIES = ("body", "text", "content", "description", "abstract", "comment", "review", "message")


def _pick_texts(table: Table, taken: set[str], picks: Picked) -> None:
    rest = [
        one
        for one in table.columns
        if one.name not in taken and not one.lists and one.times == 1 and one.given
    ]
    body = _best(rest, _body_score, 1.7)
    title = _best([one for one in rest if one is not body], _title_score, 2.0)
    if body is None and title is None:
        body = _best(rest, _prose_score, 1.0)
    if title is not None and body is not None:
        picks.columns |= {"title": title.name, "description": body.name}
        picks.why |= {title.name: "its name and its length", body.name: "its name and its length"}
    elif title is not None:
        picks.columns["title"] = title.name
        picks.why[title.name] = "its name"
    elif body is not None:
        picks.columns["text"] = body.name
        picks.why[body.name] = f"{facts_of(body).words:.0f} words on average"
    taken |= {one.name for one in (title, body) if one is not None}
    prose = body if body is not None else title
    if prose is not None:
        picks.score += 1 + min(facts_of(prose).words, 6) / 6


def _take_said_texts(table: Table, said: Answers, picks: Picked) -> None:
    """Put the columns of texts that somebody named in the place of those that were picked."""
    if said.title is None and said.text is None:
        return
    own = picks.columns
    title = own.get("title") if said.title is None else said.title
    body = own.get("description", own.get("text")) if said.text is None else said.text
    for key in ("title", "description", "text"):
        own.pop(key, None)
    title, body = (one if table.column(one or NO_COLUMN) else None for one in (title, body))
    if title is not None:
        own["title"] = title
    if body is not None and body != title:
        own["text" if title is None else "description"] = body
    for name in (said.title, said.text):
        if name:
            picks.why[name] = SAID
            picks.score += 1


def _best(columns: list[Column], score: Any, least: float) -> Column | None:
    ranked = sorted(((score(one), -index) for index, one in enumerate(columns)), reverse=True)
    if not ranked or ranked[0][0] < least:
        return None
    return columns[-ranked[0][1]]


def _body_score(column: Column) -> float:
    facts = facts_of(column)
    if not _is_wordy(column) or facts.words < 1.2:
        return -1
    path = column.name.removesuffix(".$text").split(".")
    words = names.parts_of(path[-1])
    score = min(facts.words, 30) / 10 - _of_another(path)
    if names.is_exactly(path[-1], "text"):
        score += 2.5 if any(one in _BODIES for one in words) else 2.0
    elif names.hints(path[-1], "text"):
        score += 1.5
    elif names.hints(path[-1], "title"):
        score -= 1.5
    elif any(names.hints(path[-1], kind) for kind in ("person", "property", "tags", "date")):
        score -= 2
    elif facts.words > 3:
        score += 1.2
    if words[0] in {"html", "rendered", "raw", "notes", "note", "comments"}:
        score -= 0.3
    return score + 0.3 * facts.share - 1.0 * (facts.distinct == 1 and facts.given > 2)


def _of_another(path: list[str]) -> float:
    """How much a text seems to be of another thing than the item, by the keys above it."""
    if len(path) == 1:
        return 0.0
    others = ("person", "tags", "property")
    if _OTHERS.fullmatch(path[-2]) or any(names.hints(path[-2], kind) for kind in others):
        return 1.5
    return min(0.2 * (len(path) - 1), 0.6)


def _title_score(column: Column) -> float:
    facts = facts_of(column)
    if not _is_wordy(column):
        return -1
    path = column.name.removesuffix(".$text").split(".")
    words = names.parts_of(path[-1])
    last = names.last_word(path[-1])
    if not names.hints(path[-1], "title") and last not in _TITLES:
        return -1
    score = 2.5 if last in _TITLES or words[0] in _TITLES else 2.0
    score += 0.8 * (last in {"title", "headline", "titel", "titre", "titulo", "titolo"})
    score += 0.3 * (len(words) == 1) - 1.5 * _of_another(path)
    for kind in ("person", "property"):
        score -= 2.0 * names.hints(path[-1], kind)
    if any(one in {"file", "filename", "user", "short", "first", "last"} for one in words):
        score -= 0.6
    return score + 0.3 * facts.share - 1.0 * (facts.distinct == 1 and facts.given > 2)


def _prose_score(column: Column) -> float:
    facts = facts_of(column)
    if not _is_wordy(column) or facts.words < 1.5:
        return -1
    against = any(names.hints(column.name, kind) for kind in ("person", "property", "date", "tags"))
    return facts.words / 2 + facts.distinct / max(facts.given, 1) - 3 * against


def _is_wordy(column: Column) -> bool:
    """Whether a column may be text that people read."""
    facts = facts_of(column)
    return (
        facts.given > 0
        and facts.numbers < 0.5
        and facts.addresses < 0.7
        and not facts.truths
        and not are_dates(column)
    )


# ---- Dates ---------------------------------------------------------------------------------


def _pick_date(table: Table, taken: set[str], picks: Picked) -> None:
    for column in dates_in(table, taken):
        formats = date_formats(column)
        if formats is not None:
            _take_date(column, picks)
            picks.why[column.name] = "dates"
            return


def _take_date(column: Column, picks: Picked) -> None:
    picks.columns["created_on"] = column.name
    picks.date_format = date_formats(column) or None
    picks.why[column.name] = SAID
