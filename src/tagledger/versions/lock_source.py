"""The source that a dvc.lock says a version was made from: `fetch.source` of params.yaml.

As for the outputs in `tagledger.versions.dvc_lock`, hundreds of locks are read, so the source is
read off the text where it has the layout that DVC writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tagledger.documents import LOCK, PARAMS, load_yaml
from tagledger.errors import TagledgerError
from tagledger.versions.dvc_lock import as_lock_error

_STAGE, _SECTION, _KEY = "fetch", "fetch", "source"

# The stage, as far as its lines are indented; then its parameters, which dvc.yaml names one by one
# (`fetch.source`) or as a whole section.
_STAGE_LINES = re.compile(rb"\n  fetch:\n((?:    .*\n)+)")
_PARAMS_LINES = re.compile(rb"(?:^|\n)    params:\n      params\.yaml:\n((?:        .*\n)+)")
# A value that goes on in the next line, which is indented more, is left to the YAML parser.
_BY_ITSELF = rb"        fetch\.source: (.*)\n(?! {9})"
_IN_SECTION = rb"        fetch:\n(?:          .*\n)*?          source: (.*)\n(?! {11})"
_NAMED = [re.compile(rb"(?:^|\n)" + form) for form in (_BY_ITSELF, _IN_SECTION)]
# A name that YAML takes for text as it stands; but `null`, however it is written, is none.
_PLAIN = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*")
# What fetch made, as it and each stage that read it name it. As DVC writes it, or it is not seen.
_RAW = re.compile(rb"\n    - path: data/raw\n      hash: md5\n      md5: (\S+)\n")
_STAGE_ANYWHERE = re.compile(rb"""\bfetch["']?\s*:""")


@lru_cache(maxsize=1024)
def source_of(lock: bytes) -> str | None:
    """The source that a dvc.lock names; None where it names none.

    None, too, where the data is not made of it: fetch ran, and what reads its files has not since.
    A text that is no dvc.lock names none: who needs its outputs says what is wrong with it.
    """
    if _STAGE_ANYWHERE.search(lock) is None or len(set(_RAW.findall(lock))) > 1:
        return None
    stages = _STAGE_LINES.findall(lock)
    if len(stages) == 1 and (params := _PARAMS_LINES.findall(stages[0])):
        values = [value for form in _NAMED for value in form.findall(params[0])]
        if len(values) == 1 and _is_plain(values[0]):
            name: str = values[0].decode()
            return name
    return _source_as_yaml(lock)


def _is_plain(value: bytes) -> bool:
    return _PLAIN.fullmatch(value) is not None and value.lower() != b"null"


def _source_as_yaml(lock: bytes) -> str | None:
    """The source of a lock in any layout."""
    try:
        with as_lock_error(LOCK):
            node: Any = load_yaml(lock, aliases=False, as_text=True)
    except TagledgerError:
        return None
    for key in ("stages", _STAGE, "params", PARAMS.as_posix()):
        node = node.get(key) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        return None
    section = node.get(_SECTION)
    named = section.get(_KEY) if isinstance(section, Mapping) else None
    source = node.get(f"{_SECTION}.{_KEY}", named)
    return source if source and isinstance(source, str) else None
