"""Bring one file here, and let it pass only under its size and sha256.

A file comes from this machine or from any fsspec URL. It is checked while it streams: more bytes
than were declared stop it at once. What may pass if it is tried again (a time-out, a broken
connection, a busy server) is tried again with growing pauses; anything else is not.
"""

from __future__ import annotations

import hashlib
import inspect
import random
import ssl
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tagledger.errors import TagledgerError, nearest, os_errors, printable, say
from tagledger.sources.catalogue import FileIdentity, identify, identity_line

CHUNK = 1 << 18  # bytes
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"} | dict.fromkeys(
    ("az", "abfs", "abfss", "adl"), "azure"
)
# What a driver raises besides OSError, by the module that it is in once the driver is loaded.
_DRIVER_ERRORS = {
    "aiohttp": ("ClientError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "google.auth.exceptions": ("GoogleAuthError",),
    "gcsfs.retry": ("HttpError",),
    "azure.core.exceptions": ("AzureError",),
}
_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
_CHECK = "check the location"
_OFFLINE = "check the network and the proxy, or set TAGLEDGER_MIRROR to a folder with the files"


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to try.

    The first two hold for http and https; the drivers of other schemes keep their own.

    Attributes
    ----------
    connect, read
        For a connection, and for the next bytes.
    slowest, window
        Bytes a second that must come, on the average of so many seconds.
    longest, usual
        A whole file, with all attempts at it, may take `longest` seconds and, at `usual` bytes a
        second, what its size takes.
    """

    connect: float = 10.0
    read: float = 30.0
    slowest: float = 1_000.0
    window: float = 60.0
    longest: float = 900.0
    usual: float = 20_000.0
    attempts: int = 4
    first_pause: float = 1.0
    longest_pause: float = 20.0

    def whole(self, size: int) -> float:
        """Seconds that a file of `size` bytes may take."""
        return self.longest + size / self.usual

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the attempt numbered `attempt` (from 1), doubled each time.

        Half of it is left to chance, so that many machines do not come back as one.
        """
        whole = min(self.longest_pause, self.first_pause * 2.0 ** (attempt - 1))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - a pause is no secret


class TransientError(TagledgerError):
    """A fault that trying again may mend."""


class _IdentityError(TagledgerError):
    """What arrived is not the file that was declared."""


class Pace:
    """How fast the bytes of a URL come, and how long that has taken."""

    def __init__(self, url: str, size: int, patience: Patience) -> None:
        self._url, self._patience = url, patience
        self._whole = patience.whole(size)
        self._end = time.monotonic() + self._whole
        self.restart()

    def restart(self) -> None:
        """Begin to measure anew, for a new attempt."""
        self._since, self._bytes = time.monotonic(), 0

    @property
    def left(self) -> float:
        """Seconds until the file must be here."""
        return max(self._end - time.monotonic(), 0.001)

    def count(self, size: int) -> None:
        """Count `size` more bytes.

        Raises
        ------
        TagledgerError
            They come too slowly, which may pass; or the time for the whole file is over.
        """
        now = time.monotonic()
        if now >= self._end:
            raise self.over()
        self._bytes += size
        took = now - self._since
        if took < self._patience.window:
            return
        if self._bytes < self._patience.slowest * took:
            speed = self._bytes / took
            raise TransientError(
                f"too slow: {speed:,.0f} bytes a second over {took:.0f} s, fewer than "
                f"{self._patience.slowest:,.0f}",
                where=self._url,
                hint=_OFFLINE,
            )
        self.restart()

    def over(self) -> TagledgerError:
        """The error of a file that took too long."""
        return TagledgerError(
            f"the file is not here after {self._whole:,.0f} s, which its size allows",
            where=self._url,
            hint=_OFFLINE,
        )


class _ShortError(TransientError, _IdentityError):
    """Fewer bytes than declared: of a download, perhaps a connection that broke off."""


class Progress:
    """A progress bar on stderr where that is a terminal; otherwise only the notes are shown."""

    def __init__(self, total: int, label: str) -> None:
        self.done = 0
        self._bar: Any = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                desc=printable(label),
                unit="B",
                unit_scale=True,
                leave=False,
                file=sys.stderr,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, size: int) -> None:
        """Count `size` more bytes, or fewer when it is negative."""
        self.done += size
        if self._bar is not None:
            self._bar.update(size)

    def note(self, text: str) -> None:
        """Say something that the user should know."""
        if self._bar is None:
            say(text, stderr=True)
        else:
            self._bar.write(printable(text), file=sys.stderr)


