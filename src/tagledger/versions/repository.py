"""The repository that a version belongs to, and where DVC keeps its data."""

from __future__ import annotations

import configparser
import os
import re
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tagledger.documents import PIPELINE
from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.conflicts import refuse_conflicts
from tagledger.versions.dvc_lock import is_md5
from tagledger.versions.git import git

_OBJECTS = Path("files", "md5")
_REMOTE_SECTION = re.compile(r"""'?remote\s+["'](?P<name>.+?)["']'?""", re.IGNORECASE)
_URL_SCHEME = re.compile(r"\w+://")


@dataclass(frozen=True)
class Settings:
    """What DVC's configuration says about where data is kept.

    Attributes
    ----------
    cache
        DVC's cache.
    remote
        Name of the default remote, or None.
    remote_folder
        That remote's folder when it lies on this machine, or None.
    """

    cache: Path
    remote: str | None
    remote_folder: Path | None


@dataclass(frozen=True)
class Repository:
    """A git repository with a pipeline of DVC in it.

    Attributes
    ----------
    root
        The folder of dvc.yaml; paths of outputs start from here.
    top
        The top folder of the git work tree, which is `root` or above it.
    git_dir
        The folder of git's own data; that of the main work tree for a linked one.
    problems
        What is wrong with commits that were looked at so far, by their ids: that a dvc.lock cannot
        be read, so that the commit is skipped, or a date, so that it is left out.
    located
        The md5s of the data that was located so far, and found to be what they say.
    """

    root: Path
    top: Path
    git_dir: Path
    problems: dict[str, TagledgerError] = field(default_factory=dict, compare=False, repr=False)
    located: set[str] = field(default_factory=set, compare=False, repr=False)

    @classmethod
    def find(cls, start: Path | None = None, *, unmerged: bool = False) -> Repository:
        """The repository that `start`, by default the current folder, lies in.

        Parameters
        ----------
        start
            The folder, or a file in it.
        unmerged
            Whether it may be in the middle of a merge.

        Raises
        ------
        TagledgerError
            The folder is in no git work tree, or has no dvc.yaml in it or above it; or a merge
            left conflict marks in a file that describes the data.
        """
        folder = Path.cwd() if start is None else start.expanduser().absolute()
        if folder.is_file():
            folder = folder.parent
        answer = git(folder, "rev-parse", "--show-toplevel", "--git-common-dir", accept=None)
        if answer.code != 0:
            raise TagledgerError(
                f"no git work tree: {answer.complaint.removeprefix('fatal: ')}",
                where=folder,
                hint="go to a clone of the dataset's repository, or name its folder",
            )
        top, git_dir = Path(answer.lines[0]), (folder / answer.lines[1]).resolve()
        folder = folder.resolve()
        for root in (folder, *folder.parents):
            if (root / PIPELINE).is_file():
                if not unmerged:
                    refuse_conflicts(root)
                return cls(root, top.resolve(), git_dir)
            if root == top.resolve():
                break
        raise TagledgerError(
            f"there is no {PIPELINE}, neither here nor above in this repository",
            where=folder,
            hint="go to the folder of the pipeline, or name it",
        )

    def in_git(self, path: str) -> str:
        """A path from `root` as git knows it, from the top of the work tree.

        Raises
        ------
        TagledgerError
            The path leads out of `root`.
        """
        parts = path.split("/")
        if not path.isprintable() or {"", ".", ".."} & set(parts):
            raise TagledgerError(
                f"this is no path inside the repository: {path!r}",
                where=self.root,
                hint="give a path from the folder of dvc.yaml, such as data/splits/train.parquet",
            )
        return (self.root.relative_to(self.top) / path).as_posix()

    @property
    def is_shallow(self) -> bool:
        """Whether the clone lacks the commits before its first."""
        return (self.git_dir / "shallow").exists()

    @property
    def is_without_tags(self) -> bool:
        """Whether a remote's tags are not fetched, as after `git clone --no-tags`."""
        query = ("config", "--get-regexp", r"^remote\..*\.tagopt$")
        return any("--no-tags" in line for line in git(self.top, *query, accept={0, 1}).lines)

    @cached_property
    def dvc_dir(self) -> Path:
        """The folder .dvc that `dvc init` made: in `root` or, for a part of a repository, above."""
        above = (self.root, *self.root.parents)
        for folder in above[: above.index(self.top) + 1]:
            if (folder / ".dvc").is_dir():
                return folder / ".dvc"
        return self.root / ".dvc"

    @cached_property
    def settings(self) -> Settings:
        """DVC's configuration as it is now, whatever version is asked for.

        A remote is often configured after the first versions were made; their own configuration
        would not know it.
        """
        return read_settings(self.dvc_dir)

    @cached_property
    def caches(self) -> tuple[Path, ...]:
        """Where objects may lie: this work tree's cache, and the main one's for a linked tree."""
        caches = [self.settings.cache]
        main = self.git_dir.parent
        if self.git_dir.name == ".git" and main != self.top:
            linked = main / self.dvc_dir.relative_to(self.top)
            caches.append(read_settings(linked).cache)
        return tuple(dict.fromkeys(caches))

    @cached_property
    def _links(self) -> frozenset[Path]:
        """The folders of the caches that are links to somewhere else, or lie below one."""
        links: set[Path] = set()
        for cache in self.caches:
            objects = cache / _OBJECTS
            with suppress(OSError), os.scandir(objects) as entries:
                linked = objects.is_symlink() or objects.parent.is_symlink()
                links.update(Path(one.path) for one in entries if linked or one.is_symlink())
        return frozenset(links)

    def find_object(self, md5: str) -> Path | None:
        """The file of a cache that holds an object, or None; its content is not checked.

        A cache may be a link, as to a larger disk; what is below it is never followed.
        """
        for cache in self.caches:
            path = object_path(cache, md5)
            if is_plain_file(path) and path.parent not in self._links:
                return path
        return None


