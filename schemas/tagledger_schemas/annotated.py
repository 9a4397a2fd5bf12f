"""Tables of the annotate stage: labels after people's answers, and what became of each answer."""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from tagledger_schemas import checks
from tagledger_schemas.base import ByCell, Table
from tagledger_schemas.clean import Labels, Taxonomy

STATES = ("suggested", "labelled", "disputed", "adjudicated", "gold")
AMONG = ("annotators", "adjudicators", "gold")
TAG_ACTS = ("rename", "merge", "split", "retire")


class AnnotatedLabels(Labels):
    """One row per label once the verdicts are taken in, by ascending id and then tag."""


class AnnotatedTaxonomy(Taxonomy):
    """One row per tag of the taxonomy once tags are renamed, merged, split and retired."""


class Verdicts(ByCell):
    """One row per item and tag of which an event says something, by ascending id and then tag."""

    value: Series[bool] = pa.Field(description="whether the item has the tag in annotated/labels")
    state: Series[pd.CategoricalDtype] = pa.Field(
        description="suggested and disputed leave what the source says; the others decide"
    )
    by: Series[pd.CategoricalDtype] = pa.Field(
        description="the annotators whose answers stand, ascending, with spaces between them"
    )
    events: Series[str] = pa.Field(description="the ids of their events, ascending, likewise")

    @pa.check("state", name="known_state")
    def known_state(cls, states: Series[Any]) -> pd.Series:
        """A state is one of five."""
        return checks.on_values(states, lambda values: values.isin(STATES))

    @pa.check("by", name="names_ascending")
    def names_ascending(cls, names: Series[Any]) -> pd.Series:
        """At least one annotator, each once, ascending."""
        return checks.on_values(names, checks.words_ascending)

    @pa.check("events", name="event_ids")
    def event_ids(cls, events: Series[str]) -> pd.Series:
        """At least one id of 16 hexadecimal digits."""
        return events.str.fullmatch("[0-9a-f]{16}( [0-9a-f]{16})*")


class Disputes(ByCell):
    """One row per item and tag on which people differ, by ascending id and then tag."""

    among: Series[str] = pa.Field(isin=list(AMONG), description="who differs")
    yes: Series[str] = pa.Field(description="those who say that the item has the tag")
    no: Series[str] = pa.Field(description="those who say that it has not")
    source: Series[bool] = pa.Field(description="what the source says, which stands meanwhile")

    @pa.check("yes", "no", name="names_ascending")
    def names_ascending(cls, names: Series[str]) -> pd.Series:
        """At least one annotator, each once, ascending."""
        return checks.words_ascending(names)


class Rejected(Table):
    """One row per event, or line that is none, that was set aside, by file and line."""

    file: Series[str] = pa.Field(description="the file, from data/annotations")
    line: Series[int] = pa.Field(ge=0, description="its line, from 1; 0 for the whole file")
    event: Series[str] = pa.Field(description="the event's id; empty where it has none")
    by: Series[str] = pa.Field(description="the annotator; empty where it does not say")
    act: Series[str] = pa.Field(description="what it does; empty where it does not say")
    item: Series[str] = pa.Field(description="the item's id as text; empty where it names none")
    reason: Series[str] = pa.Field(str_length={"min_value": 1}, description="why it is here")

    @pa.dataframe_check(name="file_line_unique_ascending")
    def file_line_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each line of a file once, ascending."""
        return checks.ascending(df, "file", "line")


class TagChanges(Table):
    """What became of each tag that an event renamed, merged, split or retired, by tag."""

    tag: Series[str] = pa.Field(description="the tag as it was")
    to: Series[str] = pa.Field(description="what it is now, a row for each part; empty: retired")
    act: Series[str] = pa.Field(isin=list(TAG_ACTS), description="the first change on the way")
    by: Series[str] = pa.Field(str_length={"min_value": 1}, description="who made it")
    event: Series[str] = pa.Field(str_matches="^[0-9a-f]{16}$", description="the event's id")

    @pa.check("tag", name="spelled")
    def spelled(cls, tags: Series[Any]) -> pd.Series:
        """Tags are one clean line of text."""
        return checks.spelled(tags)

    @pa.dataframe_check(name="tag_to_unique_ascending")
    def tag_to_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each change once, ascending."""
        return checks.ascending(df, "tag", "to")

    @pa.dataframe_check(name="changed")
    def changed(cls, df: pd.DataFrame) -> pd.Series:
        """No tag becomes itself."""
        return df["tag"] != df["to"]
