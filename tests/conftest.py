"""What every test stands on: a machine of its own, and the data that the repository lacks."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Here and in all that tests start. Threads of numpy and scipy wait for large matrices, busily, and
# several workers share the processors already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent
# Folders with data that is no part of the repository.
OUTSIDE_DATA = {"TAGLEDGER_UPSTREAM", "TAGLEDGER_MLDR", "TAGLEDGER_ANNOTATIONS"}
IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}

# A shared machine is slow at times: that is no finding. In CI the same examples run each time, so
# that a red build is the change's doing; on a desk new ones run, so that bugs are found. With the
# long tests, which run at night, there are ten times as many.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", _PATIENT, max_examples=20)
settings.register_profile("ci", _PATIENT, max_examples=20, derandomize=True, print_blob=True)
settings.register_profile("long", _PATIENT, max_examples=200, print_blob=True)
settings.load_profile("ci" if IN_CI else "desk")


def examples(most: int, *, part: int = 4, **more: Any) -> settings:
    """How often to try a property whose examples are slow: a quarter with each change.

    Or another part, where an example takes a tenth of a second and tests by example are beside it.
    """
    often = most if settings.default.max_examples >= 200 else most // part
    return settings(max_examples=often, **more)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="run the tests marked long, too: `make test-all`"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "upstream: reads the published snapshots")
    config.addinivalue_line("markers", "mldr: reads the reference datasets of the package mldr")
    config.addinivalue_line("markers", "long: takes minutes; left out without --long")
    if config.getoption("long"):
        settings.load_profile("long")


def pytest_report_header(config: pytest.Config) -> str | None:
    return None if _wants_long(config) else "tests marked long are left out: --long runs them, too"


_LONGEST = 7200  # seconds that a test marked long may take, on a busy machine too


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark a test that asks for outside data, and leave out the long ones that nobody asked for.

    `-m "not upstream"` leaves out the former. A long test runs with --long, where -m speaks of
    long ones, or where it is named: tests/unit/test_it.py::test_long.
    """
    for item in items:
        for name in {"upstream", "mldr"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(name)
        if item.get_closest_marker("long") and config.pluginmanager.hasplugin("timeout"):
            item.add_marker(pytest.mark.timeout(_LONGEST))
    if not _wants_long(config):
        left_out = [
            item for item in items if item.get_closest_marker("long") and not _is_named(item)
        ]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items[:] = spread(items, _workers())


class _Turned(pytest.Dir):
    """A folder whose collection begins elsewhere in each worker.

    pytest compiles each file of tests for its assertions, half of the time of a first collection:
    when all workers go the same way each of them compiles all files. So each compiles a part and
    reads what the others have compiled.
    """

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """What is in the folder, from the share of this worker on."""
        inside = list(super().collect())
        start = len(inside) * _worker() // _workers()
        return inside[start:] + inside[:start]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Dir | None:
    """Folders of tests, for whose order `spread` cares; packages are pytest's own."""
    if _workers() < 2 or (path / "__init__.py").exists():
        return None
    return _Turned.from_parent(parent, path=path)


def _worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _workers() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def pytest_collection_finish() -> None:
    """Look for no garbage among what was imported and collected: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)  # without xdist there are no workers
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: tests wait for programs, for browsers and for disks."""
    return (os.cpu_count() or 1) + 1


# Folders whose tests start programs: seconds each, where one of the others takes milliseconds.
_SLOW_FOLDERS = {"browser", "crash", "packaging", "pipeline"}


def spread(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The order of the tests by which workers end at the same time.

    xdist first gives each worker a part of the list, one after the other, of equal lengths; who has
    done all then takes half of what another one still has, from its end. So each part begins with
    the slow tests, a file to each worker in turn, for tests of a file share what they stand on, and
    so do those of all files with browsers. The quick ones come last and fill the gaps. All workers
    need the same order, whichever they collected in.
    """
    if workers < 2:
        return list(items)
    in_order = sorted(items, key=lambda item: item.path)
    files = [list(of) for _, of in groupby(in_order, key=_together)]
    slow = [of for of in files if _SLOW_FOLDERS & set(of[0].path.parts)]
    quick = iter([item for of in files if not _SLOW_FOLDERS & set(of[0].path.parts) for item in of])
    parts: list[pytest.Item] = []
    for worker in range(workers):
        part = [item for of in slow[worker::workers] for item in of]
        length = (len(items) - len(parts)) // (workers - worker)
        parts += [*part, *islice(quick, max(length - len(part), 0))]
    return [*parts, *quick]


def _together(item: pytest.Item) -> Path:
    """What tests that share what they stand on have in common."""
    return item.path.parent if item.path.parent.name == "browser" else item.path


def _wants_long(config: pytest.Config) -> bool:
    return config.getoption("long") or bool(re.search(r"\blong\b", config.getoption("markexpr")))


def _is_named(item: pytest.Item) -> bool:
    """Whether the command line names this test, not only its file or folder."""
    name = item.nodeid.partition("::")[2]
    for word in item.config.args:
        path, _, asked = word.partition("::")
        if (
            asked
            and (item.config.invocation_params.dir / path).resolve() == item.path.resolve()
            and (name == asked or name.startswith((f"{asked}::", f"{asked}[")))
        ):
            return True
    return False


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The published snapshots of the real catalogue, at <repo>/<commit>/<path>."""
    return _outside_data("upstream", "TAGLEDGER_UPSTREAM")


@pytest.fixture(scope="session")
def mldr() -> Path:
    """Labels of public datasets, and the imbalance measures published for them."""
    return _outside_data("mldr", "TAGLEDGER_MLDR")


@pytest.fixture(scope="session")
def published_annotations() -> Path:
    """Published files of labelling tools, with INDEX.tsv: they are on some machines only."""
    return _outside_data("annotations", "TAGLEDGER_ANNOTATIONS", needed_in_ci=False)


def _outside_data(name: str, variable: str, *, needed_in_ci: bool = True) -> Path:
    folder = Path(os.environ.get(variable) or REPOSITORY.parent / "shared" / name).resolve()
    if folder.is_dir():
        return folder
    reason = f"no data at {folder}: set {variable} to the folder that has it"
    if IN_CI and needed_in_ci:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)
_AT_FIRST = {number: signal.getsignal(number) for number in _HANDLED}


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Put back what a command that ran in this process does on a signal.

    One that lets a closed pipe end it would end a later test, and with it its worker. Before a test
    too: the fixture of a whole module or session may have run a command.
    """
    _put_back()
    yield
    _put_back()


def _put_back() -> None:
    for number, handler in _AT_FIRST.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide this machine's settings of git, DVC, the terminal and Tagledger from all tests.

    Session-wide, so that it holds for session-wide fixtures too; a test that changes the
    environment does so with monkeypatch, which puts it back.
    """
    home = tmp_path_factory.mktemp("machine")
    git_config = home / "gitconfig"
    git_config.write_text(
        "[core]\n\texcludesFile = /dev/null\n\tattributesFile = /dev/null\n"
        "[init]\n\tdefaultBranch = main\n"
        "[safe]\n\tdirectory = *\n"  # a checkout that belongs to somebody else, as in containers
    )
    dvc_config = home / "dvc"
    dvc_config.mkdir()
    (dvc_config / "config").write_text("[core]\n    analytics = false\n    check_update = false\n")

    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            # GIT_DIR and its like are set in a git hook: tests would write into this repository.
            kept = name in OUTSIDE_DATA or name.startswith("GIT_SSL_")
            if name.startswith(("GIT_", "DVC_", "TAGLEDGER_", "FORCE_COLOR")) and not kept:
                patch.delenv(name)
        # Users' interpreters write bytecode, beside code that stages depend on.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        settled = {
            "GIT_CONFIG_GLOBAL": git_config,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Ada Tester",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": "2024-01-01T12:00:00+00:00",
            "GIT_COMMITTER_NAME": "Ada Tester",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_COMMITTER_DATE": "2024-01-01T12:00:00+00:00",
            "DVC_NO_ANALYTICS": "1",
            "DVC_GLOBAL_CONFIG_DIR": dvc_config,
            "DVC_SYSTEM_CONFIG_DIR": home / "dvc-system",
            "DVC_SITE_CACHE_DIR": home / "dvc-site",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "100",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        for name, value in settled.items():
            patch.setenv(name, str(value))
        yield
