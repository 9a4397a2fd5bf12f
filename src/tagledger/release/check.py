"""Whether the workspace may become a version: every schema check, and every gate."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from tagledger import tables, versions
from tagledger.compare.compare import Comparison
from tagledger.compare.in_words import are_of_two_sources, shares_items
from tagledger.dataset import Dataset, compare_datasets
from tagledger.documents import read_counts, read_object
from tagledger.errors import TagledgerError
from tagledger.kept.check_results import kept_results
from tagledger.labels import indicator
from tagledger.measures.annotations import Annotations, count_annotations
from tagledger.measures.imbalance import measure
from tagledger.own_schemas.files import adding
from tagledger.params import PARAMS, SplitParams, load
from tagledger.release import gates
from tagledger.release.gates import GateResult, Judgement, Limits, State, judge
from tagledger.release.last_release import first_of
from tagledger.reports import CheckResult
from tagledger.splitting.sizes import part_sizes
from tagledger.versions import WORKSPACE, Progress, Repository, Staleness, Version
from tagledger.versions.dvc_process import silent

_ROWS = ("rows", "quarantined")  # the names in data/clean/rows.json
_MADE_ANEW = "`dvc repro` makes it anew"


@dataclass(frozen=True)
class Checked:
    """The results of a check.

    Attributes
    ----------
    base
        The base version of the gates; None where there was none.
    checks, gates
        All results, also of those that hold.
    comparison
        What changed from `base`, in the filtered layer.
    first_of
        The source of the workspace, where it has no release yet and another source has one.
    own, own_not_run
        Files of the user's own checks: those that were run, and those that were not, as nobody
        has agreed to run the code of this clone.
    """

    base: str | None
    checks: Sequence[CheckResult]
    gates: Sequence[GateResult]
    comparison: Comparison | None
    first_of: str | None = None
    own: Sequence[Path] = ()
    own_not_run: Sequence[Path] = ()

    @property
    def failed(self) -> list[CheckResult]:
        """Checks that at least one row fails."""
        return [check for check in self.checks if check.failed]

    @property
    def broken(self) -> list[GateResult]:
        """Gates that are broken."""
        return [gate for gate in self.gates if gate.broken]

    @property
    def state(self) -> Judgement:
        """Whether all checks and gates hold; a gate that was not compared does not."""
        return judge(self.gates, failed_checks=bool(self.failed))


def check_workspace(
    repository: Repository,
    base: Version | None,
    *,
    history: Repository | None = None,
    work_tree: Version | None = None,
    stale: Staleness | None = None,
    run_own: bool = False,
    progress: Progress = silent,
) -> Checked:
    """Check the tables of the work tree, and measure it by the gates of its params.yaml.

    Parameters
    ----------
    repository
        The repository.
    base
        The version to compare with; without one, before the first release, the gates that need a
        comparison are not compared.
    history
        Where the data of `base` is; by default in `repository`.
    work_tree, stale
        The version of the work tree, and what of it is stale, where they are known already.
    run_own
        Whether the checks of the user's own, in `schemas/`, are run in a clone too whose code
        nobody has agreed to run.
    progress
        Is given a line for each step.

    Raises
    ------
    TagledgerError
        The pipeline has not run, or not since a parameter, a source or code changed; a gate is
        unknown; data of `base` is missing; or there is no `base` because the clone lacks history.
    """
    workspace = work_tree or versions.find_version(repository, WORKSPACE)
    stale = stale or versions.staleness(repository)
    # Edited tables can still be checked: their failures are more useful than the fact of the edit.
    if stale.problem is not None and stale.has("newer", "missing"):
        raise stale.problem
    with chdir(repository.root):  # stages name their files from there
        limits = gates.load_gates()
        progress("checking the tables of the workspace")
        try:
            own = adding(Path())
            runs = run_own or not own or versions.trusted(repository)
            checks = kept_results(
                repository.git_dir, Path(), partial(_run_checks, Path() if runs else None)
            )
            state = _state_of_work_tree()
        except (TagledgerError, LookupError, TypeError, ValueError, AttributeError) as error:
            # The table may lack a column. That somebody edited it is the more useful error.
            if stale.problem is None:
                raise
            raise stale.problem from error
    if stale.problem is not None and not any(check.failed for check in checks):
        raise stale.problem
    comparison = None
    if base is not None:
        progress(f"comparing with {base.name}")
        before, after = Dataset(history or repository, base), Dataset(repository, workspace)
        comparison = compare_datasets(before, after)
    measured = gates.evaluate(limits, state, _of_same_items(comparison))
    if comparison is None and not all(gate.compared for gate in measured):
        _refuse_lack_of_history(repository)
    return Checked(
        base=None if base is None else base.name,
        checks=checks,
        gates=measured,
        comparison=comparison,
        first_of=first_of(versions.read_listing(repository)) if base is None else None,
        own=own if runs else (),
        own_not_run=() if runs else own,
    )


def _run_checks(own: Path | None) -> list[CheckResult]:
    """Run every check of the work tree, and those of the user's own of a folder."""
    # Pandera takes longer to load than all that is needed where the results are kept.
    from tagledger.workspace import check_results, read_tables

    with redirect_stdout(sys.stderr):  # a check may print, into the JSON of a command
        return check_results(read_tables(), own)


