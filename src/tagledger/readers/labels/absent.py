"""Labels by `absent`: there are none yet, for nobody has labelled the items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from tagledger.sources.labels import Labels
from tagledger.sources.models import problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.set_aside import SetAside
    from tagledger.readers.tagging.label_names import Finish
    from tagledger.readers.tagging.label_tables import SourceItems


def _only_true(value: bool) -> bool:  # noqa: FBT001 - pydantic gives it so
    if not value:
        raise problem("say where the labels are, or `labels: none`")
    return value


class NoLabels(Labels):
    """There are no labels yet: people give them. `labels: none` says the same.

    Attributes
    ----------
    absent
        `true`.
    """

    KEY = "absent"
    RANK = 20

    absent: Annotated[bool, AfterValidator(_only_true)]

    def of_file(
        self,
        folder: Path,  # noqa: ARG002 - there is no file
        items: SourceItems,  # noqa: ARG002
        set_aside: SetAside,  # noqa: ARG002
        limit: int,  # noqa: ARG002
        finish: Finish,  # noqa: ARG002
    ) -> tuple[pa.Table, int]:
        """No labels, and no row that has any."""
        import pyarrow as pa

        from tagledger.readers.tagging.label_tables import labels_table

        return labels_table([], [pa.array([], pa.string()).dictionary_encode()]), 0
