"""Notes below the tables of the balance: what a figure assumes, and where one does not apply."""

from __future__ import annotations

from ev2gym_dashboard.service.scenarios.demand_notes import list_demand_notes
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator, format_template
from ev2gym_dashboard.web.pages.site.balance import (
    compute_solar_kwh,
    compute_surplus_kwh,
    has_sun,
)

MIN_SURPLUS_KWH = 0.5


def format_balance_notes(view: SiteView, _: Translator) -> dict[str, str]:
    """Return the note of each table by the id of its element."""
    return {
        ids.SITE_TOTAL_NOTE: _format_total_note(view, _),
        ids.SITE_SUBSCRIPTION_NOTE: " ".join(
            format_template(template, values, _) for template, values in list_demand_notes(view.run.scenario)
        ),
        ids.SITE_SUN_NOTE: _format_sun_note(view, _),
    }


def _format_total_note(view: SiteView, _: Translator) -> str:
    scenario, owed_kwh = view.run.scenario, view.kpis["owed_kwh"]
    price = _.with_unit(scenario.unserved_mad_kwh, "MAD/kWh", 2)
    stored = _("The batteries hold {energy} less than at the start.", energy=_.with_unit(owed_kwh, "kWh"))
    if owed_kwh < 0.0:
        stored = _("The batteries hold {energy} more than at the start.", energy=_.with_unit(-owed_kwh, "kWh"))
    rest = _(
        "Owed energy is bought at the lowest price of the next 24 h. Assumption: unserved energy costs {price}. A "
        "saving is open while what is owed exceeds a tenth of it.",
        price=price,
    )
    return f"{stored} {rest}"


def _format_sun_note(view: SiteView, _: Translator) -> str:
    if not has_sun(view):
        return _("The site has no solar panels.")
    surplus_kwh, solar = compute_surplus_kwh(view), _.with_unit(compute_solar_kwh(view), "kWh")
    if surplus_kwh < MIN_SURPLUS_KWH:
        return _("{energy} solar so far, all below the load without EVs: there is no surplus.", energy=solar)
    return _(
        "{energy} solar so far, of which {surplus} above the load without EVs (surplus).",
        energy=solar,
        surplus=_.with_unit(surplus_kwh, "kWh"),
    )
