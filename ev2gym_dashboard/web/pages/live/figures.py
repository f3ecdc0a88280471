"""Figures of the fleet: empty figures as plain dicts, and the patches that fill in their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.datasets.v2g_as_sold import is_sold_with_v2g
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.web import ids, theme
from ev2gym_dashboard.web.components.change_lines import make_change_lines, make_cursor_lines
from ev2gym_dashboard.web.components.charts import (
    AREA_ALPHA,
    LABEL_GAP_PX,
    LABEL_MARGIN_PX,
    FigureDict,
    list_peak_flags,
    make_area_trace,
    make_axis,
    make_category_axis,
    make_figure,
    make_label_updates,
    make_legend_states,
    make_line_trace,
    make_mode_marker,
    make_pattern,
    make_peak_bands,
    make_price_axis,
    make_price_updates,
    make_trend_updates,
)
from ev2gym_dashboard.web.components.dash_patch import PatchPath, make_patch
from ev2gym_dashboard.web.i18n import Translator

FIGURE_HEIGHTS_PX = {"power": 286, "modes": 286, "v2g-pie": 208, "top-models": 300, "soc-histogram": 300}
POWER_TRENDS = ("g2v_kw", "v2g_kw", "net_power_kw", "price_mad_kwh")
MODE_TRENDS = ("n_charging", "n_discharging", "n_idle", "n_waiting", "soc_mean")
STACK, N_STACKED = "modes", 3
"""The stack of the chart of modes: its name, and the number of its traces."""
N_TOP_MODELS = 5
N_SOC_BINS = 20


def make_power_figure(_: Translator) -> FigureDict:
    """Return the empty chart of power over time: G2V up, V2G down, the net line, the price on the right."""
    data = [
        make_area_trace(_("G2V"), palette.G2V, unit="kW"),
        make_area_trace(_("V2G"), palette.V2G, unit="kW"),
        make_line_trace(_("Net"), palette.NET, hover=f"%{{y:,.4~r}} kW<extra>{_('Net')}</extra>"),
        make_line_trace(_("Price"), palette.PRICE, hover=f"%{{y:.4f}} MAD/kWh<extra>{_('Price')}</extra>")
        | {"yaxis": "y2"},
    ]
    data[2]["line"]["width"], data[3]["line"]["dash"] = 2.2, "dot"
    name = _("Net, other strategy")
    data.append(make_line_trace(name, palette.COUNTERFACTUAL, hover=f"%{{y:,.4~r}} kW<extra>{name}</extra>"))
    data[4]["line"] |= {"width": 1.8, "dash": "dash"}
    return make_figure(
        data, height=FIGURE_HEIGHTS_PX["power"], yaxis=make_axis() | {"zeroline": True}, yaxis2=make_price_axis()
    )


def make_power_patch(view: FleetView, _: Translator, past_step: int | None = None) -> FigureDict:
    """Return the data of the power chart, with the peak hours, the user's changes and the cursor at a past step."""
    series = {name: view.trends[name] for name in POWER_TRENDS}
    # V2G is a positive series; the chart draws it below zero.
    series["v2g_kw"] = [-value for value in series["v2g_kw"]]
    shapes = make_peak_bands(view) + make_change_lines(view, _) + make_cursor_lines(view, past_step, _)
    price = make_price_updates(POWER_TRENDS.index("price_mad_kwh"), view.trends["price_mad_kwh"])
    alternative = view.alternative.net_power_kw if view.alternative else []
    updates = make_trend_updates(view, [*series.values(), alternative])
    return make_patch(updates | price | {("layout", "shapes"): shapes})


def compute_legend_states(view: FleetView) -> dict[str, str]:
    """Return the entries of the legends that name something on the charts of power and modes."""
    trends = view.trends
    alternative = [1.0] if view.alternative else []
    shown = {"v2g": trends["v2g_kw"], "peak": list_peak_flags(view), "alternative": alternative}
    power = make_legend_states(ids.POWER, shown)
    modes = {"v2g": trends["n_discharging"], "waiting": trends["n_waiting"]}
    return power | make_legend_states(ids.MODES, modes)


