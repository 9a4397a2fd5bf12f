"""Cleaning of texts, and the spelling of tags.

A clean text is in Unicode NFC and has no HTML entities, no HTML tags or comments, no control or
invisible characters, and no white space but single spaces between other characters. All else
stays: case, punctuation, quotes, emoji, full-width letters. Cleaning a clean text changes
nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

# Arrow finds the texts that may need work, with this pattern and in one pass; they alone go
# through Python. It must find whatever `clean_once` changes, and may find more. Beyond ASCII it
# lets pass Latin letters, dashes and quotes, symbols and emoji, which nothing composes or splits.
_AS_IS = " -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2600-\u27bf\U0001f300-\U0001faff"
MAY_NEED_WORK = rf"[^{_AS_IS}]|&#?[0-9A-Za-z]+;|<[!/A-Za-z]|  |^ | $"
# Most of them want nothing but their white space mended.
_ASCII_WORDS = re.compile(r"[ -%'-;=-~\s]*", re.ASCII)

# The elements that mark up running text. Left out are those whose names, in angle brackets, are
# everyday placeholders or tokens ("translate <source>", "</s>" at the end of a sentence): area,
# audio, data, input, label, link, main, map, meta, object, option, output, s, source, summary,
# template, time, title, var, video. Losing a word is worse than keeping a tag.
_BLOCK_NAMES = (
    "article|aside|blockquote|body|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]"
    "|head|header|hr|html|iframe|img|li|nav|noscript|ol|p|pre|script|section|style|table|tbody|td"
    "|tfoot|th|thead|tr|ul"
)
_INLINE_NAMES = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|rp|rt|ruby|samp|small"
    "|span|strike|strong|sub|sup|tt|u|wbr"
)
# An attribute without a value is taken for one only by name: "<b and c>" is a comparison.
_ATTRIBUTES = (
    r"""(?:\s+[a-z_:@][-\w:.@]*\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+)"""
    r"|\s+(?:allowfullscreen|async|defer|hidden|inert|itemscope|nowrap|reversed)\b)*"
)
_BLOCK = re.compile(
    rf"<(script|style){_ATTRIBUTES}\s*>.*?</\1\s*>|</?(?:{_BLOCK_NAMES}){_ATTRIBUTES}\s*/?>",
    re.IGNORECASE | re.DOTALL,
)
_INLINE = re.compile(
    rf"<!--.*?-->|<!doctype\b[^<>]*>|</?(?:{_INLINE_NAMES}){_ATTRIBUTES}\s*/?>",
    re.IGNORECASE | re.DOTALL,
)
# Only references that end in a semicolon: "?a=1&copy=2" is an address. However often an
# ampersand was escaped again, it is read at once.
_REFERENCE = re.compile(
    r"&(?:amp;)*((?:#[0-9]{1,10}|#x[0-9a-f]{1,8}|[a-z][0-9a-z]{0,31});)", re.IGNORECASE
)

# Control characters that are not white space; soft hyphen, zero-width and bidirectional marks,
# invisible operators, byte order mark, interlinear marks, tag characters.
_CONTROLS = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_INVISIBLE = re.compile(f"[{_CONTROLS}\u200c\u200d]")
# Zero-width joiners and non-joiners shape letters in Arabic, Indic and related scripts, and
# joiners tie emoji together; elsewhere they are debris. Tag characters spell the flags of
# England, Scotland and Wales after a black flag.
_SHAPED = "\u0600-\u109f\u1780-\u18af\ua840-\ua8ff\ufb50-\ufdff\ufe70-\ufefc\U00011000-\U00011fff"
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_DEBRIS = re.compile(
    rf"(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[{_CONTROLS}]"
    rf"|(?<![{_SHAPED}])\u200c|(?<![{_SHAPED}{_EMOJI}])\u200d|(?<=[{_EMOJI}])\u200d(?![{_EMOJI}])"
)

# Other characters without ink: fillers of scripts, variation selectors, the blank of Braille. They
# stay where they shape what is beside them; a tag that has nothing else is no tag.
_NO_INK = re.compile(
    "[\\s\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]*"
)

# U+2010 and U+2011 are the hyphen and the hyphen that does not break.
_HYPHENS = re.compile("[\u2010\u2011]")
_SEPARATORS = " _-"
_BETWEEN_WORDS = re.compile("[ _-]+")

TagSpelling = Literal["words", "exact"]

# A tag's key is asked for by each rule that looks at it, and by each step of a comparison.
_TAGS_REMEMBERED = 2**14


def clean_text(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Texts in their clean form.

    Parameters
    ----------
    texts
        Shape (items,), string or large_string; missing texts stay missing.

    Returns
    -------
    pa.Array | pa.ChunkedArray
        Of the same type and shape.

    Notes
    -----
    - Entities are decoded until none is left, however often they were escaped, and tags that
      come to light so are removed too: otherwise a second cleaning would change a text. So
      ``&lt;b&gt;`` goes; ``&lt;3`` becomes ``<3``.
    - Tags go by the name of their element: ``a < b``, ``<3``, ``List<int>`` and ``<mask>`` stay.
      A block's tag leaves a space and an inline one nothing. Comments go, and scripts and style
      sheets with their contents.
    - Zero-width joiners and non-joiners stay after a letter of a script that they shape, and
      joiners between emoji.
    """
    import pyarrow as pa

    if isinstance(texts, pa.ChunkedArray):
        return pa.chunked_array([_clean_array(chunk) for chunk in texts.chunks], type=texts.type)
    return _clean_array(texts)


