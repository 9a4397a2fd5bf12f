"""Columns of dates: notations, mixed columns, and what is never guessed."""

from __future__ import annotations

import datetime as dt
import locale
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.params import CleanParams
from tagledger.readers.raw import read
from tagledger.readers.values.date_notations import advice
from tagledger.readers.values.dates import instants
from tagledger.sources.reading import Reading
from tagledger.stages.clean import clean

UTC = dt.UTC
FIRST = dt.datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis wants none


def dates(texts: list[Any], date_format: str | list[str] | None = None) -> list[str | None]:
    """Each date in ISO 8601 as far as it has parts; "?" where it cannot be read."""
    found, wrong = instants(pa.array(texts, pa.string()), date_format)
    shown = []
    for one, is_wrong in zip(found.to_pylist(), wrong, strict=True):
        text = one and one.isoformat().removesuffix("+00:00").removesuffix("T00:00:00")
        shown.append("?" if is_wrong else text)
    return shown


@pytest.mark.parametrize(
    ("date_format", "text", "date"),
    [
        (None, "1988", "1988-01-01"),
        (None, "1998-05", "1998-05-01"),
        (None, "2020-13", "?"),
        (None, "NA", "?"),
        (None, "0101-01-01", "0101-01-01"),
        (None, "2016-03-25 22:59:23 +0000", "2016-03-25T22:59:23"),
        (None, "2016-03-25T22:59:23Z", "2016-03-25T22:59:23"),
        (None, "03/07/2021", "?"),
        (None, "1615000000", "?"),
        ("iso", "1998-05", "1998-05-01"),
        ("seconds", "1548381039.0", "2019-01-25T01:50:39"),
        ("milliseconds", "1548381039000", "2019-01-25T01:50:39"),
        ("%d/%b/%y %I:%M %p", "14/Jul/25 3:42 PM", "2025-07-14T15:42:00"),
        ("%d/%b/%y %I:%M %p", "1/Aug/25 12:00 AM", "2025-08-01"),
        ("%B %d, %Y", "March 3, 2021", "2021-03-03"),
        ("%d %b %Y", "3 may 2021", "2021-05-03"),
        ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36"),
        ("%Y-%m-%d %H:%M:%S %z", "2016-03-25 22:59:23 +0130", "2016-03-25T21:29:23"),
        ("%d.%m.%Y", "31.12.2023", "2023-12-31"),
        ("%d.%m.%Y", "12.31.2023", "?"),
    ],
)
def test_a_notation(date_format: str | None, text: str, date: str) -> None:
    assert dates([text, "", " "], date_format) == [date, None, None]


def test_a_list_of_notations_takes_the_first_that_reads_a_date() -> None:
    texts = ["March 3, 2021", "04.03.2021", "2021-03-05T10:00:00Z", "1615000000", "", "NA", "2021"]
    formats = ["iso", "%B %d, %Y", "%d.%m.%Y", "seconds"]
    expected = ["2021-03-03", "2021-03-04", "2021-03-05T10:00:00", "2021-03-06T03:06:40", None]
    assert dates(texts, formats) == [*expected, "?", "2021-01-01"]
    # In seconds, 2021 is half an hour after 1970.
    assert dates(["2021"], ["seconds", "iso"]) == ["1970-01-01T00:33:41"]
    assert dates(["03/07/2021"], ["%d/%m/%Y", "%m/%d/%Y"]) == ["2021-07-03"]
    assert dates(["03/17/2021"], ["%d/%m/%Y", "%m/%d/%Y"]) == ["2021-03-17"]


NOTATIONS = [
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y", "%d-%b-%Y", "%Y/%m/%d"),
    *("%d/%m/%Y %H:%M:%S", "%b %d, %Y, %I:%M %p", "%a, %d %b %Y %H:%M:%S %z", "%Y%m%d", "iso"),
]


@given(days=st.lists(st.tuples(st.sampled_from(NOTATIONS), st.datetimes(FIRST)), min_size=1))
def test_what_a_notation_writes_is_read_back(days: list[tuple[str, dt.datetime]]) -> None:
    for notation, day in days:
        minute = day.replace(second=0, microsecond=0, tzinfo=UTC)
        date = minute if "%H" in notation or "%I" in notation else minute.replace(hour=0, minute=0)
        text = date.date().isoformat() if notation == "iso" else date.strftime(notation)
        assert instants(pa.array([text]), notation)[0].to_pylist() == [date]


