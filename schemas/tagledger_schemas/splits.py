"""Tables of the split stage: which split each item is in, and the splits themselves."""

from typing import Optional

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from tagledger_schemas.base import ById


class Assignments(ById):
    """One row per filtered item, by ascending id."""

    split: Series[str] = pa.Field(str_length={"min_value": 1}, description="the split it is in")
    fold: Optional[Series[int]] = pa.Field(  # noqa: UP045 - pandera reads Optional, not `| None`
        ge=0, description="the fold it is in, from 0; only where split.folds is set"
    )


class SplitItems(ById):
    """One row per item of a split, ready to train on, by ascending id."""

    created_on: Series[pd.DatetimeTZDtype] = pa.Field(
        nullable=True, dtype_kwargs={"unit": "us", "tz": "UTC"}, description="UTC; may be missing"
    )
    title: Series[str] = pa.Field(description="cleaned; may be empty")
    description: Series[str] = pa.Field(description="cleaned; may be empty")
    tags: Series[object] = pa.Field(description="list of the item's filtered tags, ascending")

    @pa.check("tags", name="has_a_tag")
    def has_a_tag(cls, tags: Series[object]) -> pd.Series:
        """Every item of a split has a tag."""
        return tags.str.len() > 0