def from_disk(
    source: Path, target: Path, identity: FileIdentity, *, hint: str, progress: Progress
) -> None:
    """Copy the file `source` to `target` and check it.

    Raises
    ------
    TagledgerError
        The file cannot be read, or it is not what `identity` says; `hint` tells what to do then.
    """

    def chunks() -> Generator[bytes]:
        with source.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    with closing(chunks()) as stream:
        try:
            _save(stream, target, identity, origin=str(source), progress=progress)
        except _IdentityError as error:
            line = identity_line(source.name, identify(source))
            raise TagledgerError(
                error.what, where=source, hint=f"{hint}; as it is now it would be\n       {line}"
            ) from error


def from_url(
    url: str, target: Path, identity: FileIdentity, *, patience: Patience, progress: Progress
) -> None:
    """Download `url` to `target` and check it, trying again what may pass.

    Raises
    ------
    TagledgerError
        There is no driver for the URL, no such file, no answer, or not the file that `identity`
        says.
    """
    pace = Pace(url, identity.bytes, patience)

    def get() -> None:
        with closing(chunks_of(url, identity, patience, pace)) as stream:
            _save(stream, target, identity, origin=url, progress=progress)

    trying_again(get, url, pace, patience=patience, progress=progress)


def trying_again(
    get: Callable[[], None], url: str, pace: Pace, *, patience: Patience, progress: Progress
) -> None:
    """Run `get`, which downloads `url`, and run it again where what stopped it may pass.

    Raises
    ------
    TagledgerError
        What does not pass; or the last time, or the time for the file, is over.
    """
    attempt, start = 1, progress.done
    while True:
        try:
            pace.restart()
            get()
        except TransientError as error:
            if attempt >= patience.attempts:
                raise
            pause = patience.pause(attempt)
            if pause >= pace.left:
                raise pace.over() from error
            progress.advance(start - progress.done)
            progress.note(f"{url}: {error.what}; trying again in {pause:.1f} s")
            time.sleep(pause)
            attempt += 1
        else:
            return


def _save(
    chunks: Iterable[bytes],
    target: Path,
    identity: FileIdentity,
    *,
    origin: str,
    progress: Progress,
) -> None:
    """Write the chunks to `target` as long as they can be the file that `identity` says."""
    changed = "the file there has changed since it was written down: take another snapshot, or"
    hint = f"{changed} check it and enter its new size and sha256 in data/sources.yaml"
    digest, size = hashlib.sha256(), 0
    with os_errors(target), target.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > identity.bytes:
                raise _IdentityError(
                    f"the file is longer than the {identity.bytes:,} bytes it should have",
                    where=origin,
                    hint=hint,
                )
            file.write(chunk)
            digest.update(chunk)
            progress.advance(len(chunk))
    if size < identity.bytes:
        raise _ShortError(
            f"the file ends after {size:,} of the {identity.bytes:,} bytes it should have",
            where=origin,
            hint=f"run it again; if it stays so, {hint}",
        )
    if digest.hexdigest() != identity.sha256:
        raise _IdentityError(
            f"wrong sha256: expected {identity.sha256}, got {digest.hexdigest()}",
            where=origin,
            hint=hint,
        )


def chunks_of(url: str, identity: FileIdentity, patience: Patience, pace: Pace) -> Generator[bytes]:
    """The bytes of a URL, every fault of its driver turned into a `TagledgerError`."""
    scheme = urlsplit(url).scheme.lower()
    if scheme in {"http", "https"}:
        yield from _http(url, identity, patience, pace)
        return
    with _driver_errors(url, patience), _filesystem(scheme).open(url, "rb") as file:
        while chunk := file.read(CHUNK):
            pace.count(len(chunk))
            yield chunk


