"""tagledger.lock: the release that makes a dataset, and the digest of each stage's code.

Stages of a repository of one's own depend on their digest there, as a parameter. So an upgrade runs
again what its new code touches, and a stage refuses to run under a digest that is not its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagledger import __version__
from tagledger.documents import parse_yaml
from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.pipeline.code import package_releases, stage_digest, stage_digests, text_digest
from tagledger.pipeline.dvc_yaml import pipeline_text
from tagledger.pipeline.table import STAGES, TOOL_LOCK

REQUIREMENTS = Path("requirements.txt")

_HEAD = """\
# The release of Tagledger that makes this dataset, the libraries that decide the bytes of its
# tables, and a digest of the code of each stage. `tagledger upgrade` writes it.
"""
_REQUIREMENTS_HEAD = """\
# What this dataset is made with; `tagledger upgrade` keeps these lines as tagledger.lock has them.
"""
_RELEASE = re.compile(r"[0-9][0-9A-Za-z.!+_-]{0,99}")
_PYTHON = re.compile(r"3\.[0-9]{1,3}")
_PACKAGE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_STAGE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ToolLock:
    """What makes a dataset.

    Attributes
    ----------
    tagledger
        The release of the tool.
    python
        The release of Python, as in "3.12".
    packages
        The releases of the libraries that decide bytes, by their names.
    stages
        The digest of each stage's code, by the stages' names.
    pipeline
        The digest of dvc.yaml as this release writes it.
    """

    tagledger: str
    python: str
    packages: Mapping[str, str]
    stages: Mapping[str, str]
    pipeline: str

    @property
    def requirements(self) -> list[str]:
        """The tool and the libraries, as lines of a requirements file."""
        pins = {"tagledger": self.tagledger} | dict(self.packages)
        return [f"{name}=={release}" for name, release in pins.items()]


def installed() -> ToolLock:
    """What is installed here.

    Raises
    ------
    TagledgerError
        Something of it is missing.
    """
    return ToolLock(
        tagledger=__version__,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        packages=package_releases(),
        stages=stage_digests(),
        pipeline=text_digest(pipeline_text()),
    )


def lock_text(lock: ToolLock) -> str:
    """The text of tagledger.lock."""
    lines = [
        f"tagledger: {_quoted(lock.tagledger)}",
        f"python: {_quoted(lock.python)}",
        "packages:",
    ]
    lines += [f"  {name}: {_quoted(release)}" for name, release in lock.packages.items()]
    lines += ["stages:", *(f"  {name}: {digest}" for name, digest in lock.stages.items())]
    return _HEAD + "\n".join([*lines, f"pipeline: {lock.pipeline}", ""])


def _quoted(release: str) -> str:
    """A release in quotes: YAML takes 3.10 for a number, and for the same one as 3.1."""
    return f'"{release}"'


def requirements_text(lock: ToolLock, present: str | None = None) -> str:
    """The text of requirements.txt.

    Parameters
    ----------
    lock
        What the dataset is made with.
    present
        The file as it is; its lines on other packages, options and comments stay.
    """
    if present is None:
        return _REQUIREMENTS_HEAD + "\n".join([*lock.requirements, ""])
    pins = {one.partition("==")[0]: one for one in lock.requirements}
    lines = []
    for line in present.splitlines():
        named = re.match(r"\s*([A-Za-z0-9._-]+)", line)
        name = re.sub(r"[-_.]+", "-", named[1]).lower() if named else ""
        lines.append(pins.pop(name, line))
    return "\n".join([*lines, *pins.values(), ""])


def read_tool_lock(root: Path) -> ToolLock | None:
    """What the work tree at `root` says that it is made with; None where it has no tagledger.lock.

    Raises
    ------
    TagledgerError
        It cannot be read, or is not what the tool writes.
    """
    file = root / TOOL_LOCK
    if not file.is_file():
        return None
    with os_errors(file):
        return parse_tool_lock(file.read_bytes(), file)


def parse_tool_lock(text: bytes | str, where: Path) -> ToolLock:
    """The text of a tagledger.lock, which may be anybody's.

    Raises
    ------
    TagledgerError
        It is not what the tool writes.
    """
    document = parse_yaml(text, where)
    parts = document if isinstance(document, dict) else {}
    return ToolLock(
        tagledger=_word(parts, "tagledger", _RELEASE, where),
        python=_word(parts, "python", _PYTHON, where),
        packages=_words(parts, "packages", _PACKAGE, _RELEASE, where),
        stages=_words(parts, "stages", _STAGE, _DIGEST, where),
        pipeline=_word(parts, "pipeline", _DIGEST, where),
    )


def _word(parts: Mapping[str, Any], key: str, form: re.Pattern[str], where: Path) -> str:
    value = parts.get(key)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise _not_ours(where, key)
    return value


def _words(
    parts: Mapping[str, Any],
    key: str,
    name_form: re.Pattern[str],
    form: re.Pattern[str],
    where: Path,
) -> dict[str, str]:
    words = parts.get(key)
    if not isinstance(words, dict):
        raise _not_ours(where, key)
    for name in words:
        if not isinstance(name, str) or name_form.fullmatch(name) is None:
            raise _not_ours(where, key)
    return {name: _word(words, name, form, where) for name in words}


def _not_ours(where: Path, key: str) -> TagledgerError:
    return TagledgerError(
        "this is not a lock as `tagledger upgrade` writes it",
        where=f"{where}, key {key}",
        hint="`git checkout tagledger.lock` brings back the committed one",
    )


def refuse_other_code(root: Path, stage: str) -> None:
    """Refuse to run a stage whose installed code is not that of tagledger.lock.

    A colleague's older tool would else make other data under the same digest.

    Raises
    ------
    TagledgerError
        There is no such stage or no tagledger.lock, or the digests differ.
    """
    stages = {one.name: one for one in STAGES}
    if stage not in stages:
        raise TagledgerError(f"there is no stage {stage}", hint=nearest(stage, stages))
    lock = read_tool_lock(root)
    if lock is None:
        raise TagledgerError(
            "there is no tagledger.lock, which says by which code the dataset is made",
            where=root,
            hint="`git checkout tagledger.lock` brings it back; a stage runs in dvc.yaml's folder",
        )
    if lock.stages.get(stage) != stage_digest(stages[stage], package_releases()):
        raise TagledgerError(
            f"the stage {stage} is installed with other code than this dataset is made with: "
            f"{'; '.join(differences(lock, installed())) or 'the code itself was changed'}",
            where=root / TOOL_LOCK,
            hint=f"`pip install -r {REQUIREMENTS}` installs what it is made with; "
            "`tagledger upgrade` takes what is installed, and says which stages run again",
        )


def differences(before: ToolLock, now: ToolLock) -> list[str]:
    """In which releases two locks differ, as "pyarrow 22.0.0 -> 23.0.0"."""
    pairs = {"tagledger": (before.tagledger, now.tagledger)}
    for package in dict.fromkeys([*before.packages, *now.packages]):
        releases = (before.packages.get(package), now.packages.get(package))
        pairs[package] = (releases[0] or "none", releases[1] or "none")
    return [f"{name} {was} -> {new}" for name, (was, new) in pairs.items() if was != new]
