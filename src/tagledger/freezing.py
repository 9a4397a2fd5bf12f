"""Freezing the base of a split: a version's assignments become data that git tracks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from tagledger import base, params, tables, versions
from tagledger.base import Base
from tagledger.dataset import Dataset
from tagledger.errors import TagledgerError
from tagledger.files import parse_yaml, read_yaml, write_bytes
from tagledger.params import SplitParams
from tagledger.versions import Repository

_BASE_LINE = re.compile(r"^(?P<key>\s+base:)[ \t]*[^#\n]*?(?P<rest>[ \t]*(#[^\n]*)?)\n?$")


def freeze_version(repository: Repository, name: str) -> Base:
    """Freeze a version's, or a file's, assignments as the base of the next split.

    Writes data/base/ and sets `split.base` in params.yaml, which keeps its comments.

    Parameters
    ----------
    repository
        The repository.
    name
        A version as `tagledger versions` lists it, or a Parquet or CSV file with the columns id
        and split.

    Returns
    -------
    Base

    Raises
    ------
    TagledgerError
        There is no such version or file, or its data is not here.
    """
    file = Path(name)
    if file.suffix in {".parquet", ".csv"}:
        frozen = Base(name, params.load(SplitParams).ratios, _read_file(file))
    else:
        version = versions.find_version(repository, name)
        dataset = Dataset(repository, version)
        ratios = dataset.recorded_params("split").get("ratios")
        if not isinstance(ratios, dict):
            raise TagledgerError(
                f"{name} does not record the ratios of its split",
                where=f"dvc.lock of {name}",
                hint="name a version whose dvc.lock has the parameters of the stage split",
            )
        # A branch or HEAD~1 names another version tomorrow; a tag or a commit does not.
        stable = [one for one in version.names if one != versions.WORKSPACE]
        if not stable:
            raise TagledgerError(
                "what the work tree has is not a version yet",
                hint="commit it, or release it, then freeze that version",
            )
        frozen = Base(name if name in stable else stable[0], ratios, dataset.assignments)
    base.freeze(frozen, repository.root / base.FOLDER)
    if params.load(SplitParams, repository.root / params.PARAMS).base != frozen.name:
        _set_base(repository.root / params.PARAMS, frozen.name)
    return frozen


def freeze_asked(repository: Repository) -> bool:
    """Freeze the base that `split.base` names, where another one or none is frozen.

    Returns
    -------
    bool
        Whether it had to be frozen.
    """
    asked = params.load(SplitParams, repository.root / params.PARAMS).base
    if asked is None or base.frozen_name(repository.root / base.FOLDER) == asked:
        return False
    freeze_version(repository, asked)
    return True


def _read_file(path: Path) -> pd.DataFrame:
    found = tables.read(path) if path.suffix == ".parquet" else tables.read_csv(path)
    missing = [name for name in ("id", "split") if name not in found]
    if missing:
        raise TagledgerError(
            f"there is no column {missing[0]}", where=path, hint="give the columns id and split"
        )
    return found[["id", "split"]].sort_values("id", ignore_index=True)


def _set_base(path: Path, name: str) -> None:
    """Set split.base, and leave all else in the file, comments and spacing too, as it is."""
    document = read_yaml(path)
    section = document.get("split") if isinstance(document, dict) else None
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    inside = False
    for number, line in enumerate(lines):
        if not line[:1].isspace() and line.strip() and not line.startswith("#"):
            inside = line.startswith("split:")
        found = _BASE_LINE.match(line) if inside else None
        if found:
            lines[number] = f"{found['key']} {_quoted(name)}{found['rest']}\n"
            break
    made = "".join(lines)
    changed = parse_yaml(made, path)
    if not isinstance(section, dict) or changed.get("split") != section | {"base": name}:
        raise TagledgerError(
            "the base is frozen, but params.yaml has no line `base:` of its own to set",
            where=f"{path}, split",
            hint=f"write `base: {_quoted(name)}` under `split:` yourself, then `dvc repro`",
        )
    write_bytes(path, made.encode())


def _quoted(name: str) -> str:
    plain = name[:1].isalpha() and name.replace("-", "").replace(".", "").isalnum()
    return name if plain else json.dumps(name)
