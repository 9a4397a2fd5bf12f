"""The example catalogue is what data/sample/truth.json says it is.

Everything is derived here from the published files with json and sets alone; nothing of the
generator is imported.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SNAPSHOTS = ["2023-06-30", "2024-06-30", "2025-06-30"]
STEPS = list(pairwise(SNAPSHOTS))
TRUTH = json.loads((SAMPLE / "truth.json").read_text())
Rows = list[dict[str, Any]]


def read(snapshot: str, name: str) -> Rows:
    return json.loads((SAMPLE / snapshot / name).read_text())


ROWS = {snapshot: read(snapshot, "projects.json") for snapshot in SNAPSHOTS}
TAGS = {snapshot: read(snapshot, "tags.json") for snapshot in SNAPSHOTS}


def spelled(tag: str) -> str:
    return re.sub(r"[\s_]+", "-", tag.strip()).casefold()


@cache
def labels(snapshot: str) -> dict[int, set[str]]:
    """The tags of each id: spelling mended, rows of one id united, aliases left alone."""
    united: dict[int, set[str]] = defaultdict(set)
    for row in ROWS[snapshot]:
        united[row["id"]] |= {spelled(tag) for tag in row["tags"]}
    return united


@cache
def resolved(snapshot: str) -> dict[int, set[str]]:
    """The same with aliases resolved, and without items whose date can't be read."""
    alias = {alias: entry["tag"] for entry in TAGS[snapshot] for alias in entry["aliases"]}
    unreadable = {fault["id"] for fault in faults(snapshot)["unreadable_dates"]}
    return {
        item: {alias.get(tag, tag) for tag in tags}
        for item, tags in labels(snapshot).items()
        if item not in unreadable
    }


def faults(snapshot: str) -> dict[str, Any]:
    return TRUTH["snapshots"][snapshot]["faults"]


def change(before: str, after: str) -> dict[str, Any]:
    found = [each for each in TRUTH["changes"] if (each["from"], each["to"]) == (before, after)]
    assert len(found) == 1
    return found[0]


@cache
def texts(snapshot: str) -> dict[int, tuple[str, str]]:
    return {row["id"]: (row["title"], row["description"]) for row in ROWS[snapshot]}


def pairs(records: Rows) -> set[tuple[int, str]]:
    return {(record["id"], record["tag"]) for record in records}


@cache
def plain(text: str) -> str:
    """Text without tags, entities, odd white space or characters that can't be seen."""
    text = html.unescape(re.sub(r"</?(?:p|b|i|em|strong|br)>", " ", text))
    text = "".join(" " if each.isspace() else each for each in text)
    text = "".join(each for each in text if unicodedata.category(each) not in {"Cc", "Cf"})
    return re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip()


# --- the files -----------------------------------------------------------------------------


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_generator_writes_these_bytes_whatever_the_hash_seed(hash_seed: str) -> None:
    done = subprocess.run(
        [sys.executable, SAMPLE / "generate.py", "--check"],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_truth_has_the_format_that_the_readme_describes() -> None:
    assert TRUTH["format"] == 1
    assert list(TRUTH["snapshots"]) == SNAPSHOTS
    readme = (SAMPLE / "README.md").read_text()
    for key in [
        *TRUTH,
        *TRUTH["snapshots"][SNAPSHOTS[0]],
        *faults(SNAPSHOTS[0]),
        *TRUTH["changes"][0],
    ]:
        assert f"`{key}`" in readme, key


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_every_record_has_the_same_fields_and_says_something(snapshot: str) -> None:
    for row in ROWS[snapshot]:
        assert list(row) == ["id", "created_on", "title", "description", "tags"]
        assert isinstance(row["id"], int)
        assert plain(row["title"])
        assert len(plain(row["description"]).split()) >= 8
        assert row["tags"]
    assert (SAMPLE / snapshot / "projects.json").stat().st_size < 900_000


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_dates_rise_with_the_id_and_end_with_the_snapshot(snapshot: str) -> None:
    unreadable = {
        fault["id"]: fault["created_on"] for fault in faults(snapshot)["unreadable_dates"]
    }
    assert 1 <= len(unreadable) <= 2
    readable = {}
    for row in ROWS[snapshot]:
        is_date = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["created_on"])
        assert is_date or row["id"] in unreadable
        if row["id"] in unreadable:
            assert row["created_on"] == unreadable[row["id"]]
            with pytest.raises(ValueError, match=r"time|day|month|format"):
                datetime.fromisoformat(row["created_on"])
        else:
            readable[row["id"]] = datetime.fromisoformat(row["created_on"])
    moments = [readable[item] for item in sorted(readable)]
    assert moments == sorted(moments)
    assert moments[-1] <= datetime.fromisoformat(snapshot)
    assert len({moment.year for moment in moments}) >= 5


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_taxonomy_is_sound(snapshot: str) -> None:
    names = [entry["tag"] for entry in TAGS[snapshot]]
    aliases = [alias for entry in TAGS[snapshot] for alias in entry["aliases"]]
    parents = {parent for entry in TAGS[snapshot] for parent in entry["parents"]}
    assert names == sorted(set(names))
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(names)
    assert parents <= set(names)
    assert set(TRUTH["general_tags"]) <= set(names)
    assert all(spelled(tag) == tag for tag in names + aliases)


