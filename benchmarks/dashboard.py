"""The dashboard on 200,000 items, about 700,000 labels and four versions: seconds and memory.

    python -m benchmarks dashboard

Each number is a run of the dashboard's own script on the server, as Streamlit's AppTest runs it,
in a process of its own with a warm file system: the first page (after the libraries are loaded),
the same page again, each other page, and a change to other versions: once the dashboard has
prepared those that are likely, which it does in the background after the first page, and to two
that it has not prepared.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import REPOSITORY, now, peak_mib, run_module

NAME = "dashboard"
DESCRIPTION = "the dashboard's pages on 200,000 items and four versions: seconds, and memory"

_BARS = {
    "first page": 3.0,
    "another page": 1.0,
    "other versions": 1.0,
    "versions not prepared": 1.0,
}
_MEMORY_BAR = 2048


def look(root: Path) -> dict[str, Any]:
    """Open the pages of the dashboard on a repository; seconds of the wall and of the CPU."""
    os.environ["TAGLEDGER_REPO"] = str(root)
    start = time.perf_counter()
    # What the first page needs is loaded here, as a server that has run for a while has it.
    from streamlit.testing.v1 import AppTest

    from tagledger_dashboard import loading, sidebar, warm  # noqa: F401
    from tagledger_dashboard.views import changes, overview  # noqa: F401

    found: dict[str, Any] = {"libraries": [time.perf_counter() - start, time.process_time()]}
    app = AppTest.from_file(
        str(REPOSITORY / "dashboard" / "tagledger_dashboard" / "app.py"), default_timeout=600
    )
    app.query_params.update({"base": "v1.2.0", "target": "v1.3.0", "layer": "filtered"})
    preparing: list[threading.Thread | None] = []
    start_preparing = warm.start
    warm.start = lambda context: preparing.append(start_preparing(context))

    def timed(name: str, work: Callable[[], Any]) -> None:
        start = now()
        work()
        used = [after - before for after, before in zip(now(), start, strict=True)]
        complaints = [*app.exception, *app.error]
        if complaints:
            raise RuntimeError(f"{name}: {complaints[0].value}")
        found[name] = used

    timed("first page", app.run)
    for thread in filter(None, preparing):
        thread.join()
    timed("the same page", app.run)
    pages = sorted(
        path.stem
        for path in (REPOSITORY / "dashboard" / "tagledger_dashboard" / "screens").glob("*.py")
    )
    for turn in ("first look at", "again"):
        for page in pages:
            timed(f"{turn} {page}", lambda page=page: app.switch_page(f"screens/{page}.py").run())
    app.switch_page("screens/overview.py").run()
    for name, base, target in (
        ("prepared", "v1.1.0", "v1.3.0"),
        ("prepared", "v1.1.0", "v1.2.0"),
        ("prepared", "v1.0.0", "v1.3.0"),
        ("unprepared", "v1.3.0", "v1.1.0"),
        ("unprepared", "v1.1.0", "v1.0.0"),
    ):
        app.selectbox(key="base").set_value(base)
        app.selectbox(key="target").set_value(target)
        timed(f"{name} {base} {target}", app.run)
    found["peak_mib"] = peak_mib()
    return found


def run(*, quick: bool) -> dict[str, Any]:
    """Measure on 200,000 items, or on 5,000."""
    items = 5_000 if quick else 200_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        run_module("benchmarks.repository", str(root), str(items))
        found = json.loads(run_module("benchmarks.dashboard", str(root)))
    again = [used for name, used in found.items() if name.startswith("again")]
    prepared = [used for name, used in found.items() if name.startswith("prepared")]
    unprepared = [used for name, used in found.items() if name.startswith("unprepared")]
    groups = {
        "first page": [found["first page"]],
        "another page": again,
        "other versions": prepared,
        "versions not prepared": unprepared,
    }
    return {
        "items": items,
        "seconds": {
            name: {"wall": round(used[0], 3), "cpu": round(used[1], 3)}
            for name, used in found.items()
            if name != "peak_mib"
        },
        "peak_mib": round(found["peak_mib"]),
        "table": [
            *(
                {
                    "what": f"dashboard, {items:,} items: {name}",
                    "ours": f"{median(used[0] for used in each):.2f} s "
                    f"(CPU {median(used[1] for used in each):.2f} s)",
                    "beside": f"aim: {_BARS[name]:g} s",
                    "spread": f"{min(used[0] for used in each):.2f} to "
                    f"{max(used[0] for used in each):.2f} s",
                }
                for name, each in groups.items()
            ),
            {
                "what": f"dashboard, {items:,} items: memory after all of it",
                "ours": f"{found['peak_mib']:,.0f} MiB",
                "beside": f"aim: {_MEMORY_BAR:,} MiB",
            },
        ],
    }


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]))))
