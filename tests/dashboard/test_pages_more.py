"""Tags, Imbalance, Drift and Splits on a repository with three versions, through AppTest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from tagledger import tables
from tagledger.dataset import open_dataset
from tests.dashboard.ledger import Ledger, State, told_once
from tests.dashboard.pages import assert_sound, said

Open = Callable[..., AppTest]
PAGES = ("tags", "imbalance", "drift", "splits")
PAIR = {"base": "v1.1.0", "target": "v1.2.0", "layer": "filtered"}


def tables_with(app: AppTest, column: str) -> list[pd.DataFrame]:
    return [table.value for table in app.dataframe if column in table.value]


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.delta) for one in app.metric}


# Tags


def test_the_distribution_names_the_threshold_of_the_version(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "tags", **PAIR)
    assert_sound(app)
    # vision 5, nlp 13, transformers 9, segmentation 6 and audio 3: one is below 4.
    assert "tags in v1.2.0 have at least 4 items" in said(app)
    app.toggle(key="log").set_value(True).run()
    assert_sound(app)


def test_tags_that_just_missed_say_what_they_need(seen: Open) -> None:
    app = seen("tags", **PAIR)
    (missed,) = tables_with(app, "needs")
    row = missed.set_index("tag").loc["audio"]
    assert row["items"] + row["needs"] == 4


def test_the_slider_shows_what_another_threshold_would_leave(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "tags", **PAIR)
    assert app.slider(key="threshold_v1.2.0").value == 4
    tags, change = metrics(app)["Tags"]
    assert change == ""
    app.slider(key="threshold_v1.2.0").set_value(1).run()
    assert_sound(app)
    assert metrics(app)["Tags"] == (str(int(tags) + 1), "+1")
    assert "A threshold of 1 instead of 4 would keep 1 more tag" in said(app)


def test_a_threshold_above_all_tags_leaves_nothing(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "tags", **PAIR)
    slider = app.slider(key="threshold_v1.2.0")
    slider.set_value(slider.max).run()
    assert_sound(app)
    assert metrics(app)["Items"][0] == "0"


def test_the_taxonomy_is_a_tree_and_missing_parents_are_listed(seen: Open) -> None:
    app = seen("tags", **PAIR)
    (tree,) = tables_with(app, "with_narrower")
    names = tree["name"].tolist()
    assert names[names.index("nlp") + 1] == "\u2003└ transformers"
    (missing,) = tables_with(app, "parent")
    assert set(zip(missing["tag"], missing["parent"], strict=True)) == {
        ("transformers", "nlp"),
        ("segmentation", "vision"),
    }


# One tag


@pytest.mark.parametrize("page", [*PAGES, "overview", "changes"])
def test_a_link_opens_a_tag_on_any_page(page: str, seen: Open) -> None:
    app = seen(page, about="vision", **PAIR)
    assert_sound(app)
    assert app.selectbox(key="about").value == "vision"
    assert "vision is on" in said(app)
    assert "% of the items with vision have segmentation too" in said(app)
    assert metrics(app)["Filter"][0] == "kept"


def test_a_tag_that_the_filter_drops_has_its_items_and_history(
    told: Ledger, open_page: Open
) -> None:
    app = open_page(told.root, "tags", **PAIR)
    app.selectbox(key="about").set_value("audio").run()
    assert_sound(app)
    assert "below the threshold" in said(app)
    (items,) = (table for table in tables_with(app, "title") if "tags" in table)
    assert all("audio" in tags for tags in items["tags"])
    assert len(items) == int(metrics(app)["Items"][0])


def test_a_version_that_is_not_at_hand_is_left_out_of_a_history(
    copy: Ledger, open_page: Open
) -> None:
    copy.object(tables.FILTERED_TAGS.as_posix(), "v1.0.0").unlink()
    app = open_page(copy.root, "tags", about="nlp", **PAIR)
    assert_sound(app)
    assert "Not shown: 1 version whose data is not in the cache" in said(app)


def test_nothing_is_read_twice(
    told: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(told.root, PAGES[0], about="nlp", **PAIR)
    for page in PAGES[1:]:
        app.switch_page(f"screens/{page}.py").run()
    read: list[Path] = []
    monkeypatch.setattr(tables, "read", lambda path, columns=None: read.append(path))
    for page in PAGES:
        app.switch_page(f"screens/{page}.py").run()
        assert_sound(app)
    app.selectbox(key="about").set_value("vision").run()
    assert_sound(app)
    assert read == []


@pytest.fixture(scope="session")
def named(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A version with other names of a tag: its plural beside it, initials, and a longer word."""
    tags = [["object-detection", "object-detections"], ["od", "nlp"], ["detections"], ["nlp"]]
    rows = [
        {
            "id": place,
            "created_on": f"2023-{1 + place % 12:02d}-05",
            "title": f"Report {place}",
            "description": f"word{place} by word{place}",
            "tags": tags[place % 4],
        }
        for place in range(1, 21)
    ]
    taxonomy = [
        {"tag": "object-detection"},
        {"tag": "natural-language-processing", "aliases": ["nlp"]},
    ]
    return told_once(
        tmp_path_factory,
        "named",
        lambda root: Ledger(root).release(State(rows, taxonomy), "v1", "data: the first"),
    )