def _state_of_work_tree() -> State:
    """What gates measure of the tables in the work tree."""
    split = load(SplitParams)
    assignments, items = tables.read(tables.ASSIGNMENTS), tables.read(tables.CLEAN_ITEMS, ["id"])
    books = read_object(tables.ANNOTATED_ROWS, hint=_MADE_ANEW)
    return _state(
        tables.read(tables.FILTERED_TAGS),
        tables.read(tables.FILTERED_LABELS),
        read_counts(tables.CLEAN_ROWS, _ROWS, hint=_MADE_ANEW),
        part_sizes(assignments, split.ratios, split.folds),
        count_annotations(tables.read(tables.VERDICTS), len(items), books),
    )


def _refuse_lack_of_history(repository: Repository) -> None:
    """Raise an error if there is no release only because the clone lacks its history or tags."""
    if repository.is_shallow:
        raise TagledgerError(
            "gates that need a comparison have no release to compare with: this clone is shallow",
            where=repository.root,
            hint="`git fetch --unshallow --tags` brings the history and its releases",
        )
    if repository.is_without_tags:
        raise TagledgerError(
            "gates that need a comparison have no release to compare with: this clone was made "
            "without tags",
            where=repository.root,
            hint="`git fetch --tags` brings the releases",
        )


def measure_gates(dataset: Dataset, comparison: Comparison | None) -> list[GateResult]:
    """The gates of the current params.yaml, measured on any version.

    Parameters
    ----------
    dataset
        The version.
    comparison
        What changed from its base version; None where there is none.

    Raises
    ------
    TagledgerError
        The comparison is of another layer, a gate is unknown, or data of the version is missing.
    """
    if comparison is not None and comparison.layer != "filtered":
        raise TagledgerError(
            f"gates are limits of the filtered layer, not of the {comparison.layer} layer",
            hint="leave out --gate, or --layer",
        )
    limits = gates.load_gates(dataset.repository.root / PARAMS)
    return gates.evaluate(limits, _state_of(dataset, limits), _of_same_items(comparison))


def _of_same_items(comparison: Comparison | None) -> Comparison | None:
    """A comparison for gates; none of two sources that have no item in common."""
    if comparison is None or not are_of_two_sources(comparison) or shares_items(comparison):
        return comparison
    return None


def _state_of(dataset: Dataset, limits: Limits) -> State:
    repository, version = dataset.repository, dataset.version
    file = versions.locate(repository, version, tables.CLEAN_ROWS.as_posix())
    rows = read_counts(file, _ROWS, hint=f"leave out --gate: {version.name} has no counts")
    parts = {}
    if limits.need("parts"):
        used = dataset.settings(SplitParams) if dataset.recorded_params("split") else None
        if used is not None:
            parts = part_sizes(dataset.assignments, used.ratios, used.folds)
    answers = _annotations(dataset) if limits.need("annotations") else None
    return _state(dataset.tags, dataset.filtered_labels, rows, parts, answers)


def _annotations(dataset: Dataset) -> Annotations:
    """What people's answers amount to; nothing in a version from before the annotate stage."""
    books = None
    if dataset.is_annotated:
        repository, version = dataset.repository, dataset.version
        file = versions.locate(repository, version, tables.ANNOTATED_ROWS.as_posix())
        books = read_object(file, hint=f"leave out --gate: {version.name} has no counts")
    return count_annotations(dataset.verdicts, len(dataset.clean_ids()), books)


def _state(
    tags: pd.DataFrame,
    filtered: pd.DataFrame,
    rows: Mapping[str, int],
    parts: Mapping[str, int],
    annotations: Annotations | None,
) -> State:
    return State(
        tags=tags,
        imbalance=measure(indicator(filtered)),
        rows=rows["rows"],
        quarantined=rows["quarantined"],
        parts=parts,
        annotations=annotations,
    )