def make_modes_figure(_: Translator) -> FigureDict:
    """Return the empty chart of vehicles per mode over time, stacked, with the mean SOC on the right."""
    names = (_("Charging"), _("Discharging"), _("Idle"))
    data = [_make_stacked_trace(name, mode) for name, mode in zip(names, theme.MODE_COLOURS, strict=True)]
    data.append(make_line_trace(_("Waiting"), palette.WAITING, hover=f"%{{y:,.4~r}}<extra>{_('Waiting')}</extra>"))
    data.append(
        make_line_trace(_("Mean SOC"), palette.SOC, hover=f"%{{y:.1%}}<extra>{_('Mean SOC')}</extra>") | {"yaxis": "y2"}
    )
    data[3]["line"]["dash"], data[4]["line"]["width"] = "dash", 2.2
    right = make_axis() | {
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "range": [0, 1.02],
        "tickmode": "linear",
        "dtick": 0.25,
        "tickformat": ".0%",
    }
    return make_figure(
        data, height=FIGURE_HEIGHTS_PX["modes"], yaxis=make_axis() | {"rangemode": "tozero"}, yaxis2=right
    )


def make_modes_patch(view: FleetView, _: Translator, past_step: int | None = None) -> FigureDict:
    """Return the data of the chart of modes, with the cursor at a past step."""
    # The largest numbers of a bucket belong to several steps: stacked, they would exceed the fleet.
    stack = "" if view.trend_axis.is_envelope else STACK
    stacked: dict[PatchPath, Any] = {("data", trace, "stackgroup"): stack for trace in range(N_STACKED)}
    cursor: dict[PatchPath, Any] = {("layout", "shapes"): make_cursor_lines(view, past_step, _)}
    return make_patch(make_trend_updates(view, [view.trends[name] for name in MODE_TRENDS]) | stacked | cursor)


def make_pie_figure(_: Translator) -> FigureDict:
    """Return the empty pie of V2G capability, capable in green and incapable in red."""
    pie = {
        "type": "pie",
        "labels": [_("V2G-capable"), _("Without V2G")],
        "values": [1, 0],
        "marker": {"colors": [palette.CAPABLE, palette.INCAPABLE], "line": {"width": 0}},
        "hole": 0.58,
        "sort": False,
        "direction": "clockwise",
        "textinfo": "none",
        "hovertemplate": "%{label}: %{value:,} (%{percent})<extra></extra>",
    }
    return make_figure([pie], height=FIGURE_HEIGHTS_PX["v2g-pie"], margin={"l": 8, "r": 8, "t": 8, "b": 8})


def make_pie_patch(view: FleetView, basis: str) -> FigureDict:
    """Return the values of the pie by models, by registrations or by vehicles of the fleet."""
    return make_patch({("data", 0, "values"): list(count_v2g_capable(view, basis))})


def count_v2g_capable(view: FleetView, basis: str) -> tuple[int, int]:
    """Return the number with and without V2G capability, counted by models, registrations or vehicles."""
    models, weights = _list_pie_weights(view, basis)
    capable = sum(weight for weight, is_capable in zip(weights, models["v2g_capable"], strict=True) if is_capable)
    return capable, sum(weights) - capable


def count_v2g_sold(view: FleetView, basis: str) -> int:
    """Return the number that is sold with V2G today, whatever the catalog assumes."""
    models, weights = _list_pie_weights(view, basis)
    return sum(weight for weight, name in zip(weights, models["model"], strict=True) if is_sold_with_v2g(name))


def _list_pie_weights(view: FleetView, basis: str) -> tuple[Mapping[str, list[Any]], list[int]]:
    models = view.models if basis == "fleet" else list_catalog_rows(view)
    weights = {
        "models": [1] * len(models["model"]),
        "registrations": models["registrations"],
        "fleet": models.get("n_fleet", []),
    }
    return models, weights[basis]