@lru_cache(maxsize=_TAGS_REMEMBERED)
def tag_key(tag: str, spelling: TagSpelling = "words") -> str:
    """The form in which two spellings of a tag are the same; empty where nothing is to be seen.

    Parameters
    ----------
    tag
        A tag is an identifier: what looks like an HTML tag or entity in it is part of it, and so
        are hyphens and underscores at its ends. Invisible characters are not.
    spelling
        words: case is folded, and each run of white space, underscores and hyphens between two
        words is one hyphen. exact: whatever can be seen counts; Unicode is in NFC and white space
        is single spaces between other characters, for nobody sees a difference there.

    >>> tag_key("Time_Series "), tag_key("C++"), tag_key("STRASSE") == tag_key("Straße")
    ('time-series', 'c++', True)
    >>> tag_key("-1"), tag_key("A-"), tag_key("__init__"), tag_key("<p>")
    ('-1', 'a-', '__init__', '<p>')
    >>> tag_key(" Time_Series", "exact")
    'Time_Series'
    """
    if spelling == "exact":
        return until_stable(_visible, tag)
    return until_stable(lambda text: _hyphenate(_visible(text).casefold()), tag)


def spell_tag(tag: str, spelling: TagSpelling = "words") -> str:
    """The spelling of a tag that no taxonomy spells: its key, in the lower case of its script.

    It depends on the key alone, so that spellings of one tag have one spelling whatever other
    spellings the data has, and in whatever order.

    >>> spell_tag("Große  Sprachmodelle"), spell_tag("ΛΟΓΟΣ")
    ('grosse-sprachmodelle', 'λογος')
    """
    key = tag_key(tag, spelling)
    # Folding makes every sigma the one within words, and small Cherokee letters large ones.
    return (
        key
        if spelling == "exact"
        else key.replace("\N{GREEK SMALL LETTER SIGMA}", "\N{GREEK CAPITAL LETTER SIGMA}").lower()
    )


def _visible(tag: str) -> str:
    """A tag without invisible characters, in NFC, with single spaces between other characters."""
    tag = _composed(tag)
    return "" if _NO_INK.fullmatch(tag) else tag


def _hyphenate(tag: str) -> str:
    tag = _HYPHENS.sub("-", tag)
    words = tag.strip(_SEPARATORS)
    if not words:
        return tag.replace(" ", "")
    before, _, after = tag.partition(words)
    return before.replace(" ", "") + _BETWEEN_WORDS.sub("-", words) + after.replace(" ", "")


def _clean_array(texts: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    needs_work = pc.fill_null(pc.match_substring_regex(texts, MAY_NEED_WORK), fill_value=False)
    if not needs_work.true_count:
        return texts
    cleaned = [
        " ".join(text.split()) if _ASCII_WORDS.fullmatch(text) else until_stable(clean_once, text)
        for text in texts.filter(needs_work).to_pylist()
    ]
    return pc.replace_with_mask(texts, needs_work, pa.array(cleaned, texts.type))


def until_stable(change: Callable[[str], str], text: str) -> str:
    """Apply a change until it changes nothing: what one pass uncovers is left for the next."""
    while (changed := change(text)) != text:
        text = changed
    return text


def clean_once(text: str) -> str:
    """One pass of what `clean` does, which may uncover more to do."""
    if "&" in text:
        text = _REFERENCE.sub(_decode, text)
    if "<" in text:
        text = _INLINE.sub("", _BLOCK.sub(" ", text))
    return _composed(text)


def _composed(text: str) -> str:
    """Text without what is invisible, in NFC, with single spaces between other characters."""
    if _INVISIBLE.search(text):
        text = _DEBRIS.sub(lambda match: match[1] or "", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _decode(match: re.Match[str]) -> str:
    name = match[1]
    return html.unescape(f"&{name}") if name[0] == "#" else html5.get(name, f"&{name}")
