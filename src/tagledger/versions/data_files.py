"""The files that hold a version's data, found by their md5: in DVC's cache, or in its remote.

DVC itself, which takes a second to start, is asked only when the cache lacks something. What is
read is verified by its content; `tagledger.versions.objects` says how, and at what cost.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import orjson

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.files import is_inside
from tagledger.versions.dvc_lock import Output, is_md5
from tagledger.versions.objects import is_sound
from tagledger.versions.remote import pull
from tagledger.versions.repository import Repository, object_path
from tagledger.versions.version import WORKSPACE, Version

Availability = Literal["cache", "remote", "unknown", "missing"]


class MissingDataError(TagledgerError):
    """Data of a version is neither in the cache nor in the remote."""


class DamagedDataError(TagledgerError):
    """A file of the cache is not what its name says."""


def locate(repo: Repository, version: Version, path: str) -> Path:
    """The file on this machine that holds `path` of a version. It must not be written to.

    Parameters
    ----------
    repo
        The repository.
    version
        The version.
    path
        An output that is a file, or a file in an output that is a folder, from the folder of
        dvc.yaml: data/splits/train.parquet.

    Raises
    ------
    MissingDataError
        Neither the cache nor the remote has it.
    DamagedDataError
        The file in the cache has another md5 than it should have.
    TagledgerError
        The version has no such file, or the remote cannot be asked.
    """
    return _object(repo, version, _md5_of(repo, version, path), path)


def members(repo: Repository, version: Version, folder: str) -> list[str]:
    """The paths of the files in an output that is a folder, relative to it, sorted.

    Raises
    ------
    TagledgerError
        As `locate`; or the version has no such folder.
    """
    output = version.outputs.get(folder.rstrip("/"))
    if output is None or not output.is_folder:
        folders = [out.path for out in version.outputs.values() if out.is_folder]
        raise TagledgerError(
            f"{version.name} has no folder {folder} among its outputs",
            where=repo.root,
            hint=nearest(folder, folders),
        )
    return sorted(_listing(repo, version, output))


def available(repo: Repository, version: Version) -> Availability:
    """Where all data of a version can be had from, found out without the network.

    Returns
    -------
    str
        cache: all of it is here. remote: the rest is in a remote that is a folder of this machine.
        unknown: the rest may be in a remote that would have to be asked. missing: nobody has
        the rest; `tagledger rebuild` makes it.

    Notes
    -----
    Contents are not checked: a damaged file counts as there until it is read.
    """
    lacking = _lacking(repo, [out for out in version.outputs.values() if out.cached])
    settings = repo.settings
    if not lacking:
        return "cache"
    if settings.remote is None:
        return "missing"
    if settings.remote_folder is None:
        return "unknown"
    beyond = _lacking(repo, version.outputs.values(), [settings.remote_folder])
    return "missing" if beyond else "remote"


def fetch(repo: Repository, version: Version, paths: Sequence[str] | None = None) -> None:
    """Bring data of a version from the remote to the cache, all in one go; what is there stays.

    Parameters
    ----------
    repo
        The repository.
    version
        The version.
    paths
        Outputs or files in outputs; all outputs by default.

    Raises
    ------
    TagledgerError
        As `locate`.
    """
    if paths is None:
        paths = [out.path for out in version.outputs.values() if out.cached]
    wanted: dict[str, str] = {}
    folders = {}
    for path in paths:
        output, inner = _output_of(repo, version, path)
        wanted[output.md5] = output.path
        if output.is_folder:
            folders[output.path, inner] = output
    _bring(repo, version, wanted)
    wanted = {}
    for (_, inner), output in folders.items():
        for name, md5 in _listing(repo, version, output).items():
            if inner in {"", name}:
                wanted[md5] = f"{output.path}/{name}"
    _bring(repo, version, wanted)


def _output_of(repo: Repository, version: Version, path: str) -> tuple[Output, str]:
    """The output that is `path` or holds it, and the rest of the path."""
    parts = path.rstrip("/").split("/")
    for end in range(len(parts), 0, -1):
        output = version.outputs.get("/".join(parts[:end]))
        inner = "/".join(parts[end:])
        if output is not None and (output.is_folder or not inner):
            if not output.cached:
                raise TagledgerError(
                    f"{path} is kept in git, not by DVC",
                    where=version.name,
                    hint=f"`git show {version.revision or 'HEAD'}:{path}` shows it",
                )
            return output, inner
    raise TagledgerError(
        f"{version.name} has no data called {path}",
        where=repo.root,
        hint=nearest(path, [out.path for out in version.outputs.values() if out.cached]),
    )


def _md5_of(repo: Repository, version: Version, path: str) -> str:
    output, inner = _output_of(repo, version, path)
    if not output.is_folder:
        return output.md5
    listing = _listing(repo, version, output)
    if inner not in listing:
        what = f"is no file of {output.path}" if inner else "is a folder"
        raise TagledgerError(
            f"{path} {what} in {version.name}",
            where=repo.root,
            hint=nearest(path, [f"{output.path}/{name}" for name in listing]),
        )
    return listing[inner]


def _listing(repo: Repository, version: Version, output: Output) -> dict[str, str]:
    """The md5s of a folder's files by their paths in it."""
    return parse_listing(_object(repo, version, output.md5, output.path), output.path)


