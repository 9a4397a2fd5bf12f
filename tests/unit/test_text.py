from __future__ import annotations

import sys
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.cleaning import text
from tagledger.cleaning.text import TagSpelling, clean_text, spell_tag, tag_key

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

# Pieces that, put together, uncover one another: half an entity, a tag within a tag.
PIECES = [
    *["&amp;", "&", "amp;", "lt;", "&lt;", "&gt;", "gt;", "&#60;", "#x3c;", "&#0;", "&nbsp;", ";"],
    *["\u037e", "<", ">", "/", "b", "p", "br", "<b>", "</p>", "<!--", "-->", "<br/>", "script"],
    *["'", '"', ' href="', "=", "a", "c++", "e", "\u0301", "\u0338", "\u00e9", "\u0958", "&NBSP;"],
    *[" ", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\x85", "\x1f", "\x00", "\x7f", "\x9b"],
    *["\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u2066", "\U000e0067", "\U000e007f"],
    *["\u06cc", "\u094d", "\U0001f468", "\ufe0f", "\U0001f3f4", "-", "_", "\u2011", "\u0130"],
    *["\u00df", "\u03a3", "\u0345", "\u1fb3", "\uff21", "\u00c5"],
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


def clean(value: str) -> str:
    return clean_text(pa.array([value]))[0].as_py()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("e\u0301", "\u00e9", id="composed"),
        pytest.param("R&amp;D", "R&D", id="named entity"),
        pytest.param("&#39;a&#x27; &#34;", "'a' \"", id="numeric entities"),
        pytest.param("&amp;amp;amp;lt;3", "<3", id="escaped many times"),
        pytest.param("&hearts;&nGt;", "\u2665\u226b\u20d2", id="html5 entities"),
        pytest.param("a&#60;b&#62;c", "ac", id="a tag that was escaped"),
        pytest.param("x<br>y", "x y", id="a block parts words"),
        pytest.param("<p class='q' id=r>One</p><P>two", "One two", id="attributes and case"),
        pytest.param("<b>bo</b>ld", "bold", id="an inline tag does not"),
        pytest.param('see <a href="x?a>b">this</a>', "see this", id="a bracket in an attribute"),
        pytest.param("a<i hidden>b", "ab", id="an attribute without a value"),
        pytest.param("one<!-- <p> two\n -->three", "onethree", id="comment"),
        pytest.param("<!DOCTYPE html><html><body>x</body>", "x", id="page"),
        pytest.param("a<script type='t'>if (a<b) {}</script >b", "a b", id="script"),
        pytest.param("<style>p {}</style>a", "a", id="style"),
        pytest.param("<<b>b>x", "x", id="a tag in a tag"),
        pytest.param(" a\t b\r\n\r\nc\u00a0d\u2003e\u3000f\u2028", "a b c d e f", id="white space"),
        pytest.param("a  b", "a b", id="two spaces"),
        pytest.param(" a", "a", id="a space before"),
        pytest.param("a ", "a", id="a space after"),
        pytest.param("a&nbsp;", "a", id="white space that was escaped"),
        pytest.param("a\x00b\x07c\x7fd\x9be", "abcde", id="control characters"),
        pytest.param("\ufeffze\u200bro\u00ad\u2060", "zero", id="invisible characters"),
        pytest.param("a\u200cb\u200dc", "abc", id="joiners that join nothing"),
        pytest.param("\U0001f468\u200d end", "\U0001f468 end", id="a joiner after the last emoji"),
        pytest.param("x\U000e0067\U000e007f", "x", id="tag characters"),
    ],
)
def test_cleans(before: str, after: str) -> None:
    assert clean(before) == after