# --- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_counts_are_as_claimed(snapshot: str) -> None:
    names = {entry["tag"] for entry in TAGS[snapshot]}
    aliases = {fault["raw"]: fault["tag"] for fault in faults(snapshot)["aliases"]}
    united = {
        item: {aliases.get(tag, tag) for tag in tags} for item, tags in labels(snapshot).items()
    }
    used = set().union(*united.values())
    counts = {
        "rows": len(ROWS[snapshot]),
        "items": len(united),
        "labels": sum(map(len, united.values())),
        "taxonomy_tags": len(names),
        "tags_in_use": len(used & names),
        "tags_outside_taxonomy": len(used - names),
    }
    assert TRUTH["snapshots"][snapshot]["counts"] == counts
    shown = [counts[key] for key in ("rows", "items", "labels", "taxonomy_tags")]
    shown += [len(faults(snapshot)[key]) for key in ("missing_labels", "wrong_labels")]
    row = " | ".join(f"{number:,}" for number in shown)
    assert f"| {snapshot} | {row} |" in (SAMPLE / "README.md").read_text()


def test_sizes_and_long_tail_are_those_of_a_real_catalogue() -> None:
    sizes = [len(labels(snapshot)) for snapshot in SNAPSHOTS]
    assert [round(size, -2) for size in sizes] == [900, 1200, 1500]
    last = resolved(SNAPSHOTS[-1])
    names = {entry["tag"] for entry in TAGS[SNAPSHOTS[-1]]}
    assert 115 <= len(names) <= 130
    assert 3 <= sum(map(len, last.values())) / len(last) <= 4.5
    counts = Counter(tag for tags in last.values() for tag in tags)
    scored = {tag: counts[tag] for tag in names - set(TRUTH["general_tags"])}
    threshold = TRUTH["threshold"]
    assert 35 <= sum(count >= threshold for count in scored.values()) <= 50
    assert sum(count in {threshold - 2, threshold - 1} for count in scored.values()) >= 3
    assert sum(threshold <= count <= threshold + 3 for count in scored.values()) >= 4
    assert sum(count <= 3 for count in scored.values()) >= 4
    assert max(scored.values()) > 5 * sorted(scored.values())[len(scored) // 2]
    outside = {tag: count for tag, count in counts.items() if tag not in names}
    rising = outside.pop(TRUTH["changes"][-1]["rising"]["tag"])
    assert rising > 40
    assert max(outside.values()) < threshold
    assert np.median(list(outside.values())) <= 12


def test_tags_come_together_as_in_life() -> None:
    last = resolved(SNAPSHOTS[-1])
    counts = Counter(tag for tags in last.values() for tag in tags)
    together = Counter(pair for tags in last.values() for pair in combinations(sorted(tags), 2))
    for pair in [
        ("natural-language-processing", "transformers"),
        ("convolutional-neural-networks", "image-classification"),
        ("keras", "tensorflow"),
    ]:
        expected = counts[pair[0]] * counts[pair[1]] / len(last)
        assert together[pair] > 1.5 * expected, pair


# --- changes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_items_that_come_and_go_are_recorded(before: str, after: str) -> None:
    recorded = change(before, after)["items"]
    assert recorded["added"] == sorted(labels(after).keys() - labels(before).keys())
    assert recorded["removed"] == sorted(labels(before).keys() - labels(after).keys())


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_label_changes_of_kept_items_are_exactly_those_recorded(before: str, after: str) -> None:
    old, new, recorded = labels(before), labels(after), change(before, after)
    kept = old.keys() & new.keys()
    gained = {(item, tag) for item in kept for tag in new[item] - old[item]}
    lost = {(item, tag) for item in kept for tag in old[item] - new[item]}

    corrections = recorded["corrections"]
    gain = pairs([each for each in corrections if each["change"] == "added"])
    loss = pairs([each for each in corrections if each["change"] == "removed"])
    assert len(gain) + len(loss) == len(corrections) > 20
    for rename in recorded["renames"]:
        gain |= {(item, rename["to"]) for item in rename["ids"]}
        loss |= {(item, rename["from"]) for item in rename["ids"]}
    for merge in recorded["merges"]:
        gain |= {(item, merge["into"]) for item in merge["ids"]}
        loss |= {(item, merge["alias"]) for item in merge["ids"]}
    for split in recorded["splits"]:
        for tag, items in split["into"].items():
            gain |= {(item, tag) for item in items}
            loss |= {(item, split["from"]) for item in items}
    rising = recorded["rising"]
    gain |= {(item, rising["tag"]) for item in rising["labeled_later"]}
    assert gained == gain
    assert lost == loss


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_renames_merges_and_splits_are_whole(before: str, after: str) -> None:
    recorded = change(before, after)
    old_names = {entry["tag"]: entry for entry in TAGS[before]}
    new_names = {entry["tag"]: entry for entry in TAGS[after]}
    used = set().union(*labels(after).values())
    for rename in recorded["renames"]:
        assert len(rename["ids"]) >= 20
        assert rename["from"] in old_names.keys() - new_names.keys() - used
        assert rename["to"] in new_names.keys() - old_names.keys()
    for merge in recorded["merges"]:
        assert len(merge["ids"]) >= 10
        assert merge["alias"] in old_names.keys() - new_names.keys() - used
        assert merge["into"] in old_names.keys() & new_names.keys()
        assert merge["alias"] in new_names[merge["into"]]["aliases"]
        assert merge["alias"] not in old_names[merge["into"]]["aliases"]
    for split in recorded["splits"]:
        assert len(split["into"]) == 2
        assert split["from"] in old_names.keys() - new_names.keys() - used
        for tag, items in split["into"].items():
            assert len(items) >= 15
            assert tag in new_names.keys() - old_names.keys()


def test_each_kind_of_change_happens_at_least_once() -> None:
    for kind in ("renames", "merges", "splits", "corrections", "text_edits", "dates_mended"):
        assert sum(len(each[kind]) for each in TRUTH["changes"]) > 0, kind


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_each_correction_mends_a_recorded_fault(before: str, after: str) -> None:
    renamed = {each["from"]: each["to"] for each in change(before, after)["renames"]}
    renamed |= {each["alias"]: each["into"] for each in change(before, after)["merges"]}
    kept = labels(before).keys() & labels(after).keys()
    for fault, sign in (("missing_labels", "added"), ("wrong_labels", "removed")):
        open_before = {pair for pair in pairs(faults(before)[fault]) if pair[0] in kept}
        open_after = {pair for pair in pairs(faults(after)[fault]) if pair[0] in kept}
        mended = pairs(
            [
                each
                for each in change(before, after)["corrections"]
                if each["change"] == sign and each["fault"] == fault
            ]
        )
        assert len(mended) > 5

        def today(known: set[tuple[int, str]]) -> set[tuple[int, str]]:
            return {(item, renamed.get(tag, tag)) for item, tag in known}

        assert today(open_before) - today(mended) == open_after
        assert today(mended) <= today(open_before)


def test_rising_tag_rises_outside_the_taxonomy() -> None:
    for recorded in TRUTH["changes"]:
        rising = recorded["rising"]
        old, new = labels(recorded["from"]), labels(recorded["to"])
        holders = {item for item, tags in new.items() if rising["tag"] in tags}
        assert rising["count_from"] == sum(rising["tag"] in tags for tags in old.values())
        assert rising["count_to"] == len(holders)
        assert sorted(holders - old.keys()) == rising["came_with_items"]
        for snapshot in SNAPSHOTS:
            known = {each for entry in TAGS[snapshot] for each in [entry["tag"], *entry["aliases"]]}
            assert rising["tag"] not in known
    assert TRUTH["changes"][0]["rising"]["count_from"] <= 2
    assert TRUTH["changes"][-1]["rising"]["count_to"] > 40


def test_sinking_tag_falls_below_the_threshold() -> None:
    for recorded in TRUTH["changes"]:
        sinking = recorded["sinking"]
        old, new = resolved(recorded["from"]), resolved(recorded["to"])
        had = {item for item, tags in old.items() if sinking["tag"] in tags}
        has = {item for item, tags in new.items() if sinking["tag"] in tags}
        assert (sinking["count_from"], sinking["count_to"]) == (len(had), len(has))
        assert sinking["left_with_items"] == sorted(had - new.keys())
        assert sinking["corrected"] == sorted((had & new.keys()) - has)
        assert sinking["came_with_items"] == sorted(has - old.keys())
    counts = [TRUTH["changes"][0]["sinking"]["count_from"]]
    counts += [each["sinking"]["count_to"] for each in TRUTH["changes"]]
    assert counts[0] >= TRUTH["threshold"] <= counts[1]
    assert counts[2] < TRUTH["threshold"]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_text_and_date_edits_are_exactly_those_recorded(before: str, after: str) -> None:
    old, new, recorded = texts(before), texts(after), change(before, after)
    kept = old.keys() & new.keys()
    edited = {
        (item, ["title", "description"][field])
        for item in kept
        for field in (0, 1)
        if old[item][field] != new[item][field]
    }
    assert edited == {(each["id"], each["field"]) for each in recorded["text_edits"]}
    assert len(edited) == len(recorded["text_edits"]) >= 20
    for item, _ in edited:  # an edit is one that a reader sees
        assert [plain(each) for each in old[item]] != [plain(each) for each in new[item]]
    dates = [{row["id"]: row["created_on"] for row in ROWS[each]} for each in (before, after)]
    mended = sorted(item for item in kept if dates[0][item] != dates[1][item])
    assert mended == recorded["dates_mended"]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_taxonomy_changes_are_recorded(before: str, after: str) -> None:
    old = {entry["tag"]: entry for entry in TAGS[before]}
    new = {entry["tag"]: entry for entry in TAGS[after]}
    assert change(before, after)["taxonomy"] == {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "aliases_added": {
            tag: sorted(set(new[tag]["aliases"]) - set(old[tag]["aliases"]))
            for tag in sorted(new.keys() & old.keys())
            if new[tag]["aliases"] != old[tag]["aliases"]
        },
    }
    assert all(old[tag]["parents"] == new[tag]["parents"] for tag in old.keys() & new.keys())


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(TRUTH["snapshots"][SNAPSHOTS[0]]["faults"]))
def test_the_last_snapshot_has_the_most_faults(kind: str) -> None:
    sizes = [len(faults(snapshot)[kind]) for snapshot in SNAPSHOTS]
    assert sizes[0] >= 1
    assert sizes[2] == max(sizes)


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_wrong_and_missing_labels_are_there(snapshot: str) -> None:
    here, recorded = labels(snapshot), faults(snapshot)
    assert all(tag in here[item] for item, tag in pairs(recorded["wrong_labels"]))
    assert all(tag not in here[item] for item, tag in pairs(recorded["missing_labels"]))
    names = {entry["tag"] for entry in TAGS[snapshot]}
    faulty = recorded["wrong_labels"] + recorded["missing_labels"]
    assert {fault["tag"] for fault in faulty} <= names - set(TRUTH["general_tags"])


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_text_speaks_for_missing_labels_and_against_wrong_ones(snapshot: str) -> None:
    """A text is nearer to the other texts of a tag that it lacks than to those of a wrong one."""
    here, said = labels(snapshot), texts(snapshot)
    ids = sorted(here)
    row = {item: number for number, item in enumerate(ids)}
    words = word_weights([plain(" ".join(said[item])) for item in ids])

    def nearness(item: int, tag: str) -> float:
        others = [row[each] for each in ids if tag in here[each] and each != item]
        center = np.asarray(words[others].mean(axis=0)).ravel()
        to_all = words @ center
        return float((to_all < to_all[row[item]]).mean())  # the share of items that are farther

    missing = [nearness(*pair) for pair in sorted(pairs(faults(snapshot)["missing_labels"]))]
    wrong = [nearness(*pair) for pair in sorted(pairs(faults(snapshot)["wrong_labels"]))]
    chance_that_missing_is_nearer = np.mean([[high > low for low in wrong] for high in missing])
    assert chance_that_missing_is_nearer > 0.95


