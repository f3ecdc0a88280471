"""The records of the page "Site" and of its report."""

from __future__ import annotations

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.site.callbacks import build_site_reply, register_site
from ev2gym_dashboard.web.pages.site.layout import render_site_layout
from ev2gym_dashboard.web.pages.site.report.callbacks import build_report_reply, register_report
from ev2gym_dashboard.web.pages.site.report.layout import render_report_layout

PAGE = Page(
    "/site",
    N_("Site"),
    render_site_layout,
    register_site,
    request_store=ids.SITE_REQUEST,
    build_reply=build_site_reply,
)
REPORT = Page(
    "/report",
    N_("Report"),
    render_report_layout,
    register_report,
    request_store=ids.REPORT_REQUEST,
    build_reply=build_report_reply,
    is_listed=False,
)
"""The menu of the run links to it."""
