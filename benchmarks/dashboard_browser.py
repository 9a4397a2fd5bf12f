"""The dashboard in a browser, on 200,000 items and four versions: seconds until a page stands.

    python -m benchmarks dashboard_browser

A server that was just started, a headless Chromium beside it on the same machine: the first page,
which waits for the server's libraries and for the versions to be read and compared; then each other
page, and other versions, by clicks as a person would. A page stands when its script has ended and
its charts are drawn.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import run_module
from tests.browser.chromium import PATIENCE, chromium, find_chromium, serving

NAME = "dashboard_browser"
DESCRIPTION = "the same in a browser: seconds until a page stands"
ITEMS, QUICK_ITEMS = 200_000, 5_000
RUNS, QUICK_RUNS = 3, 1

_PAGES = ("Tags", "Imbalance", "Label changes", "Drift", "Quality", "Splits", "Overview")
_SWITCHES = (("Compared with", "v1.1.0"), ("Version", "v1.2.0"), ("Compared with", "v1.0.0"))
_STANDS = """heading => {
    const found = name => [...document.querySelectorAll(`[data-testid=${name}]`)];
    const app = document.querySelector('[data-testid=stApp]');
    return app?.getAttribute('data-test-script-state') === 'notRunning'
        && found('stSkeleton').length === 0
        && [...document.querySelectorAll('h1')].some(one => one.innerText.includes(heading))
        && found('stVegaLiteChart').every(one => one.querySelector('canvas, svg'));
}"""
_CHANGED = """() => document.querySelector('[data-testid=stApp]')
    ?.getAttribute('data-test-script-state') !== 'notRunning'"""


def look(root: Path) -> list[tuple[str, float]]:
    """Click through the dashboard of a repository; what was done, and how many seconds it took."""
    program = find_chromium()
    if program is None:
        raise RuntimeError("there is no Chromium on PATH")
    found: list[tuple[str, float]] = []

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        found.append((what, time.perf_counter() - start))

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(root, Path(folder)) as address,
        chromium(program) as browser,
    ):
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()

        def stands(heading: str) -> None:
            page.wait_for_function(_STANDS, arg=heading, timeout=PATIENCE)

        with timed("first page"):
            page.goto(f"{address}/?base=v1.2.0&target=v1.3.0", timeout=PATIENCE)
            stands("Overview")
        page.wait_for_timeout(10_000)  # while people read it, the likely comparisons are made
        page.context.close()
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        with timed("next visitor"):
            page.goto(f"{address}/?base=v1.2.0&target=v1.3.0", timeout=PATIENCE)
            stands("Overview")
        for turn in ("first look at", "again"):
            for name in _PAGES:
                with timed(f"{turn} {name}"):
                    page.get_by_role("link", name=name, exact=True).click()
                    stands(name)
        for label, version in _SWITCHES:
            page.get_by_role("combobox", name=label).click()
            option = page.get_by_role("option", name=version)
            with timed(f"versions: {label} {version}"):
                option.click()
                page.wait_for_function(_CHANGED, timeout=PATIENCE)
                stands("Overview")
    return found


def run(*, quick: bool) -> dict[str, Any]:
    """Measure on 200,000 items, or on 5,000; a new server each time."""
    items = QUICK_ITEMS if quick else ITEMS
    turns: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        run_module("benchmarks.repository", str(root), str(items))
        for _ in range(QUICK_RUNS if quick else RUNS):
            turns.append(dict(json.loads(run_module("benchmarks.dashboard_browser", str(root)))))
            print(f"  {turns[-1]}", file=sys.stderr)
    rows = [
        ("first page of a server just started", "first page", 3.0),
        ("first page of the next visitor", "next visitor", 3.0),
        ("another page", "again", 1.0),
        ("other versions", "versions", 1.0),
    ]
    table = []
    for title, prefix, aim in rows:
        seconds = [took for turn in turns for name, took in turn.items() if name.startswith(prefix)]
        table.append(
            {
                "what": f"dashboard in a browser, {items:,} items: {title}",
                "ours": f"{median(seconds):.2f} s",
                "beside": f"aim: {aim:g} s",
                "ratio": "",
                "spread": f"{min(seconds):.2f} to {max(seconds):.2f} s",
            }
        )
    return {"items": items, "turns": turns, "table": table}


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]))))
