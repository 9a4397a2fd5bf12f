"""The tables of a version checked again with the current schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tagledger.own_schemas.loading import own_model
from tagledger.reports import CheckResult
from tagledger.validation import find_failures, results
from tagledger.workspace import model_of, related


@dataclass(frozen=True)
class Recheck:
    """The results of the current schemas for a version.

    Attributes
    ----------
    checks
        The results of all checks.
    failures
        Every value that fails one: columns table, id, column, check, value.
    """

    checks: list[CheckResult]
    failures: pd.DataFrame


def recheck(frames: Mapping[str, pd.DataFrame], own: Path | None = None) -> Recheck:
    """Check each table with its schema, and check that the items and tags of labels exist.

    Parameters
    ----------
    frames
        The tables that the version has, by their names in reports.
    own
        The folder of the repository whose own schemas hold too; None for Tagledger's alone.

    Raises
    ------
    TagledgerError
        The user's own schemas cannot be run.
    """
    beside = related(frames)
    checks: list[CheckResult] = []
    failures: list[pd.DataFrame] = []
    for name, df in frames.items():
        model = own_model(model_of(name), own)
        checks += results(model, df, name, beside.get(name))
        failures.append(find_failures(model, df, name, beside.get(name)))
    return Recheck(checks, pd.concat(failures, ignore_index=True))
