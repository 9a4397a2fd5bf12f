"""What all tables share."""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from tagledger_schemas import checks


class Table(pa.DataFrameModel):
    """A table with exactly the columns that its model names, in that order.

    A check's method has the name of the check: in the second of two models that inherit it, pandera
    calls it by its method.
    """

    class Config:
        """Pandera's settings."""

        strict = True
        ordered = True


class ById(Table):
    """A table with one row per item, by ascending id."""

    id: Series[Any] = pa.Field(description="the item, as its source names it: integer or text")

    @pa.check("id", name="integer_or_text")
    def integer_or_text(cls, ids: Series[Any]) -> bool:
        """Ids are 64-bit integers or text."""
        return checks.is_id(ids)

    @pa.dataframe_check(name="id_unique_ascending")
    def id_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each id once, ascending."""
        return checks.ascending(df, "id")


class ByCell(Table):
    """A table with one row per item and tag, by ascending id and then tag."""

    id: Series[Any] = pa.Field(description="the item")
    tag: Series[pd.CategoricalDtype] = pa.Field(description="the tag, in its one spelling")

    @pa.check("id", name="integer_or_text")
    def integer_or_text(cls, ids: Series[Any]) -> bool:
        """Ids are 64-bit integers or text."""
        return checks.is_id(ids)

    @pa.check("tag", name="spelled")
    def spelled(cls, tags: Series[Any]) -> pd.Series:
        """Tags are one clean line of text."""
        return checks.spelled(tags)

    @pa.dataframe_check(name="id_tag_unique_ascending")
    def id_tag_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each (id, tag) pair once, ascending."""
        return checks.ascending(df, "id", "tag")
