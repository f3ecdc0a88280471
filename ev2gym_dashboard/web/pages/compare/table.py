"""The table of a comparison: one declaration of its columns feeds the grid, its rows, its CSV and the tests."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import numpy as np

from ev2gym_dashboard.service.comparison.result import FIGURES, Comparison, Figure
from ev2gym_dashboard.service.comparison.statistics import NEITHER, SMALL
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import NARROW_SPACE, SPACE, Words
from ev2gym_dashboard.web.pages.live.table import every_column, locale_text

SHOWN = (
    "site_peak_kw",
    "cost_mad",
    "v2g_net_mad",
    "co2_kg",
    "wear_mad",
    "g2v_kwh",
    "v2g_kwh",
    "loss_kwh",
    "unserved_kwh",
    "share_at_target",
)
"""The figures that the table shows; its CSV holds all."""
SHARES = {"share_at_target"}
PARTS = {
    "": "mean",
    "_ci95": "interval",
    "_vs_uncontrolled": "difference",
    "_vs_uncontrolled_ci95": "difference_interval",
}
"""What the CSV holds of each figure, by the end of its name; as in the bundles."""
VALUES, DIFFERENCES = "values", "differences"
VIEWS = {VALUES: "", DIFFERENCES: "_vs_uncontrolled"}
HEIGHT_PX = 506
GOOD, BAD = "good", "bad"


def rows(comparison: Comparison, _: Words) -> list[dict[str, Any]]:
    """Return a row per contestant: numbers as numbers, and the words below them."""
    parts = {end: getattr(comparison, name) for end, name in PARTS.items()}
    digits = digits_of(comparison)
    table = []
    for k, contestant in enumerate(comparison.contestants):
        row: dict[str, Any] = {"id": f"{contestant.strategy} {'on' if contestant.v2g else 'off'}"}
        row |= {"contestant": label(comparison, k, _), "strategy": _(STRATEGIES[contestant.strategy].name)}
        row |= {"note": _note(comparison, k, _), "v2g": contestant.v2g, "pareto": contestant.label in comparison.pareto}
        for name in FIGURES:
            numbers = {end: _scaled(name, float(part.iloc[k][name])) for end, part in parts.items()}
            row |= {f"{name}{end}": None if np.isnan(value) else value for end, value in numbers.items()}
            if name in SHOWN:
                row |= _words(comparison, k, name, digits[name], _)
        table.append(row)
    return table


def label(comparison: Comparison, k: int, _: Words) -> str:
    """Return what a contestant is called."""
    contestant = comparison.contestants[k]
    name = _(STRATEGIES[contestant.strategy].name)
    if contestant.strategy == "uncontrolled":
        return name
    return _("{name}, with V2G", name=name) if contestant.v2g else _("{name}, without V2G", name=name)


def digits_of(comparison: Comparison) -> dict[str, int]:
    """Return how many digits of each figure say something, by its largest mean."""
    largest = comparison.mean.abs().max()
    return {name: 1 if name in SHARES else _digits(float(largest[name])) for name in FIGURES}


def number(name: str, value: float, digits: int, _: Words) -> str:
    """Return a figure with its unit."""
    return f"{_.number(_scaled(name, value), digits)}{NARROW_SPACE if name in SHARES else SPACE}{unit_of(name)}"


def signed(name: str, value: float, digits: int, _: Words) -> str:
    """Return a difference with its sign, without its unit."""
    text = _.number(_scaled(name, value), digits)
    return f"+{text}" if value > 0.0 and text.strip("0,.") else text


def unit_of(name: str) -> str:
    return "%" if name in SHARES else FIGURES[name].unit


def change(comparison: Comparison, k: int, name: str, _: Words) -> tuple[str, str]:
    """Return in a word what a difference to uncontrolled is, and its tone; none where its interval holds 0."""
    difference, better = float(comparison.difference.iloc[k][name]), FIGURES[name].better
    if abs(difference) <= 1e-9 * float(comparison.mean[name].abs().max()):
        return _("equal"), ""
    if len(comparison.seeds) < 2:
        return "", ""
    if not comparison.certain.iloc[k][name]:
        return _("not significant"), ""
    if better == NEITHER:
        return _("significant"), ""
    good = (difference < 0) == (better == SMALL)
    return (_("better"), GOOD) if good else (_("worse"), BAD)


def duel_table(_: Words) -> dag.AgGrid:
    """Return the empty grid."""
    return dag.AgGrid(
        id=ids.DUEL_TABLE,
        className="fleet-table duel-table",
        columnDefs=definitions(_),
        rowData=[],
        getRowId="params.data.id",
        columnSize="responsiveSizeToFit",
        defaultColDef=every_column(),
        dashGridOptions=_options(_),
        style={"height": f"{HEIGHT_PX}px"},
    )


def definitions(_: Words) -> list[dict[str, Any]]:
    """Return AG Grid's definitions: who, then the figures in both views, then what the CSV alone holds."""
    who = {
        "field": "contestant",
        "headerName": _("Strategy"),
        "pinned": "left",
        "width": 212,
        "suppressSizeToFit": True,
        "cellRenderer": "DuelName",
    }
    shown = [_definition(name, end, _) | {"hide": bool(end)} for end in VIEWS.values() for name in SHOWN]
    kept = [
        _definition(name, end, _) | {"hide": True}
        for name in FIGURES
        for end in PARTS
        if name not in SHOWN or end not in VIEWS.values()
    ]
    return [who, *shown, *kept]


