"""Notes on the tariff of a run: its name, its source, and what the user's own tariff file says."""

from __future__ import annotations

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, has_tiers
from ev2gym_dashboard.web.components.labels import CONFIDENCE_LABELS, TIERED_BILL_NOTE, TIERED_PRICE_NOTE
from ev2gym_dashboard.web.i18n import Translator


def format_tariff_name(tariff: Tariff, _: Translator) -> str:
    """Return the name of a tariff; that of the user's file as it is."""
    return tariff.name if tariff.key == OWN_TARIFF else _(tariff.name)


def list_tariff_lines(scenario: Scenario, _: Translator) -> list[str]:
    """Return the notes and the source of the tariff of a scenario."""
    tariff = find_tariff(scenario)
    if tariff.key == OWN_TARIFF:
        lines = [_format_own_note(tariff, _), _format_currency_note(tariff, _), tariff.note, tariff.source]
    else:
        note = f"{_(tariff.note)} ({_(CONFIDENCE_LABELS[tariff.confidence])})"
        lines = [_("{name}: {text}", name=_(tariff.name), text=note), _(tariff.source) if tariff.source else ""]
    tier_notes = (TIERED_BILL_NOTE, TIERED_PRICE_NOTE) if has_tiers(scenario) else ()
    return [line for line in (lines[0], *map(_, tier_notes), *lines[1:]) if line]


def format_own_export(tariff: Tariff, _: Translator) -> str:
    """Return what the user's own tariff pays for export."""
    prices = {rule.export_mad_kwh for rule in tariff.rules} or {tariff.export_mad_kwh}
    if prices == {0.0}:
        return _("Export is not paid under your tariff.")
    shown = "–".join(_.number(price, 2) for price in sorted({min(prices), max(prices)}))
    return _("Export is paid {prices} MAD/kWh (your tariff file).", prices=shown)


def _format_own_note(tariff: Tariff, _: Translator) -> str:
    return _("{name}: your tariff file; its hours are those of {zone}.", name=tariff.name, zone=tariff.time_zone)


def _format_currency_note(tariff: Tariff, _: Translator) -> str:
    if tariff.mad_per_unit == 1.0:
        return ""
    rate = _.plain(tariff.mad_per_unit)
    return _("Prices of your tariff file in {currency}, converted at {rate} MAD.", currency=tariff.currency, rate=rate)
