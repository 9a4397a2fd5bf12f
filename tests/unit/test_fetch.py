from __future__ import annotations

import errno
import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagledger import documents
from tagledger.errors import TagledgerError
from tagledger.sources.catalogue import Catalogue, identify, load_catalogue
from tagledger.sources.download import Patience
from tagledger.stages.fetch import fetch
from tests.pipeline.conftest import Folder

REPOSITORY = Path(__file__).resolve().parents[2]
ITEMS = b'[{"id": 1, "tags": ["a"]}]'
TAGS = b'[{"tag": "a"}]'
CONTENT = {"items.json": ITEMS, "more/tags.json": TAGS}
READING = {
    "items": {"file": "items.json", "columns": {"id": "id"}},
    "labels": {"list": "tags"},
    "taxonomy": {"file": "more/tags.json"},
}
ONCE = Patience(attempts=1)


def entry(location: str, content: dict[str, bytes]) -> dict[str, Any]:
    """A snapshot with that content, as in data/sources.yaml."""
    identities = {
        path: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in content.items()
    }
    return {"location": location, "files": identities}


def catalogue(location: str = "data/mine", content: dict[str, bytes] = CONTENT) -> Catalogue:
    source = {"description": "Mine", "licence": "CC0-1.0", "reading": READING}
    source["snapshots"] = {"v1": entry(location, content)}
    return Catalogue.model_validate({"sources": {"mine": source}})


