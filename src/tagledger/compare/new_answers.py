"""Answers of one version alone that explain a label, whatever its tag is called in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from tagledger.compare.annotations import Annotations, Found, Marks, Rows, other_names


def under_other_names(
    present: Annotations, absent: Annotations, tags: pd.Series
) -> Iterator[tuple[Rows, str]]:
    """The labels whose tag the changes of tags tie to another name: their places, and that name."""
    code = tags.cat.codes.to_numpy()
    of_tag: Mapping[str, Sequence[str]] = other_names(present, absent)
    for place, tag in enumerate(tags.cat.categories.astype("str")):
        names = [name for name in of_tag.get(tag, ()) if name != tag]
        at = np.flatnonzero(code == place) if names else np.zeros(0, np.int64)
        if len(at):
            yield from ((at, name) for name in names)


def explained_by_answers(
    mine: Found, theirs: Found, others: Sequence[tuple[Rows, Found, Found]]
) -> tuple[Marks, Marks]:
    """Which labels new answers explain, if no change of tags brings them under another name.

    So it is if people say yes by an answer that the version without the label has under none of the
    names, or if they say no there by an answer that the version with the label does not have.

    Parameters
    ----------
    mine, theirs
        The verdicts on the labels in the version that has them, and in the other.
    others
        Places of labels whose tag has another name, and the verdicts on that name in both.

    Returns
    -------
    explained, adjudicated
        Shape (labels,): which they explain, and where who adjudicates says no.
    """
    explained, adjudicated = np.zeros(len(mine.row), bool), np.zeros(len(mine.row), bool)
    at = np.unique(np.concatenate([at for at, _, _ in others] or [np.zeros(0, np.int64)]))
    known = [_events_by_place(at, one.at(at)) for one in (mine, theirs)]
    for where, in_mine, in_theirs in others:
        for events, found in zip(known, (in_mine, in_theirs), strict=True):
            for place, others_too in _events_by_place(where, found).items():
                events[place] |= others_too
    yes = at[mine.says_yes[at]]
    for place, of_yes in _events_by_place(yes, mine.at(yes)).items():
        explained[place] = not of_yes <= known[1][place]
    for where, _, in_theirs in others:
        no = np.flatnonzero(in_theirs.decides & ~in_theirs.says_yes)
        adjudicates = in_theirs.is_adjudicated
        for row, of_no in _events_by_place(no, in_theirs.at(no)).items():
            if not of_no <= known[0][int(where[row])]:
                explained[where[row]] = True
                adjudicated[where[row]] |= adjudicates[row]
    return explained, adjudicated


def _events_by_place(places: Rows, found: Found) -> dict[int, set[str]]:
    """The ids of the events behind the verdicts on labels, by the places of these."""
    texts = found.texts("events").tolist()
    return {place: set(text.split()) for place, text in zip(places.tolist(), texts, strict=True)}
