"""What a model of the user's own may do: add checks to a table, and take none away."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pandera.pandas as pa

from tagledger.errors import TagledgerError, nearest

Model = type[pa.DataFrameModel]

# Settings by which pandera would let other columns pass, or change or leave out rows.
_TABLE_SETTINGS = (
    *("strict", "ordered", "coerce", "unique", "add_missing_columns", "drop_invalid_rows"),
    *("unique_column_names", "report_duplicates", "dtype", "index", "parsers"),
)
_NO_SETTING = (
    'take it out; what must hold can be a method below `@pa.check("column")` or '
    "`@pa.dataframe_check()`"
)
_COLUMN_SETTINGS = ("coerce", "required", "regex", "drop_invalid_rows", "parsers")


def own_models(own: ModuleType, packaged: ModuleType, file: Path) -> dict[str, Model]:
    """The models of a user's file, by the names of those that they take the place of.

    Parameters
    ----------
    own
        The user's file, as it was run.
    packaged
        The module of `tagledger_schemas`.
    file
        The user's file, for errors.

    Raises
    ------
    TagledgerError
        A class has a name that no model has, is no subclass of its namesake, or does not hold all
        that its namesake holds.
    """
    packaged_models = models(packaged)
    _refuse_unknown(own, packaged_models, file)
    replacements: dict[str, Model] = {}
    for name, model in packaged_models.items():
        value = vars(own).get(name, model)
        if value is model:
            continue
        where = _where(own, name, file)
        if not (isinstance(value, type) and issubclass(value, model)):
            raise TagledgerError(
                f"{name} is no subclass of Tagledger's {name}, so its table would lose checks",
                where=where,
                hint=f"begin it with `class {name}({file.stem}.{name}):`, below "
                f"`from tagledger_schemas import {file.stem}`",
            )
        _refuse_looser(value, model, where)
        replacements[name] = value
    return replacements


def models(module: ModuleType) -> dict[str, Model]:
    """The Pandera models that a module defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, pa.DataFrameModel)
        and value.__module__ == module.__name__
    }


def _where(own: ModuleType, name: str, file: Path) -> str:
    """The file and the line where a name is made in it."""
    tree = ast.parse(Path(str(own.__file__)).read_bytes())
    for node in reversed(tree.body):
        if getattr(node, "name", None) == name:
            return f"{file}, line {getattr(node, 'lineno', 0)}"
    return f"{file}, {name}"


def _refuse_unknown(own: ModuleType, packaged: Mapping[str, Model], file: Path) -> None:
    """Refuse a class that looks like a model: nothing would ever use it."""
    for name, value in vars(own).items():
        if name in packaged or name.startswith("_") or not isinstance(value, type):
            continue
        if value.__module__ != own.__name__:
            continue
        if issubclass(value, pa.DataFrameModel) or difflib.get_close_matches(name, packaged, n=1):
            raise TagledgerError(
                f"the checks of the class {name} would never run: no table has this model",
                where=_where(own, name, file),
                hint=f"rename it ({nearest(name, packaged)}), or begin its name with _ if it is "
                "a helper of other classes",
            )


def _refuse_looser(own: Model, model: Model, where: str) -> None:
    """Refuse a model that does not hold all that the packaged one holds."""
    try:
        schema = own.to_schema()
    except Exception as error:
        message = next(iter(str(error).splitlines()), "")
        raise TagledgerError(
            f"Pandera cannot read {own.__name__}: {type(error).__name__}: {message}",
            where=where,
            hint='a check is a method below `@pa.check("column")` or `@pa.dataframe_check()`; the '
            f"columns are {', '.join(model.to_schema().columns)}",
        ) from error
    packaged = model.to_schema()
    problems = chain(
        _replaced(own, model),
        _columns(schema, packaged),
        _settings(schema, packaged),
        _checks(schema),
    )
    for what, hint in problems:
        raise TagledgerError(f"{own.__name__} {what}", where=where, hint=hint)


Problems = Iterator[tuple[str, str]]


def _columns(own: pa.DataFrameSchema, packaged: pa.DataFrameSchema) -> Problems:
    """Columns that are too many, too few, or hold less than they should."""
    more = [str(name) for name in own.columns if name not in packaged.columns]
    gone = [str(name) for name in packaged.columns if name not in own.columns]
    if more or gone:
        changed = f"{'adds' if more else 'leaves out'} the column {', '.join(more or gone)}"
        every = ", ".join(map(str, packaged.columns))
        yield (
            f"{changed}: its table has exactly the columns {every}",
            "take that out; a check may compute what it needs from these columns",
        )
        return
    for name, column in packaged.columns.items():
        mine = own.columns[name]
        lost = _names(column) - _names(mine)
        if column.dtype is not None and str(mine.dtype) != str(column.dtype):
            lost[f"the type {column.dtype}"] += 1
        if mine.nullable and not column.nullable:
            lost["that no value is missing"] += 1
        if lost:
            yield (
                f"declares the column {name} anew, without {', '.join(lost)}",
                f'take out the line of {name}, and write a method below `@pa.check("{name}")`',
            )


def _replaced(own: Model, model: Model) -> Problems:
    """Methods of the packaged model that the user's has under the same name."""
    columns = model.to_schema().columns
    for base in own.__mro__:
        if base in model.__mro__:
            continue
        for name in vars(base):
            ours = hasattr(model, name) and name not in columns and name != "Config"
            if ours and not name.startswith("_"):
                yield (
                    f"has a method {name}, which would replace Tagledger's own of that name",
                    "give the method another name; both checks will run",
                )


def _settings(own: pa.DataFrameSchema, packaged: pa.DataFrameSchema) -> Problems:
    pairs: list[tuple[str, Any, Any, tuple[str, ...]]] = [
        ("its table", own, packaged, _TABLE_SETTINGS)
    ]
    for name, column in packaged.columns.items():
        pairs.append((f"the column {name}", own.columns[name], column, _COLUMN_SETTINGS))
    for whose, mine, theirs, names in pairs:
        for name in names:
            if _differ(getattr(mine, name, None), getattr(theirs, name, None)):
                yield f"sets {name} of {whose}, which is the same for all tables", _NO_SETTING


def _differ(one: object, other: object) -> bool:
    # Pandera's own parts cannot be compared with None.
    return one is not other if one is None or other is None else one != other


def _checks(own: pa.DataFrameSchema) -> Problems:
    """Checks that would only warn, and two that people could not tell apart."""
    parts: list[tuple[str, Any]] = [("", own), *own.columns.items()]
    for column, part in parts:
        for check in part.checks:
            if check.raise_warning:
                yield (
                    f"has the check {check.error or check.name}, which only warns",
                    "take out `raise_warning`: a check holds or fails",
                )
        for name, times in _names(part).items():
            if times > 1:
                yield (
                    f"has two checks of {column or 'whole rows'} with the name {name}",
                    "give one another name: the results are counted by name",
                )


def _names(part: Any) -> Counter[str]:
    return Counter(str(check.error or check.name) for check in part.checks or [])
