"""The taxonomy: one spelling for each tag, aliases, and broader tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagledger.cleaning.text import TagSpelling, spell_tag, tag_key
from tagledger.errors import TagledgerError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import scipy.sparse as sp
    from numpy.typing import NDArray

_WHERE = "the source's taxonomy"
_HINT = "mend the taxonomy file, or name another one in data/sources.yaml"


class Spelling:
    """The one spelling of every tag: that of the known tags, else the rule's own.

    Parameters
    ----------
    known
        Tags whose spelling stands; of two that are one tag, the first.
    rule
        words: spellings that differ only in case, and in white space, underscores and hyphens
        between words, are one tag. exact: no two that look different are.
    """

    def __init__(self, tags: Iterable[str], rule: TagSpelling = "words") -> None:
        self._rule = rule
        self._spellings: dict[str, str] = {}
        for tag in tags:
            self._spellings.setdefault(tag_key(tag, rule), tag)

    def of(self, tag: str) -> str:
        """The spelling of `tag`; empty when there is nothing to see of it."""
        return self._spellings.get(tag_key(tag, self._rule)) or spell_tag(tag, self._rule)


def clean_taxonomy(raw: pd.DataFrame | None, rule: TagSpelling = "words") -> pd.DataFrame:
    """The taxonomy with one row per tag, by ascending tag, and names in their one spelling.

    Parameters
    ----------
    raw
        Columns tag, aliases and parents (lists), as the source has them, or None.
    rule
        When two spellings are one tag: see `Spelling`.

    Returns
    -------
    DataFrame
        Columns tag (str), aliases and parents (object, sorted lists of str); no rows for None.

    Raises
    ------
    TagledgerError
        A tag is blank or stands twice, an alias names two tags, or a tag is broader than itself.
    """
    import pandas as pd

    if raw is None:
        return pd.DataFrame(
            {
                "tag": pd.Series([], dtype="str"),
                "aliases": pd.Series([], dtype=object),
                "parents": pd.Series([], dtype=object),
            }
        )
    # A taxonomy keeps its own case and hyphens: it is what other spellings are brought to.
    tags = [tag_key(tag, "exact") for tag in raw["tag"]]
    by_key: dict[str, str] = {}
    for tag in tags:
        key = tag_key(tag, rule)
        if not key:
            raise TagledgerError("a tag of the taxonomy is blank", where=_WHERE, hint=_HINT)
        if key in by_key:
            other = by_key[key]
            two = f"{_HINT}; if they are two tags, set clean.tag_spelling to exact in params.yaml"
            raise TagledgerError(
                f"the taxonomy has one tag twice: {other} and {tag}",
                where=_WHERE,
                hint=_HINT if tag == other else two,
            )
        by_key[key] = tag
    owner = _alias_owners(tags, raw["aliases"], by_key, rule)
    spelling = Spelling(tags, rule)
    aliases: dict[str, set[str]] = {tag: set() for tag in tags}
    for alias, tag in owner.items():
        aliases[tag].add(alias)
    parents = {
        tag: {owner.get(name := spelling.of(parent), name) for parent in listed} - {"", tag}
        for tag, listed in zip(tags, raw["parents"], strict=True)
    }
    _refuse_cycles(parents)
    order = sorted(tags)
    return pd.DataFrame(
        {
            "tag": pd.Series(order, dtype="str"),
            "aliases": _lists([sorted(aliases[tag]) for tag in order]),
            "parents": _lists([sorted(parents[tag]) for tag in order]),
        }
    )


def _lists(values: Sequence[list[str]]) -> pd.Series:
    import numpy as np
    import pandas as pd

    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column)


def _alias_owners(
    tags: Sequence[str],
    listed: Iterable[Iterable[str]],
    by_key: Mapping[str, str],
    rule: TagSpelling,
) -> dict[str, str]:
    """The tag that each alias names."""
    owner: dict[str, str] = {}
    for tag, names in zip(tags, listed, strict=True):
        for name in names:
            alias, key = spell_tag(name, rule), tag_key(name, rule)
            if not key or by_key.get(key) == tag:
                continue
            other = by_key.get(key) or owner.get(alias)
            if other is not None and other != tag:
                raise TagledgerError(
                    f"the alias {alias} of {tag} also names {other}", where=_WHERE, hint=_HINT
                )
            owner[alias] = tag
    return owner


def _refuse_cycles(parents: Mapping[str, set[str]]) -> None:
    done: set[str] = set()
    for start in sorted(parents):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            tag, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(tag)
            elif tag in path:
                loop = " > ".join([*path[path.index(tag) :], tag])
                raise TagledgerError(
                    f"tags of the taxonomy are broader than themselves: {loop}",
                    where=_WHERE,
                    hint=_HINT,
                )
            elif tag not in done:
                path.append(tag)
                stack.append((tag, True))
                stack += [(parent, False) for parent in sorted(parents.get(tag, ()), reverse=True)]


def alias_owners(taxonomy: pd.DataFrame) -> dict[str, str]:
    """The tag that each alias of a clean taxonomy names."""
    return {
        alias: tag
        for tag, aliases in zip(taxonomy["tag"], taxonomy["aliases"], strict=True)
        for alias in aliases
    }


def ancestors(taxonomy: pd.DataFrame, tags: Sequence[str]) -> tuple[list[str], sp.csr_array]:
    """All broader tags of each tag: its parents, their parents, and so on.

    Parameters
    ----------
    taxonomy
        Columns tag and parents, free of cycles.
    tags
        Tags to answer for.

    Returns
    -------
    names, broader
        `tags` followed by the broader tags that are not among them, and a CSR matrix of shape
        (len(names), len(names)) with a 1 in (i, j) where names[j] is broader than names[i].
    """
    import numpy as np
    import scipy.sparse as sp  # takes as long to load as a small stage takes to run

    parents: dict[str, Any] = dict(zip(taxonomy["tag"], taxonomy["parents"], strict=True))
    closure: dict[str, frozenset[str]] = {}

    def above(tag: str) -> frozenset[str]:
        if tag not in closure:
            direct = frozenset(parents.get(tag, ()))
            closure[tag] = direct.union(*(above(parent) for parent in sorted(direct)))
        return closure[tag]

    broader = {tag: above(tag) for tag in tags}
    new = set().union(*broader.values()) - set(tags) if broader else set()
    names = [*tags, *sorted(new)]
    broader |= {tag: above(tag) for tag in sorted(new)}
    index = {tag: number for number, tag in enumerate(names)}
    rows: list[int] = [index[tag] for tag in names for _ in broader[tag]]
    columns: list[int] = [index[parent] for tag in names for parent in sorted(broader[tag])]
    data: NDArray[np.int8] = np.ones(len(rows), np.int8)
    return names, sp.csr_array((data, (rows, columns)), shape=(len(names), len(names)))