def word_weights(said: list[str]) -> sp.csr_array:
    """Rows of unit length: the inverse document frequency of each word in a text."""
    found = [set(re.findall(r"[a-z]{3,}", text.casefold())) for text in said]
    frequency = Counter(word for each in found for word in each)
    column = {word: number for number, word in enumerate(sorted(frequency))}
    rows = [number for number, each in enumerate(found) for _ in each]
    columns = [column[word] for each in found for word in each]
    weights = [np.log(len(said) / frequency[word]) for each in found for word in each]
    matrix = sp.csr_array((weights, (rows, columns)), shape=(len(said), len(column)))
    length = np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel())
    return sp.csr_array(sp.diags_array(1 / length) @ matrix)


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_repeated_ids_are_exactly_those_recorded(snapshot: str) -> None:
    rows: dict[int, list[list[str]]] = defaultdict(list)
    for row in ROWS[snapshot]:
        rows[row["id"]].append(sorted({spelled(tag) for tag in row["tags"]}))
    recorded = {fault["id"]: fault for fault in faults(snapshot)["repeated_ids"]}
    assert recorded.keys() == {item for item, each in rows.items() if len(each) > 1}
    for item, fault in recorded.items():
        assert fault["rows"] == rows[item]
        assert fault["labels_disagree"] == any(row != rows[item][0] for row in rows[item])
    assert {fault["labels_disagree"] for fault in recorded.values()} == {True, False}


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_tag_faults_are_exactly_those_recorded(snapshot: str) -> None:
    recorded = faults(snapshot)
    names = {entry["tag"] for entry in TAGS[snapshot]}
    alias = {alias: entry["tag"] for entry in TAGS[snapshot] for alias in entry["aliases"]}
    misspelled, aliased, repeated = set(), set(), set()
    for row in ROWS[snapshot]:
        seen: set[str] = set()
        for raw in row["tags"]:
            tag = spelled(raw)
            if alias.get(tag, tag) in seen:
                repeated.add((row["id"], raw, alias.get(tag, tag)))
            elif tag in alias:
                aliased.add((row["id"], raw, alias[tag]))
            elif raw != tag:
                misspelled.add((row["id"], raw, tag))
            seen.add(alias.get(tag, tag))

    def triples(kind: str) -> set[tuple[int, str, str]]:
        return {(each["id"], each["raw"], each["tag"]) for each in recorded[kind]}

    assert misspelled == triples("tag_spellings")
    assert aliased == triples("aliases")
    assert repeated == triples("repeated_tags")
    assert {tag for _, _, tag in misspelled | aliased | repeated} <= names
    looks = "".join(raw for _, raw, _ in misspelled)
    assert all(sign in looks for sign in (" ", "_"))
    assert looks != looks.lower()


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_text_faults_are_exactly_those_recorded_and_can_be_mended(snapshot: str) -> None:
    recorded = {fault["id"]: fault for fault in faults(snapshot)["text"]}
    said = texts(snapshot)
    for item, fault in recorded.items():
        assert (plain(said[item][0]), plain(said[item][1])) == (
            fault["title"],
            fault["description"],
        )
    spoiled = {
        item
        for item, text in said.items()
        if any(plain(part) != part or html.unescape(part) != part for part in text)
    }
    assert spoiled == recorded.keys()
    assert {fault["kind"] for fault in recorded.values()} == {
        "decomposed_accent", "html_entities", "html_tags", "invisible_characters", "white_space",
    }  # fmt: skip
    if snapshot != SNAPSHOTS[-1]:
        return
    raw = "\n".join(part for item in recorded for part in said[item])
    for sign in (
        "&amp;",
        "&lt;",
        "&#39;",
        "&nbsp;",
        "<p>",
        "</",
        "\t",
        "\r\n",
        "  ",
        "\u200b",
        "\u0301",
    ):
        assert sign in raw, sign


