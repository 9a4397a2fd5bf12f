"""Schema checks: every check by table and version, and every value that fails one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from tagledger.reports import QUALITY
from tagledger.words import listed
from tagledger_dashboard import table_columns, ui, version_facts
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import checks, failing
from tagledger_dashboard.views.checks import Quality
from tagledger_dashboard.views.failing import Stopped, Values
from tagledger_dashboard.views.recheck import Recheck


def show(context: Context) -> None:
    """Draw the checks of all versions, the checks of the chosen versions, and what fails them."""
    ordered = context.shown
    names = [one.name for one in ordered]
    recorded = context.report(QUALITY, ordered)
    reports: dict[str, Quality | None] = dict(zip(names, recorded, strict=True))
    stopped = warn_if_stopped(context)
    ui.figure(checks.glance(names, recorded, ui.colours(), context.target.name), key="glance")
    ui.lineage(context)
    again = st.toggle(
        "Check the two versions again with the current schemas",
        key="again",
        help="The table shows the results from the build of each version. The schemas may have "
        "more checks now. Checks of your own, in schemas/, run on the workspace alone.",
    )
    chosen = list(dict.fromkeys((context.target, context.base)))
    fresh: dict[str, Recheck] = {}
    if again:
        for version in chosen:
            with ui.failures(context):
                fresh[version.name] = context.recheck(version)
        if not_run := context.not_run(chosen):
            st.caption(
                ui.with_code(
                    f"The checks of {listed(not_run)} are not run: they are code, and this "
                    "repository has a remote elsewhere. If you trust it, `tagledger check --yes` "
                    "agrees to run them."
                )
            )
    reports |= {name: checks.from_results(one.checks) for name, one in fresh.items()}
    now, before = reports[context.target.name], reports[context.base.name]
    if now is None and before is None:
        ui.empty("git has no check results of these versions. Check them again to see results.")
    else:
        ui.table(
            checks.beside(now, before), key="checks", name="checks", columns=table_columns.CHECKS
        )
    with ui.failures(context):
        _show_values(
            _lists(context, reports, fresh), stopped, " of the current schemas" * bool(fresh)
        )
        if any(reports[one.name] is None for one in chosen):
            st.caption("git has the check results of one version only. Check again to see both.")


def warn_if_stopped(context: Context) -> Stopped | None:
    """Warn if a check stopped the last build in this folder; return the failures, if any."""
    stopped = version_facts.stopped(context.repository)
    if stopped is not None and not stopped.mended:
        st.error(ui.with_code(failing.sentence(stopped)), icon=":material/error:")
    return stopped


def _lists(
    context: Context, reports: Mapping[str, Quality | None], fresh: Mapping[str, Recheck]
) -> dict[str, Values]:
    """The values that fail, by chosen version: checked again, or else as on record."""
    kept = version_facts.failures(context)
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
    ui.heading("Which values fail a check?")
    if stopped is not None and not stopped.mended:
        lists = {failing.STOPPED: Values.all(stopped.rows)} | lists
    rows, finding = failing.together(lists), failing.finding(lists)
    if len(rows):
        st.markdown(f"**{ui.escape(finding)}**")
        ui.table(rows, key="failures", name="failures", columns=table_columns.FAILURES)
        if any(one.total > len(one.rows) for one in lists.values()):
            st.caption("These are the first five values of each check. Check again to see all.")
    elif finding:
        st.success(ui.escape(f"{finding}{whose}."), icon=":material/check:")
    if stopped is not None and stopped.mended:
        with st.expander(ui.escape(failing.sentence(stopped))):
            past = failing.together({failing.STOPPED: Values.all(stopped.rows)})
            past = past.drop(columns="version")
            ui.table(past, key="past", name="failures-then", columns=table_columns.FAILURES)
