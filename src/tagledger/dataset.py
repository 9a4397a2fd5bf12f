"""One version's tables, read when they are asked for, in the form that comparisons need."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagledger import tables, versions
from tagledger.compare.late_parts import load_numpy_parts_late
from tagledger.documents import PARAMS
from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.layers import LAYERS, Layer, unfiltered
from tagledger.versions import Repository, Version

# What reads sources and compares takes as long to import as pandas; most tables do without, and
# some answers without pandas.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.cleaning.labels import Merged
    from tagledger.compare.annotations import Annotations
    from tagledger.compare.compare import Comparison, Side
    from tagledger.compare.source_rows import SourceRows
    from tagledger.compare.steps import Pipeline
    from tagledger.events.event import Event
    from tagledger.params import CleanParams, S
    from tagledger.readers.raw import Raw

# Columns that are categories.
_CODED = {
    tables.CLEAN_LABELS: ("tag",),
    tables.ANNOTATED_LABELS: ("tag",),
    tables.VERDICTS: ("tag", "state", "by"),
    tables.DISPUTES: ("tag",),
    tables.FILTERED_LABELS: ("tag",),
    tables.ASSIGNMENTS: ("split",),
}


class Dataset:
    """The tables of one version.

    Parameters
    ----------
    repository
        The repository that the version is of.
    version
        The version.
    """

    def __init__(self, repository: Repository, version: Version) -> None:
        self.repository = repository
        self.version = version

    def _read(self, path: Path) -> pd.DataFrame:
        import pandas as pd

        table = tables.read(versions.locate(self.repository, self.version, path.as_posix()))
        for coded in _CODED.get(path, ()):
            if coded in table and not isinstance(table[coded].dtype, pd.CategoricalDtype):
                table[coded] = table[coded].astype("category")  # another program wrote it, as text
        return table

    @property
    def is_annotated(self) -> bool:
        """Whether it was made with the annotate stage; versions from before have no events."""
        return tables.ANNOTATED_LABELS.as_posix() in self.version.outputs

    @cached_property
    def items(self) -> pd.DataFrame:
        """Clean items: id, created_on, title, description, group.

        A version from before a column was there has it empty: dates missing, each item its own
        group.
        """
        import pandas as pd

        items = self._read(tables.CLEAN_ITEMS)
        missing: dict[str, Any] = {
            "created_on": pd.Series([None] * len(items), dtype="datetime64[us, UTC]"),
            "title": "",
            "description": "",
            "group": items["id"],
        }
        for name, value in missing.items():
            if name not in items:
                items[name] = value
        return items[["id", *missing]]

    def clean_ids(self) -> pd.DataFrame:
        """Clean items as an index of labels has them, without their texts: id, and one tag."""
        import numpy as np

        return tables.label_frame(self.item_ids, np.zeros(len(self.item_ids), np.int8), ["item"])

    @cached_property
    def item_ids(self) -> pd.Series:
        """The ids of the clean items, without their texts."""
        path = versions.locate(self.repository, self.version, tables.CLEAN_ITEMS.as_posix())
        ids: pd.Series = tables.read(path, ["id"])["id"]
        return ids

    @cached_property
    def clean_labels(self) -> pd.DataFrame:
        """Clean labels: id, tag."""
        return self._read(tables.CLEAN_LABELS)

    @cached_property
    def annotated_labels(self) -> pd.DataFrame:
        """Labels after people's answers, which the filter reads: id, tag.

        The clean labels in a version from before the annotate stage.
        """
        return self._read(tables.ANNOTATED_LABELS) if self.is_annotated else self.clean_labels

    @cached_property
    def annotated_taxonomy(self) -> pd.DataFrame:
        """The taxonomy after people's changes to tags, which the filter reads; as `taxonomy`."""
        return self._read(tables.ANNOTATED_TAXONOMY) if self.is_annotated else self.taxonomy

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """What people's answers say of an item and a tag: id, tag, value, state, by, events."""
        return self._annotated_table(tables.VERDICTS)

    @cached_property
    def disputes(self) -> pd.DataFrame:
        """Where people differ: id, tag, among, yes, no, source."""
        return self._annotated_table(tables.DISPUTES)

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Events that were set aside: file, line, event, by, act, item, reason."""
        return self._annotated_table(tables.REJECTED)

    @cached_property
    def tag_changes(self) -> pd.DataFrame:
        """What people's changes to tags come to: tag, to, act, by, event."""
        return self._annotated_table(tables.TAG_CHANGES)

    def _annotated_table(self, path: Path) -> pd.DataFrame:
        if self.is_annotated:
            return self._read(path)
        return tables.empty_annotated(path, self.clean_labels["id"].dtype)

    @cached_property
    def filtered_labels(self) -> pd.DataFrame:
        """Filtered labels: id, tag."""
        return self._read(tables.FILTERED_LABELS)

    @cached_property
    def taxonomy(self) -> pd.DataFrame:
        """Clean taxonomy: tag, aliases, parents."""
        return self._read(tables.CLEAN_TAXONOMY)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """Rows set aside: file, row, id, reason, record."""
        return self._read(tables.CLEAN_QUARANTINE)

    @cached_property
    def tags(self) -> pd.DataFrame:
        """Every tag seen: tag, count, decision."""
        return self._read(tables.FILTERED_TAGS)

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Which split each filtered item is in: id, split."""
        return self._read(tables.ASSIGNMENTS)

    @cached_property
    def raw(self) -> Raw:
        """The source's rows, parsed by the reading that lies beside them."""
        from tagledger.readers.raw import read_raw
        from tagledger.sources.catalogue import PROVENANCE

        with _temporary_folder() as temporary:
            # The cache keeps files under their md5; readers want the names they had.
            for path, located in self._raw_files.items():
                target = temporary / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(located.resolve())
            if not (temporary / PROVENANCE).exists():
                raise TagledgerError(
                    f"the raw files of {self.version.name} do not say how to read them",
                    where=f"{tables.RAW.as_posix()}/{PROVENANCE}",
                    hint="this version is older than that file, so the causes of its label changes "
                    "are not known: compare later versions, or `load` this one",
                )
            rules = self.clean_params
            return read_raw(temporary, rules.years, rules.max_decompressed_bytes)

    @cached_property
    def _raw_files(self) -> dict[str, Path]:
        """The files of the source, by their paths in its folder."""
        folder = tables.RAW.as_posix()
        return {
            path: versions.locate(self.repository, self.version, f"{folder}/{path}")
            for path in versions.members(self.repository, self.version, folder)
        }

    @cached_property
    def source_rows(self) -> SourceRows:
        """What causes read of the source's rows, which are not read again where it is kept."""
        from tagledger.compare.source_rows import SourceRows, kept_rows

        if "raw" in vars(self):
            return SourceRows.of(self.raw)
        _ = self._raw_files  # without the files it is not known what they hold, whatever is kept
        rules = self.clean_params
        key = {
            "md5": self.version.outputs[tables.RAW.as_posix()].md5,
            "years": rules.years,
            "most_bytes": rules.max_decompressed_bytes,
        }
        return kept_rows(self.repository, key, lambda: self.raw)

    @cached_property
    def lock_text(self) -> str | None:
        """The text of the version's dvc.lock."""
        return versions.text_at(self.repository, self.version, versions.LOCK)

    @cached_property
    def _recorded_stages(self) -> dict[str, dict[str, Any]]:
        text = self.lock_text or ""
        return versions.read_stages(text.encode(), f"dvc.lock of {self.version.name}")

    def recorded_params(self, stage: str) -> dict[str, Any]:
        """The parameters that a stage ran with, by its section's names, as dvc.lock has them."""
        section: Any = self._recorded_stages.get(stage)
        for key in ("params", PARAMS.name, stage):
            section = section.get(key) if isinstance(section, dict) else None
        return section if isinstance(section, dict) else {}

    @cached_property
    def clean_params(self) -> CleanParams:
        """The clean stage's parameters that this version was made with, as dvc.lock has them.

        As `settings` has them.
        """
        from tagledger.params import CleanParams

        return self.settings(CleanParams)

    def settings(self, section: type[S]) -> S:
        """The parameters of a stage that this version was made with, as dvc.lock has them.

        A parameter that this code does not know is left out; one that the version did not have
        takes its default.

        Raises
        ------
        TagledgerError
            What is on record does not fit, or lacks what has no default.
        """
        from tagledger import params

        values = self.recorded_params(section.SECTION)
        return params.parse_recorded(section, values, Path(f"dvc.lock of {self.version.name}"))

    @cached_property
    def pipeline(self) -> Pipeline:
        """What the labels were made from and by."""
        from tagledger.compare.steps import Pipeline

        return Pipeline(
            rows=self.source_rows,
            taxonomy=self.taxonomy,
            params=self.clean_params,
            annotations=self.annotations,
            decisions=self.tags,
        )

    @cached_property
    def annotations(self) -> Annotations:
        """What made the annotated labels of the clean ones."""
        from tagledger.compare.annotations import Annotations
        from tagledger.params import AnnotateParams

        return Annotations(self.verdicts, self.tag_changes, self.settings(AnnotateParams))

    def labels(self, layer: Layer) -> pd.DataFrame:
        """The labels of a layer: id and tag, each pair once, by ascending id and then tag."""
        if layer == "filtered":
            return self.filtered_labels
        if layer == "annotated":
            return self.annotated_labels
        if layer == "clean":
            return self.clean_labels
        return self._raw_labels

    @cached_property
    def _raw_rows(self) -> Merged:
        from tagledger.cleaning.labels import merge_rows

        return merge_rows(self.raw.items, "union")

    @cached_property
    def _raw_labels(self) -> pd.DataFrame:
        import numpy as np

        from tagledger.cleaning.labels import make_pairs

        tag = self.raw.labels["tag"].combine_chunks()
        pairs = make_pairs(
            self._raw_rows.item[self.raw.labels["item"].to_numpy()],
            tag.indices.to_numpy(zero_copy_only=False).astype(np.int64),
            tag.dictionary.to_pylist(),
        )
        ids = self.layer_items("raw")["id"].array[pairs.item]
        return tables.label_frame(ids, pairs.tag, pairs.names)

    def layer_items(self, layer: Layer) -> pd.DataFrame:
        """The items of a layer, by ascending id; rows that share an id show the newest text."""
        if layer in {"clean", "annotated"}:
            return self.items
        if layer == "filtered":
            return self.items[self.items["id"].isin(self.filtered_labels["id"])].reset_index(
                drop=True
            )
        rows = self.raw.items.select(["id", "title", "description"])
        shown: pd.DataFrame = rows.take(self._raw_rows.shown).to_pandas()
        return shown

    def side(self, layer: Layer) -> Side:
        """The version as one side of a comparison."""
        from tagledger.compare.compare import Side

        return Side(
            name=self.version.name,
            items=self.items[["id", "title", "description"]],
            labels=self.labels(layer),
            all_labels=self.labels(unfiltered(layer)),
            decisions=self.tags,
            assignments=self.assignments,
            annotated_taxonomy=self.annotated_taxonomy,
            pipeline=self.pipeline,
        )


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="tagledger-", ignore_cleanup_errors=True)
    except OSError as error:
        raise TagledgerError(
            "there is no folder for temporary files that can be written to",
            hint="free some space, or name another folder: `export TMPDIR=...`",
        ) from error
    with folder as name, os_errors(Path(name)):
        yield Path(name)