def _http(url: str, identity: FileIdentity, patience: Patience, pace: Pace) -> Generator[bytes]:
    """As `chunks_of`, with time-outs on each step and the proxies of the environment."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(
        total=pace.left,  # headers too may come for ever, a few bytes at a time
        connect=patience.connect,
        sock_connect=patience.connect,
        sock_read=patience.read,
    )
    client = {
        "timeout": timeout,
        "trust_env": True,
        "headers": {"Accept-Encoding": "identity"},  # the file's own bytes, to be checked
    }
    fs = _filesystem("https", client_kwargs=client)  # it closes its session when it goes
    # A known size saves the request for it; no block size means one plain stream.
    stream = {"block_size": 0, "size": max(identity.bytes, 1)}
    with _driver_errors(url, patience), fs.open(url, "rb", **stream) as file:
        while chunk := file.read(CHUNK):
            pace.count(len(chunk))
            yield chunk


def _filesystem(scheme: str, **options: object) -> Any:
    """The fsspec file system of a scheme, not shared with earlier calls."""
    import fsspec

    try:
        _refuse_more_settings(scheme, fsspec.get_filesystem_class(scheme))
        return fsspec.filesystem(scheme, skip_instance_cache=True, **options)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        raise TagledgerError(
            f"the driver for {scheme}:// is not installed: {error}",
            where="data/sources.yaml",
            hint=f"pip install 'tagledger[{extra}]'" if extra else "install the package it names",
        ) from error
    except ValueError as error:
        raise TagledgerError(
            f"no driver is known for {scheme}://",
            where="data/sources.yaml",
            hint=nearest(scheme, fsspec.available_protocols()),
        ) from error


def _refuse_more_settings(scheme: str, driver: type) -> None:
    """Refuse a driver that cannot begin with a URL alone, such as that of ftp, which wants a host.

    One that began and failed would complain once more where it is freed.
    """
    _, *wanted = inspect.signature(driver.__init__).parameters.values()  # type: ignore[misc]
    lacking = [
        one.name
        for one in wanted
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    if lacking:
        raise TagledgerError(
            f"the driver for {scheme}:// needs {', '.join(lacking)}, which cannot be given here",
            where=f"{scheme}://",
            hint="download the file by hand, and use that",
        )


@contextmanager
def _driver_errors(url: str, patience: Patience) -> Iterator[None]:
    """Turn what a driver raises into a `TagledgerError`, transient or not."""
    try:
        yield
    except _driver_faults() as error:
        raise _explained(error, url, patience) from error


def _driver_faults() -> tuple[type[Exception], ...]:
    """The exceptions that mean a fault of the source; known only once its driver is loaded."""
    loaded = [
        getattr(sys.modules[module], name)
        for module, names in _DRIVER_ERRORS.items()
        if module in sys.modules
        for name in names
    ]
    return (OSError, *loaded)


def _leads_nowhere(error: Exception) -> bool:
    """Whether a server's redirects go in a circle, or to an address that is not http or https."""
    aiohttp = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(
        error, (aiohttp.TooManyRedirects, aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL)
    )


def _explained(error: Exception, url: str, patience: Patience) -> TagledgerError:
    """What an error of a driver means to the user."""
    status = getattr(error, "status", None)
    reason = str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        what, hint = "there is no such file at the source", "check the location and the path"
    elif isinstance(error, PermissionError) or status in {401, 403}:
        what = "the source refuses access"
        hint = "give its driver your credentials (~/.netrc for https), or check the location"
    elif status in _PASSING_STATUS:
        what, hint = f"the server answered {status}", f"wait a while and run it again; {_OFFLINE}"
        return TransientError(what, where=url, hint=hint)
    elif isinstance(error, TimeoutError):
        limits = f"{patience.connect:g} s to connect, {patience.read:g} s for the next bytes"
        return TransientError(f"time-out ({limits})", where=url, hint=_OFFLINE)
    elif isinstance(error, ssl.SSLError):
        what, hint = f"no secure connection: {reason}", "check the certificates of this machine"
    elif _leads_nowhere(error):
        what, hint = f"the server sends us on without end or out of the web: {reason}", _CHECK
    elif status is None and not isinstance(error, ValueError):
        return TransientError(f"the connection failed: {reason}", where=url, hint=_OFFLINE)
    else:
        what, hint = f"the source cannot be read: {reason}", _CHECK
    return TagledgerError(what, where=url, hint=hint)