@pytest.mark.parametrize(
    "same",
    [
        "",
        "a < b and b > c",
        "I <3 it",
        "List<int>",
        "predict the <mask> word",
        "from <source> to <title>",
        "<s> a sentence </s>",
        "a <b and c> d",
        "a <b",
        "R&D, AT&T",
        "https://example.org/?a=1&copy=2&lt=3",
        "&nothing; &#x; &;",
        "&notit;",
        "<!-- never closed",
        "\u201cquotes\u201d \u2018and\u2019 \u2013 dashes\u2026",
        "UPPER, lower; Title.",
        "\uff21\uff22\uff23\uff01",
        "\ufb01\u00b2\u2122",
        FAMILY,
        RAINBOW,
        ENGLAND,
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "\U0001f3f4\u200d\u2620\ufe0f",
    ],
    ids=ascii,
)
def test_leaves_the_rest(same: str) -> None:
    assert clean(same) == same


@given(texts)
def test_a_clean_text_stays(value: str) -> None:
    once = clean(value)
    assert clean(once) == once


@given(texts)
def test_a_clean_text_is_composed_visible_and_trimmed(value: str) -> None:
    once = clean(value)
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())
    assert not any(unicodedata.category(letter) == "Cc" for letter in once)
    assert "\u200b" not in once
    assert "&amp;" not in once


@given(texts)
def test_whatever_needs_work_is_found(value: str) -> None:
    assert clean(value) == text.until_stable(text.clean_once, value)


def test_characters_that_are_let_pass_are_clean_in_any_company() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    may_need_work = pc.match_substring_regex(pa.array(every), text.MAY_NEED_WORK).to_pylist()
    as_is = {letter for letter, found in zip(every, may_need_work, strict=True) if not found}
    decomposed = [unicodedata.decomposition(letter).split() for letter in every]
    pairs = [parts for parts in decomposed if len(parts) == 2 and parts[0][0] != "<"]
    composing = {chr(int(second, 16)) for _, second in pairs}
    assert len(as_is) > 1000
    letters = sorted(as_is)
    for some in (letters[at : at + 1000] for at in range(0, len(letters), 1000)):
        company = f"a{'a'.join(some)}a"
        assert text.clean_once(company) == company
    assert as_is & composing == set()


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_type_shape_and_missing_texts_stay(kind: pa.DataType) -> None:
    values = pa.array([" a", None, "b", "c&amp;d", None], kind)
    expected = pa.array(["a", None, "b", "c&d", None], kind)
    assert clean_text(values).equals(expected)
    assert clean_text(values.slice(1, 3)).equals(expected.slice(1, 3))
    chunks = pa.chunked_array([values.slice(0, 2), values.slice(2), values.slice(5)])
    cleaned = clean_text(chunks)
    assert cleaned.type == kind
    assert cleaned.num_chunks == chunks.num_chunks
    assert cleaned.combine_chunks().equals(expected)


def test_no_texts() -> None:
    assert clean_text(pa.array([], pa.string())).equals(pa.array([], pa.string()))
    none = pa.chunked_array([], pa.large_string())
    assert clean_text(none).equals(none)


IDENTIFIERS = [
    *("c++", "c#", ".net", "arxiv:2005.10872", "gpt-2", "3d", "r", "node.js", "\u00e9t\u00e9"),
    *(
        "-1",
        "1",
        "0",
        "+1",
        "-",
        "--",
        "_",
        "a-",
        "a",
        "a+",
        "__init__",
        "_init_",
        "--init--",
        "init",
    ),
    *("<p>", "<html>", "</p>", "a<b>c", "ac", "&amp;", "&", "r&amp;d", "&nbsp;", "p"),
    *(
        "c\u00b2",
        "c2",
        "\u2460",
        "\uff41",
        "\u22121",
        "\u03bb\u03bf\u03b3\u03bf\u03c2",
        "\U0001f1e9",
    ),
]


@pytest.mark.parametrize("tag", IDENTIFIERS, ids=ascii)
def test_a_well_spelt_tag_stays(tag: str) -> None:
    assert spell_tag(tag) == tag
    assert tag_key(tag) == tag.casefold()


def test_tags_are_identifiers_of_which_no_two_become_one() -> None:
    assert len({tag_key(tag) for tag in IDENTIFIERS}) == len(IDENTIFIERS)