def write(folder: Path, content: dict[str, bytes]) -> None:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the snapshot mine v1 in it, and an earlier data/raw."""
    root = tmp_path / "repository"
    write(root / "data/mine", CONTENT)
    write(root / "data/raw", {"earlier.json": b"[]"})
    return root


def run(root: Path, known: Catalogue, **options: Any) -> dict[str, bytes]:
    out = root / "data/raw"
    fetch(known, "mine", "v1", root=root, out=out, patience=ONCE, **options)
    return contents(out)


def failure(root: Path, known: Catalogue, **options: Any) -> TagledgerError:
    """The error of a fetch that fails, after which everything is as it was."""
    before = contents(root)
    with pytest.raises(TagledgerError) as caught:
        run(root, known, **options)
    assert contents(root) == before
    return caught.value


def test_the_files_arrive_byte_for_byte_beside_their_provenance(root: Path) -> None:
    raw = run(root, catalogue())
    provenance = json.loads(raw.pop("provenance.json"))
    assert raw == CONTENT
    assert provenance == {
        "format": 1,
        "source": "mine",
        "snapshot": "v1",
        "description": "Mine",
        "licence": "CC0-1.0",
        **entry("data/mine", CONTENT),
        "reading": READING,
    }


def test_provenance_does_not_depend_on_the_order_of_the_catalogue(root: Path) -> None:
    first = run(root, catalogue())
    second = run(root, catalogue(content=dict(reversed(CONTENT.items()))))
    assert first == second


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"more/tags.json": b"[]"}, "ends after 2 of the 14 bytes"),
        ({"more/tags.json": TAGS + b"\n"}, "longer than the 14 bytes"),
        ({"more/tags.json": TAGS.replace(b"a", b"b", 1)}, "wrong sha256: expected"),
    ],
    ids=["truncated", "too-long", "changed"],
)
def test_a_damaged_file_leaves_what_was_there(
    damage: dict[str, bytes], says: str, root: Path
) -> None:
    write(root / "data/mine", damage)
    error = failure(root, catalogue())
    assert says in error.what
    assert error.where == str(root / "data/mine/more/tags.json")
    assert "data/sources.yaml" in error.hint


def test_a_missing_file_is_named_with_its_neighbour(root: Path) -> None:
    (root / "data/mine/items.json").rename(root / "data/mine/item.json")
    error = failure(root, catalogue())
    assert error.where == str(root / "data/mine/items.json")
    assert "did you mean item.json?" in error.hint


def test_a_missing_folder_is_an_error(root: Path) -> None:
    error = failure(root, catalogue(location="data/elsewhere"))
    assert error.where == str(root / "data/elsewhere/items.json")
    assert "git checkout" in error.hint


@pytest.mark.parametrize(("source", "snapshot"), [("mien", "v1"), ("mine", "v11")])
def test_an_unknown_name_leaves_what_was_there(source: str, snapshot: str, root: Path) -> None:
    before = contents(root)
    with pytest.raises(TagledgerError, match=r"mien|v11") as caught:
        fetch(catalogue(), source, snapshot, root=root, out=root / "data/raw")
    assert "did you mean" in caught.value.hint
    assert contents(root) == before


@pytest.mark.parametrize(
    ("code", "hint"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "chmod")],
    ids=["full-disk", "read-only", "no-right"],
)
def test_a_disk_that_refuses_leaves_what_was_there(
    code: int, hint: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, value: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(documents, "write_json", refuse)  # the last thing that is written
    assert hint in failure(root, catalogue()).hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_leaves_what_was_there(root: Path) -> None:
    (root / "data").chmod(0o555)
    try:
        assert "chmod" in failure(root, catalogue()).hint
    finally:
        (root / "data").chmod(0o755)


class TestMirror:
    URL = "https://example.invalid/team/repo/0123"

    def test_it_is_looked_in_before_the_network(self, root: Path, tmp_path: Path) -> None:
        mirror = tmp_path / "mirror"
        write(mirror / "team/repo/0123", CONTENT)
        raw = run(root, catalogue(self.URL), mirror=mirror)
        assert json.loads(raw.pop("provenance.json"))["location"] == self.URL
        assert raw == CONTENT

    def test_a_wrong_file_in_it_is_named(self, root: Path, tmp_path: Path) -> None:
        mirror = tmp_path / "mirror"
        write(mirror / "team/repo/0123", CONTENT | {"items.json": ITEMS.replace(b"1", b"2")})
        error = failure(root, catalogue(self.URL), mirror=mirror)
        assert error.where == str(mirror / "team/repo/0123/items.json")
        assert "wrong sha256" in error.what
        assert "fresh copy into the mirror" in error.hint

    def test_what_it_lacks_comes_over_the_network(
        self, root: Path, tmp_path: Path, web: str
    ) -> None:
        mirror = tmp_path / "mirror"
        write(mirror / "served", {"items.json": ITEMS})
        raw = run(root, catalogue(f"{web}/served"), mirror=mirror)
        assert {path: raw[path] for path in CONTENT} == CONTENT

    def test_a_mirror_that_is_no_folder_is_an_error(self, root: Path, tmp_path: Path) -> None:
        error = failure(root, catalogue(), mirror=tmp_path / "mirorr")
        assert error.where == f"TAGLEDGER_MIRROR={tmp_path / 'mirorr'}"

    @pytest.mark.parametrize(
        "snapshot", ["2020-12-23", "2021-05-10", "2022-04-08", "2022-05-03", "2022-08-17"]
    )
    def test_published_snapshots(self, snapshot: str, upstream: Path, tmp_path: Path) -> None:
        known = load_catalogue(REPOSITORY / "data/sources.yaml", root=REPOSITORY)
        out = tmp_path / "raw"
        fetch(known, "madewithml", snapshot, root=tmp_path, out=out, mirror=upstream)
        _, state, _ = known.find("madewithml", snapshot)
        assert {path: identify(out / path) for path in state.files} == state.files
        assert set(contents(out)) == {*state.files, "provenance.json"}


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web server that has the snapshot at /served, and at /stalled stops in its middle."""
    ended = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, folder, path = self.path.split("/", 2)
            data = CONTENT.get(path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            stalls = folder == "stalled" and path == "more/tags.json"
            self.wfile.write((data or b"")[: 3 if stalls else None])
            if stalls:
                ended.wait(60)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        ended.set()
        server.shutdown()
        thread.join()


def test_a_snapshot_is_downloaded(root: Path, web: str) -> None:
    raw = run(root, catalogue(f"{web}/served"))
    assert {path: raw[path] for path in CONTENT} == CONTENT


def test_a_download_that_fails_leaves_what_was_there(root: Path, web: str) -> None:
    content = CONTENT | {"z.json": b"[]"}
    error = failure(root, catalogue(f"{web}/served", content))
    assert error.where == f"{web}/served/z.json"
    assert "no such file" in error.what


class TestProgram:
    """The stage as a process, as DVC runs it."""

    @staticmethod
    def settle(root: Path, source: str = "mine", location: str = "data/mine") -> None:
        known = catalogue(location).model_dump(exclude_none=True)
        (root / "data/sources.yaml").write_text(yaml.safe_dump(known))
        chosen = {"fetch": {"source": source, "snapshot": "v1"}}
        (root / "params.yaml").write_text(yaml.safe_dump(chosen))

    @staticmethod
    def start(root: Path, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tagledger.stages.fetch"],
            cwd=root,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, root: Path, **environment: str) -> tuple[int, str, str]:
        with self.start(root, **environment) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_it_says_what_it_did(self, root: Path) -> None:
        self.settle(root)
        assert self.finish(root) == (0, "fetch: mine v1, 2 files, 40 bytes\n", "")
        assert contents(root / "data/raw").keys() == {*CONTENT, "provenance.json"}

    def test_an_error_has_no_traceback_and_exits_with_2(self, root: Path) -> None:
        self.settle(root, source="mien")
        code, out, err = self.finish(root)
        assert (code, out) == (2, "")
        assert err.splitlines() == [
            "error: there is no source 'mien'",
            "where: params.yaml, key fetch.source",
            " next: did you mean mine? (data/sources.yaml lists them)",
        ]

    @pytest.mark.parametrize("broken", ["params.yaml", "data/sources.yaml", "data/mine/items.json"])
    def test_under_dvc_it_says_how_to_bring_the_earlier_data_back(
        self, broken: str, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.settle(root)
        (root / broken).write_text("a: [")
        (root / "dvc.lock").touch()
        stage = Folder(root).stage
        assert "`dvc checkout data/raw`" not in stage("fetch").stderr
        monkeypatch.setenv("DVC_ROOT", str(root))
        done = stage("fetch")
        assert done.returncode == 2
        assert "`dvc checkout data/raw`" in done.stderr
        (root / "dvc.lock").unlink()
        assert "`dvc checkout data/raw`" not in stage("fetch").stderr

    def test_the_mirror_is_named_by_the_environment(self, root: Path, tmp_path: Path) -> None:
        self.settle(root, location=TestMirror.URL)
        write(tmp_path / "mirror/team/repo/0123", CONTENT)
        assert self.finish(root, TAGLEDGER_MIRROR=str(tmp_path / "mirror"))[0] == 0

    def test_killed_in_a_download_it_leaves_what_was_there(self, root: Path, web: str) -> None:
        self.settle(root, location=f"{web}/stalled")
        with self.start(root) as process:
            staged = self.wait_for(process, root / "data")
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        assert staged.read_bytes() == ITEMS  # it was on its way
        assert contents(root / "data/raw") == {"earlier.json": b"[]"}
        self.settle(root)
        assert self.finish(root)[0] == 0

    @staticmethod
    def wait_for(process: subprocess.Popen[str], folder: Path) -> Path:
        """Wait until the first file of the snapshot is whole and the second is under way."""
        for _ in range(600):
            if list(folder.glob(".raw.*.part/more/tags.json")):
                return next(folder.glob(".raw.*.part/items.json"))
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        pytest.fail("the download did not begin")

    def test_what_a_local_fetch_imports(self, root: Path) -> None:
        self.settle(root)
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "tagledger.stages.fetch"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "tagledger.sources.catalogue" in loaded
        heavy = {"pandas", "pyarrow", "numpy", "fsspec", "aiohttp", "tqdm", "scipy"}
        assert not heavy & loaded