def _definition(name: str, end: str, _: Words) -> dict[str, Any]:
    figure = FIGURES[name]
    return {
        "field": f"{name}{end}",
        "headerName": heading(name, figure, end, _),
        "type": "rightAligned",
        "minWidth": 92,
        "cellRenderer": "DuelCell",
        "cellRendererParams": {"shown": name in SHOWN and end in VIEWS.values()},
        "getQuickFilterText": {"function": "''"},
    }


def heading(name: str, figure: Figure, end: str, _: Words) -> str:
    """Return what stands over a column."""
    unit = unit_of(name)
    plain = f"{_(figure.label)} ({unit})" if unit else _(figure.label)
    ends = {"": "", "_ci95": _("± 95 %"), "_vs_uncontrolled": "Δ", "_vs_uncontrolled_ci95": _("Δ ± 95 %")}
    if end == "_vs_uncontrolled":
        return f"Δ {plain}"
    return f"{plain} {ends[end]}".strip()


def _words(comparison: Comparison, k: int, name: str, digits: int, _: Words) -> dict[str, str]:
    """Return a cell's texts in both views: the number, the words below it, and its tone."""
    mean, difference = (float(part.iloc[k][name]) for part in (comparison.mean, comparison.difference))
    best = _("best") if comparison.labels[k] in comparison.best[name] and _differ(comparison, name) else ""
    word, tone = change(comparison, k, name, _)
    baseline = comparison.contestants[k].strategy == "uncontrolled"
    return {
        f"{name}_text": _.number(_scaled(name, mean), digits),
        f"{name}_note": _joined(_interval(comparison.interval.iloc[k][name], name, digits, _), best),
        f"{name}_tone": GOOD if best else "",
        f"{name}_vs_uncontrolled_text": "–" if baseline else signed(name, difference, digits, _),
        f"{name}_vs_uncontrolled_note": _("baseline")
        if baseline
        else _joined(_interval(comparison.difference_interval.iloc[k][name], name, digits, _), word),
        f"{name}_vs_uncontrolled_tone": "" if baseline else tone,
    }


def _differ(comparison: Comparison, name: str) -> bool:
    """Return whether there is a best: not where all are equal."""
    return len(comparison.best[name]) < len(comparison.contestants)


def _interval(half: float, name: str, digits: int, _: Words) -> str:
    return "" if np.isnan(half) else f"±{SPACE}{_.number(_scaled(name, float(half)), digits)}"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _note(comparison: Comparison, k: int, _: Words) -> str:
    contestant = comparison.contestants[k]
    v2g = _("with V2G") if contestant.v2g else _("without V2G")
    front = _("Pareto") if contestant.label in comparison.pareto else ""
    baseline = _("baseline") if contestant.strategy == "uncontrolled" else ""
    return _joined(baseline or v2g, front)


def _scaled(name: str, value: float) -> float:
    return 100.0 * value if name in SHARES else value


def _digits(largest: float) -> int:
    return 2 if largest < 10.0 else 1 if largest < 1000.0 else 0


def _options(_: Words) -> dict[str, Any]:
    texts = locale_text(_) | {"noRowsToShow": _("No comparison yet"), "noMatchingRows": _("No strategy with this name")}
    return {
        "rowHeight": 49,
        "headerHeight": 54,
        "animateRows": False,
        "suppressDragLeaveHidesColumns": True,
        "enableCellTextSelection": True,
        "localeText": texts,
    }
