"""Make the README's pictures of the dashboard again, from the bundled sample: `make screenshots`.

Clones the repository's last commit into a temporary folder, builds it and the sample's versions
there, opens the dashboard on them in headless Chromium and writes `docs/images/*.png` in at most
256 colours. The work tree's dashboard is what is shown; its data, branches and settings of git are
neither read nor changed. Needs Chromium on PATH; takes about two minutes.

    python -m docs.screenshots             # all pictures
    python -m docs.screenshots overview    # some of them
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tagledger.versions import Repository, list_versions
from tagledger_dashboard.state import chronological
from tests.browser.chromium import chromium, find_chromium, serving, visiting

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH = 1440


@dataclass(frozen=True)
class Picture:
    """A picture of a page, from its top to a heading, in light or in dark."""

    page: str
    until: str
    mode: str = "light"


PICTURES = {
    "overview": Picture("", "Do all schema checks hold?"),
    "overview-dark": Picture("", "Do all schema checks hold?", "dark"),
    "tags": Picture("tags", "What would another threshold keep?"),
    "changes": Picture("changes", "Which items were relabelled?"),
}


def main() -> None:
    """Make the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description="Make docs/images/*.png from the sample.")
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], metavar="NAME")
    names = parser.parse_args().names or list(PICTURES)
    program = find_chromium()
    if program is None:
        sys.exit("error: no Chromium on PATH\n next: e.g. `apt-get install chromium`")
    with tempfile.TemporaryDirectory(prefix="tagledger-") as folder:
        clone = Path(folder) / "tagledger"
        _run("git", "clone", "--quiet", str(ROOT), str(clone), cwd=ROOT)
        _run(sys.executable, "-m", "dvc", "repro", "--quiet", cwd=clone)
        _run(sys.executable, "-m", "tagledger", "rebuild", "--yes", cwd=clone)
        with serving(clone, Path(folder)) as address, chromium(program) as browser:
            for name in names:
                file = IMAGES / f"{name}.png"
                _save(_take(browser, address, PICTURES[name], clone), file)
                print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def _take(browser: Browser, address: str, picture: Picture, clone: Path) -> Image.Image:
    """The newest of the sample's versions beside the oldest."""
    versions = chronological(list_versions(Repository.find(clone)))
    pair = {"base": versions[0].name, "target": versions[-1].name}
    with visiting(browser, address, picture.page, width=WIDTH, mode=picture.mode, **pair) as seen:
        whole = Image.open(io.BytesIO(seen.picture()))
        end = seen.page.get_by_role("heading", name=picture.until).bounding_box()
        if seen.complaints or end is None:
            sys.exit(f"error: {picture.page} is not whole: {'; '.join(seen.complaints)}")
        return whole.convert("RGB").crop((0, 0, WIDTH, int(end["y"])))


def _save(image: Image.Image, file: Path) -> None:
    """As PNG in a palette, a third of the size; rare colours stay, and text is not dithered."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )


if __name__ == "__main__":
    main()
