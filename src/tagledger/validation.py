"""Validation of tables by their Pandera models, with failures as data.

A stage validates what it read and what it made before it writes anything. All checks of a table
run; their failures become rows of (table, id, column, check, value), which are shown in short,
written in full, and counted for the quality report.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TypeVar, cast

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason
from pandera.typing import DataFrame

from tagledger.errors import TagledgerError
from tagledger.own_schemas.files import FOLDER, KINDS, file_of
from tagledger.own_schemas.loading import own_model
from tagledger.reports import FAILURES, CheckResult
from tagledger.tables import write_csv
from tagledger_schemas.relations import Related

_SHOWN = 8
# Where pandera's account of a check that raised names a line of the user's own schemas.
_OWN_LINE = re.compile(rf'/({FOLDER}/(?:{"|".join(KINDS)})\.py)", line (\d+)')
_POSTPROCESS = "in postprocess\n"  # where pandera looks at what a check returned

M = TypeVar("M", bound=pa.DataFrameModel)


def _load_checks_alone() -> None:
    """Load pandera's checks without hypothesis.

    Where it is installed, pandera loads it with the checks, in case a test wants tables made up.
    That takes longer than a small stage. A program that has loaded it already keeps it.
    """
    if "hypothesis" in sys.modules:
        return
    sys.modules["hypothesis"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("pandera.backends.pandas.builtin_checks")
    finally:
        del sys.modules["hypothesis"]


_load_checks_alone()


def validate(
    model: type[M], df: pd.DataFrame, table: str, related: Related | None = None
) -> DataFrame[M]:
    """Check `df` against `model`, checks that need other tables, and the user's own checks.

    The user's own are those of `schemas/` in the working directory: DVC runs a stage in the folder
    of dvc.yaml.

    Parameters
    ----------
    model
        The packaged model of the table.
    df
        The table, with a plain 0..n-1 index.
    table
        Its name for people, such as "clean/labels".
    related
        Further checks by column, such as that an id is one of the items'.

    Returns
    -------
    DataFrame
        `df` itself, typed.

    Raises
    ------
    TagledgerError
        A check failed: with the number of failures and the first of them; the whole list is
        written to reports/failures.csv. Or the user's own schemas cannot be run.
    """
    own = own_model(model, Path())
    failures = find_failures(own, df, table, related)
    if len(failures):
        write_csv(failures, FAILURES)
        shown = failures.drop(columns="table").head(_SHOWN).to_string(index=False, max_colwidth=30)
        more = f"\n… and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        check = "" if own is model else f", or the check in {_place(model, own)} if it is yours"
        raise TagledgerError(
            f"{len(failures)} values of {table} fail its schema\n{shown}{more}",
            where=f"{table}, model {model.__name__} in {_place(model, own)}",
            hint=f"the whole list is in {FAILURES}; mend the source or the parameters{check}, then "
            "`dvc repro`; nothing was written",
        )
    return cast("DataFrame[M]", df)


def _place(model: type[pa.DataFrameModel], own: type[pa.DataFrameModel]) -> str:
    """Where the checks of a table are."""
    return f"{FOLDER}/" if own is model else str(file_of(model.__module__.rpartition(".")[2]))


def find_failures(
    model: type[pa.DataFrameModel],
    df: pd.DataFrame,
    table: str,
    related: Related | None = None,
) -> pd.DataFrame:
    """All failures of all checks: columns table, id, column, check, value (all text)."""
    schema = _schema(model, related)
    try:
        schema.validate(df, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.reset_index(drop=True)
        stopped = _stopped_checks(errors)
    else:
        return pd.DataFrame({name: [] for name in _COLUMNS}, dtype="str")
    key = "id" if "id" in df.columns else df.columns[0] if len(df.columns) else None
    index = pd.to_numeric(cases["index"], errors="coerce")
    has_row = index.notna() & (key is not None)
    ids = pd.Series("", index=cases.index, dtype="str")
    if key is not None and has_row.any():
        ids[has_row] = df[key].iloc[index[has_row].astype(int)].astype("str").fillna("").to_numpy()
    # Pandera names the table, not the column, where a column is missing or one too many.
    frame = cases["check"].isin(["column_in_schema", "column_in_dataframe", "column_ordered"])
    whole = cases["schema_context"].eq("DataFrameSchema") & ~frame
    whole_row = whole & index.notna()
    pairs = zip(cases["check"].map(str), cases["failure_case"].map(str), strict=True)
    values = pd.Series([stopped.get(pair, pair[1]) for pair in pairs], dtype="str")
    failures = pd.DataFrame(
        {
            "table": table,
            "id": ids,
            "column": cases["column"]
            .mask(frame, cases["failure_case"])
            .mask(whole, "")
            .astype("str"),
            "check": cases["check"].astype("str"),
            "value": values.where(~whole_row, ""),
        }
    )
    # A check of whole rows reports each column of a row that fails; one line a row says as much.
    return failures.drop_duplicates(ignore_index=True)


def _stopped_checks(errors: pa.errors.SchemaErrors) -> dict[tuple[str, str], str]:
    """What to say of a check that raised an error, by its name and pandera's own words of it."""
    texts = {}
    for error in errors.schema_errors:
        if error.reason_code is not SchemaErrorReason.CHECK_ERROR:
            continue
        check, words = error.check, str(error.failure_cases)
        line = _OWN_LINE.findall(str(error))
        where = f" ({line[-1][0]}, line {line[-1][1]})" if line else ""
        reason = f"the check itself stops with {words}{where}"
        if _POSTPROCESS in str(error):
            reason = "the check returns neither True or False nor one of them for each row"
        texts[str(check.error or check.name), words] = reason
    return texts


_COLUMNS = ("table", "id", "column", "check", "value")


def _schema(model: type[pa.DataFrameModel], related: Related | None) -> pa.DataFrameSchema:
    schema = model.to_schema()
    for column, extra in (related or {}).items():
        present = list(schema.columns[column].checks or [])
        schema = schema.update_column(column, checks=[*present, *extra])
    return schema


def results(
    model: type[pa.DataFrameModel],
    df: pd.DataFrame,
    table: str,
    related: Related | None = None,
) -> list[CheckResult]:
    """Every check of a table with the rows it checked and the rows that failed, in schema order."""
    schema = _schema(model, related)
    failures = find_failures(model, df, table, related)
    named: list[tuple[str, str]] = []
    for name, column in schema.columns.items():
        named.append((name, "column_in_dataframe"))
        if column.dtype is not None:
            named.append((name, f"dtype('{column.dtype}')"))
        if not column.nullable:
            named.append((name, "not_nullable"))
        if column.unique:
            named.append((name, "field_uniqueness"))
        named += [(name, str(check.error or check.name)) for check in column.checks or []]
    named += [("", str(check.error or check.name)) for check in schema.checks or []]
    seen = set(named)
    failed = dict.fromkeys(zip(failures["column"], failures["check"], strict=True))
    named += [pair for pair in failed if pair not in seen]
    rows = failures.groupby(["column", "check"], sort=False).indices
    ids, values = failures["id"].array, failures["value"].array
    check_results = []
    for column_name, check in named:
        own = rows.get((column_name, check), ())
        first = tuple(f"{ids[row]}: {values[row]}" for row in own[:5])
        check_results.append(CheckResult(table, column_name, check, len(df), len(own), first))
    return check_results
