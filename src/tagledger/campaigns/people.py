"""The names of annotators: short pseudonyms, which stay in git for ever."""

from __future__ import annotations

import hashlib
import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping

from tagledger.errors import TagledgerError
from tagledger.events.event import check_name, is_name

FOR_EVER = (
    "Names stand in each event and stay in git for ever, for all who get the repository: "
    "take pseudonyms."
)
_LONGEST = 40


def pseudonym(name: str) -> str:
    """A name that somebody gives to an annotator.

    Raises
    ------
    TagledgerError
        It is an e-mail address, or cannot be a name.
    """
    word = name.strip()
    if "@" in word:
        raise TagledgerError(
            f"{word} is an e-mail address, and the names of annotators stay in git for ever",
            hint=f"take a pseudonym, such as {_suggested(word)}; write down elsewhere who it is",
        )
    return check_name(word)


def _suggested(address: str) -> str:
    """A pseudonym for the owner of an address."""
    letters = re.sub(r"[^a-z]", "", _plain(address.partition("@")[0]))
    return f"{letters[:1] or 'a'}1"


def of_file(name: str, renamed: Mapping[str, str]) -> str:
    """The pseudonym of a person whom a file names.

    An address becomes the digest of it, so that a file never brings one into git; another name
    becomes small letters with hyphens between the words.

    Parameters
    ----------
    name
        The name as the file has it.
    renamed
        What somebody calls people of files, by their names or by their pseudonyms.
    """
    word = name.strip()
    if word in renamed:
        return renamed[word]
    default = _digest(word.lower()) if "@" in word else _slug(word)
    return renamed.get(default, default)


def mixed_up(names: Iterable[str], renamed: Mapping[str, str]) -> dict[str, list[str]]:
    """Names of a file that would be one person here, though they may be several, by pseudonym.

    Names that differ only in small and capital letters and in white space are of one person; so are
    those that `renamed` makes one by their names.
    """
    of: dict[str, dict[str, str]] = {}
    words = {name.strip() for name in names}
    silent = {of_file(word, {}) for word in words - renamed.keys()}
    # A name that is a pseudonym itself comes first: calling it otherwise calls all of them so.
    for word in sorted(words, key=lambda one: (of_file(one, {}) != one, one)):
        if word not in renamed or word in silent:
            same = " ".join(unicodedata.normalize("NFKC", word).casefold().split())
            of.setdefault(of_file(word, renamed), {}).setdefault(same, word)
    return {by: list(some.values()) for by, some in of.items() if len(some) > 1}


def call_apart(by: str, names: Iterable[str], taken: Iterable[str]) -> str:
    """The options that give each name but the first a pseudonym of its own."""
    used = set(taken)
    words = []
    for name in list(names)[1:]:
        free = (f"{by[: _LONGEST - 4]}-{number}" for number in range(2, 1000))
        new = next(one for one in free if one not in used)
        used.add(new)
        pair = f"{name}={new}"
        words.append(f"--as {shlex.quote(pair)}" if "'" in pair else f"--as '{pair}'")
    return " ".join(words)


def _slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9._]+", "-", _plain(name)).strip("-._")
    return words if is_name(words) else _digest(name)


def _plain(name: str) -> str:
    """Small letters without accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(mark for mark in letters if not unicodedata.combining(mark))


def _digest(name: str) -> str:
    return f"p-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def parse_renamed(words: tuple[str, ...]) -> dict[str, str]:
    """What `--as OLD=NEW` says: the names that people of files have here.

    Raises
    ------
    TagledgerError
        One is not of that form, a name is given twice, or the new one cannot be a name.
    """
    renamed: dict[str, str] = {}
    for word in words:
        old, equals, new = word.rpartition("=")
        if not equals or not old.strip():
            raise TagledgerError(
                f"--as {word!r} does not say who becomes whom",
                hint="write the name in the file, =, and the pseudonym: --as 'Ann Smith=ann'",
            )
        if renamed.setdefault(old.strip(), pseudonym(new)) != new.strip():
            raise TagledgerError(
                f"--as gives {old.strip()} two names", hint="give each person one name"
            )
    return renamed