def parse_listing(file: Path, folder: str) -> dict[str, str]:
    """The md5s of a folder's files by their paths in it, from the object that lists them.

    Raises
    ------
    DamagedDataError
        It is no list as DVC writes it: a path leads out of the folder, or through another file.
    """
    with os_errors(file):
        data = file.read_bytes()
    try:
        listed = [(entry["relpath"], entry["md5"]) for entry in orjson.loads(data)]
        md5s = {path: md5 for path, md5 in listed if is_inside(path) and _is_files_md5(md5)}
    except (orjson.JSONDecodeError, TypeError, KeyError):
        listed, md5s = [("", "")], {}
    above = {path[:at] for path in md5s for at, sign in enumerate(path) if sign == "/"}
    if len(md5s) < len(listed) or above & md5s.keys():
        raise DamagedDataError(
            f"this is not the list of the files of {folder} that DVC writes",
            where=file,
            hint="use another version: whoever made this one recorded no list of files",
        )
    return md5s


def _is_files_md5(md5: object) -> bool:
    return is_md5(md5) and not str(md5).endswith(".dir")


def _object(repo: Repository, version: Version, md5: str, path: str) -> Path:
    """The sound file of an object, brought from the remote when the cache lacks it."""
    file = repo.find_object(md5)
    if file is None and version.kind == WORKSPACE:
        # `dvc repro --no-commit` leaves the data in the work tree alone.
        own = repo.root / path
        if own.is_file() and is_sound(repo, own, md5):
            repo.located.add(md5)
            return own
    if file is None:
        _bring(repo, version, {md5: path})
        file = repo.find_object(md5)
        if file is None:
            raise _missing(repo, version, path)
    if not is_sound(repo, file, md5):
        raise DamagedDataError(
            f"the cache's file for {path} of {version.name} is damaged: its md5 is not {md5}",
            where=file,
            hint=f"`{mending_command(version, file)}` deletes it and makes it anew",
        )
    repo.located.add(md5)
    return file


def bring(repo: Repository, wanted: Mapping[str, tuple[Version, str]]) -> dict[str, TagledgerError]:
    """Bring what the caches lack from the remote, all in one go.

    Parameters
    ----------
    repo
        The repository.
    wanted
        What each object is: a path of a version.

    Returns
    -------
    dict
        Why not, of each object that did not come. Nothing wrong that a remote sent stays.
    """
    lacking = {md5: of for md5, of in wanted.items() if repo.find_object(md5) is None}
    if not lacking:
        return {}
    remote = repo.settings.remote
    if remote is None:
        return {md5: _missing(repo, *of) for md5, of in lacking.items()}
    command = rebuild_command(next(iter(lacking.values()))[0])
    try:
        wrong = pull(repo, list(lacking), hint=f"mend it, or `{command}`")
    except TagledgerError as error:
        return dict.fromkeys(lacking, error)
    problems: dict[str, TagledgerError] = {
        md5: _missing(repo, *of) for md5, of in lacking.items() if repo.find_object(md5) is None
    }
    for md5 in wrong:
        version, path = lacking[md5]
        problems[md5] = DamagedDataError(
            f"the remote's file for {path} of {version.name} is damaged: its md5 is not {md5}",
            where=f"remote {remote}",
            hint=f"`{rebuild_command(version)}`; delete it there, then `dvc push --all-commits`",
        )
    return problems


def _bring(repo: Repository, version: Version, wanted: Mapping[str, str]) -> None:
    """Bring what the caches lack of a version, paths by md5; all of it or raise."""
    for problem in bring(repo, {md5: (version, path) for md5, path in wanted.items()}).values():
        raise problem


def _missing(repo: Repository, version: Version, path: str) -> MissingDataError:
    what, remote = f"{path} of {version.name}", repo.settings.remote
    return MissingDataError(
        f"neither the cache nor the remote {remote} has {what}"
        if remote
        else f"the cache does not have {what}, and no default remote is configured",
        where=repo.caches[0],
        hint=f"`{rebuild_command(version)}`",
    )


def rebuild_command(version: Version) -> str:
    """The command that makes data of a version which the cache lacks."""
    return "dvc repro" if version.revision is None else f"tagledger rebuild {version.name}"


def mending_command(version: Version, file: Path) -> str:
    """The command that puts sound data in the place of a damaged file of the cache."""
    committed = [name for name in (version.name, *version.names) if name != WORKSPACE]
    if committed:
        return f"tagledger rebuild {committed[0]}"
    # DVC believes what the cache has under a name: only what is not there is made.
    return f"rm -f {shlex.quote(str(file))} && dvc repro --force"


def _lacking(repo: Repository, outputs: Iterable[Output], stores: Sequence[Path] = ()) -> bool:
    """Whether some data of `outputs` is neither in the caches nor in `stores`."""

    def find(md5: str) -> Path | None:
        paths = (object_path(store, md5) for store in stores)
        return repo.find_object(md5) or next((path for path in paths if path.is_file()), None)

    for output in outputs:
        if not output.cached:
            continue
        file = find(output.md5)
        if file is None:
            return True
        if output.is_folder:
            try:
                listed = parse_listing(file, output.path)
            except DamagedDataError:
                return True  # `locate` says so
            if any(find(md5) is None for md5 in listed.values()):
                return True
    return False
