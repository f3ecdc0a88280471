"""Note on the solar surplus of a run: how much there was, and how much of the charging came from it."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web.i18n import Translator

MIN_SURPLUS_KWH = 0.5


def format_surplus_note(view: SiteView, _: Translator) -> str:
    """Return the note on the surplus so far; an empty text without panels and before the first step."""
    scenario = view.run.scenario
    if not view.run.step or not (scenario.pv_kwp_per_vehicle > 0.0 or scenario.pv_profile):
        return ""
    if not view.has_had_sun:
        return _("The sun has not shone so far: the self-consumption and the EV energy from surplus have no value yet.")
    if view.kpis["surplus_kwh"] < MIN_SURPLUS_KWH:
        return _(
            "No solar surplus so far: the PV output has not exceeded the load without EVs, so all charging was bought."
        )
    return _(
        "Solar surplus so far, beyond the load without EVs: {energy}; it covered {share} of the charging.",
        energy=_.with_unit(view.kpis["surplus_kwh"], "kWh", 0),
        share=_.percent(view.kpis["ev_surplus_share"], 1),
    )
