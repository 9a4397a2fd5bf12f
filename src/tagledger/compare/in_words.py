"""What is said first of a comparison, in the words that the terminal and Markdown share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from tagledger.measures.table import measures
from tagledger.words import many, percent, plain, signed

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
BECAUSE = {
    "item_added": "their items are new",
    "item_removed": "their items are gone",
    "quarantine": "rows were set aside, or no longer are",
    "source_edited": "labels were edited in the source",
    "duplicate_rule": "clean.duplicate_ids changed",
    "alias_or_spelling": "aliases or spellings changed",
    "parents_rule": "broader tags are treated otherwise",
    "taxonomy_or_list": "tags entered or left the taxonomy or a list",
    "threshold": "tags crossed filter.min_tag_count",
    "code": "the pipeline's own code changed",
}

CROSSED = {"threshold": "crossed the threshold", "taxonomy_or_list": "entered or left a list"}


def is_unchanged(found: Comparison) -> bool:
    """Whether the two versions are the same in all that is compared."""
    items = found.items
    return not (items.added or items.removed or items.relabelled or items.text_changed) and (
        found.moved.empty
    )


def verdict(found: Comparison) -> str:
    """The whole comparison in one sentence."""
    items = found.items
    said = []
    if items.added and items.removed:
        said.append(f"{_were(items.added, 'added')} and {items.removed:,} removed")
    elif items.added or items.removed:
        said.append(_were(items.added, "added") if items.added else _were(items.removed, "removed"))
    if items.relabelled:
        share = percent(items.relabelled / items.kept)
        reason = _main_reason(found)
        said.append(f"{share} of the {many(items.kept, 'kept item')} were relabelled{reason}")
    if items.entered or items.dropped:
        said.append(f"of the kept items {_entered_and_dropped(found)} the {found.layer} layer")
    if not said:
        if items.text_changed:
            return f"No label changed; {many(items.text_changed, 'item')} got a new text."
        moved = int(found.moved["items"].sum())
        if moved:
            return f"No label changed; {many(moved, 'item')} moved between splits."
        return "Nothing changed."
    if found.renames:
        number = len(found.renames)
        verb = "tag was" if number == 1 else "tags were"
        said.append(f"{number:,} {verb} renamed, merged or split")
    beyond = found.distances["jensen_shannon_divergence"].beyond_chance
    said.append(
        "the mix of tags moved further than chance would move it"
        if beyond
        else "the mix of tags moved no further than chance would move it"
    )
    return f"{'; '.join(said)}."


def _were(number: int, verb: str) -> str:
    return f"{many(number, 'item')} {'was' if number == 1 else 'were'} {verb}"


def _entered_and_dropped(found: Comparison) -> str:
    entered, dropped = found.items.entered, found.items.dropped
    parts = (f"{entered:,} entered" * bool(entered), f"{dropped:,} dropped out of" * bool(dropped))
    return " and ".join(part for part in parts if part)


def _main_reason(found: Comparison) -> str:
    import numpy as np

    from tagledger.compare.causes import CAUSES

    kept = found.changes[found.changes["items"] == "kept"]
    counts = np.bincount(kept["cause"].cat.codes, minlength=len(CAUSES))
    cause = list(CAUSES)[int(counts.argmax())]
    word = "because" if counts.max() == counts.sum() else "mostly because"
    return f", {word} {BECAUSE[cause]}"


def alarm(found: Comparison, show: Callable[[str], str] = plain) -> str | None:
    """What must not go unseen: items that moved from train to test.

    Parameters
    ----------
    found
        What changed.
    show
        How to print the name of a version.
    """
    number = found.train_to_test
    if not number:
        return None
    verb = "item moved" if number == 1 else "items moved"
    return (
        f"{number:,} {verb} from train to test: a model trained on {show(found.a)} "
        f"must not be scored on the test split of {show(found.b)}."
    )


class Line(NamedTuple):
    """A line of the overview: what is counted, in A and in B, and how one became the other."""

    name: str
    a: int
    b: int
    how: str


def overview(found: Comparison) -> list[Line]:
    """Items, those that have labels where not all have, labels and tags."""
    items, labels = found.items, found.labels
    counts = found.tags[["count_a", "count_b"]] > 0
    new, gone = counts["count_b"] & ~counts["count_a"], counts["count_a"] & ~counts["count_b"]
    return [
        Line(
            "items",
            items.a,
            items.b,
            f"{_both(items.added, items.removed)}; of {items.kept:,} kept "
            f"{items.relabelled:,} relabelled, {items.text_changed:,} with new text",
        ),
        *_labelled(found),
        Line(
            "labels",
            labels.a,
            labels.b,
            f"{_both(labels.added, labels.removed)} on kept items; "
            f"{_both(labels.came, labels.left)} with their items",
        ),
        Line(
            "tags",
            int(counts["count_a"].sum()),
            int(counts["count_b"].sum()),
            _both(int(new.sum()), int(gone.sum())),
        ),
    ]


def _labelled(found: Comparison) -> list[Line]:
    """The layer's own sizes; nothing where every item has labels of the layer."""
    items = found.items
    if (items.layer_a, items.layer_b) == (items.a, items.b):
        return []
    moves = [(items.entered, "entered"), (items.dropped, "dropped")]
    how = ", ".join(f"{number:,} {verb}" for number, verb in moves if number)
    how = f"of the kept {how}" if how else "no kept item entered or dropped"
    return [Line("labelled", items.layer_a, items.layer_b, how)]


