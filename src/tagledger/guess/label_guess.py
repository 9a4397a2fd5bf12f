"""Which columns may hold the labels, each in the words of a reading and with a score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagledger.guess import names
from tagledger.guess.facts import NUMBER, Parts, are_dates, known, parts_of
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
MOST_WORDS = 3.5
_PLAIN = (" ::: ", "|", ";", "、", "\uff0c", "\uff1b", "||", "\n", "•", "·")
# The last part of a path that says only how its object is called.
_GENERIC = {"name", "title", "value", "text", "label", "term", "nicename", "displayname", "tag"}
_GENERIC |= {
    "slug",
    "id",
    "color",
    "$text",
    "url",
    "description",
    "code",
    "text",
    "href",
    "type",
    "domain",
}
_NAMING = {"name": 1.0, "title": 0.8, "label": 0.8, "term": 0.8, "value": 0.5, "tag": 0.8}
_NAMING |= {"displayname": 0.6, "text": 0.4, "nicename": 0.3, "choices": 0.5}
# Words that stand where there is no label: those that a table has for nothing, and those that
# somebody may want as a tag.
NOTHING = {
    "\\n",
    "none",
    "na",
    "n/a",
    "nan",
    "null",
    "nil",
    "-",
    "--",
    "\u2013",
    "?",
    "untagged",
    "unlabeled",
}
NOTHING |= {"unlabelled", "no tags", "no tag", "no label", "no labels", "keine", "keins", "aucun"}
NOTHING |= {"aucune", "ninguno", "ninguna", "nenhum", "nenhuma", "nessuno", "nessuna", "なし", "无"}
_NOT_ANY = re.compile(
    r"(no|not|without|kein|sans|sin|sem) [\w ]{2,20}|nothing|uncategori[sz]ed|unclassified"
)
LEVELS = (" >> ", " > ", " → ", " » ", " \u203a ", ">>")
_NUMBERED = re.compile(r"(.*?)[\s_.\-/]*(\d+|\[\d+\])")
_ORDERED = re.compile(
    r"(primary|secondary|tertiary|main|sub|first|second|third|top|other|additional)[\s_-]*(.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Candidate:
    """A way to read labels from a table.

    Attributes
    ----------
    labels
        What stands under `labels:`.
    columns
        The columns that it takes.
    score
        How likely it is; 2 is likely, 4 and more is nearly sure.
    why
        What speaks for it.
    questions
        What only a person can say.
    cells
        The labels of each row, as they would be read.
    codes
        Whether labels are numbers or addresses that may have names elsewhere.
    named
        How much the name of the column speaks for labels; below 0 it speaks against them.
    """

    labels: dict[str, Any]
    columns: tuple[str, ...]
    score: float
    why: str
    questions: tuple[str, ...] = ()
    cells: Sequence[Sequence[str]] = field(default_factory=list, repr=False)
    codes: bool = False
    named: float = 0.0


def candidates(table: Table) -> list[Candidate]:
    """All that may hold the labels, the likeliest first."""
    found: list[Candidate] = []
    for column in table.columns:
        found += _of_column(column, table)
    for several in (_wide, _indicators, _rest):
        found += several(table)
    found += _of_one_kind(found)
    found = [_with_nothing(_with_levels(one)) for one in found]
    return sorted(_best_of_each(found), key=lambda one: -one.score)


def _best_of_each(found: list[Candidate]) -> Iterator[Candidate]:
    """For each set of columns the likeliest, and another if it is near."""
    by: dict[tuple[str, ...], list[Candidate]] = {}
    for one in sorted(found, key=lambda one: -one.score):
        by.setdefault(one.columns, []).append(one)
    for several in by.values():
        yield from (one for one in several[:2] if one.score > several[0].score - 1)


def _of_one_kind(found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Columns of one kind together, such as Manual Tags and Automatic Tags."""
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for one in found:
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
                (f"are the labels those of {' and of '.join(columns)}, or of one of them?",),
                [[x for cell in row for x in cell] for row in rows],
            )


