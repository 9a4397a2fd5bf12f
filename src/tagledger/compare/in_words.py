"""A comparison in words: the sentences and lines that the terminal and Markdown share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from tagledger.compare.cause_table import TABLE
from tagledger.compare.people_in_words import LAPSED
from tagledger.measures.table import Measure, measures
from tagledger.words import (
    UNDEFINED,
    capital,
    count,
    listed,
    number,
    percent,
    plain,
    q_value,
    signed,
)

# A gate's line is in the list of versions, too, which needs nothing else from here.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.renames import Rename
    from tagledger.compare.result import Comparison, Distance

DISTANCES = {
    "jensen_shannon_divergence": "Jensen-Shannon divergence, bits",
    "jensen_shannon_distance": "Jensen-Shannon distance, its root",
    "hellinger": "Hellinger",
    "total_variation": "total variation",
    "l_infinity": "L-infinity",
    "psi": "population stability index",
}
BECAUSE: dict[str, str] = {cause: entry.because for cause, entry in TABLE.items()}

TOO_FEW = "too few changes to test"
NOT_COMPARABLE = "not comparable"
CROSSED = {"threshold": "crossed the threshold", "taxonomy_or_list": "entered or left a list"}


def is_unchanged(comparison: Comparison) -> bool:
    """Whether a comparison shows no difference between the two versions."""
    items = comparison.items
    changed = (items.added, items.removed, items.relabelled, items.renamed, items.text_changed)
    return not any(changed) and comparison.moved.empty


def are_of_two_sources(comparison: Comparison) -> bool:
    """Whether the two versions are known to be of different sources."""
    a, b = comparison.sources
    return a is not None and b is not None and a != b


def shares_items(comparison: Comparison) -> bool:
    """Whether an id means the same item in both versions, as far as can be seen.

    Two sources may use the same ids for other items: then most texts differ.
    """
    items = comparison.items
    others = are_of_two_sources(comparison) and 2 * items.text_changed > items.kept
    return bool(items.kept) and not others


Show = Callable[[str], str]


def verdict(comparison: Comparison, show: Show = plain) -> str:
    """The whole comparison in one sentence; `show` makes the name of a tag safe to print."""
    items = comparison.items
    if items.kept and not shares_items(comparison):
        return "The two sources share ids, not items: what counts kept items says nothing here."
    parts = _what_changed(comparison, show)
    if not parts:
        if items.text_changed:
            return f"No label changed; {count(items.text_changed, 'item')} got a new text."
        moved = int(comparison.moved["items"].sum())
        if moved:
            return f"No label changed; {count(moved, 'item')} moved between splits."
        return "Nothing changed."
    if items.relabelled:
        parts.append(_main_reason(comparison, show))
    beyond = comparison.distances["jensen_shannon_divergence"].beyond_chance
    parts.append(
        "the mix of tags changed more than chance explains"
        if beyond
        else "the mix of tags changed no more than chance explains"
    )
    return f"{capital('; '.join(parts))}."


def _what_changed(comparison: Comparison, show: Show) -> list[str]:
    """Items, renames and tags that changed, the first of them first."""
    items = comparison.items
    parts = []
    if items.added and items.removed:
        parts.append(f"{_were(items.added, 'added')} and {number(items.removed)} removed")
    elif items.added or items.removed:
        parts.append(
            _were(items.added, "added") if items.added else _were(items.removed, "removed")
        )
    if items.relabelled:
        parts.append(f"of {count(items.kept, 'kept item')}, {number(items.relabelled)} relabelled")
    if comparison.renames:
        parts.append(_renames(comparison, show))
    parts += tag_changes(comparison, show)
    if comparison.absorbed:
        parts.append(_absorbed(comparison, show))
    if items.entered or items.dropped:
        parts.append(entered_and_dropped(comparison))
    return parts


def _renames(comparison: Comparison, show: Show) -> str:
    """How many renames, merges and splits there are, on how many items, and of which tags.

    Two of one kind may share items: theirs are added up.
    """
    shown = []
    for kind in ("rename", "merge", "split", "regroup"):
        renames = [rename for rename in comparison.renames if rename.kind == kind]
        if renames:
            name = count(len(renames), kind, "regroupings" if kind == "regroup" else None)
            items = count(sum(rename.items for rename in renames), "item")
            arrows = [
                f"{listed([*map(show, one.before)])} → {listed([*map(show, one.after)])}"
                for one in renames
            ]
            shown.append(f"{name} ({items}): {listed(arrows, 2)}")
    return "; ".join(shown)


def tag_changes(comparison: Comparison, show: Show = plain) -> list[str]:
    """The tags that one version alone has: for each kind how many, and which.

    Renamed tags are left out, for renames have words of their own. Tags that the filter shows in
    neither version are counted as what they are.
    """
    from tagledger.compare.people_in_words import retired_by
    from tagledger.compare.tag_kinds import KINDS

    shown = []
    for kind, (one, many) in KINDS.items():
        tags = comparison.tags_of_kind(kind)
        if tags and kind != "renamed":
            verb = one if len(tags) == 1 else many
            who = retired_by(comparison, tags, show) if kind in ("retired", "restored") else ""
            shown.append(f"{count(len(tags), 'tag')} {verb}{who}: {listed([*map(show, tags)])}")
    for kind, (one, many) in KINDS.items():
        unseen = comparison.unseen[comparison.unseen["kind"] == kind]
        if len(unseen):
            names = [
                f"{show(tag)} ({count(size, 'item')})"
                for tag, size in zip(unseen["tag"], unseen["count"].tolist(), strict=True)
            ]
            verb = one if len(unseen) == 1 else many
            who = retired_by(comparison, unseen["tag"].tolist(), show)
            shown.append(
                f"{count(len(unseen), 'tag')} {verb}{who}, before the filter: {listed(names, 2)}"
            )
    return shown


def _absorbed(comparison: Comparison, show: Show) -> str:
    """The tags that may have gone into others."""
    names = [
        f"{show(one.tag)} into {show(one.into)} ({count(one.items, 'item')})"
        for one in comparison.absorbed
    ]
    return f"possibly merged: {listed(names, 2)}"


def _were(items: int, verb: str) -> str:
    return f"{count(items, 'item was', 'items were')} {verb}"


def entered_and_dropped(comparison: Comparison) -> str:
    """Kept items that entered the layer or dropped out of it; empty where there are none."""
    entered, dropped = comparison.items.entered, comparison.items.dropped
    layer = f"the {comparison.layer} layer"
    if entered and dropped:
        return (
            f"{count(entered, 'kept item')} entered {layer} and {number(dropped)} dropped out of it"
        )
    if entered:
        return f"{count(entered, 'kept item')} entered {layer}"
    return f"{count(dropped, 'kept item')} dropped out of {layer}" if dropped else ""


def _main_reason(comparison: Comparison, show: Show) -> str:
    """Why labels of kept items changed, other than by renames."""
    import numpy as np

    kept = comparison.changes[comparison.changes["items"] == "kept"]
    kept = kept[kept["cause"] != "renamed"]
    counts = np.bincount(kept["cause"].cat.codes, minlength=len(TABLE))
    cause = list(TABLE)[int(counts.argmax())]
    word = "because" if counts.max() == counts.sum() else "mostly because"
    share = percent(comparison.items.relabelled / comparison.items.kept, 1)
    lapsed = 2 * comparison.lapsed(cause, kept=True) > counts.max()
    because = LAPSED if lapsed else BECAUSE[cause]
    people = comparison.annotators()
    names = [show(name) for name in people.loc[people["cause"] == cause, "name"]]
    who = f": {listed(names)}" if names else ""
    return f"{share} of the kept items were relabelled, {word} {because}{who}"


def alarm(comparison: Comparison, show: Callable[[str], str] = plain) -> str | None:
    """The warning about items that moved from train to test; None where none did.

    Parameters
    ----------
    comparison
        What changed.
    show
        Makes the name of a version safe to print.
    """
    items = comparison.train_to_test
    if not items or not shares_items(comparison):
        return None
    return (
        f"{count(items, 'item')} moved from train to test: a model that was trained on "
        f"{show(comparison.a)} must not be scored on the test split of {show(comparison.b)}."
    )


def _command(text: str) -> str:
    return f"`{plain(text)}`"


def keeping_splits(comparison: Comparison, code: Callable[[str], str] = _command) -> str | None:
    """What to do when items moved from train to test; None where none did.

    Parameters
    ----------
    comparison
        What changed. The work tree is no version that could be frozen.
    code
        Makes a command safe to print, and marks it as one.
    """
    from tagledger.versions import WORKSPACE

    if alarm(comparison) is None or comparison.a == WORKSPACE:
        return None
    freeze, build = code(f"tagledger freeze {comparison.a}"), code("dvc repro")
    return f"{freeze}, then {build}, keeps its items in their splits"


def two_sources(comparison: Comparison, show: Show = plain) -> str:
    """That the versions are of two sources; empty where they are not, as far as is known."""
    if not are_of_two_sources(comparison):
        return ""
    a, b = (show(str(source)) for source in comparison.sources)
    return f"Two sources: {show(comparison.a)} is of {a}, {show(comparison.b)} of {b}"


def newer_first(comparison: Comparison, show: Callable[[str], str] = plain) -> str:
    """That a newer version is compared with an older one."""
    a, b = show(comparison.a), show(comparison.b)
    return f"Newer against older: {a} is the later version, and this is what {b} is beside it"


class Line(NamedTuple):
    """A line of the overview: what is counted, its number in A and in B, and the changes."""

    name: str
    a: int
    b: int
    changes: str


def overview(comparison: Comparison) -> list[Line]:
    """Lines for items, labels and tags, and for labelled items where some items have no label."""
    items, labels = comparison.items, comparison.labels
    tags = comparison.tags
    renamed = f", {number(items.renamed)} with renamed labels only" if items.renamed else ""
    went = f"; {_renamed_labels(comparison)}" if labels.renamed else ""
    return [
        Line(
            "items",
            items.a,
            items.b,
            f"{_both(items.added, items.removed)}; {number(items.kept)} kept, of them "
            f"{number(items.relabelled)} relabelled{renamed}, "
            f"{number(items.text_changed)} with new text",
        ),
        *_labelled(comparison),
        Line(
            "labels",
            labels.a,
            labels.b,
            f"{_both(labels.added, labels.removed)} on kept items; "
            f"{_both(labels.came, labels.left)} on added and removed items{went}",
        ),
        Line(
            "tags", int((tags["count_a"] > 0).sum()), int((tags["count_b"] > 0).sum()), _tags(tags)
        ),
    ]


def _renamed_labels(comparison: Comparison) -> str:
    labels = comparison.labels
    into = "" if labels.renamed == labels.renamed_to else f" into {number(labels.renamed_to)}"
    return f"{number(labels.renamed)} renamed{into}"


def _tags(tags: pd.DataFrame) -> str:
    """How many tags B alone has, and A alone, by kind."""
    from tagledger.compare.tag_kinds import KINDS

    shown = []
    for kind, verbs in KINDS.items():
        of_kind = tags[tags["kind"] == kind]
        more, fewer = int((of_kind["count_b"] > 0).sum()), int((of_kind["count_a"] > 0).sum())
        if len(of_kind):
            # "is new" and "was renamed" want a subject, which a number with a sign is not.
            verb = verbs[0].removeprefix("is ").removeprefix("was ")
            shown.append(f"{_both(more, fewer)} {verb}")
    return "; ".join(shown) or _both(0, 0)


def _labelled(comparison: Comparison) -> list[Line]:
    """The line for items with labels of the layer; none where every item has labels."""
    items = comparison.items
    if (items.layer_a, items.layer_b) == (items.a, items.b):
        return []
    moves = [(items.entered, "entered"), (items.dropped, "dropped")]
    moved = ", ".join(f"{number(size)} {verb}" for size, verb in moves if size)
    changes = f"kept items: {moved}" if moved else "no kept item entered or dropped"
    return [Line("labelled", items.layer_a, items.layer_b, changes)]


def _both(more: int, fewer: int) -> str:
    return f"{signed(more)} {signed(-fewer)}" if more and fewer else signed(more or -fewer)


def top_tags(comparison: Comparison, rows: int) -> tuple[pd.DataFrame, int]:
    """The tags that changed most, and how many other tags changed.

    Tags are ranked by effect size and not by items, because every common tag gains items when the
    dataset grows. Tags of a rename, merge or split are left out: they have a line of their own.

    Returns
    -------
    DataFrame, int
        The columns of `Comparison.tags`, and cause (the most frequent cause of its labels).
    """
    import numpy as np

    tags = comparison.tags
    changed = (tags["change"] != 0) | (tags["lost"] > 0) | (tags["gained"] > 0)
    shown = tags[changed & ~tags["tag"].isin(comparison.renamed_tags)]
    causes = comparison.tag_causes()
    causes = causes.assign(size=causes["gained"] + causes["lost"])
    causes = causes.sort_values(["tag", "size"], ascending=[True, False], kind="stable")
    main = causes.drop_duplicates("tag").set_index("tag")["cause"]
    order = np.lexsort((np.arange(len(shown)), -shown["effect"].abs()))
    top = shown.take(order[:rows]).reset_index(drop=True)
    return (
        top.assign(cause=top["tag"].map(main)),
        len(shown) - len(top),
    )


def top_pairs(comparison: Comparison, rows: int) -> list[tuple[str, str, int, int, int]]:
    """The pairs of tags that changed most: both tags, items in A, items in B, change."""
    top = comparison.pairs.head(rows)
    return list(zip(*(top[name].tolist() for name in top), strict=True))


def q_in_words(row: Any, *, short: bool = False) -> str:
    """The q-value of a row of `Comparison.tags`, or why there is none."""
    if row.crossed:
        return "crossed" if short else CROSSED[row.crossed]
    if row.untested:
        return "too few" if short else TOO_FEW
    return q_value(row.q)


class PresenceChange(NamedTuple):
    """How much the presence of a tag changed, in points, each with its 95 % interval."""

    tag: str
    kept: str
    rest: str
    smallest_loss: str


def presence_changes(tags: pd.DataFrame) -> list[PresenceChange]:
    """The change of presence of each of some rows of `Comparison.tags`."""
    columns = [
        [str(tag) for tag in tags["tag"]],
        *(_points(tags, items) for items in ("kept", "rest")),
        [number(float(loss)) for loss in tags["smallest_loss"]],
    ]
    return [PresenceChange(*line) for line in zip(*columns, strict=True)]


def _points(tags: pd.DataFrame, items: str) -> list[str]:
    """Differences of presence with their intervals, in points; a dash where there are no items."""
    names = (f"{part}_{items}" for part in ("difference", "low", "high"))
    return [
        UNDEFINED
        if math.isnan(value)
        else f"{signed(100 * value, 1)} ({signed(100 * low, 1)} to {signed(100 * high, 1)})"
        for value, low, high in zip(*(tags[name].tolist() for name in names), strict=True)
    ]


POINTS_NOTE = (
    "points of presence, the share of items that have the tag, with 95 % intervals; smallest "
    "loss: the fewest kept items that the tag must lose for p < .05"
)


def tag_note(comparison: Comparison) -> str:
    """How to read q and h."""
    without = "; renamed tags are listed above" if comparison.renames else ""
    crossed = comparison.tags["crossed"].unique()
    words = " or ".join(text for name, text in CROSSED.items() if name in crossed)
    untested = f"; a tag that {words} is not tested, as a parameter changed it" if words else ""
    if (comparison.tags["untested"] == "too_few_changes").any():
        untested += f"; too few: {TOO_FEW}"
    return (
        "q: from a paired test on kept items and a two-proportion test on the other items, "
        f"corrected by Benjamini-Hochberg for all tags and both tests{untested}; h: Cohen's h, "
        f"the effect size{without}"
    )


def is_partial(rename: Rename) -> bool:
    """Whether the old tag still exists and only a part of its items went to the new one."""
    return rename.kind == "split" and len(rename.after) == 1


def distances(comparison: Comparison) -> list[tuple[str, Distance]]:
    """Each distance with the name that people read."""
    return [(name, comparison.distances[key]) for key, name in DISTANCES.items()]


class ImbalanceLine(NamedTuple):
    """A measure of both versions, as text; the change is over the tags that both have."""

    name: str
    a: str
    b: str
    change: str


def imbalance(comparison: Comparison) -> list[ImbalanceLine]:
    """The measures to show."""
    return [
        ImbalanceLine(
            one.title,
            number(one.of(comparison.imbalance_a), one.digits),
            number(one.of(comparison.imbalance_b), one.digits),
            measure_change(comparison, one),
        )
        for one in measures("comparison")
    ]


def measure_change(comparison: Comparison, measure: Measure) -> str:
    """How much a measure changed: one that is better low or high, over the tags of both only."""
    if measure.better == "neither":
        a, b = measure.of(comparison.imbalance_a), measure.of(comparison.imbalance_b)
        return signed(b - a, measure.digits)
    if not comparison.shared.comparable:
        return NOT_COMPARABLE
    return signed(comparison.shared.change(measure), measure.digits)


def imbalance_note(comparison: Comparison) -> str:
    """Over which tags imbalance is compared; empty where both versions have the same ones."""
    shared = comparison.shared
    if shared.tags == shared.tags_a == shared.tags_b:
        return ""
    names = listed([one.title for one in measures("comparison") if one.better != "neither"], 9)
    if shared.comparable:
        return (
            f"changes of {names} are over the {count(shared.tags, 'tag')} that both versions have"
        )
    both = f"{count(shared.tags, 'tag is', 'tags are')} in both versions"
    of = f"of {number(shared.tags_a)} and {number(shared.tags_b)}"
    return f"changes of {names} are not comparable: only {both}, {of}"


def edits(item: Any) -> list[tuple[str, str, str]]:
    """The labels that a relabelled item lost, then those it gained: tag, change, cause."""
    return sorted(item.changes, key=lambda each: (each[1] == "gained", each[0]))
