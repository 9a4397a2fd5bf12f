"""Mutated settings: the loader refuses them in words, or the stage does what they say.

Each seed is one text. What was accepted is held against the text as a reader without types has it.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pandas as pd
import pytest
import yaml

from tagledger.errors import TagledgerError
from tagledger.params import SECTIONS, CleanParams, FilterParams, SplitParams, load
from tagledger.readers.raw import read_raw
from tagledger.release.gates import load_gates
from tagledger.sources.catalogue import load_catalogue
from tagledger.stages.clean import Cleaned, clean
from tagledger.stages.fetch import fetch
from tagledger.stages.filter import filter_labels
from tagledger.stages.split import divide
from tagledger.versions.dvc_lock import read_outputs, read_stages
from tagledger.versions.releases import Record, read_records, with_record
from tagledger.versions.version import data_of, id_of
from tests.dashboard import story
from tests.dashboard.ledger import Ledger, State
from tests.hostile.mutations import mutate

QUICK, LONG, CHUNK = 100, 10_000, 500
SECONDS = 10.0  # of the processor's time for one mutation
CHUNKS = [
    pytest.param(0, QUICK, id=f"the-first-{QUICK}"),
    *(
        pytest.param(start, min(start + CHUNK, LONG), id=f"from-{start}", marks=pytest.mark.long)
        for start in range(QUICK, LONG, CHUNK)
    ),
]

PARAMS = b"""\
fetch:
  source: mine
  snapshot: "1"
clean:
  tag_spelling: words # or exact
  resolve_aliases: false
  duplicate_ids: union
  parents: keep
  near_duplicate_similarity: 0.7
  max_quarantined: 0.5
  earliest_year: 1900
  latest_year: 2099
filter:
  include: [nlp, cv, audio]
  exclude:
    - python
    - r
  min_tag_count: 2
split:
  ratios: { train: 0.5, val: 0.25, test: 0.25 }
  seed: 7
  base: null
  cover: false
  folds: 2
gates:
  max_labels_changed: 0.2
  min_tag_count: 2
  drift: { alpha: 0.05, effect: 0.2 }
  max_train_to_test: 0
"""
SOURCES = b"""\
sources:
  mine:
    description: Somebody's own data
    licence: MIT
    reading:
      items:
        file: items.csv
        columns: {id: id, created_on: day, title: title, description: text}
        date_format: "%Y-%m-%d"
      labels: {delimited: tags, separator: "|"}
    snapshots:
      "1":
        location: mine
        files:
          items.csv:
            bytes: BYTES
            sha256: SHA256
          more.csv: {bytes: BYTES, sha256: SHA256}
      "2":
        location: mine
        files: {items.csv: {bytes: BYTES, sha256: SHA256}}
        reading: &other
          items: {file: items.csv, columns: {id: id, title: title}, id_type: string}
          labels: {file: items.csv, id: id, tag: title}
      2024:
        location: mine
        files: {items.csv: {bytes: BYTES, sha256: SHA256}}
        reading: *other
"""
ITEMS = b"id,day,title,text,tags\n" + b"".join(
    b"%d,2024-01-%02d,title %d,words of %d,%s\n" % (n, n, n, n, tags)
    for n, tags in enumerate([b"nlp|cv", b"nlp", b"cv", b"", b"audio|nlp", b"r"], 1)
)
RELEASES = b"""\
- name: v1.0.0
  data: 5cd9372459394c3e6f3d73a2b9a52706
  date: 2026-11-22
  summary: The first version.
- name: v2.0.0
  data: e60c111b87652268842198a4dfdc26d9
  date: 2026-11-22
  summary: >-
    The second one, which
    takes two lines.
