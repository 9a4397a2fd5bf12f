"""The version of each change of a label, and with it the commit and its author."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.history.blame import Blame, LabelBlame
from tagledger.history.people import People
from tagledger_dashboard.views.causes import NAMES


def last_change(present: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The version of the last change of each label.

    Parameters
    ----------
    present
        Shape (versions, labels), in the order of time: whether the version has the label.

    Returns
    -------
    ndarray
        Shape (labels,): index of the version; 0 where no version after the first changed the label.
    """
    changed = np.vstack([np.zeros_like(present[:1]), present[1:] != present[:-1]])
    return np.where(
        changed.any(axis=0), len(present) - 1 - np.argmax(changed[::-1], axis=0), 0
    ).astype(np.int64)


def presence(pairs: pd.DataFrame, labels: Sequence[pd.DataFrame]) -> NDArray[np.bool_]:
    """Which versions have which labels.

    Parameters
    ----------
    pairs
        Columns id and tag.
    labels
        The labels of each version: columns id and tag (category).

    Returns
    -------
    ndarray
        Shape (versions, labels).
    """
    ids = pd.Index(pairs["id"].unique())
    tags = pd.Index(pairs["tag"].astype("str").unique())
    width = max(len(tags), 1)

    def keys(frame: pd.DataFrame) -> NDArray[np.int64]:
        of_tag = tags.get_indexer(frame["tag"].cat.categories.astype("str"))
        item = ids.get_indexer(pd.Index(frame["id"]))
        tag = of_tag[frame["tag"].cat.codes.to_numpy()]
        return np.where((item >= 0) & (tag >= 0), item * width + tag, -1)

    wanted = keys(pairs.astype({"tag": "category"}))
    present = [np.isin(wanted, keys(frame)) for frame in labels]
    return np.array(present, dtype=bool).reshape(len(labels), len(pairs))


def frame(history: Blame) -> pd.DataFrame:
    """Each label that an item has or had, with its last change, as text for people.

    Returns
    -------
    DataFrame
        tag, state (has, lost), version, commit, author, date, cause, people (where somebody decided
        a label), subject: all text.
    """
    rows = []
    for label in history.labels:
        change = label.taken or label.brought
        rows.append(
            {
                "tag": label.tag,
                "state": "lost" if label.taken else "has",
                "version": change.version,
                "commit": (change.commit or "")[:7],
                "author": change.author or "",
                "date": str(change.date or "")[:10],
                "cause": NAMES[change.cause] if change.cause else "",
                "people": _people(label),
                "subject": change.subject or "",
            }
        )
    names = ["tag", "state", "version", "commit", "author", "date", "cause", "people", "subject"]
    if not any(row["people"] for row in rows):
        names.remove("people")
    return pd.DataFrame(rows, columns=names, dtype="str")


def _people(label: LabelBlame) -> str:
    """Who is behind the last change of a label, and who decided it since then."""
    change = label.taken or label.brought
    parts = [_named(change.people)]
    if label.decided and label.decided.people.events != change.people.events:
        word = "confirmed" if label.decided.source else label.decided.state
        if label.decided.state != "labelled" or label.taken is not None:
            word = label.decided.state
        parts.append(f"{word} by {_named(label.decided.people)}")
    return "; ".join(filter(None, parts))


def _named(people: People) -> str:
    names = ", ".join(filter(None, (people.annotator, people.adjudicator)))
    return f"{names} ({people.campaign})" if people.campaign else names