# ---- Names ---------------------------------------------------------------------------------


def subject_of(path: str) -> str:
    """The part of a path that says what it is of: `labels` of `labels[].name`."""
    parts = [one for one in re.sub(r"\[\]|\{\}(=value)?", "", path).split(".") if one]
    while len(parts) > 1 and names.last_word(parts[-1]) in _GENERIC:
        parts.pop()
    return parts[-1] if parts else path


def name_score(path: str) -> float:
    """How much the name of a column speaks for labels, and against them if below 0."""
    subject = subject_of(path)
    last = re.sub(r"\[\]|\{\}(=value)?", "", path).split(".")[-1]
    extra = 0.0
    if last != subject:
        extra = _NAMING.get(names.last_word(last), -2.5)
    words = names.parts_of(subject)
    if names.is_exactly(subject, "tags"):
        if len(words) > 1 and names.hints(subject, "id"):
            return 0.5 + extra
        strong = 4.0 if names.last_word(subject) in _TAGS else 3.5
        return strong - 0.3 * (len(words) > 1) + extra
    if names.hints(words[0], "tags") and names.last_word(subject) in {"name", "names", "value"}:
        return 3.2 + extra
    if names.last_word(subject) in {"code", "term", "terms"}:
        return 0.5 + extra
    return _score_of_others(subject) + extra


def _score_of_others(subject: str) -> float:
    """The score of a name that is not exactly one of labels."""
    tags = names.hints(subject, "tags")
    for kind, score in _AGAINST.items():
        if names.hints(subject, kind):
            return score + 3.5 if tags else score
    if tags:
        return 2.5
    return 1.0 if names.hints(subject, "maybe_tags") else 0.0


_TAGS = {"tag", "tags", "label", "labels", "keyword", "keywords", "hashtags", "schlagworte", "タク"}
_TAGS |= {"etiquetas", "etichette", "motscles", "теги", "标签", "schlagworter", "stichworte"}
_AGAINST = {"person": -4.0, "date": -4.0, "property": -2.5, "id": -3.0, "text": -2.0}
_AGAINST |= {"title": -2.0, "score": -2.0}


# ---- A column ------------------------------------------------------------------------------


def _of_column(column: Column, table: Table) -> Iterator[Candidate]:
    if column.times > 1 or not column.given:
        return
    if column.lists:
        yield from _of_lists(column, table)
        return
    facts = known.of(column)
    if facts.truths and facts.distinct < 3:
        return
    if are_dates(column) or column.name in {"$content", "$file", "$stem", "$key"}:
        return
    if column.name == "$folder":
        if facts.distinct > 1:
            cells = [_cut(one, "\0") for one in column.values]
            found = _judged({"column": column.name}, column, cells, 2.0, "a folder for each tag")
            yield found
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
            yield _judged(
                {"vector": column.name}, column, cells, 2.0, "lists of 0 and 1, all of one length"
            )
            return
        if any(isinstance(x, float) for x in flat) or name_score(column.name) < 2:
            return
    if any(isinstance(x, dict | list) for x in flat):
        return
    cells = [[str(x).strip() for x in one if x not in (None, "")] for one in rows]
    what = "text that is a list" if column.literal else "lists"
    found = _judged({"list": column.name}, column, cells, 1.7, what)
    if column.name.endswith("{}"):
        parts = parts_of(cells)
        coded = parts is not None and parts.addresses + parts.numbers > 0.5
        beside = coded and table.column(f"{column.name}=value") is not None
        found = replace(found, score=found.score + (-2.0 if beside else 0.3))
    if column.name in table.extra.get("names", {}):
        found = replace(found, labels={**found.labels, "names": "schema"}, score=found.score + 2)
    yield found


