"""Label: the items of a campaign one by one, answered by keyboard."""

from __future__ import annotations

from tagledger_dashboard import annotators, loading, ui
from tagledger_dashboard.labelling import job_choice, page

context = loading.current()
with ui.failures(context):
    name = annotators.named()
    if name is None:
        page.turned_off()
    else:
        page.desk(context.repository, name, job_choice.job(context.repository, name))
