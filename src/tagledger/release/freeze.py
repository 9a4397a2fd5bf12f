"""Freezing the split base: the assignments of a version become data that git or DVC keeps."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeGuard

from tagledger import params, tables, versions
from tagledger.dataset import Dataset
from tagledger.documents import parse_yaml, read_yaml
from tagledger.errors import TagledgerError
from tagledger.files import write_bytes
from tagledger.params import SplitParams
from tagledger.splitting import base
from tagledger.splitting.base import Base
from tagledger.versions import Repository

_FILE = re.compile(r"\.(csv|parquet)(\.(gz|zst))?$")
# Bytes of a base that git keeps; DVC keeps a larger one. Each release adds such a file to git's
# history for good, so that at this size a hundred releases make a clone of 100 MB. A million items
# are 2 MB with integers for ids, and 16 MB with UUIDs.
GIT_LIMIT = 1 << 20
_BASE_LINE = re.compile(r"^(?P<key>\s+base:)[ \t]*[^#\n]*?(?P<rest>[ \t]*(#[^\n]*)?)\n?$")
_SPLIT_LINE = re.compile(r"split:[ \t]*(#.*)?$")
_INDENTED = re.compile(r"( +)\S")


def freeze_version(repository: Repository, name: str, *, history: Repository | None = None) -> Base:
    """Freeze a version's, or a file's, assignments as the base of the next split.

    Writes data/base/ and sets `split.base` in params.yaml, which keeps its comments. DVC keeps a
    table of more than `GIT_LIMIT` bytes, as `dvc add` does, and git a smaller one.

    Parameters
    ----------
    repository
        The repository.
    name
        A version as `tagledger versions` lists it, or a Parquet or CSV file with the columns id
        and split.
    history
        Where the version is looked up; None for `repository` too.

    Returns
    -------
    Base

    Raises
    ------
    TagledgerError
        There is no such version or file, or its data is not here; or a row of the file has no id,
        one of another kind than the items' or one that stands twice, or a split that params.yaml
        does not have.
    """
    if is_file(name):
        from tagledger.release.split_file import read_split_file

        splits = params.load(SplitParams, repository.root / params.PARAMS).ratios
        frozen = Base(name, splits, read_split_file(Path(name), splits, repository.root))
    else:
        searched = history or repository
        try:
            version = versions.find_version(searched, name)
        except TagledgerError as error:
            if not Path(name).is_file():
                raise
            from tagledger.release.split_file import FORM

            what = f"no version is called {name}, and a file of this form cannot be frozen"
            raise TagledgerError(what, where=name, hint=FORM) from error
        dataset = Dataset(searched, version)
        ratios = dataset.recorded_params("split").get("ratios")
        if not _are_ratios(ratios):
            raise TagledgerError(
                f"{name} does not record the ratios of its split",
                where=f"dvc.lock of {name}",
                hint="name a version whose dvc.lock has the parameters of the stage split",
            )
        # A branch or HEAD~1 names another version tomorrow; a tag or a commit does not.
        stable = [one for one in dataset.version.names if one != versions.WORKSPACE]
        if not stable:
            raise TagledgerError(
                "the data in the work tree is not a version yet",
                hint="commit it, or release it, then freeze that version",
            )
        frozen = Base(name if name in stable else stable[0], ratios, dataset.assignments)
    base.freeze(frozen, repository.root / base.FOLDER)
    table = base.FOLDER / tables.ASSIGNMENTS.name
    if (repository.root / table).stat().st_size > GIT_LIMIT:
        hint = f"mend what DVC complains of, then `tagledger freeze {name}`"
        versions.add_file(repository, table.as_posix(), hint=hint)
    if params.load(SplitParams, repository.root / params.PARAMS).base != frozen.name:
        _set_base(repository.root / params.PARAMS, frozen.name)
    return frozen


def is_file(name: str) -> bool:
    """Whether `split.base` names a file of people's own, and not a version."""
    return _FILE.search(name) is not None


def _are_ratios(value: object) -> TypeGuard[dict[str, float]]:
    return isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(share, int | float) for name, share in value.items()
    )


def freeze_named_base(repository: Repository, *, history: Repository | None = None) -> bool:
    """Freeze the base that `split.base` names, where another one or none is frozen.

    Parameters
    ----------
    repository, history
        As in `freeze_version`.

    Returns
    -------
    bool
        Whether it had to be frozen.
    """
    name = params.load(SplitParams, repository.root / params.PARAMS).base
    if name is None or base.frozen_name(repository.root / base.FOLDER) == name:
        return False
    freeze_version(repository, name, history=history)
    return True


def _set_base(path: Path, name: str) -> None:
    """Set split.base, and leave the rest of the file as it is, with comments and spaces."""
    document = read_yaml(path)
    section = document.get("split") if isinstance(document, dict) else None
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    inside = False
    if isinstance(section, dict) and "base" not in section:
        lines = _with_base_line(lines)
    for number, line in enumerate(lines):
        if not line[:1].isspace() and line.strip() and not line.startswith("#"):
            inside = line.startswith("split:")
        match = _BASE_LINE.match(line) if inside else None
        if match:
            lines[number] = f"{match['key']} {_quoted(name)}{match['rest']}\n"
            break
    text = "".join(lines)
    changed = parse_yaml(text, path)
    if not isinstance(section, dict) or changed.get("split") != section | {"base": name}:
        raise TagledgerError(
            "the base is frozen, but params.yaml has no line `base:` of its own to set",
            where=f"{path}, split",
            hint=f"write `base: {_quoted(name)}` under `split:` yourself, then `dvc repro`",
        )
    write_bytes(path, text.encode())


def _with_base_line(lines: list[str]) -> list[str]:
    """The lines of params.yaml with `base: null` on top of a section `split:` of several lines."""
    for number, line in enumerate(lines[:-1]):
        below = _INDENTED.match(lines[number + 1])
        if _SPLIT_LINE.match(line) and below:
            return [*lines[: number + 1], f"{below[1]}base: null\n", *lines[number + 1 :]]
    return lines


def _quoted(name: str) -> str:
    plain = name[:1].isalpha() and name.replace("-", "").replace(".", "").isalnum()
    return name if plain else json.dumps(name)
