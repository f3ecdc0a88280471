"""The table of a comparison: one declaration of its columns feeds the grid, its rows, its CSV and the tests."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import numpy as np

from ev2gym_dashboard.core.kpis import LOWER_IS_BETTER, NEITHER_IS_BETTER, Kpi
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.grid import build_default_column, build_grid_texts
from ev2gym_dashboard.web.i18n import NARROW_SPACE, SPACE, Translator

TABLE_KPIS = tuple(name for name, kpi in COMPARISON_KPIS.items() if kpi.headline)
"""The figures that the table shows; its CSV holds all."""
PERCENT_KPIS = {name for name, kpi in COMPARISON_KPIS.items() if kpi.share}
STATISTIC_BY_SUFFIX = {
    "": "mean",
    "_ci95": "interval",
    "_vs_uncontrolled": "difference",
    "_vs_uncontrolled_ci95": "difference_interval",
}
"""What the CSV holds of each figure, by the end of its name; as in the bundles."""
VALUES_VIEW, DIFFERENCES_VIEW = "values", "differences"
SUFFIX_BY_VIEW = {VALUES_VIEW: "", DIFFERENCES_VIEW: "_vs_uncontrolled"}
COMPARISON_TABLE_HEIGHT_PX = 506
GOOD_TONE, BAD_TONE = "good", "bad"


def build_comparison_rows(comparison: Comparison, _: Translator) -> list[dict[str, Any]]:
    """Return a row per contestant: numbers as numbers, and the words below them."""
    parts = {end: getattr(comparison, name) for end, name in STATISTIC_BY_SUFFIX.items()}
    digits = compute_digits(comparison)
    table = []
    for k, contestant in enumerate(comparison.variants):
        row: dict[str, Any] = {"id": f"{contestant.strategy} {'on' if contestant.v2g else 'off'}"}
        row |= {
            "contestant": format_variant_label(comparison, k, _),
            "strategy": _(STRATEGIES[contestant.strategy].name),
        }
        row |= {
            "note": _format_variant_note(comparison, k, _),
            "v2g": contestant.v2g,
            "pareto": contestant.label in comparison.pareto,
        }
        for name in COMPARISON_KPIS:
            numbers = {end: _to_display_value(name, float(part.iloc[k][name])) for end, part in parts.items()}
            row |= {f"{name}{end}": None if np.isnan(value) else value for end, value in numbers.items()}
            if name in TABLE_KPIS:
                row |= _build_cell_texts(comparison, k, name, digits[name], _)
        table.append(row)
    return table


def format_variant_label(comparison: Comparison, k: int, _: Translator) -> str:
    """Return what a contestant is called."""
    contestant = comparison.variants[k]
    name = _(STRATEGIES[contestant.strategy].name)
    if contestant.strategy == "uncontrolled":
        return name
    return _("{name}, with V2G", name=name) if contestant.v2g else _("{name}, without V2G", name=name)


def compute_digits(comparison: Comparison) -> dict[str, int]:
    """Return how many digits of each figure say something, by its largest mean."""
    largest = comparison.mean.abs().max()
    return {name: 1 if name in PERCENT_KPIS else _choose_digits(float(largest[name])) for name in COMPARISON_KPIS}


def format_kpi(name: str, value: float, digits: int, _: Translator) -> str:
    """Return a figure with its unit."""
    space = NARROW_SPACE if name in PERCENT_KPIS else SPACE
    return f"{_.number(_to_display_value(name, value), digits)}{space}{get_kpi_unit(name)}"


def format_kpi_difference(name: str, value: float, digits: int, _: Translator) -> str:
    """Return a difference with its sign, without its unit."""
    text = _.number(_to_display_value(name, value), digits)
    return f"+{text}" if value > 0.0 and text.strip("0,.") else text


def get_kpi_unit(name: str) -> str:
    return "%" if name in PERCENT_KPIS else COMPARISON_KPIS[name].unit


def describe_difference(comparison: Comparison, k: int, name: str, _: Translator) -> tuple[str, str]:
    """Return in a word what a difference to uncontrolled is, and its tone; none where its interval holds 0."""
    difference, better = float(comparison.difference.iloc[k][name]), COMPARISON_KPIS[name].better
    if abs(difference) <= 1e-9 * float(comparison.mean[name].abs().max()):
        return _("equal"), ""
    if len(comparison.seeds) < 2:
        return "", ""
    if not comparison.significant.iloc[k][name]:
        return _("not significant"), ""
    if better == NEITHER_IS_BETTER:
        return _("significant"), ""
    good = (difference < 0) == (better == LOWER_IS_BETTER)
    return (_("better"), GOOD_TONE) if good else (_("worse"), BAD_TONE)


def render_comparison_table(_: Translator) -> dag.AgGrid:
    """Return the empty grid."""
    return dag.AgGrid(
        id=ids.COMPARE_TABLE,
        className="fleet-table compare-table",
        columnDefs=build_comparison_column_definitions(_),
        rowData=[],
        getRowId="params.data.id",
        columnSize="responsiveSizeToFit",
        defaultColDef=build_default_column(),
        dashGridOptions=_build_grid_options(_),
        style={"height": f"{COMPARISON_TABLE_HEIGHT_PX}px"},
    )


def build_comparison_column_definitions(_: Translator) -> list[dict[str, Any]]:
    """Return AG Grid's definitions: who, then the figures in both views, then what the CSV alone holds."""
    who = {
        "field": "contestant",
        "headerName": _("Strategy"),
        "pinned": "left",
        "width": 212,
        "suppressSizeToFit": True,
        "cellRenderer": "VariantName",
    }
    shown = [
        _build_column_definition(name, end, _) | {"hide": bool(end)}
        for end in SUFFIX_BY_VIEW.values()
        for name in TABLE_KPIS
    ]
    kept = [
        _build_column_definition(name, end, _) | {"hide": True}
        for name in COMPARISON_KPIS
        for end in STATISTIC_BY_SUFFIX
        if name not in TABLE_KPIS or end not in SUFFIX_BY_VIEW.values()
    ]
    return [who, *shown, *kept]


