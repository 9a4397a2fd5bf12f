"""Files at an address: downloaded once, to be read and to be known by their sha256."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from tagledger.adding.first_download import download
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import is_inside
from tagledger.sources.catalogue import Location, address, is_url, mirrored
from tagledger.sources.download import Patience, Progress
from tagledger.sources.models import first_fault, in_words


def location_of_urls(words: Sequence[str]) -> str | None:
    """The address of the folder that all files are in; None where none is at an address.

    Raises
    ------
    TagledgerError
        Some are here and others are not, or they are in several folders, or an address is none
        that data/sources.yaml can have.
    """
    urls = [word for word in words if is_url(word)]
    if not urls:
        return None
    folders = {url.rpartition("/")[0] for url in urls}
    if len(urls) < len(words) or len(folders) > 1:
        raise TagledgerError(
            "the files of a snapshot are in one place, and these are in several",
            where=", ".join(words[:3]),
            hint="download them into one folder, and add those files",
        )
    folder = folders.pop()
    for url in urls:
        _refuse_address(url, folder)
    return folder


def _refuse_address(url: str, folder: str) -> None:
    try:
        TypeAdapter(Location).validate_python(url)
    except ValidationError as error:
        what = in_words(first_fault(error.errors(include_url=False)))
    else:
        name = name_of(url)
        if is_inside(name) and "/" not in name and address(folder, name) == url:
            return
        what = "this address does not end in the name of a file"
    raise TagledgerError(what, where=url, hint="download the file, and add that")


def name_of(url: str) -> str:
    """The name of the file at an address."""
    name = url.rpartition("/")[2]
    return unquote(name) if urlsplit(url).scheme in {"http", "https"} else name


def bring(words: Sequence[str], folder: Path) -> list[str]:
    """Download files to a folder; their paths there.

    A mirror that TAGLEDGER_MIRROR names is looked in before the network.

    Raises
    ------
    TagledgerError
        One cannot be downloaded.
    """
    mirror = os.environ.get("TAGLEDGER_MIRROR")
    paths = []
    for url in words:
        target = folder / name_of(url)
        at, _, _ = url.rpartition("/")
        copy = mirrored(Path(mirror), at, name_of(url)) if mirror else None
        if copy is not None and copy.is_file():
            with os_errors(copy):
                shutil.copyfile(copy, target)
        else:
            with Progress(0, name_of(url)) as progress:
                download(url, target, patience=Patience(), progress=progress)
        paths.append(str(target))
    return paths
