"""Rows of the table of a comparison: numbers, notes and tones of its cells, and the numbers of its CSV."""

from __future__ import annotations

from typing import Any

import numpy as np

from ev2gym_dashboard.core.kpis import LOWER_IS_BETTER, NEITHER_IS_BETTER
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.result import (
    COMPARISON_KPIS,
    ROUNDING_SHARE,
    Comparison,
    FailedVariant,
    Variant,
)
from ev2gym_dashboard.service.comparison.runner import list_variants
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.i18n import SPACE, Translator
from ev2gym_dashboard.web.requests.issues import format_issues

TABLE_KPIS = tuple(name for name, kpi in COMPARISON_KPIS.items() if kpi.headline)
"""KPIs of the visible columns; the CSV has all."""
PERCENT_KPIS = {name for name, kpi in COMPARISON_KPIS.items() if kpi.share}
STATISTIC_BY_SUFFIX = {
    "": "mean",
    "_ci95": "interval",
    "_vs_uncontrolled": "difference",
    "_vs_uncontrolled_ci95": "difference_interval",
}
"""Statistics of each KPI in the CSV by the suffix of its column, the same as in the bundles."""
VALUES_VIEW, DIFFERENCES_VIEW = "values", "differences"
SUFFIX_BY_VIEW = {VALUES_VIEW: "", DIFFERENCES_VIEW: "_vs_uncontrolled"}
GOOD_TONE, BAD_TONE, QUIET_TONE = "good", "bad", "quiet"
NO_VALUE = "–"
V2G_KPIS = ("v2g_net_mad", "v2g_kwh")
"""KPIs that mean nothing for a variant without V2G energy."""
DEMAND_KPIS = ("needed_subscription_kva", "subscription_mad_year")
"""KPIs that mean nothing under a tariff without a demand charge."""


def build_comparison_rows(comparison: Comparison, _: Translator) -> list[dict[str, Any]]:
    """Return a row per variant: its label, its KPIs, and the texts of its visible cells; failed ones come last."""
    digits = compute_digits(comparison)
    statistics = {suffix: getattr(comparison, name) for suffix, name in STATISTIC_BY_SUFFIX.items()}
    rows = []
    for k in range(len(comparison.variants)):
        row = _build_row_head(comparison, k, _)
        for name in COMPARISON_KPIS:
            row |= {
                f"{name}{suffix}": to_json_number(name, float(statistic.iloc[k][name]))
                for suffix, statistic in statistics.items()
            }
        for name in TABLE_KPIS:
            row |= _build_cell_texts(comparison, k, name, digits[name], _)
        rows.append(row)
    return rows + [_build_failed_row(failure, _) for failure in comparison.failures]


def format_variant_label(comparison: Comparison, k: int, _: Translator) -> str:
    """Return the strategy of a variant, with or without V2G."""
    return format_label(comparison.variants[k], _)


def format_label(variant: Variant, _: Translator) -> str:
    """Return the same of a variant."""
    name = _(STRATEGIES[variant.strategy].name)
    if variant.strategy == BASELINE_STRATEGY:
        return name
    return _("{name}, with V2G", name=name) if variant.v2g else _("{name}, without V2G", name=name)


def compute_digits(comparison: Comparison) -> dict[str, int]:
    """Return the number of significant decimals of each KPI, by its largest mean."""
    largest = comparison.mean.abs().max()
    return {name: 1 if name in PERCENT_KPIS else _choose_digits(float(largest[name])) for name in COMPARISON_KPIS}


def format_kpi(name: str, value: float, digits: int, _: Translator) -> str:
    """Return a KPI with its unit."""
    if name in PERCENT_KPIS:
        return _.percent(value, digits)
    return _.with_unit(value, get_kpi_unit(name), digits)


def format_kpi_difference(name: str, value: float, digits: int, _: Translator) -> str:
    """Return a difference with its sign, without its unit."""
    return _.signed(to_display_value(name, value), digits)


def get_kpi_unit(name: str) -> str:
    return "%" if name in PERCENT_KPIS else COMPARISON_KPIS[name].unit


def describe_difference(comparison: Comparison, k: int, name: str, _: Translator) -> tuple[str, str]:
    """Return the certainty of a difference from uncontrolled in a word, and its tone; both are empty for one seed."""
    if is_equal_to_baseline(comparison, k, name):
        return _("equal"), QUIET_TONE
    if comparison.open.iloc[k][name]:
        return _("open"), QUIET_TONE
    if len(comparison.seeds) < 2:
        return "", ""
    if not comparison.significant.iloc[k][name]:
        return _("not significant"), QUIET_TONE
    better = comparison.better[name]
    if better == NEITHER_IS_BETTER:
        return _("significant"), ""
    is_lower = float(comparison.difference.iloc[k][name]) < 0.0
    return (_("better"), GOOD_TONE) if is_lower == (better == LOWER_IS_BETTER) else (_("worse"), BAD_TONE)


def is_equal_to_baseline(comparison: Comparison, k: int, name: str) -> bool:
    """Return whether a KPI differs from uncontrolled by rounding at most."""
    largest = float(comparison.mean[name].abs().max())
    return bool(abs(float(comparison.difference.iloc[k][name])) <= ROUNDING_SHARE * largest)