def test_other_names_of_a_tag_are_proposed_with_evidence(named: Ledger, open_page: Open) -> None:
    app = open_page(named.root, "tags")
    assert_sound(app)
    (table,) = tables_with(app, "alias_of")
    assert table[["tag", "alias_of", "names", "shared"]].values.tolist() == [
        ["nlp", "natural-language-processing", "an alias in the taxonomy", 0],
        ["object-detections", "object-detection", "the same words", 5],
    ]
    assert "1 tag is probably another name of one of its tags" in said(app)
    assert "1 tag is listed as an alias, and not resolved" in said(app)


def test_no_other_name_is_said(seen: Open) -> None:
    app = seen("tags", **PAIR)
    assert not tables_with(app, "alias_of")
    assert "No tag outside the taxonomy looks like another name of one of its tags" in said(app)


def test_a_rising_tag_names_what_it_may_be_an_alias_of(named: Ledger, open_page: Open) -> None:
    app = open_page(named.root, "drift")
    assert_sound(app)
    (table,) = tables_with(app, "rise")
    proposed = table.set_index("tag")["alias_of"].to_dict()
    assert proposed == {
        "object-detections": "object-detection",
        "nlp": "natural-language-processing",
        "od": "",
        "detections": "",
    }


# Imbalance


def test_imbalance_says_which_tags_starve(seen: Open) -> None:
    app = seen("imbalance", **PAIR)
    assert_sound(app)
    (irlbl,) = tables_with(app, "irlbl_before")
    assert irlbl["irlbl"].is_monotonic_decreasing
    assert irlbl["irlbl"].iloc[-1] == 1
    assert "lie above MeanIR" in said(app) or "lies above MeanIR" in said(app)


def test_a_lower_goal_asks_for_more_items(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "imbalance", **PAIR)
    slider = app.slider(key="goal")
    slider.set_value(slider.max).run()
    assert_sound(app)
    assert "none is scarce" in said(app)
    app.slider(key="goal").set_value(2.0).run()
    assert_sound(app)
    (wanted,) = tables_with(app, "wanted")
    assert (wanted["after"] >= wanted["wanted"] - 1e-6).all()
    assert (wanted["items"] < wanted["wanted"]).all()
    assert "a new item of a tag usually carries other tags too" in said(app)


def test_a_goal_may_be_a_number_of_items_and_is_read_from_the_address(
    told: Ledger, open_page: Open
) -> None:
    app = open_page(told.root, "imbalance", **PAIR)
    app.radio(key="goal_kind").set_value("Items per tag").run()
    app.number_input(key="wanted_items").set_value(20).run()
    assert_sound(app)
    assert "give every tag 20 items or more" in said(app)
    asked = {"goal_kind": "Items per tag", "wanted_items": "20"}
    again = open_page(told.root, "imbalance", **PAIR, **asked)
    assert_sound(again)
    (wanted,) = tables_with(again, "wanted")
    assert set(wanted["wanted"]) == {20}
    pd.testing.assert_frame_equal(wanted, tables_with(app, "wanted")[0])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"goal": "100000"}, id="an IRLbl beyond the slider"),
        pytest.param({"goal": "much"}, id="no number"),
        pytest.param({"goal_kind": "nonsense"}, id="no goal"),
        pytest.param({"goal_kind": "Items per tag", "wanted_items": "0"}, id="no items"),
        pytest.param({"goal_kind": "Items per tag", "wanted_items": "10000000"}, id="very many"),
    ],
)
def test_any_goal_in_the_address_is_answered(seen: Open, asked: dict[str, str]) -> None:
    app = seen("imbalance", **PAIR, **asked)
    assert_sound(app)
    assert "none is scarce" in said(app) or "every tag" in said(app)