def read_sides(a: Dataset, b: Dataset, layer: Layer) -> tuple[Side, Side]:
    """Both sides of a comparison, read at the same time.

    Raises
    ------
    TagledgerError
        As `Dataset.side`; that of A, if neither can be read.
    """

    def other_way_round(dataset: Dataset) -> Side:
        # Up to Python 3.11 only one of all datasets can read the same property at a time.
        _ = dataset.pipeline
        return dataset.side(layer)

    if a.repository == b.repository:  # git is asked once for both
        both = [a.version, b.version]
        a.lock_text, b.lock_text = versions.texts_at(a.repository, both, versions.LOCK)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(other_way_round, b)
        first = a.side(layer)
        return first, second.result()


def open_dataset(name: str, repo: str | Path | Repository | None = None) -> Dataset:
    """The tables of a version by name.

    Parameters
    ----------
    name
        A tag, a branch, a commit, or "workspace".
    repo
        The repository, or a folder in it; by default the current folder.
    """
    if not isinstance(repo, Repository):
        repo = Repository.find(None if repo is None else Path(repo))
    return Dataset(repo, versions.find_version(repo, name))


def compare_datasets(a: Dataset, b: Dataset, layer: Layer = "filtered") -> Comparison:
    """Compare two versions, whose tables are read if they are not yet.

    Parameters
    ----------
    a, b
        The earlier and the later version.
    layer
        "filtered" (the default), "annotated", "clean" or "raw".

    Raises
    ------
    TagledgerError
        Data of a version is not here, or the two cannot be compared.
    """
    load_numpy_parts_late()
    from tagledger.compare.compare import compare

    comparison = compare(*read_sides(a, b, layer), layer)
    events = {event for row in comparison.people["events"] for event in row.split()}
    events_by_id: Mapping[str, Event] = {}
    if events:
        from tagledger.compare.event_lookup import find_events

        events_by_id = find_events(a.repository, events, [b.version, a.version])
    return replace(
        comparison,
        campaigns={name: event.campaign for name, event in events_by_id.items() if event.campaign},
        unfound=len(events) - len(events_by_id),
        newer_first=versions.is_newer(a.version, b.version),
        sources=(a.version.source, b.version.source),
    )


