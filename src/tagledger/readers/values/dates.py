"""Columns of dates as a source has them -> instants in UTC, and where they cannot be read."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.values.columns import Column, Mask, blank, mask, plain, texts

INSTANT = pa.timestamp("us", tz="UTC")

ISO = "iso"
_ENGLISH = {"C", "POSIX", "C.UTF-8", "en_US.UTF-8", "en_GB.UTF-8"}
_ISO_8601 = (
    r"^\d{4}(-\d\d)?$|^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?$"
)
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
# Years 1 to 9999 in seconds since 1970.
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
_PER_NUMBER = {"seconds": 10**6, "milliseconds": 10**3}  # microseconds
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def instants(column: Column, date_format: str | list[str] | None = None) -> tuple[pa.Array, Mask]:
    """A column of dates: text, or Arrow's own dates and timestamps.

    Parameters
    ----------
    column
        A time without an offset is taken for UTC; finer than a microsecond is cut off.
    date_format
        How `strptime` reads the text, or `seconds` or `milliseconds` for numbers since 1970; by
        default it is ISO 8601 (the T may be a space; a year or a month is its first day). Of a list
        of them, the first that reads a date is taken; `iso` there stands for ISO 8601.

    Returns
    -------
    instants
        timestamp[us, UTC]; null where there is none or it cannot be read.
    wrong
        Where it cannot be read.

    Raises
    ------
    TagledgerError
        `date_format` has a directive that `strptime` does not know.
    """
    if not isinstance(column, list):
        column = plain(column)
        if pa.types.is_date(column.type):
            column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
        if pa.types.is_timestamp(column.type):
            return _timestamps(column)
    if isinstance(date_format, list):
        read, wrong = instants(column, date_format[0])
        for other in date_format[1:]:
            more, wrong_too = instants(column, other)
            read = pc.if_else(pa.array(wrong), more, read)
            wrong = wrong & wrong_too
        return read, wrong
    if date_format == ISO:
        date_format = None
    if date_format in _PER_NUMBER:
        return _since_1970(column, _PER_NUMBER[date_format])
    spelled, wrong = texts(column)
    spelled = pc.utf8_trim_whitespace(spelled)
    if date_format is None:
        spelled = pc.replace_substring(pc.utf8_upper(spelled), ",", ".")
        spelled = pc.replace_substring_regex(spelled, r"(\.\d{6})\d+", r"\1")
        readable = pc.match_substring_regex(spelled, _ISO_8601)
    else:
        # pandas takes words for dates, "now" for one.
        readable = pc.match_substring_regex(spelled, r"\d")
    candidates = pc.if_else(readable, spelled, pa.scalar(None, pa.string())).to_pandas()
    try:
        with _english_names():
            parsed = pd.to_datetime(
                candidates.astype("str"), format=date_format or "ISO8601", utc=True, errors="coerce"
            )
    except ValueError as error:
        raise TagledgerError(
            f"date_format {date_format!r} cannot be used: {error}",
            where="data/sources.yaml, key reading.items.date_format",
            hint="write it as Python's strptime reads it, e.g. %d/%m/%Y",
        ) from error
    read, _ = _timestamps(pa.array(parsed.dt.as_unit("us"), INSTANT))
    return read, wrong | (~blank(spelled) & ~mask(read.is_valid()))


@contextmanager
def _english_names() -> Iterator[None]:
    """Have `strptime` know English names of months and days, whatever the locale of the program.

    Python starts with the locale C, so that there is something to do only where a program set
    another one.
    """
    before = locale.setlocale(locale.LC_TIME)
    if before in _ENGLISH:
        yield
        return
    locale.setlocale(locale.LC_TIME, "C")
    try:
        yield
    finally:
        locale.setlocale(locale.LC_TIME, before)


def _since_1970(column: Column, microseconds: int) -> tuple[pa.Array, Mask]:
    """Numbers, or text that spells them, of so many microseconds each, as `instants` gives them."""
    numbers, wrong = _numbers(column)
    per_second = 10**6 // microseconds
    given = ~np.isnan(numbers)
    within = numbers >= _FIRST_SECOND * per_second
    within &= numbers < (_LAST_SECOND + 1) * per_second
    # Each whole number within these years is exact in 64 bits; a fraction is not, and is rounded.
    whole = np.floor(np.where(within, numbers, 0))
    fraction = np.rint((np.where(within, numbers, 0) - whole) * microseconds)
    ticks = whole.astype(np.int64) * microseconds + fraction.astype(np.int64)
    return pa.array(ticks, pa.int64(), mask=~within).cast(INSTANT), wrong | (given & ~within)


def _numbers(column: Column) -> tuple[NDArray[np.float64], Mask]:
    """A column of numbers, NaN where there is none, and where a value is no number."""
    length = len(column)
    spelled, wrong = texts(column)
    if isinstance(column, list):
        number = [type(value) is int or type(value) is float for value in column]
        numbers = np.array(
            [value if is_one else np.nan for value, is_one in zip(column, number, strict=True)],
            dtype=np.float64,
        )
        wrong &= ~np.array(number, dtype=np.bool_)
    else:
        numbers, column = np.full(length, np.nan), plain(column)
        if _is_number(column.type):
            numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            wrong = np.zeros(length, np.bool_)
    spelled = pc.utf8_trim_whitespace(spelled)
    readable = pc.match_substring_regex(spelled, _NUMBER)
    parsed = pc.if_else(readable, spelled, pa.scalar(None, pa.string())).cast(pa.float64())
    wrong |= ~blank(spelled) & ~mask(readable)
    return np.where(mask(parsed.is_valid()), parsed.fill_null(0).to_numpy(), numbers), wrong


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def outside_years(column: pa.Array, earliest: int, latest: int) -> Mask:
    """Where instants lie before the year `earliest` or after `latest`, in UTC."""
    year = pc.year(column)
    return mask(pc.or_(pc.less(year, earliest), pc.greater(year, latest)))


def beyond_years(column: pa.Array) -> Mask:
    """Where Arrow timestamps lie out of the years 1 to 9999, those of Python's datetime."""
    per_second = _PER_SECOND[column.type.unit]
    if per_second == 10**9:  # nanoseconds in 64 bits stay within these years
        return np.zeros(len(column), np.bool_)
    ticks = column.cast(pa.int64())
    early = pc.less(ticks, _FIRST_SECOND * per_second)
    return mask(pc.or_(early, pc.greater_equal(ticks, (_LAST_SECOND + 1) * per_second)))


def _timestamps(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Arrow timestamps of any unit and zone in microseconds UTC, and where out of years 1-9999."""
    beyond = beyond_years(column)
    if beyond.any():
        column = pc.if_else(beyond, pa.scalar(None, column.type), column)
    # A timestamp with a zone counts from 1970 UTC too, so that the numbers need no shift.
    return column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(INSTANT), beyond
