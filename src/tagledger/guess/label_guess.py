"""Which columns may hold the labels, each in the words of a reading and with a score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from tagledger.guess import names
from tagledger.guess.candidate import MOST_WORDS, Candidate, content, judged, name_score
from tagledger.guess.facts import Parts, are_dates, facts_of, parts_of
from tagledger.guess.label_endings import with_levels, with_nothing
from tagledger.guess.marks import indicators
from tagledger.guess.table import Column, Table

SEPARATORS = (
    " ::: ",
    "|",
    ";",
    "、",
    "\uff0c",
    "\uff1b",
    "\n",
    " :: ",
    "||",
    ",",
    "/",
    " ",
    "·",
    "•",
    " - ",
)
_PLAIN = (" ::: ", "|", ";", "、", "\uff0c", "\uff1b", "||", "\n", "•", "·")
_NUMBERED = re.compile(r"(.*?)[\s_.\-/]*(\d+|\[\d+\])")
_ORDERED = re.compile(
    r"(primary|secondary|tertiary|main|sub|first|second|third|top|other|additional)[\s_-]*(.*)",
    re.IGNORECASE,
)


@lru_cache(maxsize=16)
def candidates(table: Table) -> Sequence[Candidate]:
    """All that may hold the labels, the likeliest first."""
    possible: list[Candidate] = []
    for column in table.columns:
        possible += _of_column(column, table)
    for several in (_wide, indicators, _rest):
        possible += several(table)
    possible += _of_one_kind(possible)
    possible = [with_nothing(with_levels(one)) for one in possible]
    return tuple(sorted(_best_of_each(possible), key=lambda one: -one.score))


def _best_of_each(possible: list[Candidate]) -> Iterator[Candidate]:
    """For each set of columns the likeliest, and another if it is near."""
    by: dict[tuple[str, ...], list[Candidate]] = {}
    for one in sorted(possible, key=lambda one: -one.score):
        by.setdefault(one.columns, []).append(one)
    for several in by.values():
        yield from (one for one in several[:2] if one.score > several[0].score - 1)


def _of_one_kind(possible: Sequence[Candidate]) -> Iterator[Candidate]:
    """Columns of one kind together, such as Manual Tags and Automatic Tags."""
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for one in possible:
        name = one.labels.get("delimited")
        if isinstance(name, str) and one.score > 3 and "." not in name:
            words = names.parts_of(name)
            if len(words) > 1:
                word = names.last_word(name).removesuffix("s")
                groups.setdefault((one.labels["separator"], word), []).append(one)
    for (separator, word), several in groups.items():
        columns = [one.labels["delimited"] for one in several]
        if len(columns) > 1 and names.hints(word, "tags"):
            rows = zip(*(one.cells for one in several), strict=True)
            yield Candidate(
                {"delimited": columns, "separator": separator},
                tuple(columns),
                max(one.score for one in several) + 0.3,
                f"{' and '.join(columns)} are columns of one kind",
                cells=[[x for cell in row for x in cell] for row in rows],
            )


# ---- A column ------------------------------------------------------------------------------


def _of_column(column: Column, table: Table) -> Iterator[Candidate]:
    if column.times > 1 or not column.given:
        return
    if column.lists:
        yield from _of_lists(column, table)
        return
    facts = facts_of(column)
    if facts.truths and facts.distinct < 3:
        return
    if are_dates(column) or column.name in {"$content", "$file", "$stem", "$key"}:
        return
    if column.name == "$folder":
        if facts.distinct > 1:
            cells = [_cut(one, "\0") for one in column.values]
            yield judged({"column": column.name}, column, cells, 2.0, "a folder for each tag")
        return
    yield from _delimited(column)
    single = _single(column)
    if single is not None:
        yield single


def _of_lists(column: Column, table: Table) -> Iterator[Candidate]:
    rows = [one if isinstance(one, list) else [] for one in column.values]
    flat = [item for one in rows for item in one if item is not None]
    if not flat:
        return
    lengths = {len(one) for one in rows if one}
    if all(isinstance(x, bool | int | float) for x in flat):
        if set(map(float, flat)) <= {0.0, 1.0} and len(lengths) == 1 and lengths != {1}:
            cells = [[str(at) for at, x in enumerate(one) if x] for one in rows]
            yield judged(
                {"vector": column.name}, column, cells, 2.0, "lists of 0 and 1, all of one length"
            )
            return
        if any(isinstance(x, float) for x in flat) or name_score(column.name) < 2:
            return
    if any(isinstance(x, dict | list) for x in flat):
        return
    cells = [[str(x).strip() for x in one if x not in (None, "")] for one in rows]
    what = "text that is a list" if column.literal else "lists"
    candidate = judged({"list": column.name}, column, cells, 1.7, what)
    if column.name.endswith("{}"):
        parts = parts_of(cells)
        coded = parts is not None and parts.facts.addresses + parts.facts.numbers > 0.5
        beside = coded and table.column(f"{column.name}=value") is not None
        candidate = replace(candidate, score=candidate.score + (-2.0 if beside else 0.3))
    if column.name in table.extra.get("names", {}):
        candidate = replace(
            candidate, labels={**candidate.labels, "names": "schema"}, score=candidate.score + 2
        )
    yield candidate


# ---- Text with a separator -----------------------------------------------------------------


def _delimited(column: Column) -> Iterator[Candidate]:
    texts = column.texts
    wrapped = _wrapped(texts)
    together = "\0".join(texts)
    for separator, strip in wrapped or [(one, "") for one in SEPARATORS if one in together]:
        holding = [one for one in texts if separator in one.strip(separator)]
        if not holding and not (wrapped and texts):
            continue
        if _cannot_separate(separator, texts, column.name):
            continue
        cells = [_cut(one, separator, strip) for one in column.values]
        parts = parts_of(cells)
        if parts is None or not _may_separate(separator, texts, parts, column.name):
            continue
        share = len(holding) / len(texts)
        labels: dict[str, Any] = {"delimited": column.name, "separator": separator}
        if strip:
            labels["strip"] = strip
        base = 1.2 if separator in _PLAIN or wrapped else 0.9 if separator == "," else 0.5
        base += min(share, 0.6)
        if share < 0.2 and name_score(column.name) < 2:
            base -= 2
        yield judged(labels, column, cells, base, f"text with {_shown(separator)} between")


def _shown(separator: str) -> str:
    return {"\n": "line breaks", " ": "spaces"}.get(separator, repr(separator.strip() or separator))


def _wrapped(texts: list[str]) -> list[tuple[str, str]]:
    """The separator and the ends of labels that are each in brackets, as `<a><b>`."""
    if not texts:
        return []
    for pattern, separator, strip in (
        (r"(<[^<>]+>)+", "><", "<>"),
        (r"(<[^<>]+>)( <[^<>]+>)*", " ", ""),
        (r"(\[[^\[\]]+\]){2,}|\[[^\[\],'\"]+\]", "][", "[]"),
        (r"\{[^{}:'\"]*\}", ",", "{}"),
        (r'"[^"]*"(, ?"[^"]*")*', ",", '"'),
        (r"#\S+([ ,]+#\S+)*", " ", "#,"),
        (r"\|.+\|", "|", ""),
    ):
        if all(re.fullmatch(pattern, one) for one in texts):
            return [(separator, strip)]
    return []


def _cut(value: Any, separator: str, strip: str = "") -> list[str]:
    if not isinstance(value, str):
        return [] if value in (None, "") else [str(value)]
    parts = map(str.strip, value.split(separator))
    return list(filter(None, (part.strip(strip) for part in parts) if strip else parts))


def _cannot_separate(separator: str, texts: list[str], name: str) -> bool:
    """Whether the texts have marks beside which a separator stands between no labels."""
    if separator == " ":
        return any(mark in one for one in texts for mark in ",;|")
    if separator == "/":
        paths = any(re.search(r"//|^/|/$|\.\w{2,4}$|\d/\d", one) for one in texts)
        return paths or any(mark in one for one in texts for mark in ";|")
    if separator == ",":
        return name_score(name) < 3 and all(re.fullmatch(r"\d+,\d+", one) for one in texts)
    return False


def _may_separate(separator: str, texts: list[str], parts: Parts, name: str) -> bool:
    """Whether a separator stands between labels, and not within words, addresses or prose."""
    strong = name_score(name) >= 3
    if parts.facts.words > MOST_WORDS + 1 or parts.facts.most_words > 15:
        return False
    may = True
    if separator == " ":
        may = _spaces_separate(texts, parts, strong=strong)
    elif separator == "/":
        may = strong or parts.recurring > 0.7
    elif separator == " - ":
        may = parts.recurring > 0.7
    elif separator == ",":
        may = strong or parts.recurring > 0.2 or parts.facts.words < 2
    return may


def _spaces_separate(texts: list[str], parts: Parts, *, strong: bool) -> bool:
    """Whether spaces stand between labels: codes, addresses and hashtags, or words that recur."""
    tokens = [token for one in texts for token in one.split()]
    if any(not re.search(r"\w", one) for one in tokens):
        return False
    coded = sum(bool(re.search(r"[\d_./:#<>+-]", one)) for one in tokens)
    capital = sum(one[:1].isupper() for one in tokens)
    if coded > 0.7 * len(tokens):
        return True
    if parts.several == 0:
        return False
    if strong and capital < len(tokens) / 3:
        return parts.recurring > 0.3 or parts.each > 2
    return parts.recurring > 0.6 and capital < len(tokens) / 2


# ---- One label a row -----------------------------------------------------------------------


def _single(column: Column) -> Candidate | None:
    facts = facts_of(column)
    if facts.words > MOST_WORDS or not facts.given or facts.most_words > 12:
        return None
    if facts.numbers > 0.9 and name_score(column.name) < 3:
        return None
    cells = [_cut(one, "\0") for one in column.values]
    base = -0.6
    if facts.unique and facts.given > 3:
        base -= 3.0 if names.hints(column.name, "id") else 1.5
    return judged({"column": column.name}, column, cells, base, "one label a row")


# ---- Several columns -----------------------------------------------------------------------


def _wide(table: Table) -> Iterator[Candidate]:
    """Columns of labels side by side: `Type 1`, `Type 2`, or one name several times."""
    groups: dict[str, list[Column]] = {}
    for column in table.columns:
        if (column.lists and column.times == 1) or "[]" in column.name:
            continue
        base = column.name if column.times > 1 else _base(column.name)
        if base is not None:
            groups.setdefault(base, []).append(column)
    for base, columns in groups.items():
        if len(columns) > 1 and name_score(base) < 2 and not _share_words(columns):
            continue
        times = sum(one.times for one in columns)
        if times < 2 or any(facts_of(one).numbers > 0.5 for one in columns):
            continue
        cells = _side_by_side(columns)
        parts = parts_of(cells)
        if parts is None or parts.facts.words > MOST_WORDS:
            continue
        column_names = [one.name for one in columns]
        name = base or column_names[0]
        more, reasons, codes = content(parts)
        score = 1.9 + max(name_score(name), 0.5 * (name_score(name) > -3)) + more
        if any(facts_of(one).truths for one in columns):
            continue
        why = "; ".join([f"{times} columns of labels, side by side", *reasons])
        yield Candidate(
            {"columns": column_names}, tuple(column_names), score, why, cells=cells, codes=codes
        )


def _share_words(columns: list[Column]) -> bool:
    """Whether a value of one column stands in another as well."""
    counts: Counter[str] = Counter(x for one in columns for x in set(one.texts))
    return any(count > 1 for count in counts.values())


def _base(name: str) -> str | None:
    if (match := _NUMBERED.fullmatch(name)) and match[1]:
        return match[1].casefold()
    if (match := _ORDERED.fullmatch(name)) and names.hints(match[2], "tags"):
        return names.parts_of(match[2])[-1].removesuffix("s")
    return None


def _side_by_side(columns: list[Column]) -> list[list[str]]:
    rows = zip(*(one.values for one in columns), strict=True)
    return [
        [
            str(x).strip()
            for value in row
            for x in (value if isinstance(value, list) else [value])
            if x not in (None, "")
        ]
        for row in rows
    ]


def _rest(table: Table) -> Iterator[Candidate]:
    name = table.extra.get("rest")
    column = table.column(name) if name else None
    if column is not None:
        yield judged({"rest": name}, column, column.values, 2.0, "the last column goes on")
