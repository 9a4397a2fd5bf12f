"""Digests of the code that stages run: equal digests make equal bytes of equal data.

A stage's digest is made of its own files of this distribution, and of the exact releases of the
libraries that may decide a byte of what it writes: pyarrow writes its release into each file, and
numpy or scipy may round another way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.pipeline.table import PACKAGES, STAGES, Stage

# A word before the digits: YAML would take 1e55 for a number.
PREFIX = "sha256:"


def stage_digests() -> dict[str, str]:
    """The digest of each stage as it is installed, by the stages' names."""
    releases = package_releases()
    return {stage.name: stage_digest(stage, releases) for stage in STAGES}


def stage_digest(stage: Stage, releases: Mapping[str, str]) -> str:
    """The digest of a stage's code as it is installed.

    Parameters
    ----------
    stage
        The stage.
    releases
        The releases of the libraries, by their names.

    Raises
    ------
    TagledgerError
        A file of the installation is missing or cannot be read.
    """
    lines = [f"{name} {_file_digest(path)}\n" for name, path in code_files(stage.code)]
    lines += [f"{package} {releases[package]}\n" for package in sorted(stage.packages)]
    return text_digest("".join(lines))


def text_digest(text: str) -> str:
    """The digest of a text, as tagledger.lock has it."""
    return f"{PREFIX}{hashlib.sha256(text.encode()).hexdigest()}"


def package_releases() -> dict[str, str]:
    """The installed releases of the libraries that decide bytes, by their names.

    Raises
    ------
    TagledgerError
        One of them is not installed.
    """
    # It loads a package for mail, which a list of versions can do without.
    from importlib.metadata import PackageNotFoundError, version

    releases = {}
    for package in PACKAGES:
        try:
            releases[package] = version(package)
        except PackageNotFoundError as error:
            raise TagledgerError(
                f"the library {package} is not installed",
                hint="install Tagledger again, with all that it needs",
            ) from error
    return releases


def code_files(entries: Iterable[str]) -> list[tuple[str, Path]]:
    """The names and places of the Python files that entries of a stage's code stand for, sorted."""
    files: dict[str, Path] = {}
    for one in entries:
        package, _, rest = one.partition("/")
        path = package_folder(package) / rest
        inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        files |= {
            f"{package}/{file.relative_to(package_folder(package)).as_posix()}": file
            for file in inside
        }
    return sorted(files.items())


@cache
def package_folder(package: str) -> Path:
    """Where a package of this distribution is installed."""
    spec = find_spec(package)
    assert spec is not None  # it is installed together with this module
    assert spec.origin is not None
    return Path(spec.origin).parent


def _file_digest(path: Path) -> str:
    with os_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
