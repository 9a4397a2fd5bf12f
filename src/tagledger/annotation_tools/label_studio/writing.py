"""What is written for Label Studio: tasks, and the configuration of their labelling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from tagledger.annotation_tools.answers import Job, Shown
from tagledger.annotation_tools.label_studio.tables import OWN_GROUP, OWN_NOTE
from tagledger.annotation_tools.parsing import Record, json_text, own_record, unknown_option
from tagledger.errors import TagledgerError
from tagledger.words import listed

TASKS, CONFIGURATION, GUIDELINE = "tasks.json", "labelling.xml", "guideline.md"
MOST_CHOICES = 40  # of which all are shown at once; more are searched in a tree
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIELD = re.compile(r"\$(?=\S)")
_MODEL = "suggestions"


def written(items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
    """The files for Label Studio, as `Tool.write` says.

    Raises
    ------
    TagledgerError
        A tag cannot stand in the configuration, or an option has a value that it does not take.
    """
    tree = _is_tree(job)
    return {
        TASKS: json_text([_task(item, job, tree=tree) for item in items]),
        CONFIGURATION: configuration(job.tags, tree=tree, titles=any(one.title for one in items)),
        **({GUIDELINE: job.guideline.encode()} if job.guideline else {}),
    }


def _is_tree(job: Job) -> bool:
    chosen = job.options.get("control")
    if chosen not in {None, "choices", "taxonomy"}:
        raise unknown_option("Label Studio", "control", str(chosen), "choices or taxonomy")
    return len(job.tags) > MOST_CHOICES if chosen is None else chosen == "taxonomy"


def _task(item: Shown, job: Job, *, tree: bool) -> Record:
    """A task; it has no annotations: one that is written there would be an answer of somebody."""
    own = own_record(item, job)
    return {
        "data": {"text": item.text, "title": item.title, **own},
        "predictions": [_prediction(item, tree=tree)] if item.likely else [],
    }


def _prediction(item: Shown, *, tree: bool) -> Record:
    tags = [tag for tag, _ in item.likely]
    kind = "taxonomy" if tree else "choices"
    value = {kind: [[tag] for tag in tags] if tree else tags}
    return {
        "model_version": _MODEL,
        "score": min(score for _, score in item.likely),
        "result": [{"from_name": OWN_GROUP, "to_name": "text", "type": kind, "value": value}],
    }


def configuration(tags: Sequence[str], *, tree: bool, titles: bool) -> bytes:
    """The labelling configuration.

    Each choice has its tag as `alias` too, which is what answers hold: `value`, which people see,
    may be changed without a loss.

    Raises
    ------
    TagledgerError
        A tag has a character that XML cannot hold.
    """
    broken = [tag for tag in tags if _NOT_IN_XML.search(tag)]
    if broken:
        raise TagledgerError(
            f"tags with control characters cannot be written for Label Studio: {listed(broken)}",
            where="the tags of the campaign",
            hint="rename them first, or leave them out of the campaign",
        )
    choices = [f"    <Choice value={_shown(tag)} alias={quoteattr(tag)}/>" for tag in tags]
    control = "Taxonomy" if tree else "Choices"
    more = ' choice="multiple"' if not tree else ""
    lines = [
        "<View>",
        *(['  <Header value="$title"/>'] if titles else []),
        '  <Text name="text" value="$text"/>',
        f'  <{control} name="{OWN_GROUP}" toName="text"{more}>',
        *choices,
        f"  </{control}>",
        f'  <TextArea name="{OWN_NOTE}" toName="text" placeholder="Note" maxSubmissions="1"/>',
        "</View>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _shown(tag: str) -> str:
    """What people see of a tag: `$x` anywhere in it would be replaced by a field of the data."""
    return quoteattr(_FIELD.sub("$ ", tag))