def test_the_names_of_months_are_english_in_any_locale() -> None:
    """Python starts with the LC_TIME of C, whatever the shell says; a program may set another."""
    german = next(filter(_is_there, ("de_DE.UTF-8", "de_DE.utf8", "de_DE")), None)
    if german is None:
        pytest.skip("there is no German locale here")
    locale.setlocale(locale.LC_TIME, german)
    try:
        found = dates(["3 May 2021", "3 Mai 2021"], "%d %b %Y")
        assert locale.setlocale(locale.LC_TIME) == german
    finally:
        locale.setlocale(locale.LC_TIME, "C")
    assert found == ["2021-05-03", "?"]


def _is_there(name: str) -> bool:
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_TIME, "C")
    return True


# ---- advice --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "date_format"),
    [
        (["25/07/2021", "03/07/2021"], "%d/%m/%Y"),
        (["03/07/2021", "07/25/2021"], "%m/%d/%Y"),
        (["14/Jul/25 3:42 PM", "2/Aug/25 11:59 PM"], "%d/%b/%y %I:%M %p"),
        (["31.12.2023"], "%d.%m.%Y"),
        (["3 May 2021", "12 June 2021"], "%d %B %Y"),
        (["1615000000", "1615000001.5"], "seconds"),
        (["1615000000000"], "milliseconds"),
        (["10/Oct/2000:13:55:36 -0700"], "%d/%b/%Y:%H:%M:%S %z"),
        (["Wed Jul 14 10:00:00 +0000 2021"], "%a %b %d %H:%M:%S %z %Y"),
        (["March 3, 2021", "04.03.2021", "NA"], ["iso", "%B %d, %Y", "%d.%m.%Y"]),
        (["2021-3-4"], "%Y-%m-%d"),
    ],
)
def test_the_notation_that_a_hint_names_reads_the_dates(
    texts: list[str], date_format: str | list[str]
) -> None:
    advised = yaml.safe_load(advice(texts).split("`")[1])
    assert advised == {"date_format": date_format}
    assert "?" not in dates([text for text in texts if text != "NA"], date_format)


@pytest.mark.parametrize(
    "texts",
    [
        ["03/07/2021"],
        ["03/07/2021", "04/05/2021"],
        ["05/05/2021", "03/07/2021"],
        ["25/07/2021", "07/25/2021", "03/07/2021"],  # both orders, in one column
        ["March 3, 2021", "03/07/2021"],
    ],
)
def test_the_order_of_day_and_month_is_never_guessed(texts: list[str]) -> None:
    said = advice(texts)
    if "03/07/2021" in said:
        assert "3 July 2021" in said
        assert "7 March 2021" in said
    assert '"%d/%m/%Y"' in said
    assert '"%m/%d/%Y"' in said
    assert "say which it is" in said


@pytest.mark.parametrize("texts", [[], ["NA"], ["now", "soon"], ["2020-13"], ["12345"]])
def test_what_is_no_date_gets_no_advice(texts: list[str]) -> None:
    assert advice(texts) == ""


def test_the_error_of_too_many_rows_names_both_readings(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,day,tags\n1,03/07/2021,sea\n2,2021-03-05,food\n")
    columns = {"id": "id", "created_on": "day"}
    reading = {"items": {"file": "a.csv", "columns": columns}, "labels": {"column": "tags"}}
    raw = read(Reading.model_validate(reading), tmp_path)
    assert raw.set_aside["reason"].tolist() == ["created_on unreadable"]
    with pytest.raises(TagledgerError, match="1 x created_on unreadable") as caught:
        clean(raw, CleanParams())
    assert "3 July 2021" in caught.value.hint
    assert "7 March 2021" in caught.value.hint
    assert "date_format" in caught.value.hint


def test_dates_of_other_kinds_get_advice_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"id": 1, "day": 1615000000, "tags": []}]')
    columns = {"id": "id", "created_on": "day"}
    reading = {"items": {"file": "a.json", "columns": columns}, "labels": {"list": "tags"}}
    raw = read(Reading.model_validate(reading), tmp_path)
    assert 'date_format: "seconds"' in raw.hint
