"""Everything that a policy needs to judge by: answers as cells, and what the source says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger import documents, tables
from tagledger.cleaning.taxonomy import Spelling, alias_owners
from tagledger.cleaning.text import TagSpelling
from tagledger.events.event import ACTS
from tagledger.events.store import read_taxonomy
from tagledger.verdicts import sifting
from tagledger.verdicts.cells import Cells, CountedAnswers, latest_cells
from tagledger.verdicts.lines import Line
from tagledger.verdicts.reading import Names, Read, SetAside, read
from tagledger.verdicts.sifting import Distinct
from tagledger.verdicts.tag_changes import Changes, work_out
from tagledger.verdicts.tag_lists import TagLists, ends_of, targets


@dataclass(frozen=True)
class Source:
    """What the clean stage made.

    Attributes
    ----------
    items
        Columns id, title, description.
    labels
        Columns id and tag (category).
    taxonomy
        Columns tag, aliases, parents.
    rule
        When two spellings are one tag.
    resolve_aliases
        Whether an alias of the taxonomy is its tag.
    """

    items: pd.DataFrame
    labels: pd.DataFrame
    taxonomy: pd.DataFrame
    rule: TagSpelling = "words"
    resolve_aliases: bool = False

    def speller(self) -> Callable[[str], str]:
        """Gives the one spelling of a tag: that which the taxonomy has, or else the labels.

        An alias stays: a change of tags may name a tag by what was its alias.
        """
        spellings = [*self.taxonomy["tag"], *self.labels["tag"].cat.categories.astype("str")]
        spelling = Spelling(spellings, self.rule)
        spelled: dict[str, str] = {}

        def spell(tag: str) -> str:
            if tag not in spelled:
                spelled[tag] = spelling.of(tag)
            return spelled[tag]

        return spell

    def namer(self) -> Callable[[str], str]:
        """Gives the tag that an answer means: as clean does for labels, aliases and all."""
        spell = self.speller()
        owner = alias_owners(self.taxonomy) if self.resolve_aliases else {}
        return lambda tag: owner.get(name := spell(tag), name)


def read_source(root: Path) -> Source:
    """What the clean stage made in the work tree.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        A table is not there, or cannot be read.
    """
    about = documents.read_object(root / tables.CLEAN_ROWS, hint="`dvc repro` makes it anew")
    return Source(
        items=tables.read(root / tables.CLEAN_ITEMS),
        labels=tables.read(root / tables.CLEAN_LABELS),
        taxonomy=tables.read(root / tables.CLEAN_TAXONOMY),
        rule=about.get("tag_spelling", "words"),
        resolve_aliases=about.get("resolve_aliases") is True,
    )


@dataclass(frozen=True)
class SourceLabels:
    """The source's labels under the names that tags have now.

    Attributes
    ----------
    pairs
        Shape (labels,): the row of the item times the number of tags, plus the tag; ascending.
    split
        By the number of a tag that was split, if labels or answers are about it, the numbers of its
        parts.
    """

    pairs: NDArray[np.int64]
    split: Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Gathered:
    """What was read, sifted and put in order.

    Attributes
    ----------
    read, distinct
        The events.
    tags
        All tags that labels and answers have, ascending.
    cells
        What the answers that count say.
    by
        Shape (cells,): who says it, as an index in `names.names`.
    labels
        What the source says.
    changes
        What becomes of tags.
    why_not
        Of each distinct answer why it does not count, as an index in `sifting.REASONS` from 1.
    counted
        Of each distinct answer whether a cell of it is the latest.
    gone
        The ids of other events that are replaced.
    reasons
        By the ids of other events why they are set aside.
    set_aside
        Lines that are no events.
    """

    read: Read
    distinct: Distinct
    tags: list[str]
    cells: Cells
    by: NDArray[np.int32]
    labels: SourceLabels
    changes: Changes
    why_not: NDArray[np.int8]
    counted: NDArray[np.bool_]
    gone: set[str]
    reasons: Mapping[str, str]
    set_aside: Sequence[SetAside]

    @property
    def names(self) -> Names:
        """What the numbers of answers stand for."""
        return self.read.names


def gather(
    root: Path, source: Source, adjudicators: Literal["anyone"] | Sequence[str] = "anyone"
) -> Gathered:
    """Read all events, and work out what they say.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source
        What the clean stage made.
    adjudicators
        Who may adjudicate.

    Raises
    ------
    TagledgerError
        A file cannot be read, or a kept taxonomy is not what it was.
    """
    events = read(root)
    names, spell = events.names, source.speller()
    kept = {name: read_taxonomy(root, name) for name in names.taxonomies}
    once, no_events = _without_contradictions(sifting.distinct(events), names)
    answers = once.answers
    about = sifting.shown(answers, names, {k: one for k, one in kept.items() if one is not None})
    gone, others_gone = sifting.replaced(once, events)
    tag_events, withdrawals, reasons = sifting.why_not_counted(once.others, others_gone, spell)
    changes = work_out(tag_events, spell)
    ends = ends_of(about.lists.tags, source.namer(), changes.of)
    tags = sorted(_tags_of_labels(source, changes).union(*(one for one, _ in ends)))
    of_lists = targets(ends, tags)
    rows = sifting.rows_of(names.items, source.items["id"])
    rows = rows[answers.item] if len(rows) else np.empty(0, np.int32)
    why_not = sifting.why_not_used(
        answers,
        {
            "replaced": gone,
            "withdrawn": sifting.withdrawn(answers, names, withdrawals),
            "unknown item": rows < 0,
            "text changed": sifting.text_changed(answers, rows, source.items),
            "taxonomy unknown": about.unknown,
            "may not adjudicate": sifting.may_not(answers, names, adjudicators),
            "tag retired": sifting.asks_retired_alone(answers, about, of_lists),
        },
    )
    counting = CountedAnswers(answers, rows, about.asked, about.lists, of_lists, len(tags))
    cells = latest_cells(counting, np.flatnonzero(why_not == sifting.COUNTS))
    counted = np.zeros(len(answers), bool)
    counted[cells.event] = True
    return Gathered(
        read=events,
        distinct=once,
        tags=tags,
        cells=cells,
        by=answers.by[cells.event],
        labels=_source_labels(source, changes, tags),
        changes=changes,
        why_not=why_not,
        counted=counted,
        gone=others_gone,
        reasons=reasons,
        set_aside=[*events.set_aside, *no_events],
    )


def _without_contradictions(once: Distinct, names: Names) -> tuple[Distinct, list[SetAside]]:
    """Set aside the answers that say yes to what they were not asked."""
    answers = once.answers
    wrong = sifting.not_asked(answers, TagLists.of(names.lists))
    if not wrong:
        return once, []
    set_aside = []
    for index, tag in wrong.items():
        item = names.items[answers.item[index]]
        described = Line(
            f"not an event: yes has {tag}, which was not asked",
            f"{answers.id[index]:016x}",
            names.names[answers.by[index]],
            ACTS[answers.act[index]],
            item,
        )
        set_aside.append(SetAside(int(answers.file[index]), int(answers.line[index]), described))
    sound = np.ones(len(answers), bool)
    sound[list(wrong)] = False
    return replace(once, answers=answers.take(sound)), set_aside


def _tags_of_labels(source: Source, changes: Changes) -> set[str]:
    """All names that a label of the source may come to have."""
    names: set[str] = set()
    for tag in source.labels["tag"].cat.categories.astype("str"):
        change = changes.of.get(tag)
        names |= {tag} if change is None else {*change.ends, change.split or tag}
    return names


def _source_labels(source: Source, changes: Changes, tags: Sequence[str]) -> SourceLabels:
    code_of = {tag: number for number, tag in enumerate(tags)}
    now = []
    for tag in source.labels["tag"].cat.categories.astype("str"):
        change = changes.of.get(tag)
        if change is None:
            now.append(code_of[tag])
        elif change.split is not None:
            now.append(code_of[change.split])
        else:
            now.append(code_of[change.ends[0]] if change.ends else -1)
    codes = np.array([*now, -1], np.int64)[source.labels["tag"].cat.codes.to_numpy()]
    rows = pd.Index(source.items["id"]).get_indexer(pd.Index(source.labels["id"]))
    stays = (codes >= 0) & (rows >= 0)
    pairs = rows[stays].astype(np.int64) * len(tags) + codes[stays]
    split = {
        code_of[change.split]: [code_of[part] for part in change.ends]
        for change in changes.of.values()
        if change.split in code_of
    }
    return SourceLabels(each_once(pairs), split)


def each_once(*parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0, ascending; most quickly where each part ascends."""
    values = np.sort(np.concatenate(parts), kind="stable")
    return values[np.diff(values, prepend=-1) > 0]  # np.unique hashes, in ten times the time