def applies_to_variant(comparison: Comparison, k: int, name: str) -> bool:
    """Return whether a KPI means anything for a variant."""
    if name in V2G_KPIS:
        return bool(comparison.mean["v2g_kwh"].iloc[k] > 0.0)
    return name not in DEMAND_KPIS or has_demand_charge(comparison.variants[k].scenario)


def count_compared_rows() -> int:
    """Return the number of variants that are compared with uncontrolled charging."""
    return len(list_variants(Scenario())) - 1


def _build_row_head(comparison: Comparison, k: int, _: Translator) -> dict[str, Any]:
    variant = comparison.variants[k]
    note, is_pareto = _format_variant_note(comparison, k, _), variant.label in comparison.pareto
    return _identify(variant, _) | {"note": note, "pareto": is_pareto}


def _identify(variant: Variant, _: Translator) -> dict[str, Any]:
    return {
        "id": f"{variant.strategy} {'on' if variant.v2g else 'off'}",
        "variant": format_label(variant, _),
        "strategy": _(STRATEGIES[variant.strategy].name),
        "v2g": variant.v2g,
    }


def _build_failed_row(failure: FailedVariant, _: Translator) -> dict[str, Any]:
    """Return the row of a variant without KPIs, with the sentence of its strategy."""
    sentence = describe_failure(failure, _)
    row = _identify(failure.variant, _) | {"note": _("failed"), "pareto": False, "error": sentence}
    cell = {"text": NO_VALUE, "note": "", "tone": QUIET_TONE}
    names = [f"{name}{suffix}" for name in TABLE_KPIS for suffix in SUFFIX_BY_VIEW.values()]
    return row | {f"{name}_{part}": text for name in names for part, text in cell.items()}


def describe_failure(failure: FailedVariant, _: Translator) -> str:
    """Return why a variant has no KPIs."""
    return " ".join(issue["text"] for issue in format_issues(failure.issues, _))


def _build_cell_texts(comparison: Comparison, k: int, name: str, digits: int, _: Translator) -> dict[str, str]:
    """Return a cell's number, note and tone in both views."""
    values = _build_value_texts(comparison, k, name, digits, _)
    if not applies_to_variant(comparison, k, name):
        values = differences = {"text": NO_VALUE, "note": "", "tone": QUIET_TONE}
    elif comparison.variants[k].strategy == BASELINE_STRATEGY:
        differences = {"text": NO_VALUE, "note": _("baseline"), "tone": ""}
    else:
        differences = _build_difference_texts(comparison, k, name, digits, _)
    texts = {f"{name}_{part}": text for part, text in values.items()}
    return texts | {f"{name}_vs_uncontrolled_{part}": text for part, text in differences.items()}


def _build_value_texts(comparison: Comparison, k: int, name: str, digits: int, _: Translator) -> dict[str, str]:
    is_best = comparison.certain_best[name] == [comparison.labels[k]] and not _is_tied(comparison, k, name, digits, _)
    return {
        "text": _.number(to_display_value(name, float(comparison.mean.iloc[k][name])), digits),
        "note": _stack_notes(
            _format_interval(comparison.interval.iloc[k][name], name, digits, _), _("best") if is_best else ""
        ),
        "tone": GOOD_TONE if is_best else "",
    }


def _build_difference_texts(comparison: Comparison, k: int, name: str, digits: int, _: Translator) -> dict[str, str]:
    word, tone = describe_difference(comparison, k, name, _)
    interval = _format_interval(comparison.difference_interval.iloc[k][name], name, digits, _)
    text = format_kpi_difference(name, float(comparison.difference.iloc[k][name]), digits, _)
    if not text.strip("0,."):
        # A difference that reads as zero must not read as better or worse.
        word, tone = _("equal"), QUIET_TONE
    return {
        "text": text,
        "note": _stack_notes(interval, word),
        "tone": tone,
    }


def _is_tied(comparison: Comparison, k: int, name: str, digits: int, _: Translator) -> bool:
    """Return whether the mean of another variant reads the same."""
    texts = [_.number(to_display_value(name, float(mean)), digits) for mean in comparison.mean[name]]
    return texts.count(texts[k]) > 1


def _format_interval(half_width: float, name: str, digits: int, _: Translator) -> str:
    if np.isnan(half_width):
        return ""
    return _.keep_order(f"±{SPACE}{_.number(to_display_value(name, float(half_width)), digits)}")


def _join_notes(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _stack_notes(interval: str, word: str) -> str:
    # On lines of their own, interval and word fit into a narrow column.
    return f"{interval}\n{word}"


def _format_variant_note(comparison: Comparison, k: int, _: Translator) -> str:
    variant = comparison.variants[k]
    v2g = _("with V2G") if variant.v2g else _("without V2G")
    pareto = _("Pareto") if variant.label in comparison.pareto else ""
    return _join_notes(_("baseline") if variant.strategy == BASELINE_STRATEGY else v2g, pareto)


def to_json_number(name: str, value: float) -> float | None:
    """Return a KPI as it is shown; None for NaN."""
    # JSON has no NaN: one seed has no interval.
    return None if np.isnan(value) else to_display_value(name, value)


def to_display_value(name: str, value: float) -> float:
    """Return a KPI in the unit in which it is shown."""
    return 100.0 * value if name in PERCENT_KPIS else value


def _choose_digits(largest: float) -> int:
    return 2 if largest < 10.0 else 1 if largest < 1000.0 else 0
