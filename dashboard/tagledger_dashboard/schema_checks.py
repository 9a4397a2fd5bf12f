"""Schema checks: every one by stage and version, and every value that fails one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from tagledger.reports import QUALITY
from tagledger_dashboard import records, state, table_columns, ui
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import checks, failing
from tagledger_dashboard.views.checks import Quality
from tagledger_dashboard.views.failing import Stopped, Values
from tagledger_dashboard.views.recheck import Recheck


def show(context: Context) -> None:
    """Draw the checks of all versions, those of the chosen ones in full, and what fails them."""
    ordered = state.chronological(context.versions)
    names = [one.name for one in ordered]
    found = context.report(QUALITY, ordered)
    reports: dict[str, Quality | None] = dict(zip(names, found, strict=True))
    stopped = tell_stopped(context)
    ui.figure(checks.glance(names, found, ui.colours(), context.target.name), key="glance")
    again = st.toggle(
        "Check these versions again by today's schemas",
        key="again",
        help="Below is what was found when a version was made; schemas may have grown since.",
    )
    chosen = list(dict.fromkeys((context.target, context.base)))
    fresh: dict[str, Recheck] = {}
    if again:
        for version in chosen:
            with ui.failures(context):
                fresh[version.name] = context.recheck(version)
    reports |= {name: checks.from_results(one.checks) for name, one in fresh.items()}
    now, before = reports[context.target.name], reports[context.base.name]
    if now is None and before is None:
        ui.empty("git has no record of these versions' checks. Check them again to see them.")
    else:
        ui.table(
            checks.beside(now, before), key="checks", name="checks", columns=table_columns.CHECKS
        )
    with ui.failures(context):
        _show_values(_lists(context, reports, fresh), stopped, " of today's schemas" * bool(fresh))
        if any(reports[one.name] is None for one in chosen):
            st.caption("git has not the checks of both versions on record: check again above.")


def tell_stopped(context: Context) -> Stopped | None:
    """Say so where a check stopped the last build in the folder; what stopped it, now or once."""
    stopped = records.stopped(context.repository)
    if stopped is not None and not stopped.mended:
        st.error(ui.with_code(failing.sentence(stopped)), icon=":material/error:")
    return stopped


def _lists(
    context: Context, reports: Mapping[str, Quality | None], fresh: Mapping[str, Recheck]
) -> dict[str, Values]:
    """By chosen version, the values that fail: found now, or listed or put on record then."""
    kept = records.failures(context)
    lists = {}
    for version in dict.fromkeys((context.target.name, context.base.name)):
        report = reports[version]
        if version in fresh:
            lists[version] = Values.all(fresh[version].failures)
        elif version in kept:
            lists[version] = Values.all(kept[version])
        elif report is not None:
            lists[version] = failing.on_record(report)
    return lists


def _show_values(lists: dict[str, Values], stopped: Stopped | None, whose: str) -> None:
    st.subheader("Values that fail a check")
    if stopped is not None and not stopped.mended:
        lists = {failing.STOPPED: Values.all(stopped.rows)} | lists
    rows, told = failing.together(lists), failing.finding(lists)
    if len(rows):
        st.markdown(f"**{ui.escape(told)}**")
        ui.table(rows, key="failures", name="failures", columns=table_columns.FAILURES)
        if any(one.total > len(one.rows) for one in lists.values()):
            st.caption("On record are the first five of each check: check again above to see all.")
    elif told:
        st.success(ui.escape(f"{told}{whose}."), icon=":material/check:")
    if stopped is not None and stopped.mended:
        with st.expander(ui.escape(failing.sentence(stopped))):
            past = failing.together({failing.STOPPED: Values.all(stopped.rows)})
            past = past.drop(columns="version")
            ui.table(past, key="past", name="failures-then", columns=table_columns.FAILURES)