# Drift


def test_drift_tests_every_tag(seen: Open) -> None:
    app = seen("drift", base="v1.0.0", target="v1.1.0")
    assert_sound(app)
    (tested,) = tables_with(app, "q_kept")
    assert {"cv", "vision"} <= set(tested["tag"])
    (distances,) = tables_with(app, "no_change_95")
    assert len(distances) == 6
    assert "mix of tags changed" in said(app)


def test_drift_says_when_there_is_nothing_to_compare(seen: Open) -> None:
    app = seen("drift", base="v1.2.0", target="v1.2.0")
    assert_sound(app)
    assert "Choose two different versions" in said(app)
    assert tables_with(app, "q_kept") == []
    assert app.multiselect(key="over_time_tags").value


def test_no_tag_chosen_over_time_says_so(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "drift", **PAIR)
    app.multiselect(key="over_time_tags").set_value([]).run()
    assert_sound(app)
    assert "Choose a tag to see its items over time" in said(app)


# Splits


def test_splits_stand_beside_the_ratios_on_record(seen: Open) -> None:
    app = seen("splits", **PAIR)
    assert_sound(app)
    assert "target 60.0 %" in said(app)
    assert "The ratios of this version are not on record" not in said(app)
    (wide,) = tables_with(app, "worst")
    assert {"train: items", "val: share", "test: share"} <= set(wide)
    assert wide["worst"].is_monotonic_decreasing


def test_items_that_moved_between_splits_are_listed(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "splits", base="v1.0.0", target="v1.1.0")
    (moved,) = tables_with(app, "before")
    before, after = (
        open_dataset(name, told.root).assignments.set_index("id")["split"]
        for name in ("v1.0.0", "v1.1.0")
    )
    both = after.index.intersection(before.index)
    wanted = {(item, before[item], after[item]) for item in both if before[item] != after[item]}
    assert wanted
    assert set(moved[["id", "before", "after"]].itertuples(index=False, name=None)) == wanted
    count = f"{len(wanted)} item{'s' * (len(wanted) > 1)} of {len(both)} moved to another split"
    assert count in said(app)


def test_groups_are_not_torn_apart(seen: Open) -> None:
    app = seen("splits", **PAIR)
    assert "each group is in one split" in said(app)


def test_a_version_without_ratios_on_record_is_measured_by_its_own_sizes(
    copy: Ledger, open_page: Open
) -> None:
    lock = copy.root / "dvc.lock"
    document = yaml.safe_load(lock.read_text())
    del document["stages"]["split"]["params"]
    lock.write_text(yaml.safe_dump(document, sort_keys=False))
    app = open_page(copy.root, "splits", base="v1.2.0", target="workspace")
    assert_sound(app)
    assert "The ratios of this version are not on record" in said(app)


# States


@pytest.mark.parametrize("page", PAGES)
def test_a_first_version_stands_alone(page: str, seen: Open) -> None:
    app = seen(page, base="v1.0.0", target="v1.0.0")
    assert_sound(app)


@pytest.mark.parametrize("page", PAGES)
def test_missing_data_is_named_with_the_way_to_bring_it_back(
    page: str, copy: Ledger, open_page: Open
) -> None:
    for path in (tables.FILTERED_TAGS, tables.FILTERED_LABELS, tables.CLEAN_ITEMS):
        copy.object(path.as_posix(), "v1.2.0").unlink(missing_ok=True)
    shutil.rmtree(Path(copy.root) / "data")
    app = open_page(copy.root, page, **PAIR)
    assert not app.exception
    assert app.error
    assert app.button(key="rebuild_v1.2.0").label
