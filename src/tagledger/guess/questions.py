"""What only a person can say about files, as questions with the readings of the other answers.

Each rule looks at the likeliest reading and at what it leaves aside; the reading stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from tagledger.guess import names
from tagledger.guess.answers import NO_COLUMN, NOTHING_SAID, Answers
from tagledger.guess.candidate import MOST_WORDS, Candidate, name_score, subject_of
from tagledger.guess.dates import date_formats, dates_in, left_out
from tagledger.guess.facts import ADDRESS, facts_of, parts_of
from tagledger.guess.items import differs, id_score
from tagledger.guess.label_endings import NOTHING
from tagledger.guess.table import Column, Table
from tagledger.guess.together import Proposal
from tagledger.words import count, plural

_LIKELY = 2.5  # a score of labels
_LABELS = 3.0  # a score of a name that is one of labels
_IDS = 6.0  # a score of a column that tells items apart for sure
# Words of columns that number the items themselves, of numbers beside labels, and of yes and no
# that puts items away, or says that they are there.
_WORDS = {
    "ids": "id iid number no nr num nummer numero ident identifier",
    "counts": "count counts votes vote score scores weight confidence probability relevance",
    "away": """closed archived deleted draft hidden removed trashed trash spam disabled inactive
        cancelled canceled obsolete deprecated withdrawn retracted duplicate""",
    "there": "published active visible enabled approved",
    "kinds": "status state visibility",
    "kinds away": "draft deleted archived trash trashed removed spam withdrawn retracted",
}
_IS = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}
_YES = frozenset({"1", "true", "yes", "y", "t", "x", "on"})
_NO = frozenset({"0", "false", "no", "n", "f", "", "off"})
_SPLIT = re.compile(
    r"(?<![a-z])(train(?:ing)?|test(?:ing)?|dev|val(?:id|idation)?|eval(?:uation)?|holdout)"
    r"(?:set|data)?(?![a-z])"
)
_FACETS = ("---", "::", ": ", ":", "=", "|", "/")
_FACETED = 0.8
_KEYS = ("tag", "delimited", "list", "column")
_SHOWN = 3
_KINDS = 6  # values of a status


@dataclass(frozen=True)
class Answer:
    """Another answer to a question: the reading, and what it says."""

    reading: dict[str, Any]
    why: str


@dataclass(frozen=True)
class Question:
    """What only a person can say, and the answers that the likeliest reading does not take."""

    text: str
    answers: tuple[Answer, ...] = ()


def questions_about(
    best: Proposal, others: Sequence[Proposal] = (), said: Answers = NOTHING_SAID
) -> list[Question]:
    """The questions about a reading, those about its labels first.

    Parameters
    ----------
    others
        All that the same files allow, the likeliest first.
    said
        What somebody said of them; it is asked about no more.
    """
    questions = [] if said.labels else [*_labels_in_other_columns(best, others)]
    answered = _answered(said)
    for rule in _RULES:
        if rule not in answered:
            questions += rule(best)
    known_before = [Question(one) for one in best.questions]
    return list({one.text: one for one in [*questions, *known_before]}.values())


def changed(reading: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A reading with other values: `items__where` is the key `where` below `items`; None takes off.

    >>> changed({"labels": {"list": "a", "levels": "/"}}, labels__levels=None)
    {'labels': {'list': 'a'}}
    """
    for key, value in keys.items():
        first, _, rest = key.partition("__")
        if rest:
            reading = {**reading, first: changed(reading.get(first, {}), **{rest: value})}
        elif value is None:
            reading = {name: one for name, one in reading.items() if name != first}
        else:
            reading = {**reading, first: value}
    return reading


# ---- Which labels --------------------------------------------------------------------------


