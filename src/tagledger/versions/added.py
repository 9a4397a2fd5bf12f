"""Files that `dvc add` keeps: git has a .dvc file beside each, which says what DVC keeps.

DVC finds them by that file, so that `dvc push`, `dvc pull` and `dvc checkout` know of them. `dvc
repro` refuses to run without them, and a fresh worktree has none: `restore_added` brings them.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tagledger.documents import is_count, parse_yaml
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import is_inside, own_folder, replacing
from tagledger.versions.dvc_lock import Output, is_md5
from tagledger.versions.dvc_process import program_environment, run_dvc
from tagledger.versions.git import git
from tagledger.versions.ignored import IGNORE_FILE, Ignored, is_ignored
from tagledger.versions.objects import holds, is_sound
from tagledger.versions.remote import pull
from tagledger.versions.repository import Repository

POINTER = ".dvc"


def add_file(repo: Repository, path: str, *, hint: str) -> None:
    """Let DVC keep a file of the work tree: its .dvc file and its line in .gitignore are written.

    A file that git tracks is tracked no longer, as DVC would refuse it.

    Raises
    ------
    TagledgerError
        DVC refuses, with its last lines; or it would not find the .dvc file again.
    """
    pointer = (repo.root / f"{path}{POINTER}").relative_to(repo.dvc_dir.parent).as_posix()
    if is_ignored(pointer, Ignored.of(repo.dvc_dir.parent).rules, folder=False):
        # `dvc add` would succeed, and `dvc push` would know nothing of the file.
        raise TagledgerError(
            f"DVC would not find {pointer}, so that nothing would be pushed",
            where=repo.dvc_dir.parent / IGNORE_FILE,
            hint=f"write `!/{pointer}` as its last line, and run it again",
        )
    git(repo.top, "rm", "--cached", "--quiet", "--ignore-unmatch", "--", repo.in_git(path))
    run_dvc(repo.root, "add", "--quiet", path, env=program_environment(repo.root), hint=hint)


def read_pointer(pointer: Path) -> Output | None:
    """What a .dvc file names, its path from the folder of that file.

    None for what is not one file that today's DVC keeps: a folder, an import, or no .dvc file.
    """
    if not pointer.is_file():
        return None
    try:
        with os_errors(pointer):
            document = parse_yaml(pointer.read_bytes(), pointer)
        (out,) = document["outs"]
        path, md5, size = out["path"], out["md5"], out.get("size")
    except (TagledgerError, KeyError, TypeError, ValueError, AttributeError):
        return None
    if "wdir" in document or out.get("hash") != "md5" or not is_inside(path):
        return None
    if not is_md5(md5) or md5.endswith(".dir") or not (size is None or is_count(size)):
        return None
    return Output(path, md5, size)


def pointers_in(folder: Path) -> dict[Path, Output]:
    """The files that .dvc files of a folder name, whether they are there or not."""
    outputs = ((pointer, read_pointer(pointer)) for pointer in sorted(folder.glob(f"*{POINTER}")))
    return {pointer.parent / out.path: out for pointer, out in outputs if out is not None}


def is_added(file: Path) -> bool:
    """Whether a file is what the .dvc file beside it says, so that DVC has the same bytes."""
    out = read_pointer(file.with_name(f"{file.name}{POINTER}"))
    return out is not None and file.is_file() and holds(file, out.md5)


def restore_added(repo: Repository, top: Path, only: Collection[str] | None = None) -> None:
    """Bring the files that .dvc files name to a work tree that lacks them, from cache or remote.

    Parameters
    ----------
    repo
        The repository that has the cache, and the remote if there is one.
    top
        The top folder of the work tree: this repository's, or a temporary one.
    only
        Paths from `top`, of which .dvc files count; by default all that git tracks.

    Raises
    ------
    TagledgerError
        Neither the cache nor the remote has one of the files, or what they have is damaged.
    """
    if only is None:
        only = git(top, "ls-files", "-z").out.decode("utf-8", "surrogateescape").split("\0")
    lacking: dict[Path, Output] = {}
    for name in only:
        if not name.endswith(POINTER) or not is_inside(name):
            continue
        pointer = top / name
        out = read_pointer(pointer)
        if out is not None and not (pointer.parent / out.path).exists():
            lacking[pointer.parent / out.path] = out
    absent = [out.md5 for out in lacking.values() if repo.find_object(out.md5) is None]
    if absent and repo.settings.remote is not None:
        pull(repo, absent, hint="mend the remote, then run it again")
    for file, out in lacking.items():
        _copy(repo, out, file, top)


def _copy(repo: Repository, out: Output, file: Path, top: Path) -> None:
    kept, name = repo.find_object(out.md5), file.relative_to(top).as_posix()
    if kept is None:
        raise TagledgerError(
            f"DVC keeps {name}, and neither the cache nor a remote has it",
            where=f"{name}{POINTER}",
            hint="`dvc push --all-commits` in a clone that has it, then run it again here",
        )
    if not is_sound(repo, kept, out.md5):
        raise TagledgerError(
            f"the cache's file for {name} is damaged: its md5 is not {out.md5}",
            where=kept,
            hint=f"`rm {kept}`, then `dvc pull {name}{POINTER}`",
        )
    own_folder(top, *file.parent.relative_to(top).parts)
    # A copy, whatever links DVC makes: nobody writes to the cache through it.
    with replacing(file) as temporary, os_errors(file):
        temporary.write_bytes(kept.read_bytes())


def track_as_before(repo: Repository, path: str) -> None:
    """Let git's index have of a path what the last commit has, as before `add_file`."""
    git(repo.top, "reset", "--quiet", "--", repo.in_git(path), accept={0, 1})


def is_kept_by_dvc(file: Path) -> bool:
    """Whether a .dvc file beside a file says that DVC keeps it, be it here or not."""
    return read_pointer(file.with_name(f"{file.name}{POINTER}")) is not None
