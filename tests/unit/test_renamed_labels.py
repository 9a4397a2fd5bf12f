"""A rename is one change: its labels leave what was edited, and each tag has its words."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger import params
from tagledger.compare import in_words
from tagledger.compare.absorbed import Absorbed
from tagledger.compare.result import Comparison
from tagledger.compare.tag_kinds import KINDS
from tagledger.dataset import Dataset
from tagledger.labels import indicator
from tagledger.layers import LAYERS
from tagledger.measures.imbalance import measure
from tagledger.params import CleanParams, FilterParams
from tagledger.readers.raw import read
from tagledger.release.gates import DriftLimit, Gates, State, evaluate
from tagledger.render.comparison_text import print_comparison
from tagledger.sources.catalogue import load_catalogue, mirrored
from tests.conftest import examples
from tests.factories import taxonomy
from tests.sides import compared, labelled_version, made_from, version

TagsOf = dict[int, list[str]]


def causes(found: Comparison) -> Counter[tuple[str, str, str]]:
    columns = (found.changes[name].astype("str") for name in ("change", "tag", "cause"))
    return Counter(zip(*columns, strict=True))


def measured(found: Comparison, target: Dataset) -> dict[str, float]:
    limits = Gates(
        max_labels_changed=1.0,
        max_relabelled_unedited=1.0,
        max_tags_vanished=0,
        drift=DriftLimit(),
    )
    state = State(target.tags, measure(indicator(target.filtered_labels)), 900, 0)
    return {gate.name: gate.value for gate in evaluate(limits, state, found)}


# The example: many items, few edits, one rename.


def packages() -> tuple[TagsOf, TagsOf]:
    """3,000 items of which 20 are relabelled; a tag of 255 becomes another one, on 2 of the 20."""
    before = {
        item: [f"role::{item % 7}", *["uitoolkit::gtk"] * (item < 255)] for item in range(3_000)
    }
    after = {
        item: [tag.replace("uitoolkit::gtk", "uitoolkit::gtk2") for tag in tags]
        for item, tags in before.items()
    }
    for item in range(253, 273):
        after[item] = [*after[item], "suite::gnome"]
    for item in range(500, 600):
        before[item].append("suite::gnome")
        after[item].append("suite::gnome")
    return before, after


def test_a_rename_is_one_change_beside_the_edits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = packages()
    a, b = version(before), version(after, "v2")
    found = compared(a, b, permutations=19)
    assert (found.items.relabelled, found.items.renamed) == (20, 253)
    labels = found.labels
    assert (labels.added, labels.removed, labels.renamed, labels.renamed_to) == (20, 0, 255, 255)
    assert len(found.relabelled_items()) == 20
    for change in found.relabelled_items()["changes"]:
        assert change == [("suite::gnome", "gained", "source_edited")]
    # The distances are those of the edits alone.
    already = {item: [tag.replace("gtk", "gtk2") for tag in tags] for item, tags in before.items()}
    edits = compared(version(already), b, permutations=19).distances
    for name, distance in found.distances.items():
        assert distance.value == pytest.approx(edits[name].value), name
    assert found.distances["l_infinity"].tag == "suite::gnome"
    tags = found.tags.set_index("tag")
    assert tags.loc[["uitoolkit::gtk", "uitoolkit::gtk2"], "q_kept"].isna().all()
    assert tags.loc[["uitoolkit::gtk", "uitoolkit::gtk2"], "effect"].tolist() == [0, 0]
    shown, _ = in_words.top_tags(found, 5)
    assert shown["tag"].tolist() == ["suite::gnome"]
    assert not {"uitoolkit::gtk", "uitoolkit::gtk2"} & {
        *found.pairs["tag_1"],
        *found.pairs["tag_2"],
    }
    values = measured(found, b)
    assert values["max_labels_changed"] == 20 / (3_000 + 255 + 100)
    assert values["max_renamed"] == 255 / (3_000 + 255 + 100)
    assert values["max_relabelled_unedited"] == values["max_tags_vanished"] == values["drift"] == 0
    monkeypatch.setenv("COLUMNS", "80")
    print_comparison(found)
    first = " ".join(capsys.readouterr().out.split("\n")[:5])
    assert "20 relabelled; 1 rename (255 items)" in " ".join(first.split())


# One cause for each label.


def test_an_item_that_had_the_new_tag_already_has_lost_a_label() -> None:
    before = {item: ["x", *["old"] * (item < 20), *["new"] * (item >= 14)] for item in range(40)}
    after = {item: ["x", "new"] for item in before}
    entries_a, entries_b = taxonomy(["x", "old", "new"]), taxonomy(["x", "new"])
    a, b = version(before, entries=entries_a), version(after, entries=entries_b)
    found = compared(a, b)
    assert causes(found) == {
        ("lost", "old", "renamed"): 14,
        ("gained", "new", "renamed"): 14,
        ("lost", "old", "source_edited"): 6,
    }
    assert (found.items.relabelled, found.items.renamed) == (6, 14)
    assert found.absorbed == [Absorbed("old", "new", items=6, had=6)]
    assert compared(b, a).items == found.items


@pytest.mark.parametrize(
    ("keep", "cause", "kind"),
    [
        ({"exclude": ["new"]}, "taxonomy_or_list", "left"),
        ({"min_tag_count": 12}, "threshold", "sank"),
    ],
)
def test_if_the_filter_hides_the_new_name_its_decision_is_the_cause(
    keep: dict[str, Any], cause: str, kind: str
) -> None:
    tags_of = {item: ["x", *["old"] * (item < 9)] for item in range(40)}
    renamed = {item: [tag.replace("old", "new") for tag in tags] for item, tags in tags_of.items()}
    a, b = version(tags_of), version(renamed, keep=keep)
    found, back = compared(a, b), compared(b, a)
    assert causes(found) == {("lost", "old", cause): 9}
    assert causes(back) == {("gained", "old", cause): 9}
    assert (found.labels.renamed, found.items.relabelled) == (0, 9)
    assert found.tags_of_kind(kind) == ["old"]
    assert measured(found, b)["max_tags_vanished"] == 1
    assert compared(a, b, "clean").labels.renamed == 9


def test_two_tags_of_an_item_that_became_one_are_both_renamed() -> None:
    before = {item: ["a"] * (item < 12) + ["b"] * (item >= 10) for item in range(20)}
    after = {key: ["c"] for key in before}
    found = compared(version(before), version(after))
    assert (found.labels.renamed, found.labels.renamed_to) == (22, 20)
    assert (found.items.relabelled, found.items.renamed) == (0, 20)
    assert found.distances["psi"].value == 0


# What may have been a merge.


def test_a_tag_that_stood_beside_another_is_named_only_if_their_names_go_together() -> None:
    for gone, other, is_named in [
        ("unit-tests", "testing", True),
        ("bert", "transformers", False),
    ]:
        before = {item: [other, *[gone] * (item < 15), "x"] for item in range(16)}
        before |= {item: ["x"] for item in range(16, 60)}
        after = {item: [tag for tag in tags if tag != gone] for item, tags in before.items()}
        found = compared(version(before), version(after))
        assert found.renames == []
        assert found.absorbed == ([Absorbed(gone, other, 15, 15)] if is_named else [])
        words = f"possibly merged: {gone} into {other} (15 items)"
        assert (words in in_words.verdict(found)) == is_named
        assert found.items.relabelled == 15


def test_names_do_not_suffice_where_the_companion_is_far_more_common() -> None:
    before = {item: ["graphs", *["graph-clustering"] * (item < 15)] for item in range(60)}
    after = {key: ["graphs"] for key in before}
    assert compared(version(before), version(after)).absorbed == []


def test_a_relabelling_that_no_name_bears_witness_to_is_possibly_a_merge() -> None:
    before = {item: ["dog"] if item < 100 else ["cat"] for item in range(150)}
    after = {key: ["cat"] for key in before}
    found = compared(version(before), version(after))
    assert found.renames == []
    assert found.absorbed == [Absorbed("dog", "cat", items=100, had=0)]
    assert (found.items.relabelled, found.labels.removed) == (100, 100)


# Words for tags.


def test_tags_that_were_there_are_not_new() -> None:
    tags_of = {item: [f"t{item % 6}", "x"] for item in range(60)}
    found = compared(version(tags_of, keep={"min_tag_count": 20}), version(tags_of))
    assert found.tags_of_kind("new") == []
    assert found.tags_of_kind("rose") == [f"t{number}" for number in range(6)]
    assert "6 tags rose above the threshold: t0, t1, t2 and 3 more" in in_words.verdict(found)
    assert "new" not in in_words.verdict(found)
    (line,) = (line for line in in_words.overview(found) if line.name == "tags")
    assert line.changes == "+6 rose above the threshold"


def test_a_tag_that_left_the_taxonomy_has_not_gone() -> None:
    tags_of = {item: ["pytorch", *["own"] * (item < 5), "x"] for item in range(60)}
    after = {item: [tag for tag in tags if tag != "own"] for item, tags in tags_of.items()}
    after[0] = [*after[0], "first", "x"]
    a = version(tags_of, entries=taxonomy(["pytorch", "x", "own"]))
    b = version(after, entries=taxonomy(["x", "own", "first"]))
    found = compared(a, b)
    kinds = {kind: found.tags_of_kind(kind) for kind in KINDS if found.tags_of_kind(kind)}
    assert kinds == {"new": ["first"], "gone": ["own"], "left": ["pytorch"]}
    text = in_words.verdict(found)
    assert "1 tag is gone from the source: own" in text
    assert "1 tag left the taxonomy or a list: pytorch" in text
    assert compared(b, a).tags_of_kind("joined") == ["pytorch"]


def test_a_tag_that_no_version_shows_is_named_apart() -> None:
    tags_of = {item: ["x", *["rare"] * (item < 5)] for item in range(60)}
    after = {key: ["x"] for key in tags_of}
    found = compared(*(version(each, keep={"min_tag_count": 9}) for each in (tags_of, after)))
    assert found.unseen.to_dict("records") == [{"tag": "rare", "kind": "gone", "count": 5}]
    assert compared(version(tags_of), version(after), "clean").unseen.empty


# The published catalogue.


def published(upstream: Path, snapshot: str) -> Dataset:
    root = Path(__file__).resolve().parents[2]
    _, state, reading = load_catalogue(root / "data/sources.yaml").find("madewithml", snapshot)
    raw = read(reading, mirrored(upstream, state.location, "datasets").parent)
    lists = params.load(FilterParams, root / "params.yaml")
    return made_from(raw, snapshot, clean_params=CleanParams(), filter_params=lists)


def test_the_first_lines_say_what_a_reader_of_both_files_would_say(
    upstream: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = (published(upstream, snapshot) for snapshot in ("2021-05-10", "2022-04-08"))
    found = compared(a, b, permutations=19)
    (merge,) = found.renames
    assert [asdict(flow) for flow in merge.flows] == [
        {"before": "production", "after": "mlops", "items": 51}
    ]
    # 44 items gained mlops; 7 had it already.
    assert (found.labels.renamed, found.labels.renamed_to) == (44, 44)
    assert Absorbed("production", "mlops", items=7, had=7) in found.absorbed
    assert "bert" not in {one.tag for one in found.absorbed}
    assert {"pytorch", "tensorflow"} <= {*found.tags_of_kind("left")}
    assert found.tags_of_kind("gone") == found.tags_of_kind("new") == []
    monkeypatch.setenv("COLUMNS", "80")
    print_comparison(found)
    first = " ".join(" ".join(capsys.readouterr().out.split("\n")[:6]).split())
    assert "1 merge (51 items): production → mlops" in first
    assert "left the taxonomy or a list: pytorch, tensorflow, attention and" in first
    assert "gone from the source, before the filter: unit-tests (15 items)" in first
    values = measured(found, b)
    assert 0 < values["max_renamed"] < 0.1


# Laws.

ALIASES = taxonomy({"one": {"aliases": ["uno"]}, "two": {"parents": ["one"]}, "three": {}})
NAMES = ["one", "uno", "two", "three", "four"]


@st.composite
def renamings(draw: st.DrawFn) -> tuple[Dataset, Dataset]:
    """Two versions, the second with some tags under other names, some edits and other rules."""
    tags_of = draw(
        st.dictionaries(
            st.integers(1, 14),
            st.lists(st.sampled_from(NAMES), unique=True, max_size=3),
            min_size=6,
        )
    )
    name = draw(st.fixed_dictionaries({tag: st.sampled_from([*NAMES, "five"]) for tag in NAMES}))
    rename = draw(st.booleans())
    after = {
        item: sorted({name[tag] if rename else tag for tag in tags})
        for item, tags in tags_of.items()
        if item not in draw(st.sets(st.integers(1, 14), max_size=2))
    }
    after |= draw(
        st.dictionaries(
            st.integers(1, 16), st.lists(st.sampled_from(NAMES), unique=True), max_size=2
        )
    )
    made = []
    for rows in (tags_of, after):
        rules = {
            "entries": draw(st.sampled_from([None, ALIASES, taxonomy(["one", "four", "five"])])),
            "resolve_aliases": draw(st.booleans()),
            "keep": {
                "include": draw(st.sampled_from(["all", "taxonomy"])),
                "exclude": draw(st.lists(st.sampled_from(NAMES), max_size=1)),
                "min_tag_count": draw(st.integers(1, 3)),
            },
        }
        made.append(labelled_version(rows, **rules))
    return made[0], made[1]


OTHER = {"gained": "lost", "lost": "gained", "came": "left", "left": "came"}
OTHER |= {"item_added": "item_removed", "item_removed": "item_added"}
OTHER_KIND = {"new": "gone", "rose": "sank", "joined": "left", "shown": "hidden"}
OTHER_KIND |= {other: one for one, other in OTHER_KIND.items()}


@examples(80, part=8)
@given(renamings(), st.sampled_from(LAYERS))
def test_swapping_the_versions_mirrors_everything(
    versions: tuple[Dataset, Dataset], layer: Any
) -> None:
    a, b = versions
    there, back = compared(a, b, layer), compared(b, a, layer)
    columns = ["id", "tag", "change", "items", "cause"]
    forth = there.changes[columns].astype(object).to_numpy().tolist()
    mirrored = back.changes[columns].astype(object).to_numpy().tolist()
    assert forth == [
        [item, tag, *(OTHER.get(word, word) for word in words)] for item, tag, *words in mirrored
    ]
    one, other = asdict(there.labels), asdict(back.labels)
    names = {"a": "b", "added": "removed", "came": "left", "renamed": "renamed_to"}
    assert all(one[mine] == other[theirs] for mine, theirs in names.items())
    assert all(other[mine] == one[theirs] for mine, theirs in names.items())
    for name in ("kept", "relabelled", "renamed", "text_changed"):
        assert getattr(there.items, name) == getattr(back.items, name)
    assert {(each.before, each.after, each.items) for each in there.renames} == {
        (each.after, each.before, each.items) for each in back.renames
    }
    mine, theirs = (found.tags.sort_values("tag", ignore_index=True) for found in (there, back))
    assert [OTHER_KIND.get(kind, kind) for kind in mine["kind"]] == theirs["kind"].tolist()
    assert np.allclose(mine["q_kept"], theirs["q_kept"], equal_nan=True)
    assert np.allclose(mine["effect"], -theirs["effect"], equal_nan=True)
    pairs = [
        [*each, -change]
        for *each, change in back.pairs[["tag_1", "tag_2", "count_b", "count_a", "change"]]
        .to_numpy()
        .tolist()
    ]
    assert there.pairs.to_numpy().tolist() == pairs
    for name, distance in there.distances.items():
        if name in {"jensen_shannon_divergence", "hellinger", "total_variation", "l_infinity"}:
            assert distance.value == pytest.approx(back.distances[name].value, nan_ok=True)


@examples(80, part=8)
@given(renamings(), st.sampled_from(LAYERS))
def test_labels_and_items_add_up_and_only_a_rename_renames(
    versions: tuple[Dataset, Dataset], layer: Any
) -> None:
    a, b = versions
    found = compared(a, b, layer)
    labels, items = found.labels, found.items
    assert labels.a == labels.kept + labels.removed + labels.renamed + labels.left
    assert labels.b == labels.kept + labels.added + labels.renamed_to + labels.came
    kept = found.changes[found.changes["items"] == "kept"]
    assert items.relabelled + items.renamed == kept["id"].nunique()
    assert items.relabelled == kept.loc[kept["cause"] != "renamed", "id"].nunique()
    assert items.entered + items.dropped <= items.relabelled
    renamed = found.changes[found.changes["cause"] == "renamed"]
    assert (len(renamed[renamed["change"] == "lost"]), len(renamed) - labels.renamed) == (
        labels.renamed,
        labels.renamed_to,
    )
    changed = {
        (row.id, row.tag, row.change) for row in compared(a, b, before(layer)).changes.itertuples()
    }
    shown = {(row.id, row.tag, row.change) for row in found.changes.itertuples()}
    for row in renamed.itertuples():
        partners = {
            tag
            for each in found.renames
            for mine, theirs in ((each.before, each.after), (each.after, each.before))
            if row.tag in mine and (row.change == "lost") == (mine is each.before)
            for tag in theirs
        }
        other = OTHER[row.change]
        assert (row.id, row.tag, row.change) in changed
        assert any({(row.id, tag, other)} <= changed & shown for tag in partners)


def before(layer: str) -> Any:
    return "clean" if layer == "filtered" else layer
