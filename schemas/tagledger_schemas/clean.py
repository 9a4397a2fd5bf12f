"""Tables of the clean stage: items, their labels, the taxonomy, and what was set aside."""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from tagledger_schemas import checks
from tagledger_schemas.base import ByCell, ById, Table

# What Python's datetime can hold; the limits of a dataset are parameters of the clean stage.
EARLIEST = pd.Timestamp("0001-01-01", tz="UTC")
LATEST = pd.Timestamp("9999-12-31 23:59:59.999999", tz="UTC")


class Items(ById):
    """One row per item, by ascending id."""

    created_on: Series[pd.DatetimeTZDtype] = pa.Field(
        nullable=True,
        dtype_kwargs={"unit": "us", "tz": "UTC"},
        ge=EARLIEST,
        le=LATEST,
        description="when the item was made, UTC; missing where the source does not say",
    )
    title: Series[str] = pa.Field(description="cleaned; may be empty")
    description: Series[str] = pa.Field(description="cleaned; may be empty")
    group: Series[Any] = pa.Field(
        description="smallest id among the items whose text is the same or nearly the same"
    )

    @pa.check("title", "description", name="no_space_around")
    def no_space_around(cls, text: Series[str]) -> pd.Series:
        """No white space around the text."""
        return text == text.str.strip()

    @pa.dataframe_check(name="group_is_an_item")
    def group_is_an_item(cls, df: pd.DataFrame) -> pd.Series:
        """A group is named by one of its items."""
        return checks.among(df["group"], df["id"])


class Labels(ByCell):
    """One row per label: an (id, tag) pair, by ascending id and then tag."""


class Taxonomy(Table):
    """One row per tag of the taxonomy, by ascending tag; no rows where the source has none."""

    tag: Series[str] = pa.Field(description="the tag, in its one spelling")
    aliases: Series[object] = pa.Field(description="list of other names of the tag")
    parents: Series[object] = pa.Field(description="list of broader tags")

    @pa.check("tag", name="spelled")
    def spelled(cls, tags: Series[str]) -> pd.Series:
        """Tags are one clean line of text."""
        return checks.spelled(tags)

    @pa.dataframe_check(name="tag_unique_ascending")
    def tag_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each tag once, ascending."""
        return checks.ascending(df, "tag")

    @pa.dataframe_check(name="alias_names_one_tag")
    def alias_names_one_tag(cls, df: pd.DataFrame) -> pd.Series:
        """An alias names one tag and is none itself."""
        alias = df["aliases"].explode().dropna()
        clash = alias[alias.duplicated(keep=False) | alias.isin(df["tag"])]
        return pd.Series(~df.index.isin(clash.index), index=df.index)


class Quarantine(Table):
    """One row per source row that could not be used, or whose labels could not, by file and row."""

    file: Series[str] = pa.Field(description="the source file")
    row: Series[int] = pa.Field(ge=1, description="place in the file: list index or line, from 1")
    id: Series[str] = pa.Field(nullable=True, description="the row's id as text, where it has one")
    reason: Series[str] = pa.Field(str_length={"min_value": 1}, description="why it is here")
    record: Series[str] = pa.Field(
        str_matches=r"^[\[{\"\d\-tfn]",
        description="the whole source row, or the tags of its labels, as JSON",
    )

    @pa.dataframe_check(name="file_row_unique_ascending")
    def file_row_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each row of a file once, ascending."""
        return checks.ascending(df, "file", "row")
