"""What all pages share: headings, figures, tables, numbers, errors and other people's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from tagledger import versions as ledger
from tagledger.errors import TagledgerError
from tagledger.release.gates import GateResult
from tagledger.render.comparison_csv import defused
from tagledger.versions import LOCK, Version
from tagledger.words import MINUS, STEERING, capital, count, listed, plain, without_steering
from tagledger_dashboard.loading import Context, current
from tagledger_dashboard.table_columns import fitted, in_percent
from tagledger_dashboard.theme import Palette, palette
from tagledger_dashboard.views.figure import Figure
from tagledger_dashboard.views.headline import Finding
from tagledger_dashboard.views.overview import Count

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+-])")
_WORD_JOINER = "\u2060"
_SEARCHED_IN_BROWSER = 5_000
# The marks of `tagledger.words` in charts, where Vega writes the numbers.
_LOCALE = {
    "number": {
        "decimal": ".",
        "thousands": ",",
        "grouping": [3],
        "currency": ["", ""],
        "percent": " %",
        "minus": MINUS,
    }
}

P = ParamSpec("P")


def escape(text: str) -> str:
    """Other people's text as Markdown that shows it literally: no HTML, link, formula or emoji."""
    return _literal(" ".join(text.split()))


def _literal(text: str) -> str:
    # Streamlit looks for shortcodes, such as :smile:, after it has removed the escapes.
    return _SHORTCODE.sub(f":{_WORD_JOINER}", _PUNCTUATION.sub(r"\\\1", without_steering(text)))


def with_code(text: str) -> str:
    """Text as Markdown that shows it literally, except for commands in backticks."""
    parts = " ".join(without_steering(text).split()).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(
        f"`{part}`" if position % 2 and part else _literal(part)
        for position, part in enumerate(parts)
    )


def colours() -> Palette:
    """The palette of the mode, light or dark, in which this person sees the page."""
    return palette(st.context.theme.type)


def heading(question: str, measure: str = "") -> None:
    """Draw the heading of a part of a page.

    Parameters
    ----------
    question
        What the part shows, as a question or a noun phrase.
    measure
        The measure that answers it, in small print: its name, and what it means.
    """
    st.subheader(question)
    if measure:
        st.caption(measure)


def figure(shown: Figure, *, key: str) -> None:
    """Draw a chart under its finding; its numbers have the form of `tagledger.words`."""
    st.markdown(f"**{escape(shown.title)}**")
    if shown.chart is not None:
        st.altair_chart(
            shown.chart.configure(locale=_LOCALE),
            width="stretch",
            key=key,
            alt=without_steering(shown.title),
        )
    if shown.note:
        st.caption(escape(shown.note))


def finding(context: Context, one: Finding) -> str:
    """A finding as Markdown, with a link to the page that has its rows."""
    text = escape(capital(one.text))
    if one.page is None or one.page == "overview":
        return text
    # Relative, for servers behind a path of their own.
    return f"{text} · [show]({one.page}?{urlencode(context.choice.to_params())})"


def metrics(counts: Iterable[Count]) -> None:
    """Draw numbers with their changes, side by side."""
    with st.container(horizontal=True):
        for one in counts:
            fell, rose = one.change.startswith(MINUS), one.change.startswith("+")
            # Streamlit knows an ASCII minus only: the colour and the arrow are chosen here.
            better = fell if one.colour == "inverse" else rose
            plain_colour = one.colour == "off" or not (fell or rose)
            st.metric(
                one.name,
                one.value,
                one.change or None,
                delta_color="gray" if plain_colour else "green" if better else "red",
                delta_arrow="off" if plain_colour else "down" if fell else "up",
                help=one.meaning,
                border=True,
            )


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    name: str,
    columns: Mapping[str, Any] | None = None,
    height: int | None = None,
    select: bool = False,
) -> int | None:
    """Draw a table that people can search, sort and download.

    A large table stays on the server: the browser gets only the rows that it shows, and search and
    download are widgets above the table.

    Parameters
    ----------
    frame
        What to show, the most important rows first.
    key
        A name that no other widget of the page has.
    name
        The file's name when it is downloaded, and the table's for screen readers.
    columns
        Streamlit's column configuration.
    height
        In pixels; by default what the rows need, up to ten of them.
    select
        Whether a row can be chosen.

    Returns
    -------
    int or None
        The number of the chosen row in `frame`, from 0; None where none is chosen.
    """
    size: Any = "auto" if height is None else height
    frame = in_percent(printable(frame), columns or {})
    config = None if columns is None else fitted(columns, frame)
    if len(frame) <= _SEARCHED_IN_BROWSER:
        options: dict[str, Any] = {"on_select": "rerun", "selection_mode": "single-row"}
        event: Any = st.dataframe(
            frame,
            hide_index=True,
            column_config=config,
            key=key,
            alt=name,
            height=size,
            placeholder="",
            lazy=False,
            **(options if select else {}),
        )
        rows = event.selection.rows if select else []
        return int(rows[0]) if rows and rows[0] < len(frame) else None
    rows_found = _searched(frame, key)
    st.download_button(
        f"Download {count(len(rows_found), 'row')} as CSV",
        data=lambda: defused(_with_lists_as_text(rows_found)).to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}_download",
        on_click="ignore",
    )
    st.dataframe(
        _with_lists_as_text(rows_found),
        hide_index=True,
        column_config=config,
        alt=name,
        height=size,
        placeholder="",
        lazy=True if len(rows_found) > _SEARCHED_IN_BROWSER else None,
    )
    return None