def load(
    version: str = "workspace",
    split: str | None = None,
    *,
    layer: Layer = "filtered",
    repo: str | Path | None = None,
) -> pd.DataFrame:
    """Load a version of the dataset.

    Parameters
    ----------
    version
        A tag such as "v1.2.0", a branch, a commit, or "workspace".
    split
        Only the items of this split, such as "train"; needs the filtered layer.
    layer
        "filtered" (the default), "annotated" (after people's answers, before the filter), "clean"
        (before both), or "raw" (as the source has it, with the labels of a repeated id merged).
    repo
        The repository, or any folder in it; by default the current folder's.

    Returns
    -------
    DataFrame
        One row per item, by ascending id: id, created_on (UTC; not in the raw layer), title,
        description, tags (list of str).

    Raises
    ------
    TagledgerError
        There is no such version, split or layer, or its data is not here.
    """
    import numpy as np
    import pandas as pd

    if layer not in LAYERS:
        raise TagledgerError(f"there is no layer {layer}", hint=nearest(layer, LAYERS))
    dataset = open_dataset(version, repo)
    items, labels = dataset.layer_items(layer), dataset.labels(layer)
    if split is not None:
        if layer != "filtered":
            raise TagledgerError(
                f"the {layer} layer is not split", hint="leave `layer` out, or `split`"
            )
        names = sorted(dataset.assignments["split"].unique())
        if split not in names:
            raise TagledgerError(
                f"there is no split {split}", where=dataset.version.name, hint=nearest(split, names)
            )
        chosen = dataset.assignments.loc[dataset.assignments["split"] == split, "id"]
        items = items[items["id"].isin(chosen)].reset_index(drop=True)
        labels = labels[labels["id"].isin(chosen)]
    row = pd.Index(items["id"]).get_indexer(pd.Index(labels["id"]))
    ends = np.cumsum(np.bincount(row, minlength=len(items))).tolist()
    tags = labels["tag"].astype("str").tolist()
    cells = np.empty(len(items), dtype=object)
    cells[:] = [tags[start:end] for start, end in pairwise([0, *ends])]
    wanted = [name for name in ("id", "created_on", "title", "description") if name in items]
    return items[wanted].assign(tags=cells)
