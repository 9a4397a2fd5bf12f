"""The summary of the work tree, as people read it."""

from __future__ import annotations

import pytest

from tagledger.render.summary import print_summary
from tagledger.summary import Summary


def test_one_of_each_is_said_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = {"rows": 1, "clean_items": 1, "quarantined": 0, "merged": 0, "items": 1, "labels": 1}
    measures = {"tags": 1, "cardinality": 1.0, "mean_ir": 1.0, "scumble": 0.0}
    splits = {"split": {"train": {"items": 1, "share": 1.0}}}
    print_summary(
        Summary(
            source="sample",
            snapshot="1",
            metrics=numbers | measures | splits,
            threshold=1,
            tags_seen=1,
            most_used=[("nlp", 1)],
            just_made_it=[("nlp", 1)],
            just_missed_it=[],
        )
    )
    said = capsys.readouterr().out
    assert "1 row = 1 item + 0 set aside + 0 merged by id" in said
    assert "1 item, 1 label; 1 of 1 tag stay" in said
