"""What is made once for all workers of a run: by the first, whole, and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.once import made_once


def test_only_the_first_who_asks_makes_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    name = tmp_path_factory.mktemp("once").name + "-made"
    made: list[Path] = []

    def make(folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    first, second = (made_once(tmp_path_factory, name, make) for _ in range(2))
    assert first == second
    assert made == [first]
    assert first.is_dir()


def test_what_failed_halfway_is_made_anew(tmp_path_factory: pytest.TempPathFactory) -> None:
    name = tmp_path_factory.mktemp("once").name + "-halfway"

    def fail(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        made_once(tmp_path_factory, name, fail)
    made = made_once(tmp_path_factory, name, Path.mkdir)
    assert list(made.iterdir()) == []
