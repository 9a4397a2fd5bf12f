"""Labels by `indicators`: a column for each tag, which says whether an item has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field

from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels, TagFile
from tagledger.sources.models import Name, checked, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents


def _columns(value: Any) -> Any:
    """What stands under `indicators`, as the model of its kind."""
    if isinstance(value, dict):
        return checked(TagFile, value)
    if not isinstance(value, list | TagFile):
        raise problem("this must be a list of columns, or a file with their names: {file: ...}")
    if isinstance(value, list) and (again := [one for one in value if value.count(one) > 1]):
        raise problem(f"the column {again[0]!r} is in the list twice")
    return value


class IndicatorLabels(Labels):
    """Labels are in a column for each tag, of which the tag has its name: 1 where an item has it.

    A value is a number, a boolean, or a word or mark for one: true, yes, t, y, x and ✓; false, no,
    f and n. A blank one is no. A row with another value is set aside.

    Attributes
    ----------
    indicators
        The columns. Or a file with their names, `{file: ...}`: one a line, a table's column (`name`
        says which), the XML in which Mulan names the labels of an ARFF file, or an ARFF file of
        MEKA, which says itself how many of its attributes are labels.
    at_least
        The smallest value that says yes: 1 if nothing else is said, and then a value that is
        neither 0 nor 1 is an error.
    """

    KEY = "indicators"
    RANK = 4

    indicators: Annotated[
        Annotated[list[Name], Field(min_length=1)] | TagFile, BeforeValidator(_columns)
    ]
    at_least: Annotated[float, Field(gt=0)] | None = None

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns of the tags."""
        return () if isinstance(self.indicators, TagFile) else tuple(self.indicators)

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How the files beside its own are read, by the key that each stands under."""
        named = {"indicators": self.indicators} if isinstance(self.indicators, TagFile) else {}
        return super().file_readings | named

    def prepared(self, folder: Path, limit: int, source: FileReading) -> Self:  # noqa: ARG002 - as `Labels` has it
        """The same with the columns that a file names written out."""
        from tagledger.readers.tagging.label_names import tag_names

        if not isinstance(self.indicators, TagFile):
            return self
        return self.model_copy(update={"indicators": tag_names(self.indicators, folder, limit)})

    def of_block(
        self,
        block: Block,
        faults: Faults,
        path: Path,
        source: FileReading,  # noqa: ARG002 - as `Labels` has it
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        import numpy as np
        import pyarrow as pa

        from tagledger.readers.numbers import numbers
        from tagledger.readers.tagging import doubts

        held = np.zeros((len(block.rows), len(self.tag_columns)), np.bool_)
        for at, name in enumerate(self.tag_columns):
            values, wrong = numbers(block.columns[name])
            faults.add(wrong, f"{name} says neither yes nor no")
            if self.at_least is None:
                doubts.other_numbers(values, f"the column {name!r}", path)
            held[:, at] = values >= (self.at_least or 1)
        parents, codes = np.nonzero(held)
        return parents, pa.array(self.tag_columns, pa.string()).take(pa.array(codes))
