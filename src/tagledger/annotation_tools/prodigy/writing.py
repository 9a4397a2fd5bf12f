"""What is written for Prodigy: tasks of the interface choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tagledger.annotation_tools.answers import Job, Shown
from tagledger.annotation_tools.parsing import Record, lines_text, own_record, shown_text

ITEMS, GUIDELINE = "items.jsonl", "guideline.md"


def written(items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
    """The files for Prodigy, as `Tool.write` says.

    Suggestions that are likely are ticked already; a task becomes an answer only when somebody
    accepts it.
    """
    return {
        ITEMS: lines_text([_task(item, job) for item in items]),
        **({GUIDELINE: job.guideline.encode()} if job.guideline else {}),
    }


def _task(item: Shown, job: Job) -> Record:
    own = own_record(item, job)
    del own["asked"]  # the options say it
    suggested = [tag for tag, _ in item.likely]
    return {
        "text": shown_text(item),
        "options": [{"id": tag, "text": tag} for tag in job.tags],
        **({"accept": suggested} if suggested else {}),
        "meta": {"sample_id": own.pop("sample_id")},
        **own,
        "config": {"choice_style": "multiple"},
    }
