"""The sizing as a figure, and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.result import Variant
from ev2gym_dashboard.service.comparison.sizing import BOUND, OPTIMUM, SIZED_PARTS, SizingCurve
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure
from ev2gym_dashboard.web.i18n import N_, SPACE, Translator
from ev2gym_dashboard.web.pages.compare.figures import DASH_BY_V2G
from ev2gym_dashboard.web.pages.compare.front_figure import format_variant

HEIGHT_PX = 420
PART_NAMES = {
    "subscribed": N_("Subscribed power"),
    "connection": N_("Connection"),
    "solar": N_("PV"),
    "bidirectional": N_("Bidirectional EVSEs"),
}
MARKER_PX, MINIMUM_PX = 5, 12
MAD_PER_THOUSAND, RANGE_MARGIN, COST_DECIMALS = 1000.0, 0.08, 3


def make_empty_sizing_figure(_: Translator) -> FigureDict:
    """Return the figure before the first curve."""
    return _layout([], "subscribed", None, _)


def make_sizing_figure(curve: SizingCurve, variants: Sequence[Variant], _: Translator) -> FigureDict:
    """Return the yearly cost over the size: a line per strategy, the optimum and the bound, each minimum marked."""
    lines = [
        _make_line(
            curve, BOUND, _("Proven lower bound"), {"color": palette.COUNTERFACTUAL, "width": 1, "dash": "dot"}, _
        ),
        *[
            _make_line(curve, variant.label, format_variant(variant, _), _style(variant), _)
            | {"legendgroup": variant.strategy}
            for variant in variants
            if variant.label in curve.table
        ],
        _make_line(curve, OPTIMUM, _("Optimum"), {"color": palette.OPTIMUM, "width": 3}, _),
    ]
    return _layout(lines, curve.part, _find_cost_range(curve), _)


def describe_sizing(curve: SizingCurve, variants: Sequence[Variant], _: Translator) -> str:
    """Return the cheapest size under the optimum and under the best strategy, and whether the size matters at all."""
    if len(curve.table) < 2:
        return _("One size alone is no choice: give more of them.")
    best = curve.best
    named = {variant.label: variant for variant in variants if variant.label in curve.table}
    label = str(best.loc[list(named), "cost_mad_year"].idxmin())
    sentences = [
        _(
            "{part}: under the optimum the cheapest of these sizes is {size}, at {cost} MAD per year.",
            part=_(PART_NAMES[curve.part]),
            size=_format_size(curve, OPTIMUM, _),
            cost=_.number(float(best["cost_mad_year"][OPTIMUM])),
        ),
        _(
            "Cheapest strategy: {label}; at {size}, {cost} MAD per year.",
            label=format_variant(named[label], _),
            size=_format_size(curve, label, _),
            cost=_.number(float(best["cost_mad_year"][label])),
        ),
    ]
    if np.ptp(curve.table.drop(columns=BOUND).to_numpy(), axis=0).max() == 0.0:
        sentences = [_("{part}: the size changes no cost under this tariff.", part=_(PART_NAMES[curve.part]))]
    elif _is_at_an_end(curve):
        sentences.append(_("The lowest cost is at an end of the curve: sizes beyond it may be cheaper."))
    return " ".join(sentences)


def _is_at_an_end(curve: SizingCurve) -> bool:
    size, sizes = curve.best.loc[OPTIMUM, "size"], curve.table.index
    # Nothing is smaller than none, and no share is above all.
    return bool(size == sizes[-1] and curve.part != "bidirectional") or bool(size == sizes[0] > 0.0)


def _format_size(curve: SizingCurve, column: str, _: Translator) -> str:
    size = _.number(float(curve.best["size"][column]))
    unit = SIZED_PARTS[curve.part].unit
    return f"{size}{SPACE}{unit}" if unit else size


def _style(variant: Variant) -> dict[str, Any]:
    return {"color": STRATEGIES[variant.strategy].colour, "width": 1.6, "dash": DASH_BY_V2G[variant.v2g]}


def _make_line(curve: SizingCurve, column: str, name: str, line: dict[str, Any], _: Translator) -> FigureDict:
    costs_mad, lowest = curve.table[column], curve.best.loc[column, "size"]
    is_lowest = [size == lowest for size in curve.table.index]
    unit = SIZED_PARTS[curve.part].unit
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": curve.table.index.tolist(),
        "y": (costs_mad / MAD_PER_THOUSAND).round(COST_DECIMALS).tolist(),
        "line": line,
        "marker": {
            "color": line["color"],
            "symbol": ["star" if is_min else "circle" for is_min in is_lowest],
            "size": [MINIMUM_PX if is_min else MARKER_PX for is_min in is_lowest],
        },
        "hovertemplate": f"%{{x:,.6~r}} {unit}: %{{y:,.7~r}} {_('thousand MAD/year')}<extra>{name}</extra>",
    }


def _layout(data: list[FigureDict], part: str, cost_range: list[float] | None, _: Translator) -> FigureDict:
    unit = SIZED_PARTS[part].unit
    name = _(PART_NAMES[part])
    xaxis = make_axis() | {"title": {"text": f"{name} ({unit})" if unit else name}, "nticks": 7, "showgrid": True}
    yaxis = make_axis() | {"title": {"text": _("Yearly cost (thousand MAD)")}, "nticks": 6, "range": cost_range}
    margin = {"l": 72, "r": 18, "t": 12, "b": 48}
    # The zoom is that of a part: another one has other axes.
    return make_figure(
        data, height=HEIGHT_PX, margin=margin, xaxis=xaxis, yaxis=yaxis, hovermode="closest", uirevision=part
    )


def _find_cost_range(curve: SizingCurve) -> list[float]:
    """Return the range of the costs from the cheapest size on: a site that is too small costs many times more."""
    costs = curve.table.loc[curve.best["size"][OPTIMUM] :] / MAD_PER_THOUSAND
    low, high = float(costs.to_numpy().min()), float(costs.to_numpy().max())
    margin = RANGE_MARGIN * (high - low or abs(high) or 1.0)
    return [low - margin, high + margin]
