"""The record of the page "Vehicles"."""

from __future__ import annotations

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.vehicles.callbacks import build_vehicles_reply, register_vehicles
from ev2gym_dashboard.web.pages.vehicles.layout import render_vehicles_layout

PAGE = Page(
    "/vehicles",
    N_("Vehicles"),
    render_vehicles_layout,
    register_vehicles,
    request_store=ids.VEHICLES_REQUEST,
    build_reply=build_vehicles_reply,
    first_selection={"vehicles": {"sort": "vehicle", "page": 0}},
)
