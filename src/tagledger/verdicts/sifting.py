"""Which events count, and why the others do not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from tagledger.events.canonical import nfc, text_hash
from tagledger.events.event import ACTS, ANSWERS, OF_TAGS, Event
from tagledger.verdicts.reading import Answers, Names, Placed, Read
from tagledger.verdicts.tag_changes import why_not
from tagledger.verdicts.tag_lists import TagLists, Targets

REASONS = (
    "replaced",
    "withdrawn",
    "unknown item",
    "text changed",
    "taxonomy unknown",
    "may not adjudicate",
    "tag retired",
)
"""Why an answer does not count, by the numbers from 1; 0: it counts. The first is no rejection."""
COUNTS, REPLACED = 0, 1
_CODE = {reason: code for code, reason in enumerate(REASONS, 1)}
_DECIDES = np.array([act in ANSWERS for act in ACTS])
_SUGGESTS = np.array([act == "suggest" for act in ACTS])
_ADJUDICATES = np.array([act in {"adjudicate", "gold"} for act in ACTS])


@dataclass(frozen=True)
class Distinct:
    """Events, each once.

    Attributes
    ----------
    answers
        Those about items, ascending by id.
    others
        Changes of tags and withdrawals, by id.
    repeated
        How many lines said what another one says.
    """

    answers: Answers
    others: Mapping[str, Placed]
    repeated: int


def distinct(read: Read) -> Distinct:
    """The events of a repository, each once, whatever file it stands in."""
    _, first = np.unique(read.answers.id, return_index=True)
    others: dict[str, Placed] = {}
    for placed in read.others:
        others.setdefault(placed.event.id, placed)
    lines = len(read.answers) + len(read.others)
    return Distinct(read.answers.take(first), others, lines - len(first) - len(others))


def replaced(once: Distinct, read: Read) -> tuple[NDArray[np.bool_], set[str]]:
    """Which answers, and which other events, another one of the same annotator replaces."""
    answers, names = once.answers, read.names.names
    by_name: dict[int, set[str]] = {}
    for index in np.flatnonzero(
        np.isin(answers.id, np.array(list(read.replaces), np.uint64))
    ).tolist():
        for one in read.replaces[int(answers.id[index])]:
            by_name.setdefault(one, set()).add(names[answers.by[index]])
    for placed in once.others.values():
        for name in placed.event.replaces:
            if len(name) == 16 and set(name) <= set("0123456789abcdef"):
                by_name.setdefault(int(name, 16), set()).add(placed.event.by)
    named = np.isin(answers.id, np.array(list(by_name), np.uint64))
    gone = np.zeros(len(answers), bool)
    for index in np.flatnonzero(named).tolist():
        gone[index] = names[answers.by[index]] in by_name[int(answers.id[index])]
    others = {
        name
        for name, placed in once.others.items()
        if placed.event.by in by_name.get(int(name, 16), ())
    }
    return gone, others


def why_not_counted(
    others: Mapping[str, Placed], gone: set[str], spell: Callable[[str], str]
) -> tuple[list[Event], list[Event], dict[str, str]]:
    """Changes of tags and withdrawals that stand, and why the others of them do not.

    Returns
    -------
    changes, withdrawals, reasons
        Events, and by the id of an event what is wrong with it.
    """
    changes, withdrawals, reasons = [], [], {}
    for name, placed in others.items():
        event = placed.event
        if name in gone:
            continue
        if event.act not in OF_TAGS:
            withdrawals.append(event)
        elif (reason := why_not(event, spell)) is not None:
            reasons[name] = reason
        else:
            changes.append(event)
    return changes, withdrawals, reasons


def withdrawn(answers: Answers, names: Names, withdrawals: Sequence[Event]) -> NDArray[np.bool_]:
    """Which answers are of an annotator whose answers, or those of a campaign, were withdrawn."""
    is_withdrawn = np.zeros(len(answers), bool)
    for event in withdrawals:
        of = answers.by == _code_of(names.names, event.of)
        if event.campaign is not None:
            of &= answers.campaign == _code_of(names.campaigns, event.campaign)
        is_withdrawn |= of
    return is_withdrawn


def _code_of(names: list[str], name: str | None) -> int:
    return names.index(name) if name in names else -2  # which nothing is


def rows_of(texts: Sequence[str], ids: pd.Series) -> NDArray[np.int32]:
    """The row of each item that events name by its id as text; -1 for an unknown one.

    Of ids that look the same (they differ in Unicode's forms alone) none is known.
    """
    id_texts = pd.Index(ids.astype("str"))
    if not all(map(str.isascii, id_texts)):
        id_texts = pd.Index([str(nfc(one)) for one in id_texts], dtype="str")
        doubled = id_texts.duplicated(keep=False)
        id_texts = id_texts.where(~doubled, "")
    return id_texts.get_indexer_for(pd.Index(list(texts), dtype="str")).astype(np.int32)


def text_changed(
    answers: Answers, rows: NDArray[np.int32], items: pd.DataFrame
) -> NDArray[np.bool_]:
    """Which answers are about another text than their item has now.

    Parameters
    ----------
    answers
        The answers; one that does not say which text it is about is about any.
    rows
        The row of the item of each; -1 for an unknown one.
    items
        Columns title and description.
    """
    changed = np.zeros(len(answers), bool)
    comparable = np.flatnonzero((answers.text != 0) & (rows >= 0))
    wanted, of_answer = np.unique(rows[comparable], return_inverse=True)
    texts = [items[name].take(wanted).to_numpy(object) for name in ("title", "description")]
    hashes = np.array([_text_hash(*pair) for pair in zip(*texts, strict=True)], np.uint64)
    changed[comparable] = hashes[of_answer] != answers.text[comparable]
    return changed


def _text_hash(title: str, description: str) -> int:
    """As `events.canonical.text_hash` has it, which plain texts need less for."""
    if title.isascii() and description.isascii():
        return int.from_bytes(hashlib.sha256(orjson.dumps([title, description])).digest()[:8])
    return int(text_hash(title, description), 16)


@dataclass(frozen=True)
class Shown:
    """The lists of tags that answers are about.

    Attributes
    ----------
    lists
        Those of `asked` and `yes`, and after them those of the taxonomies that were shown.
    asked
        The list of the tags that each answer was asked, as an index in `lists`; -1 for none.
    unknown
        Which answers say neither what was asked nor which of the known taxonomies was shown.
    """

    lists: TagLists
    asked: NDArray[np.int32]
    unknown: NDArray[np.bool_]


def shown(answers: Answers, names: Names, taxonomies: Mapping[str, Sequence[str]]) -> Shown:
    """What each answer was asked.

    Parameters
    ----------
    answers, names
        The answers.
    taxonomies
        The tags of those taxonomies that are kept, by their hash.
    """
    kept = [taxonomies.get(name) for name in names.taxonomies]
    of_tax = np.array([-1 if one is None else index for index, one in enumerate(kept)], np.int32)
    lists = [*names.lists, *(one or () for one in kept)]
    if not len(of_tax):
        tax = np.full(len(answers), -1, np.int32)
    else:
        tax = np.where(answers.tax >= 0, of_tax[answers.tax], -1)
    offset = len(names.lists)
    asked = np.where(answers.asked >= 0, answers.asked, np.where(tax >= 0, tax + offset, -1))
    decides = _DECIDES[answers.act]
    return Shown(
        lists=TagLists.of(lists),
        asked=np.where(decides, asked, -1).astype(np.int32),
        unknown=decides & (asked < 0),
    )


def not_asked(answers: Answers, lists: TagLists) -> dict[int, str]:
    """The answers that say yes to a tag that was not asked, by their index, and the first such."""
    both = np.flatnonzero((answers.asked >= 0) & (answers.yes >= 0))
    width = len(lists.starts)
    key = answers.asked[both].astype(np.int64) * width + answers.yes[both]
    pairs, of_answer = np.unique(key, return_inverse=True)
    asked_at, asked = lists.members((pairs // width).astype(np.int32))
    yes_at, yes = lists.members((pairs % width).astype(np.int32))
    tags = len(lists.tags) + 1
    extra = np.flatnonzero(~np.isin(yes_at * tags + yes, asked_at * tags + asked))[::-1]
    first = dict(zip(yes_at[extra].tolist(), yes[extra].tolist(), strict=True))
    wrong = np.flatnonzero(np.isin(of_answer, list(first)))
    return {int(both[one]): lists.tags[first[int(of_answer[one])]] for one in wrong.tolist()}


def why_not_used(answers: Answers, gone: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.int8]:
    """Why each answer does not count, as an index in `REASONS` from 1; 0: it does.

    Parameters
    ----------
    answers
        The answers.
    gone
        By a reason, the answers that it holds for. Of several the first of `REASONS` is said.
    """
    codes = np.zeros(len(answers), np.int8)
    for reason in reversed(REASONS):
        codes[gone[reason]] = _CODE[reason]
    return codes


def may_not(
    answers: Answers, names: Names, adjudicators: Literal["anyone"] | Sequence[str]
) -> NDArray[np.bool_]:
    """Which answers adjudicate, or say what is gold, and are by somebody who may not."""
    if adjudicators == "anyone":
        return np.zeros(len(answers), bool)
    allowed = np.array([name in set(adjudicators) for name in names.names], bool)
    return _ADJUDICATES[answers.act] & ~_of(allowed, answers.by)


def asks_retired_alone(answers: Answers, about: Shown, targets: Targets) -> NDArray[np.bool_]:
    """Which answers, and suggestions, are about no tag that there still is."""
    alone = np.append(about.lists.where_all(targets.gone), False)  # the last one is that of -1
    empty = np.append(np.diff(about.lists.starts) == 0, True)
    asked, yes = about.asked, answers.yes
    nothing_else = empty[yes] | alone[yes]
    retired_alone: NDArray[np.bool_] = np.where(
        _SUGGESTS[answers.act], alone[yes], alone[asked] & nothing_else
    )
    return retired_alone


def _of(values: NDArray[np.bool_], codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = values[codes] if len(values) else np.zeros(len(codes), bool)
    return chosen
