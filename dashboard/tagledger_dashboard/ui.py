"""What all pages show alike: text of other people, figures, tables, and states of failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec

import pandas as pd
import streamlit as st

from tagledger import versions as ledger
from tagledger.errors import TagledgerError
from tagledger.release.gates import GateResult
from tagledger.render.comparison_csv import defused
from tagledger.versions import Version
from tagledger.words import STEERING, plain, steady
from tagledger_dashboard.loading import Context, current
from tagledger_dashboard.table_columns import fitted
from tagledger_dashboard.theme import Palette, palette
from tagledger_dashboard.views.figure import Figure
from tagledger_dashboard.views.words import capital

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+-])")
_WORD_JOINER = "\u2060"
_SEARCHED_IN_BROWSER = 5_000

P = ParamSpec("P")


def escape(text: str) -> str:
    """Text of other people as Markdown that shows it as it is: no HTML, link, formula or emoji."""
    return _literal(" ".join(text.split()))


def _literal(text: str) -> str:
    # A shortcode such as a colon, a word and a colon is found after escapes are gone.
    return _SHORTCODE.sub(f":{_WORD_JOINER}", _PUNCTUATION.sub(r"\\\1", steady(text)))


def with_code(text: str) -> str:
    """Text as Markdown that shows it as it is, but for commands in backticks, which are code."""
    parts = " ".join(steady(text).split()).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(
        f"`{part}`" if place % 2 and part else _literal(part) for place, part in enumerate(parts)
    )


def colours() -> Palette:
    """The palette of the page as this person sees it."""
    return palette(st.context.theme.type)


def figure(made: Figure, *, key: str) -> None:
    """A chart under its finding."""
    st.markdown(f"**{escape(made.title)}**")
    if made.chart is not None:
        st.altair_chart(made.chart, width="stretch", key=key, alt=steady(made.title))
    if made.note:
        st.caption(escape(made.note))


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    name: str,
    columns: Mapping[str, Any] | None = None,
    height: int | None = None,
    select: bool = False,
) -> int | None:
    """A table that can be searched, sorted and downloaded.

    A large one stays on the server: the browser is sent the rows that it shows, and the search
    and the download are widgets above it.

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
        The place in `frame` of the chosen row.
    """
    size: Any = "auto" if height is None else height
    frame = printable(frame)
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
    found = _searched(frame, key)
    st.download_button(
        f"Download {len(found):,} rows as CSV",
        data=lambda: defused(_shown(found)).to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}_download",
        on_click="ignore",
    )
    st.dataframe(
        _shown(found),
        hide_index=True,
        column_config=config,
        alt=name,
        height=size,
        placeholder="",
        lazy=True if len(found) > _SEARCHED_IN_BROWSER else None,
    )
    return None


def printable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each text as `steady` has it; the same frame if no text in it steers."""
    changed: dict[str, pd.Series] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        texts = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
        is_text = pd.api.types.is_string_dtype(texts.dtype) or texts.dtype == object
        if is_text and any(map(_steers, texts)):
            changed[name] = column.astype(object).map(_steady_cell)
    return frame.assign(**changed) if changed else frame


def _steers(cell: object) -> bool:
    if isinstance(cell, list | tuple):
        return any(map(_steers, cell))
    # Most text is printable, which is quickly seen.
    return isinstance(cell, str) and not cell.isprintable() and STEERING.search(cell) is not None


def _steady_cell(cell: Any) -> Any:
    if isinstance(cell, list | tuple):
        return [_steady_cell(part) for part in cell]
    return steady(cell) if isinstance(cell, str) else cell


def _searched(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    words = st.text_input(
        f"Search {len(frame):,} rows", key=f"{key}_search", placeholder="a word of any column"
    )
    if not words:
        return frame
    hit = pd.Series(data=False, index=frame.index)
    for column in frame:
        hit |= frame[column].astype("str").str.contains(words, case=False, regex=False)
    return frame[hit]


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Lists as text: a lazily loaded table and a CSV know no lists."""
    lists = [name for name in frame if frame[name].dtype == object]
    return frame.assign(**{str(name): frame[name].map(_as_text) for name in lists})


def _as_text(cell: object) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def empty(text: str, *commands: str) -> None:
    """Say that there is nothing here, and what to do about it."""
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
    """A part of a page that is also drawn by itself, with its failures shown by `failures`.

    Streamlit shows what escapes a fragment before any `with` around its call could: what is
    caught must be caught within.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        st.fragment(by_itself(draw))(*args, **kwargs)

    return drawn


def by_itself(draw: Callable[P, None]) -> Callable[P, None]:
    """For a fragment or dialog: `draw`, with its failures shown each time that it is drawn.

    What the page has told before it is not told again within it; what it told itself is, as the
    page is not drawn with it a second time.
    """
    told = frozenset(current().failures)

    @wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        context = current()
        own = replace(context, failures=set(told))
        with failures(own):
            draw(*args, **kwargs)
        context.failures.update(own.failures)

    return guarded


@contextmanager
def failures(context: Context) -> Iterator[None]:
    """Show a failure in place of what failed, with the button that mends it; the page goes on.

    What fails in several places of a page is shown in the first of them.
    """
    try:
        yield
    except TagledgerError as error:
        versions = context.unreadable(error)
        told = {version.name for version in versions} or {str(error)}
        if told <= context.failures:
            return
        context.failures.update(told)
        failed(error)
        recorded = [version for version in versions if version.revision is not None]
        if recorded:
            _offer_rebuild(context, recorded)
        elif versions:
            st.code("dvc repro", language="sh")


def stale(context: Context) -> None:
    """Say so where what is shown of the work tree is older than what it is made from."""
    with failures(context):
        problem = context.stale()
        if problem is not None:
            text = f"{escape(capital(problem.what))}. Next: {with_code(problem.hint)}."
            st.warning(text, icon=":material/update:")


def gates(context: Context) -> Sequence[GateResult]:
    """The target's gates; where they cannot be read, none, and the page says why."""
    found: list[GateResult] = []
    with failures(context):
        found += context.gates()
    return found


def _offer_rebuild(context: Context, versions: Sequence[Version]) -> None:
    names = " and ".join(version.name for version in versions)
    st.markdown(
        escape(
            f"Rebuilding runs the pipeline of {names} again, with its own code, in a temporary "
            "folder, and proves that the data is the one on record. It changes nothing else."
        )
    )
    agreed = trusted = ledger.trusted(context.repository)
    if not trusted:
        origins = ", ".join(ledger.origins(context.repository))
        agreed = st.checkbox(
            escape(f"Run the code of {names} with my rights; it comes from, or goes to, {origins}"),
            key=f"trust_{names}",
            help="SECURITY.md says what that means. The answer is remembered in this clone.",
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
                changed = ", ".join(result.differing) or "its record"
                st.warning(
                    escape(
                        f"{result.version.name} came out different from what is on record in "
                        f"{changed}: its source or its packages have changed since"
                    )
                )
        status.update(
            label="Not rebuilt" if broken else "Rebuilt: the data is the one on record",
            state="error" if broken else "complete",
        )
    if not broken:
        st.rerun()


def _progress(line: Any, text: str) -> None:
    line.text(plain(text)[:200])
