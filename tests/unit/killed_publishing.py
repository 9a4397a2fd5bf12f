"""`publish`, killed before or after its N-th step: a program for `tests.crash.forking`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagledger.versions import committing, publishing
from tests.unit.test_publishing import Clone


def main() -> None:
    """Publish the clone that the command line names."""
    clone = object.__new__(Clone)
    root, clone.old, clone.new, step, when, following = sys.argv[1:]
    clone.root, clone.following = Path(root), following or None
    left = int(step)

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if not left and when == "before":
                os._exit(9)
            answer = real(*words, **options)
            if not left:
                os._exit(9)
            return answer

        return run

    publication = clone.publication
    publishing.git, committing.git = dying(publishing.git), dying(committing.git)  # type: ignore[assignment]
    publishing.write_json = dying(publishing.write_json)  # type: ignore[attr-defined]
    publishing.publish(clone.repo, publication, "The first.")
