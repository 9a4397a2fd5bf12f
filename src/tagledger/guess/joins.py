"""Tables that belong together: parts of one, labels by id, names of codes, texts by id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from tagledger.guess import names
from tagledger.guess.candidate import Candidate, name_score
from tagledger.guess.facts import WHOLE, facts_of
from tagledger.guess.label_guess import candidates
from tagledger.guess.table import Column, Table

_SPLITS = r"train(ing)?|test(ing)?|dev(el)?|val(id|idation)?|eval|holdout|part|shard|chunk|all|full"
_SPLIT = re.compile(rf"(?<![a-z])({_SPLITS})(?![a-z])|\d+|of", re.IGNORECASE)
_ORDER = ("train", "dev", "val", "test")
_ENOUGH = 0.8
_CONFIDENCES = {"confidence", "conf", "present", "presence", "relevance", "relevant", "value"}
_CONFIDENCES |= {"score", "ispresent", "verified", "positive", "accepted", "isvalid"}


# ---- Parts ---------------------------------------------------------------------------------


def with_parts(tables: Sequence[Table]) -> list[Table]:
    """The tables with those put together that have the same columns, each of a file of its own."""
    groups: dict[Any, list[Table]] = {}
    for at, table in enumerate(tables):
        groups.setdefault(_sort_of(table, at), []).append(table)
    return [_together(group) for group in groups.values()]


def _sort_of(table: Table, at: int) -> Any:
    """What tables have in common that are parts of one."""
    stem = _SPLIT.sub("#", PurePosixPath(table.file.rpartition("!")[2]).name)
    source = {key: value for key, value in table.source.items() if key != "skip"}
    columns = tuple(sorted(one.name for one in table.columns))
    if table.format in {"sqlite", "xlsx", "lines", "names"} or "mulan" in table.extra:
        return at
    if "header" in table.source or len(columns) < 2:
        return "", stem, repr(source), columns
    if table.format in {"json", "jsonl", "yaml", "xml", "parquet"}:
        top = tuple(sorted({re.split(r"[.\[{]", one)[0] for one in columns}))
        return "", repr(source), (stem, top) if "records" in source else top
    return "", repr(source), columns


def _together(group: list[Table]) -> Table:
    if len({one.file for one in group}) < len(group) or len(group) == 1:
        return group[0]
    group = sorted(group, key=lambda one: (_place(one.file), one.file))
    wanted = list(dict.fromkeys(one.name for table in group for one in table.columns))
    columns = []
    for name in wanted:
        values: list[Any] = []
        literal, counted, times = False, False, 1
        for table in group:
            column = table.column(name)
            values += column.values if column else [None] * table.rows
            literal = literal or (column is not None and column.literal)
            counted = counted or (column is not None and column.counted)
            times = max(times, column.times if column else 1)
        columns.append(Column(name, values, literal=literal, times=times, counted=counted))
    return replace(
        group[0],
        columns=columns,
        rows=sum(one.rows for one in group),
        whole=all(one.whole for one in group),
        extra={**group[0].extra, "parts": [one.file for one in group]},
    )


def _place(file: str) -> int:
    name = PurePosixPath(file).name.casefold()
    return next((at for at, word in enumerate(_ORDER) if word in name), len(_ORDER))


def files_of(table: Table) -> str | list[str]:
    """What stands under `file` for a table, which may be in several."""
    parts: list[str] = table.extra.get("parts", [])
    return parts or table.file


def reading_of(table: Table) -> dict[str, Any]:
    """The file and how it is written, as a reading says them."""
    return {"file": files_of(table), **table.source}


# ---- Ids of another table ------------------------------------------------------------------


def shared(ids: Column, other: Table, items: Table, *, least: float = _ENOUGH) -> list[Column]:
    """The columns of a table that hold ids of another one, the likeliest first."""
    own = set(ids.texts)
    scored: list[tuple[float, int, Column]] = []
    for position, column in enumerate(other.columns):
        if column.lists or column.times > 1:
            continue
        values = set(column.texts)
        if not values or facts_of(column).truths:
            continue
        overlap = len(values & own) / len(values)
        within = len(values & own) / max(len(own), 1)
        if overlap < (least if items.whole and other.whole else 0.01):
            continue
        score = overlap + within
        score += 2.0 * _same_name(ids.name, column.name)
        score += 3.0 * _entity_fits(items, column.name)
        score += 0.5 * (not facts_of(column).unique)
        score += 0.5 * names.hints(column.name, "id")
        score -= 1.0 * (
            column.name.casefold() in {"id", "_id"} and not _same_name(ids.name, column.name)
        )
        scored.append((score, -position, column))
    of_entity = [one for one in scored if _entity_fits(items, one[2].name)]
    ranked = sorted(of_entity or scored, key=lambda one: one[:2], reverse=True)
    return [one for score, _, one in ranked if score > ranked[0][0] - 2]


def _same_name(one: str, other: str) -> bool:
    first, second = ("".join(names.parts_of(x)[-1:]) for x in (one, other))
    return first == second


def _entity_fits(items: Table, column: str) -> bool:
    """Whether `image_id` or `book` may name rows of the table images or books."""
    own = items.extra.get("table") or str(items.source.get("records", ""))
    own = own or PurePosixPath(items.file.rpartition("!")[2]).name.partition(".")[0]
    own = re.sub(r"\W", "", own).casefold().rstrip("s")
    word = re.sub(r"[\W_]*(id|key|no)$", "", column.casefold())
    return bool(own) and bool(word) and (own.startswith(word[:4]) or word.startswith(own[:4]))


def labels_by_id(
    items: Table, ids: Column, other: Table, tables: Sequence[Table]
) -> Iterator[Candidate]:
    """The labels that another table has for the items, joined on an id."""
    marked = sum(facts_of(one).truths for one in other.columns)
    if len(other.columns) - marked > 14 and "indicators" not in repr(other.extra):
        return
    for key in shared(ids, other, items)[:2]:
        rest = replace(other, columns=[one for one in other.columns if one is not key])
        bonus = 0.6 if len(rest.columns) <= 3 else 0.0
        bonus += 1.0 * _same_name(ids.name, key.name) + 1.0 * _entity_fits(items, key.name)
        likely = list(candidates(rest)) + list(_codes(rest))
        for one in likely[:12]:
            if _is_the_key(one, key, ids):
                continue
            for named in with_names(one, [t for t in tables if t is not items and t is not other]):
                candidate = _as_file(named, key, other)
                repeats = not facts_of(key).unique
                more = bonus + (1.0 if repeats and "column" in one.labels else 0.0)
                yield replace(candidate, score=candidate.score + more)


def _is_the_key(one: Candidate, key: Column, ids: Column) -> bool:
    named = not re.fullmatch(r"column_\d+", ids.name)
    return key.name in one.columns or (named and one.columns == (ids.name,) != (key.name,))


def _codes(table: Table) -> Iterator[Candidate]:
    """Columns of numbers that may be codes of tags."""
    for column in table.columns:
        facts = facts_of(column)
        whole = all(WHOLE.fullmatch(one) for one in column.texts)
        if (
            column.lists
            or not facts.given
            or (facts.unique and facts.given > 2)
            or not whole
            or (facts.truths and facts.distinct < 2)
        ):
            continue
        if name_score(column.name) >= 3:
            continue
        cells = [[str(one)] if one not in (None, "") else [] for one in column.values]
        base = 1.2 if names.hints(column.name, "tags") else -1.0
        yield Candidate(
            {"column": column.name}, (column.name,), base, "codes", cells=cells, codes=True
        )


def _as_file(one: Candidate, key: Column, other: Table) -> Candidate:
    """A candidate of a table as labels in a file of their own."""
    of_file: dict[str, Any] = {**reading_of(other), "id": key.name}
    labels = dict(one.labels)
    where = confidence(other, one.columns)
    questions = one.questions
    if where:
        of_file["where"] = where
    elif least := fractions(other, one.columns):
        of_file["at_least"] = least
        questions = (*questions, FROM_WHICH.format(next(iter(least))))
    if "column" in labels:
        of_file["tag"] = labels.pop("column")
        of_file |= labels
    else:
        for shared_key in ("strip", "none", "names", "levels"):
            if shared_key in labels:
                of_file[shared_key] = labels.pop(shared_key)
        of_file["each"] = labels
    why = f"labels are in {other.file}, joined on {key.name}"
    if one.why:
        why += f"; {one.why}"
    return replace(
        one,
        labels=of_file,
        columns=(f"{other.file}!{id(other)}", *one.columns),
        why=why,
        questions=questions,
    )


def confidence(table: Table, columns: Sequence[str]) -> dict[str, str]:
    """The rows whose labels hold, where a column denies some with 0."""
    for column in table.columns:
        word = names.last_word(column.name)
        if column.name not in columns and word in _CONFIDENCES:
            values = set(column.texts)
            if values and values <= {"0", "1"} and "0" in values:
                return {column.name: "1"}
            if values and {one.casefold() for one in values} == {"true", "false"}:
                return {column.name: next(one for one in values if one.casefold() == "true")}
    return {}


FROM_WHICH = "from which {} on is a label sure enough? (`at_least`; 0.5 is a guess)"


def fractions(table: Table, columns: Sequence[str]) -> dict[str, float]:
    """The number from which on labels hold, where a column says how sure each is."""
    for column in table.columns:
        word = names.last_word(column.name)
        sure = word in _CONFIDENCES | {"probability", "prob", "certainty", "weight"}
        if column.name not in columns and sure and facts_of(column).numbers == 1:
            values = [float(one) for one in column.texts]
            if min(values) >= 0 and max(values) <= 1 and not set(values) <= {0.0, 1.0}:
                return {column.name: 0.5}
    return {}


# ---- Names of codes ------------------------------------------------------------------------


def with_names(one: Candidate, tables: Sequence[Table]) -> list[Candidate]:
    """A candidate with the names of its codes, where a table has them; else as it is."""
    if "names" in one.labels or "indicators" in one.labels:
        return [one]
    labels = {label for cell in one.cells for label in cell}
    if not labels:
        return [one]
    named = []
    for table in tables:
        match = names_in(table, labels, one)
        if match is not None:
            score, value = match
            why = f"{one.why}; their names are in {table.file}".removeprefix("; ")
            labels_said = {**one.labels, "names": value}
            bonus = 1.0 * one.codes + score
            named.append(replace(one, labels=labels_said, score=one.score + 1 + bonus, why=why))
    if not named and "vector" in one.labels:
        return [_unnamed_vector(one, labels)]
    return sorted(named, key=lambda x: -x.score)[:1] or [one]


def _unnamed_vector(one: Candidate, labels: set[str]) -> Candidate:
    size = max(int(label) for label in labels) + 1
    question = "what does each place of the list stand for? (`names`; the numbers are a guess)"
    lengths = one.labels.get("length", size)
    value = [str(at) for at in range(int(lengths))]
    rest = {key: x for key, x in one.labels.items() if key != "length"}
    return replace(one, labels={**rest, "names": value}, questions=(*one.questions, question))


def names_in(table: Table, labels: set[str], one: Candidate) -> tuple[float, Any] | None:
    """How a table says the names of codes, and how likely; None if it does not."""
    if table.rows + 1 < len(labels) or "mulan" in table.extra:
        return None
    if table.format in {"lines", "names"}:
        return _names_by_index(table, labels)
    if any(facts_of(x).words > 8 for x in table.columns):  # it is one of items
        return None
    numbers = all(WHOLE.fullmatch(label) for label in labels)
    table = _with_its_header_below(table, labels)
    for code in table.columns:
        name = _name_column(table, code) if _are_codes(code, labels, numbers=numbers) else None
        if name is not None:
            value = {**reading_of(table), "code": code.name, "name": name.name}
            return 1.0 + 0.5 * one.codes, value
    return None


def _with_its_header_below(table: Table, labels: set[str]) -> Table:
    """The table with what was taken for its header as its first row, if that has a code in it."""
    if "header" in table.source or table.format not in {"csv", "tsv"}:
        return table
    if not any(one.name in labels for one in table.columns):
        return table
    columns = [
        Column(f"column_{at}", [one.name, *one.values]) for at, one in enumerate(table.columns, 1)
    ]
    source = {**table.source, "header": [one.name for one in columns]}
    return replace(table, columns=columns, source=source, rows=table.rows + 1)


def _names_by_index(table: Table, labels: set[str]) -> tuple[float, Any] | None:
    """The names of numbers in a list, of which the first is that of 0."""
    values = table.columns[0].texts
    inline = table.extra.get("inline")
    if isinstance(inline, dict):
        return (1.0, inline) if labels <= set(inline) else None
    if not all(label.isdigit() for label in labels) or any(WHOLE.fullmatch(x) for x in values):
        return None
    most = max(map(int, labels))
    if most >= len(values) or not _are_names(table.columns[0]):
        return None
    return 0.5 + 0.5 * (most == len(values) - 1), inline or dict(table.reading)


def _are_codes(code: Column, labels: set[str], *, numbers: bool) -> bool:
    """Whether a column has the codes that labels are."""
    facts = facts_of(code)
    if code.lists or not facts.given or (not facts.unique and facts.given > 1):
        return False
    if len(labels & set(code.texts)) < 0.9 * len(labels):
        return False
    return numbers or facts.digits > 0.6 or facts.addresses > 0.6 or _is_code(code.name)


def _is_code(name: str) -> bool:
    return names.last_word(name) in {"code", "id", "key", "mid", "uri", "abbr", "slug", "short"}


def _are_names(column: Column) -> bool:
    facts = facts_of(column)
    return facts.words <= 5 and facts.distinct == facts.given


def _name_column(table: Table, code: Column) -> Column | None:
    best: tuple[float, Column] | None = None
    for column in table.columns:
        facts = facts_of(column)
        if column is code or column.lists or not facts.given or facts.words > 6:
            continue
        if facts.numbers > 0.5 or facts.addresses > 0.5:
            continue
        if facts.share < 0.9:
            continue
        last = names.last_word(column.name)
        score = 2.0 * (
            last in {"name", "label", "title", "term", "tag", "preflabel", "displayname"}
        )
        score += 1.0 * names.is_exactly(column.name, "tags") + facts.distinct / facts.given
        score -= 1.0 * (last in {"supercategory", "parent", "group", "type", "color"})
        if best is None or score > best[0]:
            best = score, column
    return None if best is None else best[1]


# ---- Texts ---------------------------------------------------------------------------------


def texts_by_id(
    items: Table, ids: Column, tables: Sequence[Table]
) -> tuple[Table, Column, Column] | None:
    """The table with the texts of the items, its column of ids and that of texts."""
    for table in tables:
        for key in shared(ids, table, items)[:1]:
            if not facts_of(key).unique:
                continue
            prose = [
                one
                for one in table.columns
                if one is not key and not one.lists and facts_of(one).words > 1.5
            ]
            if prose and len(table.columns) <= 4:
                return table, key, max(prose, key=lambda one: facts_of(one).words)
    return None
