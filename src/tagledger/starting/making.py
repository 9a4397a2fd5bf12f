"""A dataset repository of one's own is made, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tagledger.adding.entries import description_of, snapshot_entry, source_entry
from tagledger.adding.known import SOURCES
from tagledger.adding.names import source_name
from tagledger.adding.placing import (
    kept_by_dvc,
    location_of,
    place_files,
    refuse_present,
    take_back,
)
from tagledger.documents import PARAMS, PIPELINE
from tagledger.own_schemas.files import KINDS, file_of
from tagledger.own_schemas.templates import template
from tagledger.pipeline.dvc_yaml import pipeline_text, plot_templates
from tagledger.pipeline.table import TOOL_LOCK
from tagledger.pipeline.tool_lock import (
    REQUIREMENTS,
    ToolLock,
    installed,
    lock_text,
    requirements_text,
)
from tagledger.sources.catalogue import FileIdentity
from tagledger.starting import texts
from tagledger.starting.choices import Choices
from tagledger.starting.folder import (
    Changes,
    all_or_nothing,
    alone,
    merged,
    new_folder,
    refuse_collisions,
)
from tagledger.starting.params_text import params_text
from tagledger.versions import Repository, add_file
from tagledger.versions.new_repository import (
    changed_since_commit,
    commit_only,
    forget_git,
    keep_dvc,
    keep_index,
    start_dvc,
    start_git,
)
from tagledger.yaml_edits.text import STEP, block

README = "README.md"
_OF_DVC = (".dvc/config", ".dvc/.gitignore")  # what `dvc init` makes for git


@dataclass(frozen=True)
class FirstData:
    """The data that a repository begins with.

    Attributes
    ----------
    source, snapshot
        Their names.
    reading
        How its files are read.
    files
        The files, by their names in the snapshot.
    choices
        Parameters that are chosen for it.
    """

    source: str
    snapshot: str
    reading: Mapping[str, Any]
    files: Mapping[str, Path]
    choices: Choices


@dataclass
class Made:
    """A repository that was made.

    Attributes
    ----------
    folder
        Where it is.
    kept_by_dvc
        The files that DVC keeps, as git would grow by them.
    stayed
        Files that were there, and were left as they are.
    extended
        Files that were there, and have more lines now.
    not_committed
        Of these, those that had changes in no commit.
    """

    folder: Path
    kept_by_dvc: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    not_committed: list[str] = field(default_factory=list)


def make_repository(folder: Path, top: Path | None, data: FirstData | None, day: date) -> Made:
    """Make a repository in a folder, all of it or nothing.

    Parameters
    ----------
    folder
        The folder, which need not be there.
    top
        The top of the git work tree that it is in; None for none.
    data
        The data that it begins with; None for none.
    day
        The date, which examples follow.

    Raises
    ------
    TagledgerError
        Files are in the way; git or DVC refuses; or something cannot be written.
    """
    made = Made(folder)
    with alone(folder), all_or_nothing() as changes:
        if folder.exists() or top is not None:
            changes.make_folder(folder)
            _Maker(folder, top, data, day, changes, made).make()
        else:
            with new_folder(folder, changes) as temporary:
                # What is taken back lies in the temporary folder, which goes as a whole.
                _Maker(temporary, None, data, day, Changes(), made).make()
    return made


@dataclass
class _Maker:
    """The steps of one making."""

    root: Path
    top: Path | None
    data: FirstData | None
    day: date
    changes: Changes
    made: Made
    of_dvc: list[str] = field(default_factory=list)

    def make(self) -> None:
        lock = installed()
        own = self._own_texts(lock)
        lines = merged(self.root, self._texts_of_lines())
        refuse_collisions(self.root, own)
        self.made.stayed = [README] if (self.root / README).exists() else []
        if not self.made.stayed:
            own[README] = self._readme()
        before = [name for name in lines if (self.root / name).is_file()]
        self._start(before)
        for name, text in own.items():
            self.changes.write(self.root / name, text.encode())
        for name, content in lines.items():
            if name in before and content != (self.root / name).read_bytes():
                self.made.extended.append(name)
            self.changes.write(self.root / name, content)
        committed = [*own, *lines, *self.of_dvc, *self._place_data()]
        left_out = set(self.made.not_committed)
        commit_only(self.root, [one for one in committed if one not in left_out], self._message())

    def _start(self, before: list[str]) -> None:
        """Begin with git and DVC, where the folder has none."""
        if self.top is None:
            self.changes.undo.append(partial(forget_git, self.root))
            start_git(self.root)
            self.top = self.root
        else:
            self.made.not_committed = changed_since_commit(self.root, before)
            self.changes.undo.append(keep_index(self.root))
        self.changes.undo.append(keep_dvc(self.root))
        if not (self.root / ".dvc").is_dir():
            start_dvc(self.root, below=self.top != self.root)
            self.of_dvc = [one for one in _OF_DVC if (self.root / one).is_file()]
            self.changes.write(self.root / _OF_DVC[0], texts.DVC_CONFIG.encode())

    def _own_texts(self, lock: ToolLock) -> dict[str, str]:
        """The files that nobody else may have."""
        choices = self.data.choices if self.data else Choices()
        chosen = dict(choices.values)
        if self.data is not None:
            chosen |= {"fetch.source": self.data.source, "fetch.snapshot": self.data.snapshot}
        return {
            PIPELINE: pipeline_text(),
            TOOL_LOCK.as_posix(): lock_text(lock),
            REQUIREMENTS.as_posix(): requirements_text(lock),
            PARAMS.as_posix(): params_text(chosen, choices.why),
            SOURCES.as_posix(): f"{texts.SOURCES_HEAD}sources: {{}}\n",
            **{file_of(kind).as_posix(): template(kind) for kind in KINDS},
            **dict.fromkeys(texts.KEPT, ""),
            **plot_templates(),
            self._workflow_path(): texts.workflow_text(lock.python, self._below()),
        }

    def _texts_of_lines(self) -> dict[str, str]:
        return {
            ".gitignore": texts.ignored_by_git(),
            ".dvcignore": texts.ignored_by_dvc(),
            ".gitattributes": texts.ATTRIBUTES,
        }

    def _below(self) -> str:
        """The folder from the top of the git repository; empty for the top itself."""
        if self.top is None or self.top == self.root:
            return ""
        return self.root.relative_to(self.top).as_posix()

    def _workflow_path(self) -> str:
        below = self._below()
        if not below:
            return ".github/workflows/tagledger.yml"
        up = "../" * (below.count("/") + 1)
        return f"{up}.github/workflows/tagledger-{source_name(self.made.folder.name)}.yml"

    def _readme(self) -> str:
        source = self.data.source if self.data else None
        month = (self.day.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
        file = next(iter(self.data.files)) if self.data else "items.csv"
        ending = "".join(Path(file).suffixes[-2:])
        return texts.readme_text(
            self.made.folder.name, source, f"{source or 'items'}-{month}{ending}"
        )

    def _place_data(self) -> list[str]:
        """Copy the files to their place and describe them; the paths that git gets."""
        data = self.data
        if data is None:
            return []
        where = location_of(data.source, data.snapshot)
        refuse_present(self.root, data.source, data.snapshot)  # it is not taken back
        self.changes.undo.append(partial(take_back, self.root, data.source, data.snapshot))
        identities = place_files(self.root, data.source, data.snapshot, data.files)
        self.changes.write(self.root / SOURCES, _sources_text(data, identities).encode())
        paths = [f"{where}/{name}" for name in identities]
        large = kept_by_dvc(self.root, data.source, data.snapshot, identities)
        for path in large:
            hint = "mend what DVC complains of, and run it again"
            add_file(Repository.find(self.root), path, hint=hint)
        self.made.kept_by_dvc = large
        pointers = [f"{one}.dvc" for one in large]
        ignores = {f"{one.rpartition('/')[0]}/.gitignore" for one in large}
        return [*(one for one in paths if one not in large), *pointers, *sorted(ignores)]

    def _message(self) -> str:
        if self.data is None:
            return "Start a dataset repository with Tagledger"
        return f"Start a dataset repository: {self.data.source}, {self.data.snapshot}"


def _sources_text(data: FirstData, identities: Mapping[str, FileIdentity]) -> str:
    """The text of data/sources.yaml with the first source."""
    snapshot = snapshot_entry(location_of(data.source, data.snapshot), identities)
    entry = source_entry(description_of(data.files), data.reading, {data.snapshot: snapshot})
    return f"{texts.SOURCES_HEAD}sources:\n{block({data.source: entry}, STEP)}"
