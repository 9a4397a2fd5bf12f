"""A comparison for machines: one JSON document, described by docs/compare.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from tagledger.compare import in_words
from tagledger.compare.people_in_words import meaning, rename_events
from tagledger.compare.result import Comparison
from tagledger.compare.tag_kinds import KINDS
from tagledger.compare.verdict import judge
from tagledger.measures.imbalance import Imbalance
from tagledger.measures.table import values

if TYPE_CHECKING:
    from tagledger.release.gates import GateResult

FORMAT = 4


def comparison_document(
    comparison: Comparison,
    *,
    items: bool = False,
    gates: Sequence[GateResult] = (),
) -> dict[str, Any]:
    """The document; `print_json` writes numbers that are not defined as null.

    Parameters
    ----------
    comparison
        What changed.
    items
        Whether to list each relabelled item, and the ids whose text changed.
    gates
        The gates that were measured.
    """
    document = {
        "format": FORMAT,
        "a": comparison.a,
        "b": comparison.b,
        "layer": comparison.layer,
        "sources": dict(zip(("a", "b"), comparison.sources, strict=True)),
        "summary": in_words.verdict(comparison),
        "verdict": judge(comparison, gates).document(),
        "items": asdict(comparison.items),
        "labels": asdict(comparison.labels),
        "tags": _tags(comparison),
        "tag_changes": {
            kind: {"count": len(tags), "meaning": verbs[0], "tags": tags}
            for kind, verbs in KINDS.items()
            if (tags := comparison.tags_of_kind(kind))
        },
        "unseen_tags": _records(comparison.unseen),
        "absorbed": [asdict(one) for one in comparison.absorbed],
        "renames": [
            asdict(rename)
            | {
                "not_kept": {
                    tag: comparison.not_kept[tag]
                    for tag in rename.after
                    if tag in comparison.not_kept
                },
                "events": [event["event"] for event in rename_events(comparison, rename)],
            }
            for rename in comparison.renames
        ],
        "causes": {
            row["cause"]: {
                "gained": row["gained"],
                "lost": row["lost"],
                "meaning": meaning(comparison, row["cause"]),
            }
            for row in _records(comparison.causes)
        },
        "people": {
            "annotators": _records(comparison.annotators()),
            "campaigns": _records(comparison.of_campaigns()),
            "tag_events": [
                row | {"to": row["to"] or None} for row in _records(comparison.tag_changes)
            ],
        },
        "moved": _records(comparison.moved),
        "train_to_test": comparison.train_to_test,
        "distance": {
            name: asdict(distance) | {"beyond_chance": distance.beyond_chance}
            for name, distance in comparison.distances.items()
        },
        "imbalance": _imbalance(comparison),
        "pairs": _records(comparison.pairs),
        "gates": [asdict(gate) for gate in gates],
    }
    if items:
        document["relabelled_items"] = _relabelled(comparison)
        document["text_changed_items"] = list(comparison.text_changed)
    return document


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _tags(comparison: Comparison) -> list[dict[str, Any]]:
    causes: dict[str, dict[str, dict[str, int]]] = {}
    for row in _records(comparison.tag_causes()):
        of_tag = causes.setdefault(row["tag"], {})
        of_tag[row["cause"]] = {"gained": row["gained"], "lost": row["lost"]}
    return [
        row
        | {
            "crossed": row["crossed"] or None,
            "kind": row["kind"] or None,
            "untested": row["untested"] or None,
            "smallest_loss": None if isnan(row["smallest_loss"]) else int(row["smallest_loss"]),
            "causes": causes.get(row["tag"], {}),
        }
        for row in _records(comparison.tags)
    ]


def _imbalance(comparison: Comparison) -> dict[str, Any]:
    shared = comparison.shared
    sizes = {"tags": shared.tags, "comparable": shared.comparable}
    return _changes(comparison.imbalance_a, comparison.imbalance_b) | {
        "shared": sizes | _changes(shared.a, shared.b)
    }


def _changes(a: Imbalance, b: Imbalance) -> dict[str, dict[str, float]]:
    before, after = values(a), values(b)
    change = {name: after[name] - before[name] for name in before}
    return {"a": before, "b": after, "change": change}


def _relabelled(comparison: Comparison) -> list[dict[str, Any]]:
    by = comparison.people_of_labels()
    return [
        row
        | {
            "changes": [
                {"tag": tag, "change": change, "cause": cause, "by": by.get((row["id"], tag), [])}
                for tag, change, cause in row["changes"]
            ]
        }
        for row in _records(comparison.relabelled_items())
    ]
