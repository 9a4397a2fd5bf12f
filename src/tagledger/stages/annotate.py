"""The annotate stage: people's answers become labels, and every answer is accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger import documents, errors, params, tables
from tagledger.agreement.alpha import alpha_of_votes
from tagledger.errors import TagledgerError, os_errors
from tagledger.events.store import ANNOTATIONS, digest
from tagledger.params import AnnotateParams
from tagledger.validation import validate
from tagledger.verdicts.fold import Folded, fold
from tagledger.verdicts.gathering import read_source
from tagledger_schemas import relations
from tagledger_schemas.annotated import (
    AnnotatedLabels,
    AnnotatedTaxonomy,
    Disputes,
    Rejected,
    TagChanges,
    Verdicts,
)
from tagledger_schemas.clean import Items, Labels, Taxonomy


def checked(folded: Folded, ids: pd.Series) -> dict[Path, pd.DataFrame | bytes]:
    """The tables by their paths, each checked; what is as the clean stage made it stays so.

    Raises
    ------
    TagledgerError
        A table fails its schema.
    """
    related = relations.verdicts(ids)
    return {
        tables.ANNOTATED_LABELS: _file(tables.CLEAN_LABELS)
        if folded.labels is None
        else validate(AnnotatedLabels, folded.labels, "annotated/labels", relations.labels(ids)),
        tables.ANNOTATED_TAXONOMY: _file(tables.CLEAN_TAXONOMY)
        if folded.taxonomy is None
        else validate(AnnotatedTaxonomy, folded.taxonomy, "annotated/taxonomy"),
        tables.VERDICTS: validate(Verdicts, folded.verdicts, "annotated/verdicts", related),
        tables.DISPUTES: validate(Disputes, folded.disputes, "annotated/disputes", related),
        tables.REJECTED: validate(Rejected, folded.rejected, "annotated/rejected"),
        tables.TAG_CHANGES: validate(TagChanges, folded.tag_changes, "annotated/tag_changes"),
        tables.ANNOTATED_ROWS: documents.json_bytes(folded.rows),
    }


def _file(path: Path) -> bytes:
    with os_errors(path):
        return path.read_bytes()


def refuse_newer(read: str) -> None:
    """Refuse to go on where events came while the stage ran: DVC would take them for read."""
    if digest(Path()) != read:
        raise TagledgerError(
            "events were written while this stage ran, and it has not read them",
            where=ANNOTATIONS,
            hint="`dvc repro` reads them; nothing was written",
        )


def with_alpha(folded: Folded) -> Folded:
    """The tables, with the annotators' alpha in the books, where gates read it.

    The votes, of which there may be many millions, are let go.
    """
    alpha = alpha_of_votes(folded.votes)
    rows = folded.rows | {"alpha": alpha.recorded}
    return replace(folded, rows=rows, votes=folded.votes.iloc[:0].copy())


def summary(rows: dict[str, Any]) -> str:
    """What became of the events, in a line."""
    if not rows["events"]:
        return "annotate: no events; the labels are those of the clean stage"
    states = ", ".join(f"{count:,} {name}" for name, count in rows["states"].items())
    return (
        f"annotate: {rows['used']:,} of {rows['events']:,} events are used, "
        f"{rows['superseded']:,} superseded, {rows['rejected']:,} set aside"
        f"{f'; {states}' if states else ''}"
    )


def main() -> None:
    """Read the clean tables and the events, fold them, write the annotated tables."""
    settings = params.load(AnnotateParams)
    source = read_source(Path())
    validate(Items, source.items, "clean/items")
    validate(Labels, source.labels, "clean/labels")
    validate(Taxonomy, source.taxonomy, "clean/taxonomy")
    folded = with_alpha(fold(Path(), source, settings))
    written = checked(folded, source.items["id"])
    refuse_newer(folded.rows["digest"])
    tables.write(written)
    errors.say(summary(folded.rows))


if __name__ == "__main__":
    errors.run(main)
