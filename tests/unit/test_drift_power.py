"""The benchmark of drift: what its trials are, and that its tables can be made anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import drift_power

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "drift_power.json"


def dataset(items: int = 300) -> np.ndarray:
    """Items of which each has some of twelve tags, the first on most of them."""
    chances = 0.4 / np.arange(1, 13)
    return np.random.default_rng(0).random((items, 12)) < chances


def test_a_trial_without_a_change_has_no_direction() -> None:
    rng = np.random.default_rng(1)
    labels = dataset()
    lost, gained = 0, 0
    for _ in range(300):
        counts, tag = drift_power.trial(rng, labels, "much corrected")
        assert tag is None
        assert (counts.kept, counts.removed, counts.added) == (300, 0, 0)
        lost, gained = lost + counts.lost.sum(), gained + counts.gained.sum()
    assert abs(lost - gained) < 4 * np.sqrt(lost + gained)


@pytest.mark.parametrize(("design", "moved"), [("grown", 30), ("halves", 150)])
def test_a_trial_has_its_items_once(design: str, moved: int) -> None:
    labels = dataset()
    counts, _ = drift_power.trial(np.random.default_rng(2), labels, design)
    assert (counts.removed, counts.added, counts.kept) == (moved, moved, 300 - 2 * moved)
    assert (counts.had + counts.left + counts.came).tolist() == labels.sum(axis=0).tolist()


def test_the_planted_tag_is_of_its_size_and_loses_its_share() -> None:
    labels = dataset()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        counts, tag = drift_power.trial(rng, labels, "corrected", size=(20, 61), lost_on_kept=0.5)
        assert tag is not None
        assert 20 <= counts.had[tag] <= 60
        assert counts.lost[tag] >= round(0.5 * counts.had[tag])


def test_a_quick_run_makes_every_table_and_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["|".join(f"t{tag}" for tag in np.flatnonzero(row)) for row in dataset()]
    text = "".join(f"{number},{row}\n" for number, row in enumerate(rows))
    (tmp_path / "chess.csv").write_text(f"id,labels\n{text}")
    monkeypatch.setenv("TAGLEDGER_MLDR", str(tmp_path))
    found = drift_power.run(quick=True)
    assert found["left out"] == ["medical", "birds"]
    assert len(found["false alarms"]) == len(drift_power.DESIGNS)
    assert len(found["two tests"]) == len(drift_power.PLACES)
    assert {row["what"].split(",")[0] for row in found["table"]} == {
        "false alarms",
        "found",
        "two tests made one",
    }
    assert {"what", "ours", "beside"} <= found["table"][0].keys()


def test_on_public_data_ours_finds_more_and_seldom_cries_wolf(
    mldr: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGLEDGER_MLDR", str(mldr))
    labels = drift_power.read("birds")
    assert labels is not None
    found = drift_power.found(labels, "corrected", drift_power.SIZES["20 to 60"], 0.2, 40)
    assert found["ours"] > 2 * found["paired, every tag"] >= found["two proportions, corrected"]
    for design in drift_power.DESIGNS:
        assert drift_power.false_alarms(labels, design, 60)["ours"] <= 6


def test_the_published_figures_hold_five_per_cent() -> None:
    found = json.loads(RESULTS.read_text())
    trials = found["trials"]["false alarms"]
    assert trials == drift_power.TRIALS
    assert not found["left out"]
    assert all(alarms["ours"] <= 0.05 * trials for alarms in found["false alarms"].values())
    assert set(next(iter(found["found"].values()))) == set(drift_power.METHODS)