"""
NEW = Record("v9.9.9", "0" * 32, pd.Timestamp("2027-01-01").date(), "The next one")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what takes longer on the processor, however much else the machine does."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class Bench:
    """Where mutated settings are loaded and used."""

    def __init__(self, folder: Path) -> None:
        ledger = Ledger(folder / "ledger")
        ledger.build(State(story.first(), story.FIRST))
        self.folder = folder
        self.raw = ledger.root / "data" / "raw"
        self.lock = (ledger.root / "dvc.lock").read_bytes()
        self.pipeline = (ledger.root / "dvc.yaml").read_bytes()
        (folder / "mine").mkdir()
        for name in ("items.csv", "more.csv"):
            (folder / "mine" / name).write_bytes(ITEMS)
        digest = hashlib.sha256(ITEMS).hexdigest().encode()
        self.sources = SOURCES.replace(b"BYTES", b"%d" % len(ITEMS)).replace(b"SHA256", digest)
        self.kinds: dict[str, tuple[bytes, Callable[[bytes], bool]]] = {
            "params.yaml": (PARAMS, self.params),
            "sources.yaml": (self.sources, self.catalogue),
            "dvc.lock": (self.lock, self.read_lock),
            "releases.yaml": (RELEASES, self.records),
        }

    # Each gives whether anything was accepted, and raises nothing but for a fault of ours.

    def params(self, text: bytes) -> bool:
        path = self.folder / "params.yaml"
        path.write_bytes(text)
        accepted = 0
        for section in SECTIONS:
            with refused_in_words() as one:
                settings = load(section, path)
                one.accepted = True
                means_what_it_says(text, section.SECTION, asdict(settings))  # type: ignore[call-overload]
                self.use(settings)
            accepted += one.accepted
        with refused_in_words() as one:
            load_gates(path)
        return accepted > 0

    def use(self, settings: Any) -> None:
        if isinstance(settings, CleanParams):
            self.cleaned(settings)
        elif isinstance(settings, FilterParams):
            self.filtered(repr(settings), settings)
        elif isinstance(settings, SplitParams):
            self.divided(repr(settings), settings)

    @cache  # noqa: B019 - it lives as long as the tests
    def cleaned(self, settings: CleanParams) -> Cleaned:
        return clean(read_raw(self.raw, settings.years), settings)

    @property
    def tables(self) -> Cleaned:
        return self.cleaned(CleanParams(max_quarantined=0.5))

    def filtered(self, key: str, settings: FilterParams) -> None:
        made = filter_labels(self.tables.labels, self.tables.taxonomy, settings)
        kept = made.tags[made.tags["decision"] == "kept"]
        assert (kept["count"] >= settings.min_tag_count).all()
        assert not set(kept["tag"]) & set(settings.exclude)

    def divided(self, key: str, settings: SplitParams) -> None:
        labels = filter_labels(
            self.tables.labels, self.tables.taxonomy, FilterParams(min_tag_count=2)
        ).labels
        made = divide(self.tables.items, labels, settings)
        assert list(made.splits) == list(settings.ratios)
        assert sum(map(len, made.splits.values())) == labels["id"].nunique()
        assert ("fold" in made.assignments) == (settings.folds is not None)

    def catalogue(self, text: bytes) -> bool:
        path, out = self.folder / "sources.yaml", self.folder / "out" / "raw"
        path.write_bytes(text)
        with refused_in_words() as one:
            found = load_catalogue(path, root=self.folder)
            one.accepted = True
            written = untyped(text)
            for name, source in found.sources.items():
                assert not written or name in written["sources"], name
                for snapshot in source.snapshots:
                    assert not written or snapshot in written["sources"][name]["snapshots"]
                    with refused_in_words():
                        fetch(found, name, snapshot, root=self.folder, out=out)
                        inside = {file.name for file in out.iterdir() if file.is_file()}
                        assert "provenance.json" in inside
                        clean(read_raw(out, (1900, 2099)), CleanParams(max_quarantined=1))
                    shutil.rmtree(out, ignore_errors=True)
        return one.accepted

    def read_lock(self, text: bytes) -> bool:
        with refused_in_words() as one:
            outputs = read_outputs(text, self.pipeline, "dvc.lock")
            one.accepted = True
            id_of(data_of(outputs))
            # Outputs are read off the text where it has DVC's layout, whatever stands between them.
            for out in outputs.values():
                for word in (out.path, out.md5, *([] if out.size is None else [str(out.size)])):
                    assert re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", readable(text)), out
        with refused_in_words():
            read_stages(text, "dvc.lock")
        with refused_in_words():
            read_outputs(self.lock, text, "dvc.lock")
        return one.accepted

    def records(self, text: bytes) -> bool:
        path = self.folder / "releases.yaml"
        with refused_in_words() as one:
            found = read_records(text, path)
            one.accepted = True
            written = untyped(text) or []
            if written:
                assert [record.name for record in found] == [entry["name"] for entry in written]
            for record, entry in zip(found, written, strict=False):
                said = record.data, record.date.isoformat(), record.summary
                assert said == (entry["data"], entry["date"], entry["summary"].strip())
            with refused_in_words():
                again = read_records(with_record(text, NEW, path), path)
                assert [(one.name, one.data) for one in again] == [
                    (one.name, one.data) for one in (*found, NEW)
                ]
        return one.accepted


class Outcome:
    accepted = False


@contextmanager
def refused_in_words() -> Iterator[Outcome]:
    """Let a `TagledgerError` pass that people can use; everything else is a fault."""
    outcome = Outcome()
    try:
        yield outcome
    except TagledgerError as error:
        if not error.what or not error.hint or len(str(error)) > 100_000:
            raise AssertionError("nobody can use this") from error


def readable(text: bytes) -> str:
    codec = "utf-16" if text[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return text.decode(codec, "replace")


def untyped(text: bytes) -> Any:
    """The document with every value as the text that stands there."""
    found = yaml.load(text, Loader=yaml.CBaseLoader)
    return None if b"<<" in text or b"!!" in text else found


_WORDS = {
    True: {"true", "yes", "on"},
    False: {"false", "no", "off"},
    None: {"", "~", "null"},
}


def means_what_it_says(text: bytes, name: str, settings: Mapping[str, Any]) -> None:
    """Each parameter is the number or the word that stands there."""
    document = untyped(text)
    if document is None:
        return
    section = document.get(name) or {}
    if section in ("~", "null", "Null", "NULL"):
        return
    for key, value in settings.items():
        if key in section:
            assert says(section[key], value), (key, section[key], value)


def says(written: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return set(written) == set(value) and all(says(written[key], value[key]) for key in value)
    if isinstance(value, list):
        return len(written) == len(value) and all(map(says, written, value))
    if isinstance(value, bool) or value is None:
        return written.lower() in _WORDS[value]
    if isinstance(value, int):
        return re.fullmatch(r"[-+]?(0|[1-9]\d*)", written) is not None and int(written) == value
    if isinstance(value, float):
        number = float(written.replace(".nan", "nan").replace(".inf", "inf"))
        return "_" not in written and (number == value or math.isnan(number) == math.isnan(value))
    return bool(written == value)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("kind", ["params.yaml", "sources.yaml", "dvc.lock", "releases.yaml"])
def test_unchanged_settings_are_accepted(bench: Bench, kind: str) -> None:
    text, use = bench.kinds[kind]
    assert use(text)


@pytest.mark.parametrize(("start", "stop"), CHUNKS)
def test_mutated_settings_are_refused_in_words_or_mean_what_they_say(
    bench: Bench, start: int, stop: int
) -> None:
    kinds = ["params.yaml", "params.yaml", "sources.yaml", "dvc.lock", "releases.yaml"]
    accepted, failures = 0, []
    for seed in range(start, stop):
        kind = kinds[seed % len(kinds)]
        text, use = bench.kinds[kind]
        mutated = mutate(text, random.Random(seed))
        try:
            with within(SECONDS):
                accepted += use(mutated)
        except Exception as error:  # noqa: BLE001 - every other one is a finding, with its seed
            failures.append(f"seed {seed}, {kind}: {type(error).__name__}: {error}"[:600])
    assert not failures, "\n".join(failures[:20])
    assert 0.1 < accepted / (stop - start) < 0.9, "mutations are too wild, or too tame"
