"""Sources of the site's figures, with their dates and assumptions."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF, PROFILE_BOUNDS, WEEKDAY_DATES
from ev2gym_dashboard.service.datasets.packaged import load_tariffs, read_load_shapes
from ev2gym_dashboard.service.scenarios.battery_life import list_battery_notes
from ev2gym_dashboard.service.scenarios.demand_notes import list_demand_notes
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.web.components.source_notes import CO2_NOTE, SOURCE_NOTES
from ev2gym_dashboard.web.components.tariff_notes import format_own_export, list_tariff_lines
from ev2gym_dashboard.web.i18n import N_, Translator, format_template

CO2_FILE_NOTE = N_("CO2: your file.")
CO2_FILE_CONSTANT_NOTE = N_("CO2: your file; its factor is constant, so that shifting load in time saves no CO2.")
PRICE_FILE_NOTES = {
    "price_profile": N_("Prices: your file; time-of-use periods and fixed charge remain those of the tariff."),
    "export_price_profile": N_("Export prices: your file."),
}
SITE_FILE_NOTES = {
    "pv_profile": N_("Solar: your file is the PV output of the whole site; capacity and cloud factor are not used."),
    "limit_profile": N_("Connection: your file lowers its limit."),
    "setpoint_profile": N_("Schedule: the fleet follows your file where it has values, in place of the strategy."),
}
REPEATED_DATES_NOTE = N_(
    "Days that a file does not cover have the values of its day with the same weekday that is nearest in the season."
)


def render_site_sources(scenario: Scenario, _: Translator) -> list[html.Li]:
    """Return the notes and sources of prices, export, CO2, sun and load of a scenario."""
    lines = [
        *_list_price_lines(scenario, _),
        *(format_template(template, values, _) for template, values in list_demand_notes(scenario)),
        *_list_export_lines(scenario, _),
        _(_choose_co2_note(scenario)),
        *(_(note) for name, note in SITE_FILE_NOTES.items() if getattr(scenario, name)),
        *map(_, SOURCE_NOTES),
        *_list_date_lines(scenario, _),
        *(format_template(template, values, _) for template, values in list_battery_notes(scenario)),
        *_list_load_lines(scenario, _),
    ]
    return [html.Li(line) for line in lines if line]


def _list_date_lines(scenario: Scenario, _: Translator) -> list[str]:
    is_dated = any(getattr(scenario, name).start for name in PROFILE_BOUNDS)
    return [_(REPEATED_DATES_NOTE)] if is_dated and scenario.profile_dates == WEEKDAY_DATES else []


def _choose_co2_note(scenario: Scenario) -> str:
    if not scenario.co2_profile:
        return CO2_NOTE
    return CO2_FILE_NOTE if scenario.co2_varies else CO2_FILE_CONSTANT_NOTE


def _list_price_lines(scenario: Scenario, _: Translator) -> list[str]:
    lines = list_tariff_lines(scenario, _)
    notes = [_(note) for name, note in PRICE_FILE_NOTES.items() if getattr(scenario, name)]
    return [*notes, *lines]


def _list_export_lines(scenario: Scenario, _: Translator) -> list[str]:
    if scenario.export_price_profile:
        return []
    if scenario.tariff == OWN_TARIFF:
        return [format_own_export(find_tariff(scenario), _)]
    # All tariffs that pay for export share its rules.
    export = next(tariff.export for tariff in load_tariffs().values() if tariff.export)
    return [_(export.note), _(export.source)]


def _list_load_lines(scenario: Scenario, _: Translator) -> list[str]:
    if scenario.base_load_profile:
        return [_("Site load: your file; the peak per vehicle is not used.")]
    shapes = read_load_shapes()
    return [_(shapes.note), _(shapes.source), _(shapes.ramadan_note), _(shapes.ramadan_source)]