def _labels_in_other_columns(best: Proposal, others: Sequence[Proposal]) -> Iterator[Question]:
    """Other columns of the items have a name of labels, too: tags and categories."""
    if {"indicators", "vector"} & set(best.labels.labels):
        return
    by_columns: dict[tuple[str, ...], Proposal] = {}
    for one in others:
        if one.table is best.table and _are_other_labels(one.labels, best.labels):
            by_columns.setdefault(one.labels.columns, one)
    if not by_columns:
        return
    called = [_shown_columns(one.labels) for one in by_columns.values()]
    answers = [
        Answer(one.reading, f"the labels are those of {name}")
        for one, name in zip(by_columns.values(), called, strict=True)
    ]
    answers += _all_together(best, list(by_columns.values()))
    text = ", or of ".join([_shown_columns(best.labels), *called])
    yield Question(f"are the labels those of {text}?", tuple(answers))


def _shown_columns(labels: Candidate) -> str:
    """The names of the columns that labels are in, for people."""
    if "file" in labels.labels:
        inner = labels.labels.get("each", labels.labels)
        given = next((inner[key] for key in _KEYS if isinstance(inner.get(key), str)), "tags")
        return f"{given} in {labels.labels['file']}"
    return " and ".join(labels.columns)


def _are_other_labels(one: Candidate, best: Candidate) -> bool:
    if set(one.columns) & set(best.columns) or {"file", "indicators", "vector"} & set(one.labels):
        return False
    if {subject_of(x) for x in one.columns} & {subject_of(x) for x in best.columns}:
        return False
    parts = parts_of(one.cells)
    if parts is None or one.codes:
        return False
    if parts.facts.words > MOST_WORDS or parts.facts.persons > _FACETED:
        return False
    if "file" in best.labels and parts.distinct < 2:
        return False
    named = all(name_score(x) >= _LABELS for x in one.columns)
    if not named and one.score > _LIKELY and parts.several:  # subjects, skills
        named = all(names.is_exactly(subject_of(x), "maybe_tags") for x in one.columns)
    return named and not _say_the_same(one.cells, best.cells)


