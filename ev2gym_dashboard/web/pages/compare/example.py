"""Example on the page Compare: the comparison of the default scenario, shown until there is one of the user's."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.example import EXAMPLE_ROWS, EXAMPLE_SEEDS, ExampleRow
from ev2gym_dashboard.service.comparison.result import Variant
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare.table import format_label


def render_example(_: Translator) -> html.Div:
    """Return the example as a table, by rising total cost."""
    heading = _(
        "An example that is already computed: the default scenario, {vehicles} vehicles, a week in December, "
        "means of {seeds} seeds.",
        vehicles=_.number(Scenario().fleet_size),
        seeds=EXAMPLE_SEEDS,
    )
    columns = (_("Strategy"), f"{_('Total cost')} (MAD)", f"{_('Peak')} (kW)", "CO2 (kg)")
    head = html.Thead(html.Tr([html.Th(column, scope="col") for column in columns]))
    body = html.Tbody([_render_row(row, _) for row in EXAMPLE_ROWS])
    table = html.Table([html.Caption(heading), head, body], className="example")
    return html.Div(table, className="example-rows")


def _render_row(row: ExampleRow, _: Translator) -> html.Tr:
    variant = Variant("", Scenario(strategy=row.strategy, v2g=row.v2g))
    cells = [html.Td(_.number(value)) for value in (row.total_mad, row.site_peak_kw, row.co2_kg)]
    return html.Tr([html.Th(format_label(variant, _), scope="row"), *cells])
