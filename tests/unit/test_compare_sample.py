"""Every change that the sample's truth.json records is found and explained, and no other."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tagledger.compare.compare import Comparison, compare
from tagledger.dataset import Dataset
from tagledger.params import CleanParams, FilterParams
from tagledger.readers.raw import read
from tagledger.sources.catalogue import load_catalogue
from tests.sides import made_from

REPOSITORY = Path(__file__).resolve().parents[2]
TRUTH = json.loads((REPOSITORY / "data/sample/truth.json").read_text())
STEPS = list(pairwise(TRUTH["snapshots"]))

by_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[0][:4]} to {step[1][:4]}")
by_layer = pytest.mark.parametrize("layer", ["raw", "clean"])

Step = tuple[str, str]
Labels = set[tuple[int, str]]


@cache
def version(snapshot: str) -> Dataset:
    _, state, reading = load_catalogue(REPOSITORY / "data/sources.yaml").find("sample", snapshot)
    raw = read(reading, REPOSITORY / state.location)
    return made_from(
        raw,
        snapshot,
        clean_params=CleanParams(),
        filter_params=FilterParams(exclude=TRUTH["general_tags"], min_tag_count=TRUTH["threshold"]),
    )


@cache
def compared(step: Step, layer: Any) -> Comparison:
    a, b = (version(snapshot).side(layer) for snapshot in step)
    return compare(a, b, layer, permutations=19)


def planted(step: Step) -> dict[str, Any]:
    (found,) = (change for change in TRUTH["changes"] if (change["from"], change["to"]) == step)
    return found


def unreadable(snapshot: str) -> set[int]:
    """Items that the pipeline sets aside."""
    return {fault["id"] for fault in TRUTH["snapshots"][snapshot]["faults"]["unreadable_dates"]}


def edited(truth: dict[str, Any]) -> tuple[Labels, Labels]:
    """Labels of kept items that were gained and lost, as the record has them."""
    gained: Labels = {(item, truth["rising"]["tag"]) for item in truth["rising"]["labeled_later"]}
    lost: Labels = set()
    for one in truth["corrections"]:
        (gained if one["change"] == "added" else lost).add((one["id"], one["tag"]))
    moves = [(one["from"], one["to"], one["ids"]) for one in truth["renames"]]
    moves += [(one["alias"], one["into"], one["ids"]) for one in truth["merges"]]
    moves += [
        (one["from"], tag, ids) for one in truth["splits"] for tag, ids in one["into"].items()
    ]
    for before, after, ids in moves:
        lost |= {(item, before) for item in ids}
        gained |= {(item, after) for item in ids}
    return gained, lost


# What somebody did to the source: to one label, or to a tag as a whole.
BY_HAND = {"source_edited", "renamed"}


def found_labels(found: Comparison, change: str, causes: set[str]) -> Labels:
    rows = found.changes[found.changes["change"].eq(change) & found.changes["cause"].isin(causes)]
    return set(zip(rows["id"].tolist(), rows["tag"].tolist(), strict=True))


@by_step
def test_the_record_plants_something_of_each_kind(step: Step) -> None:
    truth = planted(step)
    gained, lost = edited(truth)
    assert min(map(len, (gained, lost, truth["renames"], truth["merges"], truth["text_edits"]))) > 0


@by_step
def test_edited_labels_are_those_that_were_planted(step: Step) -> None:
    gained, lost = edited(planted(step))
    aside = unreadable(step[0]) | unreadable(step[1])
    found = compared(step, "clean")
    assert found_labels(found, "gained", BY_HAND) == {one for one in gained if one[0] not in aside}
    assert found_labels(found, "lost", BY_HAND) == {one for one in lost if one[0] not in aside}


@by_step
@by_layer
def test_other_labels_came_and_left_with_their_items(step: Step, layer: Any) -> None:
    truth, found = planted(step), compared(step, layer)
    causes = set(found.causes["cause"])
    assert causes <= {"item_added", "item_removed", "set_aside"} | BY_HAND
    changes = found.changes
    for cause, ids in (("item_added", "added"), ("item_removed", "removed")):
        items = set(changes.loc[changes["cause"] == cause, "id"])
        assert items == set(truth["items"][ids]) - unreadable(step[0]) - unreadable(step[1])
    mended = unreadable(step[0]) ^ unreadable(step[1])
    set_aside = set(changes.loc[changes["cause"] == "set_aside", "id"])
    kept = mended - set(truth["items"]["added"]) - set(truth["items"]["removed"])
    assert set_aside >= kept
    assert set_aside <= mended


@by_step
@pytest.mark.parametrize("layer", ["raw", "clean", "filtered"])
def test_renames_merges_and_splits_are_found_and_none_is_invented(step: Step, layer: Any) -> None:
    truth = planted(step)
    expected = {("rename", (one["from"],), (one["to"],)) for one in truth["renames"]}
    expected |= {("merge", (one["alias"],), (one["into"],)) for one in truth["merges"]}
    expected |= {("split", (one["from"],), tuple(sorted(one["into"]))) for one in truth["splits"]}
    renames = compared(step, layer).renames
    assert {(one.kind, one.before, one.after) for one in renames} == expected
    assert all(one.overlap > 0.8 for one in renames)


@by_step
def test_renamed_items_are_counted(step: Step) -> None:
    truth, aside = planted(step), unreadable(step[0]) | unreadable(step[1])
    found = {one.before[0]: one.items for one in compared(step, "clean").renames}
    for one in truth["renames"]:
        assert found[one["from"]] == len({*one["ids"]} - aside)
    for one in truth["merges"]:
        assert found[one["alias"]] == len({*one["ids"]} - aside)
    for one in truth["splits"]:
        assert found[one["from"]] == len(set().union(*one["into"].values()) - aside)


@by_step
@by_layer
def test_edited_texts_are_those_that_were_planted(step: Step, layer: Any) -> None:
    aside = unreadable(step[0]) | unreadable(step[1])
    texts = {edit["id"] for edit in planted(step)["text_edits"]} - aside
    assert set(compared(step, layer).text_changed) == texts


@by_step
def test_the_filter_adds_causes_of_its_own_and_changes_no_other(step: Step) -> None:
    filtered, clean = (
        {
            (row.id, row.tag, row.change): row.cause
            for row in compared(step, layer).changes.itertuples()
        }
        for layer in ("filtered", "clean")
    )
    own = {label for label in filtered if label not in clean}
    assert {filtered[label] for label in own} == {"threshold"}
    for label in filtered.keys() - own:
        # A renamed label whose other name the filter hides is the filter's doing.
        hidden = clean[label] == "renamed" and filtered[label] in {"threshold", "taxonomy_or_list"}
        assert filtered[label] == clean[label] or hidden


@by_step
def test_a_tag_that_rises_and_one_that_sinks_have_their_counts(step: Step) -> None:
    truth = planted(step)
    tags = compared(step, "clean").tags.set_index("tag")
    aside = unreadable(step[0]) | unreadable(step[1])
    for name in ("rising", "sinking"):
        row, one = tags.loc[truth[name]["tag"]], truth[name]
        assert abs(row["count_a"] - one["count_from"]) <= len(aside)
        assert abs(row["count_b"] - one["count_to"]) <= len(aside)
