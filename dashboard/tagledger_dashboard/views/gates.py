"""Gates in words."""

from __future__ import annotations

from tagledger.release.gates import GateResult
from tagledger.words import number, percent

TITLES: dict[str, str] = {
    "max_labels_changed": "labels changed on kept items",
    "max_relabelled_unedited": "kept items relabelled without an edit in the source",
    "min_tag_count": "items of the rarest tag",
    "min_split_items": "items of the smallest split",
    "max_scumble": "SCUMBLE",
    "max_mean_ir": "MeanIR",
    "drift": "tags that drifted beyond chance",
    "max_train_to_test": "items moved from train to test",
    "max_tags_vanished": "tags vanished without a rename",
    "max_quarantined": "rows set aside",
    "max_out_of_taxonomy": "labels outside the taxonomy",
}


def describe(result: GateResult) -> str:
    """What a gate measures, its value and its limit."""
    title = TITLES.get(result.name, result.name)
    bound = "at least" if result.name.startswith("min_") else "at most"
    if not result.compared:
        return f"{title}, {bound} {_value(result, result.limit)}"
    tags = f" ({result.detail})" if result.detail else ""
    return f"{title}: {_value(result, result.value)}, {bound} {_value(result, result.limit)}{tags}"


def _value(result: GateResult, value: float) -> str:
    if result.unit.startswith("share"):
        return percent(value, 1)
    return number(value) if float(value).is_integer() else number(value, 3)