def _build_column_definition(name: str, end: str, _: Translator) -> dict[str, Any]:
    figure = COMPARISON_KPIS[name]
    return {
        "field": f"{name}{end}",
        "headerName": format_column_heading(name, figure, end, _),
        "type": "rightAligned",
        "minWidth": 92,
        "cellRenderer": "ComparisonCell",
        "cellRendererParams": {"shown": name in TABLE_KPIS and end in SUFFIX_BY_VIEW.values()},
        "getQuickFilterText": {"function": "''"},
    }


def format_column_heading(name: str, figure: Kpi, end: str, _: Translator) -> str:
    """Return what stands over a column."""
    unit = get_kpi_unit(name)
    plain = f"{_(figure.label)} ({unit})" if unit else _(figure.label)
    ends = {"": "", "_ci95": _("± 95 %"), "_vs_uncontrolled": "Δ", "_vs_uncontrolled_ci95": _("Δ ± 95 %")}
    if end == "_vs_uncontrolled":
        return f"Δ {plain}"
    return f"{plain} {ends[end]}".strip()


def _build_cell_texts(comparison: Comparison, k: int, name: str, digits: int, _: Translator) -> dict[str, str]:
    """Return a cell's texts in both views: the number, the words below it, and its tone."""
    mean, difference = (float(part.iloc[k][name]) for part in (comparison.mean, comparison.difference))
    best = _("best") if comparison.labels[k] in comparison.best[name] and _has_best(comparison, name) else ""
    word, tone = describe_difference(comparison, k, name, _)
    baseline = comparison.variants[k].strategy == "uncontrolled"
    return {
        f"{name}_text": _.number(_to_display_value(name, mean), digits),
        f"{name}_note": _join_notes(_format_interval(comparison.interval.iloc[k][name], name, digits, _), best),
        f"{name}_tone": GOOD_TONE if best else "",
        f"{name}_vs_uncontrolled_text": "–" if baseline else format_kpi_difference(name, difference, digits, _),
        f"{name}_vs_uncontrolled_note": _("baseline")
        if baseline
        else _join_notes(_format_interval(comparison.difference_interval.iloc[k][name], name, digits, _), word),
        f"{name}_vs_uncontrolled_tone": "" if baseline else tone,
    }


def _has_best(comparison: Comparison, name: str) -> bool:
    """Return whether there is a best: not where all are equal."""
    return len(comparison.best[name]) < len(comparison.variants)


def _format_interval(half: float, name: str, digits: int, _: Translator) -> str:
    return "" if np.isnan(half) else f"±{SPACE}{_.number(_to_display_value(name, float(half)), digits)}"


def _join_notes(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _format_variant_note(comparison: Comparison, k: int, _: Translator) -> str:
    contestant = comparison.variants[k]
    v2g = _("with V2G") if contestant.v2g else _("without V2G")
    front = _("Pareto") if contestant.label in comparison.pareto else ""
    baseline = _("baseline") if contestant.strategy == "uncontrolled" else ""
    return _join_notes(baseline or v2g, front)


def _to_display_value(name: str, value: float) -> float:
    return 100.0 * value if name in PERCENT_KPIS else value


def _choose_digits(largest: float) -> int:
    return 2 if largest < 10.0 else 1 if largest < 1000.0 else 0


def _build_grid_options(_: Translator) -> dict[str, Any]:
    texts = build_grid_texts(_) | {
        "noRowsToShow": _("No comparison yet"),
        "noMatchingRows": _("No strategy with this name"),
    }
    return {
        "rowHeight": 49,
        "headerHeight": 54,
        "animateRows": False,
        "suppressDragLeaveHidesColumns": True,
        "enableCellTextSelection": True,
        "localeText": texts,
    }