def test_faults_persist_until_recorded_as_mended() -> None:
    for before, after in STEPS:
        kept = labels(before).keys() & labels(after).keys()
        mended = set(change(before, after)["dates_mended"])
        for kind in ("text", "tag_spellings", "aliases", "repeated_tags", "unreadable_dates"):
            old = {each["id"] for each in faults(before)[kind]} & kept
            new = {each["id"] for each in faults(after)[kind]} & kept
            assert old - new == (mended if kind == "unreadable_dates" else set())
            assert not new - old


# --- near duplicates -------------------------------------------------------------------------


def similar(snapshot: str, *, tokens: str) -> tuple[list[int], sp.coo_array]:
    """Ids, and the Jaccard similarity of every two of them with anything in common."""
    said = {item: plain(" ".join(text)).casefold() for item, text in texts(snapshot).items()}
    ids = sorted(said)
    column: dict[Any, int] = {}
    rows, columns = [], []
    for number, item in enumerate(ids):
        words = re.findall(tokens, said[item])
        for gram in {*words, *pairwise(words)}:
            rows.append(number)
            columns.append(column.setdefault(gram, len(column)))
    ones = np.ones(len(rows), dtype=np.int32)
    grams = sp.csr_array((ones, (rows, columns)), shape=(len(ids), len(column)))
    shared = sp.triu(grams @ grams.T, k=1).tocoo()
    sizes = np.asarray(grams.sum(axis=1)).ravel()
    union = sizes[shared.row] + sizes[shared.col] - shared.data
    return ids, sp.coo_array((shared.data / union, (shared.row, shared.col)), shape=shared.shape)


