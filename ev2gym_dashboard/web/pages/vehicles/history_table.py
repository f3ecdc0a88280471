"""Tables of one vehicle: its last days in words, and its stays with their energies and costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ev2gym_dashboard.service.sessions.vehicle_view import VehicleHistory, VehicleSpan, VehiclesView
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.vehicles.table import MODE_NAMES, NOTHING

SPAN_HEADINGS = (N_("From"), N_("To"), N_("Mode"), N_("Reason"), N_("SOC"), N_("Energy"))
STAY_HEADINGS = (
    N_("Arrival"),
    N_("Plugged in"),
    N_("Departure"),
    N_("EVSE"),
    N_("SOC"),
    N_("Target"),
    N_("Charged"),
    N_("Given back"),
    N_("Energy cost"),
    N_("Wear"),
    N_("Missing"),
)
MAX_STAYS = 60


def build_history_rows(view: VehiclesView, _: Translator) -> dict[str, Any]:
    """Return the rows of both tables, the last ones first; none while the past is computed."""
    if view.shown is None or view.shown.history is None:
        return {}
    history = view.shown.history
    return {
        "spans": [{"mode": span.mode, "cells": _format_span(span, _)} for span in reversed(history.spans)],
        "stays": [{"cells": _format_stay(stay, history, view, _)} for stay in reversed(history.stays[-MAX_STAYS:])],
        "totals": _format_totals(history, _) if history.stays else [],
    }


def _format_span(span: VehicleSpan, _: Translator) -> list[str]:
    energy = _.with_unit(span.energy_kwh, "kWh", 1) if span.energy_kwh else NOTHING
    return [
        _.day_and_time(span.start),
        _.time(span.end),
        _(MODE_NAMES[span.mode]),
        _(span.reason.text),
        _format_soc_change(span.soc_before, span.soc_after, _),
        energy,
    ]


def _format_soc_change(before: float, after: float, _: Translator) -> str:
    first, last = _.percent(before), _.percent(after)
    return last if first == last else f"{first} → {last}"


def _format_stay(stay: dict[str, Any], history: VehicleHistory, view: VehiclesView, _: Translator) -> list[str]:
    departure = _.day_and_time(stay["departure"])
    return [
        _format_begin(stay["arrival"], history, view, _),
        # A stay that began before the record has no known plug-in, though it has an EVSE.
        _format_optional_time(stay["plug_in"], _),
        _("{time} (planned)", time=departure) if stay["is_open"] else departure,
        NOTHING if stay["evse"] is None else str(stay["evse"]),
        _format_soc_change(stay["soc_in"], stay["soc_out"], _),
        _.percent(stay["target_soc"]),
        *_format_amounts(stay, _),
    ]


def _format_begin(arrival: datetime | None, history: VehicleHistory, view: VehiclesView, _: Translator) -> str:
    if arrival is not None:
        return _.day_and_time(arrival)
    start = view.run.scenario.get_step_time(history.first_step)
    return _("before {time}", time=_.day_and_time(start))


def _format_optional_time(time: datetime | None, _: Translator) -> str:
    return NOTHING if time is None else _.time(time)


def _format_amounts(values: dict[str, Any], _: Translator) -> list[str]:
    missing_kwh = values["unserved_kwh"]
    return [
        _.with_unit(values["g2v_kwh"], "kWh", 1),
        _.with_unit(values["v2g_kwh"], "kWh", 1),
        _.with_unit(values["cost_mad"], "MAD", 2),
        _.with_unit(values["wear_mad"], "MAD", 2),
        NOTHING if missing_kwh is None else _.with_unit(missing_kwh, "kWh", 1),
    ]


def _format_totals(history: VehicleHistory, _: Translator) -> list[str]:
    count = _("Stays: {count}", count=_.number(len(history.stays)))
    return [count, "", "", "", "", "", *_format_amounts(dict(history.totals), _)]
