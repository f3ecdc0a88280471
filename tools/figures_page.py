"""Tables of docs/figures.md, rendered from the code: ``python -m tools.figures_page``, or ``make docs``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS, KPI_SUMS
from ev2gym_dashboard.core.kpis import HIGHER_IS_BETTER, KPIS, LOWER_IS_BETTER, SAVING_INFIX, Aggregation, Kpi
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS
from ev2gym_dashboard.service.reports.figure_units import find_unit
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import CURRENT_COLUMNS, CURRENT_FIGURES
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import make_site_view
from ev2gym_dashboard.service.simulation.counterfactuals import COUNTERFACTUALS, SAVINGS
from ev2gym_dashboard.service.simulation.model_table import MODEL_COLUMNS
from ev2gym_dashboard.service.sweeps.multi_site import MEAN_COLUMNS
from ev2gym_dashboard.web.components.labels import POSTE_NAMES
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.compare.table import TABLE_KPIS
from ev2gym_dashboard.web.pages.live.table import FLEET_COLUMNS
from ev2gym_dashboard.web.pages.site.texts import BILL_LABELS, format_site_texts
from tools.page_sections import render_table, update_page

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"
AGGREGATION_TEXTS = {
    Aggregation.SUM: "sum",
    Aggregation.MEAN: "mean weighted by {weight}",
    Aggregation.RECOMPUTED: "from the summed series",
    Aggregation.PEAK: "maximum of the summed `{column}`",
}
BETTER_TEXTS = {LOWER_IS_BETTER: "lower", HIGHER_IS_BETTER: "higher"}


class RecordingMapping(dict[str, Any]):
    """Values by name that remember the names that were read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)


@cache
def list_site_kpis() -> frozenset[str]:
    """Return the names of the KPIs that the texts of the site's page read."""
    run = RunSpec(Scenario(fleet_size=20, tariff="mt_general"), (), 8, "figures-page")
    # A cache of its own computes without the limit of a request.
    view = SessionCache().render_view(run, make_site_view)
    kpis, value = RecordingMapping(view.kpis), RecordingMapping(view.value)
    counterfactuals = {name: RecordingMapping(values) for name, values in view.counterfactuals.items()}
    format_site_texts(replace(view, kpis=kpis, value=value, counterfactuals={**counterfactuals}), get_translator("en"))
    names = kpis.names.union(*(mapping.names for mapping in counterfactuals.values()))
    return frozenset(names | {f"v2g_{name}" for name in value.names})


def render_kpi_table() -> str:
    """Return every KPI with its formula, its sign, its rule over sites, and where it is shown."""
    rows = [
        (
            f"`{name}`",
            kpi.label,
            "%" if kpi.share else kpi.unit,
            KPI_FORMULAS[name].text.replace("|", "\\|"),
            KPI_FORMULAS[name].sign,
            AGGREGATION_TEXTS[kpi.aggregation].format(weight=kpi.weight.replace("_", " "), column=kpi.column),
            _describe_better(kpi),
            _describe_places(name, kpi),
        )
        for name, kpi in KPIS.items()
    ]
    return render_table(("Key", "Label", "Unit", "Formula", "Sign", "Over sites", "Better", "Shown"), rows)


def render_savings_table() -> str:
    """Return the KPIs whose difference to a counterfactual is a KPI too."""
    names = [", ".join(f"`{kpi}{SAVING_INFIX}{name}`" for name in COUNTERFACTUALS) for kpi in SAVINGS]
    return render_table(("KPI", "Savings"), [(f"`{kpi}`", name) for kpi, name in zip(SAVINGS, names, strict=True)])


def render_sums_table() -> str:
    """Return the KPIs that are sums of others."""
    rows = [(f"`{name}`", _format_sum(parts)) for name, parts in KPI_SUMS.items() if name in KPIS]
    return render_table(("KPI", "Sum of"), rows)


def render_series_table() -> str:
    """Return the columns of the series."""
    rows = [(f"`{name}`", find_unit(name), about, _describe_column(name)) for name, about in COLUMNS.items()]
    rows += [(f"`{name}`", find_unit(name), about, "sum") for name, about in BILL_COLUMNS.items()]
    return render_table(("Column", "Unit", "Meaning", "Over sites"), rows)


def render_bill_table() -> str:
    """Return the lines of the bill on the page."""
    rows = [(f"`{line}`", text.format(poste=POSTE_NAMES.get(line, ""))) for line, text in BILL_LABELS.items()]
    return render_table(("Line", "Heading"), rows)


def render_current_table() -> str:
    """Return the current figures of the fleet's page."""
    current = CURRENT_FIGURES | {name: COLUMNS[name] for name in CURRENT_COLUMNS}
    return render_table(("Figure", "Unit", "Meaning"), _list_rows(current))


def render_model_table() -> str:
    """Return the columns of the table per model."""
    headings = {column.key: column.heading for column in FLEET_COLUMNS}
    rows = [(*row, headings.get(name, "")) for name, row in zip(MODEL_COLUMNS, _list_rows(MODEL_COLUMNS), strict=True)]
    return render_table(("Column", "Unit", "Meaning", "Heading on the page"), rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "kpis": render_kpi_table,
    "sums": render_sums_table,
    "savings": render_savings_table,
    "series": render_series_table,
    "bill": render_bill_table,
    "current": render_current_table,
    "models": render_model_table,
}


def _list_rows(meanings: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    return [(f"`{name}`", find_unit(name), about) for name, about in meanings.items()]


def _describe_better(kpi: Kpi) -> str:
    better = BETTER_TEXTS.get(kpi.better, "")
    return f"{better}, under an hourly CO2 factor" if kpi.needs_hourly_co2 else better


def _describe_places(name: str, kpi: Kpi) -> str:
    places = {
        "Site": name in list_site_kpis(),
        "Compare": name in TABLE_KPIS,
        "Compare (CSV)": kpi.compared and name not in TABLE_KPIS,
        "notebook": bool(kpi.label),
    }
    return ", ".join(place for place, shown in places.items() if shown)


def _describe_column(name: str) -> str:
    if name == "poste":
        return "that of the first site"
    return "mean weighted by vehicles" if name in MEAN_COLUMNS else "sum"


def _format_sum(parts: Mapping[str, float]) -> str:
    text = " ".join(f"{'+' if factor > 0 else '-'} `{name}`" for name, factor in parts.items() if name in KPIS)
    return text.removeprefix("+ ")


def main() -> None:
    """Update the page."""
    update_page(PAGE, SECTIONS)


if __name__ == "__main__":
    main()
