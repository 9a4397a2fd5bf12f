"""The benchmark of comparisons: that ours says what the tables say, and that sides must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import compare, repository


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("benchmark") / "repository"
    repository.build(root, 900, first=2)
    return root


def versions(root: Path) -> list[pd.DataFrame]:
    return [compare.filtered(root, version).set_index("id") for version in (compare.A, compare.B)]


def test_ours_says_what_the_tables_say(root: Path) -> None:
    found = compare.ours(root, labels_only=False)
    a, b = versions(root)
    kept = a.index.intersection(b.index)
    columns = ["title", "description", "tags"]
    same = (a.loc[kept, columns].map(str) == b.loc[kept, columns].map(str)).all(axis=1)
    assert found["added"] == len(b.index.difference(a.index)) > 0
    assert found["removed"] == len(a.index.difference(b.index))
    assert found["changed"] == int((~same).sum()) > 0
    assert found["labels"] == b["tags"].map(len).sum()


def test_labels_that_differ_are_those_of_the_tables(root: Path) -> None:
    a, b = ({(i, tag) for i, tags in v["tags"].items() for tag in tags} for v in versions(root))
    assert compare.ours(root, labels_only=True)["changed"] == len(a ^ b)


def turn(**changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    counts = {"added": 3, "removed": 1, "changed": 5, "labels": 20}
    times = {"read_cpu_s": 1.0, "cpu_s": 2.0, "peak_mib": 100.0}
    sides = dict.fromkeys([compare.OURS, *compare.PEERS], counts | times)
    sides |= {compare.LABELS: times | {"changed": 4}, compare.PAIRS: counts | times}
    return sides | changed


def test_sides_that_agree_pass() -> None:
    compare.check_same(turn())
    compare.check_same(turn(oxen={"skipped": "not installed"}))


@pytest.mark.parametrize("method", [*compare.PEERS, compare.LABELS])
@pytest.mark.parametrize("count", ["added", "removed", "changed"])
def test_sides_that_disagree_raise(method: str, count: str) -> None:
    sides = turn()
    if method == compare.LABELS:
        sides[compare.PAIRS] = sides[compare.PAIRS] | {"added": 9}
    else:
        sides[method] = sides[method] | {count: 9}
    with pytest.raises(RuntimeError, match="other"):
        compare.check_same(sides)


def test_a_peer_that_is_not_installed_has_no_row() -> None:
    turns = [turn(daff={"skipped": "not installed"})]
    shown = [row["beside"] for row in compare.measured_rows(turns, 10)]
    assert not any("daff" in text for text in shown)
    assert sum("datacompy" in text for text in shown) == 6


def test_ratios_are_of_what_both_sides_do() -> None:
    turns = [turn(oxen={"read_cpu_s": 0.0, "cpu_s": 6.0, "peak_mib": 1.0})]
    rows = compare.measured_rows(turns, 10)
    by_peer = {row["beside"]: row["ratio"] for row in rows}
    assert by_peer["6.00 s, Oxen, items with their tags as one text"] == "2.0 times ours"
    assert by_peer["2.00 s, daff, items with their tags as one text"] == "1.0 times ours"
