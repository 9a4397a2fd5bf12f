"""Labels by `vector`: a column of lists of numbers, each number for the tag of its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels
from tagledger.sources.models import Name, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents


class VectorLabels(Labels):
    """Labels are in a column of lists of 0 and 1, as long as there are tags.

    `names` says the tag of each place. A list of another length is set aside. A list may be
    written as text, such as [0, 1, 0].

    Attributes
    ----------
    vector
        The column; it may lead into objects.
    at_least
        The smallest number that says yes: 1 if nothing else is said, and then a number that is
        neither 0 nor 1 is an error.
    """

    KEY = "vector"
    RANK = 7

    vector: Name
    at_least: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.names is None or isinstance(self.names, dict):
            raise problem(
                "say which tag each place of the list stands for: a list, `names: [...]`, a file, "
                "`names: {file: ...}`, or `names: schema`",
                key="names",
            )
        return self

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.vector,)

    def prepared(self, folder: Path, limit: int, source: FileReading) -> Self:
        """The same with the names of a file written out."""
        from tagledger.readers.tagging.label_names import names_in_order

        return self.model_copy(update={"names": names_in_order(self, source, folder, limit)})

    def of_block(
        self,
        block: Block,
        faults: Faults,
        path: Path,
        source: FileReading,  # noqa: ARG002 - as `Labels` has it
    ) -> tuple[Parents, pa.Array]:
        """The positions that say yes, as codes of tags, in the form that `Labels` says."""
        import numpy as np
        import pyarrow as pa

        from tagledger.readers.tagging import doubts
        from tagledger.readers.tagging.vectors import vectors

        assert isinstance(self.names, list)  # `prepared` wrote them out
        numbers = vectors(block.columns[self.vector])
        faults.add(numbers.wrong, f"{self.vector} is not a list of numbers")
        other_length = (numbers.lengths != len(self.names)) & numbers.given
        faults.add(other_length, doubts.OTHER_LENGTH.format(len(self.names)))
        sound = faults.readable[numbers.parents]
        if self.at_least is None:
            doubts.other_numbers(numbers.values[sound], f"the column {self.vector!r}", path)
        held = sound & (numbers.values >= (self.at_least or 1))
        positions = np.arange(len(numbers.values)) - numbers.starts[numbers.parents]
        codes = pa.array(list(map(str, range(len(self.names)))), pa.string())
        return numbers.parents[held], codes.take(pa.array(positions[held]))