@pytest.mark.parametrize(
    "spelling",
    [
        "Time Series",
        "time_series",
        " TIME - SERIES ",
        "time\u00a0series",
        "time\u2011series",
        "time__-series\n",
        "\u200b ti\u200bme\x00 series",
    ],
    ids=ascii,
)
def test_spellings_of_one_tag(spelling: str) -> None:
    assert tag_key(spelling) == spell_tag(spelling) == "time-series"


@pytest.mark.parametrize(
    ("spellings", "tag"),
    [
        (["Stra\u00dfe", "STRASSE", "strasse", "STRA\u1e9eE"], "strasse"),
        (["\ufb01nance", "finance", "FINANCE"], "finance"),
        (
            [
                "\u1f48\u03b4\u1f7b\u03c3\u03c3\u03b5\u03b9\u03b1",
                "\u1f40\u03b4\u03cd\u03c3\u03c3\u03b5\u03b9\u03b1",
            ],
            None,
        ),
        (["e\u0301t\u00e9", "\u00c9T\u00c9"], "\u00e9t\u00e9"),
        (["__Init__", "__init__ ", "\ufeff__INIT__"], "__init__"),
        (["-1", "\u20111", "- 1"], "-1"),
        (
            [
                "\u039b\u039f\u0393\u039f\u03a3",
                "\u03bb\u03bf\u03b3\u03bf\u03c2",
                "\u03bb\u03bf\u03b3\u03bf\u03c3",
            ],
            "\u03bb\u03bf\u03b3\u03bf\u03c2",
        ),
        (["\u13c3", "\uab93"], "\uab93"),
    ],
    ids=["sharp s", "ligature", "Greek", "composed", "ends", "minus", "sigma", "Cherokee"],
)
def test_what_differs_in_case_alone_has_one_key_and_one_spelling(spellings, tag) -> None:
    assert len({tag_key(one) for one in spellings}) == 1
    (found,) = {spell_tag(one) for one in spellings}
    assert tag in {None, found}


NOTHING = ["", " ", "\x00", "\u200b", "\u200d\u200c", "\ufeff \u2060", "\u3164", "\u2800", "\ufe0f"]


@pytest.mark.parametrize("rule", ["words", "exact"])
def test_a_tag_of_which_nothing_is_seen_is_empty(rule: TagSpelling) -> None:
    assert [tag_key(tag, rule) for tag in NOTHING] == [""] * len(NOTHING)
    assert [spell_tag(tag, rule) for tag in NOTHING] == [""] * len(NOTHING)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Stra\u00dfe", "Stra\u00dfe"),
        ("Time_Series", "Time_Series"),
        ("\ufb01nance", "\ufb01nance"),
        (" a \t b\n", "a b"),
        ("e\u0301", "\u00e9"),
        ("ti\u200bme", "time"),
        ("-_-", "-_-"),
    ],
    ids=ascii,
)
def test_exactly_what_can_be_seen_of_a_tag(tag: str, expected: str) -> None:
    assert tag_key(tag, "exact") == spell_tag(tag, "exact") == expected


tags = (
    st.text(
        st.sampled_from("aB1_- <>&;\u00df\u00df\ufb01\u0130\u03a3\u200b\u200d\u0301\u2011\u3164\n")
    )
    | st.text()
)


@given(tags, st.sampled_from(["words", "exact"]))
def test_a_key_and_a_spelling_stay_and_agree(tag: str, rule: TagSpelling) -> None:
    key, spelling = tag_key(tag, rule), spell_tag(tag, rule)
    assert tag_key(key, rule) == key
    assert spell_tag(spelling, rule) == spelling
    assert tag_key(spelling, rule) == key
    assert spell_tag(key, rule) == spelling
    assert bool(key) == bool(spelling)
    assert tag_key(tag) == tag_key(tag_key(tag, "exact")) or rule == "words"


@given(tags, tags)
def test_tags_have_one_spelling_just_when_they_have_one_key(one: str, other: str) -> None:
    assert (tag_key(one) == tag_key(other)) == (spell_tag(one) == spell_tag(other))
