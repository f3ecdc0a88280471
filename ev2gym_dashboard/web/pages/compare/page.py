"""The record of the page "Compare"."""

from __future__ import annotations

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.compare.callbacks import register_compare
from ev2gym_dashboard.web.pages.compare.layout import render_compare_layout

PAGE = Page(
    "/compare",
    N_("Compare"),
    render_compare_layout,
    register_compare,
    session_stores=(ids.COMPARE_STORE, ids.COMPARE_SHOWN),
)
