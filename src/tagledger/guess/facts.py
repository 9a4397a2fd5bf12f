"""What the values of a column have in common, as numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

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
_SPACE = re.compile(r"\s")
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile(r"[.!?](\s|$)")
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_LETTERS_A_WORD = 3  # of a script without spaces


def words_in(text: str) -> float:
    """How many words a text has; in scripts without spaces, by their letters."""
    wide = 0 if text.isascii() else len(_WIDE.findall(text))
    return len(text.split()) + wide / _LETTERS_A_WORD


@dataclass(frozen=True)
class Facts:
    """What the single values of a column have in common; each fact is found when it is asked for.

    Attributes
    ----------
    texts
        The values that are not empty, as text.
    rows
        How many rows there are, with those without a value.
    """

    texts: Sequence[str] = ()
    rows: int = 0

    @property
    def given(self) -> int:
        """How many rows have a value."""
        return len(self.texts)

    @property
    def share(self) -> float:
        """The share of the rows that have one."""
        return self.given / max(self.rows, 1)

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(set(self.texts))

    @property
    def unique(self) -> bool:
        """Whether no value stands twice."""
        return self.given > 1 and self.distinct == self.given

    @property
    def words(self) -> float:
        """The mean number of words."""
        return sum(self._words) / self.given if self.texts else 0.0

    @property
    def most_words(self) -> float:
        """The largest number of words."""
        return max(self._words, default=0.0)

    @cached_property
    def _words(self) -> list[float]:
        return [words_in(one) for one in self.texts]

    @cached_property
    def numbers(self) -> float:
        """The share of the values that are numbers."""
        return self._share(NUMBER.fullmatch)

    @cached_property
    def tokens(self) -> float:
        """The share of the values without white space."""
        return self._share(lambda one: not _SPACE.search(one))

    @cached_property
    def digits(self) -> float:
        """The share of the values that have a digit."""
        return self._share(_DIGIT.search)

    @cached_property
    def addresses(self) -> float:
        """The share of the values that are addresses."""
        return self._share(ADDRESS.fullmatch)

    @cached_property
    def persons(self) -> float:
        """The share of the values that are names of persons as books have them."""
        return self._share(PERSON.fullmatch)

    @cached_property
    def sentences(self) -> float:
        """The share of the values that have the end of a sentence."""
        return self._share(_SENTENCE.search)

    @cached_property
    def truths(self) -> bool:
        """Whether all values are 0 and 1, or true and false."""
        return bool(self.texts) and TRUTH.issuperset(self.texts)

    def _share(self, is_one: Callable[[str], object]) -> float:
        return sum(map(bool, map(is_one, self.texts))) / self.given if self.texts else 0.0


class _FactsByColumn:
    """The facts of the columns of a table, each found once."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Column, Facts]] = {}

    def of(self, column: Column) -> Facts:
        """The facts of a column."""
        if id(column) not in self._of:
            self._of[id(column)] = column, Facts(column.texts, len(column.values))
        return self._of[id(column)][1]


facts_of = _FactsByColumn().of


def are_dates(column: Column) -> bool:
    """Whether most values are days, as numbers write them."""
    texts = column.texts[:200]
    days = sum(bool(DAY.fullmatch(one)) for one in texts)
    return bool(texts) and days > 0.8 * len(texts)


@dataclass(frozen=True)
class Parts:
    """What labels of a column would have in common; each fact is found when it is asked for.

    Attributes
    ----------
    filled
        The different labels of each row that has any.
    """

    filled: Sequence[Sequence[str]]

    @property
    def cells(self) -> int:
        """How many rows have any."""
        return len(self.filled)

    @property
    def each(self) -> float:
        """Labels a row that has any."""
        return self._counts.total() / self.cells

    @cached_property
    def several(self) -> float:
        """The share of those rows that have more than one."""
        return sum(len(one) > 1 for one in self.filled) / self.cells

    @property
    def distinct(self) -> int:
        """How many different ones there are."""
        return len(self._counts)

    @cached_property
    def recurring(self) -> float:
        """The share of the labels that another row has too."""
        return sum(many for many in self._counts.values() if many > 1) / self._counts.total()

    @cached_property
    def facts(self) -> Facts:
        """What the different labels have in common."""
        return _facts_of_labels(tuple(self._counts))

    @cached_property
    def alone(self) -> frozenset[str]:
        """The labels that are always the only one of their row."""
        return frozenset(one[0] for one in self.filled if len(one) == 1) - {
            label for one in self.filled if len(one) > 1 for label in one
        }

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(chain.from_iterable(self.filled))


def parts_of(cells: Sequence[Sequence[str]]) -> Parts | None:
    """The facts of labels, row by row; None if there are none."""
    filled = [list(dict.fromkeys(one)) for one in cells if one]
    return Parts(filled) if filled else None


@lru_cache(maxsize=256)
def _facts_of_labels(labels: tuple[str, ...]) -> Facts:
    return Facts(labels, len(labels))