def list_catalog_rows(view: FleetView) -> Mapping[str, list[Any]]:
    """Return the models, their registrations and capability; of a mixed fleet, each model once and not by part."""
    catalog = view.loaded_catalog.undivided
    if catalog is None:
        return view.models
    columns = {"registrations": catalog.registrations, "v2g_capable": catalog.v2g_capable}
    return {"model": list(catalog.names)} | {name: values.tolist() for name, values in columns.items()}


def make_top_models_figure(_: Translator) -> FigureDict:
    """Return the empty bars of the models with the most registrations, the first one on top."""
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [],
        "y": [],
        "text": [],
        "hovertext": [],
        "textposition": "auto",
        "insidetextanchor": "end",
        "textfont": {"color": "#ffffff"},
        "marker": {"color": palette.NEUTRAL},
        "cliponaxis": False,
        "hovertemplate": "%{hovertext}: %{x:,}<extra></extra>",
    }
    yaxis = make_category_axis()
    margin = {"l": LABEL_MARGIN_PX, "r": 16, "t": 4, "b": 26}
    xaxis = make_axis() | {"rangemode": "tozero", "nticks": 4}
    return make_figure(
        [bars], height=FIGURE_HEIGHTS_PX["top-models"], margin=margin, xaxis=xaxis, yaxis=yaxis, bargap=0.35
    )


def make_top_models_patch(view: FleetView, _: Translator) -> FigureDict:
    """Return the bars of the models with the most registrations."""
    # The sort is stable: equal models stay in the order of the file.
    models = list_catalog_rows(view)
    ranked = sorted(zip(models["registrations"], models["model"], strict=True), key=lambda row: -row[0])[:N_TOP_MODELS]
    values: dict[PatchPath, Any] = {
        ("data", 0, "x"): [registrations for registrations, _name in ranked],
        **make_label_updates([name for _registrations, name in ranked]),
        ("data", 0, "text"): [_.number(registrations) for registrations, _name in ranked],
    }
    return make_patch(values)


def make_soc_histogram_figure(_: Translator) -> FigureDict:
    """Return the empty histogram of the connected vehicles' SOC, stacked by mode."""
    names = {"charging": _("Charging"), "discharging": _("Discharging"), "idle": _("Idle")}
    data = [
        {
            "type": "bar",
            "name": name,
            "x0": 0.5 / N_SOC_BINS,
            "dx": 1 / N_SOC_BINS,
            "y": [0] * N_SOC_BINS,
            "marker": make_mode_marker(mode),
            "hovertemplate": f"%{{y:,}}<extra>{name}</extra>",
        }
        for mode, name in names.items()
    ]
    percent = {"tickformat": ".0%", "hoverformat": ".0%", "ticklabelstandoff": LABEL_GAP_PX}
    xaxis = make_axis() | {"range": [0, 1], "showgrid": False} | percent
    margin = {"l": 48, "r": 16, "t": 6, "b": 28}
    height = FIGURE_HEIGHTS_PX["soc-histogram"]
    return make_figure(
        data, height=height, margin=margin, xaxis=xaxis, barmode="stack", bargap=0.12, hovermode="x unified"
    )


def make_soc_histogram_patch(view: FleetView) -> FigureDict:
    """Return the counts of the histogram by mode."""
    modes = enumerate(theme.MODE_COLOURS)
    return make_patch({("data", trace, "y"): view.soc_histogram[mode] for trace, mode in modes})


def _make_stacked_trace(name: str, mode: str) -> FigureDict:
    colour = theme.MODE_COLOURS[mode]
    # Pale areas leave the line of the SOC its contrast; their edges have the full colour.
    pattern = make_pattern(theme.MODE_PATTERNS[mode], colour) | {"fgopacity": 0.5}
    stacked = {"stackgroup": STACK, "fillcolor": f"{colour}{AREA_ALPHA}", "fillpattern": pattern}
    return make_line_trace(name, colour, hover=f"%{{y:,.4~r}}<extra>{name}</extra>") | stacked
