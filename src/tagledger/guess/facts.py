"""What the values of a column have in common, as numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tagledger.guess.table import Column

NUMBER = re.compile(r"[-+]?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?")
WHOLE = re.compile(r"[-+]?\d+")
ADDRESS = re.compile(
    r"<?(https?|ftp)://\S+|www\.\S+|\S+@\S+\.\w+|(/[\w.-]+){2,}/?|([\w.-]+/)+[\w-]+\.\w{2,4}"
)
_SURNAME = r"[^\W\d_][\w'\u2019-]+"
PERSON = re.compile(
    rf"{_SURNAME},? ([A-Z]\.[ -]?)+|{_SURNAME},([A-Z]\.)+|([A-Z]\.[ -]?)+ ?{_SURNAME}"
)
TRUTH = {"0", "1", "0.0", "1.0", "true", "false", "True", "False", "TRUE", "FALSE"}
DAY = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?")
_SENTENCE = re.compile(r"[.!?](\s|$)")
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_LETTERS_A_WORD = 3  # of a script without spaces


def words_in(text: str) -> float:
    """How many words a text has; in scripts without spaces, by their letters."""
    wide = len(_WIDE.findall(text))
    return len(text.split()) + wide / _LETTERS_A_WORD if wide else float(len(text.split()))


@dataclass(frozen=True)
class Facts:
    """What the single values of a column have in common.

    Attributes
    ----------
    given
        How many rows have a value.
    share
        The share of the rows that have one.
    distinct
        How many different values there are.
    words, most_words
        Mean and largest number of words.
    numbers, tokens, digits, addresses, persons, sentences
        The share of the values that are numbers, are without white space, have a digit, are
        addresses, are names of persons as books have them, have the end of a sentence.
    truths
        Whether all values are 0 and 1, or true and false.
    """

    given: int = 0
    share: float = 0.0
    distinct: int = 0
    words: float = 0.0
    most_words: float = 0.0
    numbers: float = 0.0
    tokens: float = 0.0
    digits: float = 0.0
    addresses: float = 0.0
    persons: float = 0.0
    sentences: float = 0.0
    truths: bool = False

    @property
    def unique(self) -> bool:
        """Whether no value stands twice."""
        return self.given > 1 and self.distinct == self.given


def facts_of(texts: Sequence[str], rows: int) -> Facts:
    """The facts of texts that are not empty, of so many rows."""
    if not texts:
        return Facts()
    count = len(texts)
    words = [words_in(one) for one in texts]

    def share(pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.fullmatch(one)) for one in texts) / count

    return Facts(
        given=count,
        share=count / max(rows, 1),
        distinct=len(set(texts)),
        words=sum(words) / count,
        most_words=max(words),
        numbers=share(NUMBER),
        tokens=sum(not re.search(r"\s", one) for one in texts) / count,
        digits=sum(bool(re.search(r"\d", one)) for one in texts) / count,
        addresses=share(ADDRESS),
        persons=share(PERSON),
        sentences=sum(bool(_SENTENCE.search(one)) for one in texts) / count,
        truths=set(texts) <= TRUTH and len(set(texts)) > 0,
    )


class Known:
    """The facts of the columns of a table, each found once."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Column, Facts]] = {}

    def of(self, column: Column) -> Facts:
        """The facts of a column."""
        if id(column) not in self._of:
            self._of[id(column)] = column, facts_of(column.texts, len(column.values))
        return self._of[id(column)][1]


known = Known()


def are_dates(column: Column) -> bool:
    """Whether most values are days, as numbers write them."""
    texts = column.texts[:200]
    days = sum(bool(DAY.fullmatch(one)) for one in texts)
    return bool(texts) and days > 0.8 * len(texts)


@dataclass(frozen=True)
class Parts:
    """What labels of a column would have in common.

    Attributes
    ----------
    cells
        How many rows have any.
    each
        Labels a row that has any.
    several
        The share of those rows that have more than one.
    distinct
        How many different ones there are.
    recurring
        The share of the labels that another row has too.
    words
        Mean number of words.
    longest
        Most words of one.
    numbers, addresses, persons
        The shares that are numbers, addresses, persons.
    """

    cells: int
    each: float
    several: float
    distinct: int
    recurring: float
    words: float
    longest: float
    numbers: float
    addresses: float
    persons: float
    alone: frozenset[str]


def parts_of(cells: Sequence[Sequence[str]]) -> Parts | None:
    """The facts of labels, row by row; None if there are none."""
    filled = [list(dict.fromkeys(one)) for one in cells if one]
    if not filled:
        return None
    counts = Counter(label for one in filled for label in one)
    total = sum(counts.values())
    facts = _facts_of_labels(tuple(counts))
    return Parts(
        cells=len(filled),
        each=total / len(filled),
        several=sum(len(one) > 1 for one in filled) / len(filled),
        distinct=len(counts),
        recurring=sum(count for count in counts.values() if count > 1) / total,
        words=facts.words,
        longest=facts.most_words,
        numbers=facts.numbers,
        addresses=facts.addresses,
        persons=facts.persons,
        alone=frozenset(one[0] for one in filled if len(one) == 1)
        - {label for one in filled if len(one) > 1 for label in one},
    )


@lru_cache(maxsize=256)
def _facts_of_labels(labels: tuple[str, ...]) -> Facts:
    return facts_of(labels, len(labels))
