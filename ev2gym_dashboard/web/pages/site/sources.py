"""Sources of the site's figures, with their dates and assumptions."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.packaged import load_tariffs, read_load_shapes
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.web.components.labels import CONFIDENCE_LABELS
from ev2gym_dashboard.web.i18n import N_, Translator

SOURCE_NOTES = (
    N_(
        "CO2: 551 g/kWh, Morocco 2024, life cycle (lowcarbonpower.org, read in November 2026); the official factor was "
        "not found. The factor is flat: shifting load in time saves no CO2, and V2G's losses add some."
    ),
    N_("Sun: clear sky of the place (pvlib, Ineichen) times the cloud factor; the sun of the site counts as 0 g/kWh."),
    N_("Fixed charge: the subscribed power is taken as large as the connection."),
    N_("Savings are differences to two runs on the same arrivals: uncontrolled, and the same strategy without V2G."),
)


def render_site_sources(scenario: Scenario, _: Translator) -> list[html.Li]:
    """Return the notes and sources of prices, export, CO2, sun and load of a scenario."""
    lines = [
        *_list_price_lines(scenario, _),
        *_list_export_lines(_),
        *map(_, SOURCE_NOTES),
        *_list_load_lines(scenario, _),
    ]
    return [html.Li(line) for line in lines if line]


def _list_price_lines(scenario: Scenario, _: Translator) -> list[str]:
    tariff = find_tariff(scenario)
    note = f"{_(tariff.note)} ({_(CONFIDENCE_LABELS[tariff.confidence])})"
    lines = [_("{name}: {text}", name=_(tariff.name), text=note), _(tariff.source)]
    file_note = _(
        "Prices: a file of yours; time-of-use periods, pay for export and fixed charge stay those of the tariff."
    )
    return [file_note, *lines] if scenario.price_profile else lines


def _list_export_lines(_: Translator) -> list[str]:
    # All tariffs that pay for export share its rules.
    export = next(tariff.export for tariff in load_tariffs().values() if tariff.export)
    return [_(export.note), _(export.source)]


def _list_load_lines(scenario: Scenario, _: Translator) -> list[str]:
    if scenario.base_load_profile:
        return [_("Load of the site: a file of yours; the peak per vehicle does not count.")]
    shapes = read_load_shapes()
    return [_(shapes.note), _(shapes.source), _(shapes.ramadan_note), _(shapes.ramadan_source)]
