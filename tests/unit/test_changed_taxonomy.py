"""The taxonomy after people changed tags: old names are aliases, broader tags stay broader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import pandas as pd
import pytest

from tagledger.events.event import Act, Event
from tagledger.validation import find_failures
from tagledger.verdicts.tag_changes import work_out
from tagledger.verdicts.taxonomy import changed_taxonomy
from tagledger_schemas.annotated import AnnotatedTaxonomy
from tests.factories import taxonomy

Entries = Mapping[str, Mapping[str, Sequence[str]]]


def change(act: Act, before: Sequence[str], to: Sequence[str] = (), hour: int = 10) -> Event:
    return Event(act, "eva", f"2026-11-25T{hour}:00:00Z", sources=tuple(before), to=tuple(to))


def changed(entries: Entries | Sequence[str], *events: Event) -> dict[str, tuple[list, list]]:
    """By tag its aliases and its broader tags."""
    made = changed_taxonomy(taxonomy(entries), work_out(events, lambda tag: tag).of)
    assert find_failures(AnnotatedTaxonomy, made, "t").empty
    return {one.tag: (list(one.aliases), list(one.parents)) for one in made.itertuples(index=False)}


def test_a_renamed_tag_is_an_alias_of_its_new_name() -> None:
    entries = {"cv": {"aliases": ["sight"], "parents": ["ml"]}, "ml": {}}
    found = changed(entries, change("rename", ["cv"], ["vision"]))
    assert found == {"ml": ([], []), "vision": (["cv", "sight"], ["ml"])}


def test_what_was_narrower_than_a_renamed_tag_is_narrower_than_its_new_name() -> None:
    entries = {"gan": {"parents": ["dl"]}, "dl": {}}
    found = changed(entries, change("rename", ["dl"], ["deep"]))
    assert found == {"deep": (["dl"], []), "gan": ([], ["deep"])}


def test_a_chain_of_renames_leaves_every_old_name_as_an_alias() -> None:
    events = [change("rename", ["a"], ["b"]), change("rename", ["b"], ["c"])]
    for order in permutations(events):
        assert changed(["a"], *order) == {"c": (["a", "b"], [])}


def test_merged_tags_are_one_with_all_aliases_and_broader_tags() -> None:
    entries = {
        "gan": {"aliases": ["gans"], "parents": ["dl"]},
        "vae": {"aliases": ["vaes"], "parents": ["ml"]},
        "dl": {},
        "ml": {},
    }
    found = changed(entries, change("merge", ["gan", "vae"], ["generative"]))
    assert found == {
        "dl": ([], []),
        "generative": (["gan", "gans", "vae", "vaes"], ["dl", "ml"]),
        "ml": ([], []),
    }


def test_tags_merged_into_one_of_them_leave_that_one() -> None:
    found = changed({"gan": {}, "vae": {}}, change("merge", ["gan", "vae"], ["gan"]))
    assert found == {"gan": (["vae"], [])}


def test_a_tag_merged_with_its_broader_one_is_not_broader_than_itself() -> None:
    entries = {"dl": {"parents": ["ml"]}, "ml": {}}
    found = changed(entries, change("merge", ["dl", "ml"], ["learning"]))
    assert found == {"learning": (["dl", "ml"], [])}


def test_a_merge_makes_no_circle_of_broader_tags() -> None:
    entries = {"a": {"parents": ["b"]}, "b": {"parents": ["c"]}, "c": {}}
    found = changed(entries, change("merge", ["a", "c"], ["x"]))
    assert [found[tag][1] for tag in ("b", "x")] == [["x"], []]


def test_the_parts_of_a_split_stand_beside_it_with_its_broader_tags() -> None:
    entries = {"nlp": {"aliases": ["language"], "parents": ["ml"]}, "ml": {}}
    found = changed(entries, change("split", ["nlp"], ["speech", "text"]))
    assert found == {
        "ml": ([], []),
        "nlp": (["language"], ["ml"]),
        "speech": ([], ["ml"]),
        "text": ([], ["ml"]),
    }


def test_a_tag_that_was_renamed_and_then_split_keeps_its_last_name() -> None:
    found = changed(
        ["nlp"], change("rename", ["nlp"], ["language"]), change("split", ["language"], ["x", "y"])
    )
    assert found == {"language": (["nlp"], []), "x": ([], []), "y": ([], [])}


def test_a_retired_tag_is_gone_and_no_longer_broader() -> None:
    entries = {"misc": {"aliases": ["other"]}, "cv": {"parents": ["misc"]}}
    assert changed(entries, change("retire", ["misc"])) == {"cv": ([], [])}


def test_an_alias_that_is_a_tag_now_is_no_alias() -> None:
    entries = {"cv": {"aliases": ["vision"]}, "nlp": {}}
    found = changed(entries, change("split", ["nlp"], ["vision", "text"]))
    assert found["cv"] == ([], [])


@pytest.mark.parametrize("events", [(), (change("rename", ["elsewhere"], ["there"]),)])
def test_what_nothing_changes_stays(events: tuple[Event, ...]) -> None:
    entries = {"cv": {"aliases": ["sight"], "parents": ["ml"]}, "ml": {}}
    assert changed(entries, *events) == {"cv": (["sight"], ["ml"]), "ml": ([], [])}


def test_a_source_without_a_taxonomy_still_has_none() -> None:
    empty = taxonomy([])
    made = changed_taxonomy(empty, work_out([change("rename", ["a"], ["b"])], str).of)
    assert made is empty


def test_the_taxonomy_that_was_given_is_not_written_to() -> None:
    given = taxonomy({"cv": {"aliases": ["sight"]}})
    kept = given.map(lambda cell: list(cell) if isinstance(cell, list) else cell)
    changed_taxonomy(given, work_out([change("rename", ["cv"], ["vision"])], str).of)
    pd.testing.assert_frame_equal(given, kept)
