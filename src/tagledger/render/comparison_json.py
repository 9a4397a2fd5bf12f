"""A comparison for machines: one JSON document, described by docs/compare.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from tagledger.compare import in_words
from tagledger.compare.causes import CAUSES
from tagledger.compare.result import Comparison
from tagledger.measures.imbalance import Imbalance
from tagledger.measures.table import values
from tagledger.release.gates import GateResult

FORMAT = 2


def comparison_document(
    found: Comparison, *, items: bool = False, gates: Sequence[GateResult] = ()
) -> dict[str, Any]:
    """The document; `print_json` writes numbers that are not defined as null.

    Parameters
    ----------
    found
        What changed.
    items
        Whether to list each relabelled item, and the ids whose text changed.
    gates
        The gates that were measured.
    """
    document = {
        "format": FORMAT,
        "a": found.a,
        "b": found.b,
        "layer": found.layer,
        "verdict": in_words.verdict(found),
        "items": asdict(found.items),
        "labels": asdict(found.labels),
        "tags": _tags(found),
        "renames": [
            asdict(rename)
            | {"hidden": {tag: found.hidden[tag] for tag in rename.after if tag in found.hidden}}
            for rename in found.renames
        ],
        "causes": {
            row["cause"]: {
                "gained": row["gained"],
                "lost": row["lost"],
                "meaning": CAUSES[row["cause"]],
            }
            for row in _records(found.causes)
        },
        "moved": _records(found.moved),
        "train_to_test": found.train_to_test,
        "distance": {
            name: asdict(distance) | {"beyond_chance": distance.beyond_chance}
            for name, distance in found.distances.items()
        },
        "imbalance": _imbalance(found.imbalance_a, found.imbalance_b),
        "pairs": _records(found.pairs),
        "gates": [asdict(gate) for gate in gates],
    }
    if items:
        document["relabelled_items"] = _relabelled(found)
        document["text_changed_items"] = list(found.text_changed)
    return document


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _tags(found: Comparison) -> list[dict[str, Any]]:
    causes: dict[str, dict[str, dict[str, int]]] = {}
    for row in _records(found.tag_causes()):
        of_tag = causes.setdefault(row["tag"], {})
        of_tag[row["cause"]] = {"gained": row["gained"], "lost": row["lost"]}
    return [
        row | {"crossed": row["crossed"] or None, "causes": causes.get(row["tag"], {})}
        for row in _records(found.tags)
    ]


def _imbalance(a: Imbalance, b: Imbalance) -> dict[str, dict[str, float]]:
    before, after = values(a), values(b)
    change = {name: after[name] - before[name] for name in before}
    return {"a": before, "b": after, "change": change}


def _relabelled(found: Comparison) -> list[dict[str, Any]]:
    return [
        row
        | {
            "changes": [
                {"tag": tag, "change": change, "cause": cause}
                for tag, change, cause in row["changes"]
            ]
        }
        for row in _records(found.relabelled_items())
    ]
