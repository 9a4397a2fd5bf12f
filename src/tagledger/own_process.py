"""Settings of a command's own process, which nothing that it starts inherits."""

from __future__ import annotations

import os

_SETTINGS = {
    # Pydantic looks for plug-ins in the metadata of all that is installed: as long as git takes.
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    # numpy and scipy each start threads that wait for large dense matrices, of which there are none
    # here, and wait busily: as long as the import of numpy itself, for each.
    "OPENBLAS_NUM_THREADS": "1",
}
_made: set[str] = set()


def settle() -> None:
    """Make the settings that the user has not made; call it before any library is imported."""
    for name, value in _SETTINGS.items():
        if name not in os.environ:
            os.environ[name] = value
            _made.add(name)


def inherited() -> dict[str, str]:
    """The environment for what this process starts: as the user has set it."""
    return {name: value for name, value in os.environ.items() if name not in _made}