def _judged(
    labels: dict[str, Any], column: Column, cells: list[list[str]], base: float, what: str
) -> Candidate:
    """A candidate with the score of its name and of its labels."""
    parts = parts_of(cells)
    named = name_score(column.name)
    if column.lists and names.hints(subject_of(column.name), "maybe_tags"):
        named = max(named, 1.0)  # a title is no list
    score = base + named
    reasons = [what]
    codes = "vector" in labels
    if parts is not None:
        more, reason, codes_too = _content(parts)
        filled = [tuple(one) for one in cells if one]
        if len(filled) > 2 and len(set(filled)) == 1:
            more -= 2.5
            reason = ["all rows have the same"]
        codes = codes or codes_too
        score += more
        reasons += reason
    if names.is_exactly(subject_of(column.name), "tags"):
        reasons.insert(0, f"its name is {subject_of(column.name)}")
    return Candidate(
        labels,
        (column.name,),
        score,
        "; ".join(reasons),
        cells=cells,
        codes=codes,
        named=named,
    )


def _content(parts: Parts) -> tuple[float, list[str], bool]:
    """What the labels themselves speak for."""
    score = 2 * parts.recurring if parts.distinct > 1 else -1.0 - 2.0 * (parts.cells > 2)
    reasons = []
    if parts.recurring > 0.3:
        reasons.append("labels recur")
    if parts.words > MOST_WORDS or parts.longest > 12:
        return score - 4, ["they are long, as sentences are"], False
    if parts.persons > 0.5:
        return score - 3, ["they look like persons"], False
    if parts.recurring == 0 and parts.cells >= 12:
        score -= 2
        reasons.append("no label is of two rows")
    codes = parts.numbers > 0.9 or parts.addresses > 0.9
    return score - codes, reasons, codes


# ---- Text with a separator -----------------------------------------------------------------


def _delimited(column: Column) -> Iterator[Candidate]:
    texts = column.texts
    wrapped = _wrapped(texts)
    for separator, strip in wrapped or [(one, "") for one in SEPARATORS]:
        holding = [one for one in texts if separator in one.strip(separator)]
        if not holding and not (wrapped and texts):
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
        yield _judged(labels, column, cells, base, f"text with {_shown(separator)} between")


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
    parts = [one.strip() for one in value.split(separator)]
    parts = [one.strip(strip) if strip else one for one in parts]
    return [one for one in parts if one]


def _may_separate(separator: str, texts: list[str], parts: Parts, name: str) -> bool:
    """Whether a separator stands between labels, and not within words, addresses or prose."""
    strong = name_score(name) >= 3
    if parts.words > MOST_WORDS + 1 or parts.longest > 15:
        return False
    may = True
    if separator == " ":
        may = _spaces_separate(texts, parts, strong=strong)
    elif separator == "/":
        paths = any(re.search(r"//|^/|/$|\.\w{2,4}$|\d/\d", one) for one in texts)
        may = not paths and (strong or parts.recurring > 0.7)
    elif separator == " - ":
        may = parts.recurring > 0.7
    elif separator == ",":
        decimals = not strong and all(re.fullmatch(r"\d+,\d+", one) for one in texts)
        may = not decimals and (strong or parts.recurring > 0.2 or parts.words < 2)
    return may


def _spaces_separate(texts: list[str], parts: Parts, *, strong: bool) -> bool:
    """Whether spaces stand between labels: codes, addresses and hashtags, or words that recur."""
    tokens = [token for one in texts for token in one.split()]
    if any(mark in one for one in texts for mark in ",;|"):
        return False
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
    facts = known.of(column)
    if facts.words > MOST_WORDS or not facts.given or facts.most_words > 12:
        return None
    if facts.numbers > 0.9 and name_score(column.name) < 3:
        return None
    cells = [_cut(one, "\0") for one in column.values]
    base = -0.6
    if facts.unique and facts.given > 3:
        base -= 3.0 if names.hints(column.name, "id") else 1.5
    return _judged({"column": column.name}, column, cells, base, "one label a row")


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
        if times < 2 or any(known.of(one).numbers > 0.5 for one in columns):
            continue
        cells = _side_by_side(columns)
        parts = parts_of(cells)
        if parts is None or parts.words > MOST_WORDS:
            continue
        found = [one.name for one in columns]
        name = base or found[0]
        more, reasons, codes = _content(parts)
        score = 1.9 + max(name_score(name), 0.5 * (name_score(name) > -3)) + more
        if any(known.of(one).truths for one in columns):
            continue
        why = "; ".join([f"{times} columns of labels, side by side", *reasons])
        yield Candidate({"columns": found}, tuple(found), score, why, cells=cells, codes=codes)


