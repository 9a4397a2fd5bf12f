"""Answers of one version alone that explain a label, whatever its tag is called in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from tagledger.compare.annotations import Annotations, LabelVerdicts, Marks, Rows, other_names


def under_other_names(
    present: Annotations, absent: Annotations, tags: pd.Series
) -> Iterator[tuple[Rows, str]]:
    """The labels whose tag the changes of tags tie to another name: positions, and that name."""
    code = tags.cat.codes.to_numpy()
    of_tag: Mapping[str, Sequence[str]] = other_names(present, absent)
    for column, tag in enumerate(tags.cat.categories.astype("str")):
        names = [name for name in of_tag.get(tag, ()) if name != tag]
        at = np.flatnonzero(code == column) if names else np.zeros(0, np.int64)
        if len(at):
            yield from ((at, name) for name in names)


def explained_by_answers(
    mine: LabelVerdicts,
    theirs: LabelVerdicts,
    others: Sequence[tuple[Rows, LabelVerdicts, LabelVerdicts]],
) -> tuple[Marks, Marks]:
    """Which labels new answers explain, if no change of tags brings them under another name.

    So it is if people say yes by an answer that the version without the label has under none of the
    names, or if they say no there by an answer that the version with the label does not have.

    Parameters
    ----------
    mine, theirs
        The verdicts on the labels in the version that has them, and in the other.
    others
        Positions of labels whose tag has another name, and the verdicts on that name in both.

    Returns
    -------
    explained, adjudicated
        Shape (labels,): which they explain, and where who adjudicates says no.
    """
    explained, adjudicated = np.zeros(len(mine.row), bool), np.zeros(len(mine.row), bool)
    at = np.unique(np.concatenate([at for at, _, _ in others] or [np.zeros(0, np.int64)]))
    both_events = [_events_by_position(at, one.at(at)) for one in (mine, theirs)]
    for where, in_mine, in_theirs in others:
        for events, verdicts in zip(both_events, (in_mine, in_theirs), strict=True):
            for position, others_too in _events_by_position(where, verdicts).items():
                events[position] |= others_too
    yes = at[mine.says_yes[at]]
    for position, of_yes in _events_by_position(yes, mine.at(yes)).items():
        explained[position] = not of_yes <= both_events[1][position]
    for where, _, in_theirs in others:
        no = np.flatnonzero(in_theirs.decides & ~in_theirs.says_yes)
        adjudicates = in_theirs.is_adjudicated
        for row, of_no in _events_by_position(no, in_theirs.at(no)).items():
            if not of_no <= both_events[0][int(where[row])]:
                explained[where[row]] = True
                adjudicated[where[row]] |= adjudicates[row]
    return explained, adjudicated


def _events_by_position(positions: Rows, verdicts: LabelVerdicts) -> dict[int, set[str]]:
    """The ids of the events behind the verdicts on labels, by the positions of these."""
    texts = verdicts.texts("events").tolist()
    return {
        position: set(text.split())
        for position, text in zip(positions.tolist(), texts, strict=True)
    }
