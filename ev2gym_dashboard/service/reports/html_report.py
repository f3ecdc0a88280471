"""Reports of runs and comparisons: one HTML file with tables and charts, which opens offline."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison
from ev2gym_dashboard.service.datasets.paths import PLOTLY_FILE, find_assets_folder
from ev2gym_dashboard.service.reports.plots import (
    Plot,
    plot_load_curves,
    plot_power,
    plot_site,
    plot_soc,
    plot_trade_off,
)
from ev2gym_dashboard.service.scenarios.evse_notes import format_rounding
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.simulation.end_settlement import is_open
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.v2g_value import VALUE_VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES

OMITTED_FIELDS = (*PROFILE_BOUNDS, "catalog_spec", "tariff_spec", "params")
REPORT_CSS = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #8886; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; }
.plot { background: #fff; margin: 1rem 0; }
"""
REPORT_SCRIPT = """
for (const [id, plot] of Object.entries(JSON.parse(document.getElementById("plots").textContent)))
  Plotly.newPlot(id, plot.data, plot.layout, {displaylogo: false, responsive: true, showSendToCloud: false});
"""
TableRow = Sequence[str]


def render_run_report(result: Result) -> str:
    """Render the report of a run."""
    name = STRATEGIES[result.scenario.strategy].name
    kpis = [(key, _format_number(value)) for key, value in result.kpis.items()]
    bill = [
        (line.kind, line.poste or "-", _format_number(line.energy_kwh), _format_number(line.cost_mad))
        for line in result.bill
    ]
    sections = [
        _render_table("KPIs", ("KPI", "Value"), kpis),
        _render_table("Bill", ("Line", "Poste horaire", "Energy [kWh]", "Cost [MAD]"), bill),
        _render_models_table(result),
        _render_evse_table(result),
        _render_scenario_table(result.scenario),
    ]
    plots = {"power": plot_power(result.series), "site": plot_site(result.series), "soc": plot_soc(result.series)}
    return _render_page(f"{name}, {result.scenario.fleet_size:,} vehicles", _format_verdict(result), plots, sections)


def render_comparison_report(comparison: Comparison) -> str:
    """Render the report of a comparison."""
    seeds = f"{len(comparison.seeds)} seed{'s' if len(comparison.seeds) > 1 else ''}"
    plots = {"load": plot_load_curves(comparison), "trade-off": plot_trade_off(comparison)}
    note = (
        "Each value is the mean over the seeds, with half its 95 % interval; below it is the difference to "
        "uncontrolled charging on the same arrivals. One seed has no interval."
    )
    failed = [(failure.variant.label, failure.error) for failure in comparison.failures]
    failures = [_render_table("Variants that failed", ("Variant", "Reason"), failed)] if failed else []
    sections = [_render_comparison_table(comparison), *failures, *map(_render_scenario_table, comparison.scenarios)]
    return _render_page(f"{len(comparison.variants)} variants, {seeds}", note, plots, sections)


def _format_verdict(result: Result) -> str:
    kpis = result.kpis
    if not kpis["v2g_kwh"]:
        return VALUE_VERDICTS["not_used"]
    if is_open(kpis["v2g_stored_mad"] - kpis["v2g_owed_wear_mad"], kpis["v2g_net_mad"]):
        return VALUE_VERDICTS["open"]
    effect = "gains" if kpis["v2g_net_mad"] > 0.0 else "loses"
    net_mad = _format_number(abs(kpis["v2g_net_mad"]))
    return f"Compared with the same strategy without V2G, V2G {effect} {net_mad} MAD, net of battery wear."


def _render_comparison_table(comparison: Comparison) -> str:
    head = ["Variant", *(f"{kpi.label} [{kpi.unit}]" if kpi.unit else kpi.label for kpi in COMPARISON_KPIS.values())]
    best, front = comparison.best, comparison.pareto
    values = np.stack([frame.to_numpy() for frame in (comparison.mean, comparison.interval)])
    differences = np.stack([frame.to_numpy() for frame in (comparison.difference, comparison.difference_interval)])
    rows = []
    for k, label in enumerate(comparison.labels):
        marks = [" (best)" if label in best[name] else "" for name in COMPARISON_KPIS]
        cells = [
            f"{_format_mean(*values[:, k, j])}{mark}\n{_format_mean(*differences[:, k, j], sign=True)}"
            for j, mark in enumerate(marks)
        ]
        rows.append([label, *cells, "yes" if label in front else "no"])
    return _render_table("Comparison", [*head, "Pareto"], rows)


def _format_mean(value: float, half_width: float, *, sign: bool = False) -> str:
    text = _format_number(value, sign=sign)
    return text if math.isnan(half_width) else f"{text} ± {_format_number(half_width)}"


def _render_models_table(result: Result) -> str:
    models = result.models
    rows = [[_format_cell(value) for value in row] for row in models.itertuples(index=False)]
    return _render_table("Models at the end of the run", list(models.columns), rows)


def _render_evse_table(result: Result) -> str:
    rows = [(name, _format_number(count)) for name, count in result.evse_counts.items()]
    return _render_table(format_rounding(result.scenario) or "EVSEs", ("EVSEs", "Number"), rows)


def _render_scenario_table(scenario: Scenario) -> str:
    values = serialize_scenario(scenario)
    rows = [(name, str(value)) for name, value in values.items() if name not in OMITTED_FIELDS]
    rows += [(f"params: {name}", str(value)) for name, value in scenario.params]
    return _render_table("Scenario", ("Field", "Value"), rows)


def _render_page(title: str, note: str, plots: dict[str, Plot], sections: Iterable[str]) -> str:
    plot_divs = "".join(f'<div class="plot" id="{key}" role="img" aria-label="{escape(key)}"></div>' for key in plots)
    # "<" is escaped: a name in the data could otherwise end the script element.
    data = json.dumps(plots, allow_nan=False).replace("<", "\\u003c")
    plotly = (find_assets_folder() / PLOTLY_FILE).read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{REPORT_CSS}</style></head>\n<body>'
        f"<h1>{escape(title)}</h1><p>{escape(note)}</p>\n{plot_divs}\n{''.join(sections)}\n"
        f'<script type="application/json" id="plots">{data}</script>\n'
        f"<script>{plotly}</script>\n<script>{REPORT_SCRIPT}</script></body></html>\n"
    )


def _render_table(caption: str, head: TableRow, rows: Iterable[TableRow]) -> str:
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_escape_lines(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(caption)}</caption><thead><tr>{header}</tr></thead>'
        f"<tbody>\n{body}</tbody></table></div>\n"
    )


def _escape_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _format_cell(value: object) -> str:
    return _format_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _format_number(value: float, *, sign: bool = False) -> str:
    decimals = 0 if abs(value) >= 1000 or value == int(value) else 3 if abs(value) < 10 else 1
    return f"{value:+,.{decimals}f}" if sign else f"{value:,.{decimals}f}"