@pytest.mark.parametrize("tokens", [r"\w+", r"\S+"], ids=["words", "split at white space"])
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_planted_near_duplicates_are_near_and_all_others_are_not(
    snapshot: str, tokens: str
) -> None:
    ids, jaccard = similar(snapshot, tokens=tokens)
    groups = [group["ids"] for group in faults(snapshot)["near_duplicates"]]
    planted = {pair for group in groups for pair in combinations(group, 2)}
    near = {
        (ids[row], ids[col]): value
        for row, col, value in zip(jaccard.row, jaccard.col, jaccard.data, strict=True)
        if value >= 0.5
    }
    assert near.keys() >= planted
    assert min(near[pair] for pair in planted) >= 0.75
    others = {pair: value for pair, value in near.items() if pair not in planted}
    assert all(value < 0.6 for value in others.values()), others
    assert {len(group) for group in groups} <= {2, 3, 4}
    assert len(groups) >= 9


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_near_duplicate_groups_say_whether_they_are_exact_and_agree(snapshot: str) -> None:
    here, said = labels(snapshot), texts(snapshot)
    groups = faults(snapshot)["near_duplicates"]
    for group in groups:
        first, *rest = group["ids"]
        assert group["exact"] == all(said[item] == said[first] for item in rest)
        assert group["labels_disagree"] == any(here[item] != here[first] for item in rest)
    assert any(group["exact"] for group in groups)
    assert any(group["labels_disagree"] for group in groups)
    exact = {frozenset(group["ids"]) for group in groups if group["exact"]}
    by_text: dict[tuple[str, str], set[int]] = defaultdict(set)
    for item, text in said.items():
        by_text[text].add(item)
    assert {frozenset(ids) for ids in by_text.values() if len(ids) > 1} == exact
