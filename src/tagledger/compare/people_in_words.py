"""The people behind a comparison in words, which the terminal and Markdown share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tagledger.compare.cause_table import CAUSES
from tagledger.words import listed, number, plain

if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.renames import Rename
    from tagledger.compare.result import Comparison

_NAMED = 5

Show = Callable[[str], str]


LAPSED = "answers no longer count (the text changed, or they were withdrawn)"


def meaning(comparison: Comparison, cause: str) -> str:
    """What a cause says of one label; that answers no longer count, where that is all of it."""
    row = comparison.causes[comparison.causes["cause"] == cause]
    size, lapsed = int(row[["gained", "lost"]].to_numpy().sum()), comparison.lapsed(cause)
    if lapsed and lapsed == size:
        return LAPSED
    return f"{CAUSES[cause]}{f' ({number(lapsed)} of {number(size)})' if lapsed else ''}"


def behind(comparison: Comparison, cause: str, show: Show = plain) -> str:
    """Who is behind the labels of a cause, with numbers of labels; empty where nobody is.

    Such as "by ann (30) and bob (20), in the campaign spring (45)".
    """
    people = _sizes(comparison.annotators(), cause, show)
    if not people:
        return ""
    campaigns = _sizes(comparison.of_campaigns(), cause, show)
    word = "campaign" if len(campaigns) == 1 else "campaigns"
    within = f", in the {word} {listed(campaigns, _NAMED)}" if campaigns else ""
    return f"by {listed(people, _NAMED)}{within}"


def _sizes(table: pd.DataFrame, cause: str, show: Show) -> list[str]:
    of_cause = table[table["cause"] == cause]
    # A renamed label is lost under its old name and gained under its new one, and is one label.
    sizes = of_cause["lost"] if cause == "renamed" else of_cause["gained"] + of_cause["lost"]
    names = zip(of_cause["name"], sizes.tolist(), strict=True)
    return [f"{show(name)} ({number(size)})" for name, size in names]


def rename_events(comparison: Comparison, rename: Rename) -> list[dict[str, str]]:
    """The events that say that tags of a rename became one another: act, tag, to, by, event."""
    pairs = {(old, new) for old in rename.before for new in rename.after}
    pairs |= {(new, old) for old, new in pairs}  # a newer version may be compared with an older one
    rows = comparison.tag_changes.to_dict("records")
    return [
        {str(name): str(value) for name, value in row.items()}
        for row in rows
        if (row["tag"], row["to"]) in pairs
    ]


def renamed_by(comparison: Comparison, rename: Rename, show: Show = plain) -> str:
    """Such as "by ann: rename event"; empty where no event says so."""
    events = rename_events(comparison, rename)
    if not events:
        return ""
    names = sorted({event["by"] for event in events})
    acts = sorted({event["act"] for event in events})
    return f"by {listed([*map(show, names)], _NAMED)}: {listed(acts, _NAMED)} event"


def retired_by(comparison: Comparison, tags: Sequence[str], show: Show = plain) -> str:
    """Such as " by ann": who retired some tags, of which one version has none; else empty."""
    changes = comparison.tag_changes
    names = changes.loc[(changes["to"] == "") & changes["tag"].isin(tags), "by"]
    return f" by {listed([*map(show, sorted(set(names)))], _NAMED)}" if len(names) else ""
