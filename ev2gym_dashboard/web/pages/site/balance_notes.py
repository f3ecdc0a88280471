"""Notes below the tables of the balance: what a figure assumes, and where one does not apply."""

from __future__ import annotations

from ev2gym_dashboard.service.scenarios.demand_notes import list_demand_notes
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator, format_template
from ev2gym_dashboard.web.pages.site.balance import has_sun
from ev2gym_dashboard.web.pages.site.surplus_note import format_surplus_note


def format_balance_notes(view: SiteView, _: Translator) -> dict[str, str]:
    """Return the note of each table by the id of its element."""
    return {
        ids.SITE_TOTAL_NOTE: _format_total_note(view, _),
        ids.SITE_SUBSCRIPTION_NOTE: " ".join(
            format_template(template, values, _) for template, values in list_demand_notes(view.run.scenario)
        ),
        ids.SITE_SUN_NOTE: format_surplus_note(view, _) if has_sun(view) else _("The site has no solar panels."),
    }


def _format_total_note(view: SiteView, _: Translator) -> str:
    scenario, owed_kwh = view.run.scenario, view.kpis["owed_kwh"]
    price = _.with_unit(scenario.unserved_mad_kwh, "MAD/kWh", 2)
    stored = _("The batteries hold {energy} less than at the start.", energy=_.with_unit(owed_kwh, "kWh"))
    if owed_kwh < 0.0:
        stored = _("The batteries hold {energy} more than at the start.", energy=_.with_unit(-owed_kwh, "kWh"))
    rest = _(
        "Owed energy is bought at the lowest price of the next 24 h. Assumption: unserved energy costs {price}. A "
        "saving is open while the owed energy is worth more than a tenth of it.",
        price=price,
    )
    return f"{stored} {rest}"