def object_path(store: Path, md5: str) -> Path:
    """Where a cache or a remote keeps an object.

    Raises
    ------
    ValueError
        The text is no md5, so that what it would name could be anything.
    """
    if not is_md5(md5):
        raise ValueError(f"no md5: {md5!r}")
    return store / _OBJECTS / md5[:2] / md5[2:]


def is_plain_file(path: Path) -> bool:
    """Whether a path is a file itself: neither a folder nor a link to a file."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_settings(dvc_dir: Path) -> Settings:
    """Read DVC's configuration: of the machine, the user, the repository, and this clone of it.

    A committed configuration may place the cache anywhere that its user can write, as DVC has it
    too. That is harmless: below it, only files/md5/xx/ is written to, files that are new there
    and hold what their md5 says.

    Raises
    ------
    TagledgerError
        One of the files cannot be read.
    """
    cache, remote = dvc_dir / "cache", None
    folders: dict[str, Path | None] = {}
    machine, user = _machine_config_dir(), user_config_dir()
    for file in (machine / "config", user / "config", dvc_dir / "config", dvc_dir / "config.local"):
        if not file.is_file():
            continue
        sections = _read_config(file)
        if "dir" in sections.get("cache", {}):
            cache = _resolved(sections["cache"]["dir"], file) or cache
        remote = sections.get("core", {}).get("remote", remote)
        for section, values in sections.items():
            if "url" in values and (named := _REMOTE_SECTION.fullmatch(section)):
                folders[named["name"].lower()] = _resolved(values["url"], file)
    return Settings(cache, remote, folders.get((remote or "").lower()))


def _machine_config_dir() -> Path:
    """The folder of DVC's configuration for the machine."""
    if sys.platform == "darwin":
        machine = Path("/Library/Application Support")
    else:
        machine = Path(os.environ.get("XDG_CONFIG_DIRS", "").split(":")[0] or "/etc/xdg")
    return Path(os.environ.get("DVC_SYSTEM_CONFIG_DIR") or machine / "dvc")


def user_config_dir() -> Path:
    """The folder of DVC's configuration for the user."""
    if sys.platform == "darwin":
        user = Path("~/Library/Application Support").expanduser()
    else:
        user = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    return Path(os.environ.get("DVC_GLOBAL_CONFIG_DIR") or user / "dvc")


def _read_config(file: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(
        interpolation=None, strict=False, inline_comment_prefixes=("#",), default_section=""
    )
    with os_errors(file):
        text = file.read_text("utf-8", errors="replace")
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise TagledgerError(
            f"this is not DVC's configuration: {error.message.splitlines()[0]}",
            where=file,
            hint="mend it; `dvc config --list` shows whether DVC can read it",
        ) from error
    return {
        name: {key: value.strip("\"'") for key, value in section.items()}
        for name, section in parser.items()
    }


def _resolved(folder: str, file: Path) -> Path | None:
    """A folder of this machine as the configuration in `file` means it; None for a URL."""
    if _URL_SCHEME.match(folder):
        return None
    return Path(os.path.normpath(file.parent / Path(folder).expanduser()))
