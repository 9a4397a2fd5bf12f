"""Download a file whose size and sha256 nobody has written down yet."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.sources.catalogue import FileIdentity, identify
from tagledger.sources.download import Pace, Patience, Progress, TransientError, chunks_of

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
    for attempt in range(1, patience.attempts + 1):
        try:
            pace.restart()
            _save(url, target, patience, pace, progress)
        except TransientError as error:
            if attempt == patience.attempts:
                raise
            pause = patience.pause(attempt)
            progress.advance(-progress.done)
            progress.note(f"{url}: {error.what}; trying again in {pause:.1f} s")
            time.sleep(pause)
        else:
            break
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
