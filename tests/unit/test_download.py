from __future__ import annotations

import hashlib
import http.server
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from tagledger.errors import TagledgerError
from tagledger.sources.catalogue import FileIdentity
from tagledger.sources.download import Patience, Progress, TransientError, from_disk, from_url

BODY = bytes(range(256)) * 4096  # 1 MiB, several chunks
CALM = Patience(connect=20, read=20, attempts=3, first_pause=0.01, longest_pause=0.02)
HASTY = replace(CALM, connect=0.5, read=1.0, attempts=2)


def identity_of(data: bytes) -> FileIdentity:
    return FileIdentity(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


IDENTITY = identity_of(BODY)
Answer = Callable[["Handler", int], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers a path as the server's table says; the answer is told how often it was asked."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        with suppress(ConnectionError):
            self.server.answers[self.path](self, self.server.asked[self.path])

    def start(self, length: int | None = None, status: int = 200) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


class Server(http.server.ThreadingHTTPServer):
    """A web server on this machine with an answer for each path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.ended = threading.Event()

    def at(self, answer: Answer) -> str:
        """The URL of a new path with this answer."""
        path = f"/{len(self.answers)}.json"
        self.answers[path] = answer
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def times(self, url: str) -> int:
        return self.asked[url[url.rindex("/") :]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.ended.set()
        running.shutdown()
        thread.join()


def whole(handler: Handler, _: int) -> None:
    handler.start(len(BODY))
    handler.wfile.write(BODY)


def get(
    url: str, target: Path, identity: FileIdentity = IDENTITY, *, patience: Patience = CALM
) -> None:
    progress = Progress(0, "test")
    from_url(url, target, identity, patience=patience, progress=progress)
    assert progress.done == identity.bytes


def refused(
    url: str, target: Path, identity: FileIdentity = IDENTITY, *, patience: Patience = CALM
) -> TagledgerError:
    with pytest.raises(TagledgerError) as caught:
        get(url, target, identity, patience=patience)
    assert caught.value.where == url
    assert caught.value.hint
    return caught.value


def test_a_whole_file_arrives(server: Server, tmp_path: Path) -> None:
    url = server.at(whole)
    get(url, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == BODY
    assert server.times(url) == 1


def test_an_empty_file_arrives(server: Server, tmp_path: Path) -> None:
    get(server.at(lambda handler, _: handler.start(0)), tmp_path / "x", identity_of(b""))
    assert (tmp_path / "x").read_bytes() == b""


def test_the_read_time_out_is_for_a_pause_not_for_the_file(server: Server, tmp_path: Path) -> None:
    def slowly(handler: Handler, _: int) -> None:
        handler.start(len(BODY))
        for part in range(4):
            time.sleep(HASTY.read * 0.3)
            handler.wfile.write(BODY[part * len(BODY) // 4 : (part + 1) * len(BODY) // 4])

    url = server.at(slowly)
    get(url, tmp_path / "x", patience=HASTY)
    assert server.times(url) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(
    status: int, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy_twice(handler: Handler, asked: int) -> None:
        if asked < 3:
            handler.start(0, status)
        else:
            whole(handler, asked)

    url = server.at(busy_twice)
    get(url, tmp_path / "x")
    assert server.times(url) == 3
    noted = capsys.readouterr().err
    assert noted.count(f"{url}: the server answered {status}; trying again") == 2


def test_a_server_that_stays_busy_is_given_up(server: Server, tmp_path: Path) -> None:
    url = server.at(lambda handler, _: handler.start(0, 503))
    error = refused(url, tmp_path / "x")
    assert error.what == "the server answered 503"
    assert server.times(url) == CALM.attempts


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "no such file"), (403, "refuses access"), (401, "refuses access"), (410, "410")],
)
def test_a_final_answer_is_not_questioned(
    status: int, says: str, server: Server, tmp_path: Path
) -> None:
    url = server.at(lambda handler, _: handler.start(0, status))
    error = refused(url, tmp_path / "x")
    assert says in error.what
    assert server.times(url) == 1


@pytest.mark.parametrize("declared", [True, False], ids=["with-length", "without-length"])
def test_a_broken_connection_is_mended(declared: bool, server: Server, tmp_path: Path) -> None:
    def half_once(handler: Handler, asked: int) -> None:
        handler.start(len(BODY) if declared else None)
        handler.wfile.write(BODY if asked > 1 else BODY[: len(BODY) // 2])

    url = server.at(half_once)
    get(url, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == BODY
    assert server.times(url) == 2


def test_a_file_that_stays_short_is_given_up(server: Server, tmp_path: Path) -> None:
    def half(handler: Handler, _: int) -> None:
        handler.start(len(BODY) // 2)
        handler.wfile.write(BODY[: len(BODY) // 2])

    error = refused(server.at(half), tmp_path / "x")
    assert error.what == "the file ends after 524,288 of the 1,048,576 bytes it should have"


def test_a_file_that_is_too_long_is_cut_off(server: Server, tmp_path: Path) -> None:
    def long(handler: Handler, _: int) -> None:
        handler.start()
        for _ in range(64):
            handler.wfile.write(BODY)

    url = server.at(long)
    error = refused(url, tmp_path / "x")
    assert error.what == "the file is longer than the 1,048,576 bytes it should have"
    assert (tmp_path / "x").stat().st_size <= len(BODY)
    assert server.times(url) == 1


def test_another_file_of_the_same_size_is_refused(server: Server, tmp_path: Path) -> None:
    url = server.at(whole)
    wanted = identity_of(bytes(len(BODY)))
    error = refused(url, tmp_path / "x", wanted)
    got = hashlib.sha256(BODY).hexdigest()
    assert error.what == f"wrong sha256: expected {wanted.sha256}, got {got}"
    assert server.times(url) == 1


@pytest.mark.parametrize("sent", [None, 1000], ids=["no-answer", "half-an-answer"])
def test_a_silent_server_runs_into_the_time_out(
    sent: int | None, server: Server, tmp_path: Path
) -> None:
    def stall(handler: Handler, _: int) -> None:
        if sent is not None:
            handler.start(len(BODY))
            handler.wfile.write(BODY[:sent])
        server.ended.wait(30)

    url = server.at(stall)
    start = time.monotonic()
    error = refused(url, tmp_path / "x", patience=HASTY)
    assert "time-out" in error.what
    assert server.times(url) == HASTY.attempts
    assert HASTY.attempts * HASTY.read <= time.monotonic() - start < 10


def trickle(start: Callable[[Handler], None], piece: bytes) -> Answer:
    """After `start`, a piece now and then, for ever: never long enough apart for a time-out."""

    def answer(handler: Handler, _: int) -> None:
        start(handler)
        while not handler.server.ended.wait(0.02):
            handler.wfile.write(piece)

    return answer


def status_line(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")


def chunked(handler: Handler) -> None:
    status_line(handler)
    handler.wfile.write(b"Transfer-Encoding: chunked\r\n\r\n")


ENDLESS: dict[str, Answer] = {
    "body": trickle(lambda handler: handler.start(len(BODY)), b"x"),
    "body without a length": trickle(lambda handler: handler.start(), b"x"),
    "chunks": trickle(chunked, b"1\r\nx\r\n"),
    "headers": trickle(status_line, b"X-A: b\r\n"),
    "one header": trickle(lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: "), b"a"),
    "extension of a chunk": trickle(
        lambda handler: (chunked(handler), handler.wfile.write(b"1;a="))[0], b"a"
    ),
    "status line": trickle(lambda handler: handler.wfile.write(b"HTTP/1.1 200 "), b"a"),
    "interim answers": trickle(lambda _: None, b"HTTP/1.1 102 Processing\r\n\r\n"),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_what_trickles_in_for_ever_is_given_up(
    answer: Answer, server: Server, tmp_path: Path
) -> None:
    url = server.at(answer)
    patience = replace(CALM, slowest=10_000, window=0.2, longest=1.0, usual=1e9)
    start = time.monotonic()
    error = refused(url, tmp_path / "x", patience=patience)
    assert time.monotonic() - start < 5
    assert server.times(url) <= CALM.attempts
    assert error.what


def test_a_server_that_is_too_slow_is_asked_again(server: Server, tmp_path: Path) -> None:
    url = server.at(ENDLESS["body"])
    patience = replace(CALM, slowest=1e6, window=0.1)
    error = refused(url, tmp_path / "x", patience=patience)
    assert error.what.startswith("too slow: ")
    assert error.what.endswith("fewer than 1,000,000")
    assert "TAGLEDGER_MIRROR" in error.hint
    assert server.times(url) == CALM.attempts


def test_a_whole_file_has_its_time_however_it_comes(server: Server, tmp_path: Path) -> None:
    url = server.at(ENDLESS["body"])
    patience = replace(CALM, slowest=0, longest=0.5, usual=1e9)
    error = refused(url, tmp_path / "x", patience=patience)
    assert "is not here after" in error.what
    assert server.times(url) == 1
    assert patience.whole(10**9) == 1.5


def test_attempts_share_the_time_of_the_file(server: Server, tmp_path: Path) -> None:
    url = server.at(lambda handler, _: handler.start(0, 503))
    patience = replace(
        CALM, attempts=10**6, longest=0.5, usual=1e9, first_pause=0.1, longest_pause=0.1
    )
    start = time.monotonic()
    assert "is not here after" in refused(url, tmp_path / "x", patience=patience).what
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    ["itself", "file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "//[", "gopher://a/"],
)
def test_a_redirect_in_a_circle_or_out_of_the_web_is_final(
    status: int, target: str, server: Server, tmp_path: Path
) -> None:
    def redirect(handler: Handler, _: int) -> None:
        handler.send_response(status)
        handler.send_header("Location", handler.path if target == "itself" else target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    url = server.at(redirect)
    error = refused(url, tmp_path / "x", identity_of(b"x"))
    assert "sends us on without end or out of the web" in error.what
    assert not isinstance(error, TransientError)
    assert server.times(url) <= 12, "ten redirects are followed"


def test_a_redirect_within_the_web_is_followed(server: Server, tmp_path: Path) -> None:
    there = server.at(whole)

    def redirect(handler: Handler, _: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", there)
        handler.end_headers()

    get(server.at(redirect), tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_host_that_takes_no_connection_runs_into_the_time_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        queue = [socket.socket() for _ in range(4)]  # they fill the backlog; more get no answer
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/x"
        impatient = replace(HASTY, read=60)
        start = time.monotonic()
        error = refused(url, tmp_path / "x", patience=impatient)
        assert "time-out (0.5 s to connect" in error.what
        assert time.monotonic() - start < 10
        for waiting in queue:
            waiting.close()


def test_without_a_network_the_error_says_what_helps(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/x", tmp_path / "x")
    assert isinstance(error, TransientError)
    assert "connection failed" in error.what
    assert "TAGLEDGER_MIRROR" in error.hint


def test_a_certificate_that_is_not_trusted_is_final(server: Server, tmp_path: Path) -> None:
    url = server.at(whole).replace("http:", "https:")
    error = refused(url, tmp_path / "x")
    assert server.times(url) == 0
    assert "secure connection" in error.what
    assert not isinstance(error, TransientError)


def test_the_servers_own_bytes_are_asked_for(server: Server, tmp_path: Path) -> None:
    headers = []

    def look(handler: Handler, asked: int) -> None:
        headers.append(handler.headers["Accept-Encoding"])
        whole(handler, asked)

    get(server.at(look), tmp_path / "x")
    assert headers == ["identity"]


def test_the_proxy_of_the_environment_is_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = "http://data.invalid/x.json"
    server.answers[elsewhere] = whole  # what a proxy is asked for is the whole address
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    get(elsewhere, tmp_path / "x")
    assert server.asked[elsewhere] == 1


def test_other_fsspec_urls(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/test_download/a.json", BODY)
    get("memory://test_download/a.json", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == BODY
    get(f"file://{tmp_path}/x", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == BODY
    assert "no such file" in refused("memory://test_download/b.json", tmp_path / "z").what
    assert "no such file" in refused(f"file://{tmp_path}/b.json", tmp_path / "z").what


@pytest.mark.parametrize(
    ("url", "says", "hint"),
    [
        ("s3://bucket/x", "s3:// is not installed", "pip install 'tagledger[s3]'"),
        ("gcs://bucket/x", "gcs:// is not installed", "pip install 'tagledger[gs]'"),
        ("abfs://bucket/x", "abfs:// is not installed", "pip install 'tagledger[azure]'"),
        ("htps://host/x", "no driver is known for htps://", "did you mean https?"),
    ],
)
def test_a_missing_driver_is_named(
    url: str, says: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("s3fs", "gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TagledgerError) as caught:
        get(url, tmp_path / "x")
    assert says in caught.value.what
    assert hint in caught.value.hint


def test_pauses_grow_up_to_a_limit_and_are_not_the_same() -> None:
    patience = Patience(first_pause=1.0, longest_pause=5.0)
    for attempt, whole_pause in enumerate([1.0, 2.0, 4.0, 5.0, 5.0], start=1):
        pauses = {patience.pause(attempt) for _ in range(50)}
        assert len(pauses) > 1
        assert whole_pause / 2 <= min(pauses) <= max(pauses) <= whole_pause


class TestFromDisk:
    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (BODY[:-1], "ends after 1,048,575 of the 1,048,576"),
            (BODY + b"x", "longer than the 1,048,576"),
            (BODY[::-1], "wrong sha256: expected"),
        ],
        ids=["short", "long", "other"],
    )
    def test_another_file_is_refused_with_its_own_identity(
        self, data: bytes, says: str, tmp_path: Path
    ) -> None:
        (tmp_path / "a.json").write_bytes(data)
        with pytest.raises(TagledgerError) as caught:
            self.take(tmp_path / "a.json", tmp_path / "x")
        assert says in caught.value.what
        assert caught.value.where == str(tmp_path / "a.json")
        assert caught.value.hint.startswith("do this;")
        assert f"a.json: {{bytes: {len(data)}, sha256: " in caught.value.hint
        assert hashlib.sha256(data).hexdigest() in caught.value.hint

    def test_the_right_file_is_copied(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(BODY)
        self.take(tmp_path / "a.json", tmp_path / "x")
        assert (tmp_path / "x").read_bytes() == BODY

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(TagledgerError) as caught:
            self.take(tmp_path / "a.json", tmp_path / "x")
        assert caught.value.where == str(tmp_path / "a.json")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
    def test_a_full_disk_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(BODY)
        with pytest.raises(TagledgerError) as caught:
            self.take(tmp_path / "a.json", Path("/dev/full"))
        assert "no space left" in caught.value.what
        assert "disk is full" in caught.value.hint

    @staticmethod
    def take(source: Path, target: Path) -> None:
        progress = Progress(0, "test")
        from_disk(source, target, IDENTITY, hint="do this", progress=progress)


def test_progress_is_a_bar_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress(2, "quiet") as progress:
        progress.advance(1)
        progress.note("a note")
    assert capsys.readouterr().err == "a note\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress(2, "shown") as progress:
        progress.advance(1)
        progress.note("a note")
    shown = capsys.readouterr().err
    assert "shown" in shown
    assert "a note" in shown


def test_a_local_copy_loads_no_driver_and_a_download_leaves_no_warning(
    server: Server, tmp_path: Path
) -> None:
    script = f"""
import sys
from pathlib import Path
from tagledger.sources.download import *
from tagledger.sources.catalogue import identify
source, target = Path({str(tmp_path / "a.json")!r}), Path({str(tmp_path / "x")!r})
progress = Progress(0, "")
from_disk(source, target, identify(source), hint="", progress=progress)
loaded = {{"fsspec", "aiohttp", "pandas", "pyarrow", "numpy", "tqdm"}} & set(sys.modules)
assert not loaded, loaded
url = {server.at(whole)!r}
from_url(url, target, identify(source), patience=Patience(), progress=progress)
assert "pandas" not in sys.modules
"""
    (tmp_path / "a.json").write_bytes(BODY)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_bar_goes_back_for_a_new_attempt(server: Server, tmp_path: Path) -> None:
    seen: list[int] = []

    class Watched(Progress):
        def note(self, text: str) -> None:
            seen.append(self.done)

    def half_once(handler: Handler, asked: int) -> None:
        handler.start(len(BODY))
        handler.wfile.write(BODY if asked > 1 else BODY[: len(BODY) // 2])

    progress = Watched(0, "test")
    progress.advance(7)  # an earlier file
    from_url(
        server.at(half_once),
        tmp_path / "x",
        IDENTITY,
        patience=CALM,
        progress=progress,
    )
    assert seen == [7]
    assert progress.done == 7 + len(BODY)
