"""Taking what is installed for a dataset: which stages run again, and the files that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.documents import PIPELINE
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.pipeline.code import text_digest
from tagledger.pipeline.dvc_yaml import pipeline_text, plot_templates
from tagledger.pipeline.table import TOOL_LOCK
from tagledger.pipeline.tool_lock import (
    REQUIREMENTS,
    ToolLock,
    differences,
    installed,
    lock_text,
    read_tool_lock,
    requirements_text,
)


@dataclass(frozen=True)
class Upgrade:
    """What taking the installed tool changes.

    Attributes
    ----------
    before, now
        What the dataset is made with, and what is installed.
    rerun
        The stages that run again, as their code is another; in the order of the pipeline. Later
        ones run too where these make other data.
    changed
        The releases that differ, as "tagledger 0.1.0 -> 0.2.0".
    gone
        Stages that the installed tool no longer has.
    files
        The new contents of files, by their paths from the folder of dvc.yaml.
    """

    before: ToolLock
    now: ToolLock
    rerun: Sequence[str]
    changed: Sequence[str]
    gone: Sequence[str]
    files: Mapping[Path, str | bytes]


def plan_upgrade(
    root: Path,
    more: Mapping[Path, bytes] | None = None,
    *,
    replace_pipeline: bool = False,
) -> Upgrade:
    """What `tagledger upgrade` would change in the work tree at `root`.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    more
        The new contents of further files that the repository has to have.
    replace_pipeline
        Whether a dvc.yaml that people changed is replaced too.

    Raises
    ------
    TagledgerError
        The repository has no tagledger.lock; or its dvc.yaml was changed by hand and the installed
        tool has another one.
    """
    before = read_tool_lock(root)
    if before is None:
        raise TagledgerError(
            "this repository runs its own code: there is no tagledger.lock",
            where=root,
            hint="change the code in src/, then `dvc repro`; `tagledger init DIR` makes a "
            "repository that runs the installed tool",
        )
    now = installed()
    files = _new_texts(root, before, now, replace_pipeline=replace_pipeline)
    return Upgrade(
        before=before,
        now=now,
        rerun=[name for name in now.stages if now.stages[name] != before.stages.get(name)],
        changed=differences(before, now),
        gone=[name for name in before.stages if name not in now.stages],
        files={
            **{path: text for path, text in files.items() if text != _read(root / path)},
            **(more or {}),
        },
    )


def _new_texts(
    root: Path, before: ToolLock, now: ToolLock, *, replace_pipeline: bool
) -> dict[Path, str]:
    requirements = requirements_text(now, _read(root / REQUIREMENTS))
    files = {TOOL_LOCK: lock_text(now), REQUIREMENTS: requirements}
    if before.pipeline != now.pipeline or replace_pipeline:
        present = _read(root / PIPELINE)
        if not replace_pipeline and text_digest(present or "") != before.pipeline:
            raise TagledgerError(
                f"{PIPELINE} was changed by hand, and the installed release has another one",
                where=root / PIPELINE,
                hint="commit it, run `tagledger upgrade --replace-pipeline`, and put your lines "
                f"back in: `git diff {PIPELINE}` shows them",
            )
        files[Path(PIPELINE)] = pipeline_text()
    return files | {Path(path): text for path, text in plot_templates().items()}


def apply_upgrade(root: Path, upgrade: Upgrade) -> None:
    """Write the files of an upgrade; tagledger.lock last: one cut short is asked for again."""
    for path, text in sorted(upgrade.files.items(), key=lambda one: one[0] == TOOL_LOCK):
        write_bytes(root / path, text if isinstance(text, bytes) else text.encode())


def _read(file: Path) -> str | None:
    if not file.is_file():
        return None
    with os_errors(file):
        text = file.read_bytes()
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise TagledgerError(
            "this is not UTF-8 text, so that a part of it would be lost",
            where=file,
            hint="save it as UTF-8, then `tagledger upgrade`",
        ) from error
