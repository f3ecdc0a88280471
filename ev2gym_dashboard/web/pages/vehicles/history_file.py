"""File of one vehicle: the steps of its last days, as lines of a CSV file in the user's language."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.vehicles.table import MODE_NAMES

HEADINGS = (N_("Time (UTC)"), N_("SOC (%)"), N_("Power (kW)"), N_("Mode"), N_("Reason"), N_("Target (%)"))
FILE_DIGITS = 4


def build_history_file(view: VehiclesView, _: Translator) -> dict[str, Any]:
    """Return the headings and a line per step; nothing where the request asks for no file, or the past is not known.

    SOC and mode are those after the step that begins at the time, the power is its mean, positive = charging.
    """
    if not view.query.whole or view.shown is None or view.shown.history is None:
        return {}
    history, scenario = view.shown.history, view.run.scenario
    steps = zip(history.soc, history.power_kw, history.modes, history.reasons, history.target_soc, strict=True)
    lines = [
        [
            f"{scenario.get_step_time(history.shown_step + k):%Y-%m-%d %H:%M}",
            _to_percent(soc),
            round(power_kw, FILE_DIGITS),
            _(MODE_NAMES[mode]),
            _(reason.text),
            None if target_soc is None else _to_percent(target_soc),
        ]
        for k, (soc, power_kw, mode, reason, target_soc) in enumerate(steps)
    ]
    return {"file": [[_(heading) for heading in HEADINGS], *lines]}


def _to_percent(soc: float) -> float:
    return round(100.0 * soc, FILE_DIGITS)
