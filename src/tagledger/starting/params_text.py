"""The text of params.yaml: every parameter and every gate, each with its comment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tagledger.params import SECTIONS, FetchParams, Section, SplitParams
from tagledger.yaml_edits.text import flow

# This repository's own params.yaml has the same comments, which a test holds.
COMMENTS: dict[str, str] = {
    "fetch.source": "a source of data/sources.yaml",
    "fetch.snapshot": "one of its snapshots",
    "clean.tag_spelling": "Time_Series becomes time-series; exact: tags stay as they are",
    "clean.resolve_aliases": "an alias of the taxonomy becomes its tag",
    "clean.duplicate_ids": "error | first | last | union",
    "clean.parents": "keep | add | drop broader tags",
    "clean.near_duplicate_similarity": "Jaccard; items with this similarity or more share a group; "
    "null: only equal text",
    "clean.near_duplicate_chain": "least Jaccard of any two items of a group; null: no limit",
    "clean.max_quarantined": "largest share of rows, or of rows of a labels file, that may be set "
    "aside",
    "clean.max_decompressed_bytes": "largest size of the content of one .gz, .zst or Parquet file",
    "clean.earliest_year": "a row with a date before this year,",
    "clean.latest_year": "or after this one, is set aside",
    "annotate.policy": "unanimous | majority | quorum | adjudicated | dawid-skene",
    "annotate.quorum": "fewest people who must have answered; with the policy quorum, who agree",
    "annotate.adjudicators": "anyone | [a list of annotators]",
    "annotate.confidence": "least probability at which dawid-skene decides",
    "filter.include": "taxonomy | all | [a list of tags]",
    "filter.exclude": "tags that go whatever their count",
    "filter.min_tag_count": "the threshold: a tag on fewer items is not kept",
    "split.ratios": "share of the items in each split; the shares sum to 1",
    "split.seed": "chooses one of the equally good splits",
    "split.base": "the split base, a version whose items keep their split; `tagledger freeze` sets "
    "it",
    "split.cover": "true: a tag with at least as many items as there are splits is in each of them",
    "split.folds": "number of folds for cross-validation, a column of the assignments",
}
# What a repository without data has of the parameters that have no default.
_GIVEN: Mapping[str, Mapping[str, Any]] = {
    FetchParams.SECTION: {"source": None, "snapshot": None},
    SplitParams.SECTION: {"ratios": {"train": 0.7, "val": 0.15, "test": 0.15}},
}
_HEAD = (
    "# Every number that shapes the dataset. To make the next version, change one and run "
    "`dvc repro`."
)
_GATES_HEAD = """\
# Limits that a version must keep: `tagledger check` measures them, and a release keeps them. A line
# without its `#` is a gate that is on.
gates:
"""


def params_text(values: Mapping[str, Any], why: Mapping[str, str]) -> str:
    """The whole text of params.yaml.

    Parameters
    ----------
    values
        Parameters that do not have their default, as "filter.min_tag_count".
    why
        What is added to a parameter's comment, by the same names.
    """
    sections = [section_text(section, values, why) for section in defaults()]
    return "\n".join([f"{_HEAD}\n", *sections, _gates()])


def section_text(
    section: str, values: Mapping[str, Any] | None = None, why: Mapping[str, str] | None = None
) -> str:
    """The text of one section, as `params_text` has it."""
    lines = []
    for key, value in defaults()[section].items():
        name = f"{section}.{key}"
        comment = f"{COMMENTS[name]}; {why[name]}" if why and name in why else COMMENTS[name]
        lines.append(f"  {key}: {flow((values or {}).get(name, value))} # {comment}")
    return "\n".join([f"{section}:", *lines, ""])


def defaults() -> dict[str, dict[str, Any]]:
    """The sections of params.yaml, with the values of a repository that has no data yet."""
    return {one.SECTION: _defaults_of(one) for one in SECTIONS}


def _defaults_of(section: type[Section]) -> dict[str, Any]:
    given = _GIVEN.get(section.SECTION, {})
    names = [one.name for one in fields(section)]  # type: ignore[arg-type]
    # No source is chosen yet, which no parameters object can say.
    values = given if set(given) == set(names) else vars(section(**given))
    return {name: values[name] for name in names}


def _gates() -> str:
    from tagledger.release.gate_table import GATES

    lines = []
    for gate in GATES:
        meaning = gate.meaning.partition("; the default is")[0]
        off = "# " if gate.default is None else ""
        value = gate.example if gate.default is None else flow(gate.default)
        lines.append(f"  {off}{gate.name}: {value} # {meaning}\n")
    return _GATES_HEAD + "".join(lines)
