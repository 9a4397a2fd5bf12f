"""Download a file whose size and sha256 nobody has written down yet."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.sources.catalogue import FileIdentity, identify
from tagledger.sources.download import Pace, Patience, Progress, chunks_of, trying_again

MOST_BYTES = 10 * 2**30
_UNKNOWN = FileIdentity(bytes=MOST_BYTES, sha256="0" * 64)


def download(url: str, target: Path, *, patience: Patience, progress: Progress) -> FileIdentity:
    """Download `url` to `target`, trying again what may pass, and say what it is.

    Raises
    ------
    TagledgerError
        There is no driver for the URL, no such file, no answer, or it has more than `MOST_BYTES`.
    """
    pace = Pace(url, _UNKNOWN.bytes, patience)
    get = partial(_save, url, target, patience, pace, progress)
    trying_again(get, url, pace, patience=patience, progress=progress)
    return identify(target)


def _save(url: str, target: Path, patience: Patience, pace: Pace, progress: Progress) -> None:
    size = 0
    with (
        closing(chunks_of(url, _UNKNOWN, patience, pace)) as stream,
        os_errors(target),
        target.open("wb") as file,
    ):
        for chunk in stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TagledgerError(
                    f"the file has more than {MOST_BYTES >> 30} GB",
                    where=url,
                    hint="download it by hand, and add the file",
                )
            file.write(chunk)
            progress.advance(len(chunk))
