"""What a dvc.lock says of the pipeline's outputs.

Hundreds of locks are read to list the versions of a dataset, and 10 kB of YAML take 2 ms each. So
the outputs are read off the text where it has the layout that DVC writes; any other text goes to
the YAML parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tagledger.documents import is_count, line_of_conflict, load_yaml, parse_yaml
from tagledger.errors import TagledgerError
from tagledger.files import is_inside

_HINT = "if a merge stopped half-way, finish it: take either side of the file, then `dvc repro`"
_ODD_HINT = "take it from another commit: `git log -- dvc.lock` lists them"

_HEAD = b"schema: '2.0'\nstages:\n"
_OUTS = re.compile(rb"\n    outs:\n((?:    - .*\n(?:      .*\n)*)+)")
_OUT = (
    rb"    - path: ([A-Za-z_][A-Za-z0-9_./-]*)\n"
    rb"      hash: md5\n"
    rb"      md5: ([0-9a-f]{32}(?:\.dir)?)\n"
    rb"      size: ([0-9]+)\n"
    rb"(?:      nfiles: ([0-9]+)\n)?"
)
_EACH_OUT = re.compile(_OUT)
_ONLY_OUTS = re.compile(rb"(?:" + _OUT + rb")+")
_TEMPLATE = re.compile(r"\$\{.*?\}")
_MOST_BYTES = 16 * 2**20
_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the pipeline, as dvc.lock records it.

    Attributes
    ----------
    path
        Its path from the folder of dvc.yaml.
    md5
        The md5 of its content; for a folder that of the list of its files, ending in ".dir".
    size
        Bytes; None where the lock does not say, as a text that was cut off may not.
    files
        Number of files of a folder, None for a file.
    cached
        Whether DVC keeps it; False for a report, which git keeps.
    """

    path: str
    md5: str
    size: int | None
    files: int | None = None
    cached: bool = True

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.md5.endswith(".dir")


def read_outputs(lock: bytes, pipeline: bytes, where: str) -> Mapping[str, Output]:
    """The outputs in a dvc.lock by their paths.

    Parameters
    ----------
    lock
        The text of dvc.lock.
    pipeline
        The text of the dvc.yaml beside it, which says what git keeps; empty when there is none.
    where
        What to name in an error.

    Raises
    ------
    TagledgerError
        One of the two is not what DVC writes.
    """
    with as_lock_error(where):
        if len(lock) > _MOST_BYTES:
            raise _NotDvcsError(f"it has more than {_MOST_BYTES >> 20} MB")
        # A plain dict, which can be pickled, and of its own for each caller.
        return dict(_outputs(lock, pipeline))


def read_stages(text: bytes, where: str) -> dict[str, dict[str, Any]]:
    """All that a dvc.lock or a dvc.yaml says of each stage, by the stages' names.

    Raises
    ------
    TagledgerError
        It is not what DVC writes.
    """
    with as_lock_error(where):
        stages = (parse_yaml(text, Path(where)) or {}).get("stages") or {}
        return {str(name): dict(stage) for name, stage in stages.items()}


@contextmanager
def as_lock_error(where: str) -> Iterator[None]:
    """Turn what comes of a text that is no dvc.lock into a `TagledgerError`."""
    try:
        yield
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise TagledgerError(f"this is not YAML: {problem}", where=where, hint=_HINT) from error
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
    ) as error:
        if isinstance(error, _NotDvcsError):
            raise TagledgerError(
                f"this is not a lock file as DVC writes it: {error}", where=where, hint=_ODD_HINT
            ) from error
        raise TagledgerError(
            "this is not a lock file as DVC writes it", where=where, hint=_HINT
        ) from error


def forget_parsed() -> None:
    """Forget the locks that this process has parsed: for measurements."""
    _outputs.cache_clear()
    _kept_in_git.cache_clear()


@lru_cache(maxsize=1024)
def _outputs(lock: bytes, pipeline: bytes) -> Mapping[str, Output]:
    in_git = _kept_in_git(pipeline)
    entries = read_layout(lock)
    if entries is None:
        entries = list(read_as_yaml(lock))
    for entry in entries:
        _check(*entry)
    return {
        path: Output(path, md5, size, files, cached=in_git.fullmatch(path) is None)
        for path, md5, size, files in sorted(entries, key=lambda entry: entry[0])
    }


_Entry = tuple[str, str, int | None, int | None]


def is_md5(text: object) -> bool:
    """Whether a text from data is the md5 of a file, or that of a folder, and nothing else."""
    return isinstance(text, str) and _MD5.fullmatch(text) is not None


def _check(path: object, md5: object, size: object, files: object) -> None:
    """Refuse an entry that DVC did not write: its texts become paths.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    if not is_inside(path):
        raise _NotDvcsError(f"{path!r:.80} is no path inside the repository")
    if not is_md5(md5):
        raise _NotDvcsError(f"{md5!r:.80} is no md5")
    if not all(number is None or is_count(number) for number in (size, files)):
        raise _NotDvcsError(f"{size!r:.40} and {files!r:.40} are no numbers of bytes and files")


class _NotDvcsError(ValueError):
    """What DVC would not write, in words for people."""


def read_layout(lock: bytes) -> list[_Entry] | None:
    """The outputs of a lock in DVC's own layout; None when any of it looks otherwise."""
    body = lock.removeprefix(_HEAD)
    if len(body) == len(lock) or line_of_conflict(lock) is not None:
        return None
    entries: list[_Entry] = []
    blocks = _OUTS.findall(body)
    for block in blocks:
        if not _ONLY_OUTS.fullmatch(block):
            return None
        entries += [
            (path.decode(), md5.decode(), int(size), int(files) if files else None)
            for path, md5, size, files in _EACH_OUT.findall(block)
        ]
    # The word anywhere else may be outputs in another style; a path with it costs time only.
    return entries if body.count(b"outs") == len(blocks) else None


def read_as_yaml(lock: bytes) -> Iterator[_Entry]:
    """The outputs of a lock in any layout: path, md5, size and number of files, as they stand."""
    stages = (load_yaml(lock, aliases=False) or {}).get("stages") or {}
    for stage in stages.values():
        for out in stage.get("outs") or ():
            # An output on another machine is known by an etag: nothing here can read it.
            if "md5" in out:
                if out.get("size", 0) is None:
                    raise _NotDvcsError("a size is named, and no number stands there")
                yield out["path"], out["md5"], out.get("size"), out.get("nfiles")


@lru_cache(maxsize=256)
def _kept_in_git(pipeline: bytes) -> re.Pattern[str]:
    """What matches the paths of outputs that a dvc.yaml marks with `cache: false`."""
    stages = (load_yaml(pipeline) or {}).get("stages") or {}
    patterns = []
    for stage in stages.values():
        described = stage.get("do", stage)  # a stage made once for each of a list
        for kind in ("outs", "metrics", "plots"):
            for entry in described.get(kind) or ():
                if isinstance(entry, dict):
                    for path, options in entry.items():
                        if (options or {}).get("cache") is False:
                            first, *others = map(re.escape, _TEMPLATE.split(path))
                            # Atomic: a template of many names must not be tried in all ways.
                            between = "".join(f"(?>.+?{part})" for part in others[:-1])
                            end = f".+{others[-1]}" if others else ""
                            patterns.append(first + between + end)
    return re.compile("|".join(patterns) or r"(?!)")