def _both(more: int, fewer: int) -> str:
    return f"{signed(more)} {signed(-fewer)}" if more and fewer else signed(more or -fewer)


def top_tags(found: Comparison, number: int) -> tuple[pd.DataFrame, int]:
    """Tags that changed most, and how many more changed.

    Most is by effect size: in a dataset that grows, every common tag grows. Tags of a rename,
    merge or split are left out: they have a line of their own.

    Returns
    -------
    DataFrame, int
        tag, count_a, count_b, change, q (the smaller of the two tests' q-values), effect, crossed
        (as in `Comparison.tags`), cause (that of most of its labels).
    """
    import numpy as np

    renamed = {tag for rename in found.renames for tag in (*rename.before, *rename.after)}
    tags = found.tags
    changed = (tags["change"] != 0) | (tags["lost"] > 0) | (tags["gained"] > 0)
    shown = tags[changed & ~tags["tag"].isin(renamed)]
    causes = found.tag_causes()
    causes = causes.assign(size=causes["gained"] + causes["lost"])
    causes = causes.sort_values(["tag", "size"], ascending=[True, False], kind="stable")
    main = causes.drop_duplicates("tag").set_index("tag")["cause"]
    order = np.lexsort((np.arange(len(shown)), -shown["effect"].abs()))
    top = shown.take(order[:number]).reset_index(drop=True)
    return (
        top.assign(q=np.fmin(top["q_kept"], top["q_rest"]), cause=top["tag"].map(main)),
        len(shown) - len(top),
    )


def top_pairs(found: Comparison, number: int) -> list[tuple[str, str, int, int, int]]:
    """The pairs of tags that changed most: both tags, items in A and in B, change."""
    top = found.pairs.head(number)
    return list(zip(*(top[name].tolist() for name in top), strict=True))


def tag_note(found: Comparison) -> str:
    """How to read q and h."""
    without = "; tags of renames are above" if found.renames else ""
    crossed = found.tags["crossed"].unique()
    words = " or ".join(text for name, text in CROSSED.items() if name in crossed)
    untested = f"; a tag that {words} is not tested: a parameter is no drift" if words else ""
    return (
        "q: the smaller of the paired test on kept items and the two-proportion test on the "
        f"others, each Benjamini-Hochberg{untested}; h: Cohen's effect size{without}"
    )


def is_partial(rename: Rename) -> bool:
    """Whether a tag stays that gave a part of its items to a new one."""
    return rename.kind == "split" and len(rename.after) == 1


def distances(found: Comparison) -> list[tuple[str, Distance]]:
    """Each distance under its name for people."""
    return [(name, found.distances[key]) for key, name in DISTANCES.items()]


def imbalance(found: Comparison) -> list[tuple[str, float, float, int]]:
    """The measures that people know: name, value in A and in B, and digits to show."""
    return [
        (one.title, one.of(found.imbalance_a), one.of(found.imbalance_b), one.digits)
        for one in measures("comparison")
    ]


def edits(item: Any) -> list[tuple[str, str, str]]:
    """What went from and what came to a relabelled item: tag, change, cause; what went first."""
    return sorted(item.changes, key=lambda each: (each[1] == "gained", each[0]))
