"""The causes of a change of labels: one table, from which all that shows a cause is made.

The order is that of the pipeline, in which `tagledger.compare.causes` looks for the cause of a
label. `renamed` comes last, as no step of the pipeline is that cause: see
`tagledger.compare.overlay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Cause = Literal[
    "item_added",
    "item_removed",
    "set_aside",
    "source_edited",
    "duplicate_rule",
    "alias_or_spelling",
    "parents_rule",
    "tag_event",
    "annotated",
    "adjudicated",
    "annotate_rule",
    "taxonomy_or_list",
    "threshold",
    "code",
    "renamed",
]


class Entry(NamedTuple):
    """How a cause is shown.

    Attributes
    ----------
    meaning
        Half a sentence about one label.
    because
        Half a sentence about many labels, after "because".
    title
        A name of a few words.
    light, dark
        Its colour on a light and on a dark page, as `#RRGGBB`; no two causes share one.
    """

    meaning: str
    because: str
    title: str
    light: str
    dark: str


TABLE: Mapping[Cause, Entry] = {
    "item_added": Entry(
        meaning="the item is new in the source",
        because="their items are new",
        title="item added",
        light="#0072B2",
        dark="#3E95D6",
    ),
    "item_removed": Entry(
        meaning="the item is no longer in the source",
        because="their items are gone",
        title="item removed",
        light="#7A4B2A",
        dark="#B98A62",
    ),
    "set_aside": Entry(
        meaning="the item's row was set aside, or is no longer set aside",
        because="rows were set aside, or are no longer set aside",
        title="row set aside",
        light="#5B6573",
        dark="#97A1AF",
    ),
    "source_edited": Entry(
        meaning="the label was edited in the source",
        because="labels were edited in the source",
        title="edited in the source",
        light="#E69F00",
        dark="#E69F00",
    ),
    "duplicate_rule": Entry(
        meaning="clean.duplicate_ids changed",
        because="clean.duplicate_ids changed",
        title="rule for repeated ids",
        light="#CC79A7",
        dark="#CC79A7",
    ),
    "alias_or_spelling": Entry(
        meaning="the taxonomy's spelling or aliases, clean.tag_spelling or "
        "clean.resolve_aliases changed",
        because="aliases or spellings changed",
        title="alias or spelling",
        light="#009E73",
        dark="#18B488",
    ),
    "parents_rule": Entry(
        meaning="clean.parents or the taxonomy's broader tags changed",
        because="the rule for broader tags changed",
        title="broader tags",
        light="#D8C400",
        dark="#F0E442",
    ),
    "tag_event": Entry(
        meaning="the tag was renamed, merged, split or retired by an event",
        because="events renamed, merged, split or retired tags",
        title="event of the taxonomy",
        light="#117733",
        dark="#63B35F",
    ),
    "annotated": Entry(
        meaning="people answered, or their answers no longer count",
        because="people answered",
        title="people's answers",
        light="#AA4499",
        dark="#E07BD8",
    ),
    "adjudicated": Entry(
        meaning="the label was adjudicated or set as gold, or is no longer",
        because="they were adjudicated or set as gold",
        title="adjudicated or gold",
        light="#882255",
        dark="#C2477F",
    ),
    "annotate_rule": Entry(
        meaning="annotate.policy, quorum, adjudicators or confidence changed",
        because="the rule for people's answers changed",
        title="rule for answers",
        light="#8A8A1C",
        dark="#BFBF55",
    ),
    "taxonomy_or_list": Entry(
        meaning="the tag entered or left the taxonomy or a list of filter",
        because="tags entered or left the taxonomy or a list",
        title="taxonomy or tag list",
        light="#56B4E9",
        dark="#8FD3F7",
    ),
    "threshold": Entry(
        meaning="the tag crossed filter.min_tag_count",
        because="tags crossed filter.min_tag_count",
        title="threshold",
        light="#D55E00",
        dark="#E8702A",
    ),
    "code": Entry(
        meaning="the pipeline's own code changed",
        because="the pipeline's own code changed",
        title="pipeline code",
        light="#1B2430",
        dark="#E8ECF1",
    ),
    "renamed": Entry(
        meaning="the tag was renamed, merged or split, and the label with it",
        because="tags were renamed, merged or split",
        title="rename, merge or split",
        light="#332288",
        dark="#A99CFF",
    ),
}
assert tuple(TABLE) == get_args(Cause), "the names of Cause and of TABLE differ"

CAUSES: dict[str, str] = {name: entry.meaning for name, entry in TABLE.items()}
