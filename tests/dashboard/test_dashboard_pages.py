"""Every page on a repository with three versions and a workspace, through Streamlit's AppTest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tagledger import tables
from tagledger.workspace import MODELS
from tagledger_schemas.filtered import Tags
from tests.dashboard import story
from tests.dashboard.conftest import ANY, APP
from tests.dashboard.ledger import OUTS, RATIOS, Ledger
from tests.dashboard.pages import assert_sound, said

Open = Callable[..., AppTest]
SCREENS = sorted(path.stem for path in APP.with_name("screens").glob("*.py"))
PAIR = {"base": "v1.0.0", "target": "v1.1.0", "layer": "filtered"}


def frame(app: AppTest, column: str) -> pd.DataFrame:
    """The one table of the page that has a column."""
    (found,) = (table.value for table in app.dataframe if column in table.value)
    return found


@pytest.mark.parametrize("layer", ["raw", "filtered"])
@pytest.mark.parametrize("page", SCREENS)
def test_every_page_shows_in_a_layer(page: str, layer: str, seen: Open) -> None:
    app = seen(page, base="v1.1.0", target="v1.2.0", layer=layer)
    assert_sound(app)
    assert app.title[0].value
    assert "v1.2.0 has" in said(app)


@pytest.mark.parametrize("page", SCREENS)
def test_every_page_shows_a_version_beside_itself(page: str, seen: Open) -> None:
    app = seen(page, base="v1.2.0", target="v1.2.0")
    assert_sound(app)
    assert "have the same data" in said(app)


def test_the_newest_version_is_shown_beside_the_last_release(seen: Open) -> None:
    app = seen(ANY)
    assert app.selectbox(key="target").value == "workspace"
    assert app.selectbox(key="base").value == "v1.2.0"


def test_the_header_says_what_changed(seen: Open) -> None:
    app = seen(**PAIR)
    assert app.markdown[0].value.replace("\\", "") == (
        "v1.1.0 has 4 items more than v1.0.0; 1 kept item gained 1 label and lost 0, all by "
        "edits in the source; 1 tag was renamed; 1 gate is broken."
    )


def test_the_overview_counts_what_there_is_and_what_changed(seen: Open) -> None:
    app = seen(**PAIR)
    shown = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert shown["Items"] == ("24", "+4")
    assert shown["Labels"] == ("37", "+5")
    assert shown["Tags"] == ("5", "±0")


def test_a_broken_gate_is_named_first(seen: Open) -> None:
    app = seen(**PAIR)
    assert "cancel" in app.markdown[1].value
    assert "Gate broken: labels renamed: 12.5 %, at most 10.0 %" in said(app)


def test_an_address_chooses_versions_and_layer(seen: Open) -> None:
    app = seen("changes", base="v1.0.0", target="v1.2.0", layer="clean")
    assert app.selectbox(key="base").value == "v1.0.0"
    assert app.selectbox(key="target").value == "v1.2.0"
    assert app.selectbox(key="layer").value == "clean"


def test_a_choice_is_written_to_the_address(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, ANY, **PAIR)
    app.selectbox(key="target").select("v1.2.0").run()
    assert app.query_params == {"base": "v1.0.0", "target": "v1.2.0", "layer": "filtered"}


def test_the_default_choice_is_in_the_address_too(seen: Open) -> None:
    app = seen(ANY)
    assert app.query_params == {"base": "v1.2.0", "target": "workspace", "layer": "filtered"}


def test_a_page_keeps_the_choice_of_the_page_before(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, ANY, **PAIR)
    app.selectbox(key="base").select("v1.2.0").run()
    app.switch_page("screens/quality.py").run()
    assert app.selectbox(key="base").value == "v1.2.0"
    assert app.selectbox(key="target").value == "v1.1.0"


def test_an_address_that_changes_under_an_open_page_is_followed(
    told: Ledger, open_page: Open
) -> None:
    app = open_page(told.root, ANY, **PAIR)
    app.query_params["target"] = "v1.2.0"
    app.run()
    assert app.selectbox(key="target").value == "v1.2.0"


def test_a_link_to_a_version_that_is_not_here_says_so(seen: Open) -> None:
    app = seen(ANY, target="v9.9.9", base="v1.0.0")
    assert "v9.9.9, which this repository does not have" in said(app)
    assert app.selectbox(key="target").value == "workspace"
    assert app.selectbox(key="base").value == "v1.0.0"


def test_a_branch_in_the_address_stands_for_its_version(seen: Open) -> None:
    app = seen(ANY, base="main~1", target="main")
    assert app.selectbox(key="base").value == "v1.1.0"
    assert app.selectbox(key="target").value == "v1.2.0"


def test_swap_turns_the_comparison_round(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, ANY, **PAIR)
    app.button(key="swap").click().run()
    assert "v1.0.0 has 4 items fewer than v1.1.0" in said(app)


def test_nothing_is_read_twice(
    told: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(told.root, "changes", **PAIR)
    app.switch_page("screens/quality.py").run()
    app.switch_page("screens/overview.py").run()
    read: list[Path] = []
    monkeypatch.setattr(tables, "read", lambda path, columns=None: read.append(path))
    for page in ("changes", "quality", "overview"):
        app.switch_page(f"screens/{page}.py").run()
        assert_sound(app)
    assert read == []


# Label changes


def test_relabelled_items_show_what_they_lost_and_gained(seen: Open) -> None:
    items = frame(seen("changes", **PAIR), "kept").set_index("id")
    assert list(items.index) == [3]  # of the others, only a tag was renamed
    assert items.loc[3, "causes"] == "edited in the source"
    assert set(items["version"]) == {"v1.1.0"}


def test_each_change_names_the_version_in_between_that_brought_it(seen: Open) -> None:
    app = seen("changes", base="v1.0.0", target="v1.2.0")
    items = frame(app, "kept").set_index("id")
    assert 1 not in items.index  # only a tag of it was renamed
    assert items.loc[3, "version"] == "v1.1.0"
    assert items.loc[8, "version"] == "v1.2.0"


@pytest.mark.parametrize(
    ("key", "value", "ids"),
    [
        pytest.param("cause", ["threshold"], {8, 12, 16}, id="cause"),
        pytest.param("tag", ["segmentation"], {7}, id="tag"),
        pytest.param("direction", "gained", {7}, id="direction"),
        pytest.param("items", "kept", {4, 7, 8, 12, 16}, id="items that stay"),
    ],
)
def test_filters_narrow_the_changes(
    key: str, value: object, ids: set[int], told: Ledger, open_page: Open
) -> None:
    app = open_page(told.root, "changes", base="v1.1.0", target="v1.2.0")
    kind = app.multiselect if isinstance(value, list) else app.selectbox
    kind(key=key).set_value(value).run()
    assert_sound(app)
    assert set(frame(app, "kept")["id"]) == ids


def test_filters_that_leave_nothing_say_so(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "changes", base="v1.1.0", target="v1.2.0")
    app.selectbox(key="items").set_value("came").run()
    assert "No label change fits these filters" in said(app)
    assert_sound(app)


def test_the_history_of_an_item_names_the_commit(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "changes", **PAIR)
    app.text_input(key="item").set_value("1").run()
    labels = frame(app, "subject").set_index("tag")
    assert labels.loc["vision", "state"] == "has"
    assert labels.loc["vision", "subject"] == "data: cv is called vision"
    assert labels.loc["cv", "state"] == "lost"
    assert labels.loc["cv", "version"] == "v1.1.0"
    assert labels.loc["cv", "cause"] == "rename, merge or split"
    assert labels.loc["segmentation", "version"] == "v1.0.0"
    assert "Alpha report 1" in said(app)


def test_the_history_of_an_item_that_is_not_there_says_so(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "changes", **PAIR)
    app.text_input(key="item").set_value("4711").run()
    assert "No version has an item 4711" in said(app)
    assert not app.exception


# Quality


def test_rows_set_aside_are_shown_with_their_reason(seen: Open) -> None:
    app = seen("quality", base="v1.1.0", target="v1.2.0")
    aside = frame(app, "reason")
    assert list(aside["id"]) == ["11"]
    assert "someday" in aside["record"][0]
    assert "1 row was set aside, 4.35 % of the source; 0 before" in said(app)


def test_groups_whose_labels_disagree_are_named(seen: Open) -> None:
    app = seen("quality", **PAIR)
    groups = frame(app, "tags_differ").set_index("group")
    assert list(groups.loc[19, "ids"]) == [19, 20]
    assert groups.loc[19, "tags_differ"]


def test_a_version_can_be_checked_again_by_todays_schemas(
    told: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both versions are from before the stage that writes this table.
    monkeypatch.setitem(MODELS, "later/tags", (Tags, Path("data/later/tags.parquet")))
    app = open_page(told.root, "quality", **PAIR)
    app.toggle(key="again").set_value(True).run()
    assert_sound(app)
    assert "No value of v1.1.0 or v1.0.0 fails a check of the current schemas" in said(app)
    checks = frame(app, "check")
    assert len(checks) > 100
    outputs = {path for paths in OUTS.values() for path in paths}
    there = {name for name, (_, path) in MODELS.items() if outputs & {path, path.parent}}
    assert set(checks["table"]) == there | {f"splits/{name}" for name in RATIOS}
    assert "later/tags" not in there


# Other people's text


def test_other_peoples_text_is_never_markdown(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "changes", base="v1.1.0", target="v1.2.0")
    app.text_input(key="item").set_value("7").run()
    (title,) = (text.value for text in app.markdown if "tada" in text.value)
    unescaped = re.sub(r"\\.", "", title.removeprefix("**").removesuffix("**"))
    assert not set(unescaped) & set("<>[]()*_`$:#!")
    assert story.NASTY in title.strip("*").replace("\\", "").replace("\u2060", "")