def _say_the_same(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> bool:
    """Whether labels are the same, or codes of the same: each has its own code in all rows."""
    pairs = [(frozenset(a), frozenset(b)) for a, b in zip(one, other, strict=False) if a or b]
    if all(a == b for a, b in pairs):
        return True
    distinct = set(pairs)
    own = len({a for a, _ in distinct}) == len({b for _, b in distinct}) == len(distinct)
    return own and 1 < len(distinct) < len(pairs) and all(len(a) == len(b) for a, b in distinct)


def _all_together(best: Proposal, others: Sequence[Proposal]) -> Iterator[Answer]:
    """The labels of all the columns, where one separator stands in each of them."""
    every = [best.reading["labels"], *(one.reading["labels"] for one in others)]
    alike = all(isinstance(one.get("delimited"), str) for one in every)
    if alike and all({**one, "delimited": ""} == {**every[0], "delimited": ""} for one in every):
        columns = [one["delimited"] for one in every]
        yield Answer(changed(best.reading, labels__delimited=columns), "the labels of all of them")


def _columns_of_one_kind(best: Proposal) -> Iterator[Question]:
    """Manual Tags and Automatic Tags are read together."""
    columns = best.reading["labels"].get("delimited")
    if isinstance(columns, list):
        answers = [
            Answer(changed(best.reading, labels__delimited=one), f"the labels are those of {one}")
            for one in columns
        ]
        text = " and of ".join(columns)
        yield Question(f"are the labels those of {text}, or of one of them?", tuple(answers))


# ---- What labels are -----------------------------------------------------------------------


def _inner(reading: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where the keys of a label stand, and these."""
    labels = reading["labels"]
    return ("labels__each", labels["each"]) if "each" in labels else ("labels", labels)


def _paths(best: Proposal) -> Iterator[Question]:
    """Labels are paths, as `Home > Kitchen`, and each level is read as a tag."""
    at, labels = _inner(best.reading)
    if "levels" in labels:
        mark = labels["levels"].strip()
        whole = changed(best.reading, **{f"{at}__levels": None})
        yield Question(
            f"is each level of a path a tag ({mark!r} between), or the whole path?",
            (Answer(whole, "the whole path is a tag"),),
        )


def _lists_of_lists(best: Proposal) -> Iterator[Question]:
    """Labels stand in lists within a list, each of which may be a path."""
    path = str(_inner(best.reading)[1].get("list", ""))
    if "[][]" in path:
        yield Question(
            f"{path.partition('[')[0]} holds lists of lists: is each text in them a tag, or is "
            "each inner list the path of one tag? (for paths, first write each as one text)"
        )


def _words_for_none(best: Proposal) -> Iterator[Question]:
    """A word that may be a tag is read as none."""
    at, labels = _inner(best.reading)
    words = labels.get("none", [])
    doubtful = [one for one in words if one.casefold() not in NOTHING]
    if doubtful:
        kept = [one for one in words if one not in doubtful] or None
        shown = ", ".join(map(repr, doubtful))
        yield Question(
            f"{shown}: a tag, or is there none? (`none`)",
            (Answer(changed(best.reading, **{f"{at}__none": kept}), f"{shown} is a tag"),),
        )


def _counts(best: Proposal) -> Iterator[Question]:
    """Each label has a number beside it, from which on it may count."""
    if "file" in best.reading["labels"]:
        return
    for name in best.labels.columns:
        column = best.table.column(name)
        beside = _number_beside(name, best.table)
        if column is not None and (column.counted or beside):
            yield Question(
                f"each label of {subject_of(name)} has a number beside it: does a label count from "
                "a smallest number on? (all are read; for fewer, leave them out of the file)"
            )


def _number_beside(name: str, table: Table) -> str:
    """The column with a number for each label of a list of objects: `tags[].count`."""
    above, dot, _ = name.rpartition(".")
    if not dot or not above.endswith("[]"):
        return ""
    for column in table.columns:
        if (
            column.name.rpartition(".")[0] == above
            and names.last_word(column.name) in _IS["counts"]
        ):
            values = {x for one in column.given if isinstance(one, list) for x in one}
            if len(values) > 1 and all(type(x) in {int, float} for x in values):
                return column.name
    return ""


def _facets(best: Proposal) -> Iterator[Question]:
    """Labels begin with what they are of, as in `genre---rock`."""
    at, labels = _inner(best.reading)
    if {"levels", "names", "indicators", "vector"} & set(labels) or "names" in best.reading[
        "labels"
    ]:
        return
    label_names = sorted({label for one in best.labels.cells for label in one})
    mark = next((one for one in _FACETS if _are_faceted(label_names, one)), None)
    if mark is None:
        return
    example = next(one for one in label_names if mark in one)
    facet, _, rest = example.partition(mark)
    yield Question(
        f"labels begin with a facet, such as {facet!r} in {example!r}: is it a part of the tag? "
        "(`names` can give each its name without it)",
        (
            Answer(
                changed(best.reading, **{f"{at}__levels": mark}),
                f"{facet!r} and {rest!r} are tags of their own",
            ),
        ),
    )


def _are_faceted(labels: Sequence[str], mark: str) -> bool:
    """Whether most labels are a facet and a value, and facets are fewer than values."""
    cut = [one.partition(mark) for one in labels if not ADDRESS.fullmatch(one)]
    pairs = [(a.strip(), b.strip()) for a, _, b in cut if re.search(r"[^\W\d_]", a) and b.strip()]
    if len(pairs) < 2 or len(pairs) < _FACETED * len(labels) or any(b[0] == "/" for _, b in pairs):
        return False
    each = Counter(facet for facet, _ in pairs)
    if len(each) == 1:  # GO:0001 is a code
        return mark != "/" and not any(re.search(r"\d", value) for _, value in pairs)
    return max(each.values()) > 1 and len(each) <= _FACETED * len(pairs)


# ---- Which items ---------------------------------------------------------------------------


def _other_ids(best: Proposal) -> Iterator[Question]:
    """Two columns tell all items apart: id and number."""
    name = best.items.columns.get("id")
    ids = best.table.column(name) if isinstance(name, str) else None
    if ids is None or not facts_of(ids).unique or not _is_own_id(ids, ids, best.table):
        return
    others = [
        one
        for one in best.table.columns
        if one is not ids
        and one.name not in best.labels.columns
        and _is_own_id(one, ids, best.table)
    ]
    others = [one for one in others if one.texts != ids.texts]
    if others:
        shown = " or ".join(one.name for one in [ids, *others])
        answers = [
            Answer(changed(best.reading, items__columns__id=one.name), f"the id is {one.name}")
            for one in others
        ]
        yield Question(
            f"which is the id of an item: {shown}? No two rows share one", tuple(answers)
        )


def _is_own_id(column: Column, ids: Column, table: Table) -> bool:
    """Whether a column is named after ids, or numbers, of the items of its table."""
    score = id_score(column, table.columns.index(column)) or 0.0
    stem, last = _stem_of_id(column.name)
    of = _stem_of_id(ids.name)[0]
    beside = column.name.rpartition(".")[0] == ids.name.rpartition(".")[0]
    same = beside and (stem == of or "" in (stem, of))
    return score >= _IDS and facts_of(column).unique and last in _IS["ids"] and same


def _stem_of_id(name: str) -> tuple[str, str]:
    """What an id is of, by its name, and the word for ids: issue and key of `Issue key`."""
    *words, whole = names.parts_of(name)
    return " ".join(words[:-1]), words[-1] if words else whole


def _ids_that_repeat(best: Proposal) -> Iterator[Question]:
    """Some rows share an id and have titles or texts of their own."""
    columns = best.items.columns
    ids = columns.get("id")
    texts = [columns.get(key) for key in ("title", "description", "text")]
    text_names = [one for one in texts if isinstance(one, str)]
    if not isinstance(ids, str) or not best.items.repeats:
        return
    differ = [one for one in text_names if differs(best.table, ids, one)]
    if differ:
        name = differ[0]
        column = best.table.column(name)
        own = best.reading["items"]["columns"]
        key = next(key for key, one in columns.items() if one == name)
        answers = []
        if column is not None and facts_of(column).unique and isinstance(own.get(key), str):
            by_name = changed(best.reading, items__columns__id=own[key])
            answers.append(Answer(by_name, f"{name} tells them apart"))
        yield Question(
            f"{ids} repeats, and {name} is another there: what tells items apart?", tuple(answers)
        )


def _twins(best: Proposal) -> Iterator[Question]:
    """No column tells items apart, and texts repeat."""
    columns = best.items.columns
    texts = [columns.get(key) for key in ("title", "description", "text")]
    text_columns = [best.table.column(one) for one in texts if isinstance(one, str)]
    rows = list(zip(*(one.values for one in text_columns if one is not None), strict=True))
    filled = [str(row) for row in rows if any(one not in (None, "") for one in row)]
    again = len(filled) - len(set(filled))
    if "id" in columns or not again:
        return
    own = best.reading["items"]["columns"]
    named = [own[key] for key in ("title", "description", "text") if isinstance(own.get(key), str)]
    answers = []
    if len(named) == 1:
        merged = changed(best.reading, items__columns={"id": named[0], **own})
        answers.append(Answer(merged, "rows with one text are one item with the labels of all"))
    yield Question(
        f"no column tells items apart, and {count(again, 'row')} "
        f"{plural(again, 'repeats', 'repeat')} the text of another row: is each row an item, or "
        "are rows with one text the same item?",
        tuple(answers),
    )


def _rows_put_away(best: Proposal) -> Iterator[Question]:
    """A yes or no, or a status, says that rows are put away: closed, archived, a draft."""
    where = best.reading["items"].get("where", {})
    for column in best.table.columns:
        if column.name in best.labels.columns or column.name in where:
            continue
        kept, away = _kept_and_away(column)
        if not kept or not away:
            continue
        without = changed(best.reading, items__where={**where, column.name: _one_or_list(kept)})
        yield Question(
            f"{column.name} is {_yes_or_no(away[0])} in {count(len(away), 'row')} of "
            f"{best.table.rows:,}: are these items, too? (`where` leaves rows out)",
            (Answer(without, "they are left out"),),
        )


def _kept_and_away(column: Column) -> tuple[list[Any], list[Any]]:
    """The values of the rows that stay if those put away go, and of these; none without a flag."""
    goes = set() if column.lists or column.times > 1 else _words_for_away(column)
    away = [one for one in column.values if str(one).strip().casefold() in goes]
    return [one for one in column.values if str(one).strip().casefold() not in goes], away


def _words_for_away(column: Column) -> frozenset[str] | set[str]:
    """The values, in lower case, that say that a row is put away."""
    words = set(names.parts_of(column.name))
    values = {one.casefold() for one in column.texts}
    if values <= _YES | _NO:
        if words & _IS["away"]:
            return _YES
        return _NO - {""} if words & _IS["there"] else set()
    few = words & _IS["kinds"] and len(values) <= _KINDS
    return _IS["kinds away"] if few else set()


def _one_or_list(values: Iterable[Any]) -> Any:
    distinct = list({repr(one): "" if one is None else one for one in values}.values())
    return distinct[0] if len(distinct) == 1 else distinct


def _yes_or_no(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given_split(best: Proposal) -> Iterator[Question]:
    """The files, their folders or a column say which items are for training and for tests."""
    files: list[str] = best.table.extra.get("parts") or best.table.extra.get("paths") or []
    where = _split_of_files(files) or _split_of_columns(best)
    if where:
        yield Question(
            f"{where}: Tagledger does not keep it, and makes a split of its own: is that right?"
        )


def _split_of_files(files: Sequence[str]) -> str:
    splits: dict[str, str] = {}
    for file in files:
        path = PurePosixPath(file.rpartition("!")[2])
        for part in (*path.parent.parts, path.stem):
            if word := _SPLIT.search(part.casefold()):
                splits.setdefault(word[1], file)
    if len(splits) < 2:
        return ""
    shown = ", ".join(splits.values()) if len(splits) <= _SHOWN else ", ".join(splits)
    return f"the files have the names of a split ({shown})"


def _split_of_columns(best: Proposal) -> str:
    for column in best.table.columns:
        values = {one.casefold() for one in column.texts}
        used = column.name in best.labels.columns
        if not used and 1 < len(values) < 6 and all(_SPLIT.fullmatch(one) for one in values):
            return f"{column.name} says which part of a split each row is in"
    return ""


# ---- Dates ---------------------------------------------------------------------------------


def _dates(best: Proposal) -> Iterator[Question]:
    """A column of dates is left out, since only a person can say how they are written."""
    taken = {one for one in best.items.columns.values() if isinstance(one, str)}
    taken -= {best.items.columns.get("created_on")}
    for column in dates_in(best.table, taken | set(best.labels.columns)):
        if date_formats(column) is not None:
            return
        unread = left_out(column)
        if unread is not None:
            text, ways = unread
            yield Question(
                f"{text} (`date_format`)", tuple(_read_as(best, column.name, one) for one in ways)
            )
            return


def _read_as(best: Proposal, name: str, way: Any) -> Answer:
    reading = changed(best.reading, items__columns__created_on=name, items__date_format=way)
    match = re.search(r"%([dm])[/-]%[dm]", str(way))
    first = {"d": "the day first", "m": "the month first"}[match[1]] if match else ""
    return Answer(reading, f"{name} is read, {first}" if first else f"{name} is read")


_Rule = Callable[[Proposal], Iterator[Question]]
_RULES: tuple[_Rule, ...] = (
    _columns_of_one_kind,
    _paths,
    _lists_of_lists,
    _words_for_none,
    _counts,
    _facets,
    _other_ids,
    _ids_that_repeat,
    _twins,
    _rows_put_away,
    _given_split,
    _dates,
)


def _answered(said: Answers) -> set[_Rule]:
    """The rules that ask what somebody has said."""
    answered: set[_Rule] = set()
    if said.labels is not None:
        answered |= {_columns_of_one_kind}
    if said.label_reading is not None or said.no_labels:
        answered |= {_paths, _lists_of_lists, _words_for_none, _counts, _facets}
    if said.id is not None:
        answered |= {_other_ids, _ids_that_repeat, _twins}
    if said.date == NO_COLUMN or said.date_format is not None:
        answered |= {_dates}
    return answered
