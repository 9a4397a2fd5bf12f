"""How many items have each tag, in the tables of a layer: from facts, or else from the index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, get_args

from tagledger.history.facts import Facts, Kind, by_name
from tagledger.history.kept_tables import IdKind, Missing, table_of, without_table
from tagledger.layers import Layer
from tagledger.versions import Progress, Repository, Version

# To open an index takes longer than an answer from facts.
if TYPE_CHECKING:
    from tagledger.history.label_index import LabelIndex

Counts = Mapping[str, int]

# `LabelIndex.counts` of a table; by its key and the kind of its ids, with a space between.
COUNTS = Kind[Counts]("counts", by_name(int))
# `LabelIndex.exchanges` of two tables; by their keys, with a space between.
EXCHANGES = Kind[Counts]("exchanges", by_name(int))


class LayerCounts:
    """How many items have each tag, in the tables of a layer.

    Parameters
    ----------
    repository
        The repository.
    versions
        The versions to have; the last decides whether ids are integers or text.
    layer
        The layer.
    facts
        What is known of tables; what the index says is added.
    progress
        Is given a line for each version that is read.

    Attributes
    ----------
    by_table
        The number of items with each tag, by the key of the table; tags without items are left out.
    missing
        The versions whose labels could not be read, and why.
    """

    def __init__(
        self,
        repository: Repository,
        versions: Sequence[Version],
        layer: Layer,
        facts: Facts,
        progress: Progress,
    ) -> None:
        self._repository, self._versions, self._layer = repository, versions, layer
        self._facts, self._progress = facts, progress
        tables = {table for version in versions if (table := table_of(version, layer)) is not None}
        known = _known(facts, tables)
        self.missing = without_table(versions, layer) if known is not None else self._opened[1]
        self.by_table = known if known is not None else self._counted(tables)

    @cached_property
    def _opened(self) -> tuple[LabelIndex, list[Missing]]:
        from tagledger.history.indexing import open_index

        return open_index(self._repository, self._versions, self._layer, progress=self._progress)

    def _counted(self, tables: Iterable[str]) -> dict[str, Counts]:
        index, _ = self._opened
        kind = index.id_kind
        return {
            table: self._facts.of(COUNTS, _key(table, kind), partial(index.counts, table))
            for table in tables
            if table in index.bits
        }

    def tags_of(self, tables: Iterable[str]) -> set[str]:
        """The tags that an item has in one of some tables."""
        return {tag for table in tables for tag in self.by_table[table]}

    def exchanges(self, a: str, b: str) -> Counts:
        """How many items exchanged each tag for another from table `a` to table `b`.

        As `LabelIndex.exchanges` has it.

        Raises
        ------
        TagledgerError
            It is not known, and the index has lost one of the tables, which cannot be read.
        """

        def find_out() -> Counts:
            index, missing = self._opened
            for one in missing:
                if table_of(one.version, self._layer) in {a, b}:
                    raise one.problem
            return index.exchanges(a, b)

        return {} if a == b else self._facts.of(EXCHANGES, f"{a} {b}", find_out)


def _known(facts: Facts, tables: Collection[str]) -> dict[str, Counts] | None:
    """The counts of tables; None unless those of all are known, and all have ids of one kind.

    Where kinds differ, the index decides which tables are left out.
    """
    for ids in get_args(IdKind):
        counts: dict[str, Counts] = {
            table: known
            for table in tables
            if (known := facts.get(COUNTS, _key(table, ids))) is not None
        }
        if len(counts) == len(tables):
            return counts
    return None


def _key(table: str, ids: IdKind) -> str:
    return f"{table} {ids}"
