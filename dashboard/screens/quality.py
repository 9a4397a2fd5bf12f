"""Quality: which checks hold, what was set aside and why, which items are the same."""

from __future__ import annotations

import streamlit as st

from dashboard import columns, sources, state, ui
from dashboard.views import checks, quality

context, palette = sources.current(), ui.colours()
ordered = state.chronological(context.versions)
reports = dict(
    zip([one.name for one in ordered], context.report(sources.QUALITY, ordered), strict=True)
)
base, target = context.base, context.target

st.subheader("Schema checks")
ui.figure(checks.glance(list(reports), list(reports.values()), palette), key="glance")
again = st.toggle(
    f"Check {ui.escape(target.name)} again by today's schemas",
    key="again",
    help="The table below has what was found when the version was made; schemas may have grown.",
)
with ui.failures(context):
    fresh = context.recheck(target) if again else None
    found = checks.from_results(fresh.checks) if fresh else reports[target.name]
    if found is None:
        ui.empty("git has no record of this version's checks. Check it again to see them.")
    else:
        shown = checks.beside(found, reports[base.name])
        ui.table(shown, key="checks", name="checks", columns=columns.CHECKS)
    if fresh is not None and len(fresh.failures):
        st.markdown(f"**{len(fresh.failures):,} values fail a check of today**")
        ui.table(fresh.failures, key="failures", name="failures", columns=columns.FAILURES)
    elif fresh is not None:
        st.success("Every value of every table passes today's checks.", icon=":material/check:")

with ui.failures(context):
    now, before = context.dataset(target), context.dataset(base)
    st.subheader("Rows set aside")
    (metrics,) = context.report(sources.METRICS, [target])
    rows = metrics["rows"] if metrics else 0
    with sources.reading(target), sources.reading(base):
        ui.figure(quality.quarantine(before.quarantine, now.quarantine, rows, palette), key="aside")
    if len(now.quarantine):
        aside = now.quarantine[["reason", "file", "row", "id", "record"]]
        row = ui.table(aside, key="rows", name="set-aside", columns=columns.QUARANTINE, select=True)
        st.caption("Choose a row to see its whole record.")
        if row is not None:
            st.code(quality.record(aside["record"].iloc[row]), language=None)

    st.subheader("Items of nearly the same text")
    groups = context.groups()
    st.markdown(f"**{ui.escape(quality.groups_finding(groups, len(now.items)))}**")
    if len(groups):
        row = ui.table(groups, key="groups", name="groups", columns=columns.GROUPS, select=True)
        st.caption("Choose a group to see its items.")
        if row is not None:
            same = quality.members(groups["group"].iloc[row], now.items, now.clean_labels)
            ui.table(same, key="same", name="group", columns=columns.MEMBERS)
