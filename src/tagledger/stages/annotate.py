"""The annotate stage: people's answers become labels, and every answer is accounted for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from tagledger import documents, errors, params, tables
from tagledger.errors import os_errors
from tagledger.params import AnnotateParams
from tagledger.validation import validate
from tagledger_schemas import relations
from tagledger_schemas.annotated import Disputes, Rejected, TagChanges, Verdicts
from tagledger_schemas.clean import Items, Labels, Taxonomy


def main() -> None:
    """Read the clean tables and the events, fold them, write the annotated tables."""
    settings = params.load(AnnotateParams)
    items = validate(Items, tables.read(tables.CLEAN_ITEMS), "clean/items")
    validate(Labels, tables.read(tables.CLEAN_LABELS), "clean/labels")
    validate(Taxonomy, tables.read(tables.CLEAN_TAXONOMY), "clean/taxonomy")
    rows = {
        "events": 0,
        "repeated": 0,
        "used": 0,
        "superseded": 0,
        "rejected": 0,
        "digest": "",
        "because": {},
        "states": {},
        "annotators": {},
        "policy": settings.policy,
        "quorum": settings.quorum,
    }
    with os_errors(Path("data/clean")):
        made: dict[Path, pd.DataFrame | bytes] = {
            tables.ANNOTATED_LABELS: tables.CLEAN_LABELS.read_bytes(),
            tables.ANNOTATED_TAXONOMY: tables.CLEAN_TAXONOMY.read_bytes(),
        }
    related = relations.verdicts(items["id"])
    empty = partial(tables.empty_annotated, ids=items["id"].dtype)
    made |= {
        tables.VERDICTS: validate(Verdicts, empty(tables.VERDICTS), "annotated/verdicts", related),
        tables.DISPUTES: validate(Disputes, empty(tables.DISPUTES), "annotated/disputes", related),
        tables.REJECTED: validate(Rejected, empty(tables.REJECTED), "annotated/rejected"),
        tables.TAG_CHANGES: validate(
            TagChanges, empty(tables.TAG_CHANGES), "annotated/tag_changes"
        ),
        tables.ANNOTATED_ROWS: documents.json_bytes(rows),
    }
    tables.write(made)
    errors.say("annotate: no events; the labels are those of the clean stage")


if __name__ == "__main__":
    errors.run(main)