def _share_words(columns: list[Column]) -> bool:
    """Whether a value of one column stands in another as well."""
    counts: Counter[str] = Counter(x for one in columns for x in set(one.texts))
    return any(count > 1 for count in counts.values())


def _base(name: str) -> str | None:
    if (found := _NUMBERED.fullmatch(name)) and found[1]:
        return found[1].casefold()
    if (found := _ORDERED.fullmatch(name)) and names.hints(found[2], "tags"):
        return names.parts_of(found[2])[-1].removesuffix("s")
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
        yield _judged({"rest": name}, column, column.values, 2.0, "the last column goes on")


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


def _indicators(table: Table) -> Iterator[Candidate]:
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
    return Candidate(
        labels,
        tuple(one.name for one in run),
        base + _score_of_marks(table, run, cells, kind),
        f"{len(run)} columns of {_WHAT_MARKS.get(kind, '0 and 1')}, side by side",
        (question,) if question else (),
        cells,
    )


def _score_of_marks(table: Table, run: list[Column], cells: list[list[str]], kind: str) -> float:
    """What speaks for columns of marks, and against them."""
    score = -0.8 * (kind == "count") - 0.7 * (len(run) == 2) - 2.0 * (not any(cells))
    prose = any(known.of(one).words > MOST_WORDS for one in table.columns)
    if not prose and not table.extra.get("labels"):
        score -= 1.2
    above = run[0].name.rpartition(".")[0]
    return score + 3 * (bool(above) and names.is_exactly(subject_of(above), "tags"))


def _is_marked(value: Any, least: float) -> bool:
    text = _lower(value)
    if NUMBER.fullmatch(text):
        return float(text) >= least
    return text in _YES


# ---- What stands in a label ----------------------------------------------------------------


def _with_levels(found: Candidate) -> Candidate:
    """The candidate with `levels`, where labels are paths."""
    labels = [label for one in found.cells for label in one]
    for mark in LEVELS:
        if labels and sum(mark in label for label in labels) >= len(labels) / 2:
            if found.labels.get("separator") in (mark.strip(), ","):
                return found
            question = (
                f"is each level of a path a tag ({mark.strip()!r} between), or the whole path?"
            )
            said = {**found.labels, "levels": mark}
            return replace(
                found, labels=said, score=found.score + 2, questions=(*found.questions, question)
            )
    return found


def _with_nothing(found: Candidate) -> Candidate:
    """The candidate with `none`, where a word stands for no label."""
    parts = parts_of(found.cells)
    if parts is None or "indicators" in found.labels or "vector" in found.labels:
        return found
    nothing = sorted(one for one in parts.alone if one.casefold() in NOTHING)
    maybe = sorted(
        one for one in parts.alone if one not in nothing and _NOT_ANY.fullmatch(one.casefold())
    )
    if not nothing and not maybe:
        return found
    questions = found.questions
    if maybe and parts.several:
        shown = ", ".join(map(repr, maybe))
        questions = (*questions, f"{shown}: a tag, or is there none? (`none`)")
    elif maybe:
        maybe = []
    if not nothing and not maybe:
        return found
    return replace(found, labels={**found.labels, "none": [*nothing, *maybe]}, questions=questions)
