"""The report of a run or a comparison: one HTML file with its figures, which opens without a network."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.result import FIGURES, Comparison
from ev2gym_dashboard.service.datasets.paths import PLOTLY, assets_folder
from ev2gym_dashboard.service.reports.plots import Plot, load_plot, power_plot, site_plot, soc_plot, trade_off_plot
from ev2gym_dashboard.service.simulation.simulation import Result
from ev2gym_dashboard.service.simulation.v2g_value import VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES

LONG = ("base_load_profile", "price_profile", "catalog_spec", "params")
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #8886; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; }
.plot { background: #fff; margin: 1rem 0; }
"""
DRAW = """
for (const [id, plot] of Object.entries(JSON.parse(document.getElementById("plots").textContent)))
  Plotly.newPlot(id, plot.data, plot.layout, {displaylogo: false, responsive: true, showSendToCloud: false});
"""
Row = Sequence[str]


def run_report(result: Result) -> str:
    """Return the report of a run."""
    name = STRATEGIES[result.scenario.strategy].name
    figures = [(key, _number(value)) for key, value in result.kpis.items()]
    bill = [(line.what, line.poste or "-", _number(line.energy_kwh), _number(line.cost_mad)) for line in result.bill]
    parts = [
        _table("Figures", ("Figure", "Value"), figures),
        _table("Bill", ("Line", "Poste horaire", "Energy [kWh]", "Cost [MAD]"), bill),
        _models_table(result),
        _scenario_table(result.scenario),
    ]
    plots = {"power": power_plot(result.series), "site": site_plot(result.series), "soc": soc_plot(result.series)}
    return _page(f"{name}, {result.scenario.fleet_size:,} vehicles", _verdict(result), plots, parts)


def comparison_report(comparison: Comparison) -> str:
    """Return the report of a comparison."""
    seeds = f"{len(comparison.seeds)} seed{'s' if len(comparison.seeds) > 1 else ''}"
    plots = {"load": load_plot(comparison), "trade-off": trade_off_plot(comparison)}
    note = (
        "Each figure is the mean over the seeds, with half its 95 % interval; below it the difference to all charging "
        "uncontrolled on the same arrivals. One seed has no interval."
    )
    parts = [_comparison_table(comparison), *map(_scenario_table, comparison.asked)]
    return _page(f"{len(comparison.contestants)} contestants, {seeds}", note, plots, parts)


def _verdict(result: Result) -> str:
    kpis = result.kpis
    if not kpis["v2g_kwh"]:
        return VERDICTS["not_used"]
    worth = "gains" if kpis["v2g_net_mad"] > 0.0 else "loses"
    return f"Against the same strategy without it, V2G {worth} {_number(abs(kpis['v2g_net_mad']))} MAD net of its wear."


def _comparison_table(comparison: Comparison) -> str:
    head = ["Contestant", *(f"{f.label} [{f.unit}]" if f.unit else f.label for f in FIGURES.values()), "Pareto"]
    best, front = comparison.best, comparison.pareto
    values = np.stack([part.to_numpy() for part in (comparison.mean, comparison.interval)])
    apart = np.stack([part.to_numpy() for part in (comparison.difference, comparison.difference_interval)])
    rows = []
    for k, label in enumerate(comparison.labels):
        marks = [" (best)" if label in best[name] else "" for name in FIGURES]
        cells = [
            f"{_with(*values[:, k, j])}{mark}\n{_with(*apart[:, k, j], sign=True)}" for j, mark in enumerate(marks)
        ]
        rows.append([label, *cells, "yes" if label in front else "no"])
    return _table("Comparison", head, rows)


def _with(value: float, width: float, *, sign: bool = False) -> str:
    text = _number(value, sign=sign)
    return text if math.isnan(width) else f"{text} ± {_number(width)}"


def _models_table(result: Result) -> str:
    models = result.models
    rows = [[_cell(value) for value in row] for row in models.itertuples(index=False)]
    return _table("Models at the end of the run", list(models.columns), rows)


def _scenario_table(scenario: Scenario) -> str:
    rows = [(f.name, str(getattr(scenario, f.name))) for f in fields(Scenario) if f.name not in LONG]
    rows += [(f"params: {name}", str(value)) for name, value in scenario.params]
    return _table("Scenario", ("Field", "Value"), rows)


def _page(title: str, note: str, plots: dict[str, Plot], parts: Iterable[str]) -> str:
    places = "".join(f'<div class="plot" id="{key}" role="img" aria-label="{escape(key)}"></div>' for key in plots)
    # "<" is written as its code, so that no name in the data can end the script element.
    data = json.dumps(plots, allow_nan=False).replace("<", "\\u003c")
    plotly = (assets_folder() / PLOTLY).read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>'
        f"<h1>{escape(title)}</h1><p>{escape(note)}</p>\n{places}\n{''.join(parts)}\n"
        f'<script type="application/json" id="plots">{data}</script>\n'
        f"<script>{plotly}</script>\n<script>{DRAW}</script></body></html>\n"
    )


def _table(caption: str, head: Row, rows: Iterable[Row]) -> str:
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_lines(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(caption)}</caption><thead><tr>{header}</tr></thead>'
        f"<tbody>\n{body}</tbody></table></div>\n"
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _cell(value: object) -> str:
    return _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _number(value: float, *, sign: bool = False) -> str:
    places = 0 if abs(value) >= 1000 or value == int(value) else 3 if abs(value) < 10 else 1
    return f"{value:+,.{places}f}" if sign else f"{value:,.{places}f}"