def printable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with no text that steers; the same frame if there is none."""
    changed: dict[str, pd.Series] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        texts = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
        is_text = pd.api.types.is_string_dtype(texts.dtype) or texts.dtype == object
        if is_text and any(map(_steers, texts)):
            changed[name] = column.astype(object).map(_cell_without_steering)
    return frame.assign(**changed) if changed else frame


def _steers(cell: object) -> bool:
    if isinstance(cell, list | tuple):
        return any(map(_steers, cell))
    # Most text is printable, which is quickly seen.
    return isinstance(cell, str) and not cell.isprintable() and STEERING.search(cell) is not None


def _cell_without_steering(cell: Any) -> Any:
    if isinstance(cell, list | tuple):
        return [_cell_without_steering(part) for part in cell]
    return without_steering(cell) if isinstance(cell, str) else cell


def _searched(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    text = st.text_input(
        f"Search {count(len(frame), 'row')}",
        key=f"{key}_search",
        placeholder="part of a word in any column",
    )
    if not text:
        return frame
    matches = pd.Series(data=False, index=frame.index)
    for column in frame:
        matches |= frame[column].astype("str").str.contains(text, case=False, regex=False)
    return frame[matches]


def _with_lists_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each list as text: a lazily loaded table and a CSV file cannot have lists."""
    lists = [name for name in frame if frame[name].dtype == object]
    return frame.assign(**{str(name): frame[name].map(_as_text) for name in lists})


def _as_text(cell: object) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def empty(text: str, *commands: str) -> None:
    """Say that there is nothing to show, and what to do about it."""
    st.info(escape(text), icon=":material/info:")
    if commands:
        st.code("\n".join(commands), language="sh")


def failed(error: TagledgerError) -> None:
    """Say what went wrong, where, and what to do next."""
    parts = [f"**{escape(capital(error.what).replace('`', ''))}**"]
    if error.where:
        parts.append(f"Where: {escape(error.where)}")
    parts.append(f"Next: {with_code(error.hint)}")
    st.error("\n\n".join(parts), icon=":material/error:")


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """Make a part of a page that Streamlit can draw again alone, with its errors shown.

    Streamlit shows an error that leaves a fragment before a `with` around the call could catch it,
    so the error must be caught inside.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        st.fragment(by_itself(draw))(*args, **kwargs)

    return drawn


def by_itself(draw: Callable[P, None]) -> Callable[P, None]:
    """`draw` for a fragment or a dialog, with its errors shown each time that it is drawn.

    An error that the page showed above is not shown again here. An error that the fragment itself
    showed is shown again when the fragment is drawn alone, because the page above is not redrawn.
    """
    shown_above = frozenset(current().failures)

    @wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        context = current()
        own = replace(context, failures=set(shown_above))
        with failures(own):
            draw(*args, **kwargs)
        context.failures.update(own.failures)

    return guarded


@contextmanager
def failures(context: Context) -> Iterator[None]:
    """Show an error in place of the part that failed, with a button to mend it; the page goes on.

    An error that several parts of a page have is shown in the first of them only.
    """
    try:
        yield
    except TagledgerError as error:
        versions = context.unreadable(error)
        subjects = {version.name for version in versions} or {str(error)}
        if subjects <= context.failures:
            return
        context.failures.update(subjects)
        failed(error)
        recorded = [version for version in versions if version.revision is not None]
        if recorded:
            _offer_rebuild(context, recorded)
        elif versions:
            st.code("dvc repro", language="sh")


def lineage(context: Context) -> None:
    """Say where the source that the charts of all versions follow begins, and what is left out."""
    if line := context.followed.line():
        st.caption(f"{escape(line)}. Choose one of them on the left to see it, too.")


def stale(context: Context) -> None:
    """Warn if the workspace is shown and its data is stale."""
    with failures(context):
        problem = context.stale()
        if problem is not None:
            text = f"{escape(capital(problem.what))}. Next: {with_code(problem.hint)}."
            st.warning(text, icon=":material/update:")


def gates(context: Context) -> Sequence[GateResult]:
    """The target's gates; none where they cannot be read, and then the page shows the error."""
    results: list[GateResult] = []
    with failures(context):
        results += context.gates()
    return results


def _offer_rebuild(context: Context, versions: Sequence[Version]) -> None:
    names = listed([version.name for version in versions])
    st.markdown(
        escape(
            f"A rebuild runs the pipeline of {names} again with its own code, in a temporary "
            "folder, and proves that the data is the same as before. It changes nothing else."
        )
    )
    agreed = trusted = ledger.trusted(context.repository)
    if not trusted:
        origins = ", ".join(ledger.origins(context.repository))
        agreed = st.checkbox(
            escape(
                f"Run the code of {names} with my rights. This repository has remotes: {origins}"
            ),
            key=f"trust_{names}",
            help="SECURITY.md says what that means. This clone remembers the answer.",
        )
    label = f"Rebuild {escape(names)}"
    if not st.button(label, type="primary", key=f"rebuild_{names}", disabled=not agreed):
        return
    if not trusted:
        ledger.trust(context.repository)
    with st.status(f"Rebuilding {escape(names)} …", expanded=True) as status:
        line = st.empty()
        results = ledger.rebuild(
            context.repository, versions, progress=lambda text: _progress(line, text)
        )
        broken = [result for result in results if not result.identical]
        for result in broken:
            if result.problem is not None:
                failed(result.problem)
            else:
                changed = ", ".join(result.differing) or LOCK
                st.warning(
                    escape(
                        f"The rebuild of {result.version.name} is not the same as before: "
                        f"{changed} differs. Its source or its packages have changed since."
                    )
                )
        status.update(
            label="Not rebuilt" if broken else "Rebuilt: the data is the same as before",
            state="error" if broken else "complete",
        )
    if not broken:
        st.rerun()


def _progress(line: Any, text: str) -> None:
    line.text(plain(text)[:200])
