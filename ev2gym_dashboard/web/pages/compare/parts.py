"""Parts of the total cost: their differences to uncontrolled charging, as a figure and as a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure, round_significant
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import table

ROW_HEIGHT_PX, AXIS_HEIGHT_PX = 46, 46
BAR_OFFSET, BAR_WIDTH, LABEL_OFFSET = 0.2, 0.36, 0.24
DARK, LIGHT = "#15202b", "#ffffff"
TOTAL, RAW_TOTAL = "total_mad", "raw_total_mad"


@dataclass(frozen=True)
class CostPart:
    """A part of the total cost: heading (a msgid), the KPIs that it sums, colour, the KPIs of income that lower it."""

    heading: str
    kpis: tuple[str, ...]
    colour: str
    incomes: tuple[str, ...] = ()


COST_PARTS = {
    "bill": CostPart(N_("bill"), ("cost_mad",), palette.BASE_LOAD, ("plug_in_bonus_mad", "service_mad")),
    "wear": CostPart(N_("battery wear"), ("wear_mad",), palette.WAITING),
    "owed": CostPart(N_("owed energy and its wear"), ("owed_mad", "owed_wear_mad"), palette.SOLAR),
    "unserved": CostPart(N_("unserved energy"), ("unserved_mad",), palette.INCAPABLE),
}
"""Parts that add up to the total cost."""


def make_empty_parts_figure(_: Translator) -> FigureDict:
    """Return the figure of the parts before the first comparison."""
    return _layout_figure([], [], _)


def make_parts_figure(comparison: Comparison, _: Translator) -> FigureDict:
    """Return the parts of each difference as stacked bars, and their sum with its interval as a mark."""
    rows = [k for k, variant in enumerate(comparison.variants) if variant.strategy != BASELINE_STRATEGY]
    labels = [table.format_variant_label(comparison, k, _) for k in rows]
    positions = [place + BAR_OFFSET for place in range(len(rows))]
    bars = [
        _make_bars(part, [compute_part_mad(comparison, k, key) for k in rows], labels, positions, _)
        for key, part in COST_PARTS.items()
    ]
    return _layout_figure([*bars, _make_total_marks(comparison, rows, labels, positions, _)], labels, _)


def compute_part_mad(comparison: Comparison, k: int, key: str) -> float:
    """Return the difference of a part of the total cost to uncontrolled charging [MAD]."""
    part, difference = COST_PARTS[key], comparison.raw_difference.iloc[k]
    return float(difference[list(part.kpis)].sum() - difference[list(part.incomes)].sum())


def describe_parts(comparison: Comparison, k: int, _: Translator) -> str:
    """Return the parts of the difference of a variant's total cost, and the difference without owed energy."""
    digits = table.compute_digits(comparison)[TOTAL]

    def format_mad(value: float) -> str:
        return table.format_kpi_difference(TOTAL, value, digits, _)

    values = {key: format_mad(compute_part_mad(comparison, k, key)) for key in COST_PARTS}
    return _(
        "Difference in parts (MAD): {parts}; raw, without owed energy: {raw}.",
        parts=", ".join(f"{_(part.heading)} {values[key]}" for key, part in COST_PARTS.items()),
        raw=format_mad(float(comparison.raw_difference.iloc[k][RAW_TOTAL])),
    )


def _make_bars(
    part: CostPart, values: list[float], labels: list[str], positions: list[float], _: Translator
) -> FigureDict:
    return {
        "type": "bar",
        "orientation": "h",
        "name": _(part.heading),
        "x": round_significant(values),
        "y": positions,
        "width": BAR_WIDTH,
        "customdata": labels,
        "marker": {"color": part.colour},
        "hovertemplate": f"%{{customdata}}<br>{_(part.heading)}: %{{x:+,.4~r}} MAD<extra></extra>",
    }


def _make_total_marks(
    comparison: Comparison, rows: list[int], labels: list[str], positions: list[float], _: Translator
) -> FigureDict:
    total, half_width = (
        frame[TOTAL].to_numpy()[rows] for frame in (comparison.difference, comparison.difference_interval)
    )
    is_open = comparison.open[TOTAL].to_numpy()[rows]
    notes = [f"{label}<br>{_('open')}" if flag else label for label, flag in zip(labels, is_open, strict=True)]
    name = _("Total cost")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": round_significant(total.tolist()),
        "y": positions,
        "customdata": notes,
        # A hollow mark is open; the opposite outline keeps both visible on every bar and in both themes.
        "marker": {
            "symbol": "diamond",
            "size": 11,
            "color": np.where(is_open, LIGHT, DARK).tolist(),
            "line": {"width": 1.5, "color": np.where(is_open, DARK, LIGHT).tolist()},
        },
        "error_x": {"type": "data", "array": round_significant(half_width.tolist()), "color": palette.INK},
        "hovertemplate": f"%{{customdata}}<br>{name}: %{{x:+,.4~r}} MAD<extra></extra>",
    }


def _layout_figure(data: list[FigureDict], labels: list[str], _: Translator) -> FigureDict:
    n_rows = table.count_compared_rows()
    xaxis = make_axis() | {"title": {"text": _("Difference from uncontrolled (MAD)")}, "nticks": 5, "zeroline": True}
    yaxis = make_axis() | {
        "range": [n_rows - 0.5, -0.5],
        "showticklabels": False,
        "showgrid": False,
    }
    margin = {"l": 10, "r": 12, "t": 4, "b": AXIS_HEIGHT_PX}
    height = n_rows * ROW_HEIGHT_PX + AXIS_HEIGHT_PX
    annotations = [_make_label(label, place) for place, label in enumerate(labels)]
    axes = {"xaxis": xaxis, "yaxis": yaxis, "annotations": annotations}
    return make_figure(data, height=height, margin=margin, barmode="relative", hovermode="closest", **axes)


def _make_label(label: str, place: int) -> FigureDict:
    # Above its bar, a name leaves the whole width to the bars on a phone.
    return {
        "text": label,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": place - LABEL_OFFSET,
        "showarrow": False,
        "font": {"size": 12},
    }
