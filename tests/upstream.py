"""Bring the published snapshots of the real catalogue to a folder, for tests and as a mirror.

    python tests/upstream.py FOLDER

Each file goes to FOLDER/<repo>/<commit>/<path>, where TAGLEDGER_MIRROR and TAGLEDGER_UPSTREAM look
for it, under the sha256 that data/sources.yaml has on record. Files that are there stay.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tagledger import errors, files
from tagledger.sources.catalogue import address, identify, load_catalogue, mirrored
from tagledger.sources.download import Patience, Progress, from_url

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "sources.yaml"
SOURCE = "madewithml"


def main() -> None:
    if len(sys.argv) != 2:
        raise errors.TagledgerError(
            "give the folder that the snapshots go to", hint="python tests/upstream.py FOLDER"
        )
    folder = Path(sys.argv[1])
    for name, snapshot in load_catalogue(CATALOGUE).sources[SOURCE].snapshots.items():
        for path, identity in snapshot.files.items():
            target = mirrored(folder, snapshot.location, path)
            if target.is_file() and identify(target) == identity:
                continue
            url = address(snapshot.location, path)
            with (
                files.replacing(target) as temporary,
                Progress(identity.bytes, f"{name} {path}") as progress,
            ):
                from_url(url, temporary, identity, patience=Patience(), progress=progress)
            print(target)


if __name__ == "__main__":
    errors.run(main)
