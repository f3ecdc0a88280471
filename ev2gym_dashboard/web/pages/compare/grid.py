"""Grid of a comparison: its columns, those of the CSV included, and its options."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag

from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.definitions import format_definition
from ev2gym_dashboard.web.components.grid import (
    build_default_column,
    build_grid_texts,
    build_shared_options,
    find_first_side,
)
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import optimum
from ev2gym_dashboard.web.pages.compare.table import (
    STATISTIC_BY_SUFFIX,
    SUFFIX_BY_VIEW,
    TABLE_KPIS,
    VALUES_VIEW,
    get_kpi_unit,
)

# Twelve rows fit; a fixed height keeps the page still when the result arrives.
ROW_HEIGHT_PX = 62
COMPARISON_TABLE_HEIGHT_PX = 822


def render_comparison_table(_: Translator) -> dag.AgGrid:
    """Return the empty grid."""
    return dag.AgGrid(
        id=ids.COMPARE_TABLE,
        className="fleet-table compare-table",
        columnDefs=build_comparison_column_definitions(_),
        rowData=[],
        # With ids, a change of language updates the rows in place and keeps the sorting.
        getRowId="params.data.id",
        defaultColDef=build_default_column(),
        dashGridOptions=_build_grid_options(_),
        style={"height": f"{COMPARISON_TABLE_HEIGHT_PX}px"},
    )


def build_comparison_column_definitions(_: Translator) -> list[dict[str, Any]]:
    """Return AG Grid's definitions: the variant, the columns of both views, then those of the CSV alone."""
    variant = {
        "field": "variant",
        "headerName": _("Strategy"),
        "pinned": find_first_side(_),
        "width": 196,
        "suppressSizeToFit": True,
        "cellRenderer": "VariantName",
        # Why a variant has no values.
        "tooltipField": "error",
    }
    visible = [(name, suffix) for suffix in SUFFIX_BY_VIEW.values() for name in TABLE_KPIS]
    every = [(name, suffix) for name in COMPARISON_KPIS for suffix in STATISTIC_BY_SUFFIX]
    csv_only = [column for column in every if column not in visible]
    columns = (_build_column_definition(*column, _) for column in visible + csv_only)
    return [variant, *(_build_distance_column(name, _) for name in optimum.COLUMNS), *columns]


def format_column_heading(name: str, suffix: str, _: Translator) -> str:
    """Return the heading of a column: the KPI, its unit, and the statistic if it is not the mean."""
    unit, label = get_kpi_unit(name), _(COMPARISON_KPIS[name].label)
    heading = f"{label} ({unit})" if unit else label
    headings = {
        "": heading,
        "_ci95": f"{heading} {_('± 95%')}",
        "_vs_uncontrolled": f"Δ {heading}",
        "_vs_uncontrolled_ci95": f"{heading} {_('Δ ± 95%')}",
    }
    return headings[suffix]


def _build_column_definition(name: str, suffix: str, _: Translator) -> dict[str, Any]:
    return {
        "field": f"{name}{suffix}",
        "headerName": format_column_heading(name, suffix, _),
        "headerTooltip": format_definition(KPI_FORMULAS[name].text, _),
        "type": "rightAligned",
        "minWidth": 92,
        "cellRenderer": "ComparisonCell",
        "cellRendererParams": {"shown": name in TABLE_KPIS and suffix in SUFFIX_BY_VIEW.values()},
        # The search is for strategies: a digit in it must not match the numbers.
        "getQuickFilterText": {"function": "''"},
        "hide": name not in TABLE_KPIS or suffix != SUFFIX_BY_VIEW[VALUES_VIEW],
    }


def _build_distance_column(name: str, _: Translator) -> dict[str, Any]:
    """Return the definition of a column of the distance to the optimum, which both views show."""
    return {
        "field": name,
        "headerName": _(optimum.COLUMNS[name].heading),
        "headerTooltip": _(optimum.COLUMNS[name].explanation),
        "type": "rightAligned",
        "minWidth": 88,
        "cellRenderer": "ComparisonCell",
        "getQuickFilterText": {"function": "''"},
        # The cell of the first column shows both; the CSV has a column for each.
        "hide": name != "above_optimum",
    }


def _build_grid_options(_: Translator) -> dict[str, Any]:
    texts = build_grid_texts(_) | {
        "noRowsToShow": _("No comparison yet"),
        "noMatchingRows": _("No strategy with this name"),
    }
    return build_shared_options(_) | {
        "rowHeight": ROW_HEIGHT_PX,
        "headerHeight": 68,
        "animateRows": False,
        "suppressDragLeaveHidesColumns": True,
        "enableCellTextSelection": True,
        "localeText": texts,
    }
