"""What a release may be called, what it says, and where it says it; not yet with git and DVC."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MethodType, SimpleNamespace

import pandas as pd
import pytest

from tagledger.compare.compare import ItemChanges, LabelChanges
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.errors import TagledgerError
from tagledger.release.check import Checked
from tagledger.release.gates import GateResult, parse_gates
from tagledger.release.level import ReleaseName, check_name, parse_name, propose
from tagledger.release.release import NotHeldError, seen_from
from tagledger.release.texts import changelog_section, summarise, tag_message, with_section
from tagledger.versions import Repository
from tests.factories import with_kinds

SAME = ItemChanges(
    a=10,
    b=10,
    added=0,
    removed=0,
    kept=10,
    relabelled=0,
    renamed=0,
    text_changed=0,
    entered=0,
    dropped=0,
    layer_a=10,
    layer_b=10,
)
LABELS = LabelChanges(
    a=20, b=20, added=0, removed=0, renamed=0, renamed_to=0, kept=20, came=0, left=0
)
TAGS = pd.DataFrame({"tag": ["a", "b"], "count_a": [12, 8], "count_b": [12, 8]})
NOT_MOVED = pd.DataFrame({"split_a": [], "split_b": [], "items": []})
NO_CAUSES = pd.DataFrame({"cause": [], "gained": [], "lost": []})


def comparison(**changes: object) -> SimpleNamespace:
    """What a proposal and a summary read of a comparison; nothing changed unless said."""
    items = changes.pop("items", {})
    base = {
        "items": replace(SAME, **items),
        "labels": LABELS,
        "tags": TAGS,
        "renames": [],
        "moved": NOT_MOVED,
        "causes": NO_CAUSES,
        "train_to_test": 0,
    }
    found = SimpleNamespace(**base | changes)
    found.tags = with_kinds(found.tags, found.renames)
    found.tags_of_kind = MethodType(Comparison.tags_of_kind, found)
    return found


def tags(**counts: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "tag": list(counts),
            "count_a": [a for a, _ in counts.values()],
            "count_b": [b for _, b in counts.values()],
        }
    )


# Names


@pytest.mark.parametrize("name", ["v1.2.0", "v0.0.1", "1.2.3", "v10.20.30"])
def test_names_of_releases(name: str) -> None:
    assert str(parse_name(name)) == name


@pytest.mark.parametrize(
    "name", ["", "v1.2", "v1.2.0-rc1", "v01.2.0", "release", "v1.2.0\n", "--v1.2.0", "v1.2.0 "]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(TagledgerError, match=r"is not a name for a release") as caught:
        check_name(name, ["v1.2.0"])
    assert caught.value.hint == "after v1.2.0 come v1.2.1, v1.3.0, v2.0.0"


def test_the_highest_release_decides_and_not_the_last_made() -> None:
    taken = ["v1.9.0", "v1.10.0", "v1.2.0", "other", "workspace", "3f2a1bc"]
    assert check_name("v1.10.1", taken) == ReleaseName(1, 10, 1)
    for name in ("v1.9.1", "v1.10.0", "v0.1.0"):
        with pytest.raises(TagledgerError):
            check_name(name, taken)


def test_a_name_that_is_taken_is_said_to_be() -> None:
    with pytest.raises(TagledgerError, match=r"there is already a version v1.2.0"):
        check_name("v1.2.0", ["v1.2.0"])
    with pytest.raises(TagledgerError, match=r"v1.1.9 is out of order: the last release is v1.2.0"):
        check_name("v1.1.9", ["v1.2.0"])


def test_the_first_name_is_free() -> None:
    assert check_name("v0.1.0", []) == ReleaseName(0, 1, 0)
    with pytest.raises(TagledgerError) as caught:
        check_name("first", [])
    assert "v1.0.0" in caught.value.hint


# Levels


@pytest.mark.parametrize(
    ("changes", "level", "reason"),
    [
        ({"tags": tags(a=(12, 12), b=(8, 0))}, "major", "1 tag is gone from the source: b"),
        (
            {
                "tags": tags(a=(12, 12), b=(8, 0), c=(0, 8)),
                "renames": [Rename("rename", ("b",), ("c",), 8, 1.0)],
            },
            "major",
            "b became c",
        ),
        (
            {
                "tags": tags(a=(12, 12), b=(40, 3), c=(0, 37)),
                "renames": [Rename("rename", ("b",), ("c",), 37, 0.9)],
            },
            "major",
            "b became c",
        ),
        (
            {
                "tags": tags(a=(12, 12), b=(40, 20), c=(0, 20)),
                "renames": [Rename("split", ("b",), ("c",), 20, 0.9)],
            },
            "minor",
            "1 tag was renamed, merged or split: c",
        ),
        (
            # A rename below the threshold changes nothing for who uses the filtered labels.
            {"renames": [Rename("rename", ("rare",), ("seldom",), 3, 1.0)]},
            "patch",
            "no item, label or text changed after the filter",
        ),
        ({"tags": tags(a=(12, 12), b=(0, 8))}, "minor", "1 tag is new in the source: b"),
        ({"items": {"added": 1200, "b": 1210}}, "minor", "1,200 items added"),
        ({"items": {"removed": 2, "b": 8}}, "minor", "2 items removed"),
        ({"items": {"entered": 3, "relabelled": 3}}, "minor", "3 items entered"),
        ({"items": {"dropped": 4, "relabelled": 4}}, "minor", "4 items dropped"),
        (
            {"moved": pd.DataFrame({"split_a": ["val"], "split_b": ["test"], "items": [4]})},
            "minor",
            "4 items moved between splits",
        ),
        ({"items": {"relabelled": 3}}, "patch", "3 items relabelled"),
        ({"items": {"text_changed": 5}}, "patch", "the text of 5 items changed"),
    ],
)
def test_what_changed_decides_the_level(changes: dict, level: str, reason: str) -> None:
    found = propose(comparison(**changes))
    assert found.level == level
    assert reason in found.reasons


def test_major_outweighs_minor() -> None:
    changes = comparison(tags=tags(a=(12, 0), new=(0, 5)), items={"added": 5})
    assert propose(changes).level == "major"


@pytest.mark.parametrize(
    ("changes", "name", "last", "allowed"),
    [
        ({"items": {"added": 1}}, "v1.3.0", "v1.2.0", True),
        ({"items": {"added": 1}}, "v2.0.0", "v1.2.0", True),
        ({"items": {"added": 1}}, "v1.2.1", "v1.2.0", False),
        ({"tags": tags(b=(8, 0))}, "v1.3.0", "v1.2.0", False),
        ({"tags": tags(b=(8, 0))}, "v2.0.0", "v1.2.0", True),
        ({"tags": tags(b=(8, 0))}, "v0.3.0", "v0.2.0", True),
        ({"tags": tags(b=(8, 0))}, "v0.2.1", "v0.2.0", False),
        ({"items": {"relabelled": 1}}, "v1.2.1", "v1.2.0", True),
    ],
)
def test_a_name_may_be_higher_than_what_changed_and_not_lower(
    changes: dict, name: str, last: str, allowed: bool
) -> None:
    asked, before = parse_name(name), parse_name(last)
    assert asked is not None
    assert before is not None
    assert propose(comparison(**changes)).allows(asked, before) is allowed


def test_the_next_names() -> None:
    last = ReleaseName(1, 2, 3)
    assert [str(last.next(level)) for level in ("patch", "minor", "major")] == [
        "v1.2.4",
        "v1.3.0",
        "v2.0.0",
    ]


# What is written

CHANGED = comparison(
    items={"added": 2, "b": 12, "relabelled": 3, "dropped": 1, "layer_b": 11},
    labels=LabelChanges(
        a=20, b=24, added=3, removed=1, renamed=0, renamed_to=0, kept=18, came=3, left=1
    ),
    tags=tags(a=(12, 13), old=(8, 0), new=(0, 11)),
    renames=[Rename("rename", ("old",), ("new",), 8, 1.0)],
    causes=pd.DataFrame(
        {"cause": ["item_added", "source_edited"], "gained": [3, 3], "lost": [0, 2]}
    ),
    moved=pd.DataFrame({"split_a": ["train"], "split_b": ["test"], "items": [4]}),
    train_to_test=4,
)


def test_the_summary_has_the_most_important_of_each() -> None:
    lines = summarise(CHANGED, propose(CHANGED))
    text = "\n".join(f"{what}: {how}" for what, how in lines)
    assert "items: 10 → 12: +2" in text
    assert "labelled: 10 → 11: kept items: 1 dropped" in text
    assert "labels: 20 → 24" in text
    assert "tags new" not in text
    assert "tags gone" not in text
    assert "tags: 2 → 2: +1 \u22121 renamed, merged or split" in text
    assert "rename: old → new, 8 items" in text
    assert text.index("5 labels: labels were edited") < text.index("3 labels: their items are new")
    assert "splits: 4 items moved, 4 of them from train to test" in text
    assert lines[-1] == ("level", "major, old became new")


def test_the_newest_section_of_the_changelog_is_on_top(tmp_path: Path) -> None:
    file = tmp_path / "CHANGELOG-DATA.md"
    for number in (0, 1, 2):
        lines = [("items", f"{number} → {number + 1}")]
        section = changelog_section(
            f"v1.{number}.0", f"Text {number}\n", date(2024, 1, number + 1), lines
        )
        file.write_text(with_section(file, section))
    text = file.read_text()
    assert text.startswith("# Changes of the data\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## v1.2.0 (2024-01-03)",
        "## v1.1.0 (2024-01-02)",
        "## v1.0.0 (2024-01-01)",
    ]
    assert "## v1.1.0 (2024-01-02)\n\nText 1\n\n- items: 1 → 2\n\n## v1.0.0" in text
    assert text.endswith("- items: 0 → 1\n")


def test_a_changelog_of_another_s_making_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "CHANGELOG-DATA.md"
    file.write_text("# Ours\n\nWith an introduction.\n")
    text = with_section(file, "## v1.0.0\n")
    assert text == "# Ours\n\nWith an introduction.\n\n## v1.0.0\n"


def test_the_message_of_the_tag_begins_with_the_text_and_stays_narrow() -> None:
    lines = [("new tags", " ".join(["word"] * 60)), ("level", "minor")]
    last = SimpleNamespace(name="v1.0.0")
    message = tag_message("What is new.\n", last, lines)
    assert message.splitlines()[:4] == ["What is new.", "", "Since v1.0.0, after the filter:", ""]
    assert max(map(len, message.splitlines())) <= 78
    assert tag_message("x", None, lines).splitlines()[2] == "The first release."


def test_an_error_of_the_copy_names_the_files_of_the_user(tmp_path: Path) -> None:
    mine, copy = (
        Repository(tmp_path / name, tmp_path / name, tmp_path / "git") for name in ("mine", "copy")
    )
    (copy.root / "reports").mkdir(parents=True)
    (copy.root / "reports/failures.csv").write_text("table,id\n")
    there = copy.root / "params.yaml"
    with pytest.raises(TagledgerError) as caught, seen_from(mine, copy):
        raise TagledgerError(f"{there} is wrong", where=there, hint=f"mend {there}")
    here = mine.root / "params.yaml"
    assert str(caught.value).splitlines() == [
        f"error: {here} is wrong",
        f"where: {here}",
        f" next: mend {here}",
    ]
    # What a stage says of it: "the whole list is in reports/failures.csv".
    assert (mine.root / "reports/failures.csv").read_text() == "table,id\n"


def test_who_wanted_a_rename_is_told_how_to_release_it() -> None:
    def hint(*gates: GateResult) -> str:
        return NotHeldError(Checked("v1.0.0", [], list(gates), None)).hint

    other = GateResult("max_scumble", 0.9, 0.5, "", holds=False)
    renamed = GateResult("max_renamed", 0.2341, 0.1, "", holds=False)
    assert "renames" not in hint(other)
    assert hint(other, renamed) == (
        "mend the data, or change the gate in params.yaml, and release again; if the renames, "
        "merges and splits of tags are wanted, nothing is to be mended: set `max_renamed: 0.24` in "
        "`gates:` for this release, and back again after it"
    )
    assert parse_gates({"gates": {"max_renamed": 0.24}}, Path("params.yaml")).max_renamed == 0.24
