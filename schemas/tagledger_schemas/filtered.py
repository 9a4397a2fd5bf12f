"""Tables of the filter stage: the labels that stay, and what was decided on each tag."""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from tagledger_schemas import checks
from tagledger_schemas.base import Table
from tagledger_schemas.clean import Labels

DECISIONS = ("kept", "excluded", "below_threshold", "not_in_taxonomy")


class FilteredLabels(Labels):
    """One row per label that stays, by ascending id and then tag."""


class Tags(Table):
    """One row per tag seen in the labels, the taxonomy or the parameters, by ascending tag."""

    tag: Series[str] = pa.Field(description="the tag")
    count: Series[int] = pa.Field(ge=0, description="clean items that have the tag")
    decision: Series[str] = pa.Field(isin=list(DECISIONS), description="why it stays or goes")

    @pa.check("tag", name="spelled")
    def spelled(cls, tags: Series[Any]) -> pd.Series:
        """Tags are one clean line of text."""
        return checks.spelled(tags)

    @pa.dataframe_check(name="tag_unique_ascending")
    def tag_unique_ascending(cls, df: pd.DataFrame) -> pd.Series:
        """Each tag once, ascending."""
        return checks.ascending(df, "tag")
