"""What is written for doccano: items as JSON Lines, and the label types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tagledger.annotation_tools.answers import Job, Shown
from tagledger.annotation_tools.parsing import json_text, lines_text, own_record, shown_text
from tagledger.errors import TagledgerError
from tagledger.words import listed

ITEMS, TYPES, GUIDELINE = "items.jsonl", "label-types.json", "guideline.md"
LONGEST_TAG = 100  # characters; doccano's database takes no more


def written(items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
    """The files for doccano, as `Tool.write` says.

    Every item has the same keys, for doccano refuses a file whose rows differ in them. None has a
    label: doccano would make an answer of it, of whoever imports the file.

    Raises
    ------
    TagledgerError
        A tag is too long, or an item has nothing to show.
    """
    long = [tag for tag in job.tags if len(tag) > LONGEST_TAG]
    if long:
        raise TagledgerError(
            f"doccano has no room for tags of more than {LONGEST_TAG} characters: {listed(long)}",
            where="the tags of the campaign",
            hint="leave them out of the campaign, or use another tool for them",
        )
    empty = [item.id for item in items if not (item.text or item.title)]
    if empty:
        raise TagledgerError(
            f"doccano takes no item without a text: {listed(empty)}",
            where="the items of the campaign",
            hint="leave them out of the campaign, or use another tool for them",
        )
    return {
        ITEMS: lines_text(
            [
                {
                    "text": shown_text(item),
                    "label": [],
                    **own_record(item, job),
                }
                for item in items
            ]
        ),
        TYPES: json_text([{"text": tag} for tag in job.tags]),
        **({GUIDELINE: job.guideline.encode()} if job.guideline else {}),
    }
